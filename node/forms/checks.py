"""What is stored, against what was signed, as the doctor tells it."""

from kit.finding import Finding, Level
from kit.i18n import _
from node.forms.model import Mismatch

MOST_NAMED = 10  # faults that are told one by one


def of_records(mismatches: list[Mismatch], fine: str) -> list[Finding]:
    """Does what is stored say what was signed? `fine`: a msgid that says so."""
    if not mismatches:
        return [Finding(Level.OK, fine)]
    return [
        Finding(
            Level.DANGER,
            one.text,
            _(
                "화면과 엑셀에는 서명된 기록을 표시합니다. 누가 데이터베이스를 변경했는지 "
                "확인하세요."
            ),
            one.params,
        )
        for one in mismatches[:MOST_NAMED]
    ]
