"""What a school is asked in seven kinds, over letters of a school that nobody tuned a word to.

The kinds: the school's own rule before the handbook (`own`), the newest letter before older ones
(`newest`), days as they are said (`dates`), rows with their heads (`tables`), whole sentences only
(`whole`), what no text answers (`distant`), questions in English (`english`). Each line says on which
day it is asked, what the answer must hold and what it must not.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import msgspec
import pytest

from models import evaluate as ev
from models.library import Library
from models.passages import Document
from models.vectors import Embedder

HERE = Path(__file__).parent
# How many of a hundred: what was reached, less a few that another model of meaning may turn.
RIGHT = {
    "own": 85, "newest": 85, "dates": 75, "tables": 80, "whole": 75, "distant": 70, "english": 80,
}  # fmt: skip


class SchoolQuestion(msgspec.Struct, frozen=True):
    """A question with its day; `must_not`: what of other texts, or of none, stands in no answer."""

    id: str
    kind: str
    asker: str
    asked: str
    question: str
    gold_ids: tuple[str, ...]
    answer_facts: tuple[tuple[str, ...], ...]
    must_not: tuple[str, ...]

    @property
    def now(self) -> int:
        """Nine in the morning of its day, in ms."""
        moment = datetime.fromisoformat(f"{self.asked}T09:00:00+09:00")
        return int(moment.timestamp() * 1000)

    def is_right(self, answer: str) -> bool:
        """Whether an answer holds what it must and nothing that it must not; "" refuses."""
        if not self.gold_ids:
            return not answer
        wrong = any(ev.holds_facts(answer, [[one]]) for one in self.must_not)
        return ev.holds_facts(answer, self.answer_facts) and not wrong


def letters() -> Iterator[Document]:
    """Each is there from its day on."""
    seoul = timezone(timedelta(hours=9))
    for one in ev.read_documents(HERE / "school_letters.jsonl"):
        day = datetime.fromisoformat(one.date).replace(hour=7, tzinfo=seoul)
        at = int(day.timestamp() * 1000)
        yield msgspec.structs.replace(ev.document_of(one), at=at, valid_from=at)


def questions() -> list[SchoolQuestion]:
    lines = (HERE / "school_questions.jsonl").read_bytes().splitlines()
    return [msgspec.json.decode(line, type=SchoolQuestion) for line in lines]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What each is told, by the question's id."""
    library = Library(tmp_path_factory.mktemp("school"), Embedder())
    library.change({one.subject: [one] for one in letters()}, [])
    bare = library.without_vector(library.unvectored)
    library.keep_vectors(bare, library.vectors_of([one.text for one in bare]))
    told = {}
    for one in questions():
        _passages, found = library.answer(one.question, ev.rights_of(one.asker), one.now)
        told[one.id] = " ".join(cited.text for cited in found.sentences)
    return told


@pytest.mark.parametrize("kind", RIGHT)
def test_most_questions_of_each_kind_are_answered_right(answers: dict[str, str], kind: str) -> None:
    asked = [one for one in questions() if one.kind == kind]
    wrong = [one.id for one in asked if not one.is_right(answers[one.id])]
    assert len(asked) >= 50
    assert 100 * (len(asked) - len(wrong)) >= RIGHT[kind] * len(asked), wrong
