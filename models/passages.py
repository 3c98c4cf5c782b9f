"""The words of retrieval: documents, who may read them, and the passages they are cut into."""

import hashlib
from collections.abc import Iterable
from typing import Literal

import msgspec

from models.korean import sentences
from models.rows import cells_of
from protocol.audience import is_of_families

LONGEST = 560  # characters; an article of a handbook fits


class Rights(msgspec.Struct, frozen=True):
    """What an asker may read: texts with one of the keys and, for those who `reads_families`
    (staff), all that goes to families."""

    keys: frozenset[str]
    reads_families: bool = False

    def allow(self, keys: Iterable[str]) -> bool:
        """The rule for one text; the index asks the same within its query."""
        held = set(keys)
        if held & self.keys:
            return True
        return self.reads_families and any(is_of_families(key) for key in held)


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A text with its readers. `subject` names the thing it belongs to (newsletter:ID): its
    documents are replaced together. Times in ms; `valid_until` is the first moment it is not.
    """

    subject: str
    title: str
    text: str
    href: str
    kind: str
    keys: tuple[str, ...]
    note: str = ""
    at: int = 0
    valid_from: int | None = None
    valid_until: int | None = None
    origin: Literal["school", "province"] = "school"


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a document, as it is found and cited. `score` is 0…1, of this question only."""

    subject: str
    title: str
    text: str
    href: str
    kind: str
    note: str
    at: int
    origin: str
    part: int
    score: float = 0.0


def cut(text: str) -> list[str]:
    """Passages of at most about LONGEST characters, at the ends of sentences.

    Sentences stay on lines of their own: a row of a table ends without a full stop. A passage
    repeats the last sentence before it, so that what hangs together is found together; within a
    table it repeats the first row.
    """
    parts: list[str] = []
    current: list[str] = []
    head = ""
    for sentence in _bounded(sentences(text)):
        if not cells_of(sentence):
            head = ""
        if current and sum(map(len, current)) + len(sentence) > LONGEST:
            parts.append("\n".join(current))
            last = head or current[-1]
            current = [last] if len(last) + len(sentence) <= LONGEST else []
        current.append(sentence)
        head = head or (sentence if cells_of(sentence) else "")
    if current:
        parts.append("\n".join(current))
    return parts or [""]


def _bounded(found: Iterable[str]) -> Iterable[str]:
    """Sentences no longer than a passage: tables and lists may come without an end."""
    for sentence in found:
        for at in range(0, len(sentence), LONGEST):
            yield sentence[at : at + LONGEST]


def digest(title: str, text: str) -> bytes:
    """Names a passage by its content (16 bytes): vectors are kept under it."""
    return hashlib.sha256(f"{title}\n{text}".encode()).digest()[:16]


def state_of(documents: Iterable[Document]) -> str:
    """A digest of a subject's documents: equal when nothing of them changed."""
    return hashlib.sha256(msgspec.json.encode(list(documents))).hexdigest()[:32]
