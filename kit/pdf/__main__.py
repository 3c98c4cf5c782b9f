"""The short-lived process that makes one paper: `python -m kit.pdf KIND`, a Document (JSON) to its input,
the file from its output. It binds its memory and CPU time before anything is read."""

import os
import resource
import sys

CPU_SECONDS = 20
MEMORY = 768 * 1024 * 1024  # bytes


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(5)  # pages come first
    import msgspec

    from kit.pdf.document import Document, Kind

    kind = Kind(sys.argv[1])
    asked = msgspec.json.decode(sys.stdin.buffer.read(), type=Document)
    if kind is Kind.PDF:
        from kit.pdf.drawing import drawn as made
    else:
        from kit.pdf.hangul import written as made
    sys.stdout.buffer.write(made(asked))


if __name__ == "__main__":
    main()
