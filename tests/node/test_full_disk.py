"""A disk that is full: nothing can be written, and whoever comes reads on and signs in."""

import asyncio
import contextlib
import inspect
import resource
from collections.abc import Iterator

import pyotp
from msgspec.structs import replace

from kit.clock import MINUTE
from kit.db import Tx
from kit.ids import token_hash
from kit.signin import store
from kit.signin.fresh import RIGHTS
from kit.signin.model import MIN_PASSWORD
from tests.node.conftest import School
from tests.node.dav_client import by_app_password
from tests.node.routes import ROLES
from tests.node.tables import TABLE
from tests.node.test_routes import _visit

# What is not to be had without leaving something on the disk: the secret of a second factor, pictures
# of a document's pages, an export of everybody's answers or entries,
# which is recorded or not made, and the count of a code that somebody types from a letter.
NEEDS_ROOM = {
    "/account/totp",
    "/attachments/{id}/pages/{number}",
    "/attendance/{id}/month.csv",
    "/attendance/{id}/month.xlsx",
    "/forms/{id}/results.xlsx",
    "/official/{id}/attachments/{position}/pages/{number}",
    "/signups/{id}/entries.xlsx",
    "/surveys/{id}/results.csv",
    "/surveys/{id}/results.xlsx",
    "/submissions/cases/export",
    "/submissions/{id}/attachments/{file}/pages/{number}",
    "/welcome/{code}",
}
PASSWORD = "x" * MIN_PASSWORD + "-garden"


async def login_of(school: School, name: str) -> str:
    query = "SELECT login FROM signin_v_account WHERE account_id = ?"
    return str(await school.db.read(lambda tx: tx.value(query, (school.id(name),))))


@contextlib.contextmanager
def full_disk() -> Iterator[None]:
    """No file of this process grows by a byte: as where the disk is full, a write fails."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_every_page_that_reads_is_answered(school: School) -> None:
    routes = []
    for route in TABLE:
        if route.method == "GET" and route.path not in NEEDS_ROOM:
            url = route.url or route.path
            if callable(url):
                url = url(school)
                if inspect.isawaitable(url):
                    url = await url
            routes.append(replace(route, url=url))
    visits = []
    for role, name in ROLES.items():
        client = await school.client_as(name) if name else await school.anonymous()
        signed: dict[str, str] = {}
        if name:
            await client.get("/api/v1/drive")  # from now on an own area has its first folder
            signed = await by_app_password(school, name)
        visits += [
            (role, client, replace(route, basic=False, headers=signed) if route.basic else route)
            for route in routes
        ]
    school.clock.advance(9 * MINUTE)
    with full_disk():
        failed = [
            (role, route.path, status, route.expected[role])
            for role, client, route in visits
            if (status := await _visit(school, client, route)) != route.expected[role]
        ]
    assert failed == [], "\n".join(map(str, failed))


async def test_people_sign_in_and_their_tries_are_counted(school: School) -> None:
    signin = school.people.roster.signin
    person, login = school.id("정민호"), await login_of(school, "정민호")
    secret, hashed = pyotp.random_base32(), await signin.hash_password(PASSWORD)
    await school.db.write(lambda tx: signin.accounts.reset_password(tx, person, hashed))
    await school.db.write(
        lambda tx: tx.execute(
            "UPDATE signin_account SET totp_secret = ? WHERE account_id = ?", (secret, person)
        )
    )
    with full_disk():
        client = await school.anonymous()
        wrong = {"login": login, "password": "wrong-wrong"}
        assert (await client.post("/api/v1/session", json=wrong)).status == 401
        right = {**wrong, "password": PASSWORD}
        assert (await client.post("/api/v1/session", json=right)).status == 401
        right["code"] = pyotp.TOTP(secret).at(school.clock.now() // 1000)
        entered = await client.post("/sign-in", right)
        assert entered.status == 303, entered.text
        assert (await client.get("/admin/system")).status == 200
        again = await (await school.anonymous()).post("/api/v1/session", json=right)
        assert again.status == 401  # a code works once
        stranger = await school.anonymous()
        tries = [(await stranger.post("/api/v1/session", json=wrong)).status for _try in range(9)]
        assert tries[-1] == 429
    # There is room again: the session goes on, and is one like any other.
    school.clock.advance(2 * MINUTE)
    assert (await client.get("/account")).status == 200
    stored = "SELECT count(*) FROM signin_session WHERE account_id = ?"
    assert await school.db.read(lambda tx: tx.value(stored, (person,))) == 1
    await school.db.write(lambda tx: signin.accounts.end_sessions(tx, person))
    assert (await client.get("/account")).status == 303


async def test_a_session_of_a_full_disk_ends_with_a_reset(school: School) -> None:
    signin = school.people.roster.signin
    person, login = school.id("정민호"), await login_of(school, "정민호")
    hashed = await signin.hash_password(PASSWORD)
    await school.db.write(lambda tx: signin.accounts.reset_password(tx, person, hashed))
    client = await school.anonymous()
    with full_disk():
        entered = await client.post("/sign-in", {"login": login, "password": PASSWORD})
        assert entered.status == 303
        assert (await client.get("/account")).status == 200
    await school.db.write(lambda tx: signin.accounts.end_sessions(tx, person))
    assert (await client.get("/account")).status == 303


async def test_a_page_that_asks_for_many_things_at_once_goes_on_when_there_is_room(
    school: School,
) -> None:
    signin = school.people.roster.signin
    person, login = school.id("정민호"), await login_of(school, "정민호")
    hashed = await signin.hash_password(PASSWORD)
    await school.db.write(lambda tx: signin.accounts.reset_password(tx, person, hashed))
    client = await school.anonymous()
    with full_disk():
        entered = await client.post("/sign-in", {"login": login, "password": PASSWORD})
        assert entered.status == 303
    school.clock.advance(2 * MINUTE)
    asked = await asyncio.gather(*(client.get("/account") for _time in range(8)))
    assert [one.status for one in asked] == [200] * 8


async def test_a_recovery_code_used_while_the_disk_was_full_is_used_up(school: School) -> None:
    signin = school.people.roster.signin
    person, login = school.id("정민호"), await login_of(school, "정민호")
    hashed = await signin.hash_password(PASSWORD)

    def with_codes(tx: Tx) -> None:
        signin.accounts.reset_password(tx, person, hashed)
        store.set_totp(tx, person, pyotp.random_base32())
        store.replace_recovery_codes(tx, person, [token_hash("12345-67890")])

    await school.db.write(with_codes)
    client, sent = await school.anonymous(), {"login": login, "password": PASSWORD}
    sent["code"] = "12345-67890"
    with full_disk():
        assert (await client.post("/sign-in", sent)).status == 303
        assert (await client.get("/account")).status == 200
    school.clock.advance(2 * MINUTE)
    assert (await client.get("/account")).status == 200
    again = await (await school.anonymous()).post("/sign-in", sent)
    assert again.status == 401


async def test_who_proves_who_they_are_on_a_full_disk_is_let_on(school: School) -> None:
    """To fetch the backup, for one, before room is made."""
    signin = school.people.roster.signin
    person = school.id("정민호")
    hashed = await signin.hash_password(PASSWORD)
    client = await school.client_as("정민호")
    await school.db.write(
        lambda tx: store.set_password(tx, person, hashed, False)  # its sessions stay
    )
    address = "/admin/system/backups/none.tar.gz"
    for _time in range(2):
        school.clock.advance(RIGHTS + 1)
        with full_disk():
            assert (await client.get(address)).location.startswith("/sign-in/confirm")
            entered = await client.post("/sign-in/confirm", {"password": PASSWORD})
            assert entered.status == 303, entered.text
            assert (await client.get(address)).status == 404
        school.clock.advance(MINUTE)
        assert (await client.get(address)).status == 404
