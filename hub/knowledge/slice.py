"""The province's handbook joins the server."""

from hub.ground import Ground
from hub.knowledge import web
from hub.knowledge.handbook import Handbook
from hub.knowledge.intake import Intake
from hub.knowledge.model import KNOWLEDGE_ACT_LABELS, KNOWLEDGE_DETAILS, KnowledgeChanged
from hub.knowledge.service import Knowledge
from kit.card import NavItem, Place
from kit.i18n import _
from kit.slice import Kept, Slice
from kit.web.live import all_hear


def join(ground: Ground) -> tuple[tuple[Knowledge, Intake, Handbook], Slice]:
    knowledge = Knowledge(ground.db, ground.clock, ground.blobs)
    intake = Intake(ground.db, ground.clock, ground.blobs, knowledge)
    handbook = Handbook(ground.db, ground.clock)
    return (knowledge, intake, handbook), Slice(
        package="hub.knowledge",
        routes=(*web.ROUTES,),
        keep=(Kept(web.KNOWLEDGE, knowledge), Kept(web.INTAKE, intake)),
        nav=(Place(40, NavItem("/knowledge", _("안내서"), "scroll-text"), lambda _officer: True),),
        acts=KNOWLEDGE_ACT_LABELS,
        details=KNOWLEDGE_DETAILS,
        heard_by={KnowledgeChanged: all_hear},
        lives=(knowledge.finder.running,),
    )
