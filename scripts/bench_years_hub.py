"""The hub of a province in its third year beside the same schools on day one.

    python -m scripts.bench_years_hub [--only pages schools months backup size] [--schools 4700]

Both hubs are made the first time by the build of `BORN` (some minutes) and kept in .years/, as that
build left them and as the present one has settled them: what earlier releases kept is in its present
shape, events older than a month are gone. Each part by itself:

  pages    every page in turn of both: `hub_worst_ratio`, `hub_overview_ms`
  schools  all schools hold a connection, from one process of their own, while a notice goes out to
           all, is reminded and taken back, and officers look at it: `hub_last_school_s`,
           `hub_writer_hold_ms`, `hub_loop_stop_ms`
  months   an officer uploads a month of menus of all schools, and once more with other menus:
           `hub_month_hold_ms`, `hub_month_s`
  backup   beside four syncs a second: `hub_backup_s`
  size     what a year costs in the database: `hub_mb_per_year`

Prints a table and ends with one line of JSON.
"""

import argparse
import asyncio
import contextlib
import hashlib
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pyotp

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from scripts.hub_for_bench import free_port  # noqa: E402
from scripts.years.figures import Figure, as_json, table  # noqa: E402
from scripts.years_hub import FACTS, notice_id_of  # noqa: E402

KEPT = ROOT / ".years"
BORN = "4694f53c"
"""The build that makes the hubs, by its own `scripts/years_hub.py`: whatever comes later opens them."""
TIMES = 25
LEAST_MS = 2.0  # below it a page costs nothing
YEARS = 3
ROWS_A_FILE = 30_000
QUIET_S = 60.0
SOME = 100  # schools that speak four times a second
BACKUP_LONGEST_S = 120.0
_SEEN = re.compile(r'name="seen_at" value="(\d+)"')


class Place(msgspec.Struct, frozen=True):
    """A hub's folder and what was made in it."""

    folder: Path
    facts: dict[str, Any]

    @classmethod
    def of(cls, folder: Path) -> "Place":
        return cls(folder, json.loads((folder / FACTS).read_text(encoding="utf-8")))

    def copied(self, to: Path) -> "Place":
        """A copy to be changed. It is on the disk when it is served: a commit waits for whatever the
        disk still has to write."""
        shutil.copytree(self.folder, to)
        os.sync()
        return Place(to, self.facts)


class Serving:
    """A hub of a folder that is served by a process of its own, and an officer signed in to it."""

    def __init__(self, place: Place, build: Path) -> None:
        self.place = place
        self.port, console = free_port(), free_port()
        self.console = f"http://127.0.0.1:{console}"
        self.origin = f"https://127.0.0.1:{self.port}"
        self._environment = {
            **os.environ,
            "PYTHONPATH": str(build),
            "MADANG_HUB_API_PORT": str(self.port),
            "MADANG_HUB_CONSOLE_PORT": str(console),
            "MADANG_HUB_CONSOLE_URL": self.console,
        }
        self._child: asyncio.subprocess.Process | None = None
        self._token = ""
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        self._child = await asyncio.create_subprocess_exec(
            sys.executable,
            str(ROOT / "scripts" / "watched_hub.py"),
            str(self.place.folder),
            env=self._environment,
            stdout=asyncio.subprocess.PIPE,
        )
        await self._line("serves")
        self._session = aiohttp.ClientSession(self.console)
        facts = self.place.facts
        given = {
            "login": facts["login"],
            "password": facts["password"],
            "code": pyotp.TOTP(facts["totp"]).now(),
        }
        async with self._session.post("/api/v1/session", json=given) as answer:
            found = await answer.json()
            assert answer.status == 200, found
            self._token = found["token"]

    async def stop(self) -> None:
        assert self._child is not None
        if self._session is not None:
            await self._session.close()
        if self._child.returncode is None:
            self._child.terminate()
            await self._child.wait()

    async def _line(self, wanted: str) -> str:
        assert self._child is not None
        assert self._child.stdout is not None
        while line := (await self._child.stdout.readline()).decode():
            if wanted in line:
                return line
        raise RuntimeError("the hub ended")

    async def watched(self) -> dict[str, Any]:
        """What the hub noticed of itself since this was asked last."""
        assert self._child is not None
        self._child.send_signal(signal.SIGUSR1)
        found: dict[str, Any] = json.loads(await self._line("loop_stop_ms"))
        return found

    async def send(self) -> str:
        """A notice to all schools: written, seen, sent; its page."""
        where = await self.post(
            "/notices/new", title="모두에게", body="내용입니다.", audience="staff", scope="all"
        )
        seen = _SEEN.search((await self.get(where))[1].decode())
        assert seen is not None
        await self.post(where + "/send", seen_at=seen[1])
        return where

    async def get(self, path: str) -> tuple[float, bytes]:
        """How long a page took (ms), and the page."""
        assert self._session is not None
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "text/html"}
        begun = time.perf_counter()
        async with self._session.get(path, headers=headers) as answer:
            body = await answer.read()
        took = (time.perf_counter() - begun) * 1000
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {body[:300]!r}")
        return took, body

    async def post(self, path: str, **fields: str) -> str:
        """Send a form; where it leads."""
        assert self._session is not None
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "text/html"}
        send = self._session.post(path, data=fields, headers=headers, allow_redirects=False)
        async with send as answer:
            if answer.status != 303:
                raise RuntimeError(f"{path}: {answer.status} {(await answer.text())[:500]}")
            return answer.headers["Location"]

    async def upload(self, path: str, files: Sequence[bytes]) -> str:
        """Send files by a form; where it leads."""
        assert self._session is not None
        form = aiohttp.FormData()
        for number, content in enumerate(files, 1):
            form.add_field("files", content, filename=f"{number}.json")
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "text/html"}
        send = self._session.post(path, data=form, headers=headers, allow_redirects=False)
        async with send as answer:
            if answer.status != 303:
                raise RuntimeError(f"{path}: {answer.status} {(await answer.text())[:500]}")
            return answer.headers["Location"]

    def memory_mb(self) -> float:
        assert self._child is not None
        lines = Path(f"/proc/{self._child.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


@contextlib.asynccontextmanager
async def serving(place: Place, build: Path) -> AsyncIterator[Serving]:
    """The hub of a folder, served."""
    hub = Serving(place, build)
    try:
        await hub.start()
        yield hub
    finally:
        await hub.stop()


def pages_of(facts: dict[str, Any]) -> dict[str, str]:
    """Page → path, in a hub of this shape. Each shows as much on day one as in the third year."""
    newest, release = facts["notices"] - 1, facts["releases"] // 2
    asking = notice_id_of(newest - newest % 3)
    last = facts["schools"] // 50
    return {
        "overview": "/",
        "notices": "/notices",
        "notice": f"/notices/{asking}",
        "notice_csv": f"/notices/{asking}/export.csv",
        "new_notice": "/notices/new",
        "releases": "/releases",
        "release": f"/releases/knowledge/{release}",
        "models": "/releases/models",
        "schools": "/schools",
        "schools_last": f"/schools?page={last}",
        "schools_search": "/schools?q=%ED%95%98%EB%8A%98",
        "school": "/schools/J107000023",
        "invitations": "/invitations",
        "handbook": "/knowledge",
        "handbook_last": f"/knowledge?page={facts['documents'] // 50}",
        "handbook_search": f"/knowledge?q={facts['searched']}",
        "directory": "/directory?q=%EA%B9%80%ED%95%98%EB%8A%98",
        "logs": "/logs",
        "officers": "/officers",
        "audit": "/audit",
        "system": "/system",
    }


async def pages(old: Serving, new: Serving, times: int = TIMES) -> dict[str, tuple[float, float]]:
    """Page → (ms in the third year, ms on day one), asked in turn: of each the quickest time, which a
    busy machine moves least."""
    found = {}
    theirs = pages_of(new.place.facts)
    for name, path in pages_of(old.place.facts).items():
        took: tuple[list[float], list[float]] = ([], [])
        for turn in range(times + 2):
            here, there = (await old.get(path))[0], (await new.get(theirs[name]))[0]
            if turn > 1:
                took[0].append(here)
                took[1].append(there)
        found[name] = (min(took[0]), min(took[1]))
    return found


class Schools:
    """The schools' process (`scripts/years_schools.py`)."""

    def __init__(self, hub: Serving, count: int) -> None:
        self._hub = hub
        self._count = count

    async def __aenter__(self) -> "Schools":
        hub = self._hub
        self._child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "scripts.years_schools",
            str(hub.place.folder),
            str(hub.port),
            str(self._count),
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        await self._line()
        return self

    async def __aexit__(self, *error: object) -> None:
        self._child.kill()
        await self._child.wait()

    async def _line(self) -> dict[str, float]:
        assert self._child.stdout is not None
        found: dict[str, float] = json.loads(await self._child.stdout.readline())
        return found

    async def hear(self, act: Awaitable[object]) -> dict[str, float]:
        """Do what lets all schools hear something; when they had it."""
        assert self._child.stdin is not None
        self._child.stdin.write(b"notice\n")
        await self._child.stdin.drain()
        await asyncio.sleep(0.1)
        await act
        return await self._line()


class Hubs(msgspec.Struct, frozen=True):
    """Copies of both hubs that may be changed."""

    scratch: Path
    count: int

    def copy(self, name: str, part: str) -> Place:
        return Place.of(settled(name)).copied(self.scratch / f"{name}-{part}")


def kept(name: str) -> Path:
    """A hub as BORN made it: `hub` or `hub-day1`. Raises subprocess.CalledProcessError."""
    folder = KEPT / name
    if not folder.exists():
        born = KEPT / f"born-{BORN}"
        if not born.exists():
            _run("git", "worktree", "prune")
            _run("git", "worktree", "add", "--detach", str(born), BORN)
        making = folder.with_name(f"{name}.making")
        shutil.rmtree(making, ignore_errors=True)
        more = ["--day-one"] if name == "hub-day1" else []
        maker = str(born / "scripts" / "years_hub.py")
        _run(sys.executable, maker, str(making), *more, build=born)
        making.rename(folder)
    return folder


def settled(name: str) -> Path:
    """A hub in the shape of this build."""
    folder = KEPT / f"{name}-{_shape()}"
    if not folder.exists():
        making = folder.with_name(f"{folder.name}.making")
        shutil.rmtree(making, ignore_errors=True)
        Place.of(kept(name)).copied(making)
        print(f"settling {name} …", file=sys.stderr, flush=True)
        watched = str(ROOT / "scripts" / "watched_hub.py")
        _run(sys.executable, watched, str(making), "settle", build=ROOT)
        making.rename(folder)
    return folder


def _shape() -> str:
    """Another with each migration."""
    rooms = (ROOT / "kit", ROOT / "hub")
    names = [path.name for room in rooms for path in sorted(room.glob("**/migrations/*.sql"))]
    return hashlib.sha256(" ".join(names).encode()).hexdigest()[:8]


def _run(*command: str, build: Path | None = None) -> None:
    environment = {**os.environ, **({"PYTHONPATH": str(build)} if build else {})}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=sys.stderr)


async def of_pages(hubs: Hubs) -> list[Figure]:
    old_place, new_place = hubs.copy("hub", "pages"), hubs.copy("hub-day1", "pages")
    async with serving(old_place, ROOT) as old, serving(new_place, ROOT) as new:
        found = await pages(old, new)
    print(f"{'page':20}{'day one ms':>12}{'third year ms':>15}{'ratio':>8}")
    ratios = {
        name: max(here, LEAST_MS) / max(there, LEAST_MS) for name, (here, there) in found.items()
    }
    for name, ratio in sorted(ratios.items(), key=lambda one: -one[1]):
        print(f"{name:20}{found[name][1]:12.1f}{found[name][0]:15.1f}{ratio:8.2f}")
    worst = max(ratios, key=lambda name: ratios[name])
    return [
        Figure(f"worst page: {worst}", ratios[worst], "", "hub_worst_ratio", most=1.5),
        Figure("overview", found["overview"][0], "ms", "hub_overview_ms", most=60),
    ]


async def of_schools(hubs: Hubs) -> list[Figure]:
    stops: dict[str, float] = {}
    holds: dict[str, float] = {}
    busy: dict[str, float] = {}

    async def note(what: str) -> None:
        told = await hub.watched()
        stops[what], holds[what] = told["loop_stop_ms"], told["writer_hold_ms"]
        busy[what] = told["loop_busy_ms"]
        queued, step = told["loop_queued_ms"], told["loop_step_ms"]
        print(
            f"{what:12}{stops[what]:10.1f}{busy[what]:10.1f}{queued:11.1f}{holds[what]:10.1f}"
            f"{told['commit_ms']:11.1f}"
            f"  {told['loop_step']} {step}, {told['slowest_unit']} {told['slowest_unit_ms']},"
            f" collection {told['collection_of']} {told['collection_ms']}",
            flush=True,
        )

    async with serving(hubs.copy("hub", "schools"), ROOT) as hub:
        before = hub.memory_mb()
        async with Schools(hub, hubs.count) as schools:
            heads = (
                f"{'stop ms':>10}{'busy ms':>10}{'queued ms':>11}{'hold ms':>10}{'commit ms':>11}"
            )
            print(f"{'while':12}{heads}  longest step of the loop, slowest unit, garbage")
            await note("connecting")
            await asyncio.sleep(QUIET_S)
            memory = hub.memory_mb()
            await note("waiting")
            where = ""

            async def send() -> None:
                nonlocal where
                where = await hub.send()

            heard = await schools.hear(send())
            await note("notice")
            for path in (where, f"{where}/export.csv", "/", "/notices"):
                await hub.get(path)
            await note("looking")
            await schools.hear(hub.post(f"{where}/revoke"))
            await note("revocation")
        asking = pages_of(hub.place.facts)["notice"]
        await hub.post(f"{asking}/remind")
        await note("reminder")
    acts = [one for one in holds if one != "connecting"]
    each = (memory - before) / hubs.count * 1024
    return [
        Figure("last school has the notice", heard["last_s"], "s", "hub_last_school_s", most=5),
        Figure("the middle one", heard["median_s"], "s"),
        Figure("all have said so", heard["answered_s"], "s"),
        Figure("schools that had it", heard["reached"], ""),
        Figure(
            "longest hold of the writer",
            max(holds[one] for one in acts),
            "ms",
            "hub_writer_hold_ms",
            most=50,
        ),
        Figure(
            "longest stop of the loop",
            max(stops[one] for one in acts),
            "ms",
            "hub_loop_stop_ms",
            most=50,
        ),
        Figure(
            "of the processor at most", max(busy[one] for one in acts), "ms", "hub_loop_busy_ms"
        ),
        Figure("memory", memory, "MB", "hub_held_mb"),
        Figure("of it for each held connection", each, "KiB"),
    ]


async def of_backup(hubs: Hubs) -> list[Figure]:
    place = hubs.copy("hub", "backup")
    async with serving(place, ROOT) as hub, Schools(hub, SOME):
        begun = time.monotonic()
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "hub.cli",
            "backup",
            str(place.folder),
            "--to",
            str(hubs.scratch / "hub.backup"),
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=asyncio.subprocess.DEVNULL,
        )
        try:
            async with asyncio.timeout(BACKUP_LONGEST_S):
                status = await child.wait()
        except TimeoutError:
            child.kill()
            await child.wait()
            status = 0
        if status:
            raise RuntimeError(f"the backup failed: {status}")
        took = time.monotonic() - begun
    return [Figure("backup beside four syncs a second", took, "s", "hub_backup_s", most=20)]


async def of_size(_hubs: Hubs) -> list[Figure]:
    found = {}
    for name in ("hub", "hub-day1"):
        with contextlib.closing(sqlite3.connect(settled(name) / "hub.sqlite3")) as raw:
            pages_used, size = raw.execute(
                "SELECT c.page_count - f.freelist_count, s.page_size FROM pragma_page_count c,"
                " pragma_freelist_count f, pragma_page_size s"
            ).fetchone()
        found[name] = pages_used * size / 1e6
    return [
        Figure("third year", found["hub"], "MB"),
        Figure("day one", found["hub-day1"], "MB"),
        Figure("a year", found["hub"] / YEARS, "MB", "hub_mb_per_year", most=250),
    ]


def menus(schools: int, what: str) -> list[bytes]:
    """A month of lunches of so many schools, as the open API answers, in files as large as it gives them."""
    days = [day for day in range(1, 32) if day % 7 not in (5, 6)]
    files, rows = [], []
    for number in range(schools):
        for day in days:
            rows.append(
                {
                    "SD_SCHUL_CODE": f"{7000000 + number}",
                    "MMEAL_SC_CODE": "2",
                    "MLSV_YMD": f"202612{day:02}",
                    "DDISH_NM": f"쌀밥<br/>미역국(5.6) {number % 90}<br/>불고기(5.6.10)<br/>{what}",
                    "CAL_INFO": f"{600 + day}.4 Kcal",
                }
            )
        if len(rows) >= ROWS_A_FILE or number == schools - 1:
            answer = {"mealServiceDietInfo": [{"head": []}, {"row": rows}]}
            files.append(json.dumps(answer, ensure_ascii=False).encode())
            rows = []
    return files


async def of_months(hubs: Hubs) -> list[Figure]:
    holds, stops, took = [], [], []
    async with serving(hubs.copy("hub-day1", "months"), ROOT) as hub:
        await hub.watched()
        for what in ("배추김치(9)", "깍두기(9)"):
            files = menus(hubs.count, what)
            begun = time.perf_counter()
            await hub.upload("/supplies/neis/meals", files)
            took.append(time.perf_counter() - begun)
            told = await hub.watched()
            holds.append(told["writer_hold_ms"])
            stops.append(told["loop_stop_ms"])
            print(f"{what}: {told['slowest_unit']} {told['slowest_unit_ms']}", flush=True)
    return [
        Figure("a month of all schools", max(took), "s", "hub_month_s"),
        Figure("longest hold of the writer", max(holds), "ms", "hub_month_hold_ms", most=50),
        Figure("longest stop of the loop", max(stops), "ms"),
    ]


PARTS: dict[str, Callable[[Hubs], Awaitable[list[Figure]]]] = {
    "pages": of_pages,
    "schools": of_schools,
    "months": of_months,
    "backup": of_backup,
    "size": of_size,
}


async def measure(only: list[str], count: int) -> list[Figure]:
    """The parts in their order."""
    found: list[Figure] = []
    for name, part in PARTS.items():
        if name in only:
            with tempfile.TemporaryDirectory(prefix="years-hub-") as scratch:
                print(f"\n{name}", flush=True)
                figures = await part(Hubs(Path(scratch), count))
            print(table(figures), flush=True)
            found += figures
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--schools", type=int, default=4700, help="that hold a connection")
    given = parser.parse_args()
    for name in ("hub", "hub-day1"):
        settled(name)
    found = asyncio.run(measure(given.only, given.schools))
    print(f"\n{table(one for one in found if one.key)}")
    print(json.dumps(as_json(found)))


if __name__ == "__main__":
    main()
