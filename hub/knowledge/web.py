"""Pages of the handbook: list, upload, writing, a document with its history."""

import msgspec
from aiohttp import web
from multidict import MultiDict

from hub.knowledge.intake import PROBLEMS, Intake
from hub.knowledge.model import (
    KNOWLEDGE_ACT_LABELS,
    KNOWLEDGE_AUDIENCES,
    LARGEST_FILE,
    LARGEST_UPLOAD,
    MOST_FILES,
    PENDING_CHIPS,
    PENDING_LABELS,
    Added,
    Audience,
    DocumentContent,
    FileUnreadable,
    Filter,
    HandbookEntry,
)
from hub.knowledge.service import Knowledge
from hub.officers.access import may_act, require_acting
from hub.officers.model import Officer
from hub.officers.session import officer_of
from kit.i18n import _
from kit.typed import whole
from kit.web import download, markdown, page
from kit.web.forms import decode, parts, read_form, read_query
from kit.web.openapi import api, json_response

ROUTES = web.RouteTableDef()
KNOWLEDGE = web.AppKey("knowledge", Knowledge)
INTAKE = web.AppKey("knowledge_intake", Intake)


class DocumentForm(msgspec.Struct):
    """A document as it is written. Days as a browser's date field writes them."""

    title: str
    body: str
    audience: Audience = Audience.STAFF
    category: str = ""
    source: str = ""
    valid_from: str = ""
    valid_until: str = ""
    seen: int = 0


class UploadForm(msgspec.Struct):
    """What holds for uploaded files that say nothing of it themselves."""

    audience: Audience = Audience.STAFF
    category: str = ""
    source: str = ""
    valid_from: str = ""
    valid_until: str = ""


class ListQuery(msgspec.Struct):
    q: str = ""
    category: str = ""
    audience: str = ""
    show: str = ""
    page: int = 1

    def filter(self) -> Filter:
        known = self.audience in list(Audience)
        audience = Audience(self.audience) if known else None
        return Filter(self.q[:100], self.category[:100], audience, self.show, max(1, self.page))


class DocumentBodyForm(msgspec.Struct):
    body: str = ""


class DocumentLine(msgspec.Struct, frozen=True):
    """A document in the API's list. Times in ms."""

    id: str
    title: str
    category: str
    audience: Audience
    valid_from: str
    valid_until: str
    version: int
    pending: str
    updated_at: int


class DocumentLines(msgspec.Struct, frozen=True):
    items: list[DocumentLine]
    more: bool


def _content(form: DocumentForm) -> DocumentContent:
    return DocumentContent(
        title=form.title,
        body=form.body.replace("\r\n", "\n"),
        audience=form.audience,
        category=whole("category", form.category, 100),
        source=whole("source", form.source, 200),
        valid_from=form.valid_from,
        valid_until=form.valid_until,
    )


@ROUTES.get("/knowledge")
async def documents(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    query = read_query(request, ListQuery)
    return await _list(request, officer, query, [])


async def _list(
    request: web.Request, officer: Officer, query: ListQuery, added: list[Added]
) -> web.Response:
    wanted = query.filter()
    found, more, categories, changes = await request.app[KNOWLEDGE].lines(officer, wanted)
    return page.render(
        request,
        "knowledge/list.html",
        entries=found,
        more=more,
        wanted=wanted,
        categories=categories,
        changes=changes,
        added=added,
        writes=may_act(officer),
        audiences=KNOWLEDGE_AUDIENCES,
        labels=PENDING_LABELS,
        chips=PENDING_CHIPS,
    )


@ROUTES.get("/api/v1/knowledge")
@api(summary="Documents of the provincial handbook", query=ListQuery, answer=DocumentLines)
async def document_lines(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    query = read_query(request, ListQuery)
    found, more, _categories, _changes = await request.app[KNOWLEDGE].lines(officer, query.filter())
    lines = [
        DocumentLine(
            one.id,
            one.title,
            one.category,
            one.audience,
            one.valid_from,
            one.valid_until,
            one.version,
            one.pending.value,
            one.updated_at,
        )
        for one in found
    ]
    return json_response(DocumentLines(lines, more))


async def _editor(
    request: web.Request,
    form: DocumentForm,
    entry: HandbookEntry | None = None,
) -> web.Response:
    return page.render(
        request,
        "knowledge/editor.html",
        form=form,
        entry=entry,
        audiences=KNOWLEDGE_AUDIENCES,
    )


@ROUTES.get("/knowledge/new")
async def new(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    require_acting(officer)
    return await _editor(request, DocumentForm(title="", body=""))


@ROUTES.post("/knowledge/new")
async def create(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    service = request.app[KNOWLEDGE]
    require_acting(officer)
    made = await service.add(officer, _content(await read_form(request, DocumentForm)))
    return page.see_other(request, f"/knowledge/{made}", flash=_("글을 저장했습니다."))


@ROUTES.post("/knowledge/preview")
async def preview(request: web.Request) -> web.Response:
    """The body as it will look, for the editor."""
    await officer_of(request)
    form = await read_form(request, DocumentBodyForm)
    html = await markdown.preview(form.body, page.translate(request, markdown.TOO_LONG))
    return web.Response(text=html, content_type="text/html")


@ROUTES.post("/knowledge/files")
async def add_files(request: web.Request) -> web.Response:
    """Several files at once; what could not be read is told beside what could."""
    officer = await officer_of(request)
    require_acting(officer)
    fields, files = await _upload(request)
    form = decode(fields, UploadForm)
    like = DocumentContent(
        title="",
        body="",
        audience=form.audience,
        category=whole("category", form.category, 100),
        source=whole("source", form.source, 200),
        valid_from=form.valid_from,
        valid_until=form.valid_until,
    )
    added = await request.app[INTAKE].add_files(officer, files, like)
    if added and not any(one.problem for one in added):
        return page.see_other(
            request, "/knowledge", flash=_("글 %(count)s건을 등록했습니다."), count=len(added)
        )
    return await _list(request, officer, ListQuery(), added)


async def _upload(request: web.Request) -> tuple[MultiDict[str], list[tuple[str, bytes]]]:
    """Fields and files of a form, each bounded while it is read. Raises FileUnreadable."""
    if not request.content_type.startswith("multipart/"):
        raise FileUnreadable(reason=PROBLEMS["unsupported"])
    fields: MultiDict[str] = MultiDict()
    files: list[tuple[str, bytes]] = []
    total = 0
    async for part in parts(request):
        body = bytearray()
        async for piece in part.pieces():
            body += piece
            total += len(piece)
            full = len(files) >= MOST_FILES or total > LARGEST_UPLOAD
            if full or len(body) > LARGEST_FILE:
                raise FileUnreadable(reason=PROBLEMS["limits"])
        if part.filename:
            files.append((part.filename, bytes(body)))
        elif part.filename is None:
            fields.add(part.name, bytes(body).decode("utf-8", "replace"))
    if not files:
        raise FileUnreadable(reason=_("올릴 파일을 선택해 주세요."))
    return fields, files


@ROUTES.get("/knowledge/{document_id}")
async def document(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    entry, versions = await request.app[KNOWLEDGE].document(
        officer, request.match_info["document_id"]
    )
    return page.render(
        request,
        "knowledge/document.html",
        entry=entry,
        versions=versions,
        html=await markdown.rendered(entry.content.body),
        writes=may_act(officer),
        audiences=KNOWLEDGE_AUDIENCES,
        labels=PENDING_LABELS,
        chips=PENDING_CHIPS,
        acts=KNOWLEDGE_ACT_LABELS,
    )


@ROUTES.get("/knowledge/{document_id}/versions/{number:\\d{1,9}}")
async def version(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    service = request.app[KNOWLEDGE]
    document_id = request.match_info["document_id"]
    entry, _versions = await service.document(officer, document_id)
    old = await service.version(officer, document_id, int(request.match_info["number"]))
    return page.render(
        request,
        "knowledge/version.html",
        entry=entry,
        old=old,
        html=await markdown.rendered(old.content.body),
        writes=may_act(officer),
        audiences=KNOWLEDGE_AUDIENCES,
    )


@ROUTES.post("/knowledge/{document_id}/versions/{number:\\d{1,9}}/restore")
async def go_back(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    document_id = request.match_info["document_id"]
    number = int(request.match_info["number"])
    await request.app[KNOWLEDGE].go_back(officer, document_id, number)
    return page.see_other(
        request, f"/knowledge/{document_id}", flash=_("선택한 버전의 내용으로 되돌렸습니다.")
    )


@ROUTES.get("/knowledge/{document_id}/edit")
async def edit(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    service = request.app[KNOWLEDGE]
    require_acting(officer)
    entry, _versions = await service.document(officer, request.match_info["document_id"])
    content = entry.content
    form = DocumentForm(
        title=content.title,
        body=content.body,
        audience=content.audience,
        category=content.category,
        source=content.source,
        valid_from=content.valid_from,
        valid_until=content.valid_until,
        seen=entry.version,
    )
    return await _editor(request, form, entry)


@ROUTES.post("/knowledge/{document_id}/edit")
async def change(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    service = request.app[KNOWLEDGE]
    require_acting(officer)
    document_id = request.match_info["document_id"]
    await service.document(officer, document_id)
    form = await read_form(request, DocumentForm)
    await service.edit(officer, document_id, _content(form), form.seen)
    return page.see_other(request, f"/knowledge/{document_id}", flash=_("글을 저장했습니다."))


@ROUTES.post("/knowledge/{document_id}/replace")
async def replace(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    require_acting(officer)
    document_id = request.match_info["document_id"]
    _fields, files = await _upload(request)
    await request.app[INTAKE].replace_file(officer, document_id, *files[0])
    return page.see_other(
        request, f"/knowledge/{document_id}", flash=_("새 파일의 내용으로 바꾸었습니다.")
    )


@ROUTES.get("/knowledge/{document_id}/file")
async def original(request: web.Request) -> web.StreamResponse:
    """The file a document was made from."""
    officer = await officer_of(request)
    service = request.app[KNOWLEDGE]
    file = await service.original(officer, request.match_info["document_id"])
    return download.send(service.blobs.path(file.sha256), file.name, file.media_type)


@ROUTES.post("/knowledge/{document_id}/withdraw")
async def withdraw(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    document_id = request.match_info["document_id"]
    await request.app[KNOWLEDGE].withdraw(officer, document_id)
    return page.see_other(
        request,
        f"/knowledge/{document_id}",
        flash=_("글을 회수했습니다. 다음 발행부터 학교 안내서에서 제외됩니다."),
    )


@ROUTES.post("/knowledge/{document_id}/restore")
async def restore(request: web.Request) -> web.Response:
    officer = await officer_of(request)
    document_id = request.match_info["document_id"]
    await request.app[KNOWLEDGE].restore(officer, document_id)
    return page.see_other(request, f"/knowledge/{document_id}", flash=_("글을 복원했습니다."))
