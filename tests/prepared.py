"""New databases of servers under test: made by the migrations once, and copied from then on.

Three hundred statements, each of which has SQLite read the schema anew, were two thirds of what a
school costs a test. What migrations make of databases that are not new they still make each time.
"""

import contextlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from kit import schema
from kit.clock import Clock
from kit.db import Database, SQLite, Tx
from kit.ids import new_epoch
from kit.schema import set_meta


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
