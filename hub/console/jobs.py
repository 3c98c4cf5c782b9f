"""What the hub does for itself at night."""

from collections.abc import Sequence

from hub.ground import Ground
from kit import audit, damage
from kit.archive.keeping import BackUp
from kit.i18n import _
from kit.jobs import Daily


def works(ground: Ground, back_up: BackUp, packages: Sequence[str]) -> list[Daily]:
    """The periodic work. `packages`: whose migrations the database is made of."""
    db, hour = ground.db, ground.config.backup_hour

    async def check_database() -> None:
        """Raises damage.DatabaseDamaged."""
        await damage.check_now(db, packages)

    async def check_audit() -> None:
        """Raises audit.AuditBroken."""
        async with db.apart() as apart:
            audit.require_whole(await audit.check(apart))

    return [
        Daily("hub.backup", _("허브 백업"), hour, 10, back_up.make),
        Daily("database.check", _("데이터베이스 점검"), 4, 5, check_database),
        Daily("audit.check", _("감사 기록 점검"), 4, 20, check_audit),
        Daily("signin.expired", _("지난 로그인 정리"), 4, 10, ground.signin.forget_expired),
        Daily("events.forget", _("처리한 이벤트 정리"), 3, 50, ground.outbox.forget),
    ]
