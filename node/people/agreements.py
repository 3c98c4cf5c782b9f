"""What people agree to before they use the school's pages; kept with version, wording and time.

전자서명법 제3조: by agreement of the parties an electronic signature counts as a signature.
개인정보 보호법: what is kept, for what, how long.
"""

import hashlib

import msgspec

from kit.i18n import _
from kit.problem import Conflict


class Agreement(msgspec.Struct, frozen=True):
    """A wording. A changed wording is a new version; the old one stays for who agreed to it."""

    kind: str
    version: int
    title: str
    text: str

    @property
    def text_hash(self) -> str:
        """SHA-256 of the Korean wording, hexadecimal."""
        return hashlib.sha256(self.text.encode()).hexdigest()


SIGNINGS = (
    Agreement(
        kind="signing",
        version=1,
        title=_("전자서명 사용 동의"),
        text=_(
            "이 학교와 보호자는 이 누리집에서 로그인한 뒤 이름을 쓰거나 서명을 그려 확인한 동의서와 "
            "신청서를 종이에 서명한 것과 같이 보기로 합니다(전자서명법 제3조). 학교는 서명한 내용, "
            "서명한 사람과 시각을 고칠 수 없게 기록하고 영수증을 드립니다. 종이로 내고 싶을 때에는 "
            "언제든지 담임 선생님께 종이 양식을 요청할 수 있습니다."
        ),
    ),
    Agreement(
        kind="signing",
        version=2,
        title=_("전자서명 사용 동의"),
        text=_(
            "학교와 보호자는 이 누리집에 로그인한 뒤 이름을 입력하거나 서명을 그려 제출한 동의서와 "
            "신청서가 종이에 서명한 것과 같은 효력을 갖는 데 동의합니다(전자서명법 제3조). 학교는 "
            "서명한 내용과 사람, 시각을 변경할 수 없게 기록하고 제출 확인서를 발급합니다. 종이로 "
            "제출하려면 언제든지 담임 선생님께 종이 양식을 요청할 수 있습니다."
        ),
    ),
    Agreement(
        kind="signing",
        version=3,
        title=_("전자서명 사용 동의"),
        text=_(
            "학교와 보호자는 이 누리집에 로그인한 뒤 이름을 입력하거나 서명을 그리거나 패스키로 서명해 "
            "제출한 동의서와 신청서가 종이에 서명한 것과 같은 효력을 갖는 데 동의합니다(전자서명법 "
            "제3조). 학교는 서명한 내용과 사람, 시각을 변경할 수 없게 기록하고 제출 확인서를 발급합니다. "
            "종이로 제출하려면 언제든지 담임 선생님께 종이 양식을 요청할 수 있습니다."
        ),
    ),
)
"""Every wording that somebody may have agreed to: none is ever changed or removed."""

SIGNING = SIGNINGS[-1]
"""What is asked today. Who agreed to an earlier wording is not asked again."""


class AgreementChanged(Conflict):
    """Somebody agreed to another wording than the one that is asked today."""

    code = "agreement-changed"
    field = "agree"
    text = _("전자서명 사용 동의의 내용이 바뀌었습니다. 바뀐 내용을 읽고 다시 동의해 주세요.")


def wording(kind: str, version: int) -> Agreement | None:
    """What somebody agreed to; None where a later program asked it."""
    found = (one for one in SIGNINGS if (one.kind, one.version) == (kind, version))
    return next(found, None)
