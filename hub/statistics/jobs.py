"""What becomes of a school's counts when it leaves the province or comes to another district office."""

from collections.abc import Mapping

from hub.schools.model import SchoolPlaced, StandingChanged
from hub.statistics.service import Statistics
from kit.db import Tx
from kit.event import Event
from kit.outbox import Handler
from protocol.sync import Standing


def subscriptions(statistics: Statistics) -> Mapping[type[Event], Handler]:
    """They go; a school that still tells them is then heard anew, under its present office."""

    def changed(tx: Tx, event: StandingChanged) -> None:
        if event.standing == Standing.REVOKED:
            statistics.left(tx, event.school_id)

    def placed(tx: Tx, event: SchoolPlaced) -> None:
        statistics.placed(tx, event.school_id)

    return {StandingChanged: changed, SchoolPlaced: placed}
