"""The drive as a network folder beside `rclone serve webdav` of the same machine, in the same run.

    python scripts/bench_drive.py [--megabytes 200] [--rounds 3]

A file goes up and comes down again, and a folder of 1,000 files is listed, in turn at both, as one
program does it over a line of its own. The node has each upload on the disk before it answers and keeps
what was there; rclone writes into its cache. Then a file of 10 MB and one of 1 GB go up: the node's
memory at its highest must not follow. Prints a table and ends with one line of JSON.
"""

import argparse
import asyncio
import base64
import contextlib
import http.client
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from urllib.parse import quote

import msgspec

sys.path.insert(0, str(Path(__file__).parent.parent))

from kit.clock import SystemClock, monotonic
from kit.db import Tx
from kit.signin import apps
from kit.web.keys import DB
from node.app import build, open_database
from node.config import FILE, NodeConfig, toml_of
from node.drive.dav.answering import DOOR
from node.keys import make_keys
from node.people.model import NewPerson, Role
from node.people.web import PEOPLE
from scripts.years.figures import Figure, as_json, table

ROOT = Path(__file__).parent.parent
MB = 1024**2
LISTED = 1_000
LOGIN = "bench"
WITHIN_S = 120.0
PIECE = 1 * MB


class Server(msgspec.Struct, frozen=True):
    """A WebDAV server: where its folder is, and how one signs in."""

    name: str
    port: int
    folder: str
    headers: dict[str, str]
    pid: int

    def ask(
        self, method: str, path: str, body: Iterator[bytes] | None = None, **headers: str
    ) -> int:
        """Bytes of the answer. Raises SystemExit on a refusal."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        try:
            sent = self.headers | {name.replace("_", "-"): said for name, said in headers.items()}
            line.request(method, self.folder + quote(path), body=body, headers=sent)
            answer = line.getresponse()
            size, buffer = 0, bytearray(PIECE)
            while got := answer.readinto(buffer):
                size += got
            if answer.status >= 400:
                raise SystemExit(f"{self.name}: {method} {path}: {answer.status}")
            return size
        finally:
            line.close()

    def put(self, path: str, size: int) -> None:
        pieces = _pieces(size)
        self.ask("PUT", path, pieces, Content_Length=str(size))


def _pieces(size: int) -> Iterator[bytes]:
    """Never twice the same file: what is there already would cost nothing."""
    head = os.urandom(32)
    piece = bytes(PIECE)
    yield head
    rest = size - len(head)
    while rest > 0:
        yield piece[: min(rest, PIECE)]
        rest -= PIECE


async def prepare(folder: Path, port: int) -> dict[str, str]:
    """A school with one member of staff; the header by which their program signs in."""
    make_keys(folder / "keys")
    for name in ("blobs", "backups"):
        (folder / name).mkdir()
    config = NodeConfig(
        data_dir=str(folder),
        port=port,
        lan_announce=False,
        school_id="J107530101",
        school_name="한빛초등학교",
        telephone="031-000-0101",
        public_url=f"http://127.0.0.1:{port}",
        drive_quota_mb=100_000,
    )
    (folder / FILE).write_text(toml_of(config), encoding="utf-8")
    app = build(config)
    async with open_database(app):
        roster = app[PEOPLE].roster

        def staff(tx: Tx) -> str:
            person = roster.add_staff(
                tx,
                NewPerson(name="박서연"),
                "교사",
                "3학년부",
                roles=(Role.TEACHER,),
                since_on="2026-03-01",
            )
            roster.add_account(tx, person, LOGIN, "!")
            return apps.make(tx, person, DOOR, "bench", SystemClock().now())

        secret = await app[DB].write(staff)
    return {"Authorization": _basic(LOGIN, secret)}


def _basic(login: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{login}:{secret}".encode()).decode()


@contextlib.contextmanager
def running(
    name: str, command: list[str], port: int, path: str, headers: dict[str, str]
) -> Iterator[Server]:
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until = monotonic() + WITHIN_S
        while monotonic() < until:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.2)
        else:
            raise SystemExit(f"{name} does not answer")
        yield Server(name, port, path, headers, process.pid)
    finally:
        process.terminate()
        process.wait()


def seconds(work: Callable[[], object]) -> float:
    begun = monotonic()
    work()
    return monotonic() - begun


def peak_mb(server: Server, size: int) -> float:
    """The server's memory at its highest while a file goes up."""
    Path(f"/proc/{server.pid}/clear_refs").write_text("5")
    server.put("peak.bin", size)
    status = Path(f"/proc/{server.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def measured(node: Server, other: Server, size: int, rounds: int) -> list[Figure]:
    ups: dict[str, list[float]] = {node.name: [], other.name: []}
    downs: dict[str, list[float]] = {node.name: [], other.name: []}
    lists: dict[str, list[float]] = {node.name: [], other.name: []}
    listed = 0
    for server in (node, other):
        server.ask("MKCOL", "list")
        for number in range(LISTED):
            server.put(f"list/2026학년도 학급 자료 {number:04}.hwp", 64)
    for number in range(rounds):
        for server in (node, other):
            path = f"{number}.bin"
            ups[server.name].append(seconds(partial(server.put, path, size)))
            downs[server.name].append(seconds(partial(server.ask, "GET", path)))
            begun = monotonic()
            length = server.ask("PROPFIND", "list/", Depth="1")
            lists[server.name].append(monotonic() - begun)
            listed = length if server is node else listed
    rate = {
        name: (size / MB / statistics.median(ups[name]), size / MB / statistics.median(downs[name]))
        for name in ups
    }
    took = {name: statistics.median(found) * 1000 for name, found in lists.items()}
    small = peak_mb(node, 10 * MB)
    large = peak_mb(node, 1024 * MB)
    return [
        Figure("up, the drive", rate[node.name][0], "MB/s"),
        Figure("up, rclone", rate[other.name][0], "MB/s"),
        Figure("up", rate[node.name][0] / rate[other.name][0], "x", "dav_up", least=0.5),
        Figure("down, the drive", rate[node.name][1], "MB/s"),
        Figure("down, rclone", rate[other.name][1], "MB/s"),
        Figure("down", rate[node.name][1] / rate[other.name][1], "x", "dav_down", least=0.7),
        Figure("list of 1,000, the drive", took[node.name], "ms", "list_ms"),
        Figure("list of 1,000, rclone", took[other.name], "ms"),
        Figure("list", took[node.name] / took[other.name], "x", "list_ratio"),
        Figure("list", listed / 1000, "kB", "list_kb", most=900),
        Figure("memory, 1 GB up to 10 MB", large / small, "x", "peak_mb", most=1.1),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--port", type=int, default=18_720)
    wanted = parser.parse_args()
    rclone = shutil.which("rclone")
    if rclone is None:
        raise SystemExit("rclone is missing: apt install rclone")
    with tempfile.TemporaryDirectory(prefix="madang-drive-", dir="/var/tmp") as place:
        folder, served = Path(place, "school"), Path(place, "rclone")
        folder.mkdir()
        served.mkdir()
        headers = asyncio.run(prepare(folder, wanted.port))
        beside = wanted.port + 1
        with (
            running(
                "drive",
                [sys.executable, "-m", "node.cli", "serve", str(folder)],
                wanted.port,
                "/dav/" + quote("내 드라이브/"),
                headers,
            ) as node,
            running(
                "rclone",
                [rclone, "serve", "webdav", str(served), "--addr", f"127.0.0.1:{beside}",
                 "--config", "/dev/null", "--user", LOGIN, "--pass", LOGIN],
                beside,
                "/",
                {"Authorization": _basic(LOGIN, LOGIN)},
            ) as other,
        ):  # fmt: skip
            figures = measured(node, other, wanted.megabytes * MB, wanted.rounds)
    print(table(figures))
    print(json.dumps(as_json(figures)))
    return 0 if all(one.is_kept for one in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
