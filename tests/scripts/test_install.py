"""What the build of the engine is told, and how its wheel is kept and found again."""

import platform
import re
import shlex
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from scripts import engine

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements.lock"


def test_a_checkout_may_lie_in_a_folder_with_spaces_in_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "우리 학교" / "engine.cmake"
    monkeypatch.setattr(engine, "CMAKE_FILE", place)
    told = shlex.split(engine.settings({})["CMAKE_ARGS"])  # as the build splits it
    assert next(one.partition("=")[2] for one in told if "_INCLUDE=" in one) == str(place)


@pytest.mark.parametrize(
    ("refuses", "knows_amx"), [("", True), ("case $* in *amx*) exit 1 ;; esac", False)]
)
def test_a_compiler_is_asked_to_leave_out_amx_where_it_knows_of_it(
    tmp_path: Path, refuses: str, knows_amx: bool
) -> None:
    """Only processors of x86-64 have it; others are asked nothing."""
    compiler = tmp_path / "compiler"
    compiler.write_text(f"#!/bin/sh\n{refuses}\n")
    compiler.chmod(0o755)
    found = engine.settings({"CC": str(compiler), "CFLAGS": "-O2"})
    assert found["CFLAGS"].startswith("-O2")
    has_amx = platform.machine() == "x86_64"
    assert ("-mno-amx-tile" in found["CFLAGS"]) == (knows_amx and has_amx)


@pytest.mark.parametrize("lock", ["requirements-demo.lock", "requirements-dev.lock"])
def test_demo_and_development_have_all_that_a_school_has(lock: str) -> None:
    def pinned(name: str) -> set[str]:
        lines = (ROOT / name).read_text().splitlines()
        return {line.removesuffix(" \\") for line in lines if re.match(r"[a-z]", line)}

    assert pinned("requirements.lock") <= pinned(lock)


class Machine:
    """A machine whose pip only notes what it was asked for, and whose engine works as said."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[str] = []
        self.faults: list[str] = []
        """Of the engine, one at each look; then it works."""

    def fault(self) -> str:
        return self.faults.pop(0) if self.faults else ""

    async def pip(self, *arguments: str, environment: Mapping[str, str]) -> AsyncIterator[str]:
        self.asked.append(arguments[0])
        if arguments[0] == "wheel":
            place = Path(arguments[arguments.index("--wheel-dir") + 1])
            place.mkdir()
            (place / "engine.whl").touch()
            for part in range(1, 41):
                yield f"[{part}/40] c++ -c part.cpp"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(engine, "pip", made.pip)
    monkeypatch.setattr(engine, "engine_fault", made.fault)
    new_environment(made, monkeypatch)
    return made


def new_environment(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever installs begins with an empty one."""
    place = machine.folder / f"environment{len(machine.asked)}"
    place.mkdir()
    monkeypatch.setattr(sys, "prefix", str(place))
    (place / engine.INSTALLED).write_text("another")


def unexpected(done: int, of: int) -> None:
    raise AssertionError(f"something is compiled: {done} of {of}")


async def test_an_engine_is_compiled_once_and_then_found_again(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[int, int]] = []
    await engine.bring(LOCK, lambda done, of: told.append((done, of)))
    assert machine.asked == ["wheel", "install"]
    assert len(told) <= engine.STEPS + 1
    assert told[-1] == (40, 40)
    await engine.bring(LOCK, unexpected)
    assert machine.asked == ["wheel", "install"]  # it is installed
    new_environment(machine, monkeypatch)
    await engine.bring(LOCK, unexpected)
    assert machine.asked == ["wheel", "install", "install"]


@pytest.mark.parametrize("changed", ["sources", "flags", "processor", "settings"])
async def test_an_engine_of_other_sources_flags_or_processor_is_another(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    await engine.bring(LOCK, lambda done, of: None)
    lock = machine.folder / "other.lock"
    lock.write_text(LOCK.read_text())
    match changed:
        case "sources":
            lock.write_text("llama-cpp-python==0.3.99 \\\n    --hash=sha256:00\n")
        case "flags":
            monkeypatch.setenv("CXXFLAGS", "-O1")
        case "processor":
            monkeypatch.setattr(engine, "processor", lambda: "another")
        case "settings":
            other = machine.folder / "engine.cmake"
            other.write_text("# nothing is left out")
            monkeypatch.setattr(engine, "CMAKE_FILE", other)
    await engine.bring(lock, lambda done, of: None)
    assert machine.asked == ["wheel", "install", "wheel", "install"]


async def test_the_same_engine_serves_another_checkout(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await engine.bring(LOCK, lambda done, of: None)
    place = machine.folder / "elsewhere" / "engine.cmake"
    place.parent.mkdir()
    place.write_text(engine.CMAKE_FILE.read_text())
    monkeypatch.setattr(engine, "CMAKE_FILE", place)
    new_environment(machine, monkeypatch)
    await engine.bring(ROOT / "requirements-dev.lock", unexpected)
    assert machine.asked == ["wheel", "install", "install"]


async def test_a_kept_engine_that_does_not_work_here_is_compiled_anew(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await engine.bring(LOCK, lambda done, of: None)
    new_environment(machine, monkeypatch)
    machine.faults = ["SIGILL"]
    await engine.bring(LOCK, lambda done, of: None)
    assert machine.asked == ["wheel", "install", "install", "wheel", "install"]
    new_environment(machine, monkeypatch)
    machine.faults = ["SIGILL", "SIGILL"]
    with pytest.raises(engine.EngineBroken, match="SIGILL"):
        await engine.bring(LOCK, lambda done, of: None)


@pytest.mark.usefixtures("machine")
def test_a_machine_without_a_compiler_is_told_so_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And goes on: whoever asks gets the sources' words."""
    monkeypatch.setenv("CXX", "/nowhere/c++")
    assert engine.main([str(LOCK)]) == 0
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert "no compiler for C++" in said


def test_where_pip_fails_its_last_words_say_why() -> None:
    code = (
        "import asyncio\nfrom scripts import engine\n"
        "async def main():\n"
        "    async for line in engine.pip('download', '--no-index', 'nothing-of-this-name',"
        " environment={}):\n        pass\n"
        "try:\n    asyncio.run(main())\n"
        "except engine.EngineBroken as problem:\n    print(problem)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "nothing-of-this-name" in done.stdout
