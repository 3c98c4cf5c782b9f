"""The cards of surveys on the front page."""

from collections.abc import Sequence

from kit.card import Card, Entry, Weight
from kit.due import due
from kit.i18n import _
from node.surveys.model import PHASE_KINDS, PHASE_LABELS, Survey, SurveyPhase

LIVE = "surveys.published surveys.settled surveys.restarted"


def waiting_card(found: Sequence[Survey], now: int) -> Card:
    """What asks the reader and waits for their answer."""
    return Card(
        name="surveys",
        title=_("답할 설문"),
        icon="chart-line",
        href="/surveys",
        weight=Weight.TASK,
        count=len(found),
        entries=tuple(
            Entry(
                title=one.title,
                href=f"/surveys/{one.id}",
                chip=_("응답 전"),
                chip_kind="warning",
                due=due(one.closes_at, now),
            )
            for one in found
        ),
        live=LIVE,
    )


def results_card(found: Sequence[Survey]) -> Card:
    """What came of what the reader was asked lately."""
    return Card(
        name="survey-results",
        title=_("설문 결과"),
        icon="chart-line",
        href="/surveys",
        weight=Weight.NEWS,
        count=len(found),
        entries=tuple(
            Entry(title=one.title, href=f"/surveys/{one.id}", at=one.opened_at) for one in found
        ),
        live=LIVE,
    )


def own_card(found: Sequence[Survey], now: int) -> Card:
    """How an author's surveys fare."""
    return Card(
        name="own-surveys",
        title=_("내가 만든 설문"),
        icon="chart-line",
        href="/surveys",
        weight=Weight.NEWS,
        count=len(found),
        entries=tuple(_own_entry(one, now) for one in found),
        live=LIVE,
    )


def _own_entry(one: Survey, now: int) -> Entry:
    phase = one.phase(now)
    return Entry(
        title=one.title,
        href=f"/surveys/{one.id}/results",
        counted=_("%(of)s명 가운데 %(count)s명 응답"),
        count=one.cast,
        of=one.asked,
        chip="" if phase is SurveyPhase.OPEN else PHASE_LABELS[phase],
        chip_kind=PHASE_KINDS[phase],
        due=due(one.closes_at, now) if phase is SurveyPhase.OPEN else None,
    )
