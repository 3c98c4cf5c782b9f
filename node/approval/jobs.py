"""What approval does by itself: who holds what is under way is asked anew whenever it may be another."""

from functools import partial

from kit.clock import MINUTE, SECOND
from kit.db import Database, Tx
from kit.event import Event
from kit.i18n import _
from kit.jobs import Daily, Every
from kit.outbox import Steps
from node.approval.lines import Lines
from node.approval.office import Absences

EVERY_S = 10 * MINUTE / SECOND
"""An absence begins and ends at midnight, and what a list changed of classes tells no one."""


def on_change(lines: Lines) -> Steps:
    """Route all that is under way anew, a portion a step."""

    def step(tx: Tx, _event: Event, at: str | None) -> str | None:
        kind, _slash, id = (at or "/").partition("/")
        behind = lines.route_some(tx, (kind, id))
        return None if behind is None else "/".join(behind)

    return Steps(step)


def works(db: Database, lines: Lines, absences: Absences) -> list[Every | Daily]:
    async def route_anew() -> None:
        behind: tuple[str, str] | None = ("", "")
        while behind is not None:
            behind = await db.write(partial(lines.route_some, after=behind))

    return [
        Every("approval-routing", _("결재할 사람 다시 찾기"), EVERY_S, route_anew),
        Daily("approval-absences", _("지난 부재 정리"), 3, 50, absences.forget),
    ]
