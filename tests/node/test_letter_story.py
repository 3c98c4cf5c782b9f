"""A letter's way over HTTP: written with a form and a file, approved, found, read, opened."""

import re

from aiohttp import FormData

from tests.models import documents
from tests.node.conftest import School

FORM = {
    "form_wanted": "1",
    "form_id": "going",
    "form_kind": "consent",
    "form_label": "참가에 동의합니까?",
    "form_options": "",
    "form_required": "1",
    "form_help": "",
    "form_basis": "none",
    "form_deadline": "2026-11-26T17:00",
}


async def test_a_teacher_writes_and_a_family_reads(school: School) -> None:
    teacher = await school.client_as("박서연")
    made = await teacher.post("/newsletters/new", {"kind": "newsletter"})
    address = made.location.removesuffix("/edit")
    files = FormData(quote_fields=False)
    files.add_field("files", documents.hwp("체험학습 준비물 목록"), filename="준비물 목록.hwp")
    attached = await teacher.post(f"{address}/attachments", files)
    assert attached.status == 303
    written = {
        "title": "현장체험학습 안내",
        "body": "**11월 27일**에 갑니다.",
        "audience": f"guardians/class:{school.class_id('3-2')}",
        "act": "send",
        **FORM,
    }
    sent = await teacher.post(f"{address}/edit", written)
    assert (sent.status, sent.location) == (303, address)

    guardian = await school.client_as("김하늘")
    listed = await guardian.get("/newsletters")
    assert "현장체험학습 안내" in listed.text
    assert "동의서" in listed.text
    page = await guardian.get(address)
    assert "<strong>11월 27일</strong>에 갑니다." in page.text
    assert "/forms/" in page.text
    assert "이지우" in page.text
    found = re.search(r"/attachments/[0-9a-f]{20}", page.text)
    assert found is not None
    preview = await guardian.get(found.group())
    assert "체험학습 준비물 목록" in preview.text
    file = await guardian.get(found.group() + "/file")
    assert (
        "%EC%A4%80%EB%B9%84%EB%AC%BC%20%EB%AA%A9%EB%A1%9D.hwp"
        in file.headers["Content-Disposition"]
    )
    await school.settled()
    assert found.group() in (await guardian.get("/search?q=준비물")).text

    stranger = await school.client_as("이도윤")
    assert "현장체험학습" not in (await stranger.get("/newsletters")).text
    for path in (address, found.group(), found.group() + "/file"):
        assert (await stranger.get(path)).status == 404
    assert "현장체험학습" not in (await stranger.get("/search?q=체험학습")).text


async def test_what_a_teacher_types_is_kept_when_it_cannot_go_out(school: School) -> None:
    teacher = await school.client_as("박서연")
    made = await teacher.post("/newsletters/new", {"kind": "newsletter"})
    refused = await teacher.post(made.location, {"title": "제목만", "act": "send"})
    assert refused.status == 422
    assert "제목만" in (await teacher.get(made.location)).text


async def test_a_file_that_is_no_document_is_refused_with_words(school: School) -> None:
    teacher = await school.client_as("박서연")
    made = await teacher.post("/newsletters/new", {"kind": "newsletter"})
    address = made.location.removesuffix("/edit") + "/attachments"
    evil = FormData(quote_fields=False)
    evil.add_field("files", b"MZ\x90\x00\x03", filename="안내.pdf")
    answer = await teacher.post(address, evil)
    assert answer.status == 422
    assert "첨부할 수 없는 파일입니다" in answer.text
    assert (await teacher.post(address, {"files": "not multipart"})).status == 422
    assert "안내.pdf" not in (await teacher.get(made.location)).text
