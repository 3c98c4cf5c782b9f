"""How long tests wait for what comes by itself."""

import asyncio
from collections.abc import Awaitable, Callable

PATIENCE_S = 45
"""Longer than a busy machine takes, so that who waits so long waits for ever; shorter than the minute for
which the hub holds a line, after which all news come anyway. No promise of speed."""


async def until(holds: Callable[[], Awaitable[bool] | bool]) -> None:
    """Return once it holds."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            found = holds()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.01)
