"""What the doctor is asked to look at, and whom it asks: wired by app.py."""

from collections.abc import Callable

from kit.clock import Clock
from kit.db import Database
from kit.i18n import _
from kit.moves import Moves
from node import checkup
from node.access_log.service import AccessLog
from node.backup import BackUp
from node.doctor import Doctor, HowFar
from node.drive.service import Drive
from node.federation import store as federation_store
from node.federation.service import Federation
from node.findings import Finding
from node.forms import jobs as forms_jobs
from node.forms.service import Forms
from node.ledger import jobs as ledger_jobs
from node.ledger.audit_heads import AuditHeads
from node.ledger.service import Ledger
from node.messenger.accounts import Accounts
from node.messenger.service import Messenger
from node.newsletters.service import Newsletters
from node.search import jobs as search_jobs
from node.search.service import Search


def of_log(doctor: Doctor, ledger: Ledger, audit_heads: AuditHeads) -> None:
    """What was signed, and what was noted of acts."""

    async def of_ledger(db: Database, told: HowFar) -> list[Finding]:
        return checkup.of_ledger(await ledger.check_all(db, told))

    async def of_audit(db: Database, _told: HowFar) -> list[Finding]:
        return checkup.of_audit(await audit_heads.check(db))

    doctor.ask_at_length(ledger_jobs.CHECK, of_ledger)
    doctor.ask_at_length(ledger_jobs.AUDIT_CHECK, of_audit)


def of_rows(doctor: Doctor, forms: Forms, newsletters: Newsletters) -> None:
    """What is stored, against what was signed."""

    async def of_records(db: Database, _told: HowFar) -> list[Finding]:
        return checkup.of_records([*await forms.compare(db), *await newsletters.compare(db)])

    doctor.ask_at_length(forms_jobs.COMPARE, of_records)


def of_search(doctor: Doctor, search: Search) -> None:
    """What the search index holds, against the texts."""

    async def of_index(db: Database, told: HowFar) -> list[Finding]:
        return checkup.of_search(await search.compare(db, told))

    doctor.ask_at_length(search_jobs.COMPARE, of_index)


def of_what_runs(
    doctor: Doctor,
    clock: Clock,
    *,
    moves: Moves,
    back_up: BackUp,
    access_log: AccessLog,
    drive: Drive,
    messenger: Callable[[], Messenger],
    accounts: Callable[[], Accounts],
    federation: Federation,
) -> None:
    """The slices that have something to tell at any moment, the drive's files, and the backup's."""

    async def of_drive(db: Database, _told: HowFar) -> list[Finding]:
        return checkup.of_drive(await db.read(drive.missing))

    async def of_backups(_db: Database, _told: HowFar) -> list[Finding]:
        return await checkup.of_backups(back_up)

    async def look_at_accounts() -> list[Finding]:
        return checkup.of_accounts(await accounts().compare())

    doctor.ask_at_length(_("드라이브 파일 점검"), of_drive)
    doctor.ask_at_length(_("백업 파일 점검"), of_backups)
    doctor.ask(lambda tx: checkup.of_moves(moves.under_way(tx)))
    doctor.ask(lambda tx: checkup.of_access_log(access_log.state(tx)))
    doctor.ask(lambda _tx: checkup.of_messenger(messenger().standing()))
    doctor.ask_running(look_at_accounts)
    doctor.ask(lambda tx: checkup.of_province(federation.connection(tx), clock.now()))
    doctor.ask(
        lambda tx: checkup.of_keys(
            federation_store.rotation(tx), federation_store.membership(tx), clock.now()
        )
    )
