"""What people's own clients may do at the school's door, with a real Synapse behind it."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from nio import ProfileGetResponse

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
