"""Stories about the kinds of papers: a school has some from the start, edits them and passes them on."""

import json

import pytest
from aiohttp import FormData

from node.submissions.delivered import delivered
from node.submissions.web import SUBMISSIONS
from protocol.identity import SchoolKind
from tests.node.conftest import Client, School
from tests.node.filled import sent_by
from tests.node.handing_in import ABSENCE, absent, begin


async def edited(client: Client, kind: str, **changed: str) -> int:
    """Change some fields on the editor's page, leave all others as they stand; the answer's status."""
    address = f"/submissions/types/{kind}/edit"
    sent = sent_by((await client.get(address)).text, address)
    sent.update(changed)
    return (await client.post(address, sent)).status


def test_what_a_school_has_from_the_start_can_be_used() -> None:
    for school in SchoolKind:
        for type_id, _is_open, kind in delivered(school):
            assert kind.fault == "", type_id


async def test_a_kind_saved_unchanged_is_what_it_was(school: School) -> None:
    minho = await school.client_as("정민호")
    types = school.app[SUBMISSIONS].types
    asker = await school.asker("정민호")
    for before in await types.all(asker):
        assert await edited(minho, before.id) == 303, before.id
        assert await types.one(asker, before.id) == before


async def test_the_administrator_changes_how_many_days_there_are(school: School) -> None:
    minho = await school.client_as("정민호")
    assert await edited(minho, "off-campus", yearly_days="10") == 303
    haneul = await school.client_as("김하늘")
    assert "올해 10일 가운데 0일 사용" in (await haneul.get("/submissions")).text


async def test_who_began_before_a_change_goes_on_as_they_began(school: School) -> None:
    haneul = await school.client_as("김하늘")
    paper = await begin(school, haneul, "absence", "이지우")
    minho = await school.client_as("정민호")
    assert await edited(minho, "absence", name="결석계") == 303
    assert "결석계" in (await haneul.get("/submissions")).text
    await paper.send(first_on="2026-11-20", last_on="2026-11-20", **ABSENCE)
    assert "결석신고서" in await paper.page()


async def test_a_kind_that_is_closed_cannot_be_begun(school: School) -> None:
    minho = await school.client_as("정민호")
    await minho.post("/submissions/types/absence/open", {"open": "0"})
    haneul = await school.client_as("김하늘")
    assert 'id="type-absence"' not in (await haneul.get("/submissions")).text
    answer = await haneul.post("/submissions", {"type": "absence", "student": school.id("이지우")})
    assert answer.status == 403


async def test_a_new_kind_is_used_once_it_is_complete(school: School) -> None:
    minho = await school.client_as("정민호")
    created = await minho.post("/submissions/types", {"name": "우유 급식 변경"})
    address = created.location
    kind = address.split("/")[3]
    assert (await minho.post(f"/submissions/types/{kind}/open", {"open": "1"})).status == 422
    sent = sent_by((await minho.get(address)).text, address)
    rows = len(sent.popall("form_label"))
    sent.popall("form_kind")
    for at in range(rows):
        sent.add("form_label", "" if at else "언제부터 바꿀까요?")
        sent.add("form_kind", "text")
    sent["line_0_step_0"] = "homeroom"
    sent["form_basis"] = "public_task"
    assert (await minho.post(address, sent)).status == 303
    assert (await minho.post(f"/submissions/types/{kind}/open", {"open": "1"})).status == 303
    haneul = await school.client_as("김하늘")
    assert "우유 급식 변경" in (await haneul.get("/submissions")).text


async def test_a_kind_is_passed_on_to_another_school_as_a_file(school: School) -> None:
    minho = await school.client_as("정민호")
    file = await minho.get("/submissions/types/off-campus/export")
    told = json.loads(file.body)
    assert told["type"]["name"] == "교외체험학습 신청서"
    form = FormData(quote_fields=False)
    form.add_field("file", file.body, filename="type.json")
    taken = await minho.post("/submissions/types/import", form)
    kind = taken.location.split("/")[3]
    asker = await school.asker("정민호")
    types = school.app[SUBMISSIONS].types
    assert (await types.one(asker, kind)).type == (await types.one(asker, "off-campus")).type
    assert not (await types.one(asker, kind)).is_open


@pytest.mark.parametrize(
    "content", [b'{"format": "else"}', b"\xff", b'{"x":' + b"[" * 2000 + b"]" * 2000 + b"}"]
)
async def test_a_file_that_is_no_kind_is_refused(school: School, content: bytes) -> None:
    minho = await school.client_as("정민호")
    form = FormData(quote_fields=False)
    form.add_field("file", content, filename="type.json")
    assert (await minho.post("/submissions/types/import", form)).status == 422


async def test_others_of_the_staff_change_no_kind(school: School) -> None:
    seoyeon = await school.client_as("박서연")
    assert (await seoyeon.get("/submissions/types")).status == 403
    answer = await seoyeon.post("/submissions/types/absence/open", {"open": "0"})
    assert answer.status == 403
    haneul = await school.client_as("김하늘")
    assert (await haneul.get("/submissions/types")).status == 404


async def test_the_name_of_a_sensitive_kind_stands_in_no_title(school: School) -> None:
    minho = await school.client_as("정민호")
    assert await edited(minho, "absence", is_sensitive="1") == 303
    await absent(school)
    seoyeon = await school.client_as("박서연")
    notified = (await seoyeon.get("/notifications")).text
    assert "이지우 서류" in notified
    assert "결석신고서" not in notified


async def test_search_leads_to_the_kind(school: School) -> None:
    haneul = await school.client_as("김하늘")
    hits = (await haneul.get("/api/v1/search?q=체험학습 신청서")).json()["hits"]
    assert "/submissions?type=off-campus" in [hit["href"] for hit in hits]
    page = (await haneul.get("/submissions?type=off-campus")).text
    assert "교외체험학습 신청서" in page
    assert "결석신고서" not in page


async def test_a_kind_whose_report_the_school_does_not_have_asks_for_another(
    school: School,
) -> None:
    minho = await school.client_as("정민호")
    told = json.loads((await minho.get("/submissions/types/off-campus/export")).body)
    told["type"]["report"]["type_id"] = (
        "0123456789abcdef0123"  # a report of the school it came from
    )
    form = FormData(quote_fields=False)
    form.add_field("file", json.dumps(told).encode(), filename="type.json")
    taken = await minho.post("/submissions/types/import", form)
    kind = taken.location.split("/")[3]
    page = (await minho.get(taken.location)).text
    assert "보고서 서류를 먼저 가져오거나 다른 보고서를 선택해 주세요." in page
    assert "우리 학교에 없는 보고서" in page
    opened = await minho.post(f"/submissions/types/{kind}/open", {"open": "1"})
    assert opened.status == 422
    assert "끝난 뒤 받을 보고서가 우리 학교에 없습니다." in opened.text
    assert await edited(minho, kind, report_type="off-campus-report") == 303
    assert (await minho.post(f"/submissions/types/{kind}/open", {"open": "1"})).status == 303
