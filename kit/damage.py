"""What is wrong with an SQLite file, in words, before anybody opens it.

`look` reads the file and its WAL as bytes and changes nothing: opening would already begin anew in an
empty file, or drop what a damaged WAL holds. `words` says what SQLite's own errors mean. `missing`
names the tables that are gone. All of it is a msgid with what it is filled with.
"""

import os
import sqlite3
import struct
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import BinaryIO

import msgspec

from kit.db import Database, SQLite, Tx, outside_units
from kit.i18n import _
from kit.schema import create

MAGIC = b"SQLite format 3\0"
WAL_MAGIC = (0x377F0682, 0x377F0683)
WAL_HEADER, FRAME_HEADER = 32, 24


class Damage(msgspec.Struct, frozen=True):
    """Something wrong with a database. `text` is a msgid, filled by `params`."""

    text: str
    params: dict[str, object] = {}


# The file -----------------------------------------------------------------------------------------


@outside_units
def look(path: Path) -> Damage | None:
    """What is wrong with the file or its WAL, as far as their bytes tell. A file that is not there
    yet is well."""
    if not path.exists():
        return None
    try:
        with path.open("rb") as file:
            header = file.read(100)
        size = path.stat().st_size
    except OSError as error:
        return Damage(
            _("데이터베이스 파일을 읽을 수 없습니다: %(reason)s"),
            {"reason": error.strerror or str(error)},
        )
    if not size:
        return Damage(_("데이터베이스 파일이 비어 있습니다. 삭제되었거나 복사가 중단되었습니다."))
    if not header.startswith(MAGIC):
        return Damage(
            _("데이터베이스 파일의 앞부분이 덮어써졌거나, 데이터베이스가 아닌 파일입니다.")
        )
    wal = path.with_name(path.name + "-wal")
    return _look_at_wal(wal) or _look_at_length(header, size, wal)


def _look_at_length(header: bytes, size: int, wal: Path) -> Damage | None:
    """Whether the file ends before its pages do. While a WAL waits, pages may still lie in it."""
    if wal.exists() and wal.stat().st_size:
        return None
    page = int.from_bytes(header[16:18], "big")
    page = 65_536 if page == 1 else page
    whole = int.from_bytes(header[28:32], "big") * page
    if size >= whole:
        return None
    return Damage(
        _("데이터베이스 파일이 잘렸습니다: %(whole)s바이트여야 하는데 %(size)s바이트입니다."),
        {"whole": whole, "size": size},
    )


def _look_at_wal(path: Path) -> Damage | None:
    """Whether what SQLite would take over of the WAL is all that was written to it.

    It drops everything from the first frame on whose sum is wrong. The last transaction may lie torn
    at the end after a power cut, which is well; a commit behind a damaged frame is lost.
    """
    lost = Damage(
        _("데이터베이스의 WAL 파일(-wal)이 손상되었습니다. 열면 마지막에 저장한 내용이 사라집니다.")
    )
    try:
        with path.open("rb") as file:
            header = file.read(WAL_HEADER)
            if not any(header):
                return None
            if not _is_wal_header(header):
                return lost
            return lost if _has_commit_behind_damage(file, header) else None
    except FileNotFoundError:
        return None
    except OSError as error:
        return Damage(
            _("데이터베이스 파일을 읽을 수 없습니다: %(reason)s"),
            {"reason": error.strerror or str(error)},
        )


def _is_wal_header(header: bytes) -> bool:
    if len(header) < WAL_HEADER or int.from_bytes(header[:4], "big") not in WAL_MAGIC:
        return False
    return _sum(header, header[:24], (0, 0)) == struct.unpack(">II", header[24:])


def _has_commit_behind_damage(file: BinaryIO, header: bytes) -> bool:
    """Frames of this WAL carry its salt; others are left from before."""
    page = int.from_bytes(header[8:12], "big")
    salt, running = header[16:24], struct.unpack(">II", header[24:])
    is_damaged = False
    commits = 0
    while len(frame := file.read(FRAME_HEADER + page)) == FRAME_HEADER + page:
        is_commit, is_ours = any(frame[4:8]), frame[8:16] == salt
        if is_damaged or not is_ours:
            is_damaged = True
            commits += is_ours and is_commit
            if commits > 1:  # one may be the torn transaction's own
                return True
            continue
        running = _sum(header, frame[:8], running)
        running = _sum(header, frame[FRAME_HEADER:], running)
        is_damaged = running != struct.unpack(">II", frame[16:24])
    return False


def _sum(header: bytes, content: bytes, running: tuple[int, int]) -> tuple[int, int]:
    """SQLite's sum over pairs of words, in the order of bytes that the WAL says."""
    one, two = running
    order = ">" if header[3] & 1 else "<"
    for first, second in struct.iter_unpack(order + "II", content):
        one = (one + first + two) & 0xFFFFFFFF
        two = (two + second + one) & 0xFFFFFFFF
    return one, two


# What SQLite says ---------------------------------------------------------------------------------


def words(error: BaseException, path: Path | None = None) -> Damage:
    """What an error of the database means for whoever looks after it."""
    cause = error.__cause__ or error
    code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
    reason = " ".join(str(cause).split())
    if code == sqlite3.SQLITE_NOTADB:
        text = _("데이터베이스 파일의 앞부분이 덮어써졌거나, 데이터베이스가 아닌 파일입니다.")
        return Damage(text)
    if code == sqlite3.SQLITE_CORRUPT:
        return Damage(_("데이터베이스가 손상되었습니다: %(reason)s"), {"reason": reason})
    if code == sqlite3.SQLITE_READONLY or (path is not None and _is_read_only(path)):
        return Damage(_("데이터베이스에 쓸 수 없습니다. 파일이나 폴더가 읽기 전용입니다."))
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return Damage(_("다른 프로그램이 데이터베이스를 사용하고 있습니다."))
    if code == sqlite3.SQLITE_FULL:
        return Damage(_("디스크가 가득 차서 데이터베이스에 쓸 수 없습니다."))
    if reason.startswith("no such table: "):
        table = reason.removeprefix("no such table: ").removeprefix("main.")
        return Damage(_("데이터베이스에 테이블이 없습니다: %(tables)s"), {"tables": table})
    return Damage(_("데이터베이스를 읽을 수 없습니다: %(reason)s"), {"reason": reason})


def _is_read_only(path: Path) -> bool:
    return not all(os.access(one, os.W_OK) for one in (path, path.parent) if one.exists())


def missing(tx: Tx, packages: Sequence[str]) -> list[str]:
    """Tables that this program's data has and the database has not."""
    there = {
        str(name) for (name,) in tx.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
    }
    return sorted(_tables(packages) - there)


def _tables(packages: Sequence[str]) -> set[str]:
    connection = SQLite(Path(":memory:")).connect(writer=True)
    try:
        tx = Tx(connection)
        create(tx, packages)
        rows = tx.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {str(name) for (name,) in rows}
    finally:
        connection.close()


# The pages ----------------------------------------------------------------------------------------


def tables(tx: Tx) -> list[str]:
    """What `check` is to go through, table by table."""
    rows = tx.rows(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        " AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name"
    )
    return [str(name) for (name,) in rows]


def check(tx: Tx, table: str) -> str:
    """Whether the pages of a table and its indexes hold together: "" or what SQLite found first."""
    try:
        found = tx.value("SELECT quick_check FROM pragma_quick_check(?)", (table,))
    except sqlite3.DatabaseError as error:
        return str(error)
    return "" if found in (None, "ok") else str(found)


async def examine(
    db: Database, packages: Sequence[str], told: Callable[[int, int], None]
) -> list[Damage]:
    """Whether all tables of the packages are there and their pages hold together, a table in a read.
    A PostgreSQL database is looked after by its own server."""
    if db.driver.name != "sqlite":
        return []
    gone = await db.read(partial(missing, packages=packages))
    if gone:
        return [
            Damage(_("데이터베이스에 테이블이 없습니다: %(tables)s"), {"tables": ", ".join(gone)})
        ]
    names = await db.read(tables)
    for done, table in enumerate(names, 1):
        found = await db.read(partial(check, table=table))
        if found:
            text = _("데이터베이스가 손상되었습니다: %(reason)s")
            return [Damage(text, {"reason": f"{table}: {found}"})]
        told(done, len(names))
    return []


class DatabaseDamaged(Exception):
    """The night's check of the database found damage; the message says which."""


async def check_now(db: Database, packages: Sequence[str]) -> None:
    """The daily job. Raises DatabaseDamaged, so that the job's row tells of it, and lets /healthz tell
    at once."""
    async with db.apart() as apart:
        faults = await examine(apart, packages, lambda _done, _of: None)
    if faults:
        db.damage = faults[0].text % faults[0].params
        raise DatabaseDamaged(db.damage)
