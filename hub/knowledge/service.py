"""Documents of the handbook: add, edit, withdraw and bring back.

Nothing reaches the schools by being saved: an officer publishes (`hub/releases`), and until then
every page says what is waiting.
"""

from hub.knowledge import finding, store
from hub.knowledge.model import (
    Changes,
    DocumentContent,
    Filter,
    HandbookAct,
    HandbookEntry,
    HandbookLine,
    OriginalFile,
    Version,
)
from hub.knowledge.versions import Versions, in_force, known, state_of
from hub.officers.access import ACTING, require_acting, with_role
from hub.officers.model import Officer
from kit.blobs import Blobs
from kit.clock import Clock
from kit.db import Database, Tx
from kit.ids import new_id
from kit.problem import NotFound
from kit.seen import ChangedMeanwhile

PER_PAGE = 50


class Knowledge:
    """The province's documents; every officer may look, officers and administrators write."""

    def __init__(self, db: Database, clock: Clock, blobs: Blobs) -> None:
        self._db = db
        self._clock = clock
        self._versions = Versions(clock)
        self.finder = finding.Finder(db)
        self.blobs = blobs

    # Looking ----------------------------------------------------------------------------------

    async def lines(
        self, officer: Officer, wanted: Filter
    ) -> tuple[list[HandbookLine], bool, list[str], Changes]:
        """A page of documents, whether there are more, all categories, what waits."""
        offset = PER_PAGE * (max(1, wanted.page) - 1)

        def unit(tx: Tx) -> tuple[list[HandbookLine], list[str], Changes]:
            found = finding.lines(tx, wanted, PER_PAGE + 1, offset)
            return found, store.categories(tx), store.changes(tx)

        found, categories, changes = await self._db.read(unit)
        return found[:PER_PAGE], len(found) > PER_PAGE, categories, changes

    async def document(
        self, officer: Officer, document_id: str
    ) -> tuple[HandbookEntry, list[Version]]:
        """A document and its history, the newest first. Raises NotFound."""

        def unit(tx: Tx) -> tuple[HandbookEntry, list[Version]]:
            return known(tx, document_id), store.versions(tx, document_id)

        return await self._db.read(unit)

    async def version(self, officer: Officer, document_id: str, number: int) -> Version:
        """A document as it once was. Raises NotFound."""
        found = await self._db.read(lambda tx: store.version(tx, document_id, number))
        if found is None:
            raise NotFound()
        return found

    async def original(self, officer: Officer, document_id: str) -> OriginalFile:
        """The file a document was made from. Raises NotFound."""
        entry = await self._db.read(lambda tx: known(tx, document_id))
        if not entry.file.sha256:
            raise NotFound()
        return entry.file

    # Writing ----------------------------------------------------------------------------------

    async def add(
        self,
        officer: Officer,
        content: DocumentContent,
        file: OriginalFile | None = None,
        slug: str = "",
    ) -> str:
        """A new document; its id. Raises ContentWrong."""
        require_acting(officer)
        content.check()
        document_id = new_id()
        slug = slug or document_id
        state = await state_of(slug, content)

        def unit(tx: Tx, officer: Officer) -> None:
            entry = self._versions.first(document_id, slug, content, state, officer, file)
            self._versions.keep(tx, officer, HandbookAct.ADD, entry)

        await self._db.write(with_role(officer, ACTING, unit))
        return document_id

    async def edit(
        self, officer: Officer, document_id: str, content: DocumentContent, seen: int
    ) -> None:
        """Save what was worked out from version `seen`.

        Raises NotFound, ContentWrong, DocumentWithdrawn, ChangedMeanwhile.
        """
        require_acting(officer)
        content.check()
        before = await self._db.read(lambda tx: in_force(tx, document_id))
        state = await state_of(before.slug, content)

        def unit(tx: Tx, officer: Officer) -> None:
            entry = in_force(tx, document_id)
            if entry.version != seen:
                raise ChangedMeanwhile()
            if content != entry.content:
                self._versions.keep(
                    tx,
                    officer,
                    HandbookAct.EDIT,
                    self._versions.next(entry, officer, content, state),
                )

        await self._db.write(with_role(officer, ACTING, unit))

    async def go_back(self, officer: Officer, document_id: str, number: int) -> None:
        """Take an earlier version as the newest. Raises NotFound, DocumentWithdrawn."""
        require_acting(officer)

        old = await self.version(officer, document_id, number)
        before = await self._db.read(lambda tx: in_force(tx, document_id))
        state = await state_of(before.slug, old.content)

        def unit(tx: Tx, officer: Officer) -> None:
            entry = in_force(tx, document_id)
            if old.content != entry.content:
                kept = self._versions.next(entry, officer, old.content, state)
                self._versions.keep(tx, officer, HandbookAct.EDIT, kept)

        await self._db.write(with_role(officer, ACTING, unit))

    async def withdraw(self, officer: Officer, document_id: str) -> None:
        """Take a document out with the next publication; `restore` brings it back."""

        def unit(tx: Tx, officer: Officer) -> None:
            entry = in_force(tx, document_id)
            now = self._clock.now()
            gone = self._versions.next(entry, officer, entry.content, entry.state, withdrawn_at=now)
            self._versions.keep(tx, officer, HandbookAct.WITHDRAW, gone)

        await self._db.write(with_role(officer, ACTING, unit))

    async def restore(self, officer: Officer, document_id: str) -> None:
        """Bring a withdrawn document back, as it was. Raises NotFound."""

        def unit(tx: Tx, officer: Officer) -> None:
            entry = known(tx, document_id)
            if entry.withdrawn_at is not None:
                back = self._versions.next(
                    entry, officer, entry.content, entry.state, withdrawn_at=None
                )
                self._versions.keep(tx, officer, HandbookAct.RESTORE, back)

        await self._db.write(with_role(officer, ACTING, unit))
