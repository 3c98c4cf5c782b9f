"""Looking at releases: how far each is, ring by ring and school by school; works under way; refusals."""

from hub.officers.model import Officer
from hub.releases import store
from hub.releases.model import REFUSAL_LABELS, Adoption, Release, ReleaseRings, Work
from kit.card import Card, Entry, Weight
from kit.db import Database, Tx
from kit.i18n import _
from kit.problem import NotFound
from protocol.chunks import KINDS, ReleaseKind

LISTED = 12
MOST = 100_000  # schools: all there are


def known(tx: Tx, kind: str, version: int) -> Release:
    """A release that was published once. Raises NotFound."""
    found = store.release(tx, kind, version)
    if found is None:
        raise NotFound()
    return found


class Progress:
    """What officers see of releases; every officer may look."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def lines(self, officer: Officer) -> dict[str, list[ReleaseRings]]:
        """The latest releases of each kind; how the rings stand with those still offered."""

        def unit(tx: Tx) -> dict[str, list[ReleaseRings]]:
            return {kind: self._lines(tx, kind) for kind in KINDS}

        return await self._db.read(unit)

    def _lines(self, tx: Tx, kind: ReleaseKind) -> list[ReleaseRings]:
        found = store.releases(tx, kind, LISTED)
        rings = store.progress(tx, kind, [one.version for one in found if one.offered])
        return [ReleaseRings(one, rings.get(one.version, ())) for one in found]

    async def release(
        self, officer: Officer, kind: str, version: int, limit: int = MOST, offset: int = 0
    ) -> tuple[ReleaseRings, list[Adoption]]:
        """A release with how schools stand, those in trouble first. Raises NotFound."""

        def unit(tx: Tx) -> tuple[ReleaseRings, list[Adoption]]:
            found = known(tx, kind, version)
            line = ReleaseRings(found, store.progress(tx, kind, [version])[version])
            return line, store.adoptions(tx, kind, limit, offset)

        return await self._db.read(unit)

    async def schools(self, officer: Officer) -> int:
        """How many schools a release may be offered to."""
        return await self._db.read(store.active_schools)

    async def pilots(self, officer: Officer) -> int:
        """How many schools are in the pilot ring."""
        return await self._db.read(store.pilots)

    async def works(self, officer: Officer) -> list[Work]:
        """The latest works, the newest first."""
        return await self._db.read(lambda tx: store.works(tx, LISTED))

    def cards(self, tx: Tx, officer: Officer, now: int) -> list[Card]:
        """For the overview: schools that refused what they are offered."""
        refused = [(kind, one) for kind in KINDS for one in store.refused(tx, kind)]
        if not refused:
            return []
        return [
            Card(
                name="releases",
                title=_("적용에 실패한 학교"),
                icon="send",
                href="/releases",
                weight=Weight.TASK,
                count=len(refused),
                counted=_("%(count)s개교"),
                entries=tuple(
                    Entry(
                        title=one.school_name,
                        href=f"/releases/{kind}/{one.version}",
                        note=REFUSAL_LABELS.get(one.error.split(":")[0], one.error),
                        at=one.heard_at,
                    )
                    for kind, one in refused[:5]
                ),
                live="releases.reported releases.published",
            )
        ]
