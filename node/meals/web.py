"""The pages of meals: a day, a week, the week as it is written, and what children must not eat."""

from datetime import date, timedelta
from typing import Annotated

import msgspec
from aiohttp import web

from kit.i18n import _
from kit.problem import NotFound
from kit.signin.fresh import DECISIONS, within
from kit.web import page
from kit.web.forms import posted, read_form, read_query
from node.access_log.access import looked, shows
from node.access_log.model import What
from node.meals.allergies import Allergies
from node.meals.dishes import as_typed
from node.meals.model import ALLERGENS, SERVINGS, Serving, WrittenMeal
from node.meals.service import Meals
from node.people.access import CATERERS, may_see_allergies
from node.people.model import Asker
from node.people.session import asker_of

ROUTES = web.RouteTableDef()
MEALS = web.AppKey("meals", Meals)
ALLERGIES = web.AppKey("meals_allergies", Allergies)
STUDENT = "{student:[0-9a-f]{20}}"


class MealDayQuery(msgspec.Struct):
    """The day that a page shows, or of whose week; none: today."""

    day: date | None = None


class WeekQuery(msgspec.Struct):
    day: date | None = None
    kind: Annotated[int, msgspec.Meta(ge=1, le=3)] = 2


class GoBackForm(msgspec.Struct):
    day: date
    kind: Annotated[int, msgspec.Meta(ge=1, le=3)]


class AllergyForm(msgspec.Struct):
    allergens: list[int] = []
    agrees: bool = False
    seen: str = ""


def _rights(asker: Asker) -> dict[str, bool]:
    """Which ways on a page of meals offers."""
    return {
        "writes": not asker.roles.isdisjoint(CATERERS),
        "sees_list": bool(asker.classes) or may_see_allergies(asker, ""),
    }


def _near(day: date) -> date:
    """A day of which a week before and after there is one."""
    if not 2 <= day.year <= 9998:
        raise NotFound()
    return day


@ROUTES.get("/meals")
async def day_page(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    meals = request.app[MEALS]
    day = _near(read_query(request, MealDayQuery).day or meals.today())
    found, eaters, later = await meals.day(asker, day)
    return page.render(
        request,
        "meals/day.html",
        found=found,
        eaters=eaters,
        later=later,
        before=(day - timedelta(days=1)).isoformat(),
        after=(day + timedelta(days=1)).isoformat(),
        is_today=day == meals.today(),
        allergens=ALLERGENS,
        **_rights(asker),
    )


@ROUTES.get("/meals/week")
async def week_page(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    meals = request.app[MEALS]
    week, eaters = await meals.week(
        asker, _near(read_query(request, MealDayQuery).day or meals.today())
    )
    return page.render(
        request,
        "meals/week.html",
        week=week,
        eaters=eaters,
        today=meals.today().isoformat(),
        allergens=ALLERGENS,
        **_rights(asker),
    )


# Writing ------------------------------------------------------------------------------------------


@ROUTES.get("/meals/write")
async def write_page(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    meals, query = request.app[MEALS], read_query(request, WeekQuery)
    kind = Serving(query.kind)
    week = await meals.to_write(asker, _near(query.day or meals.today()))
    return page.render(
        request,
        "meals/write.html",
        week=week,
        kind=kind,
        servings=SERVINGS,
        typed={
            one.day: "\n".join(map(as_typed, found.meal.dishes)) if found else ""
            for one in week.days
            for found in [one.of(kind)]
        },
        allergens=ALLERGENS,
    )


@ROUTES.post("/meals/write")
async def write(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    query = read_query(request, WeekQuery)
    sent, meals = await posted(request), request.app[MEALS]
    fields = {name: text for name, text in sent.items() if isinstance(text, str)}
    day = _near(query.day or meals.today())
    typed = [
        WrittenMeal(name.removeprefix("dishes-"), text, fields.get(f"calories-{name[7:]}", ""))
        for name, text in fields.items()
        if name.startswith("dishes-")
    ]
    changed = await meals.write(asker, day, Serving(query.kind), typed, fields.get("seen", ""))
    return page.see_other(
        request,
        f"/meals/week?day={day.isoformat()}",
        flash=_("급식을 저장했습니다(%(count)s일).") if changed else _("바뀐 내용이 없습니다."),
        count=changed,
    )


@ROUTES.post("/meals/write/back")
async def go_back(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, GoBackForm)
    await request.app[MEALS].go_back(asker, form.day, Serving(form.kind))
    return page.see_other(
        request,
        f"/meals/write?day={form.day.isoformat()}&kind={form.kind}",
        flash=_("파일에서 가져온 내용으로 되돌렸습니다."),
    )


# Allergies ----------------------------------------------------------------------------------------


@ROUTES.get("/meals/allergies")
async def children(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    found = await request.app[ALLERGIES].of_children(asker)
    return page.render(request, "meals/children.html", children=found, allergens=ALLERGENS)


@ROUTES.get(f"/meals/allergies/{STUDENT}")
async def child_page(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    child = await request.app[ALLERGIES].of_child(asker, request.match_info["student"])
    return page.render(request, "meals/child.html", child=child, allergens=ALLERGENS)


@ROUTES.post(f"/meals/allergies/{STUDENT}")
@within(DECISIONS)
async def say(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form, student = await read_form(request, AllergyForm), request.match_info["student"]
    await request.app[ALLERGIES].say(
        asker, student, form.allergens, agrees=form.agrees, seen=form.seen
    )
    said = (
        _("알레르기 정보를 저장했습니다. 급식에 표시됩니다.")
        if form.allergens
        else _("알레르기 정보를 삭제했습니다.")
    )
    return page.see_other(request, "/meals/allergies", flash=said)


@ROUTES.post(f"/meals/allergies/{STUDENT}/withdraw")
@within(DECISIONS)
async def withdraw(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    await request.app[ALLERGIES].withdraw(asker, request.match_info["student"])
    return page.see_other(
        request, "/meals/allergies", flash=_("동의를 철회하고 알레르기 정보를 삭제했습니다.")
    )


@ROUTES.get("/meals/allergies/list")
@shows(What.ALLERGIES)
async def listed(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    today, lines = await request.app[ALLERGIES].listed(asker)
    looked(request, persons=[one.student_id for one in lines])
    return await page.render_apart(
        request, "meals/list.html", lines=lines, today=today.isoformat(), allergens=ALLERGENS
    )
