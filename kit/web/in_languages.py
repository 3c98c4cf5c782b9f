"""A text in several languages (`kit.languages`) as somebody reads it: Korean, or another beside the Korean.

shown = await read_in(body, "vi")
shown.language, shown.title, shown.html
"""

import asyncio
import functools

import msgspec
from markupsafe import Markup

from kit.db import outside_units
from kit.languages import BY_CODE, Language, in_language, korean, languages_of
from kit.markdown import Heading, parse
from kit.web.markdown import LARGE, REMEMBERED, beside, rendered


class TextIn(msgspec.Struct, frozen=True):
    """`offered`: the languages that it has besides Korean; `language`: the one that it is shown in, None
    for Korean; `title`: what its part is called, where it begins with a heading."""

    offered: tuple[Language, ...]
    language: Language | None
    title: str
    html: Markup


async def read_in(body: str, code: str) -> TextIn:
    """A text in the language of the code; in Korean where it has none in that."""
    offered = tuple(languages_of(body))
    language = BY_CODE.get(code)
    if language not in offered:
        return TextIn(offered, None, "", await rendered(korean(body).rstrip() if offered else body))
    if len(body) > LARGE:
        return await asyncio.to_thread(_beside_korean, body, code, offered)
    return _beside_korean(body, code, offered)


@outside_units
@functools.lru_cache(maxsize=REMEMBERED)
def _beside_korean(body: str, code: str, offered: tuple[Language, ...]) -> TextIn:
    language = BY_CODE[code]
    part = in_language(body, language)
    assert part is not None, "asked by read_in"
    blocks = parse(part.text)
    if part.title:
        heading = next(at for at, one in enumerate(blocks) if isinstance(one, Heading))
        del blocks[: heading + 1]
    return TextIn(offered, language, part.title, beside(parse(korean(body)), language, blocks))
