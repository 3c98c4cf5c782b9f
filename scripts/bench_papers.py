"""The morning on which everybody hands something in, beside a bare reference in the same run.

    python scripts/bench_papers.py [--seconds 60] [--against 99469bdd | --no-against]

Rush: families open the papers' page, and more than half of them begin the same paper, fill it in and
hand it in, spread evenly over the time whatever the school answers; then as many requests, as evenly,
to a bare aiohttp handler with one aiosqlite query or one durable insert. The front pages, the list and
the tray are asked after it (what years do to them: scripts/bench_years.py), a homeroom teacher approves twenty papers at once, two hundred
families sign up for twenty places, and the school is killed: what it acknowledged is looked for in its
database. With --against the front page of a guardian is held against that build's, in turn.
Prints a table and ends with one line of JSON.
"""

import argparse
import asyncio
import contextlib
import json
import os
import re
import signal
import sqlite3
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import msgspec
from msgspec.structs import replace

sys.path.insert(0, str(Path(__file__).parent.parent))

from kit.clock import DAY, MINUTE, SystemClock, local, monotonic
from kit.ids import new_id
from kit.supervisor import Supervisor
from scripts import against
from scripts.bench_node import BARE_PORT, bare_server
from scripts.guests import Family, Guests, invite, sessions
from scripts.load import Answer, Connection, Load, Request, drive, request
from scripts.years.figures import Figure, as_json, table

BEFORE = "99469bdd"
"""Before papers, sign-ups, meals, timetable and calendar."""
PORTS = (18_640, 18_660)
OPENED, HANDED_IN = 1500, 800
SIGNING, PLACES = 200, 20
BULK = 20
ASKED = 60  # times, for a page's p50
ROUNDS = 3
PAPER = "transfer"
SETTLE_S = 60.0  # a school that just began still compiles its pages and reads its attached files
_IN_TRAY = re.compile(r'type="checkbox" name="paper" value="([\w-]+)"')
_FIRST_COURSE = "SELECT id FROM signups_course WHERE signup_id = ? ORDER BY position"


class Rush(msgspec.Struct):
    """What families met: ms of each page and of each acknowledged write, and what went wrong."""

    pages: list[float] = []
    writes: list[float] = []
    acknowledged: list[str] = []
    """Addresses of the papers that the school said it has."""
    errors: int = 0


class Place(msgspec.Struct, frozen=True):
    """A school that is served, and its people."""

    school: against.School
    database: Path
    guests: Guests
    teacher: str
    """Session of the homeroom teacher of the class with the most children."""
    early: list[Family]
    """That class's families: they fill the teacher's tray before the rush."""

    def ask(self, path: str, token: str) -> Request:
        return request(f"{self.school.address}{path}", token=token)

    def post(self, path: str, token: str, fields: Sequence[tuple[str, str]]) -> Request:
        return request(
            f"{self.school.address}{path}",
            token=token,
            body=urlencode(fields).encode(),
            is_form=True,
            expected=303,
        )

    def read(self, query: str, *given: str) -> list[tuple[str, ...]]:
        with contextlib.closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as db:
            return db.execute(query, given).fetchall()


@contextlib.asynccontextmanager
async def place(build: against.Build, folder: Path, port: int) -> AsyncIterator[Place]:
    async with against.demo_school(build, folder, port) as school:
        database = folder / against.SCHOOL / "madang.sqlite3"
        guests = await asyncio.to_thread(invite, database, HANDED_IN)
        with contextlib.closing(sqlite3.connect(database)) as db, db:
            class_id, homeroom = db.execute(
                "SELECT c.id, c.homeroom_id FROM people_v_class c JOIN people_v_student s"
                " ON s.class_id = c.id GROUP BY c.id ORDER BY count(*) DESC, c.id"
            ).fetchone()
            children = db.execute(
                "SELECT student_id FROM people_v_student WHERE class_id = ?", (class_id,)
            )
            of_class = {child for (child,) in children}
            (teacher,) = sessions(db, [homeroom], SystemClock().now())
        early = [one for one in guests.families if one.child_id in of_class]
        others = [one for one in guests.families if one.child_id not in of_class]
        await asyncio.sleep(SETTLE_S)
        yield Place(school, database, replace(guests, families=others), teacher, early)


# Rush ---------------------------------------------------------------------------------------------


async def rush(at: Place, seconds: float) -> Rush:
    """Each family at its own moment, on a connection of its own."""
    found = Rush()
    families = at.guests.families

    async def morning(number: int) -> None:
        await asyncio.sleep(seconds * number / OPENED)
        family = families[number % len(families)]
        try:
            await _morning(at, family, found, hands_in=number < min(HANDED_IN, len(families)))
        except (RuntimeError, OSError, asyncio.IncompleteReadError) as error:
            print(f"{family.name}: {error}", file=sys.stderr)
            found.errors += 1

    # Who hands something in comes among those who only look.
    order = sorted(range(OPENED), key=lambda number: number * 2 % OPENED)
    await asyncio.gather(*(morning(number) for number in order))
    return found


async def _morning(at: Place, family: Family, found: Rush, *, hands_in: bool) -> None:
    connection = await _connection(at.school.address)
    try:

        async def see(path: str) -> Answer:
            answer = await connection.ask(at.ask(path, family.token))
            found.pages.append(answer.took_ms)
            return answer

        async def write(path: str, fields: Sequence[tuple[str, str]]) -> Answer:
            answer = await connection.ask(at.post(path, family.token, fields))
            found.writes.append(answer.took_ms)
            return answer

        await see("/submissions")
        if hands_in:
            begun = await write("/submissions", [("type", PAPER), ("student", family.child_id)])
            shown = await see(begun.location)
            sent = await write(begun.location, _filled(begun.location, family, shown))
            found.acknowledged.append(sent.location)
    finally:
        connection.close()


def _filled(action: str, family: Family, shown: Answer) -> list[tuple[str, str]]:
    """The paper as a browser sends it, the last day of school in two weeks."""
    last = local(SystemClock().now()).date() + timedelta(days=14)
    fields = against.FilledForm(action, family.name).read(shown.body.decode())
    typed = [(name, last.isoformat() if name == "answer_last" else value) for name, value in fields]
    return [*typed, ("act", "send")]


async def _connection(address: str) -> Connection:
    parts = urlsplit(address)
    return await Connection.to(parts.hostname or "", parts.port or 80)


async def bare_rush(ours: Rush, seconds: float) -> Rush:
    """As many pages and writes, as evenly, to the reference."""
    base = f"http://127.0.0.1:{BARE_PORT}"
    found = Rush()
    many = len(ours.pages)
    reading = request(f"{base}/")
    writing = request(f"{base}/", body=b"x" * 600, expected=201)

    async def one(number: int, of: int, asked: Request, took: list[float]) -> None:
        await asyncio.sleep(seconds * number / of)
        connection = await _connection(base)
        took.append((await connection.ask(asked)).took_ms)
        connection.close()

    await asyncio.gather(
        *(one(number, many, reading, found.pages) for number in range(many)),
        *(
            one(number, len(ours.writes), writing, found.writes)
            for number in range(len(ours.writes))
        ),
    )
    return found


def p99(took: list[float]) -> float:
    return Load(len(took), 1.0, took).percentile(0.99)


# What is asked after it ---------------------------------------------------------------------------


async def p50s(at: Place) -> dict[str, float]:
    """Each page of the way of a paper, one after another, ms."""
    family = at.guests.families[0]
    asked = {
        "guardian's front page": at.ask("/", family.token),
        "guardian's papers": at.ask("/submissions", family.token),
        "teacher's front page": at.ask("/", at.teacher),
        "tray": at.ask("/submissions/tray", at.teacher),
        "office's list": at.ask("/submissions/cases", at.guests.office),
    }
    return {
        name: (await drive(at.school.address, [one] * ASKED, 1)).percentile(0.5)
        for name, one in asked.items()
    }


async def approve_many(at: Place) -> float:
    """Twenty papers approved by one press, ms. Raises RuntimeError where fewer wait."""
    connection = await _connection(at.school.address)
    waiting: list[str] = []
    tray = "/submissions/tray"
    shown = await connection.ask(at.ask(tray, at.teacher))
    waiting = _IN_TRAY.findall(shown.body.decode())[:BULK]
    if not waiting:
        raise RuntimeError("nothing waits in the teacher's tray")
    answer = await connection.ask(at.post(tray, at.teacher, [("paper", one) for one in waiting]))
    connection.close()
    return answer.took_ms * BULK / len(waiting)


async def sign_up(at: Place) -> tuple[int, int]:
    """Two hundred families at once for twenty places; how many were promised one, and errors."""
    connection = await _connection(at.school.address)
    made = await connection.ask(at.post("/signups/new", at.guests.office, []))
    signup = made.location.split("/")[2]
    now = SystemClock().now()
    offered = [
        ("title", "겨울방학 코딩 교실"),
        ("audience", "guardians"),
        ("how", "first"),
        ("opens", f"{local(now - MINUTE):%Y-%m-%dT%H:%M}"),
        ("closes", f"{local(now + DAY):%Y-%m-%dT%H:%M}"),
        ("most", "1"),
        ("course_name", "코딩 기초"),
        ("course_note", "화 14:00"),
        ("course_places", str(PLACES)),
        ("act", "publish"),
    ]
    await connection.ask(at.post(f"/signups/{signup}/edit", at.guests.office, offered))
    connection.close()
    await asyncio.sleep(1.0)
    course = at.read(_FIRST_COURSE, signup)[0][0]

    async def enter(family: Family) -> bool:
        connection = await _connection(at.school.address)
        fields = [("course", course), ("child", family.child_id), ("submission", new_id())]
        try:
            await connection.ask(at.post(f"/signups/{signup}/entries", family.token, fields))
        except RuntimeError as error:
            print(error, file=sys.stderr)
            return False
        finally:
            connection.close()
        return True

    of_children = {one.child_id: one for one in at.guests.families}  # one guardian of each
    entered = await asyncio.gather(*(enter(one) for one in [*of_children.values()][:SIGNING]))
    placed = at.read(
        "SELECT sum(children) FROM signups_entry WHERE signup_id = ? AND state = 'placed'", signup
    )
    return int(placed[0][0] or 0), entered.count(False)


def peak_mb(pid: int) -> float:
    """The most resident memory that the process had, MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmHWM")


def kept(at: Place, found: Rush) -> tuple[int, int]:
    """Of what was acknowledged: how much is not there, and how much is there more than once."""
    rows = at.read(
        "SELECT id, number FROM submissions_paper WHERE type_id = ? AND number > 0", PAPER
    )
    numbers = {f"/submissions/{paper}": number for paper, number in rows}
    ours = [numbers[one] for one in found.acknowledged if one in numbers]
    return len(found.acknowledged) - len(ours), len(ours) - len(set(ours))


# All of it ----------------------------------------------------------------------------------------


async def measure(seconds: float, scratch: Path) -> list[Figure]:
    """Raises LookupError, RuntimeError."""
    beside = Supervisor()
    beside.add(bare_server(scratch))
    async with place(against.this_build(), scratch / "this", PORTS[0]) as at:
        for family in at.early:
            await _morning(at, family, Rush(), hands_in=True)
        found = await rush(at, seconds)
        await beside.start()
        try:
            bare = await bare_rush(found, seconds)
            inserts = [request(f"http://127.0.0.1:{BARE_PORT}/", body=b"x" * 600, expected=201)]
            bare_insert = await drive(f"http://127.0.0.1:{BARE_PORT}", inserts * (BULK * ASKED), 1)
        finally:
            await beside.stop()
        after = await p50s(at)
        bulk = await approve_many(at)
        placed, refused = await sign_up(at)
        memory = peak_mb(at.school.pid)
        os.kill(at.school.pid, signal.SIGKILL)
        lost, doubled = kept(at, found)
    over = [p99(found.pages) / p99(bare.pages), p99(found.writes) / p99(bare.writes)]
    one_insert = bare_insert.percentile(0.5)
    return [
        Figure("a page in the rush, p99", p99(found.pages), "ms"),
        Figure("  bare: one query, p99", p99(bare.pages), "ms"),
        Figure("handing in, p99", p99(found.writes), "ms"),
        Figure("  bare: one durable insert, p99", p99(bare.writes), "ms"),
        Figure("the worse of both over bare", max(over), "", "p99_over_bare", most=10),
        Figure("papers acknowledged", len(found.acknowledged), ""),
        Figure("errors", found.errors + refused, "", "errors", most=0),
        Figure("lost", lost, "", "lost", most=0),
        Figure("doubled", doubled, "", "doubled", most=0),
        Figure("oversold", max(0, placed - PLACES), "", "oversold", most=0),
        *(Figure(f"{name}, p50 after it", after[name], "ms") for name in after),
        Figure(f"{BULK} approved at once", bulk, "ms"),
        Figure(f"  over {BULK} bare inserts", bulk / (BULK * one_insert), "", "bulk_over_bare"),
        Figure("most memory of the node", memory, "MB", "peak_mb"),
    ]


async def front_pages(revision: str, scratch: Path) -> list[Figure]:
    """A guardian's front page, this build's over the other's, in turn. Raises against.NoSuchBuild."""
    builds = [against.this_build(), await asyncio.to_thread(against.build_of, revision)]
    took: list[list[float]] = [[], []]
    async with contextlib.AsyncExitStack() as stack:
        schools = []
        for build, port in zip(builds, PORTS, strict=True):
            folder = scratch / f"front-{build.name}"
            school = await stack.enter_async_context(against.demo_school(build, folder, port))
            database = folder / against.SCHOOL / "madang.sqlite3"
            guests = await asyncio.to_thread(partial(invite, database, ASKED))
            schools.append((school, guests))
        await asyncio.sleep(SETTLE_S)
        for _round in range(ROUNDS):
            for (school, guests), times in zip(schools, took, strict=True):
                asked = [
                    request(f"{school.address}/", token=family.token) for family in guests.families
                ]
                await drive(school.address, asked, 1)  # what is drawn once is drawn
                times.append((await drive(school.address, asked, 1)).percentile(0.5))
    ours, theirs = (statistics.median(times) for times in took)
    return [
        Figure("a guardian's front page, p50", ours, "ms"),
        Figure(f"  {builds[1].name}", theirs, "ms"),
        Figure("front page, ours over it", ours / theirs, "", "front_page_vs_before", most=1.2),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long the rush takes")
    parser.add_argument("--against", default=BEFORE, metavar="REV")
    parser.add_argument("--no-against", action="store_true", help="the front page is not compared")
    given = parser.parse_args()
    begun = monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        try:
            figures = asyncio.run(measure(given.seconds, Path(scratch)))
            if not given.no_against:
                figures += asyncio.run(front_pages(given.against, Path(scratch)))
        except (against.NoSuchBuild, LookupError) as error:
            print(error, file=sys.stderr)
            return 2
    print(table(figures))
    print(f"{monotonic() - begun:.0f} s in all", file=sys.stderr)
    print(json.dumps(as_json(figures)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
