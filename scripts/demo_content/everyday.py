"""What there is every day: the menus and timetables of the demo's schools, as 나이스 would answer."""

import json
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from scripts.demo_content.model import SchoolContent

FIRST, LAST = date(2026, 11, 16), date(2026, 12, 31)
OF_PROVINCE = date(2027, 1, 4), date(2027, 1, 15)
"""The days of the menus that come through the province."""
ALLERGIC = ("haneul", "박지우", (2, 9))
"""Whose guardian (by login) has said that which child must not eat what."""

_MENUS = (
    ("차조밥", "쇠고기미역국(5.6.16)", "닭갈비(5.6.15)", "숙주나물(5)", "배추김치(9)", "감귤"),
    ("카레라이스(2.5.6.10)", "달걀파국(1.5)", "오이피클(13)", "깍두기(9)", "요구르트(2)"),
    ("기장밥", "북어콩나물국(1.5)", "돼지갈비찜(5.6.10.13)", "시금치나물(5)", "배추김치(9)", "배"),
    ("잔치국수(1.5.6)", "주먹밥(5)", "새우튀김(1.5.6.9)", "열무김치(9)", "우유(2)"),
    ("흑미밥", "아욱된장국(5.6)", "고등어무조림(5.6.7)", "도토리묵(5.6)", "배추김치(9)", "사과"),
    ("보리밥", "육개장(1.5.16)", "떡갈비구이(5.6.10.16)", "콩나물무침(5)", "총각김치(9)"),
    ("짜장밥(2.5.6.10)", "유부맑은국(5.6)", "찐만두(1.5.6.10.16.18)", "단무지무침(13)", "귤"),
    ("현미밥", "순두부찌개(5.9.18)", "오징어볶음(5.6.17)", "미나리나물(5)", "배추김치(9)"),
    ("비빔밥(1.5.6.16)", "팽이미소국(5.6)", "소떡소떡(2.5.6.10.12)", "깍두기(9)", "수정과(13)"),
    (
        "수수밥",
        "감자수제비국(5.6)",
        "안동찜닭(5.6.15)",
        "브로콜리숙회(5.6)",
        "배추김치(9)",
        "우유(2)",
    ),
)
_SUBJECTS = {
    "elementary": (
        "국어",
        "수학",
        "사회",
        "과학",
        "음악",
        "미술",
        "체육",
        "영어",
        "도덕",
        "창의적 체험활동",
    ),
    "middle": (
        "국어",
        "수학",
        "영어",
        "사회",
        "과학",
        "역사",
        "체육",
        "음악",
        "기술·가정",
        "진로와 직업",
    ),
}
_PERIODS = {"elementary": (5, 6, 4, 6, 5), "middle": (6, 7, 6, 7, 6)}


def meals(content: SchoolContent) -> bytes:
    """Lunch of each school day, as `mealServiceDietInfo` has it."""
    return _answer("mealServiceDietInfo", _lunches(content, FIRST, LAST))


def meals_of_all(schools: Sequence[SchoolContent]) -> bytes:
    """Lunches after New Year of all schools in one file, as the province has it."""
    rows = [
        row
        for number, content in enumerate(schools)
        for row in _lunches(content, *OF_PROVINCE, begin=3 * number)
    ]
    return _answer("mealServiceDietInfo", rows)


def _lunches(
    content: SchoolContent, first: date, last: date, begin: int = 0
) -> list[dict[str, str]]:
    return [
        _school(content)
        | {
            "MMEAL_SC_CODE": "2",
            "MMEAL_SC_NM": "중식",
            "MLSV_YMD": f"{day:%Y%m%d}",
            "DDISH_NM": "<br/>".join(_MENUS[(begin + at) % len(_MENUS)]),
            "CAL_INFO": f"{600 + 13 * at % 90}.{at % 10} Kcal",
            "NTR_INFO": "탄수화물(g) : 92.4<br/>단백질(g) : 27.1<br/>지방(g) : 18.6<br/>칼슘(mg) : 301.5",
            "ORPLC_INFO": "쌀 : 국내산<br/>김치류 : 국내산<br/>쇠고기 : 국내산(한우)<br/>돼지고기 : 국내산",
        }
        for at, day in enumerate(_school_days(first, last))
    ]


def timetables(content: SchoolContent) -> bytes:
    """A week of each class, as `elsTimetable` and `misTimetable` have it."""
    subjects, periods = _SUBJECTS[content.kind], _PERIODS[content.kind]
    rows = [
        _school(content)
        | {
            "AY": str(content.year),
            "SEM": "2",
            "ALL_TI_YMD": f"{FIRST + timedelta(days=weekday):%Y%m%d}",
            "GRADE": str(room.grade),
            "CLASS_NM": str(room.number),
            "PERIO": str(period),
            "ITRT_CNTNT": subjects[
                (3 * room.grade + room.number + 7 * weekday + 3 * period) % len(subjects)
            ],
        }
        for room in content.classes
        for weekday, most in enumerate(periods)
        for period in range(1, most + 1)
    ]
    service = "elsTimetable" if content.kind == "elementary" else "misTimetable"
    return _answer(service, rows)


def _school_days(first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        if day.isoweekday() <= 5 and day != date(2026, 12, 25):
            yield day
        day += timedelta(days=1)


def _school(content: SchoolContent) -> dict[str, str]:
    return {
        "ATPT_OFCDC_SC_CODE": content.id[:3],
        "SD_SCHUL_CODE": content.id[3:],
        "SCHUL_NM": content.name,
    }


def _answer(service: str, rows: list[dict[str, str]]) -> bytes:
    result = {"CODE": "INFO-000", "MESSAGE": "정상 처리되었습니다."}
    head = [{"list_total_count": len(rows)}, {"RESULT": result}]
    return json.dumps({service: [{"head": head}, {"row": rows}]}, ensure_ascii=False).encode()


CONTACTS = (
    ("행정실", "증명서, 스쿨뱅킹, 시설", "0100", "평일 8:40–16:40", True, False),
    ("교무실", "전학, 학적, 수업", "0101", "평일 8:40–16:40", True, True),
    ("보건실", "다치거나 아플 때, 투약 의뢰", "0103", "평일 8:40–16:40", True, True),
    ("돌봄교실", "늘봄·돌봄, 귀가 방법", "0105", "평일 11:00–19:00", True, False),
    ("급식실", "식단, 알레르기", "0107", "평일 8:30–15:30", True, False),
    ("위클래스(상담실)", "친구 관계, 마음이 힘들 때", "0109", "평일 9:00–16:30", True, True),
    ("당직실", "시설 고장, 야간 비상 연락", "0199", "평일 16:40 이후와 휴일", False, False),
)
"""Whom to call for what: place, about, the last digits, hours, whether guardians and students see it."""
