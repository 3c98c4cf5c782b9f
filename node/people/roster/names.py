"""Names as they are searched: by what they begin with, by any part of theirs, and by their 초성."""

from kit.db import Tx
from kit.i18n import _
from kit.moves import Moving
from protocol.directory import name_parts

PORTION = 20  # names of earlier releases in one step


def note(tx: Tx, person_id: str, name: str) -> None:
    """Let somebody be found by the parts of this name, and of no other."""
    tx.execute("DELETE FROM people_name_part WHERE person_id = ?", (person_id,))
    tx.many(
        "INSERT INTO people_name_part (part, person_id) VALUES (?, ?)",
        [(part, person_id) for part in sorted(name_parts(name))],
    )


def bring_next(tx: Tx, at: str | None) -> str | None:
    """The next names of those that an earlier release kept; `at`: a person's id."""
    found = tx.rows(
        "SELECT id, name FROM people_person WHERE id > ? ORDER BY id LIMIT ?", (at or "", PORTION)
    )
    for person_id, name in found:
        note(tx, person_id, name)
    return str(found[-1][0]) if found else None


MOVES = (Moving("people.names", _("이름의 일부와 초성으로 찾을 준비를 합니다."), bring_next),)
