"""The words of rooms and devices: what can be reserved, who has it when, what happened to it."""

import enum
from collections.abc import Mapping
from datetime import date, timedelta

import msgspec

from kit.clock import DAY
from kit.event import Event
from kit.i18n import _
from kit.problem import Conflict, Invalid

LONGEST_NAME = 40  # characters
LONGEST_PLACE = 60
LONGEST_NOTE = 200
MOST_PIECES = 99
MOST_FACILITIES = 300
AHEAD = timedelta(days=366)
"""How far ahead something can be reserved, and how far back one can look."""
KEPT = timedelta(days=366)
"""For how long reservations stay after their day."""
REFUSED_KEPT = 30 * DAY
BATCH = 500
"""How many reservations one unit lets go."""
AFTER_SCHOOL = 11
"""Stands for the time after the last period."""
REFUSED = "bookings:refused"
"""The kind of the notice."""


DAY_NAMES = (_("월"), _("화"), _("수"), _("목"), _("금"), _("토"), _("일"))


class FacilityKind(enum.StrEnum):
    """What sort of thing it is."""

    ROOM = "room"
    DEVICE = "device"


FACILITY_LABELS = {FacilityKind.ROOM: _("특별실"), FacilityKind.DEVICE: _("기자재")}


class FacilityWords(msgspec.Struct, frozen=True):
    """What somebody writes of a thing. `keeper_id`: "" nobody."""

    name: str
    kind: str
    place: str = ""
    pieces: int = 1
    note: str = ""
    keeper_id: str = ""
    closed: bool = False


class Facility(msgspec.Struct, frozen=True):
    """A room or a device that can be reserved. `keeper`: a name, "" nobody."""

    id: str
    name: str
    kind: str
    place: str
    pieces: int
    note: str
    keeper_id: str
    closed: bool
    keeper: str

    @property
    def written(self) -> FacilityWords:
        return FacilityWords(
            self.name,
            self.kind,
            self.place,
            self.pieces,
            self.note,
            self.keeper_id,
            self.closed,
        )


class Reservation(msgspec.Struct, frozen=True):
    """Somebody has a thing in a period of a day. `name`: whose it is; `series`: "" where it stands alone."""

    id: str
    facility_id: str
    day: str
    period: int
    person_id: str
    pieces: int
    purpose: str
    series: str
    name: str

    @property
    def written(self) -> tuple[str, int]:
        return self.purpose, self.pieces


class ReservationLine(msgspec.Struct, frozen=True):
    """One of the reader's own in a list."""

    id: str
    facility: str
    place: str
    day: str
    period: int
    purpose: str


class FacilityCell(msgspec.Struct, frozen=True):
    """A period of a day. `own`: the reader's; `left`: how many pieces are free."""

    taken: tuple[Reservation, ...]
    own: Reservation | None
    left: int


class FacilityDay(msgspec.Struct, frozen=True):
    """A day of the week that is shown. `closed`: what closes it, None on a day of school; `takes`: it can
    still be reserved."""

    day: str
    closed: str | None
    takes: bool
    cells: Mapping[int, FacilityCell]

    @property
    def weekday(self) -> str:
        """A msgid."""
        return DAY_NAMES[date.fromisoformat(self.day).weekday()]


class FacilityWeek(msgspec.Struct, frozen=True):
    """A thing's days from Monday on, by the periods of the school."""

    facility: Facility
    days: tuple[FacilityDay, ...]
    periods: tuple[int, ...]
    keeps: bool

    def away(self, weeks: int) -> str:
        return (date.fromisoformat(self.days[0].day) + timedelta(weeks=weeks)).isoformat()


class FacilityList(msgspec.Struct, frozen=True):
    """What there is, and what the reader has reserved from today on."""

    facilities: tuple[Facility, ...]
    own: tuple[ReservationLine, ...]


class OpenedReservation(msgspec.Struct, frozen=True):
    """One reservation as its reader may change it. `more`: how many of its series follow; `is_own`: the
    reader's; `keeps`: the reader looks after the thing; `is_past`: its day is over."""

    reservation: Reservation
    facility: Facility
    periods: tuple[int, ...]
    more: int
    is_own: bool
    keeps: bool
    is_past: bool


class Repeated(msgspec.Struct, frozen=True):
    """What became of a repetition: how many days were reserved, and which of them others have."""

    made: int
    taken: tuple[str, ...]


def period_words(period: int) -> str:
    """A period as it is said in Korean, where a line is content."""
    return "방과 후" if period == AFTER_SCHOOL else f"{period}교시"


def when_words(day: str, period: int) -> str:
    """`12월 3일 2교시`."""
    on = date.fromisoformat(day)
    return f"{on.month}월 {on.day}일 {period_words(period)}"


class FacilityChanged(Event, frozen=True, tag="bookings.facility"):
    """A thing came, or is written of otherwise."""

    facility_id: str


class ReservationChanged(Event, frozen=True, tag="bookings.changed"):
    """Somebody reserved a thing, moved that, or let it go."""

    facility_id: str


class ReservationRefused(Event, frozen=True, tag="bookings.refused"):
    """Who looks after a thing took a reservation back."""

    refused_id: str
    person_id: str


class BookingsAct(enum.StrEnum):
    """Acts for the audit log."""

    ADD = "bookings:facility:add"
    EDIT = "bookings:facility:edit"
    REMOVE = "bookings:facility:remove"
    REFUSE = "bookings:reservation:refuse"


class FacilityTaken(Conflict):
    code = "facility-taken"
    text = _("그사이 다른 사람이 예약했습니다. 뒤로 돌아가 다른 시간을 골라 주세요.")


class FacilityClosed(Conflict):
    code = "facility-closed"
    text = _("지금은 예약을 받지 않습니다. 담당자에게 문의해 주세요.")


class FacilityReserved(Conflict):
    code = "facility-reserved"
    text = _(
        "앞으로의 예약이 있어 삭제할 수 없습니다. ‘지금은 예약 받지 않기’를 켜고 예약을 먼저 취소해 주세요."
    )


class TooManyFacilities(Conflict):
    code = "too-many-facilities"
    text = _("특별실과 기자재는 모두 300개까지 등록할 수 있습니다.")


class DayUnfit(Invalid):
    """The day takes no reservation. `field` is the input that names it."""

    code = "day-unfit"
    text = _("오늘부터 1년 안의 수업일이나 방학 중 평일을 골라 주세요.")

    def __init__(self, field: str = "day") -> None:
        super().__init__({field: self.text})
