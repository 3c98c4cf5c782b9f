"""The line to the worker: its process kept alive, its index kept in step with the school's texts.

Whatever changes is marked in the unit that changed it (`store.mark_stale`) and pushed here, so
that neither a kill of the node nor one of the worker loses anything; when the worker comes back,
both sides compare what they hold.
"""

import asyncio
import contextlib
import functools
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from kit.db import Database, Tx
from kit.ids import new_id
from kit.supervisor import Child, NotReady, Supervisor
from models.client import Client, WorkerFailed, WorkerGone
from models.messages import (
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
from models.passages import Document, state_of
from models.selftest import engine_fault
from node.assistant import store
from node.assistant.model import AssistantAway, IndexBehind, Standing

log = logging.getLogger(__name__)

PUSHED_AT_ONCE = 32
AGAIN_AFTER_S = 1.0
CHILD = "assistant"
OPEN_WITHIN_S = 300.0  # a release; a large model on a slow disk takes a minute or two
ENGINE = "engine"  # the code of a failure that is no release's fault
DEATHS = 3  # of workers at one release, before it counts as no good


class Line:
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
        self._living: asyncio.Task[None] | None = None
        self._place: Path | None = None
        self._ready = False
        self._last_error = ""
        self._left_out = ""
        self._engine_fault = ""
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
                self._last_error = str(error)
                log.warning("assistant's worker is away", extra={"reason": str(error)})
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
        try:
            await self._reconcile(client)
            await self._open_own(client)
            self._ready = True
            self.life += 1
            for begun in self._begun:
                begun()
            while True:
                self._changed.clear()
                await self._push(client)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(AGAIN_AFTER_S):
                        await self._changed.wait()
                if not client.is_connected:
                    raise WorkerGone("the worker went away")
        finally:
            await client.close()

    # The index ----------------------------------------------------------------------------------

    async def _reconcile(self, client: Client) -> None:
        """Whatever happened while nobody listened: push what differs, forget what is no more.

        What was marked before is dealt with by that, and not pushed once more afterwards: after a
        first start that would be everything, and a notice published meanwhile would wait behind it.
        """
        marked = await self._db.read(store.stale)
        known = await client.call(Known(id=new_id()))
        assert isinstance(known, KnownSubjects)
        held = dict(known.subjects)
        wanted = await self._db.read(store.subjects)
        for at in range(0, len(wanted), PUSHED_AT_ONCE):
            batch = wanted[at : at + PUSHED_AT_ONCE]
            found = await self._db.read(functools.partial(_documents, subjects=batch))
            differing = {
                subject: documents
                for subject, documents in found.items()
                if held.pop(subject, "") != state_of(documents)
            }
            await self._tell(client, differing)
        await self._tell(client, dict.fromkeys(held, ()))
        await self._db.write(functools.partial(store.no_longer_stale, heard=marked))

    async def _push(self, client: Client) -> None:
        """What changed since, the latest first: it is asked about soonest."""
        while True:
            heard = await self._db.read(lambda tx: store.stale(tx, PUSHED_AT_ONCE))
            if not heard:
                return
            names = [subject for subject, _revision in heard]
            found = await self._db.read(functools.partial(_documents, subjects=names))
            await self._tell(client, found)
            await self._db.write(functools.partial(store.no_longer_stale, heard=heard))

    async def _tell(self, client: Client, found: dict[str, tuple[Document, ...]]) -> None:
        await asyncio.gather(
            *(
                client.call(
                    Put(id=new_id(), subject=subject, documents=documents)
                    if documents
                    else Forget(id=new_id(), subject=subject)
                )
                for subject, documents in found.items()
            )
        )

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
                    self._left_out += f"{kind}: {error} "
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

    async def standing(self, stale: int) -> Standing:
        """How the worker fares."""
        restarts = self._supervisor.running[0].restarts if self._supervisor.running else 0
        try:
            found = await self.client().call(State(id=new_id()))
        except (AssistantAway, WorkerGone, WorkerFailed):
            return Standing(
                "starting", self._last_error, restarts, stale=stale, engine_fault=self._engine_fault
            )
        assert isinstance(found, WorkerState)
        versions = {one.kind: one.version for one in found.releases}
        return Standing(
            state="ready",
            last_error=self._left_out or self._last_error,
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


def _documents(tx: Tx, subjects: list[str]) -> dict[str, tuple[Document, ...]]:
    return {subject: store.documents(tx, subject) for subject in subjects}
