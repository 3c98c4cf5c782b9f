"""Forms are held against the log once a day; pages that were sent long ago are forgotten."""

from kit.i18n import _
from kit.jobs import Jobs
from node.forms.service import Forms

COMPARE = _("저장된 답과 서명된 기록 비교")


def schedule(jobs: Jobs, forms: Forms) -> None:
    jobs.daily("forms.compare", COMPARE, 4, 25, forms.compare_now)
    jobs.daily("forms.pages", _("오래전에 보낸 회신 화면의 기록 정리"), 4, 42, forms.forget_pages)
