"""Who else may see or change a folder or file: people, departments, groups, the whole staff."""

from msgspec.structs import replace

from kit import audit
from kit.clock import Clock
from kit.db import Database, Tx
from kit.i18n import _
from kit.outbox import publish
from kit.problem import Forbidden, NotFound
from node.drive.model import (
    SCHOOL,
    BadShare,
    DriveAct,
    DriveFileChanged,
    FixedShare,
    Item,
    Right,
    Share,
)
from node.drive.tree import store
from node.drive.tree.rights import STAFF, reach
from node.people.access import person_key
from node.people.model import ROLE_LABELS, Asker, Audience, Kind, Scope

WHOLE_STAFF = _("전체 교직원")
GIVEN = (Right.VIEW, Right.EDIT)

Choice = tuple[str, str]


class Sharing:
    """Gives and withdraws rights."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def choices(self, asker: Asker) -> dict[str, list[Choice]]:
        """With whom things can be shared: keys with words, by departments, roles (msgids),
        groups and people."""
        return await self._db.read(lambda tx: _choices(tx, asker.id))

    def of(self, tx: Tx, item: Item) -> tuple[list[Share], list[Share]]:
        """The item's own shares, and what the folders above it give; with words for whom."""
        choices = _choices(tx, "")
        words = {key: label for group in choices.values() for key, label in group}
        words |= {STAFF: WHOLE_STAFF}

        def worded(shares: list[Share]) -> list[Share]:
            return [
                replace(share, label=words.get(share.key) or _former(tx, share.key))
                for share in shares
            ]

        return worded(store.shares(tx, item.id)), worded(store.inherited_shares(tx, item.id))

    async def give(self, asker: Asker, item_id: str, key: str, right: Right) -> None:
        """Let the holders of a key see or change an item and what is in it, from now on.

        Raises NotFound, Forbidden (who does not decide over it; an area as a whole), BadShare,
        FixedShare.
        """
        if right not in GIVEN:
            raise BadShare()

        def unit(tx: Tx) -> None:
            item = self._decided(tx, asker, item_id)
            choices = _choices(tx, asker.id)
            if key != STAFF and not any(key == k for group in choices.values() for k, _w in group):
                raise BadShare()
            now = self._clock.now()
            if not store.put_share(tx, item_id, key, right, now, asker.id, asker.name):
                raise FixedShare()
            self._changed(tx, asker, item, DriveAct.SHARE, {"key": key, "right": int(right)}, now)

        await self._db.write(unit)

    async def withdraw(self, asker: Asker, item_id: str, key: str) -> None:
        """End a share: whoever had the item through it alone finds it no more, with the commit.

        Raises NotFound, Forbidden.
        """

        def unit(tx: Tx) -> None:
            item = self._decided(tx, asker, item_id)
            if not store.remove_share(tx, item_id, key):
                raise NotFound()
            now = self._clock.now()
            self._changed(tx, asker, item, DriveAct.UNSHARE, {"key": key}, now)

        await self._db.write(unit)

    def _decided(self, tx: Tx, asker: Asker, item_id: str) -> Item:
        item = reach(tx, asker, item_id, Right.OWN)
        if item.parent_id is None and item.area != SCHOOL:
            raise Forbidden()
        return item

    def _changed(
        self, tx: Tx, asker: Asker, item: Item, act: DriveAct, detail: dict[str, object], now: int
    ) -> None:
        audit.record(
            tx,
            self._clock,
            actor=asker.id,
            actor_name=asker.name,
            action=act,
            subject=f"drive:{item.id}",
            detail={"name": item.name, **detail},
        )
        for file_id in store.files_below(tx, item.id):
            publish(tx, DriveFileChanged(item_id=file_id, content=False), now)


def _choices(tx: Tx, without: str) -> dict[str, list[Choice]]:
    staff = store.staff(tx)
    departments = sorted({department for *_rest, department in staff})
    return {
        "departments": [(Audience(Kind.STAFF, Scope.DEPARTMENT, d).key, d) for d in departments],
        "roles": [
            (Audience(Kind.STAFF, Scope.ROLE, role).key, label)
            for role, label in ROLE_LABELS.items()
        ],
        "groups": [
            (Audience(Kind.STAFF, Scope.GROUP, g).key, name) for g, name in store.groups(tx)
        ],
        "people": [
            (person_key(person_id), f"{name} ({department} {position})")
            for person_id, name, position, department in staff
            if person_id != without
        ],
    }


def _former(tx: Tx, key: str) -> str:
    """Words for a key that nobody holds any more, or that is no choice."""
    of = key.partition(":")[2]
    if key == person_key(of):
        return store.person_name(tx, of)
    return of
