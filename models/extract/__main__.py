"""The short-lived process that opens one file: `python -m models.extract TYPE FILE FOLDER`, or that covers
parts of a photo: `python -m models.extract cover FILE FOLDER BOXES` (a JSON list).

It binds itself (memory, CPU time, output, no core) before any parser is loaded, writes pictures
into FOLDER and an Extraction as `extraction.json` there: anew whenever more was found, so that what
a limit ends leaves what came before. Ends with TRY_LATER when the disk is full.
"""

import errno
import os
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from models.extract.extraction import (
    COVER,
    CPU_SECONDS,
    MEMORY,
    OUTPUT,
    RESULT,
    TRY_LATER,
    Box,
    Extraction,
)


def _bind() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT, OUTPUT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


def main(arguments: list[str]) -> None:
    _bind()
    target = Path(arguments[2])
    try:
        for found in _found(*arguments):
            _write(found, target / RESULT)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            sys.exit(TRY_LATER)
        raise


def _found(what: str, source: str, target: str, boxes: str = "[]") -> Iterator[Extraction]:
    if what == COVER:
        from models.extract.covering import cover

        asked = msgspec.json.decode(boxes, type=list[Box])
        yield Extraction(pages=cover(Path(source), Path(target), asked), page_count=2)
    else:
        from models.extract.reading import read

        yield from read(what, Path(source), Path(target))


def _write(found: Extraction, place: Path) -> None:
    """Whole, or not at all."""
    partial = place.with_suffix(".part")
    partial.write_bytes(msgspec.json.encode(found))
    os.replace(partial, place)


if __name__ == "__main__":
    main(sys.argv[1:])
