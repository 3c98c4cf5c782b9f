"""Drafts of official notices are their writers': colleagues read what was sent and nothing before."""

import re

import aiohttp

from hub.officers.model import Role
from tests.hub.conftest import Province
from tests.hub.test_release_pages import page, press
from tests.hub.test_writing import NOTICE

SECRET = "아직 정하지 않은 휴업 계획"


async def seen_at(browser: aiohttp.ClientSession, here: str) -> str:
    """What the button that sends says was seen."""
    found = re.search(r'name="seen_at" value="(\d+)"', await page(browser, here))
    assert found is not None
    return found[1]


async def test_a_draft_is_seen_by_its_writer_and_those_who_look_after_the_hub(
    province: Province,
) -> None:
    writer = await province.signed_in(Role.OFFICER)
    here = await press(writer, "/notices/new", **{**NOTICE, "title": SECRET})
    await press(writer, f"{here}/edit", **{**NOTICE, "title": SECRET, "body": "둘째 글"})
    assert SECRET in await page(writer, "/notices")
    colleague = await province.signed_in(Role.OFFICER, "colleague")
    viewer = await province.signed_in(Role.VIEWER)
    for other in (colleague, viewer):
        assert SECRET not in await page(other, "/notices")
        async with other.get("/api/v1/notices") as listed:
            assert SECRET not in await listed.text()
        for path in (here, f"{here}/export.csv"):
            async with other.get(path) as answer:
                assert answer.status == 404
    async with colleague.get(f"{here}/edit") as answer:
        assert answer.status == 404
    for verb in ("edit", "send", "discard"):
        fields = {**NOTICE, "seen_at": "1"}
        async with colleague.post(f"{here}/{verb}", data=fields, allow_redirects=False) as answer:
            assert answer.status == 404, verb
    administrator = await province.signed_in(Role.ADMINISTRATOR)
    assert SECRET in await page(administrator, here)


async def test_a_correction_is_its_writers_until_it_is_sent(province: Province) -> None:
    await province.joined()
    writer = await province.signed_in(Role.OFFICER)
    here = await press(writer, "/notices/new", **NOTICE)
    await press(writer, f"{here}/send", seen_at=await seen_at(writer, here))
    await press(writer, f"{here}/edit", **{**NOTICE, "title": SECRET})
    colleague = await province.signed_in(Role.OFFICER, "colleague")
    shown = await page(colleague, here)
    assert SECRET not in shown
    assert NOTICE["title"] in shown
    assert "정정을 작성하고 있습니다" in shown
    assert SECRET not in await page(colleague, "/notices")
    json = {"Accept": "application/json"}
    async with colleague.post(f"{here}/edit", data=NOTICE, headers=json) as answer:
        assert answer.status == 409
    assert SECRET in await page(writer, here)
    await press(writer, f"{here}/discard")
    for browser in (writer, colleague):
        shown = await page(browser, here)
        assert SECRET not in shown
        assert "정정하기" in shown
    await press(colleague, f"{here}/edit", **{**NOTICE, "title": SECRET})
    await press(colleague, f"{here}/send", seen_at=await seen_at(colleague, here))
    assert SECRET in await page(writer, "/notices")
