"""The list of schools whose messengers may speak with each other: who is enrolled and active."""

from urllib.parse import urlsplit

import msgspec

from hub.messenger import store
from hub.messenger.model import AllowListChanged
from kit.db import Database, Tx
from protocol.directory import Cursor
from protocol.identity import SchoolId, server_name
from protocol.sync import MatrixAllowList, MatrixServer

LONGEST_PORTAL = 300


class Messengers:
    """Keeps where each school's server is, and tells the others."""

    def __init__(self, db: Database, domain: str) -> None:
        self._db = db
        self._domain = domain

    def record(self, tx: Tx, school_id: str, said: MatrixServer | None) -> None:
        """Keep what a school says of its server. Its name is ours to say, only the address is its.

        Of another address the others hear when they speak next, within their wait: addresses change
        by the day, and what wakes all nodes costs thousands of answers.
        """
        held = store.address(tx, school_id)
        if said is not None and said.portal is not msgspec.UNSET:
            self._keep_portal(tx, school_id, said.portal)
        if (said.address if said is not None else None) == held:
            return
        seq = store.next_seq(tx)
        if said is None:
            store.remove(tx, school_id, seq)
            tx.signal(AllowListChanged())
        else:
            name = server_name(SchoolId(school_id), self._domain)
            store.save(tx, school_id, name, said.address[:300], seq)
            if held is None:
                tx.signal(AllowListChanged())

    def _keep_portal(self, tx: Tx, school_id: str, portal: str) -> None:
        """Where clients of a school come in. Other schools hear nothing of it."""
        try:
            parts = urlsplit(portal[:LONGEST_PORTAL])
        except ValueError:
            return
        if parts.scheme in ("https", "http") and parts.hostname:
            store.keep_portal(tx, school_id, f"{parts.scheme}://{parts.netloc}")

    async def portal(self, host: str) -> str:
        """The portal of the school in good standing that has this name of a server; empty: there is none."""
        return await self._db.read(lambda tx: store.portal(tx, host.lower()))

    def standing_changed(self, tx: Tx, school_id: str) -> None:
        """A school was suspended, revoked or taken back."""
        if store.address(tx, school_id) is not None:
            store.touch(tx, school_id, store.next_seq(tx))
            tx.signal(AllowListChanged())

    def behind(self, tx: Tx, school_id: str, held: Cursor | None, epoch: str) -> bool:
        """Whether a node with this cursor has a new list to hear of; none does without a server."""
        if held is not None and (held.epoch, held.seq) == (epoch, store.seq(tx)):
            return False
        return store.address(tx, school_id) is not None

    def allowed(self, tx: Tx, held: Cursor | None, epoch: str, *, changes: bool) -> MatrixAllowList:
        """The list as it is now; with `changes` what changed in the list held, where there is one."""
        cursor = Cursor(epoch=epoch, seq=store.seq(tx))
        if not changes or held is None or held.epoch != epoch or held.seq > cursor.seq:
            return MatrixAllowList(cursor=cursor, servers=tuple(store.active(tx)))
        here, gone = store.changed(tx, held.seq)
        return MatrixAllowList(cursor=cursor, servers=tuple(here), since=held, gone=tuple(gone))
