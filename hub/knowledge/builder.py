"""The process that builds the index: `python -m hub.knowledge.builder FOLDER DOCUMENTS NAME NOW [anew]`.

FOLDER holds the index of the release before, or nothing; only what changed is written to it, in new
segments, so that the schools fetch little. What was removed can no longer be found then, but its words
lie on in the old segments; with `anew` nothing is left of them. DOCUMENTS is a file of JSON, a document
a line, NOW the time in ms. Lines on the output say how far it is, in thousandths.
"""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from models.ahead import Preparing
from models.bounds import bind
from models.index import Reader, build, embed
from models.library import PROBED
from models.passages import Document, Rights
from models.release import VECTOR_FILES, Probe, ReleaseInfo, write
from models.retrieve import Retriever
from models.vectors import Embedder, VectorFile

GIGABYTE = 1024**3
MOST_SEGMENTS = 40  # beyond, a search costs too much: the index is built anew (and fetched whole)
AT_ONCE = 64  # passages, or sentences, that get their vectors between two words of progress
PROBES = 3
BUILT = 100  # thousandths: the words are in the index, the vectors are still to come


def main(arguments: list[str]) -> int:
    bind(memory=8 * GIGABYTE, cpu_seconds=24 * 3600, file_size=4 * GIGABYTE)
    folder, listed = Path(arguments[0]), Path(arguments[1])
    name, now, anew = arguments[2], int(arguments[3]), arguments[4:] == ["anew"]
    if anew or len(list(folder.glob("*.seg"))) > MOST_SEGMENTS:
        _empty(folder)
    documents = list(_documents(listed))
    build(folder, documents)
    if anew:
        _forget_vectors(folder)
    print(BUILT, flush=True)
    embedder = Embedder()
    preparing = Preparing(folder, embedder)
    missing = _unvectored(folder) + preparing.left
    left = missing
    while (left > preparing.left) and embed(folder, embedder, AT_ONCE):
        left = max(preparing.left, left - AT_ONCE)
        _tell(left, missing)
    while preparing.left:
        preparing.go_on(AT_ONCE)
        _tell(preparing.left, missing)
    if anew:
        preparing.forget_others()
    _leave_no_locks(folder)
    probes = tuple(_probes(folder, documents, embedder, now))
    write(
        folder,
        ReleaseInfo(kind="knowledge", version="0", name=name, created_at=now, probes=probes),
    )
    return 0


def _tell(left: int, missing: int) -> None:
    print(1000 - (1000 - BUILT) * left // missing, flush=True)


def _probes(
    folder: Path, documents: list[Document], embedder: Embedder, now: int
) -> Iterator[Probe]:
    """Questions that a school asks before it takes the index into use: titles of documents in force
    now and without end, as far as they are found here."""
    lasting = [one for one in documents if one.valid_until is None and (one.valid_from or 0) <= now]
    reader = Reader(folder)
    retriever = Retriever([reader], embedder)
    everything = Rights(frozenset(key for one in documents for key in one.keys), True)
    for one in lasting[:PROBES]:
        found = retriever.search(one.title, everything, now, PROBED)
        if any(hit.passage.subject == one.subject for hit in found):
            yield Probe(one.title, one.subject)
    reader.close()


def _documents(listed: Path) -> Iterator[Document]:
    decoder = msgspec.json.Decoder(Document)
    with listed.open("rb") as lines:
        for line in lines:
            yield decoder.decode(line)


def _empty(folder: Path) -> None:
    """The index begins anew; the vectors, which take long to make, stay."""
    for path in list(folder.iterdir()):
        if path.name not in VECTOR_FILES:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _forget_vectors(folder: Path) -> None:
    """Those of passages that are no more go: a vector tells much of its text."""
    reader = Reader(folder)
    wanted = {row["digest"] for row in reader.newest}
    reader.close()
    VectorFile(folder).keep_only(wanted)


def _unvectored(folder: Path) -> int:
    reader = Reader(folder)
    try:
        return reader.unvectored
    finally:
        reader.close()


def _leave_no_locks(folder: Path) -> None:
    for lock in folder.glob("*_WRITELOCK"):
        lock.unlink()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
