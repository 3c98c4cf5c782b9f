"""How classes, relations and audiences are said, in Korean and in English."""

import re
import sqlite3
from pathlib import Path

import pytest

from kit.wording import (
    PLACE_SQL,
    RELATION_SQL,
    class_words,
    family_words,
    relation_words,
    spoken,
    spoken_holiday,
    spoken_position,
    spoken_relation,
)


def test_a_guardian_of_two_children_is_named_once() -> None:
    assert family_words([("박서준", "모"), ("박지우", "모")]) == "박서준·박지우 어머니"
    assert family_words([("박서준", "모"), ("이하린", "조모")]) == "박서준 어머니, 이하린 할머니"
    assert family_words([("박서준", "위탁모")]) == "박서준 위탁모"


def test_a_class_and_a_place_in_it_are_said_as_the_school_says_them() -> None:
    row = sqlite3.connect(":memory:").execute(
        f"SELECT {PLACE_SQL.format('c')}, {RELATION_SQL.format('c')}"
        " FROM (SELECT 3 AS grade, 2 AS class_number, 7 AS number, '부' AS relation) AS c"
    )
    assert row.fetchone() == (f"{class_words(3, 2)} 7번", relation_words("부"))
    assert class_words(3, 2) == "3학년 2반"


@pytest.mark.parametrize(
    ("korean", "english"),
    [
        ("3학년 2반 7번", "Grade 3, Class 2, No. 7"),
        ("3학년 보호자", "Grade 3 guardians"),
        ("3학년 2반 보호자", "Grade 3, Class 2 guardians"),
        ("전체 교직원", "All staff"),
        ("없어진 모임 교직원", "Former group staff"),
        ("한지민 (퇴직·전출)", "한지민 (has left the school)"),
        ("학부모회 보호자", "학부모회 guardians"),
        ("방과후 3학년부", "방과후 3학년부"),
    ],
)
def test_english_readers_see_whom_something_is_for(korean: str, english: str) -> None:
    assert spoken(korean, "en") == english
    assert spoken(korean, "ko") == korean


def test_english_readers_see_who_is_whose_mother() -> None:
    assert spoken_relation("모", "en") == "mother"
    assert spoken_relation("모", "ko") == "어머니"
    label = family_words([("박서준", "모"), ("박지우", "모"), ("이하린", "조모")])
    assert spoken_relation(label, "en") == "mother of 박서준 and 박지우, grandmother of 이하린"
    assert spoken_relation("담임교사", "en") == "담임교사"


def test_what_the_product_composes_of_a_name_and_a_class_is_said_in_english() -> None:
    assert spoken("윤승우(5학년 4반), 강봄(3학년 3반)", "en") == (
        "윤승우 (Grade 5, Class 4), 강봄 (Grade 3, Class 3)"
    )
    assert spoken("1학년부장", "en") == "Head of Grade 1"
    assert spoken("1학년부장", "ko") == "1학년부장"


@pytest.mark.parametrize(
    ("korean", "english"),
    [
        ("교감", "Vice principal"),
        ("담임교사", "Homeroom teacher"),
        (
            "한지민 교사 (새솔중학교), 오정숙 주무관",
            "한지민 (teacher, 새솔중학교), 오정숙 (office staff)",
        ),
        ("3학년 교사 회의", "3학년 교사 회의"),
        ("박서연 교무기획부장", "박서연 교무기획부장"),
        ("", ""),
    ],
)
def test_positions_are_said_in_the_readers_language(korean: str, english: str) -> None:
    assert spoken_position(korean, "en") == english
    assert spoken_position(korean, "ko") == korean


@pytest.mark.parametrize(
    ("korean", "english"),
    [
        ("성탄절", "Christmas Day"),
        ("설날 연휴", "Lunar New Year holidays"),
        ("개천절·추석 연휴", "National Foundation Day · Chuseok holidays"),
        ("어린이날 대체공휴일", "Children’s Day (substitute)"),
        ("마을 축제일", "마을 축제일"),
        ("", ""),
    ],
)
def test_public_holidays_are_said_in_the_readers_language(korean: str, english: str) -> None:
    assert spoken_holiday(korean, "en") == english
    assert spoken_holiday(korean, "ko") == korean


def test_every_holiday_of_the_product_has_its_english() -> None:
    listed = (
        (Path(__file__).parents[2] / "node/calendar/public_holidays.txt")
        .read_text(encoding="utf-8")
        .splitlines()
    )
    names = {line.split(maxsplit=1)[1] for line in listed if line and not line.startswith("#")}
    assert [name for name in names if re.search("[가-힣]", spoken_holiday(name, "en"))] == []
