"""What reaches many is done a few people at a time: nobody is forgotten, nobody told twice, and each
step costs the people it goes through, whatever the school has sent before."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from kit.clock import DAY, HOUR
from kit.db import Tx
from kit.outbox import Outbox, Step, Steps
from kit.web.keys import DB, OUTBOX
from node.forms.web import FORMS
from node.newsletters.model import NewsletterPublished, Publication, Sort
from node.notices import service as notices_service
from node.notices.web import NOTICES
from node.notify import jobs, ledger_store, reactions, service
from node.people.model import FamiliesChanged, NewPerson, Role
from tests.node.conftest import School
from tests.node.test_form_wordings import corrected
from tests.node.test_forms import answer, sent, sql
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
from tests.node.test_told_as_it_is import letter_of

WHOLE = {("김하늘", "이지우"), ("이준혁", "이지우"), ("김하늘", "이지호"), ("이도윤", "최하린")}


@pytest.fixture
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step goes through one person."""
    for module in (reactions, service):
        monkeypatch.setattr(module, "PORTION", 1)
    monkeypatch.setattr(reactions, "OPENING_PORTION", 1)
    monkeypatch.setattr(reactions, "LATE_PORTION", 1)


async def ledger_size(school: School) -> int:
    return int((await sql(school, "SELECT count(*) FROM notify_reached"))[0][0])


async def cost(school: School, unit: Callable[[Tx], object]) -> int:
    """How many instructions of its machine SQLite runs for a unit that writes."""

    def counted(tx: Tx) -> int:
        raw: Any = tx._connection
        count = 0

        def step() -> int:
            nonlocal count
            count += 1
            return 0

        raw.raw.set_progress_handler(step, 1)
        try:
            unit(tx)
        finally:
            raw.raw.set_progress_handler(None, 0)
        return count

    return await school.db.write(counted)


# A letter and its ledger ------------------------------------------------------------------------


@pytest.mark.usefixtures("one_by_one")
async def test_a_letter_reaches_everybody_though_each_step_looks_at_one_person(
    school: School,
) -> None:
    assert await rows(school, await published(school, ALL, "최은영")) == WHOLE


@pytest.mark.usefixtures("one_by_one")
async def test_a_server_that_stops_between_two_steps_goes_on_with_the_next_person(
    school: School,
) -> None:
    taken: list[str] = []
    failed = threading.Event()

    def until_the_power_fails(tx: Tx, event: Any, at: str | None) -> str | None:
        if len(taken) == 4:
            failed.set()
            raise RuntimeError("the power fails")
        following = notify(school).reactions.letter_published(tx, event, at)
        taken.append(following or "")
        return following

    await school.app[OUTBOX].stop()
    failing = await started(school, until_the_power_fails)
    publication = Publication(Sort.NEWSLETTER, "겨울방학 안내", "내용", ALL)
    asker = await school.asker("최은영")
    letter = await school.db.write(lambda tx: letters(school).publish_now(tx, asker, publication))
    await asyncio.to_thread(failed.wait)
    await failing.stop()
    begun = await ledger_size(school)
    assert begun < len(WHOLE)

    going_on = await started(school, notify(school).reactions.letter_published)
    await going_on.drained()
    await going_on.stop()
    assert await rows(school, str(letter)) == WHOLE
    assert await ledger_size(school) == len(WHOLE)


async def started(school: School, step: Step) -> Outbox:
    """The school's subscriber, which opens ledgers by `step`."""
    outbox = Outbox(school.app[DB], school.clock)
    handlers = dict(jobs.subscriptions(notify(school), school.app[NOTICES]))
    handlers[NewsletterPublished] = Steps(step)
    outbox.subscribe("notify", handlers)
    await outbox.start()
    return outbox


async def test_whoever_opens_a_letter_changes_nothing_in_its_ledger(school: School) -> None:
    letter = await published(school, ALL, "최은영")
    before = await sql(school, "SELECT * FROM notify_reached")
    await opened(school, "김하늘", letter)
    assert await sql(school, "SELECT * FROM notify_reached") == before
    assert (await seen_by(school, "최은영", letter)).totals.opened == 2


# Who comes later ----------------------------------------------------------------------------------


async def test_a_change_of_one_guardian_adds_the_rows_of_this_guardian_alone(
    school: School,
) -> None:
    letter = await published(school, ALL, "최은영")
    roster = school.people.roster

    def come(tx: Tx) -> None:
        for guardian, child in (("이도윤", "박하준"), ("이준혁", "이지호")):
            roster.add_guardianship(tx, school.id(guardian), school.id(child), "삼촌")
        roster.families_changed(tx, "guardian", [school.id("이도윤")])

    await school.db.write(come)
    await school.settled()
    assert await rows(school, letter) == WHOLE | {("이도윤", "박하준")}


@pytest.mark.usefixtures("one_by_one")
async def test_a_student_who_is_named_stands_for_their_guardians(school: School) -> None:
    room = await published(school, (f"guardians/class:{school.class_id('3-1')}",), "최은영")
    office = await school.asker("오정숙")
    await school.people.families.move_student(
        office, school.id("이지우"), school.class_id("3-1"), 1
    )
    await school.settled()
    assert await rows(school, room) == {("김하늘", "이지우"), ("이준혁", "이지우")}


@pytest.mark.usefixtures("one_by_one")
async def test_where_nobody_is_named_everybody_is_added_to_the_letters_of_sixty_days(
    school: School,
) -> None:
    old = await published(school, ALL, "최은영")
    school.clock.advance(61 * DAY)
    recent = [await published(school, ALL, "최은영") for _time in range(2)]
    roster = school.people.roster

    def come(tx: Tx) -> None:
        roster.add_guardianship(tx, school.id("이도윤"), school.id("박하준"), "삼촌")
        roster.families_changed(tx, "year")

    await school.db.write(come)
    await school.settled()
    assert await rows(school, old) == WHOLE
    for letter in recent:
        assert await rows(school, letter) == WHOLE | {("이도윤", "박하준")}


async def test_who_comes_to_the_staff_later_is_reached_by_what_went_to_the_staff(
    school: School,
) -> None:
    letter = await published(school, ("staff/department:연구부",), "최은영")
    await school.people.add_staff(
        await school.asker("정민호"), NewPerson(name="문소리"), "교사", "연구부", ""
    )
    await school.settled()
    assert await rows(school, letter) == {("한지민", "한지민"), ("문소리", "문소리")}


async def test_what_a_changed_guardian_costs_does_not_grow_with_letters_of_others_and_of_years(
    school: School,
) -> None:
    event = FamiliesChanged("rights", (school.id("이도윤"),))
    await published(school, ALL, "최은영")

    def follow(tx: Tx) -> None:
        assert notify(school).reactions.families_changed(tx, event, None) is None

    await cost(school, follow)  # what is prepared once is not counted
    before = await cost(school, follow)
    school.clock.advance(-100 * DAY)
    for _time in range(15):
        await published(school, ALL, "최은영")
    school.clock.advance(100 * DAY)
    for _time in range(15):
        await published(school, (f"guardians/class:{school.class_id('3-2')}", "staff"), "최은영")
    assert await cost(school, follow) <= before * 1.1


async def test_what_a_class_notice_costs_does_not_grow_with_the_school_and_its_letters(
    school: School,
) -> None:
    key = f"guardians/class:{school.class_id('3-2')}"

    async def of_a_notice() -> int:
        letter = await published(school, (key,))
        return await cost(
            school,
            lambda tx: reactions._open_portion(
                tx, letter, ledger_store.open_ledger(tx, letter, 0), ""
            ),
        )

    await of_a_notice()
    before = await of_a_notice()
    roster = school.people.roster

    def grow(tx: Tx) -> None:
        room = roster.add_class(tx, 2026, 4, 1)
        for number in range(40):
            child = roster.add_student(tx, NewPerson(name=f"아이{number}"), room, number + 1)
            mother = roster.add_person(tx, NewPerson(name=f"엄마{number}"))
            roster.add_guardianship(tx, mother, child, "모")
            roster.add_staff(
                tx, NewPerson(name=f"교사{number}"), "교사", "연구부", "", (Role.TEACHER,)
            )

    await school.db.write(grow)
    for _time in range(10):
        await published(school, ALL, "최은영")
    assert await of_a_notice() <= before * 1.1


# Telling many -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("one_by_one")
async def test_whoever_is_reminded_in_portions_hears_it_once_and_it_is_noted_once(
    school: School,
) -> None:
    letter = await published(school, ALL, "최은영")
    assert await notify(school).remind(await school.asker("최은영"), letter) == 3
    assert await reminded(school) == ["김하늘", "이도윤", "이준혁"]
    noted = "SELECT json_extract(detail, '$.people') FROM kit_audit WHERE action LIKE '%:remind'"
    assert await sql(school, noted) == [(3,)]


async def test_what_became_of_mail_is_forgotten_after_a_term_and_what_waits_is_not(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices_service, "FORGOTTEN", 2)
    letter, now = await published(school), school.clock.now()

    def mail(tx: Tx) -> None:
        for name, sent_at, at in (
            *(("waits", None, now), ("old", now, now), ("older", now - DAY, now - DAY)),
            *(("young", now + DAY, now), ("last", now, now + DAY)),
        ):
            tx.execute(
                "INSERT INTO notices_mail (id, about, person_id, address, kind, sent_at,"
                " not_before_at) VALUES (?, ?, '', '', 'published', ?, ?)",
                (name, letter, sent_at, at),
            )

    await school.db.write(mail)
    school.clock.advance(180 * DAY + 1)
    await school.app[NOTICES].forget_mail()
    kept = await sql(school, "SELECT id FROM notices_mail ORDER BY rowid")
    assert [name for (name,) in kept] == ["waits", "young"]


@pytest.mark.usefixtures("one_by_one")
async def test_a_reminder_that_was_cut_off_reaches_the_others_and_nobody_twice(
    school: School,
) -> None:
    form = await sent(school, ALL, deadline_at=school.clock.now() + DAY)
    await school.settled()
    subject = await letter_of(school, form)
    first = await school.db.write(lambda tx: notify(school)._deadline_portion(form, subject, 0, tx))
    assert first[0] == 1
    assert first[1] > 0  # others are to follow when the server stops
    assert await notify(school).remind_before_deadlines() == 2
    assert await reminded(school, "deadline") == ["김하늘", "이도윤", "이준혁"]
    assert await notify(school).remind_before_deadlines() == 0


@pytest.mark.usefixtures("one_by_one")
async def test_a_moved_deadline_is_told_to_who_still_owes_an_answer(school: School) -> None:
    form = await sent(school, ALL)
    doyun = await school.client_as("이도윤")
    await answer(school, doyun, form, "최하린", signature_typed="이도윤")
    await school.settled()
    until = school.clock.now() + 5 * DAY
    await school.app[FORMS].extend(await school.asker("최은영"), form, until)
    await school.settled()
    assert await reminded(school, "moved") == ["김하늘", "이준혁"]


@pytest.mark.usefixtures("one_by_one")
async def test_who_is_asked_anew_hears_it_each_and_owes_again(school: School) -> None:
    form = await sent(school)
    await answer(school, await school.client_as("김하늘"), form)
    await school.settled()
    school.clock.advance(HOUR)
    await corrected(school, form, question="anew")
    await school.settled()
    assert await reminded(school, "asked_anew") == ["김하늘", "이준혁"]
    view = await seen_by(school, "박서연", await letter_of(school, form))
    assert (view.totals.answered, view.missing) == (0, 1)


@pytest.mark.usefixtures("one_by_one")
async def test_a_correction_is_told_to_each_reader_of_the_earlier_wording(school: School) -> None:
    letter = await published(school, ALL, "최은영")
    for name in ("김하늘", "이도윤", "박서연"):
        await opened(school, name, letter)
    asker = await school.asker("최은영")
    await letters(school).corrections.correct(asker, letter, "겨울방학 안내", "고친 내용", "날짜")
    await school.settled()
    assert await reminded(school, "corrected") == ["김하늘", "박서연", "이도윤"]
