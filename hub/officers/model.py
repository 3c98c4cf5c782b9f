"""Words of the officers: who they are and what they may."""

import enum

import msgspec

from kit.detail import Detail
from kit.event import Event
from kit.i18n import _
from kit.problem import Help, Problem


class Role(enum.StrEnum):
    """Viewers look, officers act towards schools, administrators also keep the hub and accounts."""

    VIEWER = "viewer"
    OFFICER = "officer"
    ADMINISTRATOR = "administrator"


ROLE_LABELS = {
    Role.VIEWER: _("조회 담당"),
    Role.OFFICER: _("업무 담당"),
    Role.ADMINISTRATOR: _("관리자"),
}


OFFICERS_HELP = Help(
    repair=_("계속되면 허브 관리자에게 알려 주세요."),
    rights=_("필요하면 허브 관리자에게 권한을 요청해 주세요."),
)
ADMINISTRATORS_HELP = Help(
    repair=_("계속되면 ‘허브 상태’에서 점검 결과를 확인해 주세요."),
    rights=_("‘담당자’에서 누구에게 권한이 있는지 확인할 수 있습니다."),
    href="/system",
    action=_("점검 결과 보기"),
)


class Officer(msgspec.Struct, frozen=True):
    """Whoever acts. Also the `Visitor` of the shell: `label` is the role's msgid."""

    id: str
    name: str
    role: Role

    @property
    def label(self) -> str:
        return ROLE_LABELS[self.role]

    @property
    def language(self) -> str:
        """None of their own: what they chose on their device holds."""
        return ""

    @property
    def help(self) -> Help:
        """To whom they turn: nobody is sent to themselves."""
        return ADMINISTRATORS_HELP if self.role is Role.ADMINISTRATOR else OFFICERS_HELP


CONSOLE = Officer("madang-hub", "madang-hub", Role.ADMINISTRATOR)
"""Whoever runs `madang-hub` on the hub's own machine, as the audit log names them."""


class OfficerLine(msgspec.Struct, frozen=True):
    """An account in the list. Times in ms."""

    id: str
    login: str
    name: str
    role: Role
    created_at: int
    disabled_at: int | None
    last_sign_in_at: int | None


class OfficersChanged(Event, frozen=True, tag="officers.changed"):
    """An account came, changed or ended: rights in memory are stale."""

    officer_id: str


class OfficerAct(enum.StrEnum):
    """What of this slice is written to the audit log."""

    ADD = "officers:account:add"
    ROLE = "officers:account:role"
    DISABLE = "officers:account:disable"
    ENABLE = "officers:account:enable"
    RESET = "officers:account:reset_password"
    RESET_FACTOR = "officers:account:reset_second_factor"


ACT_LABELS: dict[str, str] = {
    OfficerAct.ADD: _("담당자 추가"),
    OfficerAct.ROLE: _("역할 바꾸기"),
    OfficerAct.DISABLE: _("계정 사용 중지"),
    OfficerAct.ENABLE: _("계정 다시 사용"),
    OfficerAct.RESET: _("임시 비밀번호 만들기"),
    OfficerAct.RESET_FACTOR: _("인증 앱 초기화"),
}
DETAILS: dict[str, Detail | None] = {
    "name": Detail(_("이름")),
    "role": Detail(_("역할"), ROLE_LABELS),
    "was": Detail(_("이전 역할"), ROLE_LABELS),
    "now": Detail(_("새 역할"), ROLE_LABELS),
}


class LastAdministrator(Problem):
    """Nobody would be left to let anybody in."""

    code = "last-administrator"
    status = 409
    text = _("마지막 관리자입니다. 다른 관리자를 먼저 지정해 주세요.")


class OfficerDisabled(Problem):
    """The account was disabled while its session lasted."""

    code = "officer-disabled"
    status = 403
    text = _("사용이 중지된 계정입니다. 허브 관리자에게 문의해 주세요.")


class NameMissing(Problem):
    code = "officer-name-missing"
    status = 422
    field = "name"
    text = _("담당자의 이름을 입력해 주세요.")
