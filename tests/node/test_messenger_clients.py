"""What people's own clients may do at the school's door, with a real Synapse behind it."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from nio import (
    AsyncClient,
    LoginError,
    LoginResponse,
    ProfileGetResponse,
    SyncError,
    SyncResponse,
    WhoamiError,
    WhoamiResponse,
)

from node.messenger.inner import SignedIn
from tests.node.talking_school import TalkingSchool, talking_school

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def talking(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TalkingSchool]:
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
        search = "/_matrix/client/v3/user_directory/search"
        async with nobody.post(search, json={"search_term": "박"}) as answer:
            assert answer.status == 401
        async with nobody.get("/_matrix/client/v3/publicRooms") as answer:
            assert answer.status == 401


async def test_colleagues_read_each_others_names(talking: TalkingSchool) -> None:
    phone = await talking.phone("한지민")
    found = await phone.get_profile(await talking.user_id("박서연"))
    assert isinstance(found, ProfileGetResponse)
    assert found.displayname == "박서연 교사"


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
    lost, kept = [await talking.messenger.make_app_password(park, name) for name in ("가", "나")]
    phone = await signed_in(talking, "박서연", lost, "LOST")
    other = await signed_in(talking, "박서연", kept, "KEPT")
    first = await phone.sync()
    assert isinstance(first, SyncResponse)
    listening = asyncio.create_task(phone.sync(timeout=60_000, since=first.next_batch))
    await asyncio.sleep(0.3)
    (removed,) = [one for one in await talking.messenger.app_passwords(park) if one.name == "가"]
    answer = await browser.post(f"/messenger/app-passwords/{removed.id}/remove")
    assert answer.status == 303
    async with asyncio.timeout(3):
        while not await is_out(phone):  # noqa: ASYNC110 — what is waited for happens elsewhere
            await asyncio.sleep(0.05)
        assert isinstance(await listening, SyncError)  # nor does it hear what is said meanwhile
    assert isinstance(await other.whoami(), WhoamiResponse)
    assert isinstance(await phone.login(lost), LoginError)
    page = await browser.get("/messenger/connect")
    assert "LOST" not in page.text
    assert "KEPT" in page.text


async def test_a_client_that_comes_in_while_its_password_is_removed_is_out_again(
    talking: TalkingSchool,
) -> None:
    park = await talking.asker("박서연")
    secret = await talking.messenger.make_app_password(park, "가는 중")
    phone = await signed_in(talking, "박서연", secret, "RACING")
    (made,) = [one for one in await talking.messenger.app_passwords(park) if one.name == "가는 중"]
    await talking.messenger.remove_app_password(park, made.id)
    was = SignedIn(phone.user_id, "RACING", made.id)  # told only now
    await talking.messenger._remember(was)
    async with asyncio.timeout(3):
        while not await is_out(phone):  # noqa: ASYNC110 — what is waited for happens elsewhere
            await asyncio.sleep(0.05)
