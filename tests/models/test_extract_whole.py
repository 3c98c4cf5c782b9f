"""Of whatever document every word is read, once, and none runs into another."""

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.models import documents, word

SYLLABLES = "가나다라마바사아자차카타파하"

# A document's shape: what stands where. Words are put in when it is written.
Block = tuple[str, Any]  # of a paragraph the kinds of its pieces, of others what is within
INLINE = st.sampled_from(["plain", "bold", "added", "gone", "break", "note", "box"])
PARAGRAPH = st.tuples(st.just("p"), st.lists(INLINE, min_size=1, max_size=6))


def _around(inner: st.SearchStrategy[Block]) -> st.SearchStrategy[Block]:
    cell = st.lists(inner, min_size=1, max_size=2)
    row = st.lists(cell, min_size=1, max_size=3)
    return st.one_of(
        st.tuples(st.just("table"), st.lists(row, min_size=1, max_size=3)),
        st.tuples(st.just("group"), st.lists(inner, min_size=1, max_size=3)),
    )


BODY = st.lists(st.recursive(PARAGRAPH, _around, max_leaves=12), min_size=1, max_size=5)


class Writer:
    """Writes a shape with words that are all different, so that a lost, doubled or glued one is
    seen."""

    def __init__(self) -> None:
        self._numbers = count()
        self.shown: list[str] = []

    def word(self, *, is_shown: bool = True) -> str:
        number = next(self._numbers)
        text = "".join(SYLLABLES[number // 14**place % 14] for place in (2, 1, 0))
        if is_shown:
            self.shown.append(text)
        return text

    def blocks(self, blocks: Sequence[Block]) -> str:
        return "".join(map(self._block, blocks))

    def _block(self, block: Block) -> str:
        kind, inner = block
        if kind == "p":
            return self.paragraph("".join(self.inline(one) for one in inner))
        if kind == "group":
            return self.group(self.blocks(inner))
        return self.table([[self.blocks(cell) for cell in row] for row in inner])

    paragraph: Callable[[str], str]
    group: Callable[[str], str]
    inline: Callable[[str], str]
    table: Callable[[list[list[str]]], str]


class WordWriter(Writer):
    def __init__(self) -> None:
        super().__init__()
        self.notes: list[str] = []

    def paragraph(self, inner: str) -> str:
        return word.p(inner)

    def group(self, inner: str) -> str:
        return f"<w:sdt><w:sdtContent>{inner}</w:sdtContent></w:sdt>"

    def table(self, rows: list[list[str]]) -> str:
        return word.table(*(word.row(*map(word.cell, row)) for row in rows))

    def inline(self, kind: str) -> str:
        if kind == "gone":
            return f"<w:del><w:r><w:delText> {self.word(is_shown=False)}</w:delText></w:r></w:del>"
        text = self.word()
        if kind == "bold":
            bold = f"<w:r><w:rPr><w:b/></w:rPr><w:t>{text[1:]}</w:t></w:r>"
            return word.run(f" {text[0]}") + bold
        if kind == "added":
            return f"<w:ins>{word.run(f' {text}')}</w:ins>"
        if kind == "break":
            return f"{word.run(f' {text}')}<w:r><w:br/></w:r>{word.run(self.word())}"
        if kind == "note":
            self.notes.append(
                f'<w:footnote w:id="{len(self.notes)}">{word.said(text)}</w:footnote>'
            )
            return word.note("footnote", len(self.notes) - 1)
        if kind == "box":
            return word.box(word.said(text, self.word()))
        return word.run(f" {text}")


class PageWriter(Writer):
    def paragraph(self, inner: str) -> str:
        return f"<p>{inner}"

    def group(self, inner: str) -> str:
        return f"<div>{inner}</div>"

    def table(self, rows: list[list[str]]) -> str:
        cells = ("".join(f"<td>{cell}" for cell in row) for row in rows)
        return f"<table>{''.join(f'<tr>{row}' for row in cells)}</table>"

    def inline(self, kind: str) -> str:
        if kind == "gone":
            return f"<span hidden> {self.word(is_shown=False)}</span>"
        text = self.word()
        if kind == "bold":
            return f" {text[0]}<b>{text[1:]}</b>"
        if kind == "break":
            return f" {text}<br>{self.word()}"
        if kind == "note":
            return f"<ul><li>{text}<li>{self.word()}</ul>"
        return f"<h2>{text}</h2>" if kind == "box" else f"\n{text}"


@settings(max_examples=80, deadline=None)
@given(BODY)
def test_every_word_of_a_word_document_is_read_once(shape: list[Block]) -> None:
    writer = WordWriter()
    made = word.docx(writer.blocks(shape), {"footnotes": "".join(writer.notes)})
    found = documents.read(made).text.replace("각주: ", "")
    assert sorted(found.split()) == sorted(writer.shown)


@settings(max_examples=80, deadline=None)
@given(BODY)
def test_every_word_of_a_page_is_read_once(shape: list[Block]) -> None:
    writer = PageWriter()
    made = f"<!DOCTYPE html><body>{writer.blocks(shape)}".encode()
    assert sorted(documents.read(made).text.split()) == sorted(writer.shown)
