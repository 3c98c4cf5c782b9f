"""The SQL of the releases."""

from collections.abc import Iterable

from hub.releases.model import OWN, Adoption, Release, RingProgress, Step, Work
from kit.db import Row, Tx
from protocol.chunks import ReleaseKind
from protocol.sync import ReleasePointer, ReleaseReport

_RELEASE = (
    "SELECT kind, version, name, note, size, moved, origin_version, created_at, created_by_name,"
    " to_all_at, to_all_by_name, stopped_at, stopped_by_name, stop_reason, withdrawn_at"
    " FROM releases_release"
)

# Releases ---------------------------------------------------------------------------------------


def add(tx: Tx, release: Release, by: str) -> None:
    tx.execute(
        "INSERT INTO releases_release (kind, version, name, note, size, moved, origin_version,"
        " created_at, created_by, created_by_name, to_all_at, to_all_by_name, stopped_by_name,"
        " stop_reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', '')",
        (
            release.kind,
            release.version,
            release.name,
            release.note,
            release.size,
            release.moved,
            release.origin_version,
            release.created_at,
            by,
            release.created_by_name,
            release.to_all_at,
            release.to_all_by_name,
        ),
    )


def release(tx: Tx, kind: str, version: int) -> Release | None:
    return tx.struct(Release, _RELEASE + " WHERE kind = ? AND version = ?", (kind, version))


def releases(tx: Tx, kind: str, limit: int, offset: int = 0) -> list[Release]:
    """The newest first."""
    return tx.structs(
        Release,
        _RELEASE + " WHERE kind = ? ORDER BY version DESC LIMIT ? OFFSET ?",
        (kind, limit, offset),
    )


def latest(tx: Tx, kind: str) -> int:
    """The highest version ever published, 0: none."""
    return int(
        tx.value("SELECT coalesce(max(version), 0) FROM releases_release WHERE kind = ?", (kind,))
    )


def newest(tx: Tx, kind: str) -> Release | None:
    """The newest that was neither stopped nor withdrawn."""
    return tx.struct(
        Release,
        _RELEASE + " WHERE kind = ? AND stopped_at IS NULL ORDER BY version DESC LIMIT 1",
        (kind,),
    )


def withdrew(tx: Tx, kind: ReleaseKind) -> bool:
    """Whether one was withdrawn since the last that was not just published again."""
    count = tx.value(
        "SELECT count(*) FROM releases_release WHERE kind = ? AND withdrawn_at >="
        " (SELECT max(created_at) FROM releases_release WHERE kind = ? AND origin_version IS NULL)",
        (kind, kind),
    )
    return bool(count)


def set_to_all(tx: Tx, kind: str, version: int, at: int, by_name: str) -> None:
    tx.execute(
        "UPDATE releases_release SET to_all_at = ?, to_all_by_name = ?"
        " WHERE kind = ? AND version = ?",
        (at, by_name, kind, version),
    )


def set_stopped(
    tx: Tx, kind: str, version: int, at: int, by_name: str, reason: str, withdrawn: bool
) -> None:
    tx.execute(
        "UPDATE releases_release SET stopped_at = coalesce(stopped_at, ?), stopped_by_name = ?,"
        " stop_reason = ?, withdrawn_at = ? WHERE kind = ? AND version = ?",
        (at, by_name, reason, at if withdrawn else None, kind, version),
    )


# Rings ------------------------------------------------------------------------------------------


def advance(tx: Tx, rings: Iterable[str]) -> None:
    """What these rings are offered has changed."""
    seq = last_seq(tx) + 1
    tx.many("UPDATE releases_ring SET seq = ? WHERE ring = ?", [(seq, ring) for ring in rings])


def last_seq(tx: Tx) -> int:
    return int(tx.value("SELECT max(seq) FROM releases_ring"))


def school_ring(tx: Tx, school_id: str) -> tuple[str, int]:
    """A school's ring and the number of its last change."""
    row = tx.row(
        "SELECT r.ring, r.seq FROM schools_v_school s JOIN releases_ring r ON r.ring = s.ring"
        " WHERE s.school_id = ?",
        (school_id,),
    )
    return ("", 0) if row is None else (str(row[0]), int(row[1]))


def schools_in(tx: Tx, rings: Iterable[str]) -> list[str]:
    """The active schools of these rings."""
    wanted = set(rings)
    rows = tx.rows("SELECT school_id, ring FROM schools_v_school WHERE standing = 'active'")
    return [school_id for school_id, ring in rows if ring in wanted]


def pointers(tx: Tx, ring: str) -> list[ReleasePointer]:
    """What a ring is offered: of each kind the newest that went so far and was not stopped."""
    rows = tx.rows(
        "SELECT r.kind, r.version, r.size FROM releases_release r JOIN"
        " (SELECT kind, max(version) AS version FROM releases_release"
        " WHERE stopped_at IS NULL AND (? = 'pilot' OR to_all_at IS NOT NULL) GROUP BY kind) n"
        " ON n.kind = r.kind AND n.version = r.version ORDER BY r.kind",
        (ring,),
    )
    return [ReleasePointer(kind=row[0], version=row[1], size=row[2]) for row in rows]


# Adoption ---------------------------------------------------------------------------------------


def save_report(tx: Tx, school_id: str, said: ReleaseReport, at: int) -> bool:
    """Keep what a school says; whether it was news."""
    step = OWN if said.own else said.step.value
    values = (said.active, said.version, step, said.permille, said.error)
    known = tx.row(
        "SELECT active, version, step, permille, error FROM releases_adoption"
        " WHERE school_id = ? AND kind = ?",
        (school_id, said.kind),
    )
    if known == values:
        return False
    tx.execute(
        "INSERT INTO releases_adoption (school_id, kind, active, version, step, permille, error,"
        " heard_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (school_id, kind) DO UPDATE SET"
        " active = excluded.active, version = excluded.version, step = excluded.step,"
        " permille = excluded.permille, error = excluded.error, heard_at = excluded.heard_at",
        (school_id, said.kind, *values, at),
    )
    return True


_ADOPTION = (
    "SELECT s.school_id, s.name, s.ring, coalesce(a.active, 0), coalesce(a.version, 0),"
    " coalesce(a.step, ''), coalesce(a.permille, 0), coalesce(a.error, ''), a.heard_at"
)


def adoptions(tx: Tx, kind: str, limit: int, offset: int = 0) -> list[Adoption]:
    """Active schools with what they said, those in trouble first."""
    return tx.structs(
        Adoption,
        _ADOPTION + " FROM schools_v_school s LEFT JOIN releases_adoption a"
        " ON a.school_id = s.school_id AND a.kind = ? WHERE s.standing = 'active'"
        " ORDER BY CASE coalesce(a.step, '') WHEN 'refused' THEN 0 WHEN 'rolled_back' THEN 1"
        " WHEN '' THEN 2 WHEN 'active' THEN 4 WHEN 'own' THEN 5 ELSE 3 END, s.name, s.school_id"
        " LIMIT ? OFFSET ?",
        (kind, limit, offset),
    )


def refused(tx: Tx, kind: str) -> list[Adoption]:
    """Active schools that refused what they are offered, by name."""
    return tx.structs(
        Adoption,
        _ADOPTION + " FROM releases_adoption a JOIN schools_v_school s"
        " ON s.school_id = a.school_id WHERE a.kind = ? AND a.step = 'refused'"
        " AND s.standing = 'active' ORDER BY s.name, s.school_id",
        (kind,),
    )


def active_schools(tx: Tx) -> int:
    return int(tx.value("SELECT count(*) FROM schools_v_school WHERE standing = 'active'"))


def pilots(tx: Tx) -> int:
    """How many active schools are in the pilot ring."""
    return int(
        tx.value(
            "SELECT count(*) FROM schools_v_school WHERE standing = 'active' AND ring = 'pilot'"
        )
    )


def progress(tx: Tx, kind: str, versions: Iterable[int]) -> dict[int, tuple[RingProgress, ...]]:
    """How each ring stands with each of these releases: one pass over the schools for all."""
    rows = tx.rows(
        "SELECT s.ring, a.active, a.version, coalesce(a.step, ''), count(*)"
        " FROM schools_v_school s LEFT JOIN releases_adoption a ON a.school_id = s.school_id"
        " AND a.kind = ? WHERE s.standing = 'active'"
        " GROUP BY s.ring, a.active, a.version, coalesce(a.step, '') ORDER BY s.ring DESC",
        (kind,),
    )
    rings: dict[str, list[Row]] = {}
    for ring, *said in rows:
        rings.setdefault(str(ring), []).append(tuple(said))
    return {
        version: tuple(_ring(ring, said, version) for ring, said in rings.items())
        for version in versions
    }


def _ring(ring: str, said: Iterable[Row], version: int) -> RingProgress:
    """`said`: (version in use, version spoken of, step, schools) each."""
    schools = active = fetching = refused = 0
    for used, spoken_of, step, count in said:
        schools += count if step != OWN else 0
        active += count if used == version else 0
        if spoken_of == version:
            fetching += count if step in ("fetching", "ready") else 0
            refused += count if step in ("refused", "rolled_back") else 0
    return RingProgress(ring, schools, active, fetching, refused)


def used_by(tx: Tx, school_id: str) -> dict[str, int]:
    """The version of each kind that a school uses."""
    rows = tx.rows("SELECT kind, active FROM releases_adoption WHERE school_id = ?", (school_id,))
    return {kind: int(active) for kind, active in rows}


def in_use(tx: Tx, kind: ReleaseKind) -> set[int]:
    """Versions that some school uses or fetches."""
    rows = tx.rows("SELECT active, version FROM releases_adoption WHERE kind = ?", (kind,))
    return {int(version) for row in rows for version in row}


# Work -------------------------------------------------------------------------------------------

_WORK = (
    "SELECT work_id, kind, title, step, permille, error, version, started_at, changed_at,"
    " started_by_name FROM releases_work"
)


def save_work(tx: Tx, work: Work) -> None:
    tx.execute(
        "INSERT INTO releases_work (work_id, kind, title, step, permille, error, version,"
        " started_at, changed_at, started_by_name) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (work_id) DO UPDATE SET step = excluded.step, permille = excluded.permille,"
        " error = excluded.error, version = excluded.version, changed_at = excluded.changed_at",
        (
            work.id,
            work.kind,
            work.title,
            work.step.value,
            work.permille,
            work.error,
            work.version,
            work.started_at,
            work.changed_at,
            work.started_by_name,
        ),
    )


def works(tx: Tx, limit: int) -> list[Work]:
    """The latest first."""
    rows = tx.rows(_WORK + " ORDER BY started_at DESC, work_id LIMIT ?", (limit,))
    return [Work(row[0], row[1], row[2], Step(row[3]), *row[4:]) for row in rows]


def end_works(tx: Tx, error: str, at: int) -> int:
    """Works of a process that is no more."""
    return tx.execute(
        "UPDATE releases_work SET step = 'failed', error = ?, changed_at = ?"
        " WHERE step NOT IN ('done', 'failed')",
        (error, at),
    )


def forget_work(tx: Tx, work_id: str) -> None:
    tx.execute("DELETE FROM releases_work WHERE work_id = ?", (work_id,))


def forget_works(tx: Tx, before: int) -> None:
    tx.execute("DELETE FROM releases_work WHERE started_at < ?", (before,))
