"""What happens at school and has its echo in the messenger."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from html import escape
from typing import Any

from kit.db import Tx
from kit.outbox import Handler
from kit.signin.model import SignedOutElsewhere
from node.messenger import store
from node.messenger.model import STAFF, TITLE, Post, rooms_told
from node.messenger.service import Messenger
from node.newsletters.model import NewsletterPublished
from node.official.model import OfficialReceived
from node.people.model import PersonClosed, StaffChanged


def subscriptions(messenger: Messenger) -> Mapping[type[Any], Handler]:
    """Events → the staff's rooms and accounts. Each effect may run twice without harm.

    What is said in a room is read by people of both languages; it is said in the school's own.
    """

    def published(tx: Tx, event: NewsletterPublished) -> None:
        if store.letter_kind(tx, event.newsletter_id) != "newsletter":
            return  # class notices are many, and concern one class
        url = f"{messenger.public_url}/newsletters/{event.newsletter_id}"
        about = f"newsletter:{event.newsletter_id}"
        for room in rooms_told(store.audience(tx, event.newsletter_id)):
            post_id = f"letter-{event.newsletter_id}" + room.removeprefix(STAFF)
            messenger.say(tx, _post(post_id, room, "가정통신문", about, url))

    def official(tx: Tx, event: OfficialReceived) -> None:
        if not store.notice_stands(tx, event.notice_id):
            return
        url = f"{messenger.public_url}/official/{event.notice_id}"
        about = f"official:{event.notice_id}"
        what = "공문 알림" if event.revision <= 1 else "공문 알림(고침)"
        post_id = f"official-{event.notice_id}-{event.revision}"
        messenger.say(tx, _post(post_id, STAFF, what, about, url))

    def staff(tx: Tx, event: StaffChanged) -> None:
        messenger.people_changed(tx)

    def closed(tx: Tx, event: PersonClosed) -> None:
        messenger.sign_in_reset(tx, event.person_id)

    def elsewhere(tx: Tx, event: SignedOutElsewhere) -> None:
        messenger.sign_in_reset(tx, event.account_id)

    return {
        NewsletterPublished: published,
        OfficialReceived: official,
        StaffChanged: staff,
        PersonClosed: closed,
        SignedOutElsewhere: elsewhere,
    }


def _post(post_id: str, room_key: str, what: str, about: str, url: str) -> Post:
    return Post(
        id=post_id,
        room_key=room_key,
        body=f"[{what}] {TITLE}\n{url}",
        html=f'<b>[{what}]</b> <a href="{escape(url)}">{TITLE}</a>',
        about=about,
    )


@contextlib.asynccontextmanager
async def running(messenger: Messenger) -> AsyncIterator[None]:
    """The messenger lives while the node serves."""
    await messenger.start()
    yield
    await messenger.stop()
