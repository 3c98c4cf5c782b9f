"""Stories about the gallery: no child is to be seen in a stored photo whose family has not consented."""

import io

import pytest
from aiohttp import FormData
from PIL import Image

from kit.blobs import Blobs
from kit.clock import DAY
from kit.web.keys import JOBS
from models.extract.extraction import Box
from node.app import CONFIG
from node.gallery.about import about
from node.gallery.marking import Marks
from node.gallery.model import RECOVERABLE, BadBox, NobodyMarked, Uncovered
from node.gallery.pictures import AlbumPictures
from node.gallery.web import GALLERY
from tests.node.conftest import Client, School
from tests.node.routes_gallery import BOX, CONSENT, album, form, photo
from tests.node.test_forms import NO, YES, answer, sent
from tests.node.test_retractions import RETRACT


async def consenting(school: School, said: str = YES) -> str:
    """The school reads portrait consent from a form, and 김하늘 answered it for 이지우."""
    asked = await sent(school, fields=(CONSENT,))
    await school.app[GALLERY].name_source(await school.asker("최은영"), asked, "f1")
    guardian = await school.client_as("김하늘")
    given = await answer(school, guardian, asked, answer_f1=said)
    assert given.status == 303, given.text
    return asked


async def shown_openly(school: School) -> str:
    """The address of a published album with a photo in which 이지우 is seen without a box."""
    teacher, gallery = await school.asker("박서연"), school.app[GALLERY]
    made = await gallery.make(teacher, school.class_id("3-2"), "가을 소풍")
    marks = Marks("줄다리기를 하는 학생", {school.id("이지우"): None})
    await gallery.photos.add(teacher, made, photo(), marks)
    await gallery.publish(teacher, made)
    return f"/gallery/{made}"


async def photo_of(school: School, address: str) -> str:
    opened = await school.app[GALLERY].album(await school.asker("박서연"), address.split("/")[2])
    one = (*opened.photos, *(hidden.photo for hidden in opened.hidden))[0]
    return f"/gallery/photos/{one.id}"


async def picture(client: Client, address: str) -> Image.Image:
    answered = await client.get(f"{address}/picture")
    assert answered.status == 200
    return Image.open(io.BytesIO(answered.body))


def is_red(pixel: tuple[int, ...]) -> bool:
    return pixel[0] > 200 and pixel[1] < 60 and pixel[2] < 60


async def test_what_lies_under_a_box_is_gone_from_the_stored_picture(school: School) -> None:
    guardian = await school.client_as("김하늘")
    seen = await picture(guardian, await photo_of(school, await album(school)))
    under, beside = seen.getpixel((200, 150)), seen.getpixel((20, 20))
    assert isinstance(under, tuple)
    assert isinstance(beside, tuple)
    assert not is_red(under)
    assert is_red(beside)


async def test_place_and_camera_are_gone_and_the_original_is_not_kept(school: School) -> None:
    teacher = await school.client_as("박서연")
    exif = Image.Exif()
    exif[0x010F] = "CameraMaker"
    exif.get_ifd(0x8825)[1] = "N"
    out = io.BytesIO()
    Image.new("RGB", (400, 300), "#ff0000").save(out, "JPEG", exif=exif, comment=b"secret place")
    made = await school.app[GALLERY].make(
        await school.asker("박서연"), school.class_id("3-2"), "가을 소풍"
    )
    data = FormData(default_to_multipart=True)
    data.add_field("photo", out.getvalue(), filename="소풍.jpg", content_type="image/jpeg")
    data.add_field("nobody", "1")
    data.add_field("words", "빈 운동장")
    assert (await teacher.post(f"/gallery/{made}/new", data)).status == 303
    address = await photo_of(school, f"/gallery/{made}")
    seen = await picture(teacher, address)
    assert not seen.getexif()
    assert "comment" not in seen.info
    kept = [one.read_bytes() for one in school.app[CONFIG].gallery.rglob("*") if one.is_file()]
    assert len(kept) == 2  # the picture and its thumbnail
    assert not any(b"CameraMaker" in one or b"secret place" in one for one in kept)


async def test_a_child_without_consent_who_is_not_covered_refuses_the_photo_by_name(
    school: School,
) -> None:
    await consenting(school, NO)
    teacher = await school.client_as("박서연")
    made = await album(school, "/new")
    data = form(school)
    data.add_field("seen", school.id("박하준"))
    refused = await teacher.post(made, data, headers={"Accept": "application/json"})
    assert refused.status == 422
    assert "박하준" in refused.text
    assert "이지우" not in refused.json()["detail"]


async def test_it_must_be_said_who_is_seen(school: School) -> None:
    teacher = await school.asker("박서연")
    made = (await album(school)).split("/")[2]
    with pytest.raises(NobodyMarked):
        await school.app[GALLERY].photos.add(teacher, made, photo(), Marks("운동장"))


async def test_a_child_whose_family_consented_is_seen_until_it_is_taken_back(
    school: School,
) -> None:
    await consenting(school)
    address = await shown_openly(school)
    guardian, teacher = await school.client_as("김하늘"), await school.client_as("박서연")
    one = await photo_of(school, address)
    assert "줄다리기" in (await guardian.get(address)).text
    assert (await guardian.post(RETRACT, {})).status == 303
    assert "줄다리기" not in (await guardian.get(address)).text
    assert (await guardian.get(f"{one}/picture")).status == 404
    assert (await guardian.get(f"{one}/small")).status == 404
    assert "동의 없음: 이지우" in (await teacher.get(address)).text
    # A box brings it back, and the picture before goes from the disk.
    before = (await teacher.get(f"{one}/picture")).body
    assert (await teacher.post(f"{one}/mark", form(school, with_photo=False))).status == 303
    assert await school.app[JOBS].run("gallery.erase")
    after = await guardian.get(f"{one}/picture")
    assert after.status == 200
    kept = [one.read_bytes() for one in school.app[CONFIG].gallery.rglob("*") if one.is_file()]
    assert after.body in kept
    assert before not in kept


async def test_a_picture_that_a_kill_leaves_without_its_photo_goes_from_the_disk(
    school: School,
) -> None:
    place = school.app[CONFIG].gallery
    brought = AlbumPictures(school.db, Blobs(place)).covered(photo(), [BOX])
    await brought.__aenter__()  # nothing of the server goes on from here
    assert [one for one in place.rglob("*") if one.is_file()]
    assert await school.app[JOBS].run("gallery.erase")
    assert [one for one in place.rglob("*") if one.is_file()] == []
    await brought.__aexit__(None, None, None)


async def test_without_a_form_every_child_has_to_be_covered(school: School) -> None:
    with pytest.raises(Uncovered):
        await shown_openly(school)


async def test_a_class_is_told_once_when_its_album_is_shown(school: School) -> None:
    address = await album(school)
    teacher, guardian = await school.client_as("박서연"), await school.client_as("김하늘")
    await teacher.post(f"{address}/publish", {})
    told = (await guardian.get("/notifications")).text
    assert told.count("가을 소풍") == 1


async def test_only_the_class_and_staff_see_an_album(school: School) -> None:
    address = await album(school)
    one = await photo_of(school, address)
    for name, status in (("김하늘", 200), ("이지우", 200), ("한지민", 200), ("이도윤", 404)):
        client = await school.client_as(name)
        assert (await client.get(address)).status == status, name
        assert (await client.get(f"{one}/small")).status == status, name


async def test_a_draft_is_for_those_who_make_it(school: School) -> None:
    address = await album(school, published=False)
    assert (await (await school.client_as("김하늘")).get(address)).status == 404
    assert (await (await school.client_as("한지민")).get(address)).status == 404


async def test_an_album_is_found_by_its_title(school: School) -> None:
    address = await album(school)
    await school.settled()
    guardian, stranger = await school.client_as("김하늘"), await school.client_as("이도윤")

    async def found(client: Client) -> list[str]:
        hits = (await client.get("/api/v1/search?q=가을 소풍")).json()["hits"]
        return [hit["href"] for hit in hits]

    assert address in await found(guardian)
    assert address not in await found(stranger)


async def test_what_was_deleted_comes_back_until_it_is_erased(school: School) -> None:
    address = await album(school)
    teacher, guardian = await school.client_as("박서연"), await school.client_as("김하늘")
    one = await photo_of(school, address)
    await teacher.post(f"{one}/remove", {})
    assert (await guardian.get(f"{one}/small")).status == 404
    await teacher.post(f"{one}/restore", {})
    assert (await guardian.get(f"{one}/small")).status == 200
    await teacher.post(f"{address}/remove", {})
    assert (await guardian.get(address)).status == 404
    school.clock.advance(RECOVERABLE + DAY)
    assert await school.app[JOBS].run("gallery.forget")
    assert not [one for one in school.app[CONFIG].gallery.rglob("*") if one.is_file()]


async def test_whoever_asks_for_their_data_gets_the_photos_they_are_in(school: School) -> None:
    await album(school)
    seen, brought = await school.db.read(lambda tx: about(tx, school.id("이지우")))
    assert [row[1] for row in seen.rows] == ["운동장에 선 학생"]
    assert not brought.rows


async def test_a_box_outside_the_photo_is_refused(school: School) -> None:
    teacher = await school.asker("박서연")
    made = (await album(school)).split("/")[2]
    marks = Marks("운동장", {school.id("이지우"): Box(900, 900, 200, 200)})
    with pytest.raises(BadBox):
        await school.app[GALLERY].photos.add(teacher, made, photo(), marks)
    assert BOX.pixels(400, 300) == (160, 120, 239, 179)
