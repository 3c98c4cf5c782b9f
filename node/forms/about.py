"""What somebody answered and signed, or what was answered for a child, and the scans of its slips on paper that
wait to be entered."""

from typing import Any

import msgspec

from kit.db import Row, Tx
from kit.held import Held, when
from kit.i18n import _
from node.forms import scan_store
from node.forms.slips import KIND

_COLUMNS = (
    _("제목"),
    _("학생"),
    _("보호자"),
    _("서명 일시"),
    _("답"),
    _("제출 확인서 번호"),
    _("서명된 기록"),
)


def about(tx: Tx, person_id: str) -> list[Held]:
    """Every answer by the person as a guardian, and for them as a student, with its record."""
    as_guardian = tx.rows(
        "SELECT s.leaf, s.signed_at, l.text FROM forms_signature s"
        " JOIN ledger_v_leaf l ON l.position = s.leaf"
        " WHERE s.guardian_id = ? ORDER BY s.signed_at DESC",
        (person_id,),
    )
    # By the forms there are (CROSS JOIN keeps the order): a child's signatures are found by the index
    # within each.
    as_student = tx.rows(
        "SELECT s.leaf, s.signed_at, l.text FROM forms_form f"
        " CROSS JOIN forms_signature s ON s.form_id = f.id AND s.student_id = ?"
        " JOIN ledger_v_leaf l ON l.position = s.leaf ORDER BY s.signed_at DESC",
        (person_id,),
    )
    return [
        Held(
            "answers",
            _("회신과 제출 확인서"),
            _COLUMNS,
            [_row(row) for row in (*as_guardian, *as_student)],
            kept=_(
                "동의를 증명하는 기록이므로 보존 기간이 지나 파기할 때까지 기록부에 보관합니다. 답은 다시 "
                "제출하여 변경할 수 있습니다."
            ),
        ),
        Held(
            "slips",
            _("입력을 기다리는 종이 회신서 사진"),
            (_("제목"), _("파일"), _("받은 시각")),
            [
                (title, file, when(at))
                for title, file, at in scan_store.waiting_of(tx, KIND, person_id)
            ],
            kept=_("입력하지 않은 사진은 받은 지 30일 뒤에 삭제합니다."),
        ),
    ]


def _row(row: Row) -> tuple[str, str, str, str, str, int, str]:
    leaf, signed_at, text = row
    record = msgspec.json.decode(text, type=dict[str, Any])
    answers = "\n".join(
        f"{one.get('label', '')}: {one.get('answer', '')}" for one in record.get("answers", [])
    ) or str(record.get("effect", ""))  # of a consent that was taken back: what that does
    names = (record.get("child_name", ""), record.get("guardian_name", ""))
    return (record.get("title", ""), *names, when(signed_at), answers, leaf, text)
