"""People are told what holds when they are told: mail in the morning, notifications when read."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from kit.clock import DAY, HOUR, MINUTE, ManualClock, moment
from kit.db import Tx
from node.forms.model import AfterCorrection, FormDraft
from node.forms.web import FORMS
from node.newsletters.model import Content, Sort
from node.notify.model import NobodyToRemind, RemindersOver
from node.questions.model import LegalBasis
from tests.node.conftest import School
from tests.node.post_office import PostedSchool, posted_school
from tests.node.test_forms import GOING, answer, sent, sql
from tests.node.test_notify import (
    ALL,
    letters,
    notify,
    opened,
    published,
    reminded,
    rows,
    seen_by,
)

NIGHT, MORNING = moment(2026, 11, 23, 22, 0), moment(2026, 11, 24, 7, 0)


@pytest.fixture
async def posted(tmp_path: Path, clock: ManualClock) -> AsyncIterator[PostedSchool]:
    """A school with a mail server, where 김하늘 has an address."""
    async for one in posted_school(tmp_path, clock):
        await one.addresses(김하늘="haneul@home.test")
        yield one


async def leave(school: School, child: str) -> None:
    """전출 of a child."""

    def unit(tx: Tx) -> None:
        school.people.roster.transfer_out(tx, school.id(child))
        school.people.roster.families_changed(tx, "departure")

    await school.db.write(unit)
    await school.settled()


async def letter_of(school: School, form: str) -> str:
    ((letter,),) = await sql(school, "SELECT subject FROM forms_form WHERE id = ?", form)
    return str(letter)


def subjects(posted: PostedSchool) -> list[str]:
    return [str(mail["Subject"]) for mail in posted.office.received]


async def why_unsent(posted: PostedSchool) -> list[str]:
    found = await sql(
        posted.school, "SELECT last_error FROM notices_mail WHERE failed_at IS NOT NULL"
    )
    return [why for (why,) in found]


async def at_front(school: School, name: str) -> str:
    client = await school.client_as(name)
    return (await client.get("/")).text.partition("<main")[2]


async def notifications(school: School, name: str) -> str:
    client = await school.client_as(name)
    return (await client.get("/notifications")).text.partition("<main")[2]


# Mail that waited ----------------------------------------------------------------------------


async def test_a_letter_called_back_in_the_night_is_not_mailed_in_the_morning(
    posted: PostedSchool,
) -> None:
    school = posted.school
    school.clock.at = NIGHT
    letter = await published(school)
    await letters(school).corrections.withdraw(await school.asker("박서연"), letter, "잘못 보냄")
    school.clock.at = MORNING
    assert await posted.send()
    assert posted.office.received == []
    assert await why_unsent(posted) == ["withdrawn"]


async def test_who_read_a_letter_in_the_night_is_not_told_of_it_in_the_morning(
    posted: PostedSchool,
) -> None:
    school = posted.school
    school.clock.at = NIGHT
    letter = await published(school)
    await opened(school, "김하늘", letter)
    school.clock.at = MORNING
    assert await posted.send()
    assert posted.office.received == []
    assert await why_unsent(posted) == ["done"]


async def test_mail_carries_the_title_and_goes_to_the_address_of_the_morning(
    posted: PostedSchool,
) -> None:
    school = posted.school
    school.clock.at = NIGHT
    letter = await published(school)
    await posted.addresses(김하늘="new@home.test")
    teacher = await school.asker("박서연")
    await letters(school).corrections.correct(
        teacher, letter, "여름방학 안내", "내용", "제목이 틀림"
    )
    school.clock.at = MORNING
    await posted.send()
    assert posted.office.addressees == ["new@home.test"]
    assert subjects(posted) == ["[한빛초등학교] 여름방학 안내"]


async def test_who_answered_in_the_night_is_not_reminded_in_the_morning(
    posted: PostedSchool,
) -> None:
    school = posted.school
    await posted.addresses(이준혁="father@home.test")
    form = await sent(school)
    await school.settled()
    await posted.send()
    posted.office.received.clear()
    school.clock.at = NIGHT
    await notify(school).remind(await school.asker("박서연"), await letter_of(school, form))
    await answer(school, await school.client_as("김하늘"), form)
    school.clock.at = MORNING
    await posted.send()
    assert posted.office.received == []  # nor the father, for whose child she answered
    assert await why_unsent(posted) == ["done", "done"]


async def test_nobody_is_reminded_by_mail_of_what_cannot_be_answered_any_more(
    posted: PostedSchool,
) -> None:
    school = posted.school
    school.clock.at = NIGHT
    form = await sent(school, deadline_at=NIGHT + 3 * HOUR)
    await school.settled()
    await notify(school).remind(await school.asker("박서연"), await letter_of(school, form))
    school.clock.at = MORNING
    await posted.send()
    assert posted.office.received == []


async def test_a_family_that_left_in_the_night_gets_no_mail_in_the_morning(
    posted: PostedSchool,
) -> None:
    school = posted.school
    await posted.addresses(이도윤="doyun@home.test")
    school.clock.at = NIGHT
    await published(school, ALL, "최은영")
    await leave(school, "최하린")
    await leave(school, "이지우")  # 김하늘 still has 이지호 here
    school.clock.at = MORNING
    await posted.send()
    assert posted.office.addressees == ["haneul@home.test"]
    assert "not_addressed" in await why_unsent(posted)


async def test_whose_right_to_read_ended_in_the_night_gets_no_mail(posted: PostedSchool) -> None:
    school = posted.school
    await posted.addresses(이준혁="father@home.test")
    school.clock.at = NIGHT
    await published(school)
    father, child = school.id("이준혁"), school.id("이지우")
    await school.db.write(lambda tx: school.people.roster.end_guardianship(tx, father, child))
    school.clock.at = MORNING
    await posted.send()
    assert posted.office.addressees == ["haneul@home.test"]


async def test_of_one_letter_one_mail_waits_for_the_morning(posted: PostedSchool) -> None:
    school = posted.school
    school.clock.at = NIGHT
    letter = await published(school)
    await notify(school).remind(await school.asker("박서연"), letter)
    school.clock.at = MORNING
    await posted.send()
    assert subjects(posted) == ["[한빛초등학교] 다시 알림: 겨울방학 안내"]


async def test_two_runs_at_once_send_each_mail_once(posted: PostedSchool) -> None:
    names = ("김하늘", "이준혁", "이도윤")
    await posted.addresses(**{name: f"p{at}@home.test" for at, name in enumerate(names)})
    await published(posted.school, ALL, "최은영")
    assert all(await asyncio.gather(posted.send(), posted.send(), posted.send()))
    assert posted.office.addressees == ["p0@home.test", "p1@home.test", "p2@home.test"]


async def test_a_mail_whose_sender_was_killed_is_never_sent_again(posted: PostedSchool) -> None:
    await published(posted.school)
    posted.office.breaks_off = True
    assert not await posted.send()  # the server has the text, and the line is gone
    posted.office.breaks_off = False
    await posted.addresses(이준혁="father@home.test")
    later = await published(posted.school)
    await posted.school.db.write(
        lambda tx: tx.execute(  # what a kill leaves behind: claimed, and no word of it since
            "UPDATE notices_mail SET claimed_at = ? WHERE about = ? AND person_id = ?",
            (posted.school.clock.now(), later, posted.school.id("김하늘")),
        )
    )
    for _run in range(3):
        assert await posted.send()
        posted.school.clock.advance(HOUR)
    assert posted.office.addressees == ["father@home.test", "haneul@home.test"]
    assert await why_unsent(posted) == ["doubtful", "doubtful"]


async def test_a_server_that_hangs_up_before_the_text_loses_no_mail(posted: PostedSchool) -> None:
    await published(posted.school)
    posted.office.answers["haneul@home.test"] = "421 4.3.2 shutting down"
    await posted.send()
    posted.office.answers.clear()
    posted.school.clock.advance(5 * MINUTE)
    assert await posted.send()
    assert posted.office.addressees == ["haneul@home.test"]


# Notifications -------------------------------------------------------------------------------


async def test_a_notification_has_the_title_of_now_and_goes_with_its_letter(
    school: School,
) -> None:
    letter = await published(school)
    teacher = await school.asker("박서연")
    await notify(school).remind(teacher, letter)
    corrections = letters(school).corrections
    await corrections.correct(teacher, letter, "여름방학 안내", "내용", "제목이 틀림")
    await school.settled()
    for shown in (await at_front(school, "김하늘"), await notifications(school, "김하늘")):
        assert "여름방학 안내" in shown
        assert "겨울방학 안내" not in shown
    await corrections.withdraw(teacher, letter, "잘못 보냄")
    await school.settled()
    assert "여름방학 안내" not in await notifications(school, "김하늘")


async def test_a_reminder_ends_with_the_answer_for_all_who_speak_for_the_child(
    school: School,
) -> None:
    form = await sent(school)
    await school.settled()
    await notify(school).remind(await school.asker("박서연"), await letter_of(school, form))
    assert "다시 알림" in await at_front(school, "이준혁")
    await answer(school, await school.client_as("김하늘"), form)
    await school.settled()
    for guardian in ("김하늘", "이준혁"):
        assert "다시 알림" not in await at_front(school, guardian)


async def test_what_was_decided_asks_for_no_approval_any_more(school: School) -> None:
    desk = letters(school).desk
    author = await school.asker("박서연")
    draft = await desk.create(author, Sort.NEWSLETTER, Content("학예회", "내용", ALL))
    await desk.send(author, draft)
    await school.settled()
    assert "결재할 글" in await at_front(school, "윤태식")
    await desk.approve(await school.asker("최은영"), draft)
    front = await at_front(school, "윤태식")
    assert ("결재할 글" in front, "결재 요청" in front) == (False, False)


async def test_a_correction_asks_for_approval_until_it_is_sent_back_and_when_it_is_proposed_anew(
    school: School,
) -> None:
    author, principal = await school.asker("박서연"), await school.asker("최은영")
    desk, corrections = letters(school).desk, letters(school).corrections
    letter = await desk.create(author, Sort.NEWSLETTER, Content("학예회", "강당", ALL))
    await desk.send(author, letter)
    await desk.approve(principal, letter)
    await school.settled()
    front = await at_front(school, "윤태식")
    assert ("결재할 글" in front, "결재 요청" in front) == (False, False)
    for body in ("체육관", "운동장"):
        school.clock.advance(HOUR)
        await corrections.correct(author, letter, "학예회", body, "장소 변경")
        await school.settled()
        assert "결재할 글" in await at_front(school, "윤태식")
        await desk.send_back(principal, letter, "그대로 두세요.")
        await school.settled()
        front = await at_front(school, "윤태식")
        asked = ("결재할 글" in front, "결재 요청" in front, ">알림: <" in front)
        assert asked == (False, False, False)
    assert "결재 요청" in await notifications(school, "윤태식")  # what was, asking nothing


async def test_what_was_sent_back_asks_no_more_once_it_was_published(school: School) -> None:
    desk = letters(school).desk
    author, principal = await school.asker("박서연"), await school.asker("최은영")
    draft = await desk.create(author, Sort.NEWSLETTER, Content("학예회", "내용", ALL))
    await desk.send(author, draft)
    await desk.send_back(principal, draft, "날짜를 확인해 주세요.")
    await school.settled()
    assert "반려됨" in await at_front(school, "박서연")
    school.clock.advance(HOUR)
    await desk.send(author, draft)
    await desk.approve(principal, draft)
    assert "반려됨" not in await at_front(school, "박서연")
    school.clock.advance(HOUR)
    await letters(school).corrections.correct(author, draft, "학예회", "고친 내용", "날짜")
    await desk.send_back(principal, draft, "그대로 두세요.")
    await school.settled()
    assert "반려됨" in await at_front(school, "박서연")


# A letter that could not go out --------------------------------------------------------------


async def test_author_and_approver_hear_that_a_letter_could_not_go_out(
    posted: PostedSchool,
) -> None:
    school = posted.school
    await posted.addresses(박서연="teacher@home.test")
    now = school.clock.now()
    draft_form = FormDraft(fields=(GOING,), legal_basis=LegalBasis.NONE, deadline_at=now + 2 * HOUR)
    text = msgspec.json.encode(draft_form).decode()
    desk, author = letters(school).desk, await school.asker("박서연")
    content = Content("방과후 신청", "내용", ALL, text, now + HOUR)
    draft = await desk.create(author, Sort.NEWSLETTER, content)
    await desk.send(author, draft)
    await desk.approve(await school.asker("최은영"), draft)
    school.clock.advance(3 * HOUR)
    await desk.publish_due()
    await school.settled()
    for name in ("박서연", "최은영"):
        assert "발행하지 못함" in await at_front(school, name)
    for name in ("윤태식", "김하늘"):
        assert "발행하지 못함" not in await at_front(school, name)
    await posted.send()
    (mail,) = posted.office.received
    assert (mail["To"], "방과후 신청" in str(mail["Subject"])) == ("teacher@home.test", True)
    assert f"/newsletters/{draft}" in mail.get_content()
    await desk.save(author, draft, Content("방과후 신청", "내용", ALL))
    assert "발행하지 못함" not in await at_front(school, "박서연")


# Deadlines that move -------------------------------------------------------------------------


@pytest.mark.parametrize("days", [1, 7])
async def test_a_moved_deadline_is_told_to_those_who_have_not_answered(
    posted: PostedSchool, days: int
) -> None:
    school = posted.school
    everybody = tuple(f"guardians/class:{school.class_id(room)}" for room in ("3-2", "6-1"))
    await posted.addresses(이도윤="doyun@home.test")
    form = await sent(school, everybody, deadline_at=school.clock.now() + 3 * DAY)
    if not form:
        ((letter,),) = await sql(school, "SELECT id FROM newsletters_newsletter")
        form = (await letters(school).desk.approve(await school.asker("최은영"), letter)).form_id
    await school.settled()
    await posted.send()
    posted.office.received.clear()
    doyun = {"signature_typed": "이도윤"}
    await answer(school, await school.client_as("이도윤"), form, "최하린", **doyun)
    await school.settled()
    until = school.clock.now() + days * DAY  # sooner or later than before
    await school.app[FORMS].extend(await school.asker("최은영"), form, until)
    await school.settled()
    assert await reminded(school, "moved") == ["김하늘", "이준혁"]
    shown = await notifications(school, "김하늘")
    assert "기한이 바뀌었습니다" in shown
    assert "기한이 바뀌었습니다" not in await notifications(school, "이도윤")
    await posted.send()
    (mail,) = posted.office.received
    assert mail["To"] == "haneul@home.test"
    assert "기한이 바뀌었습니다" in str(mail["Subject"])
    assert "회신 마감: 2026-" in mail.get_content()


async def test_a_deadline_that_was_moved_reminds_anew_a_day_before(school: School) -> None:
    form = await sent(school, deadline_at=school.clock.now() + DAY)
    await school.settled()
    assert await notify(school).remind_before_deadlines() == 2
    until = school.clock.now() + 7 * DAY
    await school.app[FORMS].extend(await school.asker("박서연"), form, until)
    await school.settled()
    assert await notify(school).remind_before_deadlines() == 0
    school.clock.advance(6 * DAY + HOUR)
    assert await notify(school).remind_before_deadlines() == 2
    assert await notify(school).remind_before_deadlines() == 0


async def test_after_the_deadline_nobody_is_reminded_until_it_is_moved(school: School) -> None:
    form = await sent(school, deadline_at=school.clock.now() + HOUR)
    await school.settled()
    letter, teacher = await letter_of(school, form), await school.asker("박서연")
    school.clock.advance(DAY)
    with pytest.raises(RemindersOver):
        await notify(school).remind(teacher, letter)
    page = await (await school.client_as("박서연")).get(f"/newsletters/{letter}/reach")
    assert "회신 마감이 지났습니다." in page.text
    assert f"/newsletters/{letter}/remind" not in page.text
    await school.app[FORMS].extend(teacher, form, school.clock.now() + DAY)
    assert await notify(school).remind(teacher, letter) == 2


# Families that left --------------------------------------------------------------------------


async def test_a_family_that_left_is_neither_counted_nor_named_nor_reminded(
    school: School,
) -> None:
    letter = await published(school, ALL, "최은영")
    await opened(school, "이도윤", letter)
    await leave(school, "최하린")
    view = await seen_by(school, "최은영", letter)
    assert (view.totals.sent, view.totals.opened) == (2, 0)
    assert "이도윤" not in {person for person, _child in await rows(school, letter)}
    principal = await school.client_as("최은영")
    for page in ("reach", "reach/table", "slips"):
        shown = (await principal.get(f"/newsletters/{letter}/{page}")).text
        assert "이도윤" not in shown
        assert "최하린" not in shown
    await notify(school).remind(await school.asker("최은영"), letter)
    assert await reminded(school) == ["김하늘", "이준혁"]
    # What they did is kept, and stands again when they come back.
    await school.db.write(
        lambda tx: school.people.roster.enrol(tx, school.id("최하린"), school.class_id("6-1"), 3)
    )
    assert (await seen_by(school, "최은영", letter)).totals.opened == 1


async def test_a_child_that_changed_class_is_not_missing_in_the_old_one(school: School) -> None:
    letter = await published(school)
    await school.db.write(
        lambda tx: school.people.roster.enrol(tx, school.id("이지우"), school.class_id("3-1"), 1)
    )
    assert await rows(school, letter) == set()
    with pytest.raises(NobodyToRemind):
        await notify(school).remind(await school.asker("박서연"), letter)


async def test_who_left_hears_of_no_deadline_and_no_correction(school: School) -> None:
    await sent(school, ALL, deadline_at=school.clock.now() + DAY)
    await school.settled()
    ((letter,),) = await sql(school, "SELECT subject FROM forms_form")
    await opened(school, "이도윤", letter)
    await leave(school, "최하린")
    assert await notify(school).remind_before_deadlines() == 2
    assert await reminded(school, "deadline") == ["김하늘", "이준혁"]
    principal, stands = await school.asker("최은영"), AfterCorrection(asks_anew=False)
    await letters(school).corrections.correct(
        principal, letter, "체험학습", "고친 내용", "날짜", form=stands
    )
    await school.settled()
    assert "이도윤" not in await reminded(school, "corrected")
