"""Makes 한글 documents part by part: the records of HWP 5, the XML of HWPX."""

import hashlib
import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tests.models.documents import _ole, _record, zipped

COMPRESSED, PASSWORD, DISTRIBUTED, RIGHTS = 1, 2, 4, 16
NO_BREAK_SPACE, FIXED_SPACE, HYPHEN, LINE_BREAK = "\x1e", "\x1f", "\x18", "\n"
# A tab is eight units long: its code, its width (4000, which is the letter ྠ), its leader, the code.
TAB = struct.pack("<HIHIHH", 9, 4000, 0x0100, 0, 0, 9)


class Node(NamedTuple):
    """A record and those one level below it."""

    tag: int
    content: bytes
    below: Sequence["Node"] = ()


class Control(NamedTuple):
    """What a control character in the text stands for."""

    code: int
    name: bytes
    content: bytes = b""
    below: Sequence[Node] = ()


def paragraph(*pieces: str | bytes | Control) -> Node:
    text = b""
    controls = []
    for piece in pieces:
        if isinstance(piece, Control):
            code = struct.pack("<H", piece.code)
            text += code + piece.name[::-1] + bytes(8) + code
            controls.append(Node(71, piece.name[::-1] + piece.content, piece.below))
        else:
            text += piece.encode("utf-16-le") if isinstance(piece, str) else piece
    text += b"\r\x00"
    head = struct.pack("<I", len(text) // 2).ljust(22, b"\x00")
    return Node(66, head, [Node(67, text), *controls])


def listed(*paragraphs: Node, about: bytes = b"") -> list[Node]:
    """Paragraphs behind the head of their list. `about` follows its first eight bytes."""
    return [Node(72, struct.pack("<HHI", len(paragraphs), 0, 0) + about), *paragraphs]


def note(name: bytes, text: str) -> Control:
    return Control(17, name, bytes(12), listed(paragraph(text)))


def page_margin(name: bytes, *lines: str) -> Control:
    """A header or a footer."""
    return Control(16, name, bytes(8), listed(*map(paragraph, lines)))


def comment(text: str) -> Control:
    return Control(15, b"tcmt", b"", listed(paragraph(text)))


def cell(row: int, column: int, *paragraphs: Node, down: int = 1, across: int = 1) -> list[Node]:
    return listed(*paragraphs, about=struct.pack("<HHHH", column, row, across, down) + bytes(18))


def table(
    rows: int, columns: int, *cells: list[Node], caption: str = "", in_text: bool = False
) -> Control:
    shape = struct.pack("<IHHH", 0, rows, columns, 0) + bytes(8)
    shape += struct.pack("<H", columns) * rows + bytes(4)
    head = listed(paragraph(caption), about=struct.pack("<I", 3)) if caption else []
    below = [*head, Node(77, shape), *(node for one in cells for node in one)]
    return Control(11, b"tbl ", struct.pack("<I", int(in_text)) + bytes(36), below)


def box(*paragraphs: Node, caption: str = "", in_text: bool = False) -> Control:
    head = listed(paragraph(caption), about=struct.pack("<I", 2)) if caption else []
    shape = Node(76, b"cer$" + bytes(40), listed(*paragraphs))
    content = struct.pack("<I", int(in_text)) + bytes(36)
    return Control(11, b"gso ", content, [*head, shape])


def equation(script: str) -> Control:
    content = struct.pack("<I", 0) + _string(script)
    return Control(11, b"eqed", struct.pack("<I", 1) + bytes(36), [Node(88, content)])


def ruby(main: str, above: str) -> Control:
    return Control(23, b"tdut", _string(main) + _string(above) + bytes(20))


def overlapping(letters: str) -> Control:
    return Control(23, b"tcps", _string(letters) + bytes(3))


def number(kind: int, value: int) -> Control:
    """An automatic number: 0 of pages, 1 of footnotes, 3 of pictures, 4 of tables."""
    return Control(18, b"atno", struct.pack("<IH", kind, value) + bytes(6))


def memo_field(index: int) -> Control:
    return Control(3, b"%%me", bytes(5) + _string("MEMO") + bytes(4) + struct.pack("<I", index))


def memo(index: int, text: str) -> list[Node]:
    """Stands below the last paragraph of a section."""
    return [Node(93, struct.pack("<I", index)), *listed(paragraph(text))]


def check_box(caption: str) -> Control:
    said = f"CommonSet:set:20:Name:wstring:3:선택1 ButtonSet:set:30:Caption:wstring:{len(caption)}:"
    content = b"tbc+tbc+" + bytes(4) + _string(f"{said}{caption} Value:int:0")
    return Control(11, b"form", struct.pack("<I", 1) + bytes(36), [Node(91, content)])


def text_art(text: str) -> Control:
    art = Node(90, bytes(32) + _string(text) + _string("굴림"))
    return Control(11, b"gso ", bytes(40), [Node(76, b"tat$" + bytes(40), [art])])


def hwp(*sections: Sequence[Node], properties: int = 0, password: str = "안내") -> bytes:
    """An HWP 5 document. A distributed one has a notice in BodyText and its text in ViewText."""
    bodies = [_written(section) for section in sections]
    streams = {
        "FileHeader": b"HWP Document File".ljust(32, b"\x00")
        + struct.pack("<II", 0x05010100, properties),
        "DocInfo": _record(16, 0, bytes(26)),
    }
    if properties & COMPRESSED:
        bodies = [_deflated(body) for body in bodies]
    if properties & DISTRIBUTED:
        notice = _written([paragraph("이 문서는 상위 버전의 배포용 문서입니다.")])
        streams["BodyText/Section0"] = _deflated(notice) if properties & COMPRESSED else notice
        bodies = [_enciphered(body, password) for body in bodies]
    storage = "ViewText" if properties & DISTRIBUTED else "BodyText"
    streams |= {f"{storage}/Section{at}": body for at, body in enumerate(bodies)}
    return _ole(streams)


def _written(nodes: Sequence[Node]) -> bytes:
    written = []
    waiting = [(node, 0) for node in reversed(nodes)]
    while waiting:
        node, level = waiting.pop()
        written.append(_record(node.tag, level, node.content))
        waiting += [(below, level + 1) for below in reversed(node.below)]
    return b"".join(written)


def _string(text: str) -> bytes:
    units = text.encode("utf-16-le")
    return struct.pack("<H", len(units) // 2) + units


def _deflated(content: bytes) -> bytes:
    deflating = zlib.compressobj(level=1, wbits=-zlib.MAX_WBITS)
    return deflating.compress(content) + deflating.flush()


def _enciphered(body: bytes, password: str, seed: int = 20261130) -> bytes:
    """As Hancom's 배포용 문서 format has it: a record that hides the key, then AES of blocks."""
    digest = hashlib.sha1(password.encode()).hexdigest().upper().encode("utf-16-le")
    at = 4 + (seed & 0xF)
    clear = bytes(at) + digest + bytes(256 - at - len(digest))
    masked = bytearray()
    state, run, mask = seed, 0, 0
    for byte in clear:
        if run == 0:
            state, mask = _drawn(state)
            state, length = _drawn(state)
            mask, run = mask & 0xFF, (length & 0xF) + 1
        masked.append(byte ^ mask)
        run -= 1
    masked[:4] = struct.pack("<I", seed)
    cipher = Cipher(algorithms.AES(digest[:16]), modes.ECB()).encryptor()
    whole = body.ljust(-(-len(body) // 16) * 16, b"\x00")
    return _record(28, 0, bytes(masked)) + cipher.update(whole) + cipher.finalize()


def _drawn(state: int) -> tuple[int, int]:
    state = (state * 214013 + 2531011) % 2**32
    return state, state >> 16 & 0x7FFF


def p(inner: str) -> str:
    """A paragraph of one run."""
    return f"<hp:p><hp:run>{inner}</hp:run></hp:p>"


def t(text: str) -> str:
    return f"<hp:t>{text}</hp:t>"


def sublist(*paragraphs: str) -> str:
    return f"<hp:subList>{''.join(paragraphs)}</hp:subList>"


def tc(*paragraphs: str, across: int = 1, down: int = 1) -> str:
    span = f'<hp:cellSpan colSpan="{across}" rowSpan="{down}"/>'
    return f"<hp:tc>{sublist(*paragraphs)}{span}</hp:tc>"


def tbl(*rows: str, caption: str = "", in_text: bool = False) -> str:
    place = f'<hp:pos treatAsChar="{int(in_text)}"/>'
    head = f'<hp:caption side="BOTTOM">{sublist(p(t(caption)))}</hp:caption>' if caption else ""
    return f"<hp:tbl>{place}{head}{''.join(f'<hp:tr>{row}</hp:tr>' for row in rows)}</hp:tbl>"


def hwpx(
    *sections: str,
    spine: Sequence[str] | None = None,
    parts: Mapping[str, str | bytes] | None = None,
) -> bytes:
    """A package of sections. `spine` names them in their order: section0, section1, …"""
    names = [f"section{at}" for at in range(len(sections))]
    listed = [*names, *(name.removesuffix(".xml") for name in parts or () if "/" not in name)]
    items = "".join(f'<item id="{name}" href="Contents/{name}.xml"/>' for name in listed)
    order = "".join(f'<itemref idref="{name}"/>' for name in spine or names)
    made: dict[str, str | bytes] = {
        "mimetype": "application/hwp+zip",
        "Contents/content.hpf": f"<package><manifest>{items}</manifest><spine>{order}</spine></package>",
        "Contents/header.xml": "<head/>",
    }
    made |= {
        f"Contents/{n}.xml": f"<hs:sec {NAMES}>{s}</hs:sec>"
        for n, s in zip(names, sections, strict=True)
    }
    made |= {
        name if "/" in name else f"Contents/{name}": part for name, part in (parts or {}).items()
    }
    return zipped(made)


NAMES = " ".join(
    f'xmlns:{prefix}="http://www.hancom.co.kr/hwpml/2011/{name}"'
    for prefix, name in (("hp", "paragraph"), ("hs", "section"), ("hm", "master-page"))
)
