"""Whether the engine of the writing model works on a machine, found out without dying of it."""

import subprocess
import sys

import pytest

from models.selftest import engine_fault


def test_an_engine_that_works_writes_a_token() -> None:
    assert engine_fault() == ""


@pytest.mark.usefixtures("broken_engine")
def test_an_engine_that_ends_its_process_is_told_by_the_name_of_the_signal() -> None:
    assert engine_fault() == "SIGILL"


@pytest.mark.usefixtures("broken_engine")
def test_whoever_installs_reads_one_line_and_no_traceback() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "models.selftest"], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert ended.stdout == "The language model's engine does not work on this machine: SIGILL\n"
    assert ended.stderr == ""


def test_an_engine_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLAMA_CPP_LIB_PATH", "/nowhere")
    assert "not found" in engine_fault()


def test_an_engine_that_never_ends_is_given_up() -> None:
    assert engine_fault(within_s=0.001) == "no token within 0 s"
