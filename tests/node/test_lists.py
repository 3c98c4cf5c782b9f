"""Lists as offices really have them: from Excel, from a Mac, from a web page, and with mistakes."""

import unicodedata

import pytest

from kit import sheets
from node.forms.model import Signature, SignatureKind
from node.forms.web import FORMS
from node.people.access import load_asker
from node.people.agreements import SIGNING
from node.people.lists.columns import Kind
from node.people.lists.importing import Report
from node.people.lists.sheets import read
from node.people.telephone import phone
from tests.node.conftest import Answer, School
from tests.node.test_forms import YES, sent

STUDENTS = "학생관리번호,이름,학년,반,번호\n"
GUARDIANS = "학생관리번호,보호자이름,관계,전화\n"
TWO = STUDENTS + "S1,문채원,3,1,1\nS2,문채민,5,1,5\n"


def students(text: str | bytes) -> list[tuple[str, ...]]:
    """The rows of a students' list that has no fault."""
    content = text if isinstance(text, bytes) else text.encode()
    sheet = read(Kind.STUDENTS, content)
    assert sheet.faults == []
    return [tuple(row.values[f] for f in ("key", "name", "grade", "number")) for row in sheet.rows]


def told(text: str, kind: Kind = Kind.STUDENTS) -> list[tuple[int, str]]:
    """What is said of a list, by line."""
    found = read(kind, text.encode())
    return [(one.line, one.reason % one.params) for one in found.faults]


async def bring(school: School, **lists: str) -> Report:
    files = {Kind(name): text.encode() for name, text in lists.items()}
    return await school.people.imports.run(files, dry_run=False)


async def guardians(school: School) -> list[tuple[object, ...]]:
    """Guardians that lists brought, with the children they are tied to."""
    return await school.db.read(
        lambda tx: tx.rows(
            "SELECT p.name, p.phone, group_concat(c.name) FROM people_person p"
            " JOIN people_v_child c ON c.guardian_id = p.id"
            " WHERE p.import_key LIKE 'guardian:%' GROUP BY p.id ORDER BY p.name, p.phone"
        )
    )


def reasons(report: Report) -> list[str]:
    return [one.reason % one.params for one in report.faults]


# Files --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(TWO.replace(",", "\t").encode("utf-16"), id="Unicode text of Excel"),
        pytest.param(("sep=,\r\n" + TWO).encode("cp949"), id="Excel's own first line"),
        pytest.param(("sep=;\n" + TWO.replace(",", ";")).encode(), id="another delimiter, told"),
        pytest.param(("2026학년도 명렬표,,,,\n,,,,\n" + TWO).encode(), id="titles above"),
        pytest.param(("명렬표: 3월, 4월, 5월\n" + TWO).encode(), id="commas"),
        pytest.param(unicodedata.normalize("NFD", TWO).encode(), id="a Mac"),
        pytest.param(TWO.replace("\n", ",,,\n").encode() + b",,,,,,,\n\n", id="empty columns"),
        pytest.param(
            TWO.replace("이름", "이 름").replace("반", "반\u200b").encode(), id="headings"
        ),
    ],
)
def test_a_list_is_read_however_it_was_saved(content: bytes) -> None:
    assert students(content) == [("S1", "문채원", "3", "1"), ("S2", "문채민", "5", "5")]


@pytest.mark.parametrize(
    ("line", "row"),
    [
        ("S1,카리모프\u00a0아지즈,1,1,1", ("S1", "카리모프 아지즈", "1", "1")),
        ("S1,문채원\u200b,1,1,1", ("S1", "문채원", "1", "1")),
        ("S1,문\u3000채원 ,1,1,1", ("S1", "문 채원", "1", "1")),
        ('S1,"문채원\n(전입)",1,1,1', ("S1", "문채원 (전입)", "1", "1")),
        ("Ｓ１,문채원,１학년,１,０７", ("S1", "문채원", "1", "7")),
        ("2026010001.0,문채원,1.0,1.0,7.0", ("2026010001", "문채원", "1", "7")),
        ('"=""001""",문채원,1,1,1', ("001", "문채원", "1", "1")),
        ("'001,문채원,1,1,1", ("001", "문채원", "1", "1")),
    ],
)
def test_what_nobody_sees_in_a_cell_is_taken_off(line: str, row: tuple[str, ...]) -> None:
    assert students(STUDENTS + line) == [row]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("2.02601E+12,문채원,1,1,1", "‘2.02601E+12’: 엑셀이 숫자를 줄여 적어"),
        ("S1,문채원,1,1,1,전입, 3월", "제목 줄보다 칸이 많습니다."),
        ('S1,"문채원,1,1,1', "따옴표가 닫히지 않았거나"),
        ("S1,문\x07채원,1,1,1", "너무 길거나 사용할 수 없는 글자가 있습니다."),
    ],
)
def test_what_cannot_be_read_for_certain_is_refused(line: str, reason: str) -> None:
    ((_line, said),) = told(STUDENTS + line)
    assert said.startswith(reason)


def test_a_table_saved_as_a_web_page_under_an_excel_name_is_told() -> None:
    assert told("<html><table><tr><td>학생관리번호") == [
        (1, "웹 화면을 저장한 파일입니다. 엑셀에서 ‘Excel 통합 문서(.xlsx)’로 저장해 주세요.")
    ]


def test_a_column_that_is_there_twice_is_refused_and_one_that_nobody_reads_is_told() -> None:
    assert told("학생관리번호,이름,이름,학년,반,번호\nS1,가,나,1,1,1\n") == [
        (1, "‘이름’ 열이 두 번 있습니다. 하나만 남겨 주세요.")
    ]
    found = read(
        Kind.STUDENTS, "학생관리번호,이름,학년,반,번호,생년,성별\nS1,가,1,1,1,2017,남".encode()
    )
    assert (found.faults, found.unread) == ([], ("생년", "성별"))


@pytest.mark.parametrize(
    "number",
    [
        "160302-3123456",
        "1603023123456",
        "160302 3123456",
        "１６０３０２–３１２３４５６",
        "A160302-3123456",
    ],
)
@pytest.mark.parametrize(
    "line", ["{},문채원,1,1,1,", "S1,{},1,1,1,", "S1,문채원,1,1,{},", "S1,문채원,1,1,1,{}"]
)
def test_a_resident_number_is_refused_wherever_it_stands_and_never_repeated(
    line: str, number: str
) -> None:
    text = "학생관리번호,이름,학년,반,번호,비고\n" + line.format(number)
    ((at, said),) = told(text)
    assert (at, said) == (
        2,
        "주민등록번호로 보입니다. 주민등록번호는 올릴 수 없으니 지우고 다시 올려 주세요.",
    )
    assert number not in str(read(Kind.STUDENTS, text.encode()).faults)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("1588-1234", "1588-1234"),
        ("０１０–１２３４–５６７８", "010-1234-5678"),
        ("82-10-1234-5678", "010-1234-5678"),
        ("+82 (0)10-1234-5678", "010-1234-5678"),
        ("'+82 10-1234-5678", "010-1234-5678"),
        ("1012345678.0", "010-1234-5678"),
        ("0505-123-4567", "0505-123-4567"),
        ("2) 123-4567", "02-123-4567"),
        ("+84 90 123 4567", "+84 90 123 4567"),
        ("+1 (213) 555-0100", "+1 213 555 0100"),
        ("-", ""),
    ],
)
def test_a_telephone_number_has_one_form(typed: str, number: str) -> None:
    (row,) = read(Kind.GUARDIANS, f'{GUARDIANS}S1,문성호,부,"{typed}"'.encode()).rows
    assert row.values["phone"] == number


@pytest.mark.parametrize(
    "typed", ["010-1234-567", "010-1234-56789", "010-1234-5678 (모)", "+", "119"]
)
def test_what_nobody_could_call_is_no_telephone_number(typed: str) -> None:
    assert phone(typed) is None


async def test_a_number_typed_on_a_persons_page_has_the_same_form(school: School) -> None:
    office, mother = await school.client_as("오정숙"), school.id("김하늘")

    async def change(typed: str) -> Answer:
        form = {"phone": typed, "language": "ko", "has_phone": "1"}
        return await office.post(f"/admin/people/{mother}/contact", form)

    async def known() -> object:
        return await school.db.read(
            lambda tx: tx.value("SELECT phone FROM people_person WHERE id = ?", (mother,))
        )

    assert (await change("０１０ ７７７７ ８８８８")).status == 303
    assert await known() == "010-7777-8888"
    refused = await change("010-7777-888")
    assert refused.status == 422
    assert "‘010-7777-888’: 전화번호 형식이 아닙니다. 숫자가 한 자리 부족합니다." in refused.text
    assert await known() == "010-7777-8888"


def test_a_list_of_our_own_is_read_as_it_was() -> None:
    rows = [
        ["학생관리번호", "보호자이름", "관계", "전화"],
        ["S1", "=문성호", "부", "+84 90 123 4567"],
    ]
    (row,) = read(Kind.GUARDIANS, sheets.csv(rows)).rows
    assert (row.values["name"], row.values["phone"]) == ("=문성호", "+84 90 123 4567")


# People -------------------------------------------------------------------------------------------


@pytest.fixture
async def children(school: School) -> None:
    """문채원 in 3-1 and 문채민 in 5-1, siblings."""
    assert (await bring(school, students=TWO)).applied


@pytest.mark.usefixtures("children")
async def test_a_guardian_whose_telephone_changed_stays_one_person(school: School) -> None:
    both = "S1,문성호,부,{0}\nS2,문 성호,아버지,{0}\n"
    await bring(school, guardians=GUARDIANS + both.format("010-1111-2222"))
    assert len(await guardians(school)) == 1
    report = await bring(school, guardians=GUARDIANS + both.format("010-3333-4444"))
    assert report.applied
    ((name, number, of),) = await guardians(school)
    assert (name, number, set(str(of).split(","))) == (
        "문성호",
        "010-3333-4444",
        {"문채원", "문채민"},
    )
    again = await bring(school, guardians=GUARDIANS + both.format("010-3333-4444"))
    assert [(one.added, one.changed, one.unchanged) for one in again.tallies] == [(0, 0, 2)]


@pytest.mark.usefixtures("children")
async def test_a_guardian_is_given_a_number_later_and_stays_one_person(school: School) -> None:
    await bring(school, guardians=GUARDIANS + "S1,문성호,부,010-1111-2222\n")
    numbered = "학생관리번호,보호자이름,관계,보호자번호\nS1,문성호,부,G1\nS2,문성호,부,G1\n"
    assert (await bring(school, guardians=numbered)).applied
    assert len(await guardians(school)) == 1
    other = "학생관리번호,보호자이름,관계,보호자번호\nS1,문성호,부,G2\n"
    assert reasons(await bring(school, guardians=other)) == [
        "이 학생에게 이름과 관계가 같은 보호자가 다른 번호로 이미 등록되어 있습니다."
    ]


@pytest.mark.usefixtures("children")
async def test_mother_and_father_share_a_telephone_and_namesakes_do_not_become_one(
    school: School,
) -> None:
    lines = "S1,문성호,부,010-1111-2222\nS1,이은영,모,010-1111-2222\nS2,문성호,부,010-9999-8888\n"
    assert (await bring(school, guardians=GUARDIANS + lines)).applied
    assert len(await guardians(school)) == 3


@pytest.mark.usefixtures("children")
async def test_one_guardian_with_two_telephones_in_a_list_is_told(school: School) -> None:
    one = GUARDIANS + "S1,문성호,부,010-1111-2222\nS1,문성호,부,010-3333-4444\n"
    assert reasons(await bring(school, guardians=one)) == [
        "2번째 줄과 같습니다. 한 줄만 남겨 주세요."
    ]
    numbered = (
        "학생관리번호,보호자이름,관계,전화,보호자번호\n"
        "S1,문성호,부,010-1111-2222,G1\nS2,문성호,부,010-3333-4444,G1\n"
    )
    assert reasons(await bring(school, guardians=numbered)) == [
        "2번째 줄과 같은 보호자인데 전화나 이메일이 다릅니다. 하나로 맞춰 주세요."
    ]
    assert await guardians(school) == []


async def test_numbers_that_differ_in_case_only_are_refused(school: School) -> None:
    staff = "교직원번호,이름,직위,부서\n{},나은서,교사,교무부\n"
    twice = staff.format("t012") + "T012,나은서,교사,교무부\n"
    assert reasons(await bring(school, staff=twice)) == [
        "번호가 2번째 줄과 대소문자나 앞자리 0만 다릅니다. 하나로 맞춰 주세요."
    ]
    assert (await bring(school, staff=staff.format("T012"))).applied
    assert reasons(await bring(school, staff=staff.format("t012"))) == [
        "이미 있는 번호 ‘T012’: 대소문자나 앞자리 0만 다릅니다. 같은 번호로 맞춰 주세요."
    ]


async def test_a_class_in_full_width_digits_is_the_same_class(school: School) -> None:
    report = await bring(school, classes="학년,반\n1,1\n１,１\n")
    assert reasons(report) == ["2번째 줄과 같습니다. 한 줄만 남겨 주세요."]


@pytest.mark.usefixtures("children")
@pytest.mark.parametrize(
    "typed", ["문성호", "문 성호", unicodedata.normalize("NFD", "문성호"), "문\u00a0성호\u200b"]
)
async def test_a_guardian_from_a_macs_list_signs_with_their_own_name(
    school: School, typed: str
) -> None:
    line = unicodedata.normalize("NFD", GUARDIANS + "S1,문성호,부,010-1111-2222\n")
    assert (await bring(school, guardians=line)).applied
    guardian = await school.db.read(
        lambda tx: str(tx.value("SELECT id FROM people_person WHERE import_key LIKE 'guardian:%'"))
    )
    form = await sent(school, keys=("guardians",))
    asker = await school.db.read(lambda tx: load_asker(tx, guardian))
    signed = await school.app[FORMS].sign(
        asker,
        form,
        asker.children[0].student_id,
        {"going": [YES]},
        Signature(SignatureKind.TYPED, typed),
        submission="x",
        agree=SIGNING.version,
    )
    assert signed is not None
