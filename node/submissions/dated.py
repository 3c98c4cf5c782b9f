"""Until when reports and evidence are due, as it stands in the calendar of a paper's family."""

from collections.abc import Iterator

from kit.db import Tx, encode
from kit.i18n import _
from node.people.model import Asker
from node.ports.dated import Dated
from node.submissions import rights, store, type_store
from node.submissions.model import Paper, PaperState

MOST = 60  # of a month

_REPORTS = (PaperState.APPROVED, PaperState.REPORT_WAITS)
_DUE = "(report_until >= ? AND report_until < ? OR evidence_until >= ? AND evidence_until < ?)"
_IDS = (
    f"SELECT id FROM submissions_paper WHERE by_id = ? AND sent_at IS NOT NULL AND {_DUE}"  # noqa: S608
    " UNION SELECT p.id FROM json_each(?) j CROSS JOIN submissions_paper p"
    f" ON p.student_id = j.value AND p.sent_at IS NOT NULL WHERE {_DUE} LIMIT ?"
)


def dates(tx: Tx, asker: Asker, since: int, until: int) -> list[Dated]:
    """What is due between two moments (ms) of the papers of the asker and their children: it asks whoever
    handed the paper in."""
    children = [child.student_id for child in asker.children]
    between = (since, until, since, until)
    ids = tx.rows(_IDS, (asker.id, *between, encode(children), *between, MOST))
    found = []
    for (paper_id,) in ids:
        paper = store.paper(tx, paper_id)
        if paper is not None:
            found += [one for one in _of_paper(tx, asker, paper) if since <= one.at < until]
    return found


def _of_paper(tx: Tx, asker: Asker, paper: Paper) -> Iterator[Dated]:
    kind = type_store.wording(tx, paper.type_id, paper.type_version)
    if not rights.may_see(tx, asker, paper, kind):
        return

    def due(at: int, chip: str) -> Dated:
        href, asks = f"/submissions/{paper.id}", rights.is_own(asker, paper)
        private = kind.is_sensitive
        return Dated(at, kind.name, href, chip, paper.student_name, asks, is_private=private)

    until = paper.report_until if paper.state in _REPORTS else None
    if until is not None and not store.is_reported(tx, paper.id):
        yield due(until, _("보고서 제출 마감"))
    if paper.evidence_until is not None and rights.takes_evidence(paper):
        yield due(paper.evidence_until, _("증빙 제출 마감"))
