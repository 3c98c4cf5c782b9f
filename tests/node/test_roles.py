"""Roles, departments and guarded accounts: administrators decide, everybody concerned is told."""

import asyncio
import re

import pytest
from aiohttp import FormData

from kit.db import Tx
from kit.problem import Forbidden, NotFound
from node.people.lists.columns import Kind
from node.people.lists.importing import Report
from node.people.model import GIVEN_AT_ONCE, GUARDED, NewPerson, Role
from tests.node.conftest import Answer, Client, School
from tests.node.test_people import accept, invited

HEADINGS = "교직원번호,이름,직위,부서,업무,전화,이메일,역할\n"
BEYOND_TEACHER = {
    "관리자": "administrator",
    "교장": "principal",
    "교감": "vice_principal",
    "부장": "head",
    "행정": "office",
    "영양": "nutrition",
}
WAITING = "/admin/people/waiting"


def line(key: str, name: str, department: str = "2학년부", roles: str = "", email: str = "") -> str:
    return f"{key},{name},교사,{department},,,{email},{roles}\n"


async def brought(school: School, name: str, *lines: str) -> Report:
    """A list of the staff that somebody brings and says yes to."""
    asker = await school.asker(name)
    imports = school.people.imports
    pending = await imports.preview(asker, {Kind.STAFF: (HEADINGS + "".join(lines)).encode()})
    return await imports.confirm(asker, pending.id)


async def known(school: School, name: str, key: str) -> None:
    """Somebody of the cast stands in the school's lists under this number."""
    await school.db.write(
        lambda tx: tx.execute(
            "UPDATE people_person SET import_key = ? WHERE id = ?",
            (f"staff:{key}", school.id(name)),
        )
    )


async def person_of(school: School, key: str) -> str:
    query = "SELECT id FROM people_person WHERE import_key = ?"
    return str(await school.db.read(lambda tx: tx.value(query, (f"staff:{key}",))))


async def roles(school: School, person_id: str) -> set[str]:
    query = "SELECT role FROM people_v_role WHERE person_id = ?"
    return {role for (role,) in await school.db.read(lambda tx: tx.rows(query, (person_id,)))}


async def department(school: School, person_id: str) -> str:
    query = "SELECT department FROM people_v_staff WHERE person_id = ?"
    return str(await school.db.read(lambda tx: tx.value(query, (person_id,))))


async def audit(school: School) -> list[str]:
    query = "SELECT action FROM kit_audit ORDER BY seq"
    return [action for (action,) in await school.db.read(lambda tx: tx.rows(query))]


async def make(school: School, name: str, *given: Role) -> None:
    """Somebody of the cast has these roles, as the machine's own."""
    await school.db.write(
        lambda tx: school.people.roster.set_roles(tx, school.id(name), frozenset(given))
    )


async def decide(client: Client, act: str, *names: str) -> Answer:
    """Press a button of the page of what waits, with the lines of these people ticked."""
    shown = (await client.get(WAITING)).text
    form: list[tuple[str, str]] = [("act", act)]
    form += [("shown", found) for found in re.findall(r'name="shown" value="(\w+)"', shown)]
    for row in re.findall(r"<tr>.*?</tr>", shown, re.DOTALL):
        ticked = re.search(r'name="chosen" value="(\w+)"', row)
        if ticked is not None and any(name in row for name in names):
            form.append(("chosen", ticked[1]))
    return await client.post(WAITING, form)


# Lists ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", BEYOND_TEACHER)
async def test_a_list_of_the_office_gives_nobody_a_role_before_an_administrator_says_yes(
    school: School, word: str
) -> None:
    report = await brought(school, "오정숙", line("T1", "나은서", roles=f"교사;{word}"))
    assert (report.applied, report.waiting) == (True, 1)
    new = await person_of(school, "T1")
    assert await roles(school, new) == {"teacher"}  # the rest of the line holds at once
    minho = await school.client_as("정민호")
    page = (await minho.get(WAITING)).text
    assert "나은서" in page
    assert "오정숙" in page
    assert (await decide(minho, "accept", "나은서")).status == 303
    assert await roles(school, new) == {"teacher", BEYOND_TEACHER[word]}
    assert "나은서" not in (await minho.get(WAITING)).text
    log = await audit(school)
    assert log.index("people:change:wait") < log.index("people:change:accept")


async def test_who_is_refused_keeps_what_they_had(school: School) -> None:
    await known(school, "한지민", "T7")
    await brought(school, "오정숙", line("T7", "한지민", "연구부", "교사;부장"))
    minho = await school.client_as("정민호")
    await decide(minho, "refuse", "한지민")
    assert await roles(school, school.id("한지민")) == {"teacher"}
    assert "people:change:refuse" in await audit(school)
    assert "한지민" not in (await minho.get(WAITING)).text


async def test_a_list_of_the_office_takes_no_role_away_either(school: School) -> None:
    await known(school, "최은영", "T1")
    await brought(school, "오정숙", line("T1", "최은영", "교장실", "교사"))
    assert await roles(school, school.id("최은영")) == {"principal"}


async def test_a_list_leaves_the_role_that_it_cannot_name(school: School) -> None:
    await known(school, "윤태식", "T2")
    await make(school, "윤태식", Role.VICE_PRINCIPAL, Role.PRIVACY_OFFICER)
    await brought(school, "정민호", line("T2", "윤태식", "교무실", "교감;부장"))
    held = {"vice_principal", "head", "privacy_officer"}
    assert await roles(school, school.id("윤태식")) == held


async def test_several_are_decided_with_one_press(school: School) -> None:
    lines = [line(f"T{n}", f"교사{n}", roles="부장") for n in range(3)]
    await brought(school, "오정숙", *lines)
    minho = await school.client_as("정민호")
    await decide(minho, "accept", "교사1")
    await decide(minho, "refuse-all")
    got = [await roles(school, await person_of(school, f"T{n}")) for n in range(3)]
    assert got == [set(), {"head"}, set()]


async def test_a_press_with_nothing_ticked_says_that_nothing_was_changed(school: School) -> None:
    await brought(school, "오정숙", line("T1", "나은서", roles="부장"))
    minho = await school.client_as("정민호")
    for act in ("accept", "refuse"):
        page = await minho.get((await decide(minho, act)).location)
        assert "선택한 항목이 없어" in page.text
        assert "0건" not in page.text
        assert "나은서" in page.text


async def test_whoever_brings_a_list_reads_what_waits_for_an_administrator(school: School) -> None:
    asker = await school.asker("오정숙")
    rows = (HEADINGS + line("T1", "나은서", roles="부장")).encode()
    pending = await school.people.imports.preview(asker, {Kind.STAFF: rows})
    client = await school.client_as("오정숙")
    done = await client.post(f"/admin/import/{pending.id}")
    page = await client.get(done.location)
    assert "명단 1줄을 반영했습니다. 1건은 관리자가 승인하면 변경됩니다." in page.text


async def test_what_was_brought_anew_meanwhile_is_not_approved_unseen(school: School) -> None:
    await known(school, "한지민", "T7")
    await brought(school, "오정숙", line("T7", "한지민", "연구부", "교사;부장"))
    minho = await school.client_as("정민호")
    seen = re.findall(r'name="shown" value="(\w+)"', (await minho.get(WAITING)).text)
    await brought(school, "오정숙", line("T7", "한지민", "연구부", "교사;관리자"))
    await minho.post(WAITING, [("act", "accept"), ("chosen", seen[0])])
    assert await roles(school, school.id("한지민")) == {"teacher"}


async def test_the_same_list_twice_waits_once(school: School) -> None:
    wanted = line("T1", "나은서", roles="부장")
    await brought(school, "오정숙", wanted)
    again = await brought(school, "오정숙", wanted)
    assert again.waiting == 0
    assert [(one.added, one.changed, one.unchanged) for one in again.tallies] == [(0, 0, 1)]


async def test_the_preview_says_how_much_will_wait_and_lets_nothing_wait_yet(
    school: School,
) -> None:
    office = await school.client_as("오정숙")
    form = FormData()
    text = HEADINGS + line("T1", "나은서", roles="부장")
    form.add_field("staff", text.encode(), filename="staff.csv", content_type="text/csv")
    assert "1건은 관리자가 승인해야" in (await office.post("/admin/import", form)).text
    assert "나은서" not in (await (await school.client_as("정민호")).get(WAITING)).text


async def test_an_administrators_list_holds_at_once_but_for_their_own_roles(
    school: School,
) -> None:
    await known(school, "정민호", "T5")
    lines = line("T1", "나은서", roles="부장"), line("T5", "정민호", "정보부", "관리자;교사;교장")
    report = await brought(school, "정민호", *lines)
    assert report.waiting == 1
    assert await roles(school, await person_of(school, "T1")) == {"head"}
    assert await roles(school, school.id("정민호")) == {"administrator", "teacher"}
    minho = await school.client_as("정민호")
    assert (await decide(minho, "accept", "정민호")).status == 403  # nobody raises themselves
    await make(school, "한지민", Role.ADMINISTRATOR)
    await decide(await school.client_as("한지민"), "accept", "정민호")
    assert "principal" in await roles(school, school.id("정민호"))


async def test_a_list_cannot_take_the_last_administrator_away(school: School) -> None:
    await known(school, "정민호", "T5")
    minho = await school.asker("정민호")
    text = HEADINGS + line("T5", "정민호", "정보부", "교사")
    pending = await school.people.imports.preview(minho, {Kind.STAFF: text.encode()})
    assert [fault.column for fault in pending.report.faults] == ["역할"]


async def test_on_the_machine_itself_a_list_is_an_administrators(school: School) -> None:
    await known(school, "정민호", "T5")
    text = HEADINGS + line("T5", "정민호", "정보부", "관리자;부장")
    report = await school.people.imports.run({Kind.STAFF: text.encode()}, dry_run=False)
    assert report.waiting == 0
    assert await roles(school, school.id("정민호")) == {"administrator", "head"}


# Forms ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["김하늘", "한지민", "박서연", "최은영", "오정숙"])
async def test_nobody_but_an_administrator_gives_roles_or_decides_what_waits(
    school: School, name: str
) -> None:
    await brought(school, "오정숙", line("T1", "나은서", roles="부장"))
    client = await school.client_as(name)
    path = f"/admin/people/{school.id(name)}/roles"
    assert (await client.post(path, {"role": "administrator"})).status in (403, 404)
    assert (await client.get(WAITING)).status in (403, 404)
    held = await school.db.read(lambda tx: tx.value("SELECT id FROM people_waiting_change"))
    sent = [("act", "accept-all"), ("shown", held), ("chosen", held)]
    assert (await client.post(WAITING, sent)).status in (403, 404)
    assert await roles(school, await person_of(school, "T1")) == set()


async def test_an_administrator_gives_themselves_no_further_role(school: School) -> None:
    minho = await school.client_as("정민호")
    path = f"/admin/people/{school.id('정민호')}/roles"
    sent = [("role", "administrator"), ("role", "teacher"), ("role", "principal")]
    refused = await minho.post(path, sent)
    assert refused.status == 403
    assert "다른 관리자에게" in refused.text
    assert await roles(school, school.id("정민호")) == {"administrator", "teacher"}


async def test_a_right_to_give_roles_is_asked_for_in_the_unit_that_gives_them(
    school: School,
) -> None:
    """Each request began before the role was taken away; its body was long on its way."""
    minho, office = await school.asker("정민호"), await school.asker("오정숙")
    lists = {Kind.STAFF: (HEADINGS + line("T1", "나은서")).encode()}
    pending = await school.people.imports.preview(office, lists)
    await make(school, "정민호", Role.TEACHER)
    await make(school, "오정숙", Role.TEACHER)
    people, jimin = school.people, school.id("한지민")
    late = [
        people.roles.set_roles(minho, jimin, frozenset({Role.ADMINISTRATOR})),
        people.roles.decide(minho, [], accept=True),
        people.roles.set_post(office, jimin, "교사", "교무실", ""),
        people.roles.reset_sign_in(office, jimin),
        people.roles.close(office, jimin),
        people.families.set_rights(
            office,
            school.id("이준혁"),
            school.id("이지우"),
            relation="부",
            may_read=True,
            may_sign=True,
        ),
        people.change_contact(office, jimin, phone="", email="x@y.example", language="ko"),
        people.invitations.staff_letters(office),
        people.invitations.class_letters(office, school.class_id("3-2")),
        people.imports.confirm(office, pending.id),
    ]
    refused = await asyncio.gather(*late, return_exceptions=True)
    assert all(isinstance(one, Forbidden | NotFound) for one in refused), refused
    assert await roles(school, jimin) == {"teacher"}


async def test_who_has_left_gets_no_post_again(school: School) -> None:
    office = await school.client_as("오정숙")
    here = f"/admin/people/{school.id('한지민')}"
    await office.post(here + "/close")
    assert (
        await office.post(here + "/post", {"position": "교사", "department": "x"})
    ).status == 404


async def test_an_invitation_gives_no_role(school: School) -> None:
    def work(tx: Tx) -> str:
        person = school.people.roster.add_staff(tx, NewPerson(name="새선생"), "교사", "연구부")
        school.people_ids["새선생"] = person
        return school.people.invitations.invite(tx, person)[0]

    code = await school.db.write(work)
    sent = {"login": "newcomer", "role": "administrator", "roles": "administrator"}
    await accept(await school.anonymous(), code, confirmed_name="새선생", **sent)
    assert await roles(school, school.id("새선생")) == set()


# Guarded accounts -----------------------------------------------------------------------------


@pytest.mark.parametrize("role", sorted(GUARDED))
async def test_the_office_takes_over_no_account_that_decides_more_than_its_own(
    school: School, role: Role
) -> None:
    await make(school, "한지민", role)
    office = await school.client_as("오정숙")
    here = f"/admin/people/{school.id('한지민')}"
    contact = {"email": "office@hanbit.example", "language": "ko"}
    got = [
        (await office.post(here + "/reset")).status,
        (await office.post(here + "/letter")).status,
        (await office.post(here + "/contact", contact)).status,
        (await office.post(here + "/close")).status,
    ]
    assert got == [403] * 4
    page = (await office.get(here)).text
    assert f'action="{here}/reset"' not in page
    assert "관리자만 관리합니다" in page
    minho = await school.client_as("정민호")
    assert (await minho.post(here + "/contact", contact)).status == 303
    assert (await minho.post(here + "/reset")).status == 303
    assert (await minho.post(here + "/letter")).status == 200


async def test_the_office_resets_others_as_ever(school: School) -> None:
    office = await school.client_as("오정숙")
    here = f"/admin/people/{school.id('한지민')}"
    assert (await office.post(here + "/reset")).status == 303
    assert (await office.post(here + "/letter")).status == 200


async def test_who_waits_for_a_guarded_role_is_guarded_already(school: School) -> None:
    await brought(school, "오정숙", line("T1", "나은서", roles="교장"))
    office = await school.client_as("오정숙")
    path = f"/admin/people/{await person_of(school, 'T1')}/letter"
    assert (await office.post(path)).status == 403
    assert "나은서" not in (await office.post("/admin/invitations/staff")).text
    assert (
        "나은서" in (await (await school.client_as("정민호")).post("/admin/invitations/staff")).text
    )


async def test_a_letter_that_the_office_printed_opens_no_account_of_a_later_head(
    school: School,
) -> None:
    await brought(school, "오정숙", line("T1", "나은서"))
    school.people_ids["나은서"] = await person_of(school, "T1")
    office, minho = await school.client_as("오정숙"), await school.client_as("정민호")
    await office.post(f"/admin/people/{school.id('나은서')}/letter")
    code = await invited(school, "나은서")
    await minho.post(f"/admin/people/{school.id('나은서')}/roles", {"role": "head"})
    refused = await accept(await school.anonymous(), code, confirmed_name="나은서", login="newhead")
    assert refused.status == 410


@pytest.mark.parametrize("role", [Role.VICE_PRINCIPAL, Role.OFFICE, Role.TEACHER])
async def test_a_member_of_staff_who_is_a_guardian_too_is_in_no_teachers_letters(
    school: School, role: Role
) -> None:
    def work(tx: Tx) -> None:
        roster = school.people.roster
        person = roster.add_staff(tx, NewPerson(name="유다인"), "교직원", "교무실", roles=(role,))
        roster.add_guardianship(tx, person, school.id("이지우"), "모")

    await school.db.write(work)
    path = f"/admin/classes/{school.class_id('3-2')}/letters"
    assert "유다인" not in (await (await school.client_as("박서연")).post(path)).text
    assert "유다인" in (await (await school.client_as("정민호")).post(path)).text


async def test_a_list_changes_the_contact_of_a_guarded_person_after_a_yes(school: School) -> None:
    await known(school, "최은영", "T1")
    await brought(school, "오정숙", line("T1", "최은영", "교장실", email="x@hanbit.example"))
    query = "SELECT email FROM people_person WHERE id = ?"

    async def email() -> object:
        return await school.db.read(lambda tx: tx.value(query, (school.id("최은영"),)))

    assert await email() is None
    await decide(await school.client_as("정민호"), "accept", "최은영")
    assert await email() == "x@hanbit.example"


async def test_a_reset_ends_the_passkeys_too(school: School) -> None:
    passkey = (
        "INSERT INTO signin_passkey (credential_id, account_id, public_key, sign_count, name,"
        " created_at) VALUES ('lost', ?, 'k', 0, '잃어버린 전화', 0)"
    )
    await school.db.write(lambda tx: tx.execute(passkey, (school.id("김하늘"),)))
    office = await school.client_as("오정숙")
    await office.post(f"/admin/people/{school.id('김하늘')}/reset")
    count = "SELECT count(*) FROM signin_passkey"
    assert await school.db.read(lambda tx: tx.value(count)) == 0


# Departments ----------------------------------------------------------------------------------


async def test_the_form_says_what_opens_and_of_the_office_it_waits(school: School) -> None:
    office = await school.client_as("오정숙")
    here = f"/admin/people/{school.id('한지민')}"
    assert "연구부의 드라이브 폴더, 글, 대화방 대신 새 부서의 것을" in (await office.get(here)).text
    sent = {"position": "수석교사", "department": "교무실"}
    saved = await office.post(here + "/post", sent)
    assert saved.status == 303
    page = (await office.get(here)).text
    assert "관리자 승인 대기 중" in page
    assert "수석교사" in page  # the rest of the form holds
    assert await department(school, school.id("한지민")) == "연구부"
    assert "staff/department:교무실" not in (await school.asker("한지민")).keys
    await decide(await school.client_as("정민호"), "accept", "한지민")
    assert await department(school, school.id("한지민")) == "교무실"
    assert "staff/department:교무실" in (await school.asker("한지민")).keys


async def test_a_list_of_the_office_moves_nobody_before_a_yes(school: School) -> None:
    await known(school, "오정숙", "T6")
    await brought(school, "오정숙", line("T6", "오정숙", "교장실"))
    assert await department(school, school.id("오정숙")) == "행정실"
    await brought(school, "정민호", line("T6", "오정숙", "교장실"))
    assert await department(school, school.id("오정숙")) == "교장실"
    assert "오정숙" not in (await (await school.client_as("정민호")).get(WAITING)).text


async def test_the_office_puts_families_into_a_group_and_an_administrator_staff(
    school: School,
) -> None:
    office = await school.client_as("오정숙")
    made = await office.post("/admin/groups", {"name": "전담기구", "kind": "위원회"})
    members = made.location + "/members"
    own = {"person_id": school.id("오정숙"), "member": "1"}
    refused = await office.post(members, own)
    assert refused.status == 403
    assert "관리자만 추가할 수 있습니다" in refused.text
    assert "staff/group" not in (await school.asker("오정숙")).keys
    found = (await office.get(made.location + "?q=오정숙")).text
    assert "관리자가 추가합니다" in found
    family = {"person_id": school.id("김하늘"), "member": "1"}
    assert (await office.post(members, family)).status == 303
    assert (await (await school.client_as("정민호")).post(members, own)).status == 303
    assert "staff/group" in (await school.asker("오정숙")).keys
    assert (await office.post(members, {**own, "member": "0"})).status == 303


async def test_the_office_makes_nobody_of_itself_a_homeroom_teacher(school: School) -> None:
    """A homeroom teacher sends to the class without another's approval."""
    await known(school, "오정숙", "T6")
    office = await school.client_as("오정숙")
    here = f"/admin/classes/{school.class_id('3-1')}/homeroom"
    assert (await office.post(here, {"person_id": school.id("오정숙")})).status == 403
    lists = {Kind.CLASSES: "학년,반,담임교직원번호\n3,1,T6\n".encode()}
    pending = await school.people.imports.preview(await school.asker("오정숙"), lists)
    assert [one.column for one in pending.report.faults] == ["담임교직원번호"]
    assert (await school.asker("오정숙")).classes == frozenset()
    minho = await school.client_as("정민호")
    assert (await minho.post(here, {"person_id": school.id("오정숙")})).status == 303
    assert (await office.post(here, {"person_id": school.id("오정숙")})).status == 303  # as it is


async def test_who_has_left_becomes_no_homeroom_teacher_by_a_page_that_was_open(
    school: School,
) -> None:
    office = await school.client_as("오정숙")
    left = school.id("박서연")
    assert (await office.post(f"/admin/people/{left}/close", {})).status == 303
    here = f"/admin/classes/{school.class_id('3-1')}/homeroom"
    assert (await office.post(here, {"person_id": left})).status == 404


def test_every_role_but_teacher_is_an_administrators_to_give() -> None:
    by_form_only = {Role.PRIVACY_OFFICER}
    beyond = set(Role) - GIVEN_AT_ONCE - by_form_only
    assert {role.value for role in beyond} == set(BEYOND_TEACHER.values())
