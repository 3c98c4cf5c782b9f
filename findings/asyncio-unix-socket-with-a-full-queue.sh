#!/bin/sh
# Linux answers connect() on a Unix socket whose queue is full by EAGAIN: the connection was not made.
# asyncio (CPython 3.11) takes it for EINPROGRESS and reports a connection; aiohttp 3.14.5 with a
# UnixConnector then fails at its first write with ENOTCONN (107), as if the server had gone, although
# the server listens and answers a moment later. Servers with a short queue (Twisted's: 50) meet it
# when many clients come at once.
#
# Seen:  a listener with a queue of 0 and its one place taken: session.get() raises ClientOSError 107
#        instead of waiting or telling EAGAIN (11)
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3.11 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check aiohttp==3.14.5
cd "$place"
venv/bin/python - <<'PYTHON'
import asyncio
import contextlib
import socket
import sys

import aiohttp


async def main() -> str:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind("socket")
    listener.listen(0)
    waiting = []
    with contextlib.suppress(BlockingIOError):
        while True:
            one = socket.socket(socket.AF_UNIX)
            one.setblocking(False)
            one.connect("socket")
            waiting.append(one)
    connector = aiohttp.UnixConnector("socket")
    async with aiohttp.ClientSession(connector=connector) as session:
        try:
            async with session.get("http://server/") as answer:
                return f"status {answer.status}"
        except aiohttp.ClientOSError as error:
            return f"ClientOSError {error.errno}"


said = asyncio.run(main())
print("a client that finds the queue full:", said)
sys.exit(0 if said == "ClientOSError 107" else "asyncio or aiohttp behaves otherwise now")
PYTHON
