"""What can be wrong around a node's database: settings, keys, folders, disk, backups, port, network,
the engine. None of it needs the database."""

import os
import shutil
import socket
from pathlib import Path
from urllib.parse import urlsplit

from kit.address import is_loopback
from kit.clock import DAY, HOUR
from kit.finding import Finding, Level
from kit.i18n import _
from kit.lan import instance_name, reachable_on, trouble
from models.selftest import engine_fault
from node.backup import existing
from node.config import FILE, NodeConfig
from node.keys import NAME, node_keys
from protocol.errors import InvalidKey

GIGABYTE = 1024**3
LOW_DISK = 2 * GIGABYTE
NO_DISK = 3 * GIGABYTE // 10
OLD_BACKUP = 3 * DAY


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
        return Finding(Level.OK, _("언어 모델의 엔진이 정상 작동합니다."))
    return Finding(
        Level.WARNING,
        _(
            "언어 모델의 엔진이 이 서버에서 동작하지 않습니다 (%(reason)s). 도우미는 모델 "
            "없이 원문 그대로 답합니다."
        ),
        _("마당을 다시 설치하면 엔진을 이 서버에 맞게 새로 만듭니다: scripts/install.sh"),
        {"reason": fault},
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
                    _("%(host)s:%(port)s 에서 접속을 받을 수 없습니다: %(reason)s"),
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
                _("학교 네트워크에 이 서버를 알릴 수 없습니다: %(reason)s"),
                _(
                    "네트워크가 연결되면 자동으로 다시 알립니다. 알릴 필요가 없으면 "
                    "madang.toml에 lan_announce = false 로 적으세요."
                ),
                {"reason": reason},
            )
        ]
    name = instance_name(config.school_name)
    if len(name) < len(config.school_name.strip()):
        text = _("학교 이름이 길어 학교 네트워크에는 다음 이름으로 알립니다: %(name)s")
        return [Finding(Level.OK, text, "", {"name": name})]
    return []


def _settings(config: NodeConfig) -> list[Finding]:
    findings = []
    url = urlsplit(config.public_url)
    loopback = is_loopback(url.hostname)
    if loopback:
        findings.append(
            Finding(
                Level.WARNING,
                _("학교의 인터넷 주소가 이 컴퓨터 안에서만 열립니다: %(url)s"),
                _(
                    "보호자가 쓸 주소(예: https://madang.우리학교.kr)로 ‘관리 → 학교 설정’을 열어"
                    " 저장하세요. 그때까지 초대장은 인쇄되지 않습니다."
                ),
                {"url": config.public_url},
            )
        )
    elif url.scheme != "https":
        findings.append(
            Finding(
                Level.DANGER,
                _("학교의 인터넷 주소가 암호화되지 않습니다: %(url)s"),
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
                _(
                    "‘관리 → 학교 설정’에 적으세요. 안내문과 초대장에 나오며, 그때까지 초대장은"
                    " 인쇄되지 않습니다."
                ),
            )
        )
    if config.smtp_host and not config.smtp_sender:
        findings.append(
            Finding(
                Level.DANGER,
                _("메일 서버는 정했지만 보내는 주소(smtp_sender)가 없습니다."),
                _("‘관리 → 학교 설정’의 메일 서버에 적으세요."),
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
                _("학교의 키 파일을 읽을 수 없습니다: %(reason)s"),
                _(
                    "백업에서 keys 폴더를 복원하세요. 새 키를 만들면 이전 제출 확인서를 "
                    "확인할 수 없게 됩니다."
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
                _("다른 사용자가 키 파일을 읽을 수 있습니다: %(file)s"),
                _("권한을 좁히세요: chmod 600 %(path)s"),
                {"file": open_files[0], "path": str(folder / open_files[0])},
            )
        ]
    if key.stat().st_uid != os.geteuid() and os.geteuid() != 0:
        return [
            Finding(
                Level.DANGER,
                _("키 파일의 소유자가 서버를 실행하는 사용자와 다릅니다."),
                _("소유자를 변경하세요: chown"),
            )
        ]
    return [Finding(Level.OK, _("키 파일의 권한이 알맞습니다."))]


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
    params: dict[str, object] = {"free": f"{free / GIGABYTE:,.1f}"}
    if free < NO_DISK:
        return [
            Finding(
                Level.DANGER,
                _("디스크에 %(free)s GB만 남았습니다."),
                _("곧 저장할 수 없게 됩니다. 오래된 백업을 옮기거나 디스크를 늘리세요."),
                params,
            )
        ]
    if free < LOW_DISK:
        return [
            Finding(
                Level.WARNING,
                _("디스크에 %(free)s GB만 남았습니다."),
                _("오래된 백업을 다른 곳으로 옮기세요."),
                params,
            )
        ]
    return [Finding(Level.OK, _("디스크에 %(free)s GB가 남아 있습니다."), "", params)]


def _backups(config: NodeConfig, now: int) -> list[Finding]:
    kept = existing(config.backups)
    if not kept:
        return [
            Finding(
                Level.WARNING,
                _("백업이 아직 없습니다."),
                _(
                    "서버를 켜 두면 매일 만들어집니다. 지금 만들려면 ‘관리 → 시스템 상태’에서 ‘지금 백업’을 누르세요."
                ),
            )
        ]
    hours = (now - kept[0].made_at) // HOUR
    if now - kept[0].made_at > OLD_BACKUP:
        return [
            Finding(
                Level.DANGER,
                _("%(days)s일 전에 백업했습니다."),
                _("‘정기 작업’에서 일일 백업의 오류를 확인하고, 다른 저장 장치에도 복사해 두세요."),
                {"days": hours // 24},
            )
        ]
    if not hours:
        return [Finding(Level.OK, _("방금 백업했습니다."))]
    return [Finding(Level.OK, _("%(hours)s시간 전에 백업했습니다."), "", {"hours": hours})]


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
