"""What events do to the reach ledger, and reminders in their time."""

from collections.abc import Mapping
from typing import Any

from kit.db import Tx
from kit.i18n import _
from kit.jobs import Every
from kit.moves import Moving
from kit.outbox import Handler, Steps
from node.forms.model import FormAskedAnew, FormDeadlineMoved, FormSigned
from node.newsletters.model import (
    NewsletterCorrected,
    NewsletterHeld,
    NewsletterOpened,
    NewsletterPublished,
    NewsletterReturned,
    NewsletterSubmitted,
)
from node.notices.service import Notices
from node.notify import earlier
from node.notify.service import Notify
from node.people.model import AccessChanged, FamiliesChanged, StaffChanged


def subscriptions(notify: Notify, notices: Notices) -> Mapping[type[Any], Handler]:
    """Events → the ledger, and whom they tell. How far this subscriber has heard is stored under its
    name: it goes on hearing for the notices what it always heard."""

    do = notify.reactions

    def submitted(tx: Tx, event: NewsletterSubmitted) -> None:
        do.approval_wanted(tx, event.newsletter_id)

    return {
        NewsletterPublished: Steps(do.letter_published),
        NewsletterCorrected: Steps(do.letter_corrected),
        NewsletterOpened: do.letter_opened,
        NewsletterSubmitted: submitted,
        NewsletterReturned: do.returned,
        NewsletterHeld: do.letter_held,
        FormDeadlineMoved: Steps(do.deadline_moved),
        FormSigned: do.form_answered,
        FormAskedAnew: Steps(do.form_asked_anew),
        FamiliesChanged: Steps(do.families_changed),
        StaffChanged: Steps(do.staff_changed),
        AccessChanged: notices.access_changed,
    }


def works(notify: Notify) -> list[Every]:
    """The periodic work."""
    return [Every("notify.deadlines", _("마감 전 다시 알림"), 600, notify.remind_before_deadlines)]


MOVES = (Moving("notify.reach", _("글의 발송 기록을 새 형식으로 옮깁니다."), earlier.bring_next),)
"""What earlier releases left comes into its new shape."""
