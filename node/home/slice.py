"""The front page and the administrator's pages join the server, above all others."""

from collections.abc import Sequence

from kit.card import Group, NavItem, Place
from kit.db import Database
from kit.finding import AtLength, AtOnce, Finding, HowFar
from kit.i18n import _
from kit.slice import Kept
from kit.web.assembly import packages
from kit.web.live import LISTENER
from node import nightly
from node.backup import back_up_of
from node.calendar.service import Calendar
from node.contacts.service import Contacts
from node.doctor import DOCTOR, Doctor
from node.drive.service import Drive
from node.ground import Ground
from node.home import checks, jobs, web
from node.home.service import Home
from node.slice import Slice


def join(
    ground: Ground, calendar: Calendar, contacts: Contacts, drive: Drive, slices: Sequence[Slice]
) -> tuple[Home, Slice]:
    """`slices`: all below."""
    home = Home(ground.db, ground.clock, calendar, contacts, slices)
    back_up = back_up_of(ground.config, ground.clock)

    async def of_backups(_db: Database, _told: HowFar) -> list[Finding]:
        return await checks.of_backups(back_up)

    asked = [
        *(check for one in slices for check in one.checks),
        AtLength(_("백업 파일 점검"), of_backups),
        AtOnce(lambda tx: checks.of_moves(ground.moves.under_way(tx))),
    ]
    of = packages(slices)
    return home, Slice(
        package="node.home",
        routes=(*web.ROUTES,),
        keep=(
            Kept(web.HOME, home),
            Kept(web.BACK_UP, back_up),
            Kept(web.CURRENT, ground.settings),
            Kept(DOCTOR, Doctor(ground.settings, ground.clock, of, asked)),
            Kept(LISTENER, web.listener),
        ),
        nav=(
            Place(0, NavItem("/", _("홈"), "home"), lambda _asker: True),
            Place(
                99,
                NavItem("/admin", _("관리"), "settings", Group.ADMINISTRATION),
                lambda asker: asker.is_administrator,
            ),
        ),
        works=(
            *nightly.works(
                ground.db, of, drive.contents.missing, has_engine=ground.config.assistant
            ),
            *jobs.works(ground, back_up),
        ),
    )
