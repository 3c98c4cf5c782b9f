"""The ledger of what was signed joins the server."""

from kit.db import Database
from kit.finding import AtLength, Finding, HowFar
from kit.signin.model import PasskeysChanged
from node.ground import Ground
from node.ledger import checks, jobs
from node.ledger.audit_heads import AuditHeads
from node.ledger.passkeys import NamedPasskeys
from node.ledger.service import Ledger
from node.slice import Slice


def join(ground: Ground) -> tuple[Ledger, Slice]:
    ledger = Ledger(ground.db, ground.clock, ground.keyring, ground.school.id)
    audit_heads = AuditHeads(ground.db, ground.clock, ledger, ground.school.id)

    passkeys = NamedPasskeys(ground.db, ground.clock, ledger, ground.signin.passkeys, ground.school)

    async def of_ledger(db: Database, told: HowFar) -> list[Finding]:
        return checks.of_ledger(await ledger.check_all(db, told))

    async def of_audit(db: Database, _told: HowFar) -> list[Finding]:
        return checks.of_audit(await audit_heads.check(db))

    return ledger, Slice(
        package="node.ledger",
        works=jobs.works(ledger, audit_heads, passkeys),
        hears={PasskeysChanged: passkeys.heard},
        checks=(AtLength(jobs.CHECK, of_ledger), AtLength(jobs.AUDIT_CHECK, of_audit)),
    )
