"""All schools of a province as one process: each holds its connection to the hub, as nodes do.

    python -m scripts.years_schools FOLDER PORT COUNT

FOLDER is the hub's (`scripts/years_hub.py`). Each school signs its requests with its own key over a
TLS connection of its own, waits for news, takes a notice over and tells at once that it has it,
together with what it says of its other latest notices. A node that is asked to come later comes later.
Nodes are machines elsewhere: this process gives way to the hub, which must not wait for a processor
because of them.

Lines of JSON on standard output: {"held": schools} once all are connected and have nothing to hear;
after "notice" on standard input {"last_s": …, "median_s": …, "answered_s": …}: when the last and the
middle school had what went out since, and when all had said so. "stop" ends it.
"""

import asyncio
import contextlib
import json
import os
import resource
import ssl
import sys
import time
from pathlib import Path

import msgspec

from hub.schools.enrolment import LONGEST_HOLD_MS
from kit.clock import SystemClock
from protocol.directory import Cursor
from protocol.identity import SchoolId
from protocol.message import encode
from protocol.official import NoticeAck
from protocol.signing import next_counter, sign_request
from protocol.sync import SYNC_PATH, Cursors, MatrixServer, NodeState, Up
from scripts.bench_hub import Node
from scripts.years_hub import FACTS, MESSENGER, notice_id_of, school

CLOCK = SystemClock()
WAIT_MS = LONGEST_HOLD_MS  # as the hub tells each school when it enrols
SPOKEN_OF = 93  # notices of which a node says each time what became of them
PATIENCE_S = 300.0
AT_ONCE = 24  # connections being made
GIVES_WAY = 19


class Stream(msgspec.Struct):
    cursor: Cursor
    items: list[msgspec.Raw] = []


class Notices(msgspec.Struct):
    cursor: Cursor
    items: list["Item"] = []


class Item(msgspec.Struct):
    notice: "Named"


class Named(msgspec.Struct):
    id: str


class Heard(msgspec.Struct):
    """An answer read cheaply: the schools must not be what is measured."""

    notices: Notices | None = None
    directory: Stream | None = None
    matrix: Stream | None = None
    releases: Stream | None = None
    retry_after_ms: int = 0

    @property
    def is_quiet(self) -> bool:
        return not (self.notices or self.directory or self.matrix or self.releases)

    def after(self, held: Cursors) -> Cursors:
        return Cursors(
            notices=self.notices.cursor if self.notices else held.notices,
            directory=self.directory.cursor if self.directory else held.directory,
            matrix=self.matrix.cursor if self.matrix else held.matrix,
            releases=self.releases.cursor if self.releases else held.releases,
        )


class Schools:
    """The province's nodes."""

    def __init__(self, folder: Path, port: int, count: int) -> None:
        facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        tls.check_hostname = False
        tls.load_verify_locations(folder / "keys" / "ca.pem")
        origin = f"https://127.0.0.1:{port}"
        self.nodes = [
            school(number, facts["staff"], tls, origin, port)
            for number in range(min(count, facts["schools"]))
        ]
        newest = facts["notices"]
        self._acks = tuple(
            NoticeAck(
                notice_id=notice_id_of(number),
                revision=1,
                received_at=facts["made_at"],
                addressees=28,
                read=9,
            )
            for number in range(max(0, newest - SPOKEN_OF), newest)
        )
        self._added: dict[int, tuple[NoticeAck, ...]] = {}
        self._connecting = asyncio.Semaphore(AT_ONCE)
        self._sent_at = 0.0
        self._all_said = asyncio.Event()
        self.has_it: dict[int, float] = {}
        self.said_so: dict[int, float] = {}
        self.all_held = asyncio.Event()
        self._held: set[int] = set()
        self.failed: BaseException | None = None

    async def begin(self) -> None:
        """One school really takes over all there is; the others are given its cursors."""
        first = self.nodes[0]
        while not (heard := await self.sync(first, 0)).is_quiet:
            first.cursors = heard.after(first.cursors)
        for node in self.nodes:
            node.cursors = first.cursors

    async def live(self, node: Node) -> None:
        """A school's days."""
        async with self._connecting:
            while not (heard := await self.sync(node, 0)).is_quiet:
                node.cursors = heard.after(node.cursors)
        await asyncio.sleep(WAIT_MS / 1000 * (node.number % 100) / 100)
        while True:
            self._held.add(node.number)
            if len(self._held) == len(self.nodes):
                self.all_held.set()
            heard = await self.sync(node, WAIT_MS)
            node.cursors = heard.after(node.cursors)
            if heard.notices and heard.notices.items:
                self.has_it[node.number] = time.monotonic() - self._sent_at
                self._added[node.number] = tuple(
                    NoticeAck(
                        notice_id=item.notice.id,
                        revision=1,
                        received_at=CLOCK.now(),
                        addressees=28,
                    )
                    for item in heard.notices.items
                )
                await asyncio.sleep(heard.retry_after_ms / 1000)
                heard = await self.sync(node, 0)
                node.cursors = heard.after(node.cursors)
                self.said_so[node.number] = time.monotonic() - self._sent_at
                if len(self.said_so) == len(self.nodes):
                    self._all_said.set()

    def ended(self, task: asyncio.Task[None]) -> None:
        """A school that ends has failed: nothing is measured without it."""
        if not task.cancelled():
            self.failed = task.exception()
            self.all_held.set()
            self._all_said.set()

    async def sync(self, node: Node, wait_ms: int) -> Heard:
        """One real sync. Raises RuntimeError with the hub's answer when it refuses."""
        now = CLOCK.now()
        node.counter = next_counter(node.counter, now)
        up = Up(
            sent_at=now,
            epoch="bench",
            state=NodeState(
                version="bench",
                started_at=now - now % 3_600_000,
                disk_free=200_000_000_000,
                disk_total=500_000_000_000,
                counts={"students": 600, "staff": node.staff, "classes": 24},
            ),
            cursors=node.cursors,
            acks=(*self._acks, *self._added.get(node.number, ())),
            matrix=MatrixServer(
                school_id=SchoolId(node.school_id), server_name="", address=MESSENGER
            ),
            wait_ms=wait_ms,
        )
        body = encode(up)
        signed = sign_request(
            node.keys,
            method="POST",
            url=node.origin + SYNC_PATH,
            body=body,
            counter=node.counter,
            now=now,
        )
        status, answer = await node.post(SYNC_PATH, body, signed)
        if status != 200:
            raise RuntimeError(f"{status}: {answer[:300]!r}")
        return msgspec.json.decode(answer, type=Heard)

    async def notice(self) -> dict[str, float]:
        """From now until every school has what goes out, and has said so."""
        self._sent_at = time.monotonic()
        self.has_it.clear()
        self.said_so.clear()
        self._all_said.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                await self._all_said.wait()
        took = sorted(self.has_it.values())
        return {
            "reached": len(took),
            "last_s": round(took[-1], 2),
            "median_s": round(took[len(took) // 2], 2),
            "answered_s": round(max(self.said_so.values()), 2),
        }


async def run(folder: Path, port: int, count: int) -> None:
    """Until "stop"."""
    schools = Schools(folder, port, count)
    await schools.begin()
    living = [asyncio.create_task(schools.live(node)) for node in schools.nodes]
    for task in living:
        task.add_done_callback(schools.ended)
    await schools.all_held.wait()
    if schools.failed is not None:
        raise schools.failed
    print(json.dumps({"held": len(schools.nodes)}), flush=True)
    while (line := (await asyncio.to_thread(sys.stdin.readline)).strip()) != "stop":
        if line == "notice":
            print(json.dumps(await schools.notice()), flush=True)
    for task in living:
        task.cancel()


def main() -> None:
    os.nice(GIVES_WAY)
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    folder, port, count = sys.argv[1:]
    asyncio.run(run(Path(folder), int(port), int(count)))


if __name__ == "__main__":
    main()
