"""Problem → problem+json or a page: the only place that knows HTTP status of errors."""

import logging
from urllib.parse import quote

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler

from kit.db import StorageFailed
from kit.disk import is_full
from kit.i18n import _
from kit.problem import (
    BadRequest,
    Forbidden,
    Invalid,
    Needs,
    NotFound,
    Problem,
    SignInAgain,
    SignInRequired,
)
from kit.web import page, unsent

log = logging.getLogger(__name__)

API_PREFIXES = ("/api/", "/v1/")


class MethodNotAllowed(Problem):
    code = "method-not-allowed"
    status = 405
    text = _("이 주소에서는 할 수 없는 작업입니다.")


class TooLarge(Problem):
    code = "too-large"
    status = 413
    text = _("보낸 내용이 너무 큽니다. 파일 크기를 줄여 다시 시도해 주세요.")


class Unexpected(Problem):
    code = "unexpected"
    status = 500
    text = _("예상하지 못한 문제가 생겨 처리하지 못했습니다. 잠시 뒤에 다시 시도해 주세요.")
    needs = Needs.REPAIR


_BY_STATUS: dict[int, type[Problem]] = {
    400: BadRequest,
    403: Forbidden,
    404: NotFound,
    405: MethodNotAllowed,
    413: TooLarge,
}


class ProblemDocument(msgspec.Struct, omit_defaults=True):
    """RFC 9457. `type` is a stable relative reference; `fields` names what was wrong where."""

    type: str
    title: str
    status: int
    detail: str
    fields: dict[str, str] = {}


def wants_json(request: web.Request) -> bool:
    """Whether the answer goes to a program rather than to a person."""
    if request.path.startswith(API_PREFIXES):
        return True
    accepts = request.headers.get("Accept", "")
    return "application/json" in accepts and "text/html" not in accepts


def document(request: web.Request, problem: Problem) -> web.Response:
    """The problem as application/problem+json."""
    body = ProblemDocument(
        type=f"/problems/{problem.code}",
        title=problem.code,
        status=problem.status,
        detail=page.words_of(request, problem.text, problem.params, problem.needs),
        fields={
            name: page.translate(request, text, **problem.params)
            for name, text in getattr(problem, "fields", {}).items()
        },
    )
    response = web.Response(
        body=msgspec.json.encode(body),
        status=problem.status,
        content_type="application/problem+json",
    )
    return _with_retry(response, problem)


def _with_retry(response: web.Response, problem: Problem) -> web.Response:
    if "seconds" in problem.params:
        response.headers["Retry-After"] = str(problem.params["seconds"])
    return response


async def answer(request: web.Request, problem: Problem) -> web.Response:
    """The problem in the form its reader understands."""
    if wants_json(request) or unsent.is_script(request):
        return document(request, problem)
    if "HX-Request" in request.headers:  # a part of a page stays as it is
        return web.Response(status=problem.status, headers={"Cache-Control": "no-store"})
    if isinstance(problem, SignInRequired):
        target = page.local_path(request.path_qs if request.method == "GET" else "/")
        return web.Response(
            status=303, headers={"Location": "/sign-in?next=" + quote(target, safe="/")}
        )
    if isinstance(problem, SignInAgain) and request.method == "GET":
        target = quote(page.local_path(request.path_qs), safe="/")
        return web.Response(status=303, headers={"Location": "/sign-in/confirm?next=" + target})
    fields = list(problem.fields.items()) if isinstance(problem, Invalid) else []
    response = page.render(
        request,
        "kit/error.html",
        status=problem.status,
        code=problem.code,
        message=page.words_of(request, problem.text, problem.params, problem.needs),
        needs=problem.needs,
        help=page.help_of(request),
        way=problem.way,
        fields=[(name, page.translate(request, text, **problem.params)) for name, text in fields],
        unsent=await unsent.texts_of(request),
    )
    return _with_retry(response, problem)


async def _refused(request: web.Request, problem: Problem) -> web.Response:
    """A form of a page comes back as it was sent; everything else is answered here."""
    if not wants_json(request):
        back = await unsent.come_back(request, problem)
        if back is not None:
            return back
    return await answer(request, problem)


@web.middleware
async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn what handlers raise into answers; what nobody expected is logged with its path."""
    try:
        if "\x00" in request.path:  # in no address of ours, and PostgreSQL cannot look for it
            raise NotFound()
        return await handler(request)
    except Problem as problem:
        return await _refused(request, problem)
    except web.HTTPException as refusal:
        kind = _BY_STATUS.get(refusal.status)
        if kind is None:
            raise
        response = await _refused(request, kind())
        if "Allow" in refusal.headers:
            response.headers["Allow"] = refusal.headers["Allow"]
        return response
    except (UnicodeDecodeError, msgspec.DecodeError):
        return await _refused(request, BadRequest())
    except Exception as error:
        log.exception("unexpected", extra={"path": request.path})
        no_room = isinstance(error, OSError) and is_full(error)
        return await _refused(request, StorageFailed() if no_room else Unexpected())
