"""Signing in: passwords, second factors used once, sessions that end."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest

from kit.clock import DAY, MINUTE, SECOND, ManualClock
from kit.db import Database
from kit.problem import NotFound
from kit.schema import migrate
from kit.signin import halfway as halfway_note
from kit.signin.device import device_words
from kit.signin.model import (
    BadLogin,
    LoginTaken,
    NewSession,
    PasswordAgain,
    SecondFactorNeeded,
    SecondFactorRefused,
    SignInRefused,
    WeakPassword,
)
from kit.signin.service import SignIn
from tests.conftest import Databases
from tests.kit.accounts import (
    HOME,
    OFFICE,
    PASSWORD,
    PHONE,
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


# Passwords -----------------------------------------------------------------------------------


async def test_the_right_password_opens_a_session_on_this_device(signin: SignIn) -> None:
    started = await enter(signin, " Haneul.Kim ")
    session = await live(signin, started)
    assert session is not None
    assert (session.account_id, session.device) == ("haneul", "Android · Chrome")
    assert not session.second_factor


async def test_a_wrong_password_and_an_unknown_login_are_refused_alike(
    signin: SignIn, db: Database
) -> None:
    refusals = []
    for login, password in (("haneul.kim", "wrong"), ("nobody", PASSWORD), ("", "")):
        with pytest.raises(SignInRefused) as caught:
            await enter(signin, login, password)
        refusals.append(str(caught.value))
    assert len(set(refusals)) == 1
    assert await db.read(lambda tx: tx.value("SELECT count(*) FROM signin_session")) == 0


@pytest.mark.parametrize(
    "password",
    ["short", "1234567890", "aaaaaaaaaaaa", "haneul.kim-2026", "가" * 257, "PASSWORD123"],
)
async def test_a_weak_password_is_refused(signin: SignIn, password: str) -> None:
    with pytest.raises(WeakPassword):
        await signin.hash_password(password, "haneul.kim")


@pytest.mark.parametrize("login", ["", "ab", "Haneul", "김하늘", "a b c", "-abc", "a" * 33])
async def test_a_login_has_its_letters(signin: SignIn, db: Database, login: str) -> None:
    with pytest.raises(BadLogin):
        await db.write(lambda tx: signin.accounts.create(tx, "x", login, None))


async def test_a_login_belongs_to_one_account_until_that_is_closed(
    signin: SignIn, db: Database
) -> None:
    with pytest.raises(LoginTaken):
        await db.write(lambda tx: signin.accounts.create(tx, "x", "doyun", None))
    started = await enter(signin, "doyun")
    await db.write(lambda tx: signin.accounts.close(tx, "doyun"))
    assert await live(signin, started) is None
    with pytest.raises(SignInRefused):
        await enter(signin, "doyun")
    await db.write(lambda tx: signin.accounts.create(tx, "x", "doyun", None))
    with pytest.raises(SignInRefused):  # a login without a password has none that fits
        await enter(signin, "doyun", "")


async def test_a_temporary_password_is_known_as_such_until_it_is_changed(signin: SignIn) -> None:
    started = await enter(signin, "doyun")
    account, _sessions, _passkeys = await signin.own.overview(started.session)
    assert account.password_temporary
    await signin.own.change_password(started.session, PASSWORD, "새로운-비밀번호-1")
    account, _sessions, _passkeys = await signin.own.overview(started.session)
    assert not account.password_temporary


async def test_a_changed_password_signs_the_other_devices_out_and_keeps_this_one(
    signin: SignIn,
) -> None:
    here, there = await enter(signin), await enter(signin)
    assert await live(signin, there) is not None
    with pytest.raises(SignInRefused):
        await signin.own.change_password(here.session, "wrong", "새로운-비밀번호-1")
    with pytest.raises(WeakPassword):
        await signin.own.change_password(here.session, PASSWORD, "short")
    assert await live(signin, there) is not None
    await signin.own.change_password(here.session, PASSWORD, "새로운-비밀번호-1")
    assert await live(signin, there) is None
    assert await live(signin, here) is not None
    with pytest.raises(SignInRefused):
        await enter(signin)
    await enter(signin, password="새로운-비밀번호-1")


# Second factor -------------------------------------------------------------------------------


async def enrolled(signin: SignIn, clock: ManualClock) -> tuple[pyotp.TOTP, list[str]]:
    """haneul.kim turns the second factor on; the authenticator and the recovery codes."""
    started = await enter(signin)
    address = await signin.own.begin_totp(started.session)
    assert await signin.own.begin_totp(started.session) == address  # a reload shows the same code
    (secret,) = parse_qs(urlsplit(address).query)["secret"]
    totp = pyotp.TOTP(secret)
    with pytest.raises(SecondFactorRefused):
        await signin.own.confirm_totp(started.session, "000000")
    codes = await signin.own.confirm_totp(started.session, totp.at(clock.now() // 1000))
    session = await live(signin, started)
    assert session is not None
    assert session.second_factor
    clock.advance(2 * MINUTE)
    return totp, codes


async def test_with_a_second_factor_the_password_alone_opens_nothing(
    signin: SignIn, clock: ManualClock
) -> None:
    totp, _codes = await enrolled(signin, clock)
    with pytest.raises(SecondFactorNeeded):
        await enter(signin)
    with pytest.raises(SecondFactorRefused):
        await enter(signin, code="123")
    started = await enter(signin, code=totp.at(clock.now() // 1000))
    assert started.session.second_factor


async def test_whoever_gave_the_password_owes_only_the_code_for_a_while(
    signin: SignIn, clock: ManualClock
) -> None:
    totp, codes = await enrolled(signin, clock)

    async def halfway() -> str:
        with pytest.raises(SecondFactorNeeded) as needed:
            await enter(signin)
        return needed.value.halfway

    async def finish(note: str, code: str) -> NewSession:
        return await signin.finish(note, code, device="", address="192.0.2.1")

    note = await halfway()
    with pytest.raises(SecondFactorRefused):
        await finish(note, "000000")
    started = await finish(note, totp.at(clock.now() // 1000))
    assert started.session.second_factor
    clock.advance(halfway_note.LASTS)
    with pytest.raises(PasswordAgain):
        await finish(note, codes[0])
    for forged in ("", "x", note[:-1], f"x{note}", note.replace(".", ".9", 1)):
        with pytest.raises(PasswordAgain):
            await finish(forged, codes[0])


async def test_a_password_that_was_changed_meanwhile_leaves_the_code_without_effect(
    signin: SignIn, clock: ManualClock
) -> None:
    _totp, codes = await enrolled(signin, clock)
    with pytest.raises(SecondFactorNeeded) as needed:
        await enter(signin)
    started = await enter(signin, code=codes[0])
    await signin.own.change_password(started.session, PASSWORD, "another-long-pass-7")
    with pytest.raises(PasswordAgain):
        await signin.finish(needed.value.halfway, codes[1], device="", address="192.0.2.1")


async def test_a_code_opens_one_session_and_never_a_second(
    signin: SignIn, clock: ManualClock
) -> None:
    totp, _codes = await enrolled(signin, clock)
    now = clock.now() // 1000
    await enter(signin, code=totp.at(now))
    for replayed in (totp.at(now), totp.at(now - 30)):  # seen over a shoulder, or an older one
        with pytest.raises(SecondFactorRefused):
            await enter(signin, code=replayed)
    clock.advance(30 * SECOND)
    await enter(signin, code=totp.at(clock.now() // 1000))


async def test_of_two_at_the_same_time_with_one_code_one_gets_in(
    signin: SignIn, clock: ManualClock
) -> None:
    totp, _codes = await enrolled(signin, clock)
    code = totp.at(clock.now() // 1000)
    outcomes = await asyncio.gather(
        *(enter(signin, code=code) for _time in range(3)), return_exceptions=True
    )
    assert sum(isinstance(one, NewSession) for one in outcomes) == 1
    assert sum(isinstance(one, SecondFactorRefused) for one in outcomes) == 2


async def test_a_clock_half_a_minute_off_still_signs_in_and_a_minute_does_not(
    signin: SignIn, clock: ManualClock
) -> None:
    totp, _codes = await enrolled(signin, clock)
    step = clock.now() // 1000 // 30 * 30
    with pytest.raises(SecondFactorRefused):
        await enter(signin, code=totp.at(step - 60))
    with pytest.raises(SecondFactorRefused):
        await enter(signin, code=totp.at(step + 60))
    await enter(signin, code=totp.at(step - 30))
    await enter(signin, code=totp.at(step + 30))


async def test_a_recovery_code_works_once(signin: SignIn, clock: ManualClock) -> None:
    _totp, codes = await enrolled(signin, clock)
    assert len(set(codes)) == 8
    await enter(signin, code=codes[0])
    with pytest.raises(SecondFactorRefused):
        await enter(signin, code=codes[0])
    await enter(signin, code=f" {codes[1]} ")


async def test_recovery_codes_are_kept_as_hashes(
    signin: SignIn, clock: ManualClock, db: Database
) -> None:
    _totp, codes = await enrolled(signin, clock)
    kept = await db.read(lambda tx: tx.rows("SELECT code_hash FROM signin_recovery_code"))
    assert len(kept) == 8
    assert not {code for (code,) in kept} & set(codes)


async def test_who_lost_their_phone_gets_the_second_factor_taken_off(
    signin: SignIn, clock: ManualClock, db: Database
) -> None:
    _totp, codes = await enrolled(signin, clock)
    await db.write(lambda tx: signin.accounts.reset_second_factor(tx, "haneul"))
    started = await enter(signin)
    assert not started.session.second_factor
    assert await db.read(lambda tx: tx.value("SELECT count(*) FROM signin_recovery_code")) == 0
    assert codes


# Sessions ------------------------------------------------------------------------------------


async def test_devices_are_listed_and_one_is_ended_at_once(signin: SignIn) -> None:
    here, there = await enter(signin), await enter(signin, address=OFFICE)
    _account, sessions, _passkeys = await signin.own.overview(here.session)
    assert {one.address for one in sessions} == {HOME, OFFICE}
    assert await live(signin, there) is not None  # held in memory from now on
    await signin.sessions.end("haneul", there.session.id)
    assert await live(signin, there) is None
    assert await live(signin, here) is not None
    with pytest.raises(NotFound):
        await signin.sessions.end("haneul", there.session.id)


async def test_nobody_ends_the_session_of_another(signin: SignIn) -> None:
    theirs = await enter(signin, "doyun")
    with pytest.raises(NotFound):
        await signin.sessions.end("haneul", theirs.session.id)
    assert await live(signin, theirs) is not None


async def test_all_other_devices_are_ended_together(signin: SignIn) -> None:
    started = [await enter(signin) for _time in range(4)]
    assert await signin.own.end_other_sessions(started[0].session) == 3
    alive = [await live(signin, one) is not None for one in started]
    assert alive == [True, False, False, False]


async def test_an_ended_session_is_not_revived_by_a_request_on_its_way(
    signin: SignIn, clock: ManualClock
) -> None:
    started = await enter(signin)
    await live(signin, started)
    clock.advance(11 * MINUTE)  # the next request writes when it was last seen
    await asyncio.gather(
        *(live(signin, started) for _time in range(20)),
        signin.sessions.sign_out(started.session),
        *(live(signin, started) for _time in range(20)),
    )
    assert await live(signin, started) is None


async def test_an_idle_session_ends_and_a_used_one_lives_until_its_last_day(
    signin: SignIn, clock: ManualClock
) -> None:
    idle, used = await enter(signin), await enter(signin)
    for _day in range(29):
        clock.advance(DAY)
        assert await live(signin, used) is not None
    clock.advance(DAY)
    assert await live(signin, idle) is None
    while clock.now() < used.session.created_at + 180 * DAY - DAY:
        assert await live(signin, used) is not None
        clock.advance(DAY)
    clock.advance(DAY)
    assert await live(signin, used) is None


async def test_a_session_is_known_to_a_restarted_server(
    signin: SignIn, db: Database, clock: ManualClock
) -> None:
    started = await enter(signin)
    restarted = service(db, clock)
    assert await live(restarted, started) is not None
    assert await restarted.sessions.of("guessed") is None
    token = await db.read(
        lambda tx: tx.value(
            "SELECT count(*) FROM signin_session WHERE token_hash = ?", (started.token,)
        )
    )
    assert token == 0  # whoever reads the database cannot use what they find
    restarted.close()


async def test_what_is_over_is_forgotten(signin: SignIn, db: Database, clock: ManualClock) -> None:
    await enter(signin)
    await fail(signin, 5, "doyun")
    clock.advance(31 * DAY)
    await signin.forget_expired()
    for table in ("signin_session", "signin_attempt", "signin_challenge"):
        query = "SELECT count(*) FROM " + table
        assert await db.read(lambda tx, query=query: tx.value(query)) == 0  # type: ignore[misc]


def test_a_device_is_named_so_that_one_recognises_it() -> None:
    assert device_words(PHONE) == "Android · Chrome"
    assert device_words("") == "?"
    assert len(device_words("x" * 500)) == 40
