"""What the install script hands to the build of the engine, read from a Python that only notes it."""

import os
import platform
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"
NOTES = '#!/bin/sh\nenv -0 >"$NOTED"\n'


def handed_on(folder: Path, compiler: str = "") -> dict[str, str]:
    """The environment of the build, from a checkout in that folder."""
    (folder / "scripts").mkdir(parents=True)
    for name in ("install.sh", "engine.cmake"):
        shutil.copy(SCRIPTS / name, folder / "scripts" / name)
    python = folder / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(NOTES)
    python.chmod(0o755)
    subprocess.run(
        ["sh", str(folder / "scripts" / "install.sh"), "requirements.lock"],
        env={**os.environ, "NOTED": str(folder / "noted"), "CC": compiler or "cc", "CFLAGS": "-O2"},
        check=True,
    )
    noted = (folder / "noted").read_text().rstrip("\0").split("\0")
    return dict(one.split("=", 1) for one in noted)


def test_a_checkout_may_lie_in_a_folder_with_spaces_in_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "우리 학교"
    told = shlex.split(handed_on(folder)["CMAKE_ARGS"])  # as the build splits it
    read = next(one.partition("=")[2] for one in told if "_INCLUDE=" in one)
    assert Path(read).samefile(folder / "scripts" / "engine.cmake")


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
    found = handed_on(tmp_path / "madang", str(compiler))
    assert found["CFLAGS"].startswith("-O2")
    has_amx = platform.machine() == "x86_64"
    assert ("-mno-amx-tile" in found["CFLAGS"]) == (knows_amx and has_amx)
