"""What a reader's browser shows of rendered text: lines with all their spaces, cells by tabs."""

from html.parser import HTMLParser

_LINES = ("h2", "h3", "h4", "tr")


def lines(page: str, tag: str = "", kind: str = "") -> str:
    """The typed lines within the first element `<tag class="kind">` of a page, or of all of it."""
    parser = _Reader(tag, kind)
    parser.feed(page)
    return "\n".join(parser.lines)


class _Reader(HTMLParser):
    def __init__(self, tag: str, kind: str) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._tag, self._kind = tag, kind
        self._depth = 0 if tag else 1
        self._is_first_cell = True

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kinds = (dict(attrs).get("class") or "").split()
        if tag == self._tag and (self._depth or (not self.lines and self._kind in kinds)):
            self._depth += 1
        if not self._depth:
            return
        if "line" in kinds or tag in _LINES:
            self.lines.append("")
            self._is_first_cell = True
        elif tag in ("td", "th"):
            self.lines[-1] += "" if self._is_first_cell else "\t"
            self._is_first_cell = False

    def handle_endtag(self, tag: str) -> None:
        if tag == self._tag and self._depth:
            self._depth -= 1

    def handle_data(self, data: str) -> None:
        if self._depth and self.lines:
            self.lines[-1] += data
