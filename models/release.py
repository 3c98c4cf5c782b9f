"""A release on disk: a directory with `release.json` beside an index (knowledge) or `model.gguf`.

Whoever puts it there has verified its signature and hashes before; here is what it must hold.
"""

from pathlib import Path
from typing import Literal

import msgspec

FILE = "release.json"
MODEL = "model.gguf"
VECTOR_FILES = ("vectors.ids", "vectors.f16", "sentences.ids", "sentences.f16")
"""What lies beside an index: the vectors of its passages and of their sentences."""
GGUF_MAGIC = b"GGUF"
SMALLEST_CONTEXT = 512


class BadRelease(Exception):
    """The directory holds no release that can be used; the message says why."""


class Probe(msgspec.Struct, frozen=True):
    """A question that this release must find an answer for, and where."""

    question: str
    subject: str


class ReleaseInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What a release says of itself. `created_at` in ms; `context` in tokens (models only)."""

    kind: Literal["knowledge", "model"]
    version: str
    name: str
    created_at: int
    probes: tuple[Probe, ...] = ()
    context: int = 2048
    licence: str = ""


def write(folder: Path, info: ReleaseInfo) -> None:
    """Put the description into a directory that becomes a release."""
    (folder / FILE).write_bytes(msgspec.json.format(msgspec.json.encode(info), indent=2))


def check(folder: Path, kind: str) -> ReleaseInfo:
    """The description of a release of that kind. Raises BadRelease."""
    try:
        info = msgspec.json.decode((folder / FILE).read_bytes(), type=ReleaseInfo)
    except OSError as error:
        raise BadRelease(f"{FILE} cannot be read: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRelease(f"{FILE} cannot be understood: {error}") from error
    if info.kind != kind:
        raise BadRelease(f"this is a {info.kind}, not a {kind}")
    if kind == "model":
        check_gguf(folder / MODEL)
        if info.context < SMALLEST_CONTEXT:
            raise BadRelease(f"a context of {info.context} tokens is too small")
    return info


def check_gguf(path: Path) -> None:
    """Whether a file begins as a GGUF model does. Raises BadRelease."""
    try:
        with path.open("rb") as file:
            magic, version = file.read(4), int.from_bytes(file.read(4), "little")
    except OSError as error:
        raise BadRelease(f"{path.name} cannot be read: {error.strerror}") from error
    if magic != GGUF_MAGIC:
        raise BadRelease(f"{path.name} is no GGUF file")
    if not 2 <= version <= 3:
        raise BadRelease(f"{path.name} is of GGUF version {version}; 2 and 3 are known")
