"""The evening on which everybody answers, on the data of a large school, beside an earlier build.

    python scripts/bench_rush.py --against 339c3f6 [--families 1500] [--at-once 200]
    python scripts/bench_rush.py --against 119068a --short --only rush
    python scripts/bench_rush.py --only live      # or rush, saves; live needs the rush's answers

Rush: each family opens its home, the letter and the form, signs and lands on the receipt; so many at
once, this build and the other in turn, both long after their start. Saving: signatures one after
another while the office changes a guardian's rights; what is not answered within --patience counts as
that long. Live: a browser watches the results while families sign and open other letters; what the
server's processor spends on that browser. Earlier builds drew a code on each receipt that was short
enough for one, and a receipt grows by a line whenever as many again have signed; with --short the form
is the shortest that is open, and each three hundred families find the school as it was in the morning:
then each receipt of theirs was.
Prints a table and ends with one line of JSON, each figure this build over the other.
"""

import argparse
import asyncio
import contextlib
import itertools
import json
import os
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from functools import partial
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import msgspec
from playwright.async_api import async_playwright

sys.path.insert(0, str(Path(__file__).parent.parent))

from kit.clock import monotonic
from kit.ids import new_id
from kit.supervisor import Child, Supervisor
from scripts import against
from scripts.demo import Answers
from scripts.guests import Family, Guests, invite
from scripts.load import Answer, Connection, Request, request
from scripts.years.kept import large_school

PORTS = (18_760, 18_860)
TURNS = 3  # of the rush: a drifting machine moves both builds
SHORT = 300  # families whose receipts all bear a code in earlier builds
SAVES_S = 20.0
LIVE_S = 30.0
LIVE_EVERY_S = 1.0
SETTLE_S = 10.0
IDLE = 0.05  # of a processor: a school that has nothing left to do of its start
PATIENCE = 5  # times SETTLE_S until then
BEFORE = "339c3f6"
"""Before cost followed the day's work."""
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


class School(msgspec.Struct, frozen=True):
    """A build that serves a large school of its own."""

    address: str
    supervisor: Supervisor
    guests: Guests

    @property
    def processor_s(self) -> float:
        """Seconds of processor that the node has used, its children included."""
        process = self.supervisor.child("school").process
        assert process is not None
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")

    async def until_idle(self) -> None:
        """Return once all that a start leaves for later is done, as far as that ends: families find a
        school that has run since the morning."""
        for _turn in range(PATIENCE):
            before = self.processor_s
            await asyncio.sleep(SETTLE_S)
            if self.processor_s - before < IDLE * SETTLE_S:
                return

    async def connection(self) -> Connection:
        parts = urlsplit(self.address)
        return await Connection.to(parts.hostname or "", parts.port or 80)

    def form_of(self, family: Family) -> str:
        return f"/forms/{self.guests.form}/children/{family.child_id}"


@contextlib.asynccontextmanager
async def serving(
    build: against.Build, folder: Path, port: int, families: int, *, shortest: bool = False
) -> AsyncIterator[School]:
    """Raises LookupError, kit.supervisor.NotReady."""
    database = folder / "madang.sqlite3"
    guests = await asyncio.to_thread(partial(invite, database, families, shortest=shortest))
    address = f"http://localhost:{port}"
    child = Child(
        name="school",
        command=build.command("node.cli", "serve", str(folder)),
        ready=Answers(address),
        log_file=folder.with_suffix(".log"),
        environment={
            **build.environment,
            "MADANG_NODE_PORT": str(port),
            "MADANG_NODE_PUBLIC_URL": address,
            "MADANG_NODE_ASSISTANT": "false",
            "MADANG_NODE_MESSENGER": "false",
        },
    )
    supervisor = Supervisor()
    supervisor.add(child)
    await supervisor.start()
    try:
        yield School(address, supervisor, guests)
    finally:
        await supervisor.stop()


def wait_for_moves(database: Path) -> None:
    """Return once what the school's data of an earlier release moves in portions has moved."""
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        if not db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'kit_move'").fetchone():
            return
        while db.execute("SELECT 1 FROM kit_move WHERE done_at IS NULL").fetchone():
            time.sleep(1)


# Rush ---------------------------------------------------------------------------------------------


async def rush(school: School, families: Sequence[Family], at_once: int) -> float:
    """Families a second."""
    waiting = iter(families)

    async def one_after_another() -> None:
        connection = await school.connection()
        for family in waiting:
            await _evening(school, connection, family)
        connection.close()

    begun = monotonic()
    await asyncio.gather(*(one_after_another() for _ in range(at_once)))
    return len(families) / (monotonic() - begun)


async def _evening(school: School, connection: Connection, family: Family) -> None:
    async def see(path: str) -> Answer:
        return await connection.ask(request(f"{school.address}{path}", token=family.token))

    await see("/")
    await see(f"/newsletters/{school.guests.letter}")
    signed = await _sign(school, connection, family)
    await see(signed.location)


async def _sign(school: School, connection: Connection, family: Family) -> Answer:
    """The form's page, filled in and sent."""
    page = school.form_of(family)
    shown = await connection.ask(request(f"{school.address}{page}", token=family.token))
    fields = against.FilledForm(page, family.name).read(shown.body.decode())
    return await connection.ask(_signature(school, family, fields))


def _signature(school: School, family: Family, fields: list[tuple[str, str]]) -> Request:
    kept = [(name, value) for name, value in fields if name != "submission"]
    body = urlencode([*kept, ("submission", new_id())]).encode()
    return request(
        f"{school.address}{school.form_of(family)}",
        token=family.token,
        body=body,
        is_form=True,
        expected=303,
    )


async def rush_in_turn(
    schools: Sequence[School], families: int, at_once: int, turns: int = TURNS
) -> list[list[float]]:
    """Families a second of each school, turn by turn."""
    rates: list[list[float]] = [[] for _school in schools]
    for turn in range(turns):
        some = slice(turn * families // turns, (turn + 1) * families // turns)
        for school, found in zip(schools, rates, strict=True):
            found.append(await rush(school, school.guests.families[some], at_once))
    return rates


async def short_rushes(
    builds: Sequence[against.Build], families: int, at_once: int
) -> list[list[float]]:
    """The same, each turn on fresh schools."""
    rates: list[list[float]] = [[] for _build in builds]
    for _turn in range(families // SHORT):
        async with both(builds, SHORT, shortest=True) as schools:
            for found, new in zip(
                rates, await rush_in_turn(schools, SHORT, at_once, 1), strict=True
            ):
                found += new
    return rates


# Saving while the office works --------------------------------------------------------------------


async def saves_p99_ms(school: School, patience_s: float) -> float:
    """Families sign one after another; meanwhile the office changes a guardian's rights once."""
    took: list[float] = []
    families = itertools.cycle(school.guests.families)
    connection = await school.connection()
    begun = monotonic()
    office = asyncio.create_task(_change_rights(school, school.guests.families[-1]))
    while monotonic() - begun < SAVES_S:
        family = next(families)
        started = monotonic()
        try:
            async with asyncio.timeout(patience_s):
                await _sign(school, connection, family)
        except TimeoutError:
            took.append(patience_s * 1000)
            break  # nobody can save any more: who comes next would wait as long
        took.append((monotonic() - started) * 1000)
    connection.close()
    office.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await office
    return sorted(took)[int(len(took) * 0.99)]


async def _change_rights(school: School, family: Family) -> None:
    """The relation's rights, as the office sets them on a person's page."""
    connection = await school.connection()
    fields = {"relation": "보호자", "may_read": "true", "may_sign": "true", "seen": ""}
    await connection.ask(
        request(
            f"{school.address}/admin/people/{family.person_id}/children/{family.child_id}",
            token=school.guests.office,
            body=urlencode(fields).encode(),
            is_form=True,
            expected=303,
        )
    )
    connection.close()


# A watched table ----------------------------------------------------------------------------------


async def live_processor_s(school: School) -> float:
    """What the node spends on a browser that watches the results: with it less without it."""
    alone = await _busy_while(school, watched=False)
    return await _busy_while(school, watched=True) - alone


async def _busy_while(school: School, *, watched: bool) -> float:
    async with contextlib.AsyncExitStack() as stack:
        if watched:
            await stack.enter_async_context(_watching(school))
        await asyncio.sleep(SETTLE_S)
        before = school.processor_s
        connection = await school.connection()
        families = itertools.cycle(school.guests.families)
        begun = monotonic()
        while monotonic() - begun < LIVE_S:
            await _sign(school, connection, next(families))
            await asyncio.sleep(LIVE_EVERY_S)
        connection.close()
        return school.processor_s - before


@contextlib.asynccontextmanager
async def _watching(school: School) -> AsyncIterator[None]:
    """The principal's browser with the results of the form open."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium-headless-shell") or shutil.which("chromium"),
            args=FLAGS,
        )
        context = await browser.new_context(
            base_url=school.address,
            extra_http_headers={"Authorization": f"Bearer {school.guests.principal}"},
        )
        page = await context.new_page()
        await page.goto(f"/forms/{school.guests.form}/results")
        yield
        await browser.close()


# Both builds --------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def both(
    builds: Sequence[against.Build], families: int, *, shortest: bool = False
) -> AsyncIterator[list[School]]:
    """Each build with a large school of its own, once nothing moves in it any more."""
    with tempfile.TemporaryDirectory() as scratch:
        folders = [
            await asyncio.to_thread(large_school, build, Path(scratch) / build.name)
            for build in builds
        ]
        async with contextlib.AsyncExitStack() as stack:
            schools = [
                await stack.enter_async_context(
                    serving(build, folder, port, families, shortest=shortest)
                )
                for build, folder, port in zip(builds, folders, PORTS, strict=True)
            ]
            await asyncio.sleep(SETTLE_S)
            for folder in folders:
                await asyncio.to_thread(wait_for_moves, folder / "madang.sqlite3")
            for school in schools:
                await school.until_idle()
            yield schools


async def measure(
    revision: str,
    families: int,
    at_once: int,
    patience_s: float,
    *,
    only: str = "",
    shortest: bool = False,
) -> dict[str, float]:
    """Raises against.NoSuchBuild, LookupError."""
    builds = [against.this_build(), await asyncio.to_thread(against.build_of, revision)]
    figures: dict[str, tuple[str, list[float]]] = {}

    def note_rush(rates: list[list[float]]) -> None:
        print(f"families a second: {rates}", flush=True)
        means = [sum(some) / len(some) for some in rates]
        figures["rush_ratio"] = ("families a second", means)

    if shortest:
        note_rush(await short_rushes(builds, families, at_once))
    if not shortest or only != "rush":
        async with both(builds, families) as schools:
            if only != "saves" and not shortest:
                note_rush(await rush_in_turn(schools, families, at_once))
            if only in ("", "live"):
                live = [await live_processor_s(school) for school in schools]
                figures["live_cpu_ratio"] = ("processor of a watched table, s", live)
            if only in ("", "saves"):
                saves = [await saves_p99_ms(school, patience_s) for school in schools]
                figures["save_p99_ratio"] = ("saving beside the office, p99 ms", saves)
    names = [build.name for build in builds]
    print(f"{'':36}{names[0]:>12}{names[1]:>14}{'ratio':>9}")
    found = {}
    for key, (label, (ours, theirs)) in figures.items():
        found[key] = round(ours / theirs, 3)
        print(f"{label:36}{ours:>12.2f}{theirs:>14.2f}{found[key]:>9.3f}")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--against", default=BEFORE, metavar="REV")
    parser.add_argument("--families", type=int, default=1500)
    parser.add_argument("--at-once", type=int, default=200)
    parser.add_argument("--patience", type=float, default=120.0, help="seconds")
    parser.add_argument(
        "--short", action="store_true", help="the rush signs the shortest open form"
    )
    parser.add_argument(
        "--only", choices=("rush", "saves", "live"), default="", help="one part of it"
    )
    given = parser.parse_args()
    work = measure(
        given.against,
        given.families,
        given.at_once,
        given.patience,
        only=given.only,
        shortest=given.short,
    )
    try:
        print(json.dumps(asyncio.run(work)))
    except (against.NoSuchBuild, LookupError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
