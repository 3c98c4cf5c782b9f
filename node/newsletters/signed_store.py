"""The SQL behind `signed`: wordings that forms were signed under, beside their letters."""

import msgspec

from kit.db import Tx
from protocol.records import Attachment


class SignedLetter(msgspec.Struct, frozen=True):
    """A wording that a form was signed under, and what is stored of its letter: that version, the
    letter as it is shown now, its files."""

    newsletter_id: str
    form_id: str
    version: int
    document_hash: str
    signed_files: str
    title: str | None
    body: str | None
    newest: int | None
    newest_title: str | None
    newest_body: str | None
    files: tuple[Attachment, ...] = ()


def behind(tx: Tx, after: tuple[str, int], limit: int) -> list[SignedLetter]:
    """The next wordings by (form, version)."""
    found = tx.structs(
        SignedLetter,
        "SELECT w.subject, w.form_id, w.version, w.document_hash, w.files, v.title, v.body,"
        " n.version, n.title, n.body FROM forms_v_wording w"
        " LEFT JOIN newsletters_version v ON v.newsletter_id = w.subject AND v.version = w.version"
        " LEFT JOIN newsletters_newsletter n ON n.id = w.subject"
        " WHERE (w.form_id, w.version) > (?, ?) ORDER BY w.form_id, w.version LIMIT ?",
        (*after, limit),
    )
    return [msgspec.structs.replace(one, files=_files(tx, one.newsletter_id)) for one in found]


def _files(tx: Tx, newsletter_id: str) -> tuple[Attachment, ...]:
    rows = tx.rows(
        "SELECT name, sha256 FROM files_v_attachment"
        " WHERE carrier_id = ? AND kind = 'newsletter' ORDER BY position",
        (newsletter_id,),
    )
    return tuple(Attachment(name=name, sha256=sha256) for name, sha256 in rows)
