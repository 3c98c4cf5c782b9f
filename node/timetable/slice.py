"""Timetables join the server: a class's week, and the days that are otherwise."""

from kit.card import Group, NavItem, Place
from kit.i18n import _
from kit.slice import Kept
from node.ground import Ground
from node.people import hearing
from node.slice import Slice
from node.timetable import web
from node.timetable.acts import ACTS
from node.timetable.findable import FINDABLE
from node.timetable.importable import importable
from node.timetable.model import TimetableChanged
from node.timetable.service import Timetable


def join(ground: Ground) -> tuple[Timetable, Slice]:
    timetable = Timetable(ground.db, ground.clock)
    return timetable, Slice(
        package="node.timetable",
        routes=(*web.ROUTES,),
        keep=(Kept(web.TIMETABLE, timetable),),
        nav=(
            Place(
                43,
                NavItem("/timetable", _("시간표"), "clock", Group.SCHOOL_LIFE, phone=False),
                lambda _one: True,
            ),
        ),
        today=timetable.today_of,
        brings_cards=(TimetableChanged,),
        acts=ACTS,
        heard_by={TimetableChanged: hearing.everybody},
        findable=(FINDABLE,),
        importable=(importable(timetable.changed),),
    )
