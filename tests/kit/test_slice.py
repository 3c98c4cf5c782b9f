"""What a slice brings to its server, and what two of them may not both claim."""

import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.typedefs import Handler, Middleware

from kit.clock import ManualClock
from kit.db import Database, SQLite, Tx
from kit.event import Event
from kit.ground import Ground
from kit.jobs import Daily, Every
from kit.moves import Moving
from kit.outbox import Handler as Handling
from kit.outbox import Since, publish
from kit.problem import OUTSIDE, NotFound
from kit.signin.service import SignIn
from kit.slice import Joined, Kept, Slice
from kit.web.assembly import Assembly
from kit.web.live import HEARD_BY, all_hear
from kit.web.page import Site
from kit.web.stages import Stage

BELOW, ABOVE = "tests.models", "tests.protocol"  # any two packages without migrations


class Said(Event, frozen=True, tag="test.said"):
    word: str


class Whispered(Event, frozen=True, tag="test.whispered"):
    word: str


class Asker:
    """Somebody who is signed in."""

    id = name = label = "somebody"
    language = ""
    help = OUTSIDE["school"]


class Server:
    """A server of these slices, in a folder."""

    def __init__(self, folder: Path, clock: ManualClock, *slices: Slice) -> None:
        db = Database(SQLite(folder / "kit.sqlite3"))
        signin = SignIn(db, clock, public_url="http://localhost", site_name="시험")
        site = Site("시험 학교", "school")
        self.ground = Ground(db, clock, signin, site, folder, "시험")
        self.assembly = Assembly(self.ground, slices)
        self.app = web.Application()
        self.assembly.install(self.app, is_behind_proxy=False)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[TestClient[web.Request, web.Application]]:
        async with TestClient(TestServer(self.app, host="127.0.0.1")) as client:
            yield client

    async def say(self, *words: str) -> None:
        def unit(tx: Tx) -> None:
            for word in words:
                publish(tx, Said(word), 1)

        await self.ground.db.write(unit)


@pytest.fixture
def serve(tmp_path: Path, clock: ManualClock) -> Callable[..., Server]:
    return lambda *slices: Server(tmp_path, clock, *slices)


async def nothing() -> None: ...


# Requests ---------------------------------------------------------------------------------------


async def test_a_middleware_stands_in_its_stage_whoever_joined_first(
    serve: Callable[..., Server],
) -> None:
    passed: list[str] = []

    def noting(name: str) -> Middleware:
        @web.middleware
        async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
            passed.append(name)
            try:
                answer = await handler(request)
            except NotFound:
                passed.append(f"{name}: refused")
                raise
            passed.append(f"{name}: {answer.status}")
            return answer

        return middleware

    async def refuse(request: web.Request) -> web.Response:
        raise NotFound()

    below = Slice(
        package=BELOW,
        routes=(web.get("/refuses", refuse),),
        middlewares=((Stage.PAGE, noting("page")),),
    )
    above = Slice(
        package=ABOVE,
        middlewares=((Stage.OUTER, noting("outer")), (Stage.PAGE, noting("last"))),
    )
    async with serve(below, above).running() as client:
        await client.get("/refuses")
    # The kit's own turn an error into an answer: between those outside them and those of pages.
    assert passed == ["outer", "page", "last", "last: refused", "page: refused", "outer: 404"]


# Lives ------------------------------------------------------------------------------------------


class Life:
    """Notes when it begins and ends, and may fail at either."""

    def __init__(self, name: str, noted: list[str], fails_at: str = "") -> None:
        self._name = name
        self._noted = noted
        self._fails_at = fails_at

    @contextlib.asynccontextmanager
    async def __call__(self) -> AsyncIterator[None]:
        self._note("begins")
        yield
        self._note("ends")

    def _note(self, what: str) -> None:
        if what == self._fails_at:
            raise RuntimeError(f"{self._name} cannot")
        self._noted.append(f"{self._name} {what}")


async def test_lives_begin_from_the_bottom_and_end_in_reverse(
    serve: Callable[..., Server],
) -> None:
    noted: list[str] = []
    below = Slice(package=BELOW, lives=(Life("one", noted), Life("two", noted)))
    above = Slice(package=ABOVE, lives=(Life("three", noted),))
    async with serve(below, above).running():
        assert noted == ["one begins", "two begins", "three begins"]
    assert noted[3:] == ["three ends", "two ends", "one ends"]


@pytest.mark.parametrize("fails_at", ["begins", "ends"])
async def test_a_life_that_fails_keeps_none_below_from_its_end(
    serve: Callable[..., Server], fails_at: str
) -> None:
    noted: list[str] = []
    below = Slice(package=BELOW, lives=(Life("one", noted),))
    above = Slice(package=ABOVE, lives=(Life("two", noted, fails_at),))
    runner = web.AppRunner(serve(below, above).app)

    async def on_and_off() -> None:
        await runner.setup()
        await runner.cleanup()

    with pytest.raises(RuntimeError, match="two cannot"):
        await on_and_off()
    assert noted[-1] == "one ends"


async def test_what_a_slice_keeps_its_pages_find(serve: Callable[..., Server]) -> None:
    key = web.AppKey("trial", str)

    async def show(request: web.Request) -> web.Response:
        return web.Response(text=request.app[key])

    one = Slice(package=BELOW, routes=(web.get("/kept", show),), keep=(Kept(key, "느티나무"),))
    async with serve(one).running() as client:
        assert await (await client.get("/kept")).text() == "느티나무"


# Names ------------------------------------------------------------------------------------------

EVERY = Every("trial.work", "일", 60, nothing)
DAILY = Daily("trial.work", "일", 3, 0, nothing)
MOVING = Moving("trial.move", "옮김", lambda tx, at: None)
HEARS: dict[type[Event], Handling] = {Said: lambda tx, event: None}


@pytest.mark.parametrize(
    ("slices", "said"),
    [
        ([{"works": (EVERY,)}, {"works": (DAILY,)}], r"two jobs named trial\.work"),
        ([{"moves": (MOVING,)}, {"moves": (MOVING,)}], r"two moves named trial\.move"),
    ],
)
def test_two_slices_that_claim_one_name_are_refused(
    serve: Callable[..., Server], slices: list[dict[str, object]], said: str
) -> None:
    made = [
        Slice(package=package, **brings)  # type: ignore[arg-type]
        for package, brings in zip((BELOW, ABOVE), slices, strict=True)
    ]
    with pytest.raises(ValueError, match=said):
        serve(*made)


def test_two_slices_of_one_name_do_not_share_what_they_have_heard(
    serve: Callable[..., Server],
) -> None:
    with pytest.raises(ValueError, match="two subscribers named ears"):
        serve(Slice(package="one.ears", hears=HEARS), Slice(package="other.ears", hears=HEARS))


def test_the_slices_stand_in_the_order_in_which_they_joined(serve: Callable[..., Server]) -> None:
    joined: Joined[Slice] = Joined()
    assert joined.take(("service", Slice(package=BELOW))) == "service"
    joined.take(("another", Slice(package=ABOVE)))
    packages = serve(*joined.slices).assembly.packages
    assert packages == ("kit", "kit.signin", BELOW, ABOVE)


# Events -----------------------------------------------------------------------------------------


def ears(heard: list[str], since: Since = Since.NOW) -> Slice:
    return Slice(
        package=BELOW,
        hears={Said: lambda tx, event: heard.append(event.word)},
        since=since,
    )


async def test_what_a_command_wrote_before_the_first_start_is_heard(
    serve: Callable[..., Server],
) -> None:
    command = serve(ears([]))
    async with command.assembly.opened():
        await command.say("명단을 올렸다")
    heard: list[str] = []
    server = serve(ears(heard))
    async with server.running():
        await server.ground.outbox.drained()
    assert heard == ["명단을 올렸다"]


@pytest.mark.parametrize(
    ("since", "expected"), [(Since.NOW, ["나중"]), (Since.BEGINNING, ["먼저", "나중"])]
)
async def test_a_slice_that_is_new_hears_from_where_it_says(
    serve: Callable[..., Server], since: Since, expected: list[str]
) -> None:
    before = serve()
    async with before.assembly.opened():
        await before.say("먼저")
    heard: list[str] = []
    server = serve(ears(heard, since))
    async with server.running():
        await server.say("나중")
        await server.ground.outbox.drained()
    assert heard == expected


def test_what_no_slice_names_is_told_to_nobody(serve: Callable[..., Server]) -> None:
    server = serve(
        Slice(package=BELOW, heard_by={Said: all_hear}),
        Slice(package=ABOVE),
    )
    hears = server.app[HEARD_BY].filter(Asker())
    assert hears(Said("들린다")) == "test.said"
    assert hears(Whispered("들리지 않는다")) is None
