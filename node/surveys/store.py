"""The SQL of surveys: one statement a question."""

from collections.abc import Iterable, Sequence

import msgspec

from kit.db import Row, Tx, encode
from node.people.access import READABLE, readable_params
from node.people.model import Asker
from node.questions.model import Field
from node.surveys.model import Survey, SurveyText
from node.surveys.rights import ASKED

_SURVEY = (
    "SELECT s.id, s.title, s.text, s.fields, s.is_named, s.is_shared, s.author_id, s.closes_at, s.asked,"
    " s.cast_count, s.box, s.is_lost, s.published_at, s.closed_at, s.opened_at, s.settled_at"
    " FROM surveys_survey s"
)
_READS = (
    "EXISTS (SELECT 1 FROM surveys_audience a WHERE a.survey_id = s.id AND " + READABLE + ")"  # noqa: S608 - constants only
)
_IS_ASKED = (
    "EXISTS (SELECT 1 FROM surveys_audience a WHERE a.survey_id = s.id AND " + ASKED + ")"  # noqa: S608 - constants only
)
_TOOK_PART = "EXISTS (SELECT 1 FROM surveys_part p WHERE p.survey_id = s.id AND p.person_id = ?)"


def _survey(row: Row) -> Survey:
    id, title, text, fields, is_named, is_shared, author, closes, asked, cast, box, lost, *times = (
        row
    )
    return Survey(
        id,
        title,
        text,
        fields_of(fields),
        bool(is_named),
        bool(is_shared),
        author,
        closes,
        asked,
        cast,
        box,
        bool(lost),
        *times,
    )


def fields_of(stored: str) -> tuple[Field, ...]:
    return msgspec.json.decode(stored, type=tuple[Field, ...])


# Surveys ------------------------------------------------------------------------------------------


def survey(tx: Tx, survey_id: str) -> Survey | None:
    row = tx.row(_SURVEY + " WHERE s.id = ?", (survey_id,))
    return None if row is None else _survey(row)


def is_readable(tx: Tx, asker: Asker, survey_id: str) -> bool:
    """Whether the asker may read what is asked."""
    sql = "SELECT 1 FROM surveys_survey s WHERE s.id = ? AND " + _READS  # noqa: S608
    return tx.value(sql, (survey_id, *readable_params(asker))) is not None


def is_asked(tx: Tx, asker: Asker, survey_id: str) -> bool:
    """Whether the asker is of those who are asked."""
    sql = "SELECT 1 FROM surveys_survey s WHERE s.id = ? AND " + _IS_ASKED  # noqa: S608
    return tx.value(sql, (survey_id, asker.keys)) is not None


def asked_of(tx: Tx, asker: Asker, surveys: Iterable[str]) -> set[str]:
    """Those of the surveys that ask the asker."""
    rows = tx.rows(
        "SELECT j.value FROM json_each(?) j CROSS JOIN surveys_survey s ON s.id = j.value WHERE "  # noqa: S608
        + _IS_ASKED,
        (encode(sorted(surveys)), asker.keys),
    )
    return {id for (id,) in rows}


def published(tx: Tx, asker: Asker, before: int, limit: int) -> list[Survey]:
    """Those that were published before a moment and that the asker may read, the newest first."""
    rows = tx.rows(
        _SURVEY + " WHERE s.published_at IS NOT NULL"
        " AND s.published_at < ? AND " + _READS + " ORDER BY s.published_at DESC, s.id LIMIT ?",
        (before, *readable_params(asker), limit),
    )
    return [_survey(row) for row in rows]


def to_answer(tx: Tx, asker: Asker, now: int, limit: int) -> list[Survey]:
    """Those that ask the asker and that they have not answered, the soonest to close first."""
    rows = tx.rows(
        _SURVEY
        + " WHERE s.published_at IS NOT NULL AND s.closed_at IS NULL AND s.closes_at > ? AND "
        + _IS_ASKED
        + " AND NOT "
        + _TOOK_PART
        + " ORDER BY s.closes_at LIMIT ?",
        (now, asker.keys, asker.id, limit),
    )
    return [_survey(row) for row in rows]


def shown_lately(tx: Tx, asker: Asker, since: int, limit: int) -> list[Survey]:
    """Those whose sums the asker sees since a moment, for they were asked and enough answered."""
    rows = tx.rows(
        _SURVEY
        + " WHERE s.opened_at IS NOT NULL AND s.opened_at > ? AND s.is_shared = 1 AND "
        + _IS_ASKED
        + " ORDER BY s.opened_at DESC LIMIT ?",
        (since, asker.keys, limit),
    )
    return [_survey(row) for row in rows]


def own(tx: Tx, author_id: str, since: int, limit: int) -> list[Survey]:
    """An author's that are open, or closed since a moment."""
    rows = tx.rows(
        _SURVEY + " WHERE s.author_id = ? AND s.closes_at > ? AND s.published_at IS NOT NULL"
        " ORDER BY s.closes_at LIMIT ?",
        (author_id, since, limit),
    )
    return [_survey(row) for row in rows]


def drafts(tx: Tx, limit: int, author_id: str | None = None) -> list[Survey]:
    """Those that are not published, the newest first: one author's, or everybody's."""
    rows = tx.rows(
        _SURVEY + " WHERE s.published_at IS NULL AND (? IS NULL OR s.author_id = ?)"
        " ORDER BY s.made_at DESC LIMIT ?",
        (author_id, author_id, limit),
    )
    return [_survey(row) for row in rows]


def add(tx: Tx, survey_id: str, text: SurveyText, author_id: str, now: int) -> None:
    tx.execute(
        "INSERT INTO surveys_survey (id, title, text, fields, is_named, is_shared, closes_at, author_id,"
        " made_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (survey_id, *_values(text), author_id, now),
    )
    _write_keys(tx, survey_id, text)


def rewrite(tx: Tx, survey_id: str, text: SurveyText) -> None:
    """A draft as it is now."""
    tx.execute(
        "UPDATE surveys_survey SET title = ?, text = ?, fields = ?, is_named = ?, is_shared = ?,"
        " closes_at = ? WHERE id = ?",
        (*_values(text), survey_id),
    )
    tx.execute("DELETE FROM surveys_audience WHERE survey_id = ?", (survey_id,))
    _write_keys(tx, survey_id, text)


def drop(tx: Tx, survey_id: str) -> None:
    """A draft goes."""
    tx.execute("DELETE FROM surveys_audience WHERE survey_id = ?", (survey_id,))
    tx.execute("DELETE FROM surveys_survey WHERE id = ?", (survey_id,))


def _values(text: SurveyText) -> tuple[str | int, ...]:
    return (
        text.title,
        text.text,
        encode(text.fields),
        int(text.is_named),
        int(text.is_shared),
        text.closes_at,
    )


def _write_keys(tx: Tx, survey_id: str, text: SurveyText) -> None:
    tx.many(
        "INSERT INTO surveys_audience (survey_id, key) VALUES (?, ?)",
        [(survey_id, key) for key in sorted(set(text.keys))],
    )


def keys(tx: Tx, survey_id: str) -> tuple[str, ...]:
    sql = "SELECT key FROM surveys_audience WHERE survey_id = ? ORDER BY key"
    return tuple(key for (key,) in tx.rows(sql, (survey_id,)))


def publish(tx: Tx, survey_id: str, box: str, asked: int, now: int) -> None:
    tx.execute(
        "UPDATE surveys_survey SET published_at = ?, box = ?, asked = ? WHERE id = ?",
        (now, box, asked, survey_id),
    )


def move_closing(tx: Tx, survey_id: str, at: int) -> None:
    tx.execute("UPDATE surveys_survey SET closes_at = ? WHERE id = ?", (at, survey_id))


# What is due --------------------------------------------------------------------------------------


def unsettled(tx: Tx, limit: int) -> list[Survey]:
    """Those that are open or not settled yet, the soonest to close first."""
    rows = tx.rows(
        _SURVEY + " WHERE s.published_at IS NOT NULL AND s.settled_at IS NULL"
        " ORDER BY s.closes_at LIMIT ?",
        (limit,),
    )
    return [_survey(row) for row in rows]


def to_remind(tx: Tx, now: int, until: int, limit: int) -> list[str]:
    """Those that close until a moment, and were out for as long before; nobody was reminded of them yet."""
    rows = tx.rows(
        "SELECT id FROM surveys_survey WHERE published_at IS NOT NULL AND closed_at IS NULL"
        " AND closes_at > ? AND closes_at <= ? AND reminded_at IS NULL"
        " AND published_at <= closes_at - 2 * (? - ?) ORDER BY closes_at LIMIT ?",
        (now, until, until, now, limit),
    )
    return [id for (id,) in rows]


def remind(tx: Tx, survey_id: str, now: int) -> bool:
    """Note that those who have not answered are being reminded; False where that was noted before."""
    sql = "UPDATE surveys_survey SET reminded_at = ? WHERE id = ? AND reminded_at IS NULL"
    return bool(tx.execute(sql, (now, survey_id)))


def close(tx: Tx, survey_id: str, now: int) -> None:
    sql = "UPDATE surveys_survey SET closed_at = ? WHERE id = ? AND closed_at IS NULL"
    tx.execute(sql, (now, survey_id))


def opened(tx: Tx, survey_id: str, now: int, *, is_lost: bool = False) -> None:
    """There are results; or, where they are lost, there will be none."""
    tx.execute(
        "UPDATE surveys_survey SET opened_at = ?, is_lost = ? WHERE id = ?",
        (now, int(is_lost), survey_id),
    )


def settle(tx: Tx, survey_id: str, now: int) -> None:
    tx.execute("UPDATE surveys_survey SET settled_at = ? WHERE id = ?", (now, survey_id))


def renew(tx: Tx, survey_id: str, box: str) -> None:
    """The survey begins again with a fresh box."""
    sql = "UPDATE surveys_survey SET box = ?, cast_count = 0, reminded_at = NULL WHERE id = ?"
    tx.execute(sql, (box, survey_id))


# Who took part ------------------------------------------------------------------------------------


def take_part(tx: Tx, survey_id: str, person_id: str) -> bool:
    """Note once that somebody took part; False where that was noted before."""
    sql = "INSERT OR IGNORE INTO surveys_part (survey_id, person_id) VALUES (?, ?)"
    if not tx.execute(sql, (survey_id, person_id)):
        return False
    tx.execute("UPDATE surveys_survey SET cast_count = cast_count + 1 WHERE id = ?", (survey_id,))
    return True


def took_part(tx: Tx, person_id: str, surveys: Iterable[str]) -> set[str]:
    """Those of the surveys that somebody took part in, as far as it is still noted."""
    rows = tx.rows(
        "SELECT j.value FROM json_each(?) j CROSS JOIN surveys_part p ON p.survey_id = j.value"
        " AND p.person_id = ?",
        (encode(sorted(surveys)), person_id),
    )
    return {id for (id,) in rows}


def part_of(tx: Tx, survey_id: str, people: Sequence[str]) -> set[str]:
    """Those of the people who took part."""
    rows = tx.rows(
        "SELECT p.person_id FROM json_each(?) j CROSS JOIN surveys_part p ON p.survey_id = ?"
        " AND p.person_id = j.value",
        (encode(list(people)), survey_id),
    )
    return {person for (person,) in rows}


def forget_part(tx: Tx, survey_id: str, limit: int) -> int:
    """Some of those who took part are forgotten; how many."""
    return tx.execute(
        "DELETE FROM surveys_part WHERE survey_id = ? AND person_id IN"
        " (SELECT person_id FROM surveys_part WHERE survey_id = ? LIMIT ?)",
        (survey_id, survey_id, limit),
    )


# Ballots ------------------------------------------------------------------------------------------


def cast(tx: Tx, survey_id: str, ballot_id: str, sealed: bytes) -> None:
    sql = "INSERT INTO surveys_sealed (survey_id, id, ballot) VALUES (?, ?, ?)"
    tx.execute(sql, (survey_id, ballot_id, sealed))


def sealed(tx: Tx, survey_id: str, after: str, limit: int) -> list[tuple[str, bytes]]:
    """Some ballots behind an id, in the order of their ids."""
    rows = tx.rows(
        "SELECT id, ballot FROM surveys_sealed WHERE survey_id = ? AND id > ? ORDER BY id LIMIT ?",
        (survey_id, after, limit),
    )
    return [(id, ballot) for id, ballot in rows]


def drop_sealed(tx: Tx, survey_id: str, limit: int) -> int:
    """Some ballots go; how many."""
    return tx.execute(
        "DELETE FROM surveys_sealed WHERE survey_id = ? AND id IN"
        " (SELECT id FROM surveys_sealed WHERE survey_id = ? ORDER BY id LIMIT ?)",
        (survey_id, survey_id, limit),
    )


# What came of it ----------------------------------------------------------------------------------


def add_to_sums(tx: Tx, survey_id: str, of: Iterable[tuple[str, str, int]]) -> None:
    """So many more (or fewer) chose an option of a field."""
    tx.many(
        "INSERT INTO surveys_sum (survey_id, field_id, option, count) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (survey_id, field_id, option) DO UPDATE SET count = count + excluded.count",
        [(survey_id, *one) for one in of],
    )


def sums(tx: Tx, survey_id: str) -> dict[tuple[str, str], int]:
    """How often each option of each field was chosen."""
    rows = tx.rows(
        "SELECT field_id, option, count FROM surveys_sum WHERE survey_id = ?", (survey_id,)
    )
    return {(field_id, option): count for field_id, option, count in rows}


def add_words(tx: Tx, survey_id: str, some: Sequence[tuple[str, str, str]]) -> None:
    """Written answers: field, id, words."""
    tx.many(
        "INSERT INTO surveys_words (survey_id, field_id, id, words) VALUES (?, ?, ?, ?)",
        [(survey_id, *one) for one in some],
    )


def words(tx: Tx, survey_id: str, field_id: str, limit: int) -> list[str]:
    rows = tx.rows(
        "SELECT words FROM surveys_words WHERE survey_id = ? AND field_id = ? ORDER BY id LIMIT ?",
        (survey_id, field_id, limit),
    )
    return [text for (text,) in rows]


def drop_words(tx: Tx, survey_id: str, limit: int) -> int:
    """Some written answers go; how many."""
    return tx.execute(
        "DELETE FROM surveys_words WHERE survey_id = ? AND (field_id, id) IN"
        " (SELECT field_id, id FROM surveys_words WHERE survey_id = ? LIMIT ?)",
        (survey_id, survey_id, limit),
    )
