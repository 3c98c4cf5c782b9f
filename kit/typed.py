"""What people type is kept whole or refused with a word, never cut.

reason = whole("reason", form.reason, 500)
"""

import re

from kit.i18n import _
from kit.problem import Invalid

_BLANK_BEFORE = re.compile(r"\A(?:[^\S\n]*\n)+")


class TooLong(Invalid):
    """A text is longer than its place holds. `field` is the input it was typed into."""

    code = "too-long"
    text = _("글이 너무 깁니다. %(longest)s자까지 쓸 수 있으며 현재 %(length)s자입니다.")

    def __init__(self, field: str, length: int, longest: int) -> None:
        super().__init__({field: self.text}, length=length, longest=longest)


def whole(field: str, text: str, longest: int) -> str:
    """The text as it is. Raises TooLong."""
    if len(text) > longest:
        raise TooLong(field, len(text), longest)
    return text


def lines(text: str) -> str:
    """The text with line ends of one kind and no blank lines around it; the first line keeps its
    indent."""
    return _BLANK_BEFORE.sub("", text.replace("\r\n", "\n")).rstrip()


def one_line(field: str, text: str, longest: int) -> str:
    """The text with its words on one line. Raises TooLong."""
    return whole(field, " ".join(text.split()), longest)
