"""The school's messenger when things go wrong around it, and what its bot says meanwhile: with a
real Synapse."""

import asyncio
import json
from base64 import b64decode
from collections.abc import AsyncIterator
from typing import Any

import pytest
from nacl.signing import VerifyKey

from kit.db import StorageFailed, Tx
from node.messenger import store
from node.messenger.model import (
    DEPARTMENT,
    SPACE,
    STAFF,
    Asked,
    BotQuestion,
    KeptRoom,
    Post,
    Reply,
    SaidPost,
    ServerState,
    WorkToDo,
)
from node.messenger.synapse.homeserver import INNER_HOST
from node.messenger.synapse.matrix import MatrixRefused, path_of
from node.messenger.synapse.reconcile import reconcile_rooms
from protocol.directory import Cursor
from protocol.identity import SchoolId
from protocol.sync import MatrixAllowList, MatrixServer
from tests.conftest import raw_server
from tests.node.conftest import STAFF as CAST
from tests.node.talking_school import TalkingSchool, send, talking_school, until

DEPARTMENTS = [DEPARTMENT + department for _name, _position, department, *_roles in CAST]


@pytest.fixture(scope="module")
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


async def test_what_is_withdrawn_loses_its_title_in_the_room(talking: TalkingSchool) -> None:
    staff, about = await talking.room(STAFF), "newsletter:0"
    said = await send(await talking.client("박서연", "OWN"), staff, "남는 말")
    bot, words = talking.server.bot, "[가정통신문] 겨울방학 휴업"
    event_id = await bot._say(staff, Post("letter-2", STAFF, words, words, about))
    await talking.school.db.write(lambda tx: _said_and_gone(tx, staff, event_id))

    async def is_gone() -> bool:
        return words not in str(await events(talking, "한지민", staff))

    await until(is_gone)
    there = {one["event_id"]: one for one in await events(talking, "한지민", staff)}
    reason = there[event_id]["unsigned"]["redacted_because"]["content"]["reason"]
    assert reason == "회수된 글입니다"
    assert there[said]["content"]["body"] == "남는 말"


def _said_and_gone(tx: Tx, room_id: str, event_id: str) -> None:
    store.note_said(tx, SaidPost("letter-2", "newsletter:0", room_id, event_id))
    store.unsay(tx, "newsletter:0")
    tx.signal(WorkToDo())


async def test_the_bot_answers_in_the_thread_it_was_asked_in_and_mentions_who_asked(
    talking: TalkingSchool,
) -> None:
    staff, bot = await talking.room(STAFF), talking.server.keeper.bot_id
    call = await talking.client("박서연", "OWN")
    root = await send(call, staff, "급식 이야기")
    mention: dict[str, Any] = {"m.mentions": {"user_ids": [bot]}}
    thread: dict[str, Any] = {"m.relates_to": {"rel_type": "m.thread", "event_id": root}}
    asked = [
        await send(call, staff, "급식비는요?", **mention, **thread),
        await send(call, staff, "우유값은요?", **mention),
    ]

    async def answers() -> dict[str, dict[str, Any]]:
        said = [one for one in await events(talking, "박서연", staff) if one["sender"] == bot]
        replied = [one for one in said if "m.relates_to" in one["content"]]
        return {
            str(one["content"]["m.relates_to"]["m.in_reply_to"]["event_id"]): one["content"]
            for one in replied
        }

    async def are_answered() -> bool:
        return set(await answers()) >= set(asked)

    await until(are_answered)
    threaded, plain = [(await answers())[one] for one in asked]
    assert threaded["m.relates_to"]["rel_type"] == "m.thread"
    assert threaded["m.relates_to"]["event_id"] == root
    assert "rel_type" not in plain["m.relates_to"]
    for one in (threaded, plain):
        assert one["m.mentions"] == {"user_ids": [await talking.user_id("박서연")]}


async def test_the_bots_device_is_vouched_for_by_its_own_keys(talking: TalkingSchool) -> None:
    bot, call = talking.server.keeper.bot_id, await talking.client("한지민", "OWN")
    query = "/_matrix/client/v3/keys/query"

    async def keys() -> dict[str, Any]:
        return await call("POST", query, {"device_keys": {bot: []}})

    async def is_vouched_for() -> bool:
        return "self_signing_keys" in await keys()

    await until(is_vouched_for)
    found = await keys()
    (master,) = found["master_keys"][bot]["keys"].values()
    own = found["self_signing_keys"][bot]
    (device,) = found["device_keys"][bot].values()
    verify_signed(own, bot, master)
    (key,) = own["keys"].values()

    async def is_signed() -> bool:
        devices = (await keys())["device_keys"][bot].values()
        return all(f"ed25519:{key}" in one["signatures"][bot] for one in devices)

    await until(is_signed)
    (device,) = (await keys())["device_keys"][bot].values()
    verify_signed(device, bot, key)


def verify_signed(value: dict[str, Any], user_id: str, key: str) -> None:
    """Raises BadSignatureError."""
    signature = b64decode(value["signatures"][user_id][f"ed25519:{key}"] + "==")
    plain = {name: part for name, part in value.items() if name not in ("signatures", "unsigned")}
    said = json.dumps(plain, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    VerifyKey(b64decode(key + "=")).verify(said, signature)


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


async def rooms_made(talking: TalkingSchool) -> int:
    """How many rooms the keeper made, whoever knows of them: it is in all of them."""
    return len((await talking.server.keeper.call("GET", path_of("joined_rooms")))["joined_rooms"])


async def test_an_account_that_synapse_cannot_make_keeps_nobody_else_out_of_new_rooms(
    talking: TalkingSchool,
) -> None:
    """As when Synapse's database is older than the school's, and one account cannot be made again."""
    keeper, db, oh = talking.server.keeper, talking.school.db, talking.school.id("오정숙")
    known = await talking.localpart("오정숙")
    before = await rooms_made(talking)

    def named(tx: Tx, localpart: str) -> None:
        tx.execute(
            "UPDATE messenger_account SET localpart = ? WHERE person_id = ?", (localpart, oh)
        )
        tx.signal(WorkToDo())

    def lost(tx: Tx) -> None:
        named(tx, "NO-SUCH-NAME")  # Synapse makes accounts of small letters alone
        tx.execute("DELETE FROM messenger_room")

    async def present() -> dict[str, int]:
        rooms = await db.read(store.rooms)
        return {
            key: len(await keeper.members_of(room.room_id))
            for key, room in rooms.items()
            if not room.closed
        }

    all_but_one = {SPACE: 5 + 1, STAFF: 5 + 2, **dict.fromkeys(DEPARTMENTS, 1 + 2)}
    all_but_one[DEPARTMENT + "행정실"] = 2  # the keeper and the bot

    async def are_others_in() -> bool:
        return await present() == all_but_one

    async def is_refused() -> bool:
        return "User ID can only contain" in talking.messenger.standing().reason

    await db.write(lost)
    await until(are_others_in)
    await until(is_refused)  # the node asked for the account again
    for _again in range(3):
        await reconcile_rooms(db, keeper, "한빛초등학교")
    assert await rooms_made(talking) == before + len(all_but_one)
    await db.write(lambda tx: named(tx, known + ".2"))
    await until(talking.is_settled)
    assert keeper.id_of(known + ".2") in await keeper.members_of(await talking.room(STAFF))
    assert await rooms_made(talking) == before + len(all_but_one)


async def test_a_room_that_was_left_half_made_is_the_one_that_is_filled(
    talking: TalkingSchool,
) -> None:
    """As when the node is killed right after it kept the room's id."""
    keeper, db, space = talking.server.keeper, talking.school.db, await talking.room(SPACE)
    bare = await keeper.make_room("전체 교직원", space)
    child = path_of("rooms", space, "state", "m.space.child", bare)
    with pytest.raises(MatrixRefused):
        await keeper.call("GET", child)

    def left(tx: Tx) -> None:
        store.save_room(tx, KeptRoom(STAFF, bare, "전체 교직원", closed=True))
        tx.signal(WorkToDo())

    async def is_open() -> bool:
        return not (await db.read(store.rooms))[STAFF].closed

    await db.write(left)
    await until(is_open)
    assert await talking.room(STAFF) == bare
    assert len(await keeper.members_of(bare)) == 6 + 2
    assert await keeper.call("GET", child) == {"via": [keeper.server_name]}
