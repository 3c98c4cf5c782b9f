"""The words of lost and found: things that were found, claims to them, how each ended."""

import enum
from datetime import date

import msgspec

from kit.clock import DAY
from kit.event import Event
from kit.i18n import _
from kit.problem import Conflict

LONGEST_WORDS = 200  # characters
LONGEST_PLACE = 100
FEWEST_DAYS, MOST_DAYS = 14, 365
MOST_LOSSES = 10
"""Open reports for one child."""
MATCHED = "belongings:matched"
"""The kind of the notice."""
REMEMBERED = 30 * DAY
"""For how long what is closed can be looked at and taken up again."""


class Keeping(msgspec.Struct, frozen=True):
    """For how many days the school keeps what was found."""

    days: int = 90


class Ending(enum.StrEnum):
    """What became of a thing."""

    HANDED = "handed"
    DONATED = "donated"
    DISCARDED = "discarded"
    MISTAKEN = "mistaken"


ENDING_LABELS = {
    Ending.HANDED: _("돌려줌"),
    Ending.DONATED: _("기부함"),
    Ending.DISCARDED: _("폐기함"),
    Ending.MISTAKEN: _("잘못 등록함"),
}
CLEARED = (Ending.DONATED, Ending.DISCARDED)
"""How things end that nobody came for."""


class FoundWords(msgspec.Struct, frozen=True):
    """What somebody writes of a thing. `found_on`: YYYY-MM-DD; `kept_at`: where its owner comes for it."""

    words: str
    place: str
    found_on: str
    kept_at: str


def day_of(text: str) -> date | None:
    """The day that was chosen; None where it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


class LossWords(msgspec.Struct, frozen=True):
    """What somebody writes of what they miss. `lost_on`: YYYY-MM-DD, "" where they do not know."""

    words: str
    place: str = ""
    lost_on: str = ""


class FoundThing(msgspec.Struct, frozen=True):
    """A thing that was found. `big`, `small`: of its picture, "" without one. Times in ms."""

    id: str
    words: str
    place: str
    found_on: str
    kept_at: str
    big: str
    small: str
    by_id: str
    at: int
    claimed_at: int | None = None
    closed_at: int | None = None
    ending: str = ""
    handed_to: str = ""

    @property
    def written(self) -> FoundWords:
        return FoundWords(self.words, self.place, self.found_on, self.kept_at)


class Owner(msgspec.Struct, frozen=True):
    """Whose a thing may be: the reader themselves, or a child of theirs."""

    id: str
    name: str
    is_self: bool


class Claim(msgspec.Struct, frozen=True):
    """Somebody says that a thing is theirs, or misses one that may be it. `owner`: the child's name, or their own; `room`: its class,
    "" without one; `has_it`: it was handed to them."""

    person_id: str
    owner_id: str
    person: str
    owner: str
    room: str
    words: str
    at: int
    has_it: bool

    @property
    def key(self) -> str:
        return f"{self.person_id}/{self.owner_id}"


class OwnClaim(msgspec.Struct, frozen=True):
    """A claim of the reader's own, and how it stands."""

    thing: FoundThing
    owner_id: str
    has_it: bool

    @property
    def state(self) -> str:
        """A msgid."""
        if self.thing.closed_at is None:
            return _("선생님이 확인하고 있습니다")
        if self.has_it:
            return _("돌려받았습니다")
        if self.thing.ending == Ending.HANDED:
            return _("다른 주인을 찾았습니다")
        return _("더 이상 보관하지 않습니다")


class FoundThings(msgspec.Struct, frozen=True):
    """The page: what is there, the newest first; the reader's own claims; how many things wait for them
    to hand over."""

    things: tuple[FoundThing, ...]
    claims: tuple[OwnClaim, ...]
    waiting: tuple[FoundThing, ...]
    before: str = ""


class OpenedThing(msgspec.Struct, frozen=True):
    """A thing as its reader may see it. `claims`: of all, for who hands it over, and so `missed`, the
    reports that may be of it by whoever claims it not; `own`: the reader's."""

    thing: FoundThing
    owners: tuple[Owner, ...]
    own: tuple[OwnClaim, ...]
    claims: tuple[Claim, ...]
    missed: tuple[Claim, ...]
    hands_over: bool


class Loss(msgspec.Struct, frozen=True):
    """What somebody misses. `lost_on`: YYYY-MM-DD, "" unknown; `thing_id`: a thing that may be it, ""
    none. Times in ms."""

    id: str
    person_id: str
    owner_id: str
    words: str
    place: str
    lost_on: str
    at: int
    thing_id: str = ""
    closed_at: int | None = None


class LossLine(msgspec.Struct, frozen=True):
    """It in a list: who misses it, and what was found that may be it, "" none (any more)."""

    loss: Loss
    owner: str
    found: str


class BelongingsNoted(Event, frozen=True, tag="belongings.noted"):
    """Something was found."""

    thing_id: str


class BelongingsChanged(Event, frozen=True, tag="belongings.changed"):
    """A thing was written of otherwise, handed over, cleared away or taken up again."""

    thing_id: str


class BelongingsClaimed(Event, frozen=True, tag="belongings.claimed"):
    """Somebody says that a thing is theirs, or no longer says so."""

    thing_id: str
    person_id: str


class LossReported(Event, frozen=True, tag="belongings.lost"):
    """Somebody misses a thing, or no longer does."""

    loss_id: str
    person_id: str


class LossMatched(Event, frozen=True, tag="belongings.matched"):
    """What was found may be what somebody misses."""

    loss_id: str
    thing_id: str
    person_id: str


class BelongingsAct(enum.StrEnum):
    """Acts for the audit log."""

    EDIT = "belongings:thing:edit"
    HAND_OVER = "belongings:thing:hand_over"
    CLEAR = "belongings:thing:clear"
    REOPEN = "belongings:thing:reopen"
    SETTING = "belongings:setting:change"


class ThingClosed(Conflict):
    code = "thing-closed"
    text = _("이미 처리된 물건입니다. 화면을 새로 고쳐 확인해 주세요.")


class TooManyLosses(Conflict):
    code = "too-many-losses"
    text = _(
        "한 사람의 분실 신고는 10건까지 할 수 있습니다. 이미 찾은 물건의 신고를 먼저 종료해 주세요."
    )
