"""What officers see of schools that contradict themselves, the evidence, and the way out."""

from hub.officers.access import ACTING, with_role
from hub.officers.model import Officer, Role
from hub.sync import store
from hub.sync.model import Alarm, Fork, SyncAct
from hub.sync.waiting import Waiting
from kit import audit
from kit.card import Card, Entry, Weight
from kit.clock import Clock
from kit.db import Database, Tx
from kit.i18n import _
from kit.problem import NotFound


class Evidence:
    """Logs that do not extend what was seen before, and keys with which two machines speak."""

    def __init__(self, db: Database, clock: Clock, waiting: Waiting) -> None:
        self._db = db
        self._clock = clock
        self._waiting = waiting

    async def forks(self, officer: Officer) -> list[Fork]:
        """Evidence of logs that contradict themselves."""
        return await self._db.read(store.forks)

    async def restart_log(self, officer: Officer, school_id: str) -> bool:
        """Take the school's next head as a first one: after a restore from a backup whose
        reason the officer knows. The evidence stays. Whether there was a log refused: one that
        contradicts nothing goes on as it is."""
        now = self._clock.now()

        def unit(tx: Tx, officer: Officer) -> bool:
            if not store.settle(tx, school_id, officer.name, now):
                return False
            store.forget_log(tx, school_id)
            audit.record(tx, self._clock, officer, SyncAct.LOG_RESTARTED, school_id)
            return True

        restarted = await self._db.write(with_role(officer, (Role.ADMINISTRATOR,), unit))
        self._waiting.wake([school_id])  # its next head comes at once
        return restarted

    async def alarms(self, officer: Officer) -> list[Alarm]:
        """Schools whose key two machines seem to speak with, and what shows it."""
        return await self._db.read(store.alarms)

    async def settle_machines(self, officer: Officer, school_id: str) -> None:
        """The officer knows what it was; the school hears no more of it, the evidence stays. Goes
        on: raises the alarm again. Raises NotFound."""
        now = self._clock.now()

        def unit(tx: Tx, officer: Officer) -> None:
            if not store.settle_alarms(tx, school_id, officer.name, now):
                raise NotFound()
            store.forget_changes(tx, school_id)
            audit.record(tx, self._clock, officer, SyncAct.MACHINES_SETTLED, school_id)

        await self._db.write(with_role(officer, ACTING, unit))

    def cards(self, tx: Tx, officer: Officer, now: int) -> list[Card]:
        """For the overview: keys with two machines, schools whose log contradicts itself."""
        return [*self._machine_cards(tx), *self._fork_cards(tx)]

    def _machine_cards(self, tx: Tx) -> list[Card]:
        open_alarms = store.open_alarms(tx)
        if not open_alarms:
            return []
        return [
            Card(
                name="machines",
                title=_("같은 키로 서버 두 대가 접속한 학교"),
                icon="triangle-alert",
                href="/logs",
                weight=Weight.URGENT,
                count=len({alarm.school_id for alarm in open_alarms}),
                counted=_("%(count)s개교"),
                text=_("학교 서버의 디스크가 복제되었거나 이전 서버가 켜져 있을 수 있습니다."),
                action=_("증거 보기"),
                entries=tuple(
                    Entry(title=alarm.school_name, href="/logs", at=alarm.found_at)
                    for alarm in open_alarms[:5]
                ),
                live="sync.two_machines",
            )
        ]

    def _fork_cards(self, tx: Tx) -> list[Card]:
        open_forks = store.open_forks(tx)
        if not open_forks:
            return []
        return [
            Card(
                name="forks",
                title=_("기록부가 일치하지 않는 학교"),
                icon="triangle-alert",
                href="/logs",
                weight=Weight.URGENT,
                count=len(open_forks),
                counted=_("%(count)s개교"),
                text=_(
                    "서명된 기록부가 이전에 확인한 기록과 이어지지 않습니다. 백업을 "
                    "복원했는지 학교에 확인해 주세요."
                ),
                action=_("증거 보기"),
                entries=tuple(
                    Entry(title=fork.school_name, href="/logs", at=fork.found_at)
                    for fork in open_forks[:5]
                ),
                live="sync.fork_found",
            )
        ]
