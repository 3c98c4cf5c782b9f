"""Which days are meant: by who asks, and by who wrote."""

from datetime import date, datetime, timedelta, timezone

import pytest

from models.asked import Asked, understood
from models.days import days_of, meet

TUESDAY = date(2026, 12, 1)


def asked(question: str, day: date = TUESDAY) -> Asked:
    seoul = timezone(timedelta(hours=9))
    moment = datetime(day.year, day.month, day.day, 8, tzinfo=seoul)
    return understood(question, int(moment.timestamp() * 1000))


@pytest.mark.parametrize(
    ("question", "day"),
    [
        ("내일 급식 뭐예요?", (2026, 12, 2)),
        ("오늘 준비물이 뭐예요?", (2026, 12, 1)),
        ("모레는 몇 교시예요?", (2026, 12, 3)),
        ("내일모레 급식 뭐예요?", (2026, 12, 3)),
        ("어제 숙제가 뭐였어요?", (2026, 11, 30)),
        ("이번 주 금요일 급식", (2026, 12, 4)),
        ("다음주 월요일 행사", (2026, 12, 7)),
        ("What's for lunch tomorrow?", (2026, 12, 2)),
    ],
)
def test_a_day_is_told_from_the_day_on_which_it_is_asked_about(
    question: str, day: tuple[int, int, int]
) -> None:
    one = asked(question)
    assert one.days == {day}
    assert f"{day[1]}월 {day[2]}일" in one.text


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("3/9 급식", [(3, 9)]),
        ("3.9 급식", [(3, 9)]),
        ("3/9에 뭐 먹어요", [(3, 9)]),
        ("3/9일 급식", [(3, 9)]),
        ("3.9일 급식", [(3, 9)]),
        ("3/9", [(3, 9)]),
        ("3.9", [(3, 9)]),
        ("급식 3.9?", [(3, 9)]),
        ("급식표 3/9 알려줘", [(3, 9)]),
        ("12.3 숙제 뭐였죠?", [(12, 3)]),
        ("12.3에 학교 쉬나요?", [(12, 3)]),
        ("12.3 뭐 먹어요?", [(12, 3)]),
        ("12.3은 쉬는 날인가요?", [(12, 3)]),
        ("12/3은 등교하나요?", [(12, 3)]),
        ("12.24 방학식 몇 시예요?", [(12, 24)]),
        ("5/1 체육대회 장소", [(5, 1)]),
        ("6.4 수요일 준비물", [(6, 4)]),
        ("6/4 (수) 준비물", [(6, 4)]),
        ("11.20까지 내는 서류", [(11, 20)]),
        ("11/20까지 내는 서류", [(11, 20)]),
        ("방과후 신청 4.7부터인가요?", [(4, 7)]),
        ("3/9 시간표 바뀌나요?", [(3, 9)]),
        ("3/9 일정", [(3, 9)]),
        ("3/9 과제 있어요?", [(3, 9)]),
        ("3/9 회의는 어디서 해요?", [(3, 9)]),
        ("3/9 점심", [(3, 9)]),
        ("4/2 만나는 곳", [(4, 2)]),
        ("3/9, 3/10 급식", [(3, 9), (3, 10)]),
        ("3.9, 3.10 급식", [(3, 9), (3, 10)]),
        ("3/9~3/11 급식", [(3, 9), (3, 10), (3, 11)]),
        ("3/9~11 급식", [(3, 9), (3, 10), (3, 11)]),
        ("3.9~3.11 급식", [(3, 9), (3, 10), (3, 11)]),
        ("3/9부터 3/11까지 급식", [(3, 9), (3, 10), (3, 11)]),
    ],
)
def test_a_question_writes_a_day_as_people_do(written: str, days: list[tuple[int, int]]) -> None:
    assert asked(written).days == {(0, month, day) for month, day in days}
    assert f"{days[0][0]}월 {days[0][1]}일" in asked(written).text


@pytest.mark.parametrize(
    "written",
    [
        "수업의 1/3이 지나면",
        "수업 1/2 지나면",
        "출석이 2/3 이상이어야 하나요?",
        "수업일수 2/3 출석하면 되나요?",
        "정원의 1/2 넘게 신청하면",
        "약 1/3 정도 남았어요",
        "회원 1/2 이상 찬성",
        "1/2 컵 넣어요",
        "1/2컵",
        "1/2 학기 교과서",
        "5/6 학년 합동 수업",
        "3/4 분기 예산",
        "1/2 교시 체육",
        "1/2 크기로 접어요",
        "1/4 조각씩",
        "1/2 kg",
        "평점 3.5 이상",
        "평점 3.5",
        "학점이 4.5 만점인가요?",
        "평균 4.5에 못 미치면",
        "1.5배",
        "1.5 배로 늘어나나요?",
        "3.5kg",
        "3.5 kg",
        "3.5km 달리기",
        "3.5 km 달리기",
        "수업이 1.5 시간 늦으면",
        "등교 시간보다 1.5 시간 늦으면 결석인가요?",
        "1.5시간 지각",
        "4.5 교시는 어디서 해요?",
        "2.1 단원 평가",
        "단원 2.1 숙제",
        "시력 1.2",
        "체온이 37.5도",
        "10.5 점 이상",
        "1.5 리터 물병",
        "2.5 등급",
        "버전 1.2",
        "앱 1.2 버전",
        "v1.2 설치",
        "앱 v1.12.3",
        "1~1.5 배",
        "2.5~3.5 사이",
        "2.5일간 쉬면",
        "5.5일 이상 결석",
        "2.5 대 1",
        "3:1.5 비율",
    ],
)
def test_a_share_a_measure_or_a_number_of_something_is_no_day(written: str) -> None:
    assert asked(written).days == set()


def test_a_moment_before_nine_in_the_morning_is_of_the_same_day_in_korea() -> None:
    assert asked("오늘 급식").days == {(2026, 12, 1)}


def test_a_week_and_a_month_are_all_of_their_days() -> None:
    assert {day for _year, _month, day in asked("다음 주 행사가 뭐예요?").days} == set(range(7, 14))
    assert len(asked("지난달 행사가 뭐였어요?").days) == 30
    assert asked("이번 주말에 문을 여나요?").days == {(2026, 12, 5), (2026, 12, 6)}


def test_this_year_is_the_calendars_and_the_schools() -> None:
    assert asked("올해 졸업식은 언제예요?").years == {2026}
    assert asked("작년 졸업식은 언제였어요?").years == {2025}
    assert asked("올해 졸업식은 언제예요?", date(2027, 1, 4)).years == {2026, 2027}


def test_a_weekday_alone_may_be_that_of_every_week() -> None:
    assert asked("금요일 급식 뭐예요?").is_weekday
    assert asked("금요일 급식 뭐예요?").days == {(2026, 12, 4)}
    assert not asked("12월 4일 금요일 급식 뭐예요?").is_weekday


def test_a_text_speaks_of_days_as_seen_from_the_day_it_was_written() -> None:
    assert days_of("내일 준비물: 풀", TUESDAY) == {(2026, 12, 2)}
    assert days_of("내일 준비물: 풀", None) == set()
    assert days_of("1월 8일(금)에 졸업식을 합니다.", TUESDAY) == {(2027, 1, 8)}
    assert days_of("11월 30일에 마감합니다.", TUESDAY) == {(2026, 11, 30)}


def test_a_weekday_in_the_notice_of_a_day_is_the_next_one() -> None:
    assert days_of("금요일 준비물: 찰흙", TUESDAY, weekdays=True) == {(2026, 12, 4)}
    assert days_of("코딩반은 금요일에 합니다.", TUESDAY) == set()


def test_words_that_only_sound_like_a_day_are_none() -> None:
    for text in ("출금일은 언제인가요?", "행사 안내일정을 알려 주세요", "오늘날의 학교"):
        assert asked(text).days == set()


def test_a_period_holds_the_days_between() -> None:
    spoken = days_of("12. 30.(수)부터 1. 2.(토)까지 쉽니다.", TUESDAY)
    assert spoken == {(2026, 12, 30), (2026, 12, 31), (2027, 1, 1), (2027, 1, 2)}
    assert len(days_of("12월 7일~11일 휴관", TUESDAY)) == 5
    assert days_of("2월 29일~2월 30일", None) == {(0, 2, 29)}


def test_a_date_without_a_year_is_that_of_any_year() -> None:
    assert meet({(0, 12, 2)}, {(2025, 12, 2)})
    assert meet({(2026, 12, 2)}, {(0, 12, 2)})
    assert not meet({(2026, 12, 2)}, {(2025, 12, 2)})
