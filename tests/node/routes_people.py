"""Who gets what of people: one's own page, invitations, the school's lists."""

from random import randrange

from aiohttp import FormData

from kit.db import Tx
from kit.ids import new_id
from node.people.model import NewPerson, PersonPart, WaitingChange
from node.people.roster import waiting
from tests.node.conftest import School
from tests.node.routes import (
    DECISIONS,
    ENTRANCE,
    KEEPERS,
    NOTHING,
    NUMBERS,
    OWN,
    RIGHTS,
    Route,
    everyone,
    only,
    public,
)

ADMINISTRATOR = ("administrator",)
HOMEROOM_TOO = ("homeroom", *KEEPERS)


def _person(school: School, name: str, what: str = "") -> str:
    return f"/admin/people/{school.id(name)}{what}"


async def _newcomer(school: School, what: str) -> str:
    """The address of something done to a fresh student of 3-2."""
    roster = school.people.roster
    taken = await school.db.read(
        lambda tx: int(tx.value("SELECT max(number) FROM people_v_student WHERE class_number = 2"))
    )
    student = await school.db.write(
        lambda tx: roster.add_student(
            tx, NewPerson(name="새학생"), school.class_id("3-2"), taken + 1
        )
    )
    return f"/admin/people/{student}{what}"


async def _invited(school: School) -> str:
    roster = school.people.roster

    def work(tx: Tx) -> str:
        person = roster.add_staff(tx, NewPerson(name="새선생"), "교사", "연구부")
        return school.people.invitations.invite(tx, person)[0]

    return f"/welcome/{await school.db.write(work)}"


async def _tied(school: School, what: str) -> str:
    """The address of a tie between a fresh guardian and 최하린."""
    roster = school.people.roster

    def work(tx: Tx) -> str:
        guardian = roster.add_person(tx, NewPerson(name="새보호자"))
        roster.add_guardianship(tx, guardian, school.id("최하린"), "모")
        return guardian

    guardian = await school.db.write(work)
    return f"/admin/people/{guardian}/children/{school.id('최하린')}{what}"


async def _guardian_on_the_staff(school: School) -> str:
    """The address of taking a fresh colleague off the staff who is a guardian of 최하린 too."""
    roster = school.people.roster

    def work(tx: Tx) -> str:
        person = roster.add_staff(tx, NewPerson(name="새선생"), "교사", "연구부")
        roster.add_guardianship(tx, person, school.id("최하린"), "모")
        return person

    return f"/admin/people/{await school.db.write(work)}/leave-staff"


async def _pending(school: School) -> str:
    """An import that the office previewed: nobody else may confirm it."""
    from node.people.lists.columns import Kind

    asker = await school.asker("오정숙")
    pending = await school.people.imports.preview(asker, {Kind.CLASSES: "학년,반\n2,1\n".encode()})
    return f"/admin/import/{pending.id}"


async def _imported(school: School) -> str:
    """An import that the office said yes to."""
    address = await _pending(school)
    await school.people.imports.confirm(await school.asker("오정숙"), address.rpartition("/")[2])
    return address


async def _waiting(school: School) -> str:
    """The page of what waits, with a move that the office asked for."""
    office = await school.asker("오정숙")
    await school.people.roles.set_post(office, school.id("한지민"), "교사", "교무실", "")
    return "/admin/people/waiting"


async def _group(school: School) -> str:
    group = await school.db.write(
        lambda tx: school.people.roster.add_group(tx, f"모임 {new_id()}", "동아리")
    )
    return f"/admin/groups/{group}"


async def _members(school: School) -> str:
    return await _group(school) + "/members"


def _form(text: str) -> FormData:
    form = FormData()
    form.add_field("classes", text.encode(), filename="학급.csv", content_type="text/csv")
    return form


def _class(school: School, what: str = "") -> str:
    return f"/admin/classes/{school.class_id('3-2')}{what}"


async def _with_newcomers(address: str, school: School) -> str:
    """The address, once a colleague and a guardian of 3-2 came who have no login yet."""
    roster = school.people.roster

    def work(tx: Tx) -> None:
        roster.add_staff(tx, NewPerson(name="새선생"), "교사", "연구부")
        guardian = roster.add_person(tx, NewPerson(name="새보호자"))
        roster.add_guardianship(tx, guardian, school.id("박하준"), "모")

    await school.db.write(work)
    return address.replace("CLASS", school.class_id("3-2"))


async def _with_a_change(school: School) -> str:
    """The page of changes that wait, once the office brought one about a colleague."""
    change = WaitingChange(
        new_id(),
        school.id("한지민"),
        PersonPart.DEPARTMENT,
        "교무부",
        school.id("오정숙"),
        "오정숙",
        1,
    )
    await school.db.write(lambda tx: waiting.put(tx, change))
    return "/admin/people/waiting"


async def _with_a_member(school: School) -> str:
    teacher = school.id("박서연")
    roster = school.people.roster

    def work(tx: Tx) -> str:
        group = roster.add_group(tx, "독서 모임", "")
        roster.set_member(tx, group, teacher, True)
        return group

    return f"/admin/groups/{await school.db.write(work)}"


ROUTES = (
    Route("GET", "/me", everyone(200), nobody=OWN, walked={"guardian": "/me"}),
    Route("POST", "/me", everyone(303), data={"phone": "", "language": "ko"}, proof=NOTHING),
    Route("GET", "/my-class", everyone(303), nobody=OWN, unmet="it only leads to another page"),
    Route("GET", "/api/v1/me", everyone(200, anonymous=401), json=True, nobody=OWN),
    Route("GET", "/welcome", public(200), nobody=ENTRANCE, walked={"visitor": "/welcome"}),
    Route("POST", "/welcome", public(404), data={"code": "0000-0000-0000"}, proof=NOTHING),
    Route("GET", "/welcome/{code}", public(200), url=_invited, nobody=ENTRANCE),
    Route(
        "POST",
        "/welcome/{code}",
        public(422),
        url=_invited,
        data={"confirmed_name": "?"},
        proof=NOTHING,
    ),
    Route("GET", "/admin/people", only(KEEPERS, 200)),
    Route("GET", "/admin/people/new", only(KEEPERS, 200), nobody=NUMBERS),
    Route(
        "POST",
        "/admin/people/staff",
        only(KEEPERS, 303),
        data={"name": "새선생", "position": "교사", "department": "연구부"},
        proof=RIGHTS,
    ),
    Route(
        "POST",
        "/admin/people/students",
        only(KEEPERS, 303),
        data=lambda s: {
            "name": "새학생",
            "class_id": s.class_id("5-1"),
            "number": randrange(20, 900),
        },
        proof=DECISIONS,
    ),
    Route(
        "GET", "/admin/people/waiting", only(ADMINISTRATOR, 200), url=_waiting, shown=_with_a_change
    ),
    Route(
        "POST",
        "/admin/people/waiting",
        only(ADMINISTRATOR, 303),
        data=lambda s: {"act": "refuse", "chosen": "0" * 20},
        proof=RIGHTS,
    ),
    Route("GET", "/admin/people/{id}", only(KEEPERS, 200), url=lambda s: _person(s, "김하늘")),
    Route(
        "POST",
        "/admin/people/{id}/contact",
        only(KEEPERS, 303),
        url=lambda s: _person(s, "이준혁", "/contact"),
        data={"phone": "010-1111-2222", "language": "en"},
        proof=RIGHTS,
    ),
    Route(
        "POST",
        "/admin/people/{id}/post",
        only(KEEPERS, 303),
        url=lambda s: _person(s, "한지민", "/post"),
        data={"position": "교사", "department": "연구부"},
        proof=RIGHTS,
    ),
    Route(
        "POST",
        "/admin/people/{id}/roles",
        only(ADMINISTRATOR, 303),
        url=lambda s: _person(s, "한지민", "/roles"),
        data={"role": "head"},
        proof=RIGHTS,
    ),
    Route(
        "POST",
        "/admin/people/{id}/guardians",
        only(KEEPERS, 303),
        url=lambda s: _newcomer(s, "/guardians"),
        data={"name": "새보호자", "relation": "모"},
        proof=RIGHTS,
    ),
    Route(
        "POST",
        "/admin/people/{id}/children/{child}",
        only(KEEPERS, 303),
        url=lambda s: _tied(s, ""),
        data={"relation": "모", "may_read": "1"},
        proof=RIGHTS,
    ),
    Route(
        "POST",
        "/admin/people/{id}/children/{child}/end",
        only(KEEPERS, 303),
        url=lambda s: _tied(s, "/end"),
        proof=RIGHTS,
    ),
    Route(
        "POST",
        "/admin/people/{id}/move",
        only(KEEPERS, 303),
        url=lambda s: _person(s, "박하준", "/move"),
        data=lambda s: {"class_id": s.class_id("3-1"), "number": 1},
        proof=DECISIONS,
    ),
    Route(
        "POST",
        "/admin/people/{id}/transfer-out",
        only(KEEPERS, 303),
        url=lambda s: _newcomer(s, "/transfer-out"),
        proof=RIGHTS,
    ),
    Route(
        "POST",
        "/admin/people/{id}/reset",
        only(KEEPERS, 303),
        url=lambda s: _person(s, "이준혁", "/reset"),
        proof=RIGHTS,
    ),
    Route(
        "POST",
        "/admin/people/{id}/letter",
        only(KEEPERS, 200),
        url=lambda s: _newcomer(s, "/letter"),
        proof=RIGHTS,
    ),
    Route(
        "POST",
        "/admin/people/{id}/leave-staff",
        only(ADMINISTRATOR, 303),
        url=_guardian_on_the_staff,
        proof=RIGHTS,
    ),
    Route(
        "POST",
        "/admin/people/{id}/close",
        only(KEEPERS, 303),
        url=lambda s: _newcomer(s, "/close"),
        proof=RIGHTS,
    ),
    Route("GET", "/admin/classes", only(KEEPERS, 200), nobody=NUMBERS),
    Route(
        "POST", "/admin/classes", only(KEEPERS, 303), data={"grade": 2, "number": 3}, proof=NOTHING
    ),
    Route("POST", "/admin/year", only(ADMINISTRATOR, 303), data={"year": 2026}, proof=RIGHTS),
    Route("GET", "/admin/classes/{id}", only(HOMEROOM_TOO, 200, staff=404), url=_class),
    Route(
        "POST",
        "/admin/classes/{id}/homeroom",
        only(KEEPERS, 303),
        url=lambda s: _class(s, "/homeroom"),
        data=lambda s: {"person_id": s.id("박서연")},
        proof=RIGHTS,
    ),
    Route(
        "POST",
        "/admin/classes/{id}/letters",
        only(HOMEROOM_TOO, 200, staff=404),
        url=lambda s: _class(s, "/letters"),
        shown=lambda s: _with_newcomers("/admin/classes/CLASS/letters", s),
        proof=RIGHTS,
    ),
    Route(
        "POST",
        "/admin/classes/{id}/student-letters",
        only(HOMEROOM_TOO, 200, staff=404),
        url=lambda s: _class(s, "/student-letters"),
        proof=RIGHTS,
    ),
    Route("GET", "/admin/groups", only(KEEPERS, 200), nobody=NUMBERS),
    Route(
        "POST",
        "/admin/groups",
        only(KEEPERS, 303),
        data=lambda s: {"name": f"모임 {new_id()}", "kind": "동아리"},
        proof=NOTHING,
    ),
    Route("GET", "/admin/groups/{id}", only(KEEPERS, 200), url=_group, shown=_with_a_member),
    Route(
        "POST",
        "/admin/groups/{id}/members",
        only(KEEPERS, 303),
        url=_members,
        data=lambda s: {"person_id": s.id("이지우"), "member": "1"},
        proof=RIGHTS,
    ),
    Route("GET", "/admin/invitations", only(KEEPERS, 200), nobody=NUMBERS),
    Route(
        "POST",
        "/admin/invitations/staff",
        only(KEEPERS, 200),
        proof=RIGHTS,
        shown=lambda s: _with_newcomers("/admin/invitations/staff", s),
    ),
    Route("GET", "/admin/import", only(KEEPERS, 200), nobody=NUMBERS),
    Route(
        "GET",
        "/admin/import/templates/{kind}.{form}",
        only(KEEPERS, 200),
        url="/admin/import/templates/students.xlsx",
        nobody=NUMBERS,
        piece="a file",
    ),
    Route(
        "POST",
        "/admin/import",
        only(KEEPERS, 200),
        data=lambda s: _form("학년,반\n2,1\n"),
        proof=NOTHING,
    ),
    Route(
        "GET",
        "/admin/import/{id}",
        only(KEEPERS, 200),
        url=_imported,
        nobody=NUMBERS,
    ),
    Route(
        "POST",
        "/admin/import/{id}",
        only(KEEPERS, 303) | {"administrator": 404},
        url=_pending,
        proof=RIGHTS,
    ),
)

UNTYPED = {
    "people_waiting_change.brought_by": "an id, or the ids and keys of several",
    "people_role.role": "a word or a sentence of ours",
    "people_person.language": "a word or a sentence of ours",
    "people_waiting_change.part": "a word or a sentence of ours",
    "people_import.stopped": "a word or a sentence of ours",
}

STAYS = {
    "people_import": "lists that were brought, for a month",
    "people_year": "a few in the school's life",
    "people_class": "as many as classes (sixty a year), groups, staff and their rights",
    "people_group": "as many as classes (sixty a year), groups, staff and their rights",
    "people_group_member": "as many as classes (sixty a year), groups, staff and their rights",
    "people_staff": "as many as classes (sixty a year), groups, staff and their rights",
    "people_role": "as many as classes (sixty a year), groups, staff and their rights",
    "people_waiting_change": "as many as classes (sixty a year), groups, staff and their rights",
}

FROM_AN_END = {
    "node.people.roster.store.import_keys": "a batch of what the lists name",
    "node.people.roster.store.people": "names that begin so, a page",
    "node.people.roster.store.people_by_part": "names with such a part, a page",
    "node.people.roster.names.bring_next": "a batch of names that an earlier release kept",
}

AT_NIGHT = {
    "node.people.invitations.invited.forget_before": "invitations of a year ago",
}
