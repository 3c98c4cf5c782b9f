"""What of newsletters and class notices can be found: their text, by its languages, and their files'."""

from kit.db import Tx
from kit.i18n import _
from kit.languages import in_language, korean, languages_of
from kit.markdown import visible_text
from node.files.model import AttachmentExtracted
from node.newsletters.model import (
    NewsletterCorrected,
    NewsletterPublished,
    NewsletterWithdrawn,
)
from node.people.access import READABLE, readable_params
from node.ports.findable import IN_ANOTHER_LANGUAGE, Document, Findable, Moved


def _documents(tx: Tx, newsletter_id: str) -> list[Document]:
    found = tx.row(
        "SELECT kind, title, body, published_at, author_name, department"
        " FROM newsletters_v_published WHERE id = ?",
        (newsletter_id,),
    )
    if found is None:
        return []
    subject, href = f"newsletter:{newsletter_id}", f"/newsletters/{newsletter_id}"
    kind, title, body, at, author, department = found
    keys = _keys(tx, newsletter_id)
    text = f"{visible_text(korean(body))}\n{department} {author}"
    others = [
        Document(
            subject,
            IN_ANOTHER_LANGUAGE,
            part.title or title,
            part.language.name,
            f"{href}?lang={part.language.code}",
            visible_text(part.text),
            at,
            keys,
        )
        for language in languages_of(body)
        if (part := in_language(body, language)) and part.language
    ]
    files = tx.rows(
        "SELECT f.id, f.name, coalesce(p.text, ''), coalesce(w.text, '') FROM files_v_attachment f"
        " LEFT JOIN files_v_preview p ON p.sha256 = f.sha256"
        " LEFT JOIN files_v_words w ON w.attachment_id = f.id"
        " WHERE f.carrier_id = ? AND f.kind = 'newsletter' ORDER BY f.position",
        (newsletter_id,),
    )
    files_found = [
        Document(
            subject,
            "attachment",
            title,
            name,
            f"/attachments/{file_id}",
            f"{words}\n{content}".strip(),
            at,
            keys,
        )
        for file_id, name, content, words in files
    ]
    return [Document(subject, kind, title, "", href, text, at, keys), *others, *files_found]


def _keys(tx: Tx, newsletter_id: str) -> frozenset[str]:
    sql = "SELECT key FROM newsletters_v_audience WHERE newsletter_id = ?"
    return frozenset(key for (key,) in tx.rows(sql, (newsletter_id,)))


def _extracted(tx: Tx, event: AttachmentExtracted) -> Moved:
    sql = (
        "SELECT DISTINCT n.id FROM files_v_attachment f"
        " JOIN newsletters_v_published n ON n.id = f.carrier_id"
        " WHERE f.sha256 = ? AND f.kind = 'newsletter'"
    )
    return Moved([number for (number,) in tx.rows(sql, (event.sha256,))])


FINDABLE = Findable(
    about="newsletter",
    kinds={
        "newsletter": _("가정통신문"),
        "class_notice": _("알림장"),
        "attachment": _("첨부 파일"),
        IN_ANOTHER_LANGUAGE: _("다른 언어로 쓴 글"),
    },
    documents=_documents,
    keys=_keys,
    moved_by={
        NewsletterPublished: lambda _tx, event: Moved([event.newsletter_id]),
        NewsletterCorrected: lambda _tx, event: Moved([event.newsletter_id]),
        NewsletterWithdrawn: lambda _tx, event: Moved([event.newsletter_id]),
        AttachmentExtracted: _extracted,
    },
    readable="EXISTS (SELECT 1 FROM newsletters_v_audience a WHERE a.newsletter_id = {id} AND "  # noqa: S608 - constants only
    + READABLE
    + ")",
    params=readable_params,
)
