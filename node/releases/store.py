"""The SQL of releases."""

from kit.db import Tx
from node.releases.model import GOOD, LEFT, Release, WantedRelease
from protocol.chunks import ReleaseKind
from protocol.sync import ReleasePointer, ReleaseStep

_RELEASE = (
    "SELECT kind, version, name, size, step, error, path, permille, from_peers, from_hub, at"
    " FROM releases_release"
)


def wanted(tx: Tx) -> list[WantedRelease]:
    return tx.structs(
        WantedRelease,
        "SELECT kind, version, size, tries, next_try_at, last_error FROM releases_wanted"
        " ORDER BY kind",
    )


def point_to(tx: Tx, pointers: tuple[ReleasePointer, ...]) -> bool:
    """Replace what is wanted; whether anything of it is new."""
    held = {one.kind: one for one in wanted(tx)}
    for kind in held.keys() - {pointer.kind for pointer in pointers}:
        tx.execute("DELETE FROM releases_wanted WHERE kind = ?", (kind,))
    new = False
    for pointer in pointers:
        before = held.get(pointer.kind)
        if before is None or before.version != pointer.version:
            new = True
            tx.execute(
                "INSERT OR REPLACE INTO releases_wanted (kind, version, size) VALUES (?, ?, ?)",
                (pointer.kind, pointer.version, pointer.size),
            )
    return new


def tried(tx: Tx, kind: ReleaseKind, error: str, next_try_at: int) -> None:
    tx.execute(
        "UPDATE releases_wanted SET tries = tries + 1, last_error = ?, next_try_at = ?"
        " WHERE kind = ?",
        (error[:500], next_try_at, kind),
    )


def untried(tx: Tx, kind: ReleaseKind) -> None:
    """The next try is due, and the pauses between tries begin anew."""
    tx.execute("UPDATE releases_wanted SET tries = 0, next_try_at = 0 WHERE kind = ?", (kind,))


def releases(tx: Tx, kind: ReleaseKind) -> list[Release]:
    """The newest first."""
    return tx.structs(Release, _RELEASE + " WHERE kind = ? ORDER BY version DESC", (kind,))


def release(tx: Tx, kind: ReleaseKind, version: int) -> Release | None:
    return tx.struct(Release, _RELEASE + " WHERE kind = ? AND version = ?", (kind, version))


def at_step(tx: Tx, kind: ReleaseKind, step: str) -> Release | None:
    """The newest release of a kind at that step."""
    return tx.struct(
        Release,
        _RELEASE + " WHERE kind = ? AND step = ? ORDER BY version DESC LIMIT 1",
        (kind, step),
    )


def set_step(tx: Tx, kind: ReleaseKind, version: int, step: str, at: int, error: str = "") -> None:
    tx.execute(
        "INSERT INTO releases_release (kind, version, step, error, at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (kind, version) DO UPDATE SET step = excluded.step,"
        " error = excluded.error, at = excluded.at",
        (kind, version, step, error[:200], at),
    )


def begin(tx: Tx, kind: ReleaseKind, version: int, name: str, size: int, at: int) -> None:
    set_step(tx, kind, version, ReleaseStep.FETCHING, at)
    tx.execute(
        "UPDATE releases_release SET name = ?, size = ? WHERE kind = ? AND version = ?",
        (name, size, kind, version),
    )


def progress(
    tx: Tx, kind: ReleaseKind, version: int, permille: int, from_peers: int, from_hub: int
) -> None:
    tx.execute(
        "UPDATE releases_release SET permille = ?, from_peers = ?, from_hub = ?"
        " WHERE kind = ? AND version = ?",
        (permille, from_peers, from_hub, kind, version),
    )


def arrived(tx: Tx, kind: ReleaseKind, version: int, path: str, at: int) -> None:
    """Whole and verified; what waited before it was never used and is as if it had not come: the
    province may point to it again."""
    tx.execute(
        "DELETE FROM releases_release WHERE kind = ? AND step = ? AND version <> ?",
        (kind, ReleaseStep.READY, version),
    )
    set_step(tx, kind, version, ReleaseStep.READY, at)
    tx.execute(
        "UPDATE releases_release SET path = ?, permille = 1000 WHERE kind = ? AND version = ?",
        (path, kind, version),
    )
    tx.execute(
        "UPDATE releases_wanted SET tries = 0, next_try_at = 0, last_error = ''"
        " WHERE kind = ? AND version = ?",
        (kind, version),
    )


def step_down(tx: Tx, kind: ReleaseKind, version: int) -> None:
    """The active release becomes the one to go back to, for `version` takes its place; the one
    before, and those below that were given back, are no more."""
    tx.execute(
        "UPDATE releases_release SET step = ? WHERE kind = ?"
        " AND (step = ? OR (step = ? AND version < ?))",
        (LEFT, kind, GOOD, ReleaseStep.ROLLED_BACK, version),
    )
    tx.execute(
        "UPDATE releases_release SET step = ? WHERE kind = ? AND step = ?",
        (GOOD, kind, ReleaseStep.ACTIVE),
    )


def lies_at(tx: Tx, kind: ReleaseKind, version: int, path: str) -> None:
    """Where its files are; empty: nowhere any more."""
    tx.execute(
        "UPDATE releases_release SET path = ? WHERE kind = ? AND version = ? AND path <> ?",
        (path, kind, version, path),
    )


def forget(tx: Tx, kind: ReleaseKind, version: int) -> None:
    """As if it had never come."""
    tx.execute("DELETE FROM releases_release WHERE kind = ? AND version = ?", (kind, version))


def latest_time(tx: Tx, now: int) -> int:
    """The latest moment ever seen, `now` included."""
    tx.execute(
        "INSERT INTO releases_clock (id, latest_at) VALUES (1, ?)"
        " ON CONFLICT (id) DO UPDATE SET latest_at = max(latest_at, excluded.latest_at)",
        (now,),
    )
    return int(tx.value("SELECT latest_at FROM releases_clock"))


def forget_time(tx: Tx) -> None:
    """Begin anew from the present clock: an administrator says that it is right."""
    tx.execute("DELETE FROM releases_clock")
