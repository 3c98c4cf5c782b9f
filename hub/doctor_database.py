"""What can be wrong with a hub's database. It is asked without changing it, beside a serving hub."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psycopg

from hub.app import build
from hub.broadcasts import tallies
from hub.config import HubConfig
from kit import audit, damage
from kit.clock import HOUR, MINUTE, local
from kit.db import Database, StorageFailed, Tx, connect
from kit.finding import Finding, fine, warn, wrong
from kit.i18n import _
from kit.schema import get_meta, schema_of
from protocol.errors import InvalidKey

OFTEN = 3
SUMS_COUNTED = 100  # notices
MOST_NAMED = 10  # faults of the audit log that are told one by one
Say = Callable[[str, int, int], None]
"""What is looked at (a msgid), and how far it is."""


async def examine_database(config: HubConfig, now: int, say: Say) -> list[Finding]:
    """Reachable, sound, of a schema this program knows, with times that are not in the future."""
    path = None if config.database_url else Path(config.database.removeprefix("sqlite:"))
    if path is not None and not path.exists():
        return [
            wrong(
                _("데이터베이스 파일이 없습니다: %(path)s"),
                _("백업에서 복원해 주세요: madang-hub restore"),
                path=config.database,
            )
        ]
    harm = None if path is None else await asyncio.to_thread(damage.look, path)
    if harm is not None:  # nothing is opened: that alone would change what is there
        return [_damaged(harm)]
    db = connect(config.database, readers=1)
    try:
        await db.open()
        return await _open(db, now, say, await asyncio.to_thread(_packages, config))
    except (StorageFailed, sqlite3.Error, psycopg.Error) as error:
        if path is not None:
            return [_damaged(damage.words(error, path))]
        cause = error.__cause__ or error
        return [
            wrong(
                _("데이터베이스에 접속할 수 없습니다: %(reason)s"),
                _("database_url 과 데이터베이스 서버를 확인해 주세요."),
                reason=(str(cause).strip().splitlines() or ["?"])[0],
            )
        ]
    finally:
        await db.close()


def _packages(config: HubConfig) -> tuple[str, ...]:
    """Whose migrations this program's database is made of; none where its keys cannot be read, which
    is told elsewhere."""
    try:
        return build(config).assembly.packages
    except (OSError, ValueError, InvalidKey):
        return ()


async def _open(db: Database, now: int, say: Say, packages: tuple[str, ...]) -> list[Finding]:
    """What is wrong with a database that can be opened."""
    applied = await db.read(_applied)
    known = [package for package in packages if package in applied]
    faults = await damage.examine(db, known, partial(say, _("데이터베이스 점검")))
    if faults:
        return [_damaged(one) for one in faults]
    found = await db.read(lambda tx: _look(tx, db.driver.name, now, packages))
    if await db.read(_has_chain):
        found += _audit(await audit.check(db))
    return found


def _applied(tx: Tx) -> set[str]:
    """Whose migrations the database is made of."""
    return {str(name) for (name,) in tx.rows("SELECT DISTINCT slice FROM kit_migration")}


def _damaged(found: damage.Damage) -> Finding:
    return wrong(
        found.text,
        _("허브를 끄고 마지막 백업을 복원해 주세요: madang-hub restore"),
        **found.params,
    )


def _has_chain(tx: Tx) -> bool:
    """Not before this version's hub was started once."""
    return bool(tx.value("SELECT 1 FROM kit_migration WHERE slice = 'kit' AND number = 3"))


def _audit(faults: list[audit.AuditFault]) -> list[Finding]:
    if not faults:
        return [fine(_("감사 기록이 변조되지 않았습니다."))]
    advice = _(
        "누가 데이터베이스를 변경했는지 확인하고, 변경되기 전의 백업을 삭제하지 말고 보관해 주세요."
    )
    return [wrong(one.text, advice, seq=one.seq) for one in faults[:MOST_NAMED]]


def _look(tx: Tx, driver: str, now: int, packages: tuple[str, ...]) -> list[Finding]:
    if driver == "sqlite":
        server = f"SQLite {tx.value('SELECT sqlite_version()')}"
    else:
        server = f"PostgreSQL {tx.value('SHOW server_version')}"
    found = [fine(_("데이터베이스: %(server)s"), server=server)]
    compat = int(get_meta(tx, "schema.compat") or 0)
    schema = schema_of(packages)
    if packages and compat > schema.version:
        found.append(
            wrong(
                _("더 새로운 버전의 허브가 만든 자료입니다(자료 %(data)s, 프로그램 %(program)s)."),
                _("새 버전의 madang-hub 를 설치해 주세요."),
                data=get_meta(tx, "schema.version"),
                program=schema.version,
            )
        )
    if int(get_meta(tx, "schema.version") or 0) < schema.version:
        found.append(
            warn(
                _("데이터베이스가 아직 이 버전의 구조가 아닙니다."),
                _("허브를 켜면 자동으로 바뀝니다."),
            )
        )
    latest = tx.value("SELECT at FROM kit_audit ORDER BY seq DESC LIMIT 1") or 0
    if latest > now + 5 * MINUTE:
        found.append(
            wrong(
                _("감사 기록에 %(hours)s시간 뒤의 기록이 있습니다. 시계가 뒤로 돌아갔습니다."),
                _("이 컴퓨터의 시계와 시간대를 확인해 주세요."),
                hours=(latest - now) // HOUR + 1,
            )
        )
    for name, error in tx.rows(
        "SELECT name, last_error FROM kit_job WHERE last_error IS NOT NULL ORDER BY name"
    ):
        found.append(
            warn(
                _("정기 작업이 실패했습니다: %(job)s (%(error)s)"),
                _("허브 상태 화면에서 자세히 볼 수 있습니다."),
                job=name,
                error=error,
            )
        )
    return [*found, *_moves(tx), *_sums(tx), *_machines(tx)]


def _moves(tx: Tx) -> Iterator[Finding]:
    """Data of an earlier release that is on its way into its new shape."""
    if tx.value("SELECT 1 FROM kit_migration WHERE slice = 'kit' AND number = 5") is None:
        return
    moves = tx.rows("SELECT failures, last_error FROM kit_move WHERE done_at IS NULL")
    for error in [error for failures, error in moves if failures >= OFTEN]:
        yield wrong(
            _("이전 버전의 자료를 새 형식으로 옮기지 못하고 있습니다: %(error)s"),
            _("로그와 함께 개발자에게 알려 주세요. 자료는 그대로 있습니다."),
            error=error,
        )
    if moves:
        yield fine(
            _(
                "이전 버전의 자료를 새 형식으로 옮기고 있습니다. 그동안에도 모든 기능을 "
                "평소처럼 사용할 수 있습니다."
            )
        )


def _sums(tx: Tx) -> Iterator[Finding]:
    """Sums that are kept with the latest notices, against what is kept of each school."""
    if (
        tx.value("SELECT 1 FROM kit_migration WHERE slice = 'hub.broadcasts' AND number = 4")
        is None
    ):
        return
    differing = tallies.wrong(tx, SUMS_COUNTED)
    if differing:
        yield wrong(
            _("공문 %(count)s건의 학교 수가 학교별 상황과 다릅니다."),
            _("로그와 함께 개발자에게 알려 주세요. 학교별 상황은 올바릅니다."),
            count=len(differing),
        )


def _machines(tx: Tx) -> Iterator[Finding]:
    """Keys that two machines speak with. A database from before it was watched has nothing to say."""
    watched = "SELECT 1 FROM kit_migration WHERE slice = 'hub.sync' AND number = 3"
    if tx.value(watched) is None:
        return
    for school, at in tx.rows(
        "SELECT coalesce(s.name, a.school_id), a.found_at FROM sync_v_alarm a"
        " LEFT JOIN schools_v_school s ON s.school_id = a.school_id ORDER BY a.found_at"
    ):
        yield wrong(
            _("서버 두 대가 %(school)s의 키로 접속하고 있습니다(%(at)s부터)."),
            _(
                "담당자 화면의 기록 감시에서 증거를 보고, 학교에 물어본 뒤 처리하거나 가입을"
                " 해지해 주세요."
            ),
            school=school,
            at=_day(at),
        )


def _day(at: int) -> str:
    return local(at).strftime("%Y-%m-%d")
