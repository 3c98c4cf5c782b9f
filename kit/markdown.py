"""What a writer typed, read by a small grammar of marks: everything that is no mark is text as typed.

The marks are those of the editor's toolbar, a small part of Markdown:

    ## heading        one to six `#`, a space, then text; at the very beginning of a line
    > box             `>`, a space, then text, for each line of the box
    | a | b |         a table: rows of cells below a head, the second row is `|---|---|`
    **bold**          within a line or over lines that follow each other
    === 中文 ===      opens a part in another language (`kit.languages`); a line of its own

No line is renumbered, joined, folded or made a heading by the line below it, and no character but a
mark is taken away: dates (`12. 24.(목)`), section numbers (`1.` `가.` `1)` `①`), times
(`09:00~13:00`), `file_name`, `<안내>` and masks (`김**`, `010-****-1234`) stay as they are. A line that
begins with a hyphen and a space is an item of a list; its hyphen stays in sight. Labels of sections
only say where the rest of a long line stands. Addresses of the web (`https://…`) can be followed.

    blocks = parse(body)
    visible_text(body)      # what a reader sees, as plain text
"""

import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from kit.languages import Language, parts

CELLS_APART = "\t"  # between the cells of a row in plain text, as browsers copy tables
MOST_CELLS = 5_000  # of a document's table: what is larger stays lines, which a phone draws at once

_HEADING = re.compile(r"(#{1,6}) +(?=\S)")
_ROW = re.compile(r" {0,3}\|")
# Spaces once taken are not given back (`*+`): a long row of them would be split in countless ways.
_RULE = re.compile(r" {0,3}\|[ \t]*:?-+:?[ \t]*+(?:\|[ \t]*:?-+:?[ \t]*+)*+\|?[ \t]*")
_ITEM = re.compile(r"[ \t\u3000]*- +(?=\S)")
_BOLD = re.compile(r"(?<!\*)\*\*(?!\*)")
_BEHIND = ".,:;!?'"  # what ends a sentence, not the address within it
_ADDRESS = re.compile(r"https?://[A-Za-z0-9\-._~:/?#\[\]@!$&'()+,;=%]{0,2000}(?<![.,:;!?'(\[])")
_SYLLABLES = "가나다라마바사아자차카타파하거너더러머버서어저처커터퍼허"
# A number that a date goes on from (12. 24.) or a telephone begins with (02) is no label.
_LABEL = re.compile(
    r"[ \t\u3000]*(?:"
    r"[1-9]\d?\.(?![ \t]*\d{1,2}\.)|[1-9]\d?\)|\([1-9]\d?\)"
    rf"|[{_SYLLABLES}ㄱ-ㅎ]\.|[{_SYLLABLES}]\)|\([{_SYLLABLES}]\)"
    r"|[a-zđ][.)]|\([a-zđ]\)"
    r"|[①-⑳㉠-㉻]|[-*+·•‧○●◎□■◇◆△▲▷▶☆★☞※▪▫✓✔]"
    r")[ \t\u3000]+(?=\S)"
)
# Behind these, two stars at the beginning of a word begin bold text; they never do behind the
# pieces of numbers (010-**34). Behind a letter they do only around a whole piece of the word.
_PIECES = frozenset("-.·_@#*&%=+")
_WHOLE = re.compile(r"\w(?:\S*\w)?|[(\[<‘“「『〈《][^\n]*[)\]>’”」』〉》]")


class Run(msgspec.Struct, frozen=True):
    """Characters of a line that look alike."""

    text: str
    bold: bool = False


class TypedLine(msgspec.Struct, frozen=True):
    """A line as typed; a blank one may hold spaces."""

    runs: tuple[Run, ...]

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)

    @property
    def label(self) -> int:
        """How many characters are an indent with a label (`   가. `): the rest of the line stands
        behind them when it is long."""
        found = _LABEL.match(self.text)
        return found.end() if found is not None else 0

    @property
    def is_item(self) -> bool:
        return _ITEM.match(self.text) is not None


class Heading(msgspec.Struct, frozen=True):
    """A line that stands out; `level` counts its hashes."""

    level: int
    line: TypedLine

    @property
    def text(self) -> str:
        return self.line.text


class Table(msgspec.Struct, frozen=True):
    """Rows of as many cells as were typed, the first is the head where it has one. `aligned`: left,
    right, center or empty for each column that the rule names."""

    rows: tuple[tuple[TypedLine, ...], ...]
    aligned: tuple[str, ...] = ()
    has_head: bool = True


class Box(msgspec.Struct, frozen=True):
    """What stands in a box; never another box."""

    blocks: tuple["TypedLine | Heading | Table", ...]


class Part(msgspec.Struct, frozen=True):
    """What stands in another language than Korean; never within anything else."""

    language: Language
    blocks: tuple["TypedLine | Heading | Table | Box", ...]


Block = TypedLine | Heading | Table | Box | Part


def parse(text: str) -> list[Block]:
    """The blocks of a text in order, those of other languages in parts of their own."""
    found: list[Block] = []
    for part in parts(text.replace("\r\n", "\n").replace("\r", "\n")):
        blocks = _parsed(part.lines)
        found += blocks if part.language is None else [Part(part.language, tuple(blocks))]
    return found


def _parsed(lines: Sequence[str]) -> list[TypedLine | Heading | Table | Box]:
    found: list[TypedLine | Heading | Table | Box] = []
    at = 0
    while at < len(lines):
        end = at
        while end < len(lines) and _is_boxed(lines[end]):
            end += 1
        if any(line[1:].strip() for line in lines[at:end]):
            found.append(Box(tuple(_within([line[2:] for line in lines[at:end]]))))
            at = end
            continue
        end = max(end, at + 1)
        while end < len(lines) and not _is_boxed(lines[end]):
            end += 1
        found += _within(lines[at:end])
        at = end
    return found


def with_rows_joined(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks of a document's text, in which a table is lines with `CELLS_APART`: two and more of
    them below each other are a table again. Which row is its head, the lines do not tell."""
    rows: list[TypedLine] = []
    for block in blocks:
        if isinstance(block, TypedLine) and _is_row(block.text, below=bool(rows)):
            rows.append(block)
            continue
        yield from _joined(rows)
        rows = []
        yield block
    yield from _joined(rows)


def _is_row(text: str, *, below: bool) -> bool:
    """A tab at the beginning is an indent, but `below` a row an empty cell."""
    return CELLS_APART in (text if below else text.strip())


def _joined(rows: list[TypedLine]) -> list[TypedLine] | list[Table]:
    split = [row.text.split(CELLS_APART) for row in rows]
    if len(rows) < 2 or sum(map(len, split)) > MOST_CELLS:
        return rows
    return [Table(tuple(tuple(map(_cell, cells)) for cells in split), has_head=False)]


def addressed(text: str) -> Iterator[tuple[str, bool]]:
    """A text in parts; whether a part is the address of a web page."""
    end = 0
    if "://" in text:
        for found in _ADDRESS.finditer(text):
            address = _without_bracket(found.group())
            yield text[end : found.start()], False
            yield address, True
            end = found.start() + len(address)
    yield text[end:], False


def _without_bracket(address: str) -> str:
    """An address in brackets ends before the closing one."""
    for opening, closing in ("()", "[]"):
        more = address.count(closing) - address.count(opening)
        while more > 0 and address.endswith(closing):
            address = address[:-1].rstrip(_BEHIND)
            more -= 1
    return address


def _is_boxed(line: str) -> bool:
    return line == ">" or line.startswith("> ")


def visible_text(text: str) -> str:
    """The text as a reader sees it: without its marks, else as typed; a table's row is a line."""
    return "\n".join(seen(parse(text)))


def seen(blocks: Iterable[Block]) -> Iterator[str]:
    """The lines that a reader sees of blocks."""
    for block in blocks:
        match block:
            case TypedLine() | Heading():
                yield block.text
            case Table():
                for row in block.rows:
                    yield CELLS_APART.join(cell.text for cell in row)
            case Box():
                yield from seen(block.blocks)
            case Part():
                yield block.language.name
                yield from seen(block.blocks)


def _within(lines: Sequence[str]) -> Iterator[TypedLine | Heading | Table]:
    """The blocks of lines that are in no box, or all in the same."""
    plain: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        heading = _HEADING.match(line)
        is_table = _ROW.match(line) and at + 1 < len(lines) and _RULE.fullmatch(lines[at + 1])
        if heading is None and not is_table and line.strip():
            plain.append(line)
            at += 1
            continue
        yield from _lines(plain)
        plain = []
        if is_table:
            end = at + 2
            while end < len(lines) and _ROW.match(lines[end]):
                end += 1
            yield _table([line, *lines[at + 2 : end]], lines[at + 1])
            at = end
            continue
        if heading is not None:
            (words,) = _lines([line[heading.end() :]])
            yield Heading(len(heading[1]), words)
        else:
            yield TypedLine((Run(line),) if line else ())
        at += 1
    yield from _lines(plain)


def _table(rows: list[str], rule: str) -> Table:
    aligned = []
    for one in _cells(rule):
        left, right = one.startswith(":"), one.endswith(":")
        aligned.append(("center" if left else "right") if right else "left" if left else "")
    return Table(tuple(tuple(_cell(text) for text in _cells(row)) for row in rows), tuple(aligned))


def _cells(row: str) -> list[str]:
    inner = row.strip().removeprefix("|")
    return [cell.strip() for cell in inner.removesuffix("|").split("|")]


def _cell(text: str) -> TypedLine:
    (line,) = _lines([text])
    return line


def _lines(lines: list[str]) -> Iterator[TypedLine]:
    """Lines that follow each other, with the bold text that may reach over several."""
    if not lines:
        return
    whole = "\n".join(lines)
    if "**" not in whole:
        for text in lines:
            yield TypedLine((Run(text),) if text else ())
        return
    runs: list[Run] = []
    for text, bold in _bold(whole):
        first, *further = text.split("\n")
        runs.append(Run(first, bold))
        for line in further:
            yield TypedLine(tuple(runs))
            runs = [Run(line, bold)]
    yield TypedLine(tuple(runs))


def _bold(text: str) -> Iterator[tuple[str, bool]]:
    """The text without the stars of its bold parts, part by part."""
    end = 0
    begun: tuple[int, bool] | None = None  # where bold text may begin, and whether within a word
    for mark in _BOLD.finditer(text):
        before = text[mark.start() - 1] if mark.start() else "\n"
        after = text[mark.end()] if mark.end() < len(text) else "\n"
        if begun is not None and _closes(before, after):
            start, in_word = begun
            inner = text[start : mark.start()]
            fits = _WHOLE.fullmatch(inner) if in_word else any(map(str.isalnum, inner))
            begun = None
            if fits:
                yield text[end : start - 2], False
                yield inner, True
                end = mark.end()
                continue
        if not after.isspace() and before not in _PIECES:
            begun = mark.end(), before.isalnum()
    yield text[end:], False


def _closes(before: str, after: str) -> bool:
    """Whether bold text may end between these: at a word's end, or behind a closing mark that no
    word of the Latin alphabet or number goes on from (`**기한(11. 30.)**까지`)."""
    if before.isspace():
        return False
    return before.isalnum() or not (after.isascii() and after.isalnum())
