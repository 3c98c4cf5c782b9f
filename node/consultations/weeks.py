"""Opening consultation weeks: days, whom they are for, when families take times; changing, calling off."""

from datetime import date, timedelta

from kit import audit
from kit.clock import DAY, Clock, local_date, moment
from kit.db import Database, Tx
from kit.i18n import _
from kit.ids import new_id
from kit.outbox import publish
from kit.problem import Invalid, NotFound
from kit.seen import check_seen
from kit.typed import one_line, whole
from node.calendar.service import Calendar
from node.consultations import booking_store, store
from node.consultations.herald import Herald
from node.consultations.model import (
    LONGEST_TEXT,
    LONGEST_TITLE,
    LONGEST_WALK,
    LONGEST_WEEK,
    BookingOpened,
    BookingState,
    ConsultationAct,
    MayNotOpen,
    Week,
    WeekCalledOff,
    WeekChanged,
    WeekOpened,
    WeekText,
    WeekWithdrawn,
)
from node.consultations.noticed import BOOKING, OPENED, WITHDRAWN
from node.consultations.rights import handles, may_open, may_open_any
from node.notices.model import Topic
from node.people.access import of_now
from node.people.audience import audience_of
from node.people.model import Asker, Kind, Scope

LATEST = 200 * DAY
"""How far ahead a week may lie."""
OPENS_AT_HOUR, CLOSES_AT_HOUR = 9, 17
PORTION = 50
"""Families that are told in one unit."""
_SCOPES = (Scope.SCHOOL, Scope.GRADE, Scope.CLASS)
_CALLED_OFF = "상담주간이 취소되었습니다."


class WeekDesk:
    """A week is there for everybody as soon as it is opened: teachers give times first, families take
    them from `opens_at` on."""

    def __init__(self, db: Database, clock: Clock, calendar: Calendar, herald: Herald) -> None:
        self._db = db
        self._clock = clock
        self._calendar = calendar
        self._herald = herald

    def usual(self) -> WeekText:
        """What the form of a new week begins with: the week after next, times taken from next Monday to
        its Thursday."""
        today = local_date(self._clock.now())
        monday = today + timedelta(days=7 - today.weekday())
        return WeekText(
            title="학부모 상담주간",
            first_on=monday + timedelta(days=7),
            last_on=monday + timedelta(days=11),
            opens_at=_at_hour(monday, OPENS_AT_HOUR),
            closes_at=_at_hour(monday + timedelta(days=3), CLOSES_AT_HOUR),
        )

    async def open(self, asker: Asker, text: WeekText) -> str:
        """A new week; its id. The teachers of its classes are told to give their times; audited. Raises
        NotFound, MayNotOpen, Invalid, TooLong; publishes WeekOpened."""
        _check_text(text, self._clock.now())

        def unit(tx: Tx, now: Asker) -> str:
            self._require(tx, now, text)
            made, at = new_id(), self._clock.now()
            store.add(tx, made, text, now.id, at)
            teachers = {one.teacher_id for one in store.classes(tx, text.keys)} - {None, now.id}
            self._herald.tell_staff(tx, sorted(map(str, teachers)), Topic(OPENED, made))
            audit.record(tx, self._clock, now, ConsultationAct.OPEN, made, title=text.title)
            publish(tx, WeekOpened(made), at)
            return made

        return await self._db.write(of_now(asker, unit))

    def _require(self, tx: Tx, asker: Asker, text: WeekText) -> None:
        if not may_open_any(asker):
            raise NotFound()
        if not may_open(tx, asker, text.keys):
            raise MayNotOpen()
        if not self._calendar.school_days(tx, text.first_on, text.last_on):
            raise Invalid({"first": _("이 기간에는 수업일이 없습니다. 학사일정을 확인해 주세요.")})

    async def text(self, asker: Asker, week_id: str) -> WeekText:
        """A week as it is written, for whoever changes it. Raises NotFound."""
        return await self._db.read(lambda tx: _text_of(tx, _handled(tx, asker, week_id)))

    async def change(self, asker: Asker, week_id: str, text: WeekText, seen: str = "") -> None:
        """A week is otherwise; what was taken stays; audited. Raises NotFound, WeekCalledOff, MayNotOpen,
        Invalid, TooLong, ChangedMeanwhile; publishes WeekChanged."""
        _check_text(text)

        def unit(tx: Tx, now: Asker) -> None:
            week = _handled(tx, now, week_id)
            if week.withdrawn_at is not None:
                raise WeekCalledOff()
            check_seen(seen, _text_of(tx, week))
            if text.keys != store.keys(tx, week_id):
                self._require(tx, now, text)
            if store.outside(tx, week_id, *_bounds(text.first_on, text.last_on)):
                raise Invalid({"first": _("교사가 이미 등록한 상담 시간이 기간을 벗어납니다.")})
            store.rewrite(tx, week_id, text)
            audit.record(tx, self._clock, now, ConsultationAct.CHANGE, week_id, title=text.title)
            publish(tx, WeekChanged(week_id), self._clock.now())

        await self._db.write(of_now(asker, unit))

    async def announce(self) -> int:
        """By itself: families that can take times from now on are told so, once; of how many weeks.
        Publishes BookingOpened."""

        def unit(tx: Tx) -> int:
            now = self._clock.now()
            some = store.to_announce(tx, now, PORTION)
            for week_id, is_open in some:
                store.announced(tx, week_id, now)
                if is_open:
                    publish(tx, BookingOpened(week_id), now)
            return len(some)

        return await self._db.write(unit)

    def booking_opened(self, tx: Tx, event: BookingOpened, after: str | None) -> str | None:
        """A step: the families of one class are told, but for those of whom another class came before:
        whoever has two children hears of the week once."""
        week = store.week(tx, event.week_id)
        if week is None or week.withdrawn_at is not None:
            return None
        rooms = sorted(one.class_id for one in store.classes(tx, store.keys(tx, week.id)))
        coming = [one for one in rooms if one > (after or "")]
        if coming:
            families: dict[str, dict[str, str]] = {}
            for guardian, student, room in store.families_of(tx, coming[0]):
                if room in rooms:
                    families.setdefault(guardian, {})[student] = room
            told = {one: list(of) for one, of in families.items() if min(of.values()) == coming[0]}
            self._herald.tell_guardians(tx, told, Topic(BOOKING, week.id))
        return coming[0] if len(coming) > 1 else None

    async def withdraw(self, asker: Asker, week_id: str) -> None:
        """Call it off for good; who has a time is told; audited. Raises NotFound, WeekCalledOff; publishes
        WeekWithdrawn."""

        def unit(tx: Tx, now: Asker) -> None:
            week = _handled(tx, now, week_id)
            if week.withdrawn_at is not None:
                raise WeekCalledOff()
            at = self._clock.now()
            store.withdraw(tx, week_id, at)
            audit.record(tx, self._clock, now, ConsultationAct.WITHDRAW, week_id, title=week.title)
            publish(tx, WeekWithdrawn(week_id), at)

        await self._db.write(of_now(asker, unit))

    def withdrawn(self, tx: Tx, event: WeekWithdrawn, after: str | None) -> str | None:
        """A step: some of the times that were taken are cancelled, their families told."""
        some = booking_store.of_week(tx, event.week_id, after or "", PORTION)
        now = self._clock.now()
        for one in some:
            booking_store.end(tx, one.id, BookingState.STRUCK, _CALLED_OFF, now)
        self._herald.tell_families(tx, some, Topic(WITHDRAWN, event.week_id))
        return some[-1].id if len(some) == PORTION else None


def _handled(tx: Tx, asker: Asker, week_id: str) -> Week:
    week = store.week(tx, week_id)
    if week is None or not handles(asker, week):
        raise NotFound()
    return week


def _text_of(tx: Tx, week: Week) -> WeekText:
    return WeekText(
        title=week.title,
        text=week.text,
        first_on=week.first_on,
        last_on=week.last_on,
        keys=store.keys(tx, week.id),
        opens_at=week.opens_at,
        closes_at=week.closes_at,
        walk=week.walk,
    )


def _check_text(text: WeekText, now: int | None = None) -> None:
    """Raises Invalid, TooLong. `now` (ms): of a new week, which must not be over."""
    one_line("title", text.title, LONGEST_TITLE)
    whole("text", text.text, LONGEST_TEXT)
    wrong = {}
    if not text.title:
        wrong["title"] = _("제목을 입력해 주세요.")
    audiences = [audience_of(key) for key in text.keys]
    if not audiences:
        wrong["audience"] = _("상담 대상을 선택해 주세요.")
    elif any(
        one is None or one.kind is not Kind.GUARDIAN or one.scope not in _SCOPES
        for one in audiences
    ):
        wrong["audience"] = _("상담 대상은 보호자의 전체·학년·학급만 선택할 수 있습니다.")
    if not 0 <= (text.last_on - text.first_on).days < LONGEST_WEEK:
        wrong["last"] = _("마지막 날은 첫날부터 31일 안에서 선택해 주세요.")
    elif now is not None and not local_date(now) <= text.first_on <= local_date(now + LATEST):
        wrong["first"] = _("오늘부터 200일 안의 날짜를 선택해 주세요.")
    elif not text.opens_at < text.closes_at < _bounds(text.first_on, text.last_on)[1]:
        wrong["closes"] = _("예약 마감은 예약 시작보다 늦고, 상담주간이 끝나기 전이어야 합니다.")
    if not 0 <= text.walk <= LONGEST_WALK:
        wrong["walk"] = _("0분부터 60분까지 입력해 주세요.")
    if wrong:
        raise Invalid(wrong)


def _bounds(first: date, last: date) -> tuple[int, int]:
    """The first moment of the first day, and that behind the last (ms)."""
    after = last + timedelta(days=1)
    return (
        moment(first.year, first.month, first.day),
        moment(after.year, after.month, after.day),
    )


def _at_hour(day: date, hour: int) -> int:
    return moment(day.year, day.month, day.day, hour)
