"""The list of the other schools' messengers comes down from the province; our own address goes up."""

import msgspec

from kit.db import Tx
from node.messenger import store
from node.messenger.model import OwnServerMoved
from node.messenger.service import Messenger
from node.ports.province import Affair, Cursors
from protocol.identity import SchoolId
from protocol.sync import Down, MatrixServer

STREAM = "matrix"


def affair(messenger: Messenger, school_id: SchoolId) -> Affair:
    addresses = messenger.addresses

    def take(tx: Tx, down: Down, cursors: Cursors) -> bool:
        """The list, or what changed in the one held; changes of another list are asked for again."""
        given = down.matrix
        if given is not None and given.since in (msgspec.UNSET, cursors.of(STREAM)):
            addresses.allow(tx, given)
            cursors.save(STREAM, given.cursor)
        return False

    def cut_off(tx: Tx, cursors: Cursors) -> None:
        """Whoever is suspended or revoked speaks with no other school; the list comes anew later."""
        addresses.allow_nobody(tx)
        cursors.forget(STREAM)

    def own(tx: Tx) -> MatrixServer | None:
        """What the province may tell other schools of this one's server."""
        found = store.own(tx) if messenger.is_on else None
        if found is None:
            return None
        name, address = found
        return MatrixServer(
            school_id=school_id, server_name=name, address=address, portal=messenger.public_url
        )

    return Affair(
        take=take,
        give=lambda tx: {"matrix": own(tx)},
        cut_off=cut_off,
        back_online=messenger.life.back_online,
        prompts=(OwnServerMoved,),
    )
