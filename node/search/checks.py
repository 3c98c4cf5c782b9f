"""What the search index tells the doctor."""

from kit.finding import Finding, Level
from kit.i18n import _


def of_search(others: int) -> list[Finding]:
    """Does the search index hold what the texts say?"""
    if not others:
        return [Finding(Level.OK, _("검색 색인이 글과 일치합니다."))]
    return [
        Finding(
            Level.WARNING,
            _("검색 색인에서 글 %(count)s건이 실제 글과 다릅니다."),
            _("따로 할 일은 없습니다. 매일 밤 차례로 점검하여 한 달 안에 색인을 새로 만듭니다."),
            {"count": others},
        )
    ]
