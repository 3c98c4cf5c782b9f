"""The house is measured, and what passes a bound is named."""

from pathlib import Path

import pytest

from scripts.measure_house import House, faults_in, told

SERVICE = "class Store:\n    def __init__(self, place: str) -> None: ...\n"
FIELDS = "".join(f"    f{n}: int\n" for n in range(8))
STORES = "".join(f"    f{n}: Store\n" for n in range(8))
VERB = "    def act(self) -> None: ...\n"


def methods(count: int) -> str:
    return "class Busy:\n" + "".join(f"    def _m{n}(self) -> int: ...\n" for n in range(count))


def built(root: Path, **sources: str) -> House:
    """A house of these modules: `node__people__model` is node/people/model.py."""
    for name, source in {"node__app": "", "hub__app": "", **sources}.items():
        path = root.joinpath(*name.split("__")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    return House(root)


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("def long():\n" + "    pass\n" * 80, "function of 81 lines: node/people/model.py:1 long"),
        ("\n" * 601, "file of 601 lines: node/people/model.py"),
        (methods(26), "class with 26 methods, over 25: node/people/model.py:Busy"),
        (
            "class Needy:\n    def __init__(self, a, b, c, d, e, *, f=1, g, h): ...\n",
            "class made from 8 things, over 7: node/people/model.py:Needy",
        ),
        (
            f"@dataclass\nclass Acting:\n{FIELDS}{VERB}",
            "class made from 8 things, over 7: node/people/model.py:Acting",
        ),
        (
            f"{SERVICE}class Parts(msgspec.Struct, frozen=True):\n{STORES}",
            "class made from 8 things, over 7: node/people/model.py:Parts",
        ),
    ],
)
def test_what_passes_a_bound_is_named(tmp_path: Path, source: str, fault: str) -> None:
    faults = faults_in(built(tmp_path, node__people__model=source))
    assert fault in faults
    assert all(one == fault or one.startswith("p95") for one in faults)


@pytest.mark.parametrize(
    "source",
    [
        methods(25),
        "class Fed:\n    def __init__(self, a, b, c, d, e, f, g): ...\n",
        f"class Value(msgspec.Struct, frozen=True):\n{FIELDS}{VERB}",
        f"class Form(msgspec.Struct):\n{FIELDS}",
        "@dataclass\nclass State:\n" + FIELDS.replace("int", "int = 0") + VERB,
    ],
)
def test_values_and_what_keeps_within_its_bounds_are_left_alone(
    tmp_path: Path, source: str
) -> None:
    assert faults_in(built(tmp_path, node__people__model=source)) == []


def test_a_class_name_stands_once_in_a_server(tmp_path: Path) -> None:
    house = built(
        tmp_path,
        kit__card="class Entry: ...\nclass Card: ...\n",
        kit__ground="class Ground: ...\n",
        node__ground="import kit.ground\nclass Ground(kit.ground.Ground): ...\nclass Own: ...\n",
        node__people__model="class Line: ...\nclass Own: ...\nclass _Inner: ...\nclass Two: ...\n",
        node__people__lists="class Two: ...\n",
        node__drive__model="class Line: ...\nclass Card: ...\nclass _Inner: ...\n",
        node__meals__slice="from kit.card import Card\n",
        node__meals__model="class Entry: ...\n",
        hub__schools__model="class Line: ...\n",
    )
    assert house.twice("node") == {
        "Entry": ["node/meals/model.py:Entry", "kit/card.py:Entry"],
        "Line": ["node/drive/model.py:Line", "node/people/model.py:Line"],
        "Own": ["node/ground.py:Own", "node/people/model.py:Own"],
    }
    assert house.twice("hub") == {}
    faults = faults_in(house)
    assert len(faults) == 3
    assert faults[1].startswith("the class name Line stands twice in the node: node/drive/model.py")


def test_it_tells_how_large_the_house_is(tmp_path: Path) -> None:
    house = built(
        tmp_path,
        node__app="from node.people import model\n",
        node__people__model=methods(3),
        node__drive__model="from node.people.model import Busy\nimport node.people.model\n",
        node__drive__web="from node.people.model import Busy\n",
    )
    assert house.arrows("node") == {("node/drive", "node/people")}
    assert list(told(house))[2:] == [
        "1 classes of the product: at most 3 methods (node/people/model.py:Busy),",
        "  at most 0 constructor arguments (node/people/model.py:Busy)",
        "node: 2 slices, 1 import arrows between them, 0 class names twice, app.py 1 lines",
        "hub: 0 slices, 0 import arrows between them, 0 class names twice, app.py 0 lines",
    ]
