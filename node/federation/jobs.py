"""The conversation as a task of the server, and what makes it speak up at once."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

from kit.db import Database
from kit.i18n import _
from kit.jobs import Every
from kit.lan import NODE_SERVICE, announced, reachable_on
from node.federation.conversation import Talking
from node.federation.service import Federation
from node.forms.model import ConsentRetracted, FormSigned
from node.ground import Ground
from node.people.model import StaffChanged
from node.ports.province import Affair

SIGNATURES = (FormSigned, ConsentRetracted)
TOGETHER_S = 2.0  # signatures of so long go up in one sync


def works(federation: Federation) -> list[Every]:
    """A sync besides the running conversation: its row tells when the hub was last heard."""
    return [Every("federation.sync", _("도교육청과 동기화"), 3600, federation.sync_if_joined)]


@contextlib.asynccontextmanager
async def conversation(
    db: Database, federation: Federation, talking: Talking, affairs: Sequence[Affair]
) -> AsyncIterator[None]:
    """Runs `Talking.converse` while the server runs.

    A signature is in the log; what makes its place certain is that the hub has seen the log's head.
    """
    prompts = (StaffChanged, *(kind for one in affairs for kind in one.prompts))
    loop = asyncio.get_running_loop()
    soon: asyncio.TimerHandle | None = None

    def tell() -> None:
        nonlocal soon
        soon = None
        talking.grown.set()

    def committed(signals: list[object]) -> None:
        nonlocal soon
        if any(isinstance(signal, prompts) for signal in signals):
            federation.wake.set()
        if soon is None and any(isinstance(signal, SIGNATURES) for signal in signals):
            soon = loop.call_later(TOGETHER_S, tell)

    db.on_commit(committed)
    work = asyncio.create_task(talking.converse(), name="federation")
    yield
    if soon is not None:
        soon.cancel()
    work.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await work
    await federation.close()


@contextlib.asynccontextmanager
async def announcement(ground: Ground) -> AsyncIterator[None]:
    """Announces the node's pages on the school's network while it serves, anew when their address
    changes."""
    config = ground.config
    changed = asyncio.Event()
    ground.settings.follow(lambda _now: changed.set())

    async def announce() -> None:
        while True:
            facts = {"url": ground.settings.now.public_url, "id": ground.keyring.first.key_id}
            interface = reachable_on(config.host)
            async with announced(NODE_SERVICE, config.school_name, config.port, facts, interface):
                changed.clear()
                await changed.wait()

    work = asyncio.create_task(announce(), name="announcement")
    yield
    work.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await work
