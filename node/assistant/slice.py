"""The assistant joins the server."""

from pathlib import Path

from kit.card import NavItem, Place
from kit.i18n import _
from kit.slice import Kept
from models.messages import Kind
from node.assistant import jobs, web
from node.assistant.acts import ACTS
from node.assistant.adoption import Adoption
from node.assistant.handovers import Handovers
from node.assistant.line import WorkerLine
from node.assistant.model import QuestionHanded, QuestionReplied
from node.assistant.service import Assistant
from node.config import NodeConfig
from node.ground import Ground
from node.people import hearing
from node.releases.service import Releases
from node.search.service import Search
from node.slice import Slice

# In the order in which they are taken into use: no handbook waits for a large model to open.
RELEASE_KINDS: tuple[Kind, ...] = ("knowledge", "model")


def kinds_used(config: NodeConfig) -> tuple[Kind, ...]:
    """The kinds of releases that the assistant takes from the province: none where it is off or
    has its own."""
    own = _own(config)
    return tuple(kind for kind in RELEASE_KINDS if config.assistant and not own[kind])


def _own(config: NodeConfig) -> dict[Kind, str]:
    return {"model": config.assistant_model, "knowledge": config.assistant_knowledge}


def join(ground: Ground, search: Search, releases: Releases) -> tuple[Assistant, Slice]:
    config = ground.config
    line = adoption = None
    if config.assistant:
        line = WorkerLine(
            ground.db,
            config.root / "assistant",
            memory_mb=config.assistant_memory_mb,
            releases={kind: Path(folder) for kind, folder in _own(config).items() if folder},
        )
        adoption = Adoption(ground.db, line, releases, kinds_used(config))
    assistant = Assistant(ground.db, ground.clock, search, line, adoption)
    handovers = Handovers(ground.db, ground.clock)
    return assistant, Slice(
        package="node.assistant",
        routes=(*web.ROUTES,),
        keep=(
            Kept(web.ASSISTANT, assistant),
            Kept(web.HANDOVERS, handovers),
            Kept(web.KINDS, search.kinds),
        ),
        nav=(
            Place(
                61,
                NavItem("/assistant", _("도우미"), "message-circle"),
                lambda _asker: assistant.is_on,
            ),
        ),
        cards=handovers.cards,
        acts=ACTS,
        hears=jobs.subscriptions(assistant),
        heard_by={
            QuestionHanded: hearing.staff,
            QuestionReplied: hearing.person(lambda event: event.person_id),
        },
        works=jobs.works(assistant),
        lives=(lambda: jobs.running(assistant),),
        held=assistant.about,
    )
