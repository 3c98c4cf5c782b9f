"""Makes small real files of every format for the tests."""

import io
import struct
import zipfile
from pathlib import Path

from PIL import Image
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas


def pdf(*pages: str) -> bytes:
    """A PDF with a line of text on each page."""
    pdfmetrics.registerFont(UnicodeCIDFont("HYSMyeongJo-Medium"))
    out = io.BytesIO()
    paper = canvas.Canvas(out, pagesize=(300, 400))
    for text in pages:
        paper.setFont("HYSMyeongJo-Medium", 12)
        paper.drawString(20, 350, text)
        paper.showPage()
    paper.save()
    return out.getvalue()


def laborious_pdf(text: str, lines: int = 200_000) -> bytes:
    """A PDF of two pages with text; the second has a drawing that takes long to draw."""
    out = io.BytesIO()
    paper = canvas.Canvas(out, pagesize=(300, 400))
    paper.drawString(20, 350, text)
    paper.showPage()
    paper.drawString(20, 350, text)
    for number in range(lines):
        paper.line(number * 7 % 300, number * 11 % 400, number * 13 % 300, number * 17 % 400)
    paper.showPage()
    paper.save()
    return out.getvalue()


def png(width: int = 80, height: int = 60) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "#2266aa").save(out, "PNG")
    return out.getvalue()


def docx(*paragraphs: str) -> bytes:
    """A Word document with paragraphs and a table of one row."""
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    body = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs)
    cells = "".join(f"<w:tc><w:p><w:r><w:t>{t}</w:t></w:r></w:p></w:tc>" for t in ("일시", "장소"))
    table = f"<w:tbl><w:tr>{cells}</w:tr></w:tbl>"
    xml = f'<w:document xmlns:w="{word}"><w:body>{body}{table}</w:body></w:document>'
    return zipped({"[Content_Types].xml": "<Types/>", "word/document.xml": xml})


def hwpx(folder: Path, *paragraphs: str) -> bytes:
    """An HWPX document, written by python-hwpx."""
    from hwpx.document import HwpxDocument

    document = HwpxDocument.new()
    for text in paragraphs:
        document.add_paragraph(text)
    path = folder / "made.hwpx"
    document.save_to_path(str(path))
    return path.read_bytes()


def zipped(parts: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def hwp(*paragraphs: str) -> bytes:
    """An HWP 5 document: an OLE file with FileHeader, DocInfo and an uncompressed section."""
    header = b"HWP Document File".ljust(32, b"\x00") + struct.pack("<II", 0x05000300, 0)
    section = b""
    for text in paragraphs:
        content = (text + "\r").encode("utf-16-le")
        section += _record(66, 0, struct.pack("<I", len(text) + 1).ljust(22, b"\x00"))
        section += _record(67, 1, content)
    return _ole({"FileHeader": header, "DocInfo": _record(16, 0, bytes(26)), "Section0": section})


def _record(tag: int, level: int, content: bytes) -> bytes:
    return struct.pack("<I", tag | level << 10 | len(content) << 20) + content


def _ole(streams: dict[str, bytes]) -> bytes:
    """A compound file with the streams in the root, Section0 within a storage BodyText. Streams
    are padded to 4,096 bytes so that no mini stream is needed."""
    padded = {name: content.ljust(4096, b"\x00") for name, content in streams.items()}
    chains: list[int] = []
    starts: dict[str, int] = {}
    blocks = b""
    first = 3  # sector 0: FAT, 1 and 2: directory
    for name, content in padded.items():
        content = content.ljust(-(-len(content) // 512) * 512, b"\x00")
        starts[name] = first + len(chains)
        count = len(content) // 512
        chains += [first + len(chains) + i + 1 for i in range(count - 1)] + [0xFFFFFFFE]
        blocks += content
    fat = [0xFFFFFFFD, 2, 0xFFFFFFFE, *chains]
    fat += [0xFFFFFFFF] * (128 - len(fat))
    none = 0xFFFFFFFF

    def entry(name: str, kind: int, left: int, right: int, child: int, of: str = "") -> bytes:
        text = name.encode("utf-16-le") + b"\x00\x00"
        start, size = (starts[of], len(padded[of])) if of else (0xFFFFFFFE if kind == 5 else 0, 0)
        return (
            text.ljust(64, b"\x00")
            + struct.pack("<HBBIII", len(text), kind, 1, left, right, child)
            + bytes(36)
            + struct.pack("<IQ", start, size)
        )

    directory = entry("Root Entry", 5, none, none, 2)
    directory += entry("DocInfo", 2, none, none, none, "DocInfo")
    directory += entry("BodyText", 1, 1, 3, 4)
    directory += entry("FileHeader", 2, none, none, none, "FileHeader")
    directory += entry("Section0", 2, none, none, none, "Section0")
    directory = directory.ljust(1024, b"\x00")
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    head += struct.pack("<I", 0) + struct.pack("<I", none) * 108
    return head + struct.pack("<128I", *fat) + directory + blocks
