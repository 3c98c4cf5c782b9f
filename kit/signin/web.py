"""Pages and API of signing in, and the session of each request."""

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler
from yarl import URL

from kit.i18n import _
from kit.problem import Invalid, Problem, SignInRequired
from kit.signin.fresh import RIGHTS, within
from kit.signin.halfway import LASTS
from kit.signin.model import (
    NewSession,
    PasswordAgain,
    SecondFactorNeeded,
    Session,
    WeakPassword,
)
from kit.signin.service import SignIn
from kit.typed import whole
from kit.web import answers, page, unsent
from kit.web.forms import read_form, read_json
from kit.web.keys import HX_MARK, OWNER, SIGNED_IN
from kit.web.openapi import api, json_response
from kit.web.problems import wants_json
from kit.web.qr import drawn

ROUTES = web.RouteTableDef()
SIGNIN = web.AppKey("signin", SignIn)
SESSION = web.RequestKey("session", Session)
_HALFWAY = "halfway"  # the cookie of kit.signin.halfway
# What somebody with a temporary password may reach: the page to change it, the way out.
BEFORE_CHANGING = ("/account", "/session", "/sign-out", "/language", "/live", "/healthz")


class SecondFactorEnrolment(Problem):
    code = "second-factor-enrolment"
    status = 403
    text = _("먼저 인증 앱을 등록해 주세요.")


class PasswordFirst(Problem):
    code = "password-first"
    status = 403
    text = _("임시 비밀번호를 먼저 바꿔 주세요.")


class SignInForm(msgspec.Struct):
    login: str
    password: str
    code: str | None = None
    next: str = "/"


class SecondForm(msgspec.Struct):
    code: str
    next: str = "/"


class PasswordForm(msgspec.Struct):
    new: str
    current: str = ""


class CodeForm(msgspec.Struct):
    code: str


class PasskeyAnswer(msgspec.Struct):
    """The browser's answer to a ceremony; `credential` as JSON text."""

    id: str
    credential: str
    name: str = ""
    next: str = "/"


class PasskeyOptions(msgspec.Struct):
    id: str
    options: msgspec.Raw


class Done(msgspec.Struct):
    location: str


class Who(msgspec.Struct):
    """`person` is empty when nobody is signed in."""

    person: str


class Credentials(msgspec.Struct):
    login: str
    password: str
    code: str | None = None


class Token(msgspec.Struct):
    """Send it as `Authorization: Bearer TOKEN`."""

    token: str
    expires_at: int


@web.middleware
async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Find the session by cookie or bearer token; whether one is needed the page decides."""
    signin = request.app[SIGNIN]
    token = _token(request)
    if token and not request.path.startswith("/static/"):
        session = await signin.sessions.of(token)
        if session is not None and (session.password_temporary or _lacks_factor(signin, session)):
            # Unless that was done at another process.
            session = await signin.sessions.unused(token, anew=True)
        if session is not None:
            request[SESSION] = session
            request[OWNER] = session.account_id
            request[SIGNED_IN] = True
            request[HX_MARK] = session.id
            if session.password_temporary and not request.path.startswith(BEFORE_CHANGING):
                return _password_first(request)
    if SESSION not in request:
        marker = marker_of(request)
        owner = await signin.marked(marker) if marker else None
        if owner is not None:
            request[OWNER] = owner
    return await handler(request)


def _token(request: web.Request) -> str:
    """What a request signs itself in with; empty for nothing."""
    header = request.headers.get("Authorization", "")
    if header.startswith("Bearer "):
        return header.removeprefix("Bearer ").strip()
    return request.cookies.get(_cookie(request.app[SIGNIN]), "")


async def session_now(request: web.Request, *, anew: bool = False) -> Session:
    """The session of a request that lasts, as it is now; `anew`: also by what another process has
    written this minute. Raises SignInRequired once it has ended."""
    session = await request.app[SIGNIN].sessions.unused(_token(request), anew=anew)
    if session is None:
        raise SignInRequired()
    return session


def _password_first(request: web.Request) -> web.StreamResponse:
    """A temporary password opens the page where it is changed, and nothing else."""
    if request.method == "GET" and not wants_json(request):
        text = _("임시 비밀번호입니다. 새 비밀번호로 바꿔 주세요.")
        return page.see_other(request, "/account", flash=text, kind="warning")
    raise PasswordFirst()


def require_session(request: web.Request) -> Session:
    """The session of a signed-in request. Raises SignInRequired; where the server asks for a
    second factor, those without one are led to enrol it."""
    session: Session | None = request.get(SESSION)
    if session is None:
        raise SignInRequired()
    if _lacks_factor(request.app[SIGNIN], session):
        if request.method == "GET" and not wants_json(request):
            raise web.HTTPSeeOther("/account/totp")
        raise SecondFactorEnrolment()
    return session


def _lacks_factor(signin: SignIn, session: Session) -> bool:
    return signin.require_totp and not session.second_factor


def _own_session(request: web.Request) -> Session:
    """For the account's pages, where a second factor is enrolled."""
    session: Session | None = request.get(SESSION)
    if session is None:
        raise SignInRequired()
    return session


def _cookie(signin: SignIn) -> str:
    return "__Host-session" if signin.public_url.startswith("https:") else "session"


def _marker_cookie(signin: SignIn) -> str:
    return "__Host-marker" if signin.public_url.startswith("https:") else "marker"


def set_session(request: web.Request, response: web.Response, started: NewSession) -> None:
    """Hand the session's token to the browser."""
    signin = request.app[SIGNIN]
    response.set_cookie(
        _cookie(signin),
        started.token,
        httponly=True,
        samesite="Lax",
        secure=signin.public_url.startswith("https:"),
        max_age=max(1, (started.session.expires_at - started.session.created_at) // 1000),
        path="/",
    )
    _set_marker(request, response, started.marker)


def marker_of(request: web.Request) -> str:
    """What the browser says whose device it is; empty: nobody's."""
    return request.cookies.get(_marker_cookie(request.app[SIGNIN]), "")


def _set_marker(request: web.Request, response: web.Response, marker: str) -> None:
    signin = request.app[SIGNIN]
    response.set_cookie(
        _marker_cookie(signin),
        marker,
        httponly=True,
        samesite="Lax",
        secure=signin.public_url.startswith("https:"),
        max_age=365 * 86400,
        path="/",
    )


async def _keep_known(request: web.Request, response: web.Response, session: Session) -> None:
    """This device stays known, where all others are no more."""
    marker = await request.app[SIGNIN].mark(session, marker_of(request))
    _set_marker(request, response, marker)


def _device(request: web.Request) -> tuple[str, str]:
    return request.headers.get("User-Agent", ""), request.remote or ""


@ROUTES.get("/sign-in")
async def show(request: web.Request) -> web.Response:
    target = page.local_path(request.query.get("next"))
    if SESSION in request:
        return page.see_other(request, target)
    return page.render(
        request,
        "signin/sign_in.html",
        next=target,
        keeps_unsent=unsent.UNSENT in URL(target).query,
    )


@ROUTES.post("/sign-in")
async def sign_in(request: web.Request) -> web.Response:
    form = await read_form(request, SignInForm)
    device, address = _device(request)
    try:
        started = await request.app[SIGNIN].sign_in(
            form.login,
            form.password,
            form.code,
            device=device,
            address=address,
            marker=marker_of(request),
        )
    except SecondFactorNeeded as needed:
        if wants_json(request) or unsent.is_script(request):
            raise
        response = page.see_other(request, _with_next("/sign-in/code", form.next))
        _set_halfway(request, response, needed.halfway)
        return response
    return await _entered(request, started, form.next)


@ROUTES.get("/sign-in/code")
async def show_code(request: web.Request) -> web.Response:
    """Where whoever gave the right password gives the second factor."""
    target = page.local_path(request.query.get("next"))
    if SESSION in request:
        return page.see_other(request, target)
    if _HALFWAY not in request.cookies:
        return page.see_other(request, _with_next("/sign-in", target))
    return page.render(request, "signin/code.html", next=target)


@ROUTES.post("/sign-in/code")
async def enter_code(request: web.Request) -> web.Response:
    form = await read_form(request, SecondForm)
    device, address = _device(request)
    try:
        started = await request.app[SIGNIN].finish(
            request.cookies.get(_HALFWAY, ""),
            form.code,
            device=device,
            address=address,
            marker=marker_of(request),
        )
    except PasswordAgain as ended:
        at = _with_next("/sign-in", form.next)
        return page.see_other(request, at, flash=ended.text, kind="warning")
    response = await _entered(request, started, form.next)
    response.del_cookie(_HALFWAY, path="/sign-in")
    return response


def _with_next(path: str, target: str) -> str:
    return str(URL(path).with_query(next=page.local_path(target)))


def _set_halfway(request: web.Request, response: web.Response, note: str) -> None:
    """Keep for a while that the password was right; it opens nothing without the second factor."""
    response.set_cookie(
        _HALFWAY,
        note,
        httponly=True,
        samesite="Strict",
        secure=request.app[SIGNIN].public_url.startswith("https:"),
        max_age=LASTS // 1000,
        path="/sign-in",
    )


async def _entered(request: web.Request, started: NewSession, target: str) -> web.Response:
    """On to where they wanted to go, or to the page where a temporary password is changed."""
    account, _sessions, _passkeys = await request.app[SIGNIN].own.overview(started.session)
    if account.password_temporary:
        response = page.see_other(
            request,
            "/account",
            flash=_("임시 비밀번호입니다. 새 비밀번호로 바꿔 주세요."),
            kind="warning",
        )
    else:
        response = page.see_other(request, page.local_path(target))
    set_session(request, response, started)
    return response


@ROUTES.get("/session")
async def who(request: web.Request) -> web.Response:
    """Whether this device is signed in, and as whom: for a page that was left open."""
    return json_response(Who(request[SESSION].account_id if SESSION in request else ""))


@ROUTES.get("/sign-in/again")
async def again(request: web.Request) -> web.Response:
    """The sign-in form as a part, for a dialog over a page whose session has ended."""
    return page.render(request, "signin/again.html")


@ROUTES.post("/sign-out")
async def sign_out(request: web.Request) -> web.Response:
    session: Session | None = request.get(SESSION)
    if session is not None:
        await request.app[SIGNIN].sessions.sign_out(session)
        for pending in (request.app[unsent.PENDING], request.app[answers.ANSWERS]):
            pending.forget(session.account_id)
    response = page.see_other(request, "/sign-in", flash=_("로그아웃했습니다."))
    response.del_cookie(_cookie(request.app[SIGNIN]), path="/")
    return response


@ROUTES.post("/sign-in/passkey/options")
async def passkey_options(request: web.Request) -> web.Response:
    _device_words, address = _device(request)
    ceremony = await request.app[SIGNIN].begin_passkey(address=address, marker=marker_of(request))
    return json_response(PasskeyOptions(ceremony.id, msgspec.Raw(ceremony.options.encode())))


@ROUTES.post("/sign-in/passkey")
async def passkey_sign_in(request: web.Request) -> web.Response:
    answer = await read_json(request, PasskeyAnswer)
    device, address = _device(request)
    started = await request.app[SIGNIN].sign_in_with_passkey(
        answer.id,
        answer.credential,
        device=device,
        address=address,
        marker=marker_of(request),
    )
    response = json_response(Done(page.local_path(answer.next)))
    set_session(request, response, started)
    return response


@ROUTES.get("/account")
async def account(request: web.Request) -> web.Response:
    session = _own_session(request)
    found, sessions, passkeys = await request.app[SIGNIN].own.overview(session)
    return page.render(
        request,
        "signin/account.html",
        account=found,
        sessions=sessions,
        passkeys=passkeys,
        current=session,
    )


@ROUTES.post("/account/password")
async def change_password(request: web.Request) -> web.Response:
    session = _own_session(request)
    form = await read_form(request, PasswordForm)
    try:
        await request.app[SIGNIN].own.change_password(session, form.current, form.new)
    except WeakPassword as problem:
        raise Invalid({"new": problem.text}) from problem
    response = page.see_other(
        request, "/account", flash=_("비밀번호를 바꾸고 다른 기기에서 로그아웃했습니다.")
    )
    await _keep_known(request, response, session)
    return response


@ROUTES.get("/account/totp")
@within(RIGHTS)  # what is shown here becomes the second factor
async def totp(request: web.Request) -> web.Response:
    session = _own_session(request)
    address = await request.app[SIGNIN].own.begin_totp(session)
    qr = await drawn(address)
    return page.render(request, "signin/totp.html", qr=qr, address=address, codes=None)


@ROUTES.post("/account/totp")
@within(RIGHTS)
async def confirm_totp(request: web.Request) -> web.Response:
    session = _own_session(request)
    form = await read_form(request, CodeForm)
    codes = await request.app[SIGNIN].own.confirm_totp(session, form.code)
    return page.render(request, "signin/totp.html", qr="", address="", codes=codes)


@ROUTES.post("/account/passkeys/options")
@within(RIGHTS)
async def new_passkey_options(request: web.Request) -> web.Response:
    signin = request.app[SIGNIN]
    found, _sessions, _passkeys = await signin.own.overview(_own_session(request))
    ceremony = await signin.passkeys.begin_registration(found)
    return json_response(PasskeyOptions(ceremony.id, msgspec.Raw(ceremony.options.encode())))


@ROUTES.post("/account/passkeys")
@within(RIGHTS)
async def new_passkey(request: web.Request) -> web.Response:
    session = _own_session(request)
    answer = await read_json(request, PasskeyAnswer)
    name = whole("name", answer.name, 60) or session.device
    await request.app[SIGNIN].own.add_passkey(session, answer.id, answer.credential, name)
    return json_response(Done("/account"))


@ROUTES.post("/account/passkeys/{id}/remove")
@within(RIGHTS)
async def remove_passkey(request: web.Request) -> web.Response:
    session = _own_session(request)
    await request.app[SIGNIN].own.remove_passkey(session, request.match_info["id"])
    return page.see_other(request, "/account", flash=_("패스키를 삭제했습니다."))


@ROUTES.post("/account/sessions/{id}/end")
async def end_session(request: web.Request) -> web.Response:
    session = _own_session(request)
    await request.app[SIGNIN].sessions.end(session.account_id, request.match_info["id"])
    return page.see_other(request, "/account", flash=_("선택한 기기에서 로그아웃했습니다."))


@ROUTES.post("/account/sessions/end-others")
async def end_others(request: web.Request) -> web.Response:
    session = _own_session(request)
    count = await request.app[SIGNIN].own.end_other_sessions(session)
    response = page.see_other(
        request, "/account", flash=_("다른 기기 %(count)s대에서 로그아웃했습니다."), count=count
    )
    await _keep_known(request, response, session)
    return response


@ROUTES.post("/api/v1/session")
@api(summary="Sign in for programs", body=Credentials, answer=Token, public=True)
async def api_sign_in(request: web.Request) -> web.Response:
    credentials = await read_json(request, Credentials)
    device, address = _device(request)
    started = await request.app[SIGNIN].sign_in(
        credentials.login,
        credentials.password,
        credentials.code,
        device=device,
        address=address,
    )
    return json_response(Token(started.token, started.session.expires_at))
