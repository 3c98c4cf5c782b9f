"""What an item is in WebDAV's words: its properties, as XML. Nothing here asks anything."""

from collections.abc import Sequence
from email.utils import formatdate
from xml.etree.ElementTree import Element

import msgspec

from kit.clock import SECOND, iso_utc
from node.drive.dav.address import href
from node.drive.dav.conditions import tag_of
from node.drive.dav.markup import DAV, HEAD, BadMarkup, empty, parsed, text
from node.drive.model import Item, Lock
from node.drive.tree.paths import TreeLine

BEGIN = HEAD + '<D:multistatus xmlns:D="DAV:">\n'
END = "</D:multistatus>\n"
_LIVE = (
    "resourcetype",
    "getcontentlength",
    "getlastmodified",
    "creationdate",
    "getetag",
    "getcontenttype",
    "displayname",
    "lockdiscovery",
    "supportedlock",
)
LIVE = frozenset(DAV + name for name in (*_LIVE, "quota-used-bytes", "quota-available-bytes"))
"""What is the server's own to say: a client cannot set it."""
_SUPPORTED = "".join(
    f"<D:lockentry><D:lockscope><D:{scope}/></D:lockscope>"
    "<D:locktype><D:write/></D:locktype></D:lockentry>"
    for scope in ("exclusive", "shared")
)


class AskedProperties(msgspec.Struct, frozen=True):
    """Which properties: all (`names` is None) or these; `names_only`: what there is, without it;
    `is_brief`: what is missing need not be named."""

    names: tuple[str, ...] | None = None
    names_only: bool = False
    is_brief: bool = False

    @property
    def of_programs(self) -> bool:
        """Whether what programs keep is asked for."""
        return self.names is None or any(name not in LIVE for name in self.names)


def asked_of(sent: bytes, *, is_brief: bool) -> AskedProperties:
    """What a PROPFIND asks. Raises BadMarkup."""
    if not sent.strip():
        return AskedProperties(is_brief=is_brief)
    root = parsed(sent)
    if root.tag != DAV + "propfind":
        raise BadMarkup()
    kinds = [child.tag for child in root]
    if DAV + "propname" in kinds:
        return AskedProperties(names_only=True)
    wanted: Element | None = root.find(DAV + "prop")
    if wanted is not None:
        return AskedProperties(
            tuple(dict.fromkeys(child.tag for child in wanted)), is_brief=is_brief
        )
    if DAV + "allprop" not in kinds:
        raise BadMarkup()
    return AskedProperties(is_brief=is_brief)


def response(
    names: list[str], entry: TreeLine, asked: AskedProperties, *, is_inside: bool = False
) -> str:
    """The part of a 207 that tells of one item. `is_inside`: of the folder that was asked for, which
    says once for all which locks there can be: a quarter of each line else."""
    item = entry.item
    has = _live(names, entry)
    if asked.names is None and is_inside:
        del has["supportedlock"]
    if asked.names is None:
        found = [*has.items()] if not asked.names_only else [(name, None) for name in has]
        kept = [
            xml if not asked.names_only else empty(name) for name, xml in entry.properties.items()
        ]
        inner = "".join(_live_xml(name, value) for name, value in found) + "".join(kept)
        missing = ""
    else:
        inner = missing = ""
        for name in asked.names:
            local = name.removeprefix(DAV)
            if name in LIVE and local in has:
                inner += _live_xml(local, has[local])
            elif name in entry.properties:
                inner += entry.properties[name]
            elif not asked.is_brief:
                missing += empty(name)
    parts = propstat(inner, "200 OK") if inner or not missing else ""
    parts += propstat(missing, "404 Not Found") if missing else ""
    address = text(href(names, is_folder=bool(item.is_folder)))
    return f"<D:response><D:href>{address}</D:href>{parts}</D:response>\n"


def propstat(inner: str, status: str) -> str:
    return (
        f"<D:propstat><D:prop>{inner}</D:prop><D:status>HTTP/1.1 {status}</D:status></D:propstat>"
    )


def modified(item: Item) -> str:
    """When an item was last changed, as HTTP says it."""
    at = item.modified_at if item.modified_at is not None else item.changed_at
    return formatdate(at / SECOND, usegmt=True)


def locks_xml(locks: Sequence[Lock], now: int) -> str:
    """What `lockdiscovery` says."""
    return "".join(_lock_xml(lock, now) for lock in locks)


def _lock_xml(lock: Lock, now: int) -> str:
    scope = "shared" if lock.is_shared else "exclusive"
    owner = f"<D:owner>{lock.owner}</D:owner>" if lock.owner else ""
    left = max((lock.until - now) // SECOND, 1)
    return (
        f"<D:activelock><D:locktype><D:write/></D:locktype><D:lockscope><D:{scope}/></D:lockscope>"
        f"<D:depth>{'infinity' if lock.is_deep else '0'}</D:depth>{owner}"
        f"<D:timeout>Second-{left}</D:timeout>"
        f"<D:locktoken><D:href>{text(lock.token)}</D:href></D:locktoken>"
        f"<D:lockroot><D:href>{text(lock.href)}</D:href></D:lockroot></D:activelock>"
    )


def _live(names: list[str], entry: TreeLine) -> dict[str, str]:
    item = entry.item
    has = {"resourcetype": "<D:collection/>" if item.is_folder else ""}
    if not item.is_folder:
        has["getcontentlength"] = str(item.size)
        has["getcontenttype"] = text(item.media_type or "application/octet-stream")
        if item.sha256:
            has["getetag"] = tag_of(item)
    has["getlastmodified"] = modified(item)
    has["creationdate"] = iso_utc(item.created_at)
    has["displayname"] = text(entry.name or "마당")
    has["lockdiscovery"] = locks_xml(entry.locks, entry.at)
    has["supportedlock"] = _SUPPORTED
    return has


def _live_xml(name: str, value: str | None) -> str:
    return f"<D:{name}>{value}</D:{name}>" if value else f"<D:{name}/>"
