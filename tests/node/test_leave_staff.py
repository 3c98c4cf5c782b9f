"""Somebody leaves the staff but stays as a guardian: what ends, what stays, who is told."""

import pytest

from kit.db import Tx
from node.messenger import store as messenger_store
from node.people.model import Kind, Role
from node.people.roster import class_store
from tests.node.conftest import Client, School
from tests.node.driving import areas, kept, share
from tests.node.test_access_told import told


@pytest.fixture
async def hanjimin(school: School) -> str:
    """한지민: head, homeroom teacher of 5-1, in a group, and 박하준's mother; her page's address."""
    roster, person = school.people.roster, school.id("한지민")

    def work(tx: Tx) -> None:
        roster.set_roles(tx, person, [Role.HEAD, Role.TEACHER])
        roster.set_homeroom(tx, school.class_id("5-1"), person)
        roster.set_member(tx, roster.add_group(tx, "독서 모임", ""), person, True)
        roster.add_guardianship(tx, person, school.id("박하준"), "모")

    await school.db.write(work)
    return f"/admin/people/{person}"


async def leave(school: School, here: str) -> None:
    minho = await school.client_as("정민호")
    assert (await minho.post(here + "/leave-staff")).status == 303


async def reach(client: Client, path: str) -> int:
    return (await client.get(path)).status


async def test_who_leaves_the_staff_stays_signed_in_as_a_guardian(
    school: School, hanjimin: str
) -> None:
    phone = await school.client_as("한지민")
    homeroom = f"/admin/classes/{school.class_id('5-1')}"
    assert await reach(phone, homeroom) == 200
    assert await reach(phone, "/drive/shared") == 200
    await leave(school, hanjimin)
    assert "박하준" in (await phone.get("/")).text
    assert await reach(phone, homeroom) in (403, 404)
    assert await reach(phone, "/drive/shared") == 404
    asker = await school.asker("한지민")
    assert asker.kinds == {Kind.GUARDIAN}
    assert (asker.roles, asker.classes, asker.position) == (frozenset(), frozenset(), "")
    assert "staff" not in asker.keys
    assert "모임" not in asker.keys


async def test_what_was_shared_with_a_colleague_ends_with_the_post(
    school: School, hanjimin: str
) -> None:
    park, han = await school.client_as("박서연"), await school.client_as("한지민")
    file = await kept(park, (await areas(park))["person"], "분수.txt", b"one")
    assert await share(park, file, f"staff/person:{school.id('한지민')}") == 204
    assert await reach(han, f"/drive/{file}") == 200
    await leave(school, hanjimin)
    assert await reach(han, f"/drive/{file}") == 404


async def test_a_class_of_the_coming_year_and_groups_are_theirs_no_more(
    school: School, hanjimin: str
) -> None:
    person = school.id("한지민")

    def next_year(tx: Tx) -> None:
        class_store.add_year(tx, 2027)
        class_id = school.people.roster.add_class(tx, 2027, 1, 1)
        school.people.roster.set_homeroom(tx, class_id, person)

    await school.db.write(next_year)
    await leave(school, hanjimin)
    held = await school.db.read(
        lambda tx: tx.rows("SELECT 1 FROM people_class WHERE homeroom_id = ?", (person,))
    )
    assert held == []
    page = (await (await school.client_as("정민호")).get(hanjimin)).text
    assert "독서 모임" not in page
    assert 'action="' + hanjimin + '/roles"' not in page


async def test_the_account_of_the_messenger_is_to_be_closed(school: School, hanjimin: str) -> None:
    person = school.id("한지민")

    def opened(tx: Tx) -> None:
        (member,) = (one for one in messenger_store.members(tx) if one.person_id == person)
        messenger_store.add_account(tx, member, 1)
        messenger_store.set_told(tx, person, "open")

    await school.db.write(opened)
    assert await school.db.read(messenger_store.former) == []
    await leave(school, hanjimin)
    former = await school.db.read(messenger_store.former)
    assert [one.person_id for one in former] == [person]


async def test_it_is_told_to_the_person_and_to_administrators_and_stands_in_the_log(
    school: School, hanjimin: str
) -> None:
    await leave(school, hanjimin)
    for name in ("한지민", "정민호"):
        page = await told(school, name)
        assert "−부장교사" in page
        assert "−연구부" in page
    log = (await (await school.client_as("정민호")).get("/admin/audit")).text
    assert "교직원에서 제외" in log


async def test_what_waits_of_a_role_or_department_waits_no_more(
    school: School, hanjimin: str
) -> None:
    office = await school.client_as("오정숙")
    await office.post(hanjimin + "/post", {"position": "교사", "department": "교무실"})
    await leave(school, hanjimin)
    waiting = (await (await school.client_as("정민호")).get("/admin/people/waiting")).text
    assert "한지민" not in waiting


async def test_the_page_offers_it_of_guardians_alone_and_to_administrators_alone(
    school: School, hanjimin: str
) -> None:
    minho, office = await school.client_as("정민호"), await school.client_as("오정숙")
    button = 'action="{}/leave-staff"'
    assert button.format(hanjimin) in (await minho.get(hanjimin)).text
    assert button.format(hanjimin) not in (await office.get(hanjimin)).text
    park = f"/admin/people/{school.id('박서연')}"
    assert button.format(park) not in (await minho.get(park)).text
    await leave(school, hanjimin)
    assert button.format(hanjimin) not in (await minho.get(hanjimin)).text


async def test_nobody_is_taken_off_the_staff_who_would_then_be_nobody(
    school: School, hanjimin: str
) -> None:
    minho = await school.client_as("정민호")

    async def asked(name: str) -> int:
        return (await minho.post(f"/admin/people/{school.id(name)}/leave-staff")).status

    assert await asked("박서연") == 409  # no child here
    assert await asked("김하늘") == 404  # not on the staff
    assert await asked("정민호") == 403  # oneself
    assert "staff" in (await school.asker("박서연")).keys
