"""Whether the province is told how many papers the school has, and what it is told.

    await statistics.start(administrator)      # off until somebody says so
    await statistics.take_stock()              # each night: what changed since the last look
    await statistics.stop(administrator)       # the hub forgets what it was told

What is told is put together once a day, so that from a single number nobody can say when a paper came in.
"""

from functools import partial

from kit import audit
from kit.clock import Clock, local_date, school_year
from kit.db import Database, Tx, encode
from kit.i18n import _
from kit.schema import get_meta
from node.people.access import require_role, with_role
from node.people.model import Asker, Role
from node.ports.province import Affair, Cursors
from node.statistics import store
from node.statistics.counting import counts_of
from node.statistics.model import (
    ShownCount,
    StatisticsAct,
    StatisticsMoved,
    StatisticsSharing,
    StatisticsShown,
)
from node.submissions.model import STATE_LABELS, PaperState
from protocol.statistics import MOST_MONTHS, OTHER_KINDS, YEARS_TOLD, PaperCount, PaperStatistics
from protocol.sync import Down

WHO = (Role.ADMINISTRATOR,)
OTHERS = _("그 밖의 서류")


class Statistics:
    """The slice's face; its verbs are the administrator's."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def shown(self, asker: Asker) -> StatisticsShown:
        """How it stands, and what the province is told of this month, or would be. Raises NotFound,
        Forbidden."""
        require_role(asker, *WHO)
        month = f"{local_date(self._clock.now()):%Y-%m}"

        def unit(tx: Tx) -> StatisticsShown:
            sharing = store.sharing(tx)
            kinds = store.published_kinds(tx)
            counts = [_in_words(one, kinds) for one in counts_of(store.tallied(tx, month), kinds)]
            waits = store.months_after(tx, _told_seq(tx, sharing), 1)
            return StatisticsShown(sharing, month, tuple(counts), is_heard=not waits)

        return await self._db.read(unit)

    async def start(self, asker: Asker) -> None:
        """Tell the province from now on. Raises NotFound, Forbidden."""
        await self._choose(asker, StatisticsAct.START, is_on=True)
        await self.take_stock()

    async def stop(self, asker: Asker) -> None:
        """Tell it nothing more, and have it forget what it was told. Raises NotFound, Forbidden."""
        await self._choose(asker, StatisticsAct.STOP, is_on=False)

    async def _choose(self, asker: Asker, act: StatisticsAct, *, is_on: bool) -> None:
        def unit(tx: Tx, now: Asker) -> None:
            if store.sharing(tx).is_on is is_on:
                return
            at = self._clock.now()
            store.choose(tx, at, now.name, is_on=is_on)
            audit.record(tx, self._clock, now, act, "papers")
            tx.signal(StatisticsMoved())

        await self._db.write(with_role(asker, WHO, unit))

    # What is told -------------------------------------------------------------------------------

    async def take_stock(self) -> int:
        """Put together anew, a month in a unit, what changed since the last look; how many months are
        to be told. All of them where the province has published other kinds since."""
        first = f"{school_year(local_date(self._clock.now())) + 1 - YEARS_TOLD}-03"

        def look(tx: Tx) -> tuple[StatisticsSharing, dict[str, str], list[tuple[str, int]]]:
            sharing, kinds = store.sharing(tx), store.published_kinds(tx)
            if not sharing.is_on:
                return sharing, kinds, []
            since = sharing.looked_at if sharing.kinds == _named(kinds) else 0
            return sharing, kinds, store.changed_months(tx, since, first)

        sharing, kinds, changed = await self._db.read(look)
        told = 0
        for month, _at in changed:
            told += await self._db.write(partial(self._put_together, month=month, kinds=kinds))
        latest = max((at for _month, at in changed), default=sharing.looked_at)
        if sharing.is_on and (latest, _named(kinds)) != (sharing.looked_at, sharing.kinds):
            await self._db.write(lambda tx: store.looked(tx, latest, _named(kinds)))
        return told

    def _put_together(self, tx: Tx, month: str, kinds: dict[str, str]) -> bool:
        if not store.sharing(tx).is_on:  # taken back meanwhile
            return False
        is_other = store.keep_month(tx, month, counts_of(store.tallied(tx, month), kinds))
        if is_other:
            tx.signal(StatisticsMoved())
        return is_other

    def affair(self) -> Affair:
        """What goes up: the months the hub has not; nothing at all while the school does not wish it."""
        return Affair(
            take=self._take, give=self._give, cut_off=self._cut_off, prompts=(StatisticsMoved,)
        )

    def _give(self, tx: Tx) -> dict[str, object]:
        sharing = store.sharing(tx)
        if not sharing.is_on:
            return {}
        begun = _told_seq(tx, sharing)
        months = store.months_after(tx, begun, MOST_MONTHS)
        said = PaperStatistics(
            epoch=get_meta(tx, "epoch") or "",
            from_seq=begun,
            to_seq=months[-1].seq if months else begun,
            months=tuple(months),
        )
        return {"statistics": said}

    def _take(self, tx: Tx, down: Down, _cursors: Cursors) -> bool:
        """The hub says how far it is; whether more is to be told at once."""
        cursor, sharing = down.statistics, store.sharing(tx)
        if not cursor or not sharing.is_on:
            return False
        if (cursor.epoch, cursor.seq) == (sharing.told_epoch, sharing.told_seq):
            return False
        store.told(tx, cursor.epoch, cursor.seq)
        return bool(store.months_after(tx, _told_seq(tx, store.sharing(tx)), 1))

    def _cut_off(self, tx: Tx, _cursors: Cursors) -> None:
        """A province that takes the school back may have forgotten what it was told."""
        store.told(tx, "", 0)


def _told_seq(tx: Tx, sharing: StatisticsSharing) -> int:
    """Up to where the hub has what this life of the database told."""
    return sharing.told_seq if sharing.told_epoch == get_meta(tx, "epoch") else 0


def _named(kinds: dict[str, str]) -> str:
    return encode(sorted(kinds))


def _in_words(one: PaperCount, kinds: dict[str, str]) -> ShownCount:
    kind = OTHERS if one.kind == OTHER_KINDS else kinds[one.kind]
    return ShownCount(kind, STATE_LABELS[PaperState(one.state)], one.papers)
