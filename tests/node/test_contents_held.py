"""A content lies once, whoever holds it: it stays while anybody does, and goes when the last lets it go."""

import base64
import hashlib
from functools import partial

import pytest

from kit.web.keys import JOBS
from node.files.access import FILES
from node.files.model import Carrier, FileGone
from tests.models.documents import png
from tests.node.conftest import School
from tests.node.test_forms import answer, sent

PAPER, LETTER = Carrier("paper", "p"), Carrier("newsletter", "n")


def lies(school: School, content: str) -> bool:
    return school.app[FILES].blobs.path(content).exists()


async def carried(school: School, name: str, content: bytes, *carriers: Carrier) -> str:
    """A stored file that these things carry; its content's hash."""
    files = school.app[FILES]
    file = files.keep(name, content)
    for one in carriers:
        await school.db.write(partial(files.attach, to=one, file=file))
    return file.sha256


async def let_go(school: School, carrier: Carrier) -> None:
    await school.db.write(lambda tx: school.app[FILES].detach_all(tx, carrier))
    assert await school.app[JOBS].run("files.erase")


async def test_a_content_goes_with_the_last_thing_that_carries_it(school: School) -> None:
    content = await carried(school, "사진.png", png(), PAPER, LETTER)
    await let_go(school, PAPER)
    assert lies(school, content)
    await let_go(school, LETTER)
    assert not lies(school, content)


async def test_a_file_that_is_taken_off_goes_from_the_disk(school: School) -> None:
    files = school.app[FILES]
    content = await carried(school, "사진.png", png(), PAPER)
    (one,) = await school.db.read(lambda tx: files.attached(tx, PAPER))
    assert not await school.db.write(lambda tx: files.detach(tx, LETTER, one.id))
    await files.erase()
    assert lies(school, content)
    assert await school.db.write(lambda tx: files.detach(tx, PAPER, one.id))
    await files.erase()
    assert not lies(school, content)


async def test_a_file_whose_content_went_meanwhile_is_not_attached(school: School) -> None:
    """It was stored when the same content lay there already, and the night's erasure came between."""
    files = school.app[FILES]
    await carried(school, "사진.png", png(), PAPER)
    again = files.keep("사진.png", png())
    await let_go(school, PAPER)
    with pytest.raises(FileGone):
        await school.db.write(lambda tx: files.attach(tx, LETTER, again))
    again = files.keep("사진.png", png())
    await school.db.write(lambda tx: files.attach(tx, LETTER, again))


async def test_a_drawn_signature_stays_when_a_file_of_the_same_content_goes(
    school: School,
) -> None:
    form = await sent(school)
    guardian = await school.client_as("김하늘")
    drawing = "data:image/png;base64," + base64.b64encode(png()).decode()
    assert (
        await answer(school, guardian, form, signature=drawing, signature_typed="")
    ).status == 303
    content = await carried(school, "사진.png", png(), PAPER)
    await let_go(school, PAPER)
    assert lies(school, content)


async def test_a_page_of_a_preview_stays_when_somebody_attached_the_same_picture(
    school: School,
) -> None:
    files = school.app[FILES]
    content = await carried(school, "사진.png", png(), PAPER)
    made = await files.previews.of(content)
    assert made is not None
    assert made.pages
    page = files.blobs.get(made.pages[0])
    kept = await carried(school, "쪽.png", page, LETTER)
    assert kept == hashlib.sha256(page).hexdigest() == made.pages[0]
    await let_go(school, PAPER)
    assert lies(school, kept)
