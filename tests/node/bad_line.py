"""A bad line between a browser and a school: slow on the way up, and it breaks."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from yarl import URL

PIECE = 64 * 1024  # bytes
PAUSE_S = 0.05  # after each piece


class BadLine:
    """`url`: what the browser calls instead of the server's address."""

    def __init__(self, server: str) -> None:
        self._server = URL(server)
        self._open: set[asyncio.StreamWriter] = set()
        self._is_down = False
        self.url = ""
        self.sent = 0
        """Bytes that went up."""

    def cut(self) -> None:
        """Whatever is open breaks, and nothing comes through until it is mended."""
        self._is_down = True
        for writer in self._open:
            writer.transport.abort()

    def mend(self) -> None:
        self._is_down = False

    async def carry(self, browser: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        """One connection, until either side ends it."""
        if self._is_down:
            back.transport.abort()
            return
        host, port = self._server.host, self._server.port
        server, up = await asyncio.open_connection(host, port)
        mine = {back, up}
        self._open |= mine
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass_on(browser, up, is_up=True))
                both.create_task(self._pass_on(server, back, is_up=False))
        except* ConnectionError:
            pass
        finally:
            self._open -= mine
            for writer in mine:
                writer.close()

    async def _pass_on(
        self, read: asyncio.StreamReader, write: asyncio.StreamWriter, *, is_up: bool
    ) -> None:
        while piece := await read.read(PIECE):
            write.write(piece)
            await write.drain()
            if is_up:
                self.sent += len(piece)
                await asyncio.sleep(PAUSE_S)
        raise ConnectionResetError  # one side has gone: the other ends with it


@contextlib.asynccontextmanager
async def bad_line(server: str) -> AsyncIterator[BadLine]:
    line = BadLine(server)
    relay = await asyncio.start_server(line.carry, "127.0.0.1", 0)
    line.url = f"http://127.0.0.1:{relay.sockets[0].getsockname()[1]}"
    try:
        yield line
    finally:
        line.cut()
        relay.close()
