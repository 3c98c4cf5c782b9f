"""No statement of the hub costs what lies stored: none walks a table that grows with the years.

Why a walk is none, or does not matter, each slice says beside its table of routes (tests.hub.tables).
"""

import sqlite3
from collections.abc import Iterator

import pytest

from hub.knowledge.finding import chosen_by
from hub.knowledge.model import Audience, Filter
from kit.clock import ManualClock
from kit.db import SQLite, Tx
from kit.schema import create
from tests.conftest import NOW
from tests.hub.conftest import hub_in
from tests.hub.tables import told
from tests.plans import Known, Statement, Walk, statements, walks

STAYS = told("STAYS")
"""Table → why it stays as long as it is. All others grow: with each notice, delivery, day or document."""

WAITING = told("WAITING")
"""Partial indexes of what waits to be done: they stay short."""

FROM_AN_END = told("FROM_AN_END")
"""Function → why what it reads from an end of an index, or between two values, is what it shows."""

ON_REQUEST = told("ON_REQUEST")
"""Function → why somebody asks for all of it."""

CHOSEN = [
    chosen_by(Filter(show=show, category=category, audience=audience))[0]
    for show in ("", "pending", "withdrawn")
    for category in ("", "a")
    for audience in (None, *Audience)
]
KNOWN: Known = {
    "hub.broadcasts.deliveries.named": (["a", "b"],),
    "hub.broadcasts.deliveries.acks": (["a", "b"],),
    "hub.broadcasts.earlier.notice_ids": (["a", "b"],),
    "hub.broadcasts.numbers.school_ids": (["a", "b"],),
    "hub.knowledge.finding.chosen": CHOSEN,
    "hub.knowledge.finding.found": (["a", "b"],),
    "hub.knowledge.finding.part": (["a", "b"],),
}
"""`module.name` → what a name may be from which a statement is put together."""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    folder = tmp_path_factory.mktemp("plans")
    path = folder / "hub.sqlite3"
    with_schema = SQLite(path).connect(writer=True)
    create(Tx(with_schema), hub_in(folder, "", ManualClock(NOW)).assembly.packages)
    with_schema.close()
    connection = sqlite3.connect(path)
    yield connection
    connection.close()


def all_statements() -> list[Statement]:
    found, unreadable = statements(("hub",), KNOWN)
    assert unreadable == [], "put the statement together of constants, or tell KNOWN what it may be"
    return [one for one in found if "SHOW server_version" not in one.sql]  # of PostgreSQL


def is_of_what_grows(walk: Walk) -> bool:
    return walk.table not in STAYS and walk.index not in WAITING


def test_every_statement_can_be_read_and_planned(hub: sqlite3.Connection) -> None:
    found = all_statements()
    assert len(found) > 200
    for one in found:
        walks(hub, one.sql)


def test_no_statement_walks_a_table_that_grows_with_the_years(hub: sqlite3.Connection) -> None:
    excused = {**FROM_AN_END, **ON_REQUEST}
    faults = {
        f"{one.function} walks {walk.table} {walk.index} {walk.bound}".rstrip()
        for one in all_statements()
        if one.function not in excused
        for walk in walks(hub, one.sql)
        if is_of_what_grows(walk)
    }
    assert not faults, "\n".join(("", *sorted(faults)))


def test_a_notice_is_found_for_a_school_by_numbers_alone(hub: sqlite3.Connection) -> None:
    """What a node hears after its cursor is looked up in the key's order; no index is kept for it."""
    indexes = hub.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'broadcasts_delivery'"
        " AND sql IS NOT NULL"
    ).fetchall()
    assert indexes == []
    plans = {
        str(row[3])
        for one in all_statements()
        if one.function == "hub.broadcasts.deliveries.news"
        for row in hub.execute("EXPLAIN QUERY PLAN " + one.sql, (1,) * one.sql.count("?"))
    }
    assert "SEARCH d USING PRIMARY KEY (notice=? AND school=?)" in plans
