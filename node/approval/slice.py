"""Approval joins the server."""

from kit.slice import Kept
from node.approval import web
from node.approval.acts import ACTS, DETAILS
from node.approval.service import Approval
from node.ground import Ground
from node.slice import Slice


def join(ground: Ground) -> tuple[Approval, Slice]:
    approval = Approval(ground.db, ground.clock)
    return approval, Slice(
        package="node.approval",
        routes=(*web.ROUTES,),
        keep=(Kept(web.APPROVAL, approval),),
        acts=ACTS,
        details=DETAILS,
    )
