"""Forms are held against the log once a day."""

from kit.i18n import _
from kit.jobs import Jobs
from node.forms.service import Forms

COMPARE = _("저장된 답과 서명된 기록 비교")


def schedule(jobs: Jobs, forms: Forms) -> None:
    jobs.daily("forms.compare", COMPARE, 4, 25, forms.compare_now)
