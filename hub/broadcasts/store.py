"""The SQL of the official notices: what is written, and every revision as it went out."""

from hub.broadcasts import tallies
from hub.broadcasts.model import Notice, NoticeContent, NoticeLine, Tally, Target, content_of
from kit.clock import DAY
from kit.db import Row, Tx, decode, encode
from protocol.official import OfficialNotice

OVERDUE_FOR = 60 * DAY  # older ones no longer ask for attention

# Writing --------------------------------------------------------------------------------------


def save_draft(
    tx: Tx, notice_id: str, content: NoticeContent, target: Target, by: str, by_name: str, at: int
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
    return Notice(
        row[0], decode(row[1], NoticeContent), decode(row[2], Target), bool(row[3]), *row[4:]
    )


def lines(tx: Tx, reader: str, every_draft: bool, limit: int, offset: int) -> list[NoticeLine]:
    """The notices, latest touched first, with how many schools received and acknowledged. Drafts
    are the reader's own, or everybody's."""
    rows = tx.rows(
        "SELECT notice_id, title, revision, schools, must_acknowledge, deadline_at, updated_at,"
        " sent_at, revoked_at, created_by_name FROM broadcasts_notice"
        " WHERE revision > 0 OR written_by = ? OR ? = 1"
        " ORDER BY updated_at DESC, notice_id LIMIT ? OFFSET ?",
        (reader, int(every_draft), limit, offset),
    )
    return [_line(row, tallies.of(tx, row[0])) for row in rows]


def _line(row: Row, sums: Tally) -> NoticeLine:
    fares = (sums.received, sums.acknowledged, sums.vetoed)
    return NoticeLine(row[0], row[1], row[2], row[3], bool(row[4]), *(*row[5:], *fares))


def overdue(tx: Tx, now: int) -> list[tuple[str, str, int, int]]:
    """(id, title, deadline, schools missing) of notices past their deadline, not acknowledged."""
    rows: list[Row] = tx.rows(
        "SELECT notice_id, title, deadline_at FROM broadcasts_notice"
        " WHERE must_acknowledge = 1 AND revision > 0 AND revoked_at IS NULL"
        " AND deadline_at < ? AND deadline_at > ? ORDER BY deadline_at DESC",
        (now, now - OVERDUE_FOR),
    )
    found: list[tuple[str, str, int, int]] = []
    for notice_id, title, deadline in rows:
        sums = tallies.of(tx, notice_id)
        if sums.acknowledged < sums.schools:
            found.append((notice_id, title, deadline, sums.schools - sums.acknowledged))
    return found


def drop_draft(tx: Tx, notice_id: str) -> None:
    tx.execute("DELETE FROM broadcasts_notice WHERE notice_id = ? AND revision = 0", (notice_id,))


def drop_correction(tx: Tx, notice_id: str, sent: NoticeContent, at: int) -> None:
    """What was sent stands again."""
    tx.execute(
        "UPDATE broadcasts_notice SET content = ?, touched = 0, updated_at = ?"
        " WHERE notice_id = ? AND revision > 0",
        (encode(sent), at, notice_id),
    )


# Sending --------------------------------------------------------------------------------------


def add_revision(tx: Tx, sent: OfficialNotice, by: str, by_name: str, at: int) -> None:
    """Keep what is to go out, as it is now."""
    tx.execute(
        "INSERT INTO broadcasts_revision (notice_id, revision, notice, sent_at, sent_by,"
        " sent_by_name) VALUES (?, ?, ?, ?, ?, ?)",
        (sent.id, sent.revision, encode(sent), at, by, by_name),
    )


def set_sent(tx: Tx, sent: OfficialNotice, at: int) -> None:
    """From now on the notice is what this revision says, and schools may fetch its files."""
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


def set_schools(tx: Tx, notice_id: str, schools: int) -> None:
    tx.execute("UPDATE broadcasts_notice SET schools = ? WHERE notice_id = ?", (schools, notice_id))


def revision(tx: Tx, notice_id: str, number: int) -> OfficialNotice | None:
    text = tx.value(
        "SELECT notice FROM broadcasts_revision WHERE notice_id = ? AND revision = ?",
        (notice_id, number),
    )
    return None if text is None else decode(text, OfficialNotice)


def history(tx: Tx, notice_id: str) -> list[tuple[int, int, str, bool]]:
    """(revision, sent at, by whom, taken back) of what is out, newest first."""
    rows: list[Row] = tx.rows(
        "SELECT r.revision, r.sent_at, r.sent_by_name, r.notice FROM broadcasts_notice n"
        " JOIN broadcasts_revision r ON r.notice_id = n.notice_id AND r.revision <= n.revision"
        " WHERE n.notice_id = ? ORDER BY r.revision DESC",
        (notice_id,),
    )
    return [(row[0], row[1], row[2], decode(row[3], OfficialNotice).revoked) for row in rows]
