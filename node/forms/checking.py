"""Everything that is stored of forms, held against the log: daily and by the doctor.

The night's check goes on from where the last one ended and compares a thirtieth of the rest again.
The log is walked by position in batches. A batch is one short read of the rows that stand on its
positions and, for records without an answer of their own, of the answer that stands in their place;
the comparing is done in a thread. So every record finds its rows, and every row its record: rows on
no position of the log come up at its ends. No write waits for any of it.
"""

import asyncio
from collections.abc import Iterable
from functools import partial

import msgspec

from kit.db import Database, Row, Tx
from kit.verified import Verified
from node.forms import checking_store, compared, retracting_store, store, terms
from node.forms.compared import Facts, Recorded, Retracted, Rows
from node.forms.model import Mismatch, SignedAnswer
from node.forms.store import SignatureRow

BATCH = 250
MOST = 100  # mismatches of one check
LOWEST, HIGHEST = -(2**63), 2**63 - 1


class RecordsDiffer(Exception):
    """The daily check found rows that are not as they were signed; the message counts them."""


class _Batch(msgspec.Struct):
    """The records on some positions of the log, and all rows that say to stand there."""

    last: int
    """Position of the last record; what comes behind is the next batch's."""
    end: int
    """Position of the last record of this batch; -1 where it has none."""
    is_end: bool
    records: list[Recorded]
    retracted: list[Retracted]
    signatures: dict[int, SignatureRow]
    answers: dict[int, list[tuple[str, SignedAnswer]]]
    """By position: (form, answer)."""
    instead: dict[int, SignedAnswer]
    """By position of a record without an answer row: the row that holds for its child now."""
    facts: dict[str, Facts]
    agreements: dict[str, list[Row]]
    consents: dict[int | None, Recorded | Retracted | None]
    """By position what a row names as taken back."""


async def check(db: Database) -> list[Mismatch]:
    """What is stored otherwise than it was signed; the first hundred of each kind of check."""
    records, _last = await _records(db, LOWEST, HIGHEST)
    return [*records, *await _unbound(db), *await _documents(db), *await _terms(db)]


async def check_night(db: Database, kept: Verified) -> tuple[list[Mismatch], Verified]:
    """The same of the records that are new and of a thirtieth of the others; how far that is now.
    With mismatches it is as far as it was: the next night finds them too."""
    new, end = await _records(db, kept.size - 1 if kept.size else LOWEST, HIGHEST)
    until = kept.until
    after = kept.again - 1 if kept.again else LOWEST
    old, _last = await _records(db, after, until - 1) if until else ([], 0)
    others = [*await _unbound(db), *await _documents(db), *await _terms(db)]
    if found := [*new, *old, *others]:
        return found, kept
    return [], Verified(max(kept.size, end + 1), again=until if until < kept.size else 0)


def require_none(found: list[Mismatch]) -> None:
    """For the daily job. Raises RecordsDiffer, so that the job's row and the hub hear of it."""
    if found:
        raise RecordsDiffer(f"{len(found)} rows differ, first: {found[0].text % found[0].params}")


# Records ----------------------------------------------------------------------------------------------


async def _records(db: Database, after: int, until: int) -> tuple[list[Mismatch], int]:
    """What differs on the positions behind one up to another, and the last position that is a
    record's (-1: none is)."""
    found: list[Mismatch] = []
    end = -1
    while len(found) < MOST and after < until:
        batch = await db.read(partial(_read, after=after, until=until))
        found += await asyncio.to_thread(_compare, batch)
        end = max(end, batch.end)
        if batch.is_end:
            break
        after = batch.last
    return found, end


def _read(tx: Tx, after: int, until: int) -> _Batch:
    leaves = [one for one in checking_store.records_behind(tx, after, BATCH) if one[0] <= until]
    is_end = len(leaves) < BATCH
    last = until if is_end else leaves[-1][0]
    end = leaves[-1][0] if leaves else -1
    signatures = {one.leaf: one for one in store.signatures_in(tx, after, last)}
    answers: dict[int, list[tuple[str, SignedAnswer]]] = {}
    for form_id, answer in store.answers_in(tx, after, last):
        answers.setdefault(answer.leaf, []).append((form_id, answer))
    found = [compared.recorded(position, text) for position, text in leaves]
    records = [one for one in found if isinstance(one, Recorded)]
    retracted = [one for one in found if isinstance(one, Retracted)]
    batch = _Batch(last, end, is_end, records, retracted, signatures, answers, {}, {}, {}, {})
    for record in records:
        _add(tx, batch, record)
    for row in signatures.values():
        if row.retracts is not None:
            text = retracting_store.recorded_at(tx, row.retracts)
            if text is not None:
                batch.consents[row.retracts] = compared.recorded(row.retracts, text)
    return batch


def _add(tx: Tx, batch: _Batch, record: Recorded) -> None:
    """What a record needs beside the rows on its position."""
    consent = record.consent
    if consent.form_id not in batch.facts:
        form = store.form(tx, consent.form_id)
        if form is None:
            return
        batch.facts[form.id] = compared.facts_of(tx, form)
    if consent.guardian_id not in batch.agreements:
        batch.agreements[consent.guardian_id] = store.agreements(tx, consent.guardian_id)
    child, slot = compared.slot_of(consent, batch.facts[consent.form_id].draft)
    if record.position not in batch.answers:
        row = store.given_in(tx, consent.form_id, child, slot)
        if row is not None:
            batch.instead[record.position] = row


def _compare(batch: _Batch) -> list[Mismatch]:
    found: list[Mismatch] = []
    for record in batch.records:
        facts = batch.facts.get(record.consent.form_id)
        if facts is None:
            found.append(_at(record, Mismatch("questions")))
            continue
        found += [_at(record, one) for one in _of(batch, record, facts)]
    known = {record.position for record in batch.records}
    for one in batch.retracted:
        row = batch.signatures.get(one.position)
        consent = None if row is None else batch.consents.get(row.retracts)
        if not compared.same_retraction(one, row, consent):
            title = one.retraction.title
            found.append(_named(one.position, title, Mismatch("signature")))
        known.add(one.position)
    stored = batch.signatures.keys() | batch.answers.keys()
    for position in sorted(stored - known):
        found.append(_named(position, "-", Mismatch("unrecorded")))
    return found


def _of(batch: _Batch, record: Recorded, facts: Facts) -> list[Mismatch]:
    consent = record.consent
    slot = compared.slot_of(consent, facts.draft)
    on_place = batch.answers.get(record.position, [])
    own = [
        answer
        for form_id, answer in on_place
        if form_id == consent.form_id and (answer.asked_id, answer.slot) == slot
    ]
    answer = own[0] if own else batch.instead.get(record.position)
    rows = Rows(
        batch.signatures.get(record.position),
        answer,
        batch.agreements.get(consent.guardian_id, []),
    )
    found = compared.of_record(record, facts, rows)
    if len(on_place) > len(own):
        found.append(Mismatch("unrecorded"))
    return found


async def _unbound(db: Database) -> list[Mismatch]:
    """Answers whose rows name no record: on no position of the log they come up."""
    forms = await db.read(partial(checking_store.bound_to_nothing, limit=MOST))
    return [_named("-", title, Mismatch("unrecorded")) for _id, title in forms]


def _at(record: Recorded, one: Mismatch) -> Mismatch:
    return _named(record.position, record.consent.title, one)


def _named(position: int | str, title: str, one: Mismatch) -> Mismatch:
    """A mismatch for whoever looks after the whole school: with the record's number."""
    what = one.text % one.params
    return Mismatch("record", (("position", str(position)), ("title", title), ("what", what)))


# Texts and terms --------------------------------------------------------------------------------------


async def _documents(db: Database) -> list[Mismatch]:
    """Texts that do not hash to the name they are kept under, and those that are gone."""
    found: list[Mismatch] = []
    after = ""
    while rows := await db.read(partial(checking_store.documents_behind, after=after, limit=BATCH)):
        changed = await asyncio.to_thread(_changed, rows)
        found += [Mismatch("document", (("hash", digest[:16]),)) for digest in changed]
        after = rows[-1][0]
    return found[:MOST]


def _changed(rows: Iterable[Row]) -> list[str]:
    return [digest for digest, text in rows if not compared.is_document(digest, text)]


async def _terms(db: Database) -> list[Mismatch]:
    found: list[Mismatch] = []
    after = ""
    while forms := await db.read(partial(terms.changed_behind, after=after, limit=BATCH)):
        found += [
            Mismatch("terms", (("title", title),)) for _id, title, as_kept in forms if not as_kept
        ]
        after = forms[-1][0]
    return found[:MOST]
