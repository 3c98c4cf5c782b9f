"""Stories of lists: read as Excel writes them, all or nothing, twice without harm."""

import re
from pathlib import Path

import pytest
from aiohttp import FormData

from node.people.lists.columns import COLUMNS, Kind
from node.people.lists.importing import Report
from node.people.lists.sheets import read
from node.people.telephone import phone
from tests.node.conftest import School

STAFF = "교직원번호,이름,직위,부서,업무,전화,이메일,역할\nT1,나은서,교사,2학년부,,1012345678,na@example.kr,교사;부장\n"
CLASSES = "학년,반,담임교직원번호\n2,1,T1\n2,2,\n"
STUDENTS = "학생관리번호,이름,학년,반,번호\nS1,문채원,2,1,1\nS2,문채민,2,2,5\n"
GUARDIANS = (
    "학생관리번호,보호자이름,관계,전화,열람,서명\n"
    "S1,문성호,부,010-1111-2222,Y,Y\n"
    "S2,문성호,부,010-1111-2222,Y,N\n"
)


def files(**lists: str) -> dict[Kind, bytes]:
    return {Kind(name): text.encode() for name, text in lists.items()}


def whole() -> dict[Kind, bytes]:
    return files(staff=STAFF, classes=CLASSES, students=STUDENTS, guardians=GUARDIANS)


async def people(school: School) -> list[tuple[object, ...]]:
    """Everything an import may touch."""
    return await school.db.read(
        lambda tx: [
            *tx.rows("SELECT id, name, phone, import_key FROM people_person ORDER BY id"),
            *tx.rows("SELECT * FROM people_enrolment ORDER BY 1, 2"),
            *tx.rows("SELECT * FROM people_guardianship ORDER BY 1, 2"),
            *tx.rows("SELECT * FROM people_class ORDER BY 1"),
            *tx.rows("SELECT * FROM people_role ORDER BY 1, 2"),
        ]
    )


def tallies(report: Report) -> dict[str, tuple[int, int, int]]:
    return {one.list.value: (one.added, one.changed, one.unchanged) for one in report.tallies}


def faults(report: Report) -> list[tuple[str, int, str]]:
    return [(one.list.value, one.line, one.reason % one.params) for one in report.faults]


async def test_four_lists_become_a_school(school: School) -> None:
    report = await school.people.imports.run(whole(), dry_run=False)
    assert report.applied
    assert report.faults == []
    assert tallies(report) == {
        "staff": (1, 0, 0),
        "classes": (2, 0, 0),
        "students": (2, 0, 0),
        "guardians": (1, 1, 0),  # the second line ties a known guardian to another child
    }
    father = await school.db.read(
        lambda tx: tx.rows(
            "SELECT p.name, c.name, c.may_sign FROM people_v_child c"
            " JOIN people_v_person p ON p.id = c.guardian_id"
            " WHERE p.phone = '010-1111-2222' ORDER BY c.name"
        )
    )
    assert father == [("문성호", "문채민", 0), ("문성호", "문채원", 1)]


async def test_the_same_lists_twice_change_nothing(school: School) -> None:
    await school.people.imports.run(whole(), dry_run=False)
    before = await people(school)
    report = await school.people.imports.run(whole(), dry_run=False)
    assert tallies(report) == {
        "staff": (0, 0, 1),
        "classes": (0, 0, 2),
        "students": (0, 0, 2),
        "guardians": (0, 0, 2),
    }
    assert await people(school) == before


async def tied(school: School) -> list[tuple[object, ...]]:
    """Which children the father sees, and for whom he signs."""
    return await school.db.read(
        lambda tx: tx.rows(
            "SELECT c.name, c.may_sign FROM people_v_child c JOIN people_v_person p"
            " ON p.id = c.guardian_id WHERE p.name = '문성호' ORDER BY c.name"
        )
    )


async def father_and_child(school: School) -> tuple[str, str]:
    father, child = await school.db.read(
        lambda tx: [
            str(tx.value("SELECT id FROM people_person WHERE name = ?", (name,)))
            for name in ("문성호", "문채원")
        ]
    )
    return father, child


WITHOUT_RIGHTS = "학생관리번호,보호자이름,관계,전화\nS1,문성호,부,{}\n"
WITH_READING = "학생관리번호,보호자이름,관계,전화,열람\nS1,문성호,부,010-1111-2222,Y\n"


async def test_a_list_that_says_nothing_of_rights_leaves_those_that_the_office_set(
    school: School,
) -> None:
    await school.people.imports.run(whole(), dry_run=False)
    father, child = await father_and_child(school)
    office = await school.asker("오정숙")
    await school.people.families.set_rights(
        office, father, child, relation="부", may_read=False, may_sign=False
    )
    again = files(guardians=WITHOUT_RIGHTS.format("010-1111-2222"))
    report = await school.people.imports.run(again, dry_run=False)
    assert tallies(report) == {"guardians": (0, 0, 1)}
    assert await tied(school) == [("문채민", 0)]

    await school.people.imports.run(files(guardians=WITH_READING), dry_run=False)
    assert await tied(school) == [("문채민", 0), ("문채원", 0)]


async def test_a_list_gives_nobody_back_a_guardianship_that_the_office_ended(
    school: School,
) -> None:
    await school.people.imports.run(whole(), dry_run=False)
    father, child = await father_and_child(school)
    office = await school.asker("오정숙")
    await school.people.families.end_guardianship(office, father, child)
    for telephone in ("010-1111-2222", "010-3333-4444"):
        again = files(guardians=WITHOUT_RIGHTS.format(telephone))
        report = await school.people.imports.run(again, dry_run=False)
        assert not report.applied
        assert "보호자 관계를 종료했습니다" in faults(report)[0][2]
        assert await tied(school) == [("문채민", 0)]

    await school.people.imports.run(files(guardians=WITH_READING), dry_run=False)
    assert await tied(school) == [("문채민", 0), ("문채원", 1)]


async def test_a_page_that_was_open_meanwhile_begins_no_ended_guardianship_anew(
    school: School,
) -> None:
    await school.people.imports.run(whole(), dry_run=False)
    father, child = await father_and_child(school)
    office = await school.client_as("오정숙")
    shown = await office.get(f"/admin/people/{father}")
    await office.post(f"/admin/people/{father}/children/{child}/end", {})
    seen = (await school.people.person(await school.asker("오정숙"), father)).seen[child]
    assert seen in shown.text
    late = await office.post(
        f"/admin/people/{father}/children/{child}",
        {"relation": "부", "may_read": "1", "may_sign": "1", "seen": seen},
    )
    assert "보호자 관계가 종료되어" in late.text
    assert await tied(school) == [("문채민", 0)]


async def test_a_dry_run_tells_what_would_change_and_changes_nothing(school: School) -> None:
    before = await people(school)
    report = await school.people.imports.run(whole(), dry_run=True)
    assert not report.applied
    assert tallies(report)["students"] == (2, 0, 0)
    assert await people(school) == before


async def test_one_faulty_line_keeps_the_whole_import_out(school: School) -> None:
    before = await people(school)
    report = await school.people.imports.run(
        files(
            classes=CLASSES.replace("T1", ""), students=STUDENTS + "S3,,2,1,x\nS4,정하나,4,9,1\n"
        ),
        dry_run=False,
    )
    assert not report.applied
    assert faults(report) == [
        ("students", 4, "비어 있습니다. 입력해 주세요."),
        ("students", 4, "‘x’: 숫자로 입력해 주세요."),
        ("students", 5, "4학년 9반: 없는 학급입니다. 학급 명단을 함께 올려 주세요."),
    ]
    assert await people(school) == before


async def test_what_is_to_be_mended_is_told_from_top_to_bottom(school: School) -> None:
    report = await school.people.imports.run(
        files(students=STUDENTS + "S4,정하나,4,9,1\nS3,,2,1,7\nS5,정두리,4,9,2\n"), dry_run=True
    )
    assert [line for _list, line, _reason in faults(report)] == sorted(
        line for _list, line, _reason in faults(report)
    )
    assert {line for _list, line, _reason in faults(report)} >= {4, 5, 6}


@pytest.mark.parametrize(
    ("lists", "fault"),
    [
        (
            {"classes": "학년,반,담임교직원번호\n2,1,T9\n"},
            "‘T9’: 교직원 명단에 없는 번호입니다. 번호를 확인하거나 교직원 명단을 함께 올려 주세요.",
        ),
        ({"classes": "학년\n2\n"}, "‘반’ 열이 없습니다. 열 제목이 있는 줄을 확인해 주세요."),
        ({"classes": "학년,반\n2,1\n2,1\n"}, "2번째 줄과 같습니다. 한 줄만 남겨 주세요."),
        (
            {"guardians": "학생관리번호,이름,관계\nS9,문성호,부\n"},
            "‘S9’: 학생 명단에 없는 번호입니다. 번호를 확인하거나 학생 명단을 함께 올려 주세요.",
        ),
        (
            {"staff": STAFF.replace("교사;부장", "대장")},
            (
                "‘대장’: 없는 역할입니다. 관리자, 교장, 교감, 부장, 교사, 행정에서 골라 입력해 "
                "주세요."
            ),
        ),
        (
            {"staff": STAFF.replace("1012345678", "010-1234-567")},
            "‘010-1234-567’: 전화번호 형식이 아닙니다. 숫자가 한 자리 부족합니다.",
        ),
        (
            {"staff": STAFF.replace("1012345678", "010-1")},
            (
                "‘010-1’: 전화번호 형식이 아닙니다. 010-1234-5678처럼 한 칸에 하나만, 외국 "
                "번호는 +부터 입력해 주세요."
            ),
        ),
        ({"staff": STAFF.replace("na@example.kr", "na")}, "‘na’: 이메일 주소 형식이 아닙니다."),
        (
            {"staff": STAFF.replace("나은서", "900101-1234567")},
            "주민등록번호로 보입니다. 주민등록번호는 올릴 수 없으니 지우고 다시 올려 주세요.",
        ),
        ({"classes": ""}, "내용이 없습니다. 열 제목과 내용이 든 파일을 올려 주세요."),
    ],
)
async def test_what_is_wrong_with_a_line_is_said(
    school: School, lists: dict[str, str], fault: str
) -> None:
    before = await people(school)
    report = await school.people.imports.run(files(**lists), dry_run=False)
    assert fault in [reason for _list, _line, reason in faults(report)]
    assert await people(school) == before


async def test_students_may_swap_numbers_within_a_list(school: School) -> None:
    rooms = "학년,반\n2,1\n"
    first = "학생관리번호,이름,학년,반,번호\nS1,문채원,2,1,1\nS2,문채민,2,1,2\n"
    await school.people.imports.run(files(classes=rooms, students=first), dry_run=False)
    second = "학생관리번호,이름,학년,반,번호\nS1,문채원,2,1,2\nS2,문채민,2,1,1\n"
    report = await school.people.imports.run(files(students=second), dry_run=False)
    assert report.applied
    numbers = await school.db.read(
        lambda tx: tx.rows(
            "SELECT name, number FROM people_v_student WHERE name LIKE '문채%' ORDER BY number"
        )
    )
    assert numbers == [("문채민", 1), ("문채원", 2)]


async def test_an_empty_cell_keeps_a_known_telephone_number(school: School) -> None:
    await school.people.imports.run(whole(), dry_run=False)
    again = STAFF.replace("1012345678", "").replace("나은서", "나은수")
    report = await school.people.imports.run(files(staff=again), dry_run=False)
    assert tallies(report)["staff"] == (0, 1, 0)
    row = await school.db.read(
        lambda tx: tx.row("SELECT name, phone FROM people_person WHERE import_key = 'staff:T1'")
    )
    assert row == ("나은수", "010-1234-5678")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_list_is_read_as_korean_excel_writes_it(encoding: str, delimiter: str) -> None:
    text = '이름,교직원번호,직위,부서\r\n"나은서","=""007""",교사,"연구부, 정보부"\r\n\r\n'
    if delimiter != ",":
        text = text.replace(", 정보부", " 정보부").replace(",", delimiter)
    sheet = read(Kind.STAFF, text.encode(encoding))
    assert sheet.faults == []
    assert [(row.values["key"], row.values["name"]) for row in sheet.rows] == [("007", "나은서")]


@pytest.mark.parametrize("content", [b"PK\x03\x04rest", b"\xff\xfe\x00\x01", b'a,"b\nc'])
def test_what_is_no_list_is_one_fault(content: bytes) -> None:
    sheet = read(Kind.CLASSES, content)
    assert sheet.rows == []
    assert sheet.faults


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1012345678", "010-1234-5678"),
        ("010 1234 5678", "010-1234-5678"),
        ("+82 10-1234-5678", "010-1234-5678"),
        ("02-123-4567", "02-123-4567"),
        ("031.000.0101", "031-000-0101"),
        ("12", None),
        ("전화 없음", None),
    ],
)
def test_telephone_numbers_are_read_in_their_many_forms(text: str, number: str | None) -> None:
    assert phone(text) == number


# On the page --------------------------------------------------------------------------------------


def upload(**lists: str) -> FormData:
    form = FormData()
    for name, text in lists.items():
        form.add_field(name, text.encode("cp949"), filename=f"{name}.csv", content_type="text/csv")
    return form


async def test_the_office_looks_first_and_then_confirms(school: School) -> None:
    office = await school.client_as("오정숙")
    before = await people(school)
    preview = await office.post("/admin/import", upload(classes=CLASSES.replace("T1", "")))
    assert preview.status == 200
    assert await people(school) == before
    action = preview.text.split('action="/admin/import/')[1].split('"')[0]
    done = await office.post(f"/admin/import/{action}")
    assert (done.status, done.location) == (303, "/admin/people")
    rooms = await school.db.read(
        lambda tx: tx.value("SELECT count(*) FROM people_v_class WHERE grade = 2")
    )
    assert rooms == 2
    assert (await office.post(f"/admin/import/{action}")).status == 404


async def test_the_office_takes_the_rest_while_lines_are_being_mended(school: School) -> None:
    """S3 has no class and S4 no place, which S1 still holds; their guardian waits with them."""
    await school.people.imports.run(files(classes="학년,반\n2,1\n"), dry_run=False)
    first = "학생관리번호,이름,학년,반,번호\nS1,문채원,2,1,1\n"
    await school.people.imports.run(files(students=first), dry_run=False)
    office = await school.client_as("오정숙")
    again = "학생관리번호,이름,학년,반,번호\nS1,문채원,2,9,1\nS3,정하나,2,9,3\nS4,정두리,2,1,1\nS5,정세나,2,1,5\n"
    guardians = "학생관리번호,보호자이름,관계\nS4,정명호,부\nS5,정명호,부\n"
    before = await people(school)
    preview = await office.post("/admin/import", upload(students=again, guardians=guardians))
    assert "2학년 9반: 없는 학급입니다." in preview.text
    assert "그 반에는 이미 1번 학생이 있습니다." in preview.text
    assert "‘S4’: 학생 명단에 없는 번호입니다." in preview.text
    assert "나머지 2줄만 반영" in preview.text
    assert await people(school) == before
    action = preview.text.split('action="/admin/import/')[1].split('"')[0]
    done = await office.post(f"/admin/import/{action}")
    assert (done.status, done.location) == (303, "/admin/people")
    known = await school.db.read(
        lambda tx: tx.rows(
            "SELECT p.import_key, e.number FROM people_person p"
            " LEFT JOIN people_enrolment e ON e.student_id = p.id AND e.until_on IS NULL"
            " WHERE p.name LIKE '정%' AND p.import_key IS NOT NULL OR p.name = '문채원'"
            " ORDER BY p.import_key"
        )
    )
    assert known == [("guardian:S5/정명호", None), ("student:S1", 1), ("student:S5", 5)]


async def test_whoever_waits_for_a_place_that_is_not_left_is_told_before(school: School) -> None:
    """S1 cannot go where S9 stands and so keeps the place that the list gives to S2."""
    rooms = "학년,반\n2,1\n"
    first = "학생관리번호,이름,학년,반,번호\nS1,문채원,2,1,1\nS9,문채민,2,1,3\n"
    await school.people.imports.run(files(classes=rooms, students=first), dry_run=False)
    again = "학생관리번호,이름,학년,반,번호\nS1,문채원,2,1,3\nS2,정하나,2,1,1\nS3,정두리,2,1,4\n"
    report = await school.people.imports.run(files(students=again), dry_run=True)
    assert faults(report) == [
        ("students", 2, "그 반에는 이미 3번 학생이 있습니다."),
        ("students", 3, "그 반에는 이미 1번 학생이 있습니다."),
    ]
    assert (report.fit, report.faulty) == (1, 2)


async def test_what_changed_since_the_preview_is_shown_again_before_anything_is_taken(
    school: School,
) -> None:
    office = await school.client_as("오정숙")
    preview = await office.post("/admin/import", upload(staff=STAFF))
    action = preview.text.split('action="/admin/import/')[1].split('"')[0]
    taken = STAFF.replace("T1", "t1")
    await school.people.imports.run(files(staff=taken), dry_run=False)
    before = await people(school)
    again = await office.post(f"/admin/import/{action}")
    assert again.status == 409
    assert "명단을 다시 점검했습니다" in again.text
    assert "이미 있는 번호 ‘t1’" in again.text
    assert await people(school) == before


async def test_an_empty_list_that_was_not_filled_in_is_told(school: School) -> None:
    office = await school.client_as("오정숙")
    preview = await office.post("/admin/import", upload(classes="학년*,반*\n"))
    assert "명단에 내용이 없습니다." in preview.text
    assert 'action="/admin/import/' not in preview.text


async def test_faulty_lines_are_shown_and_cannot_be_confirmed(school: School) -> None:
    office = await school.client_as("오정숙")
    preview = await office.post("/admin/import", upload(classes="학년,반\n아홉,1\n"))
    assert "‘아홉’: 숫자로 입력해 주세요." in preview.text
    assert 'action="/admin/import/' not in preview.text


async def test_a_fault_names_its_column_as_the_file_does(school: School) -> None:
    office = await school.client_as("오정숙")
    staff = "사번,성명,직위(직급),소속부서,핸드폰,역할\nT9,나새롬,교사,교무기획부,010-1,\n"
    staff += "T8,다새롬,교사,교무기획부,,없는 역할\n"
    preview = await office.post(
        "/admin/import", upload(staff=staff, classes="학년,반,담임\n3,1,없음\n")
    )
    columns = re.findall(r'data-label="열"><span class="cell">([^<]*)<', preview.text)
    assert columns == ["담임", "핸드폰", "역할"]


async def test_the_office_sees_which_columns_nobody_reads(school: School) -> None:
    office = await school.client_as("오정숙")
    preview = await office.post("/admin/import", upload(classes="학년,반,교실\n2,1,본관 3층\n"))
    assert "학급 명단에서 읽지 않는 열: 교실" in preview.text


def test_the_documented_columns_are_those_that_are_read() -> None:
    text = Path("docs/how-to/run-a-school.md").read_text(encoding="utf-8")
    headings = {column.headings[0] for columns in COLUMNS.values() for column in columns}
    assert [heading for heading in sorted(headings) if heading not in text] == []
