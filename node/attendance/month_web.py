"""Pages of a class's month and year, and the files for 나이스."""

import asyncio
from collections.abc import Callable

import msgspec
from aiohttp import web

from kit import sheets
from kit.i18n import _
from kit.signin.fresh import DECISIONS, within
from kit.web import page
from kit.web.forms import read_form, read_query
from node.access_log.access import looked, shows
from node.access_log.model import What
from node.attendance import workbook
from node.attendance.model import ChildMonth, ClassMonth
from node.attendance.web import ATTENDANCE, CLASS, WORDS
from node.people.session import asker_of

ROUTES = web.RouteTableDef()


class AttendanceMonth(msgspec.Struct):
    """Which month, `2026-11`; none: this one."""

    month: str = ""


def _persons(children: tuple[ChildMonth, ...]) -> list[str]:
    return [one.student_id for one in children]


def _today(request: web.Request) -> str:
    return request.app[ATTENDANCE].today().isoformat()


@ROUTES.get(CLASS)
@shows(What.LIST)
async def month(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    wanted = read_query(request, AttendanceMonth).month
    found = await request.app[ATTENDANCE].month(asker, request.match_info["id"], wanted)
    looked(request, title=found.room.name, persons=_persons(found.children))
    return await page.render_apart(
        request, "attendance/month.html", found=found, today=_today(request), **WORDS
    )


@ROUTES.get(CLASS + "/year")
@shows(What.LIST)
async def year(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    found = await request.app[ATTENDANCE].year(asker, request.match_info["id"])
    looked(request, title=found.room.name, persons=_persons(found.children))
    return await page.render_apart(
        request, "attendance/year.html", found=found, today=_today(request), **WORDS
    )


@ROUTES.post(CLASS + "/close")
@within(DECISIONS)
async def close(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form, class_id = await read_form(request, AttendanceMonth), request.match_info["id"]
    await request.app[ATTENDANCE].close(asker, class_id, form.month)
    return page.see_other(
        request,
        f"/attendance/{class_id}?month={form.month}",
        flash=_("이달 출결을 마감했습니다. 이후에 수정하려면 사유를 입력해야 합니다."),
    )


@ROUTES.get(CLASS + "/month.xlsx")
@shows(What.EXPORT)
async def as_xlsx(request: web.Request) -> web.Response:
    return await _file(request, workbook.xlsx, "xlsx", sheets.MEDIA_TYPE)


@ROUTES.get(CLASS + "/month.csv")
@shows(What.EXPORT)
async def as_csv(request: web.Request) -> web.Response:
    return await _file(request, workbook.csv, "csv", "text/csv")


async def _file(
    request: web.Request, write: Callable[[ClassMonth], bytes], ending: str, media_type: str
) -> web.Response:
    asker = await asker_of(request)
    wanted = read_query(request, AttendanceMonth).month
    found = await request.app[ATTENDANCE].export(asker, request.match_info["id"], wanted)
    looked(request, title=found.room.name, persons=_persons(found.children))
    name = f"attendance-{found.room.grade}-{found.room.number}-{found.month}.{ending}"
    return web.Response(
        body=await asyncio.to_thread(write, found),
        content_type=media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )
