"""Markdown with a front matter: `key: value` lines between two lines of `---`, then the body.

Keys: title, audience (everyone, guardians, students, staff, or the Korean words), category,
valid_from, valid_until, source; all may be missing. The title then is the first heading, or the
file's name.
"""

import re

import msgspec

from hub.knowledge.model import Audience, DocumentContent
from kit.typed import lines

FENCE = "---\n"
_HEADING = re.compile(r"^#{1,3}\s+(.+?)\s*$", re.MULTILINE)
_WORDS = {
    "모두": Audience.EVERYONE,
    "전체": Audience.EVERYONE,
    "보호자": Audience.GUARDIANS,
    "학부모": Audience.GUARDIANS,
    "학생": Audience.STUDENTS,
    "교직원": Audience.STAFF,
}
_KEYS = ("title", "audience", "category", "source", "valid_from", "valid_until")


class BadArticle(ValueError):
    """The front matter cannot be understood; the message says which line."""


def parse(text: str, stem: str, audience: Audience = Audience.STAFF) -> DocumentContent:
    """The content of a Markdown file named `stem`. `audience` holds where it names none.

    Raises BadArticle.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    front, body = _split(text)
    fields: dict[str, str] = {}
    for line in filter(str.strip, front.split("\n")):
        key, colon, value = line.partition(":")
        key = key.strip()
        if not colon or key not in _KEYS or key in fields:
            raise BadArticle(line.strip()[:80])
        fields[key] = value.strip()
    named = fields.pop("audience", "")
    heading = _HEADING.search(body)
    title = fields.pop("title", "") or (heading[1] if heading else stem)
    content = DocumentContent(title=title, body=lines(body), audience=audience)
    chosen = _WORDS.get(named, named) or audience
    if chosen not in list(Audience):
        raise BadArticle(f"audience: {named[:60]}")
    return msgspec.structs.replace(content, audience=Audience(chosen), **fields)


def _split(text: str) -> tuple[str, str]:
    if not text.startswith(FENCE):
        return "", text
    front, fence, body = text.removeprefix(FENCE).partition("\n" + FENCE)
    if not fence:
        raise BadArticle("---")
    return front, body
