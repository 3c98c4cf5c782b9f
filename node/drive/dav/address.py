"""Addresses of WebDAV and the paths they name: percent-encoded UTF-8 below /dav."""

from urllib.parse import quote, unquote_to_bytes, urlsplit

from aiohttp import web

from kit.problem import BadRequest, Problem

ROOT = "/dav"
LONGEST = 8_000  # characters of an address


class OtherServer(Problem):
    """A copy or a move to another server."""

    code = "drive-other-server"
    status = 502


def path_of(request: web.Request) -> list[str]:
    """The names of the request's path. Raises BadRequest."""
    return names_of(request.raw_path.partition("?")[0])


def names_of(address: str) -> list[str]:
    """The names of an address below /dav, absolute or with its host. Raises BadRequest."""
    path = urlsplit(address).path if "://" in address else address
    if len(path) > LONGEST or "#" in path or not (path == ROOT or path.startswith(ROOT + "/")):
        raise BadRequest()
    names = []
    for part in path[len(ROOT) :].split("/"):
        if not part:
            continue
        name = _decoded(part)
        if name in (".", "..") or any(sign in name for sign in "/\\\0"):
            raise BadRequest()
        names.append(name)
    return names


def _decoded(part: str) -> str:
    sent = unquote_to_bytes(part)
    try:
        return sent.decode()
    except UnicodeDecodeError:
        raise BadRequest() from None


def destination_of(request: web.Request) -> list[str]:
    """The names that `Destination` says. Raises BadRequest, OtherServer."""
    sent = request.headers.get("Destination", "")
    if not sent:
        raise BadRequest()
    there = urlsplit(sent)
    if there.netloc and there.hostname != urlsplit(f"//{request.host}").hostname:
        raise OtherServer()
    return names_of(sent.partition("?")[0])


def href(names: list[str], *, is_folder: bool) -> str:
    """The address of a path, as answers name it."""
    path = "/".join([ROOT, *(quote(name, safe="!$&'()*+,;=:@~") for name in names)])
    return f"{path}/" if is_folder else path
