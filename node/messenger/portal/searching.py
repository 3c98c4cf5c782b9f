"""A room's words looked through for what somebody typed, any part of a word.

The node keeps no copy of what is said in rooms, and Synapse finds whole words only: so the newest messages are
read once more, a piece after the other. How far that went is said with what was found.
"""

import msgspec

from node.messenger.model import ChatMessage
from node.messenger.portal.events import WORDS, is_redacted, is_shown, message
from node.messenger.portal.portal import Portal
from node.messenger.synapse.matrix import path_of
from node.people.model import Asker
from protocol.directory import normalise

PIECE, MOST_PIECES = 100, 10
MOST_FOUND = 30
_FILTER = msgspec.json.encode({"types": list(WORDS), "lazy_load_members": True}).decode()


class FoundMessages(msgspec.Struct, frozen=True):
    """The newest first. `looked_at`: how many messages; `is_whole`: there were no others."""

    messages: tuple[ChatMessage, ...] = ()
    looked_at: int = 0
    is_whole: bool = True


class RoomSearch:
    """In rooms the asker is in."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    async def found(self, asker: Asker, room_id: str, text: str) -> FoundMessages:
        """Messages, files and polls of a room that hold this. Raises NotFound, MessengerNotReady."""
        await self._portal.room(asker, room_id)
        own, key = await self._portal.user_id(asker), normalise(text)
        found: list[ChatMessage] = []
        looked_at, place = 0, ""
        for _piece in range(MOST_PIECES if key else 0):
            params = {"dir": "b", "limit": str(PIECE), "filter": _FILTER}
            params |= {"from": place} if place else {}
            path = path_of("rooms", room_id, "messages")
            piece = await self._portal.call(asker, "GET", path, params=params)
            events = [one for one in piece["chunk"] if is_shown(one) and not is_redacted(one)]
            names = await self._portal.names(asker, room_id, piece.get("state", []) + events)
            said = [message(event, names, own) for event in events]
            found += [one for one in said if key in normalise(_held(one))]
            looked_at, place = looked_at + len(events), str(piece.get("end", ""))
            if not place or len(found) >= MOST_FOUND:
                break
        return FoundMessages(tuple(found[:MOST_FOUND]), looked_at, not place)


def _held(message: ChatMessage) -> str:
    """All that one could look for in a message."""
    name = message.file.name if message.file is not None else ""
    question = message.poll.question if message.poll is not None else ""
    return " ".join((message.text, name, question))
