"""How far a letter came: the reach ledger, its reasons, reminders in their time, mail that arrives."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from kit.clock import DAY, HOUR, MINUTE, ManualClock, moment
from kit.problem import NotFound
from kit.web.keys import JOBS
from node.forms.model import FormDraft
from node.forms.web import FORMS
from node.newsletters.model import Content, Publication, Sort
from node.newsletters.service import Newsletters
from node.newsletters.web import NEWSLETTERS
from node.notices.model import QuietHours
from node.notify.model import NobodyToRemind, Reach
from node.notify.service import Notify
from node.notify.web import NOTIFY
from node.questions.model import LegalBasis
from tests.node.conftest import School
from tests.node.post_office import PostedSchool, posted_school
from tests.node.test_forms import GOING, YES, answer, may_sign, sent, sql

ALL = ("guardians",)


def notify(school: School) -> Notify:
    return school.app[NOTIFY]


def letters(school: School) -> Newsletters:
    return school.app[NEWSLETTERS]


async def published(school: School, keys: tuple[str, ...] = (), author: str = "박서연") -> str:
    """A letter to the guardians of 3-2 (or others), its ledger opened."""
    asker = await school.asker(author)
    keys = keys or (f"guardians/class:{school.class_id('3-2')}",)
    publication = Publication(Sort.NEWSLETTER, "겨울방학 안내", "내용", keys)
    letter = await school.db.write(lambda tx: letters(school).publish_now(tx, asker, publication))
    await school.settled()
    return str(letter)


async def opened(school: School, name: str, letter: str) -> None:
    client = await school.client_as(name)
    assert (await client.get(f"/newsletters/{letter}")).status == 200
    await school.settled()


async def seen_by(school: School, name: str, letter: str) -> Reach:
    return await notify(school).reach(await school.asker(name), letter)


async def rows(school: School, letter: str) -> set[tuple[str, str]]:
    """(person, child) of a letter's ledger."""
    view = await seen_by(school, "최은영", letter)
    return {(row.person_name, row.student_name) for group in view.classes for row in group.rows}


async def reasons(school: School, letter: str) -> dict[str, str]:
    view = await seen_by(school, "최은영", letter)
    return {row.person_name: row.unreachable for group in view.classes for row in group.rows}


async def reminded(school: School, kind: str = "reminder") -> list[str]:
    """Whom a notification of a kind went to, by name."""
    found = await sql(
        school,
        "SELECT p.name FROM notices_line m JOIN people_person p ON p.id = m.person_id"
        " WHERE m.kind = ? ORDER BY p.name",
        kind,
    )
    return [name for (name,) in found]


# The ledger ----------------------------------------------------------------------------------


async def test_a_letter_has_a_row_for_each_guardian_of_each_child_it_concerns(
    school: School,
) -> None:
    own = await published(school)
    assert await rows(school, own) == {("김하늘", "이지우"), ("이준혁", "이지우")}
    everyone = await published(school, ALL, "최은영")
    assert await rows(school, everyone) == {
        ("김하늘", "이지우"),
        ("이준혁", "이지우"),
        ("김하늘", "이지호"),
        ("이도윤", "최하린"),
    }
    staff = await published(school, ("staff/role:principal",), "최은영")
    assert await rows(school, staff) == {("최은영", "최은영")}
    students = await published(school, (f"students/class:{school.class_id('3-2')}",))
    assert await rows(school, students) == {("이지우", "이지우"), ("박하준", "박하준")}


async def test_a_child_counts_once_however_many_guardians_read(school: School) -> None:
    letter = await published(school, ALL, "최은영")
    await opened(school, "김하늘", letter)
    await opened(school, "이준혁", letter)
    totals = (await seen_by(school, "최은영", letter)).totals
    assert (totals.sent, totals.opened) == (3, 2)  # 이지우, 이지호; 최하린 is missing


async def test_a_homeroom_teacher_sees_the_reach_of_their_own_class_only(school: School) -> None:
    letter = await published(school, ALL, "최은영")
    teacher = await school.client_as("박서연")
    shown = (await teacher.get(f"/newsletters/{letter}/reach")).text.partition("<main")[2]
    assert "이지우" in shown
    for other in ("이지호", "최하린", "이도윤"):
        assert other not in shown
    groups = (await seen_by(school, "박서연", letter)).classes
    assert [group.class_name for group in groups] == ["3학년 2반"]
    assert {group.class_name for group in (await seen_by(school, "오정숙", letter)).classes} == {
        "3학년 2반",
        "5학년 1반",
        "6학년 1반",
    }


async def test_why_somebody_cannot_be_reached_is_said_until_they_can(school: School) -> None:
    letter = await published(school, ALL, "최은영")
    await school.db.write(
        lambda tx: tx.execute(
            "UPDATE people_person SET has_phone = 0 WHERE id = ?", (school.id("이준혁"),)
        )
    )
    await school.db.write(
        lambda tx: tx.execute(
            "UPDATE signin_account SET closed_at = 1 WHERE account_id = ?", (school.id("이도윤"),)
        )
    )
    later = await published(school, ALL, "최은영")
    assert await reasons(school, letter) == dict.fromkeys(
        ("김하늘", "이준혁", "이도윤"), "never_signed_in"
    )
    assert await reasons(school, later) == {
        "김하늘": "never_signed_in",
        "이준혁": "no_phone",
        "이도윤": "no_account",
    }
    await opened(school, "이준혁", later)
    assert (await reasons(school, later))["이준혁"] == ""
    await school.client_as("김하늘")  # signed in, and has not opened this letter
    assert (await reasons(school, later))["김하늘"] == ""


async def test_slips_are_printed_for_children_nobody_can_be_reached_for(school: School) -> None:
    letter = await published(school)
    teacher = await school.client_as("박서연")
    address = f"/newsletters/{letter}/slips"
    assert "이지우" in (await teacher.get(address)).text.partition("<main")[2]
    await opened(school, "이준혁", letter)
    assert "이지우" not in (await teacher.get(address)).text.partition("<main")[2]
    assert (await (await school.client_as("김하늘")).get(address)).status == 404


async def test_a_family_that_handed_in_a_slip_is_reached_and_gets_no_other(school: School) -> None:
    form = await sent(school)
    await school.settled()
    ((letter,),) = await sql(school, "SELECT subject FROM forms_form")
    teacher = await school.client_as("박서연")
    before = await seen_by(school, "박서연", str(letter))
    slip = {"guardian": school.id("김하늘"), "answer_going": YES}
    done = await teacher.post(f"/forms/{form}/children/{school.id('이지우')}/paper", slip)
    assert done.status == 303
    await school.settled()
    after = await seen_by(school, "박서연", str(letter))
    assert (before.totals.unreachable, after.totals.unreachable) == (1, 0)
    slips = await teacher.get(f"/newsletters/{letter}/slips")
    assert "이지우" not in slips.text.partition("<main")[2]


async def test_a_family_that_comes_later_is_added_to_the_ledger(school: School) -> None:
    letter = await published(school)
    await school.db.write(
        lambda tx: school.people.roster.add_guardianship(
            tx, school.id("이도윤"), school.id("박하준"), "삼촌", may_sign=False
        )
    )
    await school.db.write(lambda tx: school.people.roster.families_changed(tx, "arrival"))
    await school.settled()
    assert ("이도윤", "박하준") in await rows(school, letter)
    assert len(await rows(school, letter)) == 3


async def test_an_answer_stands_in_the_ledger(school: School) -> None:
    form = await sent(school)
    await answer(school, await school.client_as("김하늘"), form)
    await school.settled()
    ((letter,),) = await sql(school, "SELECT subject FROM forms_form")
    view = await seen_by(school, "박서연", str(letter))
    assert (view.has_form, view.totals.answered, view.missing) == (True, 1, 0)


async def test_an_answer_stands_in_the_ledger_when_another_guardian_takes_over(
    school: School,
) -> None:
    form = await sent(school)
    await answer(school, await school.client_as("김하늘"), form)
    await school.settled()
    office, child = await school.asker("오정숙"), school.id("이지우")
    families = school.people.families
    await families.set_rights(
        office, school.id("이도윤"), child, relation="조부", may_read=True, may_sign=True
    )
    for former in ("김하늘", "이준혁"):
        await families.end_guardianship(office, school.id(former), child)
    await school.settled()
    ((letter,),) = await sql(school, "SELECT subject FROM forms_form")
    view = await seen_by(school, "박서연", str(letter))
    assert (view.totals.answered, view.missing) == (1, 0)


async def test_where_both_guardians_must_sign_the_other_one_is_reminded(school: School) -> None:
    father, child = school.id("이준혁"), school.id("이지우")
    roster = school.people.roster
    await school.db.write(
        lambda tx: roster.add_guardianship(tx, father, child, "부", may_sign=True)
    )
    form = await sent(school, both_guardians=True)
    await answer(school, await school.client_as("김하늘"), form)
    await school.settled()
    ((letter,),) = await sql(school, "SELECT subject FROM forms_form")
    view = await seen_by(school, "박서연", str(letter))
    assert (view.totals.answered, view.missing) == (0, 1)
    assert await notify(school).remind(await school.asker("박서연"), str(letter)) == 1
    assert await reminded(school) == ["이준혁"]
    await answer(school, await school.client_as("이준혁"), form, signature_typed="이준혁")
    await school.settled()
    view = await seen_by(school, "박서연", str(letter))
    assert (view.totals.answered, view.missing) == (1, 0)


async def test_a_form_asks_guardians_alone_though_its_letter_goes_to_others_too(
    school: School,
) -> None:
    desk, principal = letters(school).desk, await school.asker("최은영")
    form = FormDraft((GOING,), LegalBasis.NONE, deadline_at=school.clock.now() + DAY)
    keys = ("guardians", "staff", "students")
    content = Content("체험학습", "갑니다.", keys, msgspec.json.encode(form).decode())
    letter = await desk.create(principal, Sort.NEWSLETTER, content)
    form_id = (await desk.send(principal, letter)).form_id
    await school.settled()
    view = await seen_by(school, "최은영", letter)
    assert (view.totals.sent, view.totals.asked, view.missing) == (10, 3, 3)
    assert await notify(school).remind_before_deadlines() == 3
    assert await reminded(school, "deadline") == ["김하늘", "이도윤", "이준혁"]
    for guardian, child in (("김하늘", "이지우"), ("김하늘", "이지호"), ("이도윤", "최하린")):
        client = await school.client_as(guardian)
        await answer(school, client, form_id, child, signature_typed=guardian)
    await school.settled()
    view = await seen_by(school, "최은영", letter)
    assert (view.totals.answered, view.missing) == (3, 0)
    head = await school.client_as("최은영")
    shown = (await head.get(f"/newsletters/{letter}/reach")).text
    assert "모든 가정이 확인했습니다." in shown
    room = (await head.get(f"/newsletters/{letter}/reach?class_id={school.class_id('3-2')}")).text
    assert "3학년 2반 · 회신함 1 / 1" in room
    others = (await head.get(f"/newsletters/{letter}/reach?class_id=-")).text
    assert "그 밖의 받는 사람 · 읽음 0 / 6" in others


async def test_of_many_classes_the_page_names_people_of_the_one_that_is_chosen(
    school: School,
) -> None:
    desk, principal = school.app[NEWSLETTERS].desk, await school.asker("최은영")
    content = Content("전교", "내용", ("guardians", "students"))
    letter = await desk.create(principal, Sort.NEWSLETTER, content)
    await desk.send(principal, letter)
    await school.settled()
    head = await school.client_as("최은영")
    shown = (await head.get(f"/newsletters/{letter}/reach")).text
    assert "3학년 2반" in shown
    assert "이지우" not in shown
    room = f"?class_id={school.class_id('3-2')}"
    chosen = (await head.get(f"/newsletters/{letter}/reach/table{room}")).text
    assert "이지우" in chosen
    assert "최하린" not in chosen
    teacher = await school.client_as("박서연")
    assert "이지우" in (await teacher.get(f"/newsletters/{letter}/reach")).text


# Reminding -----------------------------------------------------------------------------------


async def test_only_those_who_are_missing_are_reminded_and_not_again_at_once(
    school: School,
) -> None:
    letter = await published(school, ALL, "최은영")
    await opened(school, "김하늘", letter)
    principal = await school.client_as("최은영")
    done = await principal.post(f"/newsletters/{letter}/remind")
    assert done.status == 303
    assert await reminded(school) == ["이도윤"]  # of 이지우 and 이지호 somebody has read it
    again = await principal.post(f"/newsletters/{letter}/remind")
    assert again.status == 409
    school.clock.advance(4 * HOUR)
    with pytest.raises(NobodyToRemind):
        await notify(school).remind(await school.asker("최은영"), letter)
    school.clock.advance(1)
    assert await notify(school).remind(await school.asker("최은영"), letter) == 1
    assert await reminded(school) == ["이도윤", "이도윤"]
    assert await sql(
        school, "SELECT actor_name FROM kit_audit WHERE action = 'notify:newsletter:remind'"
    ) == [("최은영",), ("최은영",)]


async def test_a_homeroom_teacher_reminds_their_own_class_only(school: School) -> None:
    letter = await published(school, ALL, "최은영")
    teacher = await school.asker("박서연")
    assert await notify(school).remind(teacher, letter) == 2
    assert await reminded(school) == ["김하늘", "이준혁"]
    with pytest.raises(NobodyToRemind):
        await notify(school).remind(teacher, letter, school.class_id("6-1"))
    assert await reminded(school) == ["김하늘", "이준혁"]


async def test_who_is_no_homeroom_teacher_any_more_reminds_nobody(school: School) -> None:
    """Their request began before the class had another."""
    letter = await published(school, ALL, "최은영")
    teacher, office = await school.asker("박서연"), await school.asker("오정숙")
    own = school.class_id("3-2")
    await school.people.classes.set_homeroom(office, own, school.id("한지민"))
    with pytest.raises(NotFound):
        await notify(school).remind(teacher, letter, own)
    assert await reminded(school) == []


async def test_a_reminder_waits_in_the_notifications_until_the_letter_is_opened(
    school: School,
) -> None:
    letter = await published(school)
    await notify(school).remind(await school.asker("박서연"), letter)
    guardian = await school.client_as("김하늘")
    assert "다시 알림" in (await guardian.get("/")).text
    await opened(school, "김하늘", letter)
    assert "다시 알림" not in (await guardian.get("/")).text
    assert "겨울방학 안내" in (await guardian.get("/notifications")).text
    stranger = await school.client_as("이도윤")
    assert "겨울방학 안내" not in (await stranger.get("/notifications")).text


async def reminding(school: School, *moments: int) -> list[int]:
    """How many people are reminded at these moments, each told twice to."""
    found = []
    for at in moments:
        school.clock.at = at
        found.append(await notify(school).remind_before_deadlines())
        assert await notify(school).remind_before_deadlines() == 0
    return found


async def test_three_days_one_day_and_three_hours_before_its_deadline_a_form_reminds(
    school: School,
) -> None:
    deadline = school.clock.now() + 5 * DAY + 8 * HOUR  # at five in the afternoon
    form = await sent(school, deadline_at=deadline)
    await school.settled()
    hours = (120, 72, 71, 25, 24, 23)
    told = await reminding(school, *(deadline - hour * HOUR for hour in hours))
    assert told == [0, 2, 0, 0, 2, 0]
    assert await reminded(school, "deadline") == ["김하늘", "이준혁"]  # the last one is enough
    school.clock.at = deadline - 4 * HOUR
    await answer(school, await school.client_as("김하늘"), form)
    await school.settled()
    assert await reminding(school, deadline - 3 * HOUR, deadline - HOUR, deadline + 1) == [0, 0, 0]


async def test_a_form_that_closes_at_midnight_reminds_before_the_quiet_hours(
    school: School,
) -> None:
    await sent(school, deadline_at=moment(2026, 11, 25, 23, 59))
    await school.settled()
    hours = ((7, 0), (20, 40), (20, 50), (21, 10))
    assert await reminding(school, *(moment(2026, 11, 25, *one) for one in hours)) == [2, 0, 2, 0]


async def test_what_fell_into_the_night_is_made_up_for_once_in_the_morning(
    school: School,
) -> None:
    await sent(school, deadline_at=moment(2026, 11, 27, 5, 0))
    await school.settled()
    first = moment(2026, 11, 24, 5, 0), moment(2026, 11, 24, 7, 0), moment(2026, 11, 24, 9, 0)
    assert await reminding(school, *first) == [0, 2, 0]
    last = moment(2026, 11, 26, 5, 0), moment(2026, 11, 26, 7, 0), moment(2026, 11, 27, 2, 0)
    assert await reminding(school, *last) == [0, 2, 0]


async def test_a_form_that_has_just_come_is_not_reminded_of_at_once(school: School) -> None:
    deadline = school.clock.now() + 8 * HOUR
    await sent(school, deadline_at=deadline)
    await school.settled()
    hours = (7, 5, 3)
    assert await reminding(school, *(deadline - hour * HOUR for hour in hours)) == [0, 0, 2]


async def test_who_was_told_that_a_deadline_moved_is_not_reminded_of_it_at_once(
    school: School,
) -> None:
    form = await sent(school, deadline_at=school.clock.now() + 4 * HOUR)
    await school.settled()
    until = school.clock.now() + 2 * DAY
    await school.app[FORMS].extend(await school.asker("박서연"), form, until)
    await school.settled()
    assert await reminding(school, school.clock.now(), until - DAY - HOUR, until - DAY) == [0, 0, 2]


async def test_where_both_must_sign_who_has_signed_is_reminded_no_more(school: School) -> None:
    await may_sign(school, "이준혁")
    form = await sent(school, deadline_at=school.clock.now() + 2 * DAY, both_guardians=True)
    await answer(school, await school.client_as("김하늘"), form)
    await school.settled()
    school.clock.advance(DAY)
    assert await notify(school).remind_before_deadlines() == 1
    assert await reminded(school, "deadline") == ["이준혁"]


async def test_who_has_answered_is_not_reminded_of_the_deadline(school: School) -> None:
    form = await sent(school, deadline_at=school.clock.now() + DAY)
    await answer(school, await school.client_as("김하늘"), form)
    await school.settled()
    assert await notify(school).remind_before_deadlines() == 0
    assert await reminded(school, "deadline") == []


async def test_nobody_is_reminded_of_a_deadline_at_night(school: School) -> None:
    await sent(school, deadline_at=moment(2026, 11, 24, 8, 0))
    await school.settled()
    school.clock.at = moment(2026, 11, 23, 21, 30)
    assert await notify(school).remind_before_deadlines() == 0
    school.clock.at = moment(2026, 11, 24, 7, 0)
    assert await notify(school).remind_before_deadlines() == 2


@pytest.mark.parametrize(
    ("at", "allowed"),
    [
        (moment(2026, 11, 23, 7, 0), moment(2026, 11, 23, 7, 0)),
        (moment(2026, 11, 23, 20, 59), moment(2026, 11, 23, 20, 59)),
        (moment(2026, 11, 23, 21, 0) + 61_001, moment(2026, 11, 24, 7, 0)),
        (moment(2026, 11, 23, 0, 0), moment(2026, 11, 23, 7, 0)),
        (moment(2026, 12, 31, 23, 59), moment(2027, 1, 1, 7, 0)),
        (moment(2026, 11, 23, 6, 59) + 59_999, moment(2026, 11, 23, 7, 0)),
    ],
)
def test_quiet_hours_last_from_nine_to_seven(at: int, allowed: int) -> None:
    assert QuietHours().next_allowed(at) == allowed


async def test_a_correction_tells_those_who_read_the_earlier_wording(school: School) -> None:
    letter = await published(school)
    await opened(school, "김하늘", letter)
    await letters(school).corrections.correct(
        await school.asker("박서연"), letter, "겨울방학 안내", "고친 내용", "날짜"
    )
    await school.settled()
    assert await reminded(school, "corrected") == ["김하늘"]


async def test_who_may_approve_hears_of_what_waits_and_the_author_of_what_came_back(
    school: School,
) -> None:
    desk = letters(school).desk
    author, principal = await school.asker("박서연"), await school.asker("최은영")
    draft = await desk.create(author, Sort.NEWSLETTER, Content("학예회", "내용", ALL))
    await desk.send(author, draft)
    await school.settled()
    assert await reminded(school, "to_approve") == ["윤태식", "최은영"]
    await desk.send_back(principal, draft, "날짜를 확인해 주세요.")
    await school.settled()
    assert await reminded(school, "returned") == ["박서연"]


# Mail ----------------------------------------------------------------------------------------


@pytest.fixture
async def posted(tmp_path: Path, clock: ManualClock) -> AsyncIterator[PostedSchool]:
    async for one in posted_school(tmp_path, clock):
        yield one


async def test_a_letter_arrives_by_mail_as_a_title_and_a_link_only(posted: PostedSchool) -> None:
    await posted.addresses(김하늘="haneul@home.test")
    letter = await published(posted.school)
    assert await posted.send()
    (mail,) = posted.office.received
    assert mail["To"] == "haneul@home.test"
    assert mail["Subject"] == "[한빛초등학교] 겨울방학 안내"
    assert "school@hanbit.test" in mail["From"]
    assert mail["Auto-Submitted"] == "auto-generated"
    text = mail.get_content()
    assert f"http://hanbit.test/newsletters/{letter}" in text
    for private in ("이지우", "김하늘", "내용"):
        assert private not in text
    assert await posted.send()
    assert len(posted.office.received) == 1


async def test_mail_is_written_in_the_language_of_whoever_reads_it(posted: PostedSchool) -> None:
    await posted.addresses(김하늘="haneul@home.test")
    school = posted.school
    await school.db.write(
        lambda tx: tx.execute("UPDATE people_person SET language = 'en' WHERE name = '김하늘'")
    )
    letter = await published(school)
    await notify(school).remind(await school.asker("박서연"), letter)
    await posted.send()
    assert any("Reminder" in str(mail["Subject"]) for mail in posted.office.received)


async def test_at_night_mail_waits_for_the_morning(posted: PostedSchool) -> None:
    await posted.addresses(김하늘="haneul@home.test")
    posted.school.clock.at = moment(2026, 11, 23, 22, 0)
    await published(posted.school)
    await posted.send()
    assert posted.office.received == []
    posted.school.clock.at = moment(2026, 11, 24, 7, 0)
    await posted.send()
    assert posted.office.addressees == ["haneul@home.test"]


async def test_an_address_that_is_refused_stands_in_the_ledger_and_is_not_tried_again(
    posted: PostedSchool,
) -> None:
    await posted.addresses(김하늘="gone@home.test", 이준혁="father@home.test")
    posted.office.answers["gone@home.test"] = "550 5.1.1 no such user"
    letter = await published(posted.school)
    assert await posted.send()
    assert posted.office.addressees == ["father@home.test"]
    assert (await reasons(posted.school, letter))["김하늘"] == "mail_refused"
    teacher = await posted.school.client_as("박서연")
    assert "이메일 반송됨" in (await teacher.get(f"/newsletters/{letter}/reach")).text
    posted.school.clock.advance(DAY)
    await posted.send()
    assert await posted.states() == [("father@home.test", 1, 1, 0), ("gone@home.test", 1, 0, 1)]
    await opened(posted.school, "김하늘", letter)
    assert (await reasons(posted.school, letter))["김하늘"] == ""


async def test_a_server_that_asks_for_patience_is_tried_again_later(posted: PostedSchool) -> None:
    await posted.addresses(김하늘="slow@home.test")
    posted.office.answers["slow@home.test"] = "451 4.7.1 greylisted"
    letter = await published(posted.school)
    await posted.send()
    await posted.send()
    assert await posted.states() == [("slow@home.test", 1, 0, 0)]
    assert (await reasons(posted.school, letter))["김하늘"] != "mail_refused"
    posted.office.answers.clear()
    posted.school.clock.advance(5 * MINUTE)
    await posted.send()
    assert posted.office.addressees == ["slow@home.test"]
    assert await posted.states() == [("slow@home.test", 2, 1, 0)]


async def test_patience_ends_after_six_attempts(posted: PostedSchool) -> None:
    await posted.addresses(김하늘="slow@home.test")
    posted.office.answers["slow@home.test"] = "451 4.7.1 greylisted"
    letter = await published(posted.school)
    for _attempt in range(8):
        await posted.send()
        posted.school.clock.advance(DAY)
    assert await posted.states() == [("slow@home.test", 6, 0, 1)]
    assert (await reasons(posted.school, letter))["김하늘"] == "mail_refused"


@pytest.mark.parametrize(
    "address", ["full@home.test", "two words@home.test", "한글@home.test", "a\nb@home.test"]
)
async def test_one_mail_that_cannot_be_delivered_does_not_hold_up_the_others(
    posted: PostedSchool, address: str
) -> None:
    await posted.addresses(김하늘=address, 이준혁="father@home.test", 이도윤="other@home.test")
    posted.office.data_answers["full@home.test"] = "554 5.2.2 rejected after DATA"
    await published(posted.school, ALL, "최은영")
    for _time in range(2):
        assert await posted.send()
    good = {"father@home.test", "other@home.test"}
    assert good <= set(posted.office.addressees)
    assert {row[0] for row in await posted.states() if row[2]} >= good
    assert all(row[2] or row[3] for row in await posted.states())


async def test_a_mail_server_that_is_away_loses_no_mail(posted: PostedSchool) -> None:
    await posted.addresses(김하늘="haneul@home.test")
    await published(posted.school)
    posted.controller.stop()
    assert not await posted.send()
    state = [job for job in await posted.school.app[JOBS].states() if job.name == "notify.mail"]
    assert state[0].last_error
    assert await posted.states() == [("haneul@home.test", 0, 0, 0)]
    posted.reopen()
    assert await posted.send()
    assert posted.office.addressees == ["haneul@home.test"]
