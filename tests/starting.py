"""Which tests start a server, a browser or a model: found out from what they and their fixtures call.

`make check` leaves those out (`--quick`). Nobody keeps a list of tests: a function starts something if
its code names one of STARTERS, or another function of ours that does.
"""

import inspect
from collections.abc import Iterator
from functools import cache
from types import CodeType, FunctionType

import pytest

STARTERS = frozenset(
    {
        "TestClient", "TestServer", "start_server", "start_unix_server", "create_server",  # servers
        "AppRunner", "Serving",
        "Supervisor", "create_subprocess_exec", "subprocess", "Popen", "run_child",  # processes
        "async_playwright", "chromium",  # browsers
        "Embedder", "Llama", "Engine", "engine_fault", "lay_weights",  # models
    }
)  # fmt: skip
ROOMS = ("tests.", "scripts.")
"""Where functions are followed into: what the product starts has names of its own among STARTERS."""
POSTGRES = "postgresql"
"""The value of a parameter that asks for the server's database."""


def starts_something(item: pytest.Item) -> bool:
    """Whether the test needs a server, a browser or a model."""
    if not isinstance(item, pytest.Function):
        return False
    if hasattr(item, "callspec") and POSTGRES in item.callspec.params.values():
        return True
    known = item._fixtureinfo.name2fixturedefs
    fixtures = [one.func for name in item.fixturenames for one in known.get(name, ())[-1:]]
    return any(starts(one) for one in (item.function, *fixtures))


@cache
def starts(function: object) -> bool:
    """Whether a function, or any method of a class, starts something."""
    return not STARTERS.isdisjoint(_names(function, set()))


def _names(named: object, seen: set[object]) -> Iterator[str]:
    """What its code names, and that of our functions and classes which it names."""
    if isinstance(named, property):
        named = named.fget
    elif isinstance(named, classmethod | staticmethod):
        named = named.__func__
    if not isinstance(named, type | FunctionType) or named in seen:
        return
    seen.add(named)
    if isinstance(named, type):
        for one in vars(named).values():
            yield from _names(one, seen)
        return
    function = inspect.unwrap(named)
    for name in _of_code(function.__code__):
        yield name
        other = function.__globals__.get(name)
        if str(getattr(other, "__module__", "")).startswith(ROOMS):
            yield from _names(other, seen)


def _of_code(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _of_code(constant)
