"""A list of papers as a school enters it into NEIS, which stays the register."""

from collections.abc import Callable, Iterable, Iterator

from kit.clock import local
from kit.i18n import _
from kit.sheets import Cell
from node.submissions.model import ListedPaper
from node.submissions.wording import period_words

NEIS_HEADS = (
    _("접수번호"),
    _("학급"),
    _("이름"),
    _("서류"),
    _("기간"),
    _("일수"),
    _("상태"),
    _("내용"),
    _("첨부"),
    _("제출 일시"),
    _("제출한 사람"),
)


def neis_rows(listed: Iterable[ListedPaper], said: Callable[[str], str]) -> Iterator[list[Cell]]:
    """A row for each paper; `said` translates the words that are ours."""
    for line in listed:
        paper = line.paper
        yield [
            paper.receipt_number,
            line.class_name,
            paper.student_name,
            line.type_name,
            period_words(paper) if paper.halves else "",
            paper.days,
            said(paper.label),
            "\n".join(f"{label}: {answer}" for label, answer in line.answers),
            line.files,
            "" if paper.sent_at is None else local(paper.sent_at).strftime("%Y-%m-%d %H:%M"),
            paper.by_name,
        ]
