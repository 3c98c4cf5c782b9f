"""Korean text as it is searched: what matches although it is written differently."""

import pytest

from models.korean import bare, said_otherwise, sentences, tokens, words
from models.passages import LONGEST, cut


def test_words_are_found_whatever_particle_they_carry() -> None:
    asked, written = set(tokens("체험학습은")), set(tokens("체험학습을"))
    assert {"체험", "험학", "학습", "체험학", "험학습"} <= asked & written


@pytest.mark.parametrize("text", ["4월 9일", "4월9일", "4. 9.(목)", "4/9", "2026-04-09"])
def test_a_date_is_one_token_however_it_is_written(text: str) -> None:
    assert "date:4-9" in tokens(text)


@pytest.mark.parametrize("text", ["3-2", "3학년 2반", "3학년2반", "3 - 2 반"])
def test_a_class_is_one_token_however_it_is_written(text: str) -> None:
    assert "class:3-2" in tokens(text)


@pytest.mark.parametrize("text", ["1학년 1학기", "35-2", "3-20", "2.5-3%"])
def test_what_is_no_class_is_not_taken_for_one(text: str) -> None:
    assert not [token for token in tokens(text) if token.startswith("class:")]


def test_thousands_match_with_and_without_their_comma() -> None:
    assert "18000" in tokens("18,000원")
    assert "18000" in tokens("18000원")


def test_everyday_words_stand_for_official_ones() -> None:
    assert "휴대전화" in said_otherwise("핸드폰 가져가도 되나요")
    assert said_otherwise("휴업일") == []


def test_an_everyday_word_is_heard_at_the_beginning_of_a_word_however_people_space() -> None:
    assert "누리집" in said_otherwise("학교 홈피에 있나요")
    assert "누리집" in said_otherwise("(홈피)에 있나요")
    assert "누리집" not in said_otherwise("주홈피넛")
    assert "누리집" in said_otherwise("우리학교홈페이지에 있나요")


def test_a_particle_is_cut_off_but_never_half_a_word() -> None:
    assert bare("신청서는") == "신청서"
    assert bare("회의") == "회의"
    assert words("도서관은 몇 시까지 여나요?")[0] == "도서관"


def test_sentences_end_where_a_reader_would_end_them() -> None:
    text = "2026. 3. 2.(월)부터 엽니다. 요금은 3,500원입니다.\n1. 준비물 챙기기 2. 일기 쓰기"
    assert sentences(text) == [
        "2026. 3. 2.(월)부터 엽니다.",
        "요금은 3,500원입니다.",
        "1. 준비물 챙기기",
        "2. 일기 쓰기",
    ]


def test_a_label_of_a_section_stays_with_what_it_labels() -> None:
    text = "1. 안내\n가. 1학년은 2층으로 옵니다. 나. 2학년은 강당으로 옵니다.\n  다. 우산\n집에 가. 나도 가."
    assert sentences(text) == [
        "1. 안내",
        "가. 1학년은 2층으로 옵니다.",
        "나. 2학년은 강당으로 옵니다.",
        "다. 우산",
        "집에 가.",
        "나도 가.",
    ]


def test_the_rows_of_a_table_stay_apart() -> None:
    table = "| 단계 | 언제까지 |\n|---|---|\n| 신청서 | 3일 전 |\n| 보고서 | 7일 이내 |"
    (passage,) = cut(table.replace("|", " "))
    assert sentences(passage) == ["단계   언제까지", "신청서   3일 전", "보고서   7일 이내"]


def test_passages_are_short_and_lose_nothing() -> None:
    text = " ".join(f"{number}번째 문장은 이렇게 이어집니다." for number in range(100))
    parts = cut(text)
    assert max(map(len, parts)) <= LONGEST + 60
    joined = "\n".join(parts)
    assert all(f"{number}번째" in joined for number in range(100))
    assert cut("") == [""]
    assert max(map(len, cut("가" * 5000))) <= LONGEST
