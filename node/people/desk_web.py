"""Pages of those who keep the school's lists: people, classes, groups, invitations, import."""

import asyncio
import contextlib
from collections.abc import Mapping

import msgspec
from aiohttp import web

from kit.i18n import _
from kit.problem import NotFound
from kit.signin.fresh import DECISIONS, RIGHTS, within
from kit.web import page
from kit.web.forms import posted, read_form, read_query
from kit.web.qr import drawn
from node.access_log.access import looked, shows
from node.access_log.model import What
from node.people.access import OFFICE
from node.people.invitations.invited import InvitationLetter
from node.people.lists.importing import Report, report_of
from node.people.lists.sheets import COLUMNS, LABELS, Kind
from node.people.model import ROLE_LABELS, NewPerson, Role
from node.people.office.roles import Outcome
from node.people.session import asker_of
from node.people.web import PEOPLE

ROUTES = web.RouteTableDef()
_ID = "{id:[0-9a-f]{20}}"
PATIENCE_S = 3.0  # that a list may take before its own page is shown instead
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
    language: str = "ko"
    has_phone: bool = False
    seen: str = ""


class PostForm(msgspec.Struct):
    position: str
    department: str
    duty: str = ""
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


class ClassForm(msgspec.Struct):
    grade: int
    number: int


class HomeroomForm(msgspec.Struct):
    person_id: str = ""
    seen: str = ""


class YearForm(msgspec.Struct):
    year: int


class GroupForm(msgspec.Struct):
    name: str
    kind: str = ""


class MemberForm(msgspec.Struct):
    person_id: str
    member: bool = True


# People -------------------------------------------------------------------------------------------


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
    student_id = await request.app[PEOPLE].add_student(
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
        said = _("고른 것이 없어 아무것도 바꾸지 않았습니다.")
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
        asker, request.match_info["id"], form.position, form.department, form.duty, form.seen
    )
    if outcome is Outcome.WAITS:
        return _back(request, _("저장했습니다. 부서는 관리자가 승인하면 바뀝니다."))
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
    await request.app[PEOPLE].add_guardian(
        asker, person, request.match_info["id"], form.relation, form.may_sign
    )
    return _back(request)


@ROUTES.post(f"/admin/people/{_ID}/children/{{child:[0-9a-f]{{20}}}}")
@within(RIGHTS)
async def set_rights(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, RightsForm)
    await request.app[PEOPLE].set_rights(
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
    await request.app[PEOPLE].end_guardianship(
        asker, request.match_info["id"], request.match_info["child"]
    )
    return _back(request, _("보호자 관계를 끝냈습니다. 권한이 바로 사라졌습니다."))


@ROUTES.post(f"/admin/people/{_ID}/move")
@within(DECISIONS)
async def move_student(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, MoveForm)
    await request.app[PEOPLE].move_student(
        asker, request.match_info["id"], form.class_id, form.number, form.seen
    )
    return _back(request)


@ROUTES.post(f"/admin/people/{_ID}/transfer-out")
@within(RIGHTS)
async def transfer_out(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    await request.app[PEOPLE].transfer_out(asker, request.match_info["id"])
    return _back(request, _("전출 처리했습니다."))


@ROUTES.post(f"/admin/people/{_ID}/reset")
@within(RIGHTS)
async def reset_sign_in(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    await request.app[PEOPLE].roles.reset_sign_in(asker, request.match_info["id"])
    return _back(request, _("로그인을 초기화했습니다. 초대장을 다시 인쇄해 전해 주세요."))


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
    return _back(request, _("학교를 떠난 사람으로 처리했습니다. 로그인과 권한이 바로 끝났습니다."))


def _back(request: web.Request, said: str = _("저장했습니다.")) -> web.Response:
    return page.see_other(request, f"/admin/people/{request.match_info['id']}", flash=said)


# Classes and groups -------------------------------------------------------------------------------


@ROUTES.get("/admin/classes")
async def classes(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    people = request.app[PEOPLE]
    found = await people.classes.lines(asker)
    year, present = await people.classes.years(asker)
    return await page.render_apart(
        request, "people/classes.html", classes=found, year=year, present=present
    )


@ROUTES.post("/admin/classes")
async def add_class(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, ClassForm)
    await request.app[PEOPLE].classes.add(asker, form.grade, form.number)
    return page.see_other(request, "/admin/classes", flash=_("추가했습니다."))


@ROUTES.post("/admin/year")
@within(RIGHTS)
async def open_year(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, YearForm)
    await request.app[PEOPLE].classes.open_year(asker, form.year)
    return page.see_other(request, "/admin/classes", flash=_("학년도를 열었습니다."))


@ROUTES.get(f"/admin/classes/{_ID}")
@shows(What.LIST)
async def class_page(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    people = request.app[PEOPLE]
    found, members = await people.classes.members(asker, request.match_info["id"])
    keeps = bool(asker.roles & set(OFFICE))
    staff = await people.staff(asker) if keeps else []
    shown = [one for line in members for one in (line.student_id, line.guardian_id)]
    looked(request, title=found.name, persons=shown)
    return await page.render_apart(
        request, "people/class.html", one=found, members=members, staff=staff, keeps=keeps
    )


@ROUTES.post(f"/admin/classes/{_ID}/homeroom")
@within(RIGHTS)
async def set_homeroom(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, HomeroomForm)
    class_id = request.match_info["id"]
    await request.app[PEOPLE].classes.set_homeroom(
        asker, class_id, form.person_id or None, form.seen
    )
    return page.see_other(request, f"/admin/classes/{class_id}", flash=_("저장했습니다."))


@ROUTES.get("/admin/groups")
async def groups(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    found = await request.app[PEOPLE].groups(asker)
    return await page.render_apart(request, "people/groups.html", groups=found)


@ROUTES.post("/admin/groups")
async def add_group(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, GroupForm)
    group_id = await request.app[PEOPLE].add_group(asker, form.name, form.kind)
    return page.see_other(request, f"/admin/groups/{group_id}", flash=_("추가했습니다."))


@ROUTES.get(f"/admin/groups/{_ID}")
@shows(What.LIST)
async def group_page(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    query = read_query(request, PeopleQuery)
    people = request.app[PEOPLE]
    found, members = await people.group(asker, request.match_info["id"])
    matching = (await people.search(asker, query.q, "", "")).people if query.q else []
    shown = [*(one.id for one in members), *(one.id for one in matching)]
    looked(request, title=found.name, persons=shown)
    return await page.render_apart(
        request, "people/group.html", group=found, members=members, q=query.q, matching=matching
    )


@ROUTES.post(f"/admin/groups/{_ID}/members")
@within(RIGHTS)
async def set_member(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, MemberForm)
    group_id = request.match_info["id"]
    await request.app[PEOPLE].set_member(asker, group_id, form.person_id, form.member)
    return page.see_other(request, f"/admin/groups/{group_id}", flash=_("저장했습니다."))


# Invitations --------------------------------------------------------------------------------------


@ROUTES.get("/admin/invitations")
async def invitations(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    by_class, staff = await request.app[PEOPLE].invitations.state(asker)
    return await page.render_apart(
        request, "people/invitations.html", classes=by_class, staff=staff
    )


@ROUTES.post("/admin/invitations/staff")
@within(RIGHTS)
@shows(What.INVITATIONS)
async def staff_letters(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    letters = await request.app[PEOPLE].invitations.staff_letters(asker)
    return await _printed(request, letters, "/admin/invitations")


@ROUTES.post(f"/admin/classes/{_ID}/letters")
@within(RIGHTS)
@shows(What.INVITATIONS)
async def class_letters(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    class_id = request.match_info["id"]
    letters = await request.app[PEOPLE].invitations.class_letters(asker, class_id)
    return await _printed(request, letters, f"/admin/classes/{class_id}")


@ROUTES.post(f"/admin/classes/{_ID}/student-letters")
@within(RIGHTS)
@shows(What.INVITATIONS)
async def student_letters(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    class_id = request.match_info["id"]
    letters = await request.app[PEOPLE].invitations.student_letters(asker, class_id)
    return await _printed(request, letters, f"/admin/classes/{class_id}")


@ROUTES.post(f"/admin/people/{_ID}/letter")
@within(RIGHTS)
@shows(What.INVITATIONS)
async def person_letter(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    person_id = request.match_info["id"]
    letters = await request.app[PEOPLE].invitations.letter(asker, person_id)
    return await _printed(request, letters, f"/admin/people/{person_id}")


async def _printed(
    request: web.Request, letters: list[InvitationLetter], back: str
) -> web.Response:
    """A sheet a letter. A post, because printing makes codes and is noted in the audit log."""
    places = sorted({letter.place for letter in letters if letter.place})
    looked(request, title=", ".join(places[:3]), persons=[letter.person_id for letter in letters])
    codes = {letter.code: await drawn(letter.link) for letter in letters}
    return await page.render_apart(
        request, "people/letters.html", letters=letters, codes=codes, back=back
    )


# Import -------------------------------------------------------------------------------------------


@ROUTES.get("/admin/import")
async def import_page(request: web.Request) -> web.Response:
    return await _import_page(request)


async def _import_page(request: web.Request, *, missing: bool = False) -> web.Response:
    asker = await asker_of(request)
    under_way = await request.app[PEOPLE].imports.under_way(asker)
    return page.render(
        request,
        "people/import.html",
        status=422 if missing else 200,
        columns=COLUMNS,
        labels=LABELS,
        missing=missing,
        under_way=under_way,
    )


@ROUTES.post("/admin/import")
async def preview_import(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    files = _files(await posted(request))
    if not files:
        return await _import_page(request, missing=True)
    pending = await request.app[PEOPLE].imports.preview(asker, files)
    return await page.render_apart(
        request, "people/import_preview.html", pending=pending, report=pending.report, labels=LABELS
    )


@ROUTES.post(f"/admin/import/{_ID}")
@within(RIGHTS)
async def confirm_import(request: web.Request) -> web.Response:
    """A list of a class is taken over before the answer; a school's goes on beside its page."""
    asker = await asker_of(request)
    import_id, imports = request.match_info["id"], request.app[PEOPLE].imports
    if await imports.begin(asker, import_id) is not None:
        raise NotFound()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_S):
            report = await imports.ended(import_id)
        if not report.faults and not report.stopped:
            return _imported(request, report)
    return page.see_other(request, f"/admin/import/{import_id}")


def _imported(request: web.Request, report: Report) -> web.Response:
    said = (
        _("명단 %(rows)s줄을 반영했습니다. %(waiting)s건은 관리자가 승인하면 바뀝니다.")
        if report.waiting
        else _("명단 %(rows)s줄을 반영했습니다.")
    )
    return page.see_other(
        request, "/admin/people", flash=said, rows=report.changed, waiting=report.waiting
    )


@ROUTES.get(f"/admin/import/{_ID}")
async def import_progress(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    found = await request.app[PEOPLE].imports.state(asker, request.match_info["id"])
    return await page.render_apart(
        request, "people/import_progress.html", one=found, report=report_of(found), labels=LABELS
    )


def _files(sent: Mapping[str, object]) -> dict[Kind, bytes]:
    found = {}
    for kind in Kind:
        part = sent.get(kind.value)
        if isinstance(part, web.FileField) and part.filename:
            content = part.file.read()
            if content:
                found[kind] = content
    return found
