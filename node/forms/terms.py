"""What a form asks, of whom and until when: noted in the audit log whenever it is set.

A deadline may be moved and a wording corrected, so the records of those who signed before cannot say
what holds now. The audit log can: its chain is checked, and its head stands in the ledger.
"""

import hashlib

from kit import audit
from kit.clock import Clock
from kit.db import Tx, decode
from node.forms import store
from node.forms.model import FormAct
from protocol.canonical import canonical_bytes


def note(tx: Tx, clock: Clock, form_id: str) -> None:
    """In the unit that sets or changes them."""
    audit.record(tx, clock, audit.PROGRAM, FormAct.TERMS, form_id, terms=_digest(tx, form_id))


def changed_behind(tx: Tx, after: str, limit: int) -> list[tuple[str, str, bool]]:
    """(form, title, whether it is as last noted) of the next forms by id. One that a release before
    opened, and nobody has changed since, was never noted and counts as it is."""
    found = []
    for form_id, title in store.forms_behind(tx, after, limit):
        noted = audit.last_detail(tx, form_id, FormAct.TERMS)
        as_noted = noted is None or decode(noted, dict[str, str])["terms"] == _digest(tx, form_id)
        found.append((form_id, title, as_noted))
    return found


def _digest(tx: Tx, form_id: str) -> str:
    """SHA-256 of all that a form's rows say of it."""
    rows = {
        "form": store.form_row(tx, form_id),
        "audience": store.audience(tx, form_id),
        "wordings": store.wordings(tx, form_id),
    }
    return hashlib.sha256(canonical_bytes(rows)).hexdigest()
