"""The nights of a school that has a drive of years and never stops writing, and what is done with
its backups: seen on the page, carried away, restored."""

import asyncio
import contextlib
import functools
import hashlib
import itertools
import os
import sqlite3
from pathlib import Path

import pytest

from kit.archive.model import FilesLost
from kit.blobs import Blobs
from kit.db import Tx
from kit.finding import Level
from node.app import CONFIG
from node.backup import restore, verify
from node.cli import main
from node.config import toml_of
from node.doctor import DOCTOR
from node.home.web import BACK_UP
from tests.node.conftest import School
from tests.node.driving import areas, kept
from tests.node.test_full_disk import full_disk

MEGABYTE = 1024 * 1024
FILES, SIZE = 200, 10 * MEGABYTE  # a drive of 2 GB
END = 32  # bytes by which one of them differs from the others
ROWS, ROW = 4800, 64 * 1024  # a database of 300 MB


@pytest.fixture
def root(school: School) -> Path:
    """The school's folder, with its settings as an administrator has them."""
    config = school.app[CONFIG]
    (config.root / "madang.toml").write_text(toml_of(config), encoding="utf-8")
    return config.root


def fill_drive(blobs: Blobs, files: int) -> dict[str, bytes]:
    """Files that differ in their ends only, and take no room on a disk that knows holes: hash → end."""
    beginning = hashlib.sha256(bytes(SIZE - END))
    found = {}
    for _file in range(files):
        end, digest = os.urandom(END), beginning.copy()
        digest.update(end)
        path = blobs.path(digest.hexdigest())
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as out:
            out.seek(SIZE - END)
            out.write(end)
        found[path.name] = end
    return found


def fill_database(tx: Tx) -> None:
    tx.execute("CREATE TABLE filling (body BLOB)")
    tx.execute("CREATE TABLE saved (number INTEGER PRIMARY KEY)")
    body = os.urandom(ROW // 2) + bytes(ROW // 2)
    for _row in range(ROWS):
        tx.execute("INSERT INTO filling VALUES (?)", (body,))


class Saving:
    """Somebody who saves again and again; `acknowledged`: the numbers of what was."""

    def __init__(self, school: School) -> None:
        self._db = school.db
        self._begun = asyncio.Event()
        self.acknowledged: list[int] = []

    async def __aenter__(self) -> "Saving":
        self._task = asyncio.create_task(self._save())
        await self._begun.wait()
        return self

    async def __aexit__(self, *_how: object) -> None:
        self._task.cancel()

    async def _save(self) -> None:
        for number in itertools.count():
            await self._db.write(functools.partial(save, number))
            self.acknowledged.append(number)
            self._begun.set()
            await asyncio.sleep(0.01)


def save(number: int, tx: Tx) -> None:
    tx.execute("INSERT INTO saved VALUES (?)", (number,))


def saved_in(database: Path) -> set[int]:
    with contextlib.closing(sqlite3.connect(database)) as opened:
        assert opened.execute("PRAGMA quick_check").fetchall() == [("ok",)]
        return {number for (number,) in opened.execute("SELECT number FROM saved")}


def inodes(files: Path) -> dict[str, int]:
    return {path.name: path.stat().st_ino for path in files.glob("??/*")}


async def test_two_gigabytes_of_drive_are_backed_up_while_the_school_saves(
    school: School, root: Path, tmp_path: Path
) -> None:
    drive = Blobs(school.app[CONFIG].drive)
    files = await asyncio.to_thread(fill_drive, drive, FILES)
    await school.db.write(fill_database)
    async with Saving(school) as saving:
        first_before = set(saving.acknowledged)
        made = await school.app[BACK_UP].make()
        assert len(saving.acknowledged) > len(first_before), "it saved on meanwhile"
        stored = inodes(root / "backups" / "files")
        assert set(files) <= set(stored)

        new = fill_drive(drive, 1)
        before = set(saving.acknowledged)
        second = await school.app[BACK_UP].make()
    after = inodes(root / "backups" / "files")
    assert set(after) - set(stored) == set(new), "the second night packs only what is new"
    assert {digest: after[digest] for digest in stored} == stored
    assert second.stat().st_size < SIZE * FILES // 10

    made.unlink()
    await asyncio.to_thread(restore, second, tmp_path / "restored")
    assert before <= saved_in(tmp_path / "restored" / "madang.sqlite3")
    again = Blobs(tmp_path / "restored" / "blobs" / "drive")
    for digest, end in (files | new).items():
        with again.path(digest).open("rb") as content:
            assert content.seek(-END, os.SEEK_END) == SIZE - END
            assert content.read() == end


async def test_a_backup_fetched_from_the_page_is_one_file_that_holds_everything(
    school: School, root: Path, tmp_path: Path
) -> None:
    park = await school.client_as("박서연")
    await kept(park, (await areas(park))["person"], "중요.txt", b"important")
    made = await school.app[BACK_UP].make()
    minho = await school.client_as("정민호")
    assert "모든 파일이 들어 있는 하나의 파일" in (await minho.get("/admin/system")).text
    address = f"/admin/system/backups/{made.name}"
    answer = await minho.get(address)
    assert answer.status == 200
    assert made.name in answer.headers["Content-Disposition"]
    assert int(answer.headers["Content-Length"]) == len(answer.body)
    head = await minho.request("HEAD", address)
    assert (head.status, head.headers["Content-Length"]) == (200, answer.headers["Content-Length"])
    carried = tmp_path / "usb" / made.name
    carried.parent.mkdir()
    carried.write_bytes(answer.body)
    restore(carried, tmp_path / "restored")
    digest = hashlib.sha256(b"important").hexdigest()
    assert Blobs(tmp_path / "restored" / "blobs" / "drive").get(digest) == b"important"


async def test_the_administrator_reads_that_there_is_no_room_for_a_backup(
    school: School, root: Path
) -> None:
    keeper = school.app[BACK_UP]
    before = await keeper.make()
    keeper.reserve = 2**60
    minho = await school.client_as("정민호")
    answer = await minho.post("/admin/system/backup")
    assert answer.status == 303
    page = (await minho.get("/admin/system")).text
    assert "저장 공간이 부족하여 백업을 시작하지 않았습니다" in page
    assert [one.name for one in keeper.existing()] == [before.name]
    assert verify(before)
    assert (await minho.post("/admin/jobs/node.backup/run")).status == 303
    assert (
        "저장 공간이 부족하여 백업을 시작하지 않았습니다" in (await minho.get("/admin/jobs")).text
    )


def test_at_the_terminal_a_full_disk_is_said_in_one_line_and_nothing_is_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MADANG_LANG", "ko")
    folder = tmp_path / "school"
    assert main(["init", str(folder), "--school", "J107530101", "--name", "한빛초등학교"]) == 0
    assert main(["backup", str(folder)]) == 0
    [before] = (folder / "backups").glob("*.tar")
    capsys.readouterr()
    for more in ([], ["--to", str(tmp_path / "usb" / "one.tar")]):
        with full_disk():
            assert main(["backup", str(folder), *more]) == 2
        assert len(capsys.readouterr().err.strip().splitlines()) == 1
        film = folder / "blobs" / "film"
        with film.open("wb") as out:
            out.truncate(10 * 1024**4)  # holes only: more than any disk of a school
        assert main(["backup", str(folder), *more]) == 2
        said = capsys.readouterr().err
        assert "저장 공간이 부족하여 백업을 시작하지 않았습니다" in said
        assert len(said.strip().splitlines()) == 1
        film.unlink()
    assert verify(before)
    assert [path for path in (folder / "backups").iterdir() if path.name.startswith(".")] == []
    assert list((tmp_path / "usb").iterdir()) == []


async def test_a_file_that_the_disk_changed_is_named_at_the_terminal_and_the_rest_restored(
    school: School, root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("MADANG_LANG", "ko")
    blobs = Blobs(school.app[CONFIG].drive)
    digest = blobs.put(b"a letter")
    made = await school.app[BACK_UP].make()
    (root / "backups" / "files" / digest[:2] / digest).write_bytes(b"b letter")
    folder = tmp_path / "restored"
    assert await asyncio.to_thread(main, ["restore", str(made), str(folder)]) == 2
    said = capsys.readouterr().err
    assert digest in said
    assert "--incomplete" in said
    assert not folder.exists()
    restoring = ["restore", str(made), str(folder), "--incomplete"]
    assert await asyncio.to_thread(main, restoring) == 0
    assert f"복원하지 못한 파일: blobs/drive/{digest[:2]}/{digest}" in capsys.readouterr().out
    assert (folder / "madang.sqlite3").exists()


async def test_a_damaged_file_of_the_drive_does_not_end_the_backups(
    school: School, root: Path
) -> None:
    blobs = Blobs(school.app[CONFIG].drive)
    digest = blobs.put(b"a letter")
    blobs.path(digest).write_bytes(b"b letter")
    with pytest.raises(FilesLost, match=digest):
        await school.app[BACK_UP].make()
    [made] = school.app[BACK_UP].existing()
    assert verify(root / "backups" / made.name).lost == (f"blobs/drive/{digest[:2]}/{digest}",)
    minho = await school.client_as("정민호")
    assert (await minho.post("/admin/jobs/node.backup/run")).status == 303
    assert digest in (await minho.get("/admin/jobs")).text


async def test_the_doctor_names_a_file_that_is_missing_beside_the_newest_backup(
    school: School, root: Path
) -> None:
    digest = Blobs(school.app[CONFIG].drive).put(b"a letter")
    await school.app[BACK_UP].make()
    before = await school.app[DOCTOR].examine(school.db)
    (root / "backups" / "files" / digest[:2] / digest).unlink()
    after = await school.app[DOCTOR].examine(school.db)
    [new] = [one for one in after if one.text not in {each.text for each in before}]
    assert new.level is Level.DANGER
    assert new.params == {"count": 1, "name": f"blobs/drive/{digest[:2]}/{digest}"}
