"""What a file is, told from its content: names and declared types can lie.

This alone reads foreign files in the caller's own process, so it reads within bounds: beginnings,
a mark, the names in a zip's directory.
"""

import codecs
import io
import re
import zipfile
import zlib

PDF = "application/pdf"
PNG = "image/png"
JPEG = "image/jpeg"
GIF = "image/gif"
WEBP = "image/webp"
HWP = "application/vnd.hancom.hwp"
HWPX = "application/vnd.hancom.hwpx"
HWPML = "application/vnd.hancom.hml"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
RTF = "application/rtf"
HTML = "text/html"
TEXT = "text/plain"

IMAGES = frozenset({PNG, JPEG, GIF, WEBP})
WRITTEN = frozenset({PDF, HWP, HWPX, HWPML, DOCX, RTF, HTML, TEXT})  # text is read in these
SUFFIXES = {
    PDF: ".pdf",
    PNG: ".png",
    JPEG: ".jpg",
    GIF: ".gif",
    WEBP: ".webp",
    HWP: ".hwp",
    HWPX: ".hwpx",
    HWPML: ".hml",
    DOCX: ".docx",
    XLSX: ".xlsx",
    PPTX: ".pptx",
    RTF: ".rtf",
    HTML: ".html",
    TEXT: ".txt",
}

# What browsers take for a page (WHATWG MIME Sniffing), and how offices' tables begin. Comments are
# matched once only (atomic groups): many of them would be tried in countless ways.
_HTML = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?>(?:<!--.{0,2000}?-->\s*)*)"
    rb"<(?:!doctype\s+html|html|head|body|title|meta|style|script|table|div|p|br|h1|font|center|a|b)"
    rb"[\s>/]",
    re.IGNORECASE | re.DOTALL,
)
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

LARGEST_DIRECTORY = 1024 * 1024  # bytes of a zip's list of names: 10,000 parts and more
TEXT_BEGINNING = 1024 * 1024  # bytes that are judged of what may be text

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HWP_SIGNATURE = b"HWP Document File"
_HWP_BEFORE_5 = b"HWP Document File V"  # 한글 97 and before; no compound file
_XML_BEGINNING = 4096  # bytes in which the root of XML is looked for
_HWPML_ROOT = re.compile(
    r"\ufeff?\s*(?>(?:(?:<\?[^>]*>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[[^\]]*\]\s*)?>)\s*)*)<HWPML[\s/>]",
    re.DOTALL,
)
_PARTS = (
    ("Contents/content.hpf", HWPX),
    ("word/document.xml", DOCX),
    ("xl/workbook.xml", XLSX),
    ("ppt/presentation.xml", PPTX),
)
# Where the main part has another name, the list of the parts' types tells.
_TYPES = "[Content_Types].xml"
_MAIN_TYPES = (
    (b"wordprocessingml.document.main+xml", DOCX),
    (b"wordprocessingml.template.main+xml", DOCX),
    (b"spreadsheetml.sheet.main+xml", XLSX),
    (b"presentationml.presentation.main+xml", PPTX),
)
LONGEST_TYPES = 256 * 1024  # bytes that are read of that list


def sniff(content: bytes) -> str | None:
    """The media type of a file we take, or None: unknown, or a document with macros."""
    if b"%PDF-" in content[:1024]:
        return PDF
    for magic, kind in _MAGIC:
        if content.startswith(magic):
            return kind
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return WEBP
    if content.startswith(_OLE):
        return HWP if _HWP_SIGNATURE in content else None
    if content.startswith(_HWP_BEFORE_5):
        return HWP
    if content.startswith(b"PK"):
        return _zip_kind(content)
    if content.startswith(b"{\\rtf"):
        return RTF
    if _is_hwpml(content[:_XML_BEGINNING]):
        return HWPML
    if b"\x00" not in content and _HTML.match(content):
        return HTML
    return TEXT if _is_text(content) else None


class _Bounded(io.BytesIO):
    """A zip whose directory `zipfile` may not read when it is too large. Counting on the sizes that
    its end record tells would mean to know which of several records `zipfile` goes by."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > LARGEST_DIRECTORY:
            raise zipfile.BadZipFile("the directory is too large")
        return super().read(size)


def _zip_kind(content: bytes) -> str | None:
    try:
        with zipfile.ZipFile(_Bounded(content)) as archive:
            names = set(archive.namelist())
            if any(name.endswith("vbaProject.bin") for name in names):
                return None
            kind = next((kind for part, kind in _PARTS if part in names), None)
            if kind is None and _TYPES in names:
                with archive.open(_TYPES) as types:
                    listed = types.read(LONGEST_TYPES)
                kind = next((kind for main, kind in _MAIN_TYPES if main in listed), None)
            return kind
    except (
        zipfile.BadZipFile,
        ValueError,
        NotImplementedError,
        RuntimeError,
        EOFError,
        zlib.error,
    ):
        return None


def _is_hwpml(beginning: bytes) -> bool:
    """XML, in the encodings that a program must know, whose root is that of HWPML."""
    encoding = "utf-16" if beginning.startswith(_UTF16) else "utf-8"
    text = beginning.decode(encoding, "replace")
    return _HWPML_ROOT.match(text) is not None


def _is_text(content: bytes) -> bool:
    is_utf16 = content.startswith(_UTF16)
    if not content or (b"\x00" in content and not is_utf16):
        return False
    beginning = content[:TEXT_BEGINNING]
    is_whole = len(beginning) == len(content)  # else a character may be cut in two
    for encoding in ("utf-16",) if is_utf16 else ("utf-8", "cp949"):
        try:
            text = codecs.getincrementaldecoder(encoding)().decode(beginning, is_whole)
        except UnicodeDecodeError:
            continue
        return all(char.isprintable() or char in "\r\n\t\ufeff\f" for char in text)
    return False
