"""What fits the questions: values as they come from a page, as answers in words."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import msgspec
from multidict import MultiMapping

from node.questions.model import (
    AGREED,
    COUNTED,
    MAX_TEXT,
    AnswerFault,
    BadAnswer,
    Field,
    FieldKind,
    parts_of,
)
from protocol.records import Answer


def values_of(sent: MultiMapping[object]) -> dict[str, list[str]]:
    """A page's `answer_<field>` inputs by field."""
    names = {name for name in sent if name.startswith("answer_")}
    return {
        name.removeprefix("answer_"): [str(value) for value in sent.getall(name)] for name in names
    }


def asked(fields: Iterable[Field], values: Mapping[str, Sequence[str]]) -> list[Field]:
    """The questions that are asked of whoever answers so, a matrix row by row: those that depend on an
    earlier answer only where that was asked and given."""
    found: list[Field] = []
    given: set[tuple[str, str]] = set()
    for field in parts_of(fields):
        if field.only_if is None or msgspec.structs.astuple(field.only_if) in given:
            found.append(field)
            given.update((field.id, value.strip()) for value in values.get(field.id, ()))
    return found


def answers_of(fields: Sequence[Field], values: Mapping[str, Sequence[str]]) -> tuple[Answer, ...]:
    """The values as answers to the questions that were asked. Raises BadAnswer."""
    wrong: dict[str, str] = {}
    answers = []
    for field in asked(fields, values):
        given = [value.strip() for value in values.get(field.id, ()) if value.strip()]
        problem = _fault(field, given)
        if problem:
            wrong[field.id] = problem
        answers.append(
            Answer(
                field=field.id,
                label=field.label,
                answer="\n".join(given),
                options=field.shown_options,
                hint=field.help,
            )
        )
    if wrong:
        raise BadAnswer(wrong)
    return tuple(answers)


_NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,4})?")


def _fault(field: Field, given: list[str]) -> str:
    """What is wrong with the given values, as a msgid; empty when nothing is."""
    if not given:
        return AnswerFault.MISSING if field.required else ""
    if field.kind is not FieldKind.CHOICES and len(given) > 1:
        return AnswerFault.SEVERAL
    if any(len(value) > MAX_TEXT for value in given):
        return AnswerFault.LONG
    first = given[0]
    if field.kind in COUNTED:
        return "" if set(given) <= set(field.shown_options) else AnswerFault.NO_OPTION
    if field.kind is FieldKind.AGREE:
        return "" if first == AGREED else AnswerFault.UNTICKED
    if field.kind is FieldKind.NUMBER and not _NUMBER.fullmatch(first):
        return AnswerFault.NO_NUMBER
    if field.kind is FieldKind.DATE:
        try:
            date.fromisoformat(first)
        except ValueError:
            return AnswerFault.NO_DATE
    return ""


class OtherAnswer(msgspec.Struct, frozen=True):
    """A question that is answered otherwise in what is stored than in what was given."""

    question: str
    given: str
    stored: str


def differing(given: Sequence[Answer], stored: Sequence[Answer]) -> list[OtherAnswer]:
    """Where answers as stored are not those that were given, question by question."""
    stored_by, given_by = _by_field(stored), _by_field(given)
    found = [
        OtherAnswer(one.label, one.answer, stored_by.get(one.field, ""))
        for one in given
        if stored_by.get(one.field, "") != one.answer
    ]
    found += [OtherAnswer(one.label, "", one.answer) for one in stored if one.field not in given_by]
    return found


def _by_field(answers: Sequence[Answer]) -> dict[str, str]:
    return {one.field: one.answer for one in answers}
