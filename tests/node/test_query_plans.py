"""No statement of a school costs what lies stored: none walks a table that grows with the years.

Production gives SQLite no statistics, so a statement is planned as it is here, with no rows at all. Why a
walk is none, or does not matter, each slice says beside its table of routes (tests.node.tables).
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator

import pytest

from kit.db import SQLite, Tx, encode
from kit.schema import create
from kit.web.assembly import ASSEMBLY, Assembly
from node.app import build
from node.newsletters import lists
from node.newsletters.model import Sort
from node.newsletters.titles import COUNTED
from node.people.audience import holders
from node.people.model import Asker, Kind
from node.search.readable import Readable
from node.search.store import SearchReader
from tests.node import tables
from tests.node.conftest import school_config
from tests.plans import Statement, statements, walks

STAYS = tables.told("STAYS")
"""Table → why it stays as long as it is. All others grow: with each letter, answer, file or child."""

WAITING = tables.told("WAITING")
"""Partial indexes of what waits to be done, or is rare: they stay short."""

FROM_AN_END = tables.told("FROM_AN_END")
"""Function → why what it reads from an end of an index, or between two values, is what it shows."""

AT_NIGHT = tables.told("AT_NIGHT")
"""Function → what it goes through at night, beside which nobody waits."""

ON_REQUEST = tables.told("ON_REQUEST")
"""Function → why somebody asks for all of it."""

KEYS = (
    *("guardians", "guardians/grade:1", "guardians/class:1", "guardians/group:1"),
    *("students", "students/grade:1", "students/class:1", "students/group:1"),
    *("staff", "staff/person:1", "staff/department:1", "staff/role:1", "staff/group:1"),
)
HOLDERS = [
    sql
    for key in KEYS
    for sql in (
        holders([key])[0],
        holders([key], classes=["1"])[0],
        holders([key], people=["1"])[0],
    )
]


def letter_places() -> list[str]:
    """Where the letters of a page are found: for families and staff, of a child, a kind, a title."""
    readers = [
        Asker("1", "", "", frozenset({kind}), frozenset(), encode(KEYS))
        for kind in (Kind.GUARDIAN, Kind.STAFF)
    ]
    titles: list[list[tuple[str, int]]] = [
        *([], [("가", 1)], [("가", COUNTED)]),
        *([("가나", 1), ("나다", 2)], [("가나", COUNTED), ("나다", COUNTED)]),
    ]
    found = {
        lists.place(lists.Wanted(reader, kind=kind, child_keys=child), pairs, unread=unread)[0]
        for reader in readers
        for kind in ("", *Sort)
        for child in (None, ["guardians/class:1"])
        for pairs in titles
        for unread in (True, False)
    }
    return sorted(found)


KNOWN = {
    "node.notify.ledger_store.holder": (
        *HOLDERS,
        *(holders([key], people=["p"])[0] for key in KEYS),
        holders(KEYS)[0],
    ),
    "node.newsletters.lists.page": letter_places(),
    "node.people.audience.holder": HOLDERS,
    "node.forms.store.holder": HOLDERS,
    "node.official.store.holder": HOLDERS,
    "node.signups.entry_store.holder": HOLDERS,
    "node.consultations.store.holder": HOLDERS,
    "node.gallery.store.holder": HOLDERS,
}
"""`module.name` → what a name may be from which a statement is put together."""

WITHOUT = frozenset({"kit.schema", "node.people.lists.trial"})
"""Run what stands in the migrations, and copies the people for a look at a list."""


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    return build(school_config(tmp_path_factory.mktemp("school")))[ASSEMBLY]


@pytest.fixture(scope="module")
def school(
    assembly: Assembly, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[sqlite3.Connection]:
    path = tmp_path_factory.mktemp("plans") / "school.sqlite3"
    with_schema = SQLite(path).connect(writer=True)
    create(Tx(with_schema), assembly.packages)
    with_schema.close()
    connection = sqlite3.connect(path)
    yield connection
    connection.close()


def all_statements(assembly: Assembly) -> list[Statement]:
    """`node.search.store` asks of each thing whether it may be read: the slices' own rules."""
    findables = [one for part in assembly.slices for one in getattr(part, "findable", ())]
    reader = SearchReader(Asker("1", "", "", frozenset(), frozenset(), "[]"), Readable(findables))
    known = KNOWN | {"node.search.store.reader": (reader,)}
    found, unreadable = statements(("node", "kit"), known, WITHOUT)
    assert unreadable == [], "put the statement together of constants, or tell KNOWN what it may be"
    return found


def of_what_grows(found: list[Statement], school: sqlite3.Connection) -> dict[str, set[str]]:
    """Function → what it walks of tables that grow."""
    walked: dict[str, set[str]] = defaultdict(set)
    for one in found:
        for walk in walks(school, one.sql):
            if walk.table not in STAYS and walk.index not in WAITING:
                walked[one.function].add(f"{walk.table} {walk.index} {walk.bound}".rstrip())
    return walked


def test_no_statement_walks_a_table_that_grows_with_the_years(
    assembly: Assembly, school: sqlite3.Connection
) -> None:
    found = all_statements(assembly)
    assert len(found) > 500
    excused = FROM_AN_END | AT_NIGHT | ON_REQUEST
    walked = of_what_grows(found, school)
    faults = [
        f"{one} walks {sorted(walked[one])}" for one in sorted(walked.keys() - excused.keys())
    ]
    assert not faults, "\n".join(("", *faults))
    assert sorted(excused.keys() - walked.keys()) == [], "these need no excuse any more"
