"""Text files: plain as Korean offices write it (UTF-8, CP949, UTF-16 with its mark), or markup."""

import codecs
import email

from models.extract import hypertext, rtf, sniff


def text(content: bytes) -> str:
    """What is read in a text file. Markup is told anew: what came long ago is kept as plain text.

    Raises ValueError when it is in none of the encodings.
    """
    kind = sniff.sniff(content)
    if kind == sniff.RTF:
        return "\n".join(rtf.lines(content))
    if kind == sniff.HTML:
        return "\n".join(hypertext.lines(content))
    return _archived_page(content) or _decoded(content)


def _archived_page(content: bytes) -> str:
    """The page in a web archive (MHTML, RFC 2557); "" for other text."""
    if not content[:1000].lower().lstrip().startswith((b"mime-version:", b"from: ")):
        return ""
    pages = (
        part.get_payload(decode=True)
        for part in email.message_from_bytes(content).walk()
        if part.get_content_type() == "text/html"
    )
    page = next(pages, None)
    return "\n".join(hypertext.lines(page)) if isinstance(page, bytes) else ""


def _decoded(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16")
    for encoding in ("utf-8-sig", "cp949"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ValueError("neither UTF-8 nor CP949")
