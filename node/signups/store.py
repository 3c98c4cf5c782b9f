"""The SQL of sign-ups and their courses: one statement a question."""

from collections.abc import Iterable, Sequence

from kit.db import Row, Tx, Value, encode
from node.people.access import READABLE, readable_params
from node.people.model import Asker
from node.signups.model import Course, CourseText, How, Signup, SignupText

_SIGNUP = (
    "SELECT s.id, s.title, s.text, s.way, s.opens_at, s.closes_at, s.siblings, s.most, s.promotes,"
    " s.author_id, s.published_at, s.sealed_at, s.settled_at, s.withdrawn_at FROM signups_signup s"
)
_COURSE = "SELECT id, signup_id, name, note, places, taken, waiting FROM signups_course"
_READS = (
    "EXISTS (SELECT 1 FROM signups_audience a WHERE a.signup_id = s.id AND " + READABLE + ")"  # noqa: S608 - constants only
)


def _signup(row: Row) -> Signup:
    id, title, text, way, opens_at, closes_at, siblings, most, promotes, *rest = row
    return Signup(
        id, title, text, How(way), opens_at, closes_at, bool(siblings), most, bool(promotes), *rest
    )


# Sign-ups -----------------------------------------------------------------------------------------


def signup(tx: Tx, signup_id: str) -> Signup | None:
    row = tx.row(_SIGNUP + " WHERE s.id = ?", (signup_id,))
    return None if row is None else _signup(row)


def is_readable(tx: Tx, asker: Asker, signup_id: str) -> bool:
    """Whether the asker is of those for whom it is."""
    sql = "SELECT 1 FROM signups_signup s WHERE s.id = ? AND " + _READS  # noqa: S608
    return tx.value(sql, (signup_id, *readable_params(asker))) is not None


def published(tx: Tx, asker: Asker, before: int, limit: int) -> list[Signup]:
    """Those that were published before a moment and that the asker may read, the newest first."""
    rows = tx.rows(
        _SIGNUP + " WHERE s.published_at IS NOT NULL"
        " AND s.published_at < ? AND " + _READS + " ORDER BY s.published_at DESC, s.id LIMIT ?",
        (before, *readable_params(asker), limit),
    )
    return [_signup(row) for row in rows]


def still_open(tx: Tx, asker: Asker, now: int, limit: int) -> list[Signup]:
    """Those that the asker may read and that still take entries, or will, the soonest to close first."""
    rows = tx.rows(
        _SIGNUP + " WHERE s.published_at IS NOT NULL"
        " AND s.withdrawn_at IS NULL AND s.closes_at > ? AND "
        + _READS
        + " ORDER BY s.closes_at LIMIT ?",
        (now, *readable_params(asker), limit),
    )
    return [_signup(row) for row in rows]


def due(tx: Tx, asker: Asker, since: int, limit: int, *, whole_school: bool) -> list[Signup]:
    """Those that close after a moment: of which a child of the asker is asked, and what the asker made;
    `whole_school`: all. The soonest first."""
    rows = tx.rows(
        _SIGNUP  # noqa: S608 - constants only
        + " WHERE s.published_at IS NOT NULL AND s.withdrawn_at IS NULL AND s.closes_at > ?"
        " AND (? OR s.author_id = ? OR EXISTS (SELECT 1 FROM signups_audience a"
        "  WHERE a.signup_id = s.id AND a.key IN (SELECT value FROM json_each(?))))"
        " ORDER BY s.closes_at LIMIT ?",
        (since, whole_school, asker.id, asker.keys, limit),
    )
    return [_signup(row) for row in rows]


def own_open(tx: Tx, author_id: str, now: int, limit: int) -> list[Signup]:
    """Those of an author that take entries, or will."""
    rows = tx.rows(
        _SIGNUP + " WHERE s.author_id = ? AND s.closes_at > ?"
        " AND s.published_at IS NOT NULL AND s.withdrawn_at IS NULL ORDER BY s.closes_at LIMIT ?",
        (author_id, now, limit),
    )
    return [_signup(row) for row in rows]


def drafts(tx: Tx, limit: int, author_id: str | None = None) -> list[Signup]:
    """Those that are not published, the newest first: one author's, or everybody's."""
    rows = tx.rows(
        _SIGNUP + " WHERE s.published_at IS NULL AND (? IS NULL OR s.author_id = ?)"
        " ORDER BY s.made_at DESC LIMIT ?",
        (author_id, author_id, limit),
    )
    return [_signup(row) for row in rows]


def to_draw(tx: Tx, now: int, limit: int) -> list[str]:
    """Ids of those that are closed and whose draw is not settled yet."""
    sql = (
        "SELECT id FROM signups_signup WHERE published_at IS NOT NULL AND withdrawn_at IS NULL"
        " AND settled_at IS NULL AND way = 'draw' AND closes_at <= ? ORDER BY closes_at LIMIT ?"
    )
    return [signup_id for (signup_id,) in tx.rows(sql, (now, limit))]


def to_announce(tx: Tx, now: int, limit: int) -> list[Signup]:
    """Those that are open since some moment, or were, and of which no family was told."""
    rows = tx.rows(
        _SIGNUP + " WHERE s.published_at IS NOT NULL AND s.announced_at IS NULL"
        " AND s.opens_at <= ? ORDER BY s.opens_at LIMIT ?",
        (now, limit),
    )
    return [_signup(row) for row in rows]


def announced(tx: Tx, signup_id: str, now: int) -> None:
    tx.execute("UPDATE signups_signup SET announced_at = ? WHERE id = ?", (now, signup_id))


def add(tx: Tx, signup_id: str, text: SignupText, author_id: str, now: int) -> None:
    tx.execute(
        "INSERT INTO signups_signup (id, title, text, way, opens_at, closes_at, siblings, most,"
        " promotes, author_id, made_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (signup_id, *_values(text), author_id, now),
    )
    _write_parts(tx, signup_id, text)


def rewrite(tx: Tx, signup_id: str, text: SignupText) -> None:
    """A draft as it is now; nobody has signed up for any of its courses."""
    tx.execute(
        "UPDATE signups_signup SET title = ?, text = ?, way = ?, opens_at = ?, closes_at = ?,"
        " siblings = ?, most = ?, promotes = ? WHERE id = ?",
        (*_values(text), signup_id),
    )
    _drop_parts(tx, signup_id)
    _write_parts(tx, signup_id, text)


def drop(tx: Tx, signup_id: str) -> None:
    """A draft goes."""
    _drop_parts(tx, signup_id)
    tx.execute("DELETE FROM signups_signup WHERE id = ?", (signup_id,))


def _values(text: SignupText) -> tuple[Value, ...]:
    return (
        text.title,
        text.text,
        text.how.value,
        text.opens_at,
        text.closes_at,
        int(text.siblings),
        text.most,
        int(text.promotes),
    )


def _drop_parts(tx: Tx, signup_id: str) -> None:
    tx.execute("DELETE FROM signups_audience WHERE signup_id = ?", (signup_id,))
    tx.execute("DELETE FROM signups_course WHERE signup_id = ?", (signup_id,))


def _write_parts(tx: Tx, signup_id: str, text: SignupText) -> None:
    tx.many(
        "INSERT INTO signups_audience (signup_id, key) VALUES (?, ?)",
        [(signup_id, key) for key in sorted(set(text.keys))],
    )
    tx.many(
        "INSERT INTO signups_course (id, signup_id, position, name, note, places)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [
            (f"{signup_id}-{place}", signup_id, place, one.name, one.note, one.places)
            for place, one in enumerate(text.courses)
        ],
    )


def publish(tx: Tx, signup_id: str, now: int) -> None:
    tx.execute("UPDATE signups_signup SET published_at = ? WHERE id = ?", (now, signup_id))


def withdraw(tx: Tx, signup_id: str, now: int) -> None:
    tx.execute("UPDATE signups_signup SET withdrawn_at = ? WHERE id = ?", (now, signup_id))


def seal(tx: Tx, signup_id: str, now: int) -> None:
    sql = "UPDATE signups_signup SET sealed_at = ? WHERE id = ? AND sealed_at IS NULL"
    tx.execute(sql, (now, signup_id))


def settle(tx: Tx, signup_id: str, now: int) -> None:
    tx.execute("UPDATE signups_signup SET settled_at = ? WHERE id = ?", (now, signup_id))


def move_closing(tx: Tx, signup_id: str, at: int) -> None:
    tx.execute("UPDATE signups_signup SET closes_at = ? WHERE id = ?", (at, signup_id))


def keys(tx: Tx, signup_id: str) -> tuple[str, ...]:
    sql = "SELECT key FROM signups_audience WHERE signup_id = ? ORDER BY key"
    return tuple(key for (key,) in tx.rows(sql, (signup_id,)))


# Courses ------------------------------------------------------------------------------------------


def courses(tx: Tx, signup_id: str) -> list[Course]:
    return tx.structs(Course, _COURSE + " WHERE signup_id = ? ORDER BY position", (signup_id,))


def course(tx: Tx, course_id: str) -> Course | None:
    return tx.struct(Course, _COURSE + " WHERE id = ?", (course_id,))


def sums(tx: Tx, signups: Iterable[str]) -> dict[str, tuple[int, int, int]]:
    """Of each: places, children who have one, children who wait or are in the draw."""
    rows = tx.rows(
        "SELECT j.value, sum(c.places), sum(c.taken), sum(c.waiting) FROM json_each(?) j"
        " CROSS JOIN signups_course c ON c.signup_id = j.value GROUP BY j.value",
        (encode(sorted(signups)),),
    )
    return {id: (places, taken, waiting) for id, places, taken, waiting in rows}


def count(tx: Tx, course_id: str, *, taken: int = 0, waiting: int = 0) -> None:
    """So many children more (or fewer) have a place, or wait."""
    tx.execute(
        "UPDATE signups_course SET taken = taken + ?, waiting = waiting + ? WHERE id = ?",
        (taken, waiting, course_id),
    )


def set_places(tx: Tx, course_id: str, places: int) -> None:
    tx.execute("UPDATE signups_course SET places = ? WHERE id = ?", (places, course_id))


def course_texts(found: Sequence[Course]) -> tuple[CourseText, ...]:
    return tuple(CourseText(one.name, one.note, one.places) for one in found)


# Draws --------------------------------------------------------------------------------------------


def add_seed(tx: Tx, signup_id: str, seed: str, leaf: int) -> None:
    sql = "INSERT INTO signups_draw (signup_id, seed, promised_leaf) VALUES (?, ?, ?)"
    tx.execute(sql, (signup_id, seed, leaf))


def seed(tx: Tx, signup_id: str) -> tuple[str, int] | None:
    """The seed, and where its promise stands in the log. Shown to nobody before the draw."""
    row = tx.row("SELECT seed, promised_leaf FROM signups_draw WHERE signup_id = ?", (signup_id,))
    return None if row is None else (row[0], row[1])


def draw_held(tx: Tx, signup_id: str) -> tuple[str, int] | None:
    """Among which list was drawn, and where that stands in the log; None before."""
    row = tx.row(
        "SELECT list, drawn_leaf FROM signups_draw WHERE signup_id = ? AND drawn_leaf IS NOT NULL",
        (signup_id,),
    )
    return None if row is None else (row[0], row[1])


def keep_draw(tx: Tx, signup_id: str, text: str, leaf: int) -> None:
    tx.execute(
        "UPDATE signups_draw SET list = ?, drawn_leaf = ? WHERE signup_id = ?",
        (text, leaf, signup_id),
    )
