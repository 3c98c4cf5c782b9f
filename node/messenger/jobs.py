"""What happens at school and has its echo in the messenger."""

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from html import escape
from typing import Any

from kit.db import Tx
from kit.event import Event
from kit.outbox import Handler
from kit.signin.model import SignedOutElsewhere
from kit.signin.service import SignIn
from node.messenger import store
from node.messenger.bot.posts import Posts
from node.messenger.life import Life
from node.messenger.model import STAFF, TITLE, Post, WorkToDo, rooms_told
from node.people.model import PersonClosed, StaffChanged
from node.ports.told import Saying, Says, Telling


def subscriptions(
    posts: Posts, tellings: Sequence[Telling], signin: SignIn
) -> Mapping[type[Any], Handler]:
    """Events → the staff's rooms and accounts. Each effect may run twice without harm.

    What is said in a room is read by people of both languages; it is said in the school's own.
    """

    def said_of(telling: Telling, says: Says) -> Callable[[Tx, Any], None]:
        def say(tx: Tx, event: Event) -> None:
            saying = says(tx, event)
            for post in _posts(saying, telling.about, signin.public_url) if saying else ():
                posts.add(tx, post)

        return say

    def taken_back(telling: Telling, of: Callable[[Any], str]) -> Callable[[Tx, Any], None]:
        return lambda tx, event: posts.take_back(tx, f"{telling.about}:{of(event)}")

    heard = {
        kind: said_of(telling, says) for telling in tellings for kind, says in telling.says.items()
    } | {
        kind: taken_back(telling, of) for telling in tellings for kind, of in telling.unsays.items()
    }

    def staff(tx: Tx, event: StaffChanged) -> None:
        tx.signal(WorkToDo())

    def closed(tx: Tx, event: PersonClosed) -> None:
        _signed_out(tx, event.person_id)

    def elsewhere(tx: Tx, event: SignedOutElsewhere) -> None:
        _signed_out(tx, event.account_id)

    return {
        **heard,
        StaffChanged: staff,
        PersonClosed: closed,
        SignedOutElsewhere: elsewhere,
    }


def _signed_out(tx: Tx, person_id: str) -> None:
    """All their devices sign in again, and app passwords are no more."""
    store.want_logout(tx, person_id)
    tx.signal(WorkToDo())


def _posts(saying: Saying, about: str, public_url: str) -> list[Post]:
    """One for each room of which everybody may know the title."""
    url = f"{public_url}{saying.href}"
    return [
        Post(
            id=saying.id + room.removeprefix(STAFF),
            room_key=room,
            body=f"[{saying.what}] {TITLE}\n{url}",
            html=f'<b>[{saying.what}]</b> <a href="{escape(url)}">{TITLE}</a>',
            about=f"{about}:{saying.of}",
        )
        for room in rooms_told(saying.audience)
    ]


@contextlib.asynccontextmanager
async def running(life: Life) -> AsyncIterator[None]:
    """The messenger lives while the node serves."""
    await life.start()
    yield
    await life.stop()
