"""Lists of letters: what a reader finds in them, and that others' letters cost them nothing."""

import random
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import msgspec
import pytest

from kit.clock import DAY, HOUR, ManualClock
from kit.db import Tx
from models.folding import holds
from node.newsletters import earlier, lists, store, titles
from node.newsletters.about import about
from node.newsletters.model import Publication, Sort
from node.newsletters.service import Filter
from node.people.access import held_through, may_read
from node.people.model import Asker
from tests.node.village import Village
from tests.steps import steps_of

KEYS = (
    ("guardians",),
    ("guardians", "students"),
    ("guardians/grade:3", "guardians/grade:5"),
    ("guardians/class:c32", "students/class:c32"),
    ("guardians/class:c31",),
    ("guardians/class:c51", "guardians/grade:3"),
    ("students/grade:5",),
    ("staff",),
    ("staff/department:3학년부",),
    ("staff/role:head", "guardians/class:c51"),
)
TITLES = (
    "현장 체험학습 안내",
    "체험학습  준비물",
    "12. 3.(목) 학예회",
    "급식비",
    "안",
    "㈜한빛 견학 안내",
    "체험 학습을 마치며",
    "Ａ반 Concert 안내",
)
WORDS = ("체험학습", "안내", "12월 3일", "주식회사한빛", "안", "급", "없는 말", "a반", "내 안", " ")
READERS = ("haneul", "doyun", "park", "jung", "han", "saebom")


@pytest.fixture
async def village(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Village]:
    opened = Village(tmp_path, clock)
    await opened.open()
    yield opened
    await opened.close()


async def sent(village: Village, title: str, keys: tuple[str, ...], kind: Sort, at: int) -> str:
    author = await village.asker("han")
    what = Publication(kind=kind, title=title, body="내용입니다.", keys=keys)
    return await village.db.write(
        lambda tx: village.newsletters.publish_now(tx, author, what, at=at)
    )


async def some_years(village: Village) -> None:
    """Letters of all kinds to all kinds of readers, some opened, some corrected, some taken back."""
    chance = random.Random(41)
    principal = await village.asker("han")
    now = village.clock.now()
    for number in range(90):
        at = now - chance.randrange(40) * DAY  # some at the same moment
        kind = chance.choice(list(Sort))
        letter = await sent(village, chance.choice(TITLES), chance.choice(KEYS), kind, at)
        for reader in READERS:
            if chance.random() < 0.4:
                asker = await village.asker(reader)
                await _opened_if_readable(village, asker, letter)
        if number % 11 == 0:
            await village.newsletters.corrections.withdraw(principal, letter, "잘못 보냄")
        elif number % 7 == 0:
            await village.newsletters.corrections.correct(
                principal, letter, chance.choice(TITLES), "고친 내용입니다.", "오타"
            )


async def _opened_if_readable(village: Village, asker: Asker, letter: str) -> None:
    if await village.db.read(lambda tx: store.is_addressed(tx, letter, asker)):
        await village.newsletters.open(asker, letter)


def by_the_rule(tx: Tx, asker: Asker, wanted: Filter) -> list[str]:
    """What should be found: every letter looked at, one by one."""
    held = held_through(tx, asker.id).get(wanted.child, set())
    found = []
    for id, kind, title, at, keys in tx.rows(
        "SELECT n.id, n.kind, n.title, n.published_at, n.keys"
        " FROM newsletters_newsletter n WHERE n.state = 'published'"
    ):
        letter_keys = set(msgspec.json.decode(keys, type=list[str]))
        is_for = bool(held & letter_keys) if wanted.child else may_read(asker, letter_keys)
        if is_for and wanted.kind in ("", kind) and holds(title, wanted.q):
            found.append((at, id))
    return [id for _at, id in sorted(found, reverse=True)]


async def turned(village: Village, asker: Asker, wanted: Filter, limit: int) -> list[str]:
    """What somebody finds who turns all pages."""
    found: list[str] = []
    while True:
        page = await village.newsletters.listing(asker, wanted, limit)
        found += [line.id for line in page.lines]
        if not page.cursor:
            return found
        wanted = msgspec.structs.replace(wanted, cursor=page.cursor)


async def _compare(village: Village) -> None:
    for reader in READERS:
        asker = await village.asker(reader)
        children = ["", *(child.student_id for child in asker.children)]
        for child in children:
            for kind in ("", *Sort):
                for words in ("", *WORDS):
                    wanted = Filter(kind=kind, child=child, q=words)
                    expected = await village.db.read(
                        partial(by_the_rule, asker=asker, wanted=wanted)
                    )
                    assert await turned(village, asker, wanted, 7) == expected, (reader, wanted)


async def test_every_list_holds_what_the_rule_of_access_says_in_its_order(
    village: Village,
) -> None:
    await some_years(village)
    await _compare(village)


async def test_titles_that_many_letters_have_are_found_as_those_that_few_have(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(titles, "COUNTED", 3)
    await some_years(village)
    await _compare(village)


async def test_titles_of_earlier_letters_are_found_before_and_after_they_are_cut(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An earlier version kept titles in letters alone."""
    monkeypatch.setattr(lists, "LOOKED_THROUGH", 20)
    await some_years(village)

    def as_before(tx: Tx) -> None:
        tx.execute("DELETE FROM newsletters_title")
        tx.execute("DELETE FROM kit_move WHERE name = ?", (titles.MOVE,))

    kept = await village.sql("SELECT * FROM newsletters_title ORDER BY 1, 2, 3")
    letters = await village.sql("SELECT id FROM newsletters_newsletter WHERE state = 'published'")
    await village.db.write(as_before)
    await _compare(village)
    await village.moves.drained()
    await _compare(village)
    published = {id for (id,) in letters}
    assert await village.sql("SELECT * FROM newsletters_title ORDER BY 1, 2, 3") == [
        row for row in kept if row[2] in published
    ]


async def test_what_was_opened_before_is_in_the_same_lists_before_and_after_it_moved(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In an earlier version an opening did not tell when its letter was published."""
    monkeypatch.setattr(earlier, "DATED_AT_ONCE", 7)
    await some_years(village)

    def as_before(tx: Tx) -> None:
        tx.execute("UPDATE newsletters_opening SET published_at = 0")
        tx.execute("DELETE FROM kit_move WHERE name = ?", (earlier.MOVE,))

    kept = await village.sql("SELECT * FROM newsletters_opening ORDER BY 1, 2")
    held = await village.db.read(lambda tx: about(tx, "haneul"))
    await village.db.write(as_before)
    assert await village.db.read(lambda tx: about(tx, "haneul")) == held
    await _compare(village)
    park = await village.asker("park")
    [letter, *_others] = await turned(village, park, Filter(), 7)
    await village.newsletters.open(park, letter)  # what is opened meanwhile stands among the others
    await _compare(village)
    await village.moves.drained()
    await _compare(village)
    assert await village.db.read(lambda tx: about(tx, "haneul")) == held
    moved = await village.sql("SELECT * FROM newsletters_opening ORDER BY 1, 2")
    assert {(row[0], row[1], row[3]) for row in kept} <= {(row[0], row[1], row[3]) for row in moved}


async def test_a_move_that_was_killed_goes_on_behind_the_last_opening_it_dated(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(earlier, "DATED_AT_ONCE", 3)
    await some_years(village)
    kept = await village.sql("SELECT * FROM newsletters_opening ORDER BY 1, 2")
    await village.db.write(lambda tx: tx.execute("UPDATE newsletters_opening SET published_at = 0"))
    at: str | None = None
    for _step in range(4):
        at = await village.db.write(partial(earlier.move, at=at))
    dated = "SELECT newsletter_id, person_id FROM newsletters_opening WHERE published_at > 0"
    assert sorted(await village.sql(dated)) == [row[:2] for row in kept[:12]]
    while at is not None:
        at = await village.db.write(partial(earlier.move, at=at))
    assert await village.sql("SELECT * FROM newsletters_opening ORDER BY 1, 2") == kept


async def test_the_front_page_shows_unread_letters_to_oneself_of_late(village: Village) -> None:
    await some_years(village)
    now = village.clock.now()
    since = now - 20 * DAY
    for reader in READERS:
        asker = await village.asker(reader)
        expected = await village.sql(
            "SELECT n.id FROM newsletters_newsletter n WHERE n.state = 'published'"
            " AND n.published_at >= ? AND EXISTS (SELECT 1 FROM json_each(n.keys) k"
            "  WHERE k.value IN (SELECT value FROM json_each(?)))"
            " AND NOT EXISTS (SELECT 1 FROM newsletters_opening o"
            "  WHERE o.newsletter_id = n.id AND o.person_id = ?)"
            " AND n.author_id <> ? ORDER BY n.published_at DESC, n.id DESC LIMIT 5",
            since,
            asker.keys,
            asker.id,
            asker.id,
        )
        found = await village.db.read(
            partial(lists.addressed_unread, reader=asker, since=since, limit=5)
        )
        assert [(line.id,) for line in found] == expected


# What it costs ------------------------------------------------------------------------------------

Asked = Callable[[Tx], object]


async def test_letters_to_other_classes_cost_a_reader_nothing(
    village: Village, tmp_path: Path
) -> None:
    """The same lists with twenty letters of one's own among 20, then among 1,220."""
    now = village.clock.now()
    for day in range(20):
        for key in ("guardians/class:c32", "guardians/class:c51"):
            at = now - day * 30 * DAY
            letter = await sent(village, f"준비물 {day}", (key,), Sort.CLASS_NOTICE, at)
            for reader in ("haneul", "park"):
                await village.newsletters.open(await village.asker(reader), letter)
    family, teacher = await village.asker("haneul"), await village.asker("park")
    keys = sorted((await village.db.read(lambda tx: held_through(tx, "haneul")))["saebom"])
    wanted = lists.Wanted(family)
    far = (now - 570 * DAY, "")
    asked: dict[str, Asked] = {
        "the first page": lambda tx: lists.lines(tx, wanted, 21),
        "one child": lambda tx: lists.lines(tx, lists.Wanted(family, child_keys=keys), 21),
        "a kind that is seldom": lambda tx: lists.lines(
            tx, lists.Wanted(family, kind="official"), 21
        ),
        "a title": lambda tx: lists.lines(tx, lists.Wanted(family, words="준비물 7"), 21),
        "a teacher's title": lambda tx: lists.lines(
            tx, lists.Wanted(teacher, words="준비물 7"), 21
        ),
        "a teacher's last page": lambda tx: lists.lines(tx, lists.Wanted(teacher, before=far), 21),
        "the front page": lambda tx: lists.addressed_unread(tx, family, now - 120 * DAY, 21),
        "a class's day": lambda tx: store.class_notices(
            tx, family, {"guardians/class:c32"}, now - HOUR, now + HOUR
        ),
    }
    database = village.database
    before = {name: steps_of(database, unit) for name, unit in asked.items()}
    principal = await village.asker("han")

    def to_others(tx: Tx) -> None:
        for number in range(1200):
            what = Publication(
                kind=Sort.CLASS_NOTICE,
                title=f"알림장 {number}",
                body="내용입니다.",
                keys=("guardians/class:c31",),
            )
            village.newsletters.publish_now(tx, principal, what, at=now - number * HOUR)

    await village.db.write(to_others)
    after = {name: steps_of(database, unit) for name, unit in asked.items()}
    grown = {n: (before[n], after[n]) for n in asked if after[n] > before[n] * 1.2 + 5}
    assert grown == {}
