"""Files as lines of cells: workbooks (XLSX) with what their cells show, and CSV in UTF-8 (with or
without a mark), UTF-16 and CP949, by comma, semicolon or tab. What a keyboard, a Mac or a web page
put into a cell besides its letters is taken off.
"""

import csv
import io
import itertools
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import partial

from kit import cleaning, sheets
from kit.i18n import _
from kit.naming import composed

LARGEST = 8 * 1024 * 1024  # bytes of one file
MOST_ROWS = 20_000
TITLES = 20  # rows that may stand above the headings

Line = tuple[int, list[str]]
"""(line as the spreadsheet counts, its cells)"""

Known = Callable[[list[str]], int]
"""How many of the wanted columns some cells name: by it the sheet and the delimiter are found."""


Clean = Callable[[str], str]

_DAY = re.compile(
    r"(\d{4})[-./년]?\s*(\d{1,2})[-./월]?\s*(\d{1,2})[.일]?(?:\s*\(?[월화수목금토일](?:요일)?\)?)?"
)


class NoTable(Exception):
    """A file is no table. `reason` is a msgid with `params`."""

    def __init__(self, reason: str, **params: object) -> None:
        super().__init__(reason)
        self.reason = reason
        self.params = params


_OLD = _(
    "예전 엑셀 파일(.xls)이거나 암호가 걸린 파일입니다. 엑셀에서 암호 없이 ‘Excel 통합 문서(.xlsx)’로"
    " 저장해 주세요."
)
_UNCALCULATED = _("계산되지 않은 수식이 있습니다. 엑셀에서 열어 저장한 뒤 다시 올려 주세요.")


def cell(value: str) -> str:
    """A cell without what is not seen in it: spaces of every width, line breaks, marks of no width,
    Excel's and our own ways to say that it is text."""
    value = composed(value)
    if value.startswith('="') and value.endswith('"'):  # Excel's way to keep a leading zero
        value = value[2:-1].strip()
    if re.match(r"'(\d|$)", value):
        return value[1:]
    return cleaning.typed(value)


def plain(value: str) -> str:
    """A number, code or heading as it is meant: full-width letters are the same letters."""
    return unicodedata.normalize("NFKC", value).strip()


def as_heading(value: str) -> str:
    """A heading as it is compared: without spaces, and without the marks that a column is needed."""
    return re.sub(r"\s|\*|\(필수\)", "", plain(value)).lower()


def block(value: str) -> str:
    """A cell whose lines stay lines: dishes of a meal below one another."""
    return "\n".join(filter(None, map(cell, value.splitlines())))


def day(value: str) -> date | None:
    """The day that a cell names: 20261202, 2026-12-02, 2026. 12. 2.(수), 2026년 12월 2일."""
    found = _DAY.fullmatch(plain(value))
    try:
        return None if found is None else date(*map(int, found.groups()))
    except ValueError:
        return None


def table(content: bytes, known: Known, clean: Clean = cell) -> list[Line]:
    """The lines of a file that are not empty, its cells as `clean` leaves them. Raises NoTable."""
    if len(content) > LARGEST:
        raise NoTable(_("파일이 너무 큽니다(8 MB까지). 나누어 올려 주세요."))
    if content[:4] == b"\xd0\xcf\x11\xe0":
        raise NoTable(_OLD)
    lines = (
        _workbook(content, known, clean)
        if content[:4] == b"PK\x03\x04"
        else _csv(content, known, clean)
    )
    if not lines:
        raise NoTable(_("내용이 없습니다. 열 제목과 내용이 든 파일을 올려 주세요."))
    if len(lines) > MOST_ROWS:
        raise NoTable(
            _("한 번에 %(rows)s줄까지 올릴 수 있습니다. 나누어 올려 주세요."), rows=MOST_ROWS
        )
    return lines


def _filled(rows: Iterable[tuple[int, list[str]]], clean: Clean) -> list[Line]:
    """Lines in which something stands, one more than may be. Row by row: in between others have
    their turn."""
    found = ((at, values) for at, row in rows if any(values := list(map(clean, row))))
    return list(itertools.islice(found, MOST_ROWS + 1))


# Workbooks ----------------------------------------------------------------------------------------


def _workbook(content: bytes, known: Known, clean: Clean) -> list[Line]:
    """The sheet that names most of the wanted columns."""

    def headings(lines: list[Line]) -> int:
        return max((known(values) for _at, values in lines[:TITLES]), default=-1)

    try:
        filled = partial(_filled, clean=clean)
        return max(map(filled, sheets.tables(content)), key=headings, default=[])
    except sheets.Uncalculated as error:
        raise NoTable(_UNCALCULATED) from error
    except sheets.NoWorkbook as error:
        raise NoTable(_("엑셀 파일이 손상되었습니다. 엑셀에서 다시 저장해 주세요.")) from error


# CSV ----------------------------------------------------------------------------------------------


def _csv(content: bytes, known: Known, clean: Clean) -> list[Line]:
    text = _text(content)
    if re.match(r"\s*<(!doctype|html|table|\?xml)", text, re.IGNORECASE):
        raise NoTable(
            _("웹 화면을 저장한 파일입니다. 엑셀에서 ‘Excel 통합 문서(.xlsx)’로 저장해 주세요.")
        )
    text, delimiters = _told_delimiter(text)
    delimiter = max(delimiters, key=lambda one: _named(_parsed(text, one), known))
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return _filled(enumerate(rows, 1), clean)
    except csv.Error as error:
        reason = _("따옴표가 닫히지 않았거나 CSV 형식이 아닙니다. 엑셀에서 다시 저장해 주세요.")
        raise NoTable(reason) from error


def _text(content: bytes) -> str:
    encodings = ["utf-8-sig", "cp949"]
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings = ["utf-16"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise NoTable(
        _("글자를 읽을 수 없습니다. 엑셀 파일(.xlsx)이나 ‘CSV UTF-8(쉼표로 분리)’로 저장해 주세요.")
    )


def _told_delimiter(text: str) -> tuple[str, tuple[str, ...]]:
    """The text and its possible delimiters; a line `sep=;` above all is Excel's, which hides it."""
    told = re.match(r"\ufeff?\"?sep=(.)\"?\r?\n", text, re.IGNORECASE)
    return (text[told.end() :], (told.group(1),)) if told else (text, (",", "\t", ";"))


def _named(rows: Iterable[list[str]], known: Known) -> int:
    """How many columns the best of the first rows names."""
    first = itertools.islice(rows, TITLES)
    return max((known([cell(value) for value in row]) for row in first), default=0)


def _parsed(text: str, delimiter: str) -> Iterator[list[str]]:
    """Rows as far as they can be read with a delimiter that may be the wrong one."""
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error:
        return
