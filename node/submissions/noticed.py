"""What is said of papers of which people were told, in the portal and by mail."""

from collections.abc import Mapping, Sequence

from kit.db import Tx
from kit.i18n import _
from node.people.access import rights_now
from node.people.model import Asker
from node.ports.noticed import Noticed, Notification, Said, WhyUnsent, Written
from node.submissions import rights, store, type_store
from node.submissions.model import (
    TOLD_LABELS,
    UNSETTLED,
    WAITING,
    Paper,
    PaperState,
    PaperTold,
    SubmissionMoved,
)

SUBJECTS = {
    PaperTold.RETURNED: _("[%(school)s] 서류를 보완해 주세요: %(title)s"),
    PaperTold.DECIDED: _("[%(school)s] 서류가 처리되었습니다: %(title)s"),
    PaperTold.FAMILY: _("[%(school)s] 서류에 동의해 주세요: %(title)s"),
    PaperTold.DIFFERS: _("[%(school)s] 보호자 의견이 다릅니다: %(title)s"),
    PaperTold.EVIDENCE: _("[%(school)s] 증빙 서류를 첨부해 주세요: %(title)s"),
    PaperTold.WITHDRAWN: _("[%(school)s] 승인한 서류를 취소했습니다: %(title)s"),
    PaperTold.EVIDENCE_CAME: _("[%(school)s] 증빙 서류를 받았습니다: %(title)s"),
    PaperTold.UNMATCHED: _("[%(school)s] 어느 학생인지 확인해 주세요: %(title)s"),
    PaperTold.REPORT: _("[%(school)s] 결과보고서를 제출해 주세요: %(title)s"),
}
INFORMS = (PaperTold.DECIDED, PaperTold.WITHDRAWN, PaperTold.EVIDENCE_CAME)
"""Notices that ask for nothing."""
BODY = _(
    "%(school)s에 제출한 서류의 처리 상황이 바뀌었습니다.\n\n%(title)s\n\n아래 주소를 눌러 확인해 주세요. 로그인이 필요합니다.\n%(link)s\n\n이 메일은 발신 전용입니다."
)
BODY_WITH_DEADLINE = _(
    "%(school)s에 아직 제출하지 않은 서류가 있습니다.\n\n%(title)s\n기한: %(deadline)s\n\n아래 주소를 눌러 제출해 주세요. 로그인이 필요합니다.\n%(link)s\n\n이 메일은 발신 전용입니다."
)
UNNAMED = _("제출한 서류")
"""In place of the name of a kind that is sensitive: mail is read on locked screens."""


def _asks(paper: Paper, kind: str, tx: Tx, person_id: str) -> bool:
    """Whether a notice still asks for something."""
    match kind:
        case PaperTold.RETURNED:
            return paper.state is PaperState.RETURNED
        case PaperTold.REPORT:
            return paper.state is PaperState.REPORT_WAITS and not store.is_reported(tx, paper.id)
        case PaperTold.EVIDENCE:
            return rights.takes_evidence(paper)
        case PaperTold.FAMILY:
            mine = [one for one in store.opinions(tx, paper.id) if one.guardian_id == person_id]
            return paper.state in WAITING and any(one.agrees is None for one in mine)
        case PaperTold.UNMATCHED:
            return paper.state is PaperState.RECEIVED and paper.student_id is None
        case PaperTold.DIFFERS:
            return paper.state in UNSETTLED
        case _:
            return False


def _until(paper: Paper, kind: str) -> int | None:
    if kind == PaperTold.REPORT:
        return paper.report_until
    return paper.evidence_until if kind == PaperTold.EVIDENCE else None


def in_portal(
    tx: Tx, asker: Asker, notices: Sequence[Notification], _now: int
) -> Mapping[str, Said]:
    """Lines of papers that the reader may see now."""
    found = {}
    for notice in notices:
        paper = store.paper(tx, notice.about)
        if paper is None:
            continue
        kind = type_store.wording(tx, paper.type_id, paper.type_version)
        if rights.may_see(tx, asker, paper, kind):
            found[notice.id] = Said(
                title=f"{paper.student_name} {kind.name}",
                href=f"/submissions/{paper.id}",
                deadline_at=_until(paper, notice.kind),
                asks=_asks(paper, notice.kind, tx, asker.id),
            )
    return found


def by_mail(tx: Tx, notice: Notification, _now: int) -> Written | WhyUnsent:
    """What a mail says, where there still is something to say to this person."""
    paper = store.paper(tx, notice.about)
    if paper is None:
        return WhyUnsent.WITHDRAWN
    kind = type_store.wording(tx, paper.type_id, paper.type_version)
    if not rights.may_see(tx, rights_now(tx, notice.person_id), paper, kind):
        return WhyUnsent.NOT_ADDRESSED
    told = PaperTold(notice.kind)
    if told not in INFORMS and not _asks(paper, told, tx, notice.person_id):
        return WhyUnsent.DONE
    until = _until(paper, told)
    return Written(
        SUBJECTS[told],
        BODY if until is None else BODY_WITH_DEADLINE,
        f"/submissions/{paper.id}",
        title="" if kind.is_sensitive else kind.name,
        label=UNNAMED if kind.is_sensitive else "",
        deadline_at=until,
    )


NOTICED = Noticed(
    kinds={kind.value: label for kind, label in TOLD_LABELS.items()},
    in_portal=in_portal,
    by_mail=by_mail,
    told_by=(SubmissionMoved,),
)
