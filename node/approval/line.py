"""The words of approval lines (결재선): steps in order, whom each waits for, what was decided.

A step is decided by whoever holds it at that moment: the holder in their own right, or who deputises
for them (대결) while they are away.
"""

import enum
from collections.abc import Mapping

import msgspec

from kit.i18n import _
from node.approval.model import Matter

HOMEROOM = "homeroom"
"""The step of the homeroom teacher (담임) of the class a matter is of."""
OF_ROLE = "role:"
"""Before a `Role` value: the step of whoever has the role."""
OF_DUTY = "duty:"
"""Before a duty's id: the step of whoever has the duty by the table of duties (업무분장)."""
OF_PERSON = "person:"
"""Before a person's id: somebody named, among the deputies of a duty. No step is anybody's by name."""


class Step(msgspec.Struct, frozen=True):
    """One step. `by`: HOMEROOM, `role:` with a role, or `duty:` with the id of a duty; of `duty:grade`
    the duty is the one of the matter's grade, `grade-3`. `title`: what it is called on paper (교감)."""

    by: str
    title: str


class Line(msgspec.Struct, frozen=True):
    """Steps in the order in which they are decided; one at least."""

    steps: tuple[Step, ...]

    @property
    def words(self) -> str:
        return " → ".join(step.title for step in self.steps)


class Verdict(enum.StrEnum):
    """What somebody decides on a step."""

    APPROVE = "approve"  # 승인
    RETURN = "return"  # 보완요청: its author mends it and starts the line anew
    REFUSE = "refuse"  # 반려: that was its end


VERDICT_LABELS: Mapping[Verdict, str] = {
    Verdict.APPROVE: _("승인 완료"),
    Verdict.RETURN: _("보완 요청"),
    Verdict.REFUSE: _("반려 처리"),
}


class Capacity(enum.StrEnum):
    """As whom somebody decides."""

    OWN = "own"
    DEPUTY = "deputy"  # 대결: for a holder who is away, or for a seat that nobody has
    DELEGATED = "delegated"  # 전결: the line ends below the principal, and this was its end


CAPACITY_LABELS: Mapping[Capacity, str] = {
    Capacity.OWN: "",
    Capacity.DEPUTY: _("대결"),
    Capacity.DELEGATED: _("전결"),
}


class Went(enum.StrEnum):
    """Where a decision brought a matter."""

    NEXT = "next"
    DONE = "done"
    RETURNED = "returned"
    REFUSED = "refused"


class Outcome(msgspec.Struct, frozen=True):
    """What a decision did. `holder_id`: after NEXT for whom it waits now, "" while nobody is found.
    `for_id`, `for_name`: for whom a deputy decided, "" where the seat is nobody's."""

    went: Went
    capacity: Capacity
    holder_id: str = ""
    for_id: str = ""
    for_name: str = ""


class TrayLine(msgspec.Struct, frozen=True):
    """A matter that waits for the asker. `step`: the title of the step; `for_name`: for whom they would
    decide as deputy, "" in their own right; `started_at`: since when it is on its way (ms)."""

    kind: str
    id: str
    title: str
    author_id: str
    step: str
    is_deputy: bool
    for_name: str
    started_at: int

    @property
    def matter(self) -> Matter:
        return Matter(self.kind, self.id)

    @property
    def after(self) -> str:
        """Where a tray goes on behind this line."""
        return f"{self.started_at}/{self.kind}/{self.id}"


class TrailLine(msgspec.Struct, frozen=True):
    """A step that was decided. `for_name`: whose it was, where a deputy decided; `at` in ms."""

    step: str
    verdict: Verdict
    word: str
    by_id: str
    by_name: str
    capacity: Capacity
    for_id: str
    for_name: str
    at: int

    @property
    def label(self) -> str:
        return VERDICT_LABELS[self.verdict]

    @property
    def as_whom(self) -> str:
        """대결 or 전결, "" of who decided in their own right."""
        return CAPACITY_LABELS[self.capacity]


class LinePosition(msgspec.Struct, frozen=True):
    """Where a matter stands: its line in words, the step it waits at and for whom ("" of what waits no
    more, and while nobody is found), what was decided so far."""

    line: str
    step: str
    holder_name: str
    trail: list[TrailLine]


class Ownerless(msgspec.Struct, frozen=True):
    """A matter for whose step nobody is found. `since`: since when it is on its way (ms)."""

    kind: str
    id: str
    title: str
    step: str
    since: int


class DecidedFor(msgspec.Struct, frozen=True):
    """A step that somebody decided. `other_name`: of who decided it, or for whom; `at` in ms."""

    kind: str
    id: str
    title: str
    step: str
    verdict: str
    other_name: str
    at: int

    @property
    def label(self) -> str:
        return VERDICT_LABELS[Verdict(self.verdict)]
