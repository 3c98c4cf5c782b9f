"""What a file is, told from its content: names and declared types can lie.

This alone reads foreign files in the caller's own process, so it reads within bounds: beginnings,
a mark, the names in a zip's directory.
"""

import codecs
import io
import zipfile

PDF = "application/pdf"
PNG = "image/png"
JPEG = "image/jpeg"
GIF = "image/gif"
WEBP = "image/webp"
HWP = "application/vnd.hancom.hwp"
HWPX = "application/vnd.hancom.hwpx"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
TEXT = "text/plain"

IMAGES = frozenset({PNG, JPEG, GIF, WEBP})
SUFFIXES = {
    PDF: ".pdf",
    PNG: ".png",
    JPEG: ".jpg",
    GIF: ".gif",
    WEBP: ".webp",
    HWP: ".hwp",
    HWPX: ".hwpx",
    DOCX: ".docx",
    XLSX: ".xlsx",
    PPTX: ".pptx",
    TEXT: ".txt",
}

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
_PARTS = (
    ("Contents/content.hpf", HWPX),
    ("word/document.xml", DOCX),
    ("xl/workbook.xml", XLSX),
    ("ppt/presentation.xml", PPTX),
)


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
    if content.startswith(b"PK"):
        return _zip_kind(content)
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
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return None
    if any(name.endswith("vbaProject.bin") for name in names):
        return None
    return next((kind for part, kind in _PARTS if part in names), None)


def _is_text(content: bytes) -> bool:
    if not content or b"\x00" in content:
        return False
    beginning = content[:TEXT_BEGINNING]
    is_whole = len(beginning) == len(content)  # else a character may be cut in two
    for encoding in ("utf-8", "cp949"):
        try:
            text = codecs.getincrementaldecoder(encoding)().decode(beginning, is_whole)
        except UnicodeDecodeError:
            continue
        return all(char.isprintable() or char in "\r\n\t\ufeff\f" for char in text)
    return False
