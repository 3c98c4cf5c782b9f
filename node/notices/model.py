"""The words of notices: of what somebody is told, how urgently, by which way."""

import enum
from collections.abc import Collection, Mapping

import msgspec

from kit.clock import DAY, HOUR, local
from kit.i18n import _
from kit.problem import Problem
from node.people.model import ROLE_LABELS, Access, Role
from node.ports.noticed import Notification, Written

Told = Mapping[str, Collection[str]]
"""Person → the children through whom they are told ("": in their own right)."""
ACCESS_MAIL = "access:"
"""Before what of somebody's access changed: the kind of mail that says so."""
ACCESS_LABELS = {
    Access.ROLES: _("역할이 바뀌었습니다"),
    Access.DEPARTMENT: _("부서가 바뀌었습니다"),
    Access.SIGN_IN: _("로그인이 초기화되었습니다"),
    Access.JOINED: _("새 교직원이 등록되었습니다"),
    Access.WAITS: _("관리자 승인 대기 중"),
}


class Urgency(enum.Enum):
    """By which ways somebody is told, and when."""

    CALM = enum.auto()  # they find it in the portal
    USUAL = enum.auto()  # by mail as well, not in the quiet hours
    URGENT = enum.auto()  # by mail at any hour


class Topic(msgspec.Struct, frozen=True):
    """Of what somebody is told: a kind of `node.ports.noticed.Noticed`, and the id of the thing, if
    there is one."""

    kind: str
    about: str = ""


class QuietHours(msgspec.Struct, frozen=True):
    """When nobody is disturbed: from `from_hour` in the evening to `until_hour` in the morning."""

    from_hour: int = 21
    until_hour: int = 7

    def next_allowed(self, at: int) -> int:
        """`at`, or the end of the quiet hours it lies in (ms)."""
        when = local(at)
        if self.until_hour <= when.hour < self.from_hour:
            return at
        midnight = at - (when.hour * HOUR + when.minute * 60_000 + when.second * 1000 + at % 1000)
        morning = midnight + self.until_hour * HOUR
        return morning if morning > at else morning + DAY


class NoMailServer(Problem):
    code = "no-mail-server"
    status = 422
    text = _("메일 서버가 아직 없습니다. 메일 서버의 이름과 보내는 주소를 먼저 저장해 주세요.")


class MailServerAway(Problem):
    """Nobody answers there."""

    code = "mail-server-away"
    status = 422
    text = _(
        "메일 서버 %(where)s에 연결하지 못했습니다. 서버 이름과 포트를 확인하고, 학교 방화벽이 이 포트를"
        " 막지 않는지 확인해 주세요. (%(reason)s)"
    )


class MailSecurityRefused(Problem):
    """The server speaks otherwise than it was said, or its certificate does not hold."""

    code = "mail-security-refused"
    status = 422
    text = _(
        "메일 서버와 암호화된 연결을 맺지 못했습니다. 보안 방식과 포트가 서로 맞는지(STARTTLS는 587, TLS는"
        " 465), 서버 이름이 인증서와 같은지 확인해 주세요. (%(reason)s)"
    )


class MailLoginRefused(Problem):
    code = "mail-login-refused"
    status = 422
    text = _(
        "메일 서버에 로그인하지 못했습니다. 아이디와 비밀번호를 다시 입력해 저장해 주세요. 메일 서비스에"
        " 따라 앱 비밀번호를 따로 만들어야 합니다. (%(reason)s)"
    )


class MailRefused(Problem):
    """The server was reached and takes no such mail."""

    code = "mail-refused"
    status = 422
    text = _(
        "메일 서버가 %(address)s 앞으로 가는 메일을 받지 않았습니다. 받는 주소와 보내는 주소를 확인해"
        " 주세요. (%(reason)s)"
    )


class NotificationLine(Notification, frozen=True):
    """A line in somebody's notifications."""

    seen_at: int | None


class Shown(msgspec.Struct, frozen=True):
    """A line as it is read. `label` is a msgid; times in ms."""

    title: str
    href: str
    label: str
    at: int
    seen_at: int | None
    deadline_at: int | None


class AccessLine(msgspec.Struct, frozen=True):
    """A line about somebody's access. `gained` and `lost` are JSON of roles or departments."""

    id: str
    what: str
    about_id: str
    about: str
    by: str
    gained: str
    lost: str
    others: int
    at: int
    seen_at: int | None

    @property
    def label(self) -> str:
        return ACCESS_LABELS[Access(self.what)]

    @property
    def changes(self) -> list[tuple[str, str]]:
        """(sign, what): departments as they are, roles as msgids."""
        signed = [("+", self.gained), ("−", self.lost)]
        return [
            (sign, ROLE_LABELS[Role(name)] if self.what == Access.ROLES else name)
            for sign, names in signed
            for name in msgspec.json.decode(names, type=list[str])
        ]

    def href(self, reader_id: str) -> str:
        """Where the reader looks at it."""
        if self.what == Access.WAITS:
            return "/admin/people/waiting"
        return "/me" if self.about_id == reader_id else f"/admin/people/{self.about_id}"


class WaitingMail(Notification, frozen=True):
    """A mail that waits. `at`: before when it does not go (ms); what it says is seen when it goes."""

    attempts: int


class MailNow(msgspec.Struct, frozen=True):
    """A mail as it is sent now."""

    row: WaitingMail
    address: str
    language: str
    written: Written
