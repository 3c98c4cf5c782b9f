"""Newsletters and class notices join the server."""

from collections.abc import Callable, Mapping
from typing import Any

from kit.card import Group, NavItem, Place
from kit.db import Database
from kit.event import Event
from kit.finding import AtLength, Finding, HowFar
from kit.i18n import _
from kit.slice import Kept
from node.approval.service import Approval
from node.calendar.service import Calendar
from node.files.attaching import AttachmentUploads
from node.files.service import Files
from node.forms import checks
from node.forms.model import FormSigned
from node.forms.service import Forms
from node.ground import Ground
from node.newsletters import (
    about,
    api,
    beginning_web,
    bringing,
    choosing_web,
    desk_web,
    jobs,
    proof_web,
    web,
)
from node.newsletters.acts import ACTS, DETAILS
from node.newsletters.arriving import LetterAttaching
from node.newsletters.beginning import Beginnings
from node.newsletters.bringing import Bringing
from node.newsletters.choosing import Choosing
from node.newsletters.findable import FINDABLE
from node.newsletters.model import (
    KIND,
    TO_CORRECT,
    TO_SEND,
    NewsletterCorrected,
    NewsletterHeld,
    NewsletterOpened,
    NewsletterPublished,
    NewsletterReturned,
    NewsletterSubmitted,
    NewsletterWithdrawn,
    Sort,
)
from node.newsletters.proofreading import Proofreading
from node.newsletters.service import Newsletters
from node.newsletters.supplied import supplied
from node.newsletters.told import TELLING
from node.people import hearing
from node.ports.decidable import Decidable
from node.slice import Slice

WRITING = ("edit", "families", "check", "correct")
"""Pages of a letter on which it is written."""

NAV = (
    Place(
        10,
        NavItem(
            "/newsletters",
            _("가정통신문"),
            "mail",
            Group.NEWS,
            rooms=("/class-notices/*", "/forms/*", "/attachments/*"),
        ),
        lambda _asker: True,
    ),
    Place(
        11,
        NavItem(
            "/newsletters/desk",
            _("글쓰기·결재"),
            "edit",
            Group.WORK,
            rooms=(
                *(f"/newsletters/*/{one}" for one in WRITING),
                "/newsletters/rules",
                "/newsletters/templates",
            ),
        ),
        lambda asker: asker.is_staff,
    ),
)
HEARD_BY: Mapping[type[Event], Callable[[Any, Any], bool]] = {
    NewsletterCorrected: hearing.everybody,
    NewsletterHeld: hearing.staff,
    NewsletterOpened: hearing.person(lambda event: event.person_id),
    NewsletterPublished: hearing.everybody,
    NewsletterReturned: hearing.staff,
    NewsletterSubmitted: hearing.staff,
    NewsletterWithdrawn: hearing.everybody,
}


_DECIDABLE = Decidable(
    kinds={TO_SEND: _("보낼 글"), TO_CORRECT: _("정정")},
    lines={Sort.NEWSLETTER: _("가정통신문"), Sort.CLASS_NOTICE: _("알림장")},
    href=lambda _kind, id: f"/newsletters/{id}",
)


def join(
    ground: Ground, calendar: Calendar, files: Files, approval: Approval, forms: Forms
) -> tuple[Newsletters, Slice]:
    newsletters = Newsletters(ground.db, ground.clock, files, approval, forms)
    proofreading = Proofreading(
        ground.db, ground.clock, calendar, newsletters.desk, ground.settings
    )

    uploads = AttachmentUploads(ground, files, KIND, LetterAttaching(newsletters.desk, files))
    beginnings = Beginnings(ground.db, ground.clock, calendar, newsletters.desk, ground.school.name)

    async def of_letters(db: Database, _told: HowFar) -> list[Finding]:
        return checks.of_records(
            await newsletters.compare(db), _("보낸 글이 서명된 기록과 같습니다.")
        )

    return newsletters, Slice(
        package="node.newsletters",
        routes=(
            *beginning_web.ROUTES,
            *desk_web.ROUTES,
            *choosing_web.ROUTES,
            *proof_web.ROUTES,
            *web.ROUTES,
            *api.ROUTES,
        ),
        keep=(
            Kept(web.NEWSLETTERS, newsletters),
            Kept(web.PROOFREADING, proofreading),
            Kept(web.CHOOSING, Choosing(ground.db, newsletters.desk)),
            Kept(web.BRINGING, Bringing(ground.db, ground.clock)),
            Kept(desk_web.UPLOADS, uploads),
            Kept(beginning_web.BEGINNINGS, beginnings),
        ),
        nav=NAV,
        cards=newsletters.cards,
        today=bringing.today_of,
        brings_cards=(
            NewsletterPublished,
            NewsletterCorrected,
            NewsletterWithdrawn,
            NewsletterHeld,
            NewsletterSubmitted,
        ),
        hears={FormSigned: newsletters.signed},
        acts=ACTS,
        details=DETAILS,
        heard_by=HEARD_BY,
        decidable=(_DECIDABLE,),
        told=(TELLING,),
        findable=(FINDABLE,),
        works=jobs.works(newsletters, uploads),
        moves=jobs.MOVES,
        checks=(AtLength(jobs.COMPARE, of_letters),),
        held=about.about,
        supplied=(supplied(ground.clock),),
    )
