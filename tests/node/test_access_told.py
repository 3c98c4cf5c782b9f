"""Whose access changed is told so, and so are the administrators: in the portal and by mail."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kit.clock import ManualClock
from node.people.model import Role
from tests.node.conftest import School
from tests.node.post_office import PostedSchool, posted_school
from tests.node.test_roles import brought, line, make


async def told(school: School, name: str) -> str:
    """What stands in somebody's notifications."""
    await school.settled()
    return (await (await school.client_as(name)).get("/notifications")).text


async def test_the_person_and_the_administrators_are_told_of_a_role(school: School) -> None:
    minho = await school.client_as("정민호")
    await minho.post(f"/admin/people/{school.id('한지민')}/roles", {"role": "head"})
    for name in ("한지민", "정민호"):
        page = await told(school, name)
        assert "역할이 바뀌었습니다" in page
        assert "+부장교사" in page
        assert "−교사" in page
    assert "역할이 바뀌었습니다" not in await told(school, "박서연")


async def test_they_are_told_of_a_reset_and_of_a_move(school: School) -> None:
    office, minho = await school.client_as("오정숙"), await school.client_as("정민호")
    await office.post(f"/admin/people/{school.id('김하늘')}/reset")
    moved = {"position": "교사", "department": "교무실"}
    await minho.post(f"/admin/people/{school.id('한지민')}/post", moved)
    of_haneul, of_minho = await told(school, "김하늘"), await told(school, "정민호")
    assert "로그인이 초기화되었습니다" in of_haneul
    assert "오정숙" in of_haneul
    assert "교무실" not in of_haneul
    assert "로그인이 초기화되었습니다" in of_minho
    assert "+교무실" in of_minho
    assert "+교무실" in await told(school, "한지민")


async def test_administrators_see_that_something_waits_and_who_is_new(school: School) -> None:
    await brought(school, "오정숙", line("T1", "나은서", roles="부장"), line("T2", "도하람"))
    await school.settled()
    front = (await (await school.client_as("정민호")).get("/")).text
    assert "승인 대기 중인 역할과 부서" in front
    page = await told(school, "정민호")
    assert "관리자 승인 대기 중" in page
    assert "나은서 외 1명" in page
    assert "새 교직원이 등록되었습니다" in page
    assert "관리자 승인 대기 중" not in await told(school, "최은영")


async def test_who_is_administrator_no_more_reads_nothing_of_others(school: School) -> None:
    await make(school, "한지민", Role.ADMINISTRATOR)
    minho = await school.client_as("정민호")
    await minho.post(f"/admin/people/{school.id('박서연')}/roles", {"role": "head"})
    assert "박서연" in await told(school, "한지민")
    await make(school, "한지민", Role.TEACHER)
    assert "박서연" not in await told(school, "한지민")


async def test_who_is_administrator_no_more_gets_no_mail_of_others(posted: PostedSchool) -> None:
    school = posted.school
    await posted.addresses(한지민="han@hanbit.example", 정민호="minho@hanbit.example")
    await make(school, "한지민", Role.ADMINISTRATOR)
    minho = await school.client_as("정민호")
    await minho.post(f"/admin/people/{school.id('박서연')}/roles", {"role": "head"})
    await school.settled()
    await make(school, "한지민", Role.TEACHER)
    assert await posted.send()
    assert posted.office.addressees == ["minho@hanbit.example"]


@pytest.fixture
async def posted(tmp_path: Path, clock: ManualClock) -> AsyncIterator[PostedSchool]:
    async for one in posted_school(tmp_path, clock):
        yield one


async def test_a_mail_says_that_something_changed_and_names_nobody(posted: PostedSchool) -> None:
    school = posted.school
    await posted.addresses(한지민="han@hanbit.example", 정민호="minho@hanbit.example")
    minho = await school.client_as("정민호")
    here = f"/admin/people/{school.id('한지민')}"
    await minho.post(here + "/roles", {"role": "head"})
    await minho.post(here + "/roles", {"role": "teacher"})  # before the mail went: said once
    await school.settled()
    assert await posted.send()
    office = posted.office
    assert office.addressees == ["han@hanbit.example", "minho@hanbit.example"]
    text = office.received[0].get_content()
    assert "/notifications" in text
    assert "한지민" not in text
    assert "역할이 바뀌었습니다" in str(office.received[0]["Subject"])
