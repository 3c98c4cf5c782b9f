"""What a teacher or the province typed is what families read, sign, print and are sent."""

import re

from kit.db import Tx
from kit.schema import migrate
from kit.web.assembly import ASSEMBLY
from node.official.web import OFFICIAL
from protocol.official import NoticeAudience, OfficialNotice
from tests.node.conftest import School
from tests.node.test_letter_story import FORM
from tests.reading import lines

TYPED = """   12월 학사 일정입니다.
12. 24.(목) 축제
12. 31.(목) 겨울방학식

1. 대상: 4~6학년
   가. 시각: 09:00~13:00
2. 문의: <교무실> 김** 031-000-2100
6. 9.21."""


async def published(school: School, body: str, **more: str) -> str:
    """The address of a letter to the families of 3-2, written in the editor and sent."""
    teacher = await school.client_as("박서연")
    made = await teacher.post("/newsletters/new", {"kind": "newsletter"})
    address = made.location.removesuffix("/edit")
    written = {
        "title": "12월 일정",
        "body": body,
        "audience": f"guardians/class:{school.class_id('3-2')}",
        "act": "send",
        **more,
    }
    sent = await teacher.post(f"{address}/edit", written)
    if sent.location == f"{address}/check":
        sent = await teacher.post(f"{address}/send")  # as it was read over
    assert (sent.status, sent.location) == (303, address)
    await school.settled()
    return address


async def test_a_letter_is_read_printed_and_signed_as_it_was_typed(school: School) -> None:
    guardian = await school.client_as("김하늘")
    address = await published(school, TYPED, **FORM)

    page = await guardian.get(address)
    assert lines(page.text, "div", "letter-body") == TYPED
    assert lines((await guardian.get(f"{address}/print")).text, "div", "letter-body") == TYPED
    form = re.search(r"/forms/[0-9a-f]+/children/[0-9a-f]+", page.text)
    assert form is not None
    signed = await guardian.get(form.group())
    assert lines(signed.text, "div", "prose") == f"12월 일정\n\n{TYPED}"
    api = (await guardian.get(f"/api/v1{address}")).json()
    assert api["body_markdown"] == TYPED
    assert api["body_html"] in page.text


async def test_the_slip_of_a_family_without_a_telephone_reads_as_the_letter_was_typed(
    school: School,
) -> None:
    await school.db.write(lambda tx: tx.execute("UPDATE people_person SET phone = ''"))
    address = await published(school, TYPED)
    teacher = await school.client_as("박서연")
    assert lines((await teacher.get(f"{address}/slips")).text, "div", "prose") == TYPED


async def test_a_writer_sees_in_the_preview_what_families_will_see(school: School) -> None:
    teacher = await school.client_as("박서연")
    page = await teacher.post("/newsletters/preview", {"body": TYPED})
    assert lines(page.text) == TYPED


async def test_a_class_notice_and_a_notice_of_the_province_read_as_they_were_typed(
    school: School,
) -> None:
    notice = OfficialNotice(
        id="n1",
        reference="초등교육과-1",
        title="등교 시각 조정",
        body_markdown="12. 1.(화) 09:40까지 등교\n12. 2.(수) 08:50까지 등교",
        audience=NoticeAudience.STAFF,
        issued_at=school.clock.now(),
    )
    await school.db.write(lambda tx: school.app[OFFICIAL].receive(tx, notice))
    teacher = await school.client_as("박서연")
    page = await teacher.get("/official/n1")
    assert lines(page.text, "div", "letter-body") == notice.body_markdown

    made = await teacher.post("/newsletters/new", {"kind": "class_notice"})
    fields = {"title": "알림장", "body": TYPED, "act": "send"}
    fields["audience"] = f"guardians/class:{school.class_id('3-2')}"
    await teacher.post(made.location, fields)
    await teacher.post(made.location.removesuffix("/edit") + "/send")  # as it was read over
    day = await teacher.get(f"/class-notices/{school.class_id('3-2')}/2026-11-23")
    assert lines(day.text, "div", "prose") == TYPED


async def test_what_was_corrected_is_told_in_the_words_that_readers_saw(school: School) -> None:
    address = await published(school, "12. 24.(목) **축제**\n\n| 날 | 일 |\n|---|---|\n| 1 | 2 |")
    teacher, guardian = await school.client_as("박서연"), await school.client_as("김하늘")
    await teacher.post(
        f"{address}/correct",
        {"title": "12월 일정", "body": "12. 28.(월) **축제**", "reason": "날짜"},
    )
    page = await guardian.get(f"{address}/history")
    assert "<del>12. 24.(목) 축제</del>" in page.text
    assert "<ins>12. 28.(월) 축제</ins>" in page.text
    assert "|---|" not in page.text


async def test_a_letter_that_an_earlier_version_published_wrongly_is_right_after_the_update(
    school: School,
) -> None:
    address = await published(school, TYPED)

    def as_it_was(tx: Tx) -> None:
        for table in ("newsletters_version", "official_notice"):
            tx.execute(f"ALTER TABLE {table} ADD COLUMN html TEXT NOT NULL DEFAULT '5. 24.(목)'")
        tx.execute("DELETE FROM kit_migration WHERE name LIKE '%no_rendered_text%'")

    await school.db.write(as_it_was)
    await migrate(school.db, school.app[ASSEMBLY].packages, school.clock)

    guardian = await school.client_as("김하늘")
    assert lines((await guardian.get(address)).text, "div", "letter-body") == TYPED
