"""Puts the demo's sign-ups into a school: published by whom they say, entered by its families, drawn."""

from collections.abc import Awaitable, Callable, Sequence

from kit.clock import MINUTE, ManualClock
from kit.problem import Problem
from node.people.model import Asker
from node.signups.model import CourseText, How, SignupText
from node.signups.service import Signups
from scripts.demo_content.answers import NOW
from scripts.demo_content.model import AudienceSpec, GuardianRow
from scripts.demo_content.signups import SignupRow, at, load_signups

AskerOf = Callable[[str], Awaitable[Asker]]
KeysOf = Callable[[tuple[AudienceSpec, ...]], tuple[str, ...]]
BETWEEN = 7 * MINUTE
"""From one family to the next."""


class SignupLoad:
    """One school's sign-ups on their way into its node."""

    def __init__(
        self,
        signups: Signups,
        clock: ManualClock,
        asker_of: AskerOf,
        keys_of: KeysOf,
        guardians: Sequence[GuardianRow],
    ) -> None:
        self._signups = signups
        self._clock = clock
        self._asker_of = asker_of
        self._keys_of = keys_of
        self._guardians = [one for one in guardians if one.login]

    async def load(self, slug: str, key_of_post: Callable[[str], str]) -> int:
        """All of the school; how many there are."""
        rows = load_signups(slug)
        for row in rows:
            author = await self._asker_of(key_of_post(row.by))
            await self._load(row, author)
        self._clock.at = NOW
        return len(rows)

    async def _load(self, row: SignupRow, author: Asker) -> None:
        desk, closes = self._signups.desk, at(row.closes)
        self._clock.at = at(row.published) if row.published else NOW - MINUTE
        signup = await desk.create(author)
        text = SignupText(
            title=row.title,
            text=row.text.strip(),
            keys=self._keys_of(row.audience),
            how=How(row.how),
            opens_at=at(row.opens),
            closes_at=closes,
            most=row.most,
            courses=tuple(CourseText(one.name, one.note, one.places) for one in row.courses),
        )
        await desk.save(author, signup, text)
        if not row.published:
            return
        await desk.publish(author, signup)
        await self._enter(row, signup)
        if closes <= NOW and text.how is How.DRAW:
            self._clock.at = closes
            await self._signups.draws.hold(signup)

    async def _enter(self, row: SignupRow, signup: str) -> None:
        """Families sign up one after the other, from the opening on, those of the stories first."""
        own = [one for one in self._guardians if not one.login.startswith("fam")]
        others = [one for one in self._guardians if one.login.startswith("fam")]
        entered, until = 0, min(at(row.closes), NOW) - MINUTE
        for guardian in (*(own if row.cast else ()), *others):
            if entered >= row.families:
                return
            self._clock.at = min(at(row.opens) + entered * BETWEEN, until)
            asker = await self._asker_of(guardian.key)
            course = f"{signup}-{(entered * 7 + len(guardian.key)) % len(row.courses)}"
            entered += await self._enters(asker, signup, course)

    async def _enters(self, asker: Asker, signup: str, course: str) -> bool:
        """Whether the family has somebody to sign up: siblings together, else the eldest."""
        children = [child.student_id for child in asker.children if child.may_sign]
        for some in (children, children[:1], children[1:2]):
            try:
                await self._signups.entering.enter(
                    asker, signup, course, some, together=True, submission=f"demo-{signup}"
                )
            except Problem:  # not for these children, or the other guardian was quicker
                continue
            return True
        return False
