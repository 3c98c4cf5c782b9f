"""What the servers of many tests begin with: made once in a process, and taken from there again.

New databases are made by the migrations once, and copied from then on. Three hundred statements, each
of which has SQLite read the schema anew, were two thirds of what a school costs a test. What migrations
make of databases that are not new they still make each time.

A password is hashed once, and found to fit its hash once: argon2 takes its time by design.
"""

import contextlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal

from argon2 import PasswordHasher

from kit import schema
from kit.clock import Clock
from kit.db import Database, SQLite, Tx
from kit.ids import new_epoch
from kit.schema import set_meta


class OnceHasher(PasswordHasher):
    """Argon2 as the servers use it. That a password fits no hash it finds out each time."""

    _hashes: ClassVar[dict[str, str]] = {}
    _fitting: ClassVar[set[tuple[str, str]]] = set()

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        known = str(password)
        if known not in self._hashes:
            self._hashes[known] = super().hash(password, salt=salt)
        return self._hashes[known]

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        pair = str(hash), str(password)
        if pair not in self._fitting:
            super().verify(hash, password)
            self._fitting.add(pair)
        return True


class Prepared:
    """Databases as migrations leave an empty one, by the text of the migrations."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[int, Path] = {}

    async def migrate(self, db: Database, packages: Sequence[str], clock: Clock) -> int:
        """In place of `kit.schema.migrate`, and with the same end."""
        if not isinstance(db.driver, SQLite) or not _is_empty(db.driver.path):
            return await schema.migrate(db, packages, clock)
        text = hash(tuple((one, *schema._migrations(one)) for one in packages))
        made = self._made.get(text)
        if made is None:
            applied = await schema.migrate(db, packages, clock)
            place = self._folder / f"{len(self._made)}.sqlite3"
            _copy(db.driver.path, place)
            self._made[text] = place
            return applied
        _copy(made, db.driver.path)

        def own(tx: Tx) -> int:
            set_meta(tx, "epoch", str(new_epoch()))
            return tx.execute("UPDATE kit_migration SET applied_at = ?", (clock.now(),))

        return await db.write(own)


def _is_empty(path: Path) -> bool:
    with contextlib.closing(sqlite3.connect(path)) as db:
        return not db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()


def _copy(source: Path, target: Path) -> None:
    """Whoever has one of them open goes on with what is there now."""
    with (
        contextlib.closing(sqlite3.connect(source)) as read,
        contextlib.closing(sqlite3.connect(target)) as written,
    ):
        written.execute("PRAGMA journal_mode = WAL")
        read.backup(written)
