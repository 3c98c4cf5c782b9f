"""Stories about papers: an absence is reported, decided on, sent back, taken back."""

import html
import re

from kit.clock import DAY
from kit.web.keys import JOBS
from node.submissions.papers import PAGE
from tests.node.conftest import Client, School
from tests.node.handing_in import (
    ABSENCE,
    TRANSFER,
    Paper,
    absent,
    begin,
    decide,
    states,
    trip,
)


async def test_a_guardian_hands_in_an_absence_and_gets_a_number(school: School) -> None:
    haneul = await school.client_as("김하늘")
    front = (await haneul.get("/submissions")).text
    assert "결석신고서" in front
    assert "이지우 서류 작성" in front
    paper = await begin(school, haneul, "absence", "이지우")
    assert "제출 전" in (await haneul.get(f"{paper.address}/edit")).text
    answer = await paper.send(first_on="2026-11-20", last_on="2026-11-20", **ABSENCE)
    assert (answer.status, answer.location) == (303, paper.address)
    page = await paper.page()
    assert "접수됨" in states(page)
    assert "접수번호 2026-1" in page
    assert "접수대기" in states(page)
    assert "제출 전" not in page


async def test_the_homeroom_teacher_approves_a_short_absence_alone(school: School) -> None:
    paper = await absent(school)
    seoyeon = await school.client_as("박서연")
    front = (await seoyeon.get("/")).text
    assert 'href="/submissions/tray"' in front
    assert "결재할 서류" in front
    assert paper.address not in front  # the tray has it, and no notification beside
    tray = (await seoyeon.get("/submissions/tray")).text
    assert "이지우 · 결석신고서" in tray
    assert "감기로 열이 나서 쉬었습니다." in tray
    assert (await decide(school, "박서연", paper)).location == "/submissions/tray"
    page = await paper.page()
    assert "승인완료" in states(page)
    assert "담임교사(전결)" in page
    assert "이지우 · 결석신고서" not in (await seoyeon.get("/submissions/tray")).text


async def test_a_long_absence_goes_on_to_the_vice_principal(school: School) -> None:
    paper = await absent(school, "2026-11-17", "2026-11-19")
    await decide(school, "박서연", paper)
    assert "처리중" in states(await paper.page())
    assert "교감 결재 대기" in await paper.page()
    await decide(school, "윤태식", paper)
    assert "승인완료" in states(await paper.page())


async def test_a_paper_sent_back_is_mended_and_keeps_its_number(school: School) -> None:
    paper = await absent(school)
    await decide(school, "박서연", paper, "return", "사유를 자세히 적어 주세요.")
    page = await paper.page()
    assert "보완요청" in states(page)
    assert "사유를 자세히 적어 주세요." in page
    assert "서류를 보완해 주세요" in (await paper.client.get("/notifications")).text
    again = {**ABSENCE, "answer_reason": "독감으로 열이 39도까지 올랐습니다."}
    await paper.send(first_on="2026-11-20", last_on="2026-11-20", **again)
    page = await paper.page()
    assert "접수번호 2026-1" in page
    assert "보완하여 다시 제출" in page
    assert "독감으로 열이 39도까지 올랐습니다." in page
    seoyeon = await school.client_as("박서연")
    assert "보완하여 다시 제출" in (await seoyeon.get("/submissions/tray")).text


async def test_whoever_sends_a_paper_back_says_why(school: School) -> None:
    paper = await absent(school)
    assert (await decide(school, "박서연", paper, "return")).status == 422
    assert "접수대기" in states(await paper.page())


async def test_a_refused_paper_has_ended(school: School) -> None:
    paper = await absent(school)
    await decide(school, "박서연", paper, "refuse", "그날 등교했습니다.")
    page = await paper.page()
    assert "반려" in states(page)
    assert "그날 등교했습니다." in page
    assert "수정하여 다시 제출" not in page
    assert "서류 처리 결과" in (await paper.client.get("/notifications")).text


async def test_a_guardian_takes_a_paper_back_while_nothing_is_decided(school: School) -> None:
    paper = await absent(school)
    await paper.client.post(f"{paper.address}/withdraw", {"word": "날짜를 잘못 적었습니다."})
    assert "접수취소" in states(await paper.page())
    seoyeon = await school.client_as("박서연")
    assert "이지우 · 결석신고서" not in (await seoyeon.get("/submissions/tray")).text
    answer = await decide(school, "박서연", paper)
    assert answer.status == 409


async def test_what_was_decided_is_not_taken_back(school: School) -> None:
    paper = await absent(school)
    await decide(school, "박서연", paper)
    assert (await paper.client.post(f"{paper.address}/withdraw")).status == 409


async def test_a_paper_sent_twice_is_sent_once(school: School) -> None:
    paper = await absent(school)
    answer = await paper.send(first_on="2026-11-20", last_on="2026-11-20", **ABSENCE)
    assert answer.location == paper.address
    assert (await paper.page()).count('<p class="timeline-title">제출') == 1
    other = await begin(school, paper.client, "absence", "이지호")
    await other.send(first_on="2026-11-20", last_on="2026-11-20", **ABSENCE)
    assert "접수번호 2026-2" in await other.page()


async def test_what_is_typed_is_there_on_another_device(school: School) -> None:
    haneul = await school.client_as("김하늘")
    paper = await begin(school, haneul, "absence", "이지우")
    saved = await haneul.post(
        f"{paper.address}/autosave", {"first_on": "2026-11-20", "answer_reason": "배가 아파서"}
    )
    assert "아직 제출하지 않았습니다" in saved.json()["said"]
    phone = await school.client_as("김하늘")
    again = await begin(school, phone, "absence", "이지우")
    assert again.address == paper.address
    text = (await phone.get(f"{paper.address}/edit")).text
    assert "배가 아파서" in text
    assert 'value="2026-11-20"' in text
    assert "계속할 서류" in (await phone.get("/")).text


async def test_two_windows_do_not_overwrite_each_other(school: School) -> None:
    haneul = await school.client_as("김하늘")
    paper = await begin(school, haneul, "absence", "이지우")
    text = (await haneul.get(f"{paper.address}/edit")).text
    seen = text.partition('name="seen" value="')[2].partition('"')[0]
    first = await haneul.post(f"{paper.address}/autosave", {"seen": seen, "answer_reason": "가"})
    assert first.status == 200
    later = await haneul.post(f"{paper.address}/autosave", {"seen": seen, "answer_reason": "나"})
    assert later.status == 409


async def test_a_third_day_asks_for_evidence_which_may_follow(school: School) -> None:
    paper = await absent(school, "2026-11-17", "2026-11-19")
    page = await paper.page()
    assert "까지 올려 주세요" in page
    seoyeon = await school.client_as("박서연")
    assert "증빙 미제출" in states((await seoyeon.get("/submissions/tray")).text)
    assert (await paper.attach("진단서.png", "처방전.png")).status == 303
    page = await paper.page()
    assert "진단서.png" in page
    assert "처방전.png" in page
    assert "증빙 서류 제출" in page
    assert "까지 올려 주세요" not in page
    tray = (await seoyeon.get("/submissions/tray")).text
    assert "진단서.png" in tray
    assert "증빙 미제출" not in states(tray)


async def test_evidence_that_is_late_is_asked_for_again(school: School) -> None:
    paper = await absent(school, "2026-11-17", "2026-11-19")
    school.clock.advance(7 * DAY)
    assert await school.app[JOBS].run("submissions.reminders")
    phone = await school.client_as("김하늘")
    assert "증빙 서류를 첨부해 주세요" in (await phone.get("/notifications")).text
    assert (await phone.get(paper.address)).status == 200


async def test_what_is_due_of_papers_stands_in_the_calendar_of_their_family(school: School) -> None:
    paper = await absent(school, "2026-11-17", "2026-11-19")
    guardian = await school.client_as("김하늘")
    month = (await guardian.get("/calendar?month=2026-11")).text
    assert f'href="{paper.address}"' in month
    assert "증빙 제출 마감" in month
    for name in ("이도윤", "이지우", "박서연"):
        other = await school.client_as(name)
        assert paper.address not in (await other.get("/calendar?month=2026-11")).text
    applied = await trip(school)
    await decide(school, "박서연", applied)
    await decide(school, "윤태식", applied)
    month = (await guardian.get("/calendar?month=2026-12")).text
    assert f'href="{applied.address}"' in month
    assert "보고서 제출 마감" in month


async def test_a_day_without_school_needs_no_paper(school: School) -> None:
    haneul = await school.client_as("김하늘")
    paper = await begin(school, haneul, "absence", "이지우")
    answer = await paper.send(first_on="2026-11-21", last_on="2026-11-22", **ABSENCE)
    assert answer.status == 422
    assert "수업일이 없습니다" in answer.text


async def test_an_absence_reported_too_late_says_until_when(school: School) -> None:
    haneul = await school.client_as("김하늘")
    paper = await begin(school, haneul, "absence", "이지우")
    answer = await paper.send(first_on="2026-11-09", last_on="2026-11-09", **ABSENCE)
    assert answer.status == 422
    assert "5일 안(수업일 기준)에 제출해야 합니다. 기한은 2026. 11. 16." in answer.text


async def test_what_was_typed_stays_when_it_is_refused(school: School) -> None:
    haneul = await school.client_as("김하늘")
    paper = await begin(school, haneul, "absence", "이지우")
    answer = await haneul.post(
        f"{paper.address}/edit",
        {"act": "send", "first_on": "2026-11-20", "last_on": "", "answer_reason": "배가 아파서"},
        headers={"Referer": f"{school.url}{paper.address}/edit"},
    )
    text = (await haneul.get(answer.location)).text
    assert "배가 아파서" in text
    assert "답해 주세요." in text
    assert "제출 전" in states(text)


async def test_nobody_else_sees_a_paper(school: School) -> None:
    paper = await absent(school)
    for name, status in (
        ("이준혁", 200),  # the father reads what concerns 이지우
        ("이도윤", 404),
        ("이지우", 404),
        ("한지민", 404),
        ("박서연", 200),
        ("오정숙", 200),
        ("최은영", 200),
    ):
        client = await school.client_as(name)
        assert (await client.get(paper.address)).status == status, name
        assert (await client.get(f"{paper.address}/print")).status == status, name


async def test_a_draft_is_its_writers_alone(school: School) -> None:
    haneul = await school.client_as("김하늘")
    paper = await begin(school, haneul, "absence", "이지우")
    for name in ("이준혁", "박서연", "오정숙", "최은영"):
        client = await school.client_as(name)
        assert (await client.get(paper.address)).status == 404, name


async def test_a_paper_that_is_not_shared_is_hidden_from_the_other_guardian(school: School) -> None:
    haneul = await school.client_as("김하늘")
    paper = await begin(school, haneul, "transfer", "이지우")
    await paper.send(**TRANSFER)
    junhyeok = await school.client_as("이준혁")
    assert (await junhyeok.get(paper.address)).status == 404
    assert "전출 신청서" not in (await junhyeok.get("/submissions")).text.partition('id="new"')[0]


async def test_a_guardian_who_may_not_sign_hands_nothing_in(school: School) -> None:
    junhyeok = await school.client_as("이준혁")
    answer = await junhyeok.post(
        "/submissions", {"type": "absence", "student": school.id("이지우")}
    )
    assert answer.status == 403


async def test_only_who_holds_the_step_decides(school: School) -> None:
    paper = await absent(school)
    assert (await decide(school, "한지민", paper)).status == 403
    assert (await decide(school, "김하늘", paper)).status == 404
    assert "접수대기" in states(await paper.page())


async def test_whoever_may_only_read_a_paper_attaches_nothing(school: School) -> None:
    paper = await absent(school, "2026-11-17", "2026-11-19")
    teacher = Paper(await school.client_as("박서연"), paper.address)
    assert (await teacher.attach("진단서.png")).status == 409
    assert "진단서.png" not in await paper.page()


async def test_a_guardian_whose_right_has_ended_has_no_papers_of_the_child(school: School) -> None:
    sent = await absent(school, "2026-11-17", "2026-11-19")
    begun = await begin(school, sent.client, "transfer", "이지우")
    office = await school.asker("오정숙")
    await school.people.families.end_guardianship(office, school.id("김하늘"), school.id("이지우"))
    await decide(school, "박서연", sent)
    haneul = await school.client_as("김하늘")
    for address in (sent.address, f"{sent.address}/print", f"{begun.address}/edit"):
        assert (await haneul.get(address)).status == 404, address
    assert (await haneul.post(f"{sent.address}/withdraw")).status == 404
    for address in ("/", "/submissions", "/notifications"):
        text = (await haneul.get(address)).text
        assert "결석신고서" not in text.partition('id="new"')[0], address
    assert "결석신고서" in (await (await school.client_as("이준혁")).get(sent.address)).text


async def test_the_list_shows_a_kind_a_class_or_what_is_not_ended(school: School) -> None:
    ended = await absent(school)
    await decide(school, "박서연", ended)
    await trip(school)
    office = await school.client_as("오정숙")

    async def listed(client: Client, asked: str) -> list[str]:
        shown = (await client.get(f"/submissions/cases?{asked}")).text
        return sorted(re.findall(r'entry-title">([^<]+)<', shown.partition('id="cases"')[2]))

    both = ["결석신고서", "교외체험학습 신청서"]
    assert await listed(office, "") == both
    assert await listed(office, "type=absence") == ["결석신고서"]
    assert await listed(office, "open=true") == ["교외체험학습 신청서"]
    assert await listed(office, "type=absence&open=true") == []
    here = f"class={await class_of(school, '이지우')}"
    assert await listed(office, f"{here}&type=off-campus") == ["교외체험학습 신청서"]
    assert await listed(office, "class=elsewhere") == []
    assert "이 조건에 맞는 서류가 없습니다" in (await office.get("/submissions/cases?class=1")).text
    assert await listed(await school.client_as("박서연"), here) == both
    # A homeroom teacher of another class asks for this one by its address.
    assert await listed(await school.client_as("한지민"), here) == []


async def class_of(school: School, name: str) -> str:
    query = "SELECT class_id FROM people_v_student WHERE student_id = ?"
    return str(await school.db.read(lambda tx: tx.value(query, (school.id(name),))))


async def test_of_many_at_one_moment_the_list_leaves_out_none(school: School) -> None:
    haneul = await school.client_as("김하늘")
    for _paper in range(PAGE + 2):
        paper = await begin(school, haneul, "transfer", "이지우")
        await paper.send(**TRANSFER)
    seoyeon = await school.client_as("박서연")
    first = (await seoyeon.get("/submissions/cases")).text
    further = re.findall(r'href="(/submissions/cases\?before=[^"]+)"', first)
    second = (await seoyeon.get(html.unescape(further[0]))).text
    numbers = re.findall(r"접수번호 (2026-\d+)", first + second)
    assert sorted(numbers) == sorted(f"2026-{number + 1}" for number in range(PAGE + 2))
