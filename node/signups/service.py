"""Sign-ups with places: what there is, who reads it, who signed up, the cards of the front page.

entries = await signups.entering.enter(asker, signup_id, course_id, [child], submission=key)
"""

from kit import audit
from kit.card import Card
from kit.clock import DAY, Clock
from kit.db import Database, Tx
from kit.problem import NotFound
from node.ground import School
from node.ledger.service import Ledger
from node.notices.service import Notices
from node.people import audience
from node.people.access import name_of, names_of, of_now
from node.people.model import Asker, Choice
from node.signups import cards, entry_store, families, store
from node.signups.desk import SignupDesk
from node.signups.drawing import Draws
from node.signups.entering import Entering
from node.signups.model import (
    Course,
    EntryState,
    How,
    ListedEntry,
    Phase,
    Signup,
    SignupAct,
    SignupLine,
    SignupList,
    SignupsPage,
    SignupView,
)
from node.signups.rights import (
    handles_all,
    handles_every_class,
    may_publish,
    sees_list,
    sees_pupil,
)
from node.signups.turns import Turns

PAGE = 20
DRAFTS = 30
ON_A_CARD = 4
LATELY = 7 * DAY
"""For how long the front page tells what came of an entry."""
KEPT = 7 * DAY
"""For how long a page may be sent again."""
PORTION = 500
NEWEST = 2**62


class Signups:
    """The slice's face: `desk` makes them, `entering` signs children up, `draws` draws."""

    def __init__(
        self, db: Database, clock: Clock, ledger: Ledger, notices: Notices, *, school: School
    ) -> None:
        self._db = db
        self._clock = clock
        self._notices = notices
        self.turns = Turns(clock, notices)
        self.draws = Draws(db, clock, ledger, self.turns, school)
        self.desk = SignupDesk(db, clock, self.draws, self.turns)
        self.entering = Entering(db, clock, self.turns)

    async def page(self, asker: Asker, before: int | None = None) -> SignupsPage:
        """What the asker may read, the newest first, `before` a moment; with the drafts that they may
        write."""
        now = self._clock.now()

        def look(tx: Tx) -> SignupsPage:
            found = store.published(tx, asker, before or NEWEST, PAGE + 1)
            shown = found[:PAGE]
            author = None if handles_every_class(asker) else asker.id
            drafts = store.drafts(tx, DRAFTS, author) if asker.is_staff and before is None else []
            return SignupsPage(
                lines=self._lines(tx, asker, shown, now),
                before=shown[-1].published_at if len(found) > PAGE else None,
                drafts=[SignupLine(one, Phase.DRAFT, 0, 0, 0) for one in drafts],
            )

        return await self._db.read(look)

    def _lines(self, tx: Tx, asker: Asker, found: list[Signup], now: int) -> list[SignupLine]:
        sums = store.sums(tx, [one.id for one in found])
        own = self._own_states(tx, asker, found)
        return [
            SignupLine(
                one,
                one.phase(now),
                *sums.get(one.id, (0, 0, 0)),
                own=tuple(own.get(one.id, ())),
            )
            for one in found
        ]

    def _own_states(self, tx: Tx, asker: Asker, found: list[Signup]) -> dict[str, list[EntryState]]:
        """What became of the entries of the asker's children, by sign-up."""
        by_id = {one.id: one for one in found}
        states: dict[str, list[EntryState]] = {}
        students = [child.student_id for child in asker.children]
        for signup_id, state in entry_store.standing(tx, students, by_id):
            one = by_id[signup_id]
            is_drawing = one.how is How.DRAW and one.settled_at is None
            told = EntryState.ENTERED if is_drawing else EntryState(state)
            states.setdefault(signup_id, []).append(told)
        return states

    async def view(self, asker: Asker, signup_id: str) -> SignupView:
        """A sign-up for whoever may read it; a draft for those who write it. Raises NotFound."""
        now = self._clock.now()

        def look(tx: Tx) -> SignupView:
            signup = self._readable(tx, asker, signup_id)
            keys = store.keys(tx, signup_id)
            return SignupView(
                signup=signup,
                phase=signup.phase(now),
                courses=store.courses(tx, signup_id),
                audience=list(audience.labels(tx, keys).values()),
                author=name_of(tx, signup.author_id),
                children=families.eligible(tx, asker, signup),
                own=families.own_entries(tx, asker, signup, now),
                promised=self.draws.promised_hash(tx, signup_id),
                handles=sees_list(asker, signup),
                may_publish=may_publish(asker, keys),
            )

        view = await self._db.read(look)
        if view.own and view.phase in (Phase.CLOSED, Phase.WITHDRAWN):
            await self._db.note(lambda tx: self._notices.done(tx, asker.id, signup_id, now))
        return view

    def _readable(self, tx: Tx, asker: Asker, signup_id: str) -> Signup:
        signup = store.signup(tx, signup_id)
        if signup is None:
            raise NotFound()
        if signup.published_at is None:
            if not handles_all(asker, signup):
                raise NotFound()
        elif not (handles_all(asker, signup) or store.is_readable(tx, asker, signup_id)):
            raise NotFound()
        return signup

    async def places(self, asker: Asker, chosen: tuple[str, ...]) -> list[Choice]:
        """Which families a sign-up may be for."""

        def look(tx: Tx) -> list[Choice]:
            offered = audience.places(tx, chosen)
            return [
                one
                for choices in offered.values()
                for one in choices
                if one.key.startswith("guardians")
            ]

        return await self._db.read(look)

    # Who signed up ------------------------------------------------------------------------------

    async def entries(self, asker: Asker, signup_id: str, course_id: str) -> SignupList:
        """Who signed up for a course (the first one unless another is named), as far as the asker handles
        them. Raises NotFound."""

        def look(tx: Tx) -> SignupList:
            return self._list(tx, asker, signup_id, course_id)

        return await self._db.read(look)

    async def export(self, asker: Asker, signup_id: str) -> list[SignupList]:
        """The lists of all courses, for a file; audited. Raises NotFound."""

        def unit(tx: Tx, now: Asker) -> list[str]:
            first = self._list(tx, now, signup_id, "")
            audit.record(tx, self._clock, now, SignupAct.EXPORT, signup_id)
            return [one.id for one in first.courses]

        courses = await self._db.write(of_now(asker, unit))
        return [await self.entries(asker, signup_id, one) for one in courses]

    def _list(self, tx: Tx, asker: Asker, signup_id: str, course_id: str) -> SignupList:
        signup = self._readable(tx, asker, signup_id)
        if signup.published_at is None or not sees_list(asker, signup):
            raise NotFound()
        courses = store.courses(tx, signup_id)
        chosen = next((one for one in courses if one.id == course_id), courses[0])
        return SignupList(
            signup=signup,
            phase=signup.phase(self._clock.now()),
            courses=courses,
            chosen=chosen,
            entries=self._listed(tx, asker, signup, chosen),
            handles_all=handles_all(asker, signup),
        )

    def _listed(self, tx: Tx, asker: Asker, signup: Signup, course: Course) -> list[ListedEntry]:
        entries = entry_store.of_course(tx, course.id)
        pupils = entry_store.pupils(tx, [one.id for one in entries])
        names = names_of(tx, sorted({one.by_id for one in entries}))
        listed, waits = [], 0
        for one in entries:
            waits += one.state is EntryState.WAITING
            shown = [
                child
                for child in pupils.get(one.id, ())
                if sees_pupil(asker, signup, child.class_id)
            ]
            if shown:
                turn = waits if one.state is EntryState.WAITING else 0
                listed.append(ListedEntry(one, course.name, shown, names.get(one.by_id, ""), turn))
        return listed

    # The front page -----------------------------------------------------------------------------

    def cards(self, tx: Tx, asker: Asker, now: int) -> list[Card]:
        """For families what takes entries and what came of theirs; for staff how their own fare."""
        found = []
        if asker.is_guardian:
            still_open = store.still_open(tx, asker, now, ON_A_CARD)
            if still_open:
                own = {
                    signup: states[0]
                    for signup, states in self._own_states(tx, asker, still_open).items()
                }
                found.append(cards.open_card(still_open, own, now))
            students = [child.student_id for child in asker.children]
            lately = entry_store.lately(tx, students, now - LATELY, ON_A_CARD)
            if lately:
                found.append(cards.results_card(lately))
        if asker.is_staff:
            mine = store.own_open(tx, asker.id, now, ON_A_CARD)
            if mine:
                sums = store.sums(tx, [one.id for one in mine])
                found.append(cards.own_card(mine, sums, now))
        return found

    async def forget_pages(self) -> None:
        """Daily: pages that nobody will send again."""
        before = self._clock.now() - KEPT
        forget = entry_store.forget_submissions
        while await self._db.write(lambda tx: forget(tx, before, PORTION)) == PORTION:
            pass
