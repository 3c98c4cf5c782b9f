"""The list of the other schools' messengers comes down from the province; our own address goes up."""

import msgspec

from kit.db import Tx
from node.messenger.model import OwnServerMoved
from node.messenger.service import Messenger
from node.ports.province import Affair, Cursors
from protocol.sync import Down

STREAM = "matrix"


def affair(messenger: Messenger) -> Affair:
    def take(tx: Tx, down: Down, cursors: Cursors) -> bool:
        """The list, or what changed in the one held; changes of another list are asked for again."""
        given = down.matrix
        if given is not None and given.since in (msgspec.UNSET, cursors.of(STREAM)):
            messenger.allow(tx, given)
            cursors.save(STREAM, given.cursor)
        return False

    def cut_off(tx: Tx, cursors: Cursors) -> None:
        """Whoever is suspended or revoked speaks with no other school; the list comes anew later."""
        messenger.allow_nobody(tx)
        cursors.forget(STREAM)

    return Affair(
        take=take,
        give=lambda tx: {"matrix": messenger.own(tx)},
        cut_off=cut_off,
        back_online=messenger.back_online,
        prompts=(OwnServerMoved,),
    )
