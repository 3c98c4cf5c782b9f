"""The line to the worker: its process kept alive, its index kept in step with the school's texts.

Whatever changes is marked in the unit that changed it (`store.mark_stale`) and pushed here, so
that neither a kill of the node nor one of the worker loses anything. When the worker comes back, both
sides compare what they hold beside that (`_catch_up`): what is no more is forgotten first, then what
is missing is told, what is newest and most read before all; after the first of it questions are
answered. The worker's index is on the disk: whoever begins anew goes on where it was.
"""

import asyncio
import contextlib
import functools
import itertools
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from kit.db import Database, Tx
from kit.i18n import _
from kit.ids import new_id
from kit.supervisor import Child, NotReady, Supervisor
from models.client import Client, WorkerFailed, WorkerGone
from models.messages import (
    AnyAnswer,
    Failed,
    Forget,
    Kind,
    Known,
    KnownSubjects,
    Open,
    Put,
    State,
    WorkerState,
)
from models.passages import state_of
from models.selftest import engine_fault
from node.assistant import store
from node.assistant.model import AssistantAway, AssistantStanding, IndexBehind

log = logging.getLogger(__name__)

PUSHED_AT_ONCE = 32
TOLD_AT_ONCE = (32, 64, 128, 256)  # subjects: few first, for answers; many later, one commit each
UNSEEN = -1  # of what was marked before, until it is known what the worker holds
READ_AT_ONCE = 32  # subjects: some milliseconds of a reader and of the event loop
REST_S = 0.2  # between two portions that are only compared: pages come first
AGAIN_AFTER_S = 1.0
CHILD = "assistant"
OPEN_WITHIN_S = 300.0  # a release; a large model on a slow disk takes a minute or two
ENGINE = "engine"  # the code of a failure that is no release's fault
# Why there was no worker, for the administrator; the log says more.
BEGUN_ANEW = _("도우미 프로그램이 다시 켜지는 중이었습니다.")
UNREADY = _("도우미 프로그램이 제때 켜지지 않았습니다. 로그(assistant/worker.log)를 확인해 주세요.")
BROKEN_OFF = _(
    "도우미 프로그램과 연결이 끊겨 다시 연결했습니다. 되풀이되면 서버 로그를 확인해 주세요."
)
DEATHS = 3  # of workers at one release, before it counts as no good


class WorkerLine:
    """A worker of this node, and what it knows."""

    def __init__(
        self,
        db: Database,
        folder: Path,
        *,
        memory_mb: int,
        releases: dict[Kind, Path],
        open_within_s: float = OPEN_WITHIN_S,
    ) -> None:
        self._db = db
        self._folder = folder
        self._memory_mb = memory_mb
        self._own = dict(releases)  # the school's own: opened first in every life of the worker
        self._open_within_s = open_within_s
        self._deaths: dict[Path, int] = {}
        self._begun: list[Callable[[], None]] = []
        self.life = 0
        """Counts the lives of the worker: what was opened in another is open no more."""
        self._supervisor = Supervisor()
        self._client: Client | None = None
        self._changed = asyncio.Event()
        self._order = asyncio.Lock()
        self._behind: dict[str, int] = {}
        """What catching up has yet to tell of: by subject the revision marked then, 0 for none."""
        self._told: set[str] = set()
        """Of what was changed in this life of the worker."""
        self._living: asyncio.Task[None] | None = None
        self._place: Path | None = None
        self._ready = False
        self._last_error = ""
        self._left_out: tuple[Kind, ...] = ()
        self._engine_fault = ""
        self.writes = False
        """Whether the worker has a model, in this life."""
        db.on_commit(self._committed)

    def _committed(self, signals: list[object]) -> None:
        if any(isinstance(signal, IndexBehind) for signal in signals):
            self._changed.set()

    # Life ---------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Begin; nobody waits for the worker."""
        self._living = asyncio.create_task(self._live(), name="assistant-line")

    async def stop(self) -> None:
        if self._living is not None:
            self._living.cancel()
            await asyncio.gather(self._living, return_exceptions=True)
        if self._client is not None:
            await self._client.close()
        await self._supervisor.stop()
        if self._place is not None:
            shutil.rmtree(self._place, ignore_errors=True)

    async def _live(self) -> None:
        # A socket's path may have 108 bytes at most: a data directory's may be longer.
        self._place = Path(tempfile.mkdtemp(prefix="madang-"))
        socket = self._place / "assistant"
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._supervisor.add(self._child(socket))
        while True:
            try:
                await self._supervisor.start()
                await self._converse(socket)
            except (NotReady, WorkerGone, WorkerFailed, OSError) as error:
                self._last_error = UNREADY if isinstance(error, NotReady) else BEGUN_ANEW
                log.warning("assistant's worker is away", extra={"reason": str(error)})
            except Exception:  # a full disk: whatever ends it, it begins anew
                self._last_error = BROKEN_OFF
                log.exception("the line to the assistant's worker broke off")
            self._ready = False
            await asyncio.sleep(AGAIN_AFTER_S)

    def _child(self, socket: Path) -> Child:
        async def answers() -> bool:
            client = Client(socket)
            try:
                await client.connect()
            except WorkerGone:
                return False
            await client.close()
            return True

        return Child(
            name=CHILD,
            command=[
                sys.executable, "-m", "models.worker", "--socket", str(socket),
                "--index", str(self._folder / "index"), "--memory-mb", str(self._memory_mb),
                "--threads", str(min(4, max(1, (os.cpu_count() or 1) - 1))),  # pages keep a core
            ],
            ready=answers,
            log_file=self._folder / "worker.log",
        )  # fmt: skip

    async def _converse(self, socket: Path) -> None:
        """Bring the worker up to date and keep it so until it goes away."""
        client = self._client = Client(socket)
        await client.connect()
        self.writes = False
        self._told.clear()
        catching_up = asyncio.create_task(self._catch_up(client), name="assistant-catching-up")
        try:
            while True:
                self._changed.clear()
                await self._push(client)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(AGAIN_AFTER_S):
                        await self._changed.wait()
                if not client.is_connected:
                    raise WorkerGone("the worker went away")
                if catching_up.done():
                    catching_up.result()
        finally:
            catching_up.cancel()
            await asyncio.gather(catching_up, return_exceptions=True)
            await client.close()

    def _begin(self) -> None:
        """From now on questions are answered, from what there is."""
        self._ready = True
        self.life += 1
        for begun in self._begun:
            begun()

    # The index ----------------------------------------------------------------------------------

    @property
    def behind(self) -> int:
        """How many subjects the worker has yet to be told of that nobody marked as changed."""
        return sum(not revision for revision in self._behind.values())

    @property
    def is_behind(self) -> bool:
        """Whether answers come from a part of the school's texts."""
        return bool(self._behind)

    async def _catch_up(self, client: Client) -> None:
        """Whatever happened while nobody listened. What was marked before is dealt with by that, and not
        pushed as well."""
        marked = dict(await self._db.read(store.stale))
        self._behind = dict.fromkeys(marked, UNSEEN)
        known = await client.call(Known(id=new_id()))
        assert isinstance(known, KnownSubjects)
        wanted = await self._db.read(store.subjects)
        missing = [one for one in wanted if one in marked or not known.subjects.get(one)]
        gone = [*(known.subjects.keys() | marked.keys()) - set(wanted)]
        self._behind = {subject: marked.get(subject, 0) for subject in [*gone, *missing]}
        await self._bring(client, gone)
        await self._open_own(client)
        at = 0
        for most in itertools.chain(TOLD_AT_ONCE, itertools.repeat(TOLD_AT_ONCE[-1])):
            await self._bring(client, missing[at : at + most])
            at += most
            if not self._ready:
                self._begin()
            if at >= len(missing):
                break
        held = [subject for subject in wanted if known.subjects.get(subject)]
        for at in range(0, len(held), READ_AT_ONCE):
            await self._bring(client, held[at : at + READ_AT_ONCE], known.subjects)
            await asyncio.sleep(REST_S)

    async def _bring(
        self, client: Client, subjects: Sequence[str], held: Mapping[str, str] | None = None
    ) -> None:
        """Tell of those that no change was told of meanwhile; `held`: by subject what the worker has,
        which is not told again."""
        await self._tell(client, [one for one in subjects if one not in self._told], held)
        dealt_with = [(one, self._behind[one]) for one in subjects if self._behind.get(one)]
        if dealt_with:
            await self._db.write(functools.partial(store.no_longer_stale, heard=dealt_with))
        for subject in subjects:
            self._behind.pop(subject, None)
            self._told.add(subject)

    async def _push(self, client: Client) -> None:
        """What changed since, the latest first: it is asked about soonest."""
        while True:
            latest = await self._db.read(lambda tx: store.stale(tx, PUSHED_AT_ONCE))
            heard = [(one, at) for one, at in latest if self._behind.get(one) not in (UNSEEN, at)]
            if not heard:
                return
            names = [subject for subject, _revision in heard]
            await self._tell(client, names)
            self._told.update(names)
            await self._db.write(functools.partial(store.no_longer_stale, heard=heard))

    async def _tell(
        self, client: Client, subjects: Sequence[str], held: Mapping[str, str] | None = None
    ) -> None:
        """Tell the worker how subjects stand now, unless it has that. Who reads later tells later, so that
        nothing withdrawn comes again; what the worker does about it is waited for outside."""
        told: list[asyncio.Future[AnyAnswer]] = []
        try:
            async with self._order:
                for at in range(0, len(subjects), READ_AT_ONCE):
                    some = subjects[at : at + READ_AT_ONCE]
                    changes = await self._db.read(
                        functools.partial(_changes, subjects=some, held=held or {})
                    )
                    told += [asyncio.ensure_future(client.call(change)) for change in changes]
                    await asyncio.sleep(0)  # each is on its way
            await asyncio.gather(*told)
        finally:
            for call in told:
                call.cancel()
            await asyncio.gather(*told, return_exceptions=True)

    # Releases -----------------------------------------------------------------------------------

    def when_begun(self, begun: Callable[[], None]) -> None:
        """Have this called whenever a life of the worker begins."""
        self._begun.append(begun)

    async def open_release(self, kind: Kind, path: Path) -> None:
        """Use a verified release in this life. Raises AssistantAway, WorkerGone (to be tried again),
        WorkerFailed (it is no good; the present one stays)."""
        await self._open(self.client(), kind, path)

    async def _open_own(self, client: Client) -> None:
        """What is no good is left out until the node starts anew. Raises WorkerGone."""
        for kind, path in list(self._own.items()):
            try:
                await self._open(client, kind, path)
            except WorkerFailed as error:
                del self._own[kind]
                if error.code != ENGINE:
                    self._left_out += (kind,)
                log.error("release refused", extra={"kind": kind, "reason": str(error)})

    async def _open(self, client: Client, kind: Kind, path: Path) -> None:
        """A release that a worker dies of, or does not get done with, is tried with the next, but not
        for ever: the assistant is of more use without it."""
        if not client.is_connected:
            raise WorkerGone("the worker went away")
        if kind == "model":
            await self._require_engine()
        try:
            async with asyncio.timeout(self._open_within_s):
                await client.call(Open(id=new_id(), kind=kind, path=str(path)))
        except (WorkerGone, TimeoutError) as error:
            why = "the worker dies of it"
            if isinstance(error, TimeoutError):
                why = f"it does not open within {self._open_within_s:.0f} s"
                self._kill()
            self._deaths[path] = self._deaths.get(path, 0) + 1
            if self._deaths[path] < DEATHS:
                raise WorkerGone(why) from error
            del self._deaths[path]
            raise WorkerFailed(Failed(id="", code="bad-release", reason=why)) from error
        self._deaths.pop(path, None)
        self.writes = self.writes or kind == "model"

    async def _require_engine(self) -> None:
        """Raises WorkerFailed where the engine ends the process it runs in: the worker lives on."""
        self._engine_fault = await asyncio.to_thread(engine_fault)
        if self._engine_fault:
            why = f"the model's engine does not work on this machine: {self._engine_fault}"
            raise WorkerFailed(Failed(id="", code=ENGINE, reason=why))

    def _kill(self) -> None:
        """End a worker that is within something; its supervisor starts the next."""
        process = self._supervisor.child(CHILD).process
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()

    # For the service ----------------------------------------------------------------------------

    def client(self) -> Client:
        """The connection. Raises AssistantAway."""
        if self._client is None or not self._ready or not self._client.is_connected:
            raise AssistantAway()
        return self._client

    async def standing(self, stale: int) -> AssistantStanding:
        """How the worker fares."""
        restarts = self._supervisor.running[0].restarts if self._supervisor.running else 0
        try:
            found = await self.client().call(State(id=new_id()))
        except (AssistantAway, WorkerGone, WorkerFailed):
            return AssistantStanding(
                state="starting",
                last_error=self._last_error,
                left_out=self._left_out,
                restarts=restarts,
                stale=stale,
                engine_fault=self._engine_fault,
            )
        assert isinstance(found, WorkerState)
        versions = {one.kind: one.version for one in found.releases}
        return AssistantStanding(
            state="ready",
            last_error=self._last_error,
            left_out=self._left_out,
            restarts=restarts,
            memory=found.memory,
            passages=found.passages,
            subjects=found.subjects,
            unvectored=found.unvectored,
            waiting=found.waiting,
            stale=stale,
            knowledge=versions.get("knowledge", ""),
            model=versions.get("model", ""),
            engine_fault=self._engine_fault,
        )


def _changes(tx: Tx, subjects: Sequence[str], held: Mapping[str, str]) -> list[Put | Forget]:
    """What to tell of subjects: how they stand now, unless the worker holds that."""
    told: list[Put | Forget] = []
    for subject in subjects:
        documents = store.documents(tx, subject)
        if not documents:
            told.append(Forget(id=new_id(), subject=subject))
        elif held.get(subject) != state_of(documents):
            told.append(Put(id=new_id(), subject=subject, documents=documents))
    return told
