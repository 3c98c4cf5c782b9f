"""What papers do by themselves, at set times."""

from kit.i18n import _
from kit.jobs import Daily, Every
from node.files.attaching import AttachmentUploads
from node.submissions.disposing import Disposing
from node.submissions.service import Submissions


def works(
    submissions: Submissions, disposing: Disposing, uploads: AttachmentUploads
) -> list[Daily | Every]:
    """The periodic work."""
    drafts = _("오래된 서류 초안 정리")
    reminders = _("결과보고서와 증빙 서류 요청")
    return [
        Daily("submissions.drafts", drafts, 3, 45, submissions.writing.forget_drafts),
        Daily("submissions.reminders", reminders, 7, 20, submissions.reminding.run),
        Every("submissions.disposal", _("승인된 서류 파기"), 30, disposing.run),
        Every("submissions.uploads", _("중단된 첨부 정리"), 600, uploads.expire),
    ]
