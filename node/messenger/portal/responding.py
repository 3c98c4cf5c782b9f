"""What one says to a message: an answer that quotes it, a sign, a better wording of one's own."""

from typing import Any

from kit.ids import new_id
from kit.problem import MISSING, UNFIT, Forbidden, Invalid
from kit.typed import whole
from node.messenger.model import LONGEST_MESSAGE, SIGNS
from node.messenger.portal.contents import REACTION
from node.messenger.portal.portal import Portal
from node.messenger.synapse.matrix import path_of
from node.people.model import Asker


class Responding:
    """As the asker, in rooms they are in."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    async def answer(
        self, asker: Asker, room_id: str, event_id: str, text: str, transaction: str
    ) -> None:
        """Answer a message; whoever wrote it is told. Raises NotFound, TooLong, RoomEncrypted."""
        answered = await self._portal.message(asker, room_id, event_id)
        more: dict[str, Any] = {
            "m.relates_to": {"m.in_reply_to": {"event_id": event_id}},
            "m.mentions": {} if answered.is_own else {"user_ids": [answered.sender_id]},
        }
        await self._portal.say(asker, room_id, text, transaction, **more)

    async def correct(
        self, asker: Asker, room_id: str, event_id: str, text: str, transaction: str
    ) -> None:
        """Word anew what one said oneself.

        Raises NotFound, Forbidden (it is another's, or a file), Invalid (nothing is left), TooLong,
        RoomEncrypted.
        """
        corrected = await self._portal.message(asker, room_id, event_id)
        if not corrected.may_be_corrected:
            raise Forbidden()
        text = whole("text", text.strip(), LONGEST_MESSAGE)
        if not text:
            raise Invalid({"text": MISSING})
        content = {
            "msgtype": "m.text",
            "body": f"* {text}",  # for clients that know no corrections
            "m.new_content": {"msgtype": "m.text", "body": text},
            "m.relates_to": {"rel_type": "m.replace", "event_id": event_id},
        }
        await self._portal.send(asker, room_id, content, transaction)

    async def react(self, asker: Asker, room_id: str, event_id: str, sign: str) -> None:
        """Set a sign to a message, or take one's own back. Raises NotFound, Invalid, RoomEncrypted."""
        message = await self._portal.message(asker, room_id, event_id)
        there = {one.key: one for one in message.reactions}
        if sign not in SIGNS and sign not in there:
            raise Invalid({"sign": UNFIT})
        if sign in there and there[sign].own:
            path = path_of("rooms", room_id, "redact", there[sign].own, new_id())
            await self._portal.call(asker, "PUT", path, {})
            return
        relation = {"rel_type": "m.annotation", "event_id": event_id, "key": sign}
        await self._portal.send(asker, room_id, {"m.relates_to": relation}, new_id(), REACTION)
