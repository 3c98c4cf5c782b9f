"""Names of people and schools, in the one form in which they are kept and compared.

    composed("\\u1106\\u116e\\u11ab 성호\\u200b")   # "문 성호": as it is kept and shown
    squeezed("문 성호")                    # "문성호": without its spaces
    compared("Ｋim  MINJI")                # "kimminji": alike, however it was typed

A Mac writes syllables in their letters, web pages add spaces that do not break and marks of no width:
nobody sees them, and a name that differs in them could sign nothing.
"""

import re
import unicodedata

_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_BLANK = re.compile("[\\s\u3164\uffa0]+")  # the last two are Hangul letters without a shape


def composed(name: str) -> str:
    """Syllables as one character each (NFC), words one space apart, nothing that is not seen."""
    return _BLANK.sub(" ", _UNSEEN.sub("", unicodedata.normalize("NFC", name))).strip()


def squeezed(name: str) -> str:
    """The composed name without spaces: 문 성호 is 문성호."""
    return composed(name).replace(" ", "")


def compared(name: str) -> str:
    """What two names have in common that are one name, typed twice: never shown or kept."""
    return squeezed(unicodedata.normalize("NFKC", name)).casefold()
