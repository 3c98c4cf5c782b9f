"""Reach and reminders join the server."""

from kit.slice import Kept
from node.ground import Ground
from node.newsletters.service import Newsletters
from node.notices.service import Notices
from node.notify import about, jobs, web
from node.notify.acts import ACTS, DETAILS
from node.notify.model import Reminded
from node.notify.noticed import LETTERS
from node.notify.service import Notify
from node.people import hearing
from node.slice import Slice


def join(ground: Ground, newsletters: Newsletters, notices: Notices) -> tuple[Notify, Slice]:
    notify = Notify(ground.db, ground.clock, notices)
    return notify, Slice(
        package="node.notify",
        routes=(*web.ROUTES,),
        keep=(
            Kept(web.NOTIFY, notify),
            Kept(web.NOTIFY_LETTERS, newsletters),
        ),
        acts=ACTS,
        details=DETAILS,
        hears=jobs.subscriptions(notify, notices),
        heard_by={Reminded: hearing.staff},
        noticed=(LETTERS,),
        works=jobs.works(notify),
        moves=jobs.MOVES,
        held=about.about,
    )
