"""The address book: takes over what schools send, hands it on, finds people and schools."""

from hub.directory import store
from hub.directory.model import (
    DirectoryTotals,
    Found,
    SchoolFound,
    ShareOutcome,
    StaffFound,
    claims_too_much,
)
from hub.directory.words import terms
from kit.clock import Clock
from kit.db import Database, Tx
from protocol.directory import (
    Cursor,
    DirectoryDelta,
    Increment,
    Op,
    SchoolEntry,
    Step,
    plan_delta,
    share_digest,
)
from protocol.errors import MalformedMessage
from protocol.sync import DirectoryPage

PAGE = 50  # people on a page of results
MAX_PAGES = 20
SCHOOLS_SHOWN = 6
SCHOOLS_SEARCHED = 30  # schools a term may name before it no longer narrows a search
CANDIDATES = 1_000  # words looked at for one search: bounds its time at any size
MAX_SHARE = 5_000  # entries of one school
STREAM_PAGE = 200  # increments in one answer to a node, about 50 kB


class Directory:
    """The province's address book."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    # From and to the nodes --------------------------------------------------------------------

    def take_over(self, tx: Tx, school_id: str, delta: DirectoryDelta) -> ShareOutcome:
        """Apply a school's delta. Asks for the whole share on a gap, another life, another digest.

        Raises MalformedMessage for a delta that contradicts itself.
        """
        known = store.held(tx, school_id)
        cursor, digest = known if known is not None else (None, "")
        if len(delta.entries) > MAX_SHARE:
            raise MalformedMessage(f"a share has at most {MAX_SHARE} entries")
        step, fresh = plan_delta(cursor, delta)
        if step is Step.RESEND:
            return ShareOutcome(cursor, resend=True)
        if step is Step.NOTHING:
            stale = cursor is not None and delta.to_seq < cursor.seq
            return ShareOutcome(cursor, resend=not stale and digest != delta.digest)
        if claims_too_much(school_id, delta):
            raise MalformedMessage("a share holds the entry of its own school only")
        return self._apply(tx, school_id, delta, fresh, first=known is None)

    def _apply(
        self,
        tx: Tx,
        school_id: str,
        delta: DirectoryDelta,
        fresh: tuple[Increment, ...],
        *,
        first: bool,
    ) -> ShareOutcome:
        if first:
            store.forget_leaving(tx, school_id)
        changes = {increment.id: increment for increment in fresh}
        share = {} if first else store.hashes(tx, school_id)
        if delta.full:
            for entry_id in share.keys() - changes.keys():
                changes[entry_id] = store.removal(entry_id)
        changes = {
            entry_id: change
            for entry_id, change in changes.items()
            if share.get(entry_id) != change.hash  # what is as it was moves no node
        }
        if changes:
            store.apply(tx, school_id, changes, fresh=first)
        for entry_id, change in changes.items():
            if change.op is Op.UPSERT and change.hash is not None:
                share[entry_id] = change.hash
            else:
                share.pop(entry_id, None)
        digest = share_digest(share.values())
        if digest != delta.digest and delta.full:
            raise MalformedMessage("the digest is not that of the entries sent")
        cursor = Cursor(epoch=delta.epoch, seq=delta.to_seq)
        school = next((c.entry for c in changes.values() if isinstance(c.entry, SchoolEntry)), None)
        store.save_share(tx, school_id, cursor, digest, school, self._clock.now())
        return ShareOutcome(cursor, resend=digest != delta.digest, changed=bool(changes))

    def forget_school(self, tx: Tx, school_id: str) -> None:
        """The school left the province: its entries go, here and at every node."""
        store.forget_school(tx, school_id)

    def behind(self, tx: Tx, held: Cursor | None, epoch: str) -> bool:
        """Whether a node with this cursor has something to hear."""
        last = store.last_seq(tx)
        return held is None or held.epoch != epoch or held.seq != last

    def page(
        self, tx: Tx, school_id: str, held: Cursor | None, epoch: str, limit: int = STREAM_PAGE
    ) -> DirectoryPage:
        """What other schools changed after the node's cursor.

        A cursor of another life of this database, or beyond its end, starts again with `reset`.
        """
        last = store.last_seq(tx)
        reset = held is None or held.epoch != epoch or held.seq > last
        start = 0 if reset or held is None else held.seq
        items = store.changes_after(tx, start, school_id, limit + 1)
        more = len(items) > limit
        items = items[:limit]
        seq = items[-1].seq if more else last
        return DirectoryPage(
            cursor=Cursor(epoch=epoch, seq=seq), items=tuple(items), reset=reset, more=more
        )

    # For people -------------------------------------------------------------------------------

    def totals(self, tx: Tx) -> DirectoryTotals:
        """How many schools and staff there are."""
        return store.totals(tx)

    async def search(self, typed: str, *, school_id: str = "", page: int = 1) -> Found:
        """People and schools that every typed term fits.

        A term fits by name (its beginning, or a part of two letters and more), by 초성, position,
        department, duty or the name of the school. `school_id` looks in one school only.
        """
        found = terms(typed)
        page = max(1, min(page, MAX_PAGES))
        return await self._db.read(lambda tx: _search(tx, found, school_id, page))


def _search(tx: Tx, found: list[str], school_id: str, page: int) -> Found:
    wanted, offset = PAGE + 1, PAGE * (page - 1)
    if school_id:
        staff = store.staff_of_schools(tx, [school_id], found, wanted, offset)
        chosen = store.school(tx, school_id)
        return _found([chosen] if chosen else [], staff, page)
    if not found:
        return Found()
    named = {term: store.schools_named(tx, term, SCHOOLS_SEARCHED + 1) for term in found}
    common = [one for one in named[found[0]] if all(one in named[term] for term in found)]
    counts = {term: store.count_word(tx, term, CANDIDATES + 1) for term in found}
    staff = []
    narrow = [term for term in found if 0 < len(named[term]) <= SCHOOLS_SEARCHED]
    capped = False
    if len(found) > 1 and narrow:
        place = min(narrow, key=lambda term: len(named[term]))
        others = [term for term in found if term != place]
        schools = [one.school_id for one in named[place]]
        staff = store.staff_of_schools(tx, schools, others, wanted, offset)
    driving = [term for term in found if counts[term]]
    if len(staff) < wanted and driving:
        word = min(driving, key=lambda term: counts[term])
        others = [term for term in found if term != word]
        capped = bool(others) and counts[word] > CANDIDATES
        candidates = CANDIDATES if others else 2 * (wanted + offset)
        more = store.staff_by_word(tx, word, others, candidates, wanted, offset)
        staff = _once([*staff, *more])
    if not staff and len(found) == 1 and narrow:
        schools = [one.school_id for one in named[found[0]][:SCHOOLS_SHOWN]]
        staff = store.staff_of_schools(tx, schools, (), wanted, offset)
    return _found(common, staff, page, capped=capped)


def _once(staff: list[StaffFound]) -> list[StaffFound]:
    """Each person once: somebody may be found by two words."""
    return list({(one.school_id, one.id): one for one in staff}.values())


def _found(
    schools: list[SchoolFound], staff: list[StaffFound], page: int, *, capped: bool = False
) -> Found:
    return Found(
        schools=tuple(schools[:SCHOOLS_SHOWN]) if page == 1 else (),
        staff=tuple(staff[:PAGE]),
        page=page,
        more=len(staff) > PAGE and page < MAX_PAGES,
        capped=capped,
    )
