"""Two texts that began as one: where they differ, and both in one."""

import difflib
import re

MOST_TOKENS = 4_000  # of a changed passage that is compared word by word

Parts = list[tuple[str, bool]]  # (text, whether the other side differs here)


def compare(mine: str, theirs: str) -> tuple[Parts, Parts]:
    """Both texts in parts that are the same or differ, line by line and then word by word."""
    left: Parts = []
    right: Parts = []
    a, b = mine.splitlines(keepends=True), theirs.splitlines(keepends=True)
    for kind, i, j, k, m in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        ours, others = "".join(a[i:j]), "".join(b[k:m])
        if kind == "equal":
            left.append((ours, False))
            right.append((others, False))
        else:
            _words(ours, others, left, right)
    return left, right


def _words(ours: str, others: str, left: Parts, right: Parts) -> None:
    a, b = re.findall(r"\s+|\S+", ours), re.findall(r"\s+|\S+", others)
    if not a or not b or len(a) + len(b) > MOST_TOKENS:
        _append(left, ours, True)
        _append(right, others, True)
        return
    for kind, i, j, k, m in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        _append(left, "".join(a[i:j]), kind != "equal")
        _append(right, "".join(b[k:m]), kind != "equal")


def _append(parts: Parts, text: str, differs: bool) -> None:
    if text:
        parts.append((text, differs))


def merge(mine: str, theirs: str) -> str:
    """One text with every line of both: the same lines once, those that differ mine first."""
    a, b = mine.split("\n"), theirs.split("\n")
    found: list[str] = []
    for kind, i, j, k, m in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        found += a[i:j]
        if kind != "equal":
            found += b[k:m]
    return "\n".join(found)
