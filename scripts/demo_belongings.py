"""Puts what was found into a demo school: noted by the office, one thing of it claimed by a family
that misses another."""

import io
from collections.abc import Awaitable, Callable
from datetime import datetime

from PIL import Image, ImageDraw

from kit.clock import HOUR, ManualClock, from_datetime
from node.belongings.losses import Losses
from node.belongings.model import FoundWords
from node.belongings.service import Belongings
from node.people.model import Asker
from scripts.demo_content.answers import NOW
from scripts.demo_content.belongings import BELONGINGS, LOSS

SIZE = 900, 675  # pixels


async def load_belongings(
    belongings: Belongings,
    losses: Losses,
    clock: ManualClock,
    asker_of: Callable[[str], Awaitable[Asker]],
    slug: str,
    office: str,
    guardian: str,
) -> int:
    """All of the school, by the keys of who notes and who claims; how many things."""
    by, family = await asker_of(office), await asker_of(guardian)
    for text in BELONGINGS[slug]:
        clock.at = from_datetime(datetime.fromisoformat(text.noted))
        written = FoundWords(text.words, text.place, text.found, text.kept_at)
        thing = await belongings.note(by, written, _drawn(text.colour) if text.colour else b"")
        if text.claim:
            clock.advance(3 * HOUR)
            child = family.children[0].student_id
            await belongings.claim(family, thing, child, text.claim)
            await losses.report(family, child, LOSS)
    clock.at = NOW
    return len(BELONGINGS[slug])


def _drawn(colour: str) -> bytes:
    """A thing on a table, as a PNG."""
    picture = Image.new("RGB", SIZE, "#e9e2d6")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 480, *SIZE), fill="#b98d5f")
    pen.ellipse((250, 470, 650, 540), fill="#96703f")
    pen.rounded_rectangle((330, 150, 570, 510), 48, fill=colour)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
