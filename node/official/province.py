"""Official notices come down from the province; what was acknowledged and answered goes up."""

from collections.abc import Iterable

from kit.db import Tx
from node.official.model import OfficialAcknowledged, OfficialVetoed
from node.official.service import Official
from node.ports.province import Affair, Cursors
from protocol.sync import Down, advance, fresh_items

STREAM = "notices"


def affair(official: Official) -> Affair:
    def take(tx: Tx, down: Down, cursors: Cursors) -> bool:
        page = down.notices
        if page is None:
            return False
        held = cursors.of(STREAM)
        fresh = fresh_items(held, page.cursor, page.items)
        for item in fresh:
            official.receive(tx, item.notice)
        cursors.save(STREAM, advance(held, page.cursor))
        return bool(fresh) or page.more

    return Affair(
        take=take,
        give=lambda tx: {"acks": tuple(official.acks(tx))},
        files=_attached,
        prompts=(OfficialAcknowledged, OfficialVetoed),
    )


def _attached(down: Down) -> Iterable[str]:
    items = down.notices.items if down.notices is not None else ()
    return [one.sha256 for item in items for one in item.notice.attachments]
