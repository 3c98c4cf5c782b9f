"""What a search says about itself, and what it offers where nothing is as it was typed."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from kit.clock import DAY, ManualClock
from kit.db import Tx
from node.newsletters.model import Publication, Sort
from node.newsletters.web import NEWSLETTERS
from node.people.model import Audience, Kind
from node.search import index
from node.search.cutting import JOINED_SINCE
from node.search.index import Stored
from node.search.nearest import typed_in_latin
from node.search.question import terms
from node.search.showing import snippet
from tests.node.conftest import School
from tests.node.indexed import ALL
from tests.node.test_search import find, titles
from tests.node.test_search_index import whole
from tests.node.village import Village


@pytest.fixture
async def village(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Village]:
    opened = Village(tmp_path, clock)
    await opened.open()
    yield opened
    await opened.close()


# Nearest ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("도서괸", "도서관"),
        ("도서간", "도서관"),
        ("또서관 이용", "도서관 이용"),
        ("도서ㄱ관", "도서관"),
        ("도ㅅ관", "도서관"),
        ("ehtjrhks", "도서관"),
        ("도서괸을", "도서관을"),
    ],
)
async def test_a_word_with_one_letter_otherwise_finds_what_was_meant_and_says_so(
    village: Village, typed: str, meant: str
) -> None:
    await village.sent("park", "도서관 이용 시간")
    await village.sent("park", "다른 소식")
    found = await find(village, "haneul", typed)
    assert (titles(found), found.instead) == (["도서관 이용 시간"], meant)


async def test_a_word_of_what_the_asker_may_not_read_is_offered_to_nobody(village: Village) -> None:
    await village.sent("han", "징계위원회 소집", keys=("staff",))
    assert (await find(village, "park", "징걔위원회")).instead == "징계위원회"
    found = await find(village, "haneul", "징걔위원회")
    assert (titles(found), found.instead) == ([], "")


async def test_a_word_that_is_there_is_not_taken_for_another(village: Village) -> None:
    await village.sent("park", "공원 청소")
    await village.sent("park", "공연 초대")
    found = await find(village, "haneul", "공연")
    assert (titles(found), found.instead) == (["공연 초대"], "")


@pytest.mark.parametrize(
    ("typed", "hangul"),
    [
        ("rmqtlr", "급식"),
        ("rksmdgka", "가능함"),
        ("dhk", "와"),
        ("ekrrkqt", "닥값"),
        ("school", ""),
    ],
)
def test_keys_set_to_latin_letters_write_hangul(typed: str, hangul: str) -> None:
    assert typed_in_latin(typed) == hangul


# How many, and in which order ----------------------------------------------------------------------


async def test_it_is_said_how_many_letters_were_found(village: Village) -> None:
    for number in range(25):
        await village.sent("park", f"소풍 {number}")
    await village.sent("han", "교직원 소풍", keys=("staff",))
    found = await find(village, "haneul", "소풍")
    assert (found.count, found.is_more, len(found.hits)) == (25, False, 20)
    assert (await find(village, "park", "소풍")).count == 26


async def test_of_letters_that_say_the_same_the_newest_comes_first(village: Village) -> None:
    await village.sent("park", "2025학년도 졸업식 안내", "강당에서 합니다.")
    village.clock.advance(365 * DAY)
    await village.sent("park", "2026학년도 졸업식 안내", "강당에서 합니다. 주차는 어렵습니다.")
    assert titles(await find(village, "haneul", "졸업식"))[0] == "2026학년도 졸업식 안내"


async def test_who_asks_for_the_newest_gets_the_newest_first(village: Village) -> None:
    await village.sent("park", "졸업식 졸업식 졸업식", "졸업식")
    village.clock.advance(DAY)
    await village.sent("park", "다음 주 소식", "금요일은 졸업식입니다.")
    await village.outbox.drained()
    asker = await village.asker("haneul")
    assert titles(await village.search.find(asker, "졸업식"))[0] == "졸업식 졸업식 졸업식"
    newest = await village.search.find(asker, "졸업식", newest_first=True)
    assert titles(newest) == ["다음 주 소식", "졸업식 졸업식 졸업식"]


def test_a_snippet_begins_and_ends_with_a_whole_word() -> None:
    text = "안내드립니다 " * 30 + "내일은 도서관에 갑니다. " + "준비하십시오 " * 30
    shown = "".join(part.text for part in snippet(text, terms("도서관")))
    words = shown.removeprefix("… ").removesuffix(" …").split()
    assert set(words) == {"안내드립니다", "내일은", "도서관에", "갑니다.", "준비하십시오"}


# An index of the version before ---------------------------------------------------------------------


async def test_titles_of_before_are_found_by_their_initials_once_they_were_put_in_anew(
    village: Village,
) -> None:
    for number in range(20):
        await village.sent("park", f"국·영·수 보충 {number}", "월-금 방과-후")
    await village.outbox.drained()

    def as_before(tx: Tx) -> None:
        for stored in tx.structs(Stored, ALL):
            before = stored.whole(JOINED_SINCE - 1)
            index.replace(tx, stored.number, stored.as_put(), before)
        tx.execute("UPDATE search_document SET form = ?", (JOINED_SINCE - 1,))

    await village.db.write(as_before)
    assert await whole(village)
    assert titles(await find(village, "haneul", "ㅂㅊ")) == []
    assert len(titles(await find(village, "haneul", "보충"))) == 20
    while await village.search.renewal.work():
        pass
    assert await whole(village)
    assert len(titles(await find(village, "haneul", "ㅂㅊ"))) == 20
    assert len(titles(await find(village, "haneul", "국영수"))) == 20


# The page -------------------------------------------------------------------------------------------


async def test_the_page_says_how_many_it_found_and_by_which_words(school: School) -> None:
    author, newsletters = await school.asker("박서연"), school.app[NEWSLETTERS]
    for title in ("도서관 이용 시간", "도서관 책 나눔"):
        what = Publication(Sort.CLASS_NOTICE, title, "내용", (Audience(Kind.STAFF).key,))
        await school.db.write(partial(newsletters.publish_now, author=author, publication=what))
    await school.settled()
    teacher = await school.client_as("박서연")
    page = (await teacher.get("/search?q=도서괸")).text
    assert "가장 비슷한 검색어로 찾았습니다: 도서관" in page
    assert "2건 찾았습니다." in page
    nothing = (await teacher.get("/search?q=도서괸&kind=official")).text
    assert "검색 결과가 없습니다." in nothing
    assert "도우미에게 물어보기" not in nothing, "this school has no assistant"
