"""Official notices: from the composer to every addressed school, and what schools say of them."""

import io
import unicodedata
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from openpyxl import load_workbook

from hub.broadcasts.export import as_csv, as_workbook
from hub.broadcasts.model import (
    Arrival,
    FileRefused,
    NobodyAddressed,
    NothingToSend,
    NoticeContent,
    Scope,
    Target,
    Unfinished,
    arrival,
)
from hub.schools.model import Ring
from kit.card import Card
from kit.clock import DAY, ManualClock
from kit.due import Due, Nearness
from kit.problem import Conflict, Forbidden, NotFound
from protocol.official import NoticeAck, NoticeAudience
from protocol.sync import Down
from tests.hub.syncing import OFFICER, VIEWER, Hub, Node, Refused

HANBIT, SAESOL = "J107530101", "J107530202"
FROM_A_MAC = unicodedata.normalize("NFD", "안내문.pdf")


@pytest.fixture
async def hub(database_url: str, clock: ManualClock, tmp_path: Path) -> AsyncIterator[Hub]:
    running = Hub(database_url, clock, tmp_path / "hub")
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def hanbit(hub: Hub) -> AsyncIterator[Node]:
    node = await hub.enrol(HANBIT, "한빛초등학교")
    await node.settle()
    yield node
    await node.close()


@pytest.fixture
async def saesol(hub: Hub) -> AsyncIterator[Node]:
    node = await hub.enrol(SAESOL, "새솔중학교")
    await node.settle()
    yield node
    await node.close()


async def send(hub: Hub, content: NoticeContent, target: Target | None = None) -> str:
    notice_id = await hub.drafts.save(OFFICER, None, content, target or Target())
    await confirm(hub, notice_id)
    return notice_id


async def confirm(hub: Hub, notice_id: str) -> int:
    draft = await hub.drafts.notice(OFFICER, notice_id)
    return await hub.broadcasts.send(OFFICER, notice_id, draft.updated_at)


async def hear(node: Node) -> Down:
    down = await node.sync()
    await node.settle()
    return down


def ack(notice_id: str, node: Node, revision: int = 1, **said: object) -> NoticeAck:
    made = NoticeAck(
        notice_id=notice_id,
        revision=revision,
        received_at=node.hub.clock.now(),
        addressees=70,
        read=12,
    )
    return msgspec.structs.replace(made, **said)


async def test_only_addressed_schools_receive_a_notice(
    hub: Hub, hanbit: Node, saesol: Node
) -> None:
    target = Target(Scope.CHOSEN, schools=(HANBIT,))
    notice_id = await send(hub, NoticeContent(title="한빛초만"), target)
    await hear(hanbit)
    await hear(saesol)
    assert hanbit.notices == {notice_id: 1}
    assert saesol.notices == {}


async def test_groups_of_schools_are_addressed_by_all_that_is_named(
    hub: Hub, hanbit: Node, saesol: Node
) -> None:
    await hub.standings.place(OFFICER, SAESOL, "성남", Ring.PILOT)
    count = hub.broadcasts.addressed
    assert await count(OFFICER, Target(Scope.GROUP, kinds=("elementary",))) == 2
    assert await count(OFFICER, Target(Scope.GROUP, districts=("성남",))) == 1
    assert await count(OFFICER, Target(Scope.GROUP, districts=("성남",), rings=("all",))) == 0
    notice_id = await hub.drafts.save(
        OFFICER, None, NoticeContent(title="아무도"), Target(Scope.GROUP, districts=("없음",))
    )
    with pytest.raises(NobodyAddressed):
        await confirm(hub, notice_id)
    assert (await hub.drafts.notice(OFFICER, notice_id)).revision == 0


async def test_a_viewer_looks_but_does_not_send(hub: Hub, hanbit: Node) -> None:
    with pytest.raises(Forbidden):
        await hub.drafts.save(VIEWER, None, NoticeContent(title="안 됨"), Target())
    notice_id = await hub.drafts.save(OFFICER, None, NoticeContent(title="초안"), Target())
    draft = await hub.drafts.notice(OFFICER, notice_id)
    for act in (hub.broadcasts.revoke, hub.broadcasts.remind):
        with pytest.raises(Forbidden):
            await act(VIEWER, notice_id)
    with pytest.raises(Forbidden):
        await hub.broadcasts.send(VIEWER, notice_id, draft.updated_at)
    await hear(hanbit)
    assert hanbit.notices == {}


async def test_what_is_sent_is_what_was_seen(hub: Hub, hanbit: Node, clock: ManualClock) -> None:
    notice_id = await hub.drafts.save(OFFICER, None, NoticeContent(title="처음"), Target())
    seen = await hub.drafts.notice(OFFICER, notice_id)
    clock.advance(1000)
    await hub.drafts.save(OFFICER, notice_id, NoticeContent(title="그사이 바뀜"), Target())
    with pytest.raises(Conflict):
        await hub.broadcasts.send(OFFICER, notice_id, seen.updated_at)
    await hear(hanbit)
    assert hanbit.notices == {}


async def test_a_correction_and_a_revocation_reach_the_same_schools(
    hub: Hub, hanbit: Node, saesol: Node
) -> None:
    target = Target(Scope.CHOSEN, schools=(HANBIT,))
    notice_id = await send(hub, NoticeContent(title="점검 안내"), target)
    with pytest.raises(NothingToSend):
        await confirm(hub, notice_id)
    await hear(hanbit)
    await hub.drafts.save(OFFICER, notice_id, NoticeContent(title="점검 안내 (정정)"), Target())
    await confirm(hub, notice_id)
    down = await hear(hanbit)
    assert down.notices is not None
    assert [item.notice.title for item in down.notices.items] == ["점검 안내 (정정)"]
    await hub.broadcasts.revoke(OFFICER, notice_id)
    down = await hear(hanbit)
    assert down.notices is not None
    assert [(i.notice.revision, i.notice.revoked) for i in down.notices.items] == [(3, True)]
    with pytest.raises(NothingToSend):
        await hub.broadcasts.revoke(OFFICER, notice_id)
    await hear(saesol)
    assert saesol.notices == {}


async def test_a_school_tells_counts_and_the_latest_word_holds(
    hub: Hub, hanbit: Node, saesol: Node
) -> None:
    notice_id = await send(hub, NoticeContent(title="확인 필요", must_acknowledge=True))
    await hear(hanbit)
    hanbit.acks = (ack(notice_id, hanbit),)
    await hanbit.sync()
    hanbit.acks = (ack(notice_id, hanbit, read=50, acknowledged_at=hub.clock.now()),)
    await hanbit.sync()
    await hanbit.sync()
    _notice, tally, deliveries, _history = await hub.broadcasts.deliveries(VIEWER, notice_id)
    assert (tally.schools, tally.received, tally.acknowledged) == (2, 1, 1)
    assert (tally.addressees, tally.read) == (70, 50)
    states = {one.school_id: arrival(one, 1) for one in deliveries}
    assert states == {HANBIT: Arrival.ACKNOWLEDGED, SAESOL: Arrival.PENDING}


async def test_a_word_about_an_older_revision_does_not_replace_a_newer_one(
    hub: Hub, hanbit: Node
) -> None:
    notice_id = await send(hub, NoticeContent(title="처음"))
    await hub.drafts.save(OFFICER, notice_id, NoticeContent(title="정정"), Target())
    await confirm(hub, notice_id)
    hanbit.acks = (ack(notice_id, hanbit, 2, read=30),)
    await hanbit.settle()
    hanbit.acks = (ack(notice_id, hanbit, 1, read=5),)
    await hanbit.settle()
    _notice, tally, _deliveries, _history = await hub.broadcasts.deliveries(VIEWER, notice_id)
    assert tally.read == 30


async def test_what_a_restored_hub_corrects_goes_beyond_what_schools_have_from_its_life_before(
    hub: Hub, hanbit: Node
) -> None:
    notice_id = await send(hub, NoticeContent(title="처음"))
    await hear(hanbit)
    await hub.new_life()  # from a backup of before the notice was corrected
    hanbit.acks = (ack(notice_id, hanbit, 2),)
    await hanbit.settle()
    await hub.drafts.save(OFFICER, notice_id, NoticeContent(title="다시 정정"), Target())
    assert await confirm(hub, notice_id) == 3
    await hear(hanbit)
    assert hanbit.notices == {notice_id: 3}
    hanbit.acks = (ack(notice_id, hanbit, 5),)
    await hanbit.settle()
    await hub.broadcasts.revoke(OFFICER, notice_id)
    down = await hear(hanbit)
    assert down.notices is not None
    assert [(i.notice.revision, i.notice.revoked) for i in down.notices.items] == [(6, True)]


async def test_a_school_cannot_number_the_provinces_revisions(hub: Hub, hanbit: Node) -> None:
    notice_id = await send(hub, NoticeContent(title="처음"))
    await hear(hanbit)
    hanbit.acks = (ack(notice_id, hanbit, 2**53 - 1),)
    await hanbit.settle()
    await hub.drafts.save(OFFICER, notice_id, NoticeContent(title="정정"), Target())
    assert await confirm(hub, notice_id) == 2


async def test_a_school_cannot_speak_about_notices_not_addressed_to_it(
    hub: Hub, hanbit: Node, saesol: Node
) -> None:
    target = Target(Scope.CHOSEN, schools=(HANBIT,))
    notice_id = await send(hub, NoticeContent(title="한빛초만"), target)
    saesol.acks = (ack(notice_id, saesol),)
    await saesol.settle()
    _notice, tally, _deliveries, _history = await hub.broadcasts.deliveries(VIEWER, notice_id)
    assert (tally.schools, tally.received) == (1, 0)


async def test_what_no_school_could_pass_on_to_guardians_is_not_sent(
    hub: Hub, hanbit: Node, clock: ManualClock
) -> None:
    at = clock.now() + DAY
    whole = NoticeContent(title="보호자께", body="글", audience=NoticeAudience.GUARDIANS)
    for wrong, part in (
        (msgspec.structs.replace(whole, body=" \n"), "body"),
        (msgspec.structs.replace(whole, title=" "), "title"),
        (msgspec.structs.replace(whole, publish_at=at, deadline_at=at), "deadline"),
    ):
        with pytest.raises(Unfinished) as refused:
            await send(hub, wrong)
        assert list(refused.value.fields) == [part]
    await hear(hanbit)
    assert hanbit.notices == {}


async def test_vetoes_and_delays_come_with_their_reasons(hub: Hub, hanbit: Node) -> None:
    guardians = NoticeContent(title="보호자께", body="글", audience=NoticeAudience.GUARDIANS)
    notice_id = await send(hub, guardians)
    hanbit.acks = (ack(notice_id, hanbit, vetoed_at=hub.clock.now(), reason="학사일정과 겹침"),)
    await hanbit.settle()
    _notice, _tally, deliveries, _history = await hub.broadcasts.deliveries(VIEWER, notice_id)
    assert [(arrival(one, 1), one.reason) for one in deliveries] == [
        (Arrival.VETOED, "학사일정과 겹침")
    ]


async def test_a_reminder_goes_to_those_who_owe_an_answer(
    hub: Hub, hanbit: Node, saesol: Node
) -> None:
    notice_id = await send(hub, NoticeContent(title="확인 필요", must_acknowledge=True))
    await hear(hanbit)
    await hear(saesol)
    hanbit.acks = (ack(notice_id, hanbit, acknowledged_at=hub.clock.now()),)
    saesol.acks = (ack(notice_id, saesol),)
    await hanbit.settle()
    await saesol.settle()
    assert await hub.broadcasts.remind(OFFICER, notice_id) == 1
    assert (await saesol.sync()).notices is not None
    assert (await hanbit.sync()).notices is None


async def test_a_notice_past_its_deadline_asks_for_attention(
    hub: Hub, hanbit: Node, clock: ManualClock
) -> None:
    content = NoticeContent(title="기한 있음", must_acknowledge=True, deadline_at=clock.now() + DAY)
    notice_id = await send(hub, content)

    async def card() -> Card:
        (found,) = await hub.db.read(lambda tx: hub.broadcasts.cards(tx, OFFICER, hub.clock.now()))
        return found

    async def count() -> int | None:
        return (await card()).count

    async def in_list() -> Due | None:
        (line,), _more = await hub.broadcasts.lines(VIEWER, 1)
        return line.due(clock.now())

    assert await count() is None
    clock.advance(2 * DAY)
    assert await count() == 1
    assert await in_list() == Due(content.deadline_at or 0, Nearness.PAST)
    (entry,) = (await card()).entries
    assert (entry.counted, entry.count) == ("미확인 %(count)s개교", 1)
    assert entry.due == Due(content.deadline_at or 0, Nearness.PAST)
    hanbit.acks = (ack(notice_id, hanbit, acknowledged_at=clock.now()),)
    await hanbit.settle()
    assert await count() is None
    assert await in_list() is None


async def test_every_notice_past_its_deadline_is_counted(
    hub: Hub, hanbit: Node, clock: ManualClock
) -> None:
    for number in range(7):
        deadline = clock.now() + DAY + number
        await send(hub, NoticeContent(f"{number}호", must_acknowledge=True, deadline_at=deadline))
    clock.advance(2 * DAY)
    (card,) = await hub.db.read(lambda tx: hub.broadcasts.cards(tx, OFFICER, hub.clock.now()))
    assert card.count == 7
    assert [entry.title for entry in card.entries] == ["6호", "5호", "4호", "3호", "2호"]


async def test_attachments_are_fetched_by_addressed_schools_only(
    hub: Hub, hanbit: Node, saesol: Node
) -> None:
    target = Target(Scope.CHOSEN, schools=(HANBIT,))
    notice_id = await hub.drafts.save(OFFICER, None, NoticeContent(title="붙임"), target)
    await hub.drafts.attach(OFFICER, notice_id, f"C:\\서식\\{FROM_A_MAC}", b"%PDF-1.7 test")
    with pytest.raises(FileRefused):
        await hub.drafts.attach(OFFICER, notice_id, "virus.exe", b"MZ")
    draft = await hub.drafts.notice(OFFICER, notice_id)
    sha256 = draft.content.attachments[0].sha256
    assert draft.content.attachments[0].name == "안내문.pdf"
    for school in (hanbit, saesol):
        with pytest.raises(Refused) as refused:
            await school.blob(sha256)  # not sent yet
        assert refused.value.status == 404
    await confirm(hub, notice_id)
    assert await hanbit.blob(sha256) == b"%PDF-1.7 test"
    with pytest.raises(Refused) as refused:
        await saesol.blob(sha256)
    assert refused.value.status == 404
    await hub.standings.suspend(OFFICER, HANBIT, "점검")
    with pytest.raises(Refused) as refused:
        await hanbit.blob(sha256)
    assert refused.value.code == "school-suspended"


async def test_many_notices_come_in_pages(hub: Hub, hanbit: Node) -> None:
    sent = [await send(hub, NoticeContent(title=f"{number}호")) for number in range(60)]
    first = await hanbit.sync()
    assert first.notices is not None
    assert (len(first.notices.items), first.notices.more) == (50, True)
    await hanbit.settle()
    assert set(hanbit.notices) == set(sent)


async def test_deliveries_are_exported_without_formulas(hub: Hub, hanbit: Node) -> None:
    notice_id = await send(hub, NoticeContent(title="내보내기"))
    hanbit.acks = (ack(notice_id, hanbit, vetoed_at=1, reason="=HYPERLINK(1)"),)
    await hanbit.settle()
    notice, _tally, deliveries, _history = await hub.broadcasts.deliveries(VIEWER, notice_id)
    text = (await as_csv(notice, deliveries, str)).decode("utf-8-sig")
    assert HANBIT in text
    assert "'=HYPERLINK(1)" in text
    book = load_workbook(io.BytesIO(await as_workbook(notice, deliveries, str)))
    sheet = book.active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[1][:2] == (HANBIT, "한빛초등학교")


async def test_a_draft_is_thrown_away_but_a_sent_notice_stays(hub: Hub, hanbit: Node) -> None:
    draft = await hub.drafts.save(OFFICER, None, NoticeContent(title="초안"), Target())
    await hub.drafts.discard(OFFICER, draft)
    with pytest.raises(NotFound):
        await hub.drafts.notice(OFFICER, draft)
    sent = await send(hub, NoticeContent(title="발송"))
    await hub.drafts.discard(OFFICER, sent)
    assert (await hub.drafts.notice(OFFICER, sent)).revision == 1
