"""The short-lived process that opens one file: `python -m models.extract TYPE FILE FOLDER`.

It binds itself (memory, CPU time, output, no core) before any parser is loaded, writes pictures
into FOLDER and an Extraction as `extraction.json` there.
"""

import resource
import sys
from pathlib import Path


def _bind() -> None:
    from models.extract.extraction import CPU_SECONDS, MEMORY, OUTPUT

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT, OUTPUT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


def main(arguments: list[str]) -> None:
    _bind()
    import msgspec

    from models.extract.reading import read

    media_type, source, target = arguments
    found = read(media_type, Path(source), Path(target))
    (Path(target) / "extraction.json").write_bytes(msgspec.json.encode(found))


if __name__ == "__main__":
    main(sys.argv[1:])
