"""A school that the province lets go: its messenger is cut off, both ways, and stays so."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from nio import RoomSendResponse

from scripts.demo_content.cast import SAESOL
from scripts.demo_province import make_province, run, tool
from tests.province.conftest import Province, free_base_port
from tests.province.talking import says, talkers

pytestmark = pytest.mark.asyncio(loop_scope="session")

WITHIN_S = 60


@pytest_asyncio.fixture(loop_scope="session")
async def own_province(tmp_path: Path) -> AsyncIterator[Province]:
    """A province of this specification's own: what is revoked stays revoked."""
    made = Province(tmp_path / "demo", free_base_port())
    await make_province(made.root, made.base_port, lambda line: None)
    await made.start()
    yield made
    await made.supervisor.stop()


async def test_a_revoked_school_is_cut_off_both_ways_within_a_minute(
    own_province: Province, tmp_path: Path
) -> None:
    here, there = own_province.address("hanbit"), own_province.address("saesol")
    await own_province.messengers()
    async with talkers(tmp_path, (here, "hb-park"), (there, "ss-seo")) as (park, seo):
        room = await park.room_with(seo.user_id)
        await park.everybody_in(room, seo)
        await park.says(room, "아직 이웃입니다")
        await seo.hears(says("아직 이웃입니다"))

        await run(
            *tool("madang-hub"), "revoke", str(own_province.root / "hub"), SAESOL,
            "--reason", "폐교",
        )  # fmt: skip
        await asyncio.sleep(WITHIN_S)

        # Each still talks with their own server; nothing goes from one to the other any more.
        for talker, text in ((park, "한빛에서 보냅니다"), (seo, "새솔에서 보냅니다")):
            assert isinstance(await talker.say(room, text), RoomSendResponse)
        with pytest.raises(AssertionError):
            await seo.hears(says("한빛에서 보냅니다"), patience_s=15)
        with pytest.raises(AssertionError):
            await park.hears(says("새솔에서 보냅니다"), patience_s=15)
        assert "새솔에서 보냅니다" not in await park.history(room)
        assert "한빛에서 보냅니다" not in await seo.history(room)
