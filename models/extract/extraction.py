"""What was found in a file, and the bounds it was found within."""

import msgspec

TEXT_LIMIT = 300_000  # characters kept: longer than any newsletter, shorter than a novel
MEMORY = 1024 * 1024 * 1024  # bytes of address space
CPU_SECONDS = 30
OUTPUT = 64 * 1024 * 1024  # bytes of one file written
LATER = "later"  # the problem when the disk was full: nothing is wrong with the file
RESULT = "extraction.json"  # what the child writes
TRY_LATER = 75  # how it ends when the disk was full (sysexits.h)


class Extraction(msgspec.Struct, frozen=True):
    """`pages` are file names in the folder given, fewer than `page_count` where drawing ended early;
    `problem` is empty when something was found, else one of: empty (nothing readable inside),
    broken, limits, unsupported, LATER."""

    text: str = ""
    pages: tuple[str, ...] = ()
    page_count: int = 0
    problem: str = ""
