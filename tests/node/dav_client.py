"""A program that opens the drive over WebDAV: it signs in with each request and knows paths alone."""

import base64
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import aiohttp

from kit.signin import apps
from node.drive.connect_web import PROGRAMS
from node.drive.dav.answering import DOOR
from tests.node.conftest import Answer, School

OWN = "내 드라이브"
D = "{DAV:}"


class Dav:
    """One program on one computer of somebody's."""

    def __init__(self, school: School, login: str, secret: str, program: str) -> None:
        self.base = school.url
        self.login, self.secret, self.program = login, secret, program

    async def __call__(
        self, method: str, path: str, body: bytes | str | None = None, **headers: str
    ) -> Answer:
        """`path` below /dav/, unencoded; header names with underscores."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent.setdefault("User-Agent", self.program)
        how: dict[str, Any] = {"headers": sent, "allow_redirects": False}
        if self.login:
            sent["Authorization"] = basic(self.login, self.secret)
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, self.base + at(path), data=body, **how) as response,
        ):
            return Answer(response, await response.read())

    async def put(self, path: str, content: bytes, **headers: str) -> Answer:
        return await self("PUT", path, content, **headers)

    async def text(self, path: str) -> bytes:
        """What a file holds. It is there."""
        answer = await self("GET", path)
        assert answer.status == 200, (path, answer.status)
        return answer.body

    async def names(self, path: str = OWN) -> list[str]:
        """What is in a folder, as a program lists it."""
        answer = await self("PROPFIND", f"{path}/", Depth="1")
        assert answer.status == 207, answer.text
        found = ElementTree.fromstring(answer.body).iterfind(f".//{D}displayname")
        return [one.text or "" for one in found][1:]

    async def lock(self, path: str, seconds: int = 1800, **headers: str) -> str:
        """A lock's token."""
        answer = await self("LOCK", path, LOCK, Timeout=f"Second-{seconds}", **headers)
        assert answer.status in (200, 201), answer.text
        return answer.headers["Lock-Token"].strip("<>")


LOCK = (
    '<?xml version="1.0" encoding="utf-8"?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/>'
    "</D:lockscope><D:locktype><D:write/></D:locktype><D:owner>한글</D:owner></D:lockinfo>"
)


def basic(login: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{login}:{secret}".encode()).decode()


def at(path: str) -> str:
    """The address of a path."""
    return "/dav/" + quote(path)


async def by_app_password(school: School, name: str) -> dict[str, str]:
    """The header by which somebody in the cast signs in; also who has no drive."""
    person, now = school.id(name), school.clock.now()
    secret = await school.db.write(lambda tx: apps.make(tx, person, DOOR, "test", now))
    return {"Authorization": basic(await _login(school, person), secret)}


async def _login(school: School, person: str) -> str:
    return str(
        await school.db.read(
            lambda tx: tx.value(
                "SELECT login FROM signin_v_account WHERE account_id = ?", (person,)
            )
        )
    )


async def dav_of(school: School, name: str, program: str = "test") -> Dav:
    """A program of somebody in the cast, with an app password."""
    asker = await school.asker(name)
    secret = await school.app[PROGRAMS].make_password(asker, program)
    return Dav(school, await _login(school, asker.id), secret, program)
