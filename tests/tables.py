"""What the slices of a server tell its gatekeepers, each in a file of its own: `routes_<slice>.py`."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).parent


def modules_of(room: str) -> list[ModuleType]:
    """The files of all slices of `node` or `hub`, by name."""
    names = sorted(path.stem for path in (HERE / room).glob("routes_*.py"))
    return [import_module(f"tests.{room}.{name}") for name in names]


def told_by(modules: Sequence[ModuleType], name: str) -> dict[str, str]:
    """What all of them say under a name. Raises ValueError where two speak of the same."""
    found: dict[str, str] = {}
    for one in modules:
        said: dict[str, str] = getattr(one, name, {})
        if twice := found.keys() & said.keys():
            raise ValueError(f"{one.__name__}: somebody else speaks of {sorted(twice)}, too")
        found |= said
    return found
