"""The list of the schools' messengers joins the server."""

from hub.ground import Ground
from hub.messenger import jobs, web
from hub.messenger.service import Messengers
from kit.slice import Kept, Slice


def join(ground: Ground) -> tuple[Messengers, Slice]:
    messengers = Messengers(ground.db, ground.config.domain)
    return messengers, Slice(
        package="hub.messenger",
        routes=web.ROUTES,
        keep=(Kept(web.MESSENGERS, messengers),),
        hears=jobs.subscriptions(messengers),
    )
