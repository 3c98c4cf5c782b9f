"""The log of who looked joins the server."""

from kit.finding import AtOnce
from kit.slice import Kept
from node.access_log import about, checks, jobs
from node.access_log.access import ACCESS_LOG
from node.access_log.acts import ACTS, DETAILS
from node.access_log.service import FOLDER, AccessLog, Beyond
from node.ground import Ground
from node.slice import Slice


def join(ground: Ground, beyond_own_class: Beyond) -> tuple[AccessLog, Slice]:
    """`beyond_own_class`: the people's rule, which stands above."""
    access_log = AccessLog(
        ground.db,
        ground.clock,
        ground.config.root / FOLDER,
        kept_days=ground.config.access_log_days,
        beyond_own_class=beyond_own_class,
    )
    return access_log, Slice(
        package="node.access_log",
        keep=(Kept(ACCESS_LOG, access_log),),
        acts=ACTS,
        details=DETAILS,
        works=jobs.works(access_log),
        lives=(lambda: jobs.taking_over(access_log),),
        checks=(AtOnce(lambda tx: checks.of_access_log(access_log.state(tx))),),
        held=about.about,
    )
