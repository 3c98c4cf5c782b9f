"""Pages of the privacy officer: a month of the access log, its review."""

import msgspec
from aiohttp import web

from kit.i18n import _
from kit.signin.fresh import DECISIONS, within
from kit.web import page
from kit.web.forms import read_form, read_query
from node.access_log.access import looked, shows
from node.access_log.model import What
from node.people.session import asker_of
from node.privacy.model import parse_month
from node.privacy.service import Privacy

ROUTES = web.RouteTableDef()
PRIVACY = web.AppKey("privacy", Privacy)


class LogQuery(msgspec.Struct):
    """`reader`: who looked; `person`: who was looked at; `q`: a name to find either by."""

    month: str = ""
    reader: str = ""
    person: str = ""
    odd: bool = False
    q: str = ""
    cursor: str = ""


class ReviewForm(msgspec.Struct):
    month: str
    note: str = ""


@ROUTES.get("/privacy")
@shows(What.ACCESS_LOG)
async def access_log(request: web.Request) -> web.Response:
    """A month of the log, narrowed to a reader, a person, or what is odd."""
    asker = await asker_of(request)
    query = read_query(request, LogQuery)
    view = await request.app[PRIVACY].look(
        asker,
        parse_month(query.month) if query.month else None,
        reader_id=query.reader,
        person_id=query.person,
        name=query.q[:40],
        is_odd=query.odd,
        cursor=query.cursor,
    )
    chosen = [one.id for one in (view.reader, view.person) if one is not None]
    looked(
        request,
        subject=f"{view.month}{query.cursor}",
        title=str(view.month),
        persons=chosen or None,
    )
    return await page.render_apart(
        request,
        "privacy/access_log.html",
        view=view,
        query=query,
        title=_title(query),
    )


def _title(query: LogQuery) -> str:
    """What the entries are, as a msgid."""
    if query.reader:
        return _("이 사람이 조회한 기록")
    if query.person:
        return _("이 사람을 조회한 기록")
    return _("확인이 필요한 기록") if query.odd else _("모든 기록")


@ROUTES.post("/privacy/reviews")
@within(DECISIONS)
async def review(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, ReviewForm)
    await request.app[PRIVACY].review(asker, parse_month(form.month), form.note)
    return page.see_other(
        request, f"/privacy?month={form.month}", flash=_("점검 결과를 저장했습니다.")
    )
