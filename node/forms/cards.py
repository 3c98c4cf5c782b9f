"""The cards of consent forms on the front page."""

from collections.abc import Sequence

from kit.card import Card, Entry, Weight
from kit.i18n import _


def waiting_card(waiting: Sequence[tuple[object, ...]], soon: bool) -> Card:
    """What waits for a guardian's answer; rows of `store.unanswered`."""
    return Card(
        name="forms",
        title=_("답해야 할 동의서"),
        icon="file-pen",
        href="/newsletters",
        weight=Weight.URGENT if soon else Weight.TASK,
        count=len(waiting),
        entries=tuple(
            Entry(
                title=str(title),
                href=f"/forms/{form}/children/{student}",
                note=str(name),
                chip=_("곧 마감") if soon else _("제출 전"),
                chip_kind="danger" if soon else "warning",
                at=deadline if isinstance(deadline, int) else None,
            )
            for form, _newsletter, title, deadline, student, name in waiting[:5]
        ),
        live="form.signed form.opened form.deadline_moved newsletter.withdrawn",
    )


def own_card(own: Sequence[tuple[object, ...]]) -> Card:
    """How somebody's open forms fare; rows of `store.own_open`."""
    return Card(
        name="own-forms",
        title=_("진행 중인 동의서"),
        icon="chart-line",
        weight=Weight.NEWS,
        count=len(own),
        entries=tuple(
            Entry(
                title=str(title),
                href=f"/forms/{form}/results",
                note=f"{answered}",
                at=deadline if isinstance(deadline, int) else None,
            )
            for form, title, deadline, answered in own
        ),
        live="form.signed form.deadline_moved newsletter.withdrawn",
    )
