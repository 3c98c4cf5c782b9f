"""Lists into people: looked at whole, then taken over in portions.

Lists are first read on trial (node.people.lists.trial): each line at fault is told, and on the page
the rest is offered; the command line takes all lines or none. What somebody said yes to is stored,
and goes into the roster ten lines at a time, each portion a unit of its own: others save between
them, a server that is killed goes on where it was, and no line is taken over twice. A line that no
longer fits when its turn comes (somebody changed its person meanwhile) is left out and named. A list that opens another school year changes nothing anybody sees
until its last unit, which opens the year.

Keys make it idempotent: the same list read twice changes nothing; a changed line changes what it
names. Whoever is missing from a list stays as they are: leaving is a decision, not a gap in a file.
"""

import asyncio
import contextlib
import enum
import logging
from collections.abc import Mapping

import msgspec

from kit import audit
from kit.clock import DAY, MINUTE, Clock, local_date
from kit.clock import school_year as school_year_of
from kit.db import Database, StorageFailed, Tx
from kit.event import Event
from kit.i18n import _
from kit.ids import new_id
from kit.problem import Forbidden, NotFound, Problem
from node.people.access import COMMAND_LINE, OFFICE, load_asker, require_role, rights_now
from node.people.lists import imported, sheets, trial
from node.people.lists.columns import Fault, Kind, as_in_files
from node.people.lists.imported import MOST_FAULTS, Import, Portion, Progress
from node.people.lists.reading import ListReading, Tally
from node.people.lists.trial import ListTrial
from node.people.model import Access, Asker, NotAtSchool
from node.people.office.roles import Roles
from node.people.roster import class_store
from node.people.roster.verbs import Roster

KEPT_FOR = 30 * MINUTE
MOST_KEPT = 4
REMEMBERED_FOR = 30 * DAY
MOST_TRIES = 5
SAID_EVERY = 200  # lines: how often a page that watches hears of it
LONGEST_PAUSE_S = 60.0

log = logging.getLogger(__name__)

Unread = dict[Kind, tuple[str, ...]]
"""Of lists, the headings of columns that nobody reads."""


class ImportAct(enum.StrEnum):
    IMPORT = "people:list:import"


class ImportUnderWay(Problem):
    code = "import-under-way"
    status = 409
    text = _("이전에 올린 명단을 아직 반영하고 있습니다. 반영이 끝난 뒤 다시 올려 주세요.")


class ImportMoved(Event, frozen=True, tag="people.import_moved"):
    """Some more lines of a list were taken over. A signal for live pages: nobody else hears it."""


class Report(msgspec.Struct, frozen=True):
    """What came (or would come) of an import. `applied`: it was taken over, but for the lines of
    `faults`, which no longer fitted; else nothing was changed. `unread`: headings of columns that
    the lists have and nobody reads. `waiting`: changes that wait for an administrator
    (node.people.office.roles). `stopped`: a msgid, why lines were left. `fit`, `faulty`: of lists on
    trial, how many lines can be taken over and how many cannot."""

    tallies: list[Tally]
    faults: list[Fault]
    applied: bool
    unread: Unread = {}
    waiting: int = 0
    stopped: str = ""
    fit: int = 0
    faulty: int = 0

    @property
    def changed(self) -> int:
        """How many lines added or changed somebody."""
        return sum(tally.added + tally.changed for tally in self.tallies)


class Pending(msgspec.Struct, frozen=True):
    """Lists looked at and waiting for a yes."""

    id: str
    owner: str
    until: int
    files: dict[Kind, bytes]
    report: Report


class Imports:
    """Reads lists into the roster."""

    def __init__(self, db: Database, clock: Clock, roster: Roster, roles: Roles) -> None:
        self._db = db
        self._clock = clock
        self._roster = roster
        self._roles = roles
        self._pending: dict[str, Pending] = {}
        self._going_on: asyncio.Task[None] | None = None

    # Pages: look first, then say yes ----------------------------------------------------------

    async def preview(self, asker: Asker, files: Mapping[Kind, bytes]) -> Pending:
        """The lists on trial, kept for half an hour so that they can be confirmed. Raises
        ImportUnderWay."""
        require_role(asker, *OFFICE)
        await self._db.read(_require_none_running)
        report = _on_trial(*await self._try(files, asker, self._this_year()))
        now = self._clock.now()
        live = [one for one in self._pending.values() if one.until > now]
        self._pending = {one.id: one for one in live[-(MOST_KEPT - 1) :]}
        pending = Pending(new_id(), asker.id, now + KEPT_FOR, dict(files), report)
        self._pending[pending.id] = pending
        return pending

    async def begin(self, asker: Asker, pending_id: str) -> Pending | None:
        """Say yes to the lines that a preview found without fault: they are stored and go on to their
        end, whatever happens. Where other lines fit by now, nothing begins: the new preview.

        Raises NotFound when the preview was too long ago, ImportUnderWay.
        """
        require_role(asker, *OFFICE)
        pending = self._pending.get(pending_id)
        if pending is None or pending.owner != asker.id or pending.until <= self._clock.now():
            raise NotFound()
        year = self._this_year()
        unread, tried = await self._try(pending.files, asker, year)
        report = _on_trial(unread, tried)
        if report.faults != pending.report.faults or not report.fit:
            again = msgspec.structs.replace(pending, report=report)
            self._pending[pending_id] = again
            return again
        await self._store(pending_id, asker, year, tried)
        self._pending.pop(pending_id, None)  # pressed twice, the other was faster
        self._go_on()
        return None

    async def confirm(self, asker: Asker, pending_id: str) -> Report:
        """`begin`, and wait for the end."""
        refused = await self.begin(asker, pending_id)
        return await self.ended(pending_id) if refused is None else refused.report

    async def ended(self, import_id: str) -> Report:
        """What came of lists, once they have been taken over. Raises NotFound."""
        while True:
            found = await self._db.read(lambda tx: imported.find(tx, import_id))
            if found is None:
                raise NotFound()
            if not found.is_running:
                return report_of(found)
            await asyncio.shield(self._go_on())

    async def state(self, asker: Asker, import_id: str) -> Import:
        """How far lists have been taken over. Raises NotFound."""
        require_role(asker, *OFFICE)
        found = await self._db.read(lambda tx: imported.find(tx, import_id))
        if found is None:
            raise NotFound()
        return found

    async def under_way(self, asker: Asker) -> Import | None:
        """The lists that are being taken over, if any are."""
        require_role(asker, *OFFICE)
        return await self._db.read(imported.running)

    # The command line -------------------------------------------------------------------------

    async def run(
        self,
        files: Mapping[Kind, bytes],
        *,
        dry_run: bool,
        actor: Asker | None = None,
        year: int | None = None,
    ) -> Report:
        """Read the lists from beginning to end. `year` defaults to the current school year."""
        if not dry_run and await self._db.read(imported.running) is not None:
            await asyncio.shield(self._go_on())  # what a server left when it was stopped
        year = year or self._this_year()
        unread, tried = await self._try(files, actor, year)
        report = _on_trial(unread, tried)
        if dry_run or tried.faults:
            return report
        import_id = new_id()
        await self._store(import_id, actor, year, tried)
        came = await self.ended(import_id)
        return msgspec.structs.replace(came, unread=report.unread)

    def _this_year(self) -> int:
        return school_year_of(local_date(self._clock.now()))

    async def _try(
        self, files: Mapping[Kind, bytes], actor: Asker | None, year: int
    ) -> tuple[Unread, ListTrial]:
        """The lists on trial, and of each the headings that nobody reads: thousands of lines come and
        go in the thread, for to let go of them takes milliseconds, too."""
        given = [(kind, files[kind]) for kind in Kind if kind in files]
        keeper = None
        if actor is not None:
            keeper = await self._db.read(lambda tx: load_asker(tx, actor.id))
            require_role(keeper, *OFFICE)

        def work() -> tuple[Unread, ListTrial]:
            read = [sheets.read(kind, content) for kind, content in given]
            people = self._roster, self._roles
            unread = {sheet.kind: sheet.unread for sheet in read if sheet.unread}
            return unread, trial.attempt(self._db.driver, read, *people, year, keeper)

        return await asyncio.to_thread(work)

    async def _store(
        self, import_id: str, actor: Asker | None, year: int, tried: ListTrial
    ) -> None:
        """Keep what somebody said yes to. Raises ImportUnderWay, and as require_role."""
        tallies = [Tally(tally.list) for tally in tried.tallies]
        by_id, by_name = ("", COMMAND_LINE.name) if actor is None else (actor.id, actor.name)
        now = self._clock.now()
        progress = Progress(tallies=tallies, headings=tried.headings)
        one = Import(import_id, year, by_id, by_name, now, None, "", tried.lines, progress)

        def work(tx: Tx) -> None:
            _keeper(tx, by_id)
            if imported.find(tx, import_id) is not None:
                return  # pressed twice
            _require_none_running(tx)
            if class_store.current_year(tx) is None:
                self._roster.open_year(tx, year)
            class_store.add_year(tx, year)
            imported.add(tx, one, tried.portions)

        await self._db.write(work)

    # Portions ---------------------------------------------------------------------------------

    async def resume(self) -> None:
        """After a start: go on with what was begun before."""
        if await self._db.read(imported.running) is not None:
            self._go_on()

    async def stop(self) -> None:
        """Leave what is left for the next start."""
        task, self._going_on = self._going_on, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def _go_on(self) -> asyncio.Task[None]:
        """The task that takes over what is stored, begun or under way."""
        if self._going_on is None or self._going_on.done():
            self._going_on = asyncio.create_task(self._take_over(), name="people.import")
        return self._going_on

    async def _take_over(self) -> None:
        tries = 0
        while True:
            try:
                more = await self._db.write(self._next)
                tries = 0
                if not more:
                    return
            except StorageFailed:
                log.warning("a list waits for the disk")
                tries += 1
                await asyncio.sleep(min(0.5 * 2**tries, LONGEST_PAUSE_S))
            except Exception:
                log.exception("a portion of a list failed")
                tries += 1
                if tries >= MOST_TRIES:
                    await self._db.write(self._give_up)
                    return
                await asyncio.sleep(0.1 * 2**tries)

    def _next(self, tx: Tx) -> bool:
        """Take over the next portion, or end; whether more may follow."""
        one = imported.running(tx)
        if one is None:
            return False
        try:
            actor = _keeper(tx, one.by_id)
        except (NotAtSchool, NotFound, Forbidden):
            reason = _("명단을 올린 사람에게 더 이상 명단 관리 권한이 없어 중단했습니다.")
            self._end(tx, one, _as_known(tx, one), reason)
            return True
        portion = imported.take(tx, one.id)
        if portion is None:
            self._end(tx, one, actor)
        else:
            self._portion(tx, one, portion, actor)
        return True

    def _portion(self, tx: Tx, one: Import, portion: Portion, actor: Asker | None) -> None:
        reading = ListReading(tx, self._roster, self._roles, one.year, actor, {})
        progress = one.progress
        tally = next(tally for tally in progress.tallies if tally.list is portion.kind)
        if portion.kind is Kind.STUDENTS:
            outcomes = reading.students(portion.rows)
        else:
            outcomes = [reading.line(portion.kind, row) for row in portion.rows]
        for outcome in outcomes:
            tally.count(outcome)
        said = progress.done // SAID_EVERY
        progress.done += len(portion.rows)
        found = as_in_files(reading.faults, progress.headings)
        progress.faults = (progress.faults + found)[:MOST_FAULTS]
        progress.waiting += reading.waiting
        progress.joined += reading.joined
        imported.save(tx, one.id, progress)
        if reading.concerned and one.year == class_store.current_year(tx):
            self._roster.families_changed(tx, "import", reading.concerned)
        if progress.done // SAID_EVERY != said:
            tx.signal(ImportMoved())

    def _end(self, tx: Tx, one: Import, actor: Asker | None, stopped: str = "") -> None:
        """The last unit: a new school year opens, administrators are told, the audit log is."""
        if not stopped and one.year != class_store.current_year(tx):
            self._roster.turn_year(tx, one.year)
            self._roster.families_changed(tx, "import")
        self._tell(tx, one.progress, actor)
        detail: dict[str, object] = {
            str(tally.list): tally.added + tally.changed for tally in one.progress.tallies
        }
        if stopped or one.progress.faults:
            detail["left_out"] = one.lines - one.progress.done + len(one.progress.faults)
        by = audit.Actor(one.by_id or COMMAND_LINE.id, one.by_name)
        audit.record(tx, self._clock, by, ImportAct.IMPORT, str(one.year), **detail)
        imported.end(tx, one.id, self._clock.now(), stopped)
        tx.signal(ImportMoved())

    def _tell(self, tx: Tx, progress: Progress, actor: Asker | None) -> None:
        """Tell what came of the lists for administrators to know or decide."""
        decides = actor is None or actor.is_administrator
        if progress.joined and not decides:
            self._roles.tell(tx, actor, Access.JOINED, progress.joined)
        if progress.waiting:
            self._roles.tell(tx, actor, Access.WAITS, list(dict.fromkeys(progress.waiting)))

    def _give_up(self, tx: Tx) -> None:
        one = imported.running(tx)
        if one is not None:
            actor = _as_known(tx, one) if one.by_id else None
            reason = _("프로그램 오류로 중단되었습니다. 로그와 함께 개발자에게 알려 주세요.")
            self._end(tx, one, actor, reason)

    async def forget_old(self) -> None:
        """Daily: what came of lists of a month ago."""
        before = self._clock.now() - REMEMBERED_FOR
        await self._db.write(lambda tx: imported.forget_before(tx, before))


def report_of(one: Import) -> Report:
    """What came of lists that were taken over."""
    progress = one.progress
    return Report(
        progress.tallies,
        progress.faults,
        applied=True,
        waiting=len(progress.waiting),
        stopped=one.stopped,
    )


def _on_trial(unread: Unread, tried: ListTrial) -> Report:
    return Report(
        tried.tallies,
        sorted(tried.faults, key=_in_the_file)[:MOST_FAULTS],
        applied=False,
        unread=unread,
        waiting=tried.waiting,
        fit=tried.lines,
        faulty=len({(one.list, one.line) for one in tried.faults}),
    )


def _in_the_file(fault: Fault) -> tuple[int, int]:
    """Where whoever mends them goes from top to bottom."""
    return list(Kind).index(fault.list), fault.line


def _keeper(tx: Tx, person_id: str) -> Asker | None:
    """Who brings the lists, with the rights of this moment; None for the machine's own command line.
    Raises NotAtSchool, and as require_role."""
    if not person_id:
        return None
    keeper = load_asker(tx, person_id)
    require_role(keeper, *OFFICE)
    return keeper


def _as_known(tx: Tx, one: Import) -> Asker:
    """Who brought lists, with what rights are left to them."""
    return msgspec.structs.replace(rights_now(tx, one.by_id), name=one.by_name)


def _require_none_running(tx: Tx) -> None:
    if imported.running(tx) is not None:
        raise ImportUnderWay()
