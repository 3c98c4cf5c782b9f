"""Documents from files: one from each, another file in place of a text, a folder of articles."""

import asyncio
import tempfile
from collections.abc import Iterable
from pathlib import Path, PurePath

from msgspec.structs import replace

from hub.knowledge import store
from hub.knowledge.articles import BadArticle, parse
from hub.knowledge.model import (
    LARGEST_FILE,
    Added,
    Audience,
    DocumentContent,
    FileUnreadable,
    FolderWrong,
    HandbookAct,
    Imported,
    KnowledgeChanged,
    OriginalFile,
)
from hub.knowledge.service import Knowledge
from hub.knowledge.versions import Versions, in_force, state_of
from hub.officers.access import ACTING, require_acting, with_role
from hub.officers.model import Officer
from kit import audit
from kit.blobs import Blobs
from kit.clock import Clock
from kit.db import Database, StorageFailed, Tx
from kit.filename import own_name
from kit.i18n import _
from kit.ids import new_id
from kit.outbox import publish
from kit.problem import Problem
from models.extract import sniff
from models.extract.extraction import LATER
from models.extract.sandbox import extract

MARKDOWN = (".md", ".markdown")
READ = sniff.WRITTEN
UNKNOWN_KIND = _("Markdown, 텍스트, PDF, DOCX, HWPX, HWP, RTF, HTML 파일만 넣을 수 있습니다.")
PROBLEMS = {
    "empty": _("글이 없는 파일입니다. 그림으로 된 문서라면 글로 된 원본을 올려 주세요."),
    "broken": _("손상되었거나 암호가 걸려 있습니다. 다른 이름으로 저장한 뒤 다시 올려 주세요."),
    "limits": _("너무 크거나 복잡합니다. 나누어서 올려 주세요."),
    "pages": _("읽을 수 없는 페이지가 있습니다. PDF로 다시 저장한 뒤 올려 주세요."),
    "unsupported": UNKNOWN_KIND,
    "locked": _("암호나 보안 설정이 걸린 문서입니다. 풀어서 저장한 뒤 다시 올려 주세요."),
    "old": _("한글 97이나 그 이전에 저장한 문서입니다. HWPX로 저장한 뒤 다시 올려 주세요."),
    "distributed": _("배포용 문서의 본문을 읽지 못했습니다. 원본을 올려 주세요."),
}


class Intake:
    """Takes files into the handbook; officers and administrators may."""

    def __init__(self, db: Database, clock: Clock, blobs: Blobs, knowledge: Knowledge) -> None:
        self._db = db
        self._clock = clock
        self._blobs = blobs
        self._knowledge = knowledge
        self._versions = Versions(clock)
        self._reading = asyncio.Lock()  # one parser at a time

    async def add_files(
        self, officer: Officer, files: Iterable[tuple[str, bytes]], like: DocumentContent
    ) -> list[Added]:
        """A document from each file; `like` gives audience, category and days where the file says
        nothing of them. One that cannot be read leaves the others as they are."""
        require_acting(officer)
        done = []
        for name, body in files:
            name = own_name(name) or "?"
            try:
                content, file = await self._read(name, body, like)
                done.append(Added(name, await self._knowledge.add(officer, content, file)))
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
        entry = await self._db.read(lambda tx: in_force(tx, document_id))
        content, file = await self._read(name, body, entry.content)
        content = replace(content, title=entry.content.title)
        content.check()
        state = await state_of(entry.slug, content)

        def unit(tx: Tx, officer: Officer) -> None:
            fresh = in_force(tx, document_id)
            kept = self._versions.next(fresh, officer, content, state, file=file)
            self._versions.keep(tx, officer, HandbookAct.REPLACE, kept)

        await self._db.write(with_role(officer, ACTING, unit))

    async def _read(
        self, name: str, body: bytes, like: DocumentContent
    ) -> tuple[DocumentContent, OriginalFile]:
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
                reason = _("문서 앞의 설정 부분을 읽을 수 없습니다. 고칠 줄: ") + str(error)
                raise FileUnreadable(reason=reason) from error
            content = replace(
                said,
                category=said.category or like.category,
                source=said.source or like.source,
                valid_from=said.valid_from or like.valid_from,
                valid_until=said.valid_until or like.valid_until,
            )
            return content, OriginalFile()
        digest = await asyncio.to_thread(self._blobs.put, body)
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
        states = {slug: await state_of(slug, content) for slug, content in contents.items()}

        def unit(tx: Tx, officer: Officer) -> Imported:
            counts = {"added": 0, "changed": 0, "unchanged": 0}
            for slug, content in contents.items():
                counts[self._take(tx, officer, slug, content, states[slug])] += 1
            done = Imported(**counts)
            if done.added or done.changed:
                publish(tx, KnowledgeChanged(done.added + done.changed), self._clock.now())
                audit.record(tx, self._clock, officer, HandbookAct.IMPORT, folder.name, **counts)
            return done

        return await self._db.write(with_role(officer, ACTING, unit))

    def _take(
        self, tx: Tx, officer: Officer, slug: str, content: DocumentContent, state: str
    ) -> str:
        known = store.by_slug(tx, slug)
        if known is None:
            entry = self._versions.first(new_id(), slug, content, state, officer)
            self._versions.keep(tx, officer, HandbookAct.ADD, entry, quiet=True)
            return "added"
        if known.content == content and known.withdrawn_at is None:
            return "unchanged"
        entry = self._versions.next(known, officer, content, state, withdrawn_at=None)
        self._versions.keep(tx, officer, HandbookAct.EDIT, entry, quiet=True)
        return "changed"


def _articles(folder: Path) -> dict[str, DocumentContent]:
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
