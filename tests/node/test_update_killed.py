"""The first start of a new release is killed while it brings over what an earlier one left: the next start
does the rest, and the school is as if nobody had killed anything."""

import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from scripts.make_left_school import ROOT
from tests.node.test_left_schools import unpacked

LETTERS = 250
BY_CHANCE = ("epoch", "signin.marker_key")

COUNTED = "WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < ?)"
ANOTHER = {
    "id": "printf('%020d', n)",
    "newsletter_id": "printf('%020d', n)",
    "number": "number + n",
}
OF_LETTERS = (
    "newsletters_newsletter",
    "newsletters_audience",
    "newsletters_opening",
    "notify_reach",
)


def many_letters(folder: Path) -> None:
    """The letters of that school, with openings and reach, so many times more."""
    with closing(sqlite3.connect(folder / "madang.sqlite3")) as db, db:
        db.execute("DELETE FROM newsletters_newsletter WHERE state <> 'published'")
        for table in OF_LETTERS:
            columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
            others = ", ".join(ANOTHER.get(one, one) for one in columns)
            db.execute(
                f"INSERT INTO {table} {COUNTED} SELECT {others} FROM {table}, counted", [LETTERS]
            )


def update(folder: Path, *killed: str) -> int:
    """Start today's build with that folder; how its process ended."""
    command = [sys.executable, "-m", "tests.node.updating_child", str(folder), *killed]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def stored(folder: Path) -> list[str]:
    """All that is in the database, but for what each update draws by chance."""
    with closing(sqlite3.connect(folder / "madang.sqlite3")) as db:
        return [line for line in db.iterdump() if not any(one in line for one in BY_CHANCE)]


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = unpacked("2026-11-23", tmp_path_factory.mktemp("left"))
    many_letters(folder)
    return folder


@pytest.fixture(scope="module")
def updated(left: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What an update that nobody kills makes of it."""
    folder = tmp_path_factory.mktemp("updated") / "school"
    shutil.copytree(left, folder)
    assert update(folder) == 0
    return stored(folder)


@pytest.mark.parametrize(
    "migration",
    [
        "001_from_notify.sql",
        "010_answers_in_the_room_of_questions.sql",
        "012_attachments_stand_below.sql",
        "013_decided_by_approval.sql",
    ],
)
def test_killed_while_tables_move_to_a_lower_floor_the_folder_is_the_earlier_builds(
    migration: str, left: Path, updated: list[str], tmp_path: Path
) -> None:
    folder = tmp_path / "school"
    shutil.copytree(left, folder)
    assert update(folder, migration, "1") == -signal.SIGKILL
    assert stored(folder) == stored(left)
    assert update(folder) == 0
    assert stored(folder) == updated


@pytest.mark.parametrize("move", ["newsletters.titles", "newsletters.openings", "notify.reach"])
def test_killed_while_rows_are_moved_each_is_moved_once(
    move: str, left: Path, updated: list[str], tmp_path: Path
) -> None:
    folder = tmp_path / "school"
    shutil.copytree(left, folder)
    for _start in range(2):
        assert update(folder, move, "2") == -signal.SIGKILL
    assert update(folder) == 0
    assert stored(folder) == updated
