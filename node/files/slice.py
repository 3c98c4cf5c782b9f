"""Files join the server: below everybody who attaches some."""

from collections.abc import Sequence

from kit.i18n import _
from kit.jobs import Every
from kit.pdf.press import Press
from kit.slice import Kept
from node.files import access, store
from node.files.model import AttachmentExtracted
from node.files.service import Files
from node.ground import Ground
from node.people import hearing
from node.slice import Slice


def join(ground: Ground, slices: Sequence[Slice]) -> tuple[Files, Slice]:
    """`slices`: the list of all that join, those above too, who say which contents they hold."""
    files = Files(ground.db, ground.clock, ground.blobs, slices)
    previews = _("첨부 파일 미리보기 만들기")
    return files, Slice(
        package="node.files",
        keep=(Kept(access.FILES, files), Kept(access.PRESS, Press())),
        holding=store.carried,
        heard_by={AttachmentExtracted: hearing.staff},
        # Under the name that the job has had since newsletters made the previews.
        works=(
            Every("newsletters.previews", previews, 15, files.previews.work),
            Every("files.erase", _("파기한 파일 삭제"), 600, files.erase),
        ),
    )
