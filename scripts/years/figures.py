"""A measured figure, with what it should reach."""

from collections.abc import Iterable

import msgspec


class Figure(msgspec.Struct, frozen=True):
    """`key` is its name in the line of JSON; "" for one that only stands in the table. `most`: what it
    should be at most, where there is such a promise; `least` likewise."""

    name: str
    value: float
    unit: str
    key: str = ""
    most: float | None = None
    least: float | None = None

    @property
    def is_kept(self) -> bool:
        return (self.most is None or self.value <= self.most) and (
            self.least is None or self.value >= self.least
        )


def table(figures: Iterable[Figure]) -> str:
    """One line each, with what should be reached and whether it is."""
    lines = []
    for one in figures:
        promised = ""
        if one.most is not None:
            promised = f"at most {one.most:g}"
        elif one.least is not None:
            promised = f"at least {one.least:g}"
        missed = "" if one.is_kept else "  MISSED"
        lines.append(f"{one.name:44}{one.value:12.2f} {one.unit:10}{promised}{missed}".rstrip())
    return "\n".join(lines)


def as_json(figures: Iterable[Figure]) -> dict[str, float]:
    return {one.key: round(one.value, 3) for one in figures if one.key}
