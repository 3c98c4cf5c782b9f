"""What can be asked at this moment: the school's own index and the province's release beside it.

The worker's threads share it: one writes, one reads. A reader once taken stays valid until it is
given back by taking the next.
"""

import logging
import shutil
import threading
from collections import deque
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from whoosh import index as whoosh_index

from models.ahead import prepared, to_prepare
from models.answer import Extracted, extract
from models.asked import Asked, understood
from models.index import NAME, Reader, Unvectored, extend
from models.passages import Document, Passage, Rights
from models.release import BadRelease, ReleaseInfo, check
from models.retrieve import Ranked, Retriever
from models.vectors import Embedder, Matrix, VectorFile, digest_of

log = logging.getLogger(__name__)

PROBED = 5  # a probe's subject must be among so many passages
FOUND = 12
STALE = 1_024  # vectors of sentences that are no more, before they go


class Knowledge(NamedTuple):
    """The province's release, open. `ahead`: the vectors of its sentences that it brought."""

    reader: Reader
    info: ReleaseInfo
    folder: Path
    ahead: VectorFile


class Library:
    """The indexes in use. `own` is this school's directory, made when it is missing."""

    def __init__(self, own: Path, embedder: Embedder | None) -> None:
        self._own = own
        self._lock = threading.Lock()
        self._hiding = threading.Lock()
        self._hidden: dict[str, int] = {}
        self._knowledge: Knowledge | None = None
        self._reader, self._vectors = self._open_own()
        self._ahead = prepared(own)
        self._bare: deque[str] = deque()
        self._is_outdated = True  # what was found bare, since the indexes are others now
        self._embedder = embedder
        self._compare_by_what_is_ahead()

    def _open_own(self) -> tuple[Reader, VectorFile]:
        """The own index; one that cannot be opened is thrown away, its owner fills it anew."""
        try:
            if whoosh_index.exists_in(str(self._own), NAME):
                vectors = VectorFile(self._own)
                return Reader(self._own, vectors), vectors
        except Exception as error:  # whatever damage does to an index, a new one is made
            log.error("own index is damaged and begins anew", extra={"reason": repr(error)})
            shutil.rmtree(self._own, ignore_errors=True)
        extend(self._own, {})
        vectors = VectorFile(self._own)
        return Reader(self._own, vectors), vectors

    # Writing ------------------------------------------------------------------------------------

    @property
    def subjects(self) -> dict[str, str]:
        """By subject the digest of its documents in the own index."""
        return self._reader.subjects

    @property
    def unvectored(self) -> int:
        return self._reader.unvectored if self._embedder is not None else 0

    @property
    def size(self) -> int:
        """Passages of all indexes."""
        with self._lock:
            return self._reader.size + (self._knowledge.reader.size if self._knowledge else 0)

    def hide(self, subject: str, number: int) -> None:
        """Let a subject of the own index be found no more, at once: it waits to be removed. `number`:
        of the change that does so, counted upwards."""
        with self._hiding:
            self._hidden = {**self._hidden, subject: number}

    def change(
        self, changed: dict[str, Sequence[Document]], removed: Sequence[str], number: int = 0
    ) -> None:
        """Replace and remove subjects of the own index; durable and to be found on return. `number`: of
        the last change among these; what was hidden until then has its new state."""
        extend(self._own, changed, removed)
        self._swap(Reader(self._own, self._vectors, self._reader))
        settled = {*changed, *removed}
        with self._hiding:
            self._hidden = {
                subject: at
                for subject, at in self._hidden.items()
                if subject not in settled or at > number
            }

    def without_vector(self, most: int) -> list[Unvectored]:
        """Some of the own passages that have no vector yet, the newest first."""
        return self._reader.without_vector(most) if self._embedder is not None else []

    def vectors_of(self, texts: Sequence[str]) -> Matrix:
        """Their vectors, a row each; takes half a second for each passage."""
        assert self._embedder is not None
        return self._embedder.passages(texts)

    def keep_vectors(self, passages: Sequence[Unvectored], vectors: Matrix) -> None:
        """Durable, and searched by on return."""
        digests = [one.digest for one in passages]
        self._vectors.add(digests, vectors)
        with self._lock:
            self._reader.vectors_came(digests)

    @property
    def unprepared(self) -> int:
        """How many sentences have no vector ahead, as far as is known by now."""
        return len(self._bare)

    def without_vector_ahead(self, most: int) -> list[str]:
        """Some sentences whose vectors are to be made before anybody asks about them, so that an
        answer waits for its question's alone."""
        if self._embedder is None:
            return []
        if self._is_outdated:
            self._is_outdated = False
            self._look_for_bare()
        return list(islice(self._bare, most))

    def keep_vectors_ahead(self, texts: Sequence[str], vectors: Matrix) -> None:
        """Durable, and compared by on return."""
        self._ahead.add([digest_of(text) for text in texts], vectors)
        for _text in texts:
            self._bare.popleft()

    def _look_for_bare(self) -> None:
        with self._lock:
            knowledge = self._knowledge
            readers = [self._reader, *([knowledge.reader] if knowledge else [])]
            rows = [row for reader in readers for row in reader.newest]
        wanted = to_prepare(rows)
        brought = knowledge.ahead.row_of if knowledge else {}
        own = {digest: text for digest, text in wanted.items() if digest not in brought}
        if len(self._ahead.row_of.keys() - own.keys()) > STALE:
            self._ahead = self._ahead.keep_only(own)
            self._compare_by_what_is_ahead()
        held = self._ahead.row_of
        self._bare = deque(text for digest, text in own.items() if digest not in held)

    def _compare_by_what_is_ahead(self) -> None:
        if self._embedder is not None:
            brought = [self._knowledge.ahead] if self._knowledge else []
            self._embedder = Embedder([self._ahead, *brought])

    def _swap(self, fresh: Reader) -> None:
        with self._lock:
            old, self._reader = self._reader, fresh
            old.close()
        self._is_outdated = True

    def open_knowledge(self, folder: Path) -> ReleaseInfo:
        """Open a release beside the present one, ask it what it must know, use it. Raises BadRelease."""
        info = check(folder, "knowledge")
        try:
            reader = Reader(folder)
        except Exception as error:
            log.warning("a release cannot be opened", extra={"reason": repr(error)})
            raise BadRelease(f"the index cannot be opened: {error!r}") from error
        try:
            for probe in info.probes:
                if not self._answers(reader, probe.question, probe.subject, info.created_at):
                    raise BadRelease(f"the index does not find {probe.subject!r}: {probe.question}")
        except BaseException:
            reader.close()
            raise
        self._use(Knowledge(reader, info, folder, prepared(folder)))
        return info

    def _use(self, knowledge: Knowledge | None) -> None:
        with self._lock:
            old, self._knowledge = self._knowledge, knowledge
            self._compare_by_what_is_ahead()
            if old is not None:
                old.reader.close()
        self._is_outdated = True

    def _answers(self, reader: Reader, question: str, subject: str, now: int) -> bool:
        everyone = Rights(frozenset({"staff"}), reads_families=True)
        found = Retriever([reader], self._embedder).search(question, everyone, now, PROBED)
        return any(one.passage.subject == subject for one in found)

    def close_knowledge(self) -> None:
        """Go on without the province's release."""
        self._use(None)

    @property
    def knowledge(self) -> tuple[ReleaseInfo, Path] | None:
        """The release in use."""
        with self._lock:
            return (
                None if self._knowledge is None else (self._knowledge.info, self._knowledge.folder)
            )

    # Reading ------------------------------------------------------------------------------------

    def search(self, question: str, rights: Rights, now: int, limit: int) -> list[Passage]:
        """The best passages, best first."""
        with self._lock:
            asked = understood(question, now)
            return [one.passage for one in self._find(asked, rights, now, limit)[1]]

    def answer(
        self, question: str, rights: Rights, now: int
    ) -> tuple[tuple[Passage, ...], Extracted]:
        """The passages an answer may rest on, and its sentences in their own words."""
        asked = understood(question, now)
        with self._lock:
            retriever, found = self._find(asked, rights, now, FOUND)
            extracted = extract(asked, found, retriever, self._embedder)
        return tuple(one.passage for one in found), extracted

    def _find(
        self, asked: Asked, rights: Rights, now: int, limit: int
    ) -> tuple[Retriever, list[Ranked]]:
        readers = [self._reader]
        self._reader.hidden = frozenset(self._hidden)
        if self._knowledge is not None:
            readers.append(self._knowledge.reader)
        retriever = Retriever(readers, self._embedder)
        return retriever, retriever.find(asked, rights, now, limit)
