"""The SQL of lines: what is under way, and what was decided on the way."""

import msgspec

from kit.db import Tx, decode, encode
from node.approval.line import (
    Capacity,
    DecidedFor,
    Line,
    Ownerless,
    TrailLine,
    TrayLine,
    Verdict,
)
from node.approval.model import Matter
from node.approval.routing import Route
from node.people.access import names_of


class Underway(msgspec.Struct, frozen=True):
    """A matter on its line. `step` counts from 0; `passed`: JSON list of who was passed over."""

    kind: str
    id: str
    title: str
    author_id: str
    class_id: str | None
    line: str
    step: int
    holder_id: str
    is_deputy: int
    for_id: str
    passed: str
    named_id: str
    started_at: int

    @property
    def matter(self) -> Matter:
        return Matter(self.kind, self.id)

    @property
    def steps(self) -> Line:
        return decode(self.line, Line)

    @property
    def route(self) -> Route:
        """Where it lies."""
        passed = tuple(msgspec.json.decode(self.passed, type=list[str]))
        return Route(self.holder_id, bool(self.is_deputy), self.for_id, passed)


_UNDERWAY = (
    "SELECT kind, id, title, author_id, class_id, line, step, holder_id, is_deputy, for_id, passed,"
    " named_id, started_at FROM approval_underway"
)


# Under way ----------------------------------------------------------------------------------------


def put(tx: Tx, one: Underway) -> None:
    """Keep where a matter is on its line, in place of where it was."""
    tx.execute(
        "INSERT OR REPLACE INTO approval_underway (kind, id, title, author_id, class_id, line, step,"
        " holder_id, is_deputy, for_id, passed, named_id, started_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        msgspec.structs.astuple(one),
    )


def underway(tx: Tx, matter: Matter) -> Underway | None:
    return tx.struct(
        Underway,
        _UNDERWAY + " WHERE kind = ? AND id = ?",
        (matter.kind, matter.id),
    )


def some_underway(tx: Tx, after: tuple[str, str], limit: int) -> list[Underway]:
    """Of all that is under way the next behind a kind and an id."""
    return tx.structs(
        Underway,
        _UNDERWAY + " WHERE (kind, id) > (?, ?) ORDER BY kind, id LIMIT ?",
        (*after, limit),
    )


def remove(tx: Tx, matter: Matter) -> bool:
    """Whether it was under way."""
    return bool(
        tx.execute(
            "DELETE FROM approval_underway WHERE kind = ? AND id = ?", (matter.kind, matter.id)
        )
    )


def forget_decisions(tx: Tx, matter: Matter) -> None:
    tx.execute("DELETE FROM approval_decision WHERE kind = ? AND id = ?", (matter.kind, matter.id))


def tray(
    tx: Tx, holder_id: str, kinds: tuple[str, ...], limit: int, after: tuple[int, str, str]
) -> list[TrayLine]:
    """What of some kinds waits for somebody, the longest first, behind a place."""
    found = tx.structs(
        Underway,
        _UNDERWAY + " WHERE holder_id = ? AND (started_at, kind, id) > (?, ?, ?)"  # noqa: S608
        " AND kind IN (SELECT value FROM json_each(?)) ORDER BY started_at, kind, id LIMIT ?",
        (holder_id, *after, encode(kinds), limit),
    )
    names = names_of(tx, [one.for_id for one in found if one.for_id])
    return [
        TrayLine(
            one.kind,
            one.id,
            one.title,
            one.author_id,
            one.steps.steps[one.step].title,
            bool(one.is_deputy),
            names.get(one.for_id, ""),
            one.started_at,
        )
        for one in found
    ]


def ownerless(tx: Tx, limit: int) -> list[Ownerless]:
    """What waits for nobody, the longest first."""
    found = tx.structs(
        Underway,
        _UNDERWAY + " WHERE holder_id = '' ORDER BY started_at, kind, id LIMIT ?",
        (limit,),
    )
    return [
        Ownerless(one.kind, one.id, one.title, one.steps.steps[one.step].title, one.started_at)
        for one in found
    ]


# Decided ------------------------------------------------------------------------------------------


def add_decision(tx: Tx, matter: Matter, title: str, line: TrailLine) -> None:
    where = (matter.kind, matter.id)
    tx.execute(
        "INSERT INTO approval_decision (kind, id, number, title, step, verdict, word, by_id, by_name,"
        " capacity, for_id, for_name, at) SELECT ?, ?, 1 + coalesce(max(number), 0), ?, ?, ?, ?,"
        " ?, ?, ?, ?, ?, ? FROM approval_decision WHERE kind = ? AND id = ?",
        (*where, title, *msgspec.structs.astuple(line), *where),
    )


def trail(tx: Tx, matter: Matter) -> list[TrailLine]:
    """What was decided on a matter, the first decision first."""
    found = tx.rows(
        "SELECT step, verdict, word, by_id, by_name, capacity, for_id, for_name, at"
        " FROM approval_decision WHERE kind = ? AND id = ? ORDER BY number",
        (matter.kind, matter.id),
    )
    return [
        TrailLine(step, Verdict(verdict), word, by_id, by_name, Capacity(capacity), *rest)
        for step, verdict, word, by_id, by_name, capacity, *rest in found
    ]


def decided_for(tx: Tx, person_id: str, limit: int) -> list[DecidedFor]:
    """What deputies decided for somebody, the latest first."""
    return tx.structs(
        DecidedFor,
        "SELECT kind, id, title, step, verdict, by_name, at FROM approval_decision"
        " WHERE for_id = ? AND for_id <> '' ORDER BY at DESC LIMIT ?",
        (person_id, limit),
    )


def decided_by(tx: Tx, person_id: str) -> list[DecidedFor]:
    """What somebody decided themselves, the latest first."""
    return tx.structs(
        DecidedFor,
        "SELECT kind, id, title, step, verdict, for_name, at FROM approval_decision"
        " WHERE by_id = ? ORDER BY at DESC",
        (person_id,),
    )
