"""What tells a reader that a line hangs on the one above it."""

from collections.abc import Sequence

FOOTNOTE = "각주: "
ENDNOTE = "미주: "
MEMO = "메모: "


def labelled(label: str, lines: Sequence[str]) -> list[str]:
    """Lines that say something, the first told as what they are."""
    said = [line for line in lines if line.strip()]
    return [label + said[0].lstrip(), *said[1:]] if said else []
