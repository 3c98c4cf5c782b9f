"""As what a question is read: as it is typed while that finds something, else by and by more freely."""

from collections.abc import Sequence

import msgspec

from kit.db import Tx
from models.folding import normal
from node.search import said, store
from node.search.nearest import nearest
from node.search.question import Term, parted, terms
from node.search.store import Numbers, SearchReader, Within

FEW = 3  # findings; who has fewer sees those, too, that have the parts of glued words
MOST_MENDED = 3  # words of a question that are tried otherwise


class Understood(msgspec.Struct, frozen=True):
    """`words`: all of them are looked for, or some (`is_loose`). `instead`: the question as it was mended."""

    words: Sequence[Term]
    is_loose: bool = False
    instead: str = ""


class Look:
    """What one asker looks for, within one moment of the database."""

    def __init__(
        self,
        tx: Tx,
        reader: SearchReader,
        within: Within,
        limit: int,
        *,
        counted: int = 0,
        newest_first: bool = False,
    ) -> None:
        """`limit`, `counted`, `newest_first`: as of `store.find`."""
        self._tx = tx
        self._reader = reader
        self._within = within
        self._limit = max(limit, FEW)
        self._counted = counted
        self._newest_first = newest_first

    def find(self, question: str, asked: Sequence[Term]) -> tuple[Understood, Numbers]:
        """As what the question is read, the same for every page, and what it finds."""
        found = self._found(asked)
        if len(found.of) >= FEW:
            return Understood(asked), found
        freer = [parted(term, self._exists) for term in asked]
        found = self._found(freer)
        if found.of:
            return Understood(freer), found
        mended = self._mended(question, asked)
        if mended is not None:
            return mended, self._found(mended.words)
        clipped = [parted(term, self._exists, clipped=True) for term in asked]
        found = self._found(clipped)
        if found.of:
            return Understood(clipped), found
        return Understood(clipped, is_loose=True), self._found(clipped, any_word=True)

    def _mended(self, question: str, asked: Sequence[Term]) -> Understood | None:
        """The question with the nearest words there are, of those that the asker finds nothing by."""
        instead = normal(question)
        unknown = [term for term in asked if term.word and not self._found([term]).of]
        for term in unknown[:MOST_MENDED]:
            for word in nearest(term, self._exists):
                if self._found(terms(word)).of:
                    instead = instead.replace(list(said.stems(term.word))[-1], word, 1)
                    break
        if instead == normal(question):
            return None
        words = [parted(term, self._exists) for term in terms(instead)]
        return Understood(words, instead=instead) if self._found(words).of else None

    def _found(self, words: Sequence[Term], *, any_word: bool = False) -> Numbers:
        return store.find(
            self._tx,
            self._reader,
            [term.expression for term in words],
            self._within,
            any_word=any_word,
            limit=self._limit,
            counted=self._counted,
            newest_first=self._newest_first,
        )

    def _exists(self, expression: str) -> bool:
        return store.exists(self._tx, expression)
