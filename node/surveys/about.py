"""What surveys hold of somebody: answers with their name, and that they took part in one that is open."""

import msgspec

from kit.db import Row, Tx
from kit.held import Held, when
from kit.i18n import _
from protocol.records import Answer


def about(tx: Tx, person_id: str) -> list[Held]:
    """Answers with the person's name, and surveys in which it is noted that they took part. What they answered
    in an anonymous one is in no copy: nobody can find it."""
    answers = tx.rows(
        "SELECT s.title, a.given_at, a.answers FROM surveys_part p"
        " CROSS JOIN surveys_survey s ON s.id = p.survey_id"
        " CROSS JOIN questions_v_answer a ON a.questionnaire_id = p.survey_id"
        "  AND a.asked_id = p.person_id AND a.slot = ''"
        " WHERE p.person_id = ? ORDER BY a.given_at DESC",
        (person_id,),
    )
    parts = tx.rows(
        "SELECT s.title FROM surveys_part p CROSS JOIN surveys_survey s ON s.id = p.survey_id"
        " WHERE p.person_id = ? AND s.is_named = 0 ORDER BY s.closes_at DESC",
        (person_id,),
    )
    return [
        Held(
            "surveys",
            _("설문 답변"),
            (_("제목"), _("응답 일시"), _("답")),
            [_row(row) for row in answers],
        ),
        Held("survey-parts", _("참여한 익명 설문"), (_("제목"),), parts),
    ]


def _row(row: Row) -> tuple[str, str, str]:
    title, at, answers = row
    given = msgspec.json.decode(answers, type=tuple[Answer, ...])
    return title, when(at), "\n".join(f"{one.label}: {one.answer}" for one in given)
