"""What papers do by themselves: reports are asked for after the last day, what is owed is reminded of."""

from collections.abc import Sequence

from kit.clock import DAY, local_date
from kit.db import Database, Tx
from node.submissions import store
from node.submissions.course import PaperCourse
from node.submissions.days import end_of
from node.submissions.model import FAMILY_DAYS, Paper, PaperState, PaperTold, Passage

BATCH = 50
ASKED, BEFORE, AFTER = 1, 2, 3
"""How far somebody was reminded: at first, a day before, once it is over."""


class Reminding:
    """Daily, in small units; one run makes up for days that were missed."""

    def __init__(self, db: Database, course: PaperCourse) -> None:
        self._db = db
        self._course = course

    async def run(self) -> int:
        """Ask for the reports of papers whose days are over and remind of what is owed; how many were
        told. Publishes SubmissionMoved."""
        told = 0
        for unit in (
            self._remind_guardians,
            self._ask,
            self._remind,
            self._remind_of_evidence,
        ):
            while portion := await self._db.write(unit):
                told += portion
        return told

    def _remind_guardians(self, tx: Tx) -> int:
        """Once, of those whose word a paper has waited for some days."""
        before = self._course.clock.now() - FAMILY_DAYS * DAY
        found = store.silent(tx, before, BATCH)
        for paper, guardians in found:
            store.reminded(tx, paper.id, ASKED)
            self._course.tell(tx, guardians, PaperTold.FAMILY, paper)
        return len(found)

    def _ask(self, tx: Tx) -> int:
        today = local_date(self._course.clock.now())
        found = store.ended(tx, today, BATCH)
        for paper in found:
            self._wait(tx, paper)
        return len(found)

    def _wait(self, tx: Tx, paper: Paper) -> None:
        moved = self._course.move(tx, paper, PaperState.REPORT_WAITS, Passage.REPORT_ASKED, by=None)
        store.reminded(tx, paper.id, ASKED)
        if not store.is_reported(tx, paper.id):
            self._course.tell_family(tx, PaperTold.REPORT, moved)

    def _stages(self) -> Sequence[tuple[int, int]]:
        """What ended before now, then what ends tomorrow at the latest."""
        now = self._course.clock.now()
        return (AFTER, now), (BEFORE, end_of(local_date(now), 1) + 1)

    def _remind(self, tx: Tx) -> int:
        for stage, before in self._stages():
            found = store.to_remind(tx, stage, before, BATCH)
            for paper in found:
                store.reminded(tx, paper.id, stage)
                if not store.is_reported(tx, paper.id):
                    self._course.tell_family(tx, PaperTold.REPORT, paper)
            if found:
                return len(found)
        return 0

    def _remind_of_evidence(self, tx: Tx) -> int:
        for stage, before in self._stages():
            found = store.evidence_to_remind(tx, stage, before, BATCH)
            for paper in found:
                store.reminded_of_evidence(tx, paper.id, stage)
                self._course.tell_family(tx, PaperTold.EVIDENCE, paper)
            if found:
                return len(found)
        return 0
