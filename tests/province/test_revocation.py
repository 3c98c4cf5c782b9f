"""A school that the province lets go: its messenger is cut off, both ways, and stays so.

Therefore the last of the specifications that share the province (`conftest`).
"""

import asyncio
from pathlib import Path

from nio import RoomSendResponse

from scripts.demo_content.cast import SAESOL
from scripts.demo_province import run, tool
from tests.province.conftest import Province
from tests.province.talking import says, talkers

WITHIN_S = 60


async def test_a_revoked_school_is_cut_off_both_ways_within_a_minute(
    province: Province, tmp_path: Path
) -> None:
    here, there = province.loopback("hanbit"), province.loopback("saesol")
    await province.messengers()
    async with talkers(tmp_path, (here, "hb-park"), (there, "ss-seo")) as (park, seo):
        room = await park.room_with(seo.user_id)
        await park.everybody_in(room, seo)
        await park.says(room, "아직 이웃입니다")
        await seo.hears(says("아직 이웃입니다"))

        await run(
            *tool("madang-hub"), "revoke", str(province.root / "hub"), SAESOL,
            "--reason", "폐교",
        )  # fmt: skip
        await asyncio.sleep(WITHIN_S)

        # Each still talks with their own server; nothing goes from one to the other any more.
        for talker, text in ((park, "한빛에서 보냅니다"), (seo, "새솔에서 보냅니다")):
            assert isinstance(await talker.say(room, text), RoomSendResponse)
        heard = await asyncio.gather(
            seo.hears(says("한빛에서 보냅니다"), patience_s=15),
            park.hears(says("새솔에서 보냅니다"), patience_s=15),
            return_exceptions=True,
        )
        assert [type(one) for one in heard] == [AssertionError, AssertionError]
        assert "새솔에서 보냅니다" not in await park.history(room)
        assert "한빛에서 보냅니다" not in await seo.history(room)
