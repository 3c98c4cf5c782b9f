"""What `make check` leaves out, and what is made once in a process."""

from pathlib import Path

import pytest
from aiohttp import web
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from kit.clock import ManualClock
from kit.db import Database, SQLite
from kit.schema import get_meta
from scripts.demo_province import make_province
from tests.browsing import chromium
from tests.conftest import Databases
from tests.node.conftest import School, running_school
from tests.prepared import OnceHasher, Prepared, Registered
from tests.starting import starts

HEAVY = (running_school, chromium, make_province)


@pytest.mark.parametrize("function", HEAVY, ids=lambda one: str(one.__name__))
def test_who_starts_a_server_or_a_browser_is_known_by_what_they_call(function: object) -> None:
    def test_of_something() -> object:
        return function

    assert starts(function)
    assert not starts(test_of_something)  # what it is handed says nothing of it


def test_a_database_in_a_file_and_a_page_that_is_only_read_start_nothing() -> None:
    assert not starts(Databases)
    assert not starts(School.id)


def test_a_password_is_hashed_once_and_another_fits_no_time() -> None:
    once = OnceHasher()
    hashed = once.hash("느티나무")
    assert once.hash("느티나무") == hashed
    assert PasswordHasher().verify(hashed, "느티나무")
    assert once.verify(hashed, "느티나무")
    for _time in range(2):
        with pytest.raises(VerifyMismatchError):
            once.verify(hashed, "은행나무")


async def test_a_copied_database_is_what_the_migrations_make_with_an_epoch_of_its_own(
    tmp_path: Path, clock: ManualClock
) -> None:
    prepared = Prepared(tmp_path)
    found = []
    for name in ("first", "second", "third"):
        db = Database(SQLite(tmp_path / name))
        await db.open()
        await prepared.migrate(db, ["kit", "kit.signin", "node.people"], clock)
        clock.advance(1000)
        made = await db.read(lambda tx: tx.rows("SELECT sql FROM sqlite_master ORDER BY name"))
        epoch = await db.read(lambda tx: get_meta(tx, "epoch"))
        at = await db.read(lambda tx: tx.value("SELECT max(applied_at) FROM kit_migration"))
        found.append((made, epoch, at))
        await db.close()
    (first, *_), (second, *_), (third, *_) = found
    assert first == second == third
    assert len({epoch for _made, epoch, _at in found}) == 3
    assert [at - found[0][2] for *_rest, at in found] == [0, 1000, 2000]


async def _one(_request: web.Request) -> web.Response:
    return web.Response()


async def _other(_request: web.Request) -> web.Response:
    return web.Response()


def test_routes_taken_again_are_those_that_aiohttp_registers() -> None:
    registered = Registered()
    of_a_slice = [web.get("/a", _one), web.post("/a", _one), web.get("/b/{id}", _other)]
    goes_on = [web.post("/b/{id}", _one), web.get("/c", _one)]
    found = []
    for _server in range(3):
        router = web.UrlDispatcher()
        added = registered.add(router, of_a_slice)
        assert [route.method for route in added] == ["HEAD", "GET", "POST", "HEAD", "GET"]
        registered.add(router, goes_on)
        found.append(
            [
                (one.method, one.resource and one.resource.canonical, one.handler)
                for one in router.routes()
            ]
        )
    plain = web.UrlDispatcher()
    for told in (*of_a_slice, *goes_on):
        told.register(plain)
    expected = [
        (one.method, one.resource and one.resource.canonical, one.handler) for one in plain.routes()
    ]
    assert found == [expected] * 3


def test_what_only_one_server_answers_is_not_kept() -> None:
    registered = Registered()

    def told() -> list[web.RouteDef]:
        async def own(_request: web.Request) -> web.Response:
            return web.Response()

        return [web.get("/own", own)]

    first, second = told(), told()
    for routes in (first, second):
        router = web.UrlDispatcher()
        registered.add(router, routes)
        assert {one.handler for one in router.routes()} == {routes[0].handler}
