"""The Matrix client API and Synapse's admin API, as far as the node speaks them.

async with Matrix(socket) as matrix:
    await matrix.call("PUT", "/_matrix/client/v3/rooms/…/send/m.room.message/txn", token, {...})
"""

import asyncio
import errno
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import aiohttp
import msgspec

JSON = Mapping[str, Any]
QUICK_S = 30.0
COME_AGAIN_S = (0.05, 0.2, 0.5, 1.0)
HEALTHY_WITHIN_S = 5.0
UPLOAD_S = 120.0

PINNED = "m.room.pinned_events"
"""The state that holds the ids of what stands on top of a room."""


class MatrixAway(Exception):
    """Synapse does not answer at this moment; the message says how."""


class MatrixRefused(Exception):
    """Synapse said no. `code` is Matrix's errcode, or the HTTP status where it gave none."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code


class Matrix:
    """A line to the node's own Synapse, over its socket."""

    def __init__(self, socket: Path, at_once: int = 64) -> None:
        """`at_once`: how many requests there may be, others wait; 0: any number."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.UnixConnector(str(socket), limit=at_once),
            cookie_jar=aiohttp.DummyCookieJar(),
            # A socket has no address; Synapse wants one to count sign-ins by.
            headers={"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "https"},
            timeout=aiohttp.ClientTimeout(total=QUICK_S),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._session.close()

    async def is_healthy(self) -> bool:
        try:
            patience = aiohttp.ClientTimeout(total=HEALTHY_WITHIN_S)
            async with self._session.get("http://synapse/health", timeout=patience) as answer:
                return answer.status == 200
        except (aiohttp.ClientError, OSError, TimeoutError):
            return False

    async def call(
        self,
        method: str,
        path: str,
        token: str = "",
        body: JSON | None = None,
        params: Mapping[str, str] | None = None,
        timeout_s: float = QUICK_S,
    ) -> dict[str, Any]:
        """One request. `path` holds its parts quoted (`path_of`, `admin_path`). Raises MatrixAway, MatrixRefused."""
        content = None if body is None else msgspec.json.encode(body)
        status, raw = await self._asked(method, path, token, content, params, timeout_s)
        try:
            found = msgspec.json.decode(raw) if raw else {}
        except msgspec.DecodeError as error:
            raise MatrixAway(f"an answer of status {status} that is not JSON") from error
        if status >= 400:
            raise MatrixRefused(
                status, str(found.get("errcode", status)), str(found.get("error", ""))
            )
        return dict(found)

    async def open(
        self, path: str, token: str, params: Mapping[str, str]
    ) -> aiohttp.ClientResponse:
        """An answer to be read as it comes, and closed. Raises MatrixAway, MatrixRefused."""
        try:
            answer = await self._session.get(
                f"http://synapse{path}",
                params=params,
                headers={"Authorization": f"Bearer {token}"},
                timeout=aiohttp.ClientTimeout(total=None, sock_read=QUICK_S),
            )
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise MatrixAway(f"{type(error).__name__}: {error}") from error
        if answer.status >= 400:
            answer.close()
            raise MatrixRefused(answer.status, str(answer.status), path)
        return answer

    async def upload(self, content: bytes, name: str, media_type: str, token: str) -> str:
        """Put a file into Synapse's store; its mxc:// address. Raises MatrixAway, MatrixRefused."""
        try:
            async with self._session.post(
                "http://synapse/_matrix/media/v3/upload",
                params={"filename": name},
                data=io.BytesIO(content),
                headers={"Authorization": f"Bearer {token}", "Content-Type": media_type},
                timeout=aiohttp.ClientTimeout(total=None, sock_read=UPLOAD_S),
            ) as answer:
                found = await answer.json()
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise MatrixAway(f"{type(error).__name__}: {error}") from error
        if answer.status >= 400:
            code = str(found.get("errcode", answer.status))
            raise MatrixRefused(answer.status, code, str(found.get("error", "")))
        return str(found["content_uri"])

    async def _asked(
        self,
        method: str,
        path: str,
        token: str,
        content: bytes | None,
        params: Mapping[str, str] | None,
        timeout_s: float,
    ) -> tuple[int, bytes]:
        """Status and body. Raises MatrixAway.

        Where more come at once than Synapse's socket queues (50), the kernel turns the others away
        and asyncio takes them for connected: their first write fails, and they come again.
        """
        pauses = iter(COME_AGAIN_S)
        while True:
            try:
                async with self._session.request(
                    method,
                    f"http://synapse{path}",
                    params=params,
                    data=content,
                    headers={"Authorization": f"Bearer {token}"} if token else {},
                    timeout=aiohttp.ClientTimeout(total=timeout_s),
                ) as answer:
                    return answer.status, await answer.read()
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                is_unsent = isinstance(error, OSError) and error.errno == errno.ENOTCONN
                pause = next(pauses, None) if is_unsent else None
                if pause is None:
                    raise MatrixAway(f"{type(error).__name__}: {error}") from error
            await asyncio.sleep(pause)


def path_of(*parts: str) -> str:
    """A path of the client API, each part quoted: `path_of("rooms", room_id, "leave")`."""
    return "/_matrix/client/v3/" + "/".join(quote(part, safe="") for part in parts)


def admin_path(version: str, *parts: str) -> str:
    """A path of Synapse's admin API."""
    return f"/_synapse/admin/{version}/" + "/".join(quote(part, safe="") for part in parts)
