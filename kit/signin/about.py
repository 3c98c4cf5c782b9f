"""What is held of an account: its name, passkeys, the devices that are signed in."""

from kit.db import Tx
from kit.held import Held, when
from kit.i18n import _


def about(tx: Tx, person_id: str) -> list[Held]:
    """Never what signs in: no hash, no key, no token."""
    account = tx.rows(
        "SELECT login, created_at, last_sign_in_at FROM signin_account WHERE account_id = ?",
        (person_id,),
    )
    passkeys = tx.rows(
        "SELECT name, created_at, last_used_at FROM signin_passkey WHERE account_id = ?"
        " ORDER BY created_at",
        (person_id,),
    )
    sessions = tx.rows(
        "SELECT device, address, created_at, last_seen_at FROM signin_session"
        " WHERE account_id = ? ORDER BY created_at",
        (person_id,),
    )
    apps = tx.rows(
        "SELECT name, made_at, used_at FROM signin_app_password WHERE account_id = ?"
        " ORDER BY made_at",
        (person_id,),
    )
    return [
        Held(
            "account",
            _("로그인 계정"),
            (_("아이디"), _("생성 일시"), _("마지막 로그인")),
            [(login, when(made), when(last)) for login, made, last in account],
        ),
        Held(
            "passkeys",
            _("패스키"),
            (_("이름"), _("생성 일시"), _("마지막 사용")),
            [(name, when(made), when(used)) for name, made, used in passkeys],
        ),
        Held(
            "apps",
            _("앱 암호"),
            (_("이름"), _("생성 일시"), _("마지막 사용")),
            [(name, when(made), when(used)) for name, made, used in apps],
        ),
        Held(
            "devices",
            _("로그인한 기기"),
            (_("기기"), _("주소"), _("로그인 일시"), _("마지막 사용")),
            [(device, address, when(made), when(seen)) for device, address, made, seen in sessions],
        ),
    ]
