"""The card of the front page: what waits for nobody, for who finds somebody."""

from kit.card import Card, Entry, Weight
from kit.db import Tx
from kit.event import event_tag
from kit.i18n import _
from node.approval import line_store
from node.approval.access import is_ruler
from node.approval.model import MatterMoved
from node.approval.noticed import LIST
from node.people.model import Asker

SHOWN = 3


def of_approval(tx: Tx, asker: Asker, _now: int) -> list[Card]:
    found = line_store.ownerless(tx, SHOWN) if is_ruler(asker) else []
    if not found:
        return []
    return [
        Card(
            name="approval-ownerless",
            title=_("결재자 미지정"),
            icon="alert",
            href=LIST,
            weight=Weight.URGENT,
            entries=tuple(
                Entry(title=one.title, href=LIST, note=one.step, at=one.since) for one in found
            ),
            live=event_tag(MatterMoved),
        )
    ]
