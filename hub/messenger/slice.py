"""The list of the schools' messengers joins the server."""

from hub.ground import Ground
from hub.messenger import jobs
from hub.messenger.service import Messengers
from kit.slice import Slice


def join(ground: Ground) -> tuple[Messengers, Slice]:
    messengers = Messengers(ground.config.domain)
    return messengers, Slice(package="hub.messenger", hears=jobs.subscriptions(messengers))
