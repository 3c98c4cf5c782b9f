"""HWP 5 (한글 2002 and later): the compound file, its header and its sections' streams.

After Hancom's published formats: 한글 문서 파일 구조 5.0, revision 1.3, and for documents that may
only be looked at 배포용 문서, revision 1.2.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import olefile
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from models.extract.archive import PART_LIMIT
from models.extract.extraction import Unreadable
from models.extract.hwp_records import flat_records
from models.extract.hwp_section import read_section
from models.extract.paragraph import Document

UNPACKED_LIMIT = 4 * PART_LIMIT  # bytes of all sections together

_BEFORE_5 = b"HWP Document File V"  # how 한글 3 and before begin, in no compound file
_SECTION = re.compile(r"Section(\d+)")
_DISTRIBUTION_DATA = 28  # the record in front of an enciphered section

# Bits of the file header's properties.
_COMPRESSED = 1 << 0
_PASSWORD = 1 << 1
_DISTRIBUTED = 1 << 2
_RIGHTS = 1 << 4 | 1 << 8 | 1 << 10  # managed rights, enciphered or managed by a certificate


def text(path: Path) -> str:
    """The document's text. Raises Unreadable when it is locked, of an old format or too much to
    read; ValueError, OSError, struct.error and zlib.error when it is damaged."""
    with path.open("rb") as file:
        if file.read(len(_BEFORE_5)) == _BEFORE_5:
            raise Unreadable("old")
    with olefile.OleFileIO(path) as container:
        (properties,) = struct.unpack_from("<I", _stream(container, "FileHeader"), 36)
        if properties & (_PASSWORD | _RIGHTS):
            raise Unreadable("locked")
        document = Document()
        room = UNPACKED_LIMIT
        for content in _sections(container, properties):
            room -= len(content)
            if room < 0:
                raise Unreadable("limits")
            read_section(content, document)
        return document.text()


def _sections(container: olefile.OleFileIO, properties: int) -> Iterator[bytes]:
    """The records of each section, in order.

    A distributed document has its text enciphered in ViewText; its BodyText holds a notice for
    programs that do not know of that.
    """
    is_distributed = bool(properties & _DISTRIBUTED)
    storage = "ViewText" if is_distributed else "BodyText"
    numbers = sorted(
        int(match[1])
        for path in container.listdir()
        if len(path) == 2 and path[0] == storage and (match := _SECTION.fullmatch(path[1]))
    )
    if is_distributed and not numbers:
        raise Unreadable("distributed")
    for number in numbers:
        content = _stream(container, f"{storage}/Section{number}")
        if is_distributed:
            yield _distributed(content, properties)
        else:
            yield _inflated(content, properties)


def _stream(container: olefile.OleFileIO, name: str) -> bytes:
    with container.openstream(name) as stream:
        return bytes(stream.read())


def _inflated(content: bytes, properties: int) -> bytes:
    if not properties & _COMPRESSED:
        return content
    inflating = zlib.decompressobj(-zlib.MAX_WBITS)
    unpacked = inflating.decompress(content, PART_LIMIT)
    if inflating.unconsumed_tail:
        raise Unreadable("limits")
    if not inflating.eof:
        raise ValueError("a section is cut off")
    return unpacked


def _distributed(content: bytes, properties: int) -> bytes:
    head = next(flat_records(content), None)
    if head is None or head.tag != _DISTRIBUTION_DATA or len(head.content) != 256:
        raise Unreadable("distributed")
    enciphered = content[4 + len(head.content) :]
    whole = len(enciphered) // 16 * 16
    cipher = Cipher(algorithms.AES(_key(head.content)), modes.ECB()).decryptor()  # noqa: S305 - the format's own
    try:
        return _inflated(cipher.update(enciphered[:whole]) + cipher.finalize(), properties)
    except zlib.error:
        raise Unreadable("distributed") from None


def _key(data: bytes) -> bytes:
    """The key of a distributed document: 16 bytes of the password's SHA-1, written in UTF-16.

    The record of 256 bytes is its seed (4 bytes), then that digest at a place that depends on the
    seed, all of it masked by runs of random bytes: those of Microsoft's C library.
    """
    (seed,) = struct.unpack_from("<I", data)
    drawn = _random(seed)
    mask: list[int] = []
    while len(mask) < len(data):
        byte = next(drawn) & 0xFF
        mask += [byte] * ((next(drawn) & 0x0F) + 1)
    at = 4 + (seed & 0x0F)
    return bytes(data[place] ^ mask[place] for place in range(at, at + 16))


def _random(seed: int) -> Iterator[int]:
    """What rand() of Microsoft's C library gives after srand(seed)."""
    while True:
        seed = (seed * 214013 + 2531011) & 0xFFFFFFFF
        yield seed >> 16 & 0x7FFF
