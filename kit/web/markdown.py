"""Markdown to clean HTML: tables yes, raw HTML and remote pictures no, emphasis as Korean needs it.

The result is cleaned a second time by nh3, so that a fault of the renderer is not a hole.
"""

import functools
import unicodedata

import nh3
from markdown_it import MarkdownIt
from markdown_it.common.utils import isMdAsciiPunct, isPunctChar
from markdown_it.rules_inline.state_inline import Delimiter, StateInline

_TAGS = {
    "a", "blockquote", "br", "code", "del", "div", "em", "h2", "h3", "h4", "hr", "li", "ol", "p",
    "pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href"},
    "ol": {"start"},
    "div": {"class", "tabindex", "role"},
    "th": {"class", "scope"},
    "td": {"class"},
}
_ALIGN = {"text-align:left": "left", "text-align:center": "center", "text-align:right": "right"}


def render(body: str) -> str:
    """The HTML of a body of text. Headings start at h2: the title is the page's h1."""
    tokens = _parser().parse(body)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 1, 4)}"
        elif token.type == "th_open":
            token.attrSet("scope", "col")
        if token.type in ("th_open", "td_open"):
            align = _ALIGN.get(str(token.attrs.pop("style", "")))
            if align:
                token.attrSet("class", f"align-{align}")
    html = _parser().renderer.render(tokens, _parser().options, {})
    html = html.replace("<table>", '<div class="table-scroll" tabindex="0" role="group"><table>')
    html = html.replace("</table>", "</table></div>")
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer",
    )


@functools.cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True})
    parser.enable(["table", "strikethrough"]).disable(["image", "html_block", "html_inline"])
    parser.inline.ruler.at("emphasis", _emphasis)
    return parser


def _emphasis(state: StateInline, silent: bool) -> bool:
    """CommonMark's rule, made friendly to particles: `**기한(11. 30.)**까지` closes although a
    closing mark after punctuation wants a space behind it."""
    marker = state.src[state.pos]
    if silent or marker not in "_*":
        return False
    scanned = state.scanDelims(state.pos, marker == "*")
    opens, closes = scanned.can_open, scanned.can_close
    if marker == "*":
        before = state.src[state.pos - 1] if state.pos else " "
        end = state.pos + scanned.length
        after = state.src[end] if end < state.posMax else " "
        closes = closes or (_is_punctuation(before) and _is_cjk(after))
        opens = opens or (_is_cjk(before) and _is_punctuation(after))
    for _ in range(scanned.length):
        token = state.push("text", "", 0)
        token.content = marker
        state.delimiters.append(
            Delimiter(
                marker=ord(marker),
                length=scanned.length,
                token=len(state.tokens) - 1,
                end=-1,
                open=opens,
                close=closes,
            )
        )
    state.pos += scanned.length
    return True


def _is_punctuation(char: str) -> bool:
    return isMdAsciiPunct(ord(char)) or isPunctChar(char)


def _is_cjk(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF" and char.isalpha()
