"""Search finds Korean as it is written, and only what the asker may read."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kit.clock import DAY, ManualClock
from kit.db import Tx
from kit.schema import migrate
from node.newsletters.model import Publication, Sort
from node.search.cutting import grams
from node.search.model import Found
from node.search.question import terms
from node.search.showing import highlight, snippet
from protocol.official import NoticeAudience, OfficialNotice
from tests.models import documents
from tests.node.indexed import noted_by_an_earlier_version
from tests.node.village import ALL_3_2, Village


@pytest.fixture
async def village(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Village]:
    opened = Village(tmp_path, clock)
    await opened.open()
    yield opened
    await opened.close()


async def find(village: Village, reader: str, query: str, kind: str = "", since: int = 0) -> Found:
    await village.outbox.drained()
    return await village.search.find(await village.asker(reader), query, kind=kind, since=since)


def titles(found: Found) -> list[str]:
    return ["".join(part.text for part in hit.title) for hit in found.hits]


@pytest.mark.parametrize(
    "query",
    ["체험학습", "체험", "학습", "현장체험학습", "현장 체험 학습", "습", "에버랜드 체험", "10월"],
)
async def test_a_letter_is_found_however_its_words_are_spaced_and_ended(
    village: Village, query: str
) -> None:
    await village.sent("park", "현장 체험학습을 갑니다", "10월 2일 에버랜드로 출발합니다.")
    assert titles(await find(village, "haneul", query)) == ["현장 체험학습을 갑니다"]


@pytest.mark.parametrize("query", ["급식", "험체", "체육", "", "   ", "!!!", '"', "NEAR(", "a*b"])
async def test_what_is_not_there_is_not_found(village: Village, query: str) -> None:
    await village.sent("park", "현장 체험학습을 갑니다", "10월 2일 출발합니다.")
    assert titles(await find(village, "haneul", query)) == []


async def test_nobody_finds_what_they_may_not_read(village: Village) -> None:
    await village.sent("park", "3학년 2반 비밀 소풍")
    await village.sent("han", "교직원 비밀 회의", keys=("staff",))
    await village.sent("han", "행정실 비밀 감사", keys=("staff/department:행정실",))
    assert titles(await find(village, "haneul", "비밀")) == ["3학년 2반 비밀 소풍"]
    assert titles(await find(village, "doyun", "비밀")) == []
    assert set(titles(await find(village, "park", "비밀"))) == {
        "3학년 2반 비밀 소풍",
        "교직원 비밀 회의",
    }


async def test_drafts_and_withdrawn_letters_are_not_found(village: Village) -> None:
    await village.sent("park", "학예회 초대", keys=("guardians",))  # waits for approval
    letter = await village.sent("park", "학예회 연습")
    assert titles(await find(village, "han", "학예회")) == ["학예회 연습"]
    teacher = await village.asker("park")
    await village.newsletters.corrections.withdraw(teacher, letter.id, "취소")
    assert titles(await find(village, "haneul", "학예회")) == []
    assert await village.sql("SELECT count(*) FROM search_key") == [(0,)]


async def test_a_correction_moves_the_index(village: Village) -> None:
    letter = await village.sent("park", "준비물", "색연필")
    teacher = await village.asker("park")
    await village.newsletters.corrections.correct(teacher, letter.id, "준비물", "물감", "변경됨")
    assert titles(await find(village, "haneul", "물감")) == ["준비물"]
    assert titles(await find(village, "haneul", "색연필")) == []


async def test_the_text_of_a_file_is_found_once_it_was_read(village: Village) -> None:
    teacher = await village.asker("park")
    file = village.files.keep("계획서.hwp", documents.hwp("수영장 안전 교육 계획"))
    publication = Publication(Sort.NEWSLETTER, "안내", "붙임 참고", ALL_3_2, (file,))
    await village.db.write(lambda tx: village.newsletters.publish_now(tx, teacher, publication))
    assert titles(await find(village, "haneul", "수영장")) == []
    await village.files.previews.work()
    found = await find(village, "haneul", "수영장", kind="attachment")
    assert [hit.note for hit in found.hits] == ["계획서.hwp"]
    assert titles(await find(village, "doyun", "수영장")) == []
    assert titles(await find(village, "haneul", "계획서")) == ["안내"]


TYPED = "1. 때: 12. 24.(목) 09:00~13:00, 4~6학년\n2. 곳: <강당>, **실내화** file_name_x"


async def test_what_was_found_is_shown_as_it_was_typed(village: Village) -> None:
    await village.sent("park", "축제 안내", TYPED)
    found = await find(village, "haneul", "축제 강당")
    shown = "".join(part.text for part in found.hits[0].snippet)
    assert shown.startswith(
        "1. 때: 12. 24.(목) 09:00~13:00, 4~6학년 2. 곳: <강당>, 실내화 file_name_x"
    )


async def test_what_an_earlier_version_read_otherwise_is_read_anew_after_the_update(
    village: Village,
) -> None:
    await village.sent("park", "축제 안내", TYPED)
    await find(village, "haneul", "축제")

    def as_it_was(tx: Tx) -> None:
        noted_by_an_earlier_version(tx)
        tx.execute("UPDATE search_document SET text = '때 24.(목) 09:00 13:00'")
        tx.execute("DROP TABLE search_unread")
        tx.execute("DELETE FROM kit_migration WHERE name = '004_text_as_typed.sql'")

    await village.db.write(as_it_was)
    await migrate(village.db, village.packages, village.clock)
    assert await village.search.renewal.work() == 1
    assert await village.search.renewal.work() == 0

    found = await find(village, "haneul", "축제")
    assert "12. 24.(목) 09:00~13:00, 4~6학년" in "".join(
        part.text for part in found.hits[0].snippet
    )


async def test_official_notices_are_found_by_staff(village: Village) -> None:
    notice = OfficialNotice(
        id="n1",
        reference="초등교육과-1",
        title="학교폭력 실태조사 협조",
        body_markdown="기한 내 제출",
        audience=NoticeAudience.STAFF,
        issued_at=village.clock.now(),
    )
    await village.db.write(lambda tx: village.official.receive(tx, notice))
    found = await find(village, "oh", "실태조사")
    assert [(hit.kind, hit.href) for hit in found.hits] == [("official", "/official/n1")]
    assert titles(await find(village, "haneul", "실태조사")) == []


async def test_some_of_the_words_are_better_than_nothing(village: Village) -> None:
    await village.sent("park", "급식 식단표", "이번 주 급식")
    found = await find(village, "haneul", "급식 우주여행")
    assert (titles(found), found.is_loose) == (["급식 식단표"], True)
    assert not (await find(village, "haneul", "급식")).is_loose


async def test_results_are_filtered_by_kind_and_time(village: Village) -> None:
    await village.sent("park", "오래된 소풍")
    village.clock.advance(40 * DAY)
    await village.sent("park", "소풍 알림", kind=Sort.CLASS_NOTICE)
    assert titles(await find(village, "haneul", "소풍", kind="class_notice")) == ["소풍 알림"]
    since = village.clock.now() - 30 * DAY
    assert titles(await find(village, "haneul", "소풍", since=since)) == ["소풍 알림"]


async def test_pages_follow_one_another(village: Village) -> None:
    for number in range(5):
        await village.sent("park", f"소풍 {number}")
    await village.outbox.drained()
    guardian = await village.asker("haneul")
    first = await village.search.find(guardian, "소풍", limit=3)
    second = await village.search.find(guardian, "소풍", limit=3, page=first.next_page or 0)
    assert (len(first.hits), len(second.hits), second.next_page) == (3, 2, None)
    assert len({hit.href for hit in [*first.hits, *second.hits]}) == 5


def wanted(question: str) -> list[str]:
    return [term.wanted for term in terms(question)]


def test_words_are_cut_into_pairs_of_syllables() -> None:
    assert grams("현장 체험학습 3학년 PDF") == "현장 장체 체험 험학 학습 습 3 학년 년 pdf"
    assert wanted("체험학습 눈 PDF 3") == ['"체험 험학 학습"', '"눈"*', '"pdf"*', '"3"']
    assert wanted('") OR title:x') == ['"or"*', '"title"*', '"x"*']


def test_a_snippet_shows_the_words_in_their_place() -> None:
    parts = snippet("가 " * 200 + "내일은 체험 학습을 갑니다.", terms("체험학습"))
    assert [part.text for part in parts if part.hit] == ["체험 학습"]
    assert "".join(part.text for part in parts).startswith("… ")
    assert [part.text for part in highlight("<b>체험</b>", terms("체험"))] == [
        "<b>",
        "체험",
        "</b>",
    ]


async def test_whoever_follows_the_index_hears_of_every_change_and_reads_it_in_views(
    village: Village,
) -> None:
    letter = await village.sent("park", "수학여행 안내", "경주로 갑니다.")
    await village.outbox.drained()
    subject = f"newsletter:{letter.id}"
    columns = "subject, kind, title, note, href, text, at, valid_from, valid_until"
    [row] = await village.sql(f"SELECT {columns} FROM search_v_document")
    assert row[:5] == (subject, "newsletter", "수학여행 안내", "", f"/newsletters/{letter.id}")
    assert row[7:] == (None, None)
    keys = await village.sql(
        "SELECT k.key FROM search_v_document_key k"
        " JOIN search_v_document d ON d.number = k.document WHERE d.subject = ?",
        subject,
    )
    assert keys == [("guardians/class:c32",)]
    await village.newsletters.corrections.withdraw(await village.asker("park"), letter.id, "취소")
    await village.outbox.drained()
    told = await village.sql("SELECT body FROM kit_event WHERE tag = 'search.changed'")
    assert len(told) == 2
    assert await village.sql("SELECT count(*) FROM search_v_document") == [(0,)]


async def test_a_member_of_staff_holds_a_key_of_their_own(village: Village) -> None:
    held = await village.sql("SELECT person_id FROM people_v_key WHERE key = 'staff/person:park'")
    assert held == [("park",)]
    assert await village.sql("SELECT 1 FROM people_v_key WHERE key = 'staff/person:haneul'") == []
