"""What people do on their own: old invitations are forgotten."""

from kit.i18n import _
from kit.jobs import Jobs
from node.people.service import People


def schedule(jobs: Jobs, people: People) -> None:
    """Register the periodic work."""
    jobs.daily("people.invitations", _("지난 초대장 정리"), 4, 40, people.invitations.forget_old)
