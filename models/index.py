"""A Whoosh index of passages: build it, extend it, read it within an asker's rights.

    extend(folder, {"newsletter:1": documents}, removed=["newsletter:0"])
    reader = Reader(folder)
    reader.best(tokens, rights, now, 40)

The analysis is ours (`models.korean`); Whoosh keeps postings and ranks. A segment, once written, is
never rewritten by `extend(…, keep_segments=True)`, so that a release moves only what is new.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
from whoosh import fields, index, query, scoring
from whoosh.analysis import SpaceSeparatedTokenizer
from whoosh.idsets import BitSet

from models import pickles
from models.korean import tokens
from models.passages import Document, Passage, Rights, cut, digest, state_of
from models.vectors import Embedder, VectorFile

pickles.guard()

NAME = "passages"
FORM = "2:"  # how keys and words are stored; a subject stored in an older form is written anew
FAMILIES = "1"
RIGHTS_KEPT = 200  # askers' document sets held in memory
MOST_COMMON = 0.12  # terms in more of the passages than this are left out of large indexes
LARGE = 3000  # passages

Mask = npt.NDArray[np.bool_]


def schema() -> fields.Schema:
    """The fields of a passage. `words` and `heading` hold tokens already analysed."""
    analysed = SpaceSeparatedTokenizer()
    return fields.Schema(
        subject=fields.ID(stored=True),
        key=fields.KEYWORD(commas=True),
        families=fields.ID(),
        words=fields.TEXT(analyzer=analysed, phrase=False),
        heading=fields.TEXT(analyzer=analysed, phrase=False),
        title=fields.STORED(),
        text=fields.STORED(),
        href=fields.STORED(),
        kind=fields.STORED(),
        note=fields.STORED(),
        at=fields.STORED(),
        origin=fields.STORED(),
        part=fields.STORED(),
        valid_from=fields.STORED(),
        valid_until=fields.STORED(),
        digest=fields.STORED(),
        state=fields.STORED(),
    )


def _rows(documents: Sequence[Document]) -> Iterable[dict[str, Any]]:
    """The passages of one subject as rows of the index.

    Keys go in as a list, each of them one term as it is: names of departments hold commas.
    """
    state = FORM + state_of(documents)
    for document in documents:
        families = any(not key.startswith("staff") for key in document.keys)
        for part, text in enumerate(cut(document.text)):
            yield {
                "subject": document.subject,
                "key": list(document.keys),
                "families": FAMILIES if families else "0",
                "words": " ".join(tokens(text)),
                "heading": " ".join(tokens(f"{document.title} {document.note}")),
                "title": document.title,
                "text": text,
                "href": document.href,
                "kind": document.kind,
                "note": document.note,
                "at": document.at,
                "origin": document.origin,
                "part": part,
                "valid_from": document.valid_from,
                "valid_until": document.valid_until,
                "digest": digest(document.title, text),
                "state": state,
            }


def extend(
    folder: Path,
    changed: Mapping[str, Sequence[Document]],
    removed: Iterable[str] = (),
    *,
    keep_segments: bool = False,
) -> None:
    """Replace subjects and remove others, in one commit; the index is made when there is none.

    `keep_segments`: old segments stay byte for byte (a release); else small ones are merged.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if index.exists_in(str(folder), NAME):
        opened = index.open_dir(str(folder), NAME)
    else:
        opened = index.create_in(str(folder), schema(), NAME)
    writer = opened.writer()
    try:
        for subject in {*changed, *removed}:
            writer.delete_by_term("subject", subject)
        for documents in changed.values():
            for row in _rows(documents):
                writer.add_document(**row)
    except BaseException:
        writer.cancel()
        raise
    writer.commit(merge=not keep_segments)
    opened.close()


def build(folder: Path, documents: Iterable[Document], embedder: Embedder | None = None) -> None:
    """A whole index into an empty or older folder: only subjects that changed are written.

    With an embedder every passage gets its vector.
    """
    wanted: dict[str, list[Document]] = {}
    for document in documents:
        wanted.setdefault(document.subject, []).append(document)
    held = Reader(folder).subjects if index.exists_in(str(folder), NAME) else {}
    changed = {
        subject: found for subject, found in wanted.items() if held.get(subject) != state_of(found)
    }
    gone = [subject for subject in held if subject not in wanted]
    if changed or gone or not held:
        extend(folder, changed, gone, keep_segments=True)
    if embedder is not None:
        embed(folder, embedder)


def _state(stored: str) -> str:
    """The digest of a subject's documents; "" (no digest) where they are stored in an older form."""
    return stored.removeprefix(FORM) if stored.startswith(FORM) else ""


class Unvectored(msgspec.Struct, frozen=True):
    """A passage that has no vector: its digest, and the text to make one of."""

    digest: bytes
    text: str


def embed(folder: Path, embedder: Embedder, most: int | None = None) -> int:
    """Give passages that lack one their vector, `most` at a time; how many got one."""
    reader = Reader(folder)
    file = VectorFile(folder)
    missing = reader.without_vector(most)
    for at in range(0, len(missing), 16):
        batch = missing[at : at + 16]
        file.add([one.digest for one in batch], embedder.passages([one.text for one in batch]))
    reader.close()
    return len(missing)


class Reader:
    """One state of an index, unchanging while it is open."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._index = index.open_dir(str(folder), NAME)
        self._searcher = self._index.searcher(weighting=scoring.BM25F(B=0.6, K1=1.4))
        whoosh = self._searcher.reader()
        self.size: int = whoosh.doc_count_all()
        self.rows: list[dict[str, Any]] = []
        self.number_of: list[int] = []
        self._limited: list[tuple[int, int | None, int | None]] = []
        for number, row in whoosh.iter_docs():
            self.rows.append(row)
            self.number_of.append(number)
            limits = (row.get("valid_from"), row.get("valid_until"))  # None is not stored
            if limits != (None, None):
                self._limited.append((number, *limits))
        self._row_at = dict(zip(self.number_of, self.rows, strict=True))
        self.subjects = {row["subject"]: _state(row["state"]) for row in self.rows}
        self._allowed: dict[Rights, Mask] = {}
        self.read_vectors()

    def read_vectors(self) -> None:
        """Take the vectors that there are by now."""
        file = VectorFile(self.folder)
        place = np.full(self.size, -1, dtype=np.int64)  # of a passage's vector; -1: it has none
        for number, row in zip(self.number_of, self.rows, strict=True):
            place[number] = file.row_of.get(row["digest"], -1)
        self._numbers = np.flatnonzero(place >= 0)
        self._matrix = file.matrix[place[self._numbers]]
        self._bare = [
            row for number, row in zip(self.number_of, self.rows, strict=True) if place[number] < 0
        ]

    @property
    def unvectored(self) -> int:
        """How many passages have no vector."""
        return len(self._bare)

    def without_vector(self, most: int | None = None) -> list[Unvectored]:
        """Some or all of them, the newest first: they are asked about most."""
        return [
            Unvectored(row["digest"], f"{row['title']}\n{row['text']}")
            for row in self._bare[::-1][:most]
        ]

    def close(self) -> None:
        self._searcher.close()
        self._index.close()

    def allowed(self, rights: Rights, now: int) -> Mask:
        """Which passages these rights may read at that time, by passage number."""
        if rights not in self._allowed:
            if len(self._allowed) >= RIGHTS_KEPT:
                self._allowed.pop(next(iter(self._allowed)))
            self._allowed[rights] = self._compute(rights)
        mask = self._allowed[rights]
        if not self._limited:
            return mask
        mask = mask.copy()
        for number, start, end in self._limited:
            if (start is not None and now < start) or (end is not None and now >= end):
                mask[number] = False
        return mask

    def _compute(self, rights: Rights) -> Mask:
        """The rule of `Rights.allow` as one query over the keys."""
        terms: list[query.Query] = [query.Term("key", key) for key in sorted(rights.keys)]
        if rights.reads_families:
            terms.append(query.Term("families", FAMILIES))
        mask = np.zeros(self.size, dtype=np.bool_)
        if terms:
            for number in query.Or(terms).docs(self._searcher):
                mask[number] = True
        return mask

    def by_words(self, wanted: Iterable[str], mask: Mask, limit: int) -> list[int]:
        """Numbers of the allowed passages that share most with these tokens, best first."""
        terms: list[query.Query] = []
        for token in dict.fromkeys(wanted):
            in_words = self.frequency(token)
            if self.size > LARGE and in_words > MOST_COMMON * self.size:
                continue
            if in_words:
                terms.append(query.Term("words", token))
            terms.append(query.Term("heading", token, boost=1.2))
        # Whoosh takes an empty filter for no filter: who may read nothing must not get this far.
        if not terms or not mask.any():
            return []
        allowed = BitSet([int(number) for number in np.flatnonzero(mask)], size=self.size)
        found = self._searcher.search(query.Or(terms), limit=limit, filter=allowed)
        return [number for _score, number in found.top_n if mask[number]]

    def by_vector(self, vector: npt.NDArray[np.float32], mask: Mask, limit: int) -> list[int]:
        """Numbers of the allowed passages nearest to a question's vector, best first."""
        if not len(self._numbers):
            return []
        scores = self._matrix @ vector
        scores[~mask[self._numbers]] = -2.0
        best = np.argsort(-scores)[:limit]
        return [int(self._numbers[at]) for at in best if scores[at] > -2.0]

    def likeness(self, vector: npt.NDArray[np.float32], number: int) -> float | None:
        """Cosine of a passage with a question's vector; None while it has none."""
        at = int(np.searchsorted(self._numbers, number))
        if at < len(self._numbers) and self._numbers[at] == number:
            return float(self._matrix[at] @ vector)
        return None

    def frequency(self, token: str) -> int:
        """In how many passages a token occurs."""
        return int(self._searcher.doc_frequency("words", token))

    def passage(self, number: int) -> Passage:
        """The stored passage."""
        row = self._row_at[number]
        return Passage(
            subject=row["subject"],
            title=row["title"],
            text=row["text"],
            href=row["href"],
            kind=row["kind"],
            note=row["note"],
            at=row["at"],
            origin=row["origin"],
            part=row["part"],
        )
