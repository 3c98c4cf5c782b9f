"""What people typed, on its way into a file or a header: every writer passes it through here.

A control character in one answer must not end an export, a line break in a title must not end a
mail's header, a letter that a font lacks must not vanish. Nothing is dropped silently: what a format
cannot carry is replaced by a mark that is seen. What was stored stays as it was typed.

    text("땅콩\\x0b우유")        # several lines, for XML, CSV, PDF and bodies of mails
    line("체험학습\\n안내")      # one line, for headers and names
    cell("+82 10-1234-5678")    # for CSV: a spreadsheet takes it for text
    drawn("똠방각하", knows)     # for a font
"""

import re
import unicodedata
from collections.abc import Callable

REPLACED = "\ufffd"
UNDRAWN = ("□", "?")
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

_BREAKS = re.compile("\r\n|[\r\x0b\x0c]")
# What XML 1.0 (section 2.2) has no place for, and no UTF-8 can write: control characters, halves of
# surrogate pairs, the two that are no characters.
_UNFIT = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_SPACES = re.compile("[\\s\x1c-\x1f\x85\u2028\u2029]+")


def text(value: str) -> str:
    """What XML and UTF-8 can carry, on as many lines as it has. Old line breaks become new ones."""
    return _UNFIT.sub(REPLACED, _BREAKS.sub("\n", value))


def line(value: str) -> str:
    """The same on one line: a break in a header would begin another header."""
    return _UNFIT.sub(REPLACED, _SPACES.sub(" ", value)).strip()


def cell(value: str) -> str:
    """Text for a CSV file, where nothing but an apostrophe says that it is no formula. `typed`
    takes it off again."""
    clean = text(value)
    return f"'{clean}" if clean.lstrip("'").startswith(FORMULA) else clean


def typed(value: str) -> str:
    """A cell of a CSV file as it was before `cell`."""
    guarded = value.startswith("'") and value.lstrip("'").startswith(FORMULA)
    return value[1:] if guarded else value


def drawn(value: str, knows: Callable[[str], bool]) -> str:
    """Text for a font: composed syllables (a decomposed name is drawn as single letters), and a
    mark for each letter that `knows` says the font lacks."""
    composed = unicodedata.normalize("NFC", text(value))
    mark = next((one for one in UNDRAWN if knows(one)), "")
    return "".join(letter if letter in "\n\t" or knows(letter) else mark for letter in composed)
