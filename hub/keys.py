"""Secret files of the hub: written once, readable by their owner only."""

import os
from pathlib import Path

from protocol.identity import KeyPair

NAME = "hub.key"


def write_secret(path: Path, content: bytes) -> None:
    """Write a new file of mode 0600, durably. Raises FileExistsError where there is one."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def make_keys(folder: Path) -> KeyPair:
    """Make the pair of a new hub. Raises FileExistsError where there is one."""
    pair = KeyPair.generate()
    write_secret(folder / NAME, pair.to_bytes())
    return pair


def hub_keys(folder: Path) -> KeyPair:
    """The pair of a hub. Raises FileNotFoundError, InvalidKey."""
    return KeyPair.from_bytes((folder / NAME).read_bytes())
