"""The school's messenger when things go wrong around it, and what its bot says meanwhile: with a
real Synapse."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from kit.db import StorageFailed
from node.messenger import store
from node.messenger.model import STAFF, Asked, BotQuestion, Post, Reply, ServerState
from node.messenger.synapse.homeserver import INNER_HOST
from node.messenger.synapse.matrix import path_of
from protocol.directory import Cursor
from protocol.identity import SchoolId
from protocol.sync import MatrixAllowList, MatrixServer
from tests.conftest import raw_server
from tests.node.talking_school import TalkingSchool, talking_school, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def talking(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TalkingSchool]:
    async for one in talking_school(tmp_path_factory.mktemp("talking"), answer=_answer):
        yield one


async def _answer(asked: Asked) -> Reply:
    return Reply(f"답: {asked.text}", f"답: {asked.text}")


async def events(talking: TalkingSchool, name: str, room_id: str) -> list[dict[str, Any]]:
    """What a room holds, as somebody in it gets it."""
    call = await talking.client(name, "OWN")
    path = path_of("rooms", room_id, "messages")
    found = await call("GET", path, None, {"dir": "b", "limit": "100"})
    return list(found["chunk"])


async def test_an_announcement_is_said_once_however_often_servers_are_killed(
    talking: TalkingSchool,
) -> None:
    staff = await talking.room(STAFF)
    post = Post("letter-1", STAFF, "[가정통신문] 운동회", "[가정통신문] 운동회")

    async def announce() -> None:
        await talking.school.db.write(lambda tx: talking.posts.add(tx, post))

        async def is_said() -> bool:
            return not await talking.school.db.read(
                lambda tx: store.posts(tx, 1, talking.posts.title)[0]
            )

        await until(is_said)

    await announce()
    await talking.kill_synapse()
    await announce()  # the node was killed as well, before it could note that it was said
    said = [one["content"].get("body") for one in await events(talking, "한지민", staff)]
    assert said.count("[가정통신문] 운동회") == 1


async def test_what_is_asked_in_secret_is_never_answered_in_the_open(
    talking: TalkingSchool,
) -> None:
    bot, call = talking.server.keeper.bot_id, await talking.client("박서연", "OWN")
    sealing = {"type": "m.room.encryption", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
    made = await call("POST", path_of("createRoom"), {"invite": [bot], "initial_state": [sealing]})
    room = str(made["room_id"])

    async def said() -> list[str]:
        return [
            str(one["type"])
            for one in await events(talking, "박서연", room)
            if one["sender"] == bot and one["type"] != "m.room.member"
        ]

    async def has_joined() -> bool:
        return bot in await talking.server.keeper.members_of(room)

    await until(has_joined)
    await talking.server.sealed.stop()  # its keys are not at hand: a start, a fault of a library
    asker = talking.server.keeper.id_of(await talking.localpart("박서연"))
    await talking.server.hearing.keep([BotQuestion("$asked", room, asker, "상담 기록은요?")])

    async def is_waiting() -> bool:
        return "encrypted" in talking.messenger.standing().reason

    await until(is_waiting)
    assert await said() == []
    await talking.server.sealed.start()

    async def is_answered() -> bool:
        return await said() != []

    await until(is_answered)
    assert await said() == ["m.room.encrypted"]


async def test_a_school_is_cut_off_at_once_though_others_are_slow_to_greet(
    talking: TalkingSchool,
) -> None:
    async def never_answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(-1)

    async with raw_server(never_answers) as at:
        there = MatrixServer(
            school_id=SchoolId("J107530202"), server_name="slow.madang.test", address=at
        )
        listed = MatrixAllowList(cursor=Cursor(epoch="1", seq=1), servers=(there,))
        await talking.school.db.write(lambda tx: talking.messenger.addresses.allow(tx, listed))
        reader, writer = await talking.through_the_tunnel(there.server_name)
        assert b" 200 " in await reader.readline()
        await reader.readline()

        async def is_met() -> bool:
            return there.server_name in await talking.school.db.read(store.met)

        await until(is_met)
        talking.messenger.life.back_online()
        await asyncio.sleep(1)  # it is being greeted, and says nothing
        await talking.school.db.write(talking.messenger.addresses.allow_nobody)
        async with asyncio.timeout(15):
            assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()


async def test_synapse_has_no_way_past_the_tunnel(talking: TalkingSchool) -> None:
    """Somebody's client may name any address as its push service."""
    child = talking.server._supervisor.running[0].child
    tunnel = talking.settings_of_synapse()["https_proxy"]
    assert talking.settings_of_synapse()["http_proxy"] == tunnel
    assert (child.environment["http_proxy"], child.environment["no_proxy"]) == (tunnel, INNER_HOST)
    host, port = str(tunnel).removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"POST http://push.example/notify HTTP/1.1\r\nHost: push.example\r\n\r\n")
    assert b" 502 " in await reader.readline()
    writer.close()


async def test_a_database_that_fails_for_a_moment_ends_nothing(talking: TalkingSchool) -> None:
    server = talking.server
    talking.failures += [StorageFailed()] * 2

    async def has_failed() -> bool:
        return not talking.failures

    await until(has_failed)
    assert talking.server is server
    assert await server.matrix.is_healthy()


async def test_whatever_else_ends_the_messenger_it_begins_anew(talking: TalkingSchool) -> None:
    server = talking.server
    talking.failures.append(RuntimeError("nobody foresaw this"))

    async def is_away() -> bool:
        standing = talking.messenger.standing()
        return standing.state is not ServerState.READY and "nobody foresaw" in standing.reason

    await until(is_away)
    await until(talking.is_settled)
    assert talking.server is not server
    assert await talking.server.matrix.is_healthy()
