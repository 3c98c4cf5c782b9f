"""The cards of papers on the front page: what waits for me, as a family and as staff."""

from collections.abc import Iterable, Sequence

from kit.card import Card, Entry, Weight
from kit.clock import DAY
from kit.db import Tx
from kit.due import due
from kit.i18n import _
from node.approval.lines import Lines
from node.people.model import Asker
from node.submissions import rights, store, type_store
from node.submissions.model import FAMILY_DAYS, KIND, OVERDUE_DAYS, STATE_LABELS, Paper, PaperState

SHOWN = 5
IN_TRAY = 50  # of which the front page knows that the tray has them
COUNTED = 100  # of a tray, at most
LIVE = "submissions.moved submissions.sent"


def cards_of(tx: Tx, lines: Lines, asker: Asker, now: int) -> list[Card]:
    """Nothing for whom nothing waits."""
    found = [_own(tx, asker, now)]
    if asker.is_staff:
        found += [_tray(tx, lines, asker), _unsettled(tx, asker, now), _overdue(tx, asker, now)]
    return [card for card in found if card is not None]


def _own(tx: Tx, asker: Asker, now: int) -> Card | None:
    """What somebody handed in and has to go on with, or is asked to agree to."""
    asked = [one for one in store.wanted_of(tx, asker.id) if rights.is_asked(tx, asker, one)]
    for_us = [one for one in _for_family(tx, asker) if one.by_id != asker.id]
    mine = [one for one in store.to_go_on_with(tx, asker.id) if rights.is_own(asker, one)]
    mine += [one for one in for_us if one.state in (PaperState.RETURNED, PaperState.REPORT_WAITS)]
    known = {one.id for one in mine}
    owing = [one for one in store.owing_evidence(tx, asker.id) if rights.is_own(asker, one)]
    owing += [one for one in for_us if rights.takes_evidence(one)]
    evidence = [one for one in owing if one.id not in known]
    entries = [
        *(_entry(tx, one, _("동의해 주세요"), "warning") for one in asked),
        *(_entry(tx, one, _("증빙 첨부"), "warning", one.evidence_until, now) for one in evidence),
        *(_entry(tx, one, STATE_LABELS[one.state], one.kind, _until(one), now) for one in mine),
    ]
    if not entries:
        return None
    asks = asked or evidence or any(one.state is not PaperState.DRAFT for one in mine)
    return Card(
        name="submissions",
        title=_("계속할 서류"),
        icon="file-pen",
        href="/submissions",
        weight=Weight.TASK if asks else Weight.NEWS,
        count=len(entries),
        entries=tuple(entries[:SHOWN]),
        live=LIVE,
    )


def _for_family(tx: Tx, asker: Asker) -> list[Paper]:
    """What the staff put in for the asker's children."""
    signs = [one.student_id for one in asker.children if one.may_sign]
    found = store.for_family(tx, signs) if signs else []
    return [
        one
        for one in found
        if rights.goes_on_with(asker, one, type_store.wording(tx, one.type_id, one.type_version))
    ]


def _until(paper: Paper) -> int | None:
    return paper.report_until if paper.state is PaperState.REPORT_WAITS else None


def _entry(
    tx: Tx, paper: Paper, chip: str, kind: str, until: int | None = None, now: int = 0
) -> Entry:
    name = type_store.wording(tx, paper.type_id, paper.type_version).name
    return Entry(
        title=name,
        href=f"/submissions/{paper.id}",
        note=paper.student_name,
        chip=chip,
        chip_kind=kind,
        due=due(until, now),
    )


def _tray(tx: Tx, lines: Lines, asker: Asker) -> Card | None:
    waiting = lines.tray(tx, asker, (KIND,), COUNTED)
    if not waiting:
        return None
    return Card(
        name="submissions-tray",
        title=_("결재할 서류"),
        icon="inbox",
        href="/submissions/tray",
        weight=Weight.TASK,
        count=len(waiting),
        entries=tuple(
            Entry(title=one.title, href=f"/submissions/{one.id}", note=one.step, at=one.started_at)
            for one in waiting[:IN_TRAY]
        ),
        live=f"approval.matter_moved {LIVE}",
        together=True,
    )


def _unsettled(tx: Tx, asker: Asker, now: int) -> Card | None:
    """What the office, and of its class the homeroom teacher, has to see to."""
    silent = store.in_family(tx, now - FAMILY_DAYS * DAY, COUNTED)
    differing = _seen(tx, asker, [*store.differing(tx, COUNTED), *silent])
    is_matcher = bool(asker.roles & set(rights.MATCHERS))
    unmatched = store.unmatched(tx, COUNTED) if is_matcher else []
    if not differing and not unmatched:
        return None
    entries = [
        *(_entry(tx, one, STATE_LABELS[one.state], one.kind) for one in differing),
        *(_entry(tx, one, _("학생 확인 필요"), "warning") for one in unmatched),
    ]
    return Card(
        name="submissions-unsettled",
        title=_("확인이 필요한 서류"),
        icon="users",
        href="/submissions/unsettled",
        weight=Weight.TASK,
        count=len(entries),
        entries=tuple(entries[:IN_TRAY]),
        live=LIVE,
        together=True,
    )


def _overdue(tx: Tx, asker: Asker, now: int) -> Card | None:
    """What families did not bring in time, for the homeroom teacher and the office."""
    classes = rights.sees_overdue(asker)
    if classes is not None and not classes:
        return None
    found = store.overdue(tx, now - OVERDUE_DAYS * DAY, now, classes, COUNTED)
    if not found:
        return None
    return Card(
        name="submissions-overdue",
        title=_("기한이 지난 증빙·보고서"),
        icon="clock",
        href="/submissions/unsettled#overdue",
        weight=Weight.NEWS,
        count=len(found),
        entries=tuple(_entry(tx, one, STATE_LABELS[one.state], "warning") for one in found[:SHOWN]),
        live=LIVE,
    )


def _seen(tx: Tx, asker: Asker, papers: Iterable[Paper]) -> Sequence[Paper]:
    return [one for one in papers if rights.sees_as_staff(tx, asker, one)]
