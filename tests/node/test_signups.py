"""Stories about sign-ups: a teacher offers places, families sign up on the telephone, who waits moves up."""

import asyncio
import io
import re
from functools import partial
from typing import Any

import openpyxl
import pytest

from kit.clock import DAY, HOUR, MINUTE
from kit.db import Tx
from kit.web.keys import JOBS
from node.signups.about import about
from node.signups.web import SIGNUPS
from tests.node.conftest import Answer, Client, School
from tests.node.offering import children, courses, enter, entries, offer, states


async def found(client: Client, words: str) -> list[str]:
    """Where search leads for these words."""
    answer = await client.get(f"/api/v1/search?q={words}")
    return [hit["href"] for hit in answer.json()["hits"]]


async def sql(school: School, query: str, *params: str) -> list[tuple[object, ...]]:
    return await school.db.read(lambda tx: tx.rows(query, params))


# Making one ---------------------------------------------------------------------------------------


async def test_a_teacher_makes_a_signup_in_the_browser_and_families_see_it(school: School) -> None:
    signup = await offer(school, title="공예 체험", keys=("guardians/class:3-2",), by="박서연")
    guardian = await school.client_as("김하늘")
    page = (await guardian.get(f"/signups/{signup}")).text
    assert "공예 체험" in page
    assert "남은 자리 2명" in page
    assert "공예 체험" in (await guardian.get("/signups")).text
    front = (await guardian.get("/")).text
    assert "공예 체험" in front
    assert f'href="/signups/{signup}"' in front


async def test_families_of_others_and_students_see_nothing_of_it(school: School) -> None:
    signup = await offer(school, keys=("guardians/class:3-2",), by="박서연")
    for name in ("이도윤", "이지우"):
        other = await school.client_as(name)
        assert (await other.get(f"/signups/{signup}")).status == 404
        assert (await enter(other, signup, school.id("최하린"))).status == 404
        assert "코딩" not in (await other.get("/signups")).text
        assert await found(other, "코딩") == []


async def test_it_is_found_by_families_and_staff_until_it_is_called_off(school: School) -> None:
    signup = await offer(school)
    guardian, office = await school.client_as("김하늘"), await school.client_as("오정숙")
    await school.settled()
    for client in (guardian, office):
        assert await found(client, "코딩") == [f"/signups/{signup}"]
    await office.post(f"/signups/{signup}/withdraw")
    await school.settled()
    assert await found(guardian, "코딩") == []


async def test_a_draft_is_seen_by_its_author_and_those_who_may_publish_it(school: School) -> None:
    teacher = await school.client_as("한지민")
    draft = (await teacher.post("/signups/new")).location.split("/")[2]
    assert (await teacher.get(f"/signups/{draft}/edit")).status == 200
    assert (await (await school.client_as("최은영")).get(f"/signups/{draft}/edit")).status == 200
    for name in ("박서연", "김하늘"):
        other = await school.client_as(name)
        for path in (f"/signups/{draft}", f"/signups/{draft}/edit"):
            assert (await other.get(path)).status == 404


async def test_a_teachers_own_draft_is_listed_however_many_others_write_since(
    school: School,
) -> None:
    teacher, office = await school.client_as("한지민"), await school.client_as("오정숙")
    draft = (await teacher.post("/signups/new")).location.split("/")[2]
    for _draft in range(30):
        school.clock.advance(MINUTE)
        made = (await office.post("/signups/new")).location.split("/")[2]
        text = {"title": "행정실 모집", "act": "save"}
        text |= {"opens": "2026-12-01T09:00", "closes": "2026-12-05T17:00"}
        assert (await office.post(f"/signups/{made}/edit", text)).status == 303
    listed = (await teacher.get("/signups")).text
    assert draft in listed
    assert made not in listed


async def test_a_teacher_reads_a_signup_of_another_class_and_sees_none_of_its_children(
    school: School,
) -> None:
    signup = await offer(school, keys=("guardians/class:5-1",))
    assert (
        await enter(await school.client_as("김하늘"), signup, school.id("이지호"))
    ).status == 303
    teacher = await school.client_as("박서연")
    assert (await teacher.get(f"/signups/{signup}")).status == 200
    for name in ("이지호", "김하늘"):
        assert name not in (await teacher.get(f"/signups/{signup}/entries")).text


async def test_a_teacher_publishes_for_no_other_class_the_principal_does(school: School) -> None:
    with pytest.raises(AssertionError, match="403"):
        await offer(school, by="박서연", keys=("guardians",))
    ((draft,),) = await sql(school, "SELECT id FROM signups_signup")
    principal = await school.client_as("최은영")
    page = (await principal.get(f"/signups/{draft}/edit")).text
    assert "코딩" in page
    seen = re.findall(r'name="seen" value="([0-9a-f]+)"', page)[0]
    assert seen
    assert "코딩" in (await principal.get("/signups")).text


async def test_what_is_missing_is_named_and_nothing_is_published(school: School) -> None:
    office = await school.client_as("오정숙")
    draft = (await office.post("/signups/new")).location.split("/")[2]
    sent = {
        "title": "",
        "opens": "2026-12-01T09:00",
        "closes": "2026-12-05T17:00",
        "act": "publish",
    }
    answer = await office.post(f"/signups/{draft}/edit", sent)
    assert answer.status == 422
    for words in ("제목을 입력해 주세요", "모집 대상을 선택해 주세요", "강좌를 하나 이상"):
        assert words in answer.text
    assert (await office.post(f"/signups/{draft}/discard")).status == 303
    assert (await office.get(f"/signups/{draft}")).status == 404


async def test_two_who_write_the_same_draft_do_not_overwrite_each_other(school: School) -> None:
    office = await school.client_as("오정숙")
    draft = (await office.post("/signups/new")).location.split("/")[2]
    page = (await office.get(f"/signups/{draft}/edit")).text
    seen = re.findall(r'name="seen" value="([0-9a-f]+)"', page)[0]
    sent = {
        "title": "먼저",
        "opens": "2026-12-01T09:00",
        "closes": "2026-12-05T17:00",
        "seen": seen,
    }
    assert (await office.post(f"/signups/{draft}/edit", sent)).status == 303
    later = await office.post(f"/signups/{draft}/edit", {**sent, "title": "나중"})
    assert later.status == 409


# Signing up ---------------------------------------------------------------------------------------


async def test_who_comes_first_has_a_place_and_who_comes_later_waits(school: School) -> None:
    signup = await offer(school, places=1)
    haneul, doyun = await school.client_as("김하늘"), await school.client_as("이도윤")
    assert (await enter(haneul, signup, school.id("이지우"))).status == 303
    assert (await enter(doyun, signup, school.id("최하린"))).status == 303
    assert await states(school, signup) == {"이지우": "placed", "최하린": "waiting"}
    page = (await haneul.get(f"/signups/{signup}")).text
    assert "우리 아이 신청" in page
    assert "선정" in page
    assert "최하린" not in page
    waiting = (await doyun.get(f"/signups/{signup}")).text
    assert "대기 1번" in waiting
    assert "이지우" not in waiting
    assert "자리 없음" in waiting


async def test_both_guardians_see_what_one_of_them_did_and_the_other_cannot_do_it_twice(
    school: School,
) -> None:
    signup = await offer(school)
    await enter(await school.client_as("김하늘"), signup, school.id("이지우"))
    father = await school.client_as("이준혁")
    page = (await father.get(f"/signups/{signup}")).text
    assert "선정" in page
    assert "서명 권한이 있는 다른 보호자" in page
    assert (await enter(father, signup, school.id("이지우"))).status == 403


async def test_a_child_is_signed_up_for_a_course_once_and_for_so_many_courses(
    school: School,
) -> None:
    signup = await offer(school, names=("코딩", "공예"))
    first, second = await courses(school, signup)
    guardian = await school.client_as("김하늘")
    child = school.id("이지우")
    assert (await enter(guardian, signup, child, course=first)).status == 303
    again = await enter(guardian, signup, child, course=first)
    assert again.status == 409
    assert "이미 신청되어 있습니다" in again.text
    other = await enter(guardian, signup, child, course=second)
    assert other.status == 409
    assert "1개 강좌까지" in other.text


async def test_the_same_page_sent_twice_is_one_entry(school: School) -> None:
    signup = await offer(school)
    guardian = await school.client_as("김하늘")
    for _time in range(2):
        answer = await enter(guardian, signup, school.id("이지우"), submission="a page")
        assert answer.status == 303
    assert len(await entries(school, signup)) == 1


async def test_nobody_signs_up_before_the_opening_or_after_the_closing(school: School) -> None:
    signup = await offer(school, opens=HOUR, closes=2 * HOUR)
    guardian = await school.client_as("김하늘")
    early = await enter(guardian, signup, school.id("이지우"))
    assert (early.status, "아직 신청 기간이 아닙니다" in early.text) == (409, True)
    school.clock.advance(2 * HOUR)
    late = await enter(guardian, signup, school.id("이지우"))
    assert (late.status, "신청이 마감되었습니다" in late.text) == (409, True)


async def test_a_guardian_signs_up_no_child_of_others(school: School) -> None:
    signup = await offer(school)
    assert (
        await enter(await school.client_as("김하늘"), signup, school.id("최하린"))
    ).status == 403


async def test_of_two_children_only_the_one_in_the_audience_is_offered(school: School) -> None:
    signup = await offer(school, keys=("guardians/class:3-2",), by="박서연")
    guardian = await school.client_as("김하늘")
    page = (await guardian.get(f"/signups/{signup}")).text
    assert school.id("이지우") in page
    assert school.id("이지호") not in page
    assert (await enter(guardian, signup, school.id("이지호"))).status == 403


# Siblings -----------------------------------------------------------------------------------------


async def test_siblings_who_stay_together_have_places_together_or_wait_together(
    school: School,
) -> None:
    signup = await offer(school, places=2)
    doyun, haneul = await school.client_as("이도윤"), await school.client_as("김하늘")
    await enter(doyun, signup, school.id("최하린"))
    both = (school.id("이지우"), school.id("이지호"))
    await enter(haneul, signup, *both, together=True)
    assert await states(school, signup) == {
        "최하린": "placed",
        "이지우": "waiting",
        "이지호": "waiting",
    }
    assert len(await entries(school, signup)) == 2
    ((mine,),) = await sql(
        school, "SELECT id FROM signups_entry WHERE children = 1 AND signup_id = ?", signup
    )
    await doyun.post(f"/signups/{signup}/entries/{mine}/cancel")
    assert await states(school, signup) == {
        "최하린": "cancelled",
        "이지우": "placed",
        "이지호": "placed",
    }


async def test_siblings_who_are_signed_up_one_by_one_are_two_entries(school: School) -> None:
    signup = await offer(school, places=1)
    both = (school.id("이지우"), school.id("이지호"))
    await enter(await school.client_as("김하늘"), signup, *both)
    assert sorted((await states(school, signup)).values()) == ["placed", "waiting"]
    assert len(await entries(school, signup)) == 2


async def test_where_siblings_are_not_kept_together_they_cannot_be(school: School) -> None:
    signup = await offer(school, siblings=False)
    guardian = await school.client_as("김하늘")
    assert "한 묶음" not in (await guardian.get(f"/signups/{signup}")).text
    both = (school.id("이지우"), school.id("이지호"))
    assert (await enter(guardian, signup, *both, together=True)).status == 422


# Giving back and moving up ------------------------------------------------------------------------


async def waiting_list(school: School, **how: Any) -> tuple[str, str, str]:
    """A sign-up with one place that 김하늘 has for 이지우, while 최하린 waits; both entries."""
    signup = await offer(school, places=1, **how)
    await enter(await school.client_as("김하늘"), signup, school.id("이지우"))
    await enter(await school.client_as("이도윤"), signup, school.id("최하린"))
    placed, waiting = [one[0] for one in await entries(school, signup)]
    return signup, str(placed), str(waiting)


async def test_who_waits_moves_up_when_a_place_is_given_back_and_is_told(school: School) -> None:
    signup, placed, _waiting = await waiting_list(school)
    haneul, doyun = await school.client_as("김하늘"), await school.client_as("이도윤")
    answer = await haneul.post(f"/signups/{signup}/entries/{placed}/cancel")
    assert answer.status == 303
    assert await states(school, signup) == {"이지우": "cancelled", "최하린": "placed"}
    told = (await doyun.get("/notifications")).text
    assert "대기하던 강좌에 선정되었습니다" in told
    assert "대기하던 강좌에 선정되었습니다" not in (await haneul.get("/notifications")).text


async def test_whoever_gave_a_place_back_signs_up_anew_behind_all_others(school: School) -> None:
    signup, placed, _waiting = await waiting_list(school)
    haneul = await school.client_as("김하늘")
    await haneul.post(f"/signups/{signup}/entries/{placed}/cancel")
    assert (await enter(haneul, signup, school.id("이지우"))).status == 303
    assert "대기 1번" in (await haneul.get(f"/signups/{signup}")).text


async def test_nobody_cancels_what_others_signed_up(school: School) -> None:
    signup, placed, _waiting = await waiting_list(school)
    for name, status in (("이도윤", 404), ("이준혁", 403), ("한지민", 404)):
        other = await school.client_as(name)
        assert (await other.post(f"/signups/{signup}/entries/{placed}/cancel")).status == status
    assert (await states(school, signup))["이지우"] == "placed"


async def test_where_places_are_given_by_hand_the_office_gives_them(school: School) -> None:
    signup, placed, waiting = await waiting_list(school, promotes=False)
    haneul, office = await school.client_as("김하늘"), await school.client_as("오정숙")
    full = await office.post(f"/signups/{signup}/entries/{waiting}/promote")
    assert (full.status, "남은 자리가 부족합니다" in full.text) == (409, True)
    await haneul.post(f"/signups/{signup}/entries/{placed}/cancel")
    assert (await states(school, signup))["최하린"] == "waiting"
    assert (await enter(haneul, signup, school.id("이지호"))).status == 303
    assert (await states(school, signup))["이지호"] == "waiting"  # nobody passes who waits
    answer = await office.post(f"/signups/{signup}/entries/{waiting}/promote")
    assert answer.status == 303
    assert (await states(school, signup))["최하린"] == "placed"


async def test_a_place_given_back_and_given_by_hand_at_the_same_moment_is_given_once(
    school: School,
) -> None:
    signup, placed, waiting = await waiting_list(school)
    haneul, office = await school.client_as("김하늘"), await school.client_as("오정숙")
    await enter(haneul, signup, school.id("이지호"))
    last = str((await entries(school, signup))[-1][0])
    answers = await asyncio.gather(
        haneul.post(f"/signups/{signup}/entries/{placed}/cancel"),
        office.post(f"/signups/{signup}/entries/{waiting}/promote"),
        office.post(f"/signups/{signup}/entries/{last}/promote"),
    )
    assert answers[0].status == 303
    assert {one.status for one in answers[1:]} <= {303, 409}
    assert sorted((await states(school, signup)).values()) == ["cancelled", "placed", "waiting"]
    ((taken, still),) = await sql(
        school, "SELECT taken, waiting FROM signups_course WHERE signup_id = ?", signup
    )
    assert (taken, still) == (1, 1)


async def test_more_places_move_up_those_who_wait_and_fewer_than_taken_are_refused(
    school: School,
) -> None:
    signup, _placed, _waiting = await waiting_list(school)
    (course,) = await courses(school, signup)
    office = await school.client_as("오정숙")
    address = f"/signups/{signup}/courses/{course}/places"
    assert (await office.post(address, {"places": "3"})).status == 303
    await school.settled()
    assert await states(school, signup) == {"이지우": "placed", "최하린": "placed"}
    fewer = await office.post(address, {"places": "1"})
    assert (fewer.status, "이미 2명이 선정되어" in fewer.text) == (422, True)


async def test_the_office_strikes_an_entry_and_the_family_is_told(school: School) -> None:
    signup, placed, _waiting = await waiting_list(school)
    office, haneul = await school.client_as("오정숙"), await school.client_as("김하늘")
    assert (await office.post(f"/signups/{signup}/entries/{placed}/strike")).status == 303
    assert "학교에서 신청을 취소했습니다" in (await haneul.get("/notifications")).text
    log = (await (await school.client_as("정민호")).get("/admin/audit")).text
    assert "신청 취소 처리" in log


async def test_what_is_called_off_takes_no_more_and_tells_who_signed_up(school: School) -> None:
    signup, placed, _waiting = await waiting_list(school)
    office = await school.client_as("오정숙")
    assert (await office.post(f"/signups/{signup}/withdraw")).status == 303
    await school.settled()
    for name, child in (("김하늘", "이지호"), ("이도윤", "최하린")):
        guardian = await school.client_as(name)
        assert "모집이 취소되었습니다" in (await guardian.get("/notifications")).text
        refused = await enter(guardian, signup, school.id(child))
        assert (refused.status, "학교에서 취소한 모집입니다" in refused.text) == (409, True)
    assert (await office.post(f"/signups/{signup}/entries/{placed}/promote")).status == 409


# Lists --------------------------------------------------------------------------------------------


async def test_the_homeroom_teacher_sees_their_class_the_office_all_others_nothing(
    school: School,
) -> None:
    signup, _placed, _waiting = await waiting_list(school)
    office = (await (await school.client_as("오정숙")).get(f"/signups/{signup}/entries")).text
    assert "이지우" in office
    assert "최하린" in office
    homeroom = (await (await school.client_as("박서연")).get(f"/signups/{signup}/entries")).text
    assert "이지우" in homeroom
    assert "최하린" not in homeroom
    for name in ("한지민", "정민호", "김하늘", "이지우"):
        other = await school.client_as(name)
        for what in ("entries", "entries.xlsx"):
            assert (await other.get(f"/signups/{signup}/{what}")).status == 404


async def test_the_workbook_holds_the_list_and_no_formula_of_a_familys(school: School) -> None:
    signup = await offer(school, names=("=HYPERLINK(1)",))
    await enter(await school.client_as("김하늘"), signup, school.id("이지우"))
    answer = await (await school.client_as("오정숙")).get(f"/signups/{signup}/entries.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.body)).active
    assert sheet is not None
    course, state, *_rest = sheet[2]
    assert (course.value, course.data_type, course.quotePrefix) == ("=HYPERLINK(1)", "s", True)
    assert state.value == "선정"
    assert [cell.value for cell in sheet[2]][4:8] == ["3학년 2반", 7, "이지우", "김하늘"]


async def test_whoever_asks_for_their_data_gets_what_they_signed_up(school: School) -> None:
    signup, _placed, _waiting = await waiting_list(school)
    assert signup
    for name in ("김하늘", "이지우"):
        (held,) = await school.db.read(partial(about, person_id=school.id(name)))
        assert [row[2] for row in held.rows] == ["이지우"]


async def test_results_stand_on_the_front_page_for_a_week(school: School) -> None:
    await waiting_list(school, closes=HOUR)
    guardian = await school.client_as("김하늘")
    assert "신청 결과" in (await guardian.get("/")).text
    assert "신청 결과" not in (await (await school.later(8 * DAY, "김하늘")).get("/")).text


OFFERED = "새 모집이 있습니다"


async def told(school: School, name: str) -> str:
    """Somebody's page of notifications, once what has opened was looked for."""
    assert await school.app[JOBS].run("signups.announce")
    await school.settled()
    return (await (await school.client_as(name)).get("/notifications")).text


async def test_families_are_told_once_when_they_can_sign_up_of_siblings_together(
    school: School,
) -> None:
    signup = await offer(school, opens=HOUR)
    assert OFFERED not in await told(school, "김하늘")
    school.clock.advance(HOUR)
    await told(school, "김하늘")
    page = await told(school, "김하늘")
    assert page.count(OFFERED) == 1
    assert f'href="/signups/{signup}"' in page
    assert OFFERED not in await told(school, "이준혁")  # he may not sign for the child
    assert OFFERED not in await told(school, "박서연")


async def test_families_of_other_classes_are_told_nothing_and_of_what_was_called_off_nobody_is(
    school: School,
) -> None:
    signup = await offer(school, keys=("guardians/class:3-2",))
    assert OFFERED in await told(school, "김하늘")
    assert OFFERED not in await told(school, "이도윤")
    assert (
        await (await school.client_as("오정숙")).post(f"/signups/{signup}/withdraw")
    ).status == 303
    assert OFFERED not in await told(school, "김하늘")


async def test_the_calendar_says_when_a_signup_closes_to_those_who_are_asked(
    school: School,
) -> None:
    signup = await offer(school, keys=("guardians/class:3-2",), closes=DAY)
    link = f'href="/signups/{signup}"'
    guardian = await school.client_as("김하늘")
    month = (await guardian.get("/calendar")).text
    assert link in month
    assert "신청 마감" in month
    for name in ("이도윤", "이지우", "박서연"):
        assert link not in (await (await school.client_as(name)).get("/calendar")).text
    assert link in (await (await school.client_as("오정숙")).get("/calendar")).text
    other_child = f"/calendar?child={school.id('이지호')}"
    assert link not in (await guardian.get(other_child)).text


async def test_pages_that_were_sent_long_ago_are_forgotten(school: School) -> None:
    await waiting_list(school)
    school.clock.advance(8 * DAY)
    assert await school.app[JOBS].run("signups.pages")
    assert await sql(school, "SELECT * FROM signups_submission") == []


# At once ------------------------------------------------------------------------------------------


async def test_two_hundred_at_once_are_never_more_than_there_are_places(school: School) -> None:
    signup = await offer(school, places=37)
    families = await children(school, 200)

    async def press(guardian: Client, child: str) -> list[Answer]:
        # An impatient thumb: the same page twice.
        return await asyncio.gather(
            *(enter(guardian, signup, child, submission="page") for _time in range(2))
        )

    answers = await asyncio.gather(*(press(*family) for family in families))
    assert {one.status for pair in answers for one in pair} == {303}

    def sums(tx: Tx) -> tuple[int, ...]:
        return (
            tx.value("SELECT count(*) FROM signups_entry WHERE state = 'placed'"),
            tx.value("SELECT count(*) FROM signups_entry WHERE state = 'waiting'"),
            tx.value("SELECT count(DISTINCT student_id) FROM signups_child"),
            tx.value("SELECT count(DISTINCT rank) FROM signups_entry"),
        )

    assert await school.db.read(sums) == (37, 163, 200, 200)
    asker = await school.asker("오정숙")
    (course,) = (await school.app[SIGNUPS].view(asker, signup)).courses
    assert (course.taken, course.waiting) == (37, 163)


async def test_a_card_of_a_signup_that_opens_soon_says_when(school: School) -> None:
    await offer(school, opens=30 * MINUTE, closes=HOUR)
    assert "신청 예정" in (await (await school.client_as("김하늘")).get("/")).text
