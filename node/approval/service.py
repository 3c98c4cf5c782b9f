"""기안 and 결재: what its author may not send alone waits here for who decides.

    if not approval.may_decide(tx, author, keys):
        approval.ask(tx, matter, title, author)                        # it waits
    ...
    approval.approve(tx, decider(tx, asker), matter, substance)        # in the decider's unit
    ...
    approval.is_as_decided(tx, matter, substance)                      # before it goes out

The slice whose matter it is calls these within its own unit: it says what is decided on (`substance`,
a text that is another whenever something of it is), what it looks like to who decides, and what happens
then. Here stands who may, what waits for whom, and what was decided until it is carried out.
"""

import msgspec

from kit import audit
from kit.clock import Clock
from kit.db import Database, Tx, decode, encode
from kit.schema import get_meta, set_meta
from kit.seen import check_seen
from node.approval import store
from node.approval.access import RULERS, Decider
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
from node.people.access import require_role, with_role
from node.people.model import Asker

RULES = "approval.rules"
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

    # What waits, and what was decided ---------------------------------------------------------

    def ask(self, tx: Tx, matter: Matter, title: str, author: Asker) -> None:
        """Let a matter wait for who decides (상신); what was decided on it before counts no more."""
        store.ask(tx, matter, title, author, self._clock.now())

    def waiting(self, tx: Tx, asker: Asker, kind: str, limit: int = SHOWN) -> list[WaitingMatter]:
        """What of a kind waits for the asker's decision, the longest first."""
        return store.waiting(tx, kind, limit) if asker.is_approver else []

    def approve(self, tx: Tx, by: Decider, matter: Matter, substance: str) -> None:
        """Decide on a matter as it stands. Raises NotAsked."""
        if not store.decide(tx, matter, substance, self._clock.now(), (by.id, by.name)):
            raise NotAsked()

    def send_back(self, tx: Tx, by: Decider, matter: Matter, reason: str = "") -> None:
        """Give a matter back to its author (반려), who finds the reason in `returned` until it is asked
        for anew or forgotten; '' where the matter itself holds it. Raises NotAsked."""
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
        self.ask(tx, matter, title, by)
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
