"""The engine of the writing model (llama.cpp): compiled for this machine's processor, and then kept.

    python -m scripts.engine requirements.lock        into the environment of this Python

Compiling takes minutes. The wheel is kept in ~/.cache/madang/wheels under the hash of all that went
into it (sources, settings, compiler, processor), and found there by whoever installs again. Without
a compiler, or where the engine does not work, assistants answer in the sources' words.

Nothing but the standard library is needed here: this runs before anything else is known to stand.
"""

import asyncio
import contextlib
import hashlib
import importlib.metadata
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

from models.selftest import engine_fault

PACKAGE = "llama-cpp-python"
CMAKE_FILE = Path(__file__).parent / "engine.cmake"
INSTALLED = "madang-engine"
"""A file in the environment: the key of the wheel that was installed there."""
WITHOUT_AMX = ("-mno-amx-tile", "-mno-amx-int8", "-mno-amx-bf16")
STEPS = 10
"""How often progress is told while it compiles, at most."""
_DONE = re.compile(r"\[ *(\d+)(?:/(\d+)\]|%\])")

Progress = Callable[[int, int], None]
"""Told how many parts are compiled, and of how many."""


class NoCompiler(Exception):
    """This machine cannot compile; the message is one line that says so."""


class EngineBroken(Exception):
    """The engine cannot be compiled, or does not work here; the message says why."""


def packages_of(lock: Path, name: str) -> str:
    """What a lock file says of the packages whose names begin so: their versions and hashes."""
    entry = re.compile(rf"^{re.escape(name)}[\w-]*==.*?[^\\]\n", re.MULTILINE | re.DOTALL)
    return "".join(entry.findall(lock.read_text()))


def settings(environment: Mapping[str, str]) -> dict[str, str]:
    """What a build of the engine is told, on top of what the environment says."""
    told = {name: environment.get(name, "") for name in ("CFLAGS", "CXXFLAGS", "CMAKE_ARGS")}
    # GCC 12.2 (Debian 12) drops the stores of AMX' tile configuration as dead, and the engine's
    # first prompt then ends with an illegal instruction: these kernels stay out.
    if platform.machine() == "x86_64" and _knows_amx(environment):
        for name in ("CFLAGS", "CXXFLAGS"):
            told[name] = " ".join([told[name], *WITHOUT_AMX]).strip()
    # Half of the objects, and four fifths of the time, belong to programs that are never loaded.
    # The build splits its arguments as a shell does: the folder's name may hold spaces.
    include = f"'-DCMAKE_PROJECT_llama.cpp_INCLUDE={CMAKE_FILE.resolve()}'"
    told["CMAKE_ARGS"] = f"{told['CMAKE_ARGS']} -DLLAVA_BUILD=OFF {include}".strip()
    told["CMAKE_BUILD_PARALLEL_LEVEL"] = str(os.cpu_count() or 1)  # make alone compiles one by one
    return told


def _knows_amx(environment: Mapping[str, str]) -> bool:
    """Compilers that do not (before GCC 11) refuse the flags and need none."""
    compiler = _compiler(environment, "CC", "cc")
    return not compiler or _said([*compiler, *WITHOUT_AMX, "-x", "c", "-E", "-"]) is not None


def _said(command: list[str]) -> str | None:
    """What a program says that is given nothing to read; None where it fails."""
    ended = subprocess.run(command, check=False, input=b"", capture_output=True)
    return None if ended.returncode else ended.stdout.decode("utf-8", "replace")


def _compiler(environment: Mapping[str, str], name: str, usual: str) -> list[str]:
    """The command that compiles; none where there is no such program."""
    command = environment.get(name, usual).split()
    return command if shutil.which(command[0]) else []


def can_compile(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether this machine has compilers for C and C++."""
    wanted = (("CC", "cc"), ("CXX", "c++"))
    return all(_compiler(environment, name, usual) for name, usual in wanted)


def key_of(lock: Path) -> str:
    """The name under which a wheel is kept: another for other sources, settings, processors."""
    told = settings(os.environ)
    told["CMAKE_ARGS"] = told["CMAKE_ARGS"].replace(str(CMAKE_FILE.resolve()), "")
    compiler = _compiler(os.environ, "CXX", "c++")
    parts = [
        packages_of(lock, PACKAGE),
        CMAKE_FILE.read_text(),
        repr(sorted(told.items())),
        repr(compiler and _said([*compiler, "--version"])),
        processor(),
        repr(platform.libc_ver()),
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def processor() -> str:
    """What the first core of this machine says it can do."""
    about = [platform.machine()]
    with contextlib.suppress(OSError):
        first = Path("/proc/cpuinfo").read_text().split("\n\n")[0]
        kept = ("model name", "flags", "Features", "CPU implementer", "CPU part")
        about += [line for line in first.splitlines() if line.startswith(kept)]
    return "\n".join(about)


def cache() -> Path:
    """The folder of the wheels that were compiled on this machine by this user."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "madang" / "wheels"


def kept(key: str) -> Path | None:
    """The wheel of that key, where it was compiled before."""
    return next((cache() / key).glob("*.whl"), None)


async def bring(lock: Path, progress: Progress) -> None:
    """Have the engine in the environment of this Python: as it is there, from the kept wheels, or
    compiled. Raises NoCompiler, EngineBroken."""
    key = key_of(lock)
    if _is_installed(lock, key) and not await _fault():
        return
    wheel = kept(key)
    if wheel is not None:
        await _install(wheel, key)
        if not await _fault():
            return
        shutil.rmtree(cache() / key)  # it came of a machine that only looked like this one
    await _install(await _compile(lock, key, progress), key)
    fault = await _fault()
    if fault:
        raise EngineBroken(fault)


def _is_installed(lock: Path, key: str) -> bool:
    """What was installed before keys were noted counts by its version."""
    try:
        version = importlib.metadata.version(PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        return False
    note = Path(sys.prefix) / INSTALLED
    if note.exists():
        return note.read_text() == key
    return packages_of(lock, PACKAGE).split()[0] == f"{PACKAGE}=={version}"


async def _fault() -> str:
    return await asyncio.to_thread(engine_fault)


async def _install(wheel: Path, key: str) -> None:
    """Raises EngineBroken."""
    arguments = ("install", "--quiet", "--no-deps", "--no-index", "--force-reinstall", str(wheel))
    async for _line in pip(*arguments, environment={}):
        pass
    (Path(sys.prefix) / INSTALLED).write_text(key)


async def _compile(lock: Path, key: str, progress: Progress) -> Path:
    """The wheel, compiled and kept. Raises NoCompiler, EngineBroken."""
    if not can_compile():
        raise NoCompiler("this machine has no compiler for C++ (apt install g++)")
    cache().mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=cache()) as name:
        place = Path(name) / "wheel"
        wanted = Path(name) / "engine.lock"
        wanted.write_text(packages_of(lock, PACKAGE))
        arguments = (
            "wheel", "--verbose", "--require-hashes", "--no-cache-dir", "--no-deps",
            "--wheel-dir", str(place), "-r", str(wanted),
        )  # fmt: skip
        told = -1
        async for line in pip(*arguments, environment=settings(os.environ)):
            found = _DONE.search(line)
            if found is None:
                continue
            done, of = int(found[1]), int(found[2] or 100)
            if done * STEPS // of > told:
                told = done * STEPS // of
                progress(done, of)
        with contextlib.suppress(OSError):  # somebody else kept it meanwhile
            place.rename(cache() / key)
    wheel = kept(key)
    if wheel is None:
        raise EngineBroken("pip made no wheel of it")
    return wheel


async def pip(*arguments: str, environment: Mapping[str, str]) -> AsyncIterator[str]:
    """What pip says, line by line; pages that are shown meanwhile come first. Ends with its reader.
    Raises EngineBroken with its last words."""
    process = await asyncio.create_subprocess_exec(
        "nice", "-n", "19", sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, **environment},
        limit=2**20,  # a line holds a whole command of the compiler
        process_group=0,  # so that its compilers end with it
    )  # fmt: skip
    assert process.stdout is not None
    last: list[str] = []
    try:
        async for line in process.stdout:
            text = line.decode("utf-8", "replace").rstrip()
            last = [*last[-19:], text]
            yield text
        if await process.wait():
            raise EngineBroken("\n".join(last))
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            await process.wait()


def main(arguments: list[str]) -> int:
    """Exit status 0 also where there is no engine: Madang works without it."""

    def progress(done: int, of: int) -> None:
        print(f"Compiling the engine of the writing model: {done} of {of} parts …", flush=True)

    try:
        asyncio.run(bring(Path(arguments[0]), progress))
    except (NoCompiler, EngineBroken) as problem:
        print(f"Assistants answer in the sources' words, without a model: {problem}")
        return 0
    print("The language model's engine works on this machine.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
