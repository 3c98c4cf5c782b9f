"""The address book: shares taken over safely, handed on in order, searched as people type."""

import hashlib

import msgspec
import pytest

from hub.directory.model import Found
from hub.directory.service import Directory
from kit.clock import ManualClock
from kit.db import Database
from kit.schema import migrate
from protocol.directory import (
    Cursor,
    DirectoryDelta,
    Entry,
    Increment,
    SchoolEntry,
    StaffEntry,
    remove,
    share_digest,
    upsert,
)
from protocol.errors import MalformedMessage
from protocol.identity import SchoolId, SchoolKind
from protocol.sync import DirectoryPage
from tests.conftest import Databases

HANBIT, SAESOL = "J107530101", "J107530202"
LIFE = "hub-life"


@pytest.fixture(params=["sqlite", "postgresql"])
async def db(request: pytest.FixtureRequest, databases: Databases, clock: ManualClock) -> Database:
    opened = await (databases.sqlite() if request.param == "sqlite" else databases.postgres())
    await migrate(opened, ["hub.directory"], clock)
    return opened


@pytest.fixture
def directory(db: Database, clock: ManualClock) -> Directory:
    return Directory(db, clock)


def school(school_id: str, name: str) -> SchoolEntry:
    return SchoolEntry(
        id=SchoolId(school_id), name=name, school_kind=SchoolKind.ELEMENTARY, district="수원"
    )


def staff(number: int, name: str, position: str = "교사", **more: str) -> StaffEntry:
    return StaffEntry(id=f"p{number}", name=name, position=position, **more)


def whole(epoch: str, *entries: Entry) -> DirectoryDelta:
    increments = tuple(upsert(seq, entry) for seq, entry in enumerate(entries, start=1))
    return delta(epoch, 0, len(increments), increments, increments, full=True)


def delta(
    epoch: str,
    from_seq: int,
    to_seq: int,
    entries: tuple[Increment, ...],
    held: tuple[Increment, ...],
    *,
    full: bool = False,
) -> DirectoryDelta:
    """`held`: what the share is afterwards, for its digest."""
    digest = share_digest(increment.hash for increment in held if increment.hash)
    return DirectoryDelta(
        epoch=epoch, from_seq=from_seq, to_seq=to_seq, digest=digest, full=full, entries=entries
    )


STAFF = (
    school(HANBIT, "한빛초등학교"),
    staff(1, "김하늘", "교감"),
    staff(2, "이하늘", department="교무기획부", duty="6학년 2반 담임"),
    staff(3, "박서연", "보건교사"),
    staff(4, "Anna Smith", "원어민교사"),
)


async def load(db: Database, directory: Directory) -> None:
    await db.write(lambda tx: directory.take_over(tx, HANBIT, whole("a", *STAFF)))
    others = whole("b", school(SAESOL, "새솔중학교"), staff(1, "김하준"), staff(2, "하나라"))
    await db.write(lambda tx: directory.take_over(tx, SAESOL, others))


def names(found: Found) -> list[str]:
    return sorted(one.name for one in found.staff)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("김하늘", ["김하늘"]),
        ("김하", ["김하늘", "김하준"]),
        ("하늘", ["김하늘", "이하늘"]),
        ("ㄱㅎㄴ", ["김하늘"]),
        ("ㅎㄴ", ["김하늘", "이하늘", "하나라"]),
        ("김", ["김하늘", "김하준"]),
        ("교감", ["김하늘"]),
        ("교무기획", ["이하늘"]),
        ("한빛초 하늘", ["김하늘", "이하늘"]),
        ("하늘 한빛초", ["김하늘", "이하늘"]),
        ("새솔", ["김하준", "하나라"]),
        ("하늘 6학년", ["이하늘"]),
        ("smith", ["Anna Smith"]),
        ("홿", []),
        ("", []),
        ("100%", []),
    ],
)
async def test_people_are_found_as_officers_type(
    db: Database, directory: Directory, typed: str, expected: list[str]
) -> None:
    await load(db, directory)
    assert names(await directory.search(typed)) == expected


async def test_a_search_may_stay_within_one_school(db: Database, directory: Directory) -> None:
    await load(db, directory)
    assert names(await directory.search("하", school_id=SAESOL)) == ["김하준", "하나라"]
    assert len((await directory.search("", school_id=HANBIT)).staff) == 4


async def test_schools_are_found_by_name(db: Database, directory: Directory) -> None:
    await load(db, directory)
    found = await directory.search("초등학교")
    assert [one.name for one in found.schools] == ["한빛초등학교"]
    assert found.schools[0].staff == 4


async def test_pages_follow_each_other_without_gaps(db: Database, directory: Directory) -> None:
    many = [staff(number, f"최민{chr(0xAC00 + number * 28)}") for number in range(120)]
    await db.write(lambda tx: directory.take_over(tx, HANBIT, whole("a", *many)))
    pages = [await directory.search("최민", page=number) for number in (1, 2, 3)]
    assert [len(one.staff) for one in pages] == [50, 50, 20]
    assert [one.more for one in pages] == [True, True, False]
    assert len({one.id for page in pages for one in page.staff}) == 120


async def test_an_increment_changes_only_what_it_names(db: Database, directory: Directory) -> None:
    await load(db, directory)
    first = whole("a", *STAFF).entries
    moved = upsert(6, staff(1, "김하늘", "교장"))
    change = delta("a", 5, 7, (moved, remove(7, "p3")), (first[0], moved, first[2], first[4]))
    outcome = await db.write(lambda tx: directory.take_over(tx, HANBIT, change))
    assert outcome.cursor == Cursor(epoch="a", seq=7)
    assert not outcome.resend
    assert names(await directory.search("교장")) == ["김하늘"]
    assert names(await directory.search("교감")) == []
    assert names(await directory.search("박서연")) == []


async def test_the_same_delta_twice_changes_nothing(db: Database, directory: Directory) -> None:
    await load(db, directory)
    before = await db.read(lambda tx: directory.page(tx, "J100000000", None, LIFE))
    again = await db.write(lambda tx: directory.take_over(tx, HANBIT, whole("a", *STAFF)))
    assert not again.changed
    assert not again.resend
    after = await db.read(lambda tx: directory.page(tx, "J100000000", None, LIFE))
    assert msgspec.json.encode(after) == msgspec.json.encode(before)


async def test_a_gap_asks_for_the_whole_share(db: Database, directory: Directory) -> None:
    await load(db, directory)
    change = upsert(9, staff(9, "새사람"))
    outcome = await db.write(
        lambda tx: directory.take_over(tx, HANBIT, delta("a", 8, 9, (change,), (change,)))
    )
    assert outcome.resend
    assert outcome.cursor == Cursor(epoch="a", seq=5)
    assert names(await directory.search("새사람")) == []


async def test_a_restored_node_sends_everything_and_only_differences_travel_on(
    db: Database, directory: Directory
) -> None:
    await load(db, directory)
    held = await db.read(lambda tx: directory.page(tx, SAESOL, None, LIFE))
    nothing = delta("c", 3, 4, (upsert(4, staff(4, "없는이")),), ())
    assert (await db.write(lambda tx: directory.take_over(tx, HANBIT, nothing))).resend
    restored = whole("c", *STAFF[:3], staff(7, "정새봄"))
    outcome = await db.write(lambda tx: directory.take_over(tx, HANBIT, restored))
    assert outcome.cursor == Cursor(epoch="c", seq=4)
    told = await db.read(lambda tx: directory.page(tx, SAESOL, held.cursor, LIFE))
    assert sorted(text(item) for item in told.items) == [
        "remove:p3",
        "remove:p4",
        "upsert:p7",
    ]


def text(item: object) -> str:
    change = msgspec.json.decode(msgspec.json.encode(item))["increment"]
    return "left" if change is None else f"{change['op']}:{change['id']}"


async def test_a_digest_that_differs_asks_for_the_whole_share(
    db: Database, directory: Directory
) -> None:
    await load(db, directory)
    drifted = DirectoryDelta(
        epoch="a", from_seq=5, to_seq=5, digest=hashlib.sha256(b"other").hexdigest()
    )
    assert (await db.write(lambda tx: directory.take_over(tx, HANBIT, drifted))).resend


async def test_a_whole_share_that_contradicts_its_digest_leaves_nothing(
    db: Database, directory: Directory
) -> None:
    wrong = msgspec.structs.replace(whole("a", *STAFF), digest="0" * 64)
    with pytest.raises(MalformedMessage):
        await db.write(lambda tx: directory.take_over(tx, HANBIT, wrong))
    assert names(await directory.search("하늘")) == []


async def test_a_school_cannot_speak_for_another(db: Database, directory: Directory) -> None:
    with pytest.raises(MalformedMessage):
        await db.write(
            lambda tx: directory.take_over(tx, HANBIT, whole("a", school(SAESOL, "새솔중학교")))
        )
    assert (await directory.search("새솔")).schools == ()


async def test_the_stream_carries_every_change_of_others_once_and_in_order(
    db: Database, directory: Directory
) -> None:
    await load(db, directory)
    seen: list[str] = []
    cursor: Cursor | None = None
    resets = 0
    while True:
        page: DirectoryPage = await db.read(
            lambda tx, held=cursor: directory.page(tx, SAESOL, held, LIFE, limit=2)  # type: ignore[misc]
        )
        resets += page.reset
        seen += [text(item) for item in page.items]
        cursor = page.cursor
        if not page.more:
            break
    assert resets == 1
    assert sorted(seen) == ["upsert:J107530101", "upsert:p1", "upsert:p2", "upsert:p3", "upsert:p4"]
    assert not await db.read(lambda tx: directory.behind(tx, cursor, LIFE))


async def test_a_restored_hub_makes_nodes_start_again(db: Database, directory: Directory) -> None:
    await load(db, directory)
    page = await db.read(lambda tx: directory.page(tx, SAESOL, None, LIFE))
    assert await db.read(lambda tx: directory.behind(tx, page.cursor, "another life"))
    again = await db.read(lambda tx: directory.page(tx, SAESOL, page.cursor, "another life"))
    assert again.reset
    assert len(again.items) == len(page.items)
    beyond = Cursor(epoch=LIFE, seq=page.cursor.seq + 100)
    assert (await db.read(lambda tx: directory.page(tx, SAESOL, beyond, LIFE))).reset


async def test_a_school_that_left_is_forgotten_everywhere_and_may_come_back(
    db: Database, directory: Directory
) -> None:
    await load(db, directory)
    held = await db.read(lambda tx: directory.page(tx, SAESOL, None, LIFE))
    await db.write(lambda tx: directory.forget_school(tx, HANBIT))
    assert names(await directory.search("하늘")) == []
    told = await db.read(lambda tx: directory.page(tx, SAESOL, held.cursor, LIFE))
    assert [text(item) for item in told.items] == ["left"]
    await db.write(lambda tx: directory.take_over(tx, HANBIT, whole("d", *STAFF)))
    assert names(await directory.search("하늘")) == ["김하늘", "이하늘"]
    back = await db.read(lambda tx: directory.page(tx, SAESOL, told.cursor, LIFE))
    assert len(back.items) == 5
