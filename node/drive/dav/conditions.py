"""The headers by which a client says what must hold: If (RFC 4918, 10.4), If-Match, If-None-Match.

terms = await terms_of(request, drive, asker, place)
"""

import re
from collections.abc import Iterator

from aiohttp import web

from kit.problem import BadRequest, NotFound
from node.drive.dav.address import names_of
from node.drive.model import Item
from node.drive.service import Drive
from node.drive.tree.held import StateTerm, Terms
from node.drive.tree.paths import Spot
from node.people.model import Asker

MOST = 100  # conditions of one request
LONGEST = 8_000  # characters
TAG_LENGTH = 40

_PART = re.compile(
    r"\s*(?:(?P<open>\()|(?P<close>\))|<(?P<coded>[^>]*)>|(?P<not>not)\b"
    r"|\[\s*(?P<weak>W/)?\"(?P<tag>[^\"]*)\"\s*\])",
    re.IGNORECASE,
)


def tag_of(item: Item) -> str:
    """The entity tag of a file: strong, for it is of the content."""
    return f'"{item.sha256[:TAG_LENGTH]}"'


async def terms_of(
    request: web.Request, drive: Drive, asker: Asker, place: Spot, *, is_lenient: bool = False
) -> Terms:
    """What must hold by the request's headers. Raises BadRequest."""
    tokens: set[str] = set()
    clauses: list[tuple[StateTerm, ...]] = []
    items: dict[str, Item | None] = {"": place.item}
    for tag, parts in _lists(request.headers.get("If", "")):
        if tag not in items:
            items[tag] = await _tagged(drive, asker, tag)
        item = items[tag]
        terms = []
        for is_not, is_token, value in parts:
            if is_token:
                tokens.add(value)
            elif item is not None and item.sha256 and item.sha256[:TAG_LENGTH] == value:
                value = item.sha256
            terms.append(StateTerm(item.id if item is not None else "", value, is_token, is_not))
        clauses.append(tuple(terms))
    return Terms(
        frozenset(tokens),
        tuple(clauses),
        _tags(request.headers.get("If-Match"), place.item),
        _tags(request.headers.get("If-None-Match"), place.item),
        is_lenient,
    )


def token_of(request: web.Request) -> str:
    """`Lock-Token`. Raises BadRequest."""
    sent = request.headers.get("Lock-Token", "").strip()
    if not (sent.startswith("<") and sent.endswith(">")):
        raise BadRequest()
    return sent[1:-1]


async def _tagged(drive: Drive, asker: Asker, tag: str) -> Item | None:
    """What an address in the header names: by its path alone, whatever host the client knows."""
    try:
        return (await drive.paths.at(asker, names_of(tag))).item
    except (BadRequest, NotFound):
        return None


def _lists(sent: str) -> Iterator[tuple[str, list[tuple[bool, bool, str]]]]:
    """(tag, conditions as (is_not, is_token, value)) of each list. Raises BadRequest."""
    if len(sent) > LONGEST:
        raise BadRequest()
    at, tag, count = 0, "", 0
    within: list[tuple[bool, bool, str]] | None = None
    is_not = False
    while sent[at:].strip():
        part = _PART.match(sent, at)
        count += 1
        if part is None or count > 4 * MOST:
            raise BadRequest()
        at = part.end()
        if part["open"]:
            if within is not None:
                raise BadRequest()
            within = []
        elif part["close"]:
            if not within or is_not:
                raise BadRequest()
            yield tag, within
            within = None
        elif within is None:
            if part["coded"] is None:
                raise BadRequest()
            tag = part["coded"]
        elif part["not"]:
            is_not = True
        else:
            is_token = part["coded"] is not None
            value = part["coded"] if is_token else part["tag"]
            within.append((is_not, is_token, "" if part["weak"] else value))
            is_not = False
    if within is not None:
        raise BadRequest()


def _tags(sent: str | None, item: Item | None) -> frozenset[str] | None:
    """The hashes that entity tags mean: of the item's own the whole one. Weak ones match nothing."""
    if sent is None:
        return None
    if sent.strip() == "*":
        return frozenset("*")
    tags = set(re.findall(r'(?:^|[\s,])"([^"]*)"', sent))
    if item is not None and item.sha256 and item.sha256[:TAG_LENGTH] in tags:
        tags.add(item.sha256)
    return frozenset(tags)
