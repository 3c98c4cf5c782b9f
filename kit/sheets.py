"""Tables as spreadsheets: the only place that writes XLSX and CSV.

    sheets.xlsx("회신", [["이름", "알레르기"], ["이지우", "땅콩"]], frozen="B2")
    sheets.csv([["학교", "읽은 인원"], ["한빛초등학교", 12]])

Text stays text, whatever it begins with; numbers are numbers. The first row is the headings.
"""

import csv as _csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence

from kit import cleaning
from kit.db import outside_units

Cell = str | int | None

LONGEST = 32_767  # characters of a cell, by Excel's own limits
_ESCAPE = re.compile("_(x[0-9A-Fa-f]{4}_)")


@outside_units
def xlsx(
    title: str,
    rows: Iterable[Sequence[Cell]],
    *,
    frozen: str = "A2",
    widths: Mapping[str, float] | None = None,
) -> bytes:
    """One sheet; work for a thread. `frozen` is the first cell that scrolls, `widths` by column
    letter in characters."""
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
