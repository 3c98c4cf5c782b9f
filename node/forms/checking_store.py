"""The SQL of the check that holds everything stored of forms against the log."""

from kit.db import Row, Tx


def records_behind(tx: Tx, after: int, limit: int) -> list[Row]:
    """(position, text) of the log's next records, of every kind."""
    return tx.rows(
        "SELECT position, text FROM ledger_v_leaf WHERE position > ? ORDER BY position LIMIT ?",
        (after, limit),
    )


def bound_to_nothing(tx: Tx, limit: int) -> list[Row]:
    """(form, title) of forms with an answer whose row names no record."""
    return tx.rows(
        "SELECT f.id, f.title FROM forms_form f WHERE EXISTS (SELECT 1 FROM questions_v_answer a"
        " WHERE a.leaf IS NULL AND a.questionnaire_id = f.id) LIMIT ?",
        (limit,),
    )


def documents_behind(tx: Tx, after: str, limit: int) -> list[Row]:
    """(hash, text) of the next texts by hash."""
    return tx.rows(
        "SELECT hash, text FROM forms_document WHERE hash > ? ORDER BY hash LIMIT ?",
        (after, limit),
    )
