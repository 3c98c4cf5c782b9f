"""Who gets what of the gallery: who answers for a class makes its albums, its families and staff see them."""

import io
from functools import partial

from aiohttp import FormData
from PIL import Image

from models.extract.extraction import Box
from node.gallery.marking import Marks
from node.gallery.web import GALLERY
from node.questions.model import Field, FieldKind
from tests.node.conftest import School
from tests.node.planting import Planting
from tests.node.routes import DECISIONS, NOTHING, NUMBERS, OWN, PUBLISHED, Route, everyone, only
from tests.node.test_forms import sent

MAKERS = ("homeroom", "principal", "office")
CHOOSERS = ("principal", "office")
READERS = everyone(200) | {"other_guardian": 404}
BOX = Box(400, 400, 200, 200)
CONSENT = Field(id="f1", kind=FieldKind.CONSENT, label="학급 앨범에 사진 싣기")


def photo(colour: str = "#ff0000") -> bytes:
    """A plain picture as a camera would send it."""
    out = io.BytesIO()
    Image.new("RGB", (400, 300), colour).save(out, "JPEG", quality=95)
    return out.getvalue()


def form(school: School, *, with_photo: bool = True) -> FormData:
    """이지우 is seen, under a box."""
    data = FormData(default_to_multipart=True)
    if with_photo:
        data.add_field("photo", photo(), filename="소풍.jpg", content_type="image/jpeg")
    data.add_field("seen", school.id("이지우"))
    data.add_field(f"box-{school.id('이지우')}", "400,400,200,200")
    data.add_field("words", "운동장에 선 학생")
    return data


async def album(
    school: School, what: str = "", *, published: bool = True, words: str = "운동장에 선 학생"
) -> str:
    """The address of an album of 3-2 with a photo in which 이지우 is covered, or of something of it."""
    teacher, gallery = await school.asker("박서연"), school.app[GALLERY]
    made = await gallery.make(teacher, school.class_id("3-2"), "가을 소풍")
    marks = Marks(words, {school.id("이지우"): BOX})
    await gallery.photos.add(teacher, made, photo(), marks)
    if published:
        await gallery.publish(teacher, made)
    return f"/gallery/{made}{what}"


async def picture(school: School, what: str) -> str:
    """Of a photo of such an album."""
    made = (await album(school)).split("/")[2]
    opened = await school.app[GALLERY].album(await school.asker("박서연"), made)
    return f"/gallery/photos/{opened.photos[0].id}{what}"


async def _removed(school: School) -> str:
    address = await album(school)
    await school.app[GALLERY].remove(await school.asker("박서연"), address.split("/")[2])
    return address + "/restore"


async def _draft(school: School) -> str:
    return await album(school, "/publish", published=False)


_ASKING: dict[str, str] = {}
"""By the school's address the question that was asked there last, as the page sends it."""


async def _asking(school: School) -> str:
    """A consent form is there to be chosen; the address of the page."""
    _ASKING[school.url] = f"{await sent(school, fields=(CONSENT,))}/f1"
    return "/gallery/consents"


async def _named(school: School) -> str:
    await _asking(school)
    form_id, _slash, field = _ASKING[school.url].partition("/")
    principal = await school.asker("최은영")
    await school.app[GALLERY].name_source(principal, form_id, field)
    return "/gallery/consents/remove"


def _source(school: School) -> dict[str, str]:
    return {"source": _ASKING[school.url]}


MAKES = only(MAKERS, 303, staff=404)
ROUTES = (
    Route("GET", "/gallery", everyone(200), nobody=PUBLISHED),
    Route(
        "POST",
        "/gallery",
        MAKES,
        data=lambda s: {"title": "가을 소풍", "class_id": s.class_id("3-2")},
        proof=NOTHING,
    ),
    Route("GET", "/gallery/{id}", READERS, url=album),
    Route("POST", "/gallery/{id}/publish", MAKES, url=_draft, proof=DECISIONS),
    Route("POST", "/gallery/{id}/remove", MAKES, url=partial(album, what="/remove"), proof=NOTHING),
    Route("POST", "/gallery/{id}/restore", MAKES, url=_removed, proof=NOTHING),
    Route(
        "GET",
        "/gallery/{id}/new",
        only(MAKERS, 200, staff=404),
        url=partial(album, what="/new"),
    ),
    Route(
        "POST",
        "/gallery/{id}/new",
        MAKES,
        url=partial(album, what="/new"),
        data=form,
        proof=NOTHING,
    ),
    Route(
        "GET",
        "/gallery/photos/{id}/mark",
        only(MAKERS, 200, staff=404),
        url=partial(picture, what="/mark"),
    ),
    Route(
        "POST",
        "/gallery/photos/{id}/mark",
        MAKES,
        url=partial(picture, what="/mark"),
        data=partial(form, with_photo=False),
        proof=NOTHING,
    ),
    Route(
        "POST",
        "/gallery/photos/{id}/remove",
        MAKES,
        url=partial(picture, what="/remove"),
        proof=NOTHING,
    ),
    Route(
        "POST",
        "/gallery/photos/{id}/restore",
        MAKES,
        url=partial(picture, what="/restore"),
        proof=NOTHING,
    ),
    Route(
        "GET",
        "/gallery/photos/{id}/picture",
        READERS,
        url=partial(picture, what="/picture"),
        nobody=OWN,
        piece="a file",
    ),
    Route(
        "GET",
        "/gallery/photos/{id}/small",
        READERS,
        url=partial(picture, what="/small"),
        nobody=OWN,
        piece="a file",
    ),
    Route("GET", "/gallery/consents", only(CHOOSERS, 200), nobody=NUMBERS),
    Route(
        "POST",
        "/gallery/consents",
        only(CHOOSERS, 303),
        url=_asking,
        data=_source,
        proof=DECISIONS,
    ),
    Route(
        "POST",
        "/gallery/consents/remove",
        only(CHOOSERS, 303),
        url=_named,
        data=_source,
        proof=DECISIONS,
    ),
)

IDS = {
    "/gallery": "SELECT id FROM gallery_album WHERE published_at IS NOT NULL AND gone_at IS NULL",
    "/gallery/photos": "SELECT id FROM gallery_photo",
}

UNTYPED = {
    "gallery_album.class_name": "a class in words of ours",
    "gallery_album.by_name": "a name",
    "gallery_source.by_name": "a name",
    "gallery_source.field": "a name of ours",
}

STAYS = {
    "gallery_source": "the questions that a school has named, some a year",
}

FROM_AN_END = {
    "node.gallery.consents.offered": "of the forms of a year, the newest first",
    "node.gallery.store.readable": "a page, the newest first",
    "node.gallery.store.to_erase": "a portion of what waits",
    "node.gallery.store.forget_photos": "a portion of the night's",
    "node.gallery.store.forget_albums": "a portion of the night's",
}


async def sow(planting: Planting) -> None:
    """An album with markup in its title and its photo's words."""
    school = planting.school
    teacher, gallery = await school.asker("박서연"), school.app[GALLERY]
    made = await gallery.make(teacher, school.class_id("3-2"), planting.typed("title", 100))
    marks = Marks(planting.typed("words"), {school.id("이지우"): BOX})
    await gallery.photos.add(teacher, made, photo(), marks)
    await gallery.publish(teacher, made)
