"""The ledger checks itself once a day."""

from kit.i18n import _
from kit.jobs import Jobs
from node.ledger.service import Ledger


def schedule(jobs: Jobs, ledger: Ledger) -> None:
    jobs.daily("ledger.check", _("동의 기록 점검"), 4, 10, ledger.check_now)
