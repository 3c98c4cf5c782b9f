"""What is doubted of names: grades and classes that do not get the letter, another school's name."""

import re
from collections.abc import Iterator

import msgspec

from kit.i18n import _
from node.newsletters.proof.reading import TITLE, ProofPart
from node.newsletters.proof.sheet import ALL, Doubt, ProofRule

_GRADES = re.compile(
    r"(?<![\d-])(?P<grades>[1-6](?:\s?(?:[·,~∼-]|와|과|및)\s?[1-6])*)\s?학년(?!도|부)(?:\s?(?P<room>\d{1,2})\s?반)?"
    r"|(?<![\d.:-])(?P<grade>[1-6])-(?P<number>\d{1,2})(?=\s?(?:반|친구|학부모|보호자|어린이|학생|알림장|가족))"
)
_ADDRESSED = re.compile(
    r"\s?(?:학생|친구|어린이|학부모|보호자|가족|여러분)(?:들|님)?\s?(?:여러분|께|은|는|이|가|들|님|,|의\s|께서|$)"
)
_OPENING = re.compile(
    r"^\s*(?:[-*>]|\d{1,2}[.)]|[가-하][.)])?\s*(?:우리|존경하는|사랑하는|안녕하세요|안녕하십니까|\W)*\s*$"
)
_OTHERS = re.compile(r"신입생|동생|진급|선배|형제|졸업생|다른 학년|지난해|작년")
_FOR = re.compile(
    r"^(?:참가|참여|신청|운영|지원|교육|체험|검진)?\s?대상(?:\s?(?:학년|학급|학생))?$|^학년$"
)
_EVERYBODY = re.compile(r"전교생|전\s?학년|전체 학년|모든 학년")
_FULL = re.compile(r"(?P<stem>[가-힣]{2,8}?)(?P<kind>초등학교|중학교|고등학교|유치원)")
_SHORT = re.compile(
    r"(?<![가-힣])(?P<stem>[가-힣]{2,6})(?P<kind>초|중|고)"
    r"(?=\s?(?:교육가족|교육 가족|학부모|어린이|학생|가족 여러분|친구|교직원|가족))"
)
_KINDS = {"초등학교": "초", "중학교": "중", "고등학교": "고", "유치원": "유"}
_NO_NAME = re.compile(
    r"(?:특성화|일반|자율형|사립|공립|국립|외국어|국제|과학|예술|체육|마이스터|상급|인근|이웃|다른|전국|해당|지역|모든|우리"
    r"|본교|주변|후기|전기|전입|대안|방송통신|병설|단설|부속|영재|남녀|여자|남자|출신|희망|지원|배정|근처|도내|시내)$"
)
_BESIDE = re.compile(
    r"전학|전입|전출|졸업|인근|이웃|주변|가까운|연합|공동|대회|배정|시험장|출신|옆|맞은편|건너편|앞길|교류|자매|병설|견학|방문"
)
_AS_OURS = re.compile(
    r"장(?:\s|\(|$)|에서[는]?|는\s|은\s|이\s|가\s|\s?(?:학부모|교육가족|학생|교무실|행정실|보건실|강당|운동장|도서관|누리집)"
)


class NamedGrades(msgspec.Struct, frozen=True):
    """Grades where they stand; `rooms`: the class, if one is named."""

    start: int
    end: int
    grades: frozenset[int]
    room: tuple[int, int] | None


def _named(text: str) -> Iterator[NamedGrades]:
    for found in _GRADES.finditer(text):
        if found["grade"]:
            room = (int(found["grade"]), int(found["number"]))
            yield NamedGrades(found.start(), found.end(), frozenset({room[0]}), room)
            continue
        grades = _expanded(found["grades"])
        only = next(iter(grades)) if len(grades) == 1 else 0
        one = (only, int(found["room"])) if found["room"] and only else None
        yield NamedGrades(found.start(), found.end(), grades, one)


def _expanded(written: str) -> frozenset[int]:
    """`1·4` is two grades, `4~6` three."""
    grades: set[int] = set()
    numbers = [(int(one.group()), one.start()) for one in re.finditer(r"[1-6]", written)]
    for (number, at), (before, before_at) in zip(numbers, [(0, 0), *numbers], strict=False):
        if before and re.search(r"[~∼-]", written[before_at:at]):
            grades |= set(range(before, number + 1))
        grades.add(number)
    return frozenset(grades)


def audience(part: ProofPart) -> Iterator[Doubt]:
    """Grades and classes that the letter speaks to, and that do not get it."""
    sheet = part.sheet
    if sheet.grades is None or not sheet.is_for_families:
        return
    found = list(_named(part.text))
    if part.name == TITLE:
        if not _OTHERS.search(part.text):
            for one in found:
                yield from _outside(part, one)
            yield from _wider(part, found)
        return
    starts = {one.start: one for one in found}
    for line in part.lines:
        for cell_at, label, value in _labelled(line.start, line.text, line.label, line.cells):
            if not _FOR.match(label):
                continue
            inside = [one for at, one in starts.items() if cell_at <= at < cell_at + len(value)]
            if _OTHERS.search(value):
                continue
            for one in inside:
                yield from _outside(part, one)
            everybody = _EVERYBODY.search(value)
            if everybody and sheet.grades != ALL:
                at = cell_at + everybody.start()
                yield part.doubt(
                    ProofRule.AUDIENCE,
                    at,
                    cell_at + everybody.end(),
                    _("이 글은 일부 학년·반에만 갑니다."),
                )
    for one in found:
        line_start = part.text.rfind("\n", 0, one.start) + 1
        if _ADDRESSED.match(part.text, one.end) and _OPENING.match(
            part.text[line_start : one.start]
        ):
            yield from _outside(part, one)


def _labelled(
    start: int, text: str, label: str, cells: tuple[tuple[int, str], ...]
) -> Iterator[tuple[int, str, str]]:
    """What stands behind a label, and where."""
    if cells:
        if len(cells) == 2:
            yield cells[1][0], cells[0][1], cells[1][1]
    elif label:
        at = text.index(label) + len(label)
        yield start + at, label, text[at:]


def _outside(part: ProofPart, one: NamedGrades) -> Iterator[Doubt]:
    sheet = part.sheet
    assert sheet.grades is not None, "asked before"
    if sheet.grades != ALL and not one.grades & sheet.grades:
        yield part.doubt(ProofRule.AUDIENCE, one.start, one.end, _("받는 사람에 없는 학년입니다."))
    elif sheet.rooms and one.room is not None and one.room not in sheet.rooms:
        yield part.doubt(ProofRule.AUDIENCE, one.start, one.end, _("받는 사람에 없는 반입니다."))


def _wider(part: ProofPart, found: list[NamedGrades]) -> Iterator[Doubt]:
    """A letter that names some, and goes to more."""
    sheet = part.sheet
    named = frozenset[int]().union(*(one.grades for one in found))
    if not named or sheet.grades is None or _EVERYBODY.search(part.text):
        return
    rooms = {one.room for one in found if one.room is not None}
    is_wider = sheet.grades == ALL or not sheet.grades <= named
    if is_wider and (sheet.grades == ALL or sheet.grades & named):
        yield part.doubt(
            ProofRule.AUDIENCE,
            found[0].start,
            found[-1].end,
            _("제목에 있는 학년보다 많은 사람에게 갑니다."),
        )
    elif rooms and not sheet.rooms and sheet.grades != ALL:
        yield part.doubt(
            ProofRule.AUDIENCE,
            found[0].start,
            found[-1].end,
            _("제목에 있는 반보다 많은 사람에게 갑니다."),
        )


def schools(part: ProofPart) -> Iterator[Doubt]:
    """Another school's name where ours belongs."""
    own = _FULL.search(part.sheet.school)
    if own is None:
        return
    own_stem, own_kind = own["stem"], own["kind"]
    for found in _FULL.finditer(part.text):
        stem, kind = found["stem"], found["kind"]
        if stem.endswith(own_stem) or _NO_NAME.search(stem):
            continue
        if _BESIDE.search(_near(part, found.start(), found.end())):
            continue
        if kind == own_kind or _AS_OURS.match(part.text, found.end()):
            mend = part.sheet.school if kind == own_kind else None
            yield part.doubt(
                ProofRule.SCHOOL, found.start(), found.end(), OTHER, mend, school=part.sheet.school
            )
    short = _KINDS[own_kind]
    for found in _SHORT.finditer(part.text):
        stem = found["stem"]
        if found["kind"] != short or stem.endswith(own_stem) or _NO_NAME.search(stem):
            continue
        yield part.doubt(
            ProofRule.SCHOOL,
            found.start(),
            found.end(),
            OTHER,
            own_stem + short,
            school=part.sheet.school,
        )


OTHER = _("우리 학교(%(school)s)가 아닌 이름입니다.")


def _near(part: ProofPart, start: int, end: int) -> str:
    """What stands beside a name, on its line."""
    first = part.text.rfind("\n", 0, start) + 1
    return part.text[max(first, start - 12) : start] + part.text[end : end + 12].partition("\n")[0]
