"""Papers with their decisions, surveys, sign-ups, attendance, meals, lessons and the calendar of the years
before: the demo's own again and again, each time some weeks earlier and all of it over.

Written as rows, not by verbs: thirty times the demo's papers, handed in and decided one by one, would
take an hour. What is repeated points at the same entries of the log.
"""

import msgspec

from kit.db import Tx, encode

YEAR = 364
"""Days, whole weeks: what was on a Monday is on one again."""


class Repeated(msgspec.Struct, frozen=True, kw_only=True):
    """A table whose rows are written again: with other `ids`, earlier `moments` (ms), `days` and `months`;
    `put`: what else a column holds then, in SQL with `turn`. `of`: which rows. `yearly`: once a year."""

    table: str
    ids: tuple[str, ...] = ()
    moments: tuple[str, ...] = ()
    days: tuple[str, ...] = ()
    months: tuple[str, ...] = ()
    put: tuple[tuple[str, str], ...] = ()
    of: str = "1"
    yearly: bool = False


_PAPERS = "number > 0"
_OF_PAPERS = f"IN (SELECT id FROM submissions_paper WHERE {_PAPERS})"  # noqa: S608
_SURVEYS = "published_at IS NOT NULL"
_OF_SURVEYS = f"IN (SELECT id FROM surveys_survey WHERE {_SURVEYS})"  # noqa: S608
_SIGNUPS = "published_at IS NOT NULL AND (way <> 'draw' OR settled_at IS NOT NULL)"
_OF_SIGNUPS = f"signup_id IN (SELECT id FROM signups_signup WHERE {_SIGNUPS})"  # noqa: S608
_SCHOOL_YEAR = "CAST(substr(date({0}, '-2 months', -days || ' days'), 1, 4) AS INTEGER)"

TABLES = (
    Repeated(table="approval_decision", ids=("id",), moments=("at",), of=f"id {_OF_PAPERS}"),
    Repeated(
        table="questions_answer",
        ids=("questionnaire_id",),
        moments=("given_at",),
        of=f"questionnaire_id {_OF_PAPERS} OR questionnaire_id {_OF_SURVEYS}",
    ),
    Repeated(table="submissions_document", ids=("paper_id",), of=f"paper_id {_OF_PAPERS}"),
    Repeated(
        table="submissions_trail", ids=("paper_id",), moments=("at",), of=f"paper_id {_OF_PAPERS}"
    ),
    Repeated(
        table="submissions_opinion",
        ids=("paper_id",),
        moments=("at",),
        of=f"agrees IS NOT NULL AND paper_id {_OF_PAPERS}",
    ),
    Repeated(
        table="submissions_paper",
        ids=("id", "parent_id"),
        moments=("created_at", "updated_at", "sent_at", "decided_at"),
        days=("first_on", "last_on"),
        put=(
            ("evidence_until", "NULL"),
            ("report_until", "NULL"),  # nothing is asked for any more
            ("state", "CASE state WHEN 'reported' THEN state ELSE 'approved' END"),
            ("number", "number + 10000 * turn"),
            ("year", _SCHOOL_YEAR.format("sent_at / 1000, 'unixepoch'")),
        ),
        of=_PAPERS,
    ),
    Repeated(table="surveys_audience", ids=("survey_id",), of=f"survey_id {_OF_SURVEYS}"),
    Repeated(
        table="surveys_part",
        ids=("survey_id",),
        of=f"survey_id {_OF_SURVEYS[:-1]} AND is_named)",  # of anonymous ones nothing is left
    ),
    Repeated(table="surveys_sum", ids=("survey_id",), of=f"survey_id {_OF_SURVEYS}"),
    Repeated(table="surveys_words", ids=("survey_id",), of=f"survey_id {_OF_SURVEYS}"),
    Repeated(
        table="surveys_survey",
        ids=("id",),
        moments=("closes_at", "made_at", "published_at", "reminded_at"),
        put=tuple(
            (name, "closes_at - days * 86400000")
            for name in ("closed_at", "opened_at", "settled_at")
        ),
        of=_SURVEYS,
    ),
    Repeated(table="signups_audience", ids=("signup_id",), of=_OF_SIGNUPS),
    Repeated(table="signups_child", ids=("entry_id", "signup_id", "course_id"), of=_OF_SIGNUPS),
    Repeated(
        table="signups_entry",
        ids=("id", "signup_id", "course_id"),
        moments=("at", "changed_at"),
        of=_OF_SIGNUPS,
    ),
    Repeated(table="signups_course", ids=("id", "signup_id"), of=_OF_SIGNUPS),
    Repeated(table="signups_draw", ids=("signup_id",), of=_OF_SIGNUPS),
    Repeated(
        table="signups_signup",
        ids=("id",),
        moments=(
            *("opens_at", "closes_at", "made_at", "published_at"),
            *("sealed_at", "settled_at", "announced_at"),
        ),
        of=_SIGNUPS,
    ),
    Repeated(table="attendance_day", moments=("marked_at",), days=("day",)),
    Repeated(table="attendance_mark", days=("day",)),
    Repeated(table="attendance_change", moments=("at",), days=("day",)),
    Repeated(table="attendance_closing", moments=("at",), months=("month",)),
    Repeated(table="meals_meal", days=("day",)),
    Repeated(table="timetable_day", days=("day",)),
    Repeated(
        table="calendar_audience",
        ids=("entry_id",),
        of="entry_id IN (SELECT id FROM calendar_entry)",
        yearly=True,
    ),
    Repeated(
        table="calendar_entry",
        ids=("id",),
        days=("first_on", "last_on"),
        put=(("year", _SCHOOL_YEAR.format("first_on")),),
        yearly=True,
    ),
)
"""Parts stand before what they are parts of: what is repeated is told by the rows that were there."""


_TURNS = "(SELECT key + 1 AS turn, value AS days FROM json_each(?))"
_ID = "printf('%03x', turn) || substr({0}, 4)"
_DECIDED = f"""
INSERT INTO approval_decision
    (kind, id, number, title, step, verdict, word, by_id, by_name, capacity, for_id, for_name, at)
SELECT u.kind, {_ID.format("u.id")}, 99, u.title, '', 'approve', '', u.holder_id, p.name, '', '', '',
    u.started_at - days * 86400000
FROM approval_underway u JOIN people_v_person p ON p.id = u.holder_id CROSS JOIN {_TURNS}
WHERE u.id {_OF_PAPERS}
"""  # noqa: S608
"""What waits today was decided then, by who holds it."""


def repeat(tx: Tx, times: int, years: int) -> None:
    """Let there be so many times as much, spread over the years. A build without a table passes it over."""
    there = {name for (name,) in tx.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    often = [round(turn * years * YEAR / times / 7) * 7 for turn in range(1, times)]
    yearly = [turn * YEAR for turn in range(1, years)]
    tx.execute("PRAGMA defer_foreign_keys = ON")  # parts are written before what they are parts of
    if "approval_underway" in there:
        tx.execute(_DECIDED, (encode(often),))
    for one in TABLES:
        if one.table in there:
            tx.execute(_statement(tx, one), (encode(yearly if one.yearly else often),))


def _statement(tx: Tx, one: Repeated) -> str:
    columns = [name for (name,) in tx.rows("SELECT name FROM pragma_table_info(?)", (one.table,))]
    put = dict(one.put)
    put |= {name: _ID.format(name) for name in one.ids}
    put |= {name: f"{name} - days * 86400000" for name in one.moments}
    put |= {name: f"coalesce(date({name}, -days || ' days'), '')" for name in one.days}
    put |= {name: f"substr(date({name} || '-15', -days || ' days'), 1, 7)" for name in one.months}
    # What a build has not yet, or no more, is not written.
    values = ", ".join(put.get(name, name) for name in columns)
    return (
        f"INSERT OR IGNORE INTO {one.table} ({', '.join(columns)}) SELECT {values}"  # noqa: S608
        f" FROM {one.table} CROSS JOIN {_TURNS} WHERE {one.of}"
    )
