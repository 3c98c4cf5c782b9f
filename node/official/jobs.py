"""What official notices do on their own: land with guardians at their hour."""

from collections.abc import Mapping

from kit.event import Event
from kit.i18n import _
from kit.jobs import Jobs
from kit.outbox import Handler
from node.official.service import Official


def subscriptions(official: Official) -> Mapping[type[Event], Handler]:
    """Notices react to nobody: the province's messages come through `receive`."""
    return {}


def schedule(jobs: Jobs, official: Official) -> None:
    """Register the periodic work."""
    jobs.every("official.land", _("교육청 안내를 보호자에게 발송"), 30, official.land_due)
