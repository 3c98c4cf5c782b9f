"""Who comes in with a client of their own, and what keeps others out: in words, once it is they."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from kit.clock import MINUTE
from kit.db import Tx
from kit.problem import Problem, TooMany
from kit.signin import apps, attempts
from kit.signin.model import SignInRefused
from kit.signin.passwords import Passwords
from kit.signin.web import SIGNIN
from kit.web import proxy
from kit.web.page import SHELL
from node.messenger import store
from node.messenger.clients_web import ACCOUNTS
from node.messenger.doors import passage
from node.messenger.doors.entrance import AGAIN, Entrance
from node.messenger.doors.inner import Admitted, SignedIn, SignInTried
from node.messenger.doors.relay import Relay
from node.messenger.model import DOOR, AccountLocked, Colleague, MessengerNotReady, NoAccount
from node.messenger.web import MESSENGER
from node.people.office.roles import NOTHING_FITS
from tests.node.conftest import School

PASSWORD = "느티나무-아래-마당-7"
OWN = "own.madang.test"
HOME, ELSEWHERE = "192.0.2.7", "198.51.100.9"
LOGIN = "/_matrix/client/v3/login"


class There:
    """The school's messenger, with a Synapse at `place`."""

    public_url = "https://school.example/"
    gateways: tuple[str, ...] = ()

    def __init__(self, place: Path, entrance: Entrance) -> None:
        self.relay = Relay(place, 10)
        self.entrance = entrance

    async def found_for(self, token: str, text: str) -> list[Colleague]:
        raise MessengerNotReady()


class Door:
    """Where clients come in; what Synapse was handed."""

    def __init__(self, school: School, client: aiohttp.ClientSession) -> None:
        self.school = school
        self.entrance = school.app[MESSENGER].entrance
        self.handed: list[dict[str, Any]] = []
        self._client = client

    async def ask(
        self, body: dict[str, Any], address: str = HOME, path: str = LOGIN, language: str = "ko"
    ) -> tuple[int, dict[str, Any], str]:
        """(status, answer, Retry-After) of a client's sign-in from an address."""
        headers = {"X-Forwarded-For": address, "Accept-Language": language}
        async with self._client.post(path, json=body, headers=headers) as answer:
            return answer.status, await answer.json(), answer.headers.get("Retry-After", "")

    async def enter(
        self, user: str = "person0", password: str = PASSWORD, **how: str
    ) -> tuple[int, dict[str, Any], str]:
        identifier = {"type": "m.id.user", "user": user}
        body = {"type": "m.login.password", "identifier": identifier, "password": password}
        return await self.ask(body, **how)

    async def synapse_asks(self) -> Admitted:
        """What Synapse hears of what it was handed last."""
        last = self.handed[-1]
        return await self.entrance.inside(SignInTried(last["identifier"]["user"], last["password"]))


async def staff(school: School) -> None:
    """박서연 has an account and a password, 김하늘 (guardian) a password."""
    hashed = await school.app[SIGNIN].hash_password(PASSWORD)

    def work(tx: Tx) -> None:
        store.set_own(tx, OWN, "127.0.0.1:1")
        known = next(one for one in store.members(tx) if one.person_id == school.id("박서연"))
        store.add_account(tx, known, 0)
        for name in ("박서연", "김하늘"):
            school.app[SIGNIN].accounts.reset_password(tx, school.id(name), hashed)

    await school.db.write(work)
    await school.settled()


@pytest.fixture
async def door(school: School, tmp_path: Path) -> AsyncIterator[Door]:
    await staff(school)
    behind = web.Application()
    runner = web.AppRunner(behind, access_log=None)
    messenger = There(tmp_path / "s", school.app[MESSENGER].entrance)
    front = web.Application(middlewares=[proxy.middleware, passage.middleware(messenger)])
    front[SHELL] = school.app[SHELL]
    server = TestServer(front, host="127.0.0.1")
    await server.start_server()
    async with server, aiohttp.ClientSession(server.make_url("")) as client:
        made = Door(school, client)

        async def take(request: web.Request) -> web.Response:
            body = await request.read()
            assert request.content_length == len(body)
            assert request.headers["X-Forwarded-For"] in (HOME, ELSEWHERE)
            made.handed.append(msgspec.json.decode(body))
            return web.json_response({})

        behind.router.add_post("/{path:.*}", take)
        await runner.setup()
        await web.UnixSite(runner, str(tmp_path / "s")).start()
        yield made
    await messenger.relay.close()
    await runner.cleanup()


# Coming in -------------------------------------------------------------------------------------


async def test_a_client_comes_in_under_every_name_of_the_door_and_synapse_hears_no_password(
    door: Door,
) -> None:
    old = {"type": "m.login.password", "user": "person0", "password": PASSWORD, "device_id": "D"}
    for version in ("v3", "r0", "api/v1", "unstable"):
        status, _said, _wait = await door.ask(old, path=f"/_matrix/client/{version}/login")
        assert status == 200, version
        last = door.handed[-1]
        assert PASSWORD not in str(last)
        assert last["device_id"] == "D"
        assert last["identifier"] == {"type": "m.id.user", "user": f"@person0:{OWN}"}
        admitted = await door.synapse_asks()
        assert (admitted.user_id, admitted.name) == (f"@person0:{OWN}", "박서연 교사")
        assert (await door.synapse_asks()).user_id == ""  # it works once


async def test_an_address_of_the_portals_host_is_a_login_as_clients_ask_for_one(
    door: Door,
) -> None:
    host = door.school.app[SIGNIN].public_url.partition("//")[2]  # of the portal: host:port
    for user in (f"@person0:{host}", f"@person0:{host.partition(':')[0]}", f"@PERSON0:{host}"):
        assert (await door.enter(user))[0] == 200, user
        assert (await door.synapse_asks()).user_id == f"@person0:{OWN}"
    for user in ("@person0:other.example", f"@nobody:{host}", f"@:{host}"):
        assert (await door.enter(user))[0] == 403, user


async def test_a_token_of_the_portal_lets_one_client_in_within_two_minutes(door: Door) -> None:
    park = door.school.id("박서연")
    tokens = [(await door.entrance.leave(park)).secret for _time in range(2)]
    body = {"type": "m.login.token", "token": tokens[0]}
    assert (await door.ask(body))[0] == 200
    assert (await door.synapse_asks()).user_id == f"@person0:{OWN}"
    assert (await door.ask(body))[0] == 403
    door.school.clock.advance(120_000)
    assert (await door.ask({"type": "m.login.token", "token": tokens[1]}))[0] == 403


@pytest.mark.parametrize(
    "body",
    [
        [],
        "x",
        {"type": 5},
        {"type": "m.login.password", "password": 5},
        {"type": "m.login.password", "identifier": "x"},
    ],
)
async def test_what_cannot_be_read_is_told_as_such(door: Door, body: Any) -> None:
    status, said, _wait = await door.ask(body)
    assert (status, said["errcode"]) == (400, "M_BAD_JSON")


# What keeps out --------------------------------------------------------------------------------


async def test_before_the_password_is_known_to_be_right_there_is_one_sentence(door: Door) -> None:
    heard = []
    for user, password in (
        ("person0", "wrong"),
        ("nobody", PASSWORD),
        ("person6", "wrong"),
        (f"@person0:{OWN}", "wrong"),
        ("@person0:friend.madang.test", PASSWORD),
        ("", ""),
    ):
        heard.append(await door.enter(user, password))
    assert heard == [heard[0]] * len(heard)
    status, said, _wait = heard[0]
    assert (status, said["errcode"]) == (403, "M_FORBIDDEN")
    thirdparty = {"type": "m.id.thirdparty", "medium": "email", "address": "x@y.example"}
    body = {"type": "m.login.password", "identifier": thirdparty, "password": PASSWORD}
    assert await door.ask(body) == heard[0]


async def test_who_has_the_right_password_is_told_what_else_is_needed(door: Door) -> None:
    school = door.school

    def change(sql: str) -> Any:
        return school.db.write(lambda tx: tx.execute(sql))

    guardian = await school.db.read(
        lambda tx: tx.value(
            "SELECT login FROM signin_v_account WHERE account_id = ?", (school.id("김하늘"),)
        )
    )
    status, said, _wait = await door.enter(guardian)
    assert (status, said["errcode"]) == (403, "M_FORBIDDEN")
    assert "메신저는 교직원 전용입니다" in said["error"]
    await change("UPDATE signin_account SET totp_secret = 'JBSWY3DPEHPK3PXP'")
    status, said, _wait = await door.enter()
    assert (status, said["errcode"]) == (403, "M_FORBIDDEN")
    assert "앱 암호" in said["error"]
    status, said, _wait = await door.enter(language="en")
    assert "an app password is needed" in said["error"]
    await change("UPDATE signin_account SET totp_secret = NULL, password_temporary = 1")
    assert "임시 비밀번호" in (await door.enter())[1]["error"]
    await change("UPDATE signin_account SET password_temporary = 0")
    await school.app[ACCOUNTS].lock(await school.asker("정민호"), school.id("박서연"), locked=True)
    status, said, _wait = await door.enter()
    assert (status, said["errcode"], said["soft_logout"]) == (401, "M_USER_LOCKED", True)
    assert "잠갔습니다" in said["error"]
    assert await door.enter(password="wrong") == await door.enter("nobody", "wrong")
    with pytest.raises(AccountLocked):
        await door.entrance.leave(school.id("박서연"))
    with pytest.raises(NoAccount):
        await door.entrance.leave(school.id("김하늘"))
    assert door.handed == []


async def test_of_thirty_guesses_at_the_same_time_five_are_checked_and_the_others_told_to_wait(
    door: Door,
) -> None:
    heard = await asyncio.gather(*(door.enter(password=f"wrong {n}") for n in range(30)))
    assert Counter(status for status, _said, _wait in heard) == {403: 5, 429: 25}
    said = next(said for status, said, _wait in heard if status == 429)
    assert (said["errcode"], said["retry_after_ms"]) == ("M_LIMIT_EXCEEDED", 31_000)
    assert {wait for status, _said, wait in heard if status == 429} == {"31"}


async def test_who_guesses_at_this_door_keeps_the_teacher_out_of_neither(door: Door) -> None:
    for _guess in range(6):
        await door.enter(password="wrong", address=ELSEWHERE)
    assert (await door.enter(address=ELSEWHERE))[0] == 429
    assert (await door.enter(address=HOME))[0] == 200
    portal = door.school.app[SIGNIN]
    await portal.sign_in("person0", PASSWORD, None, device="x", address=ELSEWHERE)


async def test_an_app_password_comes_in_whoever_guesses(door: Door) -> None:
    park = await door.school.asker("박서연")
    secret = await door.school.app[ACCOUNTS].make_app_password(park, "전화")
    for _guess in range(6):
        await door.enter(password="wrong")
    assert (await door.enter(password=secret))[0] == 200
    assert (await door.synapse_asks()).app_password != ""


async def test_an_app_password_may_be_typed_in_capitals_or_without_its_dashes(door: Door) -> None:
    park = await door.school.asker("박서연")
    secret = await door.school.app[ACCOUNTS].make_app_password(park, "전화")
    for typed in (secret.upper(), secret.replace("-", ""), f" {secret.replace('-', ' ')} "):
        assert (await door.enter(password=typed))[0] == 200, typed
        assert (await door.synapse_asks()).app_password != ""
    assert (await door.enter(password=secret[:-1]))[0] == 403


async def test_where_too_many_wait_a_client_is_told_when_to_come_again(door: Door) -> None:
    signin = door.school.app[SIGNIN]
    signin.passwords.close()
    signin.passwords = Passwords(at_once=1, most_waiting=0)
    async with signin.passwords.line.turn("a slow one"):
        status, said, wait = await door.enter()
    assert (status, said["errcode"], wait) == (503, "M_UNKNOWN", "5")
    assert "5초 뒤에" in said["error"]


async def test_a_password_asked_for_once_more_is_counted_apart(door: Door) -> None:
    for _guess in range(6):
        assert await door.entrance.inside(SignInTried("person0", "wrong")) == Admitted()
    assert await door.entrance.inside(SignInTried("person0", PASSWORD)) == Admitted()
    assert (await door.enter())[0] == 200

    def guess_at_colleagues(tx: Tx) -> None:
        for other in range(200):
            counts = attempts.of_password(AGAIN, f"colleague{other}", "", None)
            attempts.begin(tx, counts, door.school.clock.now())

    door.school.clock.advance(15 * MINUTE)
    await door.school.db.write(guess_at_colleagues)
    assert (await door.entrance.inside(SignInTried("person0", PASSWORD))).user_id


# Taken back on the way -------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["password", "app", "portal"])
@pytest.mark.parametrize("how", ["reset", "closed", "locked"])
async def test_a_client_on_its_way_in_does_not_outlive_what_is_taken_back(
    door: Door, by: str, how: str
) -> None:
    school, accounts = door.school, door.school.app[ACCOUNTS]
    park, admin = await school.asker("박서연"), await school.asker("정민호")
    if by == "portal":
        ticket = await door.entrance.leave(park.id)
        assert (await door.ask({"type": "m.login.token", "token": ticket.secret}))[0] == 200
    else:
        secret = PASSWORD if by == "password" else await accounts.make_app_password(park, "전화")
        assert (await door.enter(password=secret))[0] == 200
    if how == "reset":
        await school.people.roles.reset_sign_in(admin, park.id)
    elif how == "closed":
        await school.people.roles.close(admin, park.id)
    else:
        await accounts.lock(admin, park.id, locked=True)
    assert await door.synapse_asks() == Admitted()


async def test_a_reset_while_synapse_lets_a_client_in_puts_it_out_with_the_others(
    door: Door,
) -> None:
    school, park = door.school, door.school.id("박서연")
    await door.enter()
    admitted = await door.synapse_asks()
    await school.people.roles.reset_sign_in(await school.asker("정민호"), park)
    await school.settled()
    await school.db.write(lambda tx: store.logged_out(tx, park))  # the others are out by now
    device = SignedIn(admitted.user_id, "LATE", admitted.app_password, admitted.generation)
    await door.entrance.remember(device)
    (one,) = [one for one in await school.db.read(store.members) if one.person_id == park]
    assert one.logout_wanted


async def used(school: School, person_id: str, door: str, typed: str) -> str:
    """By an app password, the id of the one that was meant; empty: none."""
    return await school.db.write(lambda tx: apps.use(tx, person_id, door, typed, 1))


async def test_an_app_password_comes_in_as_people_type_it(door: Door) -> None:
    school, park = door.school, await door.school.asker("박서연")
    secret = await school.app[ACCOUNTS].make_app_password(park, "전화")
    for typed in (secret.upper(), secret.replace("-", ""), f" {secret.replace('-', ' ')} "):
        assert await used(school, park.id, DOOR, typed), typed
    assert not await used(school, park.id, "drive", secret), (
        "it opens the door that it was made for"
    )


async def test_an_app_password_opens_nothing_from_the_commit_of_a_reset(door: Door) -> None:
    school, park = door.school, await door.school.asker("박서연")
    secret = await school.app[ACCOUNTS].make_app_password(park, "전화")

    def reset_and_try(tx: Tx) -> tuple[str, str]:
        before = apps.use(tx, park.id, DOOR, secret, 1)
        school.app[SIGNIN].accounts.reset(tx, park.id, NOTHING_FITS)
        return before, apps.use(tx, park.id, DOOR, secret, 2)

    before, after = await school.db.write(reset_and_try)
    assert before
    assert after == ""


async def test_a_password_changed_while_it_is_checked_lets_no_client_in(door: Door) -> None:
    school, signin = door.school, door.school.app[SIGNIN]
    line = signin.passwords.line
    async with line.turn("a slow one"), line.turn("another"):
        entering = asyncio.create_task(door.entrance.admit("person0", PASSWORD, HOME))
        for _unit in range(2):  # the app's password was looked for; the try is on its way
            await school.db.write(lambda tx: None)
            await asyncio.sleep(0)
        await school.db.write(
            lambda tx: signin.accounts.reset(tx, school.id("박서연"), NOTHING_FITS)
        )
    with pytest.raises(SignInRefused):
        await entering


async def test_what_keeps_out_costs_no_try_once_the_password_was_right(door: Door) -> None:
    await door.school.db.write(
        lambda tx: tx.execute("UPDATE signin_account SET password_temporary = 1")
    )
    for _time in range(7):
        with pytest.raises(Problem) as caught:
            await door.entrance.admit("person0", PASSWORD, HOME)
        assert not isinstance(caught.value, TooMany)
