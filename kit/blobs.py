"""Files by the SHA-256 of their content: written once, never changed, checked when asked."""

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from kit.db import outside_units
from kit.durable import give_new_name, make_folder, write_durably


class Blobs:
    """A folder of immutable files named by hash, two levels deep."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, digest: str) -> Path:
        """Where the content with this hex digest lies (it may be missing)."""
        if len(digest) != 64 or not all(c in "0123456789abcdef" for c in digest):
            raise ValueError("not a SHA-256 digest")
        return self.root / digest[:2] / digest

    @outside_units
    def put(self, content: bytes) -> str:
        """Store durably (write, fsync, rename, fsync the folder); the hex digest."""
        digest = hashlib.sha256(content).hexdigest()
        target = self.path(digest)
        if target.exists():
            return digest
        write_durably(target, content)
        return digest

    @outside_units
    def adopt(self, partial: Path, digest: str) -> None:
        """Take in a finished file of the same disk, whose content has this hex digest (see
        `digest_of`), without copying: made durable, then linked. The partial file stays for
        whoever wrote it to remove, where the disk knows links; else it is renamed."""
        target = self.path(digest)
        if target.exists():
            return
        make_folder(target.parent)
        with partial.open("rb") as whole:
            os.fsync(whole.fileno())
        with contextlib.suppress(FileExistsError):
            give_new_name(partial, target)

    def remove(self, digest: str) -> None:
        """Forget a content; whoever refers to it must have been asked."""
        self.path(digest).unlink(missing_ok=True)

    def digests(self) -> Iterator[str]:
        """What is stored."""
        for path in self.root.glob("[0-9a-f][0-9a-f]/*"):
            if len(path.name) == 64:
                yield path.name

    @outside_units
    def get(self, digest: str) -> bytes:
        """The content. Raises FileNotFoundError, or ValueError when the disk has changed it."""
        content = self.path(digest).read_bytes()
        if hashlib.sha256(content).hexdigest() != digest:
            raise ValueError(f"blob {digest} is damaged")
        return content


@outside_units
def digest_of(path: Path) -> str:
    """The SHA-256 of a file of any size, as hex."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
