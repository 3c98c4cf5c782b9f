"""The page of what was done (활동 기록), as an administrator reads it."""

import enum
import importlib
import pkgutil
import re

import node
from kit import audit
from kit.audit import Actor
from kit.db import Tx
from kit.web.keys import ACTS
from node.approval.model import ApprovalAct
from node.meals.model import MealsAct
from node.people.access import COMMAND_LINE
from node.people.audience import person_key
from node.supplies.model import SupplyAct
from tests.node.conftest import School
from tests.node.driving import areas, kept, share
from tests.node.looking import entries

_ACT = re.compile(r"\w+:\w+:\w+")


def every_act() -> set[str]:
    """The acts that the node's modules name."""
    found: set[str] = set()
    for module in pkgutil.walk_packages(node.__path__, "node."):
        for kind in vars(importlib.import_module(module.name)).values():
            if isinstance(kind, type) and issubclass(kind, enum.StrEnum):
                found |= {str(one) for one in kind if _ACT.fullmatch(one)}
    return found


async def test_every_act_has_words(school: School) -> None:
    acts = every_act()
    assert len(acts) > 50
    assert acts | {str(one) for one in audit.Act} == {str(one) for one in school.app[ACTS].labels}


async def test_an_administrator_reads_in_words_what_was_done(school: School) -> None:
    client = await school.client_as("정민호")
    done = await client.post(
        f"/admin/people/{school.id('한지민')}/roles", [("role", "teacher"), ("role", "head")]
    )
    assert done.status == 303
    page = (await client.get("/admin/audit")).text
    assert "역할 변경" in page
    assert "한지민" in page
    assert school.id("한지민") not in page
    assert "people:person:roles" not in page
    assert "{&#34;" not in page


async def test_what_nobody_did_by_hand_is_told_as_what_the_server_did(school: School) -> None:
    def unit(tx: Tx) -> None:
        for actor in (audit.PROGRAM, COMMAND_LINE):
            audit.record(tx, school.clock, actor, audit.Act.BEGIN, "")

    await school.db.write(unit)
    page = (await (await school.client_as("정민호")).get("/admin/audit")).text
    assert "자동 처리" in page
    assert "서버 프로그램" in page
    assert "madang-node" not in page


async def test_an_administrator_reads_names_where_the_log_has_ids(school: School) -> None:
    client = await school.client_as("정민호")
    student, guardian = school.id("이지우"), school.id("김하늘")
    form = {"relation": "모", "may_read": "true"}
    tied = await client.post(f"/admin/people/{guardian}/children/{student}", form)
    assert tied.status == 303
    page = (await client.get("/admin/audit")).text
    assert "학생: 이지우 · 열람: 가능 · 서명: 불가" in page
    assert student not in page
    assert "may_read" not in page


async def test_whom_a_share_or_a_part_of_the_drive_names_is_in_the_access_log(
    school: School,
) -> None:
    park, jimin = await school.client_as("박서연"), school.id("한지민")
    file = await kept(park, (await areas(park))["person"], "분수.txt", b"one")
    await share(park, file, person_key(jimin), "view")
    common = (await areas(park))["department"]
    assert (await park.post("/drive/move", {"item": file, "to": common})).status == 303
    client = await school.client_as("정민호")
    page = (await client.get("/admin/audit")).text
    assert "공유 대상: 한지민" in page
    assert "옮기기 전 위치: 박서연" in page
    [entry, *_earlier] = await entries(school)
    assert {jimin, school.id("박서연")} <= set(entry.person_ids)


async def test_days_are_written_as_pages_write_them_and_keys_are_left_out(school: School) -> None:
    asker = Actor("", "정민호")

    def unit(tx: Tx) -> None:
        days = {"from_on": "2026-11-30", "until_on": "2026-12-04"}
        audit.record(tx, school.clock, asker, ApprovalAct.ABSENCE, school.id("한지민"), **days)
        audit.record(tx, school.clock, asker, MealsAct.WRITE, "2026-11-25")
        audit.record(tx, school.clock, asker, SupplyAct.TAKE, "holiday/2027-05-04", name="선거일")
        audit.record(tx, school.clock, asker, SupplyAct.TAKE, "meals/2027-03", name="2027년 3월")
        audit.record(tx, school.clock, asker, SupplyAct.TAKE, "paper/absence-note", name="결석계")

    await school.db.write(unit)
    client = await school.client_as("정민호")
    page = (await client.get("/admin/audit", headers={"Accept-Language": "en"})).text
    page = page.replace("\N{NO-BREAK SPACE}", " ")
    assert "From: Mon 30 Nov 2026 · Until: Fri 4 Dec 2026" in page
    assert "Wed 25 Nov 2026" in page
    assert "Kind: Public holiday · Date: Tue 4 May 2027 · Name: 선거일" in page
    assert "Kind: Meals · Date: Mar 2027" in page
    assert "Kind: Kinds of papers · Name: 결석계" in page
    assert not re.search(r"\d{4}-\d\d|holiday/|paper/|meals/", page.partition("<table")[2])


async def test_names_are_never_translated(school: School) -> None:
    """Who is called as a message of ours reads (학급, 반려, 급식) keeps their name in English."""

    def unit(tx: Tx) -> None:
        by = Actor("", "급식")
        audit.record(tx, school.clock, by, SupplyAct.TAKE, "paper/absence-note", name="반려")
        audit.record(tx, school.clock, by, MealsAct.WRITE, "학급")

    await school.db.write(unit)
    client = await school.client_as("정민호")
    page = (await client.get("/admin/audit", headers={"Accept-Language": "en"})).text
    table = page.partition("<table")[2]
    assert "Kind: Kinds of papers · Name: 반려" in table
    assert table.count("급식") == 2
    assert "학급" in table
