"""Pages of the releases: what was published, how far each ring and school is, models to publish."""

import msgspec
from aiohttp import web

from hub.knowledge.handbook import Handbook
from hub.officers.access import is_administrator, may_act, require_acting
from hub.officers.session import officer_of
from hub.releases.gguf import QUANTIZED
from hub.releases.incoming import NOT_GGUF
from hub.releases.making import Making
from hub.releases.model import (
    ADOPTION_CHIPS,
    ADOPTION_LABELS,
    LONGEST_NOTE,
    REFUSAL_LABELS,
    RELEASE_KIND_LABELS,
    RELEASE_STATE_LABELS,
    STEP_LABELS,
    Adoption,
    ModelFileRefused,
    ModelWish,
    ReleaseRings,
    RingProgress,
)
from hub.releases.progress import Progress
from hub.releases.service import Releases
from hub.schools.model import RING_LABELS
from hub.supplies.service import Supplies
from kit.i18n import _
from kit.signin.fresh import DECISIONS, within
from kit.typed import one_line, whole
from kit.web import page
from kit.web.forms import PageQuery, parts, read_form, read_query
from kit.web.openapi import api, json_response
from protocol.chunks import KINDS, ReleaseKind

ROUTES = web.RouteTableDef()
RELEASES = web.AppKey("releases", Releases)
PROGRESS = web.AppKey("releases_progress", Progress)
MAKING = web.AppKey("releases_making", Making)
HANDBOOK = web.AppKey("releases_handbook", Handbook)
GIVEN = web.AppKey("releases_supplies", Supplies)
PER_PAGE = 50  # schools in the table of a release
ONE = "/releases/{kind:knowledge|model}/{version:\\d{1,15}}"


class NoteForm(msgspec.Struct):
    note: str = ""


class HandbookForm(msgspec.Struct):
    """`anew`: without a trace of what was removed before."""

    note: str = ""
    anew: bool = False


class EndForm(msgspec.Struct):
    reason: str = ""


class ModelForm(msgspec.Struct):
    """What an officer says of a model file."""

    file: str
    name: str
    licence: str
    context: int = 2048
    quantize: str = ""
    note: str = ""


class ReleaseLine(msgspec.Struct, frozen=True):
    """A release with its rings, in the API. Sizes in bytes, times in ms."""

    kind: str
    version: int
    name: str
    note: str
    size: int
    moved: int
    state: str
    created_at: int
    rings: tuple[RingProgress, ...]


class ReleaseLines(msgspec.Struct, frozen=True):
    items: list[ReleaseLine]


class ReleaseSchools(msgspec.Struct, frozen=True):
    """A release and how every school stands with its kind."""

    release: ReleaseLine
    schools: list[Adoption]


def _line(line: ReleaseRings) -> ReleaseLine:
    one = line.release
    return ReleaseLine(
        one.kind,
        one.version,
        one.name,
        one.note,
        one.size,
        one.moved,
        one.state.value,
        one.created_at,
        line.rings,
    )


def _which(request: web.Request) -> tuple[ReleaseKind, int]:
    kind = next(one for one in KINDS if one == request.match_info["kind"])
    return kind, int(request.match_info["version"])


@ROUTES.get("/releases")
async def releases(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    progress = request.app[PROGRESS]
    return page.render(
        request,
        "releases/list.html",
        lines=await progress.lines(officer),
        works=await progress.works(officer),
        changes=await request.app[HANDBOOK].changes(officer),
        given=await request.app[GIVEN].changes(officer),
        pilots=await progress.pilots(officer),
        writes=may_act(officer),
        kinds=RELEASE_KIND_LABELS,
        states=RELEASE_STATE_LABELS,
        rings=RING_LABELS,
        steps=STEP_LABELS,
    )


@ROUTES.get("/api/v1/releases")
@api(summary="Releases with how far each ring is", answer=ReleaseLines)
async def release_lines(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    lines = await request.app[PROGRESS].lines(officer)
    return json_response(ReleaseLines([_line(line) for kind in KINDS for line in lines[kind]]))


@ROUTES.get("/api/v1" + ONE)
@api(summary="A release with how every school stands", answer=ReleaseSchools)
async def release_schools(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    line, schools = await request.app[PROGRESS].release(officer, *_which(request))
    return json_response(ReleaseSchools(_line(line), schools))


@ROUTES.get(ONE)
async def release(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    kind, version = _which(request)
    number = max(1, read_query(request, PageQuery).page)
    progress = request.app[PROGRESS]
    line, schools = await progress.release(
        officer, kind, version, PER_PAGE, PER_PAGE * (number - 1)
    )
    total = await progress.schools(officer)
    return page.render(
        request,
        "releases/release.html",
        line=line,
        release=line.release,
        schools=schools,
        page=number,
        pages=max(1, -(-total // PER_PAGE)),
        writes=may_act(officer),
        withdraws=is_administrator(officer),
        kinds=RELEASE_KIND_LABELS,
        states=RELEASE_STATE_LABELS,
        rings=RING_LABELS,
        adoption=ADOPTION_LABELS,
        chips=ADOPTION_CHIPS,
        refusals=REFUSAL_LABELS,
    )


@ROUTES.post("/releases/knowledge")
@within(DECISIONS)
async def publish_handbook(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    form = await read_form(request, HandbookForm)
    await request.app[MAKING].begin_handbook(
        officer, one_line("note", form.note, LONGEST_NOTE), anew=form.anew
    )
    return page.see_other(
        request, "/releases", flash=_("발행을 시작했습니다. 끝나면 시범 학교에 배포됩니다.")
    )


@ROUTES.post(ONE + "/to-all")
@within(DECISIONS)
async def to_all(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    kind, version = _which(request)
    await request.app[RELEASES].to_all(officer, kind, version)
    return page.see_other(
        request, f"/releases/{kind}/{version}", flash=_("모든 학교에 배포를 시작했습니다.")
    )


@ROUTES.post(ONE + "/stop")
@within(DECISIONS)
async def stop(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    kind, version = _which(request)
    form = await read_form(request, EndForm)
    await request.app[RELEASES].stop_offering(officer, kind, version, form.reason)
    return page.see_other(
        request, f"/releases/{kind}/{version}", flash=_("더 이상 배포하지 않습니다.")
    )


@ROUTES.post(ONE + "/again")
@within(DECISIONS)
async def again(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    kind, version = _which(request)
    form = await read_form(request, NoteForm)
    made = await request.app[RELEASES].publish_again(
        officer, kind, version, one_line("note", form.note, LONGEST_NOTE)
    )
    return page.see_other(
        request,
        f"/releases/{kind}/{made.version}",
        flash=_("이 내용을 새 번호로 다시 배포했습니다."),
    )


@ROUTES.post(ONE + "/withdraw")
@within(DECISIONS)
async def withdraw(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    kind, version = _which(request)
    form = await read_form(request, EndForm)
    await request.app[RELEASES].withdraw(officer, kind, version, form.reason)
    return page.see_other(request, f"/releases/{kind}/{version}", flash=_("배포를 회수했습니다."))


# Models -----------------------------------------------------------------------------------------


@ROUTES.get("/releases/models")
async def models(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    making = request.app[MAKING]
    return page.render(
        request,
        "releases/models.html",
        files=await making.files(),
        folder=making.incoming.folder,
        works=[one for one in await request.app[PROGRESS].works(officer) if not one.ended],
        writes=may_act(officer),
        quantized=list(QUANTIZED),
        steps=STEP_LABELS,
    )


@ROUTES.post("/releases/models/files")
async def upload(request: web.Request) -> web.Response:
    """A model file of any size, written to the disk as it comes."""
    officer = await officer_of(request)
    making = request.app[MAKING]
    require_acting(officer)
    if not request.content_type.startswith("multipart/"):
        raise ModelFileRefused(reason=NOT_GGUF)
    async for part in parts(request):
        if part.filename:
            size = request.content_length or 0
            await making.upload(officer, part.filename, part.pieces(), size)
            return page.see_other(request, "/releases/models", flash=_("모델 파일을 받았습니다."))
    raise ModelFileRefused(reason=NOT_GGUF)


@ROUTES.post("/releases/models/files/{name}/remove")
async def remove(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    await request.app[MAKING].remove_file(officer, request.match_info["name"])
    return page.see_other(request, "/releases/models", flash=_("모델 파일을 삭제했습니다."))


@ROUTES.post("/releases/models")
@within(DECISIONS)
async def publish_model(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    making = request.app[MAKING]
    require_acting(officer)
    form = await read_form(request, ModelForm)
    wish = ModelWish(
        file=form.file,
        name=whole("name", form.name, 200),
        licence=whole("licence", form.licence, 200),
        context=form.context,
        quantize=form.quantize,
        note=one_line("note", form.note, LONGEST_NOTE),
    )
    await making.begin_model(officer, wish)
    return page.see_other(
        request,
        "/releases",
        flash=_("모델을 검사하기 시작했습니다. 문제가 없으면 시범 학교에 배포됩니다."),
    )
