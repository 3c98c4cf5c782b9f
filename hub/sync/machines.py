"""Whether two machines speak with one school's key: a copied disk, a clone, an old server started again.

Two signs, each from what a node says and where from, both harmless when they change only once:

* An epoch that comes back. A database draws a new one when it is restored, and never goes back to an
  earlier one: the life before and the life after both run.
* Addresses in turn. A school's address may change at any time (DHCP, another line, a telephone); one
  machine does not come back to the one before it again and again. Two that wait for news at the same
  time interrupt each other's wait, so they show within minutes.

Not seen: a copy behind the same address that also kept the epoch, or one that speaks very seldom.
"""

import ipaddress

from msgspec.structs import replace

from hub.sync import store
from hub.sync.model import Change, Contact, Sign, SyncAct, TwoMachinesHeard
from kit import audit
from kit.clock import MINUTE, Clock
from kit.db import Tx
from kit.ids import new_id
from kit.outbox import publish

WINDOW_MS = 10 * MINUTE
RETURNS = 6
"""Returns to an earlier address within the window from which on it is no line that comes and goes."""
KEPT = 60
"""Changes remembered of a school: more than an alarm needs."""


def network_of(address: str) -> str:
    """What tells one place from another: an IPv4 address, the /64 of an IPv6 one (its other half
    changes daily by itself)."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:100]
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, 64), strict=False))


class Machines:
    """Hears where requests come from, and raises the alarm."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def forget(self, tx: Tx, school_id: str) -> None:
        """The school has a new key, which nobody else can have yet."""
        store.forget_changes(tx, school_id)
        store.forget_epochs(tx, school_id)

    def hear(self, tx: Tx, school_id: str, known: Contact, epoch: str, address: str) -> Contact:
        """The contact after an accepted request of this epoch from this address.

        Writes only when one of them changed.
        """
        network = network_of(address)
        if (epoch, network) == (known.node_epoch, known.address):
            return known
        now = self._clock.now()
        back = epoch != known.node_epoch and store.is_known_epoch(tx, school_id, epoch)
        store.add_epoch(tx, school_id, epoch, now)
        store.add_change(tx, new_id(), school_id, Change(now, epoch, network), KEPT)
        fresh = replace(known, node_epoch=epoch, address=network)
        if known.alarm_at:
            store.prolong_alarm(tx, school_id, now)
            return fresh
        changes = store.changes(tx, school_id)
        recent = [one for one in changes if one.at > now - WINDOW_MS]
        sign = Sign.EPOCHS if back else Sign.ADDRESSES if returns(recent) >= RETURNS else None
        if sign is None:
            return fresh
        self._alarm(tx, school_id, sign, changes, now)
        return replace(fresh, alarm_at=now)

    def _alarm(self, tx: Tx, school_id: str, sign: Sign, changes: list[Change], now: int) -> None:
        alarm_id = new_id()
        store.add_alarm(tx, alarm_id, school_id, sign, changes, now)
        publish(tx, TwoMachinesHeard(school_id, alarm_id), now)
        audit.record(
            tx,
            self._clock,
            audit.Actor(school_id, school_id),
            SyncAct.MACHINES_FOUND,
            school_id,
            sign=sign.value,
            evidence=alarm_id,
        )


def returns(changes: list[Change]) -> int:
    """How often the address went back to one that was left before, in these changes in order."""
    seen: set[str] = set()
    current, count = "", 0
    for change in changes:
        if change.address != current and change.address in seen:
            count += 1
        seen.add(change.address)
        current = change.address
    return count
