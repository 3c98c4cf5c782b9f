"""The page of the school's settings: the administrator's alone."""

import msgspec
from aiohttp import web

from kit.i18n import _
from kit.signin.fresh import RIGHTS, within
from kit.web import page
from kit.web.forms import read_form
from node.current import missing
from node.people.access import require_role
from node.people.model import Asker, Role
from node.people.session import asker_of
from node.settings.model import EVENINGS, MORNINGS, MailWords, SchoolWords
from node.settings.service import PAGE, ChosenSettings

ROUTES = web.RouteTableDef()
SETTINGS = web.AppKey("settings", ChosenSettings)


class SchoolForm(msgspec.Struct):
    telephone: str = ""
    public_url: str = ""
    language: str = ""
    quiet_from_hour: int = -1
    quiet_until_hour: int = -1
    seen: str = ""


class MailForm(msgspec.Struct):
    smtp_host: str = ""
    smtp_port: int = 0
    smtp_security: str = ""
    smtp_user: str = ""
    smtp_sender: str = ""
    password: str = ""
    seen: str = ""


class MailTrialForm(msgspec.Struct):
    address: str = ""


async def _administrator(request: web.Request) -> Asker:
    asker = await asker_of(request)
    require_role(asker, Role.ADMINISTRATOR)
    return asker


def _opened_at(request: web.Request) -> str:
    return f"{request.scheme}://{request.host}"


@ROUTES.get(PAGE)
async def settings(request: web.Request) -> web.Response:
    asker = await _administrator(request)
    chosen = request.app[SETTINGS]
    return page.render(
        request,
        "settings/settings.html",
        now=chosen.now,
        missing=missing(chosen.now),
        opened_at=_opened_at(request),
        evenings=[(hour, f"{hour}:00") for hour in EVENINGS],
        mornings=[(hour, f"{hour}:00") for hour in MORNINGS],
        school_seen=chosen.seen(SchoolWords),
        mail_seen=chosen.seen(MailWords),
        own_address=await chosen.own_address(asker),
    )


@ROUTES.post(PAGE)
@within(RIGHTS)
async def set_school(request: web.Request) -> web.Response:
    asker = await _administrator(request)
    form = await read_form(request, SchoolForm)
    words = SchoolWords(
        telephone=form.telephone.strip(),
        public_url=form.public_url.strip(),
        language=form.language,
        quiet_from_hour=form.quiet_from_hour,
        quiet_until_hour=form.quiet_until_hour,
    )
    await request.app[SETTINGS].set_school(
        asker, words, opened_at=_opened_at(request), seen=form.seen
    )
    return page.see_other(request, PAGE, flash=_("저장했습니다. 바로 적용됩니다."))


@ROUTES.post(f"{PAGE}/mail")
@within(RIGHTS)
async def set_mail(request: web.Request) -> web.Response:
    asker = await _administrator(request)
    form = await read_form(request, MailForm)
    words = MailWords(
        smtp_host=form.smtp_host.strip(),
        smtp_port=form.smtp_port,
        smtp_security=form.smtp_security,
        smtp_user=form.smtp_user.strip(),
        smtp_sender=form.smtp_sender.strip(),
        smtp_password=form.password,
    )
    await request.app[SETTINGS].set_mail(asker, words, seen=form.seen)
    return page.see_other(
        request, f"{PAGE}#trial", flash=_("저장했습니다. 시험 메일을 보내 확인해 보세요.")
    )


@ROUTES.post(f"{PAGE}/trial")
@within(RIGHTS)
async def try_mail(request: web.Request) -> web.Response:
    asker = await _administrator(request)
    form = await read_form(request, MailTrialForm)
    address = form.address.strip()
    await request.app[SETTINGS].try_mail(asker, address)
    return page.see_other(
        request,
        f"{PAGE}#trial",
        flash=_("시험 메일을 보냈습니다: %(address)s. 받은 편지함을 확인해 보세요."),
        address=address,
    )
