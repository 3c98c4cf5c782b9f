"""What a careful colleague sees in a letter before it goes out: found where it stands, and nothing else."""

import functools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from node.newsletters.proof.proofread import doubts
from node.newsletters.proof.sheet import Doubt, FormSheet, ProofRule, ProofSheet
from tests.node.faulty_letters import demo_sheets, faults

WEEKDAYS = "월화수목금토일"
TODAY = date(2026, 11, 23)
PLAIN = ProofSheet("안내", "", TODAY, 2026, "한빛초등학교", "031-000-2100")
DAYS = st.dates(TODAY + timedelta(1), TODAY + timedelta(200))
NOTATIONS = (
    "{m}월 {d}일({w})",
    "{m}월 {d}일 {w}요일",
    "{m}월 {d}일 ({w}요일)",
    "{y}년 {m}월 {d}일({w})",
    "{y}. {m}. {d}.({w})",
    "{m}. {d}.({w})",
    "{m}.{d}.({w})",
    "{m}/{d}({w})",
    "{y}-{m:02}-{d:02}({w})",
    "{w}요일({m}월 {d}일)",
    "{w}({m}. {d}.)",
)
TEXTS = st.text(
    "월화수목금토일년학교 명원반까지총합계1234567890.,:~()|/-\n가나다신청", max_size=300
)


def written(day: date, weekday: int, notation: str) -> str:
    return notation.format(y=day.year, m=day.month, d=day.day, w=WEEKDAYS[weekday])


def of(body: str, **changes: object) -> list[Doubt]:
    return doubts(replace(PLAIN, body=body, **changes))


@functools.cache
def found_and_missed(part: str) -> tuple[int, list[str]]:
    """How many faults of a file are found, and those that are not."""
    every = faults(part)
    missed = [
        f"{one.rule}: {one.title} {one.body or one.letter}"
        for one in every
        if not one.is_found_in(doubts(one.sheet()))
    ]
    return len(every), missed


def test_of_a_hundred_faults_ninety_five_are_found() -> None:
    (some, missed), (others, overlooked) = found_and_missed("seen"), found_and_missed("held_out")
    assert some + others == 100
    assert len(missed + overlooked) <= 5, missed + overlooked


@pytest.mark.parametrize("part", ["held_out", "later"])
def test_of_each_collection_nineteen_of_twenty_are_found(part: str) -> None:
    some, missed = found_and_missed(part)
    assert len(missed) <= some / 20, missed


def test_nine_of_ten_letters_as_schools_send_them_raise_no_question() -> None:
    letters = demo_sheets()
    assert len(letters) >= 80
    asked = {
        name: [(one.rule, one.quote) for one in doubts(sheet)] for name, sheet in letters.items()
    }
    alarmed = {name: what for name, what in asked.items() if what}
    assert len(alarmed) <= len(letters) / 10, alarmed


@given(DAYS, st.sampled_from(NOTATIONS))
def test_a_date_with_its_own_weekday_is_never_doubted_as_one(day: date, notation: str) -> None:
    said = written(day, day.weekday(), notation)
    assert [one for one in of(f"모임은 {said} 입니다.") if one.rule == ProofRule.WEEKDAY] == []


@given(DAYS, st.integers(1, 6), st.sampled_from(NOTATIONS))
def test_a_wrong_weekday_is_found_and_mended_in_one_press(
    day: date, away: int, notation: str
) -> None:
    said = written(day, (day.weekday() + away) % 7, notation)
    body = f"모임은 {said} 입니다."
    (doubt,) = [one for one in of(body) if one.rule == ProofRule.WEEKDAY]
    assert doubt.mend is not None
    mended = body[: doubt.start] + doubt.mend + body[doubt.end :]
    assert mended == f"모임은 {written(day, day.weekday(), notation)} 입니다."


@given(st.lists(st.integers(0, 99_999), min_size=2, max_size=6), st.integers(-500, 500))
def test_a_total_is_doubted_exactly_where_it_is_another(parts: list[int], off: int) -> None:
    rows = "".join(f"| 항목 {at} | {part:,}원 |\n" for at, part in enumerate(parts))
    total = max(0, sum(parts) + off)
    table = f"| 항목 | 금액 |\n|---|---|\n{rows}| 합계 | {total:,}원 |"
    told = [one.quote for one in of(table) if one.rule == ProofRule.AMOUNTS]
    assert told == ([] if total == sum(parts) else [f"{total:,}원"])


@given(TEXTS, TEXTS)
def test_whatever_is_written_each_doubt_quotes_its_place(title: str, body: str) -> None:
    form = FormSheet(TODAY + timedelta(3), "참가비 3,000원 납부")
    sheet = replace(PLAIN, title=title, body=body, telephone="", grades=frozenset({3}), form=form)
    for doubt in doubts(sheet):
        text = title if doubt.part == "title" else body
        assert doubt.quote == text[doubt.start : doubt.end]
        assert doubt.quote in doubt.around or "\n" in doubt.quote
        assert doubt.text % doubt.params


@given(TEXTS)
def test_what_is_mended_is_not_asked_again(body: str) -> None:
    for doubt in of(body):
        if doubt.mend is not None and doubt.part == "body":
            mended = body[: doubt.start] + doubt.mend + body[doubt.end :]
            assert doubt.key not in {one.key for one in of(mended)}


def test_a_doubt_is_known_again_while_its_line_stands() -> None:
    (before,) = of("12월 4일(목)에 만납니다.")
    (after,) = of("인사말을 새로 썼습니다.\n\n12월 4일(목)에 만납니다.")
    assert before.key == after.key
    (other,) = of("12월 4일(목)에 헤어집니다.")
    assert other.key != before.key


@pytest.mark.parametrize(
    "body",
    [
        "총 수업의 1/3이 지나면 2/3를 돌려드립니다.",
        "1. 3학년 2반 교실\n2. 20명",
        "가격은 3.5만 원이며 0.9m 깊이입니다.",
        "2022 개정 교육과정에 따라 운영합니다.",
        "지난 11월 16일(월)에 실시한 훈련에 함께해 주셔서 고맙습니다.",
        "12. 5.(토) 09:00~12:00 학부모회 김장 나눔",
        "전화 09:00~16:40",
        "이름을 적지 않은 우산이 다섯 개 있습니다.",
        "2025년 통계에 따르면 독감이 늘고 있습니다.",
        "2025학년도 졸업생이 찾아와 이야기를 들려줍니다.",
        "한빛초등학교 옆 은빛초등학교 학생들과 교류합니다.",
    ],
)
def test_what_only_looks_like_a_fault_is_left_alone(body: str) -> None:
    form = FormSheet(None, "참가: 참가/불참")
    assert [(one.rule, one.quote) for one in of(body, form=form)] == []


def test_who_asks_nothing_of_families_needs_no_telephone() -> None:
    assert of("첫눈이 내렸습니다.", telephone="") == []
    (doubt,) = of("참가 신청서를 내 주세요.", telephone="")
    assert doubt.rule == ProofRule.CONTACT
    assert of("참가 신청서를 내 주세요.", telephone="", is_for_families=False) == []
