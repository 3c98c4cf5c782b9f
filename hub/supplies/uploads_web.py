"""Pages of files of 나이스 that an officer uploads: choose them, say what their columns are, see what is odd."""

import asyncio
from collections.abc import Iterator, Sequence

import msgspec
from aiohttp import web

from hub.officers.access import require_acting
from hub.officers.model import Officer
from hub.officers.session import officer_of
from hub.supplies.model import MOST_FILES, SUPPLY_KIND_LABELS, NeisFilesMissing
from hub.supplies.neis import NeisFileOdd
from hub.supplies.uploads import NeisUpload, NeisUploads, samples
from kit import sheets
from kit.columns import LEAVE_OUT, posted_columns
from kit.i18n import _
from kit.problem import NotFound
from kit.web import download, page
from kit.web.forms import posted, read_query
from protocol.supplies import OF_NEIS, SupplyKind

ROUTES = web.RouteTableDef()
UPLOADS = web.AppKey("neis_uploads", NeisUploads)
PLACE = "/supplies"
OF = PLACE + "/neis/{kind:[a-z]{1,20}}"
ONE = OF + "/{id}"
SHOWN = 100  # odd rows on a page; all are in the list to download
ODD_HEADINGS = (_("파일"), _("줄"), _("이유"), _("적힌 내용"))


class ColumnsQuery(msgspec.Struct):
    """`say`: which file's columns, from 0 on."""

    say: int | None = None


def _kind(request: web.Request) -> SupplyKind:
    found = next((one for one in OF_NEIS if one == request.match_info["kind"]), None)
    if found is None:
        raise NotFound()
    return found


async def _which(request: web.Request) -> tuple[Officer, SupplyKind, str]:
    officer = await officer_of(request)
    require_acting(officer)
    return officer, _kind(request), request.match_info["id"]


def _href(upload: NeisUpload) -> str:
    return f"{PLACE}/neis/{upload.kind}/{upload.id}"


@ROUTES.post(OF)
async def bring(request: web.Request) -> web.Response:
    """Files of many schools: all or none."""
    officer = await officer_of(request)
    require_acting(officer)
    kind = _kind(request)
    sent = (await posted(request)).getall("files", [])
    uploaded = [one for one in sent if isinstance(one, web.FileField)]
    if not 0 < len(uploaded) <= MOST_FILES:
        raise NeisFilesMissing()
    files = await asyncio.to_thread(lambda: [(one.filename, one.file.read()) for one in uploaded])
    upload = await request.app[UPLOADS].bring(officer, kind, files)
    if upload.is_taken and upload.found is not None:
        return _taken(request, upload.found.schools, len(upload.found.months))
    if upload.odd and upload.found is not None:
        return await _show(request, upload, status=422)
    return page.see_other(request, _href(upload))


def _taken(request: web.Request, schools: int, months: int) -> web.Response:
    return page.see_other(
        request,
        PLACE,
        flash=_("학교 %(schools)s곳의 자료 %(months)s개월분을 등록했습니다."),
        schools=schools,
        months=months,
    )


@ROUTES.post(OF + "/headings/remove")
async def forget(request: web.Request) -> web.Response:
    """What was said of headings: it was wrong, or the files look otherwise now."""
    officer = await officer_of(request)
    require_acting(officer)
    await request.app[UPLOADS].forget(officer, _kind(request))
    return page.see_other(
        request, PLACE, flash=_("기억한 열 제목을 삭제했습니다. 다음 파일에서 다시 확인합니다.")
    )


@ROUTES.get(ONE)
async def show(request: web.Request) -> web.Response:
    officer, kind, upload_id = await _which(request)
    upload = request.app[UPLOADS].find(officer, kind, upload_id)
    return await _show(request, upload, say=read_query(request, ColumnsQuery).say)


async def _show(
    request: web.Request, upload: NeisUpload, *, say: int | None = None, status: int = 200
) -> web.Response:
    asked = await asyncio.to_thread(request.app[UPLOADS].asked, upload, say)
    if asked is not None:
        return await page.render_apart(
            request,
            "supplies/columns.html",
            upload=upload,
            asked=asked,
            at=_href(upload),
            kind=SUPPLY_KIND_LABELS[upload.kind],
            leave_out=LEAVE_OUT,
        )
    assert upload.found is not None  # nothing is to be asked
    return await page.render_apart(
        request,
        "supplies/upload.html",
        status=status,
        odd=upload.odd[:SHOWN],
        more=len(upload.odd) - SHOWN,
        found=upload.found,
        samples=samples(upload),
        files=[one.file for one in upload.tables],
        at=_href(upload),
        kind=SUPPLY_KIND_LABELS[upload.kind],
    )


@ROUTES.post(ONE + "/columns/{number}")
async def say(request: web.Request) -> web.Response:
    officer, kind, upload_id = await _which(request)
    chosen = posted_columns((await posted(request)).items())
    file = request.match_info["number"]
    if not (file.isascii() and file.isdecimal() and len(file) < 3):
        raise NotFound()
    await request.app[UPLOADS].say(officer, kind, upload_id, int(file), chosen)
    return page.see_other(request, f"{PLACE}/neis/{kind}/{upload_id}")


@ROUTES.post(ONE)
async def take(request: web.Request) -> web.Response:
    officer, kind, upload_id = await _which(request)
    taken = await request.app[UPLOADS].take(officer, kind, upload_id)
    if taken is None:
        return page.see_other(
            request,
            f"{PLACE}/neis/{kind}/{upload_id}",
            flash=_("아직 등록하지 않았습니다. 아래를 확인해 주세요."),
            kind="warning",
        )
    return _taken(request, taken.schools, len(taken.months))


@ROUTES.get(ONE + "/odd.csv")
async def odd_csv(request: web.Request) -> web.Response:
    """All rows that cannot be taken."""
    officer, kind, upload_id = await _which(request)
    upload = request.app[UPLOADS].find(officer, kind, upload_id)
    rows = _odd_rows(request, upload.odd)
    content = await asyncio.to_thread(sheets.csv, rows)
    name = page.translate(request, _("읽지 못한 줄"))
    return download.made(content, f"{name}.csv", "text/csv; charset=utf-8")


def _odd_rows(request: web.Request, odd: Sequence[NeisFileOdd]) -> Iterator[Sequence[sheets.Cell]]:
    yield [page.translate(request, heading) for heading in ODD_HEADINGS]
    for one in odd:
        yield [
            one.file,
            one.line or "",
            page.translate(request, one.reason, **one.params),
            one.value,
        ]
