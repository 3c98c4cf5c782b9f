"""What notices need by themselves: a hub that was stopped while it sent one carries on."""

from hub.broadcasts.service import Broadcasts
from kit.i18n import _
from kit.jobs import Jobs


def schedule(jobs: Jobs, broadcasts: Broadcasts) -> None:
    """Register the periodic work."""
    jobs.every("broadcasts.send", _("보내다 멈춘 공문 이어 보내기"), 15, broadcasts.carry_on)
