"""What came of the questions of a survey: how often each option was chosen, and what was written."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from node.questions.model import COUNTED, Field, FieldKind, average_of, parts_of
from node.surveys.model import OptionSum, QuestionSums

ANSWERED = ""
"""The option under which is counted who answered a question at all."""
_CHOSEN = frozenset((*COUNTED, FieldKind.AGREE))

Sums = Mapping[tuple[str, str], int]
"""Field and option → how often."""


def chosen(field: Field) -> bool:
    """Whether a question is answered by choosing."""
    return field.kind in _CHOSEN


def counted(fields: Iterable[Field], answers: Mapping[str, str]) -> list[tuple[str, str]]:
    """What one set of answers adds one to: field and option."""
    found = []
    for field in parts_of(fields):
        answer = answers.get(field.id, "")
        if answer:
            found.append((field.id, ANSWERED))
            if chosen(field):
                found += [(field.id, option) for option in answer.split("\n")]
    return found


def counted_of_all(fields: Sequence[Field], all_answers: Iterable[Mapping[str, str]]) -> Sums:
    found: Counter[tuple[str, str]] = Counter()
    for answers in all_answers:
        found.update(counted(fields, answers))
    return found


def in_questions(
    fields: Iterable[Field], sums: Sums, words: Mapping[str, Sequence[str]] | None = None
) -> list[QuestionSums]:
    """Question by question; `words`: of each field some of what was written, as far as it may be shown."""
    found = []
    for field in parts_of(fields):
        options = [
            OptionSum(option, sums.get((field.id, option), 0), not field.has_own_options)
            for option in field.shown_options
            if chosen(field)
        ]
        answers = sums.get((field.id, ANSWERED), 0)
        if options or words is not None:
            written = (words or {}).get(field.id, ())
            found.append(
                QuestionSums(
                    field.label,
                    answers,
                    options,
                    written,
                    0 if options else answers - len(written),
                    average_of(field, [one.count for one in options]),
                )
            )
    return found
