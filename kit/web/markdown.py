"""Typed text (`kit.markdown`) as clean HTML: each line an element of its own, shown as it was typed.

The result is cleaned by nh3, so that a fault of the writer below is not a hole. `letters.css` keeps
the spaces of a line and lets the rest of a long line stand behind its label.
"""

import asyncio
import functools
import math
import re
import unicodedata
from collections.abc import Iterable
from html import escape
from itertools import chain, groupby, repeat

import nh3
from markupsafe import Markup

from kit.db import outside_units
from kit.i18n import _
from kit.languages import Language
from kit.markdown import (
    Block,
    Box,
    Heading,
    Part,
    Run,
    Table,
    TypedLine,
    addressed,
    parse,
    with_rows_joined,
)

LARGE = 5_000  # characters: more is rendered beside the event loop (some ms)
LONGEST = 300_000  # characters: of an article of the handbook; letters and notices are shorter
REMEMBERED = 64  # texts: a letter that went out is opened by hundreds within the hour
TOO_LONG = _("글이 너무 길어 미리 볼 수 없습니다. 나누어 주세요.")
_PHONE, _LEAST, _APART = (
    18.0,
    4.2,
    1.6,
)  # em: a letter on a phone of 360 px; a cell (letters.css), its padding
WIDEST = 24  # quarters of an em that a label may take: letters.css has a class for each

_TAGS = {
    "a", "blockquote", "br", "div", "h2", "h3", "h4", "li", "section", "span", "strong", "table",
    "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href"},
    "div": {"class", "dir", "lang", "role", "tabindex"},
    "h2": {"class"},
    "li": {"class"},
    "span": {"class"},
    "section": {"class", "dir", "lang"},
    "ul": {"class"},
    "table": {"class", "role"},
    "tbody": {"role"},
    "td": {"class", "role", "data-label"},
    "th": {"class", "role", "scope"},
    "thead": {"role"},
    "tr": {"role"},
}


@outside_units
def render(body: str) -> Markup:
    """The HTML of a body of text. Headings start at h2: the title is the page's h1."""
    return _rendered(body)


async def rendered(body: str) -> Markup:
    """`render`, beside the event loop where it takes more than a moment."""
    return await asyncio.to_thread(render, body) if len(body) > LARGE else render(body)


async def of_document(text: str) -> Markup:
    """The HTML of what was read out of a file, with the rows of its tables as tables."""
    return await asyncio.to_thread(_of_document, text) if len(text) > LARGE else _of_document(text)


async def preview(body: str, too_long: str) -> Markup:
    """What a writer will see of it, or `too_long` where nothing of that length can be kept. It is not
    remembered: the next is another, and would take the place of a letter that many open."""
    if len(body) > LONGEST:
        return Markup.escape(too_long)
    return await asyncio.to_thread(_clean, body) if len(body) > LARGE else _clean(body)


@functools.lru_cache(maxsize=REMEMBERED)
def _rendered(body: str) -> Markup:
    return _clean(body)


@functools.lru_cache(maxsize=REMEMBERED)
def _of_document(text: str) -> Markup:
    return _cleaned(with_rows_joined(parse(text)))


def _clean(body: str) -> Markup:
    return _cleaned(parse(body))


def _cleaned(blocks: Iterable[Block]) -> Markup:
    return _clean_markup(_blocks(blocks))


@outside_units
def beside(original: list[Block], language: Language, part: list[Block]) -> Markup:
    """Blocks in Korean with those in another language beside them: paragraph by paragraph
    where there are as many, else the one whole beside the other."""
    rows = _paragraphs(original), _paragraphs(part)
    if len(rows[0]) != len(rows[1]):
        rows = [original], [part]
    return _clean_markup(
        "".join(
            f'<div class="beside"><div class="beside-original" lang="ko">{_blocks(left)}</div>'
            f'<div class="part" lang="{language.code}" dir="{language.direction}">{_blocks(right)}</div>'
            "</div>"
            for left, right in zip(*rows, strict=True)
        )
    )


def _paragraphs(blocks: Iterable[Block]) -> list[list[Block]]:
    """Blocks between blank lines."""
    parted = groupby(blocks, lambda one: isinstance(one, TypedLine) and not one.text.strip())
    return [list(some) for is_blank, some in parted if not is_blank]


def _clean_markup(written: str) -> Markup:
    clean = nh3.clean(
        written,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https"},
        link_rel="noopener noreferrer",
    )
    return Markup(clean)  # noqa: S704 - the one place where typed text becomes markup


def _blocks(blocks: Iterable[Block]) -> str:
    written = []
    for is_item, together in groupby(
        blocks, lambda one: isinstance(one, TypedLine) and one.is_item
    ):
        inner = "".join(map(_block, together))
        written.append(f'<ul class="typed">{inner}</ul>' if is_item else inner)
    return "".join(written)


def _block(block: Block) -> str:
    match block:
        case TypedLine():
            return _line(block)
        case Heading():
            tag = f"h{min(block.level + 1, 4)}"
            return f"<{tag}>{_runs(block.line.runs)}</{tag}>"
        case Box():
            return f"<blockquote>{_blocks(block.blocks)}</blockquote>"
        case Table():
            return _table(block)
        case Part():
            language = block.language
            return (
                f'<section class="part" lang="{language.code}" dir="{language.direction}">'
                f'<h2 class="part-name">{escape(language.name)}</h2>{_blocks(block.blocks)}</section>'
            )


def _line(line: TypedLine) -> str:
    if not line.text.strip():
        return f'<div class="line blank">{_runs(line.runs)}<br></div>'
    tag = "li" if line.is_item else "div"
    end = line.label
    if not end:
        return f'<{tag} class="line">{_runs(line.runs)}</{tag}>'
    label, words = _parted(line.runs, end)
    hang = min(WIDEST, math.ceil(4 * sum(map(_width, line.text[:end]))))
    return (
        f'<{tag} class="line hang hang-{hang}"><span class="hang-label">{_runs(label)}</span>'
        f"{_runs(words)}</{tag}>"
    )


def _parted(runs: Iterable[Run], left: int) -> tuple[list[Run], list[Run]]:
    """The runs of the first `left` characters, and those behind."""
    label, words = [], []
    for run in runs:
        if left:
            label.append(Run(run.text[:left], run.bold))
        if len(run.text) > left:
            words.append(Run(run.text[left:], run.bold))
        left = max(0, left - len(run.text))
    return label, words


def _width(char: str) -> float:
    """About how wide a character is, in em."""
    if char == "\t":
        return 1.1
    if unicodedata.east_asian_width(char) in "WFA":
        return 0.9
    if char.isalnum():
        return 0.58
    return 0.27 if char in " ." else 0.38


def _runs(runs: Iterable[Run]) -> str:
    written = []
    for run in runs:
        text = "".join(
            f'<a href="{escape(part)}">{escape(part)}</a>' if is_address else kept_whole(part)
            for part, is_address in addressed(run.text)
        )
        written.append(f"<strong>{text}</strong>" if run.bold else text)
    return "".join(written)


_TELEPHONE = r"(?<![\d-])(?:☎ ?)?(?:\(?0\d{1,3}\)?[- ]\d{3,4}|1\d{3})-\d{4}(?![\d-])"
_DAY = r"(?<!\d)(?:\d{4}\. ?)?\d{1,2}\. ?\d{1,2}\. ?\([월화수목금토일]\)"
_WHOLE = re.compile(rf"(?P<whole>{_TELEPHONE}|{_DAY})(?P<until> ?~)?")


def kept_whole(text: str) -> Markup:
    """Text as markup in which no line breaks within a telephone number or a day with its weekday.

    Between two days a line may end after the `~`.
    """
    words = str(Markup.escape(text))
    return Markup(_WHOLE.sub(_in_one, words))  # noqa: S704 - escaped above


def _in_one(found: re.Match[str]) -> str:
    until = found["until"]
    return f'<span class="nowrap">{found[0]}</span>{"<wbr>" if until else ""}'


def _table(table: Table) -> str:
    first, *others = table.rows
    if _is_stacked(table):
        names = [cell.text for cell in first]
        written = "".join(_stacked_row(row, names, table.aligned) for row in others)
        whole = (
            '<table class="stacked" role="table"><thead role="rowgroup">'
            f'<tr role="row">{_cells(first, "th", table.aligned, role="columnheader")}</tr></thead>'
            f'<tbody role="rowgroup">{written}</tbody></table>'
        )
    else:
        rows, head = table.rows, ""
        if table.has_head:
            rows = tuple(others)
            head = f"<thead><tr>{_cells(first, 'th', table.aligned)}</tr></thead>"
        written = "".join(f"<tr>{_cells(row, 'td', table.aligned)}</tr>" for row in rows)
        whole = f"<table>{head}<tbody>{written}</tbody></table>"
    return f'<div class="table-scroll" tabindex="0" role="group">{whole}</div>'


def _is_stacked(table: Table) -> bool:
    """Whether each row becomes a card on a phone: too narrow for its columns, each of which has a name."""
    first, *others = table.rows
    if not table.has_head or not others or not all(cell.text for cell in first):
        return False
    if any(len(row) > len(first) for row in others):
        return False
    narrowest = [_LEAST] * len(first)
    for row in table.rows:
        for at, cell in enumerate(row):
            longest = max((sum(map(_width, word)) for word in cell.text.split()), default=0)
            narrowest[at] = max(narrowest[at], longest)
    return sum(narrowest) + _APART * len(first) > _PHONE


def _stacked_row(row: Iterable[TypedLine], names: Iterable[str], aligned: Iterable[str]) -> str:
    """A row whose cells say their column's name. The first says whose row it is, so that screen readers
    tell it with each; roles, because a cell that is no longer laid out as one loses its own."""
    written = []
    for at, (cell, name, align) in enumerate(
        zip(row, names, chain(aligned, repeat("")), strict=False)
    ):
        kind = f' class="align-{align}"' if align else ""
        words = _runs(cell.runs)
        if at == 0 and cell.text:
            written.append(f'<th scope="row" role="rowheader"{kind}>{words}</th>')
        else:
            label = f' data-label="{escape(name)}"'
            written.append(f'<td role="cell"{kind}{label}><span class="cell">{words}</span></td>')
    return f'<tr role="row">{"".join(written)}</tr>'


def _cells(row: Iterable[TypedLine], tag: str, aligned: Iterable[str], *, role: str = "") -> str:
    """A head without words is no head."""
    spoken = f' role="{role}"' if role else ""
    written = []
    for cell, align in zip(row, chain(aligned, repeat("")), strict=False):
        own = tag if cell.text else "td"
        scope = ' scope="col"' if own == "th" else ""
        kind = f' class="align-{align}"' if align else ""
        written.append(f"<{own}{scope}{spoken}{kind}>{_runs(cell.runs)}</{own}>")
    return "".join(written)
