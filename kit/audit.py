"""Who did what: an append-only log. Actions are named `source:subject:action`."""

import enum

import msgspec

from kit.clock import Clock
from kit.db import Tx, decode, encode


class AuditEntry(msgspec.Struct, frozen=True):
    """One act. `detail` is JSON text with names and counts, never the content of what was read."""

    seq: int
    at: int
    actor: str
    actor_name: str
    action: str
    subject: str
    detail: str


def record(
    tx: Tx,
    clock: Clock,
    *,
    actor: str,
    actor_name: str,
    action: enum.StrEnum,
    subject: str,
    detail: dict[str, object] | None = None,
) -> None:
    """Append an act in the transaction that performs it."""
    tx.execute(
        "INSERT INTO kit_audit (seq, at, actor, actor_name, action, subject, detail)"
        " SELECT coalesce(max(seq), 0) + 1, ?, ?, ?, ?, ?, ? FROM kit_audit",
        (clock.now(), actor, actor_name, action.value, subject, encode(detail or {})),
    )


def latest(tx: Tx, limit: int = 100, before: int | None = None) -> list[AuditEntry]:
    """The newest entries first; `before` is the seq of the last one already shown."""
    return tx.structs(
        AuditEntry,
        "SELECT seq, at, actor, actor_name, action, subject, detail FROM kit_audit"
        " WHERE seq < ? ORDER BY seq DESC LIMIT ?",
        (before if before is not None else 2**62, limit),
    )


def about(tx: Tx, subject: str, limit: int = 100) -> list[AuditEntry]:
    """What was done with one subject, the newest first."""
    return tx.structs(
        AuditEntry,
        "SELECT seq, at, actor, actor_name, action, subject, detail FROM kit_audit"
        " WHERE subject = ? ORDER BY seq DESC LIMIT ?",
        (subject, limit),
    )


def detail_words(entry: AuditEntry) -> str:
    """The detail on one line: `reason: 점검 · was: active`."""
    found = decode(entry.detail, dict[str, object])
    return " · ".join(f"{name}: {value}" for name, value in found.items() if value != "")
