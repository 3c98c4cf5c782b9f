"""The index keeps no texts: whatever comes, changes and goes, it holds the words of what is stored."""

import random
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.clock import ManualClock
from kit.db import SQLite, Tx
from kit.schema import create, statements
from node.newsletters.findable import FINDABLE
from node.ports.findable import Document
from node.search import comparing, index, store
from node.search.cutting import FORM
from node.search.index import Stored
from node.search.service import Search
from node.search.store import AT_ONCE
from tests.node.indexed import ALL, noted_by_an_earlier_version, words_anew, words_of
from tests.node.test_search import find, titles
from tests.node.village import Village


@pytest.fixture
async def village(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Village]:
    opened = Village(tmp_path, clock)
    await opened.open()
    yield opened
    await opened.close()


async def whole(village: Village) -> bool:
    """Whether the index holds the words of what is stored and no other, and FTS5 finds it in order."""

    def unit(tx: Tx) -> bool:
        tx.execute("INSERT INTO search_index (search_index) VALUES ('integrity-check')")
        return words_of(tx) == words_anew(tx)

    return await village.db.write(unit)


async def worked(village: Village) -> None:
    while await village.search.renewal.work():
        pass


# Whatever happens --------------------------------------------------------------------------------


def document(subject: str, text: str, note: str = "") -> Document:
    return Document(subject, "file", text[:5], note, "/", text, 0, frozenset({"staff"}))


def renewed(tx: Tx) -> None:
    """Whatever the renewal does, at once."""
    for one in index.leaving(tx, 100):
        index.left(tx, one.number, one.as_put())
    store.renew(tx, [store.cut(one) for one in store.outdated(tx, 100)])
    for found in index.earlier(tx, 100):
        index.compared(tx, found, found.document.as_put() if found.document else None)
    if index.is_wanted_anew(tx):
        index.begin_anew(tx)
        store.renew(tx, [store.cut(one) for one in index.absent(tx, 100)])
        index.came_to(tx, None)


def read_otherwise(tx: Tx) -> None:
    """All texts are cut otherwise than when they were put in."""
    tx.execute("UPDATE search_document SET text = text || ' 뒤'")


ACTS = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from("abcd"),
            st.lists(
                st.text(st.sampled_from("가나다라 12.월일~-abㅋ①\n"), max_size=12), max_size=3
            ),
        ),
        st.sampled_from([noted_by_an_earlier_version, renewed, read_otherwise]),
    ),
    max_size=14,
)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Six characters make a text long."""
    monkeypatch.setattr(store, "AT_ONCE", 6)
    monkeypatch.setattr(store, "GONE_AT_ONCE", 6)


@pytest.mark.usefixtures("short")
@given(acts=ACTS)
def test_whatever_comes_changes_and_goes_the_index_holds_what_a_fresh_one_would(
    acts: list[object],
) -> None:
    with closing(SQLite(Path(":memory:")).connect(writer=True)) as connection:
        tx = Tx(connection)
        create(tx, ["node.search"])
        for act in acts:
            if isinstance(act, tuple):
                subject, texts = act
                store.forget(tx, subject)
                for text in texts:
                    store.add(tx, document(subject, text))
            elif callable(act):
                act(tx)
        renewed(tx)
        if any(act is read_otherwise for act in acts):
            index.want_anew(tx)  # as the night finds
        renewed(tx)
        tx.execute("INSERT INTO search_index (search_index) VALUES ('integrity-check')")
        assert words_of(tx) == words_anew(tx)
        numbers = {number for (number, *_rest) in tx.rows(ALL)}
        assert {number for (number,) in tx.rows("SELECT number FROM search_pairs")} == numbers


# Long texts ---------------------------------------------------------------------------------------


async def test_a_long_text_that_was_withdrawn_is_found_by_nobody_and_leaves_the_index_soon(
    village: Village,
) -> None:
    def unit(tx: Tx) -> None:
        store.add(tx, document("drive:1", "규정 " * AT_ONCE + "휴대전화"))

    await village.db.write(unit)
    await worked(village)
    await village.db.write(lambda tx: store.forget(tx, "drive:1"))
    assert titles(await find(village, "oh", "휴대전화")) == []
    assert await village.sql("SELECT count(*) FROM search_leaving") == [(1,)]

    letter = await village.sent("park", "새 소식", "다른 글")
    await village.outbox.drained()
    assert titles(await find(village, "haneul", "소식")) == ["새 소식"]
    assert titles(await find(village, "haneul", "휴대전화")) == []
    await worked(village)
    assert await village.sql("SELECT count(*) FROM search_leaving") == [(0,)]
    assert letter.state == "published"
    assert await whole(village)


# What an earlier version kept ---------------------------------------------------------------------


def earlier_migrations() -> Iterator[str]:
    """Those of the index that kept its texts."""
    found = files("node.search").joinpath("migrations")
    for entry in sorted(found.iterdir(), key=lambda one: one.name):
        if entry.name < "008":
            yield from statements(entry.read_text(encoding="utf-8"))


def test_an_index_that_kept_its_texts_is_searched_on_after_the_update_and_put_in_anew_nowhere(
    tmp_path: Path,
) -> None:
    chance = random.Random(7)
    with closing(SQLite(tmp_path / "earlier").connect(writer=True)) as connection:
        tx = Tx(connection)
        create(tx, [])
        for statement in earlier_migrations():
            tx.execute(statement)
        for number in range(1, 301):
            text = " ".join(chance.choices(["체험학습", "3학년", "준비물", "안내", "pdf"], k=20))
            tx.execute(
                "INSERT INTO search_document (number, subject, kind, title, note, href, text, at, form)"
                " VALUES (?, ?, 'file', '제목', '', '/', ?, 0, ?)",
                (number, f"drive:{number}", text, FORM),
            )
            pairs = Stored(number, "제목", "", text, FORM).as_put()
            tx.execute(
                "INSERT INTO search_index (rowid, title, body) VALUES (?, ?, ?)",
                (number, pairs.title, pairs.body),
            )
        ranked = (
            "SELECT number, weight FROM (SELECT rowid AS number, bm25(search_index, 6.0, 1.0) AS weight"
            ' FROM search_index WHERE search_index MATCH \'"체험 험학" AND "3 학년"\') ORDER BY 2, 1'
        )
        before = tx.rows(ranked)
        last = files("node.search").joinpath("migrations", "008_index_without_texts.sql")
        for statement in statements(last.read_text(encoding="utf-8")):
            tx.execute(statement)
        assert tx.rows(ranked) == before
        with closing(SQLite(tmp_path / "earlier").connect(writer=False)) as other:
            assert Tx(other).rows(ranked) == before

        store.forget(tx, "drive:17")
        store.add(tx, document("drive:301", "체험학습 3학년"))
        for found in index.earlier(tx, 1000):
            index.compared(tx, found, found.document.as_put() if found.document else None)
        assert tx.value("SELECT count(*) FROM search_earlier") == 0
        assert not index.is_being_made(tx)
        tx.execute("INSERT INTO search_index (search_index) VALUES ('integrity-check')")
        assert words_of(tx) == words_anew(tx)


async def test_what_an_earlier_version_noted_goes_in_the_background(village: Village) -> None:
    for number in range(60):
        await village.sent("park", f"소풍 {number}", "준비물은 도시락")
    await village.outbox.drained()
    await village.db.write(noted_by_an_earlier_version)
    assert len(titles(await find(village, "haneul", "도시락"))) == 20
    await worked(village)
    assert await village.sql("SELECT count(*) FROM search_earlier") == [(0,)]
    assert await whole(village)


# Made anew ----------------------------------------------------------------------------------------


async def test_a_text_that_is_read_otherwise_than_it_was_put_in_brings_a_new_index(
    village: Village,
) -> None:
    letters = [await village.sent("park", f"소풍 {number}", "도시락") for number in range(60)]
    await village.outbox.drained()
    await village.db.write(read_otherwise)
    teacher = await village.asker("park")
    await village.newsletters.corrections.correct(
        teacher, letters[3].id, "소풍 3", "물통", "변경됨"
    )
    assert titles(await find(village, "haneul", "물통")) == ["소풍 3"]
    assert "소풍 3" not in titles(await find(village, "haneul", "3 도시락"))
    await worked(village)
    assert titles(await find(village, "haneul", "물통")) == ["소풍 3"]
    assert len(titles(await find(village, "haneul", "도시락 뒤"))) == 20
    assert await whole(village)


async def test_the_night_goes_through_the_index_in_parts_and_has_it_made_anew_where_it_is_wrong(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "AT_LEAST", 10)
    monkeypatch.setattr(comparing, "BATCH", 5)
    for number in range(30):
        await village.sent("park", f"소풍 {number}", "도시락")
    await village.outbox.drained()
    for _night in range(4):
        await village.search.compare_some()
    assert not await village.db.read(index.is_being_made)

    await village.db.write(
        lambda tx: tx.execute("UPDATE search_document SET text = '물통' WHERE number = 25")
    )
    assert await village.search.compare(village.db, lambda _done, _of: None) == 1
    for _night in range(4):
        await village.search.compare_some()
    await worked(village)
    assert await village.search.compare(village.db, lambda _done, _of: None) == 0
    assert titles(await find(village, "haneul", "물통")) == ["소풍 24"]
    assert await whole(village)


async def test_an_index_that_is_made_anew_is_found_from_newest_first_and_goes_on_after_a_restart(
    village: Village,
) -> None:
    for number in range(60):
        await village.sent("park", f"소풍 {number}", "도시락")
    await village.outbox.drained()
    await village.db.write(index.want_anew)
    for _some in range(2):
        await village.search.renewal.work()
    assert (await find(village, "haneul", "도시락")).hits[0].title[-1].text.endswith("59")
    restarted = Search(village.db, village.clock, [FINDABLE])
    assert await restarted.renewal.work() == 20
    assert await village.sql("SELECT count(*) FROM search_pairs") == [(60,)]
    assert await whole(village)
