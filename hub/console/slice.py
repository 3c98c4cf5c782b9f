"""The overview and the hub's own pages join the server, above all others."""

from collections.abc import Sequence

from hub.backup import back_up_of
from hub.console import jobs, web
from hub.console.service import Console
from hub.ground import Ground
from hub.officers.access import is_administrator, may_act
from hub.schools.service import Schools
from kit.card import NavItem, Place
from kit.i18n import _
from kit.slice import Kept, Slice
from kit.web.assembly import packages
from kit.web.live import LISTENER


def join(ground: Ground, schools: Schools, slices: Sequence[Slice]) -> tuple[Console, Slice]:
    """`slices`: all below."""
    console = Console(ground, slices)
    return console, Slice(
        package="hub.console",
        routes=(*web.ROUTES,),
        keep=(
            Kept(web.CONSOLE, console),
            Kept(web.OVERVIEW, schools),
            Kept(LISTENER, web.listener),
        ),
        nav=(
            Place(0, NavItem("/", _("현황"), "home"), lambda _officer: True),
            Place(95, NavItem("/audit", _("감사 기록"), "list", phone=False), may_act),
            Place(96, NavItem("/system", _("허브 상태"), "server", phone=False), is_administrator),
        ),
        works=jobs.works(ground, back_up_of(ground.config, ground.clock), packages(slices)),
    )
