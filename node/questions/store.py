"""The SQL of questionnaires."""

from kit.db import Tx, encode
from node.questions.model import Given, Proof


def keep(tx: Tx, questionnaire_id: str, answer: Given, proof: Proof | None) -> None:
    """Keep what holds from now on, in place of what held before."""
    tx.execute(
        "INSERT OR REPLACE INTO questions_answer (questionnaire_id, asked_id, slot, by_id, by_name,"
        " answers, given_at, revision, on_paper_by, version, leaf, record_hash)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            questionnaire_id,
            answer.asked_id,
            answer.slot,
            answer.by_id,
            answer.by_name,
            encode(answer.answers),
            answer.given_at,
            answer.revision,
            answer.on_paper_by,
            answer.version,
            None if proof is None else proof.leaf,
            None if proof is None else proof.record_hash,
        ),
    )


def forget(tx: Tx, questionnaire_id: str) -> None:
    tx.execute("DELETE FROM questions_answer WHERE questionnaire_id = ?", (questionnaire_id,))


def forget_of(tx: Tx, questionnaire_id: str, asked_id: str) -> None:
    tx.execute(
        "DELETE FROM questions_answer WHERE questionnaire_id = ? AND asked_id = ?",
        (questionnaire_id, asked_id),
    )
