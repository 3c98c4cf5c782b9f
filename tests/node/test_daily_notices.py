"""Stories of the daily class notice (알림장): begun from yesterday's or a template, sent at three, ticked at home."""

import re
from datetime import date

import pytest
from aiohttp import FormData

from kit.clock import DAY, HOUR, MINUTE
from node.newsletters.beginning import MOST, moved
from node.newsletters.beginning_web import BEGINNINGS
from node.newsletters.model import Publication, Sort
from node.newsletters.web import NEWSLETTERS
from tests.models import documents
from tests.node.conftest import Client, School
from tests.node.test_front_page import words


async def sent(school: School, title: str, body: str, room: str = "3-2") -> str:
    """박서연's class notice to families and students of a class; its address."""
    author, newsletters = await school.asker("박서연"), school.app[NEWSLETTERS]
    keys = tuple(f"{kind}/class:{school.class_id(room)}" for kind in ("guardians", "students"))
    notice = Publication(Sort.CLASS_NOTICE, title, body, keys)
    letter = await school.db.write(lambda tx: newsletters.publish_now(tx, author, notice))
    await school.settled()
    return f"/newsletters/{letter}"


async def tick(who: Client, notice: str, thing: str, packed: str = "1") -> int:
    return (await who.post(f"{notice}/packed", {"thing": thing, "packed": packed})).status


def ticked(page: str) -> dict[str, bool]:
    """The things of a page, and whether each is ticked."""
    found = re.findall(
        r'aria-checked="(\w+)">.*?</span><span>([^<]*)</span></button>', page, re.DOTALL
    )
    return {name: state == "true" for state, name in found}


async def draft_of(teacher: Client, answer: str) -> tuple[str, str]:
    """Title and text of the draft that somebody was led to."""
    page = (await teacher.get(answer)).text
    title = re.search(r'name="title"[^>]* value="([^"]*)"', page)
    body = re.search(r'<textarea id="field-body"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert title is not None
    assert body is not None
    return title[1], body[1]


# What to bring ------------------------------------------------------------------------------------


async def test_a_child_and_a_guardian_each_tick_what_they_packed(school: School) -> None:
    notice = await sent(school, "알림장", "1. 독서\n2. **준비물**: 물통, 색연필")
    student, guardian = await school.client_as("이지우"), await school.client_as("김하늘")
    assert await tick(student, notice, "물통") == 303
    assert ticked((await student.get("/")).text) == {"물통": True, "색연필": False}
    assert ticked((await student.get(notice)).text) == {"물통": True, "색연필": False}
    assert ticked((await guardian.get("/")).text) == {"물통": False, "색연필": False}
    assert await tick(guardian, notice, "색연필") == 303
    assert ticked((await guardian.get(notice)).text) == {"물통": False, "색연필": True}


async def test_a_tick_is_taken_back_and_pressing_twice_is_pressing_once(school: School) -> None:
    notice = await sent(school, "알림장", "준비물: 물통, 색연필")
    student = await school.client_as("이지우")
    for packed in ("1", "1", "", ""):
        assert await tick(student, notice, "물통", packed) == 303
    assert ticked((await student.get(notice)).text) == {"물통": False, "색연필": False}


async def test_the_page_of_the_day_has_the_list_and_the_teacher_reads_it_as_words(
    school: School,
) -> None:
    await sent(school, "알림장", "준비물: 물통, 색연필")
    day = f"/class-notices/{school.class_id('3-2')}/2026-11-23"
    student, teacher = await school.client_as("이지우"), await school.client_as("박서연")
    assert ticked((await student.get(day)).text) == {"물통": False, "색연필": False}
    seen = await teacher.get(day)
    assert seen.status == 200
    assert "준비물: 물통, 색연필" in seen.text
    assert ticked(seen.text) == {}
    assert "준비물 물통, 색연필" in await words(teacher, "today")


async def test_a_notice_that_asks_for_nothing_is_read_as_it_is(school: School) -> None:
    notice = await sent(school, "알림장", "1. 독서")
    day = f"/class-notices/{school.class_id('3-2')}/2026-11-23"
    for name in ("이지우", "김하늘", "박서연"):
        for address in (notice, day):
            page = await (await school.client_as(name)).get(address)
            assert page.status == 200
            assert "독서" in page.text
            assert ticked(page.text) == {}


async def test_nobody_ticks_what_is_not_asked_for_or_not_theirs_to_read(school: School) -> None:
    notice = await sent(school, "알림장", "준비물: 물통")
    student, stranger = await school.client_as("이지우"), await school.client_as("이도윤")
    assert await tick(student, notice, "게임기") == 404
    assert await tick(stranger, notice, "물통") == 404
    letter = await school.client_as("박서연")
    await letter.post(f"{notice}/withdraw", {"reason": "잘못 보냈습니다."})
    assert await tick(student, notice, "물통") == 404


async def test_a_corrected_list_keeps_the_ticks_of_what_stayed(school: School) -> None:
    notice = await sent(school, "알림장", "준비물: 물통, 색연필")
    student, teacher = await school.client_as("이지우"), await school.client_as("박서연")
    await tick(student, notice, "물통")
    words = {
        "title": "알림장",
        "body": "준비물: 물통, 크레파스",
        "reason": "준비물이 바뀌었습니다.",
    }
    assert (await teacher.post(f"{notice}/correct", words)).status == 303
    assert ticked((await student.get(notice)).text) == {"물통": True, "크레파스": False}


# As yesterday -------------------------------------------------------------------------------------


async def test_as_yesterday_takes_over_the_classs_last_notice_with_its_day_moved(
    school: School,
) -> None:
    body = "1. 숙제: 독서 (12월 4일까지)\n2. 내일(11월 24일 화요일)은 체육이 있습니다."
    await sent(school, "3학년 2반 알림장 11월 23일(월)", body)
    teacher = await school.later(DAY, "박서연")
    begun = await teacher.post("/newsletters/as-before", {})
    assert await draft_of(teacher, begun.location) == (
        "3학년 2반 알림장 11월 24일(화)",
        "1. 숙제: 독서 (12월 4일까지)\n2. 내일(11월 25일 수요일)은 체육이 있습니다.",
    )
    page = (await teacher.get(begun.location)).text
    for kind in ("guardians", "students"):
        assert f'value="{kind}/class:{school.class_id("3-2")}" checked' in page


async def test_who_has_sent_none_yet_begins_a_blank_one(school: School) -> None:
    teacher = await school.client_as("박서연")
    begun = await teacher.post("/newsletters/as-before", {})
    assert "아직 보낸 알림장이 없습니다." in (await teacher.get(begun.location)).text
    assert await draft_of(teacher, begun.location) == ("", "")


@pytest.mark.parametrize(
    ("text", "then"),
    [
        ("11월 20일(금) 알림장", "11월 23일(월) 알림장"),
        ("2026. 11. 20.(금)", "2026. 11. 23.(월)"),
        ("2026-11-20", "2026-11-23"),
        ("11/20(금) 그리고 11/27(금)", "11/23(월) 그리고 11/27(금)"),
        ("11월 23일(월)까지", "11월 24일(화)까지"),
        ("금요일(11월 20일)", "월요일(11월 23일)"),
        ("1. 숙제 20쪽", "1. 숙제 20쪽"),
    ],
)
def test_a_day_is_moved_as_it_is_written_and_others_stay(text: str, then: str) -> None:
    friday, monday, tuesday = date(2026, 11, 20), date(2026, 11, 23), date(2026, 11, 24)
    assert moved(text, friday, {friday: monday, monday: tuesday}) == then


# Templates ----------------------------------------------------------------------------------------


async def test_a_letter_is_kept_as_a_template_and_begun_from_with_todays_date(
    school: School,
) -> None:
    notice = await sent(school, "알림장 11월 23일(월)", "준비물: 물통")
    teacher = await school.later(2 * DAY, "박서연")
    kept = await teacher.post(f"{notice}/template", {"name": "수영 있는 날"})
    assert kept.location == "/newsletters/templates"
    page = (await teacher.get("/newsletters/templates")).text
    assert "수영 있는 날" in page
    (begin,) = re.findall(r'action="(/newsletters/templates/\w+/begin)"', page)
    begun = await teacher.post(begin, {})
    assert await draft_of(teacher, begun.location) == ("알림장 11월 25일(수)", "준비물: 물통")


async def test_a_template_is_renamed_and_deleted_by_whose_it_is_alone(school: School) -> None:
    notice = await sent(school, "알림장", "준비물: 물통")
    teacher, colleague = await school.client_as("박서연"), await school.client_as("한지민")
    await teacher.post(f"{notice}/template", {"name": "월요일"})
    (one,) = await school.app[BEGINNINGS].templates(await school.asker("박서연"))
    address = f"/newsletters/templates/{one.id}"
    assert "월요일" not in (await colleague.get("/newsletters/templates")).text
    assert (await colleague.post(f"{address}/begin", {})).status == 404
    assert (await colleague.post(f"{address}/remove", {})).status == 404
    await teacher.post(f"{address}/rename", {"name": "화요일"})
    assert "화요일" in (await teacher.get("/newsletters/templates")).text
    await teacher.post(f"{address}/remove", {})
    assert "화요일" not in (await teacher.get("/newsletters/templates")).text


async def test_the_schools_templates_all_staff_begin_from_and_approvers_keep(
    school: School,
) -> None:
    notice = await sent(school, "현장체험학습 안내", "내용")
    teacher, principal = await school.client_as("박서연"), await school.client_as("최은영")
    of_school = {"name": "체험학습", "school": "1"}
    assert (await teacher.post(f"{notice}/template", of_school)).status == 403
    assert (await principal.post(f"{notice}/template", of_school)).status == 303
    (one,) = await school.app[BEGINNINGS].templates(await school.asker("박서연"))
    address = f"/newsletters/templates/{one.id}"
    assert (await teacher.post(f"{address}/begin", {})).status == 303
    assert (await teacher.post(f"{address}/remove", {})).status == 403
    assert (await principal.post(f"{address}/remove", {})).status == 303


async def test_templates_have_an_end_and_who_reaches_it_is_told(school: School) -> None:
    notice = await sent(school, "알림장", "내용")
    author, beginnings = await school.asker("박서연"), school.app[BEGINNINGS]
    for _ in range(MOST):
        await beginnings.keep(author, notice.split("/")[2], "양식")
    teacher = await school.client_as("박서연")
    refused = await teacher.post(f"{notice}/template", {"name": "하나 더"})
    assert refused.status == 422
    assert f"{MOST}개까지" in refused.text


# At three -----------------------------------------------------------------------------------------


async def test_a_notice_goes_out_at_three_unless_it_is_taken_back_before(school: School) -> None:
    teacher, student = await school.client_as("박서연"), await school.client_as("이지우")
    begun = (await teacher.post("/newsletters/new", {"kind": "class_notice"})).location
    key = f"students/class:{school.class_id('3-2')}"
    typed = {"title": "오늘 알림장", "body": "숙제: 독서", "audience": key, "act": "after_lessons"}
    letter = (await teacher.post(begun, typed)).location
    page = (await teacher.get(letter)).text
    assert re.search(r"2026\. 11\. 23\.\S* 15:00에 발행됩니다\.", page)
    assert "예약 취소" in page
    await school.app[NEWSLETTERS].desk.publish_due()
    assert (await student.get(letter)).status == 404
    await teacher.post(f"{letter}/recall", {})
    student = await school.later(7 * HOUR, "이지우")
    await school.app[NEWSLETTERS].desk.publish_due()
    assert (await student.get(letter)).status == 404


async def test_at_three_it_is_there_and_after_three_the_button_is_gone(school: School) -> None:
    teacher = await school.client_as("박서연")
    begun = (await teacher.post("/newsletters/new", {"kind": "class_notice"})).location
    assert "15:00 예약" in (await teacher.get(begun)).text
    key = f"students/class:{school.class_id('3-2')}"
    typed = {"title": "오늘 알림장", "body": "숙제: 독서", "audience": key, "act": "after_lessons"}
    letter = (await teacher.post(begun, typed)).location
    student = await school.later(7 * HOUR + MINUTE, "이지우")
    await school.app[NEWSLETTERS].desk.publish_due()
    assert "숙제: 독서" in (await student.get(letter)).text
    teacher = await school.client_as("박서연")
    begun = (await teacher.post("/newsletters/new", {"kind": "class_notice"})).location
    assert "15:00 예약" not in (await teacher.get(begun)).text


# Photos -------------------------------------------------------------------------------------------


async def test_a_photo_comes_with_its_words_in_one_form(school: School) -> None:
    teacher = await school.client_as("박서연")
    begun = (await teacher.post("/newsletters/new", {"kind": "class_notice"})).location
    form = documents_form("운동장에서 이어달리기를 하는 아이들")
    await teacher.post(begun.replace("/edit", "/attachments"), form)
    page = (await teacher.get(begun)).text
    assert "운동장에서 이어달리기를 하는 아이들" in page
    assert "이 파일에서는 글을 읽을 수 없습니다." not in page


def documents_form(words: str) -> FormData:
    form = FormData()
    form.add_field("words", words)
    form.add_field("files", documents.png(), filename="사진.png")
    return form
