"""A release as it travels: a small signed manifest, and chunks of content named by their hash.

The manifest is a TUF target, `<kind>/<version>.json`; the TUF metadata says its length and hash, so a
manifest that was verified says truly what every file and every chunk must be. Chunks are cut where
the content says so (FastCDC, at the hub only), so a changed header or a new segment moves few of
them. A chunk has one name, the SHA-256 of its bytes; it may travel packed by zstandard, which its
manifest says, and is always verified unpacked.

    GET /v1/tuf/<file>               metadata, and manifests under targets/<kind>/<version>.json
    GET /v1/chunks/<sha256>          the bytes as they are (nodes of the same network; hub and mirrors
                                     where the manifest does not say `packed`)
    GET /v1/chunks/<sha256>.zst      packed (hub and mirrors), where it does

All of them are immutable but the metadata's newest; they need no signature of request or answer.
"""

from pathlib import PurePosixPath
from typing import Annotated, Literal

import msgspec

from protocol.errors import MalformedMessage
from protocol.message import Count, Message, Millis, Sha256, decode

ReleaseKind = Literal["knowledge", "model"]
KINDS: tuple[ReleaseKind, ...] = ("knowledge", "model")

TUF_PATH = "/v1/tuf/"
CHUNK_PATH = "/v1/chunks/"
PACKED = ".zst"

SMALLEST_CHUNK = 256 * 1024  # bytes, as the others; the last chunk of a file may be smaller
AVERAGE_CHUNK = 1024 * 1024
LARGEST_CHUNK = 4 * 1024 * 1024
LARGEST_MANIFEST = 8 * 1024 * 1024
LARGEST_RELEASE: dict[ReleaseKind, int] = {"knowledge": 4 * 1024**3, "model": 16 * 1024**3}


class Chunk(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A piece of a file. `size` in bytes unpacked; `packed` its size on the wire, 0 when it is raw."""

    sha256: Sha256
    size: Annotated[int, msgspec.Meta(ge=1, le=LARGEST_CHUNK)]
    packed: Annotated[int, msgspec.Meta(ge=0, le=LARGEST_CHUNK)] = 0

    @property
    def path(self) -> str:
        """Where the hub has it."""
        return f"{CHUNK_PATH}{self.sha256}{PACKED if self.packed else ''}"

    @property
    def wire_size(self) -> int:
        return self.packed or self.size


class ReleaseFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a release: its path within the directory, and its chunks in order."""

    path: str
    size: Count
    sha256: Sha256
    chunks: tuple[Chunk, ...]


class Manifest(Message, frozen=True, kw_only=True):
    """All that a release consists of. `expires_at` None: usable until another takes its place."""

    kind: ReleaseKind
    version: Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]
    name: str
    created_at: Millis
    files: tuple[ReleaseFile, ...]
    expires_at: Millis | None = None

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(file.size for file in self.files)

    @property
    def chunks(self) -> dict[str, Chunk]:
        """Every chunk once, by name."""
        return {chunk.sha256: chunk for file in self.files for chunk in file.chunks}


def target_path(kind: ReleaseKind, version: int) -> str:
    """The name of a release's manifest among the targets."""
    return f"{kind}/{version}.json"


def read_manifest(raw: bytes, kind: ReleaseKind, version: int) -> Manifest:
    """The manifest in verified bytes, once it was seen to be one that may be followed.

    Raises MalformedMessage, UnknownVersion: another release than asked for, a path that leads out of
    the directory or comes twice, chunks that do not make up their file, a release too large.
    """
    manifest = decode(raw, Manifest)
    if (manifest.kind, manifest.version) != (kind, version):
        raise MalformedMessage(f"the manifest is of {manifest.kind} {manifest.version}")
    seen: set[str] = set()
    for file in manifest.files:
        if not _stays_inside(file.path) or file.path.casefold() in seen:
            raise MalformedMessage(f"a file cannot lie at {file.path!r}")
        seen.add(file.path.casefold())
        if sum(chunk.size for chunk in file.chunks) != file.size:
            raise MalformedMessage(f"the chunks of {file.path} are not the whole file")
    if not manifest.files or manifest.size > LARGEST_RELEASE[kind]:
        raise MalformedMessage(f"a release of {manifest.size} bytes cannot be taken")
    return manifest


def _stays_inside(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return (
        bool(parts)
        and str(PurePosixPath(path)) == path
        and all(part not in ("..", "/") and "\\" not in part for part in parts)
        and "\0" not in path
    )
