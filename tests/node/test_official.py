"""Official notices: received once, read by staff, passed on, delayed or vetoed by the school."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec
import pytest

from kit.clock import DAY, HOUR, MINUTE, ManualClock
from kit.db import Row, Tx, Value
from kit.due import Nearness
from kit.problem import Forbidden, NotFound
from node.approval.model import Rules
from node.newsletters.service import Filter
from node.official.model import Landing, NotNow, Standing, VetoReason
from protocol.official import NoticeAttachment, NoticeAudience, OfficialNotice
from tests.models import documents
from tests.node.village import Village


@pytest.fixture
async def village(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Village]:
    opened = Village(tmp_path, clock)
    await opened.open()
    yield opened
    await opened.close()


def notice(audience: NoticeAudience = NoticeAudience.STAFF, **more: object) -> OfficialNotice:
    plain = OfficialNotice(
        id="n1",
        reference="초등교육과-1234",
        title="겨울방학 생활 안전 안내",
        body_markdown="물놀이와 **빙판길**을 조심합니다.",
        audience=audience,
        issued_at=0,
        department="초등교육과",
        contact="031-000-0000",
    )
    return msgspec.structs.replace(plain, **more)


def for_guardians(**more: object) -> OfficialNotice:
    return notice(NoticeAudience.GUARDIANS, **more)


async def receive(village: Village, arrived: OfficialNotice) -> None:
    await village.db.write(lambda tx: village.official.receive(tx, arrived))


async def standing(village: Village) -> Standing:
    return (await village.official.open(await village.asker("han"), "n1")).notice.standing


# Staff ---------------------------------------------------------------------------------------


async def test_a_notice_for_staff_is_theirs_alone(village: Village) -> None:
    await receive(village, notice())
    lines, _further = await village.official.listing(await village.asker("park"))
    assert [line.notice.title for line in lines] == ["겨울방학 생활 안전 안내"]
    guardian = await village.asker("haneul")
    with pytest.raises(NotFound):
        await village.official.open(guardian, "n1")
    with pytest.raises(NotFound):
        await village.official.listing(guardian)
    assert await village.titles("haneul") == []


async def test_a_repeated_notice_changes_nothing(village: Village) -> None:
    for _ in range(3):
        await receive(village, notice())
    assert await village.sql("SELECT count(*) FROM kit_event WHERE tag = 'official.received'") == [
        (1,)
    ]


async def test_a_newer_revision_takes_the_place_of_the_older(village: Village) -> None:
    await receive(village, notice(revision=2, title="고친 안내"))
    await receive(village, notice(revision=1))
    opened = await village.official.open(await village.asker("oh"), "n1")
    assert (opened.notice.title, opened.notice.revision) == ("고친 안내", 2)


async def test_acknowledging_is_for_those_who_handle_it_and_counts_once(village: Village) -> None:
    await receive(village, notice(must_acknowledge=True))
    with pytest.raises(Forbidden):
        await village.official.acknowledge(await village.asker("park"), "n1")
    assert await standing(village) is Standing.RECEIVED
    for _ in range(2):
        await village.official.acknowledge(await village.asker("oh"), "n1")
    assert await standing(village) is Standing.ACKNOWLEDGED
    assert await village.sql(
        "SELECT count(*) FROM kit_event WHERE tag = 'official.acknowledged'"
    ) == [(1,)]


async def test_the_province_learns_counts_and_never_a_person(village: Village) -> None:
    await receive(village, notice())
    for reader in ("park", "oh", "oh"):
        await village.official.open(await village.asker(reader), "n1")
    (ack,) = await village.db.read(village.official.acks)
    assert (ack.addressees, ack.read, ack.acknowledged_at) == (5, 2, None)
    told = msgspec.json.encode(ack).decode()
    assert not any(name in told for name in ("park", "박선아", "oh", "오세라"))


class Asked(Tx):
    """A transaction that counts what is asked."""

    def __init__(self, tx: Tx) -> None:
        super().__init__(tx._connection)
        self.count = 0

    def rows(self, sql: str, params: Sequence[Value] = ()) -> list[Row]:
        self.count += 1
        return super().rows(sql, params)

    def row(self, sql: str, params: Sequence[Value] = ()) -> Row | None:
        self.count += 1
        return super().row(sql, params)


async def test_people_are_counted_once_for_all_that_the_province_is_told(
    village: Village,
) -> None:
    def told(tx: Tx) -> tuple[int, bool]:
        asked = Asked(tx)
        acks = village.official.acks(asked)
        return asked.count, acks == [village.official.delivery(tx, ack.notice_id) for ack in acks]

    await village.official.set_landing(await village.asker("han"), Landing(0))
    await receive(village, notice())
    await receive(village, for_guardians(id="g1"))
    first = await village.db.read(told)
    for number in range(2, 9):
        await receive(village, notice(id=f"n{number}"))
        await receive(village, for_guardians(id=f"g{number}"))
    for reader in ("park", "oh"):
        await village.official.open(await village.asker(reader), "n2")
        await village.official.open(await village.asker(reader), "g2")
    ((letter,),) = await village.sql("SELECT newsletter_id FROM official_notice WHERE id = 'g3'")
    await village.newsletters.open(await village.asker("haneul"), str(letter))
    assert await village.db.read(told) == first == (5, True)


async def test_one_press_makes_a_newsletter_draft_with_the_files(village: Village) -> None:
    content = documents.pdf("안전 수칙")
    digest = village.blobs.put(content)
    file = NoticeAttachment(
        name="안전 수칙.pdf", media_type="application/pdf", size=len(content), sha256=digest
    )
    await receive(village, notice(attachments=(file,)))
    teacher = await village.asker("park")
    draft_id = await village.official.turn(teacher, "n1")
    draft = await village.newsletters.desk.draft(teacher, draft_id)
    assert (draft.title, draft.audience) == ("겨울방학 생활 안전 안내", {"guardians"})
    reading = await village.newsletters.read(teacher, draft_id)
    assert [attachment.name for attachment in reading.attachments] == ["안전 수칙.pdf"]
    assert await standing(village) is Standing.TURNED
    found, made = await village.look_at_notice(teacher, "n1", 1)
    assert (found.name, "안전 수칙" in made.text) == ("안전 수칙.pdf", True)


async def test_a_document_of_the_province_is_seen_by_staff_and_families(village: Village) -> None:
    content = documents.hwp("급식실 점검표")
    file = NoticeAttachment(
        name="점검표.hwp",
        media_type="application/x-hwp",
        size=len(content),
        sha256=village.blobs.put(content),
    )
    await receive(village, for_guardians(attachments=(file,)))
    _official, of_staff = await village.look_at_notice(await village.asker("oh"), "n1", 1)
    await village.official.release(await village.asker("han"), "n1")
    guardian = await village.asker("haneul")
    (letter,) = await village.sql("SELECT id FROM newsletters_newsletter")
    (attached,) = (await village.newsletters.open(guardian, str(letter[0]))).attachments
    _attached, of_family = await village.look(guardian, attached.id)
    assert (of_staff.text, of_family.text) == ("급식실 점검표", "급식실 점검표")


async def test_a_file_still_on_its_way_is_not_shown(village: Village) -> None:
    file = NoticeAttachment(name="a.pdf", media_type="application/pdf", size=3, sha256="0" * 64)
    await receive(village, notice(attachments=(file,)))
    with pytest.raises(NotFound):
        await village.look_at_notice(await village.asker("oh"), "n1", 1)
    assert await village.files.previews.work() == 0


async def test_an_answer_is_kept(village: Village) -> None:
    await receive(village, notice())
    await village.official.answer(await village.asker("oh"), "n1", "제출했습니다.")
    assert await standing(village) is Standing.ANSWERED


# Guardians -----------------------------------------------------------------------------------


async def test_a_notice_for_guardians_waits_a_day_and_lands_once(village: Village) -> None:
    await receive(village, for_guardians())
    assert await village.official.land_due() == 0
    assert await village.titles("haneul") == []
    village.clock.advance(DAY)
    assert [await village.official.land_due(), await village.official.land_due()] == [1, 0]
    assert await village.titles("haneul") == ["겨울방학 생활 안전 안내"]
    assert await standing(village) is Standing.LANDED
    guardian = await village.asker("haneul")
    (letter,) = (await village.newsletters.listing(guardian, Filter())).lines
    assert (letter.kind, letter.number, letter.author_name) == ("official", None, "초등교육과")
    await village.newsletters.open(guardian, letter.id)
    (ack,) = await village.db.read(village.official.acks)
    assert (ack.addressees, ack.read, ack.published_at) == (2, 1, village.clock.now())


async def test_a_school_may_let_notices_land_at_once(village: Village) -> None:
    with pytest.raises(Forbidden):
        await village.official.set_landing(await village.asker("park"), Landing(0))
    await village.official.set_landing(await village.asker("han"), Landing(0))
    await receive(village, for_guardians())
    assert await village.titles("haneul") == ["겨울방학 생활 안전 안내"]


async def test_the_provinces_hour_is_kept(village: Village) -> None:
    await village.official.set_landing(await village.asker("han"), Landing(0))
    await receive(village, for_guardians(publish_at=village.clock.now() + HOUR))
    assert await village.titles("haneul") == []
    village.clock.advance(HOUR)
    await village.official.land_due()
    assert await village.titles("haneul") == ["겨울방학 생활 안전 안내"]


async def test_an_approver_lets_it_land_sooner(village: Village) -> None:
    await receive(village, for_guardians())
    with pytest.raises(Forbidden):
        await village.official.release(await village.asker("park"), "n1")
    assert await village.titles("haneul") == []
    await village.official.release(await village.asker("han"), "n1")
    assert await village.titles("haneul") == ["겨울방학 생활 안전 안내"]
    with pytest.raises(NotNow):
        await village.official.release(await village.asker("han"), "n1")


async def test_who_approves_no_more_lets_nothing_land_any_more(village: Village) -> None:
    """The request began while the role was theirs."""
    await receive(village, for_guardians())
    approver = await village.asker("han")
    taken = "UPDATE people_role SET role = 'teacher' WHERE person_id = ?"
    await village.db.write(lambda tx: tx.execute(taken, (approver.id,)))
    notices, later = village.official, village.clock.now() + 2 * DAY
    for late in (
        notices.release(approver, "n1"),
        notices.veto(approver, "n1", "우리 학교와 무관"),
        notices.delay(approver, "n1", later, "방학"),
        notices.set_landing(approver, Landing(0)),
        notices.acknowledge(approver, "n1"),
        village.approval.set_rules(approver, Rules(grade_by_head=True)),
    ):
        with pytest.raises(Forbidden):
            await late


async def test_a_vetoed_notice_never_lands_and_the_province_hears_why(village: Village) -> None:
    await receive(village, for_guardians())
    principal = await village.asker("han")
    with pytest.raises(VetoReason):
        await village.official.veto(principal, "n1", " ")
    with pytest.raises(Forbidden):
        await village.official.veto(await village.asker("oh"), "n1", "이유")
    await village.official.veto(principal, "n1", "우리 학교에 해당하지 않음")
    village.clock.advance(30 * DAY)
    assert await village.official.land_due() == 0
    assert await village.titles("haneul") == []
    (ack,) = await village.db.read(village.official.acks)
    assert (ack.reason, ack.published_at) == ("우리 학교에 해당하지 않음", None)
    assert ack.vetoed_at is not None


async def test_a_veto_after_landing_withdraws_the_letter(village: Village) -> None:
    await receive(village, for_guardians())
    principal = await village.asker("han")
    await village.official.release(principal, "n1")
    await village.official.veto(principal, "n1", "내용 오류")
    assert await village.titles("haneul") == []
    assert await standing(village) is Standing.VETOED


async def test_a_delayed_notice_lands_at_the_new_hour(village: Village) -> None:
    await receive(village, for_guardians())
    until = village.clock.now() + 3 * DAY
    await village.official.delay(await village.asker("han"), "n1", until, "시험 기간")
    village.clock.advance(DAY)
    assert await village.official.land_due() == 0
    (ack,) = await village.db.read(village.official.acks)
    assert (ack.delayed_until, ack.reason) == (until, "시험 기간")
    village.clock.advance(2 * DAY)
    assert await village.official.land_due() == 1


async def test_a_revision_corrects_the_letter_and_a_revocation_withdraws_it(
    village: Village,
) -> None:
    await village.official.set_landing(await village.asker("han"), Landing(0))
    await receive(village, for_guardians())
    await receive(village, for_guardians(revision=2, title="고친 안내"))
    assert await village.titles("haneul") == ["고친 안내"]
    await receive(village, for_guardians(revision=3, revoked=True))
    assert await village.titles("haneul") == []
    assert await standing(village) is Standing.REVOKED


async def test_what_a_schools_approver_passed_on_is_corrected_with_another_approval(
    village: Village,
) -> None:
    await receive(village, notice())
    principal = await village.asker("han")
    letter = await village.official.release(principal, "n1")
    await receive(village, notice(revision=2, title="고친 안내"))
    assert await village.titles("haneul") == ["겨울방학 생활 안전 안내"]
    view = await village.newsletters.desk.view(principal)
    assert [waiting.title for waiting in view.proposals] == ["고친 안내"]
    await village.newsletters.corrections.approve(principal, letter)
    assert await village.titles("haneul") == ["고친 안내"]


async def test_of_a_notice_that_was_taken_back_the_text_is_left_to_who_handles_notices(
    village: Village,
) -> None:
    file = NoticeAttachment(name="a.pdf", media_type="application/pdf", size=3, sha256="0" * 64)
    await receive(village, for_guardians(attachments=(file,)))
    taken_back = for_guardians(attachments=(file,), revision=2, revoked=True)
    await receive(village, taken_back)
    teacher, office = await village.asker("park"), await village.asker("oh")
    left = await village.official.open(teacher, "n1")
    assert (left.notice.title, left.notice.body, left.files) == ("겨울방학 생활 안전 안내", "", [])
    assert "빙판길" not in left.html
    with pytest.raises(NotFound):
        await village.official.file(teacher, "n1", 1)
    assert "빙판길" in (await village.official.open(office, "n1")).html
    assert (await village.official.file(office, "n1", 1)).name == "a.pdf"


async def test_a_notice_that_says_nothing_holds_up_no_other(village: Village) -> None:
    await receive(village, for_guardians(body_markdown=" "))
    await receive(village, for_guardians(id="n2", title="독감 예방접종"))
    village.clock.advance(DAY)
    assert await village.official.land_due() == 1
    assert await village.titles("haneul") == ["독감 예방접종"]
    assert await standing(village) is Standing.HELD
    assert await village.official.land_due() == 0
    acks = {ack.notice_id: ack for ack in await village.db.read(village.official.acks)}
    assert (acks["n1"].published_at, acks["n1"].reason) == (None, "내용을 입력해 주세요.")
    principal = await village.asker("han")
    (card,) = await village.db.read(
        lambda tx: village.official.cards(tx, principal, village.clock.now())
    )
    assert ("겨울방학 생활 안전 안내", "발송하지 못함") in [
        (entry.title, entry.chip) for entry in card.entries
    ]
    await receive(village, for_guardians(revision=2))  # the province mends it
    assert set(await village.titles("haneul")) == {"겨울방학 생활 안전 안내", "독감 예방접종"}


async def test_a_school_that_lets_land_at_once_takes_in_what_says_nothing(
    village: Village,
) -> None:
    await village.official.set_landing(await village.asker("han"), Landing(0))
    await receive(village, for_guardians(body_markdown=""))
    assert await standing(village) is Standing.HELD
    assert await village.sql("SELECT count(*) FROM newsletters_newsletter") == [(0,)]
    await village.official.veto(await village.asker("han"), "n1", "내용이 없음")
    assert await standing(village) is Standing.VETOED


async def test_a_notice_that_fails_for_no_known_reason_is_set_aside_after_a_while(
    village: Village,
) -> None:
    await receive(village, for_guardians())
    await receive(village, for_guardians(id="n2", title="독감 예방접종"))
    await village.db.write(
        lambda tx: tx.execute(
            "CREATE TRIGGER cursed BEFORE INSERT ON newsletters_newsletter"
            " WHEN NEW.source = 'official:n1' BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    )
    village.clock.advance(DAY)
    assert await village.official.land_due() == 1
    for minutes in (1, 2, 4, 8):
        assert await standing(village) is Standing.WAITING
        village.clock.advance(minutes * MINUTE)
        assert await village.official.land_due() == 0
    assert await standing(village) is Standing.HELD
    await village.db.write(lambda tx: tx.execute("DROP TRIGGER cursed"))
    await village.official.release(await village.asker("han"), "n1")
    assert await standing(village) is Standing.LANDED


async def test_readers_are_counted_among_those_who_are_staff_now(village: Village) -> None:
    await receive(village, notice())
    for reader in ("park", "oh"):
        await village.official.open(await village.asker(reader), "n1")
    await village.db.write(
        lambda tx: tx.execute(
            "UPDATE people_staff SET until_on = '2026-11-30' WHERE person_id = 'park'"
        )
    )
    (ack,) = await village.db.read(village.official.acks)
    assert (ack.addressees, ack.read) == (4, 1)


async def test_a_notice_whose_deadline_passed_is_marked_until_the_school_answers(
    village: Village,
) -> None:
    now = village.clock.now()
    await receive(village, notice(must_acknowledge=True, deadline_at=now + DAY))
    await receive(village, notice(id="n2", title="나중 일", must_acknowledge=True))
    office = await village.asker("oh")

    async def first() -> tuple[str, Nearness | None]:
        (card,) = await village.db.read(
            lambda tx: village.official.cards(tx, office, village.clock.now())
        )
        entry = card.entries[0]
        return entry.title, entry.due.nearness if entry.due else None

    title = notice().title
    assert await first() == (title, Nearness.TOMORROW)
    village.clock.advance(3 * DAY)
    assert await first() == (title, Nearness.PAST)
    await village.official.open(office, "n1")
    await village.official.acknowledge(office, "n1")
    assert await first() == ("나중 일", None)


async def test_the_card_is_for_staff_who_have_something_to_do(village: Village) -> None:
    await receive(village, notice(must_acknowledge=True))
    now = village.clock.now()
    office, guardian = await village.asker("oh"), await village.asker("haneul")

    async def counts(asker_key: str) -> list[int | None]:
        asker = await village.asker(asker_key)
        cards = await village.db.read(lambda tx: village.official.cards(tx, asker, now))
        return [card.count for card in cards]

    assert await counts("oh") == [1]
    assert await counts("haneul") == []
    await village.official.open(office, "n1")
    await village.official.acknowledge(office, "n1")
    assert await counts("oh") == []
    assert guardian.is_guardian
