"""What clients may ask of a homeserver and not of a school's: it is refused before Synapse hears it.

Accounts are the school's: whoever ends one, gives it another password or hangs a mail address on it
does so in the node, which would go on believing what it was told last.
"""

import re

from kit.i18n import _

_ACCOUNT = re.compile(
    r"/_matrix/client/(?:api/)?[^/]+/account/(deactivate|password|3pid)(?:/[^?]*)?/*"
)

_WORDS = {
    "deactivate": _(
        "메신저 계정은 학교가 관리하므로 앱에서 삭제할 수 없습니다. 학교를 떠나면 자동으로 "
        "닫힙니다."
    ),
    "password": _("비밀번호는 학교 포털의 ‘내 정보’에서 바꿔 주세요."),
    "3pid": _(
        "메신저 계정에는 이메일 주소나 전화번호를 등록하지 않습니다. 학교 포털의 정보를 사용합니다."
    ),
}


def refusal(method: str, path: str) -> str:
    """Why a request of a client is refused (a msgid); empty: it is not."""
    found = _ACCOUNT.fullmatch(path)
    return _WORDS[found[1]] if found is not None and method in ("POST", "PUT", "DELETE") else ""
