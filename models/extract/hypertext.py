"""HTML as it would be read on a page: blocks as lines, rows as rows, nothing that is not shown."""

import codecs
import re
from html.parser import HTMLParser

from models.extract.table import WIDEST, Cell, table_lines


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_UNREAD = _names(
    "script style template title noscript noframes noembed iframe object video audio canvas svg rp"
    " datalist"
)
_VOID = _names("area base br col embed hr img input link meta param source track wbr")
_BLOCKS = _names(
    "address article aside blockquote body button caption center dd details dialog dir div dl dt"
    " fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main"
    " menu nav ol optgroup option p pre search section select summary textarea ul"
)
# What ends where another begins, without an end tag of its own.
_CLOSED_BY = {
    "p": _BLOCKS | {"table"},
    "rp": {"rp", "rt"},
    "dt": {"dt", "dd"},
    "dd": {"dt", "dd"},
    "td": {"td", "th", "tr"},
    "th": {"td", "th", "tr"},
    **{name: {name} for name in ("li", "tr", "option", "optgroup")},
}
_SPACE = re.compile(r"[ \t\n\r\f\xa0]+")
_INVISIBLE = re.compile("[\xad\u200b\u2060\ufeff]")
_HIDING = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_CHARSET = re.compile(
    rb"""<(?:meta|\?xml)[^>]*?(?:charset|encoding)\s*=\s*["']?([\w.:-]+)""", re.IGNORECASE
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What pages call KS X 1001 is what Windows makes of it (as browsers read it).
_KOREAN = frozenset({"euc-kr", "euc_kr", "ks_c_5601-1987", "ksc5601", "ks_c_5601", "korean"})


def lines(content: bytes) -> list[str]:
    """The lines of a page."""
    reader = _Reader()
    reader.feed(_decoded(content))
    reader.close()
    return reader.lines()


def _decoded(content: bytes) -> str:
    """By its byte order mark, else as it says itself, else as Korean offices write."""
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, "replace")
    said = _CHARSET.search(content[:4096])
    name = said[1].decode("ascii").lower() if said else "utf-8"
    declared = "cp949" if name in _KOREAN else name
    for encoding in (declared, "utf-8", "cp949"):
        # What says in single bytes that it is in double ones is not (WHATWG).
        if encoding.startswith(("utf-16", "utf-32")):
            continue
        try:
            return content.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return content.decode("utf-8" if declared == "utf-8" else "cp949", "replace")


class _Flow:
    """Lines that follow each other: the page, or a cell that spans columns and rows."""

    def __init__(self, across: int = 1, down: int = 1) -> None:
        self.across = across
        self.down = down
        self._lines: list[str] = []
        self._line: list[str] = []

    def say(self, text: str) -> None:
        self._line.append(text)

    def break_line(self) -> None:
        line = "".join(self._line)
        self._line = []
        said = _INVISIBLE.sub("", _SPACE.sub(" ", line)).strip()
        if said:
            self._lines.append(said)

    def add(self, lines: list[str]) -> None:
        self.break_line()
        self._lines += lines

    def lines(self) -> list[str]:
        self.break_line()
        return self._lines


class _Table:
    def __init__(self) -> None:
        self.rows: list[list[Cell]] = []
        self.cell: _Flow | None = None

    def close_cell(self) -> None:
        if self.cell is not None:
            self.rows[-1].append(Cell(self.cell.lines(), self.cell.across, self.cell.down))
            self.cell = None


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._page = _Flow()
        self._tables: list[_Table] = []
        self._hidden: list[str] = []  # open elements, from the one that is not shown
        self._kept = 0  # open elements whose line ends are kept
        self._is_above = False  # within what stands above a word (ruby)

    def lines(self) -> list[str]:
        while self._tables:
            self._end_table()
        return self._page.lines()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._hidden and tag in _CLOSED_BY.get(self._hidden[-1], ()):
            self._hidden.pop()
        if self._hidden or _is_hidden(tag, attrs):
            if tag not in _VOID:
                self._hidden.append(tag)
            return
        if tag in _BLOCKS or tag == "br":
            self._flow.break_line()
        if tag == "table":
            self._flow.break_line()
            self._tables.append(_Table())
        elif tag in ("tr", "td", "th") and self._tables:
            self._begin(tag, dict(attrs))
        elif tag in ("td", "th", "tr"):
            self._flow.break_line()
        elif tag in ("pre", "textarea"):
            self._kept += 1
        elif tag == "rt":
            self._end_above()
            self._flow.say("(")
            self._is_above = True

    def handle_endtag(self, tag: str) -> None:
        if self._hidden:
            self._end_hidden(tag)
            return
        if tag in ("td", "th") and self._tables:
            self._tables[-1].close_cell()
        elif tag == "table" and self._tables:
            self._end_table()
        elif tag in _BLOCKS or tag in ("tr", "td", "th"):
            self._flow.break_line()
        if tag in ("pre", "textarea"):
            self._kept = max(self._kept - 1, 0)
        elif tag in ("rt", "ruby"):
            self._end_above()

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        first, *others = data.splitlines() if self._kept and data else [data]
        self._flow.say(first)
        for line in others:
            self._flow.break_line()
            self._flow.say(line)
        if self._kept and data.endswith("\n"):
            self._flow.break_line()

    @property
    def _flow(self) -> _Flow:
        cells = (table.cell for table in reversed(self._tables))
        return next((cell for cell in cells if cell is not None), self._page)

    def _begin(self, tag: str, attrs: dict[str, str | None]) -> None:
        """A row or a cell of the innermost table."""
        table = self._tables[-1]
        table.close_cell()
        if tag == "tr" or not table.rows:
            table.rows.append([])
        if tag != "tr":
            table.cell = _Flow(_span(attrs.get("colspan")), _span(attrs.get("rowspan")))

    def _end_table(self) -> None:
        table = self._tables.pop()
        table.close_cell()
        self._flow.add(table_lines(table.rows))

    def _end_hidden(self, tag: str) -> None:
        if tag in self._hidden:
            last = len(self._hidden) - 1 - self._hidden[::-1].index(tag)
            del self._hidden[last:]
        elif self._hidden[0] in _CLOSED_BY:  # its parent ends, and it with it
            self._hidden = []
            self.handle_endtag(tag)

    def _end_above(self) -> None:
        if self._is_above:
            self._flow.say(")")
        self._is_above = False


def _is_hidden(tag: str, attrs: list[tuple[str, str | None]]) -> bool:
    said = dict(attrs)
    return tag not in ("html", "body") and (
        tag in _UNREAD
        or "hidden" in said
        or (tag == "dialog" and "open" not in said)
        or _HIDING.search(said.get("style") or "") is not None
    )


def _span(said: str | None) -> int:
    found = (said or "").strip()
    return min(int(found[:6]), WIDEST) if found[:6].isascii() and found[:6].isdigit() else 1
