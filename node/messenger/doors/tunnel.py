"""Synapse's only way out: an HTTP CONNECT proxy on loopback that leads to schools of the province, and
to the push gateways that the administrator named.

A school's server name is permanent, the address where it is reached today stands in the province's
list. TLS goes through unopened: Synapse itself checks the other side's certificate against the name.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable

log = logging.getLogger(__name__)

LONGEST_HEAD = 8 * 1024
PATIENCE_S = 20.0
BLOCK = 64 * 1024

AddressOf = Callable[[str], str | None]
"""host:port as Synapse knows it → host:port where it is reached; None: nothing leads there."""


class Tunnel:
    """The proxy, and the connections that stand through it."""

    def __init__(self, address_of: AddressOf) -> None:
        self._address_of = address_of
        self._server: asyncio.Server | None = None
        self._open: dict[asyncio.Task[None], str] = {}

    async def start(self) -> str:
        """Listen; where."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=LONGEST_HEAD)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        await self._cut(list(self._open))

    async def cut_off_strangers(self) -> None:
        """End the connections to where none may lead any more."""
        strangers = (
            task for task, there in self._open.items() if there and not self._address_of(there)
        )
        await self._cut(list(strangers))

    async def _cut(self, tasks: list[asyncio.Task[None]]) -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open[task] = ""  # it has not said yet where to
        try:
            async with asyncio.timeout(PATIENCE_S):
                asked = await _asked_for(reader)
            address = self._address_of(asked)
            if address is None:
                log.info("nothing leads there", extra={"server": asked})
                writer.write(b"HTTP/1.1 403 Forbidden\r\n\r\n")
                return
            host, _colon, port = address.rpartition(":")
            self._open[task] = asked
            async with asyncio.timeout(PATIENCE_S):
                there = await asyncio.open_connection(host.strip("[]"), int(port))
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await _both_ways(reader, writer, *there)
        except asyncio.CancelledError:
            pass  # cut off, or the node stops: the connection goes with its task
        except (OSError, ValueError, TimeoutError, asyncio.IncompleteReadError) as error:
            log.info("a tunnel failed", extra={"why": str(error)})
            with contextlib.suppress(OSError):
                writer.write(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
        except asyncio.LimitOverrunError:
            writer.write(b"HTTP/1.1 431 Request Header Fields Too Large\r\n\r\n")
        finally:
            self._open.pop(task, None)
            writer.close()


async def _asked_for(reader: asyncio.StreamReader) -> str:
    """host:port of a CONNECT request. Raises ValueError for anything else."""
    head = await reader.readuntil(b"\r\n\r\n")
    method, target, _version = head.split(b"\r\n", 1)[0].decode("ascii").split(" ")
    if method != "CONNECT":
        raise ValueError("only CONNECT goes through here")
    return target.lower()


async def _both_ways(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    there_reader: asyncio.StreamReader,
    there_writer: asyncio.StreamWriter,
) -> None:
    """Carry bytes until either side ends."""
    ways = [
        asyncio.ensure_future(_carry(reader, there_writer)),
        asyncio.ensure_future(_carry(there_reader, writer)),
    ]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        there_writer.close()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while block := await reader.read(BLOCK):
        writer.write(block)
        await writer.drain()
