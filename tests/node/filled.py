"""A page's form as a browser would send it without anything changed.

pairs = sent_by(page, "/submissions/types/absence/edit")
"""

from html.parser import HTMLParser

from multidict import MultiDict


def sent_by(html: str, action: str) -> MultiDict[str]:
    """Names and values of the form that sends to an address; buttons send nothing."""
    found = _Filled(action)
    found.feed(html)
    found.close()
    return found.sent


class _Filled(HTMLParser):
    def __init__(self, action: str) -> None:
        super().__init__()
        self.sent: MultiDict[str] = MultiDict()
        self._action = action
        self._inside = False
        self._area: list[str] | None = None
        self._select: tuple[str, list[tuple[str, bool]]] | None = None
        self._name = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = held.get("action") == self._action
        if not self._inside:
            return
        name, kind = held.get("name", ""), held.get("type", "text")
        if tag == "textarea":
            self._name, self._area = name, []
        elif tag == "select":
            self._select = (name, [])
        elif tag == "option" and self._select is not None:
            self._select[1].append((held.get("value", ""), "selected" in held))
        elif tag == "input" and name and kind != "file":
            is_sent = kind not in ("checkbox", "radio") or "checked" in held
            self.sent.extend([(name, held.get("value", ""))] if is_sent else [])

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "textarea" and self._area is not None:
            self.sent.add(self._name, "".join(self._area))
            self._area = None
        elif tag == "select" and self._select is not None:
            name, options = self._select
            chosen = [value for value, is_chosen in options if is_chosen]
            self.sent.add(name, (chosen or [options[0][0]])[0])
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area.append(data)
