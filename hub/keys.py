"""The key pair of the hub."""

from pathlib import Path

from kit.durable import write_secret
from protocol.identity import KeyPair

NAME = "hub.key"


def make_keys(folder: Path) -> KeyPair:
    """Make the pair of a new hub. Raises FileExistsError where there is one."""
    pair = KeyPair.generate()
    write_secret(folder / NAME, pair.to_bytes())
    return pair


def hub_keys(folder: Path) -> KeyPair:
    """The pair of a hub. Raises FileNotFoundError, InvalidKey."""
    return KeyPair.from_bytes((folder / NAME).read_bytes())
