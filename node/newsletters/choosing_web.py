"""Pages that choose the families of a letter: of a class, by name, of a list, by what they answered."""

from urllib.parse import urlencode

import msgspec
from aiohttp import web

from kit.i18n import _
from kit.problem import NotFound
from kit.web import page
from kit.web.forms import read_form, read_query
from node.access_log.access import looked, shows
from node.access_log.model import What
from node.newsletters.model import CHILDREN, LetterVerb, State, can
from node.newsletters.web import CHOOSING, NEWSLETTERS
from node.people.access import require_staff
from node.people.session import asker_of

ROUTES = web.RouteTableDef()
_PAGE = "/newsletters/{id:[0-9a-f]{20}}/families"


class FamiliesQuery(msgspec.Struct):
    class_id: str = msgspec.field(default="", name="class")
    q: str = ""


class FamiliesForm(msgspec.Struct):
    """`shown`: the children of the page; `child`: those of them who are ticked."""

    shown: list[str] = []
    child: list[str] = []
    to_students: str = ""
    class_id: str = msgspec.field(default="", name="class")
    q: str = ""
    act: str = "done"


class ToFamiliesForm(msgspec.Struct):
    """To the families of these children, or to those whom the results of a form show."""

    child: list[str] = []
    form: str = ""
    class_id: str = msgspec.field(default="", name="class")
    state: str = ""
    answer: str = ""


@ROUTES.get(_PAGE)
@shows(What.LIST)
async def families(request: web.Request) -> web.Response:
    """Who is chosen for a letter; its writer chooses among the students of a class or of a name."""
    asker = await asker_of(request)
    require_staff(asker)
    query = read_query(request, FamiliesQuery)
    reading = await request.app[NEWSLETTERS].read(asker, request.match_info["id"])
    if not reading.is_desk:
        raise NotFound()
    letter = reading.letter
    may_choose = letter.author_id == asker.id and can(State(letter.state), LetterVerb.EDIT)
    name = query.q[:40].strip()
    choice = await request.app[CHOOSING].choice(asker, letter.audience, query.class_id, name)
    persons = [one.id for one in choice.chosen]
    if may_choose:
        persons += [one.id for one in choice.offered]
    looked(request, title=letter.title, persons=persons)
    return page.render(
        request,
        "newsletters/families.html",
        letter=letter,
        choice=choice,
        may_choose=may_choose,
        q=name,
        most=CHILDREN,
    )


@ROUTES.post(_PAGE)
async def choose(request: web.Request) -> web.Response:
    """Keep what is ticked; then other students, or back to the draft."""
    asker = await asker_of(request)
    form = await read_form(request, FamiliesForm)
    newsletter_id = request.match_info["id"]
    await request.app[CHOOSING].choose(
        asker, newsletter_id, form.shown, form.child, to_students=bool(form.to_students)
    )
    here = f"/newsletters/{newsletter_id}"
    if form.act == "done":
        return page.see_other(
            request, f"{here}/edit#audience", flash=_("받는 사람을 저장했습니다.")
        )
    asked = {"q": form.q[:40]} if form.act == "search" else {"class": form.class_id}
    return page.see_other(request, f"{here}/families?{urlencode(asked)}")


@ROUTES.post("/newsletters/to-families")
async def begin(request: web.Request) -> web.Response:
    """A fresh draft to the families of a list."""
    asker = await asker_of(request)
    require_staff(asker)
    form = await read_form(request, ToFamiliesForm)
    ids = form.child
    if form.form:
        found = await request.app[NEWSLETTERS].forms.results(asker, form.form)
        ids = [row.asked.id for row in found.those(form.class_id, form.state, form.answer)]
    created = await request.app[CHOOSING].begin(asker, ids)
    return page.see_other(request, f"/newsletters/{created}/edit")
