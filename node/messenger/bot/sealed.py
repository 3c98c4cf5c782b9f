"""Encrypted rooms: the bot as a Matrix client with keys of its own (matrix-nio).

What it reads is kept as a question before the place in the stream moves on, so a kill in the middle
repeats at most what is known already.

matrix-nio takes much of the time in which a school's server and each of its commands start: it is
imported when the bot begins to read.
"""

import asyncio
import importlib
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp

from kit.ids import new_id
from node.messenger.bot.hearing import Hearing, question_of
from node.messenger.bot.line import BotLine
from node.messenger.bot.vouching import Vouching
from node.messenger.synapse.matrix import MatrixAway, MatrixRefused

if TYPE_CHECKING:
    from nio import AsyncClient, SyncResponse

log = logging.getLogger(__name__)

WAIT_MS = 30_000
PAUSE_S = 0.5
"""Between an answer of the stream and the next question: the bot is in every room of the staff, and each
answer costs Synapse as much for one event as for all that came meanwhile."""
AGAIN_AFTER_S = 2.0
logging.getLogger("nio").setLevel(logging.WARNING)  # at INFO it tells who is in which room
PLACE = "since"
DEVICE = "device"
FOR_GOOD = ("M_FORBIDDEN", "M_NOT_FOUND", "M_TOO_LARGE")
UNREACHABLE = (aiohttp.ClientError, OSError, TimeoutError)


class Sealed:
    """Reads along in the bot's encrypted rooms, and writes there."""

    def __init__(self, folder: Path, socket: Path, line: BotLine, hearing: Hearing) -> None:
        self._folder = folder
        self._socket = socket
        self._line = line
        self._hearing = hearing
        self._vouching = Vouching(folder, line)
        self._client: AsyncClient | None = None
        self._reading: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Raises MatrixAway, MatrixRefused."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        await self._line.sign_in(self._device())
        self._reading = asyncio.create_task(self._read_on(), name="messenger-sealed")

    async def stop(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        await self._close()

    async def _close(self) -> None:
        if self._client is not None:
            client, self._client = self._client, None
            await client.close()

    async def _open(self) -> "AsyncClient":
        from nio import AsyncClient, AsyncClientConfig

        device = self._device()
        token = await self._line.sign_in(device)
        config = AsyncClientConfig(encryption_enabled=True, store_sync_tokens=False)
        client = AsyncClient(
            "http://synapse", self._line.id, device, store_path=str(self._folder), config=config
        )
        client.client_session = aiohttp.ClientSession(
            connector=aiohttp.UnixConnector(str(self._socket)),
            headers={"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "https"},
        )
        client.restore_login(self._line.id, device, token)
        self._client = client
        return client

    def _device(self) -> str:
        """The device's name lives and dies with its keys: lost keys make another device."""
        place = self._folder / DEVICE
        if not place.exists():
            place.write_text(new_id().upper())
        return place.read_text()

    async def _read_on(self) -> None:
        await asyncio.to_thread(importlib.import_module, "nio")  # nobody waits for it
        while True:
            try:
                await self._read(await self._open())
            except (MatrixAway, MatrixRefused, *UNREACHABLE) as error:
                log.warning("the bot cannot read", extra={"why": str(error)})
            except Exception:
                # What others send is read by a library: its faults must not end the reading.
                log.exception("the bot's reading failed")
            await self._close()
            await asyncio.sleep(AGAIN_AFTER_S)

    async def _read(self, client: "AsyncClient") -> None:
        """Follow the stream until it breaks. Raises MatrixAway."""
        from nio import SyncResponse

        place = self._folder / PLACE
        since = place.read_text() if place.exists() else None
        first = True
        while True:
            answer = await client.sync(
                timeout=0 if first else WAIT_MS, since=since, full_state=first
            )
            if not isinstance(answer, SyncResponse):
                raise MatrixAway(str(answer))
            await self._keys(client)
            if first:
                await self._vouching.vouch(self._device())
            if since is not None:  # what was said before the bot existed is not for it
                await self._hear(answer)
            since, first = answer.next_batch, False
            fresh = place.with_suffix(".new")
            fresh.write_text(since)
            fresh.replace(place)
            await asyncio.sleep(PAUSE_S)

    async def _keys(self, client: "AsyncClient") -> None:
        if client.should_upload_keys:
            await client.keys_upload()
        if client.should_query_keys:
            await client.keys_query()
        if client.should_claim_keys:
            await client.keys_claim(client.get_users_for_key_claiming())
        await client.send_to_device_messages()

    async def _hear(self, answer: "SyncResponse") -> None:
        from nio import RoomMessageText

        questions = []
        for room_id, room in answer.rooms.join.items():
            for event in room.timeline.events:
                if not isinstance(event, RoomMessageText) or not event.decrypted:
                    continue
                if event.sender == self._line.id:
                    continue
                content: dict[str, Any] = event.source.get("content", {})
                questions.append(
                    question_of(event.event_id, room_id, event.sender, content, self._line.id)
                )
        if questions:
            await self._hearing.keep(questions)

    async def send(self, room_id: str, content: dict[str, Any], transaction: str) -> str:
        """Say something in an encrypted room, once; the event's id. Raises MatrixAway, MatrixRefused."""
        client = self._client
        room = client.rooms.get(room_id) if client is not None else None
        if client is None or room is None or not room.encrypted:
            raise MatrixAway("the bot does not know that encrypted room yet")
        from nio import RoomSendResponse
        from nio.exceptions import EncryptionError, OlmTrustError, ProtocolError

        try:
            answer = await client.room_send(
                room_id,
                "m.room.message",
                content,
                tx_id=transaction,
                ignore_unverified_devices=True,
            )
        except (ProtocolError, EncryptionError, OlmTrustError, *UNREACHABLE) as error:
            raise MatrixAway(f"{type(error).__name__}: {error}") from error
        if isinstance(answer, RoomSendResponse):
            return str(answer.event_id)
        if answer.status_code in FOR_GOOD:
            raise MatrixRefused(403, answer.status_code, answer.message)
        raise MatrixAway(str(answer))
