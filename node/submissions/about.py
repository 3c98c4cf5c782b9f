"""What a school holds of somebody's papers, for whoever asks for their own data."""

from kit.db import Tx
from kit.held import Held, when
from kit.i18n import _
from node.people.access import rights_now
from node.submissions import rights, store, type_store
from node.submissions.model import STATE_LABELS

_COLUMNS = (
    _("접수번호"),
    _("서류"),
    _("학생"),
    _("제출한 사람"),
    _("제출 일시"),
    _("기간"),
    _("상태"),
    _("내용"),
)


def about(tx: Tx, person_id: str) -> list[Held]:
    """What a family handed in, to whoever of it may still see it, and what others did for a student."""
    now = rights_now(tx, person_id)
    begun = store.of_person(tx, person_id, 10_000, 0)
    own = [one for one in begun if rights.is_own(now, one) and one.relation != rights.BY_STAFF]
    papers = [*own, *store.of_child(tx, person_id, person_id, 10_000)]
    rows = [
        (
            one.receipt_number,
            type_store.wording(tx, one.type_id, one.type_version).name,
            one.student_name,
            one.by_name,
            when(one.sent_at),
            f"{one.first_on} ~ {one.last_on}" if one.first_on else "",
            STATE_LABELS[one.state],
            "\n".join(f"{label}: {answer}" for label, answer in store.answers(tx, one.id))
            or one.typed,
        )
        for one in papers
    ]
    kept = _("학교가 정한 보존 기간 동안 보관하는 출결·민원 서류입니다.")
    return [Held("papers", _("제출한 서류"), _COLUMNS, rows, kept=kept)]
