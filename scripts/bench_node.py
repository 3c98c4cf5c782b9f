"""The node under load, each figure beside a bare reference in the same run.

    python scripts/bench_node.py [--rounds 3] [--commit-ms 3]
    python scripts/bench_node.py --against a150f95

Home page: 50 guardians at once, as a ratio to an aiohttp handler with one aiosqlite query.
Consent submission: durable before it answers (synchronous=FULL), 50 at once, as a ratio to a
handler that commits each insert by itself. That ratio is the disk's: where a flush takes a tenth of
a millisecond there is nothing to share, so `--commit-ms` runs all of it, references too, on a disk
that takes so much longer. `--against` holds this build against another commit's instead: the same pages and
signatures of each build's own demo, in turn. Prints a table, the units that held the writer longest (a letter of
50,000 characters is published at the end), and ends with one line of JSON.
"""

import argparse
import asyncio
import contextlib
import json
import os
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import aiosqlite
import msgspec
from aiohttp import ClientSession, web

sys.path.insert(0, str(Path(__file__).parent.parent))

from kit.clock import monotonic
from kit.db import Database, SQLite
from kit.ids import new_id
from kit.signin.web import SIGNIN
from kit.supervisor import Child, Supervisor
from kit.web.keys import DB
from node.app import build, open_database
from node.config import read_config
from scripts import against
from scripts.demo import Answers, children
from scripts.demo_province import loopback, make_province
from scripts.load import Load, Request, drive, request

USERS = 50
HOME_REQUESTS = 3_000
SUBMISSIONS = 2_000
BASE_PORT = 18_700
SETTLE_S = 45  # a school that was just filled still reads its attached files
BARE_PORT = BASE_PORT + 50
SHOWN_UNITS = 10
SETTLED_S = 2.0  # until those who react to a letter have done so


class Guardian(msgspec.Struct, frozen=True):
    """Somebody with a session and a child to answer for."""

    token: str
    name: str
    student_id: str


class Teacher(msgspec.Struct, frozen=True):
    """A homeroom teacher with a session."""

    token: str
    class_id: str


# The references ---------------------------------------------------------------------------------


def serve_bare(place: Path) -> None:
    """A bare aiohttp server: GET / is one aiosqlite query, POST / one durable insert."""

    async def database(app: web.Application) -> AsyncIterator[None]:
        app[CONNECTION] = connection = await aiosqlite.connect(place, isolation_level=None)
        await connection.execute("PRAGMA journal_mode = WAL")
        await connection.execute("PRAGMA synchronous = FULL")
        await connection.execute("CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, body TEXT)")
        for number in range(1000):
            await connection.execute("INSERT INTO t (body) VALUES (?)", (f"row {number}",))
        app[GROUPED] = group = Database(SQLite(place.with_suffix(".grouped")))
        await group.open()
        await group.write(lambda tx: tx.execute("CREATE TABLE IF NOT EXISTS t (body TEXT)"))
        yield
        await group.close()
        await connection.close()

    async def read(request: web.Request) -> web.Response:
        rows = await request.app[CONNECTION].execute_fetchall(
            "SELECT id, body FROM t WHERE id = ?", (500,)
        )
        return web.Response(text=str(list(rows)))

    async def insert(request: web.Request) -> web.Response:
        body = await request.text()
        await request.app[CONNECTION].execute("INSERT INTO t (body) VALUES (?)", (body,))
        return web.Response(text="ok", status=201)

    async def healthz(request: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def grouped(request: web.Request) -> web.Response:
        body = await request.text()
        await request.app[GROUPED].write(
            lambda tx: tx.execute("INSERT INTO t (body) VALUES (?)", (body,))
        )
        return web.Response(text="ok", status=201)

    app = web.Application()
    app.cleanup_ctx.append(database)
    app.router.add_post("/grouped", grouped)
    app.router.add_get("/", read)
    app.router.add_post("/", insert)
    app.router.add_get("/healthz", healthz)
    web.run_app(app, host="127.0.0.1", port=BARE_PORT, access_log=None, print=None)


CONNECTION = web.AppKey("connection", aiosqlite.Connection)
GROUPED = web.AppKey("grouped", Database)


# What is measured -------------------------------------------------------------------------------


async def prepare(folder: Path) -> tuple[str, list[Guardian], Teacher]:
    """The form with the most answers still open, guardians with sessions who may answer it, and
    somebody who writes letters."""
    app = build(read_config(folder))
    async with open_database(app):
        form = await app[DB].read(
            lambda tx: tx.value(
                "SELECT id FROM forms_v_form WHERE subject IN (SELECT newsletter_id FROM"
                " newsletters_v_audience WHERE key = 'guardians') ORDER BY deadline_at DESC"
            )
        )
        rows = await app[DB].read(
            lambda tx: tx.rows(
                "SELECT c.guardian_id, p.name, c.student_id FROM people_v_child c"
                " JOIN people_v_person p ON p.id = c.guardian_id"
                " JOIN people_v_agreement a ON a.person_id = c.guardian_id"
                " WHERE c.may_sign = 1 GROUP BY c.guardian_id LIMIT ?",
                (USERS * 4,),
            )
        )

        async def token(person: str) -> str:
            start = partial(
                app[SIGNIN].accounts.start_session,
                account_id=person,
                device="bench",
                address="127.0.0.1",
            )
            return (await app[DB].write(start)).token

        guardians = [Guardian(await token(one), name, child) for one, name, child in rows]
        class_id, homeroom = await app[DB].read(
            lambda tx: tx.rows("SELECT id, homeroom_id FROM people_v_class LIMIT 1")[0]
        )
        teacher = Teacher(await token(homeroom), class_id)
    return form, guardians, teacher


async def publish_long_letter(base: str, teacher: Teacher) -> None:
    """The longest letter there may be, to a class: no unit may take long over it."""
    line = "   가. 12. 24.(목) **축제** 09:00~13:00, 4~6학년은 <강당>으로 옵니다.\n"
    draft = {
        "kind": "newsletter",
        "title": "긴 글",
        "body_markdown": (line * 2000)[:50_000],
        "audience": [f"guardians/class:{teacher.class_id}"],
    }
    signed_in = {"Authorization": f"Bearer {teacher.token}"}
    async with ClientSession(base, headers=signed_in, raise_for_status=True) as writer:
        async with writer.post("/api/v1/newsletters", json=draft) as made:
            newsletter = (await made.json())["id"]
        await writer.post(f"/api/v1/newsletters/{newsletter}/publish")
        await asyncio.sleep(SETTLED_S)


async def slowest_units(base: str) -> list[tuple[str, float]]:
    """What held the one writer longest since the node began: where it is written, ms."""
    async with ClientSession(base) as session, session.get("/metrics") as answer:
        text = await answer.text()
    found = re.findall(
        r'^madang_db_unit_slowest_seconds\{unit="([^"]+)"\} (\S+)$', text, re.MULTILINE
    )
    return sorted(((name, 1000 * float(took)) for name, took in found), key=lambda one: -one[1])


def answers_of(folder: Path, form: str, guardians: list[Guardian], base: str) -> list[Request]:
    """Submissions: each guardian changes the answer again and again, each a record of its own."""
    with contextlib.closing(sqlite3.connect(folder / "madang.sqlite3")) as db:
        draft = json.loads(
            db.execute("SELECT draft FROM forms_form WHERE id = ?", (form,)).fetchone()[0]
        )
    values = {}
    for field in draft["fields"]:
        options = field.get("options") or ["동의합니다"]
        kinds = {"text": "네", "long_text": "네", "number": "1", "date": "2026-12-01"}
        kinds["agree"] = "확인했습니다"
        values[field["id"]] = [kinds.get(field["kind"], options[0])]
    found = []
    for number in range(SUBMISSIONS):
        one = guardians[number % len(guardians)]
        body = {
            "student_id": one.student_id,
            "values": values,
            "name": one.name,
            "submission": new_id(),
        }
        url = f"{base}/api/v1/forms/{form}/answers"
        found.append(request(url, token=one.token, body=json.dumps(body).encode(), expected=201))
    return found


def memory_mb(pid: int) -> float:
    """Resident memory of a process, MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmRSS")


async def serve(root: Path) -> tuple[Supervisor, str, float, float]:
    """One school's node as a process; (supervisor, address, seconds to first page, idle MB)."""
    child = next(one for one in children(root) if one.name == "hanbit")
    supervisor = Supervisor()
    # The node by itself: what the assistant costs is scripts/bench_assistant.py's question.
    alone = {**child.environment, "MADANG_NODE_ASSISTANT": "false"}
    supervisor.add(msgspec.structs.replace(child, environment=alone))
    begun = monotonic()
    await supervisor.start()
    start_s = monotonic() - begun
    await asyncio.sleep(5)
    process = supervisor.child("hanbit").process
    assert process is not None
    return supervisor, loopback(root, "hanbit"), start_s, memory_mb(process.pid)


async def compare(
    rounds: int,
    ours: Callable[[], "asyncio.Future[Load]"],
    bare: Callable[[], "asyncio.Future[Load]"],
) -> tuple[list[Load], list[Load]]:
    """Ours and the reference in turn, so that a drifting machine moves both."""
    our_loads, bare_loads = [], []
    for _round in range(rounds):
        bare_loads.append(await bare())
        our_loads.append(await ours())
    return our_loads, bare_loads


def middle(loads: list[Load]) -> float:
    return statistics.median(load.rate for load in loads)


async def measure(rounds: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / "demo"
        begun = monotonic()
        await make_province(root, BASE_PORT, lambda line: None)
        all_servers = Supervisor()
        for child in children(root):
            all_servers.add(child)
        await all_servers.start()
        demo_ready_s = monotonic() - begun
        await all_servers.stop()

        form, guardians, teacher = await prepare(root / "hanbit")
        supervisor, base, start_s, idle_mb = await serve(root)
        supervisor.add(bare_server(Path(scratch)))
        await supervisor.start()
        try:
            measured = await _measure_loads(
                rounds, root, base, form, guardians, start_s, idle_mb, demo_ready_s
            )
            await publish_long_letter(base, teacher)
            slowest = await slowest_units(base)
            print("slowest units of the writer, ms")
            for name, took in slowest[:SHOWN_UNITS]:
                print(f"{took:9.1f}  {name}")
            return {**measured, "slowest_unit_ms": round(slowest[0][1], 1)}
        finally:
            await supervisor.stop()


def bare_server(scratch: Path) -> Child:
    return Child(
        name="bare",
        command=[sys.executable, __file__, "--serve-bare", str(scratch / "bare.sqlite3")],
        ready=Answers(f"http://127.0.0.1:{BARE_PORT}"),
        log_file=scratch / "bare.log",
    )


async def _measure_loads(
    rounds: int,
    root: Path,
    base: str,
    form: str,
    guardians: list[Guardian],
    start_s: float,
    idle_mb: float,
    demo_ready_s: float,
) -> dict[str, float]:
    bare = f"http://127.0.0.1:{BARE_PORT}"
    pages = [
        request(f"{base}/", token=guardians[number % USERS].token)
        for number in range(HOME_REQUESTS)
    ]
    reads = [request(f"{bare}/") for _ in range(HOME_REQUESTS)]
    inserts = [request(f"{bare}/", body=b"x" * 600, expected=201) for _ in range(SUBMISSIONS)]
    await drive(base, pages[:200], USERS)
    home, home_bare = await compare(
        rounds,
        lambda: asyncio.ensure_future(drive(base, pages, USERS)),
        lambda: asyncio.ensure_future(drive(bare, reads, USERS)),
    )
    submit, submit_bare = await compare(
        rounds,
        lambda: asyncio.ensure_future(
            drive(base, answers_of(root / "hanbit", form, guardians, base), USERS)
        ),
        lambda: asyncio.ensure_future(drive(bare, inserts, USERS)),
    )
    grouped = [
        request(f"{bare}/grouped", body=b"x" * 600, expected=201) for _ in range(SUBMISSIONS)
    ]
    ceiling = [await drive(bare, grouped, USERS) for _round in range(rounds)]
    _table(home, home_bare, submit, submit_bare, ceiling)
    return {
        "home_ratio": round(middle(home) / middle(home_bare), 3),
        "home_p99_ms": round(statistics.median(one.percentile(0.99) for one in home), 1),
        "submit_vs_single_commit": round(middle(submit) / middle(submit_bare), 2),
        "submit_p99_ms": round(statistics.median(one.percentile(0.99) for one in submit), 1),
        "idle_mb": round(idle_mb, 1),
        "start_s": round(start_s, 2),
        "demo_ready_s": round(demo_ready_s, 1),
    }


def _table(
    home: list[Load],
    home_bare: list[Load],
    submit: list[Load],
    submit_bare: list[Load],
    ceiling: list[Load],
) -> None:
    print(f"{'':34}{'requests/s':>12}{'p50 ms':>9}{'p99 ms':>9}")
    for name, loads in (
        ("guardian's home page", home),
        ("  bare: one aiosqlite query", home_bare),
        ("consent, durable", submit),
        ("  bare: one commit per request", submit_bare),
        ("  bare: kit's group commit", ceiling),
    ):
        p50 = statistics.median(one.percentile(0.5) for one in loads)
        p99 = statistics.median(one.percentile(0.99) for one in loads)
        print(f"{name:34}{middle(loads):>12.0f}{p50:>9.1f}{p99:>9.1f}")


async def measure_against(revision: str, rounds: int) -> dict[str, float]:
    """This build and another commit's, driven over HTTP in turn. Raises against.NoSuchBuild."""
    other = await asyncio.to_thread(against.build_of, revision)
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        async with (
            against.demo_school(against.this_build(), place / "this", BASE_PORT) as ours,
            against.demo_school(other, place / "other", BASE_PORT + 100) as theirs,
        ):
            idle = memory_mb(ours.pid) / memory_mb(theirs.pid)
            schools = (ours.address, theirs.address)
            people = [await against.guardians(address, USERS) for address in schools]
            loads: dict[str, tuple[list[Load], list[Load]]] = {
                "home page": ([], []),
                "consent, durable": ([], []),
            }
            await asyncio.sleep(SETTLE_S)
            for address, some in zip(schools, people, strict=True):
                await drive(address, [one.home(address) for one in some] * 4, USERS)
            for number in range(rounds):
                for which in (0, 1) if number % 2 else (1, 0):
                    address, some = schools[which], people[which]
                    pages = [one.home(address) for one in some] * (HOME_REQUESTS // USERS)
                    loads["home page"][which].append(await drive(address, pages, USERS))
                    times = range(SUBMISSIONS // USERS)
                    signed = [one.sign(address) for _time in times for one in some]
                    loads["consent, durable"][which].append(await drive(address, signed, USERS))
    print(f"{'requests/s':24}{'this':>12}{other.name:>14}{'ratio':>9}")
    ratios = {}
    for name, (mine, yours) in loads.items():
        ratios[name] = middle(mine) / middle(yours)
        print(f"{name:24}{middle(mine):>12.0f}{middle(yours):>14.0f}{ratios[name]:>9.3f}")
    return {
        "home_vs_other": round(ratios["home page"], 3),
        "submit_vs_other": round(ratios["consent, durable"], 3),
        "idle_mb_vs_other": round(idle, 3),
    }


def on_slow_disk(commit_ms: float, rounds: int) -> int:
    """The same in a process, and children, whose every flush takes longer; its exit code."""
    compiler = shutil.which("cc")
    if compiler is None:
        print("--commit-ms needs a C compiler: apt install gcc libc6-dev", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as place:
        library = Path(place) / "slow_disk.so"
        source = Path(__file__).with_name("slow_disk.c")
        delay = f"-DCOMMIT_US={round(commit_ms * 1000)}"
        subprocess.run(
            [compiler, "-shared", "-fPIC", "-O1", delay, "-o", library, source], check=True
        )
        return subprocess.run(
            [sys.executable, __file__, "--rounds", str(rounds)],
            env={**os.environ, "LD_PRELOAD": str(library)},
            check=False,
        ).returncode


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--commit-ms", type=float, default=0.0, help="make each flush so much slower"
    )
    parser.add_argument(
        "--against",
        nargs="?",
        const=against.DEFAULT,
        metavar="REV",
        help=f"hold this build against that commit's (default {against.DEFAULT})",
    )
    parser.add_argument("--serve-bare", type=Path, default=None, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve_bare is not None:
        serve_bare(given.serve_bare)
        return 0
    if given.commit_ms < 0:
        parser.error("--commit-ms must not be negative")
    if given.against:
        try:
            print(json.dumps(asyncio.run(measure_against(given.against, given.rounds))))
        except against.NoSuchBuild as error:
            print(error, file=sys.stderr)
            return 2
        return 0
    if given.commit_ms:
        return on_slow_disk(given.commit_ms, given.rounds)
    print(json.dumps(asyncio.run(measure(given.rounds))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
