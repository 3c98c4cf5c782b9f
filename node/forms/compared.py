"""Answers as they are read: each stored row held against the record that was signed.

The record wins. What a row says otherwise is a `Mismatch` beside it; an answer whose row is gone is
read from its record, and a row without a record says so. One more query for a form or a child.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from kit.db import Row, Tx
from node.forms import store
from node.forms.model import FormDraft, Mismatch, SignedAnswer, Wording
from node.forms.store import SignatureRow, StoredForm
from node.people.agreements import SIGNING, wording
from node.questions.filling import asked, differing
from node.questions.model import CONSENT_OPTIONS
from protocol.records import Attachment, ConsentV1, ConsentV2, ConsentV3, ConsentV4, RetractionV1

Slot = tuple[str, str]
"""A child and, where each guardian's answer stands by itself, one of them: what has one answer that holds."""


Voice = tuple[ConsentV1, bool]
"""What a guardian said last, and whether they took it back."""

_READ = ConsentV1 | ConsentV2 | ConsentV3 | ConsentV4 | RetractionV1


class Recorded(msgspec.Struct, frozen=True):
    """A consent in the log: its place, its hash, what it says."""

    position: int
    digest: str
    consent: ConsentV1


class Retracted(msgspec.Struct, frozen=True):
    """The record in the log that takes a consent back: its place, what it says."""

    position: int
    retraction: RetractionV1


def recorded(position: int, text: str) -> Recorded | Retracted | None:
    """The consent in a record's text, or what takes one back; None for a record of another kind, or
    none that can be read: of those the log's own check tells."""
    try:
        record = msgspec.json.decode(text, type=_READ)
    except msgspec.DecodeError:
        return None
    if isinstance(record, RetractionV1):
        return Retracted(position, record)
    return Recorded(position, digest_of(text), record)


def digest_of(text: str) -> str:
    """What other records name a record by (`protocol.records.record_hash`)."""
    return hashlib.sha256(text.encode()).hexdigest()


def slot_of(consent: ConsentV1, draft: FormDraft) -> Slot:
    """Where the answer of a consent stands. Records of the first version leave it to the form."""
    apart = consent.both_guardians if isinstance(consent, ConsentV2) else draft.is_apart
    return consent.child_id, consent.guardian_id if apart else ""


def answers(
    tx: Tx, form: StoredForm, students: Collection[str] | None = None
) -> dict[str, list[SignedAnswer]]:
    """Every answer of a form, or of some children, by child, the earliest first, also those to a
    wording asked anew since."""
    if students is None:
        rows, leaves = store.all_given(tx, form.id), store.recorded(tx, form.id)
    else:
        rows = store.given_of(tx, form.id, students)
        leaves = store.recorded_among(tx, form.id, students)
    found: dict[str, list[SignedAnswer]] = {}
    for one in _reconciled(form, store.wordings(tx, form.id), rows, leaves):
        found.setdefault(one.asked_id, []).append(one)
    return found


def child_answers(
    tx: Tx, form: StoredForm, student_id: str, wordings: Sequence[Wording]
) -> list[SignedAnswer]:
    """A child's answers, the earliest first, also those to a wording asked anew since. `wordings`:
    all of the form's."""
    return _reconciled(
        form,
        wordings,
        store.given(tx, form.id, student_id),
        store.recorded_of(tx, form.id, student_id),
    )


def is_disputed(tx: Tx, form_id: str, student_id: str) -> bool:
    """Whether a child's guardians answered otherwise to what asks for consent."""
    return any(one.contrary for one in _holding(tx, form_id, student_id))


def overruled(tx: Tx, form_id: str, student_id: str) -> set[str]:
    """Guardians who consented for a child while another's refusal holds."""
    return {one.by_id for one in _holding(tx, form_id, student_id) if one.overruled}


def _holding(tx: Tx, form_id: str, student_id: str) -> list[SignedAnswer]:
    """A child's answers that hold, of a form whose letter was not taken back."""
    form = store.form(tx, form_id)
    if form is None or form.closed_at is not None:
        return []
    kept = child_answers(tx, form, student_id, store.wordings(tx, form_id))
    return [one for one in kept if one.holds and one.version >= form.valid_from]


def _reconciled(
    form: StoredForm,
    wordings: Sequence[Wording],
    rows: Iterable[SignedAnswer],
    leaves: Iterable[Row],
) -> list[SignedAnswer]:
    latest: dict[Slot, Recorded] = {}
    voices: dict[Slot, Recorded] = {}
    retracted: dict[str, Retracted] = {}
    for position, text in leaves:
        one = recorded(position, text)
        if isinstance(one, Recorded):
            latest[slot_of(one.consent, form.draft)] = one
            voices[one.consent.child_id, one.consent.guardian_id] = one
        elif one is not None:
            retracted[one.retraction.retracts] = one
    stored = {(row.asked_id, row.slot): row for row in rows}
    found = [against(row, latest.get(slot), wordings) for slot, row in stored.items()]
    found += [
        _from_record(one, slot[1], wordings) for slot, one in latest.items() if slot not in stored
    ]
    found = [_taken_back(one, retracted.get(one.record_hash)) for one in found]
    valid = {one.document_hash for one in wordings if one.version >= form.valid_from}
    heard: dict[str, list[Voice]] = {}
    for (child, _guardian), one in voices.items():
        if one.consent.text_hash in valid:
            heard.setdefault(child, []).append((one.consent, one.digest in retracted))
    found = [_answered_otherwise(form.draft, one, heard.get(one.asked_id, ())) for one in found]
    found.sort(key=lambda one: one.given_at)
    return _overruled(form, found, heard) if form.draft.refusal_wins else found


def _overruled(
    form: StoredForm, found: Sequence[SignedAnswer], heard: Mapping[str, Sequence[Voice]]
) -> list[SignedAnswer]:
    """The answers of a form in which any refusal wins, the earliest first: the last one that holds speaks
    for its child, refused where another guardian refuses or has taken their consent back."""
    last = {one.asked_id: one for one in found if one.holds and one.version >= form.valid_from}
    return [
        replace(
            one,
            speaks=last.get(one.asked_id) is one,
            overruled=_refused_by_others(form.draft, one, heard.get(one.asked_id, ())),
        )
        for one in found
    ]


def _refused_by_others(
    draft: FormDraft, answer: SignedAnswer, others: Iterable[Voice]
) -> tuple[str, ...]:
    if not answer.holds:
        return ()
    agreed, refused = CONSENT_OPTIONS
    own = draft.consented(answer.answers)
    found = {
        field
        for consent, is_taken_back in others
        if consent.guardian_id != answer.by_id
        for field, said in draft.consented(consent.answers).items()
        if (is_taken_back or said == refused) and own.get(field) == agreed
    }
    return tuple(sorted(found))


def _taken_back(answer: SignedAnswer, by: Retracted | None) -> SignedAnswer:
    if by is None:
        return answer
    return replace(answer, retracted_at=by.retraction.at, retraction=by.position)


def _answered_otherwise(
    draft: FormDraft, answer: SignedAnswer, others: Iterable[Voice]
) -> SignedAnswer:
    """The answer with the names of the child's other guardians whose own last answer consents to
    something else. Where one answer is enough, theirs may be the one that it took the place of."""
    own = draft.consented(answer.answers)
    contrary = tuple(
        one.guardian_name
        for one, is_taken_back in others
        if not is_taken_back
        and one.guardian_id != answer.by_id
        and any(
            own.get(field, said) != said for field, said in draft.consented(one.answers).items()
        )
    )
    return replace(answer, contrary=contrary) if contrary else answer


def against(
    row: SignedAnswer, record: Recorded | None, wordings: Sequence[Wording]
) -> SignedAnswer:
    """A stored answer with what its record says otherwise."""
    if record is None:
        return replace(row, differs=(Mismatch("unrecorded"),), counts=False)
    differs = mismatches(row, record, wordings)
    if not differs:
        return row
    said = _from_record(record, row.slot, wordings)
    version = said.version if Mismatch("wording") in differs else row.version
    return replace(said, revision=row.revision, version=version, differs=differs)


def mismatches(
    row: SignedAnswer, record: Recorded, wordings: Sequence[Wording]
) -> tuple[Mismatch, ...]:
    """Every way in which an answer's row differs from the record it should say the same as."""
    consent = record.consent
    found = []
    if (row.leaf, row.record_hash) != (record.position, record.digest):
        found.append(Mismatch("number"))
    if (row.by_id, row.by_name) != (consent.guardian_id, consent.guardian_name):
        names = (("recorded", consent.guardian_name), ("stored", row.by_name))
        found.append(Mismatch("signer", names))
    if row.given_at != consent.signed_at:
        found.append(Mismatch("moment"))
    if row.on_paper_by != consent.entered_by:
        found.append(Mismatch("paper"))
    if not any(
        (one.version, one.document_hash, one.title)
        == (row.version, consent.text_hash, consent.title)
        for one in wordings
    ):
        found.append(Mismatch("wording"))
    if row.answers != consent.answers:
        found += _answers_differ(row, consent)
    return tuple(found)


def _answers_differ(row: SignedAnswer, consent: ConsentV1) -> list[Mismatch]:
    found = [
        Mismatch(
            "answer",
            (
                ("question", one.question),
                ("recorded", one.given or "-"),
                ("stored", one.stored or "-"),
            ),
        )
        for one in differing(consent.answers, row.answers)
    ]
    return found or [Mismatch("questions")]


def _from_record(record: Recorded, slot: str, wordings: Sequence[Wording]) -> SignedAnswer:
    """The answer that a record says, for want of its row."""
    consent = record.consent
    signed = [one.version for one in wordings if one.document_hash == consent.text_hash]
    return SignedAnswer(
        asked_id=consent.child_id,
        by_id=consent.guardian_id,
        by_name=consent.guardian_name,
        answers=consent.answers,
        leaf=record.position,
        record_hash=record.digest,
        given_at=consent.signed_at,
        revision=1 if consent.supersedes is None else 2,
        on_paper_by=consent.entered_by,
        version=signed[-1] if signed else 1,
        slot=slot,
        differs=(Mismatch("missing"),),
    )


# A record and all that is stored of it ----------------------------------------------------------------


def is_document(digest: str, text: str | None) -> bool:
    """Whether a text is the one that was named by its hash."""
    return text is not None and hashlib.sha256(text.encode()).hexdigest() == digest


class Facts(msgspec.Struct, frozen=True):
    """A form as it is stored now."""

    draft: FormDraft
    files: tuple[Attachment, ...]
    wordings: tuple[Wording, ...]
    title: str


class Rows(msgspec.Struct, frozen=True):
    """What is stored of one record. `answer`: the row of its child (and guardian), whichever record
    it points to; `agreements`: (version, hash of the wording, when) of the signer's agreements to
    sign electronically."""

    signature: SignatureRow | None
    answer: SignedAnswer | None
    agreements: Sequence[Row] = ()


def facts_of(tx: Tx, form: StoredForm) -> Facts:
    return Facts(form.draft, form.files, store.wordings(tx, form.id), form.title)


def same_retraction(
    one: Retracted, row: SignatureRow | None, consent: Recorded | Retracted | None
) -> bool:
    """Whether a row among the signatures says what a retraction's record says. `consent`: the record
    on the place that the row names as taken back."""
    record = one.retraction
    return (
        row is not None
        and isinstance(consent, Recorded)
        and (row.form_id, row.student_id, row.guardian_id)
        == (record.form_id, record.child_id, record.guardian_id)
        and (row.signed_at, row.child_name, row.drawing_hash)
        == (record.at, record.child_name, None)
        and (row.retracts, consent.digest) == (consent.position, record.retracts)
    )


def rows_of(tx: Tx, form: StoredForm, record: Recorded) -> Rows:
    child, slot = slot_of(record.consent, form.draft)
    return Rows(
        signature=store.signature(tx, record.position),
        answer=store.given_in(tx, form.id, child, slot),
        agreements=store.agreements(tx, record.consent.guardian_id),
    )


def wording_of(record: Recorded, facts: Facts, rows: Rows) -> Wording:
    """The wording that a record was signed under; of several the same, the one stored with it."""
    consent, row = record.consent, rows.signature
    signed = [one for one in facts.wordings if one.document_hash == consent.text_hash]
    for one in signed:
        if row is not None and one.version == row.version:
            return one
    if signed:
        return signed[-1]
    return Wording(1, consent.title, consent.text_hash, consent.signed_at)


def of_record(record: Recorded, facts: Facts, rows: Rows) -> list[Mismatch]:
    """Every way in which what is stored differs from a record."""
    consent = record.consent
    found: list[Mismatch] = []
    if not _same_signature(record, facts, rows.signature):
        found.append(Mismatch("signature"))
    if rows.answer is None or rows.answer.leaf < record.position:
        found.append(Mismatch("missing"))
    elif rows.answer.leaf == record.position:
        found += mismatches(rows.answer, record, facts.wordings)
    if not _same_questions(consent, facts):
        found.append(Mismatch("questions"))
    if consent.agreement_version and not any(
        f"signing.v{version}" == consent.agreement_version
        and agreed_at <= consent.signed_at
        and ((known := wording(SIGNING.kind, version)) is None or known.text_hash == text_hash)
        for version, text_hash, agreed_at in rows.agreements
    ):
        found.append(Mismatch("agreement"))
    return found


def _same_signature(record: Recorded, facts: Facts, row: SignatureRow | None) -> bool:
    consent = record.consent
    return (
        row is not None
        and row.retracts is None
        and (row.student_id, row.guardian_id) == (consent.child_id, consent.guardian_id)
        and (row.form_id, row.signed_at) == (consent.form_id, consent.signed_at)
        and (row.drawing_hash, row.child_name) == (consent.drawing_hash, consent.child_name)
        and any(
            (one.version, one.document_hash) == (row.version, consent.text_hash)
            for one in facts.wordings
        )
    )


def _same_questions(consent: ConsentV1, facts: Facts) -> bool:
    """Whether the form still asks what the record says it asked. Words that are the program's own
    (the options of a consent) may be put otherwise by a later release."""
    draft = facts.draft
    fields = asked(draft.fields, {one.field: one.answer.split("\n") for one in consent.answers})
    if [(one.id, one.label) for one in fields] != [
        (one.field, one.label) for one in consent.answers
    ]:
        return False
    if not isinstance(consent, ConsentV2):
        return True
    options = [(one.options, one.help) for one in fields if one.options]
    said = [
        (one.options, one.hint)
        for field, one in zip(fields, consent.answers, strict=True)
        if field.options
    ]
    return (
        options == said
        and consent.privacy == draft.recorded_privacy
        and consent.attachments == facts.files
        and consent.both_guardians == draft.is_apart
    )
