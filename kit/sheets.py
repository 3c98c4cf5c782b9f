"""Tables as spreadsheets: the only place that writes XLSX and CSV, and that reads XLSX.

    sheets.xlsx("회신", [["이름", "알레르기"], ["이지우", "땅콩"]], frozen="B2")
    sheets.csv([["학교", "읽은 인원"], ["한빛초등학교", 12]])
    for rows in sheets.tables(content): ...

Text stays text, whatever it begins with; numbers are numbers. The first row is the headings.
"""

import csv as _csv
import io
import logging
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from kit import cleaning
from kit.db import outside_units

Cell = str | int | None

Row = tuple[int, list[str]]
"""(number of the row from 1 on, what its cells show)"""

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST = 32_767  # characters of a cell, by Excel's own limits
_ESCAPE = re.compile("_(x[0-9A-Fa-f]{4}_)")


@outside_units
def xlsx(
    title: str,
    rows: Iterable[Sequence[Cell]],
    *,
    frozen: str = "A2",
    widths: Mapping[str, float] | None = None,
    typed_as_text: bool = False,
) -> bytes:
    """One sheet; work for a thread. `frozen` is the first cell that scrolls, `widths` by column
    letter in characters. `typed_as_text`: what somebody types into columns of `widths` stays as it
    is typed, 010 too."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for at, row in enumerate(rows, 1):
        for column, value in enumerate(row, 1):
            cell = sheet.cell(at, column)
            if not isinstance(value, str):
                cell.value = value
                continue
            cell.value = _text(value)
            cell.data_type = "s"  # openpyxl takes "=1" for a formula, "#N/A" for an error
            if value.startswith(cleaning.FORMULA):
                cell.quotePrefix = True  # else a spreadsheet calculates once the cell is edited
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    for letter, width in (widths or {}).items():
        sheet.column_dimensions[letter].width = width
        if typed_as_text:
            sheet.column_dimensions[letter].number_format = "@"
    sheet.freeze_panes = frozen
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _text(value: str) -> str:
    """Text for a cell. `_x0041_` is how the format writes a letter: where somebody typed that, it
    is escaped (ECMA-376 part 1, 22.9.2.19). What is too long ends by saying so."""
    clean = _ESCAPE.sub("_x005F_\\1", cleaning.text(value))
    if len(clean) <= LONGEST:
        return clean
    told = f" … (전체 {len(value):,}자 가운데 앞부분)"
    return clean[: LONGEST - len(told)] + told


@outside_units
def csv(rows: Iterable[Sequence[Cell]]) -> bytes:
    """UTF-8 with the mark by which spreadsheets know it."""
    out = io.StringIO()
    writer = _csv.writer(out)
    for row in rows:
        writer.writerow(
            [cleaning.cell(value) if isinstance(value, str) else value for value in row]
        )
    return ("\ufeff" + out.getvalue()).encode()


# Reading ------------------------------------------------------------------------------------------

MOST_PACKED = 48 * 1024 * 1024  # bytes that a workbook's parts may unpack to, all together
MOST_COLUMNS = 100
EXACT = 10**15  # a spreadsheet keeps fifteen digits of a number
_PIECE = 256 * 1024
_LONGEST_FORMULA = 16 * 1024
_UNCALCULATED = re.compile(
    rb'<c(?![^>]*\bt="str")[^>]*>(?:<f[^>]*/>|<f[^>]*>[^<]*</f>)(?:<v\s*/>|<v></v>)?</c>'
)
_ZEROS = re.compile(r"[0\s()-]*0[0\s()-]*")  # a format by which leading zeros are shown

log = logging.getLogger(__name__)


class NoWorkbook(Exception):
    """It cannot be read as XLSX, or unpacks to too much."""


class Uncalculated(NoWorkbook):
    """Formulas stand in it without what they come to: no spreadsheet has calculated them yet."""


@outside_units
def tables(content: bytes) -> list[Iterator[Row]]:
    """The rows of each sheet that is not hidden, as text: of a formula what it came to, of a number
    the digits that its format shows. Raises NoWorkbook, Uncalculated, also while rows are read.
    Work for a thread."""
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            _check(packed)
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    except NoWorkbook:
        raise
    except Exception as error:
        log.info("a workbook could not be opened: %r", error)
        raise NoWorkbook() from error
    return [_rows(sheet) for sheet in shown]


def _check(packed: zipfile.ZipFile) -> None:
    parts = packed.infolist()
    if sum(part.file_size for part in parts) > MOST_PACKED:
        raise NoWorkbook()
    for part in parts:
        if part.filename.startswith("xl/worksheets/"):
            with packed.open(part) as opened:
                before = b""
                while piece := opened.read(_PIECE):
                    if _UNCALCULATED.search(before + piece):
                        raise Uncalculated()
                    before = piece[-_LONGEST_FORMULA:]


def _rows(sheet: Any) -> Iterator[Row]:
    try:
        sheet.reset_dimensions()  # what a file says of its own size may be wrong
        for at, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS), 1):
            yield at, [_shown(cell) for cell in row]
    except Exception as error:
        log.info("a workbook could not be read: %r", error)
        raise NoWorkbook() from error


def _shown(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, int | float) and value == int(value):
        if abs(value) >= EXACT:
            return f"{value:.5E}"  # as a spreadsheet shows it; the last digits are lost
        zeros = str(cell.number_format).count("0") if _ZEROS.fullmatch(cell.number_format) else 0
        return str(int(value)).zfill(zeros)
    return str(value)
