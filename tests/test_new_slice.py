"""A new slice is its own folder, its tests and a few lines elsewhere: `scripts/new_slice.py`, tried on a
copy of this tree."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from scripts.new_slice import BESIDE, LONGEST_NAME, Wanted, files

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
ROOMS = {"node": (), "hub": ("--hub",)}
OWN = [
    path
    for room in ROOMS
    for path in (
        f"{room}/trial",
        f"tests/{room}/routes_trial.py",
        f"tests/{room}/test_trial.py",
    )
]
LINTERS: dict[str, list[str | Path]] = {
    "style": [BIN / "ruff", "check", "."],
    "layout": [BIN / "ruff", "format", "--check", "."],
    "types": [BIN / "mypy", *OWN],
    "imports": [BIN / "lint-imports", "--no-cache"],
    "sizes": [sys.executable, "scripts/measure_house.py"],
    "templates": [sys.executable, "scripts/check_templates.py"],
    "changes": [sys.executable, "scripts/changelog.py"],
    "reference": [
        sys.executable,
        "scripts/make_reference.py",
        "--check",
        "events.md",
        "problems.md",
    ],
}
"""The steps of `make lint`, types of the new files only, for all take minutes; and the pages of the
reference that a slice may change."""
GATEKEEPERS = (
    "tests/test_house.py",
    "tests/test_translations.py",
    "tests/test_slices.py",
    "tests/node/test_routes.py",
    "tests/node/test_fresh.py",
    "tests/node/test_access_log_routes.py",
    "tests/node/test_query_plans.py",
    "tests/node/test_audit_page.py",
    "tests/hub/test_query_plans.py",
)
OF_THE_TRIAL = (
    "trial or test_house or test_translations or test_slices or stands_in_a_table or no_table_names"
    " or says_what_it_asks_for or declares or walks_a_table or every_act_has_words"
)
"""Of what walks every route, the new ones alone; what holds of the whole tree, whole."""


class Copy:
    """This tree as it is now, committed, elsewhere. `folder`: where its own tests work."""

    def __init__(self, place: Path, folder: Path) -> None:
        self.place = place
        self._folder = folder
        listed = self._git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
        for name in filter(None, listed.split("\0")):
            if (ROOT / name).is_file():
                (place / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, place / name)
        if (ROOT / ".mypy_cache").is_dir():
            shutil.copytree(ROOT / ".mypy_cache", place / ".mypy_cache")
        self._git(place, "init", "--quiet")
        self.commit()

    def run(self, *command: str | Path) -> "subprocess.CompletedProcess[str]":
        environment = {**os.environ, "PYTHONPATH": str(self.place)}
        environment.pop("PYTEST_CURRENT_TEST", None)
        return subprocess.run(
            command, check=False, cwd=self.place, env=environment, capture_output=True, text=True
        )

    def new_slice(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return self.run(sys.executable, "scripts/new_slice.py", *arguments)

    def pytest(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        quiet = ("-q", "-p", "no:cacheprovider", f"--basetemp={self._folder}")
        return self.run(sys.executable, "-m", "pytest", *quiet, *arguments)

    def commit(self) -> None:
        who = ("-c", "user.name=trial", "-c", "user.email=trial@madang.test")
        self._git(self.place, "add", "--all")
        self._git(self.place, *who, "commit", "--quiet", "--message", "as it is")

    def differing(self) -> list[tuple[int, str]]:
        """(lines that came or went, file) of what was there before."""
        told = self._git(self.place, "diff", "--numstat", "HEAD")
        rows = [line.split("\t") for line in told.splitlines()]
        return [(int(came) + int(went), name) for came, went, name in rows]

    def _git(self, where: Path, *words: str) -> str:
        done = subprocess.run(
            ["git", *words], check=True, cwd=where, capture_output=True, text=True
        )
        return done.stdout


Done = Future["subprocess.CompletedProcess[str]"]


class Trial:
    """A copy with a slice `trial` in each server, and what the linters and the tests say of it."""

    def __init__(self, copy: Copy, pool: ThreadPoolExecutor) -> None:
        self.copy = copy
        self.differing: dict[str, list[tuple[int, str]]] = {}
        for room, option in ROOMS.items():
            written = copy.new_slice("trial", *option)
            assert written.returncode == 0, said(written)
            self.differing[room] = copy.differing()
            copy.commit()
        tests = (*GATEKEEPERS, *(f"tests/{room}/test_trial.py" for room in ROOMS))
        self.tested: Done = pool.submit(copy.pytest, *tests, "-k", OF_THE_TRIAL)
        self.linted: dict[str, Done] = {
            name: pool.submit(copy.run, *command) for name, command in LINTERS.items()
        }

    def is_over(self) -> None:
        """Wait for all of it: what comes now changes what they read."""
        for under_way in (self.tested, *self.linted.values()):
            under_way.result()


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    copy = Copy(tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("tests") / "own")
    with ThreadPoolExecutor(2) as pool:
        yield Trial(copy, pool)


def said(done: "subprocess.CompletedProcess[str]") -> str:
    return f"{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("room", ROOMS)
def test_in_what_was_there_before_at_most_six_lines_in_five_files_differ(
    trial: Trial, room: str
) -> None:
    differing = trial.differing[room]
    assert sum(lines for lines, _name in differing) <= 6, differing
    assert len(differing) <= 5, differing


@pytest.mark.parametrize("name", LINTERS)
def test_every_linter_passes_it(trial: Trial, name: str) -> None:
    done = trial.linted[name].result()
    assert done.returncode == 0, said(done)


def test_its_own_specifications_and_the_gatekeepers_pass(trial: Trial) -> None:
    done = trial.tested.result()
    assert done.returncode == 0, said(done)


def test_what_its_table_of_routes_forgets_is_told(trial: Trial) -> None:
    trial.is_over()
    table = trial.copy.place / "tests/node/routes_trial.py"
    whole = table.read_text("utf-8")
    forgetful = re.sub(r", (nobody|proof)=\w+", "", whole).partition("FROM_AN_END")[0]
    table.write_text(forgetful, "utf-8")
    done = trial.copy.pytest(*GATEKEEPERS, "-k", "asks_for or declares_whose or walks_a_table")
    table.write_text(whole, "utf-8")
    assert "3 failed" in done.stdout, said(done)
    for told in ("POST /trial", "'/trial'", "node.trial.store.newest"):
        assert told in done.stdout


def test_without_its_floor_the_import_contracts_name_it(trial: Trial) -> None:
    trial.is_over()
    settings = trial.copy.place / "pyproject.toml"
    with_floor = settings.read_text("utf-8")
    settings.write_text(with_floor.replace(" | trial", ""), "utf-8")
    done = trial.copy.run(*LINTERS["imports"])
    settings.write_text(with_floor, "utf-8")
    assert done.returncode != 0
    assert "node.trial" in done.stdout
    assert "hub.trial" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["Errands"], "no name"),
        (["errands-and-more"], "no name"),
        (["m" * (LONGEST_NAME + 1)], "no name"),
        (["class"], "mistaken"),
        (["store"], "mistaken"),
        (["utils"], "mistaken"),
        (["drive"], "is there already"),
        (["config"], "is there already"),
        (["lists"], "is there already"),  # its tests would be written over others
        (["errands", "--beside", "nobody"], "nobody"),
        (["errands", "--beside", "ports"], "ports"),
    ],
)
def test_what_cannot_be_written_is_refused_in_one_line(
    trial: Trial, arguments: list[str], why: str
) -> None:
    before = trial.copy.run("git", "status", "--porcelain").stdout
    done = trial.copy.new_slice(*arguments)
    assert done.returncode == 2
    assert why in done.stderr
    assert done.stderr.count("\n") == 1
    assert trial.copy.run("git", "status", "--porcelain").stdout == before


def test_outside_a_checkout_nothing_is_written(tmp_path: Path) -> None:
    installed = tmp_path / "scripts"
    shutil.copytree(ROOT / "scripts/slice_template", installed / "slice_template")
    shutil.copy(ROOT / "scripts/new_slice.py", installed)
    command = [sys.executable, str(installed / "new_slice.py"), "meals"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert "no checkout" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["scripts"]


@pytest.mark.parametrize("room", BESIDE)
@pytest.mark.parametrize("name", ["zoo", "class_trips", "a" * LONGEST_NAME])
def test_what_is_written_is_laid_out_whatever_the_name(
    tmp_path: Path, name: str, room: str
) -> None:
    for path, text in files(Wanted(name, room, BESIDE[room])).items():
        there = tmp_path / path.relative_to(ROOT)
        there.parent.mkdir(parents=True, exist_ok=True)
        there.write_text(text, "utf-8")
    command: list[str | Path] = [
        BIN / "ruff",
        "format",
        "--check",
        "--config",
        ROOT / "pyproject.toml",
        tmp_path,
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, said(done)
