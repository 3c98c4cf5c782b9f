"""The conversation survives what networks, backups and liars do to it."""

import asyncio
from collections.abc import AsyncIterator
from importlib.resources import files
from pathlib import Path

import msgspec
import pytest

from hub.broadcasts.model import NoticeContent, Target
from hub.schools.model import State
from hub.schools.store import set_standing
from hub.sync import store
from kit.clock import DAY, MINUTE, ManualClock
from kit.db import Tx
from kit.db import encode as encode_row
from kit.problem import Forbidden
from kit.schema import migrate, statements
from protocol.directory import StaffEntry
from protocol.errors import SignatureRefused
from protocol.heads import verify_witness
from protocol.identity import KeyPair
from protocol.message import decode, encode
from protocol.signing import MAX_COUNTER_AHEAD_MS
from protocol.sync import Down, Standing
from tests.hub.syncing import (
    ADMINISTRATOR,
    OFFICER,
    VIEWER,
    Hub,
    Node,
    Refused,
    waiters,
)
from tests.waiting import PATIENCE_S

HANBIT, SAESOL = "J107530101", "J107530202"


@pytest.fixture
async def hub(database_url: str, clock: ManualClock, tmp_path: Path) -> AsyncIterator[Hub]:
    running = Hub(database_url, clock, tmp_path / "hub")
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def hanbit(hub: Hub) -> AsyncIterator[Node]:
    node = await hub.enrol(HANBIT, "한빛초등학교")
    node.staff = [StaffEntry(id="p1", name="김하늘", position="교감")]
    yield node
    await node.close()


@pytest.fixture
async def saesol(hub: Hub) -> AsyncIterator[Node]:
    node = await hub.enrol(SAESOL, "새솔중학교")
    node.staff = [StaffEntry(id="p1", name="박서연", position="교사")]
    yield node
    await node.close()


async def publish(hub: Hub, title: str = "안전 점검 안내") -> str:
    notice_id = await hub.drafts.save(OFFICER, None, NoticeContent(title=title), Target())
    draft = await hub.drafts.notice(OFFICER, notice_id)
    await hub.broadcasts.send(OFFICER, notice_id, draft.updated_at)
    return notice_id


async def counter_of(hub: Hub, school_id: str) -> int:
    return (await hub.db.read(lambda tx: store.contact(tx, school_id))).counter


async def stand(hub: Hub, school_id: str, state: State, reason: str = "") -> None:
    await hub.db.write(lambda tx: set_standing(tx, school_id, state, reason, hub.clock.now()))


# What arrives -----------------------------------------------------------------------------------


async def test_schools_hear_of_each_other_and_of_notices(
    hub: Hub, hanbit: Node, saesol: Node
) -> None:
    await hanbit.settle()
    notice_id = await publish(hub)
    await saesol.settle()
    await hanbit.settle()
    assert saesol.others == {f"{HANBIT}/p1": "김하늘"}
    assert hanbit.others == {f"{SAESOL}/p1": "박서연"}
    assert hanbit.notices == saesol.notices == {notice_id: 1}


async def test_lost_answers_cost_nothing(hub: Hub, hanbit: Node, saesol: Node) -> None:
    await saesol.settle()
    notice_id = await publish(hub)
    for _loss in range(3):
        await hanbit.sync(lose_answer=True)
    await hanbit.settle()
    await saesol.settle()
    assert hanbit.notices == {notice_id: 1}
    assert saesol.others == {f"{HANBIT}/p1": "김하늘"}


async def test_a_late_answer_never_moves_a_node_backwards(
    hub: Hub, hanbit: Node, saesol: Node
) -> None:
    await hanbit.settle()
    first = await publish(hub, "첫째")
    late = await hanbit.sync(lose_answer=True)
    second = await publish(hub, "둘째")
    await hanbit.settle()
    cursors = hanbit.cursors
    hanbit.take_over(late)
    assert hanbit.cursors == cursors
    assert hanbit.notices == {first: 1, second: 1}


async def test_weeks_of_silence_cost_only_news(
    hub: Hub, hanbit: Node, saesol: Node, clock: ManualClock
) -> None:
    await hanbit.settle()
    await saesol.settle()
    sent = set()
    for week in range(6):
        clock.advance(7 * DAY)
        sent.add(await publish(hub, f"{week}주"))
        saesol.staff.append(StaffEntry(id=f"w{week}", name=f"새사람{week}", position="교사"))
        await saesol.settle()
    await hanbit.settle()
    assert set(hanbit.notices) == sent
    assert len(hanbit.others) == 7


async def test_a_restored_hub_is_noticed_and_nothing_is_lost(
    hub: Hub, hanbit: Node, saesol: Node
) -> None:
    notice_id = await publish(hub)
    await hanbit.settle()
    await saesol.settle()
    await hub.new_life()
    down = await hanbit.sync()
    assert down.directory is not None
    assert down.directory.reset
    await hanbit.settle()
    later = await publish(hub, "되살린 뒤")
    await hanbit.settle()
    await saesol.settle()
    assert hanbit.others == {f"{SAESOL}/p1": "박서연"}
    assert hanbit.notices == {notice_id: 1, later: 1}


async def test_a_restored_node_starts_its_share_again(hub: Hub, hanbit: Node, saesol: Node) -> None:
    await hanbit.settle()
    await saesol.settle()
    hanbit.epoch = "node-life-2"
    hanbit.staff = [StaffEntry(id="p1", name="김하늘", position="교장")]
    await hanbit.settle()
    await saesol.settle()
    found = await hub.directory.search("김하늘")
    assert [one.position for one in found.staff] == ["교장"]


async def test_a_drifted_share_is_sent_again(hub: Hub, hanbit: Node) -> None:
    await hanbit.settle()
    hanbit.staff = [StaffEntry(id="p1", name="김하늘", position="교장")]  # without a new number
    assert (await hanbit.sync()).resend_directory
    await hanbit.settle()
    found = await hub.directory.search("김하늘")
    assert [one.position for one in found.staff] == ["교장"]


# The long poll ----------------------------------------------------------------------------------


async def test_a_waiting_school_hears_of_a_notice_at_once(hub: Hub, hanbit: Node) -> None:
    await hanbit.settle()
    waiting = asyncio.create_task(hanbit.sync(wait_ms=60_000))
    await waiters(hub, 1)
    notice_id = await publish(hub)
    down = await asyncio.wait_for(waiting, PATIENCE_S)
    assert down.notices is not None
    assert hanbit.notices == {notice_id: 1}


async def test_who_replays_a_request_or_has_an_ended_key_ends_no_schools_wait(
    hub: Hub, hanbit: Node
) -> None:
    await hanbit.settle()
    body = encode(hanbit.up(wait_ms=1))
    stolen = hanbit.signed(body)
    await hub.exchange_key(hanbit)
    seen = hanbit.signed(body)
    await hanbit.send(body, seen)
    waiting = asyncio.create_task(hanbit.sync(wait_ms=60_000))
    await waiters(hub, 1)
    for signed in (seen, stolen):
        with pytest.raises(Refused):
            await hanbit.send(body, signed)
    assert len(hub.waiting) == 1
    notice_id = await publish(hub)
    await asyncio.wait_for(waiting, PATIENCE_S)
    assert hanbit.notices == {notice_id: 1}


async def test_a_waiting_school_hears_that_it_was_suspended(hub: Hub, hanbit: Node) -> None:
    await hanbit.settle()
    waiting = asyncio.create_task(hanbit.sync(wait_ms=60_000))
    await waiters(hub, 1)
    await hub.standings.suspend(OFFICER, HANBIT, "점검")
    down = await asyncio.wait_for(waiting, PATIENCE_S)
    assert down.standing is Standing.SUSPENDED
    assert down.standing_reason == "점검"


async def test_when_nothing_happens_the_answer_comes_after_the_wait(hub: Hub, hanbit: Node) -> None:
    await hanbit.settle()
    down = await asyncio.wait_for(hanbit.sync(wait_ms=50), PATIENCE_S)
    assert down.notices is None
    assert down.directory is None
    await waiters(hub, 0)


async def test_news_written_by_another_process_is_found(hub: Hub, hanbit: Node) -> None:
    await hanbit.settle()
    waiting = asyncio.create_task(hanbit.sync(wait_ms=60_000))
    await waiters(hub, 1)
    async with hub.beside() as elsewhere:
        drafts, broadcasts = elsewhere.drafts, elsewhere.broadcasts
        notice_id = await drafts.save(OFFICER, None, NoticeContent(title="다른 서버에서"), Target())
        draft = await drafts.notice(OFFICER, notice_id)
        await broadcasts.send(OFFICER, notice_id, draft.updated_at)
    await hub.lookout.look()
    assert (await asyncio.wait_for(waiting, PATIENCE_S)).notices is not None
    assert hanbit.notices == {notice_id: 1}


# Who may speak ----------------------------------------------------------------------------------


async def test_a_suspended_school_hears_only_that(hub: Hub, hanbit: Node) -> None:
    await hanbit.settle()
    await stand(hub, HANBIT, State.SUSPENDED, "점검")
    await publish(hub)
    hanbit.staff.append(StaffEntry(id="p2", name="이도윤", position="교사"))
    down = await hanbit.sync()
    assert down.standing is Standing.SUSPENDED
    assert down.notices is None
    assert down.directory is None
    assert (await hub.directory.search("이도윤")).staff == ()
    await stand(hub, HANBIT, State.ACTIVE)
    await hanbit.settle()
    assert len(hanbit.notices) == 1
    assert len((await hub.directory.search("이도윤")).staff) == 1


async def test_a_revoked_school_is_refused_at_its_next_request(hub: Hub, hanbit: Node) -> None:
    await hanbit.settle()
    before = await counter_of(hub, HANBIT)
    await stand(hub, HANBIT, State.REVOKED, "폐교")
    with pytest.raises(Refused) as refused:
        await hanbit.sync()
    assert (refused.value.status, refused.value.code) == (403, "school-revoked")
    assert await counter_of(hub, HANBIT) == before


async def test_a_stranger_is_refused_with_a_signed_reason(hub: Hub, hanbit: Node) -> None:
    hanbit.keys = KeyPair.generate()
    with pytest.raises(Refused) as refused:
        await hanbit.sync()
    assert (refused.value.status, refused.value.code) == (401, "signature.unknown_key")


async def test_a_replayed_request_has_no_effect(hub: Hub, hanbit: Node) -> None:
    body = encode(hanbit.up())
    signed = hanbit.signed(body)
    await hanbit.send(body, signed)
    before = await counter_of(hub, HANBIT)
    with pytest.raises(Refused) as refused:
        await hanbit.send(body, signed)
    assert (refused.value.status, refused.value.code) == (409, "signature.replayed")
    assert await counter_of(hub, HANBIT) == before


async def test_an_older_request_that_arrives_late_is_refused(hub: Hub, hanbit: Node) -> None:
    old = encode(hanbit.up())
    signed_old = hanbit.signed(old)
    await hanbit.sync()
    with pytest.raises(Refused) as refused:
        await hanbit.send(old, signed_old)
    assert refused.value.code == "signature.replayed"


async def test_a_stale_request_is_refused_and_nothing_is_stored(
    hub: Hub, hanbit: Node, clock: ManualClock
) -> None:
    body = encode(hanbit.up())
    signed = hanbit.signed(body)
    clock.advance(5 * MINUTE)
    with pytest.raises(Refused) as refused:
        await hanbit.send(body, signed)
    assert refused.value.code == "signature.stale"
    assert await counter_of(hub, HANBIT) == 0
    assert (await hub.directory.search("김하늘")).staff == ()


async def test_a_swapped_body_is_refused_and_nothing_is_stored(hub: Hub, hanbit: Node) -> None:
    signed = hanbit.signed(encode(hanbit.up()))
    other = encode(msgspec.structs.replace(hanbit.up(), epoch="forged"))
    with pytest.raises(Refused) as refused:
        await hanbit.send(other, signed)
    assert refused.value.code == "signature.body_mismatch"
    assert await counter_of(hub, HANBIT) == 0


async def test_a_request_for_another_address_is_refused(hub: Hub, hanbit: Node) -> None:
    body = encode(hanbit.up())
    signed = hanbit.signed(body, path="/v1/elsewhere")
    with pytest.raises(Refused) as refused:
        await hanbit.send(body, signed)
    assert refused.value.code == "signature.bad"
    assert await counter_of(hub, HANBIT) == 0


async def test_an_unreadable_body_is_refused_and_nothing_is_stored(hub: Hub, hanbit: Node) -> None:
    for body in (b"", b"{", b'{"v":9}', b"\xff\xfe", b"[]"):
        with pytest.raises(Refused) as refused:
            await hanbit.send(body, hanbit.signed(body))
        assert refused.value.status == 400
    assert await counter_of(hub, HANBIT) == 0


async def test_an_unsigned_request_is_refused(hub: Hub, hanbit: Node) -> None:
    async with hanbit._session.post(hub.origin + "/v1/sync", data=b"{}") as response:
        assert response.status == 401
        assert msgspec.json.decode(await response.read())["title"] == "signature.missing"
    with pytest.raises(SignatureRefused):
        await hanbit.send(b"{}", {"Signature": "madang=:AAAA:"})


# Counters ---------------------------------------------------------------------------------------


async def test_the_largest_counter_does_not_shut_the_school_out(hub: Hub, hanbit: Node) -> None:
    """Whoever copied the key for a moment must not end the real school's conversation for good."""
    await hanbit.settle()
    for largest in (10**16 - 1, 2**53 - 1, hub.clock.now() + MAX_COUNTER_AHEAD_MS):
        body = encode(hanbit.up())
        with pytest.raises(Refused) as refused:
            await hanbit.send(body, hanbit.signed(body, counter=largest))
        assert (refused.value.status, refused.value.code) == (409, "signature.counter_ahead")
    await hanbit.sync()


async def test_a_school_that_was_shut_out_before_comes_back(hub: Hub, hanbit: Node) -> None:
    await hanbit.settle()
    await hub.db.write(lambda tx: tx.execute("UPDATE sync_contact SET counter = ?", (2**53 - 1,)))
    await hanbit.sync()
    assert await counter_of(hub, HANBIT) == hanbit.counter


async def test_who_is_behind_hears_which_counter_comes_next(hub: Hub, hanbit: Node) -> None:
    await hanbit.settle()
    ahead = hub.clock.now() + MAX_COUNTER_AHEAD_MS - 1
    body = encode(hanbit.up())
    await hanbit.send(body, hanbit.signed(body, counter=ahead))
    with pytest.raises(Refused) as refused:
        await hanbit.sync()
    assert refused.value.next_counter == ahead + 1


async def test_a_new_key_counts_anew(hub: Hub, hanbit: Node) -> None:
    await hanbit.settle()
    hub.clock.advance(
        -MINUTE
    )  # the new server's clock, and its counter, may be behind the old one's
    await hub.exchange_key(hanbit)
    await hanbit.sync()


# The log ----------------------------------------------------------------------------------------


async def test_a_growing_log_is_witnessed(hub: Hub, hanbit: Node) -> None:
    await hanbit.settle()
    hanbit.leaves += [b"one", b"two"]
    down = await hanbit.sync()
    assert down.accepted_size == 2
    assert down.witness is not None
    verify_witness(down.witness, hub.ground.keys.public.signing_bytes)
    hanbit.leaves += [b"three"]
    assert (await hanbit.sync()).accepted_size == 3


async def test_a_missing_proof_is_asked_for(hub: Hub, hanbit: Node) -> None:
    hanbit.leaves += [b"one", b"two"]
    await hanbit.settle()
    hanbit.leaves.append(b"three")
    hanbit.accepted_size = None
    down = await hanbit.sync()
    assert down.send_consistency_from == 2
    assert (await hanbit.sync()).accepted_size == 3


@pytest.mark.parametrize(
    "rewritten", [[b"one", b"forged"], [b"one"], [b"forged", b"two", b"three"]]
)
async def test_a_rewritten_past_is_refused_with_evidence(
    hub: Hub, hanbit: Node, rewritten: list[bytes]
) -> None:
    hanbit.leaves = [b"one", b"two"]
    await hanbit.settle()
    hanbit.leaves = rewritten
    down = await hanbit.sync()
    assert down.log_refused == "log.forked"
    assert down.accepted_size == 2
    again = await hanbit.sync()
    assert again.log_refused == "log.forked"
    forks = await hub.evidence.forks(VIEWER)
    assert [(fork.school_id, fork.settled_at) for fork in forks] == [(HANBIT, None)]
    given = msgspec.json.decode(forks[0].given)
    assert given["head"]["size"] == len(rewritten)
    assert msgspec.json.decode(forks[0].seen)["head"]["size"] == 2
    cards = await hub.db.read(lambda tx: hub.evidence.cards(tx, OFFICER, hub.clock.now()))
    assert cards[0].counted % {"count": cards[0].count} == "1개교"


async def test_a_refused_log_does_not_stop_the_conversation(hub: Hub, hanbit: Node) -> None:
    hanbit.leaves = [b"one", b"two"]
    await hanbit.settle()
    hanbit.leaves = [b"one"]
    await hanbit.sync()
    notice_id = await publish(hub)
    await hanbit.settle()
    assert hanbit.notices == {notice_id: 1}


async def test_an_administrator_lets_a_restored_log_start_again(hub: Hub, hanbit: Node) -> None:
    hanbit.leaves = [b"one", b"two"]
    await hanbit.settle()
    hanbit.leaves = [b"one"]
    await hanbit.sync()
    with pytest.raises(Forbidden):
        await hub.evidence.restart_log(OFFICER, HANBIT)
    await hub.evidence.restart_log(ADMINISTRATOR, HANBIT)
    down = await hanbit.sync()
    assert (down.accepted_size, down.log_refused) == (1, "")
    assert (await hub.evidence.forks(OFFICER))[0].settled_at is not None
    cards = await hub.db.read(lambda tx: hub.evidence.cards(tx, OFFICER, hub.clock.now()))
    assert cards == []


async def told(hub: Hub) -> list[tuple[int, int, int, bool]]:
    """What the officers see: (records seen, records given, heads refused, settled)."""
    forks = await hub.evidence.forks(VIEWER)
    return [(f.seen_size, f.given_size, f.heads, f.settled_at is not None) for f in forks]


async def test_a_restored_school_that_goes_on_is_one_story_to_the_officers(
    hub: Hub, hanbit: Node
) -> None:
    backup = [b"one", b"two"]
    hanbit.leaves = [*backup, b"three", b"four"]
    await hanbit.settle()
    hanbit.leaves = list(backup)
    for number in range(4):  # past the size that was lost
        assert (await hanbit.sync()).log_refused == "log.forked"
        hanbit.leaves.append(b"new %d" % number)
    assert await told(hub) == [(4, 2, 4, False)]
    found = "SELECT count(*) FROM kit_audit WHERE action = 'sync:log:fork_found'"
    assert await hub.db.read(lambda tx: tx.value(found)) == 1
    assert await hub.evidence.restart_log(ADMINISTRATOR, HANBIT)
    assert not await hub.evidence.restart_log(ADMINISTRATOR, HANBIT)  # pressed twice
    assert (await hanbit.sync()).accepted_size == 6
    assert not await hub.evidence.restart_log(ADMINISTRATOR, HANBIT)  # nothing to let go
    hanbit.leaves.append(b"more")
    assert (await hanbit.sync()).accepted_size == 7
    assert await told(hub) == [(4, 2, 4, True)]


async def test_a_school_restored_twice_from_one_backup_is_seen_twice(
    hub: Hub, hanbit: Node
) -> None:
    for _time in range(2):
        hanbit.leaves = [b"one", b"two", b"three"]
        await hanbit.settle()
        hanbit.leaves = [b"one"]
        assert (await hanbit.sync()).log_refused == "log.forked"
        hub.clock.advance(MINUTE)
        assert await hub.evidence.restart_log(ADMINISTRATOR, HANBIT)
        assert (await hanbit.sync()).accepted_size == 1
    assert await told(hub) == [(3, 1, 1, True)] * 2


async def test_a_node_that_waits_hears_at_once_that_its_log_may_start_again(
    hub: Hub, hanbit: Node
) -> None:
    hanbit.leaves = [b"one", b"two"]
    await hanbit.settle()
    hanbit.leaves = [b"one"]
    await hanbit.settle()
    waiting = asyncio.create_task(hanbit.sync(60_000))
    await waiters(hub, 1)
    await hub.evidence.restart_log(ADMINISTRATOR, HANBIT)
    await waiting
    assert (await hanbit.sync()).accepted_size == 1


async def test_forks_that_the_previous_release_kept_are_told_as_stories(
    hub: Hub, hanbit: Node
) -> None:
    hanbit.leaves = [b"one", b"two"]
    await hanbit.settle()
    heads = []
    for leaves in ([b"one"], [b"new", b"new"], [b"new"] * 3):
        hanbit.leaves = list(leaves)
        heads.append(encode_row(hanbit.head()))
    seen = await hub.db.read(lambda tx: store.accepted_text(tx, HANBIT))
    first = files("hub.sync").joinpath("migrations", "001_sync.sql").read_text("utf-8")

    def previous(tx: Tx) -> None:
        tx.execute("DROP TABLE sync_fork")
        for statement in statements(first):
            if "sync_fork" in statement or "sync_v_" in statement:
                tx.execute(statement)
        for number, (given, at, settled_at) in enumerate(
            zip(heads, (1, 2, 3), (5, 5, None), strict=True)
        ):
            tx.execute(
                "INSERT INTO sync_fork (fork_id, school_id, found_at, code, message, seen, given,"
                " size, root, settled_at) VALUES (?, ?, ?, 'log.forked', '', ?, ?, ?, 'root', ?)",
                (str(number), HANBIT, at, seen, given, number, settled_at),
            )
        tx.execute("DELETE FROM kit_migration WHERE slice = 'hub.sync' AND number IN (2, 4)")

    await hub.db.write(previous)
    await migrate(hub.db, hub.packages, hub.clock)
    assert await told(hub) == [(2, 3, 1, False), (2, 1, 2, True)]


# What is written --------------------------------------------------------------------------------


async def test_a_quiet_sync_writes_its_counter_and_little_else(
    hub: Hub, hanbit: Node, clock: ManualClock
) -> None:
    await hanbit.settle()
    before = await hub.db.read(lambda tx: store.contact(tx, HANBIT))
    clock.advance(MINUTE)
    await hanbit.sync()
    after = await hub.db.read(lambda tx: store.contact(tx, HANBIT))
    assert after.counter > before.counter
    assert after.last_sync_at == clock.now()
    assert after.state_at == before.state_at
    clock.advance(5 * MINUTE)
    await hanbit.sync()
    assert (await hub.db.read(lambda tx: store.contact(tx, HANBIT))).state_at == clock.now()


async def test_the_counter_to_come_is_told(hub: Hub, hanbit: Node) -> None:
    body = encode(hanbit.up())
    down = decode(await hanbit.send(body, hanbit.signed(body)), Down)
    assert down.next_counter == hanbit.counter + 1
