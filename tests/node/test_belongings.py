"""Stories about lost and found: what was found comes back to whoever misses it, and nobody learns who asked."""

import io
import re

import pytest
from aiohttp import FormData
from PIL import Image

from kit.clock import DAY
from kit.web.keys import JOBS
from node.app import CONFIG
from node.belongings.about import about
from node.belongings.model import MOST_LOSSES, REMEMBERED
from node.belongings.service import PAGE
from node.belongings.web import BELONGINGS
from tests.node.conftest import Client, School
from tests.node.routes_belongings import WORDS, claimed, form, lost, noted, thing


async def found(client: Client, words: str) -> list[str]:
    """Where search leads for these words."""
    answer = await client.get(f"/api/v1/search?q={words}")
    return [hit["href"] for hit in answer.json()["hits"]]


async def test_what_a_teacher_notes_all_families_see_and_find_by_words(school: School) -> None:
    teacher = await school.client_as("한지민")
    assert (await teacher.post("/belongings/new", form(school))).status == 303
    await school.settled()
    guardian = await school.client_as("이도윤")
    assert WORDS in (await guardian.get("/belongings")).text
    assert WORDS in (await guardian.get("/belongings?q=우산 복도")).text
    assert WORDS not in (await guardian.get("/belongings?q=물통")).text
    assert len(await found(guardian, "남색 우산")) == 1


async def test_a_picture_loses_its_place_and_camera(school: School) -> None:
    address = await thing(school)
    guardian = await school.client_as("이도윤")
    seen = await guardian.get(f"{address}/picture")
    assert not Image.open(io.BytesIO(seen.body)).getexif()


async def test_without_words_nothing_is_noted_and_each_field_says_why(school: School) -> None:
    teacher = await school.client_as("한지민")
    json = {"Accept": "application/json"}
    refused = await teacher.post("/belongings/new", {"place": "2층 복도"}, headers=json)
    assert refused.status == 422
    assert "손잡이가" in refused.text
    assert "찾은 날" in refused.text
    later = {"words": "우산", "place": "복도", "kept_at": "교무실", "found_on": "2030-01-01"}
    refused = await teacher.post("/belongings/new", later, headers=json)
    assert "오늘보다 뒤일 수 없습니다" in refused.text


async def test_who_noted_it_sees_who_claims_it_and_no_other_family_does(school: School) -> None:
    address = await claimed(school)
    teacher = await school.client_as("박서연")
    assert WORDS in (await teacher.get("/")).text
    assert "파란 단추" in (await teacher.get(address)).text
    for name in ("이도윤", "한지민"):
        other = (await (await school.client_as(name)).get(address)).text
        assert "이지우" not in other
        assert "파란 단추" not in other
    assert WORDS not in (await (await school.client_as("한지민")).get("/")).text


async def test_it_is_handed_over_to_one_and_the_other_learns_that_it_is_gone(
    school: School,
) -> None:
    address = await claimed(school)
    teacher = await school.client_as("박서연")
    key = f"{school.id('김하늘')}/{school.id('이지우')}"
    assert (await teacher.post(f"{address}/hand", {"claim": key})).status == 303
    assert "돌려받았습니다" in (await (await school.client_as("김하늘")).get("/belongings")).text
    other = await school.client_as("이도윤")
    assert "다른 주인을 찾았습니다" in (await other.get("/belongings")).text
    assert "이지우" not in (await other.get(address)).text
    assert (await (await school.client_as("이준혁")).get(address)).status == 404
    again = await teacher.post(f"{address}/hand", {"to": "아무개"})
    assert again.status == 409
    assert (await teacher.post(f"{address}/reopen")).status == 303
    assert "확인하고 있습니다" in (await other.get("/belongings")).text


async def test_what_is_claimed_twice_is_claimed_once_and_can_be_taken_back(school: School) -> None:
    address = await thing(school)
    guardian, teacher = await school.client_as("김하늘"), await school.client_as("박서연")
    owner = {"owner_id": school.id("이지우")}
    for _each in range(2):
        assert (await guardian.post(f"{address}/claim", owner)).status == 303
    assert (await teacher.get(address)).text.count("에게 돌려줌") == 1
    assert "이지우: 선생님이 확인하고 있습니다" in (await guardian.get(address)).text
    assert (await guardian.post(f"{address}/unclaim", owner)).status == 303
    assert "card-belongings" not in (await teacher.get("/")).text


async def test_what_nobody_came_for_in_time_is_cleared_by_who_noted_it(school: School) -> None:
    address = await thing(school)
    thing_id = address.split("/")[2]
    teacher, other = await school.client_as("박서연"), await school.client_as("한지민")
    assert WORDS not in (await teacher.get("/belongings/clearing")).text
    school.clock.advance(91 * DAY)
    teacher, other = await school.client_as("박서연"), await school.client_as("한지민")
    assert WORDS in (await teacher.get("/belongings/clearing")).text
    assert WORDS not in (await other.get("/belongings/clearing")).text
    sent = {"things": thing_id, "ending": "donated"}
    assert (await other.post("/belongings/clearing", sent)).status == 404
    assert (await teacher.post("/belongings/clearing", sent)).status == 303
    await school.settled()
    assert WORDS not in (await teacher.get("/belongings")).text
    assert await found(teacher, "남색 우산") == []


@pytest.mark.parametrize("days", ["13", "366", "많이"])
async def test_the_school_keeps_things_for_a_fortnight_to_a_year(school: School, days: str) -> None:
    with_days = await (await school.client_as("정민호")).post("/belongings/keeping", {"days": days})
    assert with_days.status == 422


async def test_a_month_after_its_end_a_thing_goes_with_claims_and_picture(school: School) -> None:
    address = await claimed(school)
    blobs = school.app[CONFIG].blobs
    teacher = await school.asker("박서연")
    await school.app[BELONGINGS].hand_over(teacher, address.split("/")[2], to="이지우")
    assert await school.app[JOBS].run("files.erase")
    pictures = [one for one in blobs.rglob("*") if one.is_file()]
    assert len(pictures) == 2  # they are held until the month is over
    school.clock.advance(REMEMBERED + DAY)
    assert await school.app[JOBS].run("belongings.forget")
    assert await school.app[JOBS].run("files.erase")
    assert [one for one in blobs.rglob("*") if one.is_file()] == []
    left = await school.db.read(lambda tx: tx.rows("SELECT 1 FROM belongings_claim"))
    assert left == []


async def test_whoever_asks_for_their_data_gets_what_they_noted_and_claimed(school: School) -> None:
    await claimed(school)
    _missed, noted_by, none = await school.db.read(lambda tx: about(tx, school.id("박서연")))
    assert [row[0] for row in noted_by.rows] == [WORDS]
    assert not none.rows
    _missed, _nothing, claims = await school.db.read(lambda tx: about(tx, school.id("최하린")))
    assert [row[1] for row in claims.rows] == ["최하린"]


async def test_who_reports_a_loss_is_told_when_something_like_it_is_found(school: School) -> None:
    guardian, teacher = await school.client_as("김하늘"), await school.client_as("박서연")
    sent = {"owner_id": school.id("이지우"), "words": "나무 손잡이 우산"}
    assert (await guardian.post("/belongings/losses", sent)).status == 303
    assert "나무 손잡이 우산" in (await teacher.get("/belongings/losses")).text
    for name in ("이도윤", "이준혁", "이지우"):
        other = await school.client_as(name)
        assert "나무 손잡이 우산" not in (await other.get("/belongings/losses")).text
    address = await thing(school)
    loss = await school.db.read(lambda tx: tx.value("SELECT id FROM belongings_loss"))
    for _each in range(2):
        matched = await teacher.post(f"{address}/losses", {"loss_id": loss})
        assert matched.status == 303
    told = (await guardian.get("/notifications")).text
    assert told.count(f'href="{address}"') == 1
    assert f'href="{address}"' in (await guardian.get("/belongings/losses")).text
    assert (await guardian.post(f"/belongings/losses/{loss}/close")).status == 303
    assert "나무 손잡이 우산" not in (await teacher.get("/belongings/losses")).text


async def test_whose_tie_to_the_child_ended_claims_and_misses_nothing_for_it(
    school: School,
) -> None:
    address = await thing(school)
    await lost(school)
    guardian, teacher = await school.client_as("김하늘"), await school.client_as("박서연")
    sent = {"owner_id": school.id("이지우"), "words": "파란 단추"}
    assert (await guardian.post(f"{address}/claim", sent)).status == 303
    assert WORDS in (await teacher.get("/")).text
    loss = await school.db.read(lambda tx: tx.value("SELECT id FROM belongings_loss"))
    office = await school.asker("오정숙")
    await school.people.families.end_guardianship(office, school.id("김하늘"), school.id("이지우"))
    assert "이지우" not in (await guardian.get("/belongings/losses")).text
    assert (await guardian.post(f"/belongings/losses/{loss}/close")).status == 404
    assert "파란 단추" not in (await teacher.get(address)).text
    assert WORDS not in (await teacher.get("/")).text
    handed = {"claim": f"{school.id('김하늘')}/{school.id('이지우')}"}
    assert (await teacher.post(f"{address}/hand", handed)).status == 404


async def test_ten_losses_are_reported_for_a_child_and_no_more(school: School) -> None:
    for _each in range(MOST_LOSSES):
        await lost(school)
    guardian = await school.client_as("김하늘")
    sent = {"owner_id": school.id("이지우"), "words": "우산"}
    assert (await guardian.post("/belongings/losses", sent)).status == 409
    sibling = sent | {"owner_id": school.id("이지호")}
    assert (await guardian.post("/belongings/losses", sibling)).status == 303


async def test_an_old_report_is_closed_at_night_and_goes_a_month_later(school: School) -> None:
    await lost(school)
    school.clock.advance(91 * DAY)
    assert await school.app[JOBS].run("belongings.losses")
    closed = "SELECT closed_at IS NOT NULL FROM belongings_loss"
    assert await school.db.read(lambda tx: tx.value(closed)) == 1
    school.clock.advance(REMEMBERED + DAY)
    assert await school.app[JOBS].run("belongings.losses")
    assert await school.db.read(lambda tx: tx.value(closed)) is None


async def test_a_page_goes_on_behind_the_last(school: School) -> None:
    for number in range(PAGE + 1):
        school.clock.advance(1)
        await noted(school, f"{number}번째 우산")
    guardian = await school.client_as("이도윤")
    first = (await guardian.get("/belongings")).text
    assert f"{PAGE}번째 우산" in first
    assert ">0번째 우산" not in first
    (more,) = re.findall(r"/belongings\?before=[0-9a-f]+", first)
    assert ">0번째 우산" in (await guardian.get(more)).text


async def test_words_are_edited_by_who_hands_it_over_and_found_as_they_are_now(
    school: School,
) -> None:
    address = await thing(school)
    teacher = await school.client_as("박서연")
    page = (await teacher.get(f"{address}/edit")).text
    (seen,) = re.findall(r'name="seen" value="([^"]+)"', page)
    sent = {"words": "노란 장화", "place": "현관", "found_on": "2026-11-19", "kept_at": "보건실"}
    assert (await teacher.post(f"{address}/edit", sent | {"seen": seen})).status == 303
    await school.settled()
    guardian = await school.client_as("이도윤")
    shown = (await guardian.get(address)).text
    assert "노란 장화" in shown
    assert WORDS not in shown
    assert await found(guardian, "노란 장화") == [address]
    assert await found(guardian, "남색 우산") == []
    office = await school.client_as("오정숙")
    json = {"Accept": "application/json"}
    late = sent | {"words": "장화", "seen": seen}
    assert (await office.post(f"{address}/edit", late, headers=json)).status == 409
    assert "노란 장화" in (await guardian.get(address)).text
    empty = await teacher.post(f"{address}/edit", sent | {"words": " "}, headers=json)
    assert empty.status == 422
    assert (await teacher.post(f"{address}/hand", {"to": "최하린"})).status == 303
    assert (await teacher.get(f"{address}/edit", headers=json)).status == 409


async def test_a_report_tells_on_which_day_it_was_if_that_is_known(school: School) -> None:
    guardian, teacher = await school.client_as("김하늘"), await school.client_as("박서연")
    sent = {"owner_id": school.id("이지우"), "words": "물통", "lost_on": "2026-11-20"}
    assert (await guardian.post("/belongings/losses", sent)).status == 303
    assert "잃어버린 날 2026. 11. 20." in (await teacher.get("/belongings/losses")).text
    for wrong in ("2030-01-01", "어제"):
        refused = await guardian.post(
            "/belongings/losses", sent | {"lost_on": wrong}, headers={"Accept": "application/json"}
        )
        assert refused.status == 422
    unknown = sent | {"lost_on": ""}
    assert (await guardian.post("/belongings/losses", unknown)).status == 303


async def test_who_reported_it_and_has_it_again_misses_it_no_more(school: School) -> None:
    await lost(school)
    address = await thing(school)
    guardian, teacher = await school.client_as("김하늘"), await school.client_as("박서연")
    loss = await school.db.read(lambda tx: tx.value("SELECT id FROM belongings_loss"))
    assert (await teacher.post(f"{address}/losses", {"loss_id": loss})).status == 303
    assert "이지우에게 돌려줌" in (await teacher.get(address)).text
    key = f"{school.id('김하늘')}/{school.id('이지우')}"
    assert (await teacher.post(f"{address}/hand", {"claim": key})).status == 303
    missed = "파란 단추 우산"
    assert missed not in (await guardian.get("/belongings/losses")).text
    assert missed not in (await teacher.get("/belongings/losses")).text
    assert (await teacher.post(f"{address}/reopen")).status == 303
    assert missed in (await guardian.get("/belongings/losses")).text
    claim = {"owner_id": school.id("이지우"), "words": "파란 단추"}
    assert (await guardian.post(f"{address}/claim", claim)).status == 303
    assert (await teacher.get(address)).text.count("이지우에게 돌려줌") == 1
    assert (await teacher.post(f"{address}/hand", {"claim": key})).status == 303
    assert missed not in (await guardian.get("/belongings/losses")).text


async def test_what_is_sent_again_after_its_answer_was_lost_stands_once(school: School) -> None:
    guardian, teacher = await school.client_as("김하늘"), await school.client_as("박서연")
    for client, address in ((guardian, "/belongings/losses"), (teacher, "/belongings/new")):
        page = (await client.get(address)).text
        (key,) = re.findall(r'name="submission" value="([^"]+)"', page)
        sent = {
            "owner_id": school.id("이지우"),
            "words": "노란 장화",
            "place": "현관",
            "found_on": "2026-11-20",
            "kept_at": "보건실",
            "submission": key,
        }
        answers = [await client.post(address, sent) for _each in range(2)]
        assert [one.status for one in answers] == [303, 303]
        assert answers[0].location == answers[1].location
        other = await client.post(address, sent | {"words": "빨간 장화"})
        assert other.status == 303
    reports = (await teacher.get("/belongings/losses")).text
    things = (await guardian.get("/belongings")).text
    for listed in (reports, things):
        assert listed.count("노란 장화") == 1
        assert listed.count("빨간 장화") == 1


async def test_a_photo_is_exchanged_by_who_hands_it_over_and_the_one_before_goes(
    school: School,
) -> None:
    address = await thing(school)
    teacher = await school.client_as("박서연")
    before = (await teacher.get(f"{address}/picture")).body
    blobs = school.app[CONFIG].blobs
    old = {one.name for one in blobs.rglob("*") if one.is_file()}

    def sent(content: bytes) -> FormData:
        data = FormData(default_to_multipart=True)
        written = {"words": WORDS, "place": "현관", "found_on": "2026-11-20", "kept_at": "교무실"}
        for name, text in written.items():
            data.add_field(name, text)
        data.add_field("photo", content, filename="우산.jpg", content_type="image/jpeg")
        return data

    other = io.BytesIO()
    Image.new("RGB", (900, 600), "navy").save(other, "JPEG")
    stranger = await school.client_as("한지민")
    assert (await stranger.post(f"{address}/edit", sent(other.getvalue()))).status == 404
    refused = await teacher.post(f"{address}/edit", sent(b"no picture at all"))
    assert refused.status == 422
    assert (await teacher.get(f"{address}/picture")).body == before
    assert (await teacher.post(f"{address}/edit", sent(other.getvalue()))).status == 303
    seen = (await (await school.client_as("이도윤")).get(f"{address}/picture")).body
    assert Image.open(io.BytesIO(seen)).size == (900, 600)
    kept = {one.name for one in blobs.rglob("*") if one.is_file()}
    assert (len(old), len(kept), old & kept) == (2, 2, set())
    # Words alone leave the picture as it is.
    assert (await teacher.post(f"{address}/edit", sent(b""))).status == 303
    assert (await teacher.get(f"{address}/picture")).body == seen


@pytest.mark.parametrize(
    ("typed", "closes"),
    [("이지우", True), ("3학년2반 이 지우", True), ("5학년 1반 이지우", False), ("이지호", False)],
)
async def test_a_typed_name_closes_the_report_of_that_name_and_no_other(
    school: School, typed: str, closes: bool
) -> None:
    await lost(school)
    address = await thing(school)
    guardian, teacher = await school.client_as("김하늘"), await school.client_as("박서연")
    loss = await school.db.read(lambda tx: tx.value("SELECT id FROM belongings_loss"))
    assert (await teacher.post(f"{address}/losses", {"loss_id": loss})).status == 303
    assert (await teacher.post(f"{address}/hand", {"to": typed})).status == 303
    missed = "파란 단추 우산"
    assert (missed in (await guardian.get("/belongings/losses")).text) is not closes
    assert (await teacher.post(f"{address}/reopen")).status == 303
    assert missed in (await guardian.get("/belongings/losses")).text
