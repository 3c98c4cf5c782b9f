"""Somebody with a Matrix client of their own (matrix-nio), as any client a member of staff may use."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from nio import (
    AsyncClient,
    AsyncClientConfig,
    Event,
    JoinResponse,
    LoginResponse,
    RoomCreateResponse,
    RoomMessage,
    RoomMessagesResponse,
    RoomPreset,
    RoomSendResponse,
    SyncResponse,
)

from scripts.demo_content.cast import PASSWORD

PATIENCE_S = 120.0
ENCRYPTION: dict[str, Any] = {
    "type": "m.room.encryption",
    "state_key": "",
    "content": {"algorithm": "m.megolm.v1.aes-sha2"},
}


class Talker:
    """A signed-in client. It follows every invitation."""

    def __init__(self, address: str, login: str, store: Path) -> None:
        store.mkdir(parents=True, exist_ok=True)
        config = AsyncClientConfig(encryption_enabled=True)
        self.client = AsyncClient(address, login, store_path=str(store), config=config)
        self.heard: list[Event] = []

    async def sign_in(self, password: str = PASSWORD, token: str = "") -> object:
        """What the server says to the sign-in."""
        if token:
            answer = await self.client.login(token=token, device_name="시험")
        else:
            answer = await self.client.login(password, device_name="시험")
        if isinstance(answer, LoginResponse):
            if self.client.should_upload_keys:
                await self.client.keys_upload()
            await self.look(full=True)
        return answer

    async def __aenter__(self) -> Self:
        answer = await self.sign_in()
        assert isinstance(answer, LoginResponse), answer
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.client.close()

    @property
    def user_id(self) -> str:
        return str(self.client.user_id)

    async def look(self, wait_ms: int = 0, *, full: bool = False) -> bool:
        """Take in what is new; whether the server answered and still knows us."""
        if not self.client.logged_in:
            return False
        with contextlib.suppress(asyncio.TimeoutError, OSError):
            answer = await self.client.sync(timeout=wait_ms, full_state=full)
            if not isinstance(answer, SyncResponse):
                await asyncio.sleep(0.2)
                return False
            await self._keys()
            for room_id in answer.rooms.invite:
                joined = await self.client.join(room_id)
                assert isinstance(joined, JoinResponse), joined
            for room in answer.rooms.join.values():
                self.heard += room.timeline.events
            return True
        return False

    async def _keys(self) -> None:
        client = self.client
        if client.should_upload_keys:
            await client.keys_upload()
        if client.should_query_keys:
            await client.keys_query()
        if client.should_claim_keys:
            await client.keys_claim(client.get_users_for_key_claiming())

    async def hears(
        self, wanted: Callable[[RoomMessage], bool], patience_s: float = PATIENCE_S
    ) -> RoomMessage:
        """The first message that is so; raises AssertionError when none comes."""
        loop = asyncio.get_running_loop()
        until = loop.time() + patience_s
        at = 0
        while True:
            for event in self.heard[at:]:
                if isinstance(event, RoomMessage) and wanted(event):
                    return event
            at = len(self.heard)
            if loop.time() > until:
                said = [event.body for event in self.heard if isinstance(event, RoomMessage)]
                raise AssertionError(f"not heard; of {said}")
            await self.look(2000)

    async def room_with(self, *others: str, encrypted: bool = False) -> str:
        """A new talk with them, once all have come in."""
        made = await self.client.room_create(
            is_direct=len(others) == 1,
            invite=list(others),
            preset=RoomPreset.trusted_private_chat,
            initial_state=[ENCRYPTION] if encrypted else [],
        )
        assert isinstance(made, RoomCreateResponse), made
        return str(made.room_id)

    async def everybody_in(self, room_id: str, *others: "Talker | str") -> None:
        """Wait until the others have joined."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for other in others:
                    if isinstance(other, Talker):
                        await other.look(300, full=True)
                await self.look(300, full=True)
                room = self.client.rooms.get(room_id)
                present = set(room.users) - set(room.invited_users) if room is not None else set()
                wanted = {one.user_id if isinstance(one, Talker) else one for one in others}
                if wanted <= present:
                    return

    async def say(
        self, room_id: str, text: str, transaction: str | None = None, **more: Any
    ) -> object:
        """Write; what the server says to it."""
        return await self.client.room_send(
            room_id,
            "m.room.message",
            {"msgtype": "m.text", "body": text, **more},
            tx_id=transaction,
            ignore_unverified_devices=True,
        )

    async def says(self, room_id: str, text: str, **more: Any) -> str:
        """Write; the event's id, since the server took it."""
        answer = await self.say(room_id, text, **more)
        assert isinstance(answer, RoomSendResponse), answer
        return str(answer.event_id)

    async def history(self, room_id: str, limit: int = 300) -> list[str]:
        """The last words of a room, as its server has them, in the order they were said."""
        answer = await self.client.room_messages(room_id, limit=limit)
        assert isinstance(answer, RoomMessagesResponse), answer
        return [str(event.body) for event in reversed(answer.chunk) if hasattr(event, "body")]

    def room_named(self, name: str) -> str:
        """The id of a room of that name."""
        return next(
            str(room_id) for room_id, room in self.client.rooms.items() if room.name == name
        )


def says(text: str) -> Callable[[RoomMessage], bool]:
    """A message with these words in it."""
    return lambda message: text in getattr(message, "body", "")


@contextlib.asynccontextmanager
async def talkers(folder: Path, *who: tuple[str, str]) -> AsyncIterator[list[Talker]]:
    """Clients of several people: (address of the node, login) each."""
    async with contextlib.AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(Talker(address, login, folder / login))
            for address, login in who
        ]
