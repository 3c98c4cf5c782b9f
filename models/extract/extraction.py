"""What was found in a file, and the bounds it was found within."""

import msgspec

TEXT_LIMIT = 300_000  # characters kept: longer than any newsletter, shorter than a novel
MEMORY = 1024 * 1024 * 1024  # bytes of address space
CPU_SECONDS = 30
COVER = "cover"
"""In place of a media type: the photo is to be covered, not read."""
OUTPUT = 64 * 1024 * 1024  # bytes of one file written
LATER = "later"  # the problem when the disk was full: nothing is wrong with the file
RESULT = "extraction.json"  # what the child writes
TRY_LATER = 75  # how it ends when the disk was full (sysexits.h)


class Box(msgspec.Struct, frozen=True):
    """A part of a picture as it is seen upright, in thousandths of its width and height."""

    left: int
    top: int
    width: int
    height: int

    def pixels(self, width: int, height: int) -> tuple[int, int, int, int]:
        """Left, top, right and bottom in a picture of so many pixels, the last two within the box; whatever
        the box touches is in it."""
        return (
            self.left * width // 1000,
            self.top * height // 1000,
            -(-(self.left + self.width) * width // 1000) - 1,
            -(-(self.top + self.height) * height // 1000) - 1,
        )


class Extraction(msgspec.Struct, frozen=True):
    """`pages` are file names in the folder given, "" for a page that could not be drawn; fewer than
    `page_count` where drawing ended early. `unread` are the numbers of pages of which something
    could not be read or drawn; `is_cut`: the text goes on. `problem` is empty when something was
    found, else one of: empty (nothing readable inside), broken, limits, unsupported, LATER, or what
    an Unreadable tells."""

    text: str = ""
    pages: tuple[str, ...] = ()
    page_count: int = 0
    problem: str = ""
    unread: tuple[int, ...] = ()
    is_cut: bool = False


class Part(msgspec.Struct, frozen=True):
    """Text found in a file, as far as it was read. `unread` and `is_cut` as of an Extraction."""

    text: str
    unread: tuple[int, ...] = ()
    is_cut: bool = False


class Picture(msgspec.Struct, frozen=True):
    """A page's picture: its file name, "" where the page could not be drawn; how many pages there
    are."""

    name: str
    number: int
    page_count: int


class Unreadable(Exception):
    """A file that is not read, though nothing is wrong with it. `problem`: limits (too much to
    read), locked (a password or rights management), old (한글 97 and before), distributed (for
    looking at only, in a way that is not known)."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem
