"""The calendar joins the server."""

from collections.abc import Sequence

from kit.card import Group, NavItem, Place
from kit.i18n import _
from kit.slice import Kept
from node.calendar import about, importing_web, jobs, near, office_web, subscribing_web, web
from node.calendar.acts import ACTS
from node.calendar.findable import FINDABLE
from node.calendar.importable import importable
from node.calendar.importing import NeisImports
from node.calendar.model import CalendarChanged
from node.calendar.office import CalendarOffice
from node.calendar.pages import CalendarPages
from node.calendar.service import Calendar
from node.calendar.subscribing import Subscriptions
from node.calendar.supplied import supplied
from node.ground import Ground
from node.people import hearing
from node.people.model import PersonClosed
from node.slice import Slice


def join(ground: Ground, slices: Sequence[Slice]) -> tuple[Calendar, Slice]:
    """`slices`: the list of all that join, those above too, whose dates stand in the calendar."""
    db, clock, config = ground.db, ground.clock, ground.config
    pages = CalendarPages(db, clock, slices)
    office = CalendarOffice(db, clock)
    subscriptions = Subscriptions(db, clock, config.school_name, slices)

    return Calendar(), Slice(
        package="node.calendar",
        routes=(
            *web.ROUTES,
            *office_web.ROUTES,
            *importing_web.ROUTES,
            *subscribing_web.ROUTES,
        ),
        keep=(
            Kept(web.PAGES, pages),
            Kept(office_web.OFFICE, office),
            Kept(importing_web.IMPORTS, NeisImports(db, clock, config.school_id)),
            Kept(subscribing_web.SUBSCRIPTIONS, subscriptions),
        ),
        nav=(
            Place(
                15,
                NavItem(
                    "/calendar", _("학사일정"), "calendar-days", Group.SCHOOL_LIFE, phone=False
                ),
                lambda _asker: True,
            ),
        ),
        today=near.today_of,
        brings_cards=(CalendarChanged,),
        acts=ACTS,
        hears={PersonClosed: subscriptions.closed},
        heard_by={CalendarChanged: hearing.everybody},
        findable=(FINDABLE,),
        importable=(importable(clock, config.school_id),),
        supplied=(supplied(clock),),
        works=jobs.works(office),
        held=about.about,
    )
