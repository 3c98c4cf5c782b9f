"""The process of the assistant: `python -m models.worker --socket PATH --index DIR`.

It owns the indexes and the model, bounds its own memory and knows no server: who may read what comes
with each question (`models.messages`). Four threads: one changes the school's own index, one
searches, and, when nobody else wants the processor, one makes vectors and one lets the model write;
the event loop only passes messages. A crash costs the answers under way; what was told to be done is
on disk.
"""

import argparse
import asyncio
import contextlib
import logging
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec

from models import messages as m
from models.answer import answers, supported
from models.asked import understood
from models.courtesy import Courtesy
from models.engine import Engine, EngineFailed
from models.korean import sentences
from models.library import Library
from models.passages import Document, Passage
from models.queue import FairQueue, Full
from models.release import MODEL, BadRelease, ReleaseInfo, check
from models.vectors import Embedder

log = logging.getLogger("models.worker")

LONGEST_QUESTION = 500  # characters
WRITE_WITHIN_S = 30.0
EMBEDDED_AT_ONCE = 4  # passages, of half a second each on one core
PREPARED_AT_ONCE = 8  # sentences; what is published meanwhile waits for them with its vectors
AFTER_ANSWERS_S = 0.5  # until it is looked again whether somebody waits for one
CHANGES_AT_ONCE = 256
NICENESS = 10  # of 19: a tenth of the weight of what serves pages
SUPPORTING = 3  # passages a written sentence may rest on

Send = Callable[[m.AnyAnswer], None]


class Job:
    """A question on its way: where its answers go, and whether it is still wanted."""

    def __init__(self, request: m.Ask, send: Send) -> None:
        self.request = request
        self.send = send
        self.cancelled = False
        self.until = time.monotonic() + WRITE_WITHIN_S
        self.passages: tuple[Passage, ...] = ()
        self.extracted: tuple[m.Cited, ...] = ()

    def stopped(self) -> bool:
        return self.cancelled or time.monotonic() > self.until


class Worker:
    """What the process does, besides its sockets."""

    def __init__(self, index: Path, threads: int) -> None:
        self._library = Library(index, Embedder())
        self._threads = threads
        self._engine: tuple[Engine, ReleaseInfo, Path] | None = None
        self._changing = ThreadPoolExecutor(1, "change")
        self._searching = ThreadPoolExecutor(1, "search")
        self._embedding = ThreadPoolExecutor(1, "embed", _come_last)
        self._writing = ThreadPoolExecutor(1, "write", _come_last)
        self._changes: list[tuple[m.Put | m.Forget, Send]] = []
        self._came = 0  # changes, so far
        self._wake = asyncio.Event()
        self._unvectored = asyncio.Event()
        self._turns: FairQueue[Job] = FairQueue()
        self._turn = asyncio.Event()
        self._jobs: dict[str, Job] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        for loop in (self._keep_index(), self._keep_vectors(), self._let_write()):
            self._own(loop)

    def _own(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # Requests -----------------------------------------------------------------------------------

    def take(self, request: m.AnyRequest, send: Send) -> None:
        """Begin what is asked; every answer goes through `send`, on the event loop."""
        match request:
            case m.Put() | m.Forget():
                self._came += 1
                if isinstance(request, m.Forget):
                    self._library.hide(request.subject, self._came)
                self._changes.append((request, send))
                self._wake.set()
            case m.Ask():
                self._begin(request, send)
            case m.Cancel():
                self._cancel(request.target)
                send(m.Done(id=request.id))
            case m.State():
                send(self._state(request.id))
            case m.Known():
                send(m.KnownSubjects(id=request.id, subjects=dict(self._library.subjects)))
            case m.Search():
                self._own(self._search(request, send))
            case m.Open():
                self._own(self._open(request, send))
            case m.Close():
                self._own(self._close(request, send))

    def forget(self, jobs: list[str]) -> None:
        """Whoever asked these has gone."""
        for job in jobs:
            self._cancel(job)

    def _state(self, request_id: str) -> m.WorkerState:
        releases = []
        if self._library.knowledge is not None:
            info, path = self._library.knowledge
            releases.append(m.ReleaseState("knowledge", info.version, str(path)))
        if self._engine is not None:
            releases.append(m.ReleaseState("model", self._engine[1].version, str(self._engine[2])))
        return m.WorkerState(
            id=request_id,
            memory=_memory(),
            passages=self._library.size,
            subjects=len(self._library.subjects),
            unvectored=self._library.unvectored,
            unprepared=self._library.unprepared,
            waiting=len(self._turns),
            releases=tuple(releases),
        )

    # The index ----------------------------------------------------------------------------------

    async def _keep_index(self) -> None:
        """Take changes in as they come, several in one commit."""
        loop = asyncio.get_running_loop()
        while True:
            if not self._changes:
                await self._wake.wait()
            self._wake.clear()
            taken = self._changes[:CHANGES_AT_ONCE]
            del self._changes[:CHANGES_AT_ONCE]
            number = self._came - len(self._changes)
            failure = await loop.run_in_executor(self._changing, self._change, taken, number)
            for request, send in taken:
                if failure:
                    send(m.Failed(id=request.id, code="failed", reason=failure))
                else:
                    send(m.Done(id=request.id))
            self._unvectored.set()

    async def _keep_vectors(self) -> None:
        """Give passages their vectors, then sentences theirs."""
        while True:
            self._unvectored.clear()
            try:
                if await self._vectors_of_passages() or await self._vectors_of_sentences():
                    continue
            except OSError as error:  # the disk takes no more: tried again at the next change
                log.error("vectors cannot be kept", extra={"reason": str(error)})
            await self._unvectored.wait()

    # Only what touches the index runs where changes do: a vector takes half a second, and what is
    # published meanwhile must be found at once.

    async def _vectors_of_passages(self) -> bool:
        """For some that have none; whether there were any. Raises OSError."""
        loop, library = asyncio.get_running_loop(), self._library
        bare = await loop.run_in_executor(self._changing, library.without_vector, EMBEDDED_AT_ONCE)
        if bare:
            texts = [one.text for one in bare]
            vectors = await loop.run_in_executor(self._embedding, library.vectors_of, texts)
            await loop.run_in_executor(self._changing, library.keep_vectors, bare, vectors)
        return bool(bare)

    async def _vectors_of_sentences(self) -> bool:
        """The same for those that answers will compare, while nobody waits for one."""
        loop, library = asyncio.get_running_loop(), self._library
        if self._jobs:
            await asyncio.sleep(AFTER_ANSWERS_S)
            return True  # look again, for passages first
        texts = await loop.run_in_executor(
            self._changing, library.without_vector_ahead, PREPARED_AT_ONCE
        )
        if texts:
            vectors = await loop.run_in_executor(self._embedding, library.vectors_of, texts)
            await loop.run_in_executor(self._changing, library.keep_vectors_ahead, texts, vectors)
        return bool(texts)

    def _change(self, taken: list[tuple[m.Put | m.Forget, Send]], number: int) -> str:
        """All of these changes, the last of that number, or none; why not, or ""."""
        changed: dict[str, tuple[Document, ...]] = {}
        removed: set[str] = set()
        for request, _send in taken:
            changed.pop(request.subject, None)
            removed.discard(request.subject)
            if isinstance(request, m.Put) and request.documents:
                changed[request.subject] = request.documents
            else:
                removed.add(request.subject)
        try:
            self._library.change(dict(changed), sorted(removed), number)
        except OSError as error:
            log.error("the index cannot be changed", extra={"reason": str(error)})
            return str(error)
        return ""

    async def _search(self, request: m.Search, send: Send) -> None:
        question = request.question[:LONGEST_QUESTION]
        found = await asyncio.get_running_loop().run_in_executor(
            self._searching,
            self._library.search,
            question,
            request.rights,
            request.now,
            request.limit,
        )
        send(m.Found(id=request.id, passages=tuple(found)))

    # Releases -----------------------------------------------------------------------------------

    async def _open(self, request: m.Open, send: Send) -> None:
        loop = asyncio.get_running_loop()
        try:
            if request.kind == "knowledge":
                await loop.run_in_executor(
                    self._searching, self._library.open_knowledge, Path(request.path)
                )
                self._unvectored.set()
            else:
                # On the writing thread: the answer under way is finished with the old model.
                await loop.run_in_executor(self._writing, self._open_model, Path(request.path))
        except (BadRelease, EngineFailed) as error:
            send(m.Failed(id=request.id, code="bad-release", reason=str(error)))
        except Exception as error:  # whatever it raises, whoever asked hears of it
            log.exception("a release cannot be opened")
            send(m.Failed(id=request.id, code="bad-release", reason=repr(error)))
        else:
            send(m.Done(id=request.id))

    def _open_model(self, folder: Path) -> None:
        info = check(folder, "model")
        fresh = Engine.load(folder / MODEL, context=info.context, threads=self._threads)
        try:
            next(fresh.write("학교 전화번호가 무엇인가요?", (), lambda: False), None)
        except BaseException:
            fresh.close()
            raise
        fresh.pause_with(Courtesy(os.getppid()).rest)  # not before: what is published waits for us
        old, self._engine = self._engine, (fresh, info, folder)
        if old is not None:
            old[0].close()

    async def _close(self, request: m.Close, send: Send) -> None:
        loop = asyncio.get_running_loop()
        if request.kind == "knowledge":
            await loop.run_in_executor(self._searching, self._library.close_knowledge)
        else:
            await loop.run_in_executor(self._writing, self._close_model)
        send(m.Done(id=request.id))

    def _close_model(self) -> None:
        old, self._engine = self._engine, None
        if old is not None:
            old[0].close()

    # Questions ----------------------------------------------------------------------------------

    def _begin(self, request: m.Ask, send: Send) -> None:
        if not request.question.strip() or len(request.question) > LONGEST_QUESTION:
            send(
                m.Failed(
                    id=request.id, code="too-long", reason=f"1 to {LONGEST_QUESTION} characters"
                )
            )
            return
        job = self._jobs[request.id] = Job(request, send)
        self._own(self._answer(job))

    async def _answer(self, job: Job) -> None:
        """Sources and extract at once; then in line for the model, where there is one."""
        request = job.request
        try:
            job.passages, extracted = await asyncio.get_running_loop().run_in_executor(
                self._searching, self._library.answer, request.question, request.rights, request.now
            )
        except BaseException:
            self._jobs.pop(request.id, None)
            job.send(m.Failed(id=request.id, code="failed"))
            raise
        job.extracted = extracted.sentences
        if job.cancelled:
            self._end(job, m.Failed(id=request.id, code="cancelled"))
            return
        shown = job.passages
        if not job.extracted:
            shown = tuple(job.passages[at] for at in extracted.nearest)
        job.send(m.Sources(id=request.id, passages=shown))
        job.send(m.Extract(id=request.id, sentences=job.extracted))
        if not job.extracted:
            self._end(job, self._ended(job, m.Outcome.REFUSED, (), "no-evidence"))
        elif self._engine is None or not request.may_generate:
            self._end(job, self._ended(job, m.Outcome.EXTRACTED, job.extracted, "no-model"))
        else:
            try:
                self._turns.put(request.asker, job)
            except Full:
                self._end(job, self._ended(job, m.Outcome.EXTRACTED, job.extracted, "busy"))
                return
            self._turn.set()

    async def _let_write(self) -> None:
        """One question at a time at the model."""
        loop = asyncio.get_running_loop()
        while True:
            job = self._turns.take()
            if job is None:
                self._turn.clear()
                await self._turn.wait()
                continue
            job.until = time.monotonic() + WRITE_WITHIN_S
            end = await loop.run_in_executor(self._writing, self._write, job, loop)
            self._end(job, end)

    def _write(self, job: Job, loop: asyncio.AbstractEventLoop) -> m.AnyAnswer:
        """Runs in the writing thread: the model's words, then what of them stands."""
        request = job.request
        written = ""
        note = ""
        try:
            if self._engine is not None:
                order = sorted({cited.source for cited in job.extracted})
                best = [job.passages[at] for at in order]
                for piece in self._engine[0].write(request.question, best, job.stopped):
                    written += piece
                    loop.call_soon_threadsafe(job.send, m.Piece(id=request.id, text=piece))
        except EngineFailed as error:
            log.error("the model failed", extra={"reason": str(error)})
            note = "model-failed"
        if job.cancelled:
            return m.Failed(id=request.id, code="cancelled")
        asked = understood(request.question, request.now)
        stands = standing(asked.text, written, job.passages, job.extracted)
        if stands:
            return self._ended(job, m.Outcome.WRITTEN, stands, "")
        return self._ended(job, m.Outcome.EXTRACTED, job.extracted, note or "not-supported")

    def _ended(
        self, job: Job, outcome: m.Outcome, cited: tuple[m.Cited, ...], note: str
    ) -> m.Answered:
        return m.Answered(id=job.request.id, outcome=outcome, sentences=cited, note=note)

    def _end(self, job: Job, last: m.AnyAnswer) -> None:
        self._jobs.pop(job.request.id, None)
        job.send(last)

    def _cancel(self, target: str) -> None:
        job = self._jobs.get(target)
        if job is None:
            return
        job.cancelled = True
        if self._turns.remove(job):
            self._end(job, m.Failed(id=target, code="cancelled"))


def standing(
    question: str,
    written: str,
    passages: tuple[Passage, ...],
    extracted: tuple[m.Cited, ...],
) -> tuple[m.Cited, ...]:
    """The model's sentences that stand, each with the passage that supports it; none unless all
    do and what was asked for (a time, an amount) is among them."""
    order = list(dict.fromkeys([*(one.source for one in extracted), *range(len(passages))]))
    found = []
    for sentence in sentences(written.strip()):
        source = next((at for at in order[:SUPPORTING] if supported(sentence, passages[at])), None)
        if source is None:
            return ()
        found.append(m.Cited(sentence, source))
    best = extracted[0].text if extracted else ""
    return tuple(found) if answers(question, [one.text for one in found], best) else ()


# The process --------------------------------------------------------------------------------------

_decode = msgspec.msgpack.Decoder(m.AnyRequest)
_encode = msgspec.msgpack.Encoder()


def framed(message: m.AnyAnswer | m.AnyRequest) -> bytes:
    """A message as it goes over the socket."""
    content = _encode.encode(message)
    return len(content).to_bytes(4, "big") + content


async def _serve(
    worker: Worker, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """One connection: requests in any order, answers as they come."""
    asked: list[str] = []

    def send(answer: m.AnyAnswer) -> None:
        if not writer.is_closing():
            writer.write(framed(answer))

    try:
        while True:
            length = int.from_bytes(await reader.readexactly(4), "big")
            if length > m.LARGEST:
                log.error("a message is too large", extra={"bytes": length})
                return
            request = _decode.decode(await reader.readexactly(length))
            if isinstance(request, m.Ask):
                asked.append(request.id)
            worker.take(request, send)
    except (asyncio.IncompleteReadError, ConnectionError):
        return
    except msgspec.DecodeError as error:
        log.error("a message cannot be understood", extra={"reason": str(error)})
    finally:
        worker.forget(asked)
        writer.close()


async def serve(socket: Path, index: Path, threads: int) -> None:
    """Serve on a unix socket until SIGTERM."""
    worker = Worker(index, threads)
    worker.start()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with contextlib.suppress(FileNotFoundError):
        socket.unlink()
    before = os.umask(0o177)
    try:
        server = await asyncio.start_unix_server(
            lambda reader, writer: _serve(worker, reader, writer), str(socket)
        )
    finally:
        os.umask(before)
    log.info("ready")
    await stop.wait()
    server.close()
    await worker.stop()
    os._exit(0)  # a thread within llama.cpp cannot be waited for; all that counts is on disk


def _give_way() -> None:
    """Pages come before answers, in all of the process.

    Where Linux shares the processor between sessions (autogroup), niceness counts within a session
    only; a worker that leads a session of its own makes that session as nice.
    """
    os.nice(NICENESS)
    if os.getsid(0) == os.getpid():
        with contextlib.suppress(OSError):  # no autogroup here, or not ours to change
            Path("/proc/self/autogroup").write_text(str(NICENESS))


def _come_last() -> None:
    """The calling thread takes the processor only when nobody else wants it.

    A core that runs nothing but SCHED_IDLE counts as free to whoever wakes. Neither an answer in
    the sources' words nor a change of the index may wait for that: their threads only give way.
    """
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def _memory() -> int:
    """Resident memory of this process in bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="models.worker", description=__doc__.splitlines()[0])
    parser.add_argument("--socket", type=Path, required=True)
    parser.add_argument(
        "--index", type=Path, required=True, help="folder of the school's own index"
    )
    parser.add_argument("--memory-mb", type=int, default=0, help="limit of written memory; 0: none")
    parser.add_argument("--threads", type=int, default=2, help="threads of the model")
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    _give_way()
    if given.memory_mb:
        limit = given.memory_mb * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    asyncio.run(serve(given.socket, given.index, given.threads))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
