"""Whether the engine of the writing model works on a machine, found out without dying of it."""

import importlib.util
import subprocess
import sys
from pathlib import Path

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


def test_the_engine_was_built_without_the_kernels_that_a_compiler_gets_wrong() -> None:
    """AMX: Debian 12's GCC leaves their tiles unconfigured, and the first of them ends the process."""
    found = importlib.util.find_spec("llama_cpp")
    assert found is not None
    assert found.origin is not None
    library = Path(found.origin).parent / "lib" / "libggml-cpu.so"
    code = subprocess.run(
        ["objdump", "-d", str(library)], capture_output=True, text=True, check=True
    )
    assert "vzeroupper" in code.stdout or "x86" not in code.stdout  # it was read
    assert "tilezero" not in code.stdout
