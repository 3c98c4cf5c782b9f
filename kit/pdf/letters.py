"""Letters that our fonts lack are not lost: something like them is drawn, or their code is."""

import unicodedata
from collections.abc import Container

from kit import cleaning

_ALIKE = {
    "☐": "□",
    "☑": "■",
    "✓": "√",
    "✔": "√",
    "⓪": "(0)",
    "\u2011": "-",
    "\u2212": "-",
    "\u3000": "\u00a0\u00a0",
}


def drawable(text: str, known: Container[int]) -> str:
    """The text in composed syllables, written with code points of `known` alone. A letter that is
    not known, such as a rare Chinese character of a name, becomes its code: 〔U+20BB7〕."""
    composed = unicodedata.normalize("NFC", text)
    spelt = "".join(one if ord(one) in known else _instead(one) for one in composed)
    return cleaning.drawn(spelt, lambda one: ord(one) in known)


def _instead(letter: str) -> str:
    if letter in _ALIKE:
        return _ALIKE[letter]
    kind = unicodedata.category(letter)
    if kind in ("Cf", "Mn"):  # joiners and variants, which nobody sees alone
        return ""
    return f"〔U+{ord(letter):04X}〕" if kind.startswith("L") else letter
