"""The records of an HWP 5 stream: a flat list whose levels make a tree."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

# Kinds of records (HWPTAG_… of the format) that say something of the text.
PARA_HEADER = 66
PARA_TEXT = 67
CTRL_HEADER = 71
LIST_HEADER = 72
SHAPE_COMPONENT = 76
TABLE = 77
EQUATION = 88
TEXT_ART = 90
FORM_OBJECT = 91
MEMO_LIST = 93
_READ = frozenset(
    {
        PARA_HEADER,
        PARA_TEXT,
        CTRL_HEADER,
        LIST_HEADER,
        SHAPE_COMPONENT,
        TABLE,
        EQUATION,
        TEXT_ART,
        FORM_OBJECT,
        MEMO_LIST,
    }
)
_LONG = 0xFFF  # a size that does not fit into the head and follows it


class Record(NamedTuple):
    tag: int
    level: int
    content: bytes
    children: list["Record"]

    def uint16(self, at: int) -> int:
        """The number at that place, 0 where the record ends before: older versions wrote less."""
        return int.from_bytes(self.content[at : at + 2], "little")

    def uint32(self, at: int) -> int:
        return int.from_bytes(self.content[at : at + 4], "little")

    def string(self, at: int) -> str:
        """UTF-16 behind the number of its units."""
        start = at + 2
        return decoded(self.content[start : start + 2 * self.uint16(at)])

    def inner(self, tag: int) -> Iterator["Record"]:
        return (child for child in self.children if child.tag == tag)


def tree(content: bytes) -> list[Record]:
    """The outermost of the records that say something, each with those below it. Raises ValueError
    when the last is cut off."""
    outermost: list[Record] = []
    above: list[Record] = []
    for record in flat_records(content):
        if record.tag not in _READ:
            continue
        while above and above[-1].level >= record.level:
            above.pop()
        (above[-1].children if above else outermost).append(record)
        above.append(record)
    return outermost


def flat_records(content: bytes) -> Iterator[Record]:
    at = 0
    while at + 4 <= len(content):
        (head,) = struct.unpack_from("<I", content, at)
        at += 4
        size = head >> 20
        if size == _LONG:
            (size,) = struct.unpack_from("<I", content, at)
            at += 4
        if at + size > len(content):
            raise ValueError("a record is cut off")
        yield Record(head & 0x3FF, head >> 10 & 0x3FF, content[at : at + size], [])
        at += size


def decoded(text: bytes) -> str:
    """UTF-16 with whole pairs of surrogates; half a pair is no character."""
    return text.decode("utf-16-le", "ignore")
