"""What approval holds of somebody: their duties, when they were away, what they decided."""

from kit.db import Tx
from kit.held import Held, when
from kit.i18n import _
from node.approval import line_store, seat_store
from node.approval.absence import ABSENCE_LABELS
from node.approval.line import OF_PERSON, VERDICT_LABELS, Verdict

AT_WORK = _("학교에 근무하는 동안 결재에 필요합니다.")
RECORD = _("누가 결정했는지 증명하는 기록이라 문서의 보유 기간 동안 남습니다.")


def about(tx: Tx, person_id: str) -> list[Held]:
    rows = seat_store.table(tx).duties
    duties = [
        (one.title, _("담당") if person_id in one.holders else _("대결"))
        for one in rows
        if person_id in one.holders or OF_PERSON + person_id in one.deputies
    ]
    absences = [
        (ABSENCE_LABELS[one.kind], one.from_on, one.until_on, one.stand_in, one.by_name)
        for one in seat_store.absences_of(tx, person_id)
    ]
    decided = [
        (one.title, one.step, VERDICT_LABELS[Verdict(one.verdict)], one.other_name, when(one.at))
        for one in line_store.decided_by(tx, person_id)
    ]
    return [
        Held("duties", _("업무분장"), (_("업무"), _("구분")), duties, kept=AT_WORK),
        Held(
            "absences",
            _("부재"),
            (_("사유"), _("시작"), _("끝"), _("대결자"), _("등록한 사람")),
            absences,
            kept=AT_WORK,
        ),
        Held(
            "decisions",
            _("결재한 문서"),
            (_("제목"), _("단계"), _("결정"), _("대결 대상"), _("시각")),
            decided,
            kept=RECORD,
        ),
    ]
