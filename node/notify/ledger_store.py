"""The SQL of the reach ledger: for each letter whom it was for, and how far it came with each.

Rows name letters and people by number. Who opened a letter is known to the letters alone; whom it
addresses now, to its keys: rows of others stay as what was done, and count nowhere.
"""

from collections.abc import Collection, Iterable, Sequence

from kit.db import Tx, encode
from kit.wording import CLASS_SQL
from node.notices.model import Told
from node.notify import earlier
from node.notify.model import REASONS, PersonReach, Reached, Unreachable
from node.people.access import held_through
from node.people.audience import holders

Addressed = tuple[str, str]
"""A person, and the child through whom a letter addresses them ("": in their own right)."""

_REFUSED = REASONS.index(Unreachable.MAIL_REFUSED)
_NO_PHONE = REASONS.index(Unreachable.NO_PHONE)
# Why a letter cannot come to person `p`, who may have an account and have used it.
_UNREACHED = (
    " coalesce((SELECT CASE WHEN a.last_sign_in_at IS NOT NULL THEN 0"  # noqa: S608 - numbers only
    f"  WHEN p.has_phone = 0 THEN {_NO_PHONE}"
    f"  ELSE {REASONS.index(Unreachable.NEVER_SIGNED_IN)} END"
    "  FROM signin_v_account a WHERE a.account_id = p.id),"
    f" CASE WHEN p.has_phone = 0 THEN {_NO_PHONE} ELSE {REASONS.index(Unreachable.NO_ACCOUNT)} END)"
)
# When the letter `l` was answered for child `cn`, also by a guardian before person `pn`: it holds for the
# child, unless each must give their own.
_ANSWERED_BEFORE = (
    " (SELECT max(a.given_at) FROM forms_v_form f"
    "  CROSS JOIN questions_v_answer a ON a.questionnaire_id = f.id AND a.asked_id = cn.id"
    "   AND (a.slot IN ('', pn.id) OR f.both_guardians = 0) AND a.version >= f.valid_from WHERE f.subject = l.id)"
)


# Numbers ----------------------------------------------------------------------------------------


def letter_number(tx: Tx, newsletter_id: str) -> int | None:
    """The number of a letter whose ledger was opened."""
    found = tx.value("SELECT number FROM notify_letter WHERE id = ?", (newsletter_id,))
    return None if found is None else int(found)


def number_to_write(tx: Tx, newsletter_id: str) -> int | None:
    """The same for whoever writes to it: a ledger of an earlier release is brought over first."""
    number = letter_number(tx, newsletter_id)
    if number is None and earlier.waits(tx, newsletter_id):
        earlier.bring(tx, newsletter_id)
        number = letter_number(tx, newsletter_id)
    return number


def open_ledger(tx: Tx, newsletter_id: str, at: int) -> int:
    """The number of a letter, whose ledger is there from now on. `at`: when it was published."""
    number = number_to_write(tx, newsletter_id)
    if number is None:
        tx.execute("INSERT INTO notify_letter (id, sent_at) VALUES (?, ?)", (newsletter_id, at))
        number = letter_number(tx, newsletter_id)
    assert number is not None
    return number


def _number_people(tx: Tx, people: Iterable[str]) -> None:
    """Give those a number who have none."""
    tx.execute(
        "INSERT OR IGNORE INTO notify_person (id) SELECT value FROM json_each(?)",
        (encode(sorted(people)),),
    )


def ledger_after(tx: Tx, sent_at: int, letter: int) -> tuple[int, str, int] | None:
    """The ledger of the letter that was published next after another: (number, id, when)."""
    row = tx.row(
        "SELECT number, id, sent_at FROM notify_letter WHERE (sent_at, number) > (?, ?)"
        " ORDER BY sent_at, number LIMIT 1",
        (sent_at, letter),
    )
    return None if row is None else (int(row[0]), str(row[1]), int(row[2]))


# Whom a letter addresses ------------------------------------------------------------------------


def audience(tx: Tx, newsletter_id: str) -> list[str]:
    """The keys of those whom a published letter addresses."""
    rows = tx.rows(
        "SELECT key FROM newsletters_v_audience WHERE newsletter_id = ?", (newsletter_id,)
    )
    return [key for (key,) in rows]


_ADDRESSED = " SELECT person_id, through FROM holder"


def addressed(tx: Tx, newsletter_id: str, people: Collection[str] | None = None) -> list[Addressed]:
    """Everybody whom a published letter addresses now, or those of some people."""
    holder, params = holders(audience(tx, newsletter_id), people=people)
    return tx.rows("WITH " + holder + _ADDRESSED, params)


def addressed_through(tx: Tx, newsletter_id: str, person_id: str) -> set[str]:
    """The children through whom a published letter addresses somebody now ("": in their own
    right)."""
    return {child for _person, child in addressed(tx, newsletter_id, [person_id])}


def families_with(tx: Tx, people: Collection[str]) -> list[str]:
    """Some people and the other guardians of their children."""
    others = tx.rows(
        "SELECT DISTINCT other.guardian_id FROM json_each(?) j"
        " CROSS JOIN people_v_child own ON own.guardian_id = j.value"
        " CROSS JOIN people_v_child other ON other.student_id = own.student_id",
        (encode(sorted(people)),),
    )
    return sorted({*people, *(other for (other,) in others)})


def guardians_of(tx: Tx, people: Collection[str]) -> set[str]:
    """The guardians of those of some people who are students."""
    rows = tx.rows(
        "SELECT DISTINCT c.guardian_id FROM json_each(?) j"
        " CROSS JOIN people_v_child c ON c.student_id = j.value",
        (encode(sorted(people)),),
    )
    return {guardian for (guardian,) in rows}


# Rows that come ---------------------------------------------------------------------------------


_ADD = (
    "INSERT OR IGNORE INTO notify_reached (letter, person, child, answered_at, unreachable)"  # noqa: S608
    f" SELECT l.number, pn.number, cn.number, {_ANSWERED_BEFORE}, {_UNREACHED}"
    " FROM notify_letter l CROSS JOIN json_each(?) j"
    " CROSS JOIN notify_person pn ON pn.id = json_extract(j.value, '$[0]')"
    " CROSS JOIN notify_person cn ON cn.id = json_extract(j.value, '$[1]')"
    " JOIN people_v_person p ON p.id = pn.id"
    " WHERE l.number = ? ORDER BY 2, 3"
)


def add(tx: Tx, letter: int, rows: Sequence[Addressed]) -> None:
    """A row for each of them who has none."""
    _number_people(tx, {one for row in rows for one in row})
    tx.execute(_ADD, (encode(rows), letter))


_HELD = (
    "WITH held (person, child, key) AS MATERIALIZED ("
    " SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]')"
    " FROM json_each(?)),"
    " recent (id, key) AS MATERIALIZED ("
    " SELECT a.newsletter_id, a.key FROM (SELECT DISTINCT key FROM held) h"
    " CROSS JOIN newsletters_v_audience a ON a.key = h.key AND a.published_at >= ?)"
)
_NEXT_EARLIER = (
    _HELD + " SELECT r.id FROM recent r WHERE EXISTS"  # noqa: S608
    " (SELECT 1 FROM notify_reach o WHERE o.newsletter_id = r.id) LIMIT 1"
)
_ADD_TO_RECENT = (
    _HELD + " INSERT OR IGNORE INTO notify_reached"  # noqa: S608
    " (letter, person, child, answered_at, unreachable)"
    f" SELECT DISTINCT l.number, pn.number, cn.number, {_ANSWERED_BEFORE}, {_UNREACHED}"
    " FROM recent r"
    " CROSS JOIN notify_letter l ON l.id = r.id"
    " CROSS JOIN held h ON h.key = r.key"
    " CROSS JOIN notify_person pn ON pn.id = h.person"
    " CROSS JOIN notify_person cn ON cn.id = h.child"
    " JOIN people_v_person p ON p.id = h.person"
)


def add_to_letters_since(tx: Tx, people: Collection[str], since: int) -> bool:
    """A row for each of some people in the ledger of each letter since a moment (ms) that addresses
    them now; only letters whose ledger was opened: the others will find them.

    False when a ledger had to be brought over first: to be called again.
    """
    held = [
        (person, child, key)
        for person in sorted(people)
        for child, keys in held_through(tx, person).items()
        for key in sorted(keys)
    ]
    params = (encode(held), since)
    if earlier.some_wait(tx):
        waiting = tx.value(_NEXT_EARLIER, params)
        if waiting is not None:
            earlier.bring(tx, str(waiting))
            return False
    _number_people(tx, {one for person, child, _key in held for one in (person, child)})
    tx.execute(_ADD_TO_RECENT, params)
    return True


# What somebody did ------------------------------------------------------------------------------


_ANSWERED = (
    "UPDATE notify_reached SET answered_at = ? WHERE letter = ?"
    " AND child = (SELECT number FROM notify_person WHERE id = ?)"
    " AND person IN (SELECT number FROM notify_person WHERE id IN "
)


def mark_answered(tx: Tx, letter: int, student_id: str, guardian_id: str | None, at: int) -> None:
    """A child has an answer of this guardian; None: of all it has or had."""
    if guardian_id is not None:
        tx.execute(_ANSWERED + "(?))", (at, letter, student_id, guardian_id))
        return
    tx.execute(
        _ANSWERED + "(SELECT guardian_id FROM people_v_tie WHERE student_id = ?))",  # noqa: S608
        (at, letter, student_id, student_id),
    )


def forget_answers(tx: Tx, letter: int, after: int, until: int) -> None:
    """Of the people with these numbers nobody has answered or was reminded any more."""
    tx.execute(
        "UPDATE notify_reached SET answered_at = NULL, reminded_at = NULL"
        " WHERE letter = ? AND person > ? AND person <= ?"
        " AND (answered_at IS NOT NULL OR reminded_at IS NOT NULL)",
        (letter, after, until),
    )


def mark_mail_refused(
    tx: Tx, newsletter_id: str, letter: int, person_id: str, children: Collection[str]
) -> None:
    """Only for those who did not open it otherwise."""
    tx.execute(
        "UPDATE notify_reached SET unreachable = ? WHERE letter = ?"
        " AND person = (SELECT number FROM notify_person WHERE id = ?)"
        " AND child IN (SELECT number FROM notify_person"
        "  WHERE id IN (SELECT value FROM json_each(?)))"
        " AND NOT EXISTS (SELECT 1 FROM newsletters_v_opening o"
        "  WHERE o.newsletter_id = ? AND o.person_id = ?)",
        (_REFUSED, letter, person_id, encode(sorted(children)), newsletter_id, person_id),
    )


def note_reminded(tx: Tx, letter: int, told: Told, at: int) -> None:
    tx.many(
        "UPDATE notify_reached SET reminded_at = ? WHERE letter = ?"
        " AND person = (SELECT number FROM notify_person WHERE id = ?)"
        " AND child = (SELECT number FROM notify_person WHERE id = ?)",
        [(at, letter, person, child) for person, children in told.items() for child in children],
    )


# What it says -----------------------------------------------------------------------------------


def people_after(tx: Tx, letter: int, after: int, limit: int) -> tuple[list[str], int]:
    """The next people of a ledger by number; who they are, and the last one's number."""
    rows = tx.rows(
        "SELECT r.person, p.id FROM"
        " (SELECT DISTINCT person FROM notify_reached WHERE letter = ? AND person > ?"
        "  ORDER BY person LIMIT ?) r"
        " CROSS JOIN notify_person p ON p.number = r.person",
        (letter, after, limit),
    )
    return [person for _number, person in rows], max((number for number, _p in rows), default=0)


# The row of `holder` h in the ledger, if it has one.
_ROW = (
    " CROSS JOIN notify_person pn ON pn.id = h.person_id"
    " CROSS JOIN notify_person cn ON cn.id = h.through"
    " CROSS JOIN notify_reached r ON r.letter = ? AND r.person = pn.number"
    "  AND r.child = cn.number"
    " LEFT JOIN newsletters_v_opening o ON o.newsletter_id = ? AND o.person_id = h.person_id"
)
_OWES_OWN = (
    " ? AND coalesce((SELECT c.may_sign FROM people_v_child c"
    "  WHERE c.guardian_id = h.person_id AND c.student_id = h.through), 0)"
)
_IN_WORDS = " ".join(f"WHEN {number} THEN '{reason}'" for number, reason in enumerate(REASONS))
_PERSON = (
    " SELECT h.person_id, p.name AS person,"
    " coalesce((SELECT c.relation FROM people_v_child c"
    "  WHERE c.guardian_id = h.person_id AND c.student_id = h.through), '') AS relation, h.through,"
)
_REACHED = (
    " l.sent_at, o.opened_at, r.answered_at,"  # noqa: S608 - constants only
    # Whoever has opened it or signed in since can be reached, whatever the ledger was opened with.
    " CASE WHEN o.opened_at IS NOT NULL THEN ''"
    f" WHEN r.unreachable NOT IN (0, {_REFUSED}) AND (SELECT a.last_sign_in_at"
    "  FROM signin_v_account a WHERE a.account_id = h.person_id) IS NOT NULL THEN ''"
    f" ELSE CASE r.unreachable {_IN_WORDS} END END AS unreachable,"
    f" r.reminded_at, p.language, {_OWES_OWN} AS owes_own"
    f" FROM holder h {_ROW}"
    " JOIN notify_letter l ON l.number = r.letter"
    " JOIN people_v_person p ON p.id = h.person_id"
)
# Of students and guardians with the student's place, of staff without.
_REACH = (
    " SELECT person_id, person, relation, through, student, class_id,"  # noqa: S608 - constants only
    f" coalesce({CLASS_SQL.format('r')}, ''), number, sent_at, opened_at, answered_at,"
    " unreachable, reminded_at, language, owes_own FROM ("
    f"{_PERSON} s.name AS student, s.class_id, s.grade, s.class_number, s.number, {_REACHED}"
    " CROSS JOIN people_v_student s ON s.student_id = h.student_id"
    f" UNION ALL {_PERSON} p.name, '', NULL, NULL, 0, {_REACHED} WHERE h.student_id IS NULL"
    ") AS r ORDER BY grade, class_number, number, person"
)
_SHARES = (
    f" SELECT h.person_id, h.through, o.opened_at, r.answered_at, {_OWES_OWN}, r.reminded_at"  # noqa: S608
    f" FROM holder h {_ROW}"
)


def _each_signs(tx: Tx, newsletter_id: str) -> int:
    """Whether both guardians must answer the letter's form."""
    found = tx.value("SELECT both_guardians FROM forms_v_form WHERE subject = ?", (newsletter_id,))
    return int(found or 0)


def reach(
    tx: Tx, newsletter_id: str, letter: int, classes: Collection[str] | None = None
) -> list[Reached]:
    """The ledger of a letter, by class and number: of those whom it addresses now. `classes`: the
    families of these only."""
    holder, params = holders(audience(tx, newsletter_id), classes=classes)
    more = (_each_signs(tx, newsletter_id), letter, newsletter_id)
    return tx.structs(Reached, "WITH " + holder + _REACH, (*params, *more, *more))


def shares(tx: Tx, newsletter_id: str, letter: int, people: Collection[str]) -> list[PersonReach]:
    """What some people and the other guardians of their children did with a letter: of those whom
    it addresses now."""
    keys = audience(tx, newsletter_id)
    holder, params = holders(keys, people=families_with(tx, people))
    more = (_each_signs(tx, newsletter_id), letter, newsletter_id)
    return tx.structs(PersonReach, "WITH " + holder + _SHARES, (*params, *more))
