"""XML of WebDAV: what clients send, read within bounds, and what they are answered.

Answers use the prefix `D:`: LibreOffice understands no other, and no default namespace.
"""

from xml.etree import ElementTree
from xml.sax.saxutils import escape

from kit.problem import Problem

LARGEST = 64 * 1024  # bytes of what a client says in XML
DEEPEST = 40  # elements within one another
MOST = 1_000  # elements
DAV = "{DAV:}"
HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'


class BadMarkup(Problem):
    code = "drive-markup"
    status = 400


class _Bounded(ElementTree.TreeBuilder):
    """Builds a tree of XML without document type, and so without entities, within bounds."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = self._count = 0

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise BadMarkup()

    def start(self, tag: str, attrs: dict[str, str]) -> ElementTree.Element:
        self._depth += 1
        self._count += 1
        if self._depth > DEEPEST or self._count > MOST:
            raise BadMarkup()
        return super().start(tag, attrs)

    def end(self, tag: str) -> ElementTree.Element:
        self._depth -= 1
        return super().end(tag)


def parsed(sent: bytes) -> ElementTree.Element:
    """Raises BadMarkup."""
    if len(sent) > LARGEST:
        raise BadMarkup()
    parser = ElementTree.XMLParser(target=_Bounded())  # noqa: S314 - no document type; bounded
    try:
        parser.feed(sent)
        root = parser.close()
    except (ElementTree.ParseError, ValueError, LookupError):
        raise BadMarkup() from None
    assert isinstance(root, ElementTree.Element)
    for element in root.iter():
        space, brace, name = element.tag[1:].partition("}")
        if element.tag.startswith("{") and brace and not (space and name):
            raise BadMarkup()
    return root


def written(element: ElementTree.Element) -> str:
    """An element as it is kept, with the names it came with and nothing behind it."""
    tail, element.tail = element.tail, None
    try:
        return ElementTree.tostring(element, encoding="unicode")
    finally:
        element.tail = tail


def empty(name: str) -> str:
    """An empty element of a name as {namespace}name."""
    space, brace, local = name.rpartition("}")
    if space == "{DAV:":
        return f"<D:{local}/>"
    return f'<{local} xmlns="{text(space[1:], quoted=True)}"/>' if brace else f"<{local}/>"


def text(words: str, *, quoted: bool = False) -> str:
    """Words as they stand in XML."""
    fit = "".join(
        c if (c >= " " or c in "\t\n\r") and c not in "\ufffe\uffff" else "_" for c in words
    )
    return escape(fit, {'"': "&quot;"} if quoted else {})
