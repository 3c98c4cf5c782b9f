"""Pages of people: who is at the school, one person with what they are and may, what waits."""

import msgspec
from aiohttp import web

from kit.i18n import _
from kit.problem import NotFound
from kit.signin.fresh import DECISIONS, RIGHTS, within
from kit.web import page
from kit.web.forms import read_form, read_query
from node.access_log.access import looked, shows
from node.access_log.model import What
from node.people.model import ROLE_LABELS, NewPerson, Role
from node.people.office.roles import RequestOutcome
from node.people.session import asker_of
from node.people.web import PEOPLE

ROUTES = web.RouteTableDef()
_ID = "{id:[0-9a-f]{20}}"
KINDS = {"": _("모두"), "staff": _("교직원"), "student": _("학생"), "guardian": _("보호자")}


class PeopleQuery(msgspec.Struct):
    q: str = ""
    kind: str = ""
    cursor: str = ""
    closed: bool = False


class StaffForm(msgspec.Struct):
    name: str
    position: str
    department: str
    duty: str = ""
    phone: str = ""
    email: str = ""


class StudentForm(msgspec.Struct):
    name: str
    class_id: str
    number: int


class GuardianForm(msgspec.Struct):
    name: str
    relation: str
    phone: str = ""
    email: str = ""
    may_sign: bool = False


class ContactForm(msgspec.Struct):
    phone: str = ""
    email: str = ""
    language: str = ""
    has_phone: bool = False
    seen: str = ""


class PostForm(msgspec.Struct):
    position: str
    department: str
    duty: str = ""
    extension: str = ""
    seen: str = ""


class RolesForm(msgspec.Struct):
    role: list[Role] = []
    seen: str = ""


class ChangesForm(msgspec.Struct):
    """`shown`: ids of all changes on the page; `chosen`: of those that are ticked."""

    act: str
    shown: list[str] = []
    chosen: list[str] = []


class MoveForm(msgspec.Struct):
    class_id: str
    number: int
    seen: str = ""


class RightsForm(msgspec.Struct):
    relation: str
    may_read: bool = False
    may_sign: bool = False
    seen: str = ""


@ROUTES.get("/admin/people")
@shows(What.LIST)
async def people_list(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    query = read_query(request, PeopleQuery)
    kind = query.kind if query.kind in KINDS else ""
    found = await request.app[PEOPLE].search(asker, query.q, kind, query.cursor, query.closed)
    looked(request, title=query.q, persons=[one.id for one in found.people])
    return await page.render_apart(
        request, "people/list.html", found=found, query=query, kind=kind, kinds=KINDS
    )


@ROUTES.get("/admin/people/new")
async def new_person(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    classes = await request.app[PEOPLE].classes.choices(asker)
    return page.render(request, "people/new.html", classes=classes)


@ROUTES.post("/admin/people/staff")
@within(RIGHTS)
async def add_staff(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, StaffForm)
    person = NewPerson(name=form.name, phone=form.phone, email=form.email)
    person_id = await request.app[PEOPLE].add_staff(
        asker, person, form.position, form.department, form.duty
    )
    return page.see_other(request, f"/admin/people/{person_id}", flash=_("추가했습니다."))


@ROUTES.post("/admin/people/students")
@within(DECISIONS)
async def add_student(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, StudentForm)
    student_id = await request.app[PEOPLE].families.add_student(
        asker, NewPerson(name=form.name), form.class_id, form.number
    )
    return page.see_other(request, f"/admin/people/{student_id}", flash=_("추가했습니다."))


@ROUTES.get("/admin/people/waiting")
@shows(What.LIST)
async def waiting_changes(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    found = await request.app[PEOPLE].roles.waiting(asker)
    looked(request, persons=[one.change.person_id for one in found])
    return await page.render_apart(request, "people/waiting.html", found=found)


@ROUTES.post("/admin/people/waiting")
@within(RIGHTS)
async def decide_changes(request: web.Request) -> web.Response:
    """`act`: accept or refuse what is ticked, accept-all or refuse-all what the page showed."""
    asker = await asker_of(request)
    form = await read_form(request, ChangesForm)
    verb, _dash, everything = form.act.partition("-")
    if verb not in ("accept", "refuse"):
        raise NotFound()
    ids = form.shown if everything else form.chosen
    accept = verb == "accept"
    count = await request.app[PEOPLE].roles.decide(asker, ids, accept=accept)
    if not ids:
        said = _("선택한 항목이 없어 변경하지 않았습니다.")
    else:
        said = _("%(count)s건을 승인했습니다.") if accept else _("%(count)s건을 거절했습니다.")
    return page.see_other(request, "/admin/people/waiting", flash=said, count=count)


@ROUTES.get(f"/admin/people/{_ID}")
@shows(What.PERSON)
async def person_page(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    people = request.app[PEOPLE]
    person = await people.person(asker, request.match_info["id"])
    classes = await people.classes.choices(asker)
    ties = (*person.children, *person.guardians)
    looked(request, title=person.name, persons=[person.id, *(one.person_id for one in ties)])
    return page.render(
        request, "people/person.html", person=person, classes=classes, role_labels=ROLE_LABELS
    )


@ROUTES.post(f"/admin/people/{_ID}/contact")
@within(RIGHTS)
async def change_contact(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, ContactForm)
    await request.app[PEOPLE].change_contact(
        asker,
        request.match_info["id"],
        phone=form.phone,
        email=form.email,
        language=form.language,
        has_phone=form.has_phone,
        seen=form.seen,
    )
    return _back(request)


@ROUTES.post(f"/admin/people/{_ID}/post")
@within(RIGHTS)
async def set_post(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, PostForm)
    outcome = await request.app[PEOPLE].roles.set_post(
        asker,
        request.match_info["id"],
        form.position,
        form.department,
        form.duty,
        form.extension,
        form.seen,
    )
    if outcome is RequestOutcome.WAITS:
        return _back(request, _("저장했습니다. 부서는 관리자가 승인하면 변경됩니다."))
    return _back(request)


@ROUTES.post(f"/admin/people/{_ID}/roles")
@within(RIGHTS)
async def set_roles(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, RolesForm)
    await request.app[PEOPLE].roles.set_roles(
        asker, request.match_info["id"], frozenset(form.role), form.seen
    )
    return _back(request)


@ROUTES.post(f"/admin/people/{_ID}/guardians")
@within(RIGHTS)
async def add_guardian(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, GuardianForm)
    person = NewPerson(
        name=form.name, phone=form.phone, email=form.email, has_phone=bool(form.phone)
    )
    await request.app[PEOPLE].families.add_guardian(
        asker, person, request.match_info["id"], form.relation, form.may_sign
    )
    return _back(request)


@ROUTES.post(f"/admin/people/{_ID}/children/{{child:[0-9a-f]{{20}}}}")
@within(RIGHTS)
async def set_rights(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, RightsForm)
    await request.app[PEOPLE].families.set_rights(
        asker,
        request.match_info["id"],
        request.match_info["child"],
        relation=form.relation,
        may_read=form.may_read,
        may_sign=form.may_sign,
        seen=form.seen,
    )
    return _back(request)


@ROUTES.post(f"/admin/people/{_ID}/children/{{child:[0-9a-f]{{20}}}}/end")
@within(RIGHTS)
async def end_guardianship(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    await request.app[PEOPLE].families.end_guardianship(
        asker, request.match_info["id"], request.match_info["child"]
    )
    return _back(request, _("보호자 관계를 종료했습니다. 권한이 바로 종료되었습니다."))


@ROUTES.post(f"/admin/people/{_ID}/move")
@within(DECISIONS)
async def move_student(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, MoveForm)
    await request.app[PEOPLE].families.move_student(
        asker, request.match_info["id"], form.class_id, form.number, form.seen
    )
    return _back(request)


@ROUTES.post(f"/admin/people/{_ID}/transfer-out")
@within(RIGHTS)
async def transfer_out(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    await request.app[PEOPLE].families.transfer_out(asker, request.match_info["id"])
    return _back(request, _("전출 처리했습니다."))


@ROUTES.post(f"/admin/people/{_ID}/reset")
@within(RIGHTS)
async def reset_sign_in(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    await request.app[PEOPLE].roles.reset_sign_in(asker, request.match_info["id"])
    return _back(request, _("로그인을 초기화했습니다. 초대장을 다시 인쇄해 전달해 주세요."))


@ROUTES.post(f"/admin/people/{_ID}/leave-staff")
@within(RIGHTS)
async def leave_staff(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    await request.app[PEOPLE].roles.leave_staff(asker, request.match_info["id"])
    return _back(request, _("교직원에서 제외했습니다. 보호자로서의 권한만 남았습니다."))


@ROUTES.post(f"/admin/people/{_ID}/close")
@within(RIGHTS)
async def close_person(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    await request.app[PEOPLE].roles.close(asker, request.match_info["id"])
    return _back(request, _("퇴직·전출로 처리했습니다. 로그인과 권한이 바로 종료되었습니다."))


def _back(request: web.Request, said: str = _("저장했습니다.")) -> web.Response:
    return page.see_other(request, f"/admin/people/{request.match_info['id']}", flash=said)
