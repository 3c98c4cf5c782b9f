"""The words of supplies: what came from the province, and what the school said to it."""

import enum

import msgspec

from kit.event import Event
from kit.i18n import _
from kit.problem import Problem
from node.ports.supplied import Supplied, SupplyStanding, WeighedSupply


class SupplyAnswer(enum.StrEnum):
    """What the administrator said to a supply as it stands."""

    NONE = ""
    TAKEN = "taken"
    LEFT = "left"


class SupplyItem(msgspec.Struct, frozen=True):
    """Something that came. `digest` is of what it says; `waits`: the administrator has not said anything to
    it, and it is not what the school has already; `before`: what was there before it was taken, to be
    brought back. Times in ms."""

    kind: str
    key: str
    name: str
    content: str
    digest: str
    arrived_at: int
    answer: SupplyAnswer
    waits: bool
    before: str


class ShownSupply(msgspec.Struct, frozen=True):
    """A supply with how it stands now to what the school has; None: it was decided on, and is not weighed
    again for a list."""

    item: SupplyItem
    weighed: WeighedSupply | None

    @property
    def waits(self) -> bool:
        return self.item.waits and self.weighed is not None and self.weighed.is_open


class SupplyShelf(msgspec.Struct, frozen=True):
    """Those of a kind, as its page shows them. `by_itself`: they come without being asked about;
    `can_come`: something of this kind can be this school's."""

    of: Supplied
    shown: tuple[ShownSupply, ...]
    by_itself: bool
    can_come: bool

    @property
    def waiting(self) -> tuple[ShownSupply, ...]:
        return tuple(one for one in self.shown if one.waits)


ANSWER_LABELS = {
    SupplyAnswer.NONE: _("우리 학교와 같음"),
    SupplyAnswer.TAKEN: _("가져옴"),
    SupplyAnswer.LEFT: _("쓰지 않음"),
}
STANDING_LABELS = {
    SupplyStanding.NEW: _("우리 학교에 없음"),
    SupplyStanding.SAME: _("우리 학교와 같음"),
    SupplyStanding.OTHER: _("우리 학교와 다름"),
    SupplyStanding.UNFIT: _("읽을 수 없음"),
}
STANDING_CHIPS = {
    SupplyStanding.NEW: "info",
    SupplyStanding.SAME: "success",
    SupplyStanding.OTHER: "warning",
    SupplyStanding.UNFIT: "danger",
}


class SuppliesMoved(Event, frozen=True, tag="supplies.moved"):
    """Something came from the province, or was decided on."""

    items: int


class SupplyAct(enum.StrEnum):
    """Acts for the audit log."""

    TAKE = "supplies:item:take"
    LEAVE = "supplies:item:leave"
    BRING_BACK = "supplies:item:bring_back"
    LET_COME = "supplies:kind:let_come"
    LET_WAIT = "supplies:kind:let_wait"


class SupplyUnfit(Problem):
    """It cannot be taken as it is."""

    code = "supply-unfit"
    status = 409
    text = _("이 자료는 지금 가져올 수 없습니다. 화면을 새로 고쳐 상태를 확인해 주세요.")
