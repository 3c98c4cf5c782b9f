"""The course of a paper: each state it comes into leaves its line in the timeline, its event, its notices."""

from collections.abc import Collection

from msgspec.structs import replace

from kit.clock import Clock
from kit.db import Tx
from kit.outbox import publish
from node.notices.model import Topic, Urgency
from node.notices.service import Notices
from node.people.model import Asker
from node.submissions import rights, store
from node.submissions.model import (
    ENDED,
    Milestone,
    Paper,
    PaperState,
    PaperTold,
    Passage,
    SubmissionMoved,
)


class PaperCourse:
    """What all verbs that move papers have in common."""

    def __init__(self, clock: Clock, notices: Notices) -> None:
        self.clock = clock
        self._notices = notices

    def move(
        self,
        tx: Tx,
        paper: Paper,
        state: PaperState,
        what: Passage,
        by: Asker | None,
        word: str = "",
        leaf: int | None = None,
    ) -> Paper:
        """A paper comes into a state; publishes SubmissionMoved. `by` None: by itself."""
        now = self.clock.now()
        moved = replace(paper, state=state, updated_at=now)
        store.save(tx, moved)
        if paper.parent_id is not None and state in ENDED:
            store.remind_anew(tx, paper.parent_id)
        self.note(tx, moved, what, by, word, leaf)
        by_id = "" if by is None else by.id
        publish(tx, SubmissionMoved(paper.id, state, by_id, paper.student_id or ""), now)
        return moved

    def note(
        self,
        tx: Tx,
        paper: Paper,
        what: Passage,
        by: Asker | None,
        word: str = "",
        leaf: int | None = None,
    ) -> None:
        """Write a line of the timeline."""
        who = ("", "") if by is None else (by.id, by.name)
        store.note(tx, paper.id, Milestone(self.clock.now(), what, *who, word, leaf))

    def tell(self, tx: Tx, people: Collection[str], told: PaperTold, paper: Paper) -> None:
        """Tell some of what a paper wants of them, or of what became of it."""
        if people:
            by_person = {one: [""] for one in people}
            self._notices.tell(tx, by_person, Topic(told, paper.id), Urgency.USUAL)

    def tell_family(self, tx: Tx, told: PaperTold, paper: Paper) -> None:
        """Tell those who go on with a paper."""
        self.tell(tx, rights.family_of(tx, paper), told, paper)

    def settled(self, tx: Tx, person_id: str, paper: Paper) -> None:
        """Somebody did what they were told of."""
        self._notices.done(tx, person_id, paper.id, self.clock.now())
