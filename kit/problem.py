"""Problem: the root of every error that has words for its user.

A rule raises a Problem where it is broken; `kit.web.problems` is the one place that turns it
into RFC 9457 problem+json or a page. Subclasses set the class attributes:

    class FormClosed(Problem):
        code = "form-closed"
        status = 409
        text = _("마감된 동의서입니다. 담당 선생님께 문의해 주세요.")
"""

import enum
from collections.abc import Mapping
from typing import ClassVar

import msgspec

from kit.i18n import _


class Needs(enum.Enum):
    """What somebody lacks who cannot go on alone."""

    REPAIR = enum.auto()
    RIGHTS = enum.auto()


class Help(msgspec.Struct, frozen=True):
    """To whom, or where, one reader turns: where something is broken (`repair`), and for a right that they
    lack (`rights`). All texts are msgids; `action` leads to `href`, where they can look themselves."""

    repair: str
    rights: str
    href: str = ""
    action: str = ""
    by_telephone: bool = False

    def text(self, needs: Needs) -> str:
        return self.repair if needs is Needs.REPAIR else self.rights


OUTSIDE = {
    "school": Help(
        repair=_("계속되면 학교에 문의해 주세요."),
        rights=_("궁금한 점은 학교에 문의해 주세요."),
        by_telephone=True,
    ),
    "province": Help(
        repair=_("계속되면 도교육청 담당 부서에 문의해 주세요."),
        rights=_("궁금한 점은 도교육청 담당 부서에 문의해 주세요."),
        by_telephone=True,
    ),
}
"""By the kind of a site: of families, and of whoever is not signed in."""


class Way(msgspec.Struct, frozen=True):
    """Where a refused reader can go on. `label` is a msgid."""

    href: str
    label: str


class Problem(Exception):
    """An expected refusal. `text` is a Korean msgid; `params` fill its %(name)s variables; `field`
    is the input it is about, where it is about one; `needs`: what its reader lacks and cannot get alone,
    so that they are told to whom to turn; `way`: what stays open to them; `named`: what is said at an
    input → a msgid that says the same where the input is not in sight, with its %(question)s."""

    code: ClassVar[str] = "problem"
    status: ClassVar[int] = 400
    text: ClassVar[str] = _("요청을 처리할 수 없습니다.")
    field: ClassVar[str] = ""
    needs: ClassVar[Needs | None] = None
    way: ClassVar[Way | None] = None
    named: ClassVar[Mapping[str, str]] = {}

    def __init__(self, **params: object) -> None:
        super().__init__(self.text % params if params else self.text)
        self.params = params


class NotFound(Problem):
    """Also the answer to whoever may not know that the thing exists."""

    code = "not-found"
    status = 404
    text = _("찾으시는 내용이 없거나 볼 수 있는 권한이 없습니다.")


class Forbidden(Problem):
    """The asker may see the thing but not do this with it."""

    code = "forbidden"
    status = 403
    text = _("이 작업을 할 권한이 없습니다.")
    needs = Needs.RIGHTS


class SignInRequired(Problem):
    """Nobody is signed in; pages redirect to the sign-in page."""

    code = "sign-in-required"
    status = 401
    text = _("로그인이 필요합니다.")


class SignInAgain(Problem):
    """Who is signed in proved it too long ago for what they ask (kit.signin.fresh). Programs sign in
    again; pages ask for the password or a passkey and go on."""

    code = "sign-in-again"
    status = 403
    text = _(
        "본인 확인을 다시 해 주세요. 역할·권한 변경과 서명·결재는 이 기기에서 최근에 본인 "
        "확인을 한 경우에만 할 수 있습니다."
    )


MISSING = _("필수 항목입니다.")
UNFIT = _("올바른 값이 아닙니다.")


class Invalid(Problem):
    """What was sent does not fit. `fields` maps a field's name to the msgid of what is wrong."""

    code = "invalid"
    status = 422
    text = _("입력한 내용을 확인해 주세요.")
    named: ClassVar[Mapping[str, str]] = {
        MISSING: _("‘%(question)s’ 항목을 입력해 주세요."),
        UNFIT: _("‘%(question)s’ 항목의 값을 확인해 주세요."),
    }

    def __init__(self, fields: dict[str, str] | None = None, **params: object) -> None:
        super().__init__(**params)
        self.fields = fields or {}


class BadRequest(Problem):
    """What was sent is not what it says it is."""

    code = "bad-request"
    status = 400
    text = _("요청의 형식이 올바르지 않습니다.")


class TooMany(Problem):
    """A limit was passed; `seconds` says when to come back."""

    code = "too-many-requests"
    status = 429
    text = _("시도가 너무 많습니다. %(seconds)s초 뒤에 다시 시도해 주세요.")


class Conflict(Problem):
    """Somebody else changed the thing meanwhile."""

    code = "conflict"
    status = 409
    text = _("그사이 내용이 변경되었습니다. 화면을 새로 고친 뒤 다시 시도해 주세요.")
