"""The school's log: it only grows, every receipt proves itself, and whoever changes it is found out."""

import sqlite3
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec
import pytest

from kit.clock import MINUTE, ManualClock
from kit.db import Database, SQLite, Tx, encode
from kit.problem import NotFound
from kit.schema import migrate
from node.keys import Keyring, make_keys
from node.ledger.model import FAULTS, ReceiptNotMade, RecordDisposed
from node.ledger.service import Ledger, LedgerBroken, LedgerDisposing
from protocol.attestation import Attested, attest
from protocol.errors import LogForked
from protocol.heads import TreeHead, check_successor, sign_witness, verify_head
from protocol.identity import KeyPair, SchoolId
from protocol.receipts import Receipt, from_file, from_qr_text, to_file, to_qr_text, verify
from protocol.records import (
    Answer,
    ConsentV1,
    DisposalV1,
    SignatureKind,
    disposal_hash,
    record_leaf,
    sign_record,
)

SCHOOL = SchoolId("J107530101")
LEAVES = 40


def consent(number: int, word: str = "동의합니다") -> ConsentV1:
    """The consent of one of many families."""
    return ConsentV1(
        school_id=SCHOOL,
        school_name="한빛초등학교",
        form_id="form",
        newsletter_id="letter",
        title="현장체험학습",
        text_hash="0" * 64,
        answers=(Answer(field="going", label="참가에 동의합니까?", answer=word),),
        child_id=f"child{number}",
        child_name=f"학생{number}",
        guardian_id=f"guardian{number}",
        guardian_name=f"보호자{number}",
        relation="모",
        signed_at=1_000 + number,
        signature_kind=SignatureKind.TYPED,
        signature_name=f"보호자{number}",
        legal_basis="동의",
        agreement_version="signing.v1",
    )


class Log:
    """A ledger over a real database, and what an intruder with the database file does to it."""

    def __init__(self, folder: Path, clock: ManualClock) -> None:
        self.db = Database(SQLite(folder / "ledger.sqlite3"))
        self.clock = clock
        self.folder = folder / "keys"
        self.keys = make_keys(self.folder)
        self.hub = KeyPair.generate()
        self.ledger = Ledger(self.db, clock, Keyring(self.folder), SCHOOL)

    async def grow(self, count: int) -> list[int]:
        """Append so many consents; their positions."""

        def work(tx: Tx) -> list[int]:
            start = self.ledger.head(tx).head.size
            return [self.ledger.append(tx, consent(start + n))[0] for n in range(count)]

        return await self.db.write(work)

    async def head(self) -> TreeHead:
        """The log's head, its signature checked."""
        signed = await self.db.read(self.ledger.head)
        return verify_head(signed, self.keys.public.signing_bytes)

    async def witness(self) -> TreeHead:
        """Let the hub countersign the log as it stands."""
        head = await self.head()
        assert await self.hear(head)
        return head

    async def hear(self, head: TreeHead) -> bool:
        """The hub's word about some head of this school arrives; whether the log holds it."""
        word = sign_witness(self.hub, head, seen_at=self.clock.now())
        return await self.db.write(lambda tx: self.ledger.witnessed(tx, word))

    async def join(self) -> None:
        """The hub vouches for the school's key."""
        told = Attested(
            school_id=SCHOOL,
            school_name="한빛초등학교",
            keys=self.keys.public,
            issued_at=self.clock.now(),
            province="시험 도교육청",
        )
        word = attest(self.hub, told)
        await self.db.write(lambda tx: self.ledger.attested(tx, word))

    async def lost(self) -> list[tuple[int, bool]]:
        """Lost histories: their sizes, and whether they are settled."""
        found = await self.db.read(self.ledger.lost)
        return [(one.size, one.settled_at is not None) for one in found]

    async def receipt(self, leaf: int) -> Receipt:
        return await self.db.read(lambda tx: self.ledger.receipt(tx, leaf))

    async def tamper(self, *statements: tuple[str, tuple[str | int | bytes, ...]]) -> None:
        """What somebody with the file does: the guards first, then the rows."""

        def work(tx: Tx) -> None:
            guards = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'ledger%'"
            for (name,) in tx.rows(guards):
                tx.execute(f"DROP TRIGGER {name}")
            for statement, values in statements:
                tx.execute(statement, values)

        await self.db.write(work)

    async def faults(self) -> list[tuple[str, int]]:
        """What the ledger's own check says."""
        found = await self.db.read(self.ledger.check)
        return [(fault.code, fault.position) for fault in found]


@pytest.fixture
async def log(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Log]:
    opened = Log(tmp_path, clock)
    await opened.db.open()
    await migrate(opened.db, ["kit", "node.ledger"], clock)
    yield opened
    await opened.db.close()


# Growing -------------------------------------------------------------------------------------


async def test_every_receipt_of_a_growing_log_proves_itself(log: Log) -> None:
    for size in range(1, LEAVES + 1):
        assert await log.grow(1) == [size - 1]
        for leaf in range(size):
            receipt = await log.db.read(lambda tx, leaf=leaf: log.ledger.receipt(tx, leaf))  # type: ignore[misc]
            found = verify(receipt)
            assert found.valid, (size, leaf, found.checks)
            assert receipt.head.head.size == size
    assert await log.faults() == []


async def test_a_receipt_survives_the_file_and_the_qr_code(log: Log) -> None:
    await log.grow(7)
    receipt = await log.db.read(lambda tx: log.ledger.receipt(tx, 4))
    assert from_file(to_file(receipt)) == receipt
    text = to_qr_text(receipt)
    assert text is not None
    assert from_qr_text(text) == receipt
    assert verify(from_qr_text(text)).valid


async def test_each_later_log_proves_that_it_begins_with_each_earlier_one(log: Log) -> None:
    heads = [await log.head()]
    for _size in range(LEAVES):
        await log.grow(1)
        heads.append(await log.head())
    for old in heads:
        for new in heads[old.size :]:
            proof = await log.db.read(
                lambda tx, a=old.size, b=new.size: log.ledger.consistency(tx, a, b)  # type: ignore[misc]
            )
            check_successor(old, new, proof)


async def test_a_log_that_forgot_its_past_cannot_prove_that_it_continues(log: Log) -> None:
    await log.grow(5)
    seen = msgspec.structs.replace(await log.head(), root="ab" * 32)
    await log.grow(4)
    proof = await log.db.read(lambda tx: log.ledger.consistency(tx, 5, 9))
    with pytest.raises(LogForked):
        check_successor(seen, await log.head(), proof)


async def test_an_append_that_fails_with_its_unit_leaves_no_leaf(log: Log) -> None:
    await log.grow(3)
    before = await log.head()

    def work(tx: Tx) -> None:
        log.ledger.append(tx, consent(99))
        raise RuntimeError("the answer could not be kept")

    with pytest.raises(RuntimeError):
        await log.db.write(work)
    assert (await log.head()).root == before.root
    assert await log.grow(1) == [3]
    assert await log.faults() == []


async def test_nobody_gets_a_receipt_for_what_was_never_signed(log: Log) -> None:
    await log.grow(2)
    for leaf in (2, 10**9):
        with pytest.raises(NotFound):
            await log.db.read(lambda tx, leaf=leaf: log.ledger.receipt(tx, leaf))  # type: ignore[misc]


async def test_a_receipt_stands_in_the_earliest_head_the_hub_has_seen(log: Log) -> None:
    await log.grow(3)
    first = await log.witness()
    await log.grow(2)
    later = await log.witness()
    await log.grow(1)
    heads = {}
    for leaf in range(6):
        receipt = await log.db.read(lambda tx, leaf=leaf: log.ledger.receipt(tx, leaf))  # type: ignore[misc]
        heads[leaf] = (receipt.head.head.size, receipt.witness is not None)
    assert (first.size, later.size) == (3, 5)
    assert heads == dict.fromkeys(range(3), (3, True)) | {3: (5, True), 4: (5, True), 5: (6, False)}


# Histories lost in a restore -----------------------------------------------------------------


def lost_head(head: TreeHead, size: int) -> TreeHead:
    """What the log was once, as the hub saw it; a restore took it away."""
    return msgspec.structs.replace(head, size=size, root="ab" * 32)


@pytest.mark.parametrize("size", [3, 5, 8])
async def test_the_hubs_word_about_a_lost_history_is_in_no_receipt(log: Log, size: int) -> None:
    await log.join()
    await log.grow(2)
    await log.witness()
    await log.grow(3)
    assert not await log.hear(lost_head(await log.head(), size))
    assert await log.lost() == [(size, False)]
    for _more in range(2):
        for leaf in range((await log.head()).size):
            receipt = await log.receipt(leaf)
            assert verify(receipt).valid, (leaf, verify(receipt).checks)
            assert (receipt.witness is not None) == (leaf < 2)
        await log.grow(5)  # past the size that was lost
    assert await log.faults() == []  # nothing that is there was changed


async def test_a_lost_history_is_settled_by_the_hubs_next_word_about_the_log_that_is_there(
    log: Log,
) -> None:
    await log.grow(2)
    gone = lost_head(await log.head(), 4)
    for _sync in range(2):
        assert not await log.hear(gone)
    await log.grow(2)  # as many as were lost
    await log.witness()
    assert await log.lost() == [(4, True)]
    assert (await log.receipt(3)).witness is not None
    await log.hear(gone)  # the hub itself came back from a backup, and holds to the old log again
    assert await log.lost() == [(4, False)]
    await log.witness()
    assert await log.lost() == [(4, True)]


async def test_what_the_previous_release_took_for_witnesses_is_moved(log: Log) -> None:
    await log.grow(3)
    await log.witness()
    gone = [lost_head(await log.head(), size) for size in (5, 9)]
    log.clock.advance(MINUTE)
    await log.grow(4)
    words = [sign_witness(log.hub, head, seen_at=log.clock.now()) for head in gone]
    await log.tamper(
        ("DROP TABLE ledger_lost", ()),
        ("DELETE FROM kit_migration WHERE slice = 'node.ledger' AND number = 3", ()),
        (
            "CREATE TRIGGER ledger_witness_stays BEFORE DELETE ON ledger_witness BEGIN SELECT 1; END",
            (),
        ),
        *(
            (
                "INSERT INTO ledger_witness (size, root, witness) VALUES (?, ?, ?)",
                (word.head.size, word.head.root, encode(word)),
            )
            for word in words
        ),
    )
    await migrate(log.db, ["kit", "node.ledger"], log.clock)
    assert await log.lost() == [(9, False), (5, False)]
    assert await log.faults() == []
    receipts = [await log.receipt(leaf) for leaf in range(7)]
    assert [receipt.witness is not None for receipt in receipts] == [True] * 3 + [False] * 4
    await log.witness()
    assert await log.lost() == [(9, True), (5, True)]


async def test_no_head_is_signed_that_the_log_does_not_hold(log: Log) -> None:
    await log.grow(6)
    await log.tamper(("UPDATE ledger_frontier SET peaks = ?", (b"x" * 64,)))
    with pytest.raises(ReceiptNotMade):
        await log.receipt(3)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_leaf SET text = substr(text, 9) WHERE position = 3",
        "UPDATE ledger_frontier SET size = 0, peaks = x''",
        "UPDATE ledger_frontier SET peaks = x'00'",
        "DELETE FROM ledger_leaf WHERE position = 2",
    ],
)
async def test_where_no_receipt_can_be_made_that_is_said_in_words(log: Log, statement: str) -> None:
    await log.grow(7)
    await log.tamper((statement, ()))
    with pytest.raises(ReceiptNotMade, match="서명은 기록 3번으로 저장되었습니다"):
        await log.receipt(3)


# Guards --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_leaf SET text = 'x' WHERE position = 1",
        "DELETE FROM ledger_leaf WHERE position = 4",
        "INSERT OR REPLACE INTO ledger_leaf SELECT 1, hash, text, key_id, '', at FROM ledger_leaf",
        "UPDATE ledger_node SET hash = x'00'",
        "DELETE FROM ledger_node",
        "INSERT OR REPLACE INTO ledger_node VALUES (1, 0, x'00')",
        "UPDATE ledger_witness SET root = 'x'",
        "DELETE FROM ledger_witness",
        "UPDATE ledger_lost SET root = 'x'",
        "DELETE FROM ledger_lost",
    ],
)
async def test_the_database_itself_refuses_to_change_what_is_written(
    log: Log, statement: str
) -> None:
    await log.grow(5)
    await log.witness()
    await log.hear(lost_head(await log.head(), 9))
    with pytest.raises(sqlite3.IntegrityError, match="the ledger only grows"):
        await log.db.write(lambda tx: tx.execute(statement))
    assert await log.faults() == []
    assert (await log.head()).size == 5


async def test_the_hubs_first_word_about_a_head_stays(log: Log) -> None:
    await log.grow(2)
    await log.witness()
    before = await log.db.read(lambda tx: tx.rows("SELECT * FROM ledger_witness"))
    log.clock.advance(MINUTE)
    await log.witness()
    await log.db.write(
        lambda tx: tx.execute("INSERT OR REPLACE INTO ledger_witness VALUES (2, 'x', 'x')")
    )
    assert await log.db.read(lambda tx: tx.rows("SELECT * FROM ledger_witness")) == before


# Tampering -----------------------------------------------------------------------------------


async def test_a_changed_word_is_found(log: Log) -> None:
    await log.grow(9)
    await log.tamper(
        ("UPDATE ledger_leaf SET text = replace(text, '동의', '거부') WHERE position = 4", ())
    )
    codes = await log.faults()
    assert ("signature", 4) in codes
    assert ("leaf", 4) in codes
    receipt = await log.db.read(lambda tx: log.ledger.receipt(tx, 4))
    assert not verify(receipt).valid


async def test_a_removed_record_is_found(log: Log) -> None:
    await log.grow(9)
    await log.tamper(("DELETE FROM ledger_leaf WHERE position = 5", ()))
    assert ("gap", 5) in await log.faults()


async def test_the_last_record_cut_off_is_found(log: Log) -> None:
    await log.grow(9)
    await log.tamper(("DELETE FROM ledger_leaf WHERE position = 8", ()))
    assert await log.faults() == [("frontier", 8)]


async def test_two_records_that_changed_places_are_found(log: Log) -> None:
    await log.grow(9)
    await log.tamper(
        ("UPDATE ledger_leaf SET position = 100 WHERE position = 2", ()),
        ("UPDATE ledger_leaf SET position = 2 WHERE position = 6", ()),
        ("UPDATE ledger_leaf SET position = 6 WHERE position = 100", ()),
    )
    found = await log.faults()
    assert {code for code, _position in found} == {"node", "frontier"}


async def test_a_changed_inner_hash_is_found_at_the_leaf_that_completes_it(log: Log) -> None:
    await log.grow(9)
    await log.tamper(
        ("UPDATE ledger_node SET hash = ? WHERE level = 2 AND position = 1", (b"x" * 32,))
    )
    assert await log.faults() == [("node", 7)]


async def test_a_removed_inner_hash_is_found(log: Log) -> None:
    await log.grow(4)
    await log.tamper(("DELETE FROM ledger_node WHERE level = 1 AND position = 0", ()))
    assert await log.faults() == [("node", 1)]


async def test_a_changed_frontier_is_found(log: Log) -> None:
    await log.grow(8)
    await log.tamper(("UPDATE ledger_frontier SET peaks = ?", (b"x" * 32,)))
    assert await log.faults() == [("frontier", 8)]


async def rewritten(log: Log, position: int, size: int, word: str) -> None:
    """The school itself, with its own key, writes its past anew: consistent in itself."""

    def rebuild(tx: Tx) -> None:
        for (name,) in tx.rows(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'ledger%'"
        ):
            tx.execute(f"DROP TRIGGER {name}")
        tx.execute("DELETE FROM ledger_leaf")
        tx.execute("DELETE FROM ledger_node")
        tx.execute("UPDATE ledger_frontier SET size = 0, peaks = x''")
        for number in range(size):
            record = consent(number, word) if number == position else consent(number)
            log.ledger.append(tx, record)

    await log.db.write(rebuild)


async def test_a_past_rewritten_with_the_schools_own_key_differs_from_what_the_hub_saw(
    log: Log,
) -> None:
    await log.grow(6)
    seen = await log.witness()
    await log.grow(3)
    await rewritten(log, 2, 9, "동의하지 않습니다")
    assert await log.faults() == [("witness", 6)]
    proof = await log.db.read(lambda tx: log.ledger.consistency(tx, 6, 9))
    with pytest.raises(LogForked):
        check_successor(seen, await log.head(), proof)


async def test_a_log_shorter_than_what_the_hub_saw_is_found(log: Log) -> None:
    await log.grow(6)
    await log.witness()
    await rewritten(log, -1, 4, "")
    assert await log.faults() == [("shorter", 6)]


async def test_a_record_signed_by_another_key_is_found(log: Log) -> None:
    await log.grow(3)
    forged = sign_record(KeyPair.generate(), consent(1))
    await log.tamper(
        (
            "UPDATE ledger_leaf SET (text, key_id, signature, hash) = (?, ?, ?, ?) WHERE position = 1",
            (forged.text, forged.key_id, forged.signature, record_leaf(forged)),
        )
    )
    assert ("signature", 1) in await log.faults()


async def test_the_daily_check_says_what_it_found_and_never_drowns(log: Log) -> None:
    await log.ledger.check_now()
    await log.grow(150)
    await log.ledger.check_now()
    await log.tamper(("UPDATE ledger_leaf SET signature = 'x'", ()))
    with pytest.raises(LedgerBroken, match="first: signature 0"):
        await log.ledger.check_now()
    found = await log.db.read(log.ledger.check)
    assert 100 <= len(found) < 110
    assert {fault.code for fault in found} <= FAULTS.keys()
    assert all("%(position)s" in fault.text for fault in found)


# Records that were disposed of ------------------------------------------------------------------------


def disposal(listed: list[tuple[int, bytes]]) -> DisposalV1:
    return DisposalV1(
        school_id=SCHOOL,
        school_name="한빛초등학교",
        title="현장체험학습",
        closed_in=2026,
        retention_years=5,
        count=len(listed),
        list_hash=disposal_hash(listed),
        approved_by_id="administrator",
        approved_by_name="정민호",
        approved_at=1,
        at=2,
    )


async def dispose(log: Log, positions: Sequence[int]) -> int:
    """As forms do it; the place of the record that says so."""
    disposing = LedgerDisposing(log.db, log.clock, log.ledger)

    def work(tx: Tx) -> int:
        disposing.plan(tx, "list", positions)
        return disposing.close(tx, "list", disposal(disposing.listed(tx, "list")))

    record = await log.db.write(work)
    await log.db.write(lambda tx: disposing.erase(tx, "list", positions))
    return record


async def test_a_text_goes_only_by_a_disposal_that_the_log_says(log: Log) -> None:
    await log.grow(5)
    erase = "UPDATE ledger_leaf SET text = '', signature = '' WHERE position = 2"
    with pytest.raises(sqlite3.IntegrityError):
        await log.db.write(lambda tx: tx.execute(erase))
    disposing = LedgerDisposing(log.db, log.clock, log.ledger)
    await log.db.write(lambda tx: disposing.plan(tx, "list", [2]))
    with pytest.raises(sqlite3.IntegrityError):
        await log.db.write(lambda tx: disposing.erase(tx, "list", [2]))


async def test_a_log_without_what_was_disposed_of_proves_all_that_it_proved(log: Log) -> None:
    await log.grow(LEAVES)
    before = await log.db.read(log.ledger.head)
    kept = await log.db.read(lambda tx: log.ledger.receipt(tx, 7))
    await dispose(log, [3, 7, 8])
    assert await log.db.read(log.ledger.check) == []
    assert verify(kept).valid
    await log.grow(3)
    after = await log.db.read(log.ledger.head)
    proof = await log.db.read(
        lambda tx: log.ledger.consistency(tx, before.head.size, after.head.size)
    )
    check_successor(before.head, after.head, proof)
    assert verify(await log.db.read(lambda tx: log.ledger.receipt(tx, 9))).valid
    with pytest.raises(RecordDisposed):
        await log.db.read(lambda tx: log.ledger.receipt(tx, 7))
    disposing = LedgerDisposing(log.db, log.clock, log.ledger)
    assert await disposing.of(kept) is not None
    other = await log.db.read(lambda tx: log.ledger.receipt(tx, 9))
    assert await disposing.of(other) is None


async def test_a_text_that_went_without_a_disposal_is_found_out(log: Log) -> None:
    await log.grow(6)
    await dispose(log, [1])
    await log.db.write(lambda tx: tx.execute("DROP TRIGGER ledger_leaf_is_fixed"))
    await log.db.write(
        lambda tx: tx.execute("UPDATE ledger_leaf SET text = '', signature = '' WHERE position = 4")
    )
    faults = await log.db.read(log.ledger.check)
    assert [(one.code, one.position) for one in faults] == [("erased", 4)]


async def test_a_list_to_which_something_was_added_is_found_out(log: Log) -> None:
    await log.grow(6)
    record = await dispose(log, [1])
    await log.db.write(lambda tx: tx.execute("DROP TRIGGER ledger_disposed_is_open"))
    await log.db.write(
        lambda tx: tx.execute("INSERT INTO ledger_disposed (position, list) VALUES (4, 'list')")
    )
    await log.db.write(
        lambda tx: tx.execute("UPDATE ledger_leaf SET text = '', signature = '' WHERE position = 4")
    )
    faults = await log.db.read(log.ledger.check)
    assert [(one.code, one.position) for one in faults] == [("disposal", record)]
