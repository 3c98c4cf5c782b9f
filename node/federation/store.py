"""The SQL of the conversation with the province."""

from collections.abc import Collection, Iterable

import msgspec

from kit.db import Tx, encode
from node.federation import colleagues
from node.federation.model import (
    Conversation,
    EnrolmentBegun,
    Membership,
    PendingRotation,
)
from protocol.directory import (
    Cursor,
    Entry,
    Increment,
    SchoolEntry,
    StaffEntry,
    initial_consonants,
    normalise,
    remove,
    upsert,
)
from protocol.enrolment import EnrolmentGrant, Invitation
from protocol.heads import Witness
from protocol.rotation import SignedRotation


def membership(tx: Tx) -> Membership | None:
    row = tx.row(
        "SELECT grant_json, joined_at, standing, standing_reason, accepted_size, log_refused,"
        " witness, two_machines_at FROM federation_membership"
    )
    if row is None:
        return None
    grant = msgspec.json.decode(row[0], type=EnrolmentGrant)
    witness = msgspec.json.decode(row[6], type=Witness) if row[6] else None
    return Membership(grant, row[1], row[2], row[3], row[4], row[5], witness, row[7])


def save_membership(tx: Tx, grant: EnrolmentGrant, at: int) -> None:
    """Join, or join anew after revocation."""
    tx.execute(
        "INSERT OR REPLACE INTO federation_membership (id, grant_json, joined_at, standing,"
        " standing_reason, accepted_size, log_refused, witness)"
        " VALUES (1, ?, ?, 'active', '', NULL, '', NULL)",
        (encode(grant), at),
    )
    tx.execute("DELETE FROM federation_enrolment")
    tx.execute("DELETE FROM federation_cursor")


def set_standing(tx: Tx, standing: str, reason: str) -> bool:
    """Whether it changed."""
    return bool(
        tx.execute(
            "UPDATE federation_membership SET standing = ?, standing_reason = ?"
            " WHERE standing <> ? OR standing_reason <> ?",
            (standing, reason, standing, reason),
        )
    )


def set_two_machines(tx: Tx, since_at: int | None) -> None:
    tx.execute(
        "UPDATE federation_membership SET two_machines_at = ? WHERE two_machines_at IS NOT ?",
        (since_at, since_at),
    )


def set_log(tx: Tx, accepted_size: int | None, refused: str, witness: Witness | None) -> None:
    """What the hub last said of this node's ledger; `witness`: of a head that the ledger holds."""
    tx.execute(
        "UPDATE federation_membership SET accepted_size = coalesce(?, accepted_size),"
        " log_refused = ?, witness = coalesce(?, witness)",
        (accepted_size, refused, encode(witness) if witness is not None else None),
    )


def enrolment(tx: Tx) -> EnrolmentBegun | None:
    row = tx.row("SELECT invitation, request_json FROM federation_enrolment")
    if row is None:
        return None
    return EnrolmentBegun(msgspec.json.decode(row[0], type=Invitation), row[1])


def save_enrolment(tx: Tx, invitation: Invitation, request_json: str, at: int) -> None:
    tx.execute(
        "INSERT OR REPLACE INTO federation_enrolment (id, invitation, request_json, started_at)"
        " VALUES (1, ?, ?, ?)",
        (encode(invitation), request_json, at),
    )


def save_grant(tx: Tx, grant: EnrolmentGrant) -> None:
    """The grant with what the hub said since of this school's keys."""
    tx.execute("UPDATE federation_membership SET grant_json = ?", (encode(grant),))


def rotation(tx: Tx) -> PendingRotation | None:
    """The exchange of keys under way."""
    row = tx.row("SELECT statement, begun_at, last_error FROM federation_rotation")
    if row is None:
        return None
    return PendingRotation(msgspec.json.decode(row[0], type=SignedRotation), row[1], row[2])


def save_rotation(tx: Tx, statement: SignedRotation, at: int) -> None:
    tx.execute(
        "INSERT INTO federation_rotation (id, statement, begun_at) VALUES (1, ?, ?)",
        (encode(statement), at),
    )


def set_rotation_error(tx: Tx, error: str) -> None:
    tx.execute(
        "UPDATE federation_rotation SET last_error = ? WHERE last_error <> ?", (error, error)
    )


def forget_rotation(tx: Tx) -> None:
    tx.execute("DELETE FROM federation_rotation")


def last_counter(tx: Tx) -> int:
    return int(tx.value("SELECT last FROM federation_counter") or 0)


def save_counter(tx: Tx, counter: int) -> None:
    tx.execute(
        "INSERT INTO federation_counter (id, last) VALUES (1, ?)"
        " ON CONFLICT (id) DO UPDATE SET last = excluded.last",
        (counter,),
    )


def conversation(tx: Tx) -> Conversation:
    found = tx.struct(
        Conversation,
        "SELECT last_try_at, last_ok_at, failures, last_error, next_try_at"
        " FROM federation_conversation",
    )
    return found or Conversation()


def save_conversation(tx: Tx, state: Conversation) -> None:
    tx.execute(
        "INSERT OR REPLACE INTO federation_conversation"
        " (id, last_try_at, last_ok_at, failures, last_error, next_try_at)"
        " VALUES (1, ?, ?, ?, ?, ?)",
        (
            state.last_try_at,
            state.last_ok_at,
            state.failures,
            state.last_error,
            state.next_try_at,
        ),
    )


def cursor(tx: Tx, stream: str) -> Cursor | None:
    row = tx.row("SELECT epoch, seq FROM federation_cursor WHERE stream = ?", (stream,))
    return None if row is None else Cursor(epoch=row[0], seq=row[1])


def save_cursor(tx: Tx, stream: str, cursor: Cursor) -> None:
    tx.execute(
        "INSERT INTO federation_cursor (stream, epoch, seq) VALUES (?, ?, ?)"
        " ON CONFLICT (stream) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq",
        (stream, cursor.epoch, cursor.seq),
    )


def forget_cursor(tx: Tx, stream: str) -> None:
    tx.execute("DELETE FROM federation_cursor WHERE stream = ?", (stream,))


# This school's share of the directory ---------------------------------------------------------


def share(tx: Tx) -> dict[str, str]:
    """Entry id → hash, as the share stands."""
    return dict(tx.rows("SELECT entry_id, hash FROM federation_share"))


def change_share(tx: Tx, entry_id: str, entry: Entry | None, entry_hash: str) -> None:
    """Append a change to the log; entry None takes it away."""
    seq = last_change(tx) + 1
    tx.execute(
        "INSERT INTO federation_change (seq, entry_id, entry) VALUES (?, ?, ?)",
        (seq, entry_id, encode(entry) if entry is not None else None),
    )
    if entry is None:
        tx.execute("DELETE FROM federation_share WHERE entry_id = ?", (entry_id,))
        return
    tx.execute(
        "INSERT INTO federation_share (entry_id, hash) VALUES (?, ?)"
        " ON CONFLICT (entry_id) DO UPDATE SET hash = excluded.hash",
        (entry_id, entry_hash),
    )


def last_change(tx: Tx) -> int:
    return int(tx.value("SELECT coalesce(max(seq), 0) FROM federation_change"))


def changes_after(tx: Tx, seq: int, limit: int) -> list[Increment]:
    """The change log after `seq`, in order."""
    rows = tx.rows(
        "SELECT seq, entry_id, entry FROM federation_change WHERE seq > ? ORDER BY seq LIMIT ?",
        (seq, limit),
    )
    return [_increment(*row) for row in rows]


def whole_share(tx: Tx) -> list[Increment]:
    """The latest change of every entry that is there, in order of seq."""
    rows = tx.rows(
        "SELECT c.seq, c.entry_id, c.entry FROM federation_change c"
        " JOIN federation_share s ON s.entry_id = c.entry_id"
        " WHERE c.seq = (SELECT max(l.seq) FROM federation_change l WHERE l.entry_id = c.entry_id)"
        " ORDER BY c.seq"
    )
    return [_increment(*row) for row in rows]


def _increment(seq: int, entry_id: str, entry: str | None) -> Increment:
    if entry is None:
        return remove(seq, entry_id)
    return upsert(seq, msgspec.json.decode(entry, type=Entry))


# Other schools' entries -----------------------------------------------------------------------


def forget_directory(tx: Tx) -> None:
    tx.execute("DELETE FROM federation_entry")


def forget_school(tx: Tx, school_id: str) -> None:
    tx.execute("DELETE FROM federation_entry WHERE school_id = ?", (school_id,))


def forget_entry(tx: Tx, school_id: str, entry_id: str) -> None:
    tx.execute(
        "DELETE FROM federation_entry WHERE school_id = ? AND entry_id = ?", (school_id, entry_id)
    )


def keep_entry(tx: Tx, school_id: str, entry: Entry) -> None:
    kind = "school" if isinstance(entry, SchoolEntry) else "staff"
    tx.execute(
        "INSERT INTO federation_entry (school_id, entry_id, kind, name, name_key, initials, entry)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (school_id, entry_id) DO UPDATE SET"
        " name = excluded.name, name_key = excluded.name_key, initials = excluded.initials,"
        " entry = excluded.entry",
        (
            school_id,
            entry.id,
            kind,
            entry.name,
            normalise(entry.name),
            initial_consonants(entry.name),
            encode(entry),
        ),
    )
    if kind == "staff":
        colleagues.note(tx, school_id, entry.id, entry.name)


def school_names(tx: Tx, school_ids: Iterable[str]) -> dict[str, str]:
    """School id → name, of those of these schools that the directory has."""
    rows = tx.rows(
        "SELECT e.school_id, e.name FROM json_each(?) j"
        " JOIN federation_entry e ON e.school_id = j.value AND e.entry_id = j.value",
        (encode(sorted(school_ids)),),
    )
    return {str(school_id): str(name) for school_id, name in rows}


def staff_rows(tx: Tx) -> list[StaffEntry]:
    """This school's staff as the province may see them: no phone, no address of a person."""
    rows = tx.rows(
        "SELECT s.person_id, s.name, s.position, s.department, s.duty, coalesce(m.user_id, ''),"
        " s.extension"
        " FROM people_v_staff s LEFT JOIN messenger_v_account m ON m.person_id = s.person_id"
    )
    return [
        StaffEntry(
            id=person_id,
            name=name,
            position=position,
            department=department,
            duty=duty,
            matrix_id=matrix_id,
            extension=extension,
        )
        for person_id, name, position, department, duty, matrix_id, extension in rows
    ]


def counts(tx: Tx) -> dict[str, int]:
    """Totals for the hub's overview; numbers of people, never who."""
    return {
        "students": int(tx.value("SELECT count(*) FROM people_v_student")),
        "staff": int(tx.value("SELECT count(*) FROM people_v_staff")),
        "classes": int(tx.value("SELECT count(*) FROM people_v_class")),
    }


def keep_unknown(tx: Tx, entry_id: str, kind: str, body: str, at: int) -> None:
    tx.execute(
        "INSERT INTO federation_kept (id, kind, body, at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (id) DO NOTHING",
        (entry_id, kind, body, at),
    )


def kept_of(tx: Tx, kinds: Collection[str]) -> list[str]:
    """Ids of kept mail of these kinds, each sender's in the order it was written."""
    rows = tx.rows(
        "SELECT id FROM federation_kept WHERE kind = 'envelope'"
        " AND json_extract(body, '$.kind') IN (SELECT value FROM json_each(?))"
        " ORDER BY json_extract(body, '$.sender'), json_extract(body, '$.seq')",
        (encode(sorted(kinds)),),
    )
    return [str(entry_id) for (entry_id,) in rows]


def kept_mail(tx: Tx, entry_id: str) -> str | None:
    found = tx.value("SELECT body FROM federation_kept WHERE id = ?", (entry_id,))
    return None if found is None else str(found)


def forget_kept(tx: Tx, entry_id: str) -> None:
    tx.execute("DELETE FROM federation_kept WHERE id = ?", (entry_id,))
