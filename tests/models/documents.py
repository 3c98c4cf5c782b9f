"""Makes small real files of every format for the tests."""

import io
import re
import struct
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas

from models.extract import reading, sniff
from models.extract.extraction import Extraction


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


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
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
    """A size of 4,095 and more follows the head."""
    if len(content) < 0xFFF:
        return struct.pack("<I", tag | level << 10 | len(content) << 20) + content
    return struct.pack("<II", tag | level << 10 | 0xFFF << 20, len(content)) + content


def _ole(streams: dict[str, bytes]) -> bytes:
    """A compound file with the streams, each in the root or within a storage (`BodyText/Section1`;
    a bare Section0 is in BodyText). They are padded to 4,096 bytes, so that no mini stream is
    needed."""
    paths = {f"BodyText/{name}" if name == "Section0" else name: name for name in streams}
    folders = sorted({path.partition("/")[0] for path in paths if "/" in path})
    names = ["", *folders, *paths]
    contents = {path: _whole_sectors(streams[name]) for path, name in paths.items()}
    listed = -(-len(names) * 128 // 512)  # sectors of the directory, behind those of the chains
    tables = -(-(listed + sum(map(len, contents.values())) // 512) // 127)
    chains = [-3] * tables + [*range(tables + 1, tables + listed), -2]
    starts: dict[str, tuple[int, int]] = {}
    for path, content in contents.items():
        starts[path] = (len(chains), len(content))
        chains += [*range(len(chains) + 1, len(chains) + len(content) // 512), -2]
    chains += [-1] * (128 * tables - len(chains))
    directory = b"".join(_entry(name, names, folders, starts) for name in names)
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIiIiI", 0, tables, tables, 0, 4096, -2, 0, -2, 0)
    head += struct.pack("<109i", *range(tables), *[-1] * (109 - tables))
    head += struct.pack(f"<{len(chains)}i", *chains)
    return head + directory.ljust(listed * 512, b"\x00") + b"".join(contents.values())


def _whole_sectors(content: bytes) -> bytes:
    return content.ljust(max(4096, -(-len(content) // 512) * 512), b"\x00")


def _entry(
    name: str, names: list[str], folders: list[str], starts: dict[str, tuple[int, int]]
) -> bytes:
    """A line of a compound file's directory. What is in one folder hangs together as a chain."""

    def inside(folder: str) -> list[str]:
        return [other for other in names[1:] if other.rpartition("/")[0] == folder]

    kind = 2 if name in starts else 1 if name in folders else 5
    beside = inside(name.rpartition("/")[0]) if name else []
    after = beside[beside.index(name) + 1 :] if name else []
    below = inside(name) if kind != 2 else []
    text = (name.rpartition("/")[2] or "Root Entry").encode("utf-16-le") + b"\x00\x00"
    start, size = starts.get(name, (-2 if kind == 5 else 0, 0))
    return (
        text.ljust(64, b"\x00")
        + struct.pack("<HBBi", len(text), kind, 1, -1)
        + struct.pack("<ii", *(names.index(next_[0]) if next_ else -1 for next_ in (after, below)))
        + bytes(36)
        + struct.pack("<iQ", start, size)
    )


def read(content: bytes) -> Extraction:
    """What the readers find in a file, without the process around them."""
    kind = sniff.sniff(content)
    assert kind is not None
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        source.write_bytes(content)
        *_, found = reading.read(kind, source, Path(folder))
    return found


PRINTED_FONT, PRINTED_SIZE = "HYSMyeongJo-Medium", 11


def wrapped(text: str, width: float, *, by_word: bool = False, keeps_spaces: bool) -> list[str]:
    """A paragraph's lines no wider than a column (points), broken between letters or words. The
    space at a break is lost, or stays where the line ends."""
    pdfmetrics.registerFont(UnicodeCIDFont(PRINTED_FONT))
    lines = [""]
    for piece in re.findall(r"\S+|\s" if by_word else r"(?s).", text):
        longer = lines[-1] + piece
        if piece.isspace() or _width(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(piece)
    return [line if keeps_spaces and line is not lines[-1] else line.rstrip() for line in lines]


def _width(line: str) -> float:
    return pdfmetrics.stringWidth(line.rstrip(), PRINTED_FONT, PRINTED_SIZE)


def printed(*pages: Sequence[str], width: float | None = None, pitch: float = 18) -> bytes:
    """A PDF whose pages have the lines one below the other, "" an empty one. Its margins are equal
    on both sides of the longest line, unless the page is said to be wider."""
    margin = 50
    pdfmetrics.registerFont(UnicodeCIDFont(PRINTED_FONT))
    longest = max(_width(line) for page in pages for line in page)
    out = io.BytesIO()
    paper = canvas.Canvas(out, pagesize=(width or longest + 2 * margin, 800))
    for page in pages:
        paper.setFont(PRINTED_FONT, PRINTED_SIZE)
        for number, line in enumerate(page):
            paper.drawString(margin, 750 - pitch * number, line)
        paper.showPage()
    paper.save()
    return out.getvalue()


def pdf_with_bad_page(bad: bytes) -> bytes:
    """A PDF of three pages whose list names the given object as the second."""
    font = b"/Resources<</Font<</F 6 0 R>>>>"
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 400]" + font + b"/Contents %d 0 R>>"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 3/Kids[3 0 R %s 4 0 R]>>" % bad,
        page % 7,
        page % 8,
        b"null",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    for text in (b"First page", b"Last page"):
        drawn = b"BT /F 12 Tf 20 350 Td (%s) Tj ET" % text
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(drawn), drawn))
    out = b"%PDF-1.4\n"
    places = b"0000000000 65535 f \n"
    for number, content in enumerate(objects, 1):
        places += b"%010d 00000 n \n" % len(out)
        out += b"%d 0 obj%sendobj\n" % (number, content)
    end = b"xref\n0 9\n%strailer<</Size 9/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF"
    return out + end % (places, len(out))
