"""What the bot says by itself: kept with what happened until it is said, under the title things then have."""

from collections.abc import Iterable

from kit.clock import Clock
from kit.db import Tx
from node.messenger import store
from node.messenger.model import Post, WorkToDo
from node.ports.told import Telling


class Posts:
    """`tellings`: of whose things the bot speaks. Of nothing where the school has no messenger
    (`is_on`)."""

    def __init__(self, clock: Clock, tellings: Iterable[Telling], *, is_on: bool) -> None:
        self._clock = clock
        self._tellings = {one.about: one for one in tellings}
        self._is_on = is_on

    def add(self, tx: Tx, post: Post) -> None:
        """Have the bot say something in a room of the school, once."""
        if self._is_on:
            store.add_post(tx, post, self._clock.now())
            tx.signal(WorkToDo())

    def take_back(self, tx: Tx, about: str) -> None:
        """Have what was said of a thing (`newsletter:ID`) leave the rooms; what waits to be said is not
        said, since the thing has no title any more."""
        if store.unsay(tx, about):
            tx.signal(WorkToDo())

    def title(self, tx: Tx, about: str) -> str | None:
        """The title of what a post tells of (`newsletter:ID`), "" for a post of its own; None: it is
        not there any more."""
        what, _colon, of = about.partition(":")
        telling = self._tellings.get(what)
        if not about:
            return ""
        return telling.title(tx, of) if telling is not None else None
