"""What the workbook of a form's answers says beside questions and answers."""

from node.forms.model import FormResults
from node.questions.workbook import Heads, workbook

HEADS = Heads(
    sheet="회신",
    group="학년·반",
    number="번호",
    name="이름",
    at="회신 시각",
    by="서명한 보호자",
    on_paper="종이",
    version="서명한 글",
    differs="기록과 다름",
    missing="미회신",
    retracted="동의 철회",
    contrary="다르게 답한 보호자",
    outcome="처리",
    refused="거절(보호자 한 분이 동의하지 않음)",
)


def workbook_of(results: FormResults) -> bytes:
    """A form's answers; what was signed beside each, once the letter was corrected."""
    return workbook(results, HEADS, _wording if len(results.wordings) > 1 else None)


def _wording(version: int) -> str:
    return "처음 글" if version == 1 else f"{version - 1}차 정정 글"
