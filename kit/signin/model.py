"""The words of signing in: accounts, sessions, what can go wrong."""

import msgspec

from kit.event import Event
from kit.i18n import _
from kit.problem import Problem
from kit.signin.attempts import Attempt

MIN_PASSWORD = 10


class Account(msgspec.Struct, frozen=True):
    """Who may sign in. `account_id` is the id of the person or officer. `generation` grows whenever
    the account's ways in are taken back."""

    account_id: str
    login: str
    password_hash: str | None
    password_temporary: bool
    totp_secret: str | None
    totp_pending: str | None
    totp_last_step: int
    last_sign_in_at: int | None
    generation: int

    @property
    def secrets(self) -> tuple[int, str | None, str | None]:
        """What a sign-in is checked against: it counts only while this is as it was."""
        return self.generation, self.password_hash, self.totp_secret


class Checked(msgspec.Struct, frozen=True):
    """A password that was right when it was looked at; `SignIn.settle` tells whether it still is."""

    account: Account
    attempt: Attempt


class Session(msgspec.Struct, frozen=True):
    """A signed-in device. `second_factor`: TOTP or a passkey was shown. `password_temporary`: the
    password must be changed before anything else can be done. `verified_at`: when its person last
    proved who they are (ms; kit.signin.fresh)."""

    id: str
    account_id: str
    created_at: int
    last_seen_at: int
    expires_at: int
    device: str
    address: str
    second_factor: bool
    password_temporary: bool = False
    verified_at: int = 0


class Passkey(msgspec.Struct, frozen=True):
    """A device that signs in without a password. Bytes are base64url."""

    credential_id: str
    account_id: str
    public_key: str
    sign_count: int
    name: str
    created_at: int
    last_used_at: int | None


class NewSession(msgspec.Struct, frozen=True):
    """The token goes to the device and is kept nowhere else. `marker` says there later whose session
    it was, when it has ended, and makes the device a known one; it opens nothing."""

    token: str
    session: Session
    marker: str


class SessionsEnded(msgspec.Struct, frozen=True):
    """Signal of a unit that ended sessions of an account; `keep` is the id of one that goes on."""

    account_id: str
    keep: str | None


class SessionVerified(msgspec.Struct, frozen=True):
    """Signal of a unit in which the person of a session proved who they are."""

    account_id: str


class FirstSignIn(msgspec.Struct, frozen=True):
    """Signal of a unit in which an account was signed in with for the first time."""

    account_id: str


class SignedOutElsewhere(Event, frozen=True, tag="signin.signed_out_elsewhere"):
    """An account's ways in were taken back: somebody changed their password or ended their other
    sessions, or their sign-in was reset. Wherever else they are signed in by it, they are no more."""

    account_id: str


class PasskeysChanged(Event, frozen=True, tag="signin.passkeys_changed"):
    """An account has a passkey more or fewer."""

    account_id: str


class SignInRefused(Problem):
    """One text for every reason, so that nobody learns which logins exist."""

    code = "sign-in-refused"
    status = 401
    text = _("아이디 또는 비밀번호가 맞지 않습니다.")


class WrongPassword(SignInRefused):
    """Whoever is signed in is asked for their password only: their login is no question."""

    code = "wrong-password"
    text = _("비밀번호가 맞지 않습니다.")


class Busy(Problem):
    """Too many passwords wait to be checked; `seconds` says when to come back."""

    code = "busy"
    status = 503
    text = _("접속이 많아 확인하지 못했습니다. %(seconds)s초 뒤에 다시 시도해 주세요.")


class SecondFactorNeeded(Problem):
    """`halfway`: the note with which the second factor alone is enough (kit.signin.halfway)."""

    code = "second-factor-needed"
    status = 401
    field = "code"
    text = _("인증 앱에 표시된 6자리 번호를 입력해 주세요.")

    def __init__(self, halfway: str) -> None:
        super().__init__()
        self.halfway = halfway


class PasswordAgain(Problem):
    """The password was given too long ago, or is another now."""

    code = "password-again"
    status = 401
    text = _("시간이 지나 처음부터 다시 로그인해야 합니다. 아이디와 비밀번호를 입력해 주세요.")


class SecondFactorRefused(Problem):
    code = "second-factor-refused"
    status = 401
    field = "code"
    text = _("인증 번호가 맞지 않거나 이미 사용되었습니다. 새 번호를 입력해 주세요.")


class WeakPassword(Problem):
    code = "weak-password"
    status = 422
    field = "password"
    text = _("비밀번호는 10자 이상이어야 하고, 아이디나 흔한 비밀번호와 달라야 합니다.")


class LoginTaken(Problem):
    code = "login-taken"
    status = 409
    field = "login"
    text = _("이미 사용 중인 아이디입니다. 다른 아이디를 입력해 주세요.")


class BadLogin(Problem):
    code = "bad-login"
    status = 422
    field = "login"
    text = _("아이디는 영문 소문자, 숫자, 점, 밑줄, 붙임표로 3자에서 32자까지 쓸 수 있습니다.")


class PasskeyRefused(Problem):
    code = "passkey-refused"
    status = 401
    text = _("패스키를 확인하지 못했습니다. 다시 시도하거나 비밀번호로 로그인해 주세요.")
