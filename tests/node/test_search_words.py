"""Words are found however they are written, and marked where they stand; the index follows."""

import unicodedata
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.clock import ManualClock
from kit.db import Tx
from node.newsletters import lists as letters
from node.newsletters.model import Publication, Sort
from node.newsletters.service import Filter
from node.search import store
from node.search.cutting import FORM
from node.search.question import terms
from node.search.showing import highlight, snippet
from node.search.store import AT_ONCE
from tests.models import documents
from tests.node.indexed import noted_by_an_earlier_version
from tests.node.test_search import find, titles
from tests.node.village import ALL_3_2, Village


def decomposed(text: str) -> str:
    """As macOS writes it."""
    return unicodedata.normalize("NFD", text)


@pytest.fixture
async def village(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Village]:
    opened = Village(tmp_path, clock)
    await opened.open()
    yield opened
    await opened.close()


async def attached(village: Village, name: str, content: bytes) -> None:
    """A letter with a file, and the file read."""
    teacher = await village.asker("park")
    file = village.files.keep(name, content)
    publication = Publication(Sort.NEWSLETTER, "안내", "붙임 참고", ALL_3_2, (file,))
    await village.db.write(lambda tx: village.newsletters.publish_now(tx, teacher, publication))
    await village.files.previews.work()


# Written otherwise --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "query", "marked"),
    [
        ("2026학년도 ＳＷ교육 선도학교", "SW교육", ["ＳＷ", "교육"]),
        ("２학년 체육대회", "2학년", ["２학년"]),
        ("학부모ㆍ학생 상담주간", "학부모·학생", ["학부모", "학생"]),
        ("학부모·학생 상담주간", "학부모ㆍ학생", ["학부모", "학생"]),
        (decomposed("현장체험학습 안내"), "체험학습", [decomposed("체험학습")]),
        ("현장체험학습 안내", decomposed("현장체험학습"), ["현장체험학습"]),
        ("㈜한빛교육 방과후", "주식회사", ["㈜"]),
        ("주식회사 한빛교육 방과후", "(주)한빛교육", ["주식회사 한빛교육"]),
        ("제①항 참고", "1항", ["①항"]),
        ("방과후 CLUB 활동", "club", ["CLUB"]),
        ("방과후 club 활동", "ＣＬＵＢ", ["club"]),
        ("3~4학년 대상", "3-4학년", ["3", "4학년"]),
        ("3~4학년 대상", "3학년", ["3~4학년"]),
        ("1~3학년 대상", "2학년", []),
        ("1·2반 체육", "1반", ["1·2반"]),
        ("3학년 2반 알림장", "3학년2반", ["3학년", "2반"]),
        ("3-2반 알림장", "3학년 2반", ["3-", "2반"]),
        ("3학년 2반 알림장", "3-2반", ["3학년", "2반"]),
        ("참가비 35,000원", "35000원", ["35,000원"]),
        ("참가비 35,000원", "35,000", ["35,000"]),
        ("참가비 35000원", "35,000원", ["35000원"]),
        ("코로나19 예방", "코로나 19", ["코로나", "19"]),
        ("코로나 19 예방", "코로나19", ["코로나", "19"]),
        ("K-POP 댄스", "KPOP", ["K-POP"]),
        ("KPOP 댄스", "k-pop", ["KPOP"]),
        ("K-POP 댄스", "pop", ["POP"]),
        ("10㎏ 이하", "10 kg", ["10", "㎏"]),
        ("e알리미 설치", "알리미", ["알리미"]),
        ("역사 체험", "역사", ["역사"]),
        ("대한민국의 민국", "민국", ["민국", "민국"]),
    ],
)
async def test_a_word_written_otherwise_is_found_and_marked_as_it_is_shown(
    village: Village, text: str, query: str, marked: list[str]
) -> None:
    await village.sent("park", text, "본문")
    found = await find(village, "haneul", query)
    assert (titles(found), found.is_loose) == ([text], False)
    assert [part.text for part in found.hits[0].title if part.hit] == marked


DAYS = {
    "2026. 12. 3.(목) 축제": "12. 3.",
    "12월 3일 축제": "12월 3일",
    "축제 12/3(목)": "12/3",
    "축제 2026-12-03": "12-03",
    "12월 03일까지 신청": "12월 03일",
}


@pytest.mark.parametrize(
    "query",
    [
        "12월 3일",
        "12월3일",
        "12. 3.",
        "12.3.(목)",
        "2026. 12. 3.(목)",
        "2026-12-03",
        "12/3",
        "12.3",
    ],
)
async def test_a_day_is_found_by_any_way_to_write_it(village: Village, query: str) -> None:
    for text in DAYS:
        await village.sent("park", text, "본문")
    found = await find(village, "haneul", query)
    assert not found.is_loose
    marked = [[part.text for part in hit.title if part.hit] for hit in found.hits]
    assert dict(zip(titles(found), marked, strict=True)) == {
        text: [day] for text, day in DAYS.items()
    }


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("3월 12일 행사", "12월 3일"),
        ("12월 13일 행사", "12월 3일"),
        ("평균 12.3점", "12월 3일"),
        ("1. 2학년 대상", "1월 2일"),
        ("①2월 행사", "12월"),
        ("참가비 135,000원", "35,000"),
        ("체육 CLUB", "lub"),
        ("2학년 3반 알림장", "3학년 2반"),
        ("3-2반 알림장", "3반"),
        ("코딩반 2. 곳: 3층, 1학년", "3학년 2반"),
    ],
)
async def test_what_says_something_else_is_not_taken_for_it(
    village: Village, text: str, query: str
) -> None:
    await village.sent("park", text, "본문")
    found = await find(village, "haneul", query)
    assert titles(found) == [] or found.is_loose


async def test_the_letter_of_the_year_that_was_asked_for_comes_first(village: Village) -> None:
    await village.sent("park", "지난 축제", "2025. 12. 3.(수) 축제")
    await village.sent("park", "이번 축제", "2026. 12. 3.(목) 축제")
    await village.sent("park", "옛날 축제", "2024. 12. 3.(화) 축제")
    assert titles(await find(village, "haneul", "2026년 12월 3일"))[0] == "이번 축제"


async def test_a_short_word_beside_a_long_one_restricts(village: Village) -> None:
    await village.sent("park", "수영 교실 안내", "본문")
    await village.sent("park", "수영 대회 ok", "본문")
    assert titles(await find(village, "haneul", "수영 ok")) == ["수영 대회 ok"]


@pytest.mark.parametrize(
    ("title", "query"),
    [
        ("현장 체험학습 안내", "현장체험 학습"),
        ("ＳＷ교육 선도학교", "sw교육"),
        ("2026. 12. 3.(목) 축제", "12월 3일"),
        ("참가비 35,000원", "35000원"),
        (decomposed("급식 안내"), "급식"),
    ],
)
async def test_the_list_of_letters_finds_titles_the_same_way(
    village: Village, title: str, query: str
) -> None:
    await village.sent("park", "다른 소식")
    await village.sent("park", title)
    for number in range(3):
        await village.sent("park", f"다른 소식 {number}")
    guardian = await village.asker("haneul")
    listing = await village.newsletters.listing(guardian, Filter(q=query))
    assert [line.title for line in listing.lines] == [title]


async def test_a_title_is_found_behind_many_others(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letters, "LOOKED_THROUGH", 3)
    for number in range(8):
        await village.sent("park", f"{'급식' if number % 4 == 0 else '다른'} 소식 {number}")
        village.clock.advance(1)
    guardian = await village.asker("haneul")
    first = await village.newsletters.listing(guardian, Filter(q="급식"), limit=1)
    assert [line.title for line in first.lines] == ["급식 소식 4"]
    then = await village.newsletters.listing(guardian, Filter(q="급식", cursor=first.cursor))
    assert [line.title for line in then.lines] == ["급식 소식 0"]
    assert not then.cursor


# Wrapped ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query", ["현장체험학습", "체험학습", "사전답사", "담임교사", "다녀왔습니다"]
)
async def test_a_word_that_goes_on_in_the_next_line_is_found(village: Village, query: str) -> None:
    lines = [
        "11월 셋째 주에 가는 현장체험",
        "학습을 위하여 담임교  ",
        "사가 사전답",
        "사를 다녀왔습니다.",
    ]
    await attached(village, "계획.txt", "\r\n".join(lines).encode())
    found = await find(village, "haneul", query)
    assert (titles(found), found.is_loose) == (["안내"], False)
    marked = [part.text for part in found.hits[0].snippet if part.hit]
    assert ["".join(one.split()) for one in marked] == [query]


async def test_the_end_of_a_paragraph_parts_words(village: Village) -> None:
    await attached(village, "계획.txt", "준비물은 현장체험\n\n학습 자료".encode())
    assert titles(await find(village, "haneul", "험학습")) == []


# Where it is shown --------------------------------------------------------------------------------


@given(
    text=st.text(
        st.sampled_from("가나다 12345.,월일목()①㈜ＡaB-ㆍ\u1100\u1161\u200b\n"), max_size=60
    ),
    question=st.text(st.sampled_from("가나다 12345.,월일①㈜ab-"), max_size=8),
)
def test_marking_changes_no_letter_of_what_is_shown(text: str, question: str) -> None:
    assert "".join(part.text for part in highlight(text, terms(question))) == text
    shown = "".join(part.text for part in snippet(text, terms(question))).removeprefix("… ")
    assert shown.removesuffix(" …") in " ".join(text.split())


def test_a_snippet_of_a_long_text_begins_near_the_word() -> None:
    text = "학부모님께 알립니다. " * 2000 + "2026. 12. 3.(목) 축제가 열립니다."
    parts = snippet(text, terms("12월 3일"))
    assert [part.text for part in parts if part.hit] == ["12. 3."]


# Files of a Mac -----------------------------------------------------------------------------------


async def test_the_name_of_a_file_from_a_mac_is_composed(village: Village) -> None:
    await attached(village, decomposed("가정통신문.pdf"), documents.pdf("내용"))
    assert titles(await find(village, "haneul", "가정통신문")) == ["안내"]
    assert await village.sql("SELECT name FROM files_attachment") == [("가정통신문.pdf",)]


# The index ----------------------------------------------------------------------------------------


async def test_what_stands_in_an_older_form_is_written_anew_and_found_meanwhile(
    village: Village,
) -> None:
    for number in range(40):
        await village.sent("park", f"축제 {number} 안내", "2026. 12. 3.(목)")
    await village.outbox.drained()

    def as_it_was(tx: Tx) -> None:
        noted_by_an_earlier_version(tx, body="2026 12 3 목")
        tx.execute("UPDATE search_document SET form = 1")

    await village.db.write(as_it_was)
    assert (await find(village, "haneul", "12월 3일 축제")).is_loose
    assert len(titles(await find(village, "haneul", "축제 안내"))) == 20
    assert await village.search.renewal.work() < 40
    assert not (await find(village, "haneul", "12월 3일 축제")).is_loose
    while await village.search.renewal.work():
        pass
    assert await village.sql("SELECT count(*) FROM search_document WHERE form < ?", FORM) == [(0,)]
    found = await find(village, "haneul", "12월 3일 축제 39")
    assert (titles(found), found.is_loose) == (["축제 39 안내"], False)


async def test_what_was_corrected_while_it_was_written_anew_stays_corrected(
    village: Village,
) -> None:
    letter = await village.sent("park", "준비물", "색연필")
    await village.outbox.drained()
    await village.db.write(lambda tx: tx.execute("UPDATE search_document SET form = 1"))
    cut = [store.cut(one) for one in await village.db.read(lambda tx: store.outdated(tx, 10))]
    teacher = await village.asker("park")
    await village.newsletters.corrections.correct(teacher, letter.id, "준비물", "물감", "변경됨")
    await village.outbox.drained()
    await village.db.write(lambda tx: store.renew(tx, cut))
    assert titles(await find(village, "haneul", "물감")) == ["준비물"]
    assert titles(await find(village, "haneul", "색연필")) == []


async def test_a_long_text_is_found_by_its_title_at_once_and_by_its_words_soon(
    village: Village,
) -> None:
    await attached(village, "규정.txt", ("학교 규정 " * AT_ONCE + "휴대전화").encode())
    assert titles(await find(village, "haneul", "규정")) == ["안내"]
    assert await village.search.renewal.work() == 1
    assert titles(await find(village, "haneul", "휴대전화")) == ["안내"]
    assert await village.search.renewal.work() == 0


# Wrapped ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["현장체험학습", "체험학습", "담임교사", "사전답사"])
async def test_a_word_that_a_pdf_wraps_is_found(village: Village, query: str) -> None:
    lines = [
        "11월 셋째 주에 가는 현장체험",
        "학습을 위하여 담임교",
        "사가 사전답",
        "사를 다녀왔습니다.",
    ]
    await attached(village, "계획.pdf", documents.printed(lines, width=500))
    found = await find(village, "haneul", query)
    assert (titles(found), found.is_loose) == (["안내"], False)
