"""Structs are made ready before threads share them.

msgspec works out how a Struct is decoded when somebody first asks for it, and every thread sees what it
has worked out so far: one that decodes the same Struct meanwhile may end the process (msgspec 0.22).
"""

import contextlib
from weakref import WeakSet

import msgspec

_ready: WeakSet[type[msgspec.Struct]] = WeakSet()


def make_ready() -> None:
    """All Structs that are imported by now, while no other thread decodes any: some milliseconds for a
    hundred, nothing for those that are ready."""
    waiting = msgspec.Struct.__subclasses__()
    while waiting:
        one = waiting.pop()
        waiting += one.__subclasses__()
        if one not in _ready:
            _ready.add(one)
            with contextlib.suppress(TypeError, NameError):  # of what is never decoded
                msgspec.json.Decoder(one)
