"""The doctor: finds what an administrator can get wrong and says what to do about it.

The system page asks what can be seen at once, and tells how the night's checks ended
(node.nightly). The command on the machine goes through everything, over a connection of its own.
Slices tell their own checks in `slice.py` (kit.finding).
"""

import asyncio
import logging
import shutil
import sqlite3
import sys
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path

import msgspec
from aiohttp import web

from kit import damage
from kit.clock import MINUTE, Clock
from kit.db import Database, StorageFailed, Tx
from kit.finding import AtLength, AtOnce, Check, Finding, HowFar, Level, WhileRunning, ordered
from kit.i18n import _
from kit.schema import get_meta
from kit.software import VERSION
from kit.web.keys import DB
from node import nightly
from node.config import NodeConfig
from node.current import CurrentSettings
from node.surroundings import examine_engine, examine_files, examine_network


class SystemState(msgspec.Struct, frozen=True):
    """Numbers for the system page; sizes in bytes."""

    version: str
    python: str
    school_id: str
    public_url: str
    data_dir: str
    database: int
    wal: int
    disk_free: int
    disk_total: int
    commits: int
    units: int


log = logging.getLogger(__name__)

Say = Callable[[str, int, int], None]
"""What is looked at (a msgid), and how far it is."""


class Doctor:
    """Looks a node over. `packages`: whose migrations its database is made of."""

    def __init__(
        self,
        settings: CurrentSettings,
        clock: Clock,
        packages: Sequence[str],
        checks: Sequence[Check],
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._packages = packages
        own = [AtOnce(self._database), AtOnce(nightly.failures)]
        at_length = AtLength(_("데이터베이스 점검"), self._database_at_length)
        self._checks: Sequence[Check] = [*own, at_length, *checks]
        self._running: asyncio.Task[list[Finding]] | None = None

    @property
    def _config(self) -> NodeConfig:
        return self._settings.now

    async def examine(
        self, db: Database, say: Say = lambda _title, _done, _of: None
    ) -> list[Finding]:
        """Everything about the files and the database, what matters most first."""
        found = await self._at_once(db)
        if self._config.assistant:
            found.append(await asyncio.to_thread(examine_engine))
        async with db.apart() as apart:
            for one in self._checks:
                if isinstance(one, AtLength):
                    found += await _outcome(one.look(apart, partial(say, one.title)))
        return ordered(found)

    async def examine_running(self, app: web.Application) -> list[Finding]:
        """What can be seen at once from inside the running node, what runs beside it, and how the
        night's checks ended. Who asks while another does gets the other's findings."""
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._look_over(app), name="doctor")
        return list(await asyncio.shield(self._running))

    async def _look_over(self, app: web.Application) -> list[Finding]:
        found = await self._at_once(app[DB])
        found += await _outcome(app[DB].read(nightly.results))
        for one in self._checks:
            if isinstance(one, WhileRunning):
                found += await _outcome(one.look())
        return ordered(found)

    async def _at_once(self, db: Database) -> list[Finding]:
        found = examine_files(self._config, self._clock.now())
        found += await examine_network(self._config)
        for one in self._checks:
            if isinstance(one, AtOnce):
                found += await _outcome(db.read(one.look))
        return found

    def state(self, app: web.Application) -> SystemState:
        """The numbers of the system page."""
        db = app[DB]
        usage = shutil.disk_usage(self._config.root)
        return SystemState(
            version=VERSION,
            python=sys.version.split()[0],
            school_id=self._config.school_id,
            public_url=self._config.public_url,
            data_dir=str(self._config.root),
            database=_size(self._config.database),
            wal=_size(self._config.database.with_name(self._config.database.name + "-wal")),
            disk_free=usage.free,
            disk_total=usage.total,
            commits=db.commits,
            units=db.units_written,
        )

    async def _database_at_length(self, db: Database, told: HowFar) -> list[Finding]:
        faults = await damage.examine(db, self._packages, told)
        if not faults:
            return [Finding(Level.OK, _("데이터베이스가 온전합니다."))]
        return [damaged(one) for one in faults]

    def _database(self, tx: Tx) -> list[Finding]:
        findings = []
        if get_meta(tx, "epoch") is None:
            findings.append(
                Finding(
                    Level.DANGER,
                    _("데이터베이스에 세대(epoch) 정보가 없습니다."),
                    _("서버를 한 번 시작하면 만들어집니다."),
                )
            )
        newest = tx.value("SELECT at FROM kit_event ORDER BY seq DESC LIMIT 1")
        if newest is not None and int(newest) > self._clock.now() + 10 * MINUTE:
            findings.append(
                Finding(
                    Level.DANGER,
                    _("컴퓨터의 시계가 마지막 기록보다 늦습니다."),
                    _("시계를 맞추세요: timedatectl set-ntp true"),
                )
            )
        return findings


def damaged(found: damage.Damage) -> Finding:
    """A database that cannot be read, or not whole, and what to do about it."""
    return Finding(
        Level.DANGER,
        found.text,
        _(
            "디스크와 폴더 권한을 먼저 확인하고, 파일이 손상되었으면 서버를 끄고 최근 "
            "백업을 새 폴더에 복원하세요: madang-node restore 백업파일 새폴더"
        ),
        found.params,
        fatal=True,
    )


async def _outcome(check: Awaitable[list[Finding]]) -> list[Finding]:
    """What a check found. One that fails says so, and the others are heard."""
    try:
        return await check
    except (StorageFailed, sqlite3.DatabaseError) as error:
        log.warning("a check of the doctor failed: %s", error.__cause__ or error)
        return [damaged(damage.words(error))]
    except Exception as error:
        log.exception("a check of the doctor failed")
        return [
            Finding(
                Level.DANGER,
                _("점검 하나를 끝내지 못했습니다."),
                _("다시 점검해 보고, 계속되면 서버 로그와 함께 개발자에게 알려 주세요."),
                detail=f"{type(error).__name__}: {error}"[:200],
            )
        ]


DOCTOR = web.AppKey("doctor", Doctor)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
