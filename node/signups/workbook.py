"""The lists of a sign-up as a workbook, as a school files them."""

from collections.abc import Iterator, Sequence

from kit import sheets
from kit.clock import local
from node.signups.model import EntryState, SignupList

HEADS = (
    "강좌",
    "상태",
    "순번",
    "신청 번호",
    "학년·반",
    "번호",
    "이름",
    "신청한 보호자",
    "신청 시각",
)
_STATES = {
    EntryState.ENTERED: "추첨 대기",
    EntryState.PLACED: "선정",
    EntryState.WAITING: "대기",
    EntryState.CANCELLED: "취소",
}


def workbook_of(lists: Sequence[SignupList]) -> bytes:
    """One sheet, a line for each child: course by course, who has a place first."""
    widths = {"A": 24.0, "H": 16.0, "I": 18.0}
    return sheets.xlsx("신청 명단", _rows(lists), widths=widths)


def _rows(lists: Sequence[SignupList]) -> Iterator[Sequence[sheets.Cell]]:
    yield HEADS
    for found in lists:
        for state in (EntryState.PLACED, EntryState.ENTERED, EntryState.WAITING):
            for line in found.entries:
                if line.entry.state is not state:
                    continue
                for child in line.pupils:
                    yield (
                        line.course,
                        _STATES[state],
                        line.waits or None,
                        line.entry.number,
                        child.class_name,
                        child.number or None,
                        child.name,
                        line.by,
                        local(line.entry.at).strftime("%Y-%m-%d %H:%M"),
                    )
