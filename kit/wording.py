"""How a school says who somebody is: classes, places in them, relations, positions, whom something is for, public
holidays.

These words are content, kept in Korean as the school prints them (`class_words`, `relation_words`,
`family_words` and their SQL); `spoken` says them in the reader's language when a page is shown.
"""

import re
from collections.abc import Iterable

# What lists and signed records write, what is said to people, and the English of it.
_RELATIONS = {
    "모": ("어머니", "mother"),
    "부": ("아버지", "father"),
    "조모": ("할머니", "grandmother"),
    "조부": ("할아버지", "grandfather"),
    "외조모": ("외할머니", "grandmother"),
    "외조부": ("외할아버지", "grandfather"),
    "보호자": ("보호자", "guardian"),
}
_ENGLISH = dict(_RELATIONS.values())

CLASS_SQL = "{0}.grade || '학년 ' || {0}.class_number || '반'"
"""`class_words` in SQL, of a table with grade and class_number."""
PLACE_SQL = CLASS_SQL + " || ' ' || {0}.number || '번'"
"""A student's class and number, of a table that has number as well."""
RELATION_SQL = (
    "CASE {0}.relation "
    + " ".join(f"WHEN '{written}' THEN '{said}'" for written, (said, _) in _RELATIONS.items())
    + " ELSE {0}.relation END"
)
"""`relation_words` in SQL."""


def class_words(grade: int, number: int) -> str:
    """A class: 5학년 1반."""
    return f"{grade}학년 {number}반"


def relation_words(relation: str) -> str:
    """A relation as it is said to people."""
    return _RELATIONS[relation][0] if relation in _RELATIONS else relation


def family_words(children: Iterable[tuple[str, str]]) -> str:
    """Whose guardian somebody is, from pairs of child and relation: 박서준·박지우 어머니."""
    named: dict[str, list[str]] = {}
    for name, relation in children:
        named.setdefault(relation_words(relation), []).append(name)
    return ", ".join(f"{'·'.join(names)} {relation}" for relation, names in named.items())


_PARTS = (
    (re.compile(r"(\d+)학년 (\d+)반 (\d+)번"), r"Grade \1, Class \2, No. \3"),
    (re.compile(r"(\d+)학년 (\d+)반"), r"Grade \1, Class \2"),
    (re.compile(r"(?<=[가-힣])\(Grade"), " (Grade"),
    (re.compile(r"(\d+)학년부장"), r"Head of Grade \1"),
    (re.compile(r"(\d+)학년(?![가-힣])"), r"Grade \1"),
    (re.compile(r"결석 (\d+)명"), r"\1 absent"),
    (re.compile(r"지각 (\d+)명"), r"\1 late"),
    (re.compile(r"조퇴 (\d+)명"), r"\1 left early"),
    (re.compile(r"결과 (\d+)명"), r"\1 out of some lessons"),
    (re.compile(r"선택한 가정"), "Selected families"),
    (re.compile(r"^지난 학급(?= )"), "Former class"),
    (re.compile(r"^없어진 모임(?= )"), "Former group"),
    (re.compile(r" \(퇴직·전출\)$"), " (has left the school)"),
    (re.compile(r"^전체 (?=보호자$|학생$|교직원$)"), "All "),
    (re.compile(r"(?<=[\w)] )보호자$"), "guardians"),
    (re.compile(r"(?<=[\w)] )학생$"), "students"),
    (re.compile(r"(?<=[\w)] )교직원$"), "staff"),
)
# What people at schools commonly are; other words of a school's own stay as they are.
_POSITIONS = {
    "교장": "principal",
    "교감": "vice principal",
    "수석교사": "master teacher",
    "부장교사": "head teacher",
    "담임교사": "homeroom teacher",
    "보건교사": "school nurse",
    "영양교사": "dietitian",
    "전문상담교사": "school counsellor",
    "상담교사": "school counsellor",
    "사서교사": "librarian",
    "특수교사": "special education teacher",
    "교사": "teacher",
    "행정실장": "head of the office",
    "주무관": "office staff",
}
_POSITION = re.compile(rf"(?:^|(?<=\S)( ))({'|'.join(_POSITIONS)})(?: \(([^()]+)\))?(?=$|,)")
_HOLIDAYS = {
    "신정": "New Year’s Day",
    "설날": "Lunar New Year",
    "삼일절": "Independence Movement Day",
    "노동절": "Labour Day",
    "어린이날": "Children’s Day",
    "부처님오신날": "Buddha’s Birthday",
    "현충일": "Memorial Day",
    "제헌절": "Constitution Day",
    "광복절": "Liberation Day",
    "추석": "Chuseok",
    "개천절": "National Foundation Day",
    "한글날": "Hangeul Day",
    "성탄절": "Christmas Day",
    "국군의 날": "Armed Forces Day",
    "국회의원 선거일": "National Assembly election",
    "지방선거일": "Local elections",
    "대통령 선거일": "Presidential election",
    "임시공휴일": "Temporary public holiday",
}
_HOLIDAY_PARTS = ((" 대체공휴일", " (substitute)"), (" 연휴", " holidays"), ("", ""))
_FAMILY = re.compile(r"([^,\s][^,]*) (" + "|".join(_ENGLISH) + r")(?=,|$)")


def spoken(text: str, language: str) -> str:
    """Classes, places, audiences ("3학년 보호자") and how many of a class are away ("결석 2명, 지각 1명") in a
    language ("ko", "en")."""
    if language != "en":
        return text
    for korean, english in _PARTS:
        text = korean.sub(english, text)
    return text


def spoken_relation(text: str, language: str) -> str:
    """A relation ("모"), or `family_words`, in a language ("ko", "en")."""
    said = relation_words(text)
    if language != "en":
        return said
    if said in _ENGLISH:
        return _ENGLISH[said]
    return _FAMILY.sub(
        lambda found: f"{_ENGLISH[found[2]]} of {found[1].replace('·', ' and ')}", text
    )


def spoken_position(text: str, language: str) -> str:
    """A position ("교감"), or names with theirs ("한지민 교사 (새솔중학교), 오정숙 주무관"), in a language
    ("ko", "en")."""
    return _POSITION.sub(_in_english, text) if language == "en" else text


def _in_english(found: re.Match[str]) -> str:
    behind_name, position, school = found.groups()
    said = ", ".join(filter(None, (_POSITIONS[position], school)))
    return f" ({said})" if behind_name else said.capitalize()


def spoken_holiday(text: str, language: str) -> str:
    """A public holiday ("설날 대체공휴일"), or several of one day ("개천절·추석"), in a language ("ko", "en")."""
    return " · ".join(map(_holiday, text.split("·"))) if language == "en" else text


def _holiday(name: str) -> str:
    for behind, english in _HOLIDAY_PARTS:
        if name.endswith(behind) and (day := name.removesuffix(behind)) in _HOLIDAYS:
            return _HOLIDAYS[day] + english
    return name
