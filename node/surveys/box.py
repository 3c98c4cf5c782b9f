"""Ballot boxes: what makes an anonymous answer unreadable, and what is destroyed so that it stays so.

A survey's ballots are sealed with a public key that stands in the database. The key that opens them is made
of a file in the folder `boxes`, which no backup holds: of all its bytes, so that whoever finds a piece of it on
a disk has nothing. Once a survey is closed and its ballots were opened, the file is written over and removed;
what backups, journals and free pages still hold of sealed ballots is noise from then on.

All ballots of a survey are equally long. Else the length of a sealed one would tell the written answer in it.
"""

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

from kit.db import outside_units
from kit.durable import settle_folder, write_secret
from node.questions.model import MAX_TEXT, Field, FieldKind, parts_of

FOLDER = "boxes"
SUFFIX = ".box"
FILE_BYTES = 64 * 1024
"""Many blocks of a disk, each of which must be found again to have the key again."""
WRITTEN = frozenset({FieldKind.TEXT, FieldKind.LONG_TEXT})
_LENGTH = 4  # bytes before a ballot that say how long it is
_HEAD = 5  # bytes, at most, before a text
_ROUND = (
    256  # bytes: ballots of about as many questions are equally long, whatever survey they are of
)
_SHORT = 40  # bytes of a number or a date, amply

Ballot = Mapping[str, str]
"""Field → what was answered, in words."""


class BoxLost(Exception):
    """There is no key for what was cast into a box: the file is gone, or of another box."""


class Boxes:
    """The keys of the boxes that are open, each in a file of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @outside_units
    def make(self, survey_id: str) -> str:
        """A fresh box: its public key. One that was there is gone."""
        self.destroy(survey_id)
        content = os.urandom(FILE_BYTES)
        write_secret(self._place(survey_id), content)
        return bytes(_key_of(content).public_key).hex()

    @outside_units
    def holds(self, survey_id: str, box: str) -> bool:
        """Whether there is the key of the box with this public key."""
        try:
            self.opener(survey_id, box)
        except BoxLost:
            return False
        return True

    @outside_units
    def opener(self, survey_id: str, box: str) -> SealedBox[PrivateKey]:
        """What opens the ballots of the box with this public key. Raises BoxLost."""
        try:
            key = _key_of(self._place(survey_id).read_bytes())
        except FileNotFoundError:
            raise BoxLost() from None
        if bytes(key.public_key).hex() != box:
            raise BoxLost()
        return SealedBox(key)

    @outside_units
    def kept(self) -> list[str]:
        """The surveys that there is a key of."""
        return sorted(path.stem for path in self._folder.glob("*" + SUFFIX))

    @outside_units
    def destroy(self, survey_id: str) -> None:
        """The key is written over where it lies, and removed; both are on the disk."""
        place = self._place(survey_id)
        try:
            with place.open("r+b") as file:
                for pattern in (os.urandom(FILE_BYTES), bytes(FILE_BYTES)):
                    file.seek(0)
                    file.write(pattern)
                    file.flush()
                    os.fsync(file.fileno())
        except FileNotFoundError:
            return
        place.unlink(missing_ok=True)
        settle_folder(self._folder)

    def _place(self, survey_id: str) -> Path:
        return self._folder / (survey_id + SUFFIX)


def _key_of(content: bytes) -> PrivateKey:
    return PrivateKey(hashlib.sha256(content).digest())


# Ballots ------------------------------------------------------------------------------------------


def room(fields: Sequence[Field]) -> int:
    """Bytes that every ballot of these questions takes, sealed or not: as many as the longest one needs."""
    most = (
        _LENGTH
        + _HEAD
        + sum(2 * _HEAD + len(one.id.encode()) + _longest(one) for one in parts_of(fields))
    )
    return -(-most // _ROUND) * _ROUND


def _longest(field: Field) -> int:
    """Bytes of the longest answer to a question."""
    if field.kind in WRITTEN:
        return 4 * MAX_TEXT
    options = [len(option.encode()) + 1 for option in field.shown_options]
    return sum(options) if options else _SHORT


def seal(box: str, ballot: Ballot, size: int) -> bytes:
    """A ballot as it may lie in the database, `size` bytes before it is sealed."""
    content = msgspec.msgpack.encode(ballot)
    padded = len(content).to_bytes(_LENGTH, "big") + content
    if len(padded) > size:
        raise ValueError(f"a ballot of {len(padded)} bytes does not fit {size}")
    sealed: bytes = SealedBox(PublicKey(bytes.fromhex(box))).encrypt(padded.ljust(size, b"\0"))
    return sealed


def unseal(opener: SealedBox[PrivateKey], sealed: bytes) -> dict[str, str]:
    """What is in a sealed ballot. Raises BoxLost."""
    try:
        padded = opener.decrypt(sealed)
    except CryptoError:
        raise BoxLost() from None
    length = int.from_bytes(padded[:_LENGTH], "big")
    return msgspec.msgpack.decode(padded[_LENGTH : _LENGTH + length], type=dict[str, str])
