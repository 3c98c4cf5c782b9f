"""Templates of letters: an officer writes or brings them, sees them as a teacher will, and publishes them."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import aiohttp
import msgspec
import pytest

from hub.officers.model import Role
from hub.supplies.letters import Letters, TypedLetter
from hub.supplies.model import SupplyPending
from kit.clock import ManualClock
from protocol.supplies import LETTER_FORMAT, SUPPLIES_FILE, read_letter, read_supplies
from tests.hub.conftest import Province
from tests.hub.releasing import Workplace
from tests.hub.syncing import OFFICER
from tests.hub.test_supplies import upload as upload_of_page

TYPED = {
    "name": "현장체험학습 안내",
    "kind": "newsletter",
    "audience": "guardians",
    "title": "{학교명} 현장체험학습 안내",
    "body": "{날짜}에 떠납니다. 장소: {장소}",
    "questions": "참가에 동의하십니까?\n교통편 | 버스 | 도보",
}


def exported(key: str = "trip", **changed: object) -> bytes:
    """A file as a school exports a template."""
    found = {
        "format": LETTER_FORMAT,
        "id": key,
        "kind": "newsletter",
        "name": "체험학습",
        "title": "안내",
        "body": "내용",
        "form": {"fields": [{"id": "a", "kind": "date", "label": "언제", "options": []}]},
    }
    return msgspec.json.encode(found | changed)


@pytest.fixture
async def place(database_url: str, clock: ManualClock, tmp_path: Path) -> AsyncIterator[Workplace]:
    made = Workplace(database_url, clock, tmp_path / "hub")
    await made.start()
    yield made
    await made.stop()


upload = partial(upload_of_page, field="letters", address="/supplies/letters")


async def shown(officer: aiohttp.ClientSession, address: str) -> str:
    async with officer.get(address) as answer:
        assert answer.status == 200
        return await answer.text()


async def test_an_officer_writes_a_template_and_sees_it_as_a_teacher_will(
    province: Province,
) -> None:
    officer = await province.signed_in(Role.OFFICER)
    async with officer.post("/supplies/letters/new", data=TYPED) as answer:
        page, address = await answer.text(), answer.url.path
    for said in ("○○초등학교 현장체험학습 안내", "참가에 동의하십니까?", "교통편 | 버스 | 도보"):
        assert said in page
    assert "{장소}" in page  # for the teacher to fill in
    assert "{날짜}" not in page
    assert "발행 전" in await shown(officer, "/supplies")
    edit = await shown(officer, f"{address}/edit")
    assert "교통편 | 버스 | 도보</textarea>" in edit
    async with officer.post(f"{address}/edit", data=TYPED | {"name": "소풍 안내"}) as answer:
        assert answer.url.path == address
    listed = await shown(officer, "/supplies")
    assert ("소풍 안내" in listed, "현장체험학습 안내</a>" in listed) == (True, False)


async def test_what_is_missing_is_said_and_nothing_is_kept(province: Province) -> None:
    officer = await province.signed_in(Role.OFFICER)
    for wrong in ({"title": " "}, {"body": ""}, {"kind": "official"}, {"questions": "예?\n" * 31}):
        async with officer.post("/supplies/letters/new", data=TYPED | wrong) as answer:
            assert answer.status == 422
    assert "현장체험학습 안내</a>" not in await shown(officer, "/supplies")


@pytest.mark.parametrize(
    "wrong",
    [
        b"[]",
        b"\xff",
        exported(format="madang-submission-type.v1"),
        exported("../etc"),
        exported(kind="official"),
        exported(audience="guardians/child:1"),
        exported(body="a\x00"),
        exported(body="가" * 50_001),
        exported(form={"fields": "많이"}),
        exported(form={"fields": [{"id": "a", "rows": 7}]}),
        exported(form={"fields": [{"id": str(at)} for at in range(31)]}),
    ],
)
async def test_a_file_that_is_no_template_is_named_and_nothing_is_taken(
    province: Province, wrong: bytes
) -> None:
    officer = await province.signed_in(Role.OFFICER)
    status, page = await upload(officer, ("good.json", exported()), ("wrong.json", wrong))
    assert (status, "wrong.json" in page, "good.json" in page) == (422, True, False)
    assert "체험학습</a>" not in await shown(officer, "/supplies")


async def test_questions_of_a_school_stay_as_its_editor_made_them(province: Province) -> None:
    officer = await province.signed_in(Role.OFFICER)
    assert (await upload(officer, ("trip.json", exported())))[0] == 200
    assert "질문은 학교에서 내보낸 그대로" in await shown(officer, "/supplies/letters/trip/edit")
    without = {name: value for name, value in TYPED.items() if name != "questions"}
    async with officer.post("/supplies/letters/trip/edit", data=without) as answer:
        assert "<li>언제</li>" in await answer.text()


async def test_a_template_goes_with_the_release_and_waits_again_once_it_is_changed(
    place: Workplace,
) -> None:
    letters = Letters(place.db, place.clock, place.supplies)
    key = await letters.write(OFFICER, None, TypedLetter(**TYPED))
    release = await place.making.publish_handbook(OFFICER)
    home = place.unpacked("knowledge", release.version, "first")
    (one,) = read_supplies((home / SUPPLIES_FILE).read_bytes()).items
    assert (one.kind, one.key, one.name) == ("letter", key, "현장체험학습 안내")
    assert read_letter(one.content.encode()).title == TYPED["title"]
    await letters.write(OFFICER, key, TypedLetter(**(TYPED | {"body": "바뀐 내용"})))
    (item,) = await place.supplies.items(OFFICER)
    assert item.pending is SupplyPending.CHANGED


async def test_rows_of_a_matrix_are_seen_and_stay(province: Province) -> None:
    officer = await province.signed_in(Role.OFFICER)
    matrix = {"id": "a", "kind": "ratings", "label": "만족도", "rows": ["급식", "수업"]}
    assert (await upload(officer, ("trip.json", exported(form={"fields": [matrix]}))))[0] == 200
    assert "<li>만족도 (급식, 수업)</li>" in await shown(officer, "/supplies/letters/trip")
    assert "질문은 학교에서 내보낸 그대로" in await shown(officer, "/supplies/letters/trip/edit")
