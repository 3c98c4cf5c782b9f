"""The order in which people read names that have numbers: 3-2 before 3-10.

sorted(["3-10", "3-2"], key=natural)    # ["3-2", "3-10"]
"""

import re

_PART = re.compile(r"(\d+)")


def natural(text: str) -> tuple[tuple[int, str, int], ...]:
    """The key to sort by: digits in a row count as the number they write."""
    return tuple(
        (0, "", int(part)) if part.isdecimal() else (1, part, 0)
        for part in _PART.split(text)
        if part
    )
