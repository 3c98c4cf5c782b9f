r"""RTF 1.9: its text, without what tells how it looks.

Letters come as bytes in the code page of their font or of the document, or as UTF-16 units (\u)
that are followed by what old programs show instead. What hangs on a paragraph (a note, a comment, a
box) stands in lines of its own behind it; headers stand first, footers last.
"""

import codecs
import re

import msgspec
from msgspec.structs import replace

from models.extract.labels import ENDNOTE, FOOTNOTE, MEMO, labelled
from models.extract.symbols import UNKNOWN, symbol
from models.extract.table import Cell, table_lines

_TOKEN = re.compile(
    rb"\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,10})?[ ]?|\\'(?P<byte>[0-9a-fA-F]{2})"
    rb"|\\(?P<sign>[^a-zA-Z])|(?P<brace>[{}])|[\r\n]+|(?P<text>[^\\{}\r\n]+)",
    re.DOTALL,
)


def _words(text: str) -> frozenset[bytes]:
    return frozenset(text.encode().split())


# Groups that are no text; and those that are although old programs may skip them (\*).
_UNREAD = _words(
    "fonttbl colortbl stylesheet info pict nonshppict shprslt nonesttables filetbl revtbl xe tc txe"
    " rxe template private atnid atnauthor atndate atnref atntime atnparent pnseclvl sp"
)
_OPTIONAL = _words("annotation shpinst do ud")
_PARAGRAPH_ENDS = _words("par sect page column")
_CHARACTERS = {
    b"tab": "\t",
    b"line": "\n",
    b"lbr": "\n",
    b"emdash": "—",
    b"endash": "–",
    b"bullet": "•",
    b"lquote": "‘",
    b"rquote": "’",
    b"ldblquote": "“",
    b"rdblquote": "”",
    b"emspace": " ",
    b"enspace": " ",
    b"qmspace": " ",
    b"nestcell": " ",
    b"nestrow": " ",
}
_SIGNS = {b"~": " ", b"_": "-", b"\\": "\\", b"{": "{", b"}": "}", b"\t": "\t"}
# Where text begins that stands apart, and what it is.
_STORIES = {
    **dict.fromkeys(_words("header headerl headerr headerf"), "header"),
    **dict.fromkeys(_words("footer footerl footerr footerf"), "footer"),
    **dict.fromkeys(_words("shptxt dptxbxtext"), "box"),
    b"footnote": "footnote",
    b"annotation": "comment",
}
_LABELS = {"footnote": FOOTNOTE, "endnote": ENDNOTE, "comment": MEMO}
_CODE_PAGES = {b"mac": "mac_roman", b"pc": "cp437", b"pca": "cp850"}
_SYMBOLS = "symbols"  # a font whose letters are signs
_CHARSETS = {
    2: _SYMBOLS,
    77: "mac_roman",
    128: "cp932",
    129: "cp949",
    130: "johab",
    134: "gbk",
    136: "big5",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
}
_DOUBLE = frozenset({"cp932", "cp949", "johab", "gbk", "big5"})


def lines(content: bytes) -> list[str]:
    """The lines of a document. Raises ValueError when it is no RTF."""
    if not content.lstrip().startswith(b"{\\rtf"):
        raise ValueError("no RTF")
    reader = _Reader()
    reader.read(content)
    return reader.lines()


class _State(msgspec.Struct, frozen=True):
    """What holds within a group. `fallback`: how many characters behind a \\u stand for it in old
    programs; `story`: what kind began with this group; `tells_twice`: the groups within tell the
    same without Unicode and with it (\\upr)."""

    is_unread: bool = False
    is_hidden: bool = False
    is_deleted: bool = False
    fallback: int = 1
    font: int = -1
    story: str = ""
    tells_twice: bool = False

    @property
    def is_read(self) -> bool:
        return not (self.is_unread or self.is_hidden or self.is_deleted)


class _Story:
    """Text that runs on."""

    def __init__(self) -> None:
        self.in_table = False
        self._line: list[str] = []
        self._lines: list[str] = []
        self._behind: list[str] = []
        self._rows: list[list[Cell]] = []
        self._row: list[Cell] = []
        self._cell: list[str] = []

    def say(self, text: str) -> None:
        self._line.append(text)

    def hang(self, lines: list[str]) -> None:
        """Lines that stand behind the paragraph."""
        self._behind += lines

    def end_paragraph(self) -> None:
        said = [line.strip() for line in "".join(self._line).split("\n")] + self._behind
        self._line, self._behind = [], []
        if self.in_table:
            self._cell += said
        else:
            self._end_table()
            self._lines += said

    def end_cell(self) -> None:
        self.in_table = True
        self.end_paragraph()
        self._row.append(Cell(self._cell))
        self._cell = []

    def end_row(self) -> None:
        self._rows.append(self._row)
        self._row = []

    def lines(self) -> list[str]:
        if self._cell:
            self.end_cell()
        self.in_table = False
        if self._line or self._behind:
            self.end_paragraph()
        self._end_table()
        return self._lines

    def _end_table(self) -> None:
        self.end_row()
        self._lines += table_lines(row for row in self._rows if row)
        self._rows = []


class _Reader:
    def __init__(self) -> None:
        self._state = _State()
        self._outer: list[_State] = []
        self._stories = [_Story()]
        self._margins: dict[str, dict[str, list[str]]] = {"header": {}, "footer": {}}
        self._letters = bytearray()  # those that wait: a letter may be of two bytes or units
        self._is_utf16 = False
        self._to_skip = 0
        self._is_optional = False
        self._code_page = "cp1252"
        self._fonts: dict[int, str] = {}
        self._default_font = -1

    def read(self, content: bytes) -> None:
        at = 0
        while found := _TOKEN.match(content, at):
            at = found.end()
            if found["word"] == b"bin":
                at += max(int(found["number"] or 0), 0)
            elif found["word"] is not None:
                self._word(found["word"], int(found["number"]) if found["number"] else None)
            elif found["byte"] is not None:
                self._take(bytes([int(found["byte"], 16)]))
            elif found["sign"] is not None:
                self._sign(found["sign"])
            elif found["text"] is not None:
                self._take(found["text"])
            elif found["brace"] == b"{":
                self._open()
            elif found["brace"] == b"}":
                self._close()
                if not self._outer:
                    break

    def lines(self) -> list[str]:
        while self._outer:
            self._close()
        self._flush()
        headers, footers = (
            [line for lines in stories.values() for line in lines]
            for stories in self._margins.values()
        )
        return [*headers, *self._stories[0].lines(), *footers]

    def _open(self) -> None:
        self._flush()
        state = self._state
        self._outer.append(state)
        is_unread = state.is_unread or state.tells_twice
        self._state = replace(state, is_unread=is_unread, story="", tells_twice=False)
        self._to_skip = 0
        self._is_optional = False

    def _close(self) -> None:
        self._flush()
        self._to_skip = 0
        if self._state.story:
            lines = self._stories.pop().lines()
            self._place(self._state.story, [line for line in lines if line])
        if self._outer:
            self._state = self._outer.pop()

    def _place(self, kind: str, lines: list[str]) -> None:
        if kind in self._margins:
            self._margins[kind]["\n".join(lines)] = lines
        elif kind in _LABELS:
            self._stories[-1].hang(labelled(_LABELS[kind], lines))
        else:
            self._stories[-1].hang(lines)

    def _word(self, word: bytes, number: int | None) -> None:
        if self._to_skip and word in _CHARACTERS:
            self._to_skip -= 1
            return
        self._to_skip = 0
        is_optional, self._is_optional = self._is_optional, False
        if word == b"u" and number is not None:
            self._unit(number & 0xFFFF)
        elif word in _CHARACTERS:
            self._say(_CHARACTERS[word])
        elif word in _UNREAD or (is_optional and word not in _OPTIONAL):
            self._state = replace(self._state, is_unread=True)
        elif word == b"ud" and self._outer and self._outer[-1].tells_twice:
            self._state = replace(self._state, is_unread=False)
        elif word in _STORIES and not self._state.is_unread:
            self._flush()
            self._stories.append(_Story())
            self._state = replace(self._state, story=_STORIES[word])
        elif word == b"ftnalt" and self._state.story:
            self._state = replace(self._state, story="endnote")
        elif not self._set(word, number):
            self._lay_out(word)

    def _set(self, word: bytes, number: int | None) -> bool:
        """Words that change how letters are read."""
        state = self._state
        if word == b"uc":
            state = replace(state, fallback=1 if number is None else max(number, 0))
        elif word == b"upr":
            state = replace(state, tells_twice=not state.is_unread)
        elif word == b"v":
            state = replace(state, is_hidden=number != 0)
        elif word == b"deleted":
            state = replace(state, is_deleted=number != 0)
        elif word == b"plain":
            state = replace(state, is_hidden=False, is_deleted=False, font=self._default_font)
        elif word == b"f" and number is not None:
            state = replace(state, font=number)
        elif word == b"deff" and number is not None:
            self._default_font = number
            state = replace(state, font=number)
        elif word == b"fcharset" and number in _CHARSETS:
            self._fonts[state.font] = _CHARSETS[number]
        elif word in _CODE_PAGES:
            self._code_page = _CODE_PAGES[word]
        elif word == b"ansicpg":
            self._code_page = _codec(number)
        else:
            return False
        self._flush()
        self._state = state
        return True

    def _lay_out(self, word: bytes) -> None:
        """Words that end and begin paragraphs and cells."""
        if not self._state.is_read:
            return
        story = self._stories[-1]
        if word in _PARAGRAPH_ENDS:
            self._flush()
            story.end_paragraph()
        elif word == b"cell":
            self._flush()
            story.end_cell()
        elif word == b"row":
            story.end_row()
        elif word in (b"pard", b"intbl"):
            story.in_table = word == b"intbl"

    def _sign(self, sign: bytes) -> None:
        if self._to_skip:
            self._to_skip -= 1
        elif sign == b"*":
            self._is_optional = True
        elif sign in (b"\n", b"\r"):
            self._lay_out(b"par")
        else:
            self._say(_SIGNS.get(sign, ""))

    def _take(self, letters: bytes) -> None:
        skipped = min(self._to_skip, len(letters))
        self._to_skip -= skipped
        self._collect(letters[skipped:], is_utf16=False)

    def _unit(self, unit: int) -> None:
        if 0xF000 <= unit <= 0xF0FF:
            self._say(symbol("wingdings", f"{unit:x}"))
        else:
            self._collect(unit.to_bytes(2, "little"), is_utf16=True)
        self._to_skip = self._state.fallback

    def _collect(self, letters: bytes, *, is_utf16: bool) -> None:
        if self._state.is_read and letters:
            if self._is_utf16 != is_utf16:
                self._flush()
            self._is_utf16 = is_utf16
            self._letters += letters

    def _say(self, text: str) -> None:
        if self._state.is_read:
            self._flush()
            self._stories[-1].say(text)

    def _flush(self) -> None:
        if not self._letters:
            return
        letters = bytes(self._letters)
        self._letters.clear()
        if self._is_utf16:
            self._stories[-1].say(letters.decode("utf-16-le", "replace"))
        else:
            self._stories[-1].say(self._decoded(letters))

    def _decoded(self, letters: bytes) -> str:
        """By the code page of the font, where it or the document's has letters of two bytes: not
        every program names the font that it changes to for them."""
        if letters.isascii():
            return letters.decode("ascii")
        font = self._fonts.get(self._state.font, self._code_page)
        if font == _SYMBOLS:
            return UNKNOWN * len(letters)
        for page in sorted([font, self._code_page], key=lambda one: one not in _DOUBLE):
            try:
                return letters.decode(page)
            except UnicodeDecodeError:
                continue
        return letters.decode(self._code_page, "replace")


def _codec(number: int | None) -> str:
    known = {65001: "utf-8", 1361: "johab"}.get(number or 0, f"cp{number}")
    try:
        return codecs.lookup(known).name
    except LookupError:
        return "cp1252"
