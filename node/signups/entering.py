"""Signing a child up, cancelling, and giving a place to somebody who waits."""

import hashlib
import secrets
from collections.abc import Sequence

from kit import audit
from kit.clock import Clock
from kit.db import Database, Tx
from kit.i18n import _
from kit.ids import new_id
from kit.outbox import publish
from kit.problem import Forbidden, Invalid, NotFound
from node.notices.model import Topic
from node.people.access import of_now
from node.people.model import Asker
from node.signups import entry_store, store
from node.signups.model import (
    AlreadySignedUp,
    Course,
    DrawUnderWay,
    EnoughCourses,
    EntryMoved,
    EntryState,
    How,
    MayNotSignUp,
    NoPlaceLeft,
    NoSiblings,
    NotOpenYet,
    Phase,
    Signup,
    SignupAct,
    SignupCalledOff,
    SignupChanged,
    SignupClosed,
    SignupEntry,
)
from node.signups.noticed import CANCELLED
from node.signups.rights import handles_all
from node.signups.turns import Turns
from protocol.draw import MOST_TOGETHER


class Entering:
    """Each verb is one unit: right and state; the entry; the sums; the event."""

    def __init__(self, db: Database, clock: Clock, turns: Turns) -> None:
        self._db = db
        self._clock = clock
        self._turns = turns

    async def enter(
        self,
        asker: Asker,
        signup_id: str,
        course_id: str,
        students: Sequence[str],
        *,
        together: bool = False,
        submission: str,
    ) -> list[str]:
        """Sign children up for a course ("": the only one there is); the ids of the entries. Durable when it
        returns; the same sent twice (`submission`) is one entry.

        Guardians who may sign for the child, of those for whom the sign-up is. `together`: siblings are
        one entry, which has places for all or waits; else each is one. Raises NotFound, NotOpenYet,
        SignupClosed, SignupCalledOff, MayNotSignUp, AlreadySignedUp, EnoughCourses, NoSiblings, Invalid;
        publishes SignupChanged.
        """
        wanted = sorted(set(students))
        said = f"{signup_id}/{asker.id}/{submission}/{course_id}/{together}/{wanted}"
        page = hashlib.sha256(said.encode()).hexdigest()

        def unit(tx: Tx, now: Asker) -> list[str]:
            earlier = entry_store.submission(tx, page)
            if earlier is not None:
                return earlier
            signup = self._open(tx, now, signup_id)
            course = _chosen(tx, signup, course_id)
            self._check(tx, now, signup, course, wanted)
            if together and len(wanted) > 1 and not signup.siblings:
                raise NoSiblings()
            units = [wanted] if together else [[one] for one in wanted]
            entries = [self._add(tx, now, signup, course.id, one) for one in units]
            at = self._clock.now()
            entry_store.add_submission(tx, page, entries, at)
            publish(tx, SignupChanged(signup_id), at)
            return entries

        return await self._db.write(of_now(asker, unit))

    def _open(self, tx: Tx, asker: Asker, signup_id: str) -> Signup:
        signup = _published(tx, signup_id)
        if not store.is_readable(tx, asker, signup_id):
            raise NotFound()
        match signup.phase(self._clock.now()):
            case Phase.OPEN:
                return signup
            case Phase.COMING:
                raise NotOpenYet()
            case Phase.WITHDRAWN:
                raise SignupCalledOff()
            case _:
                raise SignupClosed()

    def _check(
        self, tx: Tx, asker: Asker, signup: Signup, course: Course, wanted: Sequence[str]
    ) -> None:
        """Whether each of the children may be signed up for the course by the asker."""
        if not 0 < len(wanted) <= MOST_TOGETHER:
            raise Invalid({"child": _("신청할 자녀를 선택해 주세요.")})
        eligible = entry_store.may_be_entered(tx, store.keys(tx, signup.id), asker.id)
        signed = {child.student_id: child for child in asker.children if child.may_sign}
        for student in wanted:
            if student not in eligible or student not in signed:
                raise MayNotSignUp()
            name = signed[student].name
            held = entry_store.held_by(tx, signup.id, student)
            if course.id in held:
                raise AlreadySignedUp(name=name)
            if len(held) >= signup.most:
                raise EnoughCourses(name=name, most=signup.most)

    def _add(
        self, tx: Tx, asker: Asker, signup: Signup, course_id: str, students: Sequence[str]
    ) -> str:
        """One entry, and the sums of its course."""
        now, many = self._clock.now(), len(students)
        course = _course(tx, signup, course_id)
        state = self._first_state(tx, signup, course, many)
        made = SignupEntry(
            id=new_id(),
            signup_id=signup.id,
            course_id=course_id,
            number=_new_number(tx, signup.id),
            by_id=asker.id,
            children=many,
            state=state,
            rank=0 if signup.how is How.DRAW else entry_store.next_rank(tx, course_id),
            at=now,
            changed_at=now,
        )
        entry_store.add(tx, made, students)
        if state is EntryState.PLACED:
            store.count(tx, course_id, taken=many)
        else:
            store.count(tx, course_id, waiting=many)
        return made.id

    def _first_state(self, tx: Tx, signup: Signup, course: Course, many: int) -> EntryState:
        """Who comes takes what is free; where places are given by hand, nobody passes who waits."""
        if signup.how is How.DRAW:
            return EntryState.ENTERED
        is_free = course.free >= many and (signup.promotes or not course.waiting)
        return EntryState.PLACED if is_free else EntryState.WAITING

    async def cancel(self, asker: Asker, signup_id: str, entry_id: str) -> None:
        """An entry is taken back; who waits moves up at the same moment. By guardians who may sign for all
        of its children, and by those who handle the sign-up. Cancelled twice is cancelled.

        Raises NotFound, Forbidden, SignupCalledOff, DrawUnderWay; publishes SignupChanged.
        """

        def unit(tx: Tx, now: Asker) -> None:
            signup = _published(tx, signup_id)
            entry = _entry(tx, signup_id, entry_id)
            students = entry_store.children(tx, entry_id)
            is_own = self._require_family_or_handler(now, signup, students)
            if entry.state is EntryState.CANCELLED:
                return
            self._require_settled(signup)
            at = self._clock.now()
            entry_store.set_state(tx, entry_id, EntryState.CANCELLED, at)
            entry_store.let_go(tx, entry_id)
            if entry.state is EntryState.PLACED:
                store.count(tx, entry.course_id, taken=-entry.children)
                if signup.promotes:
                    self._turns.move_up(tx, signup, entry.course_id)
            else:
                store.count(tx, entry.course_id, waiting=-entry.children)
            if not is_own:
                self._turns.tell(tx, students, Topic(CANCELLED, signup_id))
                audit.record(tx, self._clock, now, SignupAct.CANCEL, signup_id, number=entry.number)
            publish(tx, SignupChanged(signup_id), at)

        await self._db.write(of_now(asker, unit))

    def _require_family_or_handler(
        self, asker: Asker, signup: Signup, students: Sequence[str]
    ) -> bool:
        """Whether it is the asker's own. Raises NotFound, Forbidden."""
        signed = {child.student_id for child in asker.children if child.may_sign}
        if set(students) <= signed:
            return True
        if handles_all(asker, signup):
            return False
        if any(child.student_id in students for child in asker.children):
            raise Forbidden()
        raise NotFound()

    def _require_settled(self, signup: Signup) -> None:
        match signup.phase(self._clock.now()):
            case Phase.DRAWING:
                raise DrawUnderWay()
            case Phase.WITHDRAWN:
                raise SignupCalledOff()

    async def promote(self, asker: Asker, signup_id: str, entry_id: str) -> None:
        """Give a place to one who waits, whatever their turn; audited. Whoever handles the sign-up.

        Raises NotFound, EntryMoved, NoPlaceLeft, DrawUnderWay, SignupCalledOff; publishes EntryPromoted,
        SignupChanged.
        """

        def unit(tx: Tx, now: Asker) -> None:
            signup = _published(tx, signup_id)
            if not handles_all(now, signup):
                raise NotFound()
            entry = _entry(tx, signup_id, entry_id)
            self._require_settled(signup)
            if entry.state is not EntryState.WAITING:
                raise EntryMoved()
            if _course(tx, signup, entry.course_id).free < entry.children:
                raise NoPlaceLeft()
            self._turns.give_place(tx, entry)
            audit.record(tx, self._clock, now, SignupAct.PROMOTE, signup_id, number=entry.number)
            publish(tx, SignupChanged(signup_id), self._clock.now())

        await self._db.write(of_now(asker, unit))


def _published(tx: Tx, signup_id: str) -> Signup:
    found = store.signup(tx, signup_id)
    if found is None or found.published_at is None:
        raise NotFound()
    return found


def _course(tx: Tx, signup: Signup, course_id: str) -> Course:
    found = store.course(tx, course_id)
    if found is None or found.signup_id != signup.id:
        raise NotFound()
    return found


def _chosen(tx: Tx, signup: Signup, course_id: str) -> Course:
    if course_id:
        return _course(tx, signup, course_id)
    only, *others = store.courses(tx, signup.id)
    if others:
        raise Invalid({"course": _("강좌를 선택해 주세요.")})
    return only


def _entry(tx: Tx, signup_id: str, entry_id: str) -> SignupEntry:
    found = entry_store.entry(tx, signup_id, entry_id)
    if found is None:
        raise NotFound()
    return found


def _new_number(tx: Tx, signup_id: str) -> str:
    """Six digits that no other entry of the sign-up has; they tell nothing of when it came in."""
    while True:
        number = str(100_000 + secrets.randbelow(900_000))
        if not entry_store.is_numbered(tx, signup_id, number):
            return number
