"""The doctor: finds what can be wrong with a hub and says what to do about it.

`examine_files` needs the data directory only, `examine_ports` asks the machine, the database is asked
by hub.doctor_database. All of them run beside a serving hub.
"""

import asyncio
import shutil
import socket
import ssl
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from hub.backup import BackupError, existing, missing
from hub.config import FILE, HubConfig
from hub.doctor_database import Say, examine_database
from hub.keys import NAME, hub_keys
from hub.releases.metadata import RepositoryBroken
from hub.releases.repository import Repository
from hub.schools.authority import RENEW_ANYWAY, Authority
from kit.address import is_loopback
from kit.clock import DAY, Clock, local, moment
from kit.finding import Finding, Level, fine, warn, wrong
from kit.i18n import _
from kit.lan import instance_name, reachable_on, trouble
from models.release import BadRelease
from models.selftest import engine_fault
from protocol.chunks import KINDS, ReleaseKind
from protocol.errors import InvalidKey

MEGABYTE = 1024 * 1024
LOW_DISK = 5120 * MEGABYTE
NO_DISK = 500 * MEGABYTE
OLD_BACKUP = 3 * DAY
SIGNATURE_WARNING = 10 * DAY
CA_WARNING = 730 * DAY
NEW_BACKUP = _("지금 백업을 새로 만들어 주세요: madang-hub backup. 기존 백업도 삭제하지 마세요.")
RELEASED = moment(2026, 3, 1)  # no clock that is right shows an earlier time


async def examine(
    config: HubConfig, clock: Clock, say: Say = lambda _title, _done, _of: None
) -> list[Finding]:
    """Everything, what matters most first. `say`: what is looked at for long, and how far it is."""
    now = clock.now()
    found = [*examine_files(config, clock), *examine_ports(config), *examine_backups(config, now)]
    found += await examine_network(config)
    found += await examine_database(config, now, say)
    found.append(await asyncio.to_thread(examine_engine))
    order = [Level.DANGER, Level.WARNING, Level.OK]
    return sorted(found, key=lambda finding: order.index(finding.level))


def examine_engine() -> Finding:
    """Whether models can be opened, and so published, on this machine. Takes about a second."""
    fault = engine_fault()
    if not fault:
        return fine(_("언어 모델 엔진이 동작합니다."))
    return warn(
        _(
            "언어 모델 엔진이 이 컴퓨터에서 동작하지 않습니다 (%(reason)s). 모델을 배포할 수 없습니다."
        ),
        _("마당을 다시 설치하면 엔진을 이 컴퓨터에 맞게 새로 만듭니다: scripts/install.sh"),
        reason=fault,
    )


# Files ------------------------------------------------------------------------------------------


def examine_files(config: HubConfig, clock: Clock) -> Iterator[Finding]:
    """Permissions, keys, certificates, clock, disk."""
    yield from _permissions(config)
    yield from _keys(config, clock)
    if clock.now() < RELEASED:
        yield wrong(
            _("이 컴퓨터의 현재 시각: %(at)s"),
            _("시계를 맞추고 자동 맞춤(NTP)을 켜 주세요: timedatectl set-ntp true"),
            at=local(clock.now()).strftime("%Y-%m-%d %H:%M"),
        )
    yield from _releases(config, clock)
    yield _disk(config.root)


def _releases(config: HubConfig, clock: Clock) -> Iterator[Finding]:
    """Signatures of the releases, and whether what was published is whole."""
    repository = Repository(config.releases, config.keys, clock)
    if not repository.tuf.is_dir():
        return  # made when the hub is started first
    try:
        repository.examine()
        ends = repository.ends()
    except (RepositoryBroken, OSError) as error:
        yield wrong(
            _("배포 서명에 쓰는 키나 기록을 읽을 수 없습니다: %(reason)s"),
            _("keys 폴더와 releases/tuf 폴더를 백업에서 복원해 주세요."),
            reason=error,
        )
        return
    advice = _(
        "허브가 켜져 있으면 밤마다 자동으로 다시 서명합니다. 허브를 켜고, 허브 상태 화면에서 배포 서명 갱신의 오류를 확인해 주세요."
    )
    role, first = min(ends.items(), key=lambda one: one[1])
    if first <= clock.now():
        text = _(
            "배포 서명의 기한이 %(at)s에 지났습니다(%(role)s). 학교가 새 배포를 받지 못합니다."
        )
        yield wrong(text, advice, at=_day(first), role=role)
    elif first - clock.now() < SIGNATURE_WARNING:
        text = _("배포 서명의 기한이 %(at)s까지입니다(%(role)s).")
        yield warn(text, advice, at=_day(first), role=role)
    else:
        yield fine(_("배포 서명은 %(at)s까지 유효합니다."), at=_day(first))
    right: set[str] = set()
    for kind in KINDS:
        for version in repository.versions(kind):
            yield from _whole(repository, kind, version, right)


def _whole(
    repository: Repository, kind: ReleaseKind, version: int, right: set[str]
) -> Iterator[Finding]:
    """Whether the disk still has what was published: every chunk is read once."""
    try:
        lost = len(repository.lost(kind, version, right))
    except BadRelease as error:
        yield wrong(
            _("배포 %(release)s 의 목록을 읽을 수 없습니다: %(reason)s"),
            _("releases/tuf 폴더를 백업에서 복원하거나 그 내용을 다시 배포해 주세요."),
            release=f"{kind}/{version}",
            reason=error,
        )
        return
    if lost:
        yield wrong(
            _("배포 %(release)s의 파일 조각 %(count)s개가 없거나 손상되었습니다."),
            _(
                "백업 폴더의 chunks 폴더를 releases/chunks 로 복원하거나 그 내용을 다시 "
                "배포해 주세요."
            ),
            release=f"{kind}/{version}",
            count=lost,
        )


def _permissions(config: HubConfig) -> Iterator[Finding]:
    private = [config.root, config.keys, config.root / FILE, config.backups]
    if config.keys.is_dir():
        private += sorted(config.keys.iterdir())
    open_to_others = [
        path for path in private if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    for path in open_to_others:
        yield wrong(
            _("다른 사용자가 읽을 수 있습니다: %(path)s"),
            _("다음 명령을 실행해 주세요: chmod go= %(path)s"),
            path=path,
        )
    if not open_to_others:
        yield fine(_("자료 폴더와 키는 허브만 읽을 수 있습니다."))


def _keys(config: HubConfig, clock: Clock) -> Iterator[Finding]:
    try:
        hub_keys(config.keys)
        authority = Authority(config.keys, clock)
        authority.tls_context()
    except (OSError, InvalidKey, ValueError, ssl.SSLError) as error:
        yield wrong(
            _("키나 인증서를 읽을 수 없습니다: %(reason)s"),
            _(
                "keys 폴더를 백업에서 복원해 주세요. %(name)s 파일이 없으면 모든 학교가 "
                "다시 가입해야 합니다."
            ),
            reason=f"{type(error).__name__}: {error}",
            name=NAME,
        )
        return
    yield from _certificates(authority, config.api_names, clock.now())


def _certificates(authority: Authority, names: tuple[str, ...], now: int) -> Iterator[Finding]:
    if now < authority.tls_starts_at:
        yield wrong(
            _("허브 인증서가 아직 유효하지 않습니다(%(at)s부터)."),
            _("이 컴퓨터의 시계가 늦을 수 있습니다. 시계를 확인해 주세요."),
            at=_day(authority.tls_starts_at),
        )
    left = authority.tls_ends_at - now
    if left <= 0:
        yield wrong(
            _("허브 인증서의 기한이 %(at)s에 지났습니다. 학교가 접속하지 못합니다."),
            _("madang-hub renew-certificate 를 실행하고 허브를 다시 켜 주세요."),
            at=_day(authority.tls_ends_at),
        )
    elif left < RENEW_ANYWAY:
        yield warn(
            _("허브 인증서의 기한이 %(at)s까지입니다."),
            _(
                "허브를 켜 두면 밤에 자동으로 갱신합니다. 이 안내가 계속 보이면 madang-hub "
                "renew-certificate 를 실행해 주세요."
            ),
            at=_day(authority.tls_ends_at),
        )
    else:
        yield fine(_("허브 인증서는 %(at)s까지 유효합니다."), at=_day(authority.tls_ends_at))
    if not authority.covers(names):
        yield wrong(
            _("허브 인증서에 설정된 주소가 모두 들어 있지 않습니다: %(names)s"),
            _("madang-hub renew-certificate 를 실행하고 허브를 다시 켜 주세요."),
            names=", ".join(names),
        )
    if authority.ends_at - now < CA_WARNING:
        yield wrong(
            _("도 인증기관의 기한이 %(at)s까지입니다."),
            _("학교 인증서는 그 뒤까지 발급할 수 없습니다. 개발자에게 교체를 요청해 주세요."),
            at=_day(authority.ends_at),
        )


def _day(at: int) -> str:
    return local(at).strftime("%Y-%m-%d")


def _disk(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    params = {"free": free // MEGABYTE, "folder": folder}
    if free < NO_DISK:
        return wrong(
            _("%(folder)s 의 저장 공간이 %(free)sMB뿐입니다."),
            _("파일을 지우거나 디스크를 늘려 주세요. 가득 차면 아무것도 저장되지 않습니다."),
            **params,
        )
    if free < LOW_DISK:
        return warn(
            _("%(folder)s 의 저장 공간이 %(free)sMB뿐입니다."),
            _("파일을 지우거나 디스크를 늘려 주세요. 가득 차면 아무것도 저장되지 않습니다."),
            **params,
        )
    return fine(_("저장 공간이 %(free)sMB 남았습니다."), **params)


def examine_backups(config: HubConfig, now: int) -> list[Finding]:
    """Whether there is a fresh backup, and with it the files that it names."""
    kept = existing(config.backups)
    if not kept:
        return [
            warn(
                _("아직 백업이 없습니다."),
                _("madang-hub backup 으로 만들고, 다른 장비에도 복사해 두세요."),
            )
        ]
    made_at = int(kept[0].stat().st_mtime * 1000)
    if now - made_at > OLD_BACKUP:
        return [
            warn(
                _("마지막 백업 일시: %(at)s"),
                _("허브 상태 화면에서 백업 작업의 오류를 확인해 주세요."),
                at=_day(made_at),
            )
        ]
    try:
        lacking = missing(kept[0])
    except BackupError as error:
        return [wrong(error.text, NEW_BACKUP, **error.params)]
    if lacking:
        text = _("마지막 백업의 파일 %(count)s개가 files 폴더에 없습니다: %(name)s …")
        return [wrong(text, NEW_BACKUP, count=len(lacking), name=lacking[0])]
    return [fine(_("마지막 백업: %(file)s"), file=kept[0].name)]


# Ports ------------------------------------------------------------------------------------------


def examine_ports(config: HubConfig) -> list[Finding]:
    """Whether both ports are free, or served by a hub already."""
    found = [
        _port(config.api_host, config.api_port),
        _port(config.console_host, config.console_port),
    ]
    outside = urlsplit(config.console_url)
    if outside.scheme == "http" and not is_loopback(outside.hostname):
        found.append(
            warn(
                _("담당자 화면의 주소가 암호화되지 않습니다: %(url)s"),
                _("앞에 HTTPS 프록시를 두고 console_url 을 https:// 로 바꿔 주세요."),
                url=config.console_url,
            )
        )
    return found


def _port(host: str, port: int) -> Finding:
    address = f"{host}:{port}"
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            return wrong(
                _("%(address)s 포트를 열 권한이 없습니다."),
                _("1024 이상의 포트를 쓰거나 서비스에 권한을 주세요."),
                address=address,
            )
        except OSError as error:
            return warn(
                _("%(address)s: 주소를 열 수 없습니다(%(reason)s)."),
                _(
                    "허브가 켜져 있다면 정상입니다. 아니라면 같은 포트를 쓰는 프로그램이나 주소 설정을 확인해 주세요."
                ),
                address=address,
                reason=error.strerror or error,
            )
    return fine(_("%(address)s: 사용할 수 있는 주소입니다(허브가 꺼져 있습니다)."), address=address)


async def examine_network(config: HubConfig) -> list[Finding]:
    """Whether the hub can announce itself on its network, and under its whole name."""
    if not config.lan_announce:
        return []
    reason = await trouble(reachable_on(config.api_host))
    if reason is not None:
        return [
            warn(
                _("허브 네트워크에 이 허브를 알릴 수 없습니다: %(reason)s"),
                _(
                    "네트워크가 연결되면 자동으로 다시 알립니다. 알릴 필요가 없으면 "
                    "madang-hub.toml에 lan_announce = false 로 입력해 주세요."
                ),
                reason=reason,
            )
        ]
    name = instance_name(config.name)
    if len(name) < len(config.name.strip()):
        return [
            fine(_("허브 이름이 길어 네트워크에는 다음 이름으로 알립니다: %(name)s"), name=name)
        ]
    return []
