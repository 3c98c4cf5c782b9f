"""The handbook: add, edit, replace, withdraw and bring back documents; build them into an index.

Nothing reaches the schools by being saved: an officer publishes (`hub/releases`), and until then
every page says what is waiting.
"""

import asyncio
import logging
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path, PurePath

import msgspec
from msgspec.structs import replace

from hub.child import run_child
from hub.knowledge import finding, store
from hub.knowledge.articles import BadArticle, parse
from hub.knowledge.model import (
    HANDBOOK,
    LARGEST_FILE,
    Act,
    Added,
    Audience,
    Changes,
    Content,
    DocumentWithdrawn,
    Entry,
    FileUnreadable,
    Filter,
    FolderWrong,
    Imported,
    KnowledgeChanged,
    Line,
    OriginalFile,
    Version,
    document_of,
    state_of_content,
)
from hub.officers.access import require_acting
from hub.officers.model import Officer
from kit import audit
from kit.blobs import Blobs
from kit.clock import Clock
from kit.db import Database, StorageFailed, Tx
from kit.filename import own_name
from kit.i18n import _
from kit.ids import new_id
from kit.outbox import publish
from kit.problem import NotFound, Problem
from kit.seen import ChangedMeanwhile
from models.extract import sniff
from models.extract.extraction import LATER
from models.extract.sandbox import extract

log = logging.getLogger(__name__)

PER_PAGE = 50
BUILD_WITHIN_S = 12 * 3600.0
MARKDOWN = (".md", ".markdown")
READ = sniff.WRITTEN
UNKNOWN_KIND = _("Markdown, 텍스트, PDF, DOCX, HWPX, HWP, RTF, HTML 파일만 넣을 수 있습니다.")
PROBLEMS = {
    "empty": _("글이 없는 파일입니다. 그림으로 된 문서라면 글로 된 원본을 올려 주세요."),
    "broken": _("손상되었거나 암호가 걸려 있습니다. 다른 이름으로 저장한 뒤 다시 올려 주세요."),
    "limits": _("너무 크거나 복잡합니다. 나누어서 올려 주세요."),
    "pages": _("읽을 수 없는 쪽이 있습니다. PDF로 다시 저장한 뒤 올려 주세요."),
    "unsupported": UNKNOWN_KIND,
    "locked": _("암호나 보안 설정이 걸린 문서입니다. 풀어서 저장한 뒤 다시 올려 주세요."),
    "old": _("한글 97이나 그 이전에 저장한 문서입니다. HWPX로 저장한 뒤 다시 올려 주세요."),
    "distributed": _("배포용 문서의 본문을 읽지 못했습니다. 원본을 올려 주세요."),
}

Told = Callable[[int], None]
"""Progress of a build, in thousandths."""


class Snapshot(msgspec.Struct, frozen=True):
    """The handbook at the moment of a build: what `published` then keeps."""

    entries: tuple[Entry, ...]


class Knowledge:
    """The province's documents."""

    def __init__(self, db: Database, clock: Clock, blobs: Blobs) -> None:
        self._db = db
        self._clock = clock
        self._reading = asyncio.Lock()  # one parser at a time
        self.finder = finding.Finder(db)
        self.blobs = blobs

    # Looking ----------------------------------------------------------------------------------

    async def lines(
        self, officer: Officer, wanted: Filter
    ) -> tuple[list[Line], bool, list[str], Changes]:
        """A page of documents, whether there are more, all categories, what waits."""
        offset = PER_PAGE * (max(1, wanted.page) - 1)

        def unit(tx: Tx) -> tuple[list[Line], list[str], Changes]:
            found = finding.lines(tx, wanted, PER_PAGE + 1, offset)
            return found, store.categories(tx), store.changes(tx)

        found, categories, changes = await self._db.read(unit)
        return found[:PER_PAGE], len(found) > PER_PAGE, categories, changes

    async def changes(self, officer: Officer) -> Changes:
        """What the next publication would bring."""
        return await self._db.read(store.changes)

    async def document(self, officer: Officer, document_id: str) -> tuple[Entry, list[Version]]:
        """A document and its history, the newest first. Raises NotFound."""

        def unit(tx: Tx) -> tuple[Entry, list[Version]]:
            return self._known(tx, document_id), store.versions(tx, document_id)

        return await self._db.read(unit)

    async def version(self, officer: Officer, document_id: str, number: int) -> Version:
        """A document as it once was. Raises NotFound."""
        found = await self._db.read(lambda tx: store.version(tx, document_id, number))
        if found is None:
            raise NotFound()
        return found

    async def original(self, officer: Officer, document_id: str) -> OriginalFile:
        """The file a document was made from. Raises NotFound."""
        entry = await self._db.read(lambda tx: self._known(tx, document_id))
        if not entry.file.sha256:
            raise NotFound()
        return entry.file

    def require_writer(self, officer: Officer) -> None:
        """Raises Forbidden for those who may only look."""
        require_acting(officer)

    def _known(self, tx: Tx, document_id: str) -> Entry:
        found = store.entry(tx, document_id)
        if found is None:
            raise NotFound()
        return found

    # Writing ----------------------------------------------------------------------------------

    async def add(
        self, officer: Officer, content: Content, file: OriginalFile | None = None, slug: str = ""
    ) -> str:
        """A new document; its id. Raises ContentWrong."""
        require_acting(officer)
        content.check()
        document_id = new_id()
        slug = slug or document_id
        state = await _state(slug, content)

        def unit(tx: Tx) -> None:
            entry = self._new(document_id, slug, content, state, officer, file)
            self._keep(tx, officer, Act.ADD, entry)

        await self._db.write(unit)
        return document_id

    def _new(
        self,
        document_id: str,
        slug: str,
        content: Content,
        state: str,
        officer: Officer,
        file: OriginalFile | None = None,
    ) -> Entry:
        now = self._clock.now()
        return Entry(
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

    def _keep(
        self, tx: Tx, officer: Officer, act: Act, entry: Entry, *, quiet: bool = False
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
        self._record(tx, officer, act, entry.id, title=entry.content.title)

    def _record(self, tx: Tx, officer: Officer, act: Act, subject: str, **detail: object) -> None:
        audit.record(
            tx,
            self._clock,
            actor=officer.id,
            actor_name=officer.name,
            action=act,
            subject=subject,
            detail=detail,
        )

    def _next(
        self, entry: Entry, officer: Officer, content: Content, state: str, **changed: object
    ) -> Entry:
        return replace(
            entry,
            content=content,
            version=entry.version + 1,
            state=state,
            updated_at=self._clock.now(),
            updated_by_name=officer.name,
            **changed,
        )

    async def edit(self, officer: Officer, document_id: str, content: Content, seen: int) -> None:
        """Save what was worked out from version `seen`.

        Raises NotFound, ContentWrong, DocumentWithdrawn, ChangedMeanwhile.
        """
        require_acting(officer)
        content.check()
        known = await self._db.read(lambda tx: self._open(tx, document_id))
        state = await _state(known.slug, content)

        def unit(tx: Tx) -> None:
            entry = self._open(tx, document_id)
            if entry.version != seen:
                raise ChangedMeanwhile()
            if content != entry.content:
                self._keep(tx, officer, Act.EDIT, self._next(entry, officer, content, state))

        await self._db.write(unit)

    def _open(self, tx: Tx, document_id: str) -> Entry:
        entry = self._known(tx, document_id)
        if entry.withdrawn_at is not None:
            raise DocumentWithdrawn()
        return entry

    async def go_back(self, officer: Officer, document_id: str, number: int) -> None:
        """Take an earlier version as the newest. Raises NotFound, DocumentWithdrawn."""
        require_acting(officer)

        old = await self.version(officer, document_id, number)
        known = await self._db.read(lambda tx: self._open(tx, document_id))
        state = await _state(known.slug, old.content)

        def unit(tx: Tx) -> None:
            entry = self._open(tx, document_id)
            if old.content != entry.content:
                kept = self._next(entry, officer, old.content, state)
                self._keep(tx, officer, Act.EDIT, kept)

        await self._db.write(unit)

    async def withdraw(self, officer: Officer, document_id: str) -> None:
        """Take a document out with the next publication; `restore` brings it back."""
        require_acting(officer)

        def unit(tx: Tx) -> None:
            entry = self._open(tx, document_id)
            now = self._clock.now()
            gone = self._next(entry, officer, entry.content, entry.state, withdrawn_at=now)
            self._keep(tx, officer, Act.WITHDRAW, gone)

        await self._db.write(unit)

    async def restore(self, officer: Officer, document_id: str) -> None:
        """Bring a withdrawn document back, as it was. Raises NotFound."""
        require_acting(officer)

        def unit(tx: Tx) -> None:
            entry = self._known(tx, document_id)
            if entry.withdrawn_at is not None:
                back = self._next(entry, officer, entry.content, entry.state, withdrawn_at=None)
                self._keep(tx, officer, Act.RESTORE, back)

        await self._db.write(unit)

    # Files ------------------------------------------------------------------------------------

    async def add_files(
        self, officer: Officer, files: Iterable[tuple[str, bytes]], like: Content
    ) -> list[Added]:
        """A document from each file; `like` gives audience, category and days where the file says
        nothing of them. One that cannot be read leaves the others as they are."""
        require_acting(officer)
        done = []
        for name, body in files:
            name = own_name(name) or "?"
            try:
                content, file = await self._read(name, body, like)
                done.append(Added(name, await self.add(officer, content, file)))
            except Problem as problem:
                reason = problem.params.get("reason", problem.text)
                done.append(Added(name, problem=str(reason)))
        return done

    async def replace_file(
        self, officer: Officer, document_id: str, name: str, body: bytes
    ) -> None:
        """Another file in place of a document's text; title, audience and days stay unless a
        Markdown file says otherwise. Raises NotFound, DocumentWithdrawn, FileUnreadable."""
        require_acting(officer)
        entry = await self._db.read(lambda tx: self._open(tx, document_id))
        content, file = await self._read(name, body, entry.content)
        content = replace(content, title=entry.content.title)
        content.check()
        state = await _state(entry.slug, content)

        def unit(tx: Tx) -> None:
            fresh = self._open(tx, document_id)
            kept = self._next(fresh, officer, content, state, file=file)
            self._keep(tx, officer, Act.REPLACE, kept)

        await self._db.write(unit)

    async def _read(self, name: str, body: bytes, like: Content) -> tuple[Content, OriginalFile]:
        """What a file says. Raises FileUnreadable."""
        if not 0 < len(body) <= LARGEST_FILE:
            raise FileUnreadable(reason=PROBLEMS["limits" if body else "empty"])
        media_type = await asyncio.to_thread(sniff.sniff, body)
        if media_type not in READ:
            raise FileUnreadable(reason=UNKNOWN_KIND)
        text = await self._text(media_type, body)
        stem = PurePath(name).stem
        if media_type == sniff.TEXT and PurePath(name).suffix.lower() in MARKDOWN:
            try:
                said = parse(text, stem, like.audience)
            except BadArticle as error:
                reason = _("머리말을 이해할 수 없습니다. 고칠 줄: ") + str(error)
                raise FileUnreadable(reason=reason) from error
            content = replace(
                said,
                category=said.category or like.category,
                source=said.source or like.source,
                valid_from=said.valid_from or like.valid_from,
                valid_until=said.valid_until or like.valid_until,
            )
            return content, OriginalFile()
        digest = await asyncio.to_thread(self.blobs.put, body)
        return replace(like, title=stem, body=text), OriginalFile(name, digest, media_type)

    async def _text(self, media_type: str, body: bytes) -> str:
        async with self._reading:
            with tempfile.TemporaryDirectory(prefix="madang-knowledge-") as place:
                folder = Path(place)
                source = folder / "source"
                await asyncio.to_thread(source.write_bytes, body)
                found = await extract(media_type, source, folder)
        if found.problem == LATER:
            raise StorageFailed()
        if found.problem or not found.text.strip():
            raise FileUnreadable(reason=PROBLEMS.get(found.problem or "empty", PROBLEMS["broken"]))
        if found.is_cut or found.unread:
            raise FileUnreadable(reason=PROBLEMS["limits" if found.is_cut else "pages"])
        return found.text

    async def import_folder(self, officer: Officer, folder: Path) -> Imported:
        """Every `*.md` of a folder as a document named by its file; the same again changes nothing,
        a changed file changes its document. All or nothing: raises FolderWrong, ContentWrong."""
        require_acting(officer)
        contents = await asyncio.to_thread(_articles, folder)
        states = {slug: await _state(slug, content) for slug, content in contents.items()}

        def unit(tx: Tx) -> Imported:
            counts = {"added": 0, "changed": 0, "unchanged": 0}
            for slug, content in contents.items():
                counts[self._take(tx, officer, slug, content, states[slug])] += 1
            done = Imported(**counts)
            if done.added or done.changed:
                publish(tx, KnowledgeChanged(done.added + done.changed), self._clock.now())
                self._record(tx, officer, Act.IMPORT, folder.name, **counts)
            return done

        return await self._db.write(unit)

    def _take(self, tx: Tx, officer: Officer, slug: str, content: Content, state: str) -> str:
        known = store.by_slug(tx, slug)
        if known is None:
            entry = self._new(new_id(), slug, content, state, officer)
            self._keep(tx, officer, Act.ADD, entry, quiet=True)
            return "added"
        if known.content == content and known.withdrawn_at is None:
            return "unchanged"
        entry = self._next(known, officer, content, state, withdrawn_at=None)
        self._keep(tx, officer, Act.EDIT, entry, quiet=True)
        return "changed"

    # Building ---------------------------------------------------------------------------------

    async def build(self, folder: Path, told: Told, *, anew: bool = False) -> Snapshot:
        """Build the handbook into a folder that holds the release before, or nothing; it is a
        release directory then. `anew`: without a trace of what was removed since. Raises
        ChildFailed."""
        entries = await self._db.read(store.standing)

        def written(place: Path) -> None:
            with place.open("wb") as out:
                for entry in entries:
                    out.write(msgspec.json.encode(document_of(entry.slug, entry.content)) + b"\n")

        def heard(line: str) -> None:
            if line.isdigit():
                told(int(line))

        with tempfile.TemporaryDirectory(prefix="madang-build-") as place:
            listed = Path(place) / "documents.jsonl"
            await asyncio.to_thread(written, listed)
            await run_child(
                "hub.knowledge.builder",
                str(folder),
                str(listed),
                HANDBOOK,
                str(self._clock.now()),
                *(["anew"] if anew else []),
                heard=heard,
                within_s=BUILD_WITHIN_S,
            )
        return Snapshot(tuple(entries))

    def published(self, tx: Tx, version: int, snapshot: Snapshot) -> None:
        """Keep what a release holds, in the unit of its row."""
        store.keep_release(tx, version, [(entry.id, entry.state) for entry in snapshot.entries])

    def newest(self, tx: Tx, version: int | None, origin: int | None) -> None:
        """The newest release is another now (None: there is none); it holds what `origin` held, if
        that is given. What waits for publication is what differs from it."""
        if version is None:
            store.mark_published(tx, [])
            return
        states = store.release_states(tx, version)
        if states is None and origin is not None:
            states = store.release_states(tx, origin)
            if states is not None:
                store.keep_release(tx, version, states)
        if states is not None:
            store.mark_published(tx, states)


async def _state(slug: str, content: Content) -> str:
    """What `Entry.state` will be; made before the unit that keeps it, beside the event loop."""
    return await asyncio.to_thread(state_of_content, slug, content)


def _articles(folder: Path) -> dict[str, Content]:
    """The contents by file name. Raises FolderWrong, ContentWrong."""
    found = {}
    for path in sorted(folder.glob("*.md")):
        try:
            content = parse(path.read_text("utf-8"), path.stem, Audience.STAFF)
        except (OSError, UnicodeDecodeError, BadArticle) as error:
            raise FolderWrong(reason=f"{path.name}: {error}") from error
        content.check()
        found[own_name(path.stem)] = content
    if not found:
        raise FolderWrong(reason=str(folder))
    return found
