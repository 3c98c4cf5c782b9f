"""Approval lines (결재선): what waits is routed to whoever holds the step at that moment.

    approval.lines.start(tx, matter, line, title, author.id, class_id)   # 상신
    for line in approval.lines.tray(tx, asker, kinds): ...               # 결재 대기
    outcome = approval.lines.decide(tx, asker, matter, Verdict.APPROVE)  # NEXT, or DONE
    approval.lines.trail(tx, matter)                                     # who decided what, for whom

The slice whose matter it is calls these within its own unit, and does what follows from an outcome.
Whoever holds a step may read what they decide on: that slice asks `holds`, or joins approval_v_held.
"""

from msgspec.structs import replace

from kit.audit import Acting
from kit.clock import Clock
from kit.db import Tx, encode
from kit.outbox import publish
from kit.problem import Forbidden
from node.approval import line_store, noticed, seat_store
from node.approval.line import (
    OF_ROLE,
    Capacity,
    Line,
    LinePosition,
    Outcome,
    TrailLine,
    TrayLine,
    Verdict,
    Went,
)
from node.approval.line_store import Underway
from node.approval.model import Matter, MatterMoved, NotAsked
from node.approval.routing import Route, Seats, route, step_from
from node.notices.service import Notices
from node.people.access import name_of, rights_now
from node.people.model import Asker, Role

ROUTED_TOGETHER = 50
_ENDS = {Verdict.RETURN: Went.RETURNED, Verdict.REFUSE: Went.REFUSED}


class Lines:
    """Every verb runs within the caller's unit."""

    def __init__(self, clock: Clock, notices: Notices) -> None:
        self._clock = clock
        self._notices = notices

    def start(
        self,
        tx: Tx,
        matter: Matter,
        line: Line,
        title: str,
        author_id: str,
        class_id: str | None = None,
    ) -> str:
        """Put a matter on its line, from the beginning where it was on one; for whom it waits, "" while
        nobody is found. Its author's own steps fall away, and the steps of a class where it has none,
        but for the last: nobody decides on what they wrote themselves. Raises ValueError where the
        line has no step."""
        if not line.steps:
            raise ValueError("a line without steps")
        seats = seat_store.seats(tx, self._clock.now())
        begun = Underway(
            kind=matter.kind,
            id=matter.id,
            title=title,
            author_id=author_id,
            class_id=class_id,
            line=encode(line),
            step=step_from(seats, line, 0, class_id, author_id),
            holder_id="",
            is_deputy=0,
            for_id="",
            passed="[]",
            named_id="",
            started_at=self._clock.now(),
        )
        return self._put(tx, begun, _route(seats, begun), is_new=True)

    def decide(
        self, tx: Tx, asker: Acting, matter: Matter, verdict: Verdict, word: str = ""
    ) -> Outcome:
        """Decide on the step a matter is at, for whoever holds it at this moment. Whoever approves and
        holds the following steps too (who deputises for the next, say) has approved those as well.
        Raises NotAsked, Forbidden."""
        one = line_store.underway(tx, matter)
        if one is None:
            raise NotAsked()
        seats = seat_store.seats(tx, self._clock.now())
        now = rights_now(tx, asker.id)
        found = _route(seats, one)
        if not now.is_staff or found.holder_id != now.id:
            raise Forbidden()
        while True:
            outcome = self._note(tx, one, found, now, verdict, word)
            if outcome.went is not Went.NEXT:
                line_store.remove(tx, matter)
                self._moved(tx, matter, "")
                break
            one = _at(one, step_from(seats, one.steps, one.step + 1, one.class_id, one.author_id))
            found = _route(seats, one)
            if found.holder_id != now.id:
                outcome = replace(outcome, holder_id=self._put(tx, one, found, is_new=True))
                break
        noticed.decided(tx, self._notices, matter, now.id, self._clock.now())
        return outcome

    def _note(
        self, tx: Tx, one: Underway, found: Route, by: Asker, verdict: Verdict, word: str
    ) -> Outcome:
        """Put what somebody decides on a step into the trail; what that makes of the matter."""
        step = one.steps.steps[one.step]
        is_last = one.step == len(one.steps.steps) - 1
        went = _ENDS.get(verdict) or (Went.DONE if is_last else Went.NEXT)
        capacity = Capacity.DEPUTY if found.is_deputy else Capacity.OWN
        if went is Went.DONE and not found.is_deputy and step.by != OF_ROLE + Role.PRINCIPAL:
            capacity = Capacity.DELEGATED
        for_name = name_of(tx, found.for_id) if found.for_id else ""
        line = TrailLine(
            step=step.title,
            verdict=verdict,
            word=word,
            by_id=by.id,
            by_name=by.name,
            capacity=capacity,
            for_id=found.for_id,
            for_name=for_name,
            at=self._clock.now(),
        )
        line_store.add_decision(tx, one.matter, one.title, line)
        return Outcome(went, capacity, for_id=found.for_id, for_name=for_name)

    def withdraw(self, tx: Tx, matter: Matter) -> None:
        """Its author takes a matter off its line; what was decided stays in the trail. Raises
        NotAsked."""
        if not line_store.remove(tx, matter):
            raise NotAsked()
        self._moved(tx, matter, "")

    def forget(self, tx: Tx, matter: Matter) -> None:
        """Forget what was decided on a matter that is gone, in the unit of whose matter it is."""
        line_store.remove(tx, matter)
        line_store.forget_decisions(tx, matter)

    def tray(
        self, tx: Tx, asker: Asker, kinds: tuple[str, ...], limit: int = 100, after: str = ""
    ) -> list[TrayLine]:
        """What of some kinds waits for the asker now, the longest first; `after`: `TrayLine.after` of
        the last one seen."""
        if not asker.is_staff:
            return []
        return line_store.tray(tx, asker.id, kinds, limit, _place(after))

    def trail(self, tx: Tx, matter: Matter) -> list[TrailLine]:
        """Who decided what on a matter, when, as deputy of whom; the first decision first."""
        return line_store.trail(tx, matter)

    def holds(self, tx: Tx, asker: Asker, matter: Matter) -> bool:
        """Whether a matter waits for the asker's decision: they may read what they decide on."""
        one = line_store.underway(tx, matter)
        if one is None or not asker.is_staff:
            return False
        return _route(seat_store.seats(tx, self._clock.now()), one).holder_id == asker.id

    def is_under_way(self, tx: Tx, matter: Matter) -> bool:
        """Whether a matter is on a line."""
        return line_store.underway(tx, matter) is not None

    def position(self, tx: Tx, matter: Matter) -> LinePosition | None:
        """Where a matter stands on its line; None of what never was on one."""
        one, trail = line_store.underway(tx, matter), line_store.trail(tx, matter)
        if one is None:
            return LinePosition("", "", "", trail) if trail else None
        holder = name_of(tx, one.holder_id) if one.holder_id else ""
        return LinePosition(one.steps.words, one.steps.steps[one.step].title, holder, trail)

    # Routing anew -----------------------------------------------------------------------------

    def route_some(self, tx: Tx, after: tuple[str, str]) -> tuple[str, str] | None:
        """Route the next of all that is under way behind a kind and an id anew; where to go on, None at
        the end."""
        found = line_store.some_underway(tx, after, ROUTED_TOGETHER)
        if found:
            seats = seat_store.seats(tx, self._clock.now())
            for one in found:
                self._put(tx, one, _route(seats, one), is_new=False)
        return (found[-1].kind, found[-1].id) if len(found) == ROUTED_TOGETHER else None

    def entrust(self, tx: Tx, matter: Matter, person_id: str) -> str:
        """Name who deputises at the step where a matter waits for nobody; for whom it waits now, "" where
        whoever was named is away as well or wrote it. Raises NotAsked where it waits for somebody."""
        one = line_store.underway(tx, matter)
        if one is None or one.holder_id:
            raise NotAsked()
        entrusted = _at(one, one.step, named_id=person_id)
        found = _route(seat_store.seats(tx, self._clock.now()), entrusted)
        return self._put(tx, entrusted, found, is_new=False)

    def _put(self, tx: Tx, one: Underway, found: Route, *, is_new: bool) -> str:
        """Keep where a matter lies, and tell whom it concerns, unless all is as it was; its holder."""
        before = one.route
        if is_new or found != before:
            line_store.put(tx, _lying(one, found))
        if is_new or found.holder_id != before.holder_id:
            self._moved(tx, one.matter, found.holder_id)
            passed = set(found.passed) - (set() if is_new else set(before.passed))
            noticed.moved(tx, self._notices, one.matter, found.holder_id, passed)
        return found.holder_id

    def _moved(self, tx: Tx, matter: Matter, holder_id: str) -> None:
        publish(tx, MatterMoved(matter.kind, matter.id, holder_id), self._clock.now())


def _route(seats: Seats, one: Underway) -> Route:
    step = one.steps.steps[one.step]
    return route(seats, step.by, one.class_id, one.author_id, one.named_id)


def _at(one: Underway, step: int, named_id: str = "") -> Underway:
    return replace(one, step=step, named_id=named_id)


def _lying(one: Underway, found: Route) -> Underway:
    return replace(
        one,
        holder_id=found.holder_id,
        is_deputy=int(found.is_deputy),
        for_id=found.for_id,
        passed=encode(found.passed),
    )


def _place(after: str) -> tuple[int, str, str]:
    """Behind which matter a tray goes on; from the beginning where the text is none of ours."""
    at, _slash, rest = after.partition("/")
    kind, _slash, id = rest.partition("/")
    return (int(at), kind, id) if at.isascii() and at.isdecimal() and len(at) < 16 else (0, "", "")
