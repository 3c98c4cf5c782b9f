"""Search follows what is published, corrected, withdrawn, received and extracted."""

from collections.abc import Mapping

from kit.event import Event
from kit.jobs import Jobs
from kit.outbox import Handler
from node.drive.model import DriveFileChanged
from node.newsletters.model import (
    AttachmentExtracted,
    NewsletterCorrected,
    NewsletterPublished,
    NewsletterWithdrawn,
)
from node.official.model import OfficialReceived, OfficialRevoked
from node.search.service import Search


def subscriptions(search: Search) -> Mapping[type[Event], Handler]:
    """What makes the index move."""
    return {
        NewsletterPublished: search.published,
        NewsletterCorrected: search.corrected,
        NewsletterWithdrawn: search.withdrawn,
        AttachmentExtracted: search.extracted,
        OfficialReceived: search.received,
        OfficialRevoked: search.revoked,
        DriveFileChanged: search.drive_changed,
    }


def schedule(jobs: Jobs, search: Search) -> None:
    """The index has no periodic work: attachments' text arrives as events."""
