"""The SQL of the list of messengers."""

from kit.db import Tx
from protocol.identity import SchoolId
from protocol.sync import MatrixServer


def address(tx: Tx, school_id: str) -> str | None:
    """Where a school's server is reached; None: it has none."""
    found = tx.value("SELECT address FROM messenger_server WHERE school_id = ?", (school_id,))
    return None if found is None else str(found)


def save(tx: Tx, school_id: str, server_name: str, address: str) -> None:
    tx.execute(
        "INSERT INTO messenger_server (school_id, server_name, address) VALUES (?, ?, ?)"
        " ON CONFLICT (school_id) DO UPDATE SET server_name = excluded.server_name,"
        " address = excluded.address",
        (school_id, server_name, address),
    )


def remove(tx: Tx, school_id: str) -> None:
    tx.execute("DELETE FROM messenger_server WHERE school_id = ?", (school_id,))


def seq(tx: Tx) -> int:
    return int(tx.value("SELECT seq FROM messenger_stream WHERE id = 1"))


def next_seq(tx: Tx) -> None:
    tx.execute("UPDATE messenger_stream SET seq = seq + 1 WHERE id = 1")


def active(tx: Tx) -> list[MatrixServer]:
    """The servers of all schools in good standing."""
    rows = tx.rows(
        "SELECT m.school_id, m.server_name, m.address FROM messenger_server m"
        " JOIN schools_v_school s ON s.school_id = m.school_id WHERE s.standing = 'active'"
        " ORDER BY m.school_id"
    )
    return [
        MatrixServer(school_id=SchoolId(row[0]), server_name=row[1], address=row[2]) for row in rows
    ]
