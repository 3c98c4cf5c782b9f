"""Disposal of papers whose period of retention is over (기록물 폐기): listed, approved by a person, then done in
small units.

due = await disposing.due(asker)                 # by kind and year
await disposing.approve(asker, [one.key for one in due])
await disposing.run()                            # the periodic job: goes on where it stopped

A period begins on the first of January after the last thing that happened to a paper (공공기록물 관리에 관한 법률
시행령 26조) and lasts as many years as the kind says now. What a paper said goes: its answers, texts, files, notices,
what guardians and deciders said, what can be found. The records of its decisions stay in the school's log, whose
hashes hold everything after them; they have the hash of the text, not the text (ADR 28).
"""

from collections.abc import Collection
from functools import partial

from kit import audit, retention
from kit.card import Card, Weight
from kit.clock import Clock
from kit.db import Database, Tx
from kit.i18n import _
from kit.ids import new_id
from kit.outbox import publish
from kit.portion import Portion
from node.approval.lines import Lines
from node.approval.model import Matter
from node.files.model import Carrier
from node.files.service import Files
from node.notices.service import Notices
from node.people.access import require_role, with_role
from node.people.model import Asker, Role
from node.questions.service import Questions
from node.submissions import disposal_store, type_store
from node.submissions.kinds import TypeRow
from node.submissions.model import (
    KIND,
    ClosedPaper,
    Disposal,
    DuePapers,
    SubmissionAct,
    SubmissionDisposed,
)

SHOWN = 50  # of what was disposed of
BATCH = 20  # papers looked at for one unit


class Disposing:
    """The administrator's verbs, and the work they lead to."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        questions: Questions,
        files: Files,
        lines: Lines,
        notices: Notices,
    ) -> None:
        self._db = db
        self._clock = clock
        self._questions = questions
        self._files = files
        self._lines = lines
        self._notices = notices

    def cards(self, tx: Tx, asker: Asker, _now: int) -> list[Card]:
        """That something is due."""
        if Role.ADMINISTRATOR not in asker.roles:
            return []
        before = [
            (one.id, retention.bounds(last)[1])
            for one in type_store.rows(tx)
            if (last := self._last_year(one)) is not None
        ]
        if not disposal_store.is_any_due(tx, before):
            return []
        return [
            Card(
                name="submissions-disposal",
                title=_("보존 기간이 지난 서류"),
                icon="trash",
                href="/submissions/disposal",
                weight=Weight.TASK,
                live="submissions.disposed",
            )
        ]

    async def due(self, asker: Asker) -> tuple[list[DuePapers], list[Disposal]]:
        """What may be disposed of now, by kind and year, and what was, the latest first. Raises NotFound,
        Forbidden."""
        require_role(asker, Role.ADMINISTRATOR)
        return await self._db.read(
            lambda tx: (self._due(tx), disposal_store.latest(tx, SHOWN)),
        )

    async def approve(self, asker: Asker, keys: Collection[str]) -> int:
        """Let what is due by these keys (`DuePapers.key`) be disposed of; how many papers. What is not due, or was
        approved already, is passed over. Raises NotFound, Forbidden."""

        def unit(tx: Tx, now: Asker) -> int:
            chosen = [one for one in self._due(tx) if one.key in keys]
            for one in chosen:
                at = self._clock.now()
                disposal_store.add(
                    tx,
                    Disposal(
                        id=new_id(),
                        type_id=one.type_id,
                        type_name=one.type_name,
                        year=one.year,
                        retention_years=one.retention_years,
                        count=one.count,
                        done=0,
                        by_id=now.id,
                        by_name=now.name,
                        at=at,
                        done_at=None,
                    ),
                )
                audit.record(
                    tx,
                    self._clock,
                    now,
                    SubmissionAct.DISPOSE,
                    one.type_id,
                    name=one.type_name,
                    closed_in=one.year,
                    rows=one.count,
                )
            return sum(one.count for one in chosen)

        return await self._db.write(with_role(asker, [Role.ADMINISTRATOR], unit))

    async def run(self) -> int:
        """The periodic job: go on with what was approved; how many papers went."""
        gone = 0
        for disposal in await self._db.read(disposal_store.open_ones):
            more = 1
            while more:
                more = await self._db.write(partial(self._portion, disposal=disposal))
                gone += more
        if gone:
            await self._files.erase()
        return gone

    def _portion(self, tx: Tx, disposal: Disposal) -> int:
        """Papers that go in one unit; none: the disposal is done."""
        portion, gone = Portion(), 0
        begin, end = retention.bounds(disposal.year)
        for held in disposal_store.next_of(tx, disposal, begin, end, BATCH):
            self._dispose(tx, held)
            gone += 1
            if portion.is_full():
                break
        now = self._clock.now()
        disposal_store.disposed(tx, disposal.id, gone, None if gone else now)
        if not gone:
            audit.record(
                tx,
                self._clock,
                audit.PROGRAM,
                SubmissionAct.DISPOSED,
                disposal.type_id,
                name=disposal.type_name,
                closed_in=disposal.year,
                rows=disposal_store.done(tx, disposal.id),
            )
        return gone

    def _dispose(self, tx: Tx, held: ClosedPaper) -> None:
        matter = Matter(KIND, held.id)
        people = {held.by_id, *disposal_store.people_of(tx, held.id)}
        self._questions.forget(tx, held.id)
        self._files.detach_all(tx, Carrier(KIND, held.id))
        self._lines.forget(tx, matter)
        self._notices.forget(tx, people, held.id)
        disposal_store.forget(tx, held.id)
        publish(tx, SubmissionDisposed(held.id), self._clock.now())

    # When ---------------------------------------------------------------------------------------

    def _due(self, tx: Tx) -> list[DuePapers]:
        found = []
        for row in type_store.rows(tx):
            last = self._last_year(row)
            oldest = disposal_store.oldest(tx, row.id) if last is not None else None
            if last is None or oldest is None:
                continue
            for year in range(retention.year_of(oldest), last + 1):
                count = disposal_store.count(tx, row.id, *retention.bounds(year))
                due = DuePapers(row.id, row.type.name, year, row.type.retention_years, count)
                if count and not disposal_store.is_open(tx, due):
                    found.append(due)
        return found

    def _last_year(self, row: TypeRow) -> int | None:
        """The last year whose papers of a kind are due; None: they are kept for ever."""
        return retention.last_year(self._clock.now(), row.type.retention_years)
