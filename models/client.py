"""The other end of the worker's socket, for servers and scripts.

    client = Client(path)
    await client.connect()
    await client.call(Put(id=new(), …))
    async for answer in client.stream(Ask(id=new(), …)):
        …

One connection carries any number of requests. When it breaks, all that wait hear WorkerGone.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from pathlib import Path

import msgspec

from models.messages import (
    LARGEST,
    Answered,
    AnyAnswer,
    AnyRequest,
    Ask,
    Cancel,
    Failed,
)

_LENGTH = 4
_decode = msgspec.msgpack.Decoder(AnyAnswer)
_encode = msgspec.msgpack.Encoder()


class WorkerGone(Exception):
    """The worker is not there, or went away before it answered."""


class WorkerFailed(Exception):
    """The worker answered that it could not; `code` as in `messages.Failed`."""

    def __init__(self, failed: Failed) -> None:
        super().__init__(failed.reason or failed.code)
        self.code = failed.code


class Client:
    """A connection to a worker."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._writer: asyncio.StreamWriter | None = None
        self._listening: asyncio.Task[None] | None = None
        self._waiting: dict[str, asyncio.Queue[AnyAnswer | None]] = {}

    @property
    def is_connected(self) -> bool:
        return self._writer is not None and not self._writer.is_closing()

    async def connect(self) -> None:
        """Raises WorkerGone when nobody listens."""
        try:
            reader, self._writer = await asyncio.open_unix_connection(str(self._socket))
        except OSError as error:
            raise WorkerGone(f"no worker at {self._socket.name}: {error.strerror}") from error
        self._listening = asyncio.create_task(self._listen(reader), name="assistant-worker")

    async def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        self._writer = None

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                length = int.from_bytes(await reader.readexactly(_LENGTH), "big")
                answer = _decode.decode(await reader.readexactly(length))
                waiting = self._waiting.get(answer.id)
                if waiting is not None:
                    waiting.put_nowait(answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            if self._writer is not None:
                self._writer.close()
            for waiting in self._waiting.values():
                waiting.put_nowait(None)

    def _send(self, request: AnyRequest) -> None:
        if self._writer is None or self._writer.is_closing():
            raise WorkerGone("not connected")
        content = _encode.encode(request)
        if len(content) > LARGEST:
            raise ValueError(f"a message of {len(content)} bytes is too large")
        self._writer.write(len(content).to_bytes(_LENGTH, "big") + content)

    async def call(self, request: AnyRequest) -> AnyAnswer:
        """The one answer. Raises WorkerGone, WorkerFailed."""
        async with contextlib.aclosing(self._answers(request)) as answers:
            async for answer in answers:
                if isinstance(answer, Failed):
                    raise WorkerFailed(answer)
                return answer
        raise WorkerGone("no answer")

    async def stream(self, request: Ask) -> AsyncGenerator[AnyAnswer, None]:
        """All answers up to Answered. Raises WorkerGone, WorkerFailed.

        Left early, the question is cancelled.
        """
        ended = False
        try:
            async with contextlib.aclosing(self._answers(request)) as answers:
                async for answer in answers:
                    if isinstance(answer, Failed):
                        ended = True
                        raise WorkerFailed(answer)
                    ended = isinstance(answer, Answered)
                    yield answer
                    if ended:
                        return
        finally:
            if not ended and self.is_connected:
                self._send(Cancel(id=f"cancel-{request.id}", target=request.id))

    async def _answers(self, request: AnyRequest) -> AsyncGenerator[AnyAnswer, None]:
        queue: asyncio.Queue[AnyAnswer | None] = asyncio.Queue()
        self._waiting[request.id] = queue
        try:
            self._send(request)
            while True:
                answer = await queue.get()
                if answer is None:
                    raise WorkerGone("the worker went away")
                yield answer
        finally:
            del self._waiting[request.id]
