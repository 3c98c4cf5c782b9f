"""The vectors of sentences, made before anybody asks: an answer waits for its question's vector alone.

A release brings those of its own sentences, made once at the hub; a school makes those of what it wrote.
"""

from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from models.index import Reader, Row
from models.quotes import comparable
from models.vectors import Embedder, VectorFile, digest_of

SENTENCES = "sentences"
MOST = 16_384  # sentences: 25 MB of memory


def prepared(folder: Path) -> VectorFile:
    """The vectors of sentences that lie beside an index; none where nobody made any."""
    return VectorFile(folder, SENTENCES)


def to_prepare(rows: Iterable[Row]) -> dict[bytes, str]:
    """The sentences of passages, the newest first, that an answer may compare: MOST of them, by digest."""
    found = comparable((row["title"], row["text"]) for row in rows)
    return {digest_of(text): text for text in islice(found, MOST)}


class Preparing:
    """Gives the sentences of an index on the disk their vectors, beside it."""

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        self._embedder = embedder
        self._file = prepared(folder)
        reader = Reader(folder)
        self._wanted = to_prepare(reader.newest)
        reader.close()
        held = self._file.row_of
        self._bare = [one for one in self._wanted if one not in held]

    @property
    def left(self) -> int:
        """How many sentences have no vector yet."""
        return len(self._bare)

    def go_on(self, most: int) -> None:
        """Make `most` more; durable on return."""
        batch, self._bare = self._bare[:most], self._bare[most:]
        texts = [self._wanted[one] for one in batch]
        self._file.add(batch, self._embedder.passages(texts))

    def forget_others(self) -> None:
        """The vectors of sentences that are no more go: a vector tells much of its text."""
        self._file = self._file.keep_only(self._wanted)
