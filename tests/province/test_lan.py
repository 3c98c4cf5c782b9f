"""On one network: the hub and the schools announce themselves, and joining needs no typed address."""

import asyncio

from kit.clock import monotonic
from kit.lan import HUB_SERVICE, NODE_SERVICE, browsing
from tests.province.conftest import Province
from tests.waiting import PATIENCE_S


async def _urls(service: str, wanted: set[str]) -> set[str]:
    """The addresses announced, once all that are wanted were heard or a while has passed."""
    until = monotonic() + PATIENCE_S
    heard: set[str] = set()
    async with browsing(service, "127.0.0.1") as neighbours:
        while monotonic() < until and not wanted <= heard:
            heard = {one.facts.get("url", "") for one in neighbours.found()}
            await asyncio.sleep(0.1)
    return heard


async def test_the_hub_and_both_schools_are_found_on_the_network(province: Province) -> None:
    schools = {province.address("hanbit"), province.address("saesol")}
    assert schools <= await _urls(NODE_SERVICE, schools)
    api = f"https://127.0.0.1:{province.base_port + 1}"
    assert api in await _urls(HUB_SERVICE, {api})
