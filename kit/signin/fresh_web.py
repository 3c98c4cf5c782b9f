"""Asking somebody who is signed in to prove again who they are, and going on where they were."""

from typing import Any

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler
from yarl import URL

from kit.i18n import _
from kit.problem import SignInAgain, SignInRequired
from kit.signin import fresh
from kit.signin.model import Session
from kit.signin.web import SESSION, SIGNIN, Done, PasskeyAnswer, marker_of, session_now
from kit.web import page, unsent
from kit.web.forms import read_form, read_json
from kit.web.keys import CLOCK
from kit.web.openapi import json_response

ROUTES = web.RouteTableDef()


class ConfirmForm(msgspec.Struct):
    password: str
    code: str | None = None
    next: str = "/"


@web.middleware
async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let nobody act on a proof that is too old for what the route does."""
    session, asked = request.get(SESSION), request.match_info.handler
    if session is not None and fresh.declared(asked) is not None:
        now = request.app[CLOCK].now()
        try:
            fresh.check(asked, session, now)
        except SignInAgain:  # unless the proof was just given to another process
            fresh.check(asked, await session_now(request, anew=True), now)
    return await handler(request)


def _session(request: web.Request) -> Session:
    session: Session | None = request.get(SESSION)
    if session is None:
        raise SignInRequired()
    return session


@ROUTES.get("/sign-in/confirm")
async def show(request: web.Request) -> web.Response:
    target = page.local_path(request.query.get("next"))
    keeps_unsent = unsent.UNSENT in URL(target).query
    return await _ask(request, "signin/confirm.html", next=target, keeps_unsent=keeps_unsent)


@ROUTES.get("/sign-in/confirm/dialog")
async def show_dialog(request: web.Request) -> web.Response:
    """The same form as a part, for a dialog over a page that sends something."""
    return await _ask(request, "signin/confirm_dialog.html")


async def _ask(request: web.Request, template: str, **context: Any) -> web.Response:
    account, _sessions, passkeys = await request.app[SIGNIN].own.overview(_session(request))
    return page.render(
        request,
        template,
        login=account.login,
        has_passkey=bool(passkeys),
        needs_code=account.totp_secret is not None,
        **context,
    )


@ROUTES.post("/sign-in/confirm")
async def confirm(request: web.Request) -> web.Response:
    session, sent = _session(request), await read_form(request, ConfirmForm)
    await request.app[SIGNIN].confirm(
        session,
        sent.password,
        sent.code,
        address=request.remote or "",
        marker=marker_of(request),
    )
    return page.see_other(request, page.local_path(sent.next), flash=_("본인 확인을 마쳤습니다."))


@ROUTES.post("/sign-in/confirm/passkey")
async def confirm_by_passkey(request: web.Request) -> web.Response:
    session, sent = _session(request), await read_json(request, PasskeyAnswer)
    await request.app[SIGNIN].confirm_by_passkey(session, sent.id, sent.credential)
    return json_response(Done(page.local_path(sent.next)))
