"""The import contracts of pyproject.toml speak when they should."""

import copy
import tomllib

import pytest
from grimp import ImportGraph, build_graph
from importlinter import Contract
from importlinter.configuration import configure
from importlinter.contracts.acyclic_siblings import AcyclicSiblingsContract
from importlinter.contracts.layers import LayersContract

from tests.contracts import ROOT, PageFiles, PublicFiles

SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
    "importlinter"
]
KINDS: dict[str, type[Contract]] = {
    "acyclic_siblings": AcyclicSiblingsContract,
    "layers": LayersContract,
    "page_files": PageFiles,
    "public_files": PublicFiles,
}


@pytest.fixture(scope="module")
def house() -> ImportGraph:
    """Every import of this tree."""
    configure()  # the clock by which a contract tells how long it took
    return build_graph(*SETTINGS["root_packages"], include_external_packages=True, cache_dir=None)


@pytest.fixture
def graph(house: ImportGraph) -> ImportGraph:
    """A copy, to build something wrong into."""
    return copy.deepcopy(house)


def is_kept(name: str, graph: ImportGraph) -> bool:
    (found,) = [one for one in SETTINGS["contracts"] if one["name"] == name]
    told = {key: str(value) if value is True else value for key, value in found.items()}
    contract = KINDS[found["type"]](name, SETTINGS, told)
    return bool(contract.check(graph, verbose=False).kept)


@pytest.mark.parametrize("room", ["node", "hub"])
def test_a_slice_that_is_left_out_of_the_floors_breaks_them(graph: ImportGraph, room: str) -> None:
    assert is_kept(f"Floors of the {room}", graph)
    graph.add_module(f"{room}.left_out")
    assert not is_kept(f"Floors of the {room}", graph)


def test_a_slice_that_imports_one_above_it_breaks_the_floors(graph: ImportGraph) -> None:
    graph.add_import(importer="node.people.service", imported="node.newsletters.service")
    assert not is_kept("Floors of the node", graph)


@pytest.mark.parametrize(
    ("page", "store"),
    [
        ("node.notify.web", "node.notify.store"),
        ("node.newsletters.desk_web", "node.newsletters.store"),
        ("node.drive.api", "node.drive.intake.store"),
        ("hub.releases.serving", "hub.releases.store"),
        ("hub.sync.pages", "hub.sync.store"),
    ],
)
def test_a_page_that_asks_a_store_is_named(graph: ImportGraph, page: str, store: str) -> None:
    name = "Pages ask the service, never the store"
    assert is_kept(name, graph)
    graph.add_import(importer=page, imported=store)
    assert not is_kept(name, graph)


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("node.search.service", "node.people.hearing"),  # of joins only
        ("node.search.slice", "node.drive.reading.texts"),
        ("node.app", "node.people.jobs"),
        ("node.doctor", "node.people.checks"),
        ("node.federation.service", "node.messenger.synapse.keeper"),
        ("node.messenger.portal.slice", "node.people.hearing"),  # no slice's own slice.py
        ("node.search.service", "node.people.rooms.model"),
    ],
)
def test_what_a_slice_does_not_show_is_out_of_reach(
    graph: ImportGraph, importer: str, imported: str
) -> None:
    name = "A slice shows its public files only"
    assert is_kept(name, graph)
    for one in (importer, imported):
        graph.add_module(one)
    graph.add_import(importer=importer, imported=imported)
    assert not is_kept(name, graph)


def test_rooms_inside_a_slice_form_no_circle(graph: ImportGraph) -> None:
    name = "Slices form no circle, nor do the rooms inside one"
    assert is_kept(name, graph)
    graph.add_import(importer="node.messenger.synapse.matrix", imported="node.messenger.doors.gate")
    assert not is_kept(name, graph)


def test_an_exception_that_nobody_needs_any_more_is_told(graph: ImportGraph) -> None:
    graph.remove_import(importer="node.backup", imported="node.messenger.synapse.homeserver")
    assert not is_kept("A slice shows its public files only", graph)
