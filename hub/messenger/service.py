"""The list of schools whose messengers may speak with each other: who is enrolled and active."""

from hub.messenger import store
from hub.messenger.model import AllowListChanged
from kit.db import Tx
from protocol.directory import Cursor
from protocol.identity import SchoolId, server_name
from protocol.sync import MatrixAllowList, MatrixServer


class Messengers:
    """Keeps where each school's server is, and tells the others."""

    def __init__(self, domain: str) -> None:
        self._domain = domain

    def record(self, tx: Tx, school_id: str, said: MatrixServer | None) -> None:
        """Keep what a school says of its server. Its name is ours to say, only the address is its."""
        held = store.address(tx, school_id)
        if (said.address if said is not None else None) == held:
            return
        if said is None:
            store.remove(tx, school_id)
        else:
            name = server_name(SchoolId(school_id), self._domain)
            store.save(tx, school_id, name, said.address[:300])
        self._changed(tx)

    def standing_changed(self, tx: Tx, school_id: str) -> None:
        """A school was suspended, revoked or taken back."""
        if store.address(tx, school_id) is not None:
            self._changed(tx)

    def _changed(self, tx: Tx) -> None:
        store.next_seq(tx)
        tx.signal(AllowListChanged())

    def behind(self, tx: Tx, school_id: str, held: Cursor | None, epoch: str) -> bool:
        """Whether a node with this cursor has a new list to hear of; none does without a server."""
        if held is not None and (held.epoch, held.seq) == (epoch, store.seq(tx)):
            return False
        return store.address(tx, school_id) is not None

    def allowed(self, tx: Tx, epoch: str) -> MatrixAllowList:
        """The list as it is now."""
        return MatrixAllowList(
            cursor=Cursor(epoch=epoch, seq=store.seq(tx)), servers=tuple(store.active(tx))
        )
