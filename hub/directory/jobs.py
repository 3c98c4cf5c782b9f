"""What the address book does when a school leaves the province."""

from collections.abc import Mapping

from hub.directory.service import Directory
from hub.schools.model import StandingChanged
from kit.db import Tx
from kit.event import Event
from kit.outbox import Handler
from protocol.sync import Standing


def subscriptions(directory: Directory) -> Mapping[type[Event], Handler]:
    """The entries of a revoked school go, here and at every node."""

    def changed(tx: Tx, event: StandingChanged) -> None:
        if event.standing == Standing.REVOKED:
            directory.forget_school(tx, event.school_id)

    return {StandingChanged: changed}
