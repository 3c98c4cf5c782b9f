"""The same list is the same people, in whatever spelling, encoding and file it comes."""

import io
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from kit import sheets
from node.people.lists.columns import Kind
from node.people.lists.sheets import read
from node.people.lists.templates import Form, template
from node.people.telephone import phone, why_not
from tests.node.conftest import School
from tests.node.test_import import people

Table = list[list[str]]
NEIS = ["학생개인번호", "성 명", "학년", "반", "번호", "생년월일", "학적상태", "학생 연락처"]
OURS = ["학생관리번호", "이름*", "학년", "반", "번호", "생년", "학적상태", "전화"]
FULL_WIDTH = str.maketrans("0123456789-", "０１２３４５６７８９－")

names = st.text("김이박문성호채원민준서윤하늘보름", min_size=2, max_size=5)
phones = st.one_of(
    st.just(""),
    st.integers(0, 9999_9999).map(lambda n: f"010-{n // 10000:04}-{n % 10000:04}"),
    st.sampled_from(["1588-1234", "0505-123-4567", "02-123-4567", "+1 213 555 0100"]),
)
students = st.lists(
    st.tuples(names, st.integers(1, 6), st.integers(1, 12), phones), min_size=1, max_size=6
).map(
    lambda found: [
        [f"2026{at:09}", name, str(grade), str(room), str(at), "2017-03-02", "재학", number]
        for at, (name, grade, room, number) in enumerate(found, 1)
    ]
)


def spelled(cell: str, how: str) -> str:
    """A cell as keyboards, web pages and other programs write it."""
    match how:
        case "full width":
            return cell.translate(FULL_WIDTH)
        case "spaces":
            return f"\u00a0{cell}\u3000"
        case "no width":
            return "\u200b".join(cell)
        case "a break":
            return f"{cell}\r\n"
        case "as text":
            return f'="{cell}"' if cell.isdigit() else cell
        case "a Mac":
            return unicodedata.normalize("NFD", cell)
    return cell


def written(table: Table, how: str) -> bytes:
    """A file as programs write it."""
    match how:
        case "xlsx":
            return workbook(table)
        case "numbers":
            return workbook([[number(cell) for cell in row] for row in table])
        case "ours":
            return sheets.csv(table)
    delimiter = "\t" if how == "utf-16" else ";" if how == "told" else ","
    lines = [
        delimiter.join(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row) for row in table
    ]
    told = f"sep={delimiter}\r\n" if how == "told" else ""
    text = told + "\r\n".join(lines) + "\r\n"
    return text.encode("utf-8" if how == "told" else how)


def number(cell: str) -> object:
    """What Excel makes of a cell that somebody typed without a text format."""
    if cell == "2017-03-02":
        return date(2017, 3, 2)
    return int(digits) if (digits := cell.replace("-", "")).isdigit() else cell


def workbook(rows: Iterable[Sequence[object]]) -> bytes:
    book = Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def rows_of(content: bytes, kind: Kind = Kind.STUDENTS) -> list[dict[str, str]]:
    sheet = read(kind, content)
    assert sheet.faults == []
    return [row.values for row in sheet.rows]


def said(content: bytes, kind: Kind = Kind.STUDENTS) -> list[str]:
    return [one.reason % one.params for one in read(kind, content).faults]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
@given(
    students,
    st.sampled_from(["full width", "spaces", "no width", "a break", "as text", "a Mac", "plain"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "told", "cp949", "ours", "xlsx"]),
    st.sampled_from([NEIS, OURS]),
    st.integers(0, 3),
)
def test_a_list_is_the_same_people_in_every_spelling(
    table: Table, cells: str, file: str, headings: list[str], titles: int
) -> None:
    expected = rows_of(sheets.csv([OURS, *table]))
    above = [["2026학년도 학생 명렬표"], [""], ["한빛초등학교", "3월 2일"]][:titles]
    rows = [headings, *([spelled(cell, cells) for cell in row] for row in table)]
    if file == "cp949" and cells in ("no width", "a Mac", "spaces"):
        file = "utf-8"  # it has no letters for them
    if cells == "as text" and file in ("ours", "xlsx"):
        file = "utf-8"  # a workbook needs no such way, nor do we
    assert rows_of(written([*above, *rows], file)) == expected


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=20)
@given(students)
def test_a_workbook_that_took_numbers_for_numbers_is_the_same_people(table: Table) -> None:
    """1012345678 is 010-1234-5678, 2026000000001 is a number of 13 digits and no 2.026E+12."""
    assert rows_of(written([OURS, *table], "numbers")) == rows_of(sheets.csv([OURS, *table]))


@given(phones.filter(bool), st.sampled_from(["full width", "spaces", "no width", "plain"]))
def test_a_telephone_number_in_its_form_stays_and_without_a_digit_is_none(
    typed: str, how: str
) -> None:
    assert phone(phone(typed) or "") == phone(typed)
    if typed.startswith("010"):
        assert phone(typed[:-1]) is None
        assert "한 자리 부족합니다" in why_not(typed[:-1])
        assert "한 자리 많습니다" in why_not(typed + "0")


# Workbooks ----------------------------------------------------------------------------------------


def test_a_format_of_zeros_gives_back_the_zeros_it_shows() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["학생관리번호", "이름", "학년", "반", "번호", "전화"])
    sheet.append([7, "문채원", 1, 1, 1, 1012345678])
    sheet["A2"].number_format = "0000"
    sheet["F2"].number_format = "000-0000-0000"
    out = io.BytesIO()
    book.save(out)
    (row,) = rows_of(out.getvalue())
    assert (row["key"], row["phone"]) == ("0007", "010-1234-5678")


def test_the_sheet_with_the_list_is_found_and_a_hidden_one_is_not_read() -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append(["작성 방법", "아래 시트에 입력해 주세요."])
    for title, name in (("숨김", "아무개"), ("명단", "문채원")):
        sheet = book.create_sheet(title)
        sheet.append(["학생관리번호", "이름", "학년", "반", "번호"])
        sheet.append(["S1", name, 1, 1, 1])
    book["숨김"].sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    assert [row["name"] for row in rows_of(out.getvalue())] == ["문채원"]


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("=1+1", "계산되지 않은 수식이 있습니다. 엑셀에서 열어 저장한 뒤 다시 올려 주세요."),
        ("#REF!", "‘#REF!’: 수식이 잘못되었습니다. 값만 남겨 다시 저장해 주세요."),
        (
            date(2026, 3, 1),
            (
                "‘2026-03-01’: 엑셀이 날짜로 바꾸었습니다. 열의 서식을 ‘텍스트’로 바꾸어 다시 "
                "입력해 주세요."
            ),
        ),
    ],
)
def test_a_cell_that_a_spreadsheet_spoiled_is_told(cell: object, reason: str) -> None:
    content = workbook([["학년", "반"], [1, cell]])
    assert said(content, Kind.CLASSES) == [reason]


def test_a_number_of_more_digits_than_excel_keeps_is_refused() -> None:
    content = workbook(
        [["학생관리번호", "이름", "학년", "반", "번호"], [2026010000000001, "가", 1, 1, 1]]
    )
    (reason,) = said(content)
    assert reason.startswith("‘2.02601E+15’: 엑셀이 숫자를 줄여 적어")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"PK\x03\x04rest", "엑셀 파일이 손상되었습니다."),
        (workbook([["학년", "반"]])[:900], "엑셀 파일이 손상되었습니다."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "예전 엑셀 파일(.xls)이거나 암호가 걸린"),
    ],
)
def test_a_workbook_that_cannot_be_read_is_told(content: bytes, reason: str) -> None:
    ((told),) = said(content, Kind.CLASSES)
    assert told.startswith(reason)


def test_a_workbook_that_unpacks_to_far_too_much_is_refused() -> None:
    row = ["1" * 30_000] * 60
    content = workbook([["학년", "반"], *([row] * 40)])
    assert len(content) < 8 * 1024 * 1024
    assert said(content, Kind.CLASSES)


# What NEIS says -----------------------------------------------------------------------------------


def test_a_student_who_left_is_told_and_one_who_came_back_is_read() -> None:
    lines = "".join(
        f"S{at},가,1,1,{at},{state}\n" for at, state in enumerate(["재학", "전출", "복학"], 1)
    )
    found = read(Kind.STUDENTS, f"학생관리번호,성명,학년,반,번호,학적상태\n{lines}".encode())
    assert [row.values["key"] for row in found.rows] == ["S1", "S3"]
    assert [(one.line, one.column) for one in found.faults] == [(3, "학적상태")]


def test_one_file_of_students_and_their_guardians_is_both_lists() -> None:
    text = (
        "학년,반,번호,성명,생년월일,학생개인번호,보호자 성명,보호자 관계,보호자 연락처\n"
        "3,1,7,문채원,2017.03.02.,A1,문성호,부,010-1111-2222\n"
    ).encode()
    (student,) = rows_of(text)
    assert (student["name"], student["phone"]) == ("문채원", "")
    (guardian,) = rows_of(text, Kind.GUARDIANS)
    assert (guardian["name"], guardian["relation"], guardian["phone"]) == (
        "문성호",
        "부",
        "010-1111-2222",
    )


# At the school ------------------------------------------------------------------------------------


async def test_a_list_brought_again_in_other_spellings_changes_nobody(school: School) -> None:
    table = [OURS, ["0012", "문채원", "3", "1", "1", "", "재학", "010-1234-5678"]]
    run = school.people.imports.run
    assert (await run({Kind.STUDENTS: sheets.csv(table)}, dry_run=False)).applied
    before = await people(school)
    for cells, file in (("a Mac", "utf-8"), ("full width", "cp949"), ("no width", "xlsx")):
        again = [table[0], [spelled(cell, cells) for cell in table[1]]]
        report = await run({Kind.STUDENTS: written(again, file)}, dry_run=False)
        assert (report.faults, report.changed) == ([], 0)
        assert await people(school) == before


async def test_a_number_that_lost_its_zeros_is_told_and_makes_nobody_twice(school: School) -> None:
    run = school.people.imports.run
    first = [OURS, ["0012", "문채원", "3", "1", "1", "", "", ""]]
    assert (await run({Kind.STUDENTS: sheets.csv(first)}, dry_run=False)).applied
    lost = workbook([OURS, [12, "문채원", 3, 1, 1, "", "", ""]])
    tied = workbook([["학생관리번호", "이름", "관계"], [12, "문성호", "부"]])
    for lists, reason in (
        (
            {Kind.STUDENTS: lost},
            "이미 있는 번호 ‘0012’: 대소문자나 앞자리 0만 다릅니다. 같은 번호로 맞춰 주세요.",
        ),
        (
            {Kind.GUARDIANS: tied},
            "‘12’: 명단에는 ‘0012’로 있습니다. 같은 번호로 맞춰 주세요.",
        ),
    ):
        report = await run(lists, dry_run=False)
        assert [one.reason % one.params for one in report.faults] == [reason]


# Empty lists to fill in ---------------------------------------------------------------------------


@pytest.mark.parametrize("form", list(Form))
@pytest.mark.parametrize("kind", list(Kind))
def test_an_empty_list_has_every_heading_and_is_read_as_it_is(kind: Kind, form: Form) -> None:
    found = read(kind, template(kind, form))
    assert (found.rows, found.faults, found.unread) == ([], [], ())


async def test_the_office_fetches_an_empty_list_and_fills_it_in(school: School) -> None:
    office = await school.client_as("오정숙")
    page = (await office.get("/admin/import")).text
    for kind in Kind:
        for form in Form:
            address = f"/admin/import/templates/{kind}.{form}"
            assert address in page
            assert (await office.get(address)).status == 200
    assert (await office.get("/admin/import/templates/nobody.xlsx")).status == 404
