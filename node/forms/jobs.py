"""Forms are held against the log once a day; pages that were sent long ago are forgotten, and scans that nobody
entered."""

from kit.i18n import _
from kit.jobs import Daily, Every
from node.files.attaching import AttachmentUploads
from node.forms.disposing import FormDisposing
from node.forms.service import Forms
from node.forms.slips import Slips

COMPARE = _("저장된 답과 서명된 기록 비교")


def works(
    forms: Forms, slips: Slips, uploads: AttachmentUploads, disposing: FormDisposing
) -> list[Daily | Every]:
    """The periodic work."""
    pages = _("오래된 회신 화면 기록 정리")
    return [
        Daily("forms.compare", COMPARE, 4, 25, forms.compare_now),
        Daily("forms.pages", pages, 4, 42, forms.forget_pages),
        Daily("forms.scans", _("입력하지 않은 종이 회신서 사진 정리"), 4, 44, slips.expire),
        Daily("forms.due", _("보존 기간이 지난 동의서 찾기"), 3, 50, disposing.look),
        Every("forms.disposal", _("승인된 동의서 파기"), 30, disposing.run),
        Every("forms.uploads", _("중단된 첨부 정리"), 600, uploads.expire),
    ]
