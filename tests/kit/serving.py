"""A server of the kit alone, with a few routes of its own: what every server of Madang shares."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from aiohttp import web
from aiohttp.test_utils import TestServer

from kit.clock import ManualClock
from kit.db import Database, SQLite
from kit.event import Event
from kit.ground import Ground
from kit.i18n import _
from kit.outbox import publish
from kit.problem import Forbidden, NotFound, Problem, SignInRequired, TooMany
from kit.signin.service import SignIn
from kit.signin.web import require_session
from kit.slice import Kept, Slice
from kit.web import live, page
from kit.web.assembly import Assembly
from kit.web.forms import read_form, read_json
from kit.web.openapi import api, json_response


class Rang(Event, frozen=True, tag="test.rang"):
    """Somebody rang a bell; `whose` may hear it."""

    whose: str


class Note(msgspec.Struct):
    """What is written down."""

    text: str
    count: int = 1


class Query(msgspec.Struct):
    wanted: str
    page: int = 1


class Closed(Problem):
    code = "closed"
    status = 409
    text = _("찾으시는 내용이 없거나 볼 수 있는 권한이 없습니다.")


ROUTES = web.RouteTableDef()
PROBLEMS: dict[str, Problem] = {
    "not-found": NotFound(),
    "forbidden": Forbidden(),
    "closed": Closed(),
    "too-many": TooMany(seconds=42),
}


@ROUTES.get("/fails/{how}")
async def fails(request: web.Request) -> web.Response:
    how = request.match_info["how"]
    if how == "unexpected":
        raise RuntimeError("a secret of the inside")
    raise PROBLEMS[how]


@ROUTES.get("/own")
async def own(request: web.Request) -> web.Response:
    return web.Response(text=require_session(request).account_id)


@ROUTES.post("/notes")
async def write(request: web.Request) -> web.Response:
    note = await read_form(request, Note)
    return page.see_other(request, f"/notes/{note.count}")


@ROUTES.get("/api/v1/notes")
@api(summary="Notes", query=Query, answer=list[Note])
async def notes(request: web.Request) -> web.Response:
    return json_response([Note("하나")])


@ROUTES.post("/api/v1/notes/{id}")
@api(summary="Write a note", body=Note, answer=Note, status=201, public=True)
async def api_write(request: web.Request) -> web.Response:
    return json_response(await read_json(request, Note), 201)


GONE = web.AppKey("gone", set[str])  # accounts that may hear nothing any more


class Kit:
    """The server, and a browser at it."""

    def __init__(self, app: web.Application, server: TestServer, db: Database) -> None:
        self.app = app
        self.db = db
        self.url = str(server.make_url("/")).rstrip("/")
        self.browser = aiohttp.ClientSession(self.url)
        self.gone = app[GONE]

    async def ask(self, method: str, path: str, **how: Any) -> tuple[int, Any, str]:
        """(status, headers, text), redirects not followed."""
        how.setdefault("allow_redirects", False)
        async with self.browser.request(method, path, **how) as answer:
            return answer.status, answer.headers, await answer.text()

    async def ring(self, whose: str) -> None:
        await self.db.write(lambda tx: publish(tx, Rang(whose), 1))


async def listener(request: web.Request) -> tuple[str, live.Filter]:
    """Whoever names themselves hears their own bell only."""
    account = request.query["account"]
    if account in request.app[GONE]:
        raise SignInRequired()

    def hears(event: Event) -> str | None:
        return "test.rang" if isinstance(event, Rang) and event.whose == account else None

    return account, hears


async def running_kit(folder: Path, clock: ManualClock) -> AsyncIterator[Kit]:
    """Serve until the generator ends."""
    db = Database(SQLite(folder / "kit.sqlite3"))
    signin = SignIn(db, clock, public_url="http://localhost", site_name="시험")
    ground = Ground(db, clock, signin, page.Site("시험 학교", "school"), folder, "시험")
    slices = [
        Slice(
            package="tests.kit",
            routes=(*ROUTES,),
            keep=(Kept(live.LISTENER, listener), Kept(GONE, set())),
        )
    ]
    app = web.Application(client_max_size=100_000)
    Assembly(ground, slices).install(app, is_behind_proxy=False)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    kit = Kit(app, server, db)
    try:
        yield kit
    finally:
        await kit.browser.close()
        await server.close()
