"""Making sign-ups: drafts, publishing, more places, another closing, calling off."""

from kit import audit
from kit.clock import DAY, Clock, from_datetime, local
from kit.db import Database, Tx
from kit.i18n import _
from kit.ids import new_id
from kit.outbox import publish
from kit.problem import Invalid, NotFound
from kit.seen import check_seen
from kit.typed import whole
from node.notices.model import Topic
from node.people.access import of_now, require_staff
from node.people.audience import audience_of, next_holders
from node.people.model import Asker, Kind, Scope
from node.signups import entry_store, store
from node.signups.drawing import Draws
from node.signups.model import (
    LONGEST_NAME,
    LONGEST_TEXT,
    LONGEST_TITLE,
    MOST_COURSES,
    MOST_PER_CHILD,
    MOST_PLACES,
    DrawUnderWay,
    FewerThanTaken,
    How,
    MayNotPublish,
    Phase,
    PlacesAdded,
    Signup,
    SignupAct,
    SignupCalledOff,
    SignupChanged,
    SignupClosed,
    SignupOpened,
    SignupPublished,
    SignupText,
    SignupWithdrawn,
)
from node.signups.noticed import OFFERED, WITHDRAWN
from node.signups.rights import handles_all, may_publish, require_writer
from node.signups.turns import Turns

OPENS_AT_HOUR, CLOSES_AT_HOUR = 9, 17
LONGEST_RUN = 120 * DAY
"""From opening to closing."""
PORTION = 50
"""Entries whose families, and guardians who, are told in one unit."""


class SignupDesk:
    """Drafts are their author's, and of those who may publish them."""

    def __init__(self, db: Database, clock: Clock, draws: Draws, turns: Turns) -> None:
        self._db = db
        self._clock = clock
        self._draws = draws
        self._turns = turns

    async def create(self, asker: Asker) -> str:
        """An empty draft that opens tomorrow morning and closes three days later; its id. Staff."""
        now = self._clock.now()
        opens = _at_hour(now + DAY, OPENS_AT_HOUR)
        closes = _at_hour(now + 4 * DAY, CLOSES_AT_HOUR)

        def unit(tx: Tx, author: Asker) -> str:
            require_staff(author)
            made = new_id()
            empty = SignupText(title="", opens_at=opens, closes_at=closes)
            store.add(tx, made, empty, author.id, now)
            return made

        return await self._db.write(of_now(asker, unit))

    async def draft(self, asker: Asker, signup_id: str) -> SignupText:
        """A draft as it is kept. Raises NotFound."""

        def look(tx: Tx) -> SignupText:
            return _text_of(tx, _draft(tx, asker, signup_id))

        return await self._db.read(look)

    async def save(self, asker: Asker, signup_id: str, text: SignupText, seen: str = "") -> None:
        """Keep a draft. Raises NotFound, Invalid, TooLong, ChangedMeanwhile."""
        _check_text(text)

        def unit(tx: Tx, now: Asker) -> None:
            stored = _text_of(tx, _draft(tx, now, signup_id))
            check_seen(seen, stored)
            store.rewrite(tx, signup_id, text)

        await self._db.write(of_now(asker, unit))

    async def discard(self, asker: Asker, signup_id: str) -> None:
        """A draft goes. Raises NotFound."""

        def unit(tx: Tx, now: Asker) -> None:
            _draft(tx, now, signup_id)
            store.drop(tx, signup_id)

        await self._db.write(of_now(asker, unit))

    async def publish(self, asker: Asker, signup_id: str) -> None:
        """Show it to families; audited. A draw is promised in the log in the same unit.

        Raises NotFound, MayNotPublish, Invalid where something is missing; publishes SignupPublished.
        """

        def unit(tx: Tx, now: Asker) -> None:
            signup = _draft(tx, now, signup_id)
            text = _text_of(tx, signup)
            _require_whole(text, self._clock.now())
            if not may_publish(now, text.keys):
                raise MayNotPublish()
            at = self._clock.now()
            store.publish(tx, signup_id, at)
            if signup.how is How.DRAW:
                self._draws.promise(tx, signup)
            audit.record(tx, self._clock, now, SignupAct.PUBLISH, signup_id, title=signup.title)
            publish(tx, SignupPublished(signup_id), at)

        await self._db.write(of_now(asker, unit))

    # What is published ----------------------------------------------------------------------------

    async def set_places(self, asker: Asker, signup_id: str, course_id: str, places: int) -> None:
        """A course has so many places from now on; who waits moves up, where that goes by itself;
        audited. Raises NotFound, FewerThanTaken, DrawUnderWay, SignupCalledOff, Invalid; publishes
        SignupChanged, PlacesAdded."""
        if not 0 < places <= MOST_PLACES:
            raise Invalid({"places": _("정원을 1명부터 2,000명까지 입력해 주세요.")})

        def unit(tx: Tx, now: Asker) -> None:
            signup = self._handled(tx, now, signup_id)
            course = store.course(tx, course_id)
            if course is None or course.signup_id != signup.id:
                raise NotFound()
            if places < course.taken:
                raise FewerThanTaken(taken=course.taken)
            store.set_places(tx, course_id, places)
            audit.record(
                tx, self._clock, now, SignupAct.PLACES, signup_id, course=course.name, places=places
            )
            at = self._clock.now()
            publish(tx, SignupChanged(signup_id), at)
            if places > course.places and signup.promotes:
                publish(tx, PlacesAdded(signup_id, course_id), at)

        await self._db.write(of_now(asker, unit))

    async def move_closing(self, asker: Asker, signup_id: str, closes_at: int) -> None:
        """It closes at another moment (ms) that is still to come; audited. Raises NotFound, Invalid,
        SignupClosed where a draw has fixed its list, SignupCalledOff."""

        def unit(tx: Tx, now: Asker) -> None:
            signup = self._handled(tx, now, signup_id)
            if signup.sealed_at is not None:
                raise SignupClosed()
            at = self._clock.now()
            if not max(at, signup.opens_at) < closes_at <= at + LONGEST_RUN:
                raise Invalid({"closes": _("지금부터 120일 안의 날짜와 시각을 선택해 주세요.")})
            store.move_closing(tx, signup_id, closes_at)
            audit.record(tx, self._clock, now, SignupAct.CLOSING, signup_id, closes_at=closes_at)
            publish(tx, SignupChanged(signup_id), at)

        await self._db.write(of_now(asker, unit))

    async def withdraw(self, asker: Asker, signup_id: str) -> None:
        """Call it off for good; who signed up is told; audited. Raises NotFound, DrawUnderWay,
        SignupCalledOff; publishes SignupWithdrawn."""

        def unit(tx: Tx, now: Asker) -> None:
            self._handled(tx, now, signup_id)
            at = self._clock.now()
            store.withdraw(tx, signup_id, at)
            audit.record(tx, self._clock, now, SignupAct.WITHDRAW, signup_id)
            publish(tx, SignupWithdrawn(signup_id), at)

        await self._db.write(of_now(asker, unit))

    def _handled(self, tx: Tx, asker: Asker, signup_id: str) -> Signup:
        """What stands and the asker may change."""
        signup = store.signup(tx, signup_id)
        if signup is None or signup.published_at is None or not handles_all(asker, signup):
            raise NotFound()
        match signup.phase(self._clock.now()):
            case Phase.WITHDRAWN:
                raise SignupCalledOff()
            case Phase.DRAWING:
                raise DrawUnderWay()
        return signup

    async def announce(self) -> int:
        """By itself: of what has opened families are told, once; of how many. Publishes SignupOpened."""

        def unit(tx: Tx) -> int:
            now = self._clock.now()
            some = store.to_announce(tx, now, PORTION)
            for one in some:
                store.announced(tx, one.id, now)
                if one.phase(now) is Phase.OPEN:
                    publish(tx, SignupOpened(one.id), now)
            return len(some)

        return await self._db.write(unit)

    def tell_opened(self, tx: Tx, event: SignupOpened, at: str | None) -> str | None:
        """A step: some of those who may sign a child up are told that they can: once, of siblings together."""
        signup = store.signup(tx, event.signup_id)
        if signup is None or signup.phase(self._clock.now()) is not Phase.OPEN:
            return None
        keys = store.keys(tx, signup.id)
        some = next_holders(tx, keys, at or "", PORTION)
        told = entry_store.may_be_signed(tx, keys, some)
        self._turns.tell_guardians(tx, told, Topic(OFFERED, signup.id))
        return some[-1] if len(some) == PORTION else None

    def tell_withdrawn(self, tx: Tx, event: SignupWithdrawn, at: str | None) -> str | None:
        """A step: the families of some entries are told that it was called off."""
        some = entry_store.of_signup(tx, event.signup_id, at or "", PORTION)
        students = [child for one in some for child in entry_store.children(tx, one.id)]
        self._turns.tell(tx, students, Topic(WITHDRAWN, event.signup_id))
        return some[-1].number if len(some) == PORTION else None


def _draft(tx: Tx, asker: Asker, signup_id: str) -> Signup:
    signup = store.signup(tx, signup_id)
    if signup is None or signup.published_at is not None:
        raise NotFound()
    require_writer(asker, signup)
    return signup


def _text_of(tx: Tx, signup: Signup) -> SignupText:
    return SignupText(
        title=signup.title,
        text=signup.text,
        keys=store.keys(tx, signup.id),
        how=signup.how,
        opens_at=signup.opens_at,
        closes_at=signup.closes_at,
        siblings=signup.siblings,
        most=signup.most,
        promotes=signup.promotes,
        courses=store.course_texts(store.courses(tx, signup.id)),
    )


def _check_text(text: SignupText) -> None:
    """Raises Invalid, TooLong for what no draft may hold."""
    whole("title", text.title, LONGEST_TITLE)
    whole("text", text.text, LONGEST_TEXT)
    wrong = {}
    audiences = [audience_of(key) for key in text.keys]
    if any(one is None or one.kind is not Kind.GUARDIAN for one in audiences):
        wrong["audience"] = _("모집은 보호자만 대상으로 할 수 있습니다.")
    elif any(one is not None and one.scope is Scope.CHILD for one in audiences):
        wrong["audience"] = _("모집 대상은 보호자 목록에서 선택해 주세요.")
    if not text.opens_at < text.closes_at <= text.opens_at + LONGEST_RUN:
        wrong["closes"] = _("마감은 시작보다 늦고 120일을 넘지 않아야 합니다.")
    if not 0 < text.most <= MOST_PER_CHILD:
        wrong["most"] = _("1개부터 10개까지 입력해 주세요.")
    if len(text.courses) > MOST_COURSES:
        wrong["course_name"] = _("강좌는 40개까지 만들 수 있습니다.")
    for one in text.courses:
        if not 0 < len(one.name) <= LONGEST_NAME or len(one.note) > LONGEST_TITLE:
            wrong["course_name"] = _("강좌 이름은 100자, 설명은 200자까지 입력해 주세요.")
        if not 0 < one.places <= MOST_PLACES:
            wrong["course_places"] = _("정원을 1명부터 2,000명까지 입력해 주세요.")
    if wrong:
        raise Invalid(wrong)


def _require_whole(text: SignupText, now: int) -> None:
    """Raises Invalid where something is missing that families need."""
    wrong = {}
    if not text.title:
        wrong["title"] = _("제목을 입력해 주세요.")
    if not text.keys:
        wrong["audience"] = _("모집 대상을 선택해 주세요.")
    if not text.courses:
        wrong["course_name"] = _("강좌를 하나 이상 입력해 주세요.")
    if text.closes_at <= now:
        wrong["closes"] = _("마감이 이미 지났습니다. 앞으로 올 날짜와 시각을 선택해 주세요.")
    if wrong:
        raise Invalid(wrong)


def _at_hour(at: int, hour: int) -> int:
    """An hour of the day of a moment (ms)."""
    day = local(at)
    return from_datetime(day.replace(hour=hour, minute=0, second=0, microsecond=0))
