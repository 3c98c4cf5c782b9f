"""A paper in the layout of the school's paper form, which is Korean whoever prints it."""

from kit.i18n import Catalogue
from kit.pdf.document import Boxes, Document, Form, Line, Place, Rule, Size, Step
from kit.web.dates import Dates
from node.submissions.model import Milestone, Paper, PaperView, Passage
from node.submissions.wording import period_words

DECIDED = (Passage.ADVANCED, Passage.APPROVED, Passage.REPORTED)
_KOREAN = Dates(Catalogue("ko", []))


def paper_form(view: PaperView, school: str) -> Document:
    """The paper form with its approval line, for a PDF."""
    paper, kind = view.paper, view.type
    number = paper.receipt_number or "아직 안 보냄"
    signer = f"{paper.relation or '제출한 사람'}: {paper.by_name}"
    is_not_yet = kind.is_permission and not view.is_valid
    return Document(
        title=f"{kind.name} {paper.receipt_number}".strip(),
        author=school,
        foot=f"{school} · {kind.name} · 접수번호 {number}",
        blocks=(
            Boxes(tuple(_step(one) for one in view.trail if one.what in DECIDED and one.word)),
            Line(kind.name, Place.CENTRE, Size.TITLE),
            Rule(),
            Form(_rows(view, number)),
            *([Line(kind.declaration)] if kind.declaration else []),
            Line(_KOREAN.day(paper.sent_at), Place.CENTRE),
            Line(f"{signer} (전자 제출)", Place.RIGHT),
            Line(f"{school}장 귀하", Place.CENTRE, Size.HEAD),
            *([Line("허가 전에는 유효하지 않음", Place.CENTRE, Size.HEAD)] if is_not_yet else []),
            *_proof(paper, view.trail),
        ),
    )


def _step(decided: Milestone) -> Step:
    return Step(decided.word.splitlines()[0], decided.by_name, _KOREAN.day(decided.at))


def _rows(view: PaperView, number: str) -> tuple[tuple[str, str], ...]:
    paper = view.paper
    rows = [
        ("접수번호", f"{number} ({paper.label})"),
        ("학생", f"{view.class_name} {paper.student_name}".strip()),
    ]
    if paper.halves:
        rows.append(("기간", f"{period_words(paper)} (수업일 {paper.days}일)"))
    rows += view.answers
    if view.files:
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
