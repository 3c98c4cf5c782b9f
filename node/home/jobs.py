"""The node's own periodic work: the daily backup, forgetting what has expired."""

from kit.i18n import _
from kit.jobs import Jobs
from kit.outbox import Outbox
from kit.signin.service import SignIn
from node.backup import BackUp


def schedule(jobs: Jobs, signin: SignIn, outbox: Outbox, back_up: BackUp, hour: int) -> None:
    """Register the periodic work."""
    jobs.daily("node.backup", _("하루 백업"), hour, 10, back_up.make)
    jobs.daily("signin.forget", _("만료된 로그인 정리"), 4, 20, signin.forget_expired)
    jobs.daily("events.forget", _("처리가 끝난 지난 소식 정리"), 3, 50, outbox.forget)
