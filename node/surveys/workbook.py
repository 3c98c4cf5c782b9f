"""The results of a survey as rows of a file, as a school keeps them."""

from collections.abc import Iterator, Sequence

from kit import sheets
from kit.clock import local
from node.questions.model import parts_of
from node.surveys.model import SurveyResults

SUMS = ("질문", "보기 또는 답", "응답 수", "질문에 답한 사람")
NAMED = ("이름", "응답 일시")


def workbook_of(found: SurveyResults) -> bytes:
    return sheets.xlsx("설문 결과", rows_of(found), widths={"A": 36.0, "B": 36.0})


def csv_of(found: SurveyResults) -> bytes:
    return sheets.csv(rows_of(found))


def rows_of(found: SurveyResults) -> Iterator[Sequence[sheets.Cell]]:
    """With names a line for each who answered; without them a line for each option, and one for each
    written answer in the order of chance."""
    yield from _named(found) if found.survey.is_named else _sums(found)


def _named(found: SurveyResults) -> Iterator[Sequence[sheets.Cell]]:
    fields = parts_of(found.survey.fields)
    yield (*NAMED, *(one.label for one in fields))
    for given in found.named:
        answers = {one.field: one.answer for one in given.answers}
        yield (
            given.by_name,
            local(given.given_at).strftime("%Y-%m-%d %H:%M"),
            *(answers.get(one.id, "") for one in fields),
        )


def _sums(found: SurveyResults) -> Iterator[Sequence[sheets.Cell]]:
    yield SUMS
    for question in found.sums:
        for one in question.options:
            yield question.label, one.option, one.count, question.answers
        for words in question.words:
            yield question.label, words, None, None
