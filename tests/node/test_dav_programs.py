"""Foreign programs of Debian open the drive, change a file and save it: litmus, cadaver, rclone."""

import asyncio
import os
import re
import shutil
from pathlib import Path

from tests.node.conftest import School
from tests.node.dav_client import OWN, at, dav_of

FILE = f"{OWN}/회의록.txt"
TESTS = 104  # of litmus 0.13


def program(name: str) -> str:
    """Where a program of the Debian package of its name is."""
    found = shutil.which(name)
    assert found, f"{name} is missing: apt install {name}"
    return found


async def said_by(command: list[str], home: Path, said: str = "", **environment: str) -> str:
    """What a program prints. It ends well."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=home,
        env=os.environ | {"HOME": str(home)} | environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out = (await process.communicate(said.encode()))[0].decode(errors="replace")
    assert process.returncode == 0, out
    return out


async def test_litmus_finds_nothing_to_fault(school: School, tmp_path: Path) -> None:
    litmus = program("litmus")
    park = await dav_of(school, "박서연")
    assert (await park("MKCOL", f"{OWN}/시험")).status == 201
    address = school.url + at(f"{OWN}/시험/")
    said = await said_by([litmus, address, park.login, park.secret], tmp_path)
    passed = re.findall(r"of \d+ tests run: (\d+) passed", said)
    assert (len(passed), sum(map(int, passed))) == (5, TESTS), said
    assert "FAIL" not in said


async def test_cadaver_edits_a_file_and_saves_it(school: School, tmp_path: Path) -> None:
    cadaver = program("cadaver")
    park = await dav_of(school, "박서연")
    await park.put(FILE, b"one\n")
    netrc = tmp_path / ".netrc"
    netrc.write_text(f"machine 127.0.0.1\nlogin {park.login}\npassword {park.secret}\n")
    netrc.chmod(0o600)
    editor = tmp_path / "editor"
    # It misses what changes within the second of its download.
    editor.write_text('#!/bin/sh\nsleep 1.2\necho two >> "$1"\n')
    editor.chmod(0o755)
    (tmp_path / "새 파일.txt").write_text("new")
    commands = (
        "edit 회의록.txt\nput '새 파일.txt'\nmkcol 폴더\nmove '새 파일.txt' 폴더/\nls\nquit\n"
    )
    said = await said_by(
        [cadaver, school.url + at(f"{OWN}/")],
        tmp_path,
        commands,
        EDITOR=str(editor),
        LANG="C.UTF-8",
    )
    assert await park.text(FILE) == b"one\ntwo\n", said
    assert await park.text(f"{OWN}/폴더/새 파일.txt") == b"new"
    assert (await park("LOCK", FILE, "", If="(<none>)")).status == 412, "it gave its lock back"


async def test_rclone_brings_a_folder_and_keeps_its_times(school: School, tmp_path: Path) -> None:
    rclone = program("rclone")
    park = await dav_of(school, "박서연")
    folder = tmp_path / "수업"
    (folder / "1단원").mkdir(parents=True)
    (folder / "1단원" / "학습지.hwp").write_bytes(os.urandom(3_000_000))
    os.utime(folder / "1단원" / "학습지.hwp", (1_700_000_000, 1_700_000_000))
    hidden = (await said_by([rclone, "obscure", park.secret], tmp_path)).strip()
    remote = [
        f"--webdav-url={school.url}{at(OWN)}",
        f"--webdav-user={park.login}",
        f"--webdav-pass={hidden}",
        "--webdav-vendor=nextcloud",
        "--config=/dev/null",
        "-vv",
    ]
    await said_by([rclone, "sync", str(folder), ":webdav:수업", *remote], tmp_path)
    sent = (folder / "1단원" / "학습지.hwp").read_bytes()
    assert await park.text(f"{OWN}/수업/1단원/학습지.hwp") == sent
    again = await said_by([rclone, "sync", str(folder), ":webdav:수업", *remote], tmp_path)
    assert "Unchanged skipping" in again, again
    (folder / "1단원" / "학습지.hwp").write_bytes(b"changed")
    await said_by([rclone, "sync", str(folder), ":webdav:수업", *remote], tmp_path)
    assert await park.text(f"{OWN}/수업/1단원/학습지.hwp") == b"changed"
