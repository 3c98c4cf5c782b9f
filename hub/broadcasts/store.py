"""The SQL of the official notices."""

from collections.abc import Iterable, Sequence

import msgspec

from hub.broadcasts.model import Content, Delivery, Line, Notice, Tally, Target, content_of
from kit.clock import DAY
from kit.db import Row, Tx, decode, encode
from protocol.official import NoticeAck, OfficialNotice
from protocol.sync import SequencedNotice

OVERDUE_FOR = 60 * DAY  # older ones no longer ask for attention

# Writing --------------------------------------------------------------------------------------


def save_draft(
    tx: Tx, notice_id: str, content: Content, target: Target, by: str, by_name: str, at: int
) -> None:
    """Keep what is being worked on; the target of a notice already sent stays, and so does the
    title it has in lists. Whoever began it stays its writer."""
    tx.execute(
        "INSERT INTO broadcasts_notice (notice_id, title, content, target, touched, revision,"
        " schools, must_acknowledge, deadline_at, created_at, created_by, created_by_name,"
        " updated_at, written_by, written_by_name)"
        " VALUES (?, ?, ?, ?, 1, 0, 0, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (notice_id) DO UPDATE SET content = excluded.content, touched = 1,"
        " updated_at = excluded.updated_at,"
        " title = CASE WHEN broadcasts_notice.revision = 0 THEN excluded.title"
        " ELSE broadcasts_notice.title END,"
        " target = CASE WHEN broadcasts_notice.revision = 0 THEN excluded.target"
        " ELSE broadcasts_notice.target END,"
        " written_by = CASE WHEN broadcasts_notice.touched = 1 THEN broadcasts_notice.written_by"
        " ELSE excluded.written_by END,"
        " written_by_name = CASE WHEN broadcasts_notice.touched = 1"
        " THEN broadcasts_notice.written_by_name ELSE excluded.written_by_name END",
        (
            notice_id,
            content.title,
            encode(content),
            encode(target),
            int(content.must_acknowledge),
            content.deadline_at,
            at,
            by,
            by_name,
            at,
            by,
            by_name,
        ),
    )


def notice(tx: Tx, notice_id: str) -> Notice | None:
    row = tx.row(
        "SELECT notice_id, content, target, touched, revision, schools, created_at,"
        " created_by_name, updated_at, sent_at, revoked_at, written_by, written_by_name"
        " FROM broadcasts_notice"
        " WHERE notice_id = ?",
        (notice_id,),
    )
    if row is None:
        return None
    return Notice(row[0], decode(row[1], Content), decode(row[2], Target), bool(row[3]), *row[4:])


def lines(tx: Tx, reader: str, every_draft: bool, limit: int, offset: int) -> list[Line]:
    """The notices, latest touched first, with how many schools received and acknowledged. Drafts
    are the reader's own, or everybody's."""
    rows = tx.rows(
        "SELECT n.notice_id, n.title, n.revision, n.schools, n.must_acknowledge, n.deadline_at,"
        " n.updated_at, n.sent_at, n.revoked_at, n.created_by_name, count(d.received_at),"
        " count(d.acknowledged_at), count(d.vetoed_at)"
        " FROM (SELECT * FROM broadcasts_notice WHERE revision > 0 OR written_by = ? OR ? = 1"
        " ORDER BY updated_at DESC, notice_id"
        " LIMIT ? OFFSET ?) n LEFT JOIN broadcasts_delivery d ON d.notice_id = n.notice_id"
        " GROUP BY n.notice_id, n.title, n.revision, n.schools, n.must_acknowledge, n.deadline_at,"
        " n.updated_at, n.sent_at, n.revoked_at, n.created_by_name"
        " ORDER BY n.updated_at DESC, n.notice_id",
        (reader, int(every_draft), limit, offset),
    )
    return [Line(row[0], row[1], row[2], row[3], bool(row[4]), *row[5:]) for row in rows]


def overdue(tx: Tx, now: int, limit: int) -> list[tuple[str, str, int, int]]:
    """(id, title, deadline, schools missing) of notices past their deadline, not acknowledged."""
    rows: list[Row] = tx.rows(
        "SELECT n.notice_id, n.title, n.deadline_at, count(*) FROM broadcasts_notice n"
        " JOIN broadcasts_delivery d ON d.notice_id = n.notice_id"
        " WHERE n.must_acknowledge = 1 AND n.revision > 0 AND n.revoked_at IS NULL"
        " AND n.deadline_at < ? AND n.deadline_at > ? AND d.acknowledged_at IS NULL"
        " GROUP BY n.notice_id, n.title, n.deadline_at ORDER BY n.deadline_at DESC LIMIT ?",
        (now, now - OVERDUE_FOR, limit),
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def drop_draft(tx: Tx, notice_id: str) -> None:
    tx.execute("DELETE FROM broadcasts_notice WHERE notice_id = ? AND revision = 0", (notice_id,))


def drop_correction(tx: Tx, notice_id: str, sent: Content, at: int) -> None:
    """What was sent stands again."""
    tx.execute(
        "UPDATE broadcasts_notice SET content = ?, touched = 0, updated_at = ?"
        " WHERE notice_id = ? AND revision > 0",
        (encode(sent), at, notice_id),
    )


# Sending --------------------------------------------------------------------------------------


def take_seq(tx: Tx) -> int:
    return int(tx.value("UPDATE broadcasts_stream SET seq = seq + 1 WHERE id = 1 RETURNING seq"))


def last_seq(tx: Tx) -> int:
    return int(tx.value("SELECT seq FROM broadcasts_stream WHERE id = 1"))


def add_revision(tx: Tx, sent: OfficialNotice, by: str, by_name: str, at: int) -> None:
    tx.execute(
        "INSERT INTO broadcasts_revision (notice_id, revision, notice, sent_at, sent_by,"
        " sent_by_name) VALUES (?, ?, ?, ?, ?, ?)",
        (sent.id, sent.revision, encode(sent), at, by, by_name),
    )
    tx.execute(
        "UPDATE broadcasts_notice SET title = ?, content = ?, revision = ?, touched = 0, must_acknowledge = ?,"
        " deadline_at = ?, updated_at = ?, sent_at = coalesce(sent_at, ?), revoked_at = ?"
        " WHERE notice_id = ?",
        (
            sent.title,
            encode(content_of(sent)),
            sent.revision,
            int(sent.must_acknowledge),
            sent.deadline_at,
            at,
            at,
            at if sent.revoked else None,
            sent.id,
        ),
    )
    tx.many(
        "INSERT INTO broadcasts_file (sha256, notice_id, media_type) VALUES (?, ?, ?)"
        " ON CONFLICT (sha256, notice_id) DO NOTHING",
        [(file.sha256, sent.id, file.media_type) for file in sent.attachments],
    )


def revision(tx: Tx, notice_id: str, number: int) -> OfficialNotice | None:
    text = tx.value(
        "SELECT notice FROM broadcasts_revision WHERE notice_id = ? AND revision = ?",
        (notice_id, number),
    )
    return None if text is None else decode(text, OfficialNotice)


def history(tx: Tx, notice_id: str) -> list[tuple[int, int, str, bool]]:
    """(revision, sent at, by whom, taken back) of what was sent, newest first."""
    rows: list[Row] = tx.rows(
        "SELECT revision, sent_at, sent_by_name, notice FROM broadcasts_revision"
        " WHERE notice_id = ? ORDER BY revision DESC",
        (notice_id,),
    )
    return [(row[0], row[1], row[2], decode(row[3], OfficialNotice).revoked) for row in rows]


def address(tx: Tx, notice_id: str, schools: Sequence[str], seq: int) -> None:
    """One row a school."""
    tx.many(
        "INSERT INTO broadcasts_delivery (notice_id, school_id, seq, revision, addressees,"
        " read_count, reason) VALUES (?, ?, ?, 0, 0, 0, '')",
        [(notice_id, school, seq) for school in schools],
    )
    tx.execute(
        "UPDATE broadcasts_notice SET schools = ? WHERE notice_id = ?", (len(schools), notice_id)
    )


def redeliver(tx: Tx, notice_id: str, seq: int) -> list[str]:
    """All addressed schools hear of the notice again; which."""
    tx.execute("UPDATE broadcasts_delivery SET seq = ? WHERE notice_id = ?", (seq, notice_id))
    rows = tx.rows("SELECT school_id FROM broadcasts_delivery WHERE notice_id = ?", (notice_id,))
    return [row[0] for row in rows]


def remind(tx: Tx, notice_id: str, seq: int, now: int) -> list[str]:
    """Schools that did not acknowledge (or not even receive) hear of it again; which."""
    rows = tx.rows(
        "UPDATE broadcasts_delivery SET seq = ?, reminded_at = ? WHERE notice_id = ?"
        " AND vetoed_at IS NULL AND (received_at IS NULL OR (acknowledged_at IS NULL AND EXISTS"
        " (SELECT 1 FROM broadcasts_notice n WHERE n.notice_id = broadcasts_delivery.notice_id"
        " AND n.must_acknowledge = 1))) RETURNING school_id",
        (seq, now, notice_id),
    )
    return [row[0] for row in rows]


# Towards the nodes ----------------------------------------------------------------------------


def has_news(tx: Tx, school_id: str, seq: int) -> bool:
    found = tx.value(
        "SELECT 1 FROM broadcasts_delivery WHERE school_id = ? AND seq > ? LIMIT 1",
        (school_id, seq),
    )
    return found is not None


def news(tx: Tx, school_id: str, seq: int, limit: int) -> list[SequencedNotice]:
    """The school's notices after `seq`, each in its latest revision."""
    rows = tx.rows(
        "SELECT d.seq, r.notice FROM broadcasts_delivery d"
        " JOIN broadcasts_notice n ON n.notice_id = d.notice_id"
        " JOIN broadcasts_revision r ON r.notice_id = n.notice_id AND r.revision = n.revision"
        " WHERE d.school_id = ? AND d.seq > ? ORDER BY d.seq LIMIT ?",
        (school_id, seq, limit),
    )
    return [
        SequencedNotice(seq=number, notice=msgspec.json.decode(text, type=OfficialNotice))
        for number, text in rows
    ]


def school_seq(tx: Tx, school_id: str) -> int:
    """The last number in a school's stream."""
    return int(
        tx.value(
            "SELECT coalesce(max(seq), 0) FROM broadcasts_delivery WHERE school_id = ?",
            (school_id,),
        )
    )


def addressed_since(tx: Tx, seq: int) -> list[str]:
    rows = tx.rows("SELECT DISTINCT school_id FROM broadcasts_delivery WHERE seq > ?", (seq,))
    return [row[0] for row in rows]


def take_acks(tx: Tx, school_id: str, acks: Iterable[NoticeAck]) -> int:
    """Keep what a school says of notices addressed to it; an older revision's word is dropped."""
    changed = 0
    for ack in acks:
        values = (
            ack.received_at,
            ack.addressees,
            ack.read,
            ack.acknowledged_at,
            ack.published_at,
            ack.delayed_until,
            ack.vetoed_at,
            ack.reason[:500],
        )
        changed += tx.execute(
            "UPDATE broadcasts_delivery SET revision = ?, received_at = ?, addressees = ?,"
            " read_count = ?, acknowledged_at = ?, published_at = ?, delayed_until = ?,"
            " vetoed_at = ?, reason = ? WHERE notice_id = ? AND school_id = ? AND revision <= ?",
            (ack.revision, *values, ack.notice_id, school_id, ack.revision),
        )
    return changed


def file_for(tx: Tx, school_id: str, sha256: str) -> str | None:
    """Media type of a file, if it belongs to a notice addressed to the school."""
    found = tx.value(
        "SELECT f.media_type FROM broadcasts_file f JOIN broadcasts_delivery d"
        " ON d.notice_id = f.notice_id AND d.school_id = ? WHERE f.sha256 = ? LIMIT 1",
        (school_id, sha256),
    )
    return None if found is None else str(found)


# Following ------------------------------------------------------------------------------------


def deliveries(tx: Tx, notice_id: str) -> list[Delivery]:
    """Every addressed school, those that have not received it first."""
    return tx.structs(
        Delivery,
        "SELECT d.school_id, coalesce(s.name, d.school_id), d.revision, d.received_at,"
        " d.addressees, d.read_count, d.acknowledged_at, d.published_at, d.delayed_until,"
        " d.vetoed_at, d.reason, d.reminded_at FROM broadcasts_delivery d"
        " LEFT JOIN schools_v_school s ON s.school_id = d.school_id WHERE d.notice_id = ?"
        " ORDER BY CASE WHEN d.received_at IS NULL THEN 0 WHEN d.vetoed_at IS NOT NULL THEN 1"
        " WHEN d.acknowledged_at IS NULL THEN 2 ELSE 3 END, s.name, d.school_id",
        (notice_id,),
    )


def tally(tx: Tx, notice_id: str) -> Tally:
    row = tx.row(
        "SELECT count(*), count(received_at), count(acknowledged_at), count(published_at),"
        " count(delayed_until), count(vetoed_at), coalesce(sum(addressees), 0),"
        " coalesce(sum(read_count), 0) FROM broadcasts_delivery WHERE notice_id = ?",
        (notice_id,),
    )
    assert row is not None
    return Tally(*(int(value) for value in row))
