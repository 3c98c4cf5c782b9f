"""Templates compiled once: for all servers of a process, and for those that start after it.

Compiling all of them takes seconds of a processor; a school's small machine has them ready at its next
start, before anybody asks. What is kept is a program, so only this program's own work is believed: a
file is under one hash with what its texts were made from, and any other is as good as none.
"""

import contextlib
import hashlib
import marshal
import sys
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import CodeType

import jinja2
import msgspec
from jinja2.bccache import Bucket

from kit.durable import write_durably
from kit.i18n import LANGUAGES, Catalogue

_DIGEST = hashlib.sha256().digest_size


class Compiled(jinja2.BytecodeCache):
    """The templates of one language, each by its name and its text."""

    def __init__(self) -> None:
        self._known: dict[str, CodeType] = {}
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        name = bucket.key + bucket.checksum
        code = self._known.get(name)
        if code is None and name in self._kept:
            code = self._known[name] = marshal.loads(self._kept[name])  # noqa: S302 - see `take`
        bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._known[bucket.key + bucket.checksum] = bucket.code

    def take(self, place: Path, origin: bytes) -> None:
        """Go on from what a server of this `origin` has kept, if it lies there whole."""
        with contextlib.suppress(OSError):
            found = place.read_bytes()
            digest, packed = found[:_DIGEST], found[_DIGEST:]
            if digest == hashlib.sha256(origin + packed).digest():
                self._kept = msgspec.msgpack.decode(packed, type=dict[str, bytes])

    def keep(self, place: Path, origin: bytes) -> None:
        """Have all that was asked for lie there, and nothing else in its folder but other languages."""
        taken, self._kept = self._kept.keys(), {}  # all is known now, and megabytes are free
        if self._known.keys() == taken:
            return
        programs = {name: marshal.dumps(code) for name, code in self._known.items()}
        packed = msgspec.msgpack.encode(programs)
        with contextlib.suppress(OSError):  # a full disk: the next start compiles again
            write_durably(place, hashlib.sha256(origin + packed).digest() + packed, secret=True)
            for other in place.parent.iterdir():  # halves of whom the power failed
                if other.name not in LANGUAGES:
                    other.unlink()


def origin_of(catalogues: Iterable[Catalogue]) -> bytes:
    """What a compiled template comes from beside its text: sentences stand in it as they are said in
    its language, and what filters make of constants."""
    found = hashlib.sha256(_program())
    for catalogue in catalogues:
        found.update(catalogue.digest)
    return found.digest()


@cache
def _program() -> bytes:
    """Python, jinja and all of the kit, whose code the filters are."""
    found = hashlib.sha256(sys.version.encode())
    for package in ("jinja2", "markupsafe"):
        found.update(version(package).encode())
    for path in sorted(Path(__file__).parent.parent.rglob("*.py")):
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.digest()
