"""The node's key pair on disk: `keys/node.key`, 64 bytes, readable by its owner only."""

import os
from pathlib import Path

from protocol.identity import KeyPair

NAME = "node.key"


def make_keys(folder: Path) -> KeyPair:
    """Make the pair of a new node. Raises FileExistsError where there is one."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    pair = KeyPair.generate()
    descriptor = os.open(folder / NAME, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(pair.to_bytes())
        out.flush()
        os.fsync(out.fileno())
    return pair


def node_keys(folder: Path) -> KeyPair:
    """The pair of a node. Raises FileNotFoundError, InvalidKey."""
    return KeyPair.from_bytes((folder / NAME).read_bytes())
