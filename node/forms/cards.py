"""The cards of consent forms on the front page."""

from collections.abc import Sequence

from kit.card import Card, Entry, Weight
from kit.db import Row
from kit.due import due
from kit.i18n import _


def waiting_card(waiting: Sequence[Row], now: int) -> Card:
    """What waits for a guardian's answer; rows of `store.unanswered`."""
    entries = tuple(
        Entry(
            title=title,
            href=f"/forms/{form}/children/{student}",
            note=name,
            chip=_("제출 전"),
            chip_kind="warning",
            due=due(deadline, now),
        )
        for form, _newsletter, title, deadline, student, name in waiting
    )
    is_soon = any(entry.due is not None and entry.due.is_soon for entry in entries)
    return Card(
        name="forms",
        title=_("답해야 할 동의서"),
        icon="file-pen",
        href="/newsletters",
        weight=Weight.URGENT if is_soon else Weight.TASK,
        count=len(waiting),
        entries=entries[:5],
        live="form.signed form.opened form.deadline_moved newsletter.withdrawn",
    )


def own_card(own: Sequence[Row], now: int) -> Card:
    """How somebody's open forms fare; rows of `store.own_open`."""
    return Card(
        name="own-forms",
        title=_("진행 중인 동의서"),
        icon="chart-line",
        weight=Weight.NEWS,
        count=len(own),
        entries=tuple(
            Entry(
                title=title,
                href=f"/forms/{form}/results",
                counted=_("%(count)s명 회신"),
                count=answered,
                due=due(deadline, now),
            )
            for form, title, deadline, answered in own
        ),
        live="form.signed form.consent_retracted form.deadline_moved newsletter.withdrawn",
    )


def stop_card(retracted: Sequence[Row]) -> Card:
    """What must stop because a consent was taken back; rows of `retracting_store.to_stop`."""
    entries = tuple(
        Entry(
            title=title,
            href=f"/forms/{form}/results#retractions",
            note=child,
            chip=_("중단 필요"),
            chip_kind="warning",
            at=at,
        )
        for form, title, child, at in retracted
    )
    return Card(
        name="retractions",
        title=_("동의 철회로 중단할 일"),
        icon="triangle-alert",
        weight=Weight.TASK,
        count=len(retracted),
        entries=entries[:5],
        live="form.consent_retracted",
    )
