"""Empty lists to fill in: the headings of each, what must be there marked by a star."""

import enum
from string import ascii_uppercase

from kit import sheets
from node.people.lists.columns import COLUMNS, LABELS, Kind


class Form(enum.StrEnum):
    """As which file an empty list is had."""

    XLSX = "xlsx"
    CSV = "csv"


def template(kind: Kind, form: Form) -> bytes:
    """Work for a thread. What is typed into the workbook stays text: 010 keeps its zero."""
    columns = COLUMNS[kind]
    headings = [column.headings[0] + ("*" if column.required else "") for column in columns]
    if form is Form.CSV:
        return sheets.csv([headings])
    widths = dict.fromkeys(ascii_uppercase[: len(columns)], 16.0)
    return sheets.xlsx(LABELS[kind], [headings], widths=widths, typed_as_text=True)
