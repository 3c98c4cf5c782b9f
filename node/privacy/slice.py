"""What the privacy officer sees and does, and what people ask of their data, joins the server."""

from collections.abc import Sequence

from kit.card import Group, NavItem, Place
from kit.i18n import _
from kit.signin import about as signin
from kit.slice import Kept
from node.access_log.service import AccessLog
from node.ground import Ground
from node.ledger.service import Ledger
from node.people import hearing
from node.people.model import Role
from node.privacy import about, cases_web, jobs, requests_web, web
from node.privacy.acts import ACTS, DETAILS
from node.privacy.case import CaseChanged
from node.privacy.cases import Cases
from node.privacy.copies import FOLDER, Copies
from node.privacy.service import Privacy
from node.slice import Slice


def join(
    ground: Ground, access_log: AccessLog, ledger: Ledger, slices: Sequence[Slice]
) -> tuple[Privacy, Slice]:
    """`slices`: those whose data of a person a copy of everything holds."""
    privacy = Privacy(ground.db, ground.clock, access_log, ledger)
    cases = Cases(ground.db, ground.clock)
    holds = [one.held for one in slices if one.held is not None]
    copies = Copies(
        ground.db,
        ground.clock,
        ground.config.root / FOLDER,
        cases,
        [signin.about, *holds, about.about],
        ground.shell.environment("ko").get_template("privacy/copy.html"),
    )
    return privacy, Slice(
        package="node.privacy",
        routes=(*web.ROUTES, *cases_web.ROUTES, *requests_web.ROUTES),
        keep=(
            Kept(web.PRIVACY, privacy),
            Kept(cases_web.CASES, cases),
            Kept(cases_web.COPIES, copies),
        ),
        nav=(
            Place(
                95,
                NavItem(
                    "/privacy", _("개인정보 보호"), "shield", Group.ADMINISTRATION, phone=False
                ),
                lambda asker: Role.PRIVACY_OFFICER in asker.roles,
            ),
        ),
        cards=lambda tx, asker, now: [*privacy.cards(tx, asker, now), *cases.cards(tx, asker, now)],
        cards_rank=91,
        acts=ACTS,
        details=DETAILS,
        heard_by={CaseChanged: hearing.person(lambda event: event.person_id)},
        works=jobs.works(copies),
        lives=(lambda: jobs.making(copies),),
        held=about.about,
    )
