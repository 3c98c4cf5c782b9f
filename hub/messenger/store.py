"""The SQL of the list of messengers."""

from kit.db import Tx
from protocol.identity import SchoolId
from protocol.sync import MatrixServer


def address(tx: Tx, school_id: str) -> str | None:
    """Where a school's server is reached; None: it has none."""
    found = tx.value(
        "SELECT address FROM messenger_server WHERE school_id = ? AND gone = 0", (school_id,)
    )
    return None if found is None else str(found)


def save(tx: Tx, school_id: str, server_name: str, address: str, seq: int) -> None:
    tx.execute(
        "INSERT INTO messenger_server (school_id, server_name, address, seq)"
        " VALUES (?, ?, ?, ?) ON CONFLICT (school_id) DO UPDATE SET"
        " server_name = excluded.server_name, address = excluded.address, seq = excluded.seq,"
        " gone = 0",
        (school_id, server_name, address, seq),
    )


def keep_portal(tx: Tx, school_id: str, portal: str) -> None:
    """Written anew only where it is another: a node says it with every word."""
    held = tx.value("SELECT portal FROM messenger_portal WHERE school_id = ?", (school_id,))
    if held != portal:
        tx.execute(
            "INSERT INTO messenger_portal (school_id, portal) VALUES (?, ?)"
            " ON CONFLICT (school_id) DO UPDATE SET portal = excluded.portal",
            (school_id, portal),
        )


def portal(tx: Tx, server_name: str) -> str:
    """Of a school in good standing; empty: there is none of this name."""
    found = tx.value(
        "SELECT p.portal FROM messenger_server m"
        " JOIN messenger_portal p ON p.school_id = m.school_id"
        " JOIN schools_v_school s ON s.school_id = m.school_id"
        " WHERE m.server_name = ? AND s.standing = 'active' AND m.gone = 0",
        (server_name,),
    )
    return str(found or "")


def remove(tx: Tx, school_id: str, seq: int) -> None:
    tx.execute(
        "UPDATE messenger_server SET gone = 1, address = '', seq = ? WHERE school_id = ?",
        (seq, school_id),
    )


def touch(tx: Tx, school_id: str, seq: int) -> None:
    """The school may be in the list again, or no more."""
    tx.execute("UPDATE messenger_server SET seq = ? WHERE school_id = ?", (seq, school_id))


def seq(tx: Tx) -> int:
    """The version of the list."""
    return int(tx.value("SELECT seq FROM messenger_stream WHERE id = 1"))


def next_seq(tx: Tx) -> int:
    return int(tx.value("UPDATE messenger_stream SET seq = seq + 1 WHERE id = 1 RETURNING seq"))


def active(tx: Tx) -> list[MatrixServer]:
    """The servers of all schools in good standing."""
    rows = tx.rows(
        "SELECT m.school_id, m.server_name, m.address FROM messenger_server m"
        " JOIN schools_v_school s ON s.school_id = m.school_id"
        " WHERE s.standing = 'active' AND m.gone = 0 ORDER BY m.school_id"
    )
    return [
        MatrixServer(school_id=SchoolId(row[0]), server_name=row[1], address=row[2]) for row in rows
    ]


def changed(tx: Tx, seq: int) -> tuple[list[MatrixServer], list[str]]:
    """What changed after this version: the servers that are in the list, the names of those that are
    in it no more."""
    rows = tx.rows(
        "SELECT m.school_id, m.server_name, m.address, m.gone, s.standing FROM messenger_server m"
        " JOIN schools_v_school s ON s.school_id = m.school_id WHERE m.seq > ?"
        " ORDER BY m.seq",
        (seq,),
    )
    here, gone = [], []
    for school_id, server_name, address, is_gone, standing in rows:
        if is_gone or standing != "active":
            gone.append(str(server_name))
            continue
        here.append(
            MatrixServer(school_id=SchoolId(school_id), server_name=server_name, address=address)
        )
    return here, gone
