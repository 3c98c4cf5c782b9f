"""The access log (접속기록): notes what staff are shown, keeps it for its time, lets it be asked.

The law (개인정보의 안전성 확보조치 기준 제8조) wants account, time, address, whose data and what was
done; kept at least a year, two where there are sensitive data; looked at each month; safe from
change. Guardians who see what is theirs are no handlers of data (개인정보취급자): no entry.

    log.note(reader, What.RESULTS, address, subject=form_id, title="체험학습", persons=[…])
"""

import asyncio
import enum
import logging
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from kit import audit
from kit.clock import DAY, MINUTE, Clock
from kit.db import Database, StorageFailed, Tx, decode, encode
from node.access_log import store
from node.access_log.journal import Batch, Journal
from node.access_log.model import (
    BULK_PERSONS,
    BULK_WITHIN,
    DOWNLOADS,
    MOST_PERSONS,
    ChainHead,
    EntriesWanted,
    JournalLine,
    JournalPlace,
    LogState,
    LookEntry,
    Looker,
    Odd,
    What,
    chained,
    is_off_hours,
)

log = logging.getLogger(__name__)

FOLDER = "access-log"
SERVER = audit.Actor("server", "madang-node")
AUDITED = "access-log"  # the subject under which the audit log keeps the chain's end
SAME_LOOK = 5 * MINUTE  # a page that reloads itself is one look
MOST_LOOKS = 5_000
CHECKED_AT_ONCE = 500
REMOVED_AT_ONCE = 50
PAGE = 50

Beyond = Callable[[Tx, str, Sequence[str]], bool]


class AccessLogAct(enum.StrEnum):
    HEAD = "access_log:head:record"


class AccessLog:
    """Who was shown whose data. `beyond_own_class(tx, reader, persons)` says whether a reader who
    answers for single classes was shown children of others."""

    def __init__(
        self, db: Database, clock: Clock, folder: Path, *, kept_days: int, beyond_own_class: Beyond
    ) -> None:
        self._db = db
        self._clock = clock
        self._kept = kept_days * DAY
        self._beyond_own_class = beyond_own_class
        self._journal = Journal(folder)
        self._looks: dict[int, int] = {}  # hash of a look → when it was
        self._turn = asyncio.Lock()
        self._missed = 0
        self._failing_since: int | None = None
        self.waiting = asyncio.Event()
        """Set while lines wait to be taken over."""

    # Noting -----------------------------------------------------------------------------------

    def note(
        self,
        reader: Looker,
        what: What,
        address: str,
        *,
        subject: str = "",
        title: str = "",
        persons: Iterable[str] | None = None,
    ) -> None:
        """Note that a reader is shown something; the line survives the end of the process.

        `persons`: ids of whose data are shown, None where nobody knows (a file). The same page
        shown again within five minutes is the same look. Raises nothing: pages go on while the
        disk is full, and the log then says how many entries are missing.
        """
        if not reader.is_staff:
            return
        shown = _others(persons or (), reader.own)
        if persons is not None and not shown:
            return
        now = self._clock.now()
        if self._is_same_look(hash((reader.id, address, what, subject, tuple(shown))), now):
            return
        for first in range(0, max(len(shown), 1), MOST_PERSONS):
            part = tuple(shown[first : first + MOST_PERSONS])
            self._append(
                JournalLine(now, reader.id, reader.name, address, what, subject, title, part)
            )

    def _is_same_look(self, look: int, now: int) -> bool:
        before = self._looks.get(look)
        if before is not None and 0 <= now - before < SAME_LOOK:
            return True
        if len(self._looks) >= MOST_LOOKS:
            self._looks.clear()
        self._looks[look] = now
        return False

    def _append(self, line: JournalLine) -> None:
        try:
            if self._missed:
                gap = JournalLine(
                    self._failing_since or line.at, "", "", "", What.GAP, "", str(self._missed)
                )
                self._journal.append(gap)
                self._missed, self._failing_since = 0, None
            self._journal.append(line)
        except OSError as error:
            self._missed += 1
            if self._failing_since is None:
                self._failing_since = line.at
                log.error("the access log cannot be written: %s", error)
        else:
            self.waiting.set()

    # Keeping ----------------------------------------------------------------------------------

    async def start(self) -> None:
        """Begin a journal of this run; what an earlier one left waits to be taken over."""
        place = await self._db.read(store.place)
        try:
            await asyncio.to_thread(self._journal.open, place.number)
        except OSError as error:
            log.error("the access log cannot be written: %s", error)
        self.waiting.set()

    async def stop(self) -> None:
        """Take over what waits; where that fails it stays in the journal for the next start."""
        try:
            await self.take_over()
        except StorageFailed as error:
            log.error("the access log was not taken over: %s", error.reason)
        self._journal.close()

    async def take_over(self) -> int:
        """Move what the journal holds into the log, in short units; how many entries."""
        total = 0
        async with self._turn:
            self.waiting.clear()
            while True:
                place = await self._db.read(store.place)
                batch = await asyncio.to_thread(self._journal.read, place)
                if batch is None:
                    break
                total += await self._db.write(self._keeping(place, batch))
            # The file before stays until the next one is done: a backup may be copying it.
            await asyncio.to_thread(self._journal.drop_before, place.number - 1)
        return total

    def _keeping(self, place: JournalPlace, batch: Batch) -> Callable[[Tx], int]:
        def work(tx: Tx) -> int:
            if not store.move(tx, place, batch.after):
                return 0
            seq, head = store.end(tx)
            entries: list[LookEntry] = []
            shown: dict[str, int] = {}  # of this batch, by reader
            for read in batch.lines:
                line = read or JournalLine(self._clock.now(), "", "", "", What.GAP, "", "1")
                seq += 1
                entry = self._entry(tx, seq, line, shown)
                head = chained(head, entry)
                entries.append(replace(entry, hash=head))
            if entries:
                store.add(tx, entries)
            return len(entries)

        return work

    def _entry(self, tx: Tx, seq: int, line: JournalLine, shown: dict[str, int]) -> LookEntry:
        before = shown.get(line.reader_id, 0)
        shown[line.reader_id] = before + len(line.persons)
        odd = self._odd(tx, line, before)
        return LookEntry(
            seq,
            line.at,
            line.reader_id,
            line.reader_name,
            line.address,
            line.what.value,
            line.subject,
            line.title,
            encode(line.persons),
            len(line.persons),
            odd.value,
            b"",
        )

    def _odd(self, tx: Tx, line: JournalLine, before: int) -> Odd:
        if line.what is What.GAP:
            return Odd.GAP
        odd = Odd(0)
        if is_off_hours(line.at):
            odd |= Odd.OFF_HOURS
        if line.what in DOWNLOADS:
            odd |= Odd.DOWNLOAD
        if line.persons:
            lately = store.shown_since(tx, line.reader_id, line.at - BULK_WITHIN) + before
            if lately + len(line.persons) >= BULK_PERSONS:
                odd |= Odd.BULK
            if self._beyond_own_class(tx, line.reader_id, line.persons):
                odd |= Odd.ELSEWHERE
        return odd

    # Asking -----------------------------------------------------------------------------------

    def entries(self, tx: Tx, wanted: EntriesWanted, limit: int = PAGE) -> list[LookEntry]:
        """The newest first."""
        return store.entries(tx, wanted, limit)

    def count(self, tx: Tx, since: int, until: int) -> tuple[int, int]:
        """(entries, odd ones) of a time (ms)."""
        return store.count(tx, since, until)

    def state(self, tx: Tx) -> LogState:
        return replace(store.state(tx), missed=self._missed, failing_since=self._failing_since)

    # Each day ---------------------------------------------------------------------------------

    async def tend(self) -> None:
        """Check the chain, remove what is past its time, and leave the chain's end in the audit
        log, so that who writes the chain anew would have to write that one anew as well."""
        await self.take_over()
        broken_at = await self.check()
        now = self._clock.now()
        await self._db.write(lambda tx: store.set_checked(tx, now, broken_at))
        if broken_at is None:
            await self._remove_old(now - self._kept)
        await self._db.write(self._record_head)

    async def check(self) -> int | None:
        """The seq of the first entry that does not follow on the one before it, or whose hash is
        not the one that was left in the audit log; None when all is as it was written."""
        seen = 0
        previous = await self._db.read(store.base)
        while True:
            following = partial(store.following, seq=seen, limit=CHECKED_AT_ONCE)
            found = await self._db.read(following)
            broken_at, previous = await asyncio.to_thread(_first_broken, seen, previous, found)
            if broken_at is not None:
                return broken_at
            if len(found) < CHECKED_AT_ONCE:
                break
            seen = found[-1].seq
        return await self._db.read(self._against_audit)

    def _against_audit(self, tx: Tx) -> int | None:
        seq, head = store.end(tx)
        for one in audit.about(tx, AUDITED, limit=self._kept // DAY):
            told = decode(one.detail, ChainHead)
            kept = head if told.seq == seq else store.hash_of(tx, told.seq)
            is_removed = kept is None and told.seq < store.oldest(tx)
            if not is_removed and (kept is None or kept.hex() != told.hash):
                return told.seq
        return None

    async def _remove_old(self, before: int) -> None:
        more = True
        while more:
            more = await self._db.write(lambda tx: self._remove_some(tx, before))
            await asyncio.sleep(0.05)  # others write in between

    def _remove_some(self, tx: Tx, before: int) -> bool:
        """Remove the oldest few; whether there may be more."""
        found = store.following(tx, 0, REMOVED_AT_ONCE)
        old: list[LookEntry] = []
        for entry in found:
            if entry.at >= before or (old and sum(one.shown for one in old) >= MOST_PERSONS):
                break
            old.append(entry)
        if old:
            store.remove(tx, old, before)
        return bool(old)

    def _record_head(self, tx: Tx) -> None:
        seq, head = store.end(tx)
        if not seq:
            return
        audit.record(tx, self._clock, SERVER, AccessLogAct.HEAD, AUDITED, seq=seq, hash=head.hex())


def _others(persons: Iterable[str], own: frozenset[str]) -> list[str]:
    """Each of them once, without the reader's own family."""
    return [one for one in dict.fromkeys(persons) if one and one not in own]


def _first_broken(
    seen: int, previous: bytes, entries: Sequence[LookEntry]
) -> tuple[int | None, bytes]:
    for entry in entries:
        is_next = entry.seq == seen + 1 or not seen
        if not is_next or chained(previous, entry) != entry.hash:
            return entry.seq, previous
        seen, previous = entry.seq, entry.hash
    return None, previous
