"""Search: find what the asker may read, and keep the index as things come and go.

found = await search.find(asker, "체험학습 준비물", kind="newsletter")
"""

from kit.db import Database, Row, Tx
from node.newsletters.model import (
    AttachmentExtracted,
    NewsletterCorrected,
    NewsletterPublished,
    NewsletterWithdrawn,
)
from node.official.model import OfficialReceived, OfficialRevoked
from node.people.model import Asker
from node.search import store
from node.search.model import Document, Found, Hit, highlight, match, plain, snippet

PAGE = 20
LAST_PAGE = 20  # who has not found it by then needs better words


class Search:
    """The slice's face."""

    def __init__(self, db: Database) -> None:
        self._db = db

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
        wanted = match(query)
        if not wanted:
            return Found([], False, None)
        page = min(max(page, 1), LAST_PAGE)

        def unit(tx: Tx) -> Found:
            def rows_of(terms: str) -> list[Row]:
                return store.find(
                    tx,
                    asker,
                    terms,
                    kind=kind,
                    since=since,
                    limit=limit + 1,
                    offset=(page - 1) * limit,
                )

            rows = rows_of(wanted)
            is_loose = not rows and (page == 1 or not store.has_any(tx, asker, wanted))
            if is_loose:
                rows = rows_of(match(query, any_word=True))
            further = page + 1 if len(rows) > limit and page < LAST_PAGE else None
            hits = [
                Hit(k, href, highlight(title, query), snippet(text, query), note, at)
                for k, href, title, note, text, at in rows[:limit]
            ]
            return Found(hits, is_loose and bool(hits), further)

        return await self._db.read(unit)

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
        subject = f"newsletter:{newsletter_id}"
        store.forget(tx, subject)
        found = store.newsletter(tx, newsletter_id)
        if found is None:
            return
        kind, title, body, at, author, department = found
        keys = store.newsletter_keys(tx, newsletter_id)
        href = f"/newsletters/{newsletter_id}"
        text = f"{plain(body)}\n{department} {author}"
        store.add(tx, Document(subject, kind, title, "", href, text, at, keys))
        for file_id, name, content in store.newsletter_files(tx, newsletter_id):
            file = f"/attachments/{file_id}"
            store.add(tx, Document(subject, "attachment", title, name, file, content, at, keys))

    def index_notice(self, tx: Tx, notice_id: str) -> None:
        """Make the index say what the official notice says now."""
        subject = f"official:{notice_id}"
        store.forget(tx, subject)
        found = store.notice(tx, notice_id)
        if found is None:
            return
        title, body, department, at = found
        keys = frozenset({"staff"})
        href = f"/official/{notice_id}"
        text = f"{plain(body)}\n{department}"
        store.add(tx, Document(subject, "official", title, "", href, text, at, keys))
        for position, name, content in store.notice_files(tx, notice_id):
            file = f"{href}/attachments/{position}"
            store.add(tx, Document(subject, "attachment", title, name, file, content, at, keys))
