"""What was found in a file, and the bounds it was found within."""

import msgspec

TEXT_LIMIT = 300_000  # characters kept: longer than any newsletter, shorter than a novel
MEMORY = 1024 * 1024 * 1024  # bytes of address space
CPU_SECONDS = 30
OUTPUT = 64 * 1024 * 1024  # bytes of one file written


class Extraction(msgspec.Struct, frozen=True):
    """`pages` are file names in the folder given; `problem` is empty when all went well, else one
    of: empty (nothing readable inside), broken, limits, unsupported."""

    text: str = ""
    pages: tuple[str, ...] = ()
    page_count: int = 0
    problem: str = ""
