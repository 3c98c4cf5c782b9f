"""Search: find what the asker may read, and keep the index as things come and go.

found = await search.find(asker, "체험학습 준비물", kind="newsletter")
"""

from collections.abc import Callable, Collection
from functools import partial

from kit.clock import Clock
from kit.db import Database, Tx
from kit.markdown import visible_text
from kit.outbox import publish
from node.drive.model import DriveFileChanged
from node.newsletters.model import (
    AttachmentExtracted,
    NewsletterCorrected,
    NewsletterPublished,
    NewsletterWithdrawn,
)
from node.official.model import OfficialReceived, OfficialRevoked
from node.people.model import Asker
from node.search import comparing, store
from node.search.model import (
    Document,
    Found,
    Hit,
    SearchChanged,
    highlight,
    snippet,
    terms,
)
from node.search.renewal import Renewal

PAGE = 20
LAST_PAGE = 20  # who has not found it by then needs better words
STAFF = frozenset({"staff"})


class Search:
    """The slice's face."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self.renewal = Renewal(db, self._read_anew)

    async def find(
        self,
        asker: Asker,
        query: str,
        *,
        kind: str = "",
        since: int = 0,
        page: int = 1,
        limit: int = PAGE,
    ) -> Found:
        """A page of findings, best first; never one that the asker may not read.

        Texts with all the words; when there are none, texts with some of them.
        """
        words = [term.wanted for term in terms(query)]
        if not words:
            return Found([], False, None)
        page = min(max(page, 1), LAST_PAGE)
        within = store.Within(kind, since)

        def unit(tx: Tx) -> Found:
            search = partial(store.find, tx, asker, words, within)
            place = {"limit": limit + 1, "offset": (page - 1) * limit}
            rows = search(any_word=False, **place)
            is_loose = not rows and (page == 1 or not store.has_any(tx, asker, words))
            if is_loose:
                rows = search(any_word=True, **place)
            further = page + 1 if len(rows) > limit and page < LAST_PAGE else None
            hits = [
                Hit(k, href, highlight(title, query), snippet(text, query), note, at)
                for k, href, title, note, text, at in rows[:limit]
            ]
            return Found(hits, is_loose and bool(hits), further)

        return await self._db.read(unit)

    async def compare(self, db: Database, told: Callable[[int, int], None]) -> int:
        """How many documents stand in the index otherwise than by their text, over a database apart."""
        return await comparing.compare(db, told)

    async def compare_some(self) -> None:
        """Nightly: compare as many documents that the whole index is gone through in a month; where one
        stands otherwise than by its text, the index is made anew."""
        await comparing.compare_some(self._db)

    @staticmethod
    def readable_among(tx: Tx, asker: Asker, hrefs: Collection[str]) -> set[str]:
        """Which of the documents at these addresses the asker may read at this moment: for those who
        found them by an index of their own, which hears of a change a little later, or long ago."""
        return store.readable_among(tx, asker, hrefs)

    # Keeping the index: each runs in a unit of the outbox ------------------------------------

    def published(self, tx: Tx, event: NewsletterPublished) -> None:
        self.index_newsletter(tx, event.newsletter_id)

    def corrected(self, tx: Tx, event: NewsletterCorrected) -> None:
        self.index_newsletter(tx, event.newsletter_id)

    def withdrawn(self, tx: Tx, event: NewsletterWithdrawn) -> None:
        self.index_newsletter(tx, event.newsletter_id)

    def extracted(self, tx: Tx, event: AttachmentExtracted) -> None:
        for newsletter_id in store.newsletters_with_file(tx, event.sha256):
            self.index_newsletter(tx, newsletter_id)
        for notice_id in store.notices_with_file(tx, event.sha256):
            self.index_notice(tx, notice_id)

    def received(self, tx: Tx, event: OfficialReceived) -> None:
        self.index_notice(tx, event.notice_id)

    def revoked(self, tx: Tx, event: OfficialRevoked) -> None:
        self.index_notice(tx, event.notice_id)

    def index_newsletter(self, tx: Tx, newsletter_id: str) -> None:
        """Make the index say what the letter says now; may run any number of times."""
        self._replace(tx, f"newsletter:{newsletter_id}", self._of_newsletter(tx, newsletter_id))

    def index_notice(self, tx: Tx, notice_id: str) -> None:
        """Make the index say what the official notice says now."""
        self._replace(tx, f"official:{notice_id}", self._of_notice(tx, notice_id))

    def _read_anew(self, tx: Tx, subject: str) -> None:
        what, _colon, of = subject.partition(":")
        (self.index_notice if what == "official" else self.index_newsletter)(tx, of)

    def drive_changed(self, tx: Tx, event: DriveFileChanged) -> None:
        """Follow a file of the drive; where only its readers changed, its text is left alone."""
        subject = f"drive:{event.item_id}"
        keys = store.drive_keys(tx, event.item_id)
        if keys and not event.content and store.has(tx, subject):
            store.set_keys(tx, subject, keys)
            publish(tx, SearchChanged(subject=subject), self._clock.now())
        else:
            self._replace(tx, subject, self._of_file(tx, event.item_id, keys))

    def _of_file(self, tx: Tx, file_id: str, keys: frozenset[str]) -> list[Document]:
        found = store.drive_file(tx, file_id)
        if found is None:
            return []
        name, area, at, text = found
        kind, _colon, of = area.partition(":")
        place = store.person_name(tx, of) if kind == "person" else of
        subject, href = f"drive:{file_id}", f"/drive/{file_id}"
        return [Document(subject, "file", name, place, href, text, at, keys)]

    def _replace(self, tx: Tx, subject: str, documents: list[Document]) -> None:
        """Put a thing's documents in the place of the former ones, and say so to whoever follows
        the index."""
        had = store.forget(tx, subject)
        for document in documents:
            store.add(tx, document)
        if had or documents:
            publish(tx, SearchChanged(subject=subject), self._clock.now())

    def _of_newsletter(self, tx: Tx, newsletter_id: str) -> list[Document]:
        found = store.newsletter(tx, newsletter_id)
        if found is None:
            return []
        subject, href = f"newsletter:{newsletter_id}", f"/newsletters/{newsletter_id}"
        kind, title, body, at, author, department = found
        keys = store.newsletter_keys(tx, newsletter_id)
        text = f"{visible_text(body)}\n{department} {author}"
        return [Document(subject, kind, title, "", href, text, at, keys)] + [
            Document(
                subject, "attachment", title, name, f"/attachments/{file_id}", content, at, keys
            )
            for file_id, name, content in store.newsletter_files(tx, newsletter_id)
        ]

    def _of_notice(self, tx: Tx, notice_id: str) -> list[Document]:
        found = store.notice(tx, notice_id)
        if found is None:
            return []
        subject, href, keys = f"official:{notice_id}", f"/official/{notice_id}", STAFF
        title, body, department, at = found
        text = f"{visible_text(body)}\n{department}"
        return [Document(subject, "official", title, "", href, text, at, keys)] + [
            Document(
                subject,
                "attachment",
                title,
                name,
                f"{href}/attachments/{position}",
                content,
                at,
                keys,
            )
            for position, name, content in store.notice_files(tx, notice_id)
        ]
