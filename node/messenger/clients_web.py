"""The pages of one's own client: how to connect it, its passwords and devices, letting it come in."""

from urllib.parse import urlsplit

import msgspec
from aiohttp import web

from kit.i18n import _
from kit.signin.fresh import RIGHTS, within
from kit.typed import whole
from kit.web import page
from kit.web.forms import read_form
from kit.web.qr import drawn
from node.messenger.accounts import Accounts
from node.messenger.allowing import Allowing
from node.messenger.model import back_to
from node.messenger.portal.devices import Devices
from node.messenger.web import MESSENGER, PORTAL
from node.people.access import require_staff
from node.people.session import asker_of

ROUTES = web.RouteTableDef()
ACCOUNTS = web.AppKey("messenger-accounts", Accounts)
ALLOWING = web.AppKey("messenger-allowing", Allowing)
DEVICES = web.AppKey("messenger-devices", Devices)


class Named(msgspec.Struct):
    name: str = ""


class Redirect(msgspec.Struct):
    redirect: str = ""
    name: str = ""


@ROUTES.get("/messenger/connect")
async def connect(request: web.Request) -> web.Response:
    return await _connect(request)


async def _connect(request: web.Request, new_app: str = "") -> web.Response:
    """How to connect a client; a fresh app password is shown this once."""
    asker = await asker_of(request)
    accounts, portal = request.app[ACCOUNTS], request.app[PORTAL]
    # First what may fail: a password that was made must be shown.
    user_id, devices = await portal.user_id(asker), await request.app[DEVICES].listed(asker)
    secret = await accounts.make_app_password(asker, new_app) if new_app else ""
    url = request.app[MESSENGER].public_url
    return page.render(
        request,
        "messenger/connect.html",
        url=url,
        qr=await drawn(url),
        user_id=user_id,
        sign_in_id=f"{user_id.partition(':')[0]}:{urlsplit(url).netloc}",
        passwords=await accounts.app_passwords(asker),
        devices=devices,
        secret=secret,
        gateways=sorted(request.app[MESSENGER].gateways),
        asker_is_administrator=asker.is_administrator,
    )


@ROUTES.post("/messenger/app-passwords")
@within(RIGHTS)
async def make_app_password(request: web.Request) -> web.Response:
    form = await read_form(request, Named)
    return await _connect(request, whole("name", form.name, 60) or _("이름 없는 앱"))


@ROUTES.post("/messenger/app-passwords/{id:[0-9a-f]{20}}/remove")
async def remove_app_password(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    ended = await request.app[ACCOUNTS].remove_app_password(asker, request.match_info["id"])
    said = _("앱 암호를 삭제하고, 그 암호로 로그인한 앱을 로그아웃했습니다.")
    if not ended:
        said = _(
            "앱 암호를 삭제했습니다. 그 암호로 로그인한 앱의 기록이 없으니, 아래에서 해당 "
            "기기를 로그아웃해 주세요."
        )
    return page.see_other(request, "/messenger/connect", flash=said)


@ROUTES.post("/messenger/devices/{device:[^/]{1,255}}/remove")
async def remove_device(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    await request.app[DEVICES].sign_out(asker, request.match_info["device"])
    return page.see_other(request, "/messenger/connect", flash=_("그 기기를 로그아웃했습니다."))


@ROUTES.get("/messenger/allow")
async def allow(request: web.Request) -> web.Response:
    """A client asks to come in as whoever is signed in here: they see which, and say yes."""
    asker = await asker_of(request)
    require_staff(asker)
    redirect = request.query.get("redirectUrl", "")[:2000]
    parts = back_to(redirect)
    return page.render(
        request,
        "messenger/allow.html",
        redirect=redirect,
        name=request.app[ALLOWING].to_be_named(redirect),
        to=parts.hostname or parts.scheme,  # not what stands before an @ in it
    )


@ROUTES.post("/messenger/allow")
@within(RIGHTS)
async def allowed(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form = await read_form(request, Redirect)
    back = await request.app[ALLOWING].allow(asker, form.redirect, form.name)
    # A page, not a redirect: the policy of our pages lets no form lead to another site.
    return page.render(request, "messenger/back.html", back=back)
