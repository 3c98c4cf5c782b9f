"""What of a text is quoted: sentences, items and rows, never what stands around them."""

import pytest

from models.korean import sentences
from models.passages import LONGEST, cut
from models.quotes import quotes

LETTER = """학부모님, 안녕하십니까?
1. 언제 어디에서
발표회는 언제 하나요?
피아노 발표회는 12월 17일 오후 4시에 음악실에서 합니다.
2. 준비물
가. 악보 두 부
나. 물과 수건
문의 사항
담당: 예술부 (내선 214)
예술부 해나린"""
TABLE = "강좌\t요일\t수강료\n바둑\t월요일\t32,000원\n로봇공작\t수요일\t55,000원"


def said(text: str) -> list[str]:
    return [one.text for one in quotes(text)]


def test_greetings_headings_questions_and_who_signed_are_no_answers() -> None:
    assert said(LETTER) == [
        "피아노 발표회는 12월 17일 오후 4시에 음악실에서 합니다.",
        "가. 악보 두 부",
        "나. 물과 수건",
        "담당: 예술부 (내선 214)",
    ]


def test_a_row_is_quoted_with_what_its_columns_are_called() -> None:
    assert said(f"겨울 강좌\n{TABLE}\n정보부 마루한") == [
        "강좌: 바둑 · 요일: 월요일 · 수강료: 32,000원",
        "강좌: 로봇공작 · 요일: 수요일 · 수강료: 55,000원",
    ]


@pytest.mark.parametrize(
    "table",
    [
        "| 강좌 | 수강료 |\n| --- | --- |\n| 바둑 | 32,000원 |",
        "강좌   수강료\n바둑   32,000원",
        "강좌\t수강료\n바둑\t32,000원",
    ],
)
def test_a_table_is_told_however_its_cells_stand_apart(table: str) -> None:
    assert said(table) == ["강좌: 바둑 · 수강료: 32,000원"]


def test_the_box_of_a_letter_has_no_head() -> None:
    assert said("일시\t오후 네 시\n장소\t시청각실\n준비물\t실내화") == [
        "일시: 오후 네 시",
        "장소: 시청각실",
        "준비물: 실내화",
    ]


def test_a_row_stays_whole_whatever_stands_in_its_cells() -> None:
    table = "날짜\t행사\n12. 5.\t바자회를 엽니다. 누구나 옵니다.\n12. 8.\t1. 대청소"
    assert said(table) == [
        "날짜: 12. 5. · 행사: 바자회를 엽니다. 누구나 옵니다.",
        "날짜: 12. 8. · 행사: 1. 대청소",
    ]


def test_each_part_of_a_long_table_has_its_head() -> None:
    rows = "\n".join(f"{number}반\t{'가' * 40}\t{number}층" for number in range(60))
    parts = cut(f"안내입니다.\n학급\t이름\t층\n{rows}")
    assert len(parts) > 3
    assert max(map(len, parts)) <= LONGEST + 60
    assert all("층: 7층" not in part for part in parts)
    assert [text for part in parts for text in said(part) if text.startswith("학급: 59반")]


def test_a_sentence_that_goes_on_in_the_next_line_is_one() -> None:
    text = "체험학습 신청서는 시작일 3일 전까지 담임 선생님에게\n냅니다.\n- 준비물을\n- 실내화"
    assert sentences(text) == [
        "체험학습 신청서는 시작일 3일 전까지 담임 선생님에게 냅니다.",
        "- 준비물을",
        "- 실내화",
    ]


def test_a_day_written_in_numbers_does_not_end_a_sentence() -> None:
    text = "바자회는 12. 5. 토요일에 엽니다. 2026. 12. 7. 월요일에는 쉽니다."
    assert sentences(text) == [
        "바자회는 12. 5. 토요일에 엽니다.",
        "2026. 12. 7. 월요일에는 쉽니다.",
    ]
