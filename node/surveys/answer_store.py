"""The SQL of answers with names, which stand with those of all others (node.questions)."""

import msgspec

from kit.db import Row, Tx
from node.questions.model import Given
from protocol.records import Answer

_GIVEN = (
    "SELECT a.asked_id, a.by_id, a.by_name, a.answers, a.given_at, a.revision, a.on_paper_by"
    " FROM questions_v_answer a WHERE a.questionnaire_id = ?"
)


def given(tx: Tx, survey_id: str, person_id: str) -> Given | None:
    """What somebody answered."""
    row = tx.row(_GIVEN + " AND a.asked_id = ? AND a.slot = ''", (survey_id, person_id))
    return None if row is None else _given(row)


def page(tx: Tx, survey_id: str, limit: int, offset: int = 0) -> list[Given]:
    """Some of the answers, in an order that stays."""
    rows = tx.rows(
        _GIVEN + " ORDER BY a.asked_id, a.slot LIMIT ? OFFSET ?", (survey_id, limit, offset)
    )
    return [_given(row) for row in rows]


def _given(row: Row) -> Given:
    asked, by, name, answers, at, revision, on_paper = row
    decoded = msgspec.json.decode(answers, type=tuple[Answer, ...])
    return Given(asked, by, name, decoded, at, revision, on_paper)
