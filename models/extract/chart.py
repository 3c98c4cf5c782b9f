"""The words and numbers of a chart (DrawingML, ECMA-376 part 1, 21.2): its title, then a table."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from models.extract.archive import local
from models.extract.table import Cell, table_lines


def chart_lines(chart: Element) -> list[str]:
    """Titles, a row of categories, and a row for each series."""
    lines = [
        "".join(run.text or "" for run in _within(paragraph, "t"))
        for paragraph in _within(chart, "p")
    ]
    series = list(_within(chart, "ser"))
    rows = [[_name(one), *_values(one, "val", "yVal")] for one in series]
    if series:
        rows.insert(0, ["", *_values(series[0], "cat", "xVal")])
    return [
        *(line for line in lines if line.strip()),
        *table_lines([Cell([text]) for text in row] for row in rows),
    ]


def _name(series: Element) -> str:
    return " ".join(_values(series, "tx"))


def _values(series: Element, *names: str) -> list[str]:
    """The values kept in the file of one of a series' parts."""
    return [
        value.text or "" for part in series if local(part) in names for value in _within(part, "v")
    ]


def _within(element: Element, name: str) -> Iterator[Element]:
    return (entry for entry in element.iter() if local(entry) == name)
