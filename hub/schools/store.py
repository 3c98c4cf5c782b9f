"""SQL of the schools."""

import unicodedata
from collections.abc import Sequence

import msgspec

from hub.schools import spoken
from hub.schools.model import (
    KEY_FOLLOWED,
    Addressee,
    CertificateLine,
    Day,
    InvitationLine,
    KeyLine,
    Limits,
    Ring,
    School,
    SchoolFilter,
    SchoolKey,
    SchoolLine,
    SchoolReport,
    SchoolTotals,
    Standing,
    State,
)
from kit.db import Tx, Value, decode, encode
from protocol.attestation import Ending
from protocol.enrolment import EnrolmentGrant, InvitationKey
from protocol.identity import PublicKeys, SchoolKind, public_key
from protocol.identity import key_id as key_id_of
from protocol.rotation import Rotation, RotationGrant, SignedRotation
from protocol.sync import FailingJob, NodeState

# Schools ----------------------------------------------------------------------------------------


def names_of(tx: Tx, ids: Sequence[str]) -> dict[str, str]:
    """The names of the schools among the ids."""
    found = (tx.row("SELECT name FROM schools_school WHERE school_id = ?", (id,)) for id in ids)
    return {id: str(row[0]) for id, row in zip(ids, found, strict=True) if row is not None}


def school(tx: Tx, school_id: str) -> School | None:
    row = tx.row(
        "SELECT school_id, name, kind, district, ring, standing, reason, standing_at, enrolled_at"
        " FROM schools_school WHERE school_id = ?",
        (school_id,),
    )
    if row is None:
        return None
    return School(row[0], row[1], SchoolKind(row[2]), row[3], Ring(row[4]), State(row[5]), *row[6:])


def save_invited(
    tx: Tx, school_id: str, name: str, kind: SchoolKind, district: str, ring: Ring, at: int
) -> None:
    """The school as an invitation names it; its standing stays."""
    tx.execute(
        "INSERT INTO schools_school (school_id, name, kind, district, ring, standing, reason,"
        " standing_at, created_at) VALUES (?, ?, ?, ?, ?, 'invited', '', ?, ?)"
        " ON CONFLICT (school_id) DO UPDATE SET name = excluded.name, kind = excluded.kind,"
        " district = excluded.district, ring = excluded.ring",
        (school_id, name, kind.value, district, ring.value, at, at),
    )


def set_place(tx: Tx, school_id: str, district: str, ring: Ring) -> None:
    tx.execute(
        "UPDATE schools_school SET district = ?, ring = ? WHERE school_id = ?",
        (district, ring.value, school_id),
    )


def set_standing(tx: Tx, school_id: str, state: State, reason: str, at: int) -> None:
    tx.execute(
        "UPDATE schools_school SET standing = ?, reason = ?, standing_at = ? WHERE school_id = ?",
        (state.value, reason, at, school_id),
    )


def set_enrolled(tx: Tx, school_id: str, at: int) -> None:
    tx.execute(
        "UPDATE schools_school SET standing = 'active', reason = '', standing_at = ?,"
        " enrolled_at = ? WHERE school_id = ?",
        (at, at, school_id),
    )


def addressable(tx: Tx) -> list[Addressee]:
    """Every school that joined once, by name."""
    return [
        Addressee(row[0], row[1], row[2], row[3], row[4], Standing(row[5]))
        for row in tx.rows(
            "SELECT school_id, name, kind, district, ring, standing FROM schools_school"
            " WHERE standing <> 'invited' ORDER BY name, school_id"
        )
    ]


def districts(tx: Tx) -> list[str]:
    return [
        str(row[0])
        for row in tx.rows(
            "SELECT DISTINCT district FROM schools_school WHERE district <> '' ORDER BY district"
        )
    ]


_IN_TROUBLE = (
    "CASE CAST(? AS TEXT) WHEN 'silent' THEN {silent} WHEN 'failing' THEN {failing}"
    " WHEN 'low_disk' THEN {low_disk} WHEN 'old_backup' THEN {old_backup}"
    " ELSE {silent} OR {failing} OR {low_disk} OR {old_backup} END"
).format(
    silent="coalesce(t.heard_at, 0) < l.silent_before",
    failing="coalesce(t.failing, 0) > 0",
    low_disk="coalesce(t.disk_free * 100 < t.disk_total * l.low_percent, FALSE)",
    old_backup="coalesce(coalesce(t.last_backup_at, t.started_at) < l.backup_before, FALSE)",
)
_LIMITS = (
    "WITH l AS (SELECT CAST(? AS BIGINT) AS silent_before, CAST(? AS BIGINT) AS backup_before,"
    " CAST(? AS BIGINT) AS low_percent) "
)
_COLUMNS = (
    "SELECT s.school_id, s.name, s.kind, s.district, s.ring, s.standing, t.heard_at, t.version,"
    " t.disk_free, t.disk_total, t.last_backup_at, t.failing"
)
_LINES = (
    _LIMITS
    + _COLUMNS
    + " FROM l CROSS JOIN schools_school s LEFT JOIN schools_state t ON t.school_id = s.school_id"
    " WHERE (? = '' OR s.name LIKE ? OR s.school_id LIKE ?) AND (? = '' OR s.standing = ?)"
    " AND (? = '' OR s.kind = ?) AND (? = '' OR s.district = ?)"
    " AND (? = '' OR (s.standing = 'active' AND "
    + _IN_TROUBLE
    + ")) ORDER BY s.name, s.school_id LIMIT ? OFFSET ?"
)


def lines(
    tx: Tx, wanted: SchoolFilter, limits: Limits, limit: int, offset: int
) -> list[SchoolLine]:
    """The schools of the table that fit the filter."""
    text = unicodedata.normalize("NFC", wanted.q).strip()
    state = wanted.state.value if wanted.state else ""
    kind = wanted.kind.value if wanted.kind else ""
    trouble = wanted.trouble.value if wanted.trouble else ""
    params: list[Value] = [*msgspec.structs.astuple(limits)]
    params += [text, f"%{text}%", f"{text.upper()}%", state, state, kind, kind]
    params += [wanted.district, wanted.district, trouble, trouble, limit, offset]
    return [_line(row) for row in tx.rows(_LINES, params)]


def _line(row: tuple[Value, ...]) -> SchoolLine:
    school_id, name, kind, district, ring, standing, *state = row
    return SchoolLine(
        str(school_id),
        str(name),
        SchoolKind(str(kind)),
        str(district),
        Ring(str(ring)),
        State(str(standing)),
        *state,  # type: ignore[arg-type]
    )


_NEEDING = (
    _LIMITS + _COLUMNS + ", count(*) OVER () FROM l CROSS JOIN schools_school s"
    " LEFT JOIN schools_state t ON t.school_id = s.school_id WHERE s.standing = 'active' AND "
    + _IN_TROUBLE
    + " ORDER BY coalesce(t.heard_at, 0), s.name, s.school_id LIMIT ?"
)


def needing_attention(tx: Tx, limits: Limits, limit: int) -> tuple[list[SchoolLine], int]:
    """Active schools that are silent, short of disk, without a fresh backup or with failing jobs, the
    longest silent first; and how many there are."""
    rows = tx.rows(_NEEDING, (*msgspec.structs.astuple(limits), "any", limit))
    return [_line(row[:-1]) for row in rows], int(rows[0][-1]) if rows else 0


def totals(tx: Tx, now: int, limits: Limits) -> SchoolTotals:
    """Counts over the province in one pass."""
    row = tx.row(
        "SELECT count(CASE WHEN s.standing = 'invited' THEN 1 END),"
        " count(CASE WHEN s.standing = 'active' THEN 1 END),"
        " count(CASE WHEN s.standing = 'suspended' THEN 1 END),"
        " count(CASE WHEN s.standing = 'revoked' THEN 1 END),"
        " count(CASE WHEN s.standing = 'active' AND t.heard_at >= ? THEN 1 END),"
        " count(CASE WHEN s.standing = 'active' AND coalesce(t.heard_at, 0) < ? THEN 1 END),"
        " count(CASE WHEN s.standing = 'active' AND t.disk_free * 100 < t.disk_total * ?"
        " THEN 1 END),"
        " count(CASE WHEN s.standing = 'active'"
        " AND coalesce(t.last_backup_at, t.started_at) < ? THEN 1 END),"
        " count(CASE WHEN s.standing = 'active' AND t.failing > 0 THEN 1 END),"
        " (SELECT count(*) FROM schools_invitation i WHERE i.used_at IS NULL"
        " AND i.revoked_at IS NULL AND i.expires_at > ?)"
        " FROM schools_school s LEFT JOIN schools_state t ON t.school_id = s.school_id",
        (
            limits.silent_before,
            limits.silent_before,
            limits.low_percent,
            limits.backup_before,
            now,
        ),
    )
    assert row is not None
    return SchoolTotals(*(int(value) for value in row))


def any_active(tx: Tx) -> bool:
    found = tx.value("SELECT 1 FROM schools_school WHERE standing = 'active' LIMIT 1")
    return found is not None


# Keys and certificates --------------------------------------------------------------------------


def school_of(tx: Tx, key_id: str) -> SchoolKey | None:
    """The school of a key and how it stands now."""
    row = tx.row(
        "SELECT s.school_id, k.signing, s.standing, s.reason, k.ended_at, k.ending"
        " FROM schools_key k JOIN schools_school s ON s.school_id = k.school_id"
        " WHERE k.key_id = ?",
        (key_id,),
    )
    if row is None:
        return None
    school_id, signing, standing, reason, ended_at, ending = row
    stands = Standing.REVOKED if ended_at is not None else Standing(standing)
    if ending == Ending.ROTATED.value:
        reason = KEY_FOLLOWED
    return SchoolKey(school_id, key_id, public_key(signing), stands, reason)


_KEY = "SELECT school_id, signing, since_at, ended_at, ending FROM schools_key"


def key(tx: Tx, key_id: str) -> KeyLine | None:
    """A key that ever spoke for a school."""
    return tx.struct(KeyLine, _KEY + " WHERE key_id = ?", (key_id,))


def keys_of(tx: Tx, school_id: str) -> list[KeyLine]:
    """All keys of a school, the newest first."""
    return tx.structs(
        KeyLine, _KEY + " WHERE school_id = ? ORDER BY since_at DESC, key_id", (school_id,)
    )


def save_key(tx: Tx, school_id: str, keys: PublicKeys, at: int) -> None:
    """From now on this key, which never spoke before, speaks for the school; any earlier one is
    followed by it."""
    end_keys(tx, school_id, Ending.ROTATED, at)
    tx.execute(
        "INSERT INTO schools_key (key_id, school_id, signing, sealing, since_at)"
        " VALUES (?, ?, ?, ?, ?)",
        (str(keys.key_id), school_id, keys.signing, keys.sealing, at),
    )


def end_keys(tx: Tx, school_id: str, ending: Ending, at: int) -> None:
    """No key speaks for the school any more; ended ones never do again."""
    tx.execute(
        "UPDATE schools_key SET ended_at = ?, ending = ? WHERE school_id = ? AND ended_at IS NULL",
        (at, ending.value, school_id),
    )


def save_rotation(
    tx: Tx, rotation: Rotation, statement: SignedRotation, grant: RotationGrant
) -> None:
    """Which key the new one followed, by which statement, and what was answered."""
    old_id = str(key_id_of(public_key(rotation.old_key)))
    tx.execute(
        "UPDATE schools_key SET follows = ?, rotation = ?, grant_text = ? WHERE key_id = ?",
        (old_id, encode(statement), encode(grant), str(rotation.keys.key_id)),
    )


def rotation_grant(tx: Tx, old_id: str, new_id: str) -> RotationGrant | None:
    """What was answered when the one key followed the other."""
    found = tx.value(
        "SELECT grant_text FROM schools_key WHERE key_id = ? AND follows = ?", (new_id, old_id)
    )
    return None if found is None else decode(found, RotationGrant)


def save_certificate(tx: Tx, school_id: str, line: CertificateLine) -> None:
    tx.execute(
        "INSERT INTO schools_certificate (serial, school_id, server_name, issued_at, expires_at)"
        " VALUES (?, ?, ?, ?, ?)",
        (line.serial, school_id, line.server_name, line.issued_at, line.expires_at),
    )


def certificates(tx: Tx, school_id: str) -> list[CertificateLine]:
    return tx.structs(
        CertificateLine,
        "SELECT serial, server_name, issued_at, expires_at FROM schools_certificate"
        " WHERE school_id = ? ORDER BY issued_at DESC",
        (school_id,),
    )


# Invitations ------------------------------------------------------------------------------------

_INVITATION = (
    "SELECT invitation_id, school_id, school_name, created_at, created_by_name, expires_at,"
    " used_at, revoked_at FROM schools_invitation"
)


def add_invitation(
    tx: Tx,
    key: InvitationKey,
    line: InvitationLine,
    tls_fingerprint: str,
    created_by: str,
) -> None:
    tx.execute(
        "INSERT INTO schools_invitation (invitation_id, secret_key, school_id, school_name,"
        " tls_fingerprint, created_at, created_by, created_by_name, expires_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            key.id,
            key.key.hex(),
            line.school_id,
            line.school_name,
            tls_fingerprint,
            line.created_at,
            created_by,
            line.created_by_name,
            line.expires_at,
        ),
    )


def invitation(tx: Tx, invitation_id: str) -> InvitationLine | None:
    return tx.struct(InvitationLine, _INVITATION + " WHERE invitation_id = ?", (invitation_id,))


def invitations(tx: Tx, limit: int, offset: int) -> list[InvitationLine]:
    """The newest first."""
    return tx.structs(
        InvitationLine,
        _INVITATION + " ORDER BY created_at DESC, invitation_id LIMIT ? OFFSET ?",
        (limit, offset),
    )


def invitations_of(tx: Tx, school_id: str) -> list[InvitationLine]:
    return tx.structs(
        InvitationLine,
        _INVITATION + " WHERE school_id = ? ORDER BY created_at DESC, invitation_id LIMIT 50",
        (school_id,),
    )


def invitation_secret(tx: Tx, invitation_id: str) -> bytes | None:
    """The key both sides derive from the code."""
    found = tx.value(
        "SELECT secret_key FROM schools_invitation WHERE invitation_id = ?", (invitation_id,)
    )
    return None if found is None else bytes.fromhex(found)


def given_grant(tx: Tx, invitation_id: str) -> tuple[str, EnrolmentGrant] | None:
    """Digest of the request that used the invitation, and the grant it got."""
    row = tx.row(
        "SELECT subject_digest, grant_text FROM schools_invitation"
        " WHERE invitation_id = ? AND used_at IS NOT NULL",
        (invitation_id,),
    )
    return None if row is None else (str(row[0]), decode(row[1], EnrolmentGrant))


def use_invitation(tx: Tx, invitation_id: str, digest: str, grant: EnrolmentGrant, at: int) -> None:
    tx.execute(
        "UPDATE schools_invitation SET used_at = ?, subject_digest = ?, grant_text = ?"
        " WHERE invitation_id = ?",
        (at, digest, encode(grant), invitation_id),
    )


def revoke_invitation(tx: Tx, invitation_id: str, at: int) -> None:
    tx.execute(
        "UPDATE schools_invitation SET revoked_at = ? WHERE invitation_id = ?", (at, invitation_id)
    )


def is_pinned(tx: Tx, tls_fingerprint: str, now: int) -> bool:
    """Whether an open invitation carries this fingerprint of the hub's TLS certificate."""
    return bool(
        tx.value(
            "SELECT count(*) FROM schools_invitation WHERE tls_fingerprint = ?"
            " AND used_at IS NULL AND revoked_at IS NULL AND expires_at > ?",
            (tls_fingerprint, now),
        )
    )


# State ------------------------------------------------------------------------------------------


def save_state(tx: Tx, school_id: str, state: NodeState, at: int, day_on: str) -> None:
    failing = len(state.failing_jobs)
    tx.execute(
        "INSERT INTO schools_state (school_id, heard_at, version, started_at, disk_free,"
        " disk_total, last_backup_at, failing, failing_jobs, counts)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (school_id) DO UPDATE SET"
        " heard_at = excluded.heard_at, version = excluded.version,"
        " started_at = excluded.started_at, disk_free = excluded.disk_free,"
        " disk_total = excluded.disk_total, last_backup_at = excluded.last_backup_at,"
        " failing = excluded.failing, failing_jobs = excluded.failing_jobs,"
        " counts = excluded.counts",
        (
            school_id,
            at,
            state.version[:100],
            state.started_at,
            state.disk_free,
            state.disk_total,
            state.last_backup_at,
            failing,
            encode(state.failing_jobs),
            encode(state.counts),
        ),
    )
    reports = tx.value(
        "INSERT INTO schools_day (school_id, day_on, disk_free, disk_total, failing, reports)"
        " VALUES (?, ?, ?, ?, ?, 1) ON CONFLICT (school_id, day_on) DO UPDATE SET"
        " disk_free = excluded.disk_free, disk_total = excluded.disk_total,"
        " failing = excluded.failing, reports = schools_day.reports + 1 RETURNING reports",
        (school_id, day_on, state.disk_free, state.disk_total, failing),
    )
    if reports == 1:
        spoken.note(tx, school_id, day_on)


def report(tx: Tx, school_id: str) -> SchoolReport | None:
    row = tx.row(
        "SELECT heard_at, version, started_at, disk_free, disk_total, last_backup_at,"
        " failing_jobs, counts FROM schools_state WHERE school_id = ?",
        (school_id,),
    )
    if row is None:
        return None
    jobs, counts = decode(row[6], tuple[FailingJob, ...]), decode(row[7], dict[str, int])
    return SchoolReport(row[0], row[1], row[2], row[3], row[4], row[5], jobs, counts)


def days(tx: Tx, school_id: str, limit: int) -> list[Day]:
    """The last days in order."""
    found = tx.structs(
        Day,
        "SELECT day_on, disk_free, disk_total, failing, reports FROM schools_day"
        " WHERE school_id = ? ORDER BY day_on DESC LIMIT ?",
        (school_id, limit),
    )
    return found[::-1]


def forget_days(tx: Tx, before_on: str, after: str, limit: int) -> str | None:
    """Forget the days before one of the next so many schools, in the order of their ids; where to go
    on (None: that was all)."""
    rows = tx.rows(
        "SELECT school_id FROM schools_school WHERE school_id > ? ORDER BY school_id LIMIT ?",
        (after, limit),
    )
    ids = [str(row[0]) for row in rows]
    tx.many(
        "DELETE FROM schools_day WHERE school_id = ? AND day_on < ?",
        [(school_id, before_on) for school_id in ids],
    )
    if len(ids) < limit:
        spoken.forget(tx, before_on)
        return None
    return ids[-1]
