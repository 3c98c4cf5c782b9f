"""A PDF is read as it was written: what its lines were wrapped from, page by page."""

from pathlib import Path

import pytest

from models.extract import pdf, reading, sniff
from models.extract.extraction import Extraction
from tests.models import documents


def text(*pages: list[str], width: float | None = None) -> str:
    return documents.read(documents.printed(*pages, width=width)).text


def test_a_paragraph_is_one_line_however_it_was_wrapped() -> None:
    page = [
        "학부모님, 안녕하십니까? 가을이 깊어 가는 때에 가정이 두루",
        "평안하시기를 바랍니다. 본교는 11월 셋째 주에 현장체험학습을",
        "다녀오고자 합니다.",
        "참가를 바라시면 담임교사에게 알려 주십시오.",
    ]
    assert text(page).split("\n") == [" ".join(page[:3]), page[3]]


def test_a_word_parted_by_a_full_line_is_whole_again() -> None:
    page = [
        "11월 셋째 주에 가는 현장체험학습을 앞두고 우리 학교 담임교",
        "사들이 사전답사를 다녀왔습니다. 화장실과 대피 장소를 살피고",
        "학생이 걷는 길을 모두 걸어 보았습니다. 자세한 계획은 누리집",
        "에서 보실 수 있습니다.",
    ]
    found = text(page)
    assert "담임교사들이" in found
    assert "누리집에서" in found
    assert "살피고 학생이" in found


def test_a_word_that_stands_whole_elsewhere_tells_how_it_was_parted() -> None:
    page = [
        "비가 오면 미루기로 한 현장체험학습을 금요일에 다녀옵니다. 늦가을에",
        "아이들이 무엇을 배우고 싶은지 스스로 정하고 준비하는 현장체험",
        "학습이니 많이 격려해 주시기 바랍니다.",
    ]
    assert "준비하는 현장체험학습이니" in text(page)


LETTER = [
    "학부모님, 안녕하십니까? 무더위가 물러가고 아침저녁으로 제법 선선한 바람이 불어옵니다.",
    "여름방학을 건강하게 보내고 밝은 얼굴로 돌아온 아이들 덕분에 교정에 다시 활기가 넘칩니다.",
    "1. 교사와의 상담은 평일 09:00~16:40에 학교 전화 또는 누리집으로 신청하여 주십시오.",
    "학교를 사칭하여 송금을 요구하는 문자에 주의하시고, 의심스러우면 행정실로 확인해 주십시오.",
]


@pytest.mark.parametrize("columns", [300, 400])
@pytest.mark.parametrize(("by_word", "keeps_spaces"), [(True, False), (True, True), (False, True)])
def test_a_letter_is_read_as_it_was_typed(columns: int, by_word: bool, keeps_spaces: bool) -> None:
    page = [
        line
        for paragraph in LETTER
        for line in documents.wrapped(
            paragraph, columns, by_word=by_word, keeps_spaces=keeps_spaces
        )
    ]
    assert text(page).split("\n") == LETTER


def test_lines_that_end_anywhere_are_one_sentence_when_only_the_last_ends_one() -> None:
    page = [
        "11월 셋째 주에 가는 현장체험",
        "학습을 위하여 담임교",
        "사가 사전답",
        "사를 다녀왔습니다.",
    ]
    assert text(page, width=500).split("\n") == [" ".join(page)]


@pytest.mark.parametrize(
    "page",
    [
        [
            "일시: 2026년 12월 3일(목) 09:00부터 15:00까지",
            "장소: 본교 강당",
            "대상: 4학년 학생과 학부모",
        ],
        ["1. 목적을 알고 참여하기", "2. 안전하게 다녀오기", "3. 느낀 점 나누기"],
        ["가. 준비물은 색연필과 풀", "나. 도시락과 물", "※ 휴대전화는 두고 옵니다"],
        ["현장체험학습 안내", "2026학년도 한빛초등학교"],
        ["김하늘", "이도윤", "박서연", "최지우"],
    ],
)
def test_items_labels_and_titles_stay_lines(page: list[str]) -> None:
    assert text(page, width=500).split("\n") == page


def test_an_item_goes_on_until_the_next() -> None:
    page = [
        "1. 참가를 바라시는 가정에서는 11월 20일까지 신청서를 내 주십시",
        "오. 늦게 내시면 자리가 없을 수 있습니다.",
        "2. 참가비는 없습니다.",
    ]
    assert text(page).split("\n") == [page[0] + page[1], page[2]]


def test_a_wider_gap_between_lines_parts_paragraphs() -> None:
    page = ["첫째 문단입니다.", "", "둘째 문단입니다.", "이어집니다.", "끝."]
    assert text(page, width=500) == "첫째 문단입니다.\n\n둘째 문단입니다.\n이어집니다.\n끝."


def test_a_sentence_goes_on_on_the_next_page() -> None:
    first = ["둘째 주에는 학교에서 모두 함께 운동회를 열고 부모님을", "모시려 합니다. 오실 때에는"]
    first[1] += " 편한 신을 신고 물을 가지고 오시고"
    found = text(first, ["늦지 않게 와 주십시오."])
    assert "오시고 늦지 않게" in found


def test_english_words_are_never_run_together() -> None:
    page = [
        "Our school will visit the science museum on Friday and",
        "students should bring water.",
    ]
    assert text(page) == " ".join(page)


def test_columns_of_a_table_are_not_taken_for_a_sentence() -> None:
    page = [
        "이름          학년          반",
        "김하늘        3             2",
        "이도윤        4             1",
    ]
    assert len(text(page).split("\n")) == 3


@pytest.mark.parametrize("bad", [b"99 0 R", b"null", b"5 0 R"])
def test_an_unreadable_page_costs_that_page_and_is_told(bad: bytes) -> None:
    found = documents.read(documents.pdf_with_bad_page(bad))
    assert found == Extraction(
        text="First page\n\nLast page",
        pages=("page-001.png", "", "page-003.png"),
        page_count=3,
        unread=(2,),
    )


def test_a_pdf_of_which_no_page_can_be_read_is_broken() -> None:
    made = documents.pdf_with_bad_page(b"99 0 R")
    for page in (b"3 0 R", b"4 0 R"):
        made = made.replace(page, b"9" + page[1:])
    found = documents.read(made)
    assert (found.problem, found.text, found.pages) == ("broken", "", ())


def test_reading_ends_at_the_limit_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "TEXT_LIMIT", 100)
    source = tmp_path / "source"
    source.write_bytes(
        documents.printed(*[[f"{number}. 가나다라마바사아자차"] for number in range(30)])
    )
    *_, part = pdf.texts(source)
    assert part.is_cut
    assert 100 < len(part.text) < 150


def test_what_was_read_is_kept_when_a_later_page_ends_the_reading(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(documents.printed(*[[f"{number}쪽입니다."] for number in range(1, 26)]))
    first = next(reading.read(sniff.PDF, source, tmp_path))
    assert first.text.endswith("20쪽입니다.")
    assert first.is_cut
