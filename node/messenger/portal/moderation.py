"""Words taken back, and words pinned on top of a room.

Everybody takes back what they said themselves. In the rooms that the node keeps, an administrator takes
back what anybody said, by the node's own hand and with a reason that stays; heads of departments and
above pin (Synapse lets them: `keeper.py` sets the rooms' power levels).
"""

import asyncio
import contextlib

import msgspec

from kit import audit
from kit.clock import Clock
from kit.db import Database, Tx
from kit.i18n import _
from kit.problem import Forbidden, Invalid, NotFound
from kit.typed import whole
from node.messenger import store
from node.messenger.model import (
    LONGEST_REASON,
    MODERATORS,
    ChatMessage,
    MessengerAct,
    MessengerNotReady,
)
from node.messenger.portal.portal import Portal
from node.messenger.service import Messenger
from node.messenger.synapse.matrix import PINNED, MatrixAway, MatrixRefused, path_of
from node.people.access import of_now, with_role
from node.people.model import Asker, Role

MOST_PINNED = 20
PINNED_SHOWN = 5


class Tending(msgspec.Struct, frozen=True):
    """What an asker may do with what is said in a room, besides taking back their own words."""

    takes_back: bool = False
    pins: bool = False

    def __bool__(self) -> bool:
        return self.takes_back or self.pins


class Moderation:
    """Speaks with Synapse as the asker where they may do a thing themselves, else as the node."""

    def __init__(self, db: Database, clock: Clock, messenger: Messenger, portal: Portal) -> None:
        self._db = db
        self._clock = clock
        self._messenger = messenger
        self._portal = portal

    async def tending(self, asker: Asker, room_id: str) -> Tending:
        """What the asker may do in a room they are in."""

        def look(tx: Tx, asker: Asker) -> Tending:
            if not store.room_name(tx, room_id):
                return Tending()
            return Tending(asker.is_administrator, not asker.roles.isdisjoint(MODERATORS))

        return await self._db.read(of_now(asker, look))

    async def take_back(self, asker: Asker, room_id: str, event_id: str, reason: str) -> None:
        """Delete a message for everybody, one's own or as an administrator, who says why.

        Raises NotFound, Forbidden, Invalid (no reason), TooLong, MessengerNotReady.
        """
        message = await self._portal.message(asker, room_id, event_id)
        transaction = f"take-back-{event_id}"
        path = path_of("rooms", room_id, "redact", event_id, transaction)
        if message.is_own:
            await self._portal.call(asker, "PUT", path, {})
            return
        if not (await self.tending(asker, room_id)).takes_back:
            raise Forbidden()
        reason = whole("reason", reason.strip(), LONGEST_REASON)
        if not reason:
            raise Invalid({"reason": _("삭제 사유를 입력해 주세요. 대화방에 함께 표시됩니다.")})

        def note(tx: Tx, asker: Asker) -> None:
            detail: dict[str, object] = {
                "room": store.room_name(tx, room_id),
                "said_by": message.sender,
                "reason": reason,
            }
            audit.record(tx, self._clock, asker, MessengerAct.TAKE_BACK, event_id, **detail)

        await self._db.write(
            with_role(asker, (Role.ADMINISTRATOR,), note)
        )  # first: nobody's words go without a trace
        try:
            await self._messenger.ready().keeper.call("PUT", path, {"reason": reason})
        except (MatrixAway, MatrixRefused) as error:
            raise MessengerNotReady() from error

    async def pin(self, asker: Asker, room_id: str, event_id: str, *, pinned: bool) -> None:
        """Hold a message on top of its room, or no more. Raises NotFound, Forbidden."""
        await self._portal.message(asker, room_id, event_id)
        if not (await self.tending(asker, room_id)).pins:
            raise Forbidden()
        others = [one for one in await self.pinned_ids(asker, room_id) if one != event_id]
        wanted = [*others, event_id][-MOST_PINNED:] if pinned else others
        path = path_of("rooms", room_id, "state", PINNED, "")
        await self._portal.call(asker, "PUT", path, {"pinned": wanted})

    async def pinned(self, asker: Asker, room_id: str) -> list[ChatMessage]:
        """What is pinned last, and not taken back."""

        async def found(event_id: str) -> ChatMessage | None:
            with contextlib.suppress(NotFound):
                return await self._portal.message(asker, room_id, event_id)
            return None

        ids = (await self.pinned_ids(asker, room_id))[-PINNED_SHOWN:]
        messages = await asyncio.gather(*(found(event_id) for event_id in ids))
        return [one for one in messages if one is not None]

    async def pinned_ids(self, asker: Asker, room_id: str) -> list[str]:
        """Ids of what is pinned, the last one last. Anybody who may pin may have pinned anything."""
        try:
            held = await self._portal.call(asker, "GET", path_of("rooms", room_id, "state", PINNED))
        except NotFound:
            return []
        ids = held.get("pinned")
        return [one for one in ids if isinstance(one, str)] if isinstance(ids, list) else []
