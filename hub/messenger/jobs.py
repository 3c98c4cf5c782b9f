"""The list of messengers follows the standing of schools."""

from collections.abc import Mapping

from hub.messenger.service import Messengers
from hub.schools.model import StandingChanged
from kit.db import Tx
from kit.event import Event
from kit.outbox import Handler


def subscriptions(messengers: Messengers) -> Mapping[type[Event], Handler]:
    """A school that is suspended or revoked is in nobody's list any more, and comes back to it."""

    def changed(tx: Tx, event: StandingChanged) -> None:
        messengers.standing_changed(tx, event.school_id)

    return {StandingChanged: changed}
