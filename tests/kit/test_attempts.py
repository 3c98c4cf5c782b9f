"""Guesses: counted before they are checked, so that many at once are no way round, and counted so
that a stranger keeps nobody out."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable

import pyotp
import pytest

from kit.clock import DAY, HOUR, MINUTE, SECOND, ManualClock
from kit.db import Database, Postgres, SQLite, Tx
from kit.problem import TooMany
from kit.schema import migrate
from kit.signin import attempts
from kit.signin.attempts import count
from kit.signin.model import Busy, NewSession, SecondFactorRefused, SignInRefused
from kit.signin.passwords import Passwords, WaitingLine
from kit.signin.service import SignIn
from tests.conftest import Databases
from tests.kit.accounts import (
    HOME,
    OFFICE,
    PASSWORD,
    enrolled,
    enter,
    fail,
    live,
    service,
    with_accounts,
)


@pytest.fixture(params=["sqlite", "postgresql"])
async def db(request: pytest.FixtureRequest, databases: Databases, clock: ManualClock) -> Database:
    made = await (databases.sqlite() if request.param == "sqlite" else databases.postgres())
    await migrate(made, ["kit", "kit.signin"], clock)
    return made


@pytest.fixture
async def signin(db: Database, clock: ManualClock) -> AsyncIterator[SignIn]:
    async for made in with_accounts(db, clock):
        yield made


async def outcomes(*tries: Awaitable[object]) -> Counter[str]:
    """How tries at the same time end, by the name of what came of each."""
    ended = await asyncio.gather(*tries, return_exceptions=True)
    return Counter(type(one).__name__ for one in ended)


async def counted(db: Database) -> int:
    return await db.read(lambda tx: int(tx.value("SELECT count(*) FROM signin_attempt")))


async def used_up(db: Database, clock: ManualClock, *counts: attempts.Count) -> None:
    """Somebody has tried as often as is free."""

    def spend(tx: Tx) -> None:
        for one in counts:
            for _time in range(one.limit.free):
                attempts.begin(tx, (one,), clock.now())

    await db.write(spend)


# Many at once ----------------------------------------------------------------------------------


async def test_of_thirty_guesses_at_the_same_time_five_are_checked(signin: SignIn) -> None:
    ended = await outcomes(*(enter(signin, password=f"wrong {n}") for n in range(30)))
    assert ended == {"SignInRefused": 5, "TooMany": 25}


async def test_the_processes_of_a_hub_count_together(
    signin: SignIn, db: Database, clock: ManualClock
) -> None:
    driver = db.driver
    if isinstance(driver, Postgres):
        second = Database(Postgres(driver.url))
    else:
        assert isinstance(driver, SQLite)
        second = Database(SQLite(driver.path))
    await second.open()
    other = service(second, clock)
    ended = await outcomes(
        *(enter(one, password=f"wrong {n}") for n in range(10) for one in (signin, other))
    )
    assert ended == {"SignInRefused": 5, "TooMany": 15}
    other.close()
    await second.close()


async def test_of_thirty_codes_at_the_same_time_five_are_looked_at(
    signin: SignIn, db: Database, clock: ManualClock
) -> None:
    await enrolled(signin, db, clock)
    ended = await outcomes(*(enter(signin, code=f"{n:06}") for n in range(30)))
    assert ended == {"SecondFactorRefused": 5, "TooMany": 25}


async def test_of_thirty_guesses_within_a_session_five_are_checked(signin: SignIn) -> None:
    started = await enter(signin)
    ended = await outcomes(
        *(
            signin.own.change_password(started.session, f"wrong {n}", "새로운-비밀번호-1")
            for n in range(30)
        )
    )
    assert ended == {"WrongPassword": 5, "TooMany": 25}
    await enter(signin)  # who found a session open keeps its owner out nowhere


# How long one waits ----------------------------------------------------------------------------


async def test_after_five_failures_one_waits_and_a_restart_forgives_nothing(
    signin: SignIn, db: Database, clock: ManualClock
) -> None:
    await fail(signin, 5)
    restarted = service(db, clock)
    for one in (signin, restarted):
        with pytest.raises(TooMany) as caught:
            await enter(one)
        assert caught.value.params["seconds"] == 31
    await enter(restarted, "doyun")  # another login is not touched
    clock.advance(30 * SECOND)
    await enter(restarted)
    restarted.close()


async def test_each_further_failure_doubles_the_wait_so_that_an_hour_of_guessing_is_few_guesses(
    db: Database, clock: ManualClock
) -> None:
    until = clock.now() + HOUR
    guesses, waits = 0, []
    pair = count(attempts.PAIR, "portal", "haneul.kim", HOME)
    while clock.now() < until:
        try:
            await db.write(lambda tx: attempts.begin(tx, (pair,), clock.now()))
            guesses += 1
        except TooMany as problem:
            waits.append(int(str(problem.params["seconds"])))
            clock.advance(waits[-1] * SECOND)
    assert waits[:4] == [31, 61, 121, 241]
    assert max(waits) <= 15 * 60 + 1
    assert guesses <= 40


async def test_the_right_password_forgets_the_wrong_ones(signin: SignIn) -> None:
    await fail(signin, 4)
    await enter(signin)
    await fail(signin, 4)
    await enter(signin)


async def test_what_is_right_costs_an_address_nothing(signin: SignIn, db: Database) -> None:
    for _time in range(3):
        await enter(signin)
    kept = await db.read(lambda tx: tx.value("SELECT sum(failures) FROM signin_attempt"))
    assert int(kept) == 0


async def test_failures_long_ago_do_not_count(signin: SignIn, clock: ManualClock) -> None:
    await fail(signin, 4)
    clock.advance(16 * MINUTE)
    await fail(signin, 4)
    await enter(signin)


# Strangers keep nobody out ---------------------------------------------------------------------


async def test_who_guesses_elsewhere_does_not_keep_the_owner_waiting(signin: SignIn) -> None:
    await fail(signin, 5, address=OFFICE)
    with pytest.raises(TooMany):
        await enter(signin, address=OFFICE)
    await enter(signin, address=HOME)


async def test_while_a_login_is_guessed_from_everywhere_a_known_device_comes_in(
    signin: SignIn,
) -> None:
    phone = await enter(signin)
    for place in range(20):
        await fail(signin, 1, address=f"198.51.100.{place}")
    with pytest.raises(TooMany):
        await enter(signin, address=OFFICE)  # nobody knows whose device this is
    again = await enter(signin, address=OFFICE, marker=phone.marker)
    assert again.marker == phone.marker


async def test_a_known_device_comes_in_where_others_of_its_address_have_guessed_too_much(
    signin: SignIn, db: Database, clock: ManualClock
) -> None:
    phone = await enter(signin)
    await used_up(db, clock, count(attempts.ADDRESS, "portal", HOME))
    with pytest.raises(TooMany):
        await enter(signin)
    await enter(signin, marker=phone.marker)
    await enter(signin, address=OFFICE)


async def test_a_known_device_guesses_no_more_than_others_and_under_its_own_name(
    signin: SignIn,
) -> None:
    phone, tablet = await enter(signin), await enter(signin)
    await fail(signin, 5, marker=phone.marker)
    with pytest.raises(TooMany):
        await enter(signin, marker=phone.marker)
    await enter(signin, marker=tablet.marker)
    await enter(signin)


async def test_a_device_is_known_to_its_own_account_until_that_signs_out_everywhere(
    signin: SignIn,
) -> None:
    phone, tablet = await enter(signin), await enter(signin)
    theirs = await enter(signin, "doyun")
    await signin.own.end_other_sessions(tablet.session)
    stays = await signin.mark(tablet.session, tablet.marker)
    assert await signin.marked(phone.marker) is None  # nor does it get anybody's unsent words
    assert await signin.marked(stays) == "haneul"
    for place in range(20):
        await fail(signin, 1, address=f"198.51.100.{place}")
    for marker in (phone.marker, theirs.marker, f"{stays[:-1]}x", "haneul.x.0.x", "…"):
        with pytest.raises(TooMany):
            await enter(signin, marker=marker)
    await enter(signin, marker=stays)


async def test_a_line_with_many_addresses_is_one_visitor(signin: SignIn) -> None:
    for host in range(5):
        await fail(signin, 1, address=f"2001:db8::{host}")
    with pytest.raises(TooMany):
        await enter(signin, address="2001:db8::ffff:1")
    await enter(signin, address="2001:db8:0:1::1")


async def test_codes_are_fewer_than_passwords_wherever_they_are_tried(
    signin: SignIn, db: Database, clock: ManualClock
) -> None:
    totp, phone = await enrolled(signin, db, clock)
    for place in range(10):
        with pytest.raises(SecondFactorRefused):
            await enter(signin, code="000000", address=f"198.51.100.{place}")

    def code(totp: pyotp.TOTP = totp) -> str:
        return totp.at(clock.now() // 1000)

    with pytest.raises(TooMany):
        await enter(signin, code=code())
    assert (await enter(signin, code=code(), marker=phone)).session.second_factor


async def test_a_right_password_is_no_guess_while_no_code_is_looked_at(
    signin: SignIn, db: Database, clock: ManualClock
) -> None:
    totp, _marker = await enrolled(signin, db, clock)
    await used_up(db, clock, count(attempts.FACTOR, "haneul", ""))
    for _time in range(2 * attempts.PAIR.free):
        with pytest.raises(TooMany):
            await enter(signin, code=totp.at(clock.now() // 1000))
    clock.advance(MINUTE)
    assert await live(signin, await enter(signin, code=totp.at(clock.now() // 1000))) is not None
    pairs = "SELECT sum(failures) FROM signin_attempt WHERE scope NOT LIKE 'factor:%'"
    assert int(await db.read(lambda tx: tx.value(pairs)) or 0) == 0


async def test_who_has_the_password_learns_how_to_go_on_without_spending_a_try(
    signin: SignIn, db: Database, clock: ManualClock
) -> None:
    totp, _phone = await enrolled(signin, db, clock)
    before = await db.read(lambda tx: tx.value("SELECT sum(failures) FROM signin_attempt"))
    ended = await outcomes(*(enter(signin) for _time in range(4)))
    assert ended == {"SecondFactorNeeded": 4}
    after = await db.read(lambda tx: tx.value("SELECT sum(failures) FROM signin_attempt"))
    assert int(after) == int(before)
    await enter(signin, code=totp.at(clock.now() // 1000))


# What is kept ----------------------------------------------------------------------------------


async def test_counts_hold_nothing_that_was_typed_and_do_not_grow_without_end(
    db: Database, clock: ManualClock
) -> None:
    async def guess(login: str) -> None:
        counts = (
            count(attempts.PAIR, "portal", login, HOME),
            count(attempts.LOGIN, "portal", login),
            count(attempts.ADDRESS, "portal", HOME),
        )
        await db.write(lambda tx: attempts.begin(tx, counts, clock.now()))

    ended = await outcomes(*(guess(f"made-up-{n}") for n in range(1_000)))
    assert ended == {"NoneType": 200, "TooMany": 800}
    assert await counted(db) == 401
    kept = await db.read(lambda tx: tx.rows("SELECT scope FROM signin_attempt"))
    assert "made-up" not in str(kept)
    assert HOME not in str(kept)
    clock.advance(2 * HOUR)
    for n in range(20):  # each new one takes some of the old along
        await guess(f"later-{n}")
    assert await counted(db) <= 41
    clock.advance(DAY)
    await service(db, clock).forget_expired()
    assert await counted(db) == 0


async def test_challenges_are_given_to_an_address_within_limits_and_go_when_over(
    signin: SignIn, db: Database, clock: ManualClock
) -> None:
    await used_up(db, clock, count(attempts.ASKED, "passkey", HOME))
    with pytest.raises(TooMany):
        await signin.begin_passkey(address=HOME)
    phone = await enter(signin)
    await signin.begin_passkey(address=HOME, marker=phone.marker)
    clock.advance(6 * MINUTE)
    for _minute in range(4):
        await signin.begin_passkey(address=OFFICE)
        clock.advance(3 * MINUTE)
    assert await db.read(lambda tx: tx.value("SELECT count(*) FROM signin_challenge")) == 2


# The line before the check ---------------------------------------------------------------------


async def test_where_too_many_wait_one_is_told_at_once_and_has_spent_no_try(
    signin: SignIn, db: Database
) -> None:
    signin.passwords.close()
    signin.passwords = Passwords(at_once=1, most_waiting=1)
    async with signin.passwords.line.turn("a slow one"):
        tries = [asyncio.create_task(enter(signin)) for _time in range(3)]
        ended = asyncio.as_completed(tries)
        for _refused in range(2):
            with pytest.raises(Busy) as caught:
                await next(ended)
            assert caught.value.params["seconds"] == 5
    assert isinstance(await next(ended), NewSession)
    kept = await db.read(lambda tx: tx.value("SELECT sum(failures) FROM signin_attempt"))
    assert int(kept) == 0


async def test_addresses_have_their_turns_one_after_the_other_and_none_fills_the_line() -> None:
    line = WaitingLine(at_once=1, most=9, most_of_one=3)
    served: list[str] = []

    async def ask(address: str) -> None:
        async with line.turn(address):
            served.append(address)

    async with line.turn("first"):
        tasks = [asyncio.create_task(ask(one)) for one in ("many", "many", "many", "one", "two")]
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await ask("many")
        tasks[1].cancel()  # who went away holds up nobody
    await asyncio.gather(*tasks, return_exceptions=True)
    assert served == ["many", "one", "two", "many"]
    await ask("later")
    assert served[-1] == "later"


async def test_nobody_waits_until_the_day_a_wrong_clock_showed(
    signin: SignIn, db: Database, clock: ManualClock
) -> None:
    """The server started in the wrong year; then its clock was set right."""
    clock.advance(400 * DAY)
    await fail(signin, 5)
    with pytest.raises(TooMany):
        await enter(signin)
    clock.advance(-400 * DAY)
    await fail(signin, 5)  # from here on they count as ever
    with pytest.raises(TooMany):
        await enter(signin)
    clock.advance(HOUR)
    assert await live(signin, await enter(signin)) is not None
    clock.advance(400 * DAY)
    await fail(signin, 1, "nobody")
    clock.advance(-400 * DAY)
    await signin.forget_expired()
    assert await counted(db) == 0


async def test_an_unknown_login_waits_as_a_known_one(signin: SignIn) -> None:
    for login in ("haneul.kim", "nobody"):
        ended = await outcomes(*(enter(signin, login, "wrong") for _time in range(6)))
        assert ended == {"SignInRefused": 5, "TooMany": 1}
    assert await live(signin, await enter(signin, password=PASSWORD, address=OFFICE)) is not None
    with pytest.raises(SignInRefused):
        await enter(signin, "nobody", address=OFFICE)
