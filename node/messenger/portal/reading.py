"""Who has read what one said: by the receipts that people's clients and the portal send."""

from collections.abc import Sequence

import msgspec

from node.messenger.model import ChatMessage, Receipt, RoomLine
from node.messenger.portal.portal import Portal
from node.messenger.synapse.homeserver import OWN_ACCOUNTS
from node.messenger.synapse.matrix import path_of
from node.people.model import Asker


class Readers(msgspec.Struct, frozen=True):
    """Names of those in a room who have read a message, and of those who have not."""

    read: tuple[str, ...]
    waiting: tuple[str, ...]


class ReadReceipts:
    """Of the asker's own messages."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    async def readers(self, asker: Asker, room_id: str, message: ChatMessage) -> Readers:
        """Who has read a message, of those who are in its room now. Raises NotFound."""
        line = await self._portal.room(asker, room_id)
        newest = (await self._portal.earlier(asker, room_id)).messages
        own = await self._portal.user_id(asker)
        found = await self._portal.call(asker, "GET", path_of("rooms", room_id, "joined_members"))
        read = readers_of(message, newest, line)
        names: dict[bool, list[str]] = {True: [], False: []}
        for user_id, member in found["joined"].items():
            if user_id != own and user_id[1:].partition(":")[0] not in OWN_ACCOUNTS:
                name = line.names.get(user_id) or str(member.get("display_name") or "")
                names[user_id in read].append(name)
        return Readers(tuple(sorted(names[True])), tuple(sorted(names[False])))


def readers_of(message: ChatMessage, shown: Sequence[ChatMessage], line: RoomLine) -> set[str]:
    """User ids of those who have read a message. `shown`: messages of its room in their order, by which
    it is known what stands before what; of other places the receipt's moment tells."""
    places = {one.event_id: at for at, one in enumerate(shown)}

    def has_read(receipt: Receipt) -> bool:
        if receipt.event_id in places and message.event_id in places:
            return places[receipt.event_id] >= places[message.event_id]
        return receipt.at >= message.at

    read = {user_id for user_id, receipt in line.receipts.items() if has_read(receipt)}
    return read - {message.sender_id}


def counted(shown: Sequence[ChatMessage], line: RoomLine) -> dict[str, int]:
    """How many have read each message of one's own."""
    return {
        one.event_id: len(readers_of(one, shown, line))
        for one in shown
        if one.is_own and not one.is_deleted
    }
