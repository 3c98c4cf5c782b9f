"""A question in English is asked in the words of a Korean school."""

import pytest

from models.english import in_korean


@pytest.mark.parametrize(
    ("question", "korean"),
    [
        ("What time does the graduation ceremony start?", "몇 시 졸업식 시작"),
        ("How much is the school bus?", "얼마 통학버스"),
        ("When is sports day for 3rd grade?", "언제 체육대회 3학년"),
        ("Is there homework for class 3-2 on December 4th?", "숙제 3학년2반 12월4일"),
        ("Where's the nurse's office?", "어디 보건실"),
    ],
)
def test_expressions_are_known_by_the_longest(question: str, korean: str) -> None:
    assert in_korean(question)[0] == korean


def test_what_a_school_may_call_otherwise_is_asked_for_too() -> None:
    assert in_korean("Where is the gym?") == ("어디 강당", ["체육관"])


def test_words_nobody_knows_stay_so_that_what_is_left_answers_nothing() -> None:
    assert in_korean("How much is bitcoin?")[0] == "얼마 bitcoin"


def test_a_korean_question_stays_as_it_is() -> None:
    assert in_korean("PCR 검사는 언제예요?") == ("PCR 검사는 언제예요?", [])
