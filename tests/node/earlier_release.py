"""A school's data as the release before left it: records of the first version."""

import msgspec

from kit import audit
from kit.db import Tx
from node.app import CONFIG
from node.ground import ROOM
from node.keys import Keyring
from node.ledger.service import Ledger
from protocol.identity import SchoolId
from protocol.records import Answer, ConsentV1, SignedRecord, read_record, record_hash
from tests.node.conftest import School

BEFORE_FILES = (
    (
        "CREATE TABLE newsletters_attachment (id TEXT PRIMARY KEY, newsletter_id TEXT, position INTEGER,"
        " name TEXT, media_type TEXT, size INTEGER, sha256 TEXT) STRICT"
    ),
    (
        "INSERT INTO newsletters_attachment SELECT id, carrier_id, position, name, media_type, size, sha256"
        " FROM files_attachment WHERE kind = 'newsletter'"
    ),
    "CREATE VIEW newsletters_v_attachment AS SELECT * FROM newsletters_attachment",
    (
        "CREATE TABLE official_attachment (notice_id TEXT, position INTEGER, name TEXT, media_type TEXT,"
        " size INTEGER, sha256 TEXT, PRIMARY KEY (notice_id, position)) STRICT, WITHOUT ROWID"
    ),
    (
        "INSERT INTO official_attachment SELECT carrier_id, position, name, media_type, size, sha256"
        " FROM files_attachment WHERE kind = 'official'"
    ),
    "CREATE VIEW official_v_attachment AS SELECT * FROM official_attachment",
    "DROP TABLE files_upload",
    "DROP TABLE files_erasure",
    "DROP VIEW files_v_words",
    "DROP TABLE files_words",
    "DROP VIEW files_v_attachment",
    "DROP TABLE files_attachment",
    "DROP VIEW files_v_preview",
    "ALTER TABLE files_preview RENAME TO newsletters_preview",
    "DROP INDEX files_preview_waiting",
    "CREATE INDEX newsletters_preview_waiting ON newsletters_preview (sha256) WHERE state = 'waiting'",
    "CREATE VIEW newsletters_v_preview AS SELECT sha256, state, text FROM newsletters_preview",
    "DELETE FROM kit_migration WHERE slice = 'node.files' OR name LIKE '%_stand_below.sql'",
)
"""Puts files where they stood before node/files: with letters, notices, and their previews with letters."""

ATTACHMENTS = (
    "CREATE VIEW newsletters_attachment AS SELECT carrier_id AS newsletter_id, position, name, sha256"
    " FROM files_attachment WHERE kind = 'newsletter'"
)
"""The files of letters as they stood when that release was."""


async def signed_by_the_release_before(school: School) -> None:
    """Put all that was signed so far into the shape that the release before wrote."""
    config = school.app[CONFIG]
    ledger = Ledger(school.db, school.clock, Keyring(config.keys), SchoolId(config.school_id))
    await school.db.write(lambda tx: _rewrite(tx, ledger))
    await audit.begin(school.db, school.clock)


def _rewrite(tx: Tx, ledger: Ledger) -> None:
    signed = [
        SignedRecord(text=text, key_id=key, signature=signature)
        for text, key, signature in tx.rows(
            "SELECT text, key_id, signature FROM ledger_leaf ORDER BY position"
        )
    ]
    guards = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'ledger%'"
    for (name,) in tx.rows(guards):
        tx.execute(f"DROP TRIGGER {name}")
    tx.execute("DELETE FROM ledger_leaf")
    tx.execute("DELETE FROM ledger_node")
    tx.execute("UPDATE ledger_frontier SET size = 0, peaks = x''")
    _open(tx)
    digests: dict[str, str] = {}
    for one in signed:
        record = read_record(one)
        assert isinstance(record, ConsentV1)
        before = _before(record)
        if before.supersedes is not None:
            before = msgspec.structs.replace(before, supersedes=digests[before.supersedes])
        leaf, digest = ledger.append(tx, before)
        digests[record_hash(one)] = digest
        tx.execute(
            "UPDATE questions_answer SET record_hash = ?, answers = ? WHERE leaf = ?",
            (digest, msgspec.json.encode(before.answers).decode(), leaf),
        )


def _open(tx: Tx) -> None:
    """What that release did not keep, as this one finds it at its first start."""
    tell_forms_of_files(tx)
    tx.execute("DELETE FROM kit_audit WHERE action = 'forms:form:set_terms'")
    tx.execute("UPDATE kit_audit SET hash = NULL")
    for new, (old,) in enumerate(tx.rows("SELECT seq FROM kit_audit ORDER BY seq"), start=1):
        tx.execute("UPDATE kit_audit SET seq = ? WHERE seq = ?", (new, old))


def tell_forms_of_files(tx: Tx) -> None:
    """What newsletters told forms once, in its migration 009: which files belong to their letter."""
    tx.execute("UPDATE forms_form SET files = '[]'")
    script = ROOM / "newsletters" / "migrations" / "009_files_of_forms.sql"
    tx.execute(ATTACHMENTS)
    tx.execute(script.read_text(encoding="utf-8"))
    tx.execute("DROP VIEW newsletters_attachment")


def _before(record: ConsentV1) -> ConsentV1:
    fields = {name: getattr(record, name) for name in ConsentV1.__struct_fields__}
    answers = tuple(
        Answer(field=one.field, label=one.label, answer=one.answer) for one in record.answers
    )
    return ConsentV1(**{**fields, "answers": answers})
