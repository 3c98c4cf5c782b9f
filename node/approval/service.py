"""기안 and 결재: what its author may not send alone waits here for who decides.

    if not approval.may_decide(tx, author, keys):
        approval.ask(tx, matter, title, author)                        # it waits
    ...
    by = approval.decider(tx, asker, matter)                           # in the decider's unit
    if approval.approve(tx, by, matter, substance): ...                # nobody decides after them
    ...
    approval.is_as_decided(tx, matter, substance)                      # before it goes out

The slice whose matter it is calls these within its own unit: it says what is decided on (`substance`,
a text that is another whenever something of it is), what it looks like to who decides, and what happens
then. Here stands who may, what waits for whom, and what was decided until it is carried out.
"""

from collections.abc import Sequence

import msgspec

from kit import audit
from kit.clock import Clock
from kit.db import Database, Tx, decode, encode
from kit.i18n import _
from kit.problem import Forbidden, Invalid
from kit.schema import get_meta, set_meta
from kit.seen import check_seen
from node.approval import seat_store, store
from node.approval.access import RULERS, Decider, decider
from node.approval.duties import steps_to_choose
from node.approval.line import Line, Step, Verdict, Went
from node.approval.lines import Lines
from node.approval.model import (
    ApprovalAct,
    Matter,
    NotAsked,
    ReturnedMatter,
    Rules,
    WaitingMatter,
    may_decide,
)
from node.people.access import as_now, require_role, require_staff, with_role
from node.people.model import Asker

RULES = "approval.rules"
LINES = "approval.lines"
MOST_STEPS = 6
SHOWN = 100


class Approval:
    """The slice's face."""

    def __init__(self, db: Database, clock: Clock, lines: Lines) -> None:
        self._db = db
        self._clock = clock
        self.lines = lines

    # Who decides alone -----------------------------------------------------------------------

    def may_decide(self, tx: Tx, asker: Asker, keys: set[str]) -> bool:
        """Whether somebody, with the rights given here, may send to these keys by the school's rules
        of now."""
        return may_decide(asker, keys, self.rules(tx))

    def rules(self, tx: Tx) -> Rules:
        """Who may decide alone at this school."""
        stored = get_meta(tx, RULES)
        return Rules() if stored is None else decode(stored, Rules)

    async def current_rules(self) -> Rules:
        return await self._db.read(self.rules)

    async def set_rules(self, asker: Asker, rules: Rules, seen: str = "") -> None:
        """Change the rules; for approvers and the administrator. Raises NotFound, Forbidden,
        ChangedMeanwhile."""
        require_role(asker, *RULERS)

        def unit(tx: Tx, asker: Asker) -> None:
            check_seen(seen, self.rules(tx))
            set_meta(tx, RULES, encode(rules))
            audit.record(
                tx, self._clock, asker, ApprovalAct.RULES, RULES, **msgspec.to_builtins(rules)
            )

        await self._db.write(with_role(asker, RULERS, unit))

    # On which line ----------------------------------------------------------------------------

    def kind_lines(self, tx: Tx) -> dict[str, Line]:
        """The approval lines that the school has set, by kind."""
        stored = get_meta(tx, LINES)
        return {} if stored is None else decode(stored, dict[str, Line])

    async def line_settings(self) -> tuple[dict[str, Line], list[Step]]:
        """The lines that are set, and the steps there are to choose."""
        return await self._db.read(
            lambda tx: (self.kind_lines(tx), steps_to_choose(seat_store.table(tx)))
        )

    async def set_line(self, asker: Asker, kind: str, steps: Sequence[str], seen: str = "") -> None:
        """Let matters of a kind go along a line of these steps, from the next that is asked for; no step:
        any approver decides. For approvers and the administrator. Raises NotFound, Forbidden, Invalid,
        ChangedMeanwhile."""

        def unit(tx: Tx, asker: Asker) -> None:
            before = self.kind_lines(tx)
            check_seen(seen, before)
            titles = {one.by: one.title for one in steps_to_choose(seat_store.table(tx))}
            if not titles.keys() >= set(steps) or len(steps) > MOST_STEPS:
                raise Invalid({"steps": _("결재 단계를 확인해 주세요.")})
            line = Line(tuple(Step(by, titles[by]) for by in steps))
            after = (
                {**before, kind: line} if steps else {k: v for k, v in before.items() if k != kind}
            )
            set_meta(tx, LINES, encode(after))
            audit.record(tx, self._clock, asker, ApprovalAct.LINE, LINES, line=line.words)

        await self._db.write(with_role(asker, RULERS, unit))

    # What waits, and what was decided ---------------------------------------------------------

    def ask(self, tx: Tx, matter: Matter, title: str, author: Asker, kind: str = "") -> None:
        """Let a matter wait for who decides (상신); what was decided on it before counts no more. `kind`:
        where the school has set a line for it, the matter goes along that."""
        self.forget(tx, matter)
        store.ask(tx, matter, title, author, self._clock.now())
        line = self.kind_lines(tx).get(kind)
        if line is not None:
            class_id = min(author.classes, default=None)
            self.lines.start(tx, matter, line, title, author.id, class_id)

    def waiting(self, tx: Tx, asker: Asker, kind: str, limit: int = SHOWN) -> list[WaitingMatter]:
        """What of a kind waits for the asker's decision, the longest first: what is on no line for
        approvers, what is on one for whoever holds the step."""
        if not asker.is_staff:
            return []
        found = store.held(tx, kind, asker.id, limit)
        if asker.is_approver:
            found += store.waiting(tx, kind, limit)
        return sorted(found, key=lambda one: (one.asked_at, one.id))[:limit]

    def decider(self, tx: Tx, asker: Asker, matter: Matter) -> Decider:
        """The asker as one who decides on a matter at this moment: who holds its step, or an approver
        where it is on no line. Raises NotFound, Forbidden."""
        if not self.lines.is_under_way(tx, matter):
            return decider(tx, asker)
        now = as_now(tx, asker)
        require_staff(now)
        if not self.lines.holds(tx, now, matter):
            raise Forbidden()
        return Decider(now.id, now.name)

    def may_decide_on(self, tx: Tx, asker: Asker, matter: Matter) -> bool:
        """Whether a matter waits for the asker's decision, who may read it therefore."""
        if self.lines.is_under_way(tx, matter):
            return self.lines.holds(tx, asker, matter)
        return asker.is_approver and store.waits(tx, matter)

    def approve(self, tx: Tx, by: Decider, matter: Matter, substance: str) -> bool:
        """Decide on a matter as it stands; False while another has to decide after them. Raises
        NotAsked, Forbidden."""
        if not store.waits(tx, matter):
            raise NotAsked()
        if self.lines.is_under_way(tx, matter):
            outcome = self.lines.decide(tx, by, matter, Verdict.APPROVE)
            if outcome.went is Went.NEXT:
                return False
        return store.decide(tx, matter, substance, self._clock.now(), (by.id, by.name))

    def send_back(self, tx: Tx, by: Decider, matter: Matter, reason: str = "") -> None:
        """Give a matter back to its author (반려), who finds the reason in `returned` until it is asked
        for anew or forgotten; '' where the matter itself holds it. Raises NotAsked, Forbidden."""
        if self.lines.is_under_way(tx, matter):
            self.lines.decide(tx, by, matter, Verdict.RETURN, reason)
        if not store.send_back(tx, matter, reason, self._clock.now(), by.name):
            raise NotAsked()

    def returned(self, tx: Tx, author: Asker, kind: str) -> list[ReturnedMatter]:
        """What of a kind came back to its author, the latest first."""
        return store.returned(tx, author.id, kind, SHOWN)

    def returned_one(self, tx: Tx, author: Asker, matter: Matter) -> ReturnedMatter | None:
        """Why a matter came back to this author; None: it did not, or is another's."""
        return store.returned_one(tx, author.id, matter)

    def waits(self, tx: Tx, matter: Matter) -> bool:
        """Whether a matter waits for who decides."""
        return store.waits(tx, matter)

    def decide_alone(self, tx: Tx, matter: Matter, substance: str, title: str, by: Asker) -> None:
        """Keep what its author, who may, decided on (전결)."""
        self.forget(tx, matter)
        store.ask(tx, matter, title, by, self._clock.now())
        store.decide(tx, matter, substance, self._clock.now())

    def is_approved(self, tx: Tx, matter: Matter) -> bool:
        """Whether another than its author decided on it."""
        return store.is_approved(tx, matter)

    def is_as_decided(self, tx: Tx, matter: Matter, substance: str) -> bool:
        """Whether it was decided on, and as it is now."""
        return store.is_as_decided(tx, matter, substance)

    def forget(self, tx: Tx, matter: Matter) -> None:
        """It was carried out, taken back, or changed so that it wants another decision; nor is it told
        any more why it came back."""
        store.forget(tx, matter)
        if self.lines.is_under_way(tx, matter):
            self.lines.withdraw(tx, matter)
