"""Puts the demo's class albums into a school: drawn, marked and shown by homeroom teachers. Mostly children stand
in them whose families consented; a box lies over every other."""

import io
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from PIL import Image, ImageDraw

from kit.clock import MINUTE, ManualClock, from_datetime
from models.extract.extraction import Box
from node.gallery.marking import Marks
from node.gallery.service import Gallery
from node.people.model import Asker
from scripts.demo_content.answers import NOW
from scripts.demo_content.gallery import ALBUMS, PORTRAITS, AlbumText, PhotoText

AskerOf = Callable[[str], Awaitable[Asker]]
SIZE = 1200, 900  # pixels
SHIRTS = ("#d1495b", "#2f7fb8", "#f6b73c", "#3d8b5f", "#7a5aa6")


class GalleryLoad:
    """One school's albums on their way into its node. `classes`: 3-2 → class id."""

    def __init__(
        self, gallery: Gallery, clock: ManualClock, asker_of: AskerOf, classes: Mapping[str, str]
    ) -> None:
        self._gallery = gallery
        self._clock = clock
        self._asker_of = asker_of
        self._classes = classes

    async def load(self, slug: str, key_of_post: Callable[[str], str]) -> int:
        """All of the school; how many albums."""
        office = await self._asker_of(key_of_post("vice-principal"))
        for label in PORTRAITS[slug]:
            await self._name(office, label)
        for text in ALBUMS[slug]:
            await self._load(text, await self._asker_of(key_of_post(f"homeroom-{text.room}")))
        self._clock.at = NOW
        return len(ALBUMS[slug])

    async def _name(self, office: Asker, label: str) -> None:
        """Portrait consent is read from this question."""
        _named, offered = await self._gallery.sources(office)
        question = next(one for one in offered if one.label == label)
        await self._gallery.name_source(office, question.form_id, question.field)

    async def _load(self, text: AlbumText, teacher: Asker) -> None:
        self._clock.at = _at(text.made)
        album = await self._gallery.make(teacher, self._classes[text.room], text.title)
        for photo in text.photos:
            sheet = await self._gallery.photos.marking(teacher, album)
            agreeing = [child for child in sheet.pupils if child.agrees]
            others = [child for child in sheet.pupils if not child.agrees]
            children = [*agreeing[: max(photo.children - 1, 0)], *others]
            seen = {
                child.id: None if child.agrees else box
                for box, child in zip(_places(photo.children), children, strict=False)
            }
            self._clock.advance(MINUTE)
            marks = Marks(photo.words, seen, nobody=not seen)
            await self._gallery.photos.add(teacher, album, _drawn(photo), marks)
        if text.shown:
            self._clock.at = _at(text.shown)
            await self._gallery.publish(teacher, album)


def _at(text: str) -> int:
    return from_datetime(datetime.fromisoformat(text))


def _places(children: int) -> list[Box]:
    """Where each of so many children stands, head and shoulders."""
    step = 1000 // (children + 1)
    return [Box(step * (at + 1) - 65, 330, 130, 260) for at in range(children)]


def _drawn(photo: PhotoText) -> bytes:
    """The picture as a PNG: a place, and children in a row."""
    picture = Image.new("RGB", SIZE, photo.sky)
    width, height = SIZE
    pen = ImageDraw.Draw(picture)
    pen.ellipse((960, 80, 1080, 200), fill="#fff3cf")
    pen.rectangle((0, height * 6 // 10, width, height), fill=photo.ground)
    for line in range(3):
        top = height * 7 // 10 + line * 80
        pen.line((0, top, width, top), fill="#ffffff", width=4)
    for at, box in enumerate(_places(photo.children)):
        left, top, right, bottom = box.pixels(*SIZE)
        middle = (left + right) // 2
        shirt = SHIRTS[at % len(SHIRTS)]
        pen.rounded_rectangle((left + 20, top + 120, right - 20, bottom + 40), 24, fill=shirt)
        for leg in (-28, 28):
            pen.line((middle + leg, bottom + 30, middle + leg, bottom + 150), "#39424e", 26)
        pen.ellipse((middle - 55, top + 10, middle + 55, top + 125), fill="#f2cda6")
        pen.pieslice((middle - 58, top + 4, middle + 58, top + 110), 180, 360, fill="#3a2a20")
        for eye in (-20, 20):
            pen.ellipse((middle + eye - 5, top + 68, middle + eye + 5, top + 78), fill="#222222")
        pen.arc((middle - 22, top + 72, middle + 22, top + 108), 20, 160, fill="#8a3b2a", width=4)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
