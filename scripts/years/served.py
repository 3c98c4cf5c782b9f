"""A school of a folder, served by a build as a process of its own, and people signed in to it."""

import contextlib
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from kit.clock import monotonic
from kit.supervisor import Child, Supervisor
from scripts.against import Build
from scripts.demo import Answers
from scripts.demo_content.cast import PASSWORD

NAME = "school"
LONGEST_S = 900.0


class Served(msgspec.Struct, frozen=True):
    """A running school."""

    build: Build
    folder: Path
    address: str
    supervisor: Supervisor

    @property
    def pid(self) -> int:
        process = self.supervisor.child(NAME).process
        assert process is not None
        return process.pid

    def rows(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        """What the database says, read beside the server."""
        with contextlib.closing(self._connected()) as db:
            return db.execute(sql, params).fetchall()

    def value(self, sql: str, *params: Any) -> Any:
        rows = self.rows(sql, *params)
        return rows[0][0] if rows else None

    def _connected(self) -> sqlite3.Connection:
        database = self.folder / "madang.sqlite3"
        return sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)


class Visitor:
    """Somebody signed in, as a program: pages are asked for as a browser shows them."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def get(self, path: str) -> tuple[int, str, float]:
        """Status, text and milliseconds until the whole of it is there."""
        begun = monotonic()
        async with self._session.get(path, allow_redirects=False) as answer:
            text = (await answer.read()).decode(errors="replace")
        return answer.status, text, (monotonic() - begun) * 1000

    async def page(self, path: str, form: aiohttp.FormData) -> str:
        """The page that answers a form."""
        async with self._session.post(path, data=form, allow_redirects=False) as answer:
            text = await answer.text()
            assert answer.status == 200, f"{answer.status}: {text[-1000:]}"
            return text

    async def post(self, path: str, **sent: Any) -> tuple[int, Any, str]:
        """Status, what JSON says (None for a page) and where it leads."""
        async with self._session.post(path, allow_redirects=False, **sent) as answer:
            is_json = answer.content_type.endswith("json")
            said = await answer.json() if is_json else None
            return answer.status, said, answer.headers.get("Location", "")


@contextlib.asynccontextmanager
async def serve(
    build: Build, folder: Path, port: int, *, assistant: bool = False, mails: bool = False
) -> AsyncIterator[Served]:
    """`mails`: mail is written, for a server that does not answer. Raises kit.supervisor.NotReady."""
    mail = {"MADANG_NODE_SMTP_HOST": "127.0.0.1", "MADANG_NODE_SMTP_PORT": "9"} if mails else {}
    address = f"http://localhost:{port}"
    child = Child(
        name=NAME,
        command=build.command("node.cli", "serve", str(folder)),
        ready=Answers(address),
        log_file=folder.with_suffix(".log"),
        environment={
            **build.environment,
            **mail,
            "MADANG_NODE_PORT": str(port),
            "MADANG_NODE_PUBLIC_URL": address,
            "MADANG_NODE_ASSISTANT": str(assistant).lower(),
            "MADANG_NODE_MESSENGER": "false",
        },
    )
    supervisor = Supervisor()
    supervisor.add(child)
    await supervisor.start()
    try:
        yield Served(build, folder, address, supervisor)
    finally:
        await supervisor.stop()


@contextlib.asynccontextmanager
async def visitor(school: Served, login: str) -> AsyncIterator[Visitor]:
    """Raises aiohttp.ClientResponseError where the demo's password does not open."""
    timeout = aiohttp.ClientTimeout(total=LONGEST_S)
    jar = aiohttp.DummyCookieJar()  # the token alone says who asks, as programs do
    async with aiohttp.ClientSession(school.address, timeout=timeout, cookie_jar=jar) as session:
        signing_in = session.post("/api/v1/session", json={"login": login, "password": PASSWORD})
        async with signing_in as answer:
            answer.raise_for_status()
            token = str((await answer.json())["token"])
        session.headers["Authorization"] = f"Bearer {token}"
        session.headers["Accept"] = "text/html"
        yield Visitor(session)
