"""How much of a machine a province needs: thousands of simulated schools against a real hub.

    python scripts/bench_hub.py                      # 4,700 schools, two minutes of steady syncs
    python scripts/bench_hub.py --nodes 500 --seconds 20

The hub is a process of its own with SQLite, TLS and all its checks; the schools are simulated
here: their keys and rows are prepared, every sync is a real signed request over a connection of
the school's own, held by the hub while there is nothing to tell, as a school's node does it.

1. Load: each school sends its whole share of the address book (its own entry and its staff).
2. Full speed: syncs one after the other on a few connections, against a bare aiohttp handler with
   one signature verification and one durable insert (the reference, same machine, same minute).
3. Steady: every school once a minute; a few send a change, which all others then hear of. CPU is
   read from /proc for the hub's process alone; searches run beside it.

The last line is one JSON object.
"""

import argparse
import asyncio
import json
import random
import resource
import shutil
import sqlite3
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from aiohttp import web

from hub.directory.service import Directory
from kit.clock import SystemClock
from kit.db import connect
from protocol.directory import (
    Cursor,
    DirectoryDelta,
    Entry,
    SchoolEntry,
    StaffEntry,
    entry_hash,
    initial_consonants,
    share_digest,
    upsert,
)
from protocol.identity import KeyPair, SchoolId, SchoolKind
from protocol.message import encode
from protocol.signing import next_counter, sign_request, verify_request
from protocol.sync import SYNC_PATH, Cursors, NodeState, Up
from scripts.hub_for_bench import HubProcess, free_port, prepare

CLOCK = SystemClock()
FAMILY = "김이박최정강조윤장임한오서신권황안송전홍"
GIVEN = "하늘민준서연도윤지우시은예수아현채원건유진다승나래보람가온태영호성재경희미"
POSITIONS = ["교사"] * 44 + ["부장교사"] * 8 + [
    "교장", "교감", "행정실장", "주무관", "보건교사", "상담교사", "영양교사", "사서교사",
]  # fmt: skip
DEPARTMENTS = ["교무기획부", "연구부", "생활안전부", "1학년부", "2학년부", "행정실"]
KINDS = [
    (SchoolKind.ELEMENTARY, "초등학교"),
    (SchoolKind.MIDDLE, "중학교"),
    (SchoolKind.HIGH, "고등학교"),
]


def person(rng: random.Random) -> str:
    return rng.choice(FAMILY) + rng.choice(GIVEN) + rng.choice(GIVEN)


class HeardPage(msgspec.Struct):
    """A page of which the simulator needs the cursor only."""

    cursor: Cursor
    items: list[msgspec.Raw] = []
    more: bool = False


class Heard(msgspec.Struct):
    """A `Down` read cheaply: the simulator must not be the bottleneck."""

    notices: HeardPage | None = None
    directory: HeardPage | None = None


@dataclass
class Node:
    """A simulated school: keys, share, cursors and one connection."""

    number: int
    keys: KeyPair
    port: int
    staff: int
    tls: ssl.SSLContext
    origin: str
    counter: int = 0
    cursors: Cursors = field(default_factory=Cursors)
    seq: int = 0
    hashes: dict[str, str] = field(default_factory=dict)
    line: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    @property
    def school_id(self) -> SchoolId:
        return SchoolId(f"J10{7_000_000 + self.number}")

    @property
    def name(self) -> str:
        rng = random.Random(self.number)
        name = rng.choice(GIVEN) + rng.choice(GIVEN)
        return f"{name}{self.number % 97}{KINDS[self.number % 3][1]}"

    def whole_share(self) -> DirectoryDelta:
        rng = random.Random(self.number)
        entries: list[Entry] = [
            SchoolEntry(
                id=self.school_id,
                name=self.name,
                school_kind=KINDS[self.number % 3][0],
                district=f"제{self.number % 25 + 1}교육지원청",
                phone="031-000-0000",
            )
        ]
        for index in range(self.staff):
            entries.append(
                StaffEntry(
                    id=f"{self.number:05}{index:04}",
                    name=person(rng),
                    position=rng.choice(POSITIONS),
                    department=rng.choice(DEPARTMENTS),
                    duty=f"{index % 6 + 1}학년 {index % 8 + 1}반 담임",
                    extension=str(100 + index),
                )
            )
        increments = tuple(upsert(seq, entry) for seq, entry in enumerate(entries, start=1))
        self.seq = len(increments)
        self.hashes = {one.id: one.hash or "" for one in increments}
        return DirectoryDelta(
            epoch="bench",
            from_seq=0,
            to_seq=self.seq,
            digest=share_digest(self.hashes.values()),
            full=True,
            entries=increments,
        )

    def quiet_share(self) -> DirectoryDelta:
        digest = share_digest(self.hashes.values())
        return DirectoryDelta(epoch="bench", from_seq=self.seq, to_seq=self.seq, digest=digest)

    def changed_share(self, rng: random.Random) -> DirectoryDelta:
        entry = StaffEntry(
            id=f"{self.number:05}0001", name=person(rng), position="교사", duty="교과 전담"
        )
        self.hashes[entry.id] = entry_hash(entry)
        self.seq += 1
        return DirectoryDelta(
            epoch="bench",
            from_seq=self.seq - 1,
            to_seq=self.seq,
            digest=share_digest(self.hashes.values()),
            entries=(upsert(self.seq, entry),),
        )

    async def sync(self, directory: DirectoryDelta | None, wait_ms: int = 0) -> Heard:
        """One real sync. Raises RuntimeError with the hub's answer when it refuses."""
        now = CLOCK.now()
        self.counter = next_counter(self.counter, now)
        up = Up(
            sent_at=now,
            epoch="bench",
            state=NodeState(
                version="bench",
                started_at=now - now % 3_600_000,
                disk_free=200_000_000_000,
                disk_total=500_000_000_000,
                counts={"students": 600, "staff": self.staff, "classes": 24},
            ),
            cursors=self.cursors,
            directory=directory,
            wait_ms=wait_ms,
        )
        body = encode(up)
        signed = sign_request(
            self.keys,
            method="POST",
            url=self.origin + SYNC_PATH,
            body=body,
            counter=self.counter,
            now=now,
        )
        status, answer = await self.post(SYNC_PATH, body, signed)
        if status != 200:
            raise RuntimeError(f"{status}: {answer[:300]!r}")
        down = msgspec.json.decode(answer, type=Heard)
        notices = down.notices.cursor if down.notices else self.cursors.notices
        shared = down.directory.cursor if down.directory else self.cursors.directory
        self.cursors = Cursors(notices=notices, directory=shared)
        return down

    async def post(self, path: str, body: bytes, signed: dict[str, str]) -> tuple[int, bytes]:
        """HTTP/1.1 by hand: a client library would cost the simulator more than the hub."""
        head = f"POST {path} HTTP/1.1\r\nHost: {self.origin.split('//')[1]}\r\n"
        head += "Content-Type: application/json\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in signed.items())
        request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        if self.line is None:
            tls = self.tls if self.origin.startswith("https") else None
            self.line = await asyncio.open_connection("127.0.0.1", self.port, ssl=tls)
        reader, writer = self.line
        try:
            writer.write(request)
            lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        except (ConnectionError, asyncio.IncompleteReadError):
            self.line = None
            raise
        length = next(
            int(line.split(":")[1]) for line in lines if line.lower().startswith("content-length")
        )
        return int(lines[0].split()[1]), await reader.readexactly(length)

    def close(self) -> None:
        if self.line is not None:
            self.line[1].close()
            self.line = None


async def load(nodes: list[Node], lines: int) -> float:
    """Every school sends its whole share; seconds."""
    waiting = iter([(node, node.whole_share()) for node in nodes])

    async def one_line() -> None:
        for node, share in waiting:
            await node.sync(share)

    begun = time.perf_counter()
    await asyncio.gather(*(one_line() for _ in range(lines)))
    return time.perf_counter() - begun


async def catch_up(nodes: list[Node]) -> float:
    """All have taken over what there is: the steady state is measured, not the first day.

    One school truly reads the whole stream, the others are given its cursor. Increments a second.
    """
    first, begun, read = nodes[0], time.perf_counter(), 0
    while True:
        down = await first.sync(first.quiet_share())
        if down.directory is None:
            break
        read += len(down.directory.items)
    for node in nodes:
        node.cursors = first.cursors
    return read / (time.perf_counter() - begun)


async def full_speed(nodes: list[Node], seconds: float) -> float:
    """Syncs a second, one after the other on a few connections."""
    done = 0
    end = time.perf_counter() + seconds

    async def one_line(own: list[Node]) -> None:
        nonlocal done
        while time.perf_counter() < end:
            for node in own:
                await node.sync(node.quiet_share())
                done += 1

    begun = time.perf_counter()
    await asyncio.gather(*(one_line(nodes[i : i + 2]) for i in range(0, 64, 2)))
    return done / (time.perf_counter() - begun)


@dataclass
class Steady:
    """What two minutes of a province's daily life showed."""

    latencies_ms: list[float] = field(default_factory=list)
    search_ms: list[float] = field(default_factory=list)
    increments: int = 0
    failed: int = 0
    cpu_s: float = 0.0
    seconds: float = 0.0


async def steady(
    nodes: list[Node], hub: HubProcess, database: str, seconds: float, wait_ms: int
) -> Steady:
    """Every school syncs once a minute, held up to `wait_ms`; searches run beside it."""
    result = Steady()
    rng = random.Random(7)
    stop = time.perf_counter() + seconds

    async def live(node: Node, phase: float) -> None:
        due = time.perf_counter() + phase
        while due < stop:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            due += 60
            change = rng.random() < 0.002
            share = node.changed_share(rng) if change else node.quiet_share()
            begun = time.perf_counter()
            try:
                down = await node.sync(share, wait_ms)
            except (ConnectionError, asyncio.IncompleteReadError, RuntimeError) as error:
                result.failed += 1
                print("  sync failed:", error)
                continue
            took = (time.perf_counter() - begun) * 1000
            result.latencies_ms.append(took - wait_ms if took > wait_ms else took)
            result.increments += len(down.directory.items) if down.directory else 0

    cpu, begun = hub.cpu_seconds(), time.perf_counter()
    lives = [live(node, 60 * index / len(nodes)) for index, node in enumerate(nodes)]
    searching = await start_search(database, seconds)
    living = asyncio.gather(*lives)
    await asyncio.sleep(stop - time.perf_counter())
    result.cpu_s = hub.cpu_seconds() - cpu
    result.seconds = time.perf_counter() - begun
    await living
    found, _errors = await searching.communicate()
    result.search_ms = json.loads(found)
    return result


async def start_search(database: str, seconds: float) -> asyncio.subprocess.Process:
    """Somebody who searches, in a process of their own: the simulator's work is not the hub's."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "scripts.bench_hub",
        "--search",
        database,
        str(seconds),
        stdout=asyncio.subprocess.PIPE,
    )


async def search(database: str, seconds: float) -> None:
    """Ten searches a second over what the hub holds; prints how long each took (ms) as JSON."""
    db = connect(database)
    await db.open()
    directory = Directory(db, CLOCK)
    typed = queries(random.Random(11))
    took: list[float] = []
    stop = time.perf_counter() + seconds
    while time.perf_counter() < stop:
        question = next(typed)
        begun = time.perf_counter()
        await directory.search(question)
        took.append((time.perf_counter() - begun) * 1000)
        await asyncio.sleep(0.1)
    await db.close()
    print(json.dumps(took))


def queries(rng: random.Random) -> Iterator[str]:
    """What officers type: beginnings, parts, 초성, positions, schools, and combinations."""
    while True:
        name = person(rng)
        school = rng.choice(GIVEN) + rng.choice(GIVEN)
        yield from (
            name[:2],
            name,
            name[1:],
            name[:1],
            initial_consonants(name),
            initial_consonants(name)[1:],
            "교감",
            school,
            f"{school} {name[:1]}",
            f"{name[:1]} 교감",
            f"{name} 초등학교",
            "행정실",
        )


def start_bare(port: int, folder: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "scripts.bench_hub", "--bare", str(port), folder]
    )


async def bare(seconds: float) -> float:
    """The reference: verifications with one durable insert each, requests a second."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        child = start_bare(port, folder)
        try:
            nodes = [
                Node(number, KeyPair.generate(), port, 0, ssl.create_default_context(), "")
                for number in range(64)
            ]
            for node in nodes:
                node.origin = f"http://127.0.0.1:{port}"
            Path(folder, "keys").write_text(
                json.dumps({n.keys.key_id: n.keys.public.signing for n in nodes})
            )
            await _reachable(port)
            rate = await full_speed(nodes, seconds)
            for node in nodes:
                node.close()
            return rate
        finally:
            child.terminate()
            child.wait()


async def _reachable(port: int) -> None:
    for _attempt in range(200):
        try:
            _reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    raise RuntimeError("the reference server did not start")


def serve_bare(port: int, folder: str) -> None:
    """A bare handler: one verification, one row, one commit."""
    from protocol.identity import public_key

    raw = sqlite3.connect(Path(folder, "bare.sqlite3"), isolation_level=None)
    raw.execute("PRAGMA journal_mode = WAL")
    raw.execute("PRAGMA synchronous = FULL")
    raw.execute("CREATE TABLE counter (key_id TEXT, counter INTEGER)")
    keys: dict[str, bytes] = {}

    async def handle(request: web.Request) -> web.Response:
        if not keys:
            known = json.loads(Path(folder, "keys").read_text())
            keys.update({name: public_key(text) for name, text in known.items()})
        body = await request.read()
        verified = verify_request(
            method="POST",
            url=f"http://127.0.0.1:{port}{request.raw_path}",
            headers=request.headers,
            body=body,
            resolve_key=keys.get,
            now=CLOCK.now(),
        )
        raw.execute("INSERT INTO counter VALUES (?, ?)", (verified.key_id, verified.counter))
        return web.Response(body=ANSWER, content_type="application/json")

    app = web.Application()
    app.router.add_post(SYNC_PATH, handle)
    web.run_app(app, host="127.0.0.1", port=port, print=None, access_log=None)


ANSWER = b'{"v":1,"sent_at":0,"standing":"active"}'


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")


async def run(options: argparse.Namespace, folder: Path) -> dict[str, float]:
    hub = prepare(folder)
    print(f"preparing {options.nodes} schools …", flush=True)
    nodes = [
        Node(number, KeyPair.generate(), hub.port, options.staff, hub.tls(), hub.origin)
        for number in range(options.nodes)
    ]
    shared = nodes[0].tls
    for node in nodes:
        node.tls = shared
    await hub.enrol([(node.school_id, node.name, node.keys.public) for node in nodes])
    hub.start()
    try:
        await _reachable(hub.port)
        print("loading every share …", flush=True)
        took = await load(nodes, lines=16)
        pull = await catch_up(nodes)
        print("full speed, and the reference …", flush=True)
        speed = await full_speed(nodes, 8)
        reference = await bare(5)
        print(f"steady syncs for {options.seconds} s …", flush=True)
        found = await steady(nodes, hub, hub.database, options.seconds, options.wait_ms)
        rss = hub.resident_mb()
    finally:
        for node in nodes:
            node.close()
        hub.stop()
    size = sum(path.stat().st_size for path in folder.glob("hub.sqlite3*")) / 1e6
    return {
        "nodes": options.nodes,
        "load_nodes_per_s": round(options.nodes / took, 1),
        "pull_increments_per_s": round(pull),
        "sync_per_s": round(speed, 1),
        "bare_per_s": round(reference, 1),
        "sync_vs_bare": round(speed / reference, 3),
        "steady_sync_per_s": round(len(found.latencies_ms) / found.seconds, 1),
        "sync_p50_ms": round(statistics.median(found.latencies_ms), 1),
        "sync_p99_ms": round(percentile(found.latencies_ms, 0.99), 1),
        "cpu_share": round(found.cpu_s / found.seconds, 3),
        "directory_search_p95_ms": round(percentile(found.search_ms, 0.95), 2),
        "increments_handed_on": found.increments,
        "failed": found.failed,
        "hub_mb": round(rss, 1),
        "db_mb": round(size, 1),
    }


def main() -> None:
    """Parse, run, print the table and the line of JSON."""
    if len(sys.argv) == 4 and sys.argv[1] == "--bare":
        serve_bare(int(sys.argv[2]), sys.argv[3])
        return
    if len(sys.argv) == 4 and sys.argv[1] == "--search":
        asyncio.run(search(sys.argv[2], float(sys.argv[3])))
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nodes", type=int, default=4700)
    parser.add_argument("--staff", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--wait-ms", type=int, default=25_000, help="long poll of a node")
    parser.add_argument("--keep", help="folder for the hub's data (must not exist)")
    options = parser.parse_args()
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    folder = Path(options.keep) if options.keep else Path(tempfile.mkdtemp(prefix="bench-hub-"))
    try:
        result = asyncio.run(run(options, folder))
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
    for name, value in result.items():
        print(f"  {name:26} {value:>12}")
    print(json.dumps(result))


if __name__ == "__main__":
    main()
