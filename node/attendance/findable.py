"""What of attendance can be found: where a family sees it. No child's days stand in an index, for there is no
audience of one child's guardians alone: whoever asks for them is led to the page that knows who asks."""

from kit.clock import moment
from kit.db import Tx
from kit.i18n import _
from node.attendance.model import AttendanceMarked
from node.people.access import READABLE, readable_params
from node.people.model import FamiliesChanged
from node.ports.findable import Document, Findable, Moved

PAGE = "page"
FAMILIES = frozenset({"guardians", "students"})
TEXT = (
    "우리 아이의 결석, 지각, 조퇴, 결과는 ‘출결’ 화면에서 봅니다. 이번 달과 이번 학년도에 며칠 결석했는지, 언제"
    " 지각하거나 조퇴했는지, 그 사유가 질병, 미인정, 기타, 출석인정 가운데 무엇으로 처리되었는지 날짜별로 나옵니다."
)


def _documents(_tx: Tx, _page: str) -> list[Document]:
    return [
        Document(
            subject=f"attendance:{PAGE}",
            kind="attendance",
            title="우리 아이 출결(결석·지각·조퇴)",
            note="",
            href="/attendance",
            text=TEXT,
            at=moment(2026, 3, 1),
            keys=FAMILIES,
        )
    ]


FINDABLE = Findable(
    about="attendance",
    kinds={"attendance": _("출결")},
    documents=_documents,
    keys=lambda _tx, _page: FAMILIES,
    moved_by={
        FamiliesChanged: lambda _tx, _event: Moved((PAGE,)),
        AttendanceMarked: lambda _tx, event: Moved((PAGE,) if event.is_first else ()),
    },
    readable="EXISTS (SELECT 1 FROM (SELECT 'guardians' AS key UNION ALL SELECT 'students') a WHERE "  # noqa: S608 - constants only
    + READABLE
    + ")",
    params=readable_params,
)
