"""Stories about off-campus learning: days are counted, guardians agree, the permission, the report."""

from kit.clock import DAY
from kit.web.keys import JOBS
from node.submissions.about import about
from tests.node.conftest import School
from tests.node.filled import sent_by
from tests.node.handing_in import (
    REPORT,
    TRANSFER,
    TRIP,
    Paper,
    begin,
    both_may_sign,
    decide,
    may_sign,
    states,
    trip,
)


async def refused(school: School, first: str, last: str, **more: str) -> str:
    """What 김하늘 reads when these days are refused for 이지우."""
    haneul = await school.client_as("김하늘")
    paper = await begin(school, haneul, "off-campus", "이지우")
    answer = await paper.send(first_on=first, last_on=last, **TRIP, **more)
    assert answer.status == 422, answer.text
    return answer.text


async def test_a_permission_from_application_to_report(school: School) -> None:
    paper = await trip(school)
    page = await paper.page()
    assert "허가 전에는 유효하지 않음" in page
    assert "수업일 3일" in page
    assert "올해 20일 가운데 3일 사용, 17일 남음" in page
    await decide(school, "박서연", paper)
    assert "허가 전에는 유효하지 않음" in await paper.page()
    await decide(school, "윤태식", paper)
    page = await paper.page()
    assert "허가되었습니다." in page
    assert "허가 전에는 유효하지 않음" not in page

    haneul = await school.later(17 * DAY, "김하늘")  # 10 December
    await school.app[JOBS].run("submissions.reminders")
    paper = Paper(haneul, paper.address)
    page = await paper.page()
    assert "보고서 대기" in states(page)
    assert "2026. 12. 16.(수)까지 제출해 주세요." in page
    assert "결과보고서를 제출해 주세요" in (await haneul.get("/notifications")).text
    begun = await haneul.post(f"{paper.address}/report")
    report = Paper(haneul, begun.location.removesuffix("/edit"))
    written = (await haneul.get(begun.location)).text
    assert "2026. 12. 7.(월) ~ 2026. 12. 9.(수)" in written
    assert (await report.send(**REPORT)).status == 422  # without a picture
    assert report.address not in await paper.page(await school.client_as("박서연"))
    await report.attach("바다.png")
    assert (await report.send(**REPORT)).location == report.address
    await decide(school, "박서연", report)
    assert "보고서 완료" in states(await report.page())
    assert "보고서 완료" in states(await paper.page())


async def test_the_report_is_reminded_of_before_and_after_its_day(school: School) -> None:
    paper = await trip(school)
    await decide(school, "박서연", paper)
    await decide(school, "윤태식", paper)
    told = []
    lines = "SELECT count(*) FROM notices_line WHERE kind = 'submission_report'"
    for day in (17, 5, 2):  # 10, 15 and 17 December
        haneul = await school.later(day * DAY, "김하늘")
        await school.app[JOBS].run("submissions.reminders")
        await haneul.get("/notifications")
        told.append(await school.db.read(lambda tx: tx.value(lines)))
    assert told == [1, 2, 3]


async def test_too_short_before_the_first_day_says_from_when(school: School) -> None:
    said = await refused(school, "2026-11-25", "2026-11-25")
    assert (
        "시작일의 3일 전(수업일 기준)까지 제출해야 합니다. 오늘 제출하면 2026. 11. 26.부터 신청할 수 있습니다."
        in said
    )


async def test_more_days_than_are_left_says_how_many_are(school: School) -> None:
    await trip(school, "2026-12-01", "2026-12-11")  # nine
    await trip(school, "2026-12-15", "2026-12-24")  # eight
    said = await refused(school, "2027-01-04", "2027-01-07")
    assert (
        "한 학년도에 20일까지 신청할 수 있습니다. 이미 17일을 사용하여 3일이 남았는데 이번 신청은 4일입니다."
        in said
    )


async def test_two_papers_in_a_row_are_one_run(school: School) -> None:
    await trip(school, "2026-12-01", "2026-12-11")  # nine, until Friday
    said = await refused(school, "2026-12-14", "2026-12-15")
    assert "연속 10일까지 신청할 수 있습니다." in said
    assert "앞뒤로 이어진 신청을 더하면 11일입니다." in said


async def test_the_same_day_twice_names_the_earlier_paper(school: School) -> None:
    await trip(school)
    assert "접수번호 2026-1" in await refused(school, "2026-12-09", "2026-12-10")


async def test_a_half_day_counts_half(school: School) -> None:
    haneul = await school.client_as("김하늘")
    paper = await begin(school, haneul, "off-campus", "이지우")
    await paper.send(first_on="2026-12-07", last_on="2026-12-07", half="am", **TRIP)
    assert "올해 20일 가운데 0.5일 사용, 19.5일 남음" in await paper.page()
    assert "반일은 하루일 때만" in await refused(school, "2026-12-08", "2026-12-09", half="pm")


async def test_a_permission_is_taken_back_before_its_first_day(school: School) -> None:
    paper = await trip(school)
    await decide(school, "박서연", paper)
    await decide(school, "윤태식", paper)
    await paper.client.post(f"{paper.address}/withdraw")
    assert "접수취소" in states(await paper.page())
    assert "올해 20일 가운데 0일 사용" in (await paper.client.get("/submissions")).text


async def test_a_guardian_who_refuses_stops_it_and_the_office_sees_at_once(school: School) -> None:
    await both_may_sign(school)
    paper = await trip(school)
    junhyeok = await school.client_as("이준혁")
    assert "서류에 동의해 주세요" in (await junhyeok.get("/notifications")).text
    await junhyeok.post(
        f"{paper.address}/opinion", {"answer": "refuse", "word": "시험이 있습니다."}
    )
    await school.settled()
    page = await paper.page()
    assert "보호자 의견 다름" in states(page)
    assert "시험이 있습니다." in page
    assert (await decide(school, "박서연", paper)).status == 409
    office = await school.client_as("오정숙")
    assert "확인이 필요한 서류" in (await office.get("/")).text
    assert "교외체험학습 신청서" in (await office.get("/submissions/unsettled")).text
    teacher = await school.client_as("한지민")
    assert "교외체험학습 신청서" not in (await teacher.get("/submissions/unsettled")).text
    told = {"goes_on": "1", "word": "두 보호자와 통화하였습니다."}
    assert (await teacher.post(f"{paper.address}/settle", told)).status == 404
    assert (await office.post(f"{paper.address}/settle", told)).status == 303
    again = await junhyeok.post(f"{paper.address}/opinion", {"answer": "refuse"})
    assert again.status == 409  # the school has spoken with both
    assert (await decide(school, "박서연", paper)).status == 303
    assert "처리중" in states(await paper.page())


async def test_a_third_guardian_does_not_stop_what_the_school_has_settled(school: School) -> None:
    await both_may_sign(school)
    await may_sign(school, "이도윤")
    paper = await trip(school)
    for name, answer in (("이준혁", "refuse"), ("이도윤", "agree")):
        client = await school.client_as(name)
        if name == "이도윤":
            office = await school.client_as("오정숙")
            told = {"goes_on": "1", "word": "두 보호자와 통화하였습니다."}
            await office.post(f"{paper.address}/settle", told)
            assert "서류에 동의해 주세요" not in (await client.get("/")).text
        await client.post(f"{paper.address}/opinion", {"answer": answer})
    assert "접수대기" in states(await paper.page())
    assert "이지우" in (await (await school.client_as("박서연")).get("/submissions/tray")).text


async def test_a_refusal_of_the_office_has_its_record_as_well(school: School) -> None:
    await both_may_sign(school)
    paper = await trip(school)
    junhyeok = await school.client_as("이준혁")
    await junhyeok.post(f"{paper.address}/opinion", {"answer": "refuse"})
    office = await school.client_as("오정숙")
    told = {"goes_on": "0", "word": "두 보호자가 다음 달로 미루기로 하였습니다."}
    await office.post(f"{paper.address}/settle", told)
    page = await paper.page()
    assert "반려" in states(page)
    leaf = page.partition(f'href="{paper.address}/records/')[2].partition('"')[0]
    record = (await paper.client.get(f"{paper.address}/records/{leaf}")).text
    assert "오정숙" in record
    assert told["word"] in record


async def test_where_both_are_needed_nothing_begins_before_the_other_agrees(school: School) -> None:
    await both_may_sign(school)
    administrator = await school.client_as("정민호")
    address = "/submissions/types/transfer/edit"
    sent = sent_by((await administrator.get(address)).text, address)
    sent["family"] = "both"
    await administrator.post(address, sent)
    haneul = await school.client_as("김하늘")
    paper = await begin(school, haneul, "transfer", "이지우")
    await paper.send(**TRANSFER)
    assert "보호자 동의 대기" in states(await paper.page())
    seoyeon = await school.client_as("박서연")
    assert "이지우" not in (await seoyeon.get("/submissions/tray")).text
    junhyeok = await school.client_as("이준혁")
    await junhyeok.post(f"{paper.address}/opinion", {"answer": "agree"})
    assert "접수대기" in states(await paper.page())
    assert "이지우" in (await seoyeon.get("/submissions/tray")).text


async def test_a_child_whom_the_school_does_not_have_waits_for_the_office(school: School) -> None:
    haneul = await school.client_as("김하늘")
    answer = await haneul.post("/submissions", {"type": "off-campus", "name": "박하준"})
    paper = Paper(haneul, answer.location.removesuffix("/edit"))
    sent = await paper.send(first_on="2026-12-07", last_on="2026-12-08", **TRIP)
    assert sent.location == paper.address
    seoyeon = await school.client_as("박서연")
    assert "박하준" not in (await seoyeon.get("/submissions/tray")).text
    office = await school.client_as("오정숙")
    assert "학생 확인 필요" in (await office.get("/submissions/unsettled")).text
    assert "3학년 2반 8번" in (await office.get(f"{paper.address}/match")).text
    matched = await office.post(f"{paper.address}/match", {"student": school.id("박하준")})
    assert matched.status == 303
    await school.settled()
    assert "박하준" in (await seoyeon.get("/submissions/tray")).text
    page = await paper.page()
    assert "학생 확인" in page
    assert (
        "올해 20일 가운데" not in page
    )  # what others handed in for the child is not theirs to know


async def test_the_guardians_of_a_matched_child_are_asked_as_of_any_other(school: School) -> None:
    await may_sign(school, "이도윤", "박하준")
    haneul = await school.client_as("김하늘")
    answer = await haneul.post("/submissions", {"type": "off-campus", "name": "박하준"})
    paper = Paper(haneul, answer.location.removesuffix("/edit"))
    await paper.send(first_on="2026-12-07", last_on="2026-12-08", **TRIP)
    office = await school.client_as("오정숙")
    await office.post(f"{paper.address}/match", {"student": school.id("박하준")})
    doyun = await school.client_as("이도윤")
    assert "서류에 동의해 주세요" in (await doyun.get("/notifications")).text
    await doyun.post(f"{paper.address}/opinion", {"answer": "refuse"})
    assert "보호자 의견 다름" in states(await paper.page())


async def test_twenty_are_approved_in_one_press(school: School) -> None:
    papers = [await trip(school, f"2026-12-{day:02}", f"2026-12-{day:02}") for day in (7, 8, 9)]
    seoyeon = await school.client_as("박서연")
    ids = [paper.address.rpartition("/")[2] for paper in papers]
    other = "0" * 20
    answer = await seoyeon.post("/submissions/tray", {"paper": [*ids, other]})
    assert answer.location == "/submissions/tray"
    text = (await seoyeon.get("/submissions/tray")).text
    assert "3건을 승인했습니다. 1건은" in text
    for paper in papers:
        assert "처리중" in states(await paper.page())


async def test_every_decision_has_its_record_in_the_log(school: School) -> None:
    paper = await trip(school)
    await decide(school, "박서연", paper)
    page = await paper.page()
    address = page.partition(f'href="{paper.address}/records/')[2].partition('"')[0]
    record = (await paper.client.get(f"{paper.address}/records/{address}")).text
    assert "결재 기록 확인서" in record
    assert "박서연" in record
    file = await paper.client.get(f"{paper.address}/records/{address}/file")
    verified = await paper.client.post("/verify", {"receipt": file.body.decode()})
    assert "변경되지 않은 제출 확인서입니다." in verified.text
    stranger = await school.client_as("이도윤")
    assert (await stranger.get(f"{paper.address}/records/{address}")).status == 404


async def test_the_list_for_neis_has_formulas_defused(school: School) -> None:
    haneul = await school.client_as("김하늘")
    paper = await begin(school, haneul, "off-campus", "이지우")
    await paper.send(
        first_on="2026-12-07", last_on="2026-12-08", **{**TRIP, "answer_place": "=1+1"}
    )
    seoyeon = await school.client_as("박서연")
    answer = await seoyeon.get("/submissions/cases/export?month=2026-11&format=csv")
    assert "이지우" in answer.text
    assert "교외체험학습 신청서" in answer.text
    assert '"=' not in answer.text
    assert "\n=" not in answer.text
    teacher = await school.client_as("한지민")
    other = await teacher.get("/submissions/cases/export?month=2026-11&format=csv")
    assert "이지우" not in other.text


async def test_whoever_asks_for_their_data_gets_their_papers(school: School) -> None:
    await trip(school)
    (held,) = await school.db.read(lambda tx: about(tx, school.id("이지우")))
    assert [row[1] for row in held.rows] == ["교외체험학습 신청서"]
