"""Whoosh keeps parts of an index as pickles, and a pickle may call whatever it names.

With `guard()` it names the classes that our indexes are made of, and nothing else: an index of others,
be it signed, runs no code here. `models.index` calls it before any index is opened.
"""

import io
import pickle
import types
from collections.abc import Callable
from typing import IO, Any

from whoosh import columns, externalsort, formats, index, legacy
from whoosh.codec import whoosh3
from whoosh.filedb import structfile

NEEDED = {
    "builtins": {"int"},
    "collections": {"defaultdict"},
    "re": {"_compile"},
    "whoosh.analysis.analyzers": {"CompositeAnalyzer"},
    "whoosh.analysis.filters": {"StripFilter"},
    "whoosh.analysis.tokenizers": {"IDTokenizer", "RegexTokenizer"},
    "whoosh.codec.whoosh3": {"W3Codec", "W3Segment"},
    "whoosh.fields": {"ID", "KEYWORD", "STORED", "Schema", "TEXT"},
    "whoosh.formats": {"Existence", "Frequency"},
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str, /) -> Any:
        if (module, name) == ("_codecs", "encode"):
            return _as_bytes
        if (module, name) == ("__builtin__", "bytes"):
            return _empty
        if name not in NEEDED.get(module, ()):
            raise pickle.UnpicklingError(f"an index does not hold {module}.{name}")
        return super().find_class(module, name)


def _as_bytes(text: str, _encoding: str) -> bytes:
    """How pickles of protocol 2 write bytes."""
    return text.encode("latin-1")


def _empty() -> bytes:
    """How they write bytes of length 0."""
    return b""


def _load(file: IO[bytes]) -> Any:
    return _Unpickler(file).load()


def _loads(content: bytes) -> Any:
    return _Unpickler(io.BytesIO(content)).load()


def guard() -> None:
    """From now on Whoosh unpickles through this module."""
    readers: dict[str, Callable[..., Any]] = {"load": _load, "loads": _loads}
    for module in (columns, externalsort, formats, structfile, whoosh3):
        for name, reader in readers.items():
            if hasattr(module, name):
                setattr(module, name, reader)
    index.pickle = types.SimpleNamespace(
        loads=_loads, dumps=pickle.dumps, PicklingError=pickle.PicklingError
    )
    legacy.toc_loaders.clear()  # formats of former Whooshes: none of ours has them
