"""What is taken back is gone in every form: also what was under way while it was taken back."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pyotp
import pytest

from kit.clock import ManualClock
from kit.db import Database, Tx
from kit.problem import NotFound, SignInRequired
from kit.schema import migrate
from kit.signin.model import (
    NewSession,
    PasskeyRefused,
    SecondFactorNeeded,
    SecondFactorRefused,
    SignInRefused,
    WrongPassword,
)
from kit.signin.service import SignIn
from tests.conftest import Databases
from tests.kit.accounts import (
    HOME,
    PASSWORD,
    enrolled,
    enter,
    enter_with,
    live,
    with_accounts,
    with_passkey,
)

NEW = "새로운-비밀번호-1"
NOTHING_FITS = "!"
TakeBack = Callable[[SignIn, Tx], None]


def reset(signin: SignIn, tx: Tx) -> None:
    signin.accounts.reset(tx, "haneul", NOTHING_FITS)


def close(signin: SignIn, tx: Tx) -> None:
    signin.accounts.close(tx, "haneul")


def forgotten(signin: SignIn, tx: Tx) -> None:
    signin.accounts.reset_password(tx, "haneul", NOTHING_FITS, temporary=True)


def lost(signin: SignIn, tx: Tx) -> None:
    signin.accounts.reset_second_factor(tx, "haneul")


EVERY = pytest.mark.parametrize("take_back", [reset, close, forgotten, lost])


@pytest.fixture(params=["sqlite", "postgresql"])
async def db(request: pytest.FixtureRequest, databases: Databases, clock: ManualClock) -> Database:
    made = await (databases.sqlite() if request.param == "sqlite" else databases.postgres())
    await migrate(made, ["kit", "kit.signin"], clock)
    return made


@pytest.fixture
async def signin(db: Database, clock: ManualClock) -> AsyncIterator[SignIn]:
    async for made in with_accounts(db, clock):
        yield made


async def rows(db: Database, table: str, where: str = "1 = 1") -> int:
    sql = f"SELECT count(*) FROM signin_{table} WHERE {where}"
    return await db.read(lambda tx: int(tx.value(sql)))


async def while_it_waits(
    signin: SignIn, db: Database, act: Awaitable[object], meanwhile: Callable[[Tx], None]
) -> object:
    """What comes of an act when something else is committed before its password is looked at."""
    line = signin.passwords.line
    async with line.turn("a slow one"), line.turn("another"):
        begun = asyncio.ensure_future(act)
        await asyncio.sleep(0)  # its try is on the way to be counted
        await db.write(meanwhile)
    return (await asyncio.gather(begun, return_exceptions=True))[0]


# What a reset ends -----------------------------------------------------------------------------


@EVERY
async def test_passkeys_sessions_and_what_was_begun_are_gone(
    signin: SignIn, db: Database, take_back: TakeBack
) -> None:
    started = await enter(signin)
    device = await with_passkey(signin, started)
    assert (await enter_with(signin, device)).session.second_factor
    await signin.own.begin_totp(started.session)
    account, _sessions, _passkeys = await signin.own.overview(started.session)
    await signin.passkeys.begin_registration(account)
    await db.write(lambda tx: take_back(signin, tx))
    assert await live(signin, started) is None
    assert await signin.marked(started.marker) is None
    with pytest.raises(PasskeyRefused):
        await enter_with(signin, device)
    assert await rows(db, "passkey") == 0
    assert await rows(db, "session") == 0
    assert await rows(db, "challenge", "account_id <> ''") == 0
    assert await rows(db, "account", "totp_pending IS NOT NULL") == 0


@pytest.mark.parametrize("take_back", [reset, close, lost])
async def test_the_second_factor_and_its_recovery_codes_are_gone(
    signin: SignIn, db: Database, clock: ManualClock, take_back: TakeBack
) -> None:
    await enrolled(signin, db, clock)
    await db.write(lambda tx: take_back(signin, tx))
    assert await rows(db, "recovery_code") == 0
    assert await rows(db, "account", "totp_secret IS NOT NULL") == 0


async def test_a_new_password_alone_does_not_take_the_second_factor_off(
    signin: SignIn, db: Database, clock: ManualClock
) -> None:
    totp, _marker = await enrolled(signin, db, clock)
    hashed = await signin.hash_password(NEW)
    await db.write(lambda tx: signin.accounts.reset_password(tx, "haneul", hashed, temporary=True))
    with pytest.raises(SignInRefused):
        await enter(signin)
    with pytest.raises(SecondFactorNeeded):
        await enter(signin, password=NEW)
    started = await enter(signin, password=NEW, code=totp.at(clock.now() // 1000))
    session = await live(signin, started)
    assert session is not None
    assert session.password_temporary


async def test_what_a_stranger_began_to_enrol_is_not_what_the_owner_enrols(signin: SignIn) -> None:
    stranger, owner = await enter(signin), await enter(signin)
    seen = await signin.own.begin_totp(stranger.session)
    await signin.own.end_other_sessions(owner.session)
    assert await signin.own.begin_totp(owner.session) != seen


# Under way while it is taken back --------------------------------------------------------------


@EVERY
async def test_a_password_that_was_right_a_moment_ago_opens_nothing(
    signin: SignIn, db: Database, take_back: TakeBack
) -> None:
    ended = await while_it_waits(signin, db, enter(signin), lambda tx: take_back(signin, tx))
    assert isinstance(ended, SignInRefused)
    assert await rows(db, "session") == 0


async def test_a_password_changed_meanwhile_opens_nothing(signin: SignIn, db: Database) -> None:
    here, hashed = await enter(signin), await signin.hash_password(NEW)

    def change(tx: Tx) -> None:
        signin.accounts.end_sessions(tx, "haneul", here.session.id)
        tx.execute("UPDATE signin_account SET password_hash = ?", (hashed,))

    assert isinstance(await while_it_waits(signin, db, enter(signin), change), SignInRefused)
    assert await rows(db, "session") == 1


async def test_a_second_factor_turned_on_meanwhile_is_asked_for(
    signin: SignIn, db: Database, clock: ManualClock
) -> None:
    secret = pyotp.random_base32()

    def turn_on(tx: Tx) -> None:
        tx.execute("UPDATE signin_account SET totp_secret = ?", (secret,))

    assert isinstance(await while_it_waits(signin, db, enter(signin), turn_on), SignInRefused)
    code = pyotp.TOTP(secret).at(clock.now() // 1000)
    assert (await enter(signin, code=code)).session.second_factor


@EVERY
async def test_a_session_that_is_ending_changes_no_password(
    signin: SignIn, db: Database, take_back: TakeBack
) -> None:
    started = await enter(signin)
    change = signin.own.change_password(started.session, PASSWORD, NEW)
    ended = await while_it_waits(signin, db, change, lambda tx: take_back(signin, tx))
    assert isinstance(ended, SignInRequired)
    with pytest.raises(SignInRefused):
        await enter(signin, password=NEW)


async def test_of_two_changes_of_one_password_the_later_does_not_undo_the_earlier(
    signin: SignIn,
) -> None:
    started = await enter(signin)
    changes = (
        signin.own.change_password(started.session, PASSWORD, NEW),
        signin.own.change_password(started.session, PASSWORD, f"{NEW}-2"),
    )
    ended = await asyncio.gather(*changes, return_exceptions=True)
    assert [one for one in ended if one is None] == [None]
    assert [type(one) for one in ended if one is not None] == [WrongPassword]


@EVERY
async def test_a_session_that_ended_enrols_nothing(
    signin: SignIn, db: Database, clock: ManualClock, take_back: TakeBack
) -> None:
    started = await enter(signin)
    await signin.own.begin_totp(started.session)
    secret = await db.read(lambda tx: tx.value("SELECT max(totp_pending) FROM signin_account"))
    await db.write(lambda tx: take_back(signin, tx))
    for act in (
        signin.own.confirm_totp(started.session, pyotp.TOTP(secret).at(clock.now() // 1000)),
        signin.own.begin_totp(started.session),
        signin.own.end_other_sessions(started.session),
        signin.mark(started.session, started.marker),
    ):
        with pytest.raises((SignInRequired, SecondFactorRefused)):
            await act
    assert await rows(db, "account", "totp_secret IS NOT NULL OR totp_pending IS NOT NULL") == 0


@EVERY
@pytest.mark.parametrize("counts", [True, False])
async def test_whenever_it_is_taken_back_no_passkey_lives_on(
    signin: SignIn, db: Database, take_back: TakeBack, counts: bool
) -> None:
    started = await enter(signin)
    device = await with_passkey(signin, started, counts=counts)
    later = await with_passkey(signin, started, counts=counts)
    account, _sessions, _passkeys = await signin.own.overview(started.session)
    waiting = await signin.passkeys.begin_registration(account)
    acts = [
        enter_with(signin, device),
        enter_with(signin, later),
        signin.own.add_passkey(started.session, waiting.id, later.register(waiting), "늦은 것"),
    ]
    tasks = [asyncio.ensure_future(act) for act in acts]
    await asyncio.sleep(0)
    await db.write(lambda tx: take_back(signin, tx))
    for ended in await asyncio.gather(*tasks, return_exceptions=True):
        assert isinstance(ended, NewSession | PasskeyRefused | SignInRequired) or ended is None
    assert await rows(db, "session") == 0
    assert await rows(db, "passkey") == 0


async def test_a_copy_of_a_passkey_that_lags_behind_the_device_opens_nothing(
    signin: SignIn,
) -> None:
    device = await with_passkey(signin, await enter(signin))
    asked = [await signin.begin_passkey(address=HOME) for _time in range(2)]
    earlier, later = (device.sign(one) for one in asked)
    await signin.sign_in_with_passkey(asked[1].id, later, device="x", address=HOME)
    with pytest.raises(PasskeyRefused):
        await signin.sign_in_with_passkey(asked[0].id, earlier, device="x", address=HOME)


async def test_nobody_starts_a_session_of_a_closed_account(signin: SignIn, db: Database) -> None:
    await db.write(lambda tx: signin.accounts.close(tx, "haneul"))
    with pytest.raises(NotFound):
        await db.write(
            lambda tx: signin.accounts.start_session(tx, "haneul", device="x", address=HOME)
        )


async def test_a_session_ended_by_another_process_is_over_within_a_minute(
    signin: SignIn, db: Database, clock: ManualClock
) -> None:
    started = await enter(signin)
    assert await live(signin, started) is not None
    await db.write(lambda tx: tx.execute("DELETE FROM signin_session"))
    clock.advance(60_000)
    assert await live(signin, started) is None


async def test_a_session_ended_by_another_process_is_over_though_the_clock_was_set_back(
    signin: SignIn, db: Database, clock: ManualClock
) -> None:
    started = await enter(signin)
    assert await live(signin, started) is not None
    await db.write(lambda tx: tx.execute("DELETE FROM signin_session"))
    clock.advance(-60_000 * 60)
    assert await live(signin, started) is None
