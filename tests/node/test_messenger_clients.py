"""What people's own clients may do at the school's door, with a real Synapse behind it."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from importlib.metadata import version
from io import BytesIO
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from nio import (
    AsyncClient,
    LoginError,
    LoginResponse,
    ProfileGetResponse,
    WhoamiError,
    WhoamiResponse,
)

from hub.schools.authority import make_authority
from kit.clock import SystemClock
from kit.db import Tx
from kit.ids import new_id
from kit.signin.web import SIGNIN
from node.federation import store as federation_store
from node.messenger.doors.inner import SignedIn
from node.messenger.model import STAFF
from node.messenger.synapse.homeserver import KEEPER
from node.messenger.synapse.matrix import MatrixRefused, path_of
from node.messenger.synapse.reconcile import reconcile_rooms
from protocol.directory import SchoolEntry, StaffEntry
from protocol.identity import SchoolId, SchoolKind
from tests.node.talking_school import TalkingSchool, talking_school, until
from tests.waiting import PATIENCE_S

SEARCH = "/_matrix/client/v3/user_directory/search"
PASSWORD = "느티나무-아래-마당-7"


SAESOL = SchoolEntry(id=SchoolId("J107530202"), name="새솔중학교", school_kind=SchoolKind.MIDDLE)
ELSEWHERE = StaffEntry(
    id=new_id(), name="서지훈", position="교사", matrix_id="@ss-seo:friend.madang.test"
)


def in_the_directory(tx: Tx) -> None:
    """What another school shares with the province has come."""
    for entry in (SAESOL, ELSEWHERE):
        federation_store.keep_entry(tx, SAESOL.id, entry)


class PushGateway:
    """Somebody's push gateway on the internet: what reached it, over TLS."""

    def __init__(self) -> None:
        self.host = ""
        self.heard: list[dict[str, Any]] = []

    async def notify(self, request: web.Request) -> web.Response:
        self.heard.append((await request.json())["notification"])
        return web.json_response({"rejected": []})


@pytest.fixture(scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[PushGateway]:
    folder = tmp_path_factory.mktemp("gateway")
    make_authority(folder / "ca", "인터넷", ("localhost",), SystemClock())
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(folder / "ca" / "tls.pem")
    gateway, app = PushGateway(), web.Application()
    app.router.add_post("/_matrix/push/v1/notify", gateway.notify)
    with pytest.MonkeyPatch.context() as world:
        world.setenv(
            "SSL_CERT_FILE", str(folder / "ca" / "ca.pem")
        )  # Synapse trusts it as the web's
        server = TestServer(app, scheme="https", host="localhost")
        await server.start_server(ssl=tls)
        gateway.host = f"localhost:{server.port}"
        yield gateway
        await server.close()


@pytest.fixture(scope="module")
async def talking(
    gateway: PushGateway, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[TalkingSchool]:
    async for one in talking_school(tmp_path_factory.mktemp("talking")):
        yield one


# Names ----------------------------------------------------------------------------------------


async def test_who_is_not_signed_in_learns_no_name_of_any_school(talking: TalkingSchool) -> None:
    own = await talking.user_id("박서연")
    async with aiohttp.ClientSession(talking.school.url) as nobody:
        for user in (own, "@nobody:own.madang.test", "@seo:friend.madang.test"):
            for version in ("v3", "r0", "api/v1"):
                for part in ("", "/displayname", "/avatar_url"):
                    path = f"/_matrix/client/{version}/profile/{user}{part}"
                    async with nobody.get(path) as answer:
                        assert answer.status == 401, path
                        assert "박서연" not in await answer.text()
        async with nobody.post(SEARCH, json={"search_term": "박"}) as answer:
            assert answer.status == 401
        async with nobody.get("/_matrix/client/v3/publicRooms") as answer:
            assert answer.status == 401


async def test_colleagues_read_each_others_names(talking: TalkingSchool) -> None:
    phone = await talking.phone("한지민")
    found = await phone.get_profile(await talking.user_id("박서연"))
    assert isinstance(found, ProfileGetResponse)
    assert found.displayname == "박서연 교사"


async def test_a_client_finds_colleagues_by_any_part_of_a_name_and_by_initials(
    talking: TalkingSchool,
) -> None:
    phone, own = await talking.phone("한지민"), await talking.user_id("박서연")

    async def found(term: str, **more: object) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {phone.access_token}"}
        async with (
            aiohttp.ClientSession(talking.school.url, headers=headers) as app,
            app.post(SEARCH, json={"search_term": term, **more}) as answer,
        ):
            return answer.status, await answer.json()

    park = {"user_id": own, "display_name": "박서연 교사"}
    for term in ("서연", "ㅂㅅㅇ", "박서연 교사", " 박 "):
        assert await found(term) == (200, {"results": [park], "limited": False}), term
    assert await found("") == (200, {"results": [], "limited": False})
    assert await found("교", limit=1) == (200, {"results": [park], "limited": True})
    bot = {"user_id": talking.server.keeper.bot_id, "display_name": "마당 도우미"}
    assert (await found("도우미"))[1]["results"] == [bot]
    seo = {"user_id": ELSEWHERE.matrix_id, "display_name": "서지훈 교사 (새솔중학교)"}
    await talking.school.db.write(in_the_directory)
    for term in ("서지", "지훈", "ㅅㅈㅎ"):
        assert (await found(term))[1]["results"] == [seo], term
    assert (await found("x", limit="y"))[0] == 400
    phone.access_token = "nobodys"
    assert (await found("박"))[0] == 401


# What a server tells of itself ----------------------------------------------------------------


async def test_clients_are_told_what_is_allowed_and_where_to_come_from_now_on(
    talking: TalkingSchool,
) -> None:
    phone = await talking.phone("한지민")
    own = {"Authorization": f"Bearer {phone.access_token}"}
    async with aiohttp.ClientSession(talking.school.url, headers=own) as app:
        async with app.get("/_matrix/client/v3/capabilities") as answer:
            told = (await answer.json())["capabilities"]
            assert answer.headers["Server"].split("/") == ["Synapse", version("matrix-synapse")]
        for name in ("m.get_login_token", "m.3pid_changes", "m.change_password"):
            assert told[name] == {"enabled": False}, name
        assert told["m.room_versions"]["default"] == "11"
        leave = (await talking.messenger.entrance.leave((await talking.asker("한지민")).id)).secret
        body = {"type": "m.login.token", "token": leave, "device_id": "TOLD"}
        async with app.post("/_matrix/client/v3/login", json=body) as answer:
            login = await answer.json()
        async with app.get("/.well-known/matrix/client") as answer:
            known = await answer.json()
        assert known["m.homeserver"] == {"base_url": talking.messenger.public_url}
        login["well_known"]["m.homeserver"]["base_url"] = login["well_known"]["m.homeserver"][
            "base_url"
        ].rstrip("/")
        assert login["well_known"] == known


async def test_a_file_too_large_is_told_to_be(talking: TalkingSchool) -> None:
    phone = await talking.phone("한지민")
    own = {"Authorization": f"Bearer {phone.access_token}"}
    async with aiohttp.ClientSession(talking.school.url, headers=own) as app:
        path = "/_matrix/media/v3/upload?filename=a.bin"
        async with app.post(path, data=BytesIO(b"x" * 11 * 1024 * 1024)) as answer:
            assert (answer.status, (await answer.json())["errcode"]) == (413, "M_TOO_LARGE")
            assert "10MB까지" in (await answer.json())["error"]
        async with app.post(path, data=b"x" * 1024) as answer:
            assert answer.status == 200


# App passwords --------------------------------------------------------------------------------


async def signed_in(talking: TalkingSchool, name: str, password: str, device: str) -> AsyncClient:
    phone = AsyncClient(talking.school.url, await talking.user_id(name), device_id=device)
    talking.phones.append(phone)
    answer = await phone.login(password)
    assert isinstance(answer, LoginResponse), answer
    return phone


async def is_out(phone: AsyncClient) -> bool:
    return isinstance(await phone.whoami(), WhoamiError)


async def test_with_an_app_password_those_clients_end_that_came_in_by_it(
    talking: TalkingSchool,
) -> None:
    park, browser = await talking.asker("박서연"), await talking.school.client_as("박서연")
    lost, kept = [await talking.accounts.make_app_password(park, name) for name in ("가", "나")]
    phone = await signed_in(talking, "박서연", lost, "LOST")
    other = await signed_in(talking, "박서연", kept, "KEPT")
    (removed,) = [one for one in await talking.accounts.app_passwords(park) if one.name == "가"]
    answer = await browser.post(f"/messenger/app-passwords/{removed.id}/remove")
    assert answer.status == 303
    async with asyncio.timeout(PATIENCE_S):
        while not await is_out(phone):  # noqa: ASYNC110 — what is waited for happens elsewhere
            await asyncio.sleep(0.05)
    assert isinstance(await other.whoami(), WhoamiResponse)
    assert isinstance(await phone.login(lost), LoginError)
    page = await browser.get("/messenger/connect")
    assert "LOST" not in page.text
    assert "KEPT" in page.text


async def test_a_client_that_comes_in_while_its_password_is_removed_is_out_again(
    talking: TalkingSchool,
) -> None:
    park = await talking.asker("박서연")
    secret = await talking.accounts.make_app_password(park, "가는 중")
    phone = await signed_in(talking, "박서연", secret, "RACING")
    (made,) = [one for one in await talking.accounts.app_passwords(park) if one.name == "가는 중"]
    await talking.accounts.remove_app_password(park, made.id)
    was = SignedIn(phone.user_id, "RACING", made.id)  # told only now
    await talking.messenger.entrance.remember(was)
    async with asyncio.timeout(PATIENCE_S):
        while not await is_out(phone):  # noqa: ASYNC110 — what is waited for happens elsewhere
            await asyncio.sleep(0.05)


# The school's accounts ------------------------------------------------------------------------


async def test_no_client_ends_an_account_or_gives_it_another_password_or_address(
    talking: TalkingSchool,
) -> None:
    phone = await talking.phone("오정숙")
    own = {"Authorization": f"Bearer {phone.access_token}"}
    refused = ("deactivate", "password", "password/email/requestToken", "3pid", "3pid/add")
    async with aiohttp.ClientSession(talking.school.url, headers=own) as app:
        for version in ("v3", "r0", "v1", "unstable", "api/v1"):
            for what in refused:
                path = f"/_matrix/client/{version}/account/{what}"
                async with app.post(path, json={"erase": True}) as answer:
                    said = await answer.json()
                assert (answer.status, said["errcode"]) == (403, "M_FORBIDDEN"), path
                assert "학교" in said["error"]
        wanted = {"Accept-Language": "en"}
        path = "/_matrix/client/v3/account/deactivate"
        async with app.post(path, json={}, headers=wanted) as answer:
            assert "The school keeps your messenger account" in (await answer.json())["error"]
        async with app.get("/_matrix/client/v3/account/3pid") as answer:
            assert answer.status == 200  # to look is free
    assert isinstance(await phone.whoami(), WhoamiResponse)


async def test_what_synapse_has_otherwise_is_told_by_the_doctor_and_mended(
    talking: TalkingSchool,
) -> None:
    keeper, admin = talking.server.keeper, await talking.school.client_as("정민호")
    changed: dict[str, dict[str, object]] = {
        "박서연": {"deactivated": True},
        "한지민": {"locked": True},
        "최은영": {"admin": True},
        "윤태식": {"displayname": "교장 최은영"},
    }
    assert "학교 자료와 달라" not in (await admin.get("/admin/system")).text
    for name, change in changed.items():
        await keeper.admin("PUT", "v2", "users", await talking.user_id(name), body=change)
    stranger = "@stranger:own.madang.test"
    await keeper.admin("PUT", "v2", "users", stranger, body={"displayname": "누구"})
    page = (await admin.get("/admin/system")).text
    told = page.split("학교 자료와 달라 수정하고 있습니다: ")[1].split("<")[0]
    assert set(told.split(", ")) == {await talking.localpart(name) for name in changed}
    assert "학교 자료에 없는 메신저 계정이 있습니다: stranger" in page

    async def is_mended() -> bool:
        return (await talking.accounts.compare()).differing == ()

    await until(is_mended)
    await until(talking.is_settled)  # whoever was closed is in their rooms again
    assert isinstance(await (await talking.phone("한지민")).whoami(), WhoamiResponse)
    await keeper.admin("PUT", "v2", "users", stranger, body={"deactivated": True})


async def test_what_synapse_says_of_accounts_is_looked_at_by_itself(
    talking: TalkingSchool,
) -> None:
    keeper, user = talking.server.keeper, await talking.user_id("오정숙")
    await keeper.admin("PUT", "v2", "users", user, body={"locked": True})
    talking.upkeep._compared_at = 0  # a day later

    async def is_open() -> bool:
        return not (await keeper.admin("GET", "v2", "users", user))["locked"]

    talking.upkeep.wake()
    await until(is_open)


# Locks ----------------------------------------------------------------------------------------


async def listens(phone: AsyncClient, since: str) -> int:
    """Wait at the door for what is said, however long, over and over; the status of the end."""
    own = {"Authorization": f"Bearer {phone.access_token}"}
    async with aiohttp.ClientSession(phone.homeserver, headers=own) as app:
        while True:
            asked = {"timeout": "600000", "since": since}
            async with app.get("/_matrix/client/v3/sync", params=asked) as answer:
                if answer.status != 200:
                    return answer.status
                since = (await answer.json())["next_batch"]


async def test_who_is_locked_out_stays_in_their_rooms_and_learns_whom_to_ask(
    talking: TalkingSchool,
) -> None:
    han = await talking.asker("한지민")
    admin, browser = [await talking.school.client_as(name) for name in ("정민호", "한지민")]
    phone, staff = await talking.client("한지민", "HELD"), await talking.room(STAFF)
    since = str((await phone("GET", path_of("sync")))["next_batch"])
    listening = asyncio.create_task(listens(await talking.phone("한지민", "HELD"), since))

    async def is_held() -> bool:
        try:
            await phone("GET", path_of("account", "whoami"))
        except MatrixRefused as error:
            return error.code == "M_USER_LOCKED"
        return False

    await talking.portal.latest(han, staff)
    await talking.say("박서연", staff, "잠기기 전")
    before = (await talking.portal.room(han, staff)).unread
    door = f"/admin/messenger/{talking.school.id('한지민')}/lock"
    assert (await admin.post(door, {"locked": "true"})).status == 303
    await until(is_held)
    async with asyncio.timeout(PATIENCE_S):
        assert await listening in (401, 503)  # nor does it hear what is said meanwhile
    answer = await browser.get("/messenger")
    assert answer.status == 403
    assert "정민호 님이 이 메신저 계정을 잠갔습니다" in answer.text
    assert "학교 관리자에게 문의해 주세요: 정민호" in answer.text
    await talking.say("박서연", staff, "잠긴 동안")
    await talking.upkeep._accounts()
    await reconcile_rooms(talking.school.db, talking.server.keeper, "한빛초등학교")
    assert (await admin.post(door, {"locked": "false"})).status == 303

    async def is_back() -> bool:
        return not await is_held()  # the phone was signed in all the time

    await until(is_back)
    assert (await talking.portal.room(han, staff)).unread == before + 1
    call = await talking.client("박서연", "OWN")
    path = path_of("rooms", staff, "messages")
    events = (await call("GET", path, None, {"dir": "b", "limit": "50"}))["chunk"]
    own = await talking.user_id("한지민")
    gone = [one for one in events if one.get("state_key") == own]
    assert "leave" not in {one["content"].get("membership") for one in gone}


async def test_locked_and_signed_out_a_lost_phone_drops_what_it_holds(
    talking: TalkingSchool,
) -> None:
    yun, admin = await talking.asker("윤태식"), await talking.school.client_as("정민호")
    secret = await talking.accounts.make_app_password(yun, "전화")
    phone = await signed_in(talking, "윤태식", secret, "LOST")
    token = {"Authorization": f"Bearer {phone.access_token}"}
    door = f"/admin/messenger/{yun.id}/lock"
    assert "잠그고 모든 기기에서 로그아웃" in (await admin.get("/admin/messenger")).text
    await admin.post(door, {"locked": "true", "log_out": "true"})

    async def said() -> dict[str, object]:
        async with (
            aiohttp.ClientSession(talking.school.url, headers=token) as app,
            app.get("/_matrix/client/v3/account/whoami") as answer,
        ):
            return dict(await answer.json())

    async def is_unknown() -> bool:  # "locked" would have it keep everything (soft logout)
        return (await said()).get("errcode") == "M_UNKNOWN_TOKEN"

    await until(is_unknown)
    assert (await said())["soft_logout"] is False
    assert await talking.accounts.app_passwords(yun) == []
    await admin.post(door, {"locked": "false"})


async def test_the_rooms_are_kept_by_somebody_with_a_name(talking: TalkingSchool) -> None:
    phone = await talking.phone("박서연")
    found = await phone.get_profile(talking.server.keeper.id_of(KEEPER))
    assert isinstance(found, ProfileGetResponse)
    assert found.displayname == "학교 메신저"


# Ringing telephones ---------------------------------------------------------------------------


async def sets_pusher(talking: TalkingSchool, name: str, host: str, **more: object) -> str:
    """A client asks to be woken with everything it can get; what it is told."""
    phone = await talking.phone(name, "RINGS")
    wish = {
        "kind": "http",
        "app_id": "test.app",
        "app_display_name": "시험",
        "device_display_name": "전화",
        "pushkey": f"key-{name}",
        "lang": "ko",
        "data": {"url": f"https://{host}/_matrix/push/v1/notify", "default_payload": {"a": 1}},
    }
    own = {"Authorization": f"Bearer {phone.access_token}"}
    async with (
        aiohttp.ClientSession(talking.school.url, headers=own) as app,
        app.post("/_matrix/client/v3/pushers/set", json=wish | more) as answer,
    ):
        return str((await answer.json()).get("error", ""))


async def pushers_of(talking: TalkingSchool, name: str) -> list[dict[str, Any]]:
    return await talking.server.keeper.pushers(await talking.localpart(name))


async def test_without_a_gateway_of_the_schools_no_telephone_is_woken_and_its_owner_is_told(
    talking: TalkingSchool, gateway: PushGateway
) -> None:
    browser = await talking.school.client_as("박서연")
    said = "이 학교는 휴대전화 알림을 보내지 않습니다"
    assert said in await sets_pusher(talking, "박서연", gateway.host)
    page = (await browser.get("/messenger/connect")).text
    assert said in page
    assert "우리 학교의 마당 관리자에게 요청해 주세요" in page
    assert await pushers_of(talking, "박서연") == []
    administrator = await talking.school.client_as("정민호")
    page = (await administrator.get("/messenger/connect")).text
    assert said in page
    assert "관리자에게 요청" not in page
    assert 'href="/admin/messenger#push-title"' in page


async def test_over_a_named_gateway_telephones_ring_with_ids_and_nothing_else(
    talking: TalkingSchool, gateway: PushGateway
) -> None:
    admin, browser = [await talking.school.client_as(name) for name in ("정민호", "박서연")]
    old = await talking.client("최은영", "OLD")  # of a time when nobody looked at pushers
    url = {"url": f"https://{gateway.host}/_matrix/push/v1/notify"}
    names = {"app_display_name": "x", "device_display_name": "x", "lang": "ko"}
    pusher: dict[str, object] = {
        "kind": "http",
        "app_id": "old",
        "pushkey": "old",
        "data": url,
        **names,
    }
    await old("POST", path_of("pushers", "set"), pusher)
    assert (
        "보낸 사람과 메시지 내용은 전달하지 않습니다" in (await admin.get("/admin/messenger")).text
    )
    added = await admin.post("/admin/messenger/gateways", {"host": gateway.host})
    assert added.status == 303
    assert gateway.host in (await browser.get("/messenger/connect")).text

    async def is_swept() -> bool:
        return await pushers_of(talking, "최은영") == []

    await until(is_swept)
    assert "알림 서버가 아니어서" in await sets_pusher(talking, "박서연", "push.example")
    assert "알림 서버가 아니어서" in await sets_pusher(
        talking, "박서연", gateway.host, kind="email"
    )
    assert await sets_pusher(talking, "박서연", gateway.host) == ""
    han = await talking.asker("한지민")
    room = await talking.portal.talk_to(han, await talking.user_id("박서연"))
    await talking.portal.join(await talking.asker("박서연"), room)
    said = await talking.say("한지민", room, "학생 상담 건입니다")

    async def rings() -> bool:
        return any(one.get("event_id") == said for one in gateway.heard)

    await until(rings)
    (heard,) = [one for one in gateway.heard if one.get("event_id") == said]
    assert set(heard) <= {"event_id", "room_id", "counts", "prio", "devices"}
    assert "상담" not in str(gateway.heard)
    assert "한지민" not in str(gateway.heard)


async def test_with_its_gateway_removed_a_pusher_ends(
    talking: TalkingSchool, gateway: PushGateway
) -> None:
    admin = await talking.school.client_as("정민호")
    assert len(await pushers_of(talking, "박서연")) == 1
    devices = [one.device_id for one in await talking.devices.listed(await talking.asker("박서연"))]
    await admin.post("/admin/messenger/gateways/remove", {"host": gateway.host})

    async def is_over() -> bool:
        return await pushers_of(talking, "박서연") == []

    await until(is_over)
    assert await sets_pusher(talking, "박서연", gateway.host) != ""
    after = [one.device_id for one in await talking.devices.listed(await talking.asker("박서연"))]
    assert after == devices
    reader, writer = await talking.through_the_tunnel(gateway.host)
    assert b" 403 " in await reader.readline()
    writer.close()


# Coming in ------------------------------------------------------------------------------------


async def test_a_client_comes_in_by_the_portals_password_or_its_leave_and_hears_what_keeps_it_out(
    talking: TalkingSchool,
) -> None:
    school, user = talking.school, await talking.user_id("한지민")
    hashed = await school.app[SIGNIN].hash_password(PASSWORD)
    han, admin = await talking.asker("한지민"), await talking.asker("정민호")
    await school.db.write(lambda tx: school.app[SIGNIN].accounts.reset_password(tx, han.id, hashed))
    await school.settled()

    async def answer(**how: str) -> LoginResponse | LoginError:
        phone = AsyncClient(school.url, user)
        talking.phones.append(phone)
        return await phone.login(**how)

    assert isinstance(await answer(password=PASSWORD), LoginResponse)
    leave = (await talking.messenger.entrance.leave(han.id)).secret
    assert isinstance(await answer(token=leave), LoginResponse)
    wrong = await answer(password="wrong-wrong-wrong")
    assert isinstance(wrong, LoginError)
    assert wrong.status_code == "M_FORBIDDEN"
    await talking.accounts.lock(admin, han.id, locked=True)
    locked = await answer(password=PASSWORD)
    assert isinstance(locked, LoginError)
    assert locked.status_code == "M_USER_LOCKED"
    await talking.accounts.lock(admin, han.id, locked=False)
