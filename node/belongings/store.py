"""The SQL of lost and found: one statement a question."""

from collections.abc import Collection, Sequence

import msgspec

from kit.db import Row, Tx, encode
from kit.wording import class_words
from node.belongings.model import Claim, Ending, FoundThing, FoundWords, OwnClaim

_COLUMNS = tuple(FoundThing.__struct_fields__)
_THING = "SELECT " + ", ".join(f"t.{name}" for name in _COLUMNS)

# Things ------------------------------------------------------------------------------------------


def thing(tx: Tx, thing_id: str) -> FoundThing | None:
    return tx.struct(FoundThing, _THING + " FROM belongings_thing t WHERE t.id = ?", (thing_id,))


def add(tx: Tx, new: FoundThing) -> None:
    tx.execute(
        "INSERT INTO belongings_thing (id, words, place, found_on, kept_at, big, small, by_id, at,"
        " claimed_at, closed_at, ending, handed_to) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        msgspec.structs.astuple(new),
    )


def open_things(
    tx: Tx, words: Sequence[str], before: FoundThing | None, limit: int
) -> list[FoundThing]:
    """What is there and has all these words, the newest first, that behind a thing."""
    at, id = (2**62, "") if before is None else (before.at, before.id)
    return tx.structs(
        FoundThing,
        _THING + " FROM belongings_thing t WHERE t.closed_at IS NULL"  # noqa: S608 - constants only
        " AND (t.at < ? OR t.at = ? AND t.id > ?)"
        " AND NOT EXISTS (SELECT 1 FROM json_each(?) j"
        "  WHERE instr(lower(t.words || ' ' || t.place || ' ' || t.kept_at), j.value) = 0)"
        " ORDER BY t.at DESC, t.id LIMIT ?",
        (at, at, id, encode(list(words)), limit),
    )


def overdue(tx: Tx, before: int, by_id: str, limit: int) -> list[FoundThing]:
    """What is there since before a moment, the oldest first; noted by somebody, or ("") by anybody."""
    return tx.structs(
        FoundThing,
        _THING + " FROM belongings_thing t WHERE t.closed_at IS NULL AND t.at < ?"
        " AND (? = '' OR t.by_id = ?) ORDER BY t.at, t.id DESC LIMIT ?",
        (before, by_id, by_id, limit),
    )


# Whoever's tie to the child has ended claims and misses nothing for it any more.
STANDS = (
    " (c.person_id = c.owner_id OR EXISTS (SELECT 1 FROM people_v_child v"
    " WHERE v.guardian_id = c.person_id AND v.student_id = c.owner_id))"
)


def waiting(tx: Tx, by_id: str, limit: int) -> list[FoundThing]:
    """What somebody says is theirs, who waits longest first; noted by somebody, or ("") by anybody."""
    return tx.structs(
        FoundThing,
        _THING  # noqa: S608 - constants only
        + " FROM belongings_thing t WHERE t.closed_at IS NULL AND t.claimed_at IS NOT NULL"
        " AND (? = '' OR t.by_id = ?)"
        " AND EXISTS (SELECT 1 FROM belongings_claim c WHERE c.thing_id = t.id AND" + STANDS + ")"
        " ORDER BY t.claimed_at LIMIT ?",
        (by_id, by_id, limit),
    )


def edit(tx: Tx, thing_id: str, written: FoundWords) -> None:
    tx.execute(
        "UPDATE belongings_thing SET words = ?, place = ?, found_on = ?, kept_at = ? WHERE id = ?",
        (*msgspec.structs.astuple(written), thing_id),
    )


def show(tx: Tx, thing_id: str, big: str, small: str) -> None:
    """It has this picture."""
    tx.execute(
        "UPDATE belongings_thing SET big = ?, small = ? WHERE id = ?", (big, small, thing_id)
    )


def end(tx: Tx, thing_id: str, at: int | None, ending: Ending | None, to: str) -> None:
    """It is closed at a moment, or (None) taken up again."""
    tx.execute(
        "UPDATE belongings_thing SET closed_at = ?, ending = ?, handed_to = ? WHERE id = ?",
        (at, ending or "", to, thing_id),
    )


def held(tx: Tx, contents: Collection[str]) -> set[str]:
    """Those of these contents that are pictures of things."""
    rows = tx.rows(
        "SELECT value FROM json_each(?) WHERE"
        " EXISTS (SELECT 1 FROM belongings_thing t WHERE t.big = value)"
        " OR EXISTS (SELECT 1 FROM belongings_thing t WHERE t.small = value)",
        (encode(sorted(contents)),),
    )
    return {str(sha256) for (sha256,) in rows}


def forget(tx: Tx, before: int, limit: int) -> tuple[int, set[str]]:
    """Some of what was closed before a moment goes with its claims; how many, and their pictures."""
    found = tx.rows(
        "SELECT id, big, small FROM belongings_thing WHERE closed_at < ? LIMIT ?", (before, limit)
    )
    ids = encode([id for id, *_pictures in found])
    tx.execute(
        "DELETE FROM belongings_claim WHERE thing_id IN (SELECT value FROM json_each(?))", (ids,)
    )
    tx.execute("DELETE FROM belongings_thing WHERE id IN (SELECT value FROM json_each(?))", (ids,))
    return len(found), {one for _id, *pictures in found for one in pictures if one}


# Claims ------------------------------------------------------------------------------------------


def claim(tx: Tx, thing_id: str, person_id: str, owner_id: str, words: str, at: int) -> None:
    """It is theirs, or still is, with other words."""
    tx.execute(
        "INSERT INTO belongings_claim (thing_id, person_id, owner_id, words, at)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT (thing_id, person_id, owner_id)"
        " DO UPDATE SET words = excluded.words",
        (thing_id, person_id, owner_id, words, at),
    )
    _count(tx, thing_id)


def unclaim(tx: Tx, thing_id: str, person_id: str, owner_id: str) -> bool:
    """Whether it was claimed."""
    gone = tx.execute(
        "DELETE FROM belongings_claim WHERE thing_id = ? AND person_id = ? AND owner_id = ?",
        (thing_id, person_id, owner_id),
    )
    _count(tx, thing_id)
    return bool(gone)


def _count(tx: Tx, thing_id: str) -> None:
    """Since when a thing is claimed stands with it."""
    tx.execute(
        "UPDATE belongings_thing SET claimed_at = (SELECT min(c.at) FROM belongings_claim c"
        " WHERE c.thing_id = belongings_thing.id) WHERE id = ?",
        (thing_id,),
    )


def claims(tx: Tx, thing_id: str) -> list[Claim]:
    """Of all whose right to claim it stands, the earliest first."""
    rows = tx.rows(
        "SELECT c.person_id, c.owner_id, p.name, o.name,"  # noqa: S608 - constants only
        " (SELECT s.grade FROM people_v_student s WHERE s.student_id = c.owner_id),"
        " (SELECT s.class_number FROM people_v_student s WHERE s.student_id = c.owner_id),"
        " c.words, c.at, c.has_it FROM belongings_claim c JOIN people_v_known p ON p.id = c.person_id"
        " JOIN people_v_known o ON o.id = c.owner_id"
        " WHERE c.thing_id = ? AND" + STANDS + " ORDER BY c.at, c.person_id, c.owner_id",
        (thing_id,),
    )
    return [claim_of(row) for row in rows]


def claim_of(row: Row) -> Claim:
    person_id, owner_id, person, owner, grade, number, words, at, has_it = row
    room = "" if grade is None else class_words(grade, number)
    return Claim(person_id, owner_id, person, owner, room, words, at, bool(has_it))


def has_it(tx: Tx, thing_id: str, person_id: str, owner_id: str) -> None:
    """To whom it was handed; "" for nobody of those who claim it."""
    tx.execute(
        "UPDATE belongings_claim SET has_it = (person_id = ? AND owner_id = ?) WHERE thing_id = ?",
        (person_id, owner_id, thing_id),
    )


def own_claims(
    tx: Tx, person_id: str, owners: Sequence[str], thing_id: str = "", limit: int = 20
) -> list[OwnClaim]:
    """Somebody's own for these owners, the newest first; of one thing, or ("") of all."""
    rows = tx.rows(
        _THING + ", c.owner_id, c.has_it FROM belongings_claim c"  # noqa: S608 - constants only
        " CROSS JOIN belongings_thing t ON t.id = c.thing_id"
        " WHERE c.person_id = ? AND c.owner_id IN (SELECT value FROM json_each(?))"
        " AND (? = '' OR c.thing_id = ?) ORDER BY c.at DESC LIMIT ?",
        (person_id, encode(list(owners)), thing_id, thing_id, limit),
    )
    return [OwnClaim(FoundThing(*row[:-2]), row[-2], bool(row[-1])) for row in rows]
