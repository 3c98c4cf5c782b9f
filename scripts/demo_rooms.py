"""What the demo's staff say to each other: told once, in the background, after the servers are up.

Each message is sent by its writer, signed in as any client does. The day's talk comes in the order
it was said, at the time the demo is first started: a server lets nobody write into the past.
"""

import asyncio
import contextlib
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp

from scripts.demo_content.cast import PASSWORD
from scripts.demo_content.loader import load
from scripts.demo_content.rooms import HEADS, WHOLE, Message, Room, load_rooms
from scripts.demo_province import loopback

TOLD = "rooms-told"
STAFF_ROOM = "전체 교직원"
AGAIN_AFTER_S = 2.0


class Talk:
    """The talk of one school, on its way into its rooms."""

    def __init__(self, session: aiohttp.ClientSession, base: str, slug: str) -> None:
        self._session = session
        self._base = base
        self._slug = slug
        self._logins = {row.key: row.login for row in load(slug).staff}
        self._tokens: dict[str, str] = {}
        self._rooms: dict[tuple[str, str], str] = {}  # (writer, room's name) → id

    async def tell(self) -> None:
        """Everything, in the order it was said; the same once only, however often it is told."""
        said = sorted(
            ((message.at, number, room) for room in load_rooms(self._slug)
             for number, message in enumerate(room.talk)),
            key=lambda one: one[0],
        )  # fmt: skip
        for _at, number, room in said:
            if room.audience.endswith(HEADS):
                continue  # the heads' room is theirs to make
            await self._say(room, room.talk[number], f"demo-{room.name}-{number}")

    async def _say(self, room: Room, message: Message, transaction: str) -> None:
        room_id = await self._room(message.by, STAFF_ROOM if room.audience == WHOLE else room.name)
        place = f"rooms/{quote(room_id)}/send/m.room.message/{quote(transaction)}"
        await self._call("PUT", place, message.by, {"msgtype": "m.text", "body": message.text})

    async def _room(self, writer: str, name: str) -> str:
        """The writer's room of that name, once it is there."""
        while (writer, name) not in self._rooms:
            joined = await self._call("GET", "joined_rooms", writer)
            for room_id in joined["joined_rooms"]:
                with contextlib.suppress(aiohttp.ClientResponseError):
                    place = f"rooms/{quote(room_id)}/state/m.room.name/"
                    found = (await self._call("GET", place, writer))["name"]
                    self._rooms[writer, str(found)] = str(room_id)
            if (writer, name) not in self._rooms:
                await asyncio.sleep(AGAIN_AFTER_S)
        return self._rooms[writer, name]

    async def _call(
        self, method: str, place: str, writer: str, body: dict[str, str] | None = None
    ) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {await self._token(writer)}"}
        url = f"{self._base}/_matrix/client/v3/{place}"
        async with self._session.request(method, url, json=body, headers=headers) as answer:
            answer.raise_for_status()
            return dict(await answer.json())

    async def _token(self, writer: str) -> str:
        while writer not in self._tokens:
            who = {"type": "m.id.user", "user": self._logins[writer]}
            body = {"type": "m.login.password", "identifier": who, "password": PASSWORD}
            url = f"{self._base}/_matrix/client/v3/login"
            async with self._session.post(url, json=body) as answer:
                if answer.status == 200:
                    self._tokens[writer] = (await answer.json())["access_token"]
                else:  # the account is still being made
                    await asyncio.sleep(AGAIN_AFTER_S)
        return self._tokens[writer]


async def tell_rooms(root: Path, slugs: tuple[str, ...]) -> None:
    """Have the staff of these schools say what they have to say, unless they did already."""
    if (root / TOLD).exists():
        return
    async with aiohttp.ClientSession() as session:
        talks = [Talk(session, loopback(root, slug), slug) for slug in slugs]
        await asyncio.gather(*(talk.tell() for talk in talks))
    (root / TOLD).write_text("told\n")
