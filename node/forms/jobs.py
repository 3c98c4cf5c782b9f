"""Forms are held against the log once a day; pages that were sent long ago are forgotten."""

from kit.i18n import _
from kit.jobs import Daily
from node.forms.service import Forms

COMPARE = _("저장된 답과 서명된 기록 비교")


def works(forms: Forms) -> list[Daily]:
    """The periodic work."""
    pages = _("오래된 회신 화면 기록 정리")
    return [
        Daily("forms.compare", COMPARE, 4, 25, forms.compare_now),
        Daily("forms.pages", pages, 4, 42, forms.forget_pages),
    ]
