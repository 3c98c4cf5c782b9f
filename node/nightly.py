"""What is looked at at night, when nobody waits for it, and what the system page says of the last time.

Each check is a job (kit.jobs): its row tells when it ran and what it found. It reads over a
connection apart from the pages', one check after the other.
"""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from kit import damage
from kit.db import Database, Tx
from kit.finding import Finding, Level
from kit.i18n import _, said_within
from kit.jobs import Daily
from kit.web.dates import moment_within
from models.selftest import engine_fault

DATABASE = "database.check"
ENGINE = "engine.check"
DRIVE = "drive.check"
# Hold what is stored against what was signed: where one fails, the past was changed.
COMPARISONS = ("ledger.check", "audit.check", "forms.compare", "newsletters.compare")
CHECKS = (DATABASE, *COMPARISONS, DRIVE, ENGINE)


class DriveFilesMissing(Exception):
    """The disk has lost files of the drive; the message counts them."""


class EngineFails(Exception):
    """The language model's engine does not work on this machine."""


def works(
    db: Database,
    packages: Sequence[str],
    files_missing: Callable[[Tx], int],
    *,
    has_engine: bool,
) -> list[Daily]:
    """The checks that no slice does itself."""

    async def of_drive() -> None:
        async with db.apart() as apart:
            missing = await apart.read(files_missing)
        if missing:
            raise DriveFilesMissing(str(missing))

    async def of_engine() -> None:
        fault = await asyncio.to_thread(engine_fault)
        if fault:
            raise EngineFails(fault)

    check = partial(damage.check_now, db, packages)
    found = [
        Daily(DATABASE, _("데이터베이스 점검"), 4, 5, check),
        Daily(DRIVE, _("드라이브 파일 점검"), 4, 45, of_drive),
    ]
    if has_engine:
        found.append(Daily(ENGINE, _("언어 모델의 엔진 점검"), 4, 50, of_engine))
    return found


# On the page --------------------------------------------------------------------------------------


def results(tx: Tx) -> list[Finding]:
    """Of the checks that ended well, when that was; of those that have not run yet, so much."""
    rows = {
        name: (title, ok_at)
        for name, title, ok_at in tx.rows(
            "SELECT name, title, last_ok_at FROM kit_job WHERE last_error IS NULL"
        )
    }
    found = []
    for name in CHECKS:
        if name not in rows:
            continue
        title, ok_at = rows[name]
        if ok_at is None:
            text = _("%(title)s: 아직 실행하지 않았습니다. 오늘 밤에 실행합니다.")
            found.append(Finding(Level.OK, text, params={"title": said_within(title)}))
        else:
            text = _("%(title)s: %(at)s에 이상이 없었습니다.")
            params: dict[str, object] = {"title": said_within(title), "at": moment_within(ok_at)}
            found.append(Finding(Level.OK, text, params=params))
    return found


def failures(tx: Tx) -> list[Finding]:
    """Jobs that failed, and subscribers that hear nothing."""
    findings = []
    for name, title, error in tx.rows(
        "SELECT name, title, last_error FROM kit_job WHERE last_error IS NOT NULL"
    ):
        findings.append(
            Finding(
                Level.DANGER if name in (DATABASE, DRIVE, *COMPARISONS) else Level.WARNING,
                _("정기 작업이 실패했습니다: %(title)s"),
                advice(name),
                {"title": said_within(title)},
                error,
            )
        )
    for name, error in tx.rows("SELECT name, last_error FROM kit_subscription WHERE failures >= 3"):
        findings.append(
            Finding(
                Level.DANGER,
                _("새 이벤트를 처리하지 못하고 있습니다."),
                _("로그와 함께 개발자에게 알려 주세요. 자료는 그대로 있습니다."),
                detail=f"{name}: {error}",
            )
        )
    return findings


def advice(name: str) -> str:
    """What to do when the job of that name failed; a msgid."""
    if name == DATABASE:
        return _(
            "서버를 멈추고 최근 백업을 새 폴더에 복원하세요: madang-node restore 백업파일 새폴더"
        )
    if name == DRIVE:
        return _("최근 백업에서 blobs/drive 폴더를 복원하세요.")
    if name == ENGINE:
        return _("마당을 다시 설치하면 엔진을 이 서버에 맞게 새로 만듭니다: scripts/install.sh")
    if name in COMPARISONS:
        return _(
            "‘madang-node doctor’를 실행하면 다른 부분을 확인할 수 있습니다. 백업을 모두 "
            "보관하세요."
        )
    return _(
        "‘관리 → 정기 작업’에서 다시 실행해 보고, 계속 실패하면 그곳의 오류 내용을 마당 개발자에게 알려 주세요."
    )
