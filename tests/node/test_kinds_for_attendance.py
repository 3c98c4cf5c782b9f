"""Kinds of papers say what they mean for attendance: those of the start, a school's own, those of an older store."""

from pathlib import Path

from msgspec.structs import replace

import node.submissions
from kit.db import Tx
from node.questions.model import AGREED
from node.submissions import type_store
from node.submissions.web import SUBMISSIONS
from tests.node.conftest import School
from tests.node.handing_in import ABSENCE, absent, begin
from tests.node.test_attendance import FRIDAY, sheet_of
from tests.node.test_attendance_explained import chosen
from tests.node.test_submission_types import edited

MIGRATION = Path(node.submissions.__file__).parent / "migrations" / "005_attendance.sql"


async def test_what_is_sensitive_is_chosen_and_not_named(school: School) -> None:
    minho = await school.client_as("정민호")
    await minho.post("/submissions/types/menstrual/open", {"open": "1"})
    haneul = await school.client_as("김하늘")
    paper = await begin(school, haneul, "menstrual", "이지우")
    answers = {"answer_what": "조퇴", "answer_known": AGREED}
    sent = await paper.send(first_on=FRIDAY, last_on=FRIDAY, **answers)
    assert sent.location == paper.address, sent.text
    page = (await (await school.client_as("박서연")).get(sheet_of(school, FRIDAY))).text
    assert chosen(page, school) == ("left_early", "approved")
    assert "생리" not in page
    assert paper.address not in page


async def test_a_school_chooses_what_its_own_kind_means(school: School) -> None:
    minho = await school.client_as("정민호")
    types, asker = school.app[SUBMISSIONS].types, await school.asker("정민호")
    own = await types.create(
        asker,
        replace((await types.one(asker, "absence")).type, name="등교 지연 확인서", attendance=None),
    )
    await minho.post(f"/submissions/types/{own}/open", {"open": "1"})
    haneul = await school.client_as("김하늘")
    paper = await begin(school, haneul, own, "이지우")
    sent = await paper.send(first_on=FRIDAY, last_on=FRIDAY, **ABSENCE)
    assert sent.location == paper.address, sent.text
    seoyeon = await school.client_as("박서연")
    page = (await seoyeon.get(sheet_of(school, FRIDAY))).text
    assert chosen(page, school) == ("present", "")
    assert await edited(minho, own, attendance="late", attendance_cause="other") == 303
    page = (await seoyeon.get(sheet_of(school, FRIDAY))).text
    assert chosen(page, school) == ("late", "other")
    assert "등교 지연 확인서" in page


async def test_the_kinds_of_an_older_store_keep_what_they_meant(school: School) -> None:
    now = await school.db.read(type_store.rows)

    def older(tx: Tx) -> None:
        for table in ("submissions_type", "submissions_wording"):
            tx.execute(f"UPDATE {table} SET definition = json_remove(definition, '$.attendance')")

    def moved(tx: Tx) -> None:
        for statement in MIGRATION.read_text().split(";\n"):
            if "UPDATE" in statement:
                tx.execute(statement)

    await school.db.write(older)
    assert await school.db.read(type_store.rows) != now
    await school.db.write(moved)
    assert await school.db.read(type_store.rows) == now
    await absent(school, FRIDAY)
    page = (await (await school.client_as("박서연")).get(sheet_of(school, FRIDAY))).text
    assert chosen(page, school) == ("absent", "sick")
