"""The schema's version follows from the migrations, which say who can still use what they leave."""

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

from kit.clock import ManualClock
from kit.db import Database
from kit.schema import NewerData, Schema, get_meta, migrate, schema_of
from tests.conftest import Databases

Slice = Callable[..., str]


@pytest.fixture
def slice_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Slice:
    """Makes a package whose migrations begin with these lines; its name."""
    monkeypatch.syspath_prepend(tmp_path)

    def make(*headers: str, name: str = "trial") -> str:
        package = f"{name}_{tmp_path.name}"
        folder = tmp_path / package / "migrations"
        folder.mkdir(parents=True, exist_ok=True)
        (folder.parent / "__init__.py").touch()
        for script in folder.iterdir():
            script.unlink()
        for number, header in enumerate(headers, start=1):
            text = f"{header}\nCREATE TABLE {name}_{number} (n BIGINT);\n"
            (folder / f"{number:03}_step.sql").write_text(text, encoding="utf-8")
        return package

    return make


def test_the_version_is_how_many_migrations_there_are(slice_of: Slice) -> None:
    one = slice_of("-- compat: 1", "-- compat: 1", "-- compat: 2", name="one")
    other = slice_of("-- compat: 1", name="other")
    assert schema_of([one]) == Schema(version=3, compat=2)
    assert schema_of([one, other]) == Schema(version=4, compat=2)


@pytest.mark.parametrize("header", ["", "-- what it is for", "--compat: 1", "\n-- compat: 1"])
def test_a_migration_that_does_not_say_who_can_use_what_it_leaves_is_refused_by_name(
    slice_of: Slice, header: str
) -> None:
    package = slice_of("-- compat: 1", header)
    with pytest.raises(ValueError, match=r"002_step\.sql does not begin with a line"):
        schema_of([package])


def test_of_two_numbers_each_server_takes_its_own(slice_of: Slice) -> None:
    shared = slice_of("-- compat: node 70, hub 30")
    of_hub, of_node = schema_of([shared, "hub.messenger"]), schema_of([shared, "node.privacy"])
    assert (of_hub.compat, of_node.compat) == (30, 70)


async def stored(db: Database) -> tuple[str | None, str | None]:
    return await db.read(lambda tx: (get_meta(tx, "schema.version"), get_meta(tx, "schema.compat")))


async def test_an_older_program_opens_what_a_newer_left_while_that_allows_it(
    databases: Databases, clock: ManualClock, slice_of: Slice
) -> None:
    for db in await databases.both():
        package = slice_of("-- compat: 1", "-- compat: 1", "-- compat: 2")
        assert await migrate(db, [package], clock) == 3
        older = slice_of("-- compat: 1", "-- compat: 1")
        assert await migrate(db, [older], clock) == 0
        assert await stored(db) == ("3", "2")  # as the newer one wrote it


async def test_an_older_program_that_cannot_follow_says_what_to_install(
    databases: Databases, clock: ManualClock, slice_of: Slice
) -> None:
    for db in await databases.both():
        package = slice_of("-- compat: 1", "-- compat: 1", "-- compat: 3")
        await migrate(db, [package], clock)
        older = slice_of("-- compat: 1", "-- compat: 1")
        with pytest.raises(NewerData) as raised:
            await migrate(db, [older], clock)
        said = raised.value.text % raised.value.params
        assert said == "더 새로운 버전(3)으로 만든 자료입니다. 버전 3 이상을 설치해 주세요."
        assert await stored(db) == ("3", "3")


async def test_data_whose_version_was_counted_otherwise_goes_on_by_the_count(
    databases: Databases, clock: ManualClock, slice_of: Slice
) -> None:
    """Earlier releases had a number of their own, below how many migrations there were."""
    (db, _other) = await databases.both()
    package = slice_of("-- compat: 1", "-- compat: 1", "-- compat: 1", "-- compat: 2")
    await migrate(db, [package], clock)
    await db.write(
        lambda tx: tx.execute("UPDATE kit_meta SET value = '2' WHERE name LIKE 'schema%'")
    )
    await migrate(db, [package], clock)
    assert await stored(db) == ("4", "2")


async def test_a_table_that_moves_to_a_lower_floor_is_taken_over_when_it_is_there(
    databases: Databases, clock: ManualClock, slice_of: Slice
) -> None:
    """On a new server and on one that has it since earlier releases, wherever those stopped."""
    for made_before in (0, 1, 2):
        above = slice_of("-- compat: 1", "-- compat: 1", "-- compat: 1", name="above")
        db = await databases.sqlite()
        if made_before:
            earlier = slice_of(*["-- compat: 1"] * made_before, name="above")
            await migrate(db, [earlier], clock)
            slice_of("-- compat: 1", "-- compat: 1", "-- compat: 1", name="above")
        below = slice_of(f"-- compat: 5\n-- after: {above} 2", name="below")
        script = next(Path(str(files(below))).glob("migrations/*.sql"))
        script.write_text(script.read_text() + "ALTER TABLE above_2 RENAME TO below_above;\n")
        assert await migrate(db, [below, above], clock) == 4 - made_before
        order = await db.read(
            lambda tx: tx.rows("SELECT slice, number FROM kit_migration ORDER BY rowid")
        )
        assert order == [(above, 1), (above, 2), (below, 1), (above, 3)]
        assert await db.read(lambda tx: tx.rows("SELECT n FROM below_above")) == []


def test_a_migration_after_one_that_nobody_makes_is_refused(slice_of: Slice) -> None:
    with pytest.raises(ValueError, match=r"no package node\.meals"):
        schema_of([slice_of("-- compat: 1\n-- after: node.meals 1")])
