"""Every slice of both servers brings all that one must: by the lists from which they are made."""

import importlib
import pkgutil
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest

from kit.clock import ManualClock
from kit.event import Event
from kit.slice import Slice
from kit.web.assembly import ASSEMBLY
from node.app import build
from tests.acts import detail_names
from tests.conftest import NOW
from tests.contracts import ROOT
from tests.hub.conftest import hub_in
from tests.node.conftest import school_config
from tests.tables import modules_of


def _of(room: str, folder: Path) -> tuple[Slice, ...]:
    clock = ManualClock(NOW)
    if room == "hub":
        return hub_in(folder, "", clock).assembly.slices
    return build(school_config(folder), clock)[ASSEMBLY].slices


@pytest.fixture(params=["node", "hub"])
def room(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def slices(room: str, tmp_path: Path) -> tuple[Slice, ...]:
    return _of(room, tmp_path)


def folder_of(one: Slice) -> Path:
    return ROOT.joinpath(*one.package.split("."))


def text_of(one: Slice) -> str:
    return "".join(path.read_text(encoding="utf-8") for path in folder_of(one).rglob("*.py"))


def events_of(one: Slice) -> set[type[Event]]:
    """The events that are defined in the package."""
    package = importlib.import_module(one.package)
    modules = pkgutil.walk_packages(package.__path__, f"{one.package}.")
    return {
        kind
        for module in modules
        for kind in vars(importlib.import_module(module.name)).values()
        if isinstance(kind, type)
        and issubclass(kind, Event)
        and kind.__module__.startswith(f"{one.package}.")
    }


def names(slices: Sequence[Slice]) -> list[str]:
    return [one.name for one in slices]


def test_every_folder_of_a_slice_is_in_the_list(room: str, slices: tuple[Slice, ...]) -> None:
    folders = {path.parent.name for path in (ROOT / room).glob("*/__init__.py")} - {"ports"}
    assert set(names(slices)) == folders
    assert len(names(slices)) == len(folders)
    assert [one.package for one in slices] == [f"{room}.{one.name}" for one in slices]


def test_every_slice_has_its_floor_and_the_list_goes_up(
    room: str, slices: tuple[Slice, ...]
) -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    (floors,) = [one["layers"] for one in contracts if one["name"] == f"Floors of the {room}"]
    floor_of = {
        name.strip(): height
        for height, floor in enumerate(reversed(floors))
        for name in floor.split("|")
    }
    assert set(names(slices)) <= set(floor_of)
    # Those below have joined before; what no import holds apart may stand in either order.
    stands_before = [
        (below, above)
        for at, above in enumerate(names(slices))
        for below in names(slices)[at + 1 :]
        if floor_of[below] < floor_of[above]
    ]
    assert stands_before == []


def test_every_event_says_who_may_be_told_of_it(slices: tuple[Slice, ...]) -> None:
    """Whom a live page may tell: by a rule in `heard_by`, of the slice that publishes it."""
    unsaid = [
        (one.name, kind.__name__) for one in slices for kind in events_of(one) ^ set(one.heard_by)
    ]
    assert unsaid == []


def test_every_detail_of_an_act_has_words_or_is_for_programs(slices: tuple[Slice, ...]) -> None:
    untold = {one.name: detail_names(folder_of(one)) - set(one.details) for one in slices}
    assert {name: left for name, left in untold.items() if left} == {}


def test_every_slice_with_words_has_its_english(slices: tuple[Slice, ...]) -> None:
    has_words = [one.name for one in slices if '_("' in text_of(one)]
    has_locale = [one.name for one in slices if (folder_of(one) / "locale" / "en.po").exists()]
    assert has_locale == has_words


def test_every_file_with_routes_is_joined(slices: tuple[Slice, ...]) -> None:
    for one in slices:
        files = [
            path
            for path in sorted(folder_of(one).rglob("*.py"))
            if "RouteTableDef(" in path.read_text(encoding="utf-8")
        ]
        joined = {
            getattr(route, "handler").__module__  # noqa: B009 - of the definitions that have one
            for route in (*one.routes, *one.api)
        }
        assert joined == {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in files}


def test_every_slice_with_routes_has_its_table(room: str, slices: tuple[Slice, ...]) -> None:
    """tests/<room>/test_routes.py walks them as every role."""
    with_routes = {one.name for one in slices if one.routes}
    tables = {one.__name__.rpartition("routes_")[2] for one in modules_of(room) if one.ROUTES}
    assert tables - {"kit"} == with_routes
