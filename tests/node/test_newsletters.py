"""Newsletters and class notices: written, approved, published, corrected, withdrawn, read."""

import re
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from kit.clock import DAY, HOUR, MINUTE, ManualClock, moment
from kit.db import Row, Tx, Value, encode
from kit.problem import Forbidden, NotFound
from node.forms.model import FormDraft
from node.newsletters.model import (
    BadAudience,
    Content,
    Incomplete,
    LetterVerb,
    Publication,
    ReasonNeeded,
    Sort,
    State,
    WrongState,
    next_state,
)
from node.newsletters.service import Filter, today
from node.questions.model import Field, FieldKind, LegalBasis
from tests.node.village import ALL_3_2, Village

SCHOOL = ("guardians",)


@pytest.fixture
async def village(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Village]:
    opened = Village(tmp_path, clock)
    await opened.open()
    yield opened
    await opened.close()


# Writing and deciding ------------------------------------------------------------------------


async def test_a_homeroom_teacher_writes_to_their_own_class_at_once(village: Village) -> None:
    letter = await village.sent("park", "내일 준비물")
    assert letter.state == State.PUBLISHED
    assert await village.titles("haneul") == ["내일 준비물"]
    assert await village.titles("doyun") == []


async def test_a_letter_to_the_school_waits_for_the_principal(village: Village) -> None:
    letter = await village.sent("park", "학예회 안내", keys=SCHOOL)
    assert letter.state == State.SUBMITTED
    assert await village.titles("haneul") == []
    principal = await village.asker("han")
    view = await village.newsletters.desk.view(principal)
    assert [line.title for line in view.submitted] == ["학예회 안내"]
    out = await village.newsletters.desk.approve(principal, letter.id)
    assert (out.state, out.number, out.approver_name) == (State.PUBLISHED, 1, "한지민")
    assert await village.titles("haneul") == ["학예회 안내"]


async def test_another_class_is_not_the_teachers_to_decide(village: Village) -> None:
    letter = await village.sent("park", "옆 반에", keys=("guardians/class:c31",))
    assert letter.state == State.SUBMITTED
    assert await village.titles("doyun") == []


async def test_only_an_approver_approves(village: Village) -> None:
    letter = await village.sent("park", "학예회 안내", keys=SCHOOL)
    for outsider, refusal in (("jung", Forbidden), ("haneul", NotFound)):
        with pytest.raises(refusal):
            await village.newsletters.desk.approve(await village.asker(outsider), letter.id)
    assert await village.sql("SELECT state, version FROM newsletters_newsletter") == [
        ("submitted", 0)
    ]


async def test_a_returned_letter_comes_back_with_its_reason(village: Village) -> None:
    letter = await village.sent("park", "학예회 안내", keys=SCHOOL)
    desk = village.newsletters.desk
    principal, teacher = await village.asker("han"), await village.asker("park")
    with pytest.raises(ReasonNeeded):
        await desk.send_back(principal, letter.id, "  ")
    await desk.send_back(principal, letter.id, "날짜를 확인해 주세요.")
    draft = await desk.draft(teacher, letter.id)
    assert (draft.state, draft.remark) == (State.DRAFT, "날짜를 확인해 주세요.")
    assert await village.sql("SELECT count(*) FROM approval_returned") == [(0,)]  # nobody reads it
    assert (await desk.send(teacher, letter.id)).state == State.SUBMITTED


async def test_guardians_write_nothing(village: Village) -> None:
    guardian = await village.asker("haneul")
    with pytest.raises(NotFound):
        await village.newsletters.desk.create(guardian, Sort.NEWSLETTER)
    assert await village.sql("SELECT count(*) FROM newsletters_newsletter") == [(0,)]


async def test_an_unfinished_letter_is_kept_but_not_sent(village: Village) -> None:
    teacher = await village.asker("park")
    desk = village.newsletters.desk
    draft = await desk.create(teacher, Sort.NEWSLETTER)
    await desk.save(teacher, draft, Content("제목만", ""))
    with pytest.raises(Incomplete):
        await desk.send(teacher, draft)
    assert (await desk.draft(teacher, draft)).title == "제목만"


async def test_nobody_touches_the_draft_of_another(village: Village) -> None:
    draft = await village.newsletters.desk.create(await village.asker("park"), Sort.NEWSLETTER)
    for outsider in ("kim", "han", "haneul"):
        asker = await village.asker(outsider)
        with pytest.raises(NotFound):
            await village.newsletters.desk.save(asker, draft, Content("내 것", "x"))
        with pytest.raises(NotFound):
            await village.newsletters.read(asker, draft)
    assert await village.sql("SELECT title FROM newsletters_newsletter") == [("",)]


async def test_an_unknown_audience_is_refused(village: Village) -> None:
    teacher = await village.asker("park")
    for key in ("everyone", "guardians/planet:mars", ""):
        with pytest.raises(BadAudience):
            await village.newsletters.desk.create(
                teacher, Sort.NEWSLETTER, Content("a", "b", (key,))
            )
    assert await village.sql("SELECT count(*) FROM newsletters_newsletter") == [(0,)]


def test_every_state_knows_what_may_follow() -> None:
    assert next_state(State.DRAFT, LetterVerb.SUBMIT) is State.SUBMITTED
    assert next_state(State.SCHEDULED, LetterVerb.PUBLISH) is State.PUBLISHED
    for state, act in (
        (State.PUBLISHED, LetterVerb.PUBLISH),
        (State.SUBMITTED, LetterVerb.PUBLISH),
        (State.SUBMITTED, LetterVerb.EDIT),
        (State.WITHDRAWN, LetterVerb.PUBLISH),
        (State.DRAFT, LetterVerb.WITHDRAW),
    ):
        with pytest.raises(WrongState):
            next_state(state, act)


# Numbers and time ----------------------------------------------------------------------------


async def test_numbers_count_within_the_school_year(village: Village) -> None:
    principal = await village.asker("han")
    publication = Publication(Sort.NEWSLETTER, "제목", "내용", SCHOOL)

    days = (moment(2026, 3, 4), moment(2026, 11, 1), moment(2027, 2, 27), moment(2027, 3, 2))

    def load(tx: Tx) -> None:
        for at in days:
            village.newsletters.publish_now(tx, principal, publication, at=at)

    await village.db.write(load)
    notice = Publication(Sort.CLASS_NOTICE, "알림", "내용", SCHOOL)
    await village.db.write(lambda tx: village.newsletters.publish_now(tx, principal, notice))
    assert await village.sql(
        "SELECT year, number FROM newsletters_newsletter ORDER BY published_at"
    ) == [(2026, 1), (2026, 2), (2026, None), (2026, 3), (2027, 1)]


async def test_a_scheduled_letter_goes_out_once_at_its_hour(village: Village) -> None:
    teacher = await village.asker("park")
    desk = village.newsletters.desk
    at = village.clock.now() + HOUR
    draft = await desk.create(
        teacher, Sort.CLASS_NOTICE, Content("내일", "준비물", ("guardians/class:c32",), "", at)
    )
    assert (await desk.send(teacher, draft)).state == State.SCHEDULED
    assert await desk.publish_due() == 0
    assert await village.titles("haneul") == []
    village.clock.advance(HOUR)
    assert [await desk.publish_due(), await desk.publish_due()] == [1, 0]
    assert await village.titles("haneul") == ["내일"]
    assert await village.sql(
        "SELECT count(*) FROM kit_event WHERE tag = 'newsletter.published'"
    ) == [(1,)]


async def test_a_scheduled_letter_can_be_taken_off_and_edited_first(village: Village) -> None:
    letter_at = village.clock.now() + DAY
    teacher, principal = await village.asker("park"), await village.asker("han")
    desk = village.newsletters.desk
    draft = await desk.create(
        teacher, Sort.NEWSLETTER, Content("예약", "내용", SCHOOL, "", letter_at)
    )
    await desk.send(teacher, draft)
    assert (await desk.approve(principal, draft)).state == State.SCHEDULED
    await desk.recall(teacher, draft)
    assert (await desk.draft(teacher, draft)).state == State.APPROVED
    await desk.save(teacher, draft, Content("바꾼 글", "내용", SCHOOL))
    # What was approved is not what is there now: it must be approved again.
    assert (await desk.send(teacher, draft)).state == State.SUBMITTED


# Correction and withdrawal -------------------------------------------------------------------


async def test_a_correction_shows_what_changed(village: Village) -> None:
    letter = await village.sent("park", "준비물", "색연필\n풀")
    teacher, guardian = await village.asker("park"), await village.asker("haneul")
    done = await village.newsletters.corrections.correct(
        teacher, letter.id, "준비물", "색연필\n가위", "준비물이 바뀜"
    )
    assert done
    reading = await village.newsletters.read(guardian, letter.id)
    assert (reading.letter.version, reading.version.reason) == (2, "준비물이 바뀜")
    assert "가위" in reading.html
    _letter, revisions = await village.newsletters.history(guardian, letter.id)
    changed = [(c.kind, c.text) for c in revisions[0].changes if c.kind != "same"]
    assert changed == [("removed", "풀"), ("added", "가위")]
    assert [r.version.body for r in revisions] == ["색연필\n가위", "색연필\n풀"]


async def test_who_may_not_decide_proposes_a_correction(village: Village) -> None:
    letter = await village.sent("park", "학예회", "강당", keys=SCHOOL)
    teacher, principal = await village.asker("park"), await village.asker("han")
    desk = village.newsletters.desk
    await desk.approve(principal, letter.id)
    assert not await village.newsletters.corrections.correct(
        teacher, letter.id, "학예회", "체육관", "장소 변경"
    )
    assert (await village.newsletters.read(teacher, letter.id)).version.body == "강당"
    assert [p.reason for p in (await desk.view(principal)).proposals] == ["장소 변경"]
    with pytest.raises(Forbidden):
        await village.newsletters.corrections.approve(teacher, letter.id)
    await village.newsletters.corrections.approve(principal, letter.id)
    reading = await village.newsletters.read(await village.asker("haneul"), letter.id)
    assert (reading.version.body, reading.version.author_name) == ("체육관", "박선아")
    assert (await desk.view(principal)).proposals == []


async def test_who_proposed_a_correction_that_came_back_finds_the_reason_and_their_words(
    village: Village,
) -> None:
    letter = await village.sent("park", "학예회", "강당", keys=SCHOOL)
    teacher, principal = await village.asker("park"), await village.asker("han")
    desk, corrections = village.newsletters.desk, village.newsletters.corrections
    await desk.approve(principal, letter.id)
    await corrections.correct(teacher, letter.id, "학예회", "체육관", "장소 변경")
    await desk.send_back(principal, letter.id, "체육관은 공사 중입니다.")

    ((proposed, why),) = (await desk.view(teacher)).returned
    assert (proposed.newsletter_id, why.by_name) == (letter.id, "한지민")
    assert why.reason == "체육관은 공사 중입니다."
    again = await corrections.correctable(teacher, letter.id)
    assert again.returned is not None
    assert (again.returned.body, again.returned.reason) == ("체육관", "장소 변경")
    seen = await desk.view(principal)
    assert (seen.proposals, seen.returned) == ([], [])
    reading = await village.newsletters.read(principal, letter.id)
    assert (reading.proposal, reading.returned) == (None, None)
    with pytest.raises(WrongState):
        await corrections.approve(principal, letter.id)

    await corrections.correct(principal, letter.id, "학예회", "시청각실", "장소 변경")
    ((proposed, _why),) = (await desk.view(teacher)).returned
    assert proposed.body == "체육관"  # the approver's own correction leaves them their words

    await corrections.correct(teacher, letter.id, "학예회", "운동장", "장소 변경")
    assert (await desk.view(teacher)).returned == []
    assert [one.body for one in (await desk.view(principal)).proposals] == ["운동장"]
    await corrections.approve(principal, letter.id)
    assert (await corrections.correctable(teacher, letter.id)).returned is None


async def test_a_withdrawn_letter_leaves_its_reason_only(village: Village) -> None:
    letter = await village.sent("park", "잘못 보냄", "비밀")
    guardian = await village.asker("haneul")
    corrections = village.newsletters.corrections
    with pytest.raises(Forbidden):
        await corrections.withdraw(await village.asker("kim"), letter.id, "아무나")
    await corrections.withdraw(await village.asker("park"), letter.id, "다른 반 글입니다.")
    assert await village.titles("haneul") == []
    reading = await village.newsletters.read(guardian, letter.id)
    assert (reading.letter.state, reading.letter.remark) == ("withdrawn", "다른 반 글입니다.")
    with pytest.raises(NotFound):
        await village.newsletters.history(guardian, letter.id)
    assert await village.sql("SELECT * FROM newsletters_v_audience") == []


async def test_a_withdrawn_letter_closes_its_form(village: Village) -> None:
    form = FormDraft(
        fields=(Field("going", FieldKind.CONSENT, "참가에 동의합니까?"),),
        legal_basis=LegalBasis.NONE,
        deadline_at=village.clock.now() + DAY,
    )
    teacher, guardian = await village.asker("park"), await village.asker("haneul")
    desk = village.newsletters.desk
    draft = await desk.create(
        teacher,
        Sort.NEWSLETTER,
        Content("체험학습", "내용", ("guardians/class:c32",), encode(form)),
    )
    letter = await desk.send(teacher, draft)
    shown = (await village.newsletters.read(guardian, letter.id)).form
    assert shown is not None
    assert [child.may_sign for child in shown.children] == [True]
    await village.newsletters.corrections.withdraw(teacher, letter.id, "취소되었습니다.")
    closed = await village.newsletters.forms.view(guardian, letter.form_id)
    assert not closed.is_open


# Reading -------------------------------------------------------------------------------------


async def test_the_newest_letter_stands_first_read_or_not_and_opening_is_noted_once(
    village: Village,
) -> None:
    older = await village.sent("park", "먼저")
    village.clock.advance(MINUTE)
    newer = await village.sent("park", "나중")
    guardian = await village.asker("haneul")
    await village.newsletters.open(guardian, newer.id)
    village.clock.advance(MINUTE)
    await village.newsletters.open(guardian, newer.id)
    assert await village.titles("haneul") == ["나중", "먼저"]
    assert await village.sql("SELECT newsletter_id, person_id FROM newsletters_opening") == [
        (newer.id, "haneul")
    ]
    assert await village.sql("SELECT count(*) FROM kit_event WHERE tag = 'newsletter.opened'") == [
        (1,)
    ]
    page = await village.newsletters.listing(guardian, Filter())
    assert [(line.id, line.opened_at is None) for line in page.lines] == [
        (newer.id, False),
        (older.id, True),
    ]


async def test_a_guardian_sees_for_which_child_a_letter_is(village: Village) -> None:
    await village.sent("park", "3학년 2반")
    await village.sent("jung", "5학년 1반", keys=("guardians/class:c51",))
    await village.sent("han", "모두에게", keys=SCHOOL)
    guardian = await village.asker("haneul")
    found = await village.newsletters.listing(guardian, Filter())
    assert {line.title: line.children for line in found.lines} == {
        "3학년 2반": "이새봄",
        "5학년 1반": "이가람",
        "모두에게": "이가람, 이새봄",
    }
    of_one = await village.newsletters.listing(guardian, Filter(child="garam"))
    assert {line.title for line in of_one.lines} == {"5학년 1반", "모두에게"}
    strange = await village.newsletters.listing(guardian, Filter(child="jiwoo"))
    assert strange.lines == []


async def test_staff_read_what_goes_to_families_but_not_what_goes_to_other_staff(
    village: Village,
) -> None:
    family = await village.sent("park", "가정에")
    office = await village.sent("han", "행정실에", keys=("staff/department:행정실",))
    assert await village.titles("kim") == ["가정에"]
    assert set(await village.titles("oh")) == {"가정에", "행정실에"}
    with pytest.raises(NotFound):
        await village.newsletters.read(await village.asker("kim"), office.id)
    with pytest.raises(NotFound):
        await village.newsletters.read(await village.asker("doyun"), family.id)
    assert await village.sql("SELECT count(*) FROM newsletters_opening") == [(0,)]


async def test_a_right_that_ended_ends_the_reading(village: Village) -> None:
    letter = await village.sent("park", "우리 반")
    await village.db.write(
        lambda tx: tx.execute(
            "UPDATE people_guardianship SET may_read = 0 WHERE student_id = 'saebom'"
        )
    )
    with pytest.raises(NotFound):
        await village.newsletters.open(await village.asker("haneul"), letter.id)
    assert await village.titles("haneul") == []


@pytest.mark.parametrize("opened", [0, 7])
async def test_pages_of_a_list_hold_every_letter_once(village: Village, opened: int) -> None:
    for number in range(25):
        village.clock.advance(MINUTE)
        await village.sent("park", f"글 {number}")
    guardian = await village.asker("haneul")
    first = await village.newsletters.listing(guardian, Filter(), limit=10)
    for line in first.lines[:opened]:
        await village.newsletters.open(guardian, line.id)
    seen: list[str] = []
    cursor = ""
    for _ in range(10):
        page = await village.newsletters.listing(guardian, Filter(cursor=cursor), limit=10)
        seen += [line.title for line in page.lines]
        cursor = page.cursor
        if not cursor:
            break
    assert sorted(seen) == sorted(f"글 {number}" for number in range(25))


async def test_a_class_has_its_page_for_each_day(village: Village) -> None:
    await village.sent("park", "어제", kind=Sort.CLASS_NOTICE)
    village.clock.advance(DAY)
    await village.sent("park", "오늘", kind=Sort.CLASS_NOTICE)
    guardian = await village.asker("haneul")
    day = await village.newsletters.class_day(guardian, "c32", "2026-11-24")
    assert [letter.title for letter, _html in day.notices] == ["오늘"]
    with pytest.raises(NotFound):
        await village.newsletters.class_day(await village.asker("doyun"), "c32", "2026-11-24")


async def test_a_copy_starts_as_a_draft_of_ones_own(village: Village) -> None:
    letter = await village.sent("park", "지난 글", "변경 없음")
    colleague = await village.asker("kim")
    copied = await village.newsletters.desk.duplicate(colleague, letter.id)
    draft = await village.newsletters.desk.draft(colleague, copied)
    assert (draft.title, draft.body, draft.author_name) == ("지난 글", "변경 없음", "김다온")
    assert draft.number is None


async def test_the_front_page_shows_what_is_unread(village: Village) -> None:
    letter = await village.sent("park", "새 글")
    guardian = await village.asker("haneul")
    cards = await village.db.read(
        lambda tx: village.newsletters.cards(tx, guardian, village.clock.now())
    )
    assert [(card.count, card.entries[0].title) for card in cards] == [(1, "새 글")]
    await village.newsletters.open(guardian, letter.id)
    cards = await village.db.read(
        lambda tx: village.newsletters.cards(tx, guardian, village.clock.now())
    )
    assert [card.count for card in cards] == [0]


async def test_what_one_sent_oneself_is_no_news(village: Village) -> None:
    own = await village.sent("park", "내가 보낸 글", keys=("staff",))
    await village.newsletters.desk.approve(await village.asker("han"), own.id)
    await village.sent("han", "교장이 보낸 글", keys=("staff",))
    teacher = await village.asker("park")
    (card,) = await village.db.read(
        lambda tx: village.newsletters.cards(tx, teacher, village.clock.now())
    )
    assert [entry.title for entry in card.entries] == ["교장이 보낸 글"]
    found = await village.newsletters.listing(teacher, Filter())
    assert {line.title: line.opened_at is None for line in found.lines} == {
        "교장이 보낸 글": True,
        "내가 보낸 글": False,
    }


async def test_a_correction_that_waits_stands_on_the_front_page_of_who_approves(
    village: Village,
) -> None:
    letter = await village.sent("jung", "현장체험학습", keys=SCHOOL)
    await village.newsletters.desk.approve(await village.asker("han"), letter.id)
    teacher, principal = await village.asker("jung"), await village.asker("han")
    is_done = await village.newsletters.corrections.correct(
        teacher, letter.id, "현장체험학습 (정정)", "날짜가 다릅니다.", "날짜 오류"
    )
    assert not is_done

    async def waiting() -> list[tuple[str, str]]:
        cards = await village.db.read(
            lambda tx: village.newsletters.cards(tx, principal, village.clock.now())
        )
        return [
            (entry.title, entry.chip)
            for card in cards
            if card.name == "newsletters-approval"
            for entry in card.entries
        ]

    assert await waiting() == [("현장체험학습 (정정)", "정정")]
    await village.newsletters.corrections.approve(principal, letter.id)
    assert await waiting() == []


async def test_a_daily_note_for_staff_alone_is_not_called_a_class_notice(village: Village) -> None:
    await village.sent("han", "학급 안내", keys=ALL_3_2, kind=Sort.CLASS_NOTICE)
    await village.sent("han", "주간 업무", keys=("staff",), kind=Sort.CLASS_NOTICE)
    found = await village.newsletters.listing(await village.asker("park"), Filter())
    assert {line.title: line.sort_label for line in found.lines} == {
        "학급 안내": "알림장",
        "주간 업무": "교직원 안내",
    }


async def test_a_day_without_class_notices_leads_to_the_last_that_had_some(
    village: Village,
) -> None:
    await village.sent("park", "준비물", kind=Sort.CLASS_NOTICE)
    first = today(village.clock.now())
    village.clock.advance(DAY)
    await village.sent("park", "학생에게만", keys=("students/class:c32",), kind=Sort.CLASS_NOTICE)
    village.clock.advance(2 * DAY)
    guardian = await village.asker("haneul")
    shown = await village.newsletters.class_day(guardian, "c32", today(village.clock.now()))
    assert (shown.notices, shown.latest) == ([], first)
    assert (await village.newsletters.class_day(guardian, "c32", first)).latest == ""
    assert (await village.newsletters.class_day(guardian, "c32", "2026-03-02")).latest == ""


async def test_whoever_begins_to_write_twice_goes_on_in_the_same_draft(village: Village) -> None:
    teacher = await village.asker("park")
    desk = village.newsletters.desk
    begun = await desk.create(teacher, Sort.CLASS_NOTICE)
    assert await desk.create(teacher, Sort.CLASS_NOTICE) == begun
    assert await desk.create(teacher, Sort.NEWSLETTER) != begun
    assert await desk.create(await village.asker("kim"), Sort.CLASS_NOTICE) != begun
    await desk.save(teacher, begun, Content("사용 중", "", ALL_3_2))
    assert await desk.create(teacher, Sort.CLASS_NOTICE) != begun


async def test_the_picker_counts_each_person_once(village: Village) -> None:
    teacher = await village.asker("park")
    both = {"guardians/class:c32", "guardians/class:c51"}
    assert (await village.newsletters.desk.outlook(teacher, both)).people == 1
    assert (await village.newsletters.desk.outlook(teacher, {"guardians"})).people == 2
    with pytest.raises(NotFound):
        await village.newsletters.desk.outlook(await village.asker("haneul"), both)


# Plans ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 100])
async def test_a_list_asks_as_often_for_a_hundred_letters_as_for_one(
    village: Village, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    principal = await village.asker("han")

    def load(tx: Tx) -> None:
        for number in range(count):
            village.newsletters.publish_now(
                tx, principal, Publication(Sort.NEWSLETTER, f"글 {number}", "내용", SCHOOL)
            )

    await village.db.write(load)
    await village.outbox.drained()
    guardian = await village.asker("haneul")
    statements: list[str] = []
    rows = Tx.rows

    def noted(tx: Tx, sql: str, params: Sequence[Value] = ()) -> list[Row]:
        if "kit_" not in sql:  # what is heard meanwhile asks for itself
            statements.append(sql)
        return rows(tx, sql, params)

    monkeypatch.setattr(Tx, "rows", noted)
    await village.newsletters.listing(guardian, Filter())
    assert len(statements) <= 3
    statements.clear()
    await village.db.read(lambda tx: village.newsletters.cards(tx, guardian, village.clock.now()))
    assert len(statements) == 1


async def test_no_list_or_search_walks_a_growing_table(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite tells how it will answer: SCAN of a table that grows with the school is refused."""
    asked: dict[str, Sequence[Value]] = {}
    rows = Tx.rows

    def noted(tx: Tx, sql: str, params: Sequence[Value] = ()) -> list[Row]:
        asked.setdefault(sql, params)
        return rows(tx, sql, params)

    letter = await village.sent("park", "체험학습")
    await village.outbox.drained()
    monkeypatch.setattr(Tx, "rows", noted)
    guardian, principal = await village.asker("haneul"), await village.asker("han")
    now = village.clock.now()
    await village.newsletters.listing(guardian, Filter())
    await village.newsletters.listing(guardian, Filter(child="saebom"))
    await village.newsletters.open(guardian, letter.id)
    await village.newsletters.history(guardian, letter.id)
    await village.newsletters.class_day(guardian, "c32", "2026-11-23")
    await village.newsletters.desk.view(principal)
    await village.newsletters.desk.publish_due()
    await village.db.read(lambda tx: village.newsletters.cards(tx, principal, now))
    await village.official.listing(principal)
    await village.official.land_due()
    await village.db.read(lambda tx: village.official.cards(tx, principal, now))
    await village.db.read(village.official.acks)
    await village.search.find(guardian, "체험학습")
    monkeypatch.undo()

    def scans(tx: Tx) -> list[str]:
        growing = re.compile(
            r"SCAN (n|o|f|v|d|newsletters_(?!proposal)\w+|official_\w+|search_document|search_key)\b"
        )
        return [
            f"{plan[3]}: {sql}"
            for sql, params in asked.items()
            if sql.startswith("SELECT")
            for plan in tx.rows("EXPLAIN QUERY PLAN " + sql, params)
            if growing.match(str(plan[3]))
        ]

    assert len(asked) > 12
    assert await village.db.read(scans) == []
