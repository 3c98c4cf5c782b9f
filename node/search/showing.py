"""How a finding is shown: the question's words marked, and a piece of the text around them."""

import re
from collections.abc import Sequence

from models.folding import fold
from node.search.model import LONGEST_QUESTION, TextPart
from node.search.question import Term

WINDOW = 140  # characters of a snippet
LONGEST_WORD = 20  # characters that a snippet goes back to begin with a whole word
LOOKED_AT = 4000  # characters at a time, for the first of the question's words


def highlight(text: str, words: Sequence[Term]) -> list[TextPart]:
    """The text as it is, in parts, with the question's words marked, however they are written."""
    pattern = _pattern(words)
    if pattern is None:
        return [TextPart(text, False)]
    folded = fold(text)
    parts: list[TextPart] = []
    end = 0
    for found in pattern.finditer(folded.text):
        start, stop = folded.span(*found.span())
        if start < end or start == stop:
            continue  # another word's, or nothing that is written
        if start > end:
            parts.append(TextPart(text[end:start], False))
        parts.append(TextPart(text[start:stop], True))
        end = stop
    if end < len(text):
        parts.append(TextPart(text[end:], False))
    return parts


def snippet(text: str, words: Sequence[Term]) -> list[TextPart]:
    """A window of the text around the first of the question's words, of whole words."""
    words = [one for one in words if not one.in_title]
    flat = " ".join(text.split())
    start = _word_at(flat, max(0, _first(flat, words) - WINDOW // 3))
    end = start + WINDOW
    if end < len(flat):
        end = max(_word_at(flat, end), start + WINDOW - LONGEST_WORD)
    window = flat[start:end].rstrip()
    before = "… " if start else ""
    after = " …" if end < len(flat) else ""
    return [
        part
        for part in (TextPart(before, False), *highlight(window, words), TextPart(after, False))
        if part.text
    ]


def _word_at(text: str, at: int) -> int:
    """Where the word begins that stands there, unless it is a very long one."""
    begins = text.rfind(" ", max(0, at - LONGEST_WORD), at) + 1
    return begins or (0 if at <= LONGEST_WORD else at)


def _first(text: str, words: Sequence[Term]) -> int:
    """Where the first of the question's words stands; 0 when there is none."""
    pattern = _pattern(words)
    if pattern is None:
        return 0
    for at in range(0, len(text), LOOKED_AT):
        folded = fold(text[at : at + LOOKED_AT + LONGEST_QUESTION])
        found = pattern.search(folded.text)
        if found:
            return at + folded.span(*found.span())[0]
    return 0


def _pattern(words: Sequence[Term]) -> re.Pattern[str] | None:
    wanted = [term.pattern for term in words]
    return re.compile("|".join(wanted)) if wanted else None
