"""Approval joins the server."""

from collections.abc import Sequence

from kit.slice import Kept
from node.approval import jobs, web
from node.approval.acts import ACTS, DETAILS
from node.approval.lines import Lines
from node.approval.matters import Matters
from node.approval.model import MatterMoved, SeatsChanged
from node.approval.noticed import noticed
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
    matters = Matters(slices)
    reroute = jobs.on_change(lines)
    return approval, Slice(
        package="node.approval",
        routes=(*web.ROUTES,),
        keep=(Kept(web.APPROVAL, approval),),
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
        works=jobs.works(ground.db, lines),
    )
