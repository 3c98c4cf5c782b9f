"""A paper in the layout of the school's paper form, which is Korean whoever prints it."""

import msgspec

from kit.i18n import Catalogue
from kit.pdf.document import Boxes, Document, Form, Line, Place, Rule, Size, Step
from kit.web.dates import Dates
from node.submissions.kinds import SCHOOL_HERE, SEALED
from node.submissions.model import Milestone, Paper, PaperView, Passage
from node.submissions.wording import period_words

DECIDED = (Passage.ADVANCED, Passage.APPROVED, Passage.REPORTED)
_KOREAN = Dates(Catalogue("ko", []))


class PaperSheet(msgspec.Struct, frozen=True, kw_only=True):
    """What stands on paper, as the kind says (`PrintRule`), on a page to be printed as in a file."""

    title: str
    steps: tuple[Step, ...]
    rows: tuple[tuple[str, str], ...]
    declaration: str
    sent_on: str
    signer: str
    addressee: str
    not_yet: str
    """That it is not valid yet."""
    decided_on: str
    """With `sealed`: the line of the school, of a decided paper alone."""
    sealed: str


def sheet_of(view: PaperView, school: str) -> PaperSheet:
    """What is printed of a paper."""
    paper, kind, rule = view.paper, view.type, view.type.printed
    decided = [one for one in view.trail if one.what in DECIDED and one.word]
    is_sealed = rule.seal in SEALED and view.is_valid and bool(decided)
    return PaperSheet(
        title=_of_school(rule.title, school) or kind.name,
        steps=tuple(map(_step, decided)) if rule.has_boxes else (),
        rows=_rows(view),
        declaration=_of_school(kind.declaration, school),
        sent_on=_KOREAN.day(paper.sent_at),
        signer=f"{paper.relation or '제출한 사람'}: {paper.by_name} (전자 제출)",
        addressee=_of_school(rule.addressee, school),
        not_yet="허가 전에는 유효하지 않음" if kind.is_permission and not view.is_valid else "",
        decided_on=_KOREAN.day(decided[-1].at) if is_sealed else "",
        sealed=f"{school}장 {SEALED[rule.seal]}" if is_sealed else "",
    )


def paper_form(view: PaperView, school: str) -> Document:
    """The paper form, for a PDF."""
    sheet, name = sheet_of(view, school), view.type.name
    return Document(
        title=f"{name} {view.paper.receipt_number}".strip(),
        author=school,
        foot=f"{school} · {name} · 접수번호 {_number(view.paper)}",
        blocks=(
            *([Boxes(sheet.steps)] if view.type.printed.has_boxes else []),
            Line(sheet.title, Place.CENTRE, Size.TITLE),
            Rule(),
            Form(sheet.rows),
            *_lines(sheet.declaration),
            Line(sheet.sent_on, Place.CENTRE),
            Line(sheet.signer, Place.RIGHT),
            *_lines(sheet.addressee, Place.CENTRE, Size.HEAD),
            *_lines(sheet.not_yet, Place.CENTRE, Size.HEAD),
            *_lines(sheet.decided_on, Place.CENTRE),
            *_lines(sheet.sealed, Place.CENTRE, Size.HEAD),
            *_proof(view.paper, view.trail),
        ),
    )


def _of_school(text: str, school: str) -> str:
    return text.replace(SCHOOL_HERE, school)


def _lines(text: str, place: Place = Place.LEFT, size: Size = Size.TEXT) -> list[Line]:
    """A line, if there is something to say."""
    return [Line(text, place, size)] if text else []


def _number(paper: Paper) -> str:
    return paper.receipt_number or "제출 전"


def _step(decided: Milestone) -> Step:
    return Step(decided.word.splitlines()[0], decided.by_name, _KOREAN.day(decided.at))


def _rows(view: PaperView) -> tuple[tuple[str, str], ...]:
    paper, rule = view.paper, view.type.printed
    rows = [
        ("접수번호", f"{_number(paper)} ({paper.label})"),
        ("학생", f"{view.class_name} {paper.student_name}".strip()),
    ]
    if paper.halves:
        rows.append(("기간", f"{period_words(paper)} (수업일 {paper.days}일)"))
    hidden = {
        part.id
        for field in view.type.asked.fields
        if field.id in rule.without
        for part in field.parts
    }
    rows += [
        given
        for field, given in zip(view.answered, view.answers, strict=True)
        if field not in hidden
    ]
    if view.files and rule.has_files:
        rows.append(("첨부", "\n".join(file.name for file in view.files)))
    return tuple(rows)


def _proof(paper: Paper, trail: tuple[Milestone, ...]) -> tuple[Rule | Line, ...]:
    """Where the decisions stand, so that nobody has to believe the paper."""
    leaves = [str(one.leaf) for one in trail if one.leaf is not None]
    if not leaves:
        return ()
    numbers = ", ".join(leaves)
    return (
        Rule(),
        Line(
            f"이 서류의 결재는 학교 기록부 {numbers}번에 올라 있습니다. 마당의 서류 화면에서 결재 기록"
            " 확인서 파일을 내려받아 ‘제출 확인서 확인’ 화면(/verify)에 올리면 변경되지 않았는지 누구나"
            " 확인할 수 있습니다.",
            size=Size.SMALL,
        ),
    )
