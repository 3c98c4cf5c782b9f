"""Makes the data of a large school in its third year.

    python -m scripts.years.make FOLDER                    the demo's school grown to the large one
    python -m scripts.years.make FOLDER --small            the demo's school as it is
    python -m scripts.years.make FOLDER --part 50          its own people with 1/50 of the history
    python -m scripts.years.make FOLDER --times 10         its own people with ten times what it has

FOLDER must not be there. Everybody signs in with the demo's password; the school stands alone, with
no hub, messenger or assistant.
"""

import argparse
import asyncio
import functools
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from aiohttp import web

from kit.clock import ManualClock, SystemClock, local, moment, monotonic
from kit.db import Connection, SQLite, Tx
from kit.web.keys import DB
from node.app import build, open_database
from node.config import NodeConfig, read_config
from node.drive.web import DRIVE
from node.ledger.service import Ledger
from node.people.session import ASKERS
from node.people.web import PEOPLE
from node.search.web import SEARCH
from protocol.identity import SchoolId
from scripts.demo_content.cast import HANBIT, PASSWORD
from scripts.demo_content.loader import load
from scripts.years import earlier, reach
from scripts.years.everyday import repeat
from scripts.years.files import add_files
from scripts.years.history import History, Kept, Pace
from scripts.years.people import Crowd, Growth, crowd
from scripts.years.scale import LARGE, Scale, scaled, times_demo

SLUG = "hanbit"
SEED = 20261130
CACHE_KIB = 400_000
AT_ONCE = 400
PORT = 18_711
READS_ALL, READS_NOTHING = "haneul", "junho"
"""Of the demo's guardians: one who has read all, one who reads nothing."""


class Loading(SQLite):
    """Does not wait for the disk, and keeps much of the file in memory: what is broken off is made
    anew."""

    def connect(self, *, writer: bool) -> Connection:
        connection = super().connect(writer=writer)
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        return connection


def make_small(folder: Path, tell: Callable[[str], None]) -> None:
    """The demo's school by itself, through its own commands."""
    content = load(SLUG)
    _run(
        "node.cli", "init", str(folder),
        "--school", HANBIT, "--name", content.name, "--kind", content.kind,
        "--telephone", content.phone, "--port", str(PORT),
        "--public-url", f"http://localhost:{PORT}",
    )  # fmt: skip
    _run("scripts.demo_school", SLUG, str(folder))
    tell("the demo's school is there")


def _run(module: str, *arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-m", module, *arguments], check=True, stdout=subprocess.DEVNULL
    )


class Making:
    """The demo's school on its way to the large one."""

    def __init__(
        self,
        app: web.Application,
        config: NodeConfig,
        clock: ManualClock,
        scale: Scale,
        tell: Callable[[str], None],
    ) -> None:
        self._app = app
        self._db = app[DB]
        self._config = config
        self._clock = clock
        self._scale = scale
        self._tell = tell
        self._rng = random.Random(SEED)
        self._until = clock.at

    async def run(self) -> None:
        await self._grow()
        people = await self._db.read(crowd)
        self._tell(f"{len(people.pupils)} children, {len(people.staff)} staff")
        await self._letters_of_the_demo()
        await self._history()
        everyday, years = self._scale.everyday, self._scale.years
        await self._db.write(lambda tx: repeat(tx, everyday, years))
        if earlier.notes_looks():
            await self._db.write(functools.partial(self._look, people))
        await self._files()
        await self._index()
        await self._db.write(in_order_of_time)
        self._tell("the outbox stands at its end")

    def _look(self, people: Crowd, tx: Tx) -> None:
        # Imported late: a build without the log has nothing of what it needs.
        from scripts.years.looks import add_looks

        add_looks(tx, people, self._rng, self._scale.looks, self._until)

    async def _grow(self) -> None:
        hashed = await self._app[PEOPLE].roster.signin.hash_password(PASSWORD)
        growth = Growth(self._app, self._rng, self._scale, hashed, self._until)
        await self._db.write(growth.run)

    async def _letters_of_the_demo(self) -> None:
        """Whoever came to the school is in the ledgers of the letters that were there."""

        def work(tx: Tx) -> None:
            letters = tx.rows("SELECT id, published_at FROM newsletters_v_published")
            for letter, at in letters:
                reach.write(tx, letter, at, self._until, reach.addressed(tx, letter))

        await self._db.write(work)

    async def _history(self) -> None:
        keyring = earlier.keyring(self._config.keys)
        school = SchoolId(self._config.school_id)
        ledger = Ledger(self._db, self._clock, keyring, school)
        kept = Kept(self._app, self._clock, ledger, school, self._config.school_name)
        people = await self._db.read(crowd)
        history = History(kept, people, self._scale, self._rng, self._until)
        counted = await self._db.read(_counts)
        readers = await self._db.read(lambda tx: _logins(tx, (READS_ALL, READS_NOTHING)))
        history.habits(always=readers[0], never=readers[1])
        days = history.plan(self._scale.letters - 1 - counted[0])
        pace = Pace(
            history, days, self._scale.reads - counted[1], self._scale.signatures - counted[2]
        )
        indexes = await self._db.write(_drop_indexes)
        for number, plans in enumerate(days):
            reads, signatures = await self._db.write(
                functools.partial(history.write_day, plans=plans, rates=pace.rates(number))
            )
            pace.done(reads, signatures)
            if number % 50 == 0:
                self._tell(f"day {number} of {len(days)}")
        await self._db.write(history.finish)
        await self._db.write(lambda tx: _run_all(tx, indexes))

    async def _files(self) -> None:
        people = await self._db.read(crowd)
        principal = await self._app[ASKERS].of(people.principal)
        await self._app[DRIVE].areas(principal)  # they are there from the first visit on
        blobs = self._config.drive
        work = functools.partial(
            add_files,
            crowd=people,
            rng=self._rng,
            count=self._scale.files,
            blobs=blobs,
            until=self._until,
        )
        await self._db.write(work)

    async def _index(self) -> None:
        """What search would have read of each event."""
        while found := await self._db.write(self._index_some):
            self._tell(f"{found} more are found")

    def _index_some(self, tx: Tx) -> int:
        read_anew = earlier.read_anew(self._app[SEARCH])
        letters = tx.rows(
            "SELECT id, published_at FROM newsletters_v_published p WHERE NOT EXISTS"
            " (SELECT 1 FROM search_document d WHERE d.subject = 'newsletter:' || p.id)"
            " ORDER BY published_at LIMIT ?",
            (AT_ONCE * 4,),
        )
        for letter, at in letters:
            self._clock.at = at
            read_anew(tx, f"newsletter:{letter}")
        files = tx.rows(
            "SELECT id, changed_at FROM drive_v_file f WHERE NOT EXISTS"
            " (SELECT 1 FROM search_document d WHERE d.subject = 'drive:' || f.id)"
            " ORDER BY changed_at LIMIT ?",
            (AT_ONCE,),
        )
        for file, at in files:
            self._clock.at = at
            read_anew(tx, f"drive:{file}")
        return len(letters) + len(files)


def _counts(tx: Tx) -> tuple[int, int, int]:
    """Letters, read marks and signatures that are there."""
    return (
        int(tx.value("SELECT count(*) FROM newsletters_v_published")),
        int(tx.value("SELECT count(*) FROM newsletters_v_opening")),
        int(tx.value("SELECT count(*) FROM forms_signature")),
    )


def _logins(tx: Tx, logins: Sequence[str]) -> list[str]:
    find = "SELECT account_id FROM signin_v_account WHERE login = ?"
    return [str(tx.value(find, (login,))) for login in logins]


def _drop_indexes(tx: Tx) -> list[str]:
    """Take the indexes of the largest table away while it is filled; how to make them again."""
    found = tx.rows(
        "SELECT name, sql FROM sqlite_schema"
        " WHERE type = 'index' AND tbl_name = 'notify_reach' AND sql IS NOT NULL"
    )
    for name, _sql in found:
        tx.execute(f"DROP INDEX {name}")
    return [sql for _name, sql in found]


def _run_all(tx: Tx, statements: Sequence[str]) -> None:
    for statement in statements:
        tx.execute(statement)


def in_order_of_time(tx: Tx) -> None:
    """Events as if each had been published when it says, all of them heard."""
    tx.execute(
        "CREATE TEMP TABLE ordered AS SELECT row_number() OVER (ORDER BY at, seq) AS seq, tag, body,"
        " at FROM kit_event"
    )
    tx.execute("DELETE FROM kit_event")
    tx.execute("INSERT INTO kit_event (seq, tag, body, at) SELECT seq, tag, body, at FROM ordered")
    tx.execute("DROP TABLE ordered")
    tx.execute("UPDATE kit_subscription SET seq = (SELECT max(seq) FROM kit_event)")


async def grow(folder: Path, scale: Scale, until: int, tell: Callable[[str], None]) -> None:
    """Let the demo's school in the folder become the large one, its history ending at `until`."""
    config = read_config(folder)
    clock = ManualClock(until)
    app = build(config, clock)
    app[DB].driver = Loading(folder / "madang.sqlite3")
    async with open_database(app):
        await Making(app, config, clock, scale, tell).run()


def this_morning() -> int:
    """The last school morning's beginning: history ends there."""
    now = local(SystemClock().now())
    return moment(now.year, now.month, now.day, 7)


def make(folder: Path, scale: Scale | None, tell: Callable[[str], None]) -> None:
    """The demo's school in a fresh folder; with a scale, grown to it."""
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.parent.mkdir(parents=True, exist_ok=True)
    make_small(partial, tell)
    if scale is not None:
        asyncio.run(grow(partial, scale, this_morning(), tell))
    partial.replace(folder)


def _scale(given: argparse.Namespace) -> Scale | None:
    if given.small:
        return None
    if given.times:
        return times_demo(given.times)
    return LARGE if given.part == 1 else scaled(given.part)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.years.make")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--small", action="store_true", help="the demo's school as it is")
    parser.add_argument("--part", type=int, default=1, help="its people with this part of history")
    parser.add_argument(
        "--times", type=int, default=0, help="its people with so many times as much"
    )
    given = parser.parse_args(arguments)
    begun = monotonic()

    def tell(what: str) -> None:
        print(f"{monotonic() - begun:7.1f} s  {what}", flush=True)

    make(given.folder, _scale(given), tell)
    tell(f"made {given.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
