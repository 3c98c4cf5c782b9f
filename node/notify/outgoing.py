"""What a mail that waited says now, or why nothing is to be said any more.

A mail is written when it is sent, from the state of that moment: the letter's state and title, the
person's address, right and language, answered or not, the deadline.
"""

from kit.clock import DAY
from kit.db import Tx
from node.notify import accounts, ledger_store, mail_store, store
from node.notify.families import missing
from node.notify.model import (
    ACCESS_LABELS,
    ACCESS_MAIL,
    PUBLISHED,
    TELL_DEADLINE,
    LetterNow,
    Mail,
    MessageKind,
    Unsent,
    Waiting,
)
from node.people.model import Access

BEFORE_DEADLINE = DAY
LOOKED_AT = 50  # waiting mails in one unit


def claim(tx: Tx, now: int) -> tuple[Mail | None, bool]:
    """Take the next mail that still has something to say, and whether more may wait.

    Whoever holds a claim sends it; nobody else will. What has nothing to say is closed.
    """
    waiting = mail_store.waiting_mail(tx, now, LOOKED_AT)
    for row in waiting:
        found = _written(tx, row, now)
        if isinstance(found, Mail):
            mail_store.claim_mail(tx, row.id, found.address, now)
            return found, True
        mail_store.close_mail(tx, row.id, found, now)
    return None, len(waiting) == LOOKED_AT


def _written(tx: Tx, row: Waiting, now: int) -> Mail | Unsent:
    mailbox = mail_store.mailbox(tx, row.person_id)
    if mailbox is None:
        return Unsent.NO_ADDRESS
    if row.kind.startswith(ACCESS_MAIL):
        what = Access(row.kind.removeprefix(ACCESS_MAIL))
        if not accounts.still_concerns(tx, row.person_id, what):
            return Unsent.NOT_ADDRESSED
        return Mail(row, *mailbox, ACCESS_LABELS[what], None)
    if row.kind == MessageKind.HELD:
        title = store.letter_held(tx, row.newsletter_id, row.person_id)
        return Unsent.DONE if title is None else Mail(row, *mailbox, title, None)
    letter = store.letter(tx, row.newsletter_id)
    if letter is None:
        return Unsent.WITHDRAWN
    children = ledger_store.addressed_through(tx, letter.id, row.person_id) & row.through
    if not children:
        return Unsent.NOT_ADDRESSED
    if row.kind == PUBLISHED:
        if store.has_opened(tx, letter.id, row.person_id):
            return Unsent.DONE
        return Mail(row, *mailbox, letter.title, None)
    over = _over(tx, row, letter, children, now)
    if over is not None:
        return over
    deadline = letter.deadline_at if row.kind in TELL_DEADLINE else None
    return Mail(row, *mailbox, letter.title, deadline)


def _over(tx: Tx, row: Waiting, letter: LetterNow, children: set[str], now: int) -> Unsent | None:
    """Why somebody need not be reminded any more."""
    if letter.is_closed(now):
        return Unsent.CLOSED
    soon = letter.deadline_at is not None and letter.deadline_at - now <= BEFORE_DEADLINE
    if row.kind == MessageKind.DEADLINE and not soon:
        return Unsent.OUTDATED  # moved: another reminder comes in its time
    ledger = ledger_store.number_to_write(tx, letter.id)
    if ledger is None:
        return Unsent.DONE
    rows = [
        one
        for one in ledger_store.shares(tx, letter.id, ledger, [row.person_id])
        if one.person_id != row.person_id or one.student_id in children
    ]
    owing = {one.person_id for one in missing(rows, has_form=letter.has_form)}
    return None if row.person_id in owing else Unsent.DONE
