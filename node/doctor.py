"""The doctor: finds what an administrator can get wrong and says what to do about it.

`examine_files` needs nothing but the data directory; `examine` also reads the database. Slices add
their own checks with `ask`.
"""

import asyncio
import enum
import logging
import os
import shutil
import socket
import sys
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from aiohttp import web

from kit.clock import DAY, HOUR, MINUTE, Clock
from kit.db import Database, Tx
from kit.i18n import _
from kit.lan import instance_name, reachable_on, trouble
from kit.schema import get_meta
from kit.web.keys import DB
from models.selftest import engine_fault
from node.backup import existing
from node.config import FILE, NodeConfig
from node.keys import NAME, node_keys
from node.people.model import Role
from protocol.errors import InvalidKey

MEGABYTE = 1024 * 1024
LOW_DISK = 2048 * MEGABYTE
NO_DISK = 300 * MEGABYTE
OLD_BACKUP = 3 * DAY


class Level(enum.StrEnum):
    """How much a finding matters."""

    OK = "ok"
    WARNING = "warning"
    DANGER = "danger"


class Finding(msgspec.Struct, frozen=True):
    """What was looked at and found. `text` and `advice` are msgids, filled by `params`."""

    level: Level
    text: str
    advice: str = ""
    params: dict[str, object] = {}
    fatal: bool = False  # the node cannot start, so nothing more can be looked at


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

Check = Callable[[Tx], list[Finding]]
Look = Callable[[], Awaitable[list[Finding]]]
# Jobs that hold what is stored against what was signed: where one fails, the past was changed.
COMPARISONS = frozenset({"ledger.check", "audit.check", "forms.compare", "newsletters.compare"})
ORDER = (Level.DANGER, Level.WARNING, Level.OK)


class Doctor:
    """Looks a node over."""

    def __init__(self, config: NodeConfig, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._checks: list[Check] = [self._database, self._people, self._jobs]
        self._long_checks: list[Look] = []
        self._looks: list[Look] = []

    def ask(self, check: Check) -> None:
        """Add a slice's check; it runs in a read unit."""
        self._checks.append(check)

    def ask_at_length(self, check: Look) -> None:
        """Add a slice's check of all that was ever written; it reads in batches of its own. It is
        asked by the command, and at night by a job whose failure the page names: nobody waits at a
        page for the years to be read."""
        self._long_checks.append(check)

    def ask_running(self, look: Look) -> None:
        """Add a look at what runs beside the node: only the running node can take it."""
        self._looks.append(look)

    async def examine(self, db: Database) -> list[Finding]:
        """Everything about the files and the database, what matters most first."""
        found = await self._examine(db)
        for look in self._long_checks:
            found += await _outcome(look())
        return _sorted(found)

    async def examine_running(self, app: web.Application) -> list[Finding]:
        """What can be seen at once from inside the running node, and what runs beside it."""
        found = await self._examine(app[DB])
        for look in self._looks:
            found += await _outcome(look())
        return _sorted(found)

    async def _examine(self, db: Database) -> list[Finding]:
        found = examine_files(self._config, self._clock.now())
        found += await examine_network(self._config)
        for check in self._checks:
            found += await _outcome(db.read(check))
        if self._config.assistant:
            found.append(await asyncio.to_thread(examine_engine))
        return found

    def state(self, app: web.Application) -> SystemState:
        """The numbers of the system page."""
        db = app[DB]
        usage = shutil.disk_usage(self._config.root)
        return SystemState(
            version=version("madang"),
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

    def _database(self, tx: Tx) -> list[Finding]:
        found = tx.value("PRAGMA quick_check(1)")
        if found != "ok":
            return [
                Finding(
                    Level.DANGER,
                    _("데이터베이스가 손상되었습니다: %(reason)s"),
                    _(
                        "서버를 멈추고 최근 백업을 새 폴더에 복원하세요: madang-node restore 백업파일 새폴더"
                    ),
                    {"reason": found},
                )
            ]
        findings = [Finding(Level.OK, _("데이터베이스가 온전합니다."))]
        if get_meta(tx, "epoch") is None:
            findings.append(
                Finding(
                    Level.DANGER,
                    _("데이터베이스에 시기(epoch) 표시가 없습니다."),
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

    def _people(self, tx: Tx) -> list[Finding]:
        administrators = tx.value(
            "SELECT count(*) FROM people_v_role r"
            " JOIN signin_v_account a ON a.account_id = r.person_id WHERE r.role = ?",
            (Role.ADMINISTRATOR.value,),
        )
        if not administrators:
            return [
                Finding(
                    Level.DANGER,
                    _("로그인할 수 있는 관리자가 없습니다."),
                    _("관리자를 만드세요: madang-node administrator 폴더"),
                )
            ]
        findings = []
        officer = "SELECT 1 FROM people_v_role WHERE role = ?"
        if not tx.value(officer, (Role.PRIVACY_OFFICER.value,)):
            findings.append(
                Finding(
                    Level.WARNING,
                    _("개인정보 보호책임자가 없습니다."),
                    _("구성원 화면에서 교감이나 행정실장에게 ‘개인정보 보호책임자’ 역할을 주세요."),
                )
            )
        if not tx.value("SELECT count(*) FROM people_v_class"):
            findings.append(
                Finding(
                    Level.WARNING,
                    _("현재 학년도에 학급이 없습니다."),
                    _("관리 화면의 ‘명단 올리기’에서 학급과 학생 명단을 올리세요."),
                )
            )
        homeless = tx.value("SELECT count(*) FROM people_v_class WHERE homeroom_id IS NULL")
        if homeless:
            findings.append(
                Finding(
                    Level.WARNING,
                    _("담임이 없는 학급이 %(count)s개 있습니다."),
                    _("관리 화면의 ‘학급’에서 담임을 정하세요."),
                    {"count": homeless},
                )
            )
        return findings

    def _jobs(self, tx: Tx) -> list[Finding]:
        findings = []
        for name, title, error in tx.rows(
            "SELECT name, title, last_error FROM kit_job WHERE last_error IS NOT NULL"
        ):
            is_grave = name in COMPARISONS
            advice = _(
                "‘madang-node doctor’를 실행하면 무엇이 다른지 나옵니다. 백업을 모두 보관하세요."
            )
            again = _("관리 화면의 ‘정기 작업’에서 다시 실행해 보세요.")
            findings.append(
                Finding(
                    Level.DANGER if is_grave else Level.WARNING,
                    _("정기 작업 ‘%(title)s’이(가) 실패했습니다: %(error)s"),
                    advice if is_grave else again,
                    {"title": title, "error": error},
                )
            )
        for name, error in tx.rows(
            "SELECT name, last_error FROM kit_subscription WHERE failures >= 3"
        ):
            findings.append(
                Finding(
                    Level.DANGER,
                    _("‘%(name)s’이(가) 새 소식을 처리하지 못하고 있습니다: %(error)s"),
                    _("기록(로그)과 함께 개발자에게 알려 주세요. 자료는 잃지 않습니다."),
                    {"name": name, "error": error},
                )
            )
        return findings


# Without a database -------------------------------------------------------------------------------


def examine_files(config: NodeConfig, now: int) -> list[Finding]:
    """Settings, folders, keys, disk, backups, clock."""
    return [
        *_settings(config),
        *_keys(config.keys),
        *_folders(config),
        *_disk(config.root),
        *_backups(config, now),
        *_clock(now),
    ]


def examine_engine() -> Finding:
    """Whether the assistant's model can write on this machine. Takes about a second."""
    fault = engine_fault()
    if not fault:
        return Finding(Level.OK, _("글쓰기 모델의 엔진이 동작합니다."))
    return Finding(
        Level.WARNING,
        _(
            "글쓰기 모델의 엔진이 이 서버에서 동작하지 않습니다 (%(reason)s). 도우미는 모델 없이"
            " 원문 그대로 답합니다."
        ),
        _("마당을 다시 설치하면 엔진을 이 서버에 맞게 새로 만듭니다: scripts/install.sh"),
        {"reason": fault},
    )


def cannot_open(reason: str) -> Finding:
    """The finding for a database that cannot be opened or brought up to date."""
    return Finding(
        Level.DANGER,
        _("데이터베이스를 열 수 없습니다: %(reason)s"),
        _(
            "디스크와 폴더의 권한을 먼저 확인하고, 파일이 손상되었으면 최근 백업을 새 폴더에"
            " 복원하세요: madang-node restore 백업파일 새폴더"
        ),
        {"reason": reason},
    )


def examine_port(config: NodeConfig) -> list[Finding]:
    """Whether the port is free: for a node that is not running yet."""
    if config.port == 0:
        return []
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((config.host, config.port))
        except OSError as error:
            return [
                Finding(
                    Level.WARNING,
                    _("%(host)s:%(port)s 에서 기다릴 수 없습니다: %(reason)s"),
                    _(
                        "이 서버가 이미 실행 중이면 괜찮습니다. 아니면 madang.toml의 port를 바꾸세요."
                    ),
                    {"host": config.host, "port": config.port, "reason": error.strerror},
                )
            ]
    return []


async def examine_network(config: NodeConfig) -> list[Finding]:
    """Whether the node can announce itself on the school's network, and under its whole name."""
    if not config.lan_announce:
        return []
    reason = await trouble(reachable_on(config.host))
    if reason is not None:
        return [
            Finding(
                Level.WARNING,
                _("학교 망에 이 서버를 알릴 수 없습니다: %(reason)s"),
                _(
                    "망이 연결되면 스스로 다시 알립니다. 알릴 필요가 없으면 madang.toml에"
                    " lan_announce = false 로 적으세요."
                ),
                {"reason": reason},
            )
        ]
    name = instance_name(config.school_name)
    if len(name) < len(config.school_name.strip()):
        text = _("학교 이름이 길어 학교 망에는 ‘%(name)s’(으)로 알립니다.")
        return [Finding(Level.OK, text, "", {"name": name})]
    return []


def _settings(config: NodeConfig) -> list[Finding]:
    findings = []
    url = urlsplit(config.public_url)
    loopback = url.hostname in ("127.0.0.1", "localhost", "::1")
    if loopback:
        findings.append(
            Finding(
                Level.WARNING,
                _("public_url이 이 컴퓨터 안에서만 열리는 주소입니다: %(url)s"),
                _("학부모가 쓸 주소(예: https://madang.우리학교.kr)를 madang.toml에 적으세요."),
                {"url": config.public_url},
            )
        )
    elif url.scheme != "https":
        findings.append(
            Finding(
                Level.DANGER,
                _("public_url이 암호화되지 않은 주소입니다: %(url)s"),
                _(
                    "TLS를 갖춘 역방향 프록시를 두고 https:// 주소를 적으세요. 패스키도 https가 있어야 합니다."
                ),
                {"url": config.public_url},
            )
        )
    if url.path not in ("", "/"):
        findings.append(
            Finding(
                Level.DANGER,
                _("public_url에 경로가 붙어 있습니다: %(url)s"),
                _("도메인까지만 적으세요."),
                {"url": config.public_url},
            )
        )
    if url.scheme == "https" and not config.behind_proxy:
        findings.append(
            Finding(
                Level.WARNING,
                _("public_url은 https인데 behind_proxy가 꺼져 있습니다."),
                _(
                    "역방향 프록시 뒤라면 behind_proxy = true 로 적으세요. 방문자의 주소를 알아야 로그인 시도를 제한할 수 있습니다."
                ),
            )
        )
    if loopback is False and config.host == "127.0.0.1" and not config.behind_proxy:
        findings.append(
            Finding(
                Level.WARNING,
                _("이 컴퓨터에서만 접속을 받도록 되어 있습니다(host = 127.0.0.1)."),
                _('역방향 프록시를 두거나 host = "0.0.0.0" 으로 적으세요.'),
            )
        )
    if not config.telephone:
        findings.append(
            Finding(
                Level.WARNING,
                _("학교 전화번호가 비어 있습니다."),
                _("madang.toml의 telephone에 적으세요. 가정통신문과 초대장에 나옵니다."),
            )
        )
    if config.smtp_host and not config.smtp_sender:
        findings.append(
            Finding(
                Level.DANGER,
                _("메일 서버는 정했지만 보내는 주소(smtp_sender)가 없습니다."),
                _("madang.toml에 smtp_sender를 적으세요."),
            )
        )
    return findings


def _keys(folder: Path) -> list[Finding]:
    key = folder / NAME
    try:
        node_keys(folder)
    except (OSError, InvalidKey) as error:
        return [
            Finding(
                Level.DANGER,
                _("학교의 열쇠 파일을 읽을 수 없습니다: %(reason)s"),
                _(
                    "백업에서 keys 폴더를 되돌리세요. 새 열쇠를 만들면 지난 영수증을 확인할 수 없게 됩니다."
                ),
                {"reason": str(error)},
                fatal=True,
            )
        ]
    open_files = [
        path.name
        for path in [key, *folder.iterdir()]
        if path.is_file() and path.stat().st_mode & 0o077 and path.suffix in (".key", "")
    ]
    if open_files:
        return [
            Finding(
                Level.DANGER,
                _("다른 사용자가 열쇠 파일을 읽을 수 있습니다: %(file)s"),
                _("권한을 좁히세요: chmod 600 %(path)s"),
                {"file": open_files[0], "path": str(folder / open_files[0])},
            )
        ]
    if key.stat().st_uid != os.geteuid() and os.geteuid() != 0:
        return [
            Finding(
                Level.DANGER,
                _("열쇠 파일의 주인이 서버를 실행하는 사용자와 다릅니다."),
                _("주인을 바꾸세요: chown"),
            )
        ]
    return [Finding(Level.OK, _("열쇠 파일의 권한이 알맞습니다."))]


def _folders(config: NodeConfig) -> list[Finding]:
    found = []
    for folder in (config.root, config.blobs, config.backups):
        if folder.exists() and not os.access(folder, os.W_OK | os.X_OK):
            found.append(
                Finding(
                    Level.DANGER,
                    _("폴더에 쓸 수 없습니다: %(folder)s"),
                    _("서버를 실행하는 사용자의 폴더인지 확인하세요: ls -ld"),
                    {"folder": str(folder)},
                    fatal=True,
                )
            )
    settings = config.root / FILE
    if config.smtp_password and settings.exists() and settings.stat().st_mode & 0o007:
        found.append(
            Finding(
                Level.WARNING,
                _("메일 비밀번호가 든 설정 파일을 누구나 읽을 수 있습니다."),
                _("권한을 좁히세요: chmod 600 madang.toml"),
            )
        )
    return found


def _disk(folder: Path) -> list[Finding]:
    free = shutil.disk_usage(folder).free
    params: dict[str, object] = {"free": f"{free // MEGABYTE:,}"}
    if free < NO_DISK:
        return [
            Finding(
                Level.DANGER,
                _("디스크에 %(free)s MB만 남았습니다."),
                _("곧 저장할 수 없게 됩니다. 오래된 백업을 옮기거나 디스크를 늘리세요."),
                params,
            )
        ]
    if free < LOW_DISK:
        return [
            Finding(
                Level.WARNING,
                _("디스크에 %(free)s MB만 남았습니다."),
                _("오래된 백업을 다른 곳으로 옮기세요."),
                params,
            )
        ]
    return [Finding(Level.OK, _("디스크에 %(free)s MB가 남아 있습니다."), "", params)]


def _backups(config: NodeConfig, now: int) -> list[Finding]:
    kept = existing(config.backups)
    if not kept:
        return [
            Finding(
                Level.WARNING,
                _("백업이 아직 없습니다."),
                _("서버를 켜 두면 매일 만들어집니다. 지금 만들려면: madang-node backup 폴더"),
            )
        ]
    hours = (now - kept[0].made_at) // HOUR
    if now - kept[0].made_at > OLD_BACKUP:
        return [
            Finding(
                Level.DANGER,
                _("마지막 백업이 %(days)s일 전입니다."),
                _("‘정기 작업’에서 하루 백업의 오류를 확인하고, 다른 저장 장치에도 복사해 두세요."),
                {"days": hours // 24},
            )
        ]
    return [Finding(Level.OK, _("마지막 백업이 %(hours)s시간 전입니다."), "", {"hours": hours})]


def _clock(now: int) -> list[Finding]:
    if now < 1_767_225_600_000:  # 2026-01-01: before this program was written
        return [
            Finding(
                Level.DANGER,
                _("컴퓨터의 시계가 크게 틀립니다."),
                _("시계를 맞추세요: timedatectl set-ntp true"),
            )
        ]
    return []


async def _outcome(check: Awaitable[list[Finding]]) -> list[Finding]:
    """What a check found. One that fails says so, and the others are heard."""
    try:
        return await check
    except Exception as error:
        log.exception("a check of the doctor failed")
        return [
            Finding(
                Level.DANGER,
                _("점검 하나를 끝내지 못했습니다: %(error)s"),
                _("다시 점검해 보고, 계속되면 서버 기록(로그)과 함께 만든 사람에게 알려 주세요."),
                {"error": f"{type(error).__name__}: {error}"[:200]},
            )
        ]


def _sorted(found: list[Finding]) -> list[Finding]:
    return sorted(found, key=lambda finding: ORDER.index(finding.level))


DOCTOR = web.AppKey("doctor", Doctor)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
