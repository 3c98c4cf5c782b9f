"""Versions of documents: what the next one is, and how it is kept with its history.

Every change of a document, by hand or from a file, is a version that is audited and told.
"""

import asyncio

from msgspec.structs import replace

from hub.knowledge import finding, store
from hub.knowledge.model import (
    DocumentContent,
    DocumentWithdrawn,
    HandbookAct,
    HandbookEntry,
    KnowledgeChanged,
    OriginalFile,
    Version,
    state_of_content,
)
from hub.officers.model import Officer
from kit import audit
from kit.clock import Clock
from kit.db import Tx
from kit.outbox import publish
from kit.problem import NotFound


def known(tx: Tx, document_id: str) -> HandbookEntry:
    """A document, withdrawn or not. Raises NotFound."""
    found = store.entry(tx, document_id)
    if found is None:
        raise NotFound()
    return found


def in_force(tx: Tx, document_id: str) -> HandbookEntry:
    """A document that can be changed. Raises NotFound, DocumentWithdrawn."""
    entry = known(tx, document_id)
    if entry.withdrawn_at is not None:
        raise DocumentWithdrawn()
    return entry


async def state_of(slug: str, content: DocumentContent) -> str:
    """What `HandbookEntry.state` will be; made before the unit that keeps it, beside the event loop."""
    return await asyncio.to_thread(state_of_content, slug, content)


class Versions:
    """Makes a document's first and next version, and keeps it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def first(
        self,
        document_id: str,
        slug: str,
        content: DocumentContent,
        state: str,
        officer: Officer,
        file: OriginalFile | None = None,
    ) -> HandbookEntry:
        """A new document."""
        now = self._clock.now()
        return HandbookEntry(
            id=document_id,
            slug=slug,
            content=content,
            file=file or OriginalFile(),
            version=1,
            state=state,
            published_state="",
            created_at=now,
            updated_at=now,
            updated_by_name=officer.name,
            withdrawn_at=None,
        )

    def next(
        self,
        entry: HandbookEntry,
        officer: Officer,
        content: DocumentContent,
        state: str,
        **changed: object,
    ) -> HandbookEntry:
        """The document with this content from now on; `changed`: its other fields."""
        return replace(
            entry,
            content=content,
            version=entry.version + 1,
            state=state,
            updated_at=self._clock.now(),
            updated_by_name=officer.name,
            **changed,
        )

    def keep(
        self,
        tx: Tx,
        officer: Officer,
        act: HandbookAct,
        entry: HandbookEntry,
        *,
        quiet: bool = False,
    ) -> None:
        """Save a document with its version, audited and told unless `quiet`."""
        store.save(tx, entry)
        finding.changed(tx, entry.id)
        now = entry.updated_at
        kept = Version(entry.version, act.value, entry.content, now, officer.name)
        store.add_version(tx, entry.id, kept)
        if quiet:
            return
        publish(tx, KnowledgeChanged(1), now)
        audit.record(tx, self._clock, officer, act, entry.id, title=entry.content.title)
