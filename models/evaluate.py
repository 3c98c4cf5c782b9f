"""How well questions are answered: recall, rank, facts, refusals, leaks on a set given by path.

The sets are two files of JSON lines: documents (id, title, type, audience, body, school, date?) and
questions (id, asker, question, gold_ids, difficulty, answer_facts). An asker may read documents for
`all` and for their own kind; staff read everything but `admin`; admin reads all.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec

from models.passages import Document, Rights

ALL = ("guardians", "students", "staff")
AUDIENCES = {
    "all": ALL,
    "parent": ("guardians",),
    "student": ("students",),
    "staff": ("staff",),
    "admin": ("staff/role:administrator",),
}


class EvalDocument(msgspec.Struct, frozen=True):
    """A document of a set."""

    id: str
    title: str
    type: str
    audience: str
    body: str
    school: str = ""
    date: str = ""


class Question(msgspec.Struct, frozen=True):
    """A question of a set; without `gold_ids` nothing the asker may read answers it."""

    id: str
    asker: str
    question: str
    gold_ids: tuple[str, ...] = ()
    difficulty: str = ""
    answer_facts: tuple[tuple[str, ...], ...] = ()


class Result(msgspec.Struct, frozen=True):
    """What came of a question: subjects found, best first, and what was said ("" refused)."""

    question: Question
    found: tuple[str, ...]
    extracted: str
    answered: str
    seconds: float


class Scores(msgspec.Struct, frozen=True):
    """Shares of 1, over answerable (or unanswerable) questions; `leaks` is a count."""

    recall_at_1: float
    recall_at_5: float
    mrr: float
    extractive_correct: float
    answer_correct: float
    refused_unanswerable: float
    refused_answerable: float
    leaks: int
    search_p95_ms: float


def read_documents(path: Path) -> list[EvalDocument]:
    return [
        msgspec.json.decode(line, type=EvalDocument)
        for line in path.read_bytes().splitlines()
        if line.strip()
    ]


def read_questions(path: Path) -> list[Question]:
    return [
        msgspec.json.decode(line, type=Question)
        for line in path.read_bytes().splitlines()
        if line.strip()
    ]


def keys_of(audience: str) -> tuple[str, ...]:
    """The audience keys of a node for a set's word."""
    if audience.startswith("class:"):
        room = audience.removeprefix("class:")
        return (f"guardians/class:{room}", f"students/class:{room}")
    return AUDIENCES[audience]


def rights_of(asker: str) -> Rights:
    """The rights a node would give an asker of that kind."""
    if asker == "staff":
        return Rights(frozenset({"staff"}), reads_families=True)
    if asker == "admin":
        return Rights(frozenset({"staff", "staff/role:administrator"}), reads_families=True)
    if asker.startswith("class:"):
        room = asker.removeprefix("class:")
        return Rights(frozenset({"guardians", f"guardians/class:{room}"}))
    return Rights(frozenset(AUDIENCES[asker]))


def document_of(one: EvalDocument) -> Document:
    """The document as a node would hand it to the worker."""
    origin: Literal["school", "province"] = "province" if one.school == "province" else "school"
    return Document(
        subject=one.id,
        title=one.title,
        text=one.body,
        href=f"/{one.id}",
        kind=one.type,
        keys=keys_of(one.audience),
        at=_millis(one.date),
        origin=origin,
    )


def _millis(date: str) -> int:
    if not date:
        return 0
    return int(datetime.fromisoformat(date).replace(tzinfo=UTC).timestamp() * 1000)


def may_read(asker: str, document: EvalDocument) -> bool:
    """The set's own rule, written apart from the index's so that one checks the other."""
    if asker == "admin":
        return True
    if asker == "staff":
        return document.audience != "admin"
    if document.audience == "all":
        return True
    if asker.startswith("class:"):
        return document.audience in ("parent", asker)
    return document.audience == asker


def holds_facts(text: str, facts: Iterable[Sequence[str]]) -> bool:
    """Whether at least one alternative of every fact occurs in the text, spaces ignored."""
    flat = text.replace(" ", "")
    return all(any(one.replace(" ", "") in flat for one in fact) for fact in facts)


def score(results: Sequence[Result], documents: Sequence[EvalDocument]) -> Scores:
    """The figures of a run."""
    by_id = {document.id: document for document in documents}
    answerable = [one for one in results if one.question.gold_ids]
    others = [one for one in results if not one.question.gold_ids]
    ranks = [_rank(one) for one in answerable]
    leaks = sum(
        not may_read(one.question.asker, by_id[subject])
        for one in results
        for subject in set(one.found)
    )
    times = sorted(one.seconds for one in results)
    return Scores(
        recall_at_1=_share(rank == 1 for rank in ranks),
        recall_at_5=_share(rank is not None and rank <= 5 for rank in ranks),
        mrr=_mean([1 / rank if rank else 0.0 for rank in ranks]),
        extractive_correct=_share(
            holds_facts(one.extracted, one.question.answer_facts) for one in answerable
        ),
        answer_correct=_share(
            holds_facts(one.answered, one.question.answer_facts) for one in answerable
        ),
        refused_unanswerable=_share(not one.answered for one in others),
        refused_answerable=_share(not one.answered for one in answerable),
        leaks=leaks,
        search_p95_ms=round(times[int(len(times) * 0.95)] * 1000, 1) if times else 0.0,
    )


def _rank(result: Result) -> int | None:
    gold = set(result.question.gold_ids)
    found = list(dict.fromkeys(result.found))
    return next((at + 1 for at, subject in enumerate(found) if subject in gold), None)


def _share(hits: Iterable[bool]) -> float:
    return _mean([float(hit) for hit in hits])


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 4) if values else 0.0
