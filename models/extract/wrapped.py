"""Lines of a printed page put together to the paragraphs they were wrapped from.

Korean is wrapped anywhere, within words as well, and no hyphen tells. So it is read off the page
whether a line ended because its column did, and whether the break stood between two words.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

import msgspec

# Marks before which a paragraph begins, whatever stands above.
_BEGINS = re.compile(
    r"[-–—•·∙○●◦◎□■▪▫◇◆▷▶►☞※*★☆✓√❏❍➢<〈《\[【]|[①-⑳⑴-⒇㉠-㉻❶-❿]|"
    r"[(]?(?:\d{1,2}|[가나다라마바사아자차카타파하]|[a-zA-Z]|[ivxIVX]{1,4})[.)]\s|\d{1,2}:\d\d(?=[\s~∼-])|제\s?\d+\s?(?:조|장|절|항)"
)
_LABEL = re.compile(r"^[^\s:：].{0,11}\s?[:：]\s")
_ENDS = re.compile(r"[.?!:;。][\"'”’)\]」』]*$")
_SENTENCE = re.compile(r"[다요오까음함임됨][.?!][\"'”’)\]」』]*$")
_TAIL = re.compile(r"[다요]\.")  # of a verb (합니/다.), not an item of a list
_LETTER = re.compile(r"[가-힣一-鿿]")
# Syllables that end a word more often than not (counted over letters and articles of schools).
_WORD_ENDS = re.compile(
    r"(?:[며를은을할와면로다께는게야뒤고만과데의한및등]|에서|에게|까지|부터|도록|하여)$"
)
CLOSE = 4.0  # of a letter's height: lines this near to the edge may have met it
HYPHEN = "\x02"  # as PDFium tells one that stands there for the line's end only
SPACE = 0.25  # of a letter's height: the space that a wrapped line lost
GAP = 2.0  # of a letter's height: a wider gap within a line parts columns of a table
NARROW = 10.0  # of a letter's height: shorter lines (names, cells) are no lines of a column
SHORT = 0.35  # of the longest line of a block: a shorter one is no part of a sentence
ENOUGH = 3  # lines that meet an edge make it one


class Line(msgspec.Struct, frozen=True):
    """A printed line; lengths in points, from the lower left corner of the page. `first` and
    `word`: widths of its first letter and first word; `gap`: the widest space within it."""

    text: str
    left: float
    right: float
    base: float
    height: float
    first: float
    word: float
    gap: float


class Sheet(msgspec.Struct, frozen=True):
    """The lines of a page so wide (points)."""

    lines: Sequence[Line]
    width: float


def paragraphs(sheets: Sequence[Sheet]) -> str:
    """The text of a document's pages, a line a paragraph."""
    pages = [_Page(sheet) for sheet in sheets if sheet.lines]
    printer = _Printer(pages)
    pieces: list[str] = []
    last: tuple[_Page, Line] | None = None
    for page in pages:
        if last is not None:
            above, below = last[1], page.lines[0]
            is_wrapped = printer.has_wrapped(last[0], above, below, last[0].is_full(above, below))
            pieces.append(printer.between(last[0], above, below) if is_wrapped else "\n\n")
        pieces.append(page.lines[0].text.rstrip())
        for (above, below), wrap in zip(pairwise(page.lines), page.wraps, strict=True):
            if page.is_near(above, below) and printer.has_wrapped(page, above, below, wrap):
                pieces.append(printer.between(page, above, below))
            else:
                pieces.append("\n\n" if page.is_apart(above, below) else "\n")
            pieces.append(below.text.rstrip())
        last = page, page.lines[-1]
    return "".join(pieces).replace(HYPHEN, "")


class _Page:
    def __init__(self, sheet: Sheet) -> None:
        self.lines = sheet.lines
        self._margin_edge = sheet.width - min(line.left for line in self.lines)
        falls = [a.base - b.base for a, b in pairwise(self.lines) if a.base - b.base > a.height / 2]
        self._pitch = sorted(falls)[len(falls) // 4] if falls else 0.0
        wraps = [
            self.is_near(above, below) and self.is_full(above, below)
            for above, below in pairwise(self.lines)
        ]
        self.wraps = self._with_sentences(wraps)

    def is_apart(self, above: Line, below: Line) -> bool:
        return above.base - below.base > 1.6 * self._pitch

    def is_near(self, above: Line, below: Line) -> bool:
        fall = above.base - below.base
        return 0 < fall < 2.5 * above.height and fall < 1.3 * self._pitch

    def is_full(self, above: Line, below: Line) -> bool:
        """Whether the line above ended because its column did, and the other may go on with it."""
        if not _may_go_on(above, below):
            return False
        edge = self.edge(above)
        return (
            edge is not None
            and above.right - above.left > NARROW * above.height
            and above.right + below.word > edge - SPACE * above.height
        )

    def edge(self, line: Line) -> float | None:
        """Where the column of a line ends on the right; None when nothing tells."""
        near = CLOSE * line.height
        beside = [one.right for one in self.lines if abs(one.left - line.left) < near]
        edge = max(beside)
        if sum(edge - right < near for right in beside) >= ENOUGH:
            return edge
        return edge if self._margin_edge - edge < near else None

    def _with_sentences(self, wraps: Sequence[bool]) -> list[bool]:
        """The same, for lines that end anywhere as well: where only the last of a block ends a
        sentence, the others are parts of it."""
        found = list(wraps)
        start = 0
        for end in range(1, len(self.lines) + 1):
            if end < len(self.lines):
                above, below = self.lines[end - 1], self.lines[end]
                if _may_go_on(above, below) and self.is_near(above, below):
                    continue
            if _is_sentence(self.lines[start:end]):
                found[start : end - 1] = [True] * (end - 1 - start)
            start = end
        return found


class _Printer:
    """How the program that made the document ends its lines, told by all of them."""

    def __init__(self, pages: Sequence[_Page]) -> None:
        self._known = "\n".join(line.text for page in pages for line in page.lines)
        pairs = [
            (page, above, below, is_wrapped)
            for page in pages
            for (above, below), is_wrapped in zip(pairwise(page.lines), page.wraps, strict=True)
        ]
        wrapped = [(page, above, below) for page, above, below, is_wrapped in pairs if is_wrapped]
        spaced = [_ends_in_space(above) for _, above, _ in wrapped]
        others = [_ends_in_space(above) for _, above, _, is_wrapped in pairs if not is_wrapped]
        self._keeps_spaces = any(spaced)
        self._spaces_tell = _share(spaced) > 0.6 and _share(others) < 0.2
        # A word of other letters has its own reasons to be kept whole.
        rooms = [self._has_room(*one) for one in wrapped if _is_within_letters(one[1], one[2])]
        self._keeps_words = _share(rooms) > 0.2

    def has_wrapped(self, page: _Page, above: Line, below: Line, is_full: bool) -> bool:
        """Whether a line was wrapped: where only such lines end in a space, that tells it best;
        without one, no letter had room then."""
        if not self._spaces_tell:
            return is_full
        if _ends_in_space(above):
            return _is_alike(above, below)
        parts_words = not self._keeps_words and not self._has_room(page, above, below)
        return is_full and parts_words and not _ENDS.search(above.text)

    def between(self, page: _Page, above: Line, below: Line) -> str:
        """What stands between two words that a line's end parts: a space, or nothing where it
        parts one word."""
        before = above.text.rstrip()
        if before.endswith(HYPHEN):
            return ""  # a hyphen that the document knows as one
        if _ends_in_space(above) or not _is_within_letters(above, below):
            return " "
        if self._keeps_spaces:
            return ""
        head, tail = before.split()[-1], below.text.split()[0]
        if len(head) > 1 and head + tail[:2] in self._known:
            return ""  # such a word stands whole elsewhere
        if self._keeps_words or self._has_room(page, above, below):
            return " "
        return " " if len(head) > 1 and _WORD_ENDS.search(head) else ""

    @staticmethod
    def _has_room(page: _Page, above: Line, below: Line) -> bool:
        """Whether a letter had room where the word had not."""
        edge = page.edge(above)
        return edge is None or above.right + below.first < edge


def _share(found: Sequence[bool]) -> float:
    return sum(found) / max(len(found), 1)


def _ends_in_space(line: Line) -> bool:
    return line.text != line.text.rstrip()


def _is_within_letters(above: Line, below: Line) -> bool:
    """Whether a break stands between letters that may be parted anywhere."""
    return bool(_LETTER.match(above.text.rstrip()[-1:]) and _LETTER.match(below.text))


def _may_go_on(above: Line, below: Line) -> bool:
    begins = _BEGINS.match(below.text) or _LABEL.match(below.text)
    is_ending = _TAIL.match(below.text) and _LETTER.match(above.text.rstrip()[-1:])
    return (is_ending or not begins) and _is_alike(above, below)


def _is_alike(above: Line, below: Line) -> bool:
    """Whether two lines may be of one paragraph: as large, begun at the same place, no table."""
    height = max(above.height, below.height)
    return (
        abs(above.height - below.height) < 0.2 * height
        and abs(above.left - below.left) < CLOSE * height
        and max(above.gap, below.gap) < GAP * height
    )


def _is_sentence(block: Sequence[Line]) -> bool:
    longest = max(line.right - line.left for line in block)
    return (
        len(block) > 1
        and _SENTENCE.search(block[-1].text.rstrip()) is not None
        and not any(
            _ENDS.search(line.text.rstrip())
            or _LABEL.match(line.text)
            or line.right - line.left < SHORT * longest
            for line in block[:-1]
        )
    )
