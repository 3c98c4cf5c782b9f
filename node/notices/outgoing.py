"""What a mail that waited says now, or why nothing is to be said any more.

A mail is written when it is sent, from the state of that moment: the person's address and language, and
what the slice that told it says of it then.
"""

from kit.db import Tx
from node.notices import mail_store
from node.notices.model import MailNow, WaitingMail
from node.notices.saying import Sayings
from node.ports.noticed import WhyUnsent

LOOKED_AT = 50  # waiting mails in one unit


def claim(tx: Tx, sayings: Sayings, now: int) -> tuple[MailNow | None, bool]:
    """Take the next mail that still has something to say, and whether more may wait.

    Whoever holds a claim sends it; nobody else will. What has nothing to say is closed.
    """
    waiting = mail_store.waiting_mail(tx, now, LOOKED_AT)
    for row in waiting:
        found = _written(tx, sayings, row, now)
        if isinstance(found, MailNow):
            mail_store.claim_mail(tx, row.id, found.address, now)
            return found, True
        mail_store.close_mail(tx, row.id, found, now)
    return None, len(waiting) == LOOKED_AT


def _written(tx: Tx, sayings: Sayings, row: WaitingMail, now: int) -> MailNow | WhyUnsent:
    mailbox = mail_store.mailbox(tx, row.person_id)
    if mailbox is None:
        return WhyUnsent.NO_ADDRESS
    written = sayings.of(row.kind).by_mail(tx, row, now)
    return written if isinstance(written, WhyUnsent) else MailNow(row, *mailbox, written)
