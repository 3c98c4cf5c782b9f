"""The words of the assistant: turns, answers with their sources, questions handed to the office."""

import enum
from urllib.parse import quote

import msgspec

from kit.event import Event
from kit.i18n import _
from kit.problem import Problem
from models.messages import Cited
from models.passages import Passage

LONGEST_QUESTION = 300
LONGEST_REPLY = 2000
FRAGMENT = 24  # characters by which a browser finds the cited sentence


class TurnState(enum.StrEnum):
    ANSWERING = "answering"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Source(msgspec.Struct, frozen=True):
    """A passage an answer rests on, or that lies nearest where there is none, as it was when it was
    asked. `number` is what citations say."""

    number: int
    title: str
    kind: str
    note: str
    href: str
    origin: str
    text: str
    at: int = 0

    @property
    def is_provincial(self) -> bool:
        return self.origin == "province"

    @property
    def has_page(self) -> bool:
        """Whether the school has a page of it; else the passage is shown as it was cited."""
        return bool(self.href)

    @property
    def page(self) -> str:
        """The page's address, without the place within it."""
        return self.href.partition("#")[0]


class Sentence(msgspec.Struct, frozen=True):
    """A sentence of an answer and the number of its source."""

    text: str
    source: int


class Turn(msgspec.Struct, frozen=True):
    """A question and what came of it. `outcome`, `note` as the worker says (`models.messages`)."""

    id: str
    person_id: str
    question: str
    asked_at: int
    state: TurnState
    outcome: str
    sentences: tuple[Sentence, ...]
    sources: tuple[Source, ...]
    note: str
    helpful: bool | None
    handed_at: int | None = None
    reply: str = ""
    replied_at: int | None = None
    is_withheld: bool = False
    """It rested on what the asker may no longer read: nothing of it is shown."""

    @property
    def pages(self) -> set[str]:
        """The school's pages the answer rests on."""
        return {source.page for source in self.sources if source.has_page}

    @property
    def is_open(self) -> bool:
        return self.state is TurnState.ANSWERING


class Handover(msgspec.Struct, frozen=True):
    """A question that waits at the office, or was answered there."""

    turn_id: str
    person_id: str
    person_name: str
    person_label: str
    question: str
    handed_at: int
    reply: str
    replied_by: str
    replied_at: int | None


class AssistantStanding(msgspec.Struct, frozen=True):
    """How the assistant fares, for the administrator. `memory` in bytes; `version`s as released;
    `last_error`: a msgid; `left_out`: the school's own releases that do not open, by kind;
    `engine_fault`: why the engine of the model does not work on this machine, "" when it does."""

    state: str
    last_error: str = ""
    left_out: tuple[str, ...] = ()
    restarts: int = 0
    memory: int = 0
    passages: int = 0
    subjects: int = 0
    unvectored: int = 0
    waiting: int = 0
    stale: int = 0
    knowledge: str = ""
    model: str = ""
    engine_fault: str = ""


def used(
    cited: tuple[Cited, ...], passages: tuple[Passage, ...]
) -> tuple[tuple[Sentence, ...], tuple[Source, ...]]:
    """The sentences with the sources they name, numbered in the order they are first named; without
    sentences all the passages, as what lies nearest."""
    if not cited:
        return (), tuple(_source(at, one) for at, one in enumerate(passages, start=1))
    sources: dict[tuple[str, str, str], Source] = {}
    sentences = []
    for one in cited:
        passage = passages[one.source]
        place = (
            passage.subject,
            passage.href,
            passage.title,
        )  # passages of one text are one source
        if place not in sources:
            sources[place] = _source(len(sources) + 1, passage, one.text)
        sentences.append(Sentence(one.text, sources[place].number))
    return tuple(sentences), tuple(sources.values())


def _source(number: int, passage: Passage, quoted: str = "") -> Source:
    """A source whose address opens the page at the cited sentence, where it stands there as it is cited
    (a row of a table does not) and the browser can."""
    start = quoted[:FRAGMENT].rsplit(" ", 1)[0]
    place = f"#:~:text={quote(start, safe='')}" if start and start in passage.text else ""
    return Source(
        number=number,
        title=passage.title,
        kind=passage.kind,
        note=passage.note,
        href=f"{passage.href}{place}" if passage.href else "",
        origin=passage.origin,
        text=passage.text,
        at=passage.at,
    )


class IndexBehind(msgspec.Struct, frozen=True):
    """Signal of a commit: there is something the worker's index has not heard of."""


class AssistantAct(enum.StrEnum):
    """Acts of the audit log."""

    REPLY = "assistant:question:reply"


class QuestionHanded(Event, frozen=True, tag="assistant.handed"):
    """Somebody handed a question to the office."""

    turn_id: str


class QuestionReplied(Event, frozen=True, tag="assistant.replied"):
    """The office answered a question."""

    turn_id: str
    person_id: str


class AssistantAway(Problem):
    code = "assistant-away"
    status = 409  # no fault of the server's: it serves, and its assistant starts beside it
    text = _("도우미가 아직 준비 중입니다. 잠시 뒤에 다시 물어보거나 찾기를 이용해 주세요.")


class AlreadyHanded(Problem):
    code = "assistant-handed"
    status = 409
    text = _("이미 학교에 전달한 질문입니다.")


class AlreadyReplied(Problem):
    code = "assistant-replied"
    status = 409
    text = _("다른 분이 먼저 답했습니다. 새로 고쳐 확인해 주세요.")
