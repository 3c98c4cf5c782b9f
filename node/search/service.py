"""Search: find what the asker may read, and keep the index as things come and go.

found = await search.find(asker, "체험학습 준비물", kind="newsletter")
"""

from collections.abc import Callable, Collection, Sequence

from kit.clock import Clock
from kit.db import Database, Tx
from kit.event import Event
from kit.outbox import publish
from node.people.model import Asker
from node.ports.findable import Findable
from node.search import comparing, store
from node.search.looking import Look
from node.search.model import Found, Hit, SearchChanged
from node.search.question import terms
from node.search.readable import Readable
from node.search.renewal import Renewal
from node.search.showing import highlight, snippet

PAGE = 20
LAST_PAGE = 20  # who has not found it by then needs better words
MOST_COUNTED = 100  # findings; of more the page says that there are more


class Search:
    """The slice's face."""

    def __init__(self, db: Database, clock: Clock, findables: Sequence[Findable]) -> None:
        """`findables`: the kinds of things that can be found."""
        self._db = db
        self._clock = clock
        self._findables = {one.about: one for one in findables}
        self._readable = Readable(findables)
        self.kinds = _kinds(findables)
        """What kinds of documents are called, by kind a msgid."""
        self.renewal = Renewal(db, self.read_anew)

    async def find(
        self,
        asker: Asker,
        query: str,
        *,
        kind: str = "",
        since: int = 0,
        page: int = 1,
        limit: int = PAGE,
        newest_first: bool = False,
    ) -> Found:
        """A page of findings, best first; never one that the asker may not read.

        Texts with all the words; when these are few, those too that have the parts of glued words; when
        there are none, texts with the nearest words there are, or with some of the words.
        """
        asked = terms(query)
        if not asked:
            return Found([])
        page = min(max(page, 1), LAST_PAGE)

        def unit(tx: Tx) -> Found:
            look = Look(
                tx,
                store.SearchReader(asker, self._readable),
                store.Within(kind, since),
                page * limit + 1,
                counted=MOST_COUNTED,
                newest_first=newest_first,
            )
            reading, found = look.find(query, asked)
            shown = found.of[(page - 1) * limit : page * limit]
            hits = [
                Hit(
                    k, href, highlight(title, reading.words), snippet(text, reading.words), note, at
                )
                for k, href, title, note, text, at in store.rows(tx, shown)
            ]
            further = page + 1 if len(found.of) > page * limit and page < LAST_PAGE else None
            count = len(found.of)
            if found.is_more:  # as many as were looked at says nothing: a round number at least
                count = min(count // 10 * 10, max(MOST_COUNTED, page * limit))
            is_loose = reading.is_loose and bool(hits)
            return Found(hits, is_loose, further, count, found.is_more, reading.instead)

        return await self._db.read(unit)

    async def compare(self, db: Database, told: Callable[[int, int], None]) -> int:
        """How many documents stand in the index otherwise than by their text, over a database apart."""
        return await comparing.compare(db, told)

    async def compare_some(self) -> None:
        """Nightly: compare as many documents that the whole index is gone through in a month; where one
        stands otherwise than by its text, the index is made anew."""
        await comparing.compare_some(self._db)

    def readable_among(self, tx: Tx, asker: Asker, hrefs: Collection[str]) -> set[str]:
        """Which of the documents at these addresses the asker may read at this moment: for those who
        found them by an index of their own, which hears of a change a little later, or long ago."""
        return store.readable_among(tx, store.SearchReader(asker, self._readable), hrefs)

    # Keeping the index: each runs in a unit of the outbox ------------------------------------

    def follow(self, tx: Tx, event: Event) -> None:
        """Make the index say what things say now that an event moved; may run any number of times."""
        for findable in self._findables.values():
            moved_by = findable.moved_by.get(type(event))
            if moved_by is not None:
                moved = moved_by(tx, event)
                for of in moved.of:
                    self._bring(tx, findable, of, keys_only=moved.keys_only)

    def read_anew(self, tx: Tx, subject: str) -> None:
        """The same of one thing."""
        about, _colon, of = subject.partition(":")
        self._bring(tx, self._findables[about], of)

    def _bring(self, tx: Tx, findable: Findable, of: str, *, keys_only: bool = False) -> None:
        """Where only the readers changed, the text is left alone. Whoever follows the index hears it."""
        subject = f"{findable.about}:{of}"
        keys = findable.keys(tx, of) if keys_only and store.has(tx, subject) else None
        if keys:
            store.set_keys(tx, subject, keys)
        else:
            documents = findable.documents(tx, of)
            had = store.forget(tx, subject)
            for document in documents:
                store.add(tx, document)
            if not had and not documents:
                return
        publish(tx, SearchChanged(subject=subject), self._clock.now())


def _kinds(findables: Sequence[Findable]) -> dict[str, str]:
    """What several slices have, such as attachments, stands where the last of them has it."""
    found: dict[str, str] = {}
    for one in findables:
        for kind, label in one.kinds.items():
            found.pop(kind, None)
            found[kind] = label
    return found
