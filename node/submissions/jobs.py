"""What papers do by themselves, at set times."""

from kit.i18n import _
from kit.jobs import Daily
from node.submissions.service import Submissions


def works(submissions: Submissions) -> list[Daily]:
    """The periodic work."""
    drafts = _("오래된 서류 초안 정리")
    reminders = _("결과보고서와 증빙 서류 요청")
    return [
        Daily("submissions.drafts", drafts, 3, 45, submissions.writing.forget_drafts),
        Daily("submissions.reminders", reminders, 7, 20, submissions.reminding.run),
    ]
