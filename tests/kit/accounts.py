"""Accounts of a server of the kit, and people who sign in to them."""

from collections.abc import AsyncIterator

import pyotp
import pytest

from kit.clock import MINUTE, ManualClock
from kit.db import Database, Tx
from kit.signin.model import NewSession, Session, SignInRefused
from kit.signin.service import SignIn
from tests.kit.authenticator import Authenticator

PASSWORD = "느티나무-아래-마당-7"
PHONE = "Mozilla/5.0 (Linux; Android 15) Chrome/140 Mobile Safari/537.36"
HOME, OFFICE = "192.0.2.7", "192.0.2.8"


def service(db: Database, clock: ManualClock) -> SignIn:
    return SignIn(db, clock, public_url="http://localhost", site_name="시험 학교")


async def with_accounts(db: Database, clock: ManualClock) -> AsyncIterator[SignIn]:
    """하늘 and 도윤, whose password is temporary."""
    opened = service(db, clock)
    hashed = await opened.hash_password(PASSWORD)

    def accounts(tx: Tx) -> None:
        opened.accounts.create(tx, "haneul", "haneul.kim", hashed)
        opened.accounts.create(tx, "doyun", "doyun", hashed, temporary=True)

    await db.write(accounts)
    yield opened
    opened.close()


async def enter(
    signin: SignIn,
    login: str = "haneul.kim",
    password: str = PASSWORD,
    code: str | None = None,
    address: str = HOME,
    marker: str = "",
) -> NewSession:
    return await signin.sign_in(login, password, code, device=PHONE, address=address, marker=marker)


async def fail(
    signin: SignIn,
    times: int,
    login: str = "haneul.kim",
    address: str = HOME,
    marker: str = "",
) -> None:
    for _time in range(times):
        with pytest.raises(SignInRefused):
            await enter(signin, login, "wrong", address=address, marker=marker)


async def live(signin: SignIn, started: NewSession) -> Session | None:
    return await signin.sessions.of(started.token)


async def enrolled(signin: SignIn, db: Database, clock: ManualClock) -> tuple[pyotp.TOTP, str]:
    """haneul.kim turns the second factor on; the authenticator, and the marker of the device."""
    started = await enter(signin)
    await signin.own.begin_totp(started.session)
    secret = await db.read(lambda tx: tx.value("SELECT max(totp_pending) FROM signin_account"))
    totp = pyotp.TOTP(secret)
    await signin.own.confirm_totp(started.session, totp.at(clock.now() // 1000))
    clock.advance(2 * MINUTE)
    return totp, started.marker


async def with_passkey(
    signin: SignIn, started: NewSession, *, counts: bool = True
) -> Authenticator:
    """A device of whoever is signed in, registered."""
    device = Authenticator("http://localhost", counts=counts)
    account, _sessions, _passkeys = await signin.own.overview(started.session)
    ceremony = await signin.passkeys.begin_registration(account)
    await signin.own.add_passkey(started.session, ceremony.id, device.register(ceremony), "전화")
    return device


async def enter_with(signin: SignIn, device: Authenticator) -> NewSession:
    ceremony = await signin.begin_passkey(address=HOME)
    return await signin.sign_in_with_passkey(
        ceremony.id, device.sign(ceremony), device=PHONE, address=HOME
    )
