"""Numbered migrations: `<slice>/migrations/NNN_what.sql`, forward only, run at start.

All that is missing runs in one transaction with its record, slices in floor order, numbers in
order. The version of a server's schema is how many migrations it is made of. Each begins with a line

    -- compat: 71                  in kit, whose tables both servers have: -- compat: node 71, hub 28

that names the oldest version whose programs can still use what it leaves: an older program opens newer
data while that allows and else says what to install (the scheme of
synapse/docs/development/database_schema.md).

A table that moves to a slice on a lower floor is there only when the slice above has made it. The
migration that takes it over says so in its second line, and runs behind that one:

    -- after: node.notify 6
"""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from importlib.resources import files

import msgspec

from kit.clock import Clock
from kit.db import Database, Tx
from kit.i18n import _
from kit.ids import new_epoch
from kit.problem import Problem

_BOOKKEEPING = (
    """CREATE TABLE IF NOT EXISTS kit_migration (
        slice TEXT NOT NULL, number BIGINT NOT NULL, name TEXT NOT NULL,
        applied_at BIGINT NOT NULL, PRIMARY KEY (slice, number))""",
    "CREATE TABLE IF NOT EXISTS kit_meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
)


_POSTGRES = (
    (r"\bBLOB\b", "BYTEA"),
    (r"\bCOLLATE BINARY\b", 'COLLATE "C"'),  # order of code points: ranges mean prefixes
    (r"\bINTEGER PRIMARY KEY\b", "BIGINT PRIMARY KEY"),
    (r"\bWITHOUT ROWID\b", ""),
)


class NewerData(Problem):
    """The data directory was written by a program newer than this one can follow."""

    code = "newer-data"
    status = 500
    text = _(
        "더 새로운 버전(%(version)s)으로 만든 자료입니다. 버전 %(compat)s 이상을 설치해 주세요."
    )


def statements(script: str) -> Iterator[str]:
    """The statements of a migration file, comments kept out."""
    pending = ""
    for line in script.splitlines():
        code = line.split("--", 1)[0].rstrip()
        if not code:
            continue
        pending += code + "\n"
        if sqlite3.complete_statement(pending):
            yield pending.strip()
            pending = ""
    if pending.strip():
        raise ValueError(f"unfinished statement: {pending.strip()[:60]}")


class Schema(msgspec.Struct, frozen=True):
    """`version`: what a program writes; `compat`: of the oldest program that can use it."""

    version: int
    compat: int


_COMPAT = re.compile(r"\A-- compat: (?:node (\d+), hub (\d+)|(\d+))\n")
_AFTER = re.compile(r"\A-- compat: .*\n-- after: ([\w.]+) (\d+)\n")
_LAST = 999  # three digits


def schema_of(packages: Sequence[str]) -> Schema:
    """The schema that these packages' migrations make. Raises ValueError where one does not say
    which programs can use it."""
    is_hub = any(one.startswith("hub.") for one in packages)
    migrations = _in_order(packages)
    compat = 0
    for one in migrations:
        said = _COMPAT.match(one.script)
        if said is None:
            raise ValueError(f"{one.name} does not begin with a line `-- compat: N`")
        of_node, of_hub, own = said.groups()
        compat = max(compat, int(own or (of_hub if is_hub else of_node)))
    return Schema(len(migrations), compat)


class _Migration(msgspec.Struct, frozen=True):
    package: str
    number: int
    name: str
    script: str

    @property
    def after(self) -> tuple[str, int]:
        """Package and number of the last one that must have run; the package "": none."""
        said = _AFTER.match(self.script)
        return (said[1], int(said[2])) if said else ("", 0)


def _in_order(packages: Sequence[str]) -> list[_Migration]:
    """The packages' migrations one after another; what one of them says it comes after, before it."""
    waiting = {package: _migrations(package) for package in packages}
    found: list[_Migration] = []

    def take(package: str, until: int) -> None:
        if package not in waiting:
            raise ValueError(f"no package {package} makes what others take over")
        while waiting[package] and waiting[package][0].number <= until:
            one = waiting[package].pop(0)
            above, number = one.after
            if above:
                take(above, number)
            found.append(one)

    for package in packages:
        take(package, _LAST)
    return found


def _migrations(package: str) -> list[_Migration]:
    folder = files(package).joinpath("migrations")
    if not folder.is_dir():
        return []
    found = [
        _Migration(package, int(entry.name[:3]), entry.name, entry.read_text(encoding="utf-8"))
        for entry in folder.iterdir()
        if entry.name.endswith(".sql")
    ]
    return sorted(found, key=lambda one: one.number)


def _dialect(driver: str, statement: str) -> str:
    if driver == "postgresql":
        for pattern, theirs in _POSTGRES:
            statement = re.sub(pattern, theirs, statement)
    return statement


def create(tx: Tx, packages: Sequence[str]) -> None:
    """The tables of some packages in an SQLite database that has none, such as one in memory."""
    for statement in _BOOKKEEPING:
        tx.execute(statement)
    for one in _in_order(packages):
        for statement in statements(one.script):
            tx.execute(statement)


async def migrate(db: Database, packages: Sequence[str], clock: Clock) -> int:
    """Bring the database up to date; the number of migrations applied. Raises NewerData."""
    schema = schema_of(packages)

    def apply(tx: Tx) -> int:
        for statement in _BOOKKEEPING:
            tx.execute(statement)
        stored = get_meta(tx, "schema.version")
        stored_compat = get_meta(tx, "schema.compat")
        if stored_compat is not None and int(stored_compat) > schema.version:
            raise NewerData(version=stored, compat=stored_compat)
        done = set(tx.rows("SELECT slice, number FROM kit_migration"))
        missing = [one for one in _in_order(packages) if (one.package, one.number) not in done]
        for one in missing:
            for statement in statements(one.script):
                tx.execute(_dialect(db.driver.name, statement))
            tx.execute(
                "INSERT INTO kit_migration (slice, number, name, applied_at) VALUES (?, ?, ?, ?)",
                (one.package, one.number, one.name, clock.now()),
            )
        if stored is None or int(stored) < schema.version:
            set_meta(tx, "schema.version", str(schema.version))
            # Some slices alone, as tests open them, are fewer than the server that the number counts.
            set_meta(tx, "schema.compat", str(min(schema.compat, schema.version)))
        if get_meta(tx, "epoch") is None:
            set_meta(tx, "epoch", str(new_epoch()))
        return len(missing)

    return await db.write(apply)


def get_meta(tx: Tx, name: str) -> str | None:
    """A fact about this database, such as its `epoch`."""
    found = tx.value("SELECT value FROM kit_meta WHERE name = ?", (name,))
    return None if found is None else str(found)


def set_meta(tx: Tx, name: str, value: str) -> None:
    tx.execute(
        "INSERT INTO kit_meta (name, value) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, value),
    )
