"""What of a passage can be quoted: whole sentences, items of lists, rows under the head of their table.

What stands around them (greetings, headings, questions, who signed) says nothing by itself.
"""

import re
from collections.abc import Iterable, Iterator

import msgspec

from models.korean import sentences
from models.rows import cells_of, is_head, is_rule, under

_COURTESY = re.compile(
    r"안녕하(십|세)|감사(드|합|를)|기원(합|드)|건강과 (행복|평안)|가정에 .{0,12}(가득|깃들|함께)|협조.{0,12}(부탁|바랍)|"
    r"기타 궁금한|문의(하여|해) 주(시|십)|알려드립니다\.?$|(학교|중학교|초등학교)장( ?\(?직인\)?)?$"
)
# What stands around a letter and says nothing: a lone enumerator, its date, who signed it.
_FRAME = re.compile(
    r"^\W*[가-힣a-zA-Z0-9]?\W*$|직인\s*생략|^\W*\d{4}\s*[.년]\s*\d{1,2}\s*[.월]\s*\d{1,2}\s*[.일]?\W*$"
)
_LABEL = re.compile(r"^\s*(?:[0-9]{1,2}[.)]|[가-하][.)]|[①-⑳ⅠⅡⅢⅣⅤ][.]?|[-•·○□※▶*])\s*")
_ASKING = re.compile(r"며칠|언제|얼마|어디|누구|무엇|몇 ?[가-힣]|\?")
_ENDED = re.compile(r"(?:[다요오죠함음임됨기것]|까지|금지|없음|있음|[.!)”’'\"])\s*$")
_SIGNED = re.compile(
    r"^[가-힣·,/ ]{1,14}(?:부|실|과|팀|반|학년|담당|부장|교사|실장|센터)\s+[가-힣]{2,4}\s*(?:\(.*\)|☎.*)?$"
)
HEADING = 25  # characters


class Quote(msgspec.Struct, frozen=True):
    """Words of a passage that answer by themselves. `said`: without the heads of a table."""

    text: str
    said: str


def quotes(text: str) -> list[Quote]:
    """What of a passage can be quoted, in order."""
    lines = sentences(text)
    found: list[Quote] = []
    head: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    for at, line in enumerate(lines):
        cells = cells_of(line)
        if not cells:
            head = before = ()
            if not says_nothing(line) and not _is_heading(lines, at):
                found.append(Quote(line, line))
            continue
        if not before and at + 1 < len(lines) and is_head(cells, cells_of(lines[at + 1])):
            head = cells
        elif not all(_ASKING.search(cell) for cell in cells):
            fits = head if len(head) == len(cells) else ()
            found.append(Quote(under(fits, cells), " ".join(cells)))
        before = cells
    return found


def says_nothing(text: str) -> bool:
    """Whether a sentence only greets, frames a letter, or asks."""
    return bool(
        _COURTESY.search(text) or _FRAME.search(text) or text.endswith("?") or is_rule(text)
    )


def is_signature(text: str) -> bool:
    """Whether a line only tells who wrote, and where to reach them."""
    return bool(_SIGNED.match(text))


def _is_heading(lines: list[str], at: int) -> bool:
    """Whether a line only names what the next are about, or signs: no sentence, no item among others."""
    line = lines[at]
    if is_signature(line) and not re.search(r"\d", line):
        return True
    bare = _LABEL.sub("", line)
    if len(bare) >= HEADING or re.search(r"\d|:\s*\S|：\s*\S", bare):
        return False
    if _ASKING.search(bare):
        return True
    if _ENDED.search(bare):
        return False
    label = _LABEL.match(line)
    return label is None or not any(
        _is_item(lines[other], label[0]) for other in (at - 1, at + 1) if 0 <= other < len(lines)
    )


def _is_item(line: str, like: str) -> bool:
    """Whether a line is an item of the same list: labelled in the same way, and no sentence."""
    label = _LABEL.match(line)
    if label is None or cells_of(line):
        return False
    same = label[0].strip()[-1:] == like.strip()[-1:]
    return same and label[0].strip()[:1].isdigit() == like.strip()[:1].isdigit()


def comparable(passages: Iterable[tuple[str, str]]) -> Iterator[str]:
    """The quotes of passages (title, text) as answers compare them with a question."""
    for title, text in passages:
        for quote in quotes(text):
            yield with_title(title, quote.text)


def with_title(title: str, quote: str) -> str:
    """A quote as its meaning is compared: with the title above it."""
    return f"{title}\n{quote}"
