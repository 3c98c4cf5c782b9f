"""What a server and the worker say to each other over the worker's socket.

Every message is msgspec MessagePack behind its length (4 bytes, big-endian). A request carries an
`id` of the asker's choosing; every answer to it carries the same. Ask is answered by Sources, then
Extract, then Piece… while the model writes, and last by Answered; everything else by one answer.
Failed may stand in place of any answer.
"""

from enum import StrEnum
from typing import Literal

import msgspec

from models.passages import Document, Passage, Rights

LARGEST = 16 * 1024 * 1024  # bytes of one message
Kind = Literal["knowledge", "model"]


class Request(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Base of everything asked."""

    id: str


class Put(Request, frozen=True, kw_only=True, tag="put"):
    """Replace the documents of a subject in the school's own index. → Done"""

    subject: str
    documents: tuple[Document, ...]


class Forget(Request, frozen=True, kw_only=True, tag="forget"):
    """Remove a subject from the school's own index. → Done"""

    subject: str


class Known(Request, frozen=True, kw_only=True, tag="known"):
    """→ KnownSubjects: what the school's own index holds."""


class Open(Request, frozen=True, kw_only=True, tag="open"):
    """Open a verified release beside the present one, try it, take its place. → Done"""

    kind: Kind
    path: str


class Close(Request, frozen=True, kw_only=True, tag="close"):
    """Go on without that kind of release. → Done"""

    kind: Kind


class Search(Request, frozen=True, kw_only=True, tag="search"):
    """→ Found. `now` in ms."""

    question: str
    rights: Rights
    now: int
    limit: int = 5


class Ask(Request, frozen=True, kw_only=True, tag="ask"):
    """A question of `asker` (who shares turns with nobody). → Sources, Extract, Piece…, Answered"""

    asker: str
    question: str
    rights: Rights
    now: int
    may_generate: bool = True


class Cancel(Request, frozen=True, kw_only=True, tag="cancel"):
    """Stop answering the request `target`; it ends with Failed(code="cancelled"). → Done"""

    target: str


class State(Request, frozen=True, kw_only=True, tag="state"):
    """→ WorkerState"""


class Cited(msgspec.Struct, frozen=True):
    """A sentence and the place of its passage among the Sources."""

    text: str
    source: int


class Outcome(StrEnum):
    """How a question ended."""

    EXTRACTED = "extracted"  # sentences of the sources, word for word
    WRITTEN = "written"  # the model's sentences, each supported by its source
    REFUSED = "refused"  # nothing the asker may read answers it


class Answer(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Base of everything answered."""

    id: str


class Done(Answer, frozen=True, kw_only=True, tag="done"):
    """It was done, and is durable where it changed the index."""


class Failed(Answer, frozen=True, kw_only=True, tag="failed"):
    """It was not done. `code`: cancelled, busy, no-release, bad-release, engine (it does
    not work on this machine), too-long, failed."""

    code: str
    reason: str = ""


class KnownSubjects(Answer, frozen=True, kw_only=True, tag="known-subjects"):
    """By subject the digest of its documents (`passages.state_of`)."""

    subjects: dict[str, str]


class Found(Answer, frozen=True, kw_only=True, tag="found"):
    """The best passages, best first."""

    passages: tuple[Passage, ...]


class Sources(Answer, frozen=True, kw_only=True, tag="sources"):
    """What the answer may rest on, best first; before an empty Extract what lies nearest, if anything."""

    passages: tuple[Passage, ...]


class Extract(Answer, frozen=True, kw_only=True, tag="extract"):
    """The answer in the sources' own words, always before the model's; empty when refused."""

    sentences: tuple[Cited, ...]


class Piece(Answer, frozen=True, kw_only=True, tag="piece"):
    """Some more of what the model writes; it stands only if Answered confirms it."""

    text: str


class Answered(Answer, frozen=True, kw_only=True, tag="answered"):
    """The end: the sentences that stand, and why if there are none of the model's."""

    outcome: Outcome
    sentences: tuple[Cited, ...]
    note: str = ""  # no-model, not-supported, model-failed, no-evidence


class ReleaseState(msgspec.Struct, frozen=True):
    """A release in use. `version` as in its release.json."""

    kind: str
    version: str
    path: str


class WorkerState(Answer, frozen=True, kw_only=True, tag="worker-state"):
    """How the worker fares. `memory` in bytes, `waiting` questions in the queue; `unvectored` passages
    and `unprepared` sentences have no vector yet."""

    memory: int
    passages: int
    subjects: int
    unvectored: int
    unprepared: int
    waiting: int
    releases: tuple[ReleaseState, ...] = ()


AnyRequest = Put | Forget | Known | Open | Close | Search | Ask | Cancel | State
AnyAnswer = (
    Done | Failed | KnownSubjects | Found | Sources | Extract | Piece | Answered | WorkerState
)
