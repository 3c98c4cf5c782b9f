"""The hub of a province in its third year beside the same hub on day one.

    python -m scripts.bench_years_hub                    # make both hubs where they are not there yet
    python -m scripts.bench_years_hub --only pages
    python -m scripts.bench_years_hub --build FOLDER     # of a checkout of another commit

Pages are asked in turn of both hubs. Then all schools hold a connection to the one in its third year,
from one process of their own, while a notice goes out to all of them.
"""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import statistics
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pyotp

from scripts.hub_for_bench import free_port
from scripts.years_hub import FACTS, notice_id_of

ROOT = Path(__file__).parent.parent
TIMES = 15


class Place(msgspec.Struct, frozen=True):
    """A hub's folder and what was made in it."""

    folder: Path
    facts: dict[str, Any]

    @classmethod
    def of(cls, folder: Path) -> "Place":
        return cls(folder, json.loads((folder / FACTS).read_text(encoding="utf-8")))

    def copied(self, to: Path) -> "Place":
        """A copy to be changed."""
        shutil.copytree(self.folder, to)
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
        "school": "/schools/J107000123",
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
    """Page → (ms in the third year, ms on day one): medians, asked in turn."""
    found = {}
    theirs = pages_of(new.place.facts)
    for name, path in pages_of(old.place.facts).items():
        took: tuple[list[float], list[float]] = ([], [])
        for turn in range(times + 2):
            here, there = (await old.get(path))[0], (await new.get(theirs[name]))[0]
            if turn > 1:
                took[0].append(here)
                took[1].append(there)
        found[name] = (statistics.median(took[0]), statistics.median(took[1]))
    return found
