"""The short-lived process that draws one paper: `python -m kit.pdf`, a Document (JSON) to its input,
the PDF from its output. It binds its memory and CPU time before anything is read."""

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

    from kit.pdf.document import Document
    from kit.pdf.drawing import drawn

    asked = msgspec.json.decode(sys.stdin.buffer.read(), type=Document)
    sys.stdout.buffer.write(drawn(asked))


if __name__ == "__main__":
    main()
