"""The cards of sign-ups on the front page."""

from collections.abc import Mapping, Sequence

from kit.card import Card, Entry, Weight
from kit.db import Row
from kit.due import due
from kit.i18n import _
from node.signups.model import (
    PHASE_KINDS,
    PHASE_LABELS,
    STATE_KINDS,
    STATE_LABELS,
    EntryState,
    Phase,
    Signup,
)

LIVE = "signups.published signups.settled signups.promoted signups.withdrawn"


def open_card(found: Sequence[Signup], own: Mapping[str, EntryState], now: int) -> Card:
    """What takes entries now or soon; `own`: what became of the reader's own, by the sign-up."""
    entries = tuple(_open_entry(one, own.get(one.id), now) for one in found)
    is_waiting = any(one.phase(now) is Phase.OPEN and one.id not in own for one in found)
    return Card(
        name="signups",
        title=_("모집·신청"),
        icon="list-checks",
        href="/signups",
        weight=Weight.TASK if is_waiting else Weight.NEWS,
        count=len(entries),
        entries=entries,
        live=LIVE,
    )


def _open_entry(one: Signup, own: EntryState | None, now: int) -> Entry:
    phase = one.phase(now)
    if own is not None:
        chip, kind = STATE_LABELS[own], STATE_KINDS[own]
    else:
        chip, kind = PHASE_LABELS[phase], PHASE_KINDS[phase]
    return Entry(
        title=one.title,
        href=f"/signups/{one.id}",
        chip=chip,
        chip_kind=kind,
        asks=phase is Phase.OPEN and own is None,
        due=due(one.closes_at, now) if phase is Phase.OPEN else None,
        at=one.opens_at if phase is Phase.COMING else None,
    )


def results_card(rows: Sequence[Row]) -> Card:
    """What came of the reader's children's entries lately; rows of `entry_store.lately`."""
    return Card(
        name="signup-results",
        title=_("신청 결과"),
        icon="circle-check",
        href="/signups",
        weight=Weight.NEWS,
        count=len(rows),
        entries=tuple(
            Entry(
                title=f"{title} · {course}",
                href=f"/signups/{signup}",
                note=name,
                chip=STATE_LABELS[EntryState(state)],
                chip_kind=STATE_KINDS[EntryState(state)],
                at=changed_at,
            )
            for signup, title, course, state, name, changed_at in rows
        ),
        live=LIVE + " signups.changed",
    )


def own_card(found: Sequence[Signup], sums: Mapping[str, tuple[int, int, int]], now: int) -> Card:
    """How an author's sign-ups fare."""
    return Card(
        name="own-signups",
        title=_("내가 만든 모집"),
        icon="chart-line",
        href="/signups",
        weight=Weight.NEWS,
        count=len(found),
        entries=tuple(
            Entry(
                title=one.title,
                href=f"/signups/{one.id}/entries",
                counted=_("정원 %(of)s명에 %(count)s명 신청"),
                count=sums[one.id][1] + sums[one.id][2],
                of=sums[one.id][0],
                due=due(one.closes_at, now),
            )
            for one in found
        ),
        live="signups.changed signups.settled signups.withdrawn",
    )
