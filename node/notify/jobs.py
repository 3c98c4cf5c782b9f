"""What events do to the reach ledger, and reminders and mail in their time."""

from collections.abc import Mapping
from typing import Any

from kit.db import Tx
from kit.i18n import _
from kit.jobs import Jobs
from kit.outbox import Handler
from node.forms.model import FormAskedAnew, FormDeadlineMoved, FormSigned
from node.newsletters.model import (
    NewsletterCorrected,
    NewsletterHeld,
    NewsletterOpened,
    NewsletterPublished,
    NewsletterReturned,
    NewsletterSubmitted,
)
from node.notify.mail import Mailer
from node.notify.service import Notify
from node.people.model import AccessChanged, FamiliesChanged


def subscriptions(notify: Notify) -> Mapping[type[Any], Handler]:
    """Events → the ledger. Each effect may run twice without harm."""

    def published(tx: Tx, event: NewsletterPublished) -> None:
        notify.letter_published(tx, event.newsletter_id)

    def corrected(tx: Tx, event: NewsletterCorrected) -> None:
        notify.letter_corrected(tx, event.newsletter_id)

    def opened(tx: Tx, event: NewsletterOpened) -> None:
        notify.letter_opened(tx, event.newsletter_id, event.person_id, event.opened_at)

    def signed(tx: Tx, event: FormSigned) -> None:
        notify.form_answered(tx, event)

    def asked_anew(tx: Tx, event: FormAskedAnew) -> None:
        notify.form_asked_anew(tx, event.subject)

    def submitted(tx: Tx, event: NewsletterSubmitted) -> None:
        notify.approval_wanted(tx, event.newsletter_id)

    def returned(tx: Tx, event: NewsletterReturned) -> None:
        notify.returned(tx, event.newsletter_id, event.author_id)

    def held(tx: Tx, event: NewsletterHeld) -> None:
        notify.letter_held(tx, event)

    def moved(tx: Tx, event: FormDeadlineMoved) -> None:
        notify.deadline_moved(tx, event)

    def access(tx: Tx, event: AccessChanged) -> None:
        notify.access.changed(tx, event)

    def families(tx: Tx, event: FamiliesChanged) -> None:
        notify.families_changed(tx)

    return {
        NewsletterPublished: published,
        NewsletterCorrected: corrected,
        NewsletterOpened: opened,
        NewsletterSubmitted: submitted,
        NewsletterReturned: returned,
        NewsletterHeld: held,
        FormDeadlineMoved: moved,
        FormSigned: signed,
        FormAskedAnew: asked_anew,
        FamiliesChanged: families,
        AccessChanged: access,
    }


def schedule(jobs: Jobs, notify: Notify, mailer: Mailer | None) -> None:
    jobs.every("notify.deadlines", _("마감 전 다시 알림"), 600, notify.remind_before_deadlines)
    if mailer is not None:
        jobs.every("notify.mail", _("전자우편 보내기"), 30, mailer.send_waiting)
