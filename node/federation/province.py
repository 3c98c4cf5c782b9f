"""What this school knows of its province, for whoever needs it below: who the school is there, where
releases come from, who works at the other schools."""

from collections.abc import Iterable

from kit.db import Database, Tx
from node.federation import colleagues, store
from node.messenger.model import Colleague, Identity
from node.releases.model import ReleaseSource
from protocol.directory import search_key


class Province:
    """Reads what the conversation with the hub has stored. `releases_url`: the school's own mirror."""

    def __init__(self, db: Database, releases_url: str) -> None:
        self._db = db
        self._releases_url = releases_url

    async def identity(self) -> Identity | None:
        """The school's identity in its province; None: it has joined none."""
        found = await self._db.read(store.membership)
        if found is None:
            return None
        grant = found.grant
        return Identity(grant.server_name, grant.certificate_pem, grant.hub.ca_chain_pem)

    async def releases(self) -> ReleaseSource | None:
        """Where releases come from; None: from nowhere."""
        found = await self._db.read(store.membership)
        if found is None or found.standing != "active":
            return None
        grant = found.grant
        url = self._releases_url or grant.hub.urls[0]
        return ReleaseSource(
            url.rstrip("/"),
            grant.hub.ca_chain_pem,
            grant.tuf_root or "",
            is_mirror=bool(self._releases_url),
        )

    def colleagues(self, tx: Tx, text: str, limit: int) -> list[Colleague]:
        """Staff of the province's other schools by name."""
        return [
            Colleague(one.matrix_id, one.name, one.position, one.department, one.school_name)
            for one in colleagues.elsewhere(tx, search_key(text), limit)
        ]

    def school_names(self, tx: Tx, school_ids: Iterable[str]) -> dict[str, str]:
        """School id → name, as far as they are known."""
        return store.school_names(tx, school_ids)
