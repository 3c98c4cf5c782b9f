"""The SQL of the conversation."""

from hub.sync.model import Accepted, Alarm, Change, Contact, Fork, Sign
from kit.db import Row, Tx, decode, encode
from protocol.heads import ConsistencyProof, SignedTreeHead, TreeHead, Witness


def contact(tx: Tx, school_id: str) -> Contact:
    found = tx.struct(
        Contact,
        "SELECT counter, last_sync_at, node_epoch, state_hash, state_at, acks_hash, key_id,"
        " address, alarm_at"
        " FROM sync_contact WHERE school_id = ?",
        (school_id,),
    )
    return found or Contact()


def save_contact(tx: Tx, school_id: str, now: Contact) -> None:
    tx.execute(
        "INSERT INTO sync_contact (school_id, counter, last_sync_at, node_epoch, state_hash,"
        " state_at, acks_hash, key_id, address, alarm_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (school_id) DO UPDATE SET counter = excluded.counter,"
        " last_sync_at = excluded.last_sync_at, node_epoch = excluded.node_epoch,"
        " state_hash = excluded.state_hash, state_at = excluded.state_at,"
        " acks_hash = excluded.acks_hash, key_id = excluded.key_id,"
        " address = excluded.address, alarm_at = excluded.alarm_at",
        (
            school_id,
            now.counter,
            now.last_sync_at,
            now.node_epoch,
            now.state_hash,
            now.state_at,
            now.acks_hash,
            now.key_id,
            now.address,
            now.alarm_at,
        ),
    )


def accepted(tx: Tx, school_id: str) -> Accepted | None:
    row = tx.row("SELECT size, root, witness FROM sync_log WHERE school_id = ?", (school_id,))
    return None if row is None else Accepted(row[0], row[1], decode(row[2], Witness))


def accept(tx: Tx, school_id: str, signed: SignedTreeHead, witness: Witness, at: int) -> None:
    head = signed.head
    tx.execute(
        "INSERT INTO sync_log (school_id, head, size, root, witness, accepted_at)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (school_id) DO UPDATE SET head = excluded.head,"
        " size = excluded.size, root = excluded.root, witness = excluded.witness,"
        " accepted_at = excluded.accepted_at",
        (school_id, encode(signed), head.size, head.root, encode(witness), at),
    )


def accepted_text(tx: Tx, school_id: str) -> str:
    """The accepted head as the school signed it, JSON."""
    return str(tx.value("SELECT head FROM sync_log WHERE school_id = ?", (school_id,)) or "")


def forget_log(tx: Tx, school_id: str) -> bool:
    """The next head is taken as a first one. Whether there was one."""
    return bool(tx.execute("DELETE FROM sync_log WHERE school_id = ?", (school_id,)))


def open_story(tx: Tx, school_id: str) -> str | None:
    """The fork that began what no officer has settled yet."""
    found = tx.value(
        "SELECT first_id FROM sync_fork WHERE school_id = ? AND settled_at IS NULL LIMIT 1",
        (school_id,),
    )
    return None if found is None else str(found)


def keep_fork(
    tx: Tx,
    fork_id: str,
    first_id: str,
    school_id: str,
    given: SignedTreeHead,
    proof: ConsistencyProof | None,
    code: str,
    message: str,
    at: int,
) -> bool:
    """Keep the evidence once; whether it is new."""
    head: TreeHead = given.head
    return bool(
        tx.execute(
            "INSERT INTO sync_fork (fork_id, first_id, school_id, found_at, code, message, seen,"
            " given, proof, size, root) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (school_id, size, root) WHERE settled_at IS NULL DO NOTHING",
            (
                fork_id,
                first_id,
                school_id,
                at,
                code,
                message,
                accepted_text(tx, school_id),
                encode(given),
                encode(proof) if proof is not None else None,
                head.size,
                head.root,
            ),
        )
    )


_STORIES = (
    "SELECT f.fork_id, f.school_id, coalesce(s.name, f.school_id), f.found_at, f.code, f.message,"
    " f.seen, f.given, (SELECT count(*) FROM sync_fork t WHERE t.first_id = f.fork_id),"
    " f.settled_at, f.settled_by FROM sync_fork f"
    " LEFT JOIN schools_v_school s ON s.school_id = f.school_id WHERE f.fork_id = f.first_id"
)


def forks(tx: Tx, limit: int = 200) -> list[Fork]:
    """Each story once, by the fork that began it: what is not settled first, newest first."""
    return tx.structs(
        Fork,
        _STORIES + " ORDER BY CASE WHEN f.settled_at IS NULL THEN 0 ELSE 1 END, f.found_at DESC,"
        " f.fork_id LIMIT ?",
        (limit,),
    )


def open_forks(tx: Tx) -> list[Fork]:
    """What no officer has settled yet, newest first."""
    return tx.structs(
        Fork, _STORIES + " AND f.settled_at IS NULL ORDER BY f.found_at DESC, f.fork_id"
    )


def settle(tx: Tx, school_id: str, by: str, at: int) -> bool:
    """Whether there was something to settle."""
    return bool(
        tx.execute(
            "UPDATE sync_fork SET settled_at = ?, settled_by = ?"
            " WHERE school_id = ? AND settled_at IS NULL",
            (at, by, school_id),
        )
    )


# One key, two machines --------------------------------------------------------------------------


def add_epoch(tx: Tx, school_id: str, epoch: str, at: int) -> None:
    tx.execute(
        "INSERT INTO sync_epoch (school_id, epoch, first_at) VALUES (?, ?, ?)"
        " ON CONFLICT (school_id, epoch) DO NOTHING",
        (school_id, epoch, at),
    )


def is_known_epoch(tx: Tx, school_id: str, epoch: str) -> bool:
    found = tx.value(
        "SELECT 1 FROM sync_epoch WHERE school_id = ? AND epoch = ?", (school_id, epoch)
    )
    return found is not None


def add_change(tx: Tx, change_id: str, school_id: str, change: Change, kept: int) -> None:
    """Append a change; of the earlier ones as many stay as `kept` says."""
    tx.execute(
        "INSERT INTO sync_change (change_id, school_id, at, epoch, address) VALUES (?, ?, ?, ?, ?)",
        (change_id, school_id, change.at, change.epoch, change.address),
    )
    tx.execute(
        "DELETE FROM sync_change WHERE school_id = ? AND at <"
        " (SELECT at FROM sync_change WHERE school_id = ? ORDER BY at DESC LIMIT 1 OFFSET ?)",
        (school_id, school_id, kept),
    )


def changes(tx: Tx, school_id: str) -> list[Change]:
    """Those remembered, in order."""
    return tx.structs(
        Change,
        "SELECT at, epoch, address FROM sync_change WHERE school_id = ? ORDER BY at, change_id",
        (school_id,),
    )


def forget_changes(tx: Tx, school_id: str) -> None:
    """What comes is judged anew."""
    tx.execute("DELETE FROM sync_change WHERE school_id = ?", (school_id,))


def forget_epochs(tx: Tx, school_id: str) -> None:
    tx.execute("DELETE FROM sync_epoch WHERE school_id = ?", (school_id,))


def add_alarm(
    tx: Tx, alarm_id: str, school_id: str, sign: Sign, evidence: list[Change], at: int
) -> None:
    tx.execute(
        "INSERT INTO sync_alarm (alarm_id, school_id, sign, found_at, last_at, evidence)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (alarm_id, school_id, sign.value, at, at, encode(evidence)),
    )


def prolong_alarm(tx: Tx, school_id: str, at: int) -> None:
    tx.execute(
        "UPDATE sync_alarm SET last_at = ? WHERE school_id = ? AND settled_at IS NULL",
        (at, school_id),
    )


def settle_alarms(tx: Tx, school_id: str, by: str, at: int) -> bool:
    """Whether there was one."""
    tx.execute("UPDATE sync_contact SET alarm_at = 0 WHERE school_id = ?", (school_id,))
    return bool(
        tx.execute(
            "UPDATE sync_alarm SET settled_at = ?, settled_by = ?"
            " WHERE school_id = ? AND settled_at IS NULL",
            (at, by, school_id),
        )
    )


_ALARMS = (
    "SELECT a.alarm_id, a.school_id, coalesce(s.name, a.school_id), a.sign, a.found_at,"
    " a.last_at, a.evidence, a.settled_at, a.settled_by FROM sync_alarm a"
    " LEFT JOIN schools_v_school s ON s.school_id = a.school_id"
)


def alarms(tx: Tx, limit: int = 200) -> list[Alarm]:
    """All alarms, what is not settled first, newest first."""
    rows = tx.rows(
        _ALARMS + " ORDER BY CASE WHEN a.settled_at IS NULL THEN 0 ELSE 1 END, a.found_at DESC,"
        " a.alarm_id LIMIT ?",
        (limit,),
    )
    return [_alarm(row) for row in rows]


def open_alarms(tx: Tx) -> list[Alarm]:
    """What no officer has settled yet, newest first."""
    sql = _ALARMS + " WHERE a.settled_at IS NULL ORDER BY a.found_at DESC, a.alarm_id"
    return [_alarm(row) for row in tx.rows(sql)]


def _alarm(row: Row) -> Alarm:
    alarm_id, school_id, name, sign, found_at, last_at, evidence, settled_at, by = row
    changes = decode(evidence, tuple[Change, ...])
    return Alarm(alarm_id, school_id, name, Sign(sign), found_at, last_at, changes, settled_at, by)
