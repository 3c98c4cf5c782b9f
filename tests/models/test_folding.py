"""What is only written otherwise is the same, and can still be pointed at in the text as it is."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.folding import fold, normal

WRITTEN = st.text(
    st.one_of(
        st.sampled_from(
            "가힣각12345 67890.,/-~()월일년목주㈜①⑳½ㆍ・·ＡＢａ１２\n\u200b\u3000\u1100\u1161\u11a8ßİ"
        ),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=40,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ＳＷ교육", "sw교육"),
        ("２학년", "2학년"),
        (unicodedata.normalize("NFD", "현장체험학습"), "현장체험학습"),
        ("학부모ㆍ학생", "학부모·학생"),
        ("학부모・학생", "학부모·학생"),
        ("㈜한빛교육", "주식회사한빛교육"),
        ("(주)한빛교육", "㈜한빛교육"),
        ("제①항", "제1항"),
        ("35,000원", "35000원"),
        ("3-2반 교실", "3학년 2반 교실"),
        ("1,234,567", "1234567"),
        ("09:00∼13:00", "09:00~13:00"),
        ("K–POP", "k-pop"),
        ("10㎏", "10KG"),
        ("현장\u200b체험", "현장체험"),
        ("학교\u00a0안내", "학교 안내"),
    ],
)
def test_what_is_only_written_otherwise_is_the_same(one: str, other: str) -> None:
    assert normal(one) == normal(other)


@pytest.mark.parametrize(
    "text",
    [
        "12월 3일",
        "12월3일",
        "12월 03일",
        "12. 3.",
        "12.3.",
        "12. 3.(목)",
        "12. 3(목)",
        "12.03.(목)",
        "12/3(목)",
        "12/03 (목)",
    ],
)
def test_a_day_is_the_same_however_it_is_written(text: str) -> None:
    assert normal(text).startswith("12월 3일")


@pytest.mark.parametrize(
    "text", ["2026. 12. 3.", "2026.12.3", "2026-12-03", "2026/12/3", "2026. 12. 3.(목)"]
)
def test_a_day_of_a_year_is_the_same_however_it_is_written(text: str) -> None:
    assert normal(text).startswith("2026년 12월 3일")


@pytest.mark.parametrize(
    "text",
    [
        "3.5점",
        "12.3%",
        "1/2 이상",
        "1. 2학년 대상",
        "031-123-4567",
        "3-2",
        "09:30",
        "1,2,3학년",
        "192.168.0.1",
    ],
)
def test_what_is_no_day_and_no_amount_stays_as_it_is(text: str) -> None:
    assert normal(text) == text


def test_a_number_in_a_circle_stays_apart_from_the_number_beside_it() -> None:
    assert normal("①2월 ②3월").split() == ["1", "2월", "2", "3월"]


def test_letters_typed_alone_stay_letters() -> None:
    assert normal("ㅋㅋ ㄱㅎㄴ") == "ㅋㅋ ㄱㅎㄴ"


def test_every_word_is_pointed_at_where_it_stands() -> None:
    text = "㈜한빛 ２학년 2026. 12. 03.(목) 35,000원"
    folded = fold(text)
    for word, shown in [
        ("주식회사", "㈜"),
        ("한빛", "한빛"),
        ("2학년", "２학년"),
        ("12월 3일", "12. 03."),
        ("12월", "12."),
        ("35000", "35,000"),
    ]:
        at = folded.text.index(word)
        start, end = folded.span(at, at + len(word))
        assert text[start:end] == shown


@given(text=WRITTEN)
def test_what_is_pointed_at_lies_in_the_text_and_in_order(text: str) -> None:
    folded = fold(text)
    last = 0
    for at in range(len(folded.text)):
        start, end = folded.span(at, at + 1)
        assert last <= start <= end <= len(text) or start < last <= end <= len(text)
        last = start


@given(
    text=st.text(
        st.one_of(
            st.characters(max_codepoint=0x24F),
            st.characters(min_codepoint=0x3041, max_codepoint=0x30FF),
            st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3),
        ),
        max_size=30,
    )
)
def test_composed_and_decomposed_texts_are_the_same(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    assert normal(unicodedata.normalize("NFD", composed)) == normal(composed)
