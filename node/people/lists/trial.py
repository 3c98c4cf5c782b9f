"""Lists on trial: the same lines are read into a copy of the school's people in memory.

What would change and what is wrong is known before anything is written, by the rule that writes it,
and nobody waits meanwhile: the copy is made and read in a thread of its own, over a connection of
its own, and thrown away.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from kit.db import Driver, SQLite, StorageFailed, Tx, encode, outside_units
from kit.i18n import _
from kit.schema import create, statements
from node.people.lists.columns import Fault, Headings, Kind, Row, as_in_files
from node.people.lists.imported import Portion
from node.people.lists.placing import in_turn
from node.people.lists.reading import CALLED, ListReading, Tally, alike, row_key
from node.people.lists.sheets import Sheet
from node.people.model import Asker
from node.people.office.roles import Roles
from node.people.roster import class_store, store
from node.people.roster.verbs import Roster

Students = Callable[[ListReading, Sequence[Row]], list[str]]
"""How students of a list come to their places."""

PORTION = 10  # lines in one unit: each costs about a quarter of a millisecond of the one writer

# What lines are read into, each after those that it refers to. Of places those that ended bear on no
# line, and of ties those of students who have left.
_COPY = """
INSERT INTO people_person
(id, import_key, name, phone, email, language, has_phone, created_at, closed_at)
SELECT id, import_key, name, phone, email, language, has_phone, created_at, closed_at
FROM school.people_person;
INSERT INTO people_year (year, is_current) SELECT year, is_current FROM school.people_year;
INSERT INTO people_staff (person_id, position, department, duty, since_on, until_on, extension)
SELECT person_id, position, department, duty, since_on, until_on, extension
FROM school.people_staff;
INSERT INTO people_role (person_id, role) SELECT person_id, role FROM school.people_role;
INSERT INTO people_class (id, year, grade, number, homeroom_id)
SELECT id, year, grade, number, homeroom_id FROM school.people_class;
INSERT INTO people_enrolment (student_id, class_id, number, from_on, until_on)
SELECT student_id, class_id, number, from_on, until_on FROM school.people_enrolment
WHERE until_on IS NULL;
INSERT INTO people_guardianship
(guardian_id, student_id, relation, may_read, may_sign, until_on)
SELECT guardian_id, student_id, relation, may_read, may_sign, until_on
FROM school.people_guardianship WHERE until_on IS NULL OR student_id IN
(SELECT student_id FROM school.people_enrolment WHERE until_on IS NULL);
INSERT INTO people_waiting_change
(id, person_id, part, value, brought_by, brought_by_name, brought_at)
SELECT id, person_id, part, value, brought_by, brought_by_name, brought_at
FROM school.people_waiting_change;
"""


class ListTrial(msgspec.Struct, frozen=True):
    """What came of lists on trial. `portions`: the `lines` without a fault as they are to be taken
    over, each a Portion as JSON. `headings`: what the files call their columns."""

    tallies: list[Tally]
    faults: list[Fault]
    waiting: int
    lines: int
    portions: list[str]
    headings: Headings = {}


@outside_units
def attempt(
    driver: Driver,
    sheets: Sequence[Sheet],
    roster: Roster,
    roles: Roles,
    year: int,
    actor: Asker | None,
) -> ListTrial:
    """Read the lists into a copy; where lines are at fault, read the rest into another, so that what
    is left fits without them. Raises StorageFailed when the school's people cannot be read."""

    def read(sheets: Sequence[Sheet], students: Students) -> ListTrial:
        with _copy(driver) as tx:
            if class_store.current_year(tx) != year:
                roster.open_year(tx, year)
            keys = {alike(key): key for key in store.import_keys(tx)}
            return _read(ListReading(tx, roster, roles, year, actor, keys), sheets, students)

    headings = {sheet.kind: sheet.headings for sheet in sheets}
    whole = read(sheets, ListReading.students_on_trial)
    if not whole.faults:
        return msgspec.structs.replace(whole, headings=headings)
    rest = read([_without(sheet, whole.faults) for sheet in sheets], ListReading.students)
    faults = as_in_files(whole.faults + rest.faults, headings)
    return msgspec.structs.replace(rest, faults=faults, headings=headings)


def _without(sheet: Sheet, faults: Sequence[Fault]) -> Sheet:
    faulty = _lines(sheet.kind, faults)
    return Sheet(sheet.kind, [row for row in sheet.rows if row.line not in faulty], [])


def _lines(kind: Kind, faults: Sequence[Fault]) -> set[int]:
    return {one.line for one in faults if one.list is kind}


def _read(reading: ListReading, sheets: Sequence[Sheet], students: Students) -> ListTrial:
    tallies, portions = [], []
    by_kind = {sheet.kind: sheet for sheet in sheets}
    for kind in (Kind.STAFF, Kind.CLASSES, Kind.STUDENTS, Kind.GUARDIANS):
        if kind in by_kind:
            tally, groups = _sheet(reading, by_kind[kind], students)
            tallies.append(tally)
            faulty = _lines(kind, reading.faults)
            fit = ([row for row in group if row.line not in faulty] for group in groups)
            portions += list(_portions(kind, filter(None, fit)))
    lines = sum(len(portion.rows) for portion in portions)
    stored = [encode(portion) for portion in portions]
    return ListTrial(tallies, reading.faults, len(reading.waiting), lines, stored)


@contextlib.contextmanager
def _copy(driver: Driver) -> Iterator[Tx]:
    assert isinstance(driver, SQLite)  # a school's database is one file
    connection = SQLite(Path(":memory:")).connect(writer=True)
    try:
        tx = Tx(connection)
        create(tx, ("kit", "kit.signin", "node.people"))
        try:
            tx.execute("ATTACH ? AS school", (str(driver.path),))
            tx.execute("BEGIN")
            for statement in statements(_COPY):
                tx.execute(statement)
            tx.execute("COMMIT")
            tx.execute("DETACH school")
            tx.execute("BEGIN")
        except sqlite3.Error as error:
            raise StorageFailed() from error
        yield tx
    finally:
        connection.close()


def _sheet(reading: ListReading, sheet: Sheet, students: Students) -> tuple[Tally, list[list[Row]]]:
    """What would come of a list, and its lines in the groups in which they are to be taken over."""
    tally = Tally(sheet.kind)
    reading.faults += sheet.faults
    rows = list(_once(reading, sheet))
    if sheet.kind is Kind.STUDENTS:
        groups = _groups(reading, rows)
        for outcome in students(reading, rows):
            tally.count(outcome)
        return tally, groups
    for row in rows:
        tally.count(reading.line(sheet.kind, row))
    return tally, [[_called(reading, row)] for row in rows]


def _once(reading: ListReading, sheet: Sheet) -> Iterator[Row]:
    """The lines, but for those that name somebody a second time."""
    seen: dict[str, tuple[int, str]] = {}
    for row in sheet.rows:
        key = row_key(sheet.kind, row)
        line, before = seen.setdefault(alike(key), (row.line, key))
        if line == row.line:
            yield row
            continue
        same = _("%(line)s번째 줄과 같습니다. 한 줄만 남겨 주세요.")
        nearly = _("번호가 %(line)s번째 줄과 대소문자나 앞자리 0만 다릅니다. 하나로 맞춰 주세요.")
        reason = same if key == before else nearly
        reading.faults.append(Fault(sheet.kind, row.line, "", reason, {"line": line}))


def _groups(reading: ListReading, rows: list[Row]) -> list[list[Row]]:
    """Lines of students in turn; those that change places in a ring stay together."""
    by_line = {row.line: row for row in rows}
    groups = in_turn(reading.moves(rows))
    return [[by_line[move.line] for move in group] for group in groups]


def _called(reading: ListReading, row: Row) -> Row:
    """A guardian's line with what the first line of the same guardian calls them."""
    first = reading.said.get(reading.named.get(row.line, ""))
    if first is None or first[1].name == row.values["name"]:
        return row
    return Row(row.line, row.values | {CALLED: first[1].name})


def _portions(kind: Kind, groups: Iterable[list[Row]]) -> Iterator[Portion]:
    """Portions of about PORTION lines, each with whole groups."""
    rows: list[Row] = []
    for group in groups:
        if rows and len(rows) + len(group) > PORTION:
            yield Portion(kind, rows)
            rows = []
        rows += group
    if rows:
        yield Portion(kind, rows)
