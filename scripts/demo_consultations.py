"""Puts the demo's consultation weeks into a school: opened by whom they say, times given by its homeroom
teachers and some others, taken by some of its families."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta

from kit.clock import HOUR, MINUTE, ManualClock
from kit.problem import Problem
from node.consultations.model import GivenTimes, Meeting, WeekText
from node.consultations.service import Consultations
from node.people.model import Asker
from scripts.demo_content.answers import NOW
from scripts.demo_content.consultations import ConsultationRow, OtherRow, load_consultations
from scripts.demo_content.model import AudienceSpec, ClassRow, GuardianRow, SchoolContent
from scripts.demo_content.signups import at

AskerOf = Callable[[str], Awaitable[Asker]]
KeysOf = Callable[[tuple[AudienceSpec, ...]], tuple[str, ...]]


class ConsultationLoad:
    """One school's consultation weeks on their way into its node."""

    def __init__(
        self,
        consultations: Consultations,
        clock: ManualClock,
        asker_of: AskerOf,
        keys_of: KeysOf,
        content: SchoolContent,
    ) -> None:
        self._consultations = consultations
        self._clock = clock
        self._asker_of = asker_of
        self._keys_of = keys_of
        self._content = content
        self._posts: Mapping[str, str] = {row.post: row.key for row in content.staff}

    async def load(self, slug: str) -> int:
        """All of the school; how many there are."""
        rows = load_consultations(slug)
        for row in rows:
            await self._load(row)
        self._clock.at = NOW
        return len(rows)

    async def _load(self, row: ConsultationRow) -> None:
        self._clock.at = at(row.opened)
        author = await self._asker_of(self._posts[row.by])
        text = WeekText(
            title=row.title,
            text=row.text.strip(),
            first_on=row.first,
            last_on=row.last,
            keys=tuple(sorted(self._keys_of(row.audience))),
            opens_at=at(row.opens),
            closes_at=at(row.closes),
        )
        week = await self._consultations.desk.open(author, text)
        self._clock.at += HOUR
        for room in self._content.classes:
            if _is_for(row, room):
                await self._give(row, week, room)
        for other in row.others:
            await self._give_too(row, week, other)
        self._clock.at = at(row.opens)
        await self._take(row, week)
        for other in row.others:
            await self._take_too(row, week, other)

    async def _give(self, row: ConsultationRow, week: str, room: ClassRow) -> None:
        length = (row.last - row.first).days + 1
        meeting = Meeting(row.meeting)
        given = GivenTimes(
            days=tuple(row.first + timedelta(days=one) for one in range(length)),
            begins=row.begins,
            ends=row.ends,
            length=20,
            pause=5,
            meeting=meeting,
            place=f"{room.grade}학년 {room.number}반 교실" if meeting is Meeting.VISIT else "",
        )
        await self._consultations.giving.give(await self._asker_of(room.homeroom), week, given)

    async def _give_too(self, row: ConsultationRow, week: str, other: OtherRow) -> None:
        """Somebody else than a homeroom teacher opens their times and gives some."""
        teacher, keys = await self._asker_of(self._posts[other.post]), self._keys_of(other.audience)
        await self._consultations.giving.open_to(teacher, week, keys)
        given = GivenTimes(
            days=tuple(row.first + timedelta(days=one) for one in other.days),
            begins=other.begins,
            ends=other.ends,
            length=20,
            pause=5,
            meeting=Meeting.VISIT,
            place=other.place,
        )
        await self._consultations.giving.give(teacher, week, given)

    async def _take_too(self, row: ConsultationRow, week: str, other: OtherRow) -> None:
        """Some families take one of these times as well."""
        teacher = await self._asker_of(self._posts[other.post])
        others = [one for one in self._guardians(row) if one.login.startswith("fam")]
        for number, guardian in enumerate(others[:: other.every] if other.every else ()):
            asker = await self._asker_of(guardian.key)
            self._clock.at = min(self._clock.at + MINUTE, NOW - MINUTE)
            try:
                view = await self._consultations.with_teacher(asker, week, teacher.id)
            except Problem:  # their times are not open to this family
                continue
            child = view.children[0]
            free = [one.slot for times in child.free.values() for one in times if not one.near]
            if child.may_take and free:
                topic = other.topics[number % len(other.topics)] if other.topics else ""
                slot = free[number * 5 % len(free)]
                taking = self._consultations.taking
                await taking.take(asker, week, child.student_id, slot.id, topic)

    async def _take(self, row: ConsultationRow, week: str) -> None:
        """Families come one after the other, each takes one of the times that are left."""
        for number, guardian in enumerate(self._guardians(row)):
            asker = await self._asker_of(guardian.key)
            topic = row.topics[number % len(row.topics)] if row.topics and not number % 3 else ""
            self._clock.at = min(self._clock.at + MINUTE, NOW - MINUTE)
            try:
                view = await self._consultations.view(asker, week)
            except Problem:  # it is not for this family
                continue
            for child in view.children:
                free = [one.slot for times in child.free.values() for one in times if not one.near]
                if child.may_take and not child.is_taken and free:
                    slot = free[number * 7 % len(free)]
                    await self._consultations.taking.take(
                        asker, week, child.student_id, slot.id, topic
                    )
                    break

    def _guardians(self, row: ConsultationRow) -> Sequence[GuardianRow]:
        """Who takes a time: those of the stories where they do, and a part of all others."""
        signed_in = [one for one in self._content.guardians if one.login]
        own = [one for one in signed_in if not one.login.startswith("fam")]
        others = [one for one in signed_in if one.login.startswith("fam")]
        return [*(own if row.cast else ()), *others[:: row.every]]


def _is_for(row: ConsultationRow, room: ClassRow) -> bool:
    """Whether the week is for the families of this class."""
    return any(
        (one.room == room.id) if one.room else one.grade in (0, room.grade) for one in row.audience
    )
