"""A Whoosh index of passages: build it, extend it, read it within an asker's rights.

    extend(folder, {"newsletter:1": documents}, removed=["newsletter:0"])
    reader = Reader(folder)
    reader.best(tokens, rights, now, 40)

The analysis is ours (`models.korean`); Whoosh keeps postings and ranks. A segment, once written, is
never rewritten by `extend(…, keep_segments=True)`, so that a release moves only what is new.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
from whoosh import fields, index, query, scoring
from whoosh.analysis import SpaceSeparatedTokenizer
from whoosh.idsets import BitSet
from whoosh.reading import SegmentReader

from models import pickles
from models.korean import tokens
from models.passages import Document, Passage, Rights, cut, digest, state_of
from models.vectors import Embedder, VectorFile
from protocol.audience import is_of_families

pickles.guard()

NAME = "passages"
FORM = "3:"  # how keys and words are stored; a subject stored in an older form is written anew
FAMILIES = "1"
RIGHTS_KEPT = 200  # askers' document sets held in memory
MOST_COMMON = 0.12  # terms in more of the passages than this are left out of large indexes
LARGE = 3000  # passages

TIER = 6  # segments of about one size become one
LARGEST_MERGED = 3000  # passages: some seconds of merging, which a text just published waits for

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
        families = any(is_of_families(key) for key in document.keys)
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

    `keep_segments`: old segments stay byte for byte (a release); else they are merged by size.
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
    writer.commit(mergetype=_as_they_are if keep_segments else _by_size)
    opened.close()


def _as_they_are(_writer: Any, segments: list[Any]) -> list[Any]:
    return segments


def _by_size(writer: Any, segments: list[Any]) -> list[Any]:
    """The segments that stay when those of about one size, once they are many, become one: each passage
    is written anew as often as the index grew sixfold, and never within a large segment, unless most
    of that is gone."""
    tiers: dict[int, list[Any]] = {}
    for segment in segments:
        if segment.doc_count() > LARGEST_MERGED and segment.deleted_count() < segment.doc_count():
            continue
        tiers.setdefault(int(math.log(segment.doc_count() + 1, TIER)), []).append(segment)
    many = [tiers[tier] for tier in sorted(tiers) if len(tiers[tier]) >= TIER]
    merged = many[0] if many else [one for one in segments if not one.doc_count()]
    for segment in merged:
        reader = SegmentReader(writer.storage, writer.schema, segment)
        writer.add_reader(reader)
        reader.close()
    return [segment for segment in segments if segment not in merged]


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


Row = dict[str, Any]
Part = list[tuple[int, Row]]  # a segment's passages by their number in it


def _part(reader: Any, segment: Any, before: "Reader | None") -> Part:
    """The passages of a segment; what was read before of one that never changes is not read again."""
    held = None if before is None else before.parts.get(segment.segment_id())
    if held is None:
        return list(reader.iter_docs())
    if not segment.has_deletions():
        return held[1]
    return [(number, row) for number, row in held[1] if not segment.is_deleted(number)]


class Reader:
    """One state of an index, unchanging while it is open."""

    def __init__(
        self, folder: Path, vectors: VectorFile | None = None, before: "Reader | None" = None
    ) -> None:
        """`before`: the state before this one: what did not change is taken over from it. `vectors`: the
        index's vectors, where somebody keeps them."""
        self._index = index.open_dir(str(folder), NAME)
        self._searcher = self._index.searcher(weighting=scoring.BM25F(B=0.6, K1=1.4))
        whoosh = self._searcher.reader()
        self.size: int = whoosh.doc_count_all()
        self.hidden: frozenset[str] = frozenset()
        """Subjects that are not found any more, though they still stand here."""
        self.parts = {
            segment.segment_id(): (offset, _part(reader, segment, before))
            for reader, offset in whoosh.leaf_readers()
            if (segment := reader.segment()) is not None
        }
        self._row_at: dict[int, Row] = {
            offset + number: row for offset, part in self.parts.values() for number, row in part
        }
        self._limited = [
            (number, row.get("valid_from"), row.get("valid_until"))
            for number, row in self._row_at.items()
            if "valid_from" in row or "valid_until" in row  # None is not stored
        ]
        self.subjects = {row["subject"]: _state(row["state"]) for row in self._row_at.values()}
        self._allowed: dict[Rights, Mask] = {}
        self._vectors = VectorFile(folder) if vectors is None else vectors
        self._vector_of = np.full(self.size, -1, dtype=np.int64)
        """By passage the row of its vector; -1: it has none."""
        self._bare: dict[bytes, list[int]] = {}
        """The passages that have none, by their digest, the newest first."""
        self._look_for_vectors()

    def _look_for_vectors(self) -> None:
        bare = []
        for number, row in self._row_at.items():
            found = self._vectors.row_of.get(row["digest"], -1)
            self._vector_of[number] = found
            if found < 0:
                bare.append(number)
        for number in sorted(bare, key=lambda number: -int(self._row_at[number]["at"])):
            self._bare.setdefault(self._row_at[number]["digest"], []).append(number)

    def vectors_came(self, digests: Iterable[bytes]) -> None:
        """Take vectors that were added since."""
        for digest_ in digests:
            for number in self._bare.pop(digest_, ()):
                self._vector_of[number] = self._vectors.row_of[digest_]

    @property
    def newest(self) -> list[Row]:
        """All passages as they are stored, the newest first."""
        return sorted(self._row_at.values(), key=lambda row: -int(row["at"]))

    @property
    def unvectored(self) -> int:
        """How many passages have no vector."""
        return sum(map(len, self._bare.values()))

    def without_vector(self, most: int | None = None) -> list[Unvectored]:
        """Some or all of them, the newest first: they are asked about most."""
        rows = (self._row_at[numbers[0]] for numbers in islice(self._bare.values(), most))
        return [Unvectored(row["digest"], f"{row['title']}\n{row['text']}") for row in rows]

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
        hidden = self.hidden
        if not self._limited and not hidden:
            return mask
        mask = mask.copy()
        if hidden:
            gone: list[query.Query] = [query.Term("subject", subject) for subject in hidden]
            mask[list(query.Or(gone).docs(self._searcher))] = False
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
        numbers = np.flatnonzero(mask & (self._vector_of >= 0))
        if not len(numbers):
            return []
        scores = (self._vectors.matrix @ vector)[self._vector_of[numbers]]
        return [int(number) for number in numbers[np.argsort(-scores)[:limit]]]

    def likeness(self, vector: npt.NDArray[np.float32], number: int) -> float | None:
        """Cosine of a passage with a question's vector; None while it has none."""
        at = self._vector_of[number]
        return float(self._vectors.matrix[at] @ vector) if at >= 0 else None

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
