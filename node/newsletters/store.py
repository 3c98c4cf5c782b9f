"""The SQL of newsletters. Readers see published letters whose audience keys they hold."""

from collections.abc import Iterable

import msgspec

from kit.db import Tx, encode
from kit.languages import Language, in_language
from node.newsletters import titles
from node.newsletters.model import (
    DeskLine,
    Letter,
    LetterVersion,
    Proposal,
    Sort,
)
from node.people.access import READABLE, load_asker, readable_params
from node.people.audience import is_held
from node.people.model import Asker, Kind, NotAtSchool
from protocol.audience import is_of_families

_LETTER = (
    "SELECT n.id, n.kind, n.state, n.year, n.number, n.title, n.body, n.author_id, n.author_name,"
    " n.department, n.telephone, n.keys, n.form, n.form_id, n.source, n.version, n.created_at,"
    " n.updated_at, n.scheduled_at, n.published_at, n.withdrawn_at, n.corrected_at, n.remark,"
    " n.approver_name, n.approver_id FROM newsletters_newsletter n"
)
_READABLE_KEY = " FROM newsletters_audience a WHERE a.newsletter_id = n.id AND " + READABLE
_MAY_READ = "EXISTS (SELECT 1" + _READABLE_KEY + ")"
_IS_ADDRESSED = "SELECT 1 FROM newsletters_newsletter n WHERE n.id = ? AND " + _MAY_READ  # noqa: S608


def letter(tx: Tx, newsletter_id: str) -> Letter | None:
    return tx.struct(Letter, _LETTER + " WHERE n.id = ?", (newsletter_id,))


def is_addressed(tx: Tx, newsletter_id: str, asker: Asker) -> bool:
    """Whether the access rule lets the asker read the letter once it is published."""
    return bool(
        tx.value(
            _IS_ADDRESSED,
            (newsletter_id, *readable_params(asker)),
        )
    )


def reaches_class(tx: Tx, newsletter_id: str, classes: frozenset[str]) -> bool:
    """Whether a published letter goes to a family or student of one of these classes."""
    keys = tx.rows(
        "SELECT key FROM newsletters_v_audience WHERE newsletter_id = ?", (newsletter_id,)
    )
    return is_held(tx, (key for (key,) in keys), classes=classes)


def add_letter(tx: Tx, new: Letter) -> None:
    tx.execute(
        "INSERT INTO newsletters_newsletter (id, kind, state, year, number, title, body, author_id,"
        " author_name, department, telephone, keys, form, form_id, source, version, created_at,"
        " updated_at, scheduled_at, published_at, withdrawn_at, corrected_at, remark,"
        " approver_name, approver_id)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        msgspec.structs.astuple(new),
    )


def save_letter(tx: Tx, changed: Letter) -> None:
    """Keep everything of a letter that may change."""
    tx.execute(
        "UPDATE newsletters_newsletter SET state = ?, year = ?, number = ?, title = ?, body = ?,"
        " telephone = ?, keys = ?, form = ?, form_id = ?, version = ?, updated_at = ?,"
        " scheduled_at = ?, published_at = ?, withdrawn_at = ?, corrected_at = ?, remark = ?,"
        " approver_name = ?, approver_id = ? WHERE id = ?",
        (
            changed.state,
            changed.year,
            changed.number,
            changed.title,
            changed.body,
            changed.telephone,
            changed.keys,
            changed.form,
            changed.form_id,
            changed.version,
            changed.updated_at,
            changed.scheduled_at,
            changed.published_at,
            changed.withdrawn_at,
            changed.corrected_at,
            changed.remark,
            changed.approver_name,
            changed.approver_id,
            changed.id,
        ),
    )


def substance(tx: Tx, newsletter_id: str) -> str:
    """What is decided on of a letter: it and its files as they are stored. Migration 008 says the same of
    what was decided before it."""
    return str(
        tx.value(
            "SELECT json_array(title, body, keys, form, scheduled_at, telephone, kind, author_name,"
            " department, (SELECT json_group_array(json_array(f.name, f.media_type, f.sha256)) FROM ("
            "  SELECT name, media_type, sha256 FROM files_v_attachment WHERE kind = 'newsletter'"
            "  AND carrier_id = newsletters_newsletter.id ORDER BY position) f))"
            " FROM newsletters_newsletter WHERE id = ?",
            (newsletter_id,),
        )
    )


def set_remark(tx: Tx, newsletter_id: str, remark: str) -> None:
    """Note for the author of a letter what there is to mend."""
    tx.execute("UPDATE newsletters_newsletter SET remark = ? WHERE id = ?", (remark, newsletter_id))


def kept_doubts(tx: Tx, newsletter_id: str) -> set[str]:
    """Keys of what the author keeps as it stands."""
    rows = tx.rows(
        "SELECT doubt FROM newsletters_kept_doubt WHERE newsletter_id = ?", (newsletter_id,)
    )
    return {key for (key,) in rows}


def keep_doubt(tx: Tx, newsletter_id: str, key: str) -> None:
    tx.execute(
        "INSERT INTO newsletters_kept_doubt (newsletter_id, doubt) VALUES (?, ?)"
        " ON CONFLICT DO NOTHING",
        (newsletter_id, key),
    )


def forget_kept_doubt(tx: Tx, newsletter_id: str, key: str) -> None:
    tx.execute(
        "DELETE FROM newsletters_kept_doubt WHERE newsletter_id = ? AND doubt = ?",
        (newsletter_id, key),
    )


def remove_draft(tx: Tx, newsletter_id: str) -> None:
    """Forget a letter that was never published and has no files any more."""
    tx.execute("DELETE FROM newsletters_kept_doubt WHERE newsletter_id = ?", (newsletter_id,))
    tx.execute("DELETE FROM newsletters_newsletter WHERE id = ? AND version = 0", (newsletter_id,))


def next_number(tx: Tx, year: int) -> int:
    """The next number of the school year; numbers are never given twice."""
    return int(
        tx.value(
            "SELECT coalesce(max(number), 0) + 1 FROM newsletters_newsletter WHERE year = ?",
            (year,),
        )
    )


def put_out(tx: Tx, out: Letter) -> None:
    """Let a letter that was just published stand in the lists of those whom it addresses."""
    tx.execute("DELETE FROM newsletters_audience WHERE newsletter_id = ?", (out.id,))
    tx.many(
        "INSERT INTO newsletters_audience (newsletter_id, key, kind, published_at)"
        " VALUES (?, ?, ?, ?)",
        [(out.id, key, out.kind, out.published_at) for key in sorted(out.audience)],
    )
    tx.execute(
        "UPDATE newsletters_newsletter SET for_families = ? WHERE id = ?",
        (any(is_of_families(key) for key in out.audience), out.id),
    )
    titles.keep(tx, out.id, out.title, out.published_at or 0)


def retitle(tx: Tx, before: Letter, title: str) -> None:
    """Let a published letter be found by its title of now."""
    at = before.published_at or 0
    titles.forget(tx, before.id, before.title, at)
    titles.keep(tx, before.id, title, at)


def take_out(tx: Tx, newsletter_id: str) -> None:
    """Let a letter that was taken back stand in no list."""
    tx.execute(
        "UPDATE newsletters_audience SET is_withdrawn = 1 WHERE newsletter_id = ?",
        (newsletter_id,),
    )


def add_version(tx: Tx, newsletter_id: str, version: LetterVersion) -> None:
    tx.execute(
        "INSERT INTO newsletters_version (newsletter_id, version, title, body, reason,"
        " author_name, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (newsletter_id, *msgspec.structs.astuple(version)),
    )


def versions(tx: Tx, newsletter_id: str) -> list[LetterVersion]:
    """All wordings, the newest first."""
    return tx.structs(
        LetterVersion,
        "SELECT version, title, body, reason, author_name, created_at"
        " FROM newsletters_version WHERE newsletter_id = ? ORDER BY version DESC",
        (newsletter_id,),
    )


def shown_version(tx: Tx, newsletter_id: str, version: int) -> LetterVersion | None:
    return tx.struct(
        LetterVersion,
        "SELECT version, title, body, reason, author_name, created_at"
        " FROM newsletters_version WHERE newsletter_id = ? AND version = ?",
        (newsletter_id, version),
    )


def record_opening(tx: Tx, newsletter_id: str, person_id: str, at: int) -> bool:
    """Note that somebody opened the published letter; False when they had before."""
    return bool(
        tx.execute(
            "INSERT INTO newsletters_opening (newsletter_id, person_id, opened_at, published_at)"
            " SELECT id, ?, ?, published_at FROM newsletters_newsletter WHERE id = ?"
            " ON CONFLICT DO NOTHING",
            (person_id, at, newsletter_id),
        )
    )


def has_opened(tx: Tx, newsletter_id: str, person_id: str) -> bool:
    return bool(
        tx.value(
            "SELECT 1 FROM newsletters_opening WHERE newsletter_id = ? AND person_id = ?",
            (newsletter_id, person_id),
        )
    )


def is_on_paper(tx: Tx, form_id: str, student_id: str, leaf: int) -> bool:
    """Whether an answer, by its place in the ledger, came on paper."""
    return bool(
        tx.value(
            "SELECT 1 FROM questions_v_answer WHERE questionnaire_id = ? AND asked_id = ?"
            " AND leaf = ? AND on_paper_by <> ''",
            (form_id, student_id, leaf),
        )
    )


_DESK = (
    "SELECT n.id, n.kind, n.state, n.title, n.number, n.author_id, n.author_name, n.updated_at,"
    " n.scheduled_at, n.published_at, n.keys,"
    " (SELECT count(*) FROM newsletters_opening o WHERE o.newsletter_id = n.id)"
    " FROM newsletters_newsletter n"
)


def desk(tx: Tx, author_id: str, before: int, limit: int) -> list[DeskLine]:
    """A writer's own letters, the last touched first."""
    return tx.structs(
        DeskLine,
        _DESK + " WHERE n.author_id = ? AND n.updated_at < ? ORDER BY n.updated_at DESC LIMIT ?",
        (author_id, before, limit),
    )


def blank(tx: Tx, author_id: str, kind: str) -> str | None:
    """The id of a draft of somebody's in which nothing was written yet."""
    found = tx.value(
        "SELECT n.id FROM newsletters_newsletter n WHERE n.author_id = ? AND n.kind = ?"
        " AND n.state = 'draft' AND n.title = '' AND n.body = '' AND n.form = '' AND n.source = ''"
        " AND NOT EXISTS (SELECT 1 FROM files_v_attachment f"
        "  WHERE f.carrier_id = n.id AND f.kind = 'newsletter') LIMIT 1",
        (author_id, kind),
    )
    return None if found is None else str(found)


_THOSE = _DESK + " WHERE n.id IN (SELECT value FROM json_each(?)) ORDER BY n.scheduled_at, n.id"  # noqa: S608


def those(tx: Tx, ids: Iterable[str]) -> list[DeskLine]:
    """These letters, as a desk lists them."""
    return tx.structs(DeskLine, _THOSE, (encode(sorted(ids)),))


def in_state(tx: Tx, state: str, limit: int) -> list[DeskLine]:
    """Letters of everybody in a state (scheduled, held)."""
    return tx.structs(
        DeskLine, _DESK + " WHERE n.state = ? ORDER BY n.scheduled_at, n.id LIMIT ?", (state, limit)
    )


def due(tx: Tx, now: int) -> list[str]:
    """Ids of letters whose hour has come."""
    return [
        newsletter_id
        for (newsletter_id,) in tx.rows(
            "SELECT id FROM newsletters_newsletter WHERE state = 'scheduled'"
            " AND scheduled_at <= ? ORDER BY scheduled_at, id",
            (now,),
        )
    ]


_CLASS_DAY = (
    _LETTER  # noqa: S608 - constants only
    + " WHERE +n.state = 'published' AND n.id IN ("
    "SELECT b.newsletter_id FROM newsletters_audience b WHERE b.key IN (SELECT value FROM json_each(?))"
    " AND b.published_at >= ? AND b.published_at < ? AND b.kind = ?"
    ") AND " + _MAY_READ + " ORDER BY n.published_at"
)


def class_notices(
    tx: Tx, asker: Asker, class_keys: set[str], since: int, until: int
) -> list[Letter]:
    """A class's notices published within [since, until) that the asker may read."""
    keys, kind = encode(sorted(class_keys)), Sort.CLASS_NOTICE.value
    return tx.structs(Letter, _CLASS_DAY, (keys, since, until, kind, *readable_params(asker)))


def author(tx: Tx, letter: Letter) -> Asker:
    """The author as they are now; of one who has left, the name that stands on the letter."""
    try:
        return load_asker(tx, letter.author_id)
    except NotAtSchool:
        kinds = frozenset({Kind.STAFF})
        return Asker(letter.author_id, letter.author_name, "", kinds, frozenset(), "[]")


def department_of(tx: Tx, person_id: str) -> str:
    found = tx.value("SELECT department FROM people_v_staff WHERE person_id = ?", (person_id,))
    return str(found or "")


_PROPOSAL = (
    "SELECT newsletter_id, title, body, reason, author_id, author_name, created_at, form"
    " FROM newsletters_proposal"
)


def titles_in(tx: Tx, ids: Iterable[str], language: Language) -> dict[str, str]:
    """By id what those of these letters are called that have a part with a title in the language."""
    found = tx.rows(
        "SELECT id, body FROM newsletters_newsletter"
        " WHERE id IN (SELECT value FROM json_each(?)) AND instr(body, ?)",
        (encode(sorted(ids)), language.name),
    )
    parts = {newsletter_id: in_language(body, language) for newsletter_id, body in found}
    return {newsletter_id: part.title for newsletter_id, part in parts.items() if part}


def proposal(tx: Tx, newsletter_id: str) -> Proposal | None:
    """The correction of a letter that waits for an approver or came back to its author."""
    return tx.struct(
        Proposal,
        _PROPOSAL + " WHERE newsletter_id = ?",
        (newsletter_id,),
    )


_PROPOSALS = (
    _PROPOSAL + " WHERE newsletter_id IN (SELECT value FROM json_each(?)) ORDER BY created_at"  # noqa: S608
)


def proposals(tx: Tx, ids: Iterable[str]) -> list[Proposal]:
    """The corrections of these letters, the oldest first."""
    return tx.structs(Proposal, _PROPOSALS, (encode(sorted(ids)),))


def set_proposal(tx: Tx, new: Proposal) -> None:
    remove_proposal(tx, new.newsletter_id)
    tx.execute(
        "INSERT INTO newsletters_proposal (newsletter_id, title, body, reason, author_id,"
        " author_name, created_at, form) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        msgspec.structs.astuple(new),
    )


def remove_proposal(tx: Tx, newsletter_id: str) -> None:
    tx.execute("DELETE FROM newsletters_proposal WHERE newsletter_id = ?", (newsletter_id,))
