"""The SQL of papers: one statement a question."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date

import msgspec

from kit.db import Row, Tx, encode
from node.submissions.model import (
    COUNTED,
    ENDED,
    OPEN,
    UNSETTLED,
    CasesWanted,
    Half,
    ListedPupil,
    Milestone,
    Opinion,
    Paper,
    PaperState,
    Passage,
    Span,
)

_PUPILS = "SELECT student_id, name, grade, class_number, number FROM people_v_student"
_PUPILS_OF = _PUPILS + " WHERE class_id IN (SELECT value FROM json_each(?))"  # noqa: S608
_COLUMNS = ", ".join(Paper.__struct_fields__)
_PAPER = f"SELECT {_COLUMNS} FROM submissions_paper"  # noqa: S608
_MARKS = ", ".join("?" for _field in Paper.__struct_fields__)
_ADD = f"INSERT INTO submissions_paper ({_COLUMNS}) VALUES ({_MARKS})"  # noqa: S608
_KEPT = [name for name in Paper.__struct_fields__ if name not in ("id", "created_at")]
_SETS = ", ".join(f"{name} = ?" for name in _KEPT)
_SAVE = f"UPDATE submissions_paper SET {_SETS} WHERE id = ?"  # noqa: S608
_OF_PAPER = ", ".join(f"p.{name}" for name in Paper.__struct_fields__)


def _listed(states: Iterable[PaperState]) -> str:
    return "(" + ", ".join(f"'{state}'" for state in states) + ")"


_COUNTED = _listed(COUNTED)
_ENDED = _listed(ENDED)
_OPEN = _listed(OPEN)


_COUNTED_OF = (
    "SELECT first_on, last_on, half, halves, year, number FROM submissions_paper"  # noqa: S608
    " WHERE student_id = ? AND type_id = ? AND first_on BETWEEN ? AND ? AND id <> ?"
    f" AND state IN {_COUNTED} ORDER BY first_on"
)
_FROM = f"SELECT {_COLUMNS} FROM submissions_paper INDEXED BY"  # noqa: S608
_LATEST = "ORDER BY sent_at DESC, id DESC LIMIT"
_CASES_OF_CLASS = (
    f"{_FROM} submissions_paper_class WHERE class_id = ?1 AND (sent_at, id) < (?2, ?3)"
    f" AND (?4 = '' OR type_id = ?4) AND (?5 = 0 OR state IN {_OPEN}) {_LATEST} ?6"
)
_CASES_OF_KIND = (
    f"{_FROM} submissions_paper_kind WHERE type_id = ?1 AND (sent_at, id) < (?2, ?3)"
    f" AND (?4 = 0 OR state IN {_OPEN}) {_LATEST} ?5"
)
_CASES_OPEN = (
    f"{_FROM} submissions_paper_open WHERE (sent_at, id) < (?, ?) AND state IN {_OPEN} {_LATEST} ?"
)
_CASES = f"{_FROM} submissions_paper_sent WHERE (sent_at, id) < (?, ?) {_LATEST} ?"
_DIFFERING = (
    f"{_PAPER} WHERE state IN {_listed(UNSETTLED)} ORDER BY sent_at LIMIT ?"  # as its index has it
)
_REPORT = (
    f"{_PAPER} WHERE parent_id = ? AND state NOT IN {_ENDED} AND (number > 0 OR by_id = ?)"
    " ORDER BY number DESC LIMIT 1"
)
_IN_FAMILY = f"{_PAPER} WHERE state = 'family_waits' AND updated_at < ? ORDER BY updated_at LIMIT ?"
_SILENT = (
    f"{_PAPER} WHERE state = 'family_waits' AND updated_at < ? AND reminded = 0"
    " ORDER BY updated_at LIMIT ?"
)
_OWING = (
    f"SELECT {_COLUMNS} FROM submissions_paper INDEXED BY submissions_paper_mine"  # noqa: S608
    f" WHERE by_id = ? AND state IN {_COUNTED} AND evidence_until IS NOT NULL"
)
_FOR_FAMILY = (
    f"SELECT {_OF_PAPER} FROM json_each(?) s CROSS JOIN submissions_paper p"  # noqa: S608
    " INDEXED BY submissions_paper_for_family ON p.student_id = s.value WHERE p.relation = '교직원'"
    " AND (p.state IN ('returned', 'report_waits') OR p.evidence_until IS NOT NULL)"
    " ORDER BY p.updated_at DESC"
)
_OVERDUE = (
    f"SELECT {_COLUMNS} FROM (SELECT {_COLUMNS}, evidence_until AS owed FROM submissions_paper"  # noqa: S608
    f" WHERE evidence_until IS NOT NULL AND evidence_until BETWEEN ?1 AND ?2 AND state IN {_COUNTED}"
    f" UNION SELECT {_COLUMNS}, report_until AS owed FROM submissions_paper"
    " WHERE state = 'report_waits' AND report_until BETWEEN ?1 AND ?2)"
    " WHERE ?3 IS NULL OR class_id IN (SELECT value FROM json_each(?3)) ORDER BY owed LIMIT ?4"
)
_EVIDENCE = (
    f"{_PAPER} WHERE evidence_until IS NOT NULL AND evidence_until < ? AND evidence_reminded < ?"
    f" AND state IN {_COUNTED} ORDER BY evidence_until LIMIT ?"
)
_WANTED = (
    f"SELECT {_OF_PAPER} FROM submissions_opinion o CROSS JOIN submissions_paper p"  # noqa: S608
    " ON p.id = o.paper_id WHERE o.guardian_id = ? AND o.agrees IS NULL"
    " AND p.state IN ('family_waits', 'received', 'in_progress')"
)
_TOUCHING = (
    f"SELECT {_OF_PAPER} FROM json_each(?) s CROSS JOIN json_each(?) t"  # noqa: S608
    " CROSS JOIN submissions_paper p ON p.student_id = s.value AND p.type_id = t.value"
    " AND p.first_on BETWEEN ? AND ?"
    f" WHERE p.last_on >= ? AND p.state IN {_COUNTED} ORDER BY p.first_on"
)


def read(row: Sequence[object]) -> Paper:
    """A row with the columns of a paper."""
    return msgspec.convert(dict(zip(Paper.__struct_fields__, row, strict=True)), Paper)


def _found(row: Row | None) -> Paper | None:
    return None if row is None else read(row)


# Papers -------------------------------------------------------------------------------------------


def paper(tx: Tx, paper_id: str) -> Paper | None:
    return _found(tx.row(_PAPER + " WHERE id = ?", (paper_id,)))


def add(tx: Tx, new: Paper) -> None:
    tx.execute(_ADD, msgspec.structs.astuple(new))


def save(tx: Tx, changed: Paper) -> None:
    """Everything but what a paper begins with."""
    tx.execute(_SAVE, (*(getattr(changed, name) for name in _KEPT), changed.id))


def forget(tx: Tx, paper_id: str) -> None:
    """A draft that was never sent."""
    tx.execute("DELETE FROM submissions_paper WHERE id = ? AND state = 'draft'", (paper_id,))


def draft_of(tx: Tx, by_id: str, type_id: str, student_id: str | None) -> Paper | None:
    """What somebody began and has not sent."""
    sql = _PAPER + " WHERE by_id = ? AND state = 'draft' AND type_id = ? AND student_id IS ?"
    return _found(tx.row(sql, (by_id, type_id, student_id)))


def report_of(tx: Tx, parent_id: str, by_id: str) -> Paper | None:
    """The report on a paper that the school has, else the one that somebody began; none that was refused or
    taken back, for another is wanted then."""
    return _found(tx.row(_REPORT, (parent_id, by_id)))


def is_reported(tx: Tx, parent_id: str) -> bool:
    """Whether the school has a report on a paper."""
    found = report_of(tx, parent_id, "")
    return found is not None and found.number > 0


def next_number(tx: Tx, year: int) -> int:
    sql = "SELECT max(number) FROM submissions_paper WHERE year = ? AND number > 0"
    return 1 + (tx.value(sql, (year,)) or 0)


def counted(tx: Tx, student_id: str, type_id: str, first: date, last: date, but: str) -> list[Span]:
    """What counts against the days of a year, all but one paper itself, by its first day."""
    rows = tx.rows(
        _COUNTED_OF,
        (student_id, type_id, first.isoformat(), last.isoformat(), but),
    )
    return [
        Span(
            date.fromisoformat(begins),
            date.fromisoformat(ends),
            Half(half),
            halves,
            f"{year}-{number}",
        )
        for begins, ends, half, halves, year, number in rows
    ]


def touching(
    tx: Tx, students: Collection[str], types: Sequence[str], earliest: date, first: date, last: date
) -> list[Paper]:
    """What the school has of some students and kinds and that touches the days from `first` to `last`, by its
    first day, which is no earlier than `earliest`."""
    params = (
        encode(sorted(students)),
        encode(list(types)),
        earliest.isoformat(),
        last.isoformat(),
        first.isoformat(),
    )
    return [read(row) for row in tx.rows(_TOUCHING, params)]


def of_person(tx: Tx, person_id: str, limit: int, offset: int) -> list[Paper]:
    """What somebody began, the latest first."""
    sql = _PAPER + " WHERE by_id = ? ORDER BY updated_at DESC LIMIT ? OFFSET ?"
    return [read(row) for row in tx.rows(sql, (person_id, limit, offset))]


def of_child(tx: Tx, student_id: str, but_by: str, limit: int) -> list[Paper]:
    """What others handed in for a child, the latest first."""
    sql = (
        _PAPER + " WHERE student_id = ? AND sent_at IS NOT NULL AND by_id <> ?"
        " ORDER BY sent_at DESC LIMIT ?"
    )
    return [read(row) for row in tx.rows(sql, (student_id, but_by, limit))]


def to_go_on_with(tx: Tx, person_id: str) -> list[Paper]:
    """What somebody began and has to go on with: drafts, what came back, what a report is wanted of."""
    sql = (
        _PAPER + " WHERE by_id = ? AND state IN ('draft', 'returned', 'report_waits')"
        " ORDER BY updated_at DESC"
    )
    found = [read(row) for row in tx.rows(sql, (person_id,))]
    return [one for one in found if not _is_answered(tx, one)]


def for_family(tx: Tx, students: Collection[str]) -> list[Paper]:
    """What the staff put in for the family of one of some students, and the family has to go on with."""
    found = [read(row) for row in tx.rows(_FOR_FAMILY, (encode(sorted(students)),))]
    return [one for one in found if one.evidence_until is not None or not _is_answered(tx, one)]


def _is_answered(tx: Tx, paper: Paper) -> bool:
    """Whether the report that a paper waits for is with the school."""
    return paper.state is PaperState.REPORT_WAITS and is_reported(tx, paper.id)


def owing_evidence(tx: Tx, person_id: str) -> list[Paper]:
    """Papers of somebody for which something is still to be attached."""
    return [read(row) for row in tx.rows(_OWING, (person_id,))]


def of_class(
    tx: Tx, class_id: str, wanted: CasesWanted, before: tuple[int, str], limit: int
) -> list[Paper]:
    """What the school has of a class, the latest first, behind one: when it was sent (ms), its id."""
    which = (class_id, *before, wanted.type_id, wanted.is_open, limit)
    return [read(row) for row in tx.rows(_CASES_OF_CLASS, which)]


def of_school(tx: Tx, wanted: CasesWanted, before: tuple[int, str], limit: int) -> list[Paper]:
    """The same of all the school has. Each list has an index that begins with its latest."""
    if wanted.type_id:
        found = tx.rows(_CASES_OF_KIND, (wanted.type_id, *before, wanted.is_open, limit))
    else:
        found = tx.rows(_CASES_OPEN if wanted.is_open else _CASES, (*before, limit))
    return [read(row) for row in found]


def of_class_between(tx: Tx, class_id: str, begin: int, end: int) -> list[Paper]:
    """What the school got of a class between two moments (ms), the earliest first."""
    sql = _PAPER + " WHERE class_id = ? AND sent_at >= ? AND sent_at < ? ORDER BY sent_at"
    return [read(row) for row in tx.rows(sql, (class_id, begin, end))]


def between(tx: Tx, begin: int, end: int) -> list[Paper]:
    """The same of all the school got."""
    sql = _PAPER + " WHERE sent_at >= ? AND sent_at < ? ORDER BY sent_at"
    return [read(row) for row in tx.rows(sql, (begin, end))]


def differing(tx: Tx, limit: int) -> list[Paper]:
    """Papers of whose guardians one refused."""
    return [read(row) for row in tx.rows(_DIFFERING, (limit,))]


def in_family(tx: Tx, before: int, limit: int) -> list[Paper]:
    """Papers that have waited for another guardian since before a moment (ms), the longest first."""
    return [read(row) for row in tx.rows(_IN_FAMILY, (before, limit))]


def silent(tx: Tx, before: int, limit: int) -> list[tuple[Paper, list[str]]]:
    """The same of which nobody was reminded yet, with the ids of the guardians who said nothing."""
    rows = tx.rows(_SILENT, (before, limit))
    return [
        (one, [said.guardian_id for said in opinions(tx, one.id) if said.agrees is None])
        for one in map(read, rows)
    ]


def overdue(
    tx: Tx, begin: int, now: int, classes: Collection[str] | None, limit: int
) -> list[Paper]:
    """Papers whose evidence or report was due between two moments (ms) and is not there, the earliest first;
    of some classes or, None, of all."""
    of_classes = None if classes is None else encode(sorted(classes))
    found = [read(row) for row in tx.rows(_OVERDUE, (begin, now, of_classes, limit))]
    once = {one.id: one for one in found}.values()
    return [one for one in once if one.evidence_until is not None or not _is_answered(tx, one)]


def unmatched(tx: Tx, limit: int) -> list[Paper]:
    """Papers that the school has and no student is known of."""
    sql = _PAPER + " WHERE state = 'received' AND student_id IS NULL ORDER BY sent_at LIMIT ?"
    return [read(row) for row in tx.rows(sql, (limit,))]


def ended(tx: Tx, today: date, limit: int) -> list[Paper]:
    """Permitted papers whose last day is over and of which a report is wanted."""
    sql = (
        _PAPER + " WHERE state = 'approved' AND report_until IS NOT NULL AND last_on < ?"
        " ORDER BY last_on LIMIT ?"
    )
    return [read(row) for row in tx.rows(sql, (today.isoformat(), limit))]


def to_remind(tx: Tx, stage: int, before: int, limit: int) -> list[Paper]:
    """Papers whose report is due before a moment (ms), of whose writers nobody was reminded at this
    stage."""
    sql = (
        _PAPER + " WHERE state = 'report_waits' AND report_until < ? AND reminded < ?"
        " ORDER BY report_until LIMIT ?"
    )
    return [read(row) for row in tx.rows(sql, (before, stage, limit))]


def evidence_to_remind(tx: Tx, stage: int, before: int, limit: int) -> list[Paper]:
    """The same of what is still to be attached."""
    return [read(row) for row in tx.rows(_EVIDENCE, (before, stage, limit))]


def reminded(tx: Tx, paper_id: str, stage: int) -> None:
    """Of another guardian's word, then of its report."""
    tx.execute("UPDATE submissions_paper SET reminded = ? WHERE id = ?", (stage, paper_id))


def reminded_of_evidence(tx: Tx, paper_id: str, stage: int) -> None:
    tx.execute("UPDATE submissions_paper SET evidence_reminded = ? WHERE id = ?", (stage, paper_id))


def remind_anew(tx: Tx, paper_id: str) -> None:
    """Its report is wanted once more: whoever owes it is reminded as if it had just been asked for."""
    tx.execute(
        "UPDATE submissions_paper SET reminded = 1 WHERE id = ? AND reminded > 1", (paper_id,)
    )


def old_drafts(tx: Tx, before: int, limit: int) -> list[str]:
    sql = "SELECT id FROM submissions_paper WHERE state = 'draft' AND updated_at < ? LIMIT ?"
    return [paper_id for (paper_id,) in tx.rows(sql, (before, limit))]


# The text that was sent ---------------------------------------------------------------------------


def keep_document(tx: Tx, paper_id: str, revision: int, text: str) -> None:
    tx.execute(
        "INSERT INTO submissions_document (paper_id, revision, text) VALUES (?, ?, ?)",
        (paper_id, revision, text),
    )


def document(tx: Tx, paper_id: str, revision: int) -> str:
    """The exact text of a revision; "" where none was sent."""
    sql = "SELECT text FROM submissions_document WHERE paper_id = ? AND revision = ?"
    return str(tx.value(sql, (paper_id, revision)) or "")


# What happened ------------------------------------------------------------------------------------


def note(tx: Tx, paper_id: str, happened: Milestone) -> None:
    tx.execute(
        "INSERT INTO submissions_trail (paper_id, seq, at, what, by_id, by_name, word, leaf)"
        " SELECT ?, coalesce(max(seq), 0) + 1, ?, ?, ?, ?, ?, ? FROM submissions_trail"
        " WHERE paper_id = ?",
        (paper_id, *msgspec.structs.astuple(happened), paper_id),
    )


def brought_evidence_at(tx: Tx, paper_id: str, by_id: str) -> int | None:
    """When somebody last brought evidence for a paper."""
    found = tx.value(
        "SELECT max(at) FROM submissions_trail WHERE paper_id = ? AND by_id = ? AND what = ?",
        (paper_id, by_id, Passage.EVIDENCE),
    )
    return None if found is None else int(found)


def trail(tx: Tx, paper_id: str) -> list[Milestone]:
    """From its first sending on."""
    rows = tx.rows(
        "SELECT at, what, by_id, by_name, word, leaf FROM submissions_trail"
        " WHERE paper_id = ? ORDER BY seq",
        (paper_id,),
    )
    return [Milestone(at, Passage(what), *rest) for at, what, *rest in rows]


# Other guardians ----------------------------------------------------------------------------------


def opinions(tx: Tx, paper_id: str) -> list[Opinion]:
    rows = tx.rows(
        "SELECT guardian_id, name, relation, agrees, word, at FROM submissions_opinion"
        " WHERE paper_id = ? ORDER BY name",
        (paper_id,),
    )
    return [
        Opinion(guardian, name, relation, None if agrees is None else bool(agrees), word, at)
        for guardian, name, relation, agrees, word, at in rows
    ]


def ask_guardians(tx: Tx, paper_id: str, guardians: Iterable[tuple[str, str, str]]) -> None:
    """Ask these anew (id, name, relation), whatever was said to an earlier sending."""
    tx.execute("DELETE FROM submissions_opinion WHERE paper_id = ?", (paper_id,))
    tx.many(
        "INSERT INTO submissions_opinion (paper_id, guardian_id, name, relation, word)"
        " VALUES (?, ?, ?, ?, '')",
        [(paper_id, *one) for one in guardians],
    )


def answer_guardian(
    tx: Tx, paper_id: str, guardian_id: str, word: str, at: int, *, agrees: bool
) -> bool:
    """Keep what a guardian says; False when they were not asked."""
    return bool(
        tx.execute(
            "UPDATE submissions_opinion SET agrees = ?, word = ?, at = ?"
            " WHERE paper_id = ? AND guardian_id = ?",
            (int(agrees), word, at, paper_id, guardian_id),
        )
    )


def ask_no_more(tx: Tx, paper_id: str) -> None:
    """Guardians who said nothing yet are asked no more; what was said stays."""
    tx.execute("DELETE FROM submissions_opinion WHERE paper_id = ? AND agrees IS NULL", (paper_id,))


def wanted_of(tx: Tx, guardian_id: str) -> list[Paper]:
    """Papers to which somebody is asked to agree, and nobody decided yet."""
    return [read(row) for row in tx.rows(_WANTED, (guardian_id,))]


# People -------------------------------------------------------------------------------------------


def pupils(tx: Tx, classes: Collection[str] | None) -> list[ListedPupil]:
    """The students of some classes; of all where none are given."""
    if classes is None:
        return tx.structs(ListedPupil, _PUPILS)
    return tx.structs(ListedPupil, _PUPILS_OF, (encode(sorted(classes)),))


def pupil(tx: Tx, student_id: str) -> tuple[str, str, int] | None:
    """Name, class and grade of a student of this year; None: there is no such."""
    row = tx.row(
        "SELECT name, class_id, grade FROM people_v_student WHERE student_id = ?", (student_id,)
    )
    return None if row is None else (str(row[0]), str(row[1]), int(row[2]))


def other_guardians(tx: Tx, student_id: str, but: str) -> list[tuple[str, str, str]]:
    """Id, name and relation of those who may sign for a child, all but one."""
    rows = tx.rows(
        "SELECT c.guardian_id, p.name, c.relation FROM people_v_child c"
        " JOIN people_v_person p ON p.id = c.guardian_id"
        " WHERE c.student_id = ? AND c.may_sign = 1 AND c.guardian_id <> ? ORDER BY p.name",
        (student_id, but),
    )
    return [(str(one), str(name), str(relation)) for one, name, relation in rows]


def class_names(tx: Tx, ids: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Grade and number of classes of this year by id."""
    rows = tx.rows(
        "SELECT c.id, c.grade, c.number FROM json_each(?) j"
        " CROSS JOIN people_v_class c ON c.id = j.value",
        (encode(sorted(set(ids))),),
    )
    return {str(one): (int(grade), int(number)) for one, grade, number in rows}


def pupils_named(tx: Tx, name: str, limit: int) -> list[tuple[str, str, int, int, int]]:
    """Id, name, grade, class and number of students of this name."""
    rows = tx.rows(
        "SELECT s.student_id, s.name, s.grade, s.class_number, s.number FROM people_v_known k"
        " CROSS JOIN people_v_student s ON s.student_id = k.id WHERE k.name_key = ? LIMIT ?",
        (name, limit),
    )
    return [tuple(row) for row in rows]


def in_hands(tx: Tx, kind: str, paper_id: str, person_id: str) -> bool:
    """Whether a paper waits for somebody's decision, or they did something with it."""
    return bool(
        tx.value(
            "SELECT EXISTS (SELECT 1 FROM approval_v_held WHERE kind = ? AND id = ? AND holder_id = ?)"
            " OR EXISTS (SELECT 1 FROM submissions_trail WHERE paper_id = ? AND by_id = ?)",
            (kind, paper_id, person_id, paper_id, person_id),
        )
    )


def answers(tx: Tx, paper_id: str) -> list[tuple[str, str]]:
    """What was sent last: labels of the questions with the answers."""
    return [(label, answer) for _field, label, answer in answers_by_field(tx, paper_id)]


def answers_by_field(tx: Tx, paper_id: str) -> list[tuple[str, str, str]]:
    """The same with the ids of the questions."""
    found = tx.value(
        "SELECT answers FROM questions_v_answer WHERE questionnaire_id = ?", (paper_id,)
    )
    rows = msgspec.json.decode(found or "[]", type=list[dict[str, object]])
    return [
        (str(one.get("field", "")), str(one.get("label", "")), str(one.get("answer", "")))
        for one in rows
    ]
