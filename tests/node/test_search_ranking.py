"""Common words: found whoever may read little of them, and no dearer than what is shown."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kit.clock import HOUR, ManualClock
from kit.db import Tx
from node.drive.findable import FINDABLE as FILES
from node.newsletters.findable import FINDABLE as LETTERS
from node.newsletters.model import Publication, Sort
from node.official.findable import FINDABLE as NOTICES
from node.ports.findable import Document
from node.search import ranking, store
from node.search.question import terms
from node.search.ranking import MatchWalk, steps
from node.search.readable import Readable
from tests.node.test_search import find, titles
from tests.node.village import Village
from tests.steps import steps_of

OWN, OTHERS = "guardians/class:c32", "guardians/class:c31"


@pytest.fixture
async def village(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Village]:
    opened = Village(tmp_path, clock)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four documents make a word common."""
    monkeypatch.setattr(ranking, "COMMON", 4)
    monkeypatch.setattr(ranking, "FIRST", 3)


async def sent(village: Village, title: str, body: str, key: str = OWN, number: int = 1) -> None:
    """Letters of the same text, an hour apart."""
    author = await village.asker("han")

    def unit(tx: Tx) -> None:
        for _time in range(number):
            village.clock.advance(HOUR)
            what = Publication(kind=Sort.CLASS_NOTICE, title=title, body=body, keys=(key,))
            village.newsletters.publish_now(tx, author, what)

    await village.db.write(unit)
    await village.outbox.drained()


@pytest.mark.usefixtures("few")
async def test_of_a_common_word_titles_come_first_and_the_newest_before_all(
    village: Village,
) -> None:
    await sent(village, "체험학습 하나", "준비물")
    await sent(village, "체험학습 둘", "준비물")
    for name in ("셋", "넷", "다섯"):
        await sent(village, f"소식 {name}", "체험학습을 갑니다.")
    assert titles(await find(village, "haneul", "체험학습")) == [
        "체험학습 둘",
        "체험학습 하나",
        "소식 다섯",
        "소식 넷",
        "소식 셋",
    ]


@pytest.mark.usefixtures("few")
async def test_a_rare_word_beside_a_common_one_ranks_by_itself(village: Village) -> None:
    await sent(village, "안내", "체험학습을 갑니다.", number=8)
    await sent(village, "안내", "체험학습 때 망원경은 선택입니다. " + "그 밖의 말 " * 30)
    await sent(village, "망원경", "체험학습")
    await sent(village, "망원경 고장", "다른 이야기")
    found = await find(village, "haneul", "체험학습 망원경")
    assert (titles(found), found.is_loose) == (["망원경", "안내"], False)


@pytest.mark.usefixtures("few")
async def test_common_words_that_no_text_has_all_of_are_found_two_by_two(village: Village) -> None:
    await sent(village, "체험학습 준비물", "가", number=5)
    await sent(village, "우유 급식", "나", number=5)
    await sent(village, "체험학습", "다", number=5)
    found = await find(village, "haneul", "체험학습 준비물 우유")
    assert found.is_loose
    assert titles(found)[:5] == ["체험학습 준비물"] * 5
    assert sorted(titles(found)[5:]) == ["우유 급식"] * 5 + ["체험학습"] * 5


@pytest.mark.usefixtures("few")
async def test_pages_of_a_common_word_hold_every_readable_text_once(village: Village) -> None:
    for number in range(30):
        key = OWN if number % 5 == 0 else OTHERS
        await sent(village, f"소식 {number}", "체험학습을 갑니다.", key)
        if number % 10 == 0:
            await sent(village, f"체험학습 {number}", "준비물", key)
    asker = await village.asker("haneul")
    shown: list[str] = []
    page: int | None = 1
    while page:
        found = await village.search.find(asker, "체험학습", limit=4, page=page)
        shown += titles(found)
        page = found.next_page
    own = [f"체험학습 {number}" for number in (20, 10, 0)]
    assert shown == own + [f"소식 {number}" for number in (25, 20, 15, 10, 5, 0)]
    assert titles(await find(village, "doyun", "체험학습"))[:1] == ["소식 29"]


@pytest.mark.usefixtures("few")
async def test_a_common_word_is_found_within_a_kind_and_a_time(village: Village) -> None:
    await sent(village, "소식", "체험학습을 갑니다.", number=9)
    letter = await village.sent("han", "새 소식", "체험학습을 갑니다.", ("guardians",))
    await village.outbox.drained()
    assert letter.state == "published"
    assert titles(await find(village, "haneul", "체험학습", kind="newsletter")) == ["새 소식"]
    assert titles(await find(village, "haneul", "체험학습", kind="official")) == []
    principal = await village.asker("han")
    several = await village.search.find(principal, "체험학습 물감", kind="newsletter")
    assert (titles(several), several.is_loose) == (["새 소식"], True)
    since = village.clock.now() - 2 * HOUR
    assert titles(await find(village, "haneul", "체험학습", since=since)) == [
        "새 소식",
        "소식",
        "소식",
        "소식",
    ]
    assert titles(await find(village, "haneul", "체험학습", since=since + 9 * HOUR)) == []


async def test_what_a_search_costs_does_not_grow_with_what_is_stored(
    village: Village, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A common word, a single syllable, a word of its own beside a common one; in 500 letters and in
    four times as many."""
    monkeypatch.setattr(ranking, "COMMON", 100)
    guardian, teacher = await village.asker("haneul"), await village.asker("park")

    def more(tx: Tx, begin: int, end: int) -> None:
        for number in range(begin, end):
            key = OWN if number % 5 == 0 else OTHERS
            text = "체험학습을 갑니다. 준비물은 물감입니다."
            subject, href = f"newsletter:n{number}", f"/newsletters/n{number}"
            title = f"안내 {number}"
            tx.execute(
                "INSERT INTO newsletters_newsletter (id, kind, state, year, title, body, author_id,"
                " author_name, created_at, updated_at, published_at)"
                " VALUES (?, 'class_notice', 'published', 2026, ?, '', 'han', '', 0, 0, ?)",
                (f"n{number}", title, number),
            )
            tx.execute(
                "INSERT INTO newsletters_audience (newsletter_id, key) VALUES (?, ?)",
                (f"n{number}", key),
            )
            document = Document(
                subject, "class_notice", title, "", href, text, number, frozenset({key})
            )
            store.add(tx, document)

    readable = Readable([LETTERS, NOTICES, FILES])
    questions = ("체험학습", "안", "준비물 체험학습 안내", "안내 77", "우주여행 물감")
    asked = {
        (asker.id, question): lambda tx, asker=asker, question=question: [
            store.find(
                tx,
                store.SearchReader(asker, readable),
                [term.wanted for term in terms(question)],
                store.Within(),
                any_word=any_word,
                limit=21,
            )
            for any_word in (False, True)
        ]
        for asker in (guardian, teacher)
        for question in questions
    }
    database = village.database
    await village.db.write(lambda tx: more(tx, 0, 500))
    before = {name: steps_of(database, unit) for name, unit in asked.items()}
    await village.db.write(lambda tx: more(tx, 500, 2000))
    after = {name: steps_of(database, unit) for name, unit in asked.items()}
    grown = {n: (before[n], after[n]) for n in asked if after[n] > before[n] * 1.3 + 20}
    assert grown == {}


async def test_words_that_are_rare_are_ranked_whole(village: Village) -> None:
    await sent(village, "소식", "망원경 이야기")
    await sent(village, "망원경", "이야기")

    def unit(tx: Tx) -> list[list[int] | MatchWalk]:
        return list(steps(tx, ['"망원 원경"'], "", 0, any_word=False))

    (ranked,) = await village.db.read(unit)
    assert isinstance(ranked, list)
    first, second = ranked
    assert first > second, "the title weighs more"
