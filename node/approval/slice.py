"""Approval joins the server."""

from collections.abc import Sequence

from kit.card import Group, NavItem, Place
from kit.finding import AtOnce
from kit.i18n import _
from kit.slice import Kept
from node.approval import about, cards, checks, jobs, office_web, web
from node.approval.acts import ACTS, DETAILS
from node.approval.lines import Lines
from node.approval.matters import Matters
from node.approval.model import MatterMoved, SeatsChanged
from node.approval.noticed import noticed
from node.approval.office import Absences, Duties, OwnerlessList
from node.approval.service import Approval
from node.ground import Ground
from node.notices.service import Notices
from node.people import hearing
from node.people.model import AccessChanged, PersonClosed, StaffChanged
from node.slice import Slice


def join(ground: Ground, notices: Notices, slices: Sequence[Slice]) -> tuple[Approval, Slice]:
    """`slices`: the list of all that join, those above too, whose matters are decided on."""
    lines = Lines(ground.clock, notices)
    approval = Approval(ground.db, ground.clock, lines)
    absences = Absences(ground.db, ground.clock)
    matters = Matters(slices)
    reroute = jobs.on_change(lines)
    return approval, Slice(
        package="node.approval",
        routes=(*web.ROUTES, *office_web.ROUTES),
        keep=(
            Kept(web.APPROVAL, approval),
            Kept(office_web.DUTIES, Duties(ground.db, ground.clock)),
            Kept(office_web.ABSENCES, absences),
            Kept(office_web.OWNERLESS, OwnerlessList(ground.db, ground.clock, lines)),
            Kept(web.MATTERS, matters),
        ),
        nav=(
            Place(
                12,
                NavItem(
                    "/approval/duties",
                    _("업무분장·부재"),
                    "users",
                    Group.WORK,
                    phone=False,
                    rooms=("/approval/absences", "/approval/ownerless"),
                ),
                lambda asker: asker.is_staff,
            ),
        ),
        cards=cards.of_approval,
        checks=(AtOnce(checks.of_approval),),
        held=about.about,
        brings_cards=(MatterMoved,),
        acts=ACTS,
        details=DETAILS,
        hears={
            AccessChanged: reroute,
            PersonClosed: reroute,
            SeatsChanged: reroute,
            StaffChanged: reroute,
        },
        heard_by={
            MatterMoved: hearing.person(lambda event: event.holder_id),
            SeatsChanged: hearing.staff,
        },
        noticed=(noticed(matters),),
        works=jobs.works(ground.db, lines, absences),
    )
