"""Two texts that began as one: where they differ, and both in one."""

import difflib
import re
from collections.abc import Iterator

# Lines (or words) of one text times those of the other: beyond this, what lies between the common
# beginning and the common end is taken as one difference. Comparing costs about a second at most.
MOST_PAIRS = 1_000_000

Parts = list[tuple[str, bool]]  # (text, whether the other side differs here)


def compare(mine: str, theirs: str) -> tuple[Parts, Parts]:
    """Both texts in parts that are the same or differ, line by line and then word by word."""
    left: Parts = []
    right: Parts = []
    for is_same, a, b in _pairs(mine.splitlines(keepends=True), theirs.splitlines(keepends=True)):
        ours, others = "".join(a), "".join(b)
        if is_same:
            _append(left, right, ours, others, is_same)
            continue
        for same, c, d in _pairs(re.findall(r"\s+|\S+", ours), re.findall(r"\s+|\S+", others)):
            _append(left, right, "".join(c), "".join(d), same)
    return left, right


def _append(left: Parts, right: Parts, ours: str, others: str, is_same: bool) -> None:
    if ours:
        left.append((ours, not is_same))
    if others:
        right.append((others, not is_same))


def merge(mine: str, theirs: str) -> str:
    """One text with every line of both: the same lines once, those that differ mine first."""
    found: list[str] = []
    for is_same, a, b in _pairs(mine.split("\n"), theirs.split("\n")):
        found += a if is_same else [*a, *b]
    return "\n".join(found)


def _pairs(a: list[str], b: list[str]) -> Iterator[tuple[bool, list[str], list[str]]]:
    """Both lists in pieces: (whether they are the same, the one's, the other's)."""
    begin = _common(a, b)
    end = _common(a[begin:][::-1], b[begin:][::-1])
    if begin:
        yield True, a[:begin], b[:begin]
    inner_a, inner_b = a[begin : len(a) - end], b[begin : len(b) - end]
    if len(inner_a) * len(inner_b) > MOST_PAIRS:
        yield False, inner_a, inner_b
    else:
        matcher = difflib.SequenceMatcher(None, inner_a, inner_b, autojunk=False)
        for kind, i, j, k, m in matcher.get_opcodes():
            yield kind == "equal", inner_a[i:j], inner_b[k:m]
    if end:
        yield True, a[len(a) - end :], b[len(b) - end :]


def _common(a: list[str], b: list[str]) -> int:
    """How many entries both begin with."""
    pairs = enumerate(zip(a, b, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(a), len(b)))
