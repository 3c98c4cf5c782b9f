"""The words of a school's settings, and what is wrong with some."""

import enum
import re
from urllib.parse import urlsplit

import msgspec

from kit.address import is_loopback
from kit.i18n import LANGUAGES, _

SECURITIES = ("starttls", "tls", "none")
EVENINGS = range(17, 25)  # hours from which nobody is disturbed; 24: midnight
MORNINGS = range(11)  # hours until which nobody is; 0: midnight

_TELEPHONE = re.compile(r"[0-9+(][0-9 ()~,.+-]{5,39}")
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:-]{0,252}")
_ADDRESS = re.compile(r"[^@\s<>\"]+@[^@\s<>\"]+\.[^@\s<>\"]+")
_DEFAULT_PORTS = {"http": 80, "https": 443}


class SettingsAct(enum.StrEnum):
    """What of this slice is written to the audit log."""

    CHANGE = "settings:school:change"
    TRY_MAIL = "settings:mail:try"


class SchoolWords(msgspec.Struct, frozen=True, kw_only=True):
    """How the school is reached, and how it speaks to people. Hours of the day, Korean time."""

    telephone: str
    public_url: str
    language: str
    quiet_from_hour: int
    quiet_until_hour: int


class MailWords(msgspec.Struct, frozen=True, kw_only=True):
    """The school's mail server; no host: no mail is sent. An empty password: as it was."""

    smtp_host: str
    smtp_port: int
    smtp_security: str
    smtp_user: str
    smtp_sender: str
    smtp_password: str = ""


def telephone_fault(telephone: str) -> str:
    """What is wrong with a telephone number of the school; a msgid, empty for nothing."""
    digits = sum(letter.isdigit() for letter in telephone)
    if not telephone or (_TELEPHONE.fullmatch(telephone) and 7 <= digits <= 20):
        return ""
    return _("전화번호를 숫자와 ‘-’로 입력해 주세요. 예: 031-000-0101")


def origin_of(url: str) -> str:
    """An address as browsers name it: scheme, host and an unusual port. Raises ValueError where it is
    none, or has more."""
    parts = urlsplit(url.strip())
    host, port = parts.hostname, parts.port
    more = parts.path.strip("/") or parts.query or parts.fragment or parts.username
    if parts.scheme not in _DEFAULT_PORTS or not host or more or not _HOST.fullmatch(host):
        raise ValueError(url)
    named = f"[{host}]" if ":" in host else host
    is_usual = port in (None, _DEFAULT_PORTS[parts.scheme])
    return f"{parts.scheme}://{named}" + ("" if is_usual else f":{port}")


def address_fault(url: str, opened_at: str) -> str:
    """What is wrong with a new address of the pages. It is taken once the page itself was opened by it:
    a misspelt one would stand on letters, and let nobody sign in any more."""
    try:
        origin = origin_of(url)
    except ValueError:
        return _("https:// 로 시작해 도메인까지만 입력해 주세요. 예: https://madang.hanbit.example")
    if is_loopback(urlsplit(origin).hostname):
        return _(
            "이 컴퓨터에서만 열리는 주소입니다. 보호자의 휴대전화에서 열리는 주소를 입력해 주세요."
        )
    if origin != opened_at:
        return _(
            "먼저 이 주소로 이 화면을 열어 보세요. 열리면 그 화면에서 저장할 수 있습니다. 지금 연"
            " 주소는 %(opened_at)s 입니다."
        )
    return ""


def school_faults(words: SchoolWords) -> dict[str, str]:
    """Field → what is wrong with it, but for the address; msgids."""
    wrong = {"telephone": telephone_fault(words.telephone)}
    if words.language not in LANGUAGES:
        wrong["language"] = _("선택할 수 없는 언어입니다.")
    if words.quiet_from_hour not in EVENINGS:
        wrong["quiet_from_hour"] = _("목록에 있는 시각을 선택해 주세요.")
    if words.quiet_until_hour not in MORNINGS:
        wrong["quiet_until_hour"] = _("목록에 있는 시각을 선택해 주세요.")
    return {name: fault for name, fault in wrong.items() if fault}


def mail_faults(words: MailWords) -> dict[str, str]:
    """Field → what is wrong with it; msgids. Without a host nothing else counts."""
    if not words.smtp_host:
        return {}
    wrong = {}
    if not _HOST.fullmatch(words.smtp_host):
        wrong["smtp_host"] = _("서버 이름만 입력해 주세요. 예: smtp.hanbit.example")
    if not 1 <= words.smtp_port <= 65535:
        wrong["smtp_port"] = _("1부터 65535 사이의 숫자를 입력해 주세요. 보통 587 또는 465입니다.")
    if words.smtp_security not in SECURITIES:
        wrong["smtp_security"] = _("목록에 있는 보안 방식을 선택해 주세요.")
    if not is_address(words.smtp_sender):
        wrong["smtp_sender"] = _("보내는 주소를 입력해 주세요. 예: school@hanbit.example")
    if len(words.smtp_user) > 200 or not words.smtp_user.isprintable():
        wrong["smtp_user"] = _("아이디를 확인해 주세요.")
    is_bare = words.smtp_security == "none" and not is_loopback(words.smtp_host)
    if words.smtp_user and is_bare:
        wrong["smtp_security"] = _(
            "암호화하지 않고 비밀번호를 보낼 수 없습니다. STARTTLS나 TLS를 선택해 주세요."
        )
    return wrong


def is_address(text: str) -> bool:
    """Whether a mail can be written to it."""
    return len(text) <= 200 and text.isascii() and _ADDRESS.fullmatch(text) is not None
