"""Paper: a slip asks what the form asks, and what staff type from it matches it question by question."""

import hashlib
import re

import aiohttp
import pytest

from kit.clock import DAY, ManualClock
from node.files.access import FILES
from node.forms.about import about
from node.forms.slips import target_of
from node.forms.slips_web import ENDPOINT, SLIPS
from node.questions.model import Field, FieldKind
from protocol.records import ConsentV3
from tests.node.conftest import Answer, Client, School
from tests.node.sending_parts import MEGABYTE, begin, offset, send
from tests.node.test_form_wordings import corrected, letter_of, text_hash
from tests.node.test_forms import GOING, YES, may_sign, page, records, sent

EVERY_KIND = (
    GOING,
    Field("bus", FieldKind.CHOICE, "어떻게 옵니까?", options=("버스", "걸어서")),
    Field("food", FieldKind.CHOICES, "못 먹는 것", required=False, options=("땅콩", "우유")),
    Field("size", FieldKind.NUMBER, "옷 치수", help="키를 입력해 주세요"),
    Field("born", FieldKind.DATE, "생일"),
    Field("note", FieldKind.TEXT, "비상 연락처"),
    Field("wish", FieldKind.LONG_TEXT, "바라는 점", required=False),
    Field("read", FieldKind.AGREE, "안전 안내를 읽었습니다"),
)


async def slip_of(school: School, form: str, child: str = "박하준") -> str:
    """The printed slip of a child whose family can be reached on paper only."""
    teacher = await school.client_as("박서연")
    await school.settled()
    shown = (await teacher.get(f"/newsletters/{await letter_of(school, form)}/slips")).text
    for sheet in shown.split('<article class="sheet">')[1:]:
        if child in sheet:
            return sheet
    raise AssertionError(shown)


@pytest.fixture
async def family(school: School) -> School:
    """박하준 has a guardian, who has never signed in."""
    await school.db.write(
        lambda tx: school.people.roster.add_guardianship(
            tx, school.id("이도윤"), school.id("박하준"), "삼촌"
        )
    )
    return school


async def test_a_slip_asks_what_the_form_asks_and_nothing_else(family: School) -> None:
    fields = (
        Field("bus", FieldKind.CHOICE, "어떻게 옵니까?", options=("버스", "걸어서")),
        Field("wish", FieldKind.LONG_TEXT, "바라는 점", required=False),
    )
    slip = await slip_of(family, await sent(family, fields=fields))
    assert "□ 버스" in slip
    assert "□ 걸어서" in slip
    assert slip.count('class="questions-line"') > 1
    assert "동의합니다" not in slip


async def test_a_slip_has_every_kind_of_question_in_order_with_what_is_required(
    family: School,
) -> None:
    slip = await slip_of(family, await sent(family, fields=EVERY_KIND))
    asked = re.findall(r"<p><strong>([^<]+)</strong> \((필수|선택)", slip)
    assert asked == [(one.label, "필수" if one.required else "선택") for one in EVERY_KIND]
    for words in (
        "□ 동의합니다",
        "□ 동의하지 않습니다",
        "□ 우유",
        "키를 입력해 주세요",
        "□ 확인했습니다",
    ):
        assert words in slip
    assert "____년 ____월 ____일" in slip


async def test_a_slip_says_who_will_see_it_and_until_when_it_is_taken(family: School) -> None:
    slip = await slip_of(family, await sent(family))
    assert "이름과 답변을 보는 사람" in slip
    assert "담임교사" in slip
    assert "마감" in slip


async def test_a_slip_has_a_line_for_each_guardian_who_must_sign(family: School) -> None:
    one = await slip_of(family, await sent(family))
    both = await slip_of(family, await sent(family, both_guardians=True))
    assert (one.count("학생과의 관계"), both.count("학생과의 관계")) == (1, 2)


async def test_staff_enter_a_slip_in_the_order_and_with_the_numbers_of_the_paper(
    family: School,
) -> None:
    form = await sent(family, fields=EVERY_KIND)
    teacher = await family.client_as("박서연")
    address = page(family, form, "박하준") + "/paper"
    shown = (await teacher.get(address)).text
    places = [shown.index(f"{at}. {one.label}") for at, one in enumerate(EVERY_KIND, start=1)]
    assert places == sorted(places)
    typed = {
        "guardian": family.id("이도윤"),
        "answer_going": YES,
        "answer_bus": "걸어서",
        "answer_food": "우유",
        "answer_size": "130",
        "answer_born": "2017-05-05",
        "answer_note": "010-0000-0000",
        "answer_wish": "없음",
        "answer_read": "확인했습니다",
    }
    assert (await teacher.post(address, typed)).status == 303
    (record,) = await records(family)
    assert [(one.label, one.answer) for one in record.answers] == [
        (one.label, typed[f"answer_{one.id}"]) for one in EVERY_KIND
    ]


async def test_a_slip_that_was_printed_before_a_correction_is_entered_as_such(
    family: School,
) -> None:
    form = await sent(family)
    await may_sign(family, "이준혁")
    teacher = await family.client_as("박서연")
    assert 'name="wording"' not in (await teacher.get(page(family, form) + "/paper")).text
    await corrected(family, form, question="stands")
    assert "1차 정정 글" in await slip_of(family, form)
    offered = (await teacher.get(page(family, form) + "/paper")).text
    assert offered.count('name="wording"') == 2
    slip = {"guardian": family.id("김하늘"), "answer_going": YES, "wording": "1"}
    assert (await teacher.post(page(family, form) + "/paper", slip)).status == 303
    assert (await records(family))[0].text_hash == text_hash("갑니다.")


async def test_a_slip_whose_question_does_not_stand_any_more_is_not_taken(
    family: School,
) -> None:
    form = await sent(family)
    await corrected(family, form, question="anew")
    teacher = await family.client_as("박서연")
    slip = {"guardian": family.id("김하늘"), "answer_going": YES, "wording": "1"}
    assert (await teacher.post(page(family, form) + "/paper", slip)).status == 409
    slip["wording"] = "2"
    assert (await teacher.post(page(family, form) + "/paper", slip)).status == 303
    assert (await records(family))[0].text_hash == text_hash("12일에 갑니다.")


PICTURE = b"\x89PNG\r\n\x1a\n" + b"a slip on paper"


async def attach(client: Client, school: School, form: str, content: bytes) -> Answer:
    """As a browser without script sends a whole file."""
    sent = aiohttp.FormData()
    sent.add_field("files", content, filename="회신서.png", content_type="image/png")
    return await client.post(page(school, form) + "/scan", sent)


async def a_slip(client: Client, school: School, form: str) -> dict[str, str]:
    """What the page of the slip sends, once a scan is there."""
    shown = (await client.get(page(school, form) + "/paper")).text
    scan = re.search(r'name="scan" value="([0-9a-f]{20})" form="slip"', shown)
    assert scan is not None
    return {"guardian": school.id("김하늘"), "answer_going": YES, "scan": scan[1]}


async def test_a_slip_is_kept_as_a_picture_and_its_record_says_which_and_by_whom(
    school: School,
) -> None:
    form = await sent(school)
    office = await school.client_as("오정숙")
    assert (await attach(office, school, form, PICTURE)).status == 303
    slip = await a_slip(office, school, form)
    entered = await office.post(page(school, form) + "/paper", slip)
    assert entered.status == 303
    (record,) = await records(school)
    assert isinstance(record, ConsentV3)
    assert record.scan is not None
    assert (record.entered_by, record.signature_kind) == ("오정숙", "paper")
    assert record.scan.sha256 == hashlib.sha256(PICTURE).hexdigest()
    guardian, stranger = await school.client_as("김하늘"), await school.client_as("이도윤")
    receipt = (await guardian.get("/receipts/0")).text
    assert "종이 회신서 입력" in receipt
    assert "오정숙" in receipt
    assert "/receipts/0/scan" in receipt
    assert (await guardian.get("/receipts/0/scan")).body == PICTURE
    assert (await stranger.get("/receipts/0/scan")).status == 404
    shown = await (await school.client_as("박서연")).get(f"/forms/{form}/results")
    assert "종이, 오정숙 입력" in shown.text


async def test_another_picture_in_the_place_of_the_scan_is_not_shown(school: School) -> None:
    form = await sent(school)
    teacher = await school.client_as("박서연")
    await attach(teacher, school, form, PICTURE)
    slip = await a_slip(teacher, school, form)
    await teacher.post(page(school, form) + "/paper", slip)
    await school.db.write(
        lambda tx: tx.execute("UPDATE files_attachment SET sha256 = ?", ("5c" * 32,))
    )
    assert (await teacher.get("/receipts/0/scan")).status == 404


async def test_what_is_no_picture_or_document_is_refused_and_nothing_is_entered(
    school: School,
) -> None:
    form = await sent(school)
    teacher = await school.client_as("박서연")
    refused = await attach(teacher, school, form, b"\x00\x01\x02")
    assert refused.status == 422
    assert 'name="scan"' not in (await teacher.get(page(school, form) + "/paper")).text
    assert await records(school) == []


async def test_a_scan_that_broke_goes_on_and_the_slip_is_entered_with_it(school: School) -> None:
    form = await sent(school)
    teacher = await school.client_as("박서연")
    target = target_of(form, school.id("이지우"))
    scan = PICTURE + bytes(MEGABYTE)
    begun = await begin(teacher, ENDPOINT, len(scan), filename="회신서.png", target=target)
    assert begun.status == 201, begun.text
    assert (await send(teacher, begun.location, 0, scan[:1000])).status == 204
    shown = (await teacher.get(page(school, form) + "/paper")).text
    assert "다 올리지 못한 파일이 있습니다" in shown
    there = await offset(teacher, begun.location)
    assert (await send(teacher, begun.location, there, scan[there:])).status == 204
    slip = await a_slip(teacher, school, form)
    assert (await teacher.get(page(school, form) + "/scan")).body == scan
    assert (await teacher.post(page(school, form) + "/paper", slip)).status == 303
    assert (await teacher.get("/receipts/0/scan")).body == scan
    assert 'name="scan"' not in (await teacher.get(page(school, form) + "/paper")).text


async def test_a_scan_that_was_exchanged_meanwhile_is_not_entered_unseen(school: School) -> None:
    form = await sent(school)
    teacher, office = await school.client_as("박서연"), await school.client_as("오정숙")
    await attach(teacher, school, form, PICTURE)
    slip = await a_slip(teacher, school, form)
    await attach(office, school, form, PICTURE + b"another")
    refused = await teacher.post(page(school, form) + "/paper", slip)
    assert refused.status == 409
    assert await records(school) == []
    slip = await a_slip(teacher, school, form)
    assert (await teacher.post(page(school, form) + "/paper", slip)).status == 303
    assert (await teacher.get("/receipts/0/scan")).body == PICTURE + b"another"


async def test_a_scan_that_waits_stands_in_what_is_held_of_its_child_alone(school: School) -> None:
    form = await sent(school)
    teacher = await school.client_as("박서연")
    await attach(teacher, school, form, PICTURE)

    async def waiting(name: str) -> list[tuple[str, ...]]:
        tables = {
            one.name: one for one in await school.db.read(lambda tx: about(tx, school.id(name)))
        }
        return [tuple(map(str, row)) for row in tables["slips"].rows]

    ((title, file, _at),) = await waiting("이지우")
    assert (title, file.endswith(".png")) == ("체험학습", True)
    assert await waiting("박하준") == await waiting("김하늘") == []
    await teacher.post(page(school, form) + "/paper", await a_slip(teacher, school, form))
    assert await waiting("이지우") == []


async def test_a_scan_whose_slip_nobody_enters_goes_after_a_month(
    school: School, clock: ManualClock
) -> None:
    form = await sent(school)
    teacher = await school.client_as("박서연")
    await attach(teacher, school, form, PICTURE)
    clock.advance(29 * DAY)
    await school.app[SLIPS].expire()
    assert 'name="scan"' in (await teacher.get(page(school, form) + "/paper")).text
    clock.advance(2 * DAY)
    await school.app[SLIPS].expire()
    assert 'name="scan"' not in (await teacher.get(page(school, form) + "/paper")).text
    assert not school.app[FILES].blobs.path(hashlib.sha256(PICTURE).hexdigest()).exists()
