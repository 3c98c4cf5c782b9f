"""The SQL of rooms and devices: one statement a question."""

from collections.abc import Collection

import msgspec

from kit.db import Tx, encode
from node.bookings.model import Facility, FacilityWords, Reservation, ReservationLine

_FACILITY = (
    "SELECT f.id, f.name, f.kind, f.place, f.pieces, f.note, f.keeper_id, f.closed,"
    " coalesce(k.name, '') FROM bookings_facility f LEFT JOIN people_v_known k ON k.id = f.keeper_id"
)
_RESERVATION = (
    "SELECT r.id, r.facility_id, r.day, r.period, r.person_id, r.pieces, r.purpose, r.series,"
    " coalesce(k.name, '') FROM bookings_reservation r"
    " LEFT JOIN people_v_known k ON k.id = r.person_id"
)


# Things -------------------------------------------------------------------------------------------


def facilities(tx: Tx) -> list[Facility]:
    """All that there are: rooms first."""
    found = tx.rows(_FACILITY + " ORDER BY f.kind DESC, f.name, f.id")
    return [_facility(*row) for row in found]


def facility(tx: Tx, facility_id: str) -> Facility | None:
    row = tx.row(_FACILITY + " WHERE f.id = ?", (facility_id,))
    return None if row is None else _facility(*row)


def _facility(
    id: str,
    name: str,
    kind: str,
    place: str,
    pieces: int,
    note: str,
    keeper_id: str,
    closed: int,
    keeper: str,
) -> Facility:
    return Facility(id, name, kind, place, pieces, note, keeper_id, bool(closed), keeper)


def how_many(tx: Tx) -> int:
    return int(tx.value("SELECT count(*) FROM bookings_facility"))


def put_facility(tx: Tx, facility_id: str, written: FacilityWords, now: int) -> None:
    tx.execute(
        "INSERT INTO bookings_facility (id, name, kind, place, pieces, note, keeper_id, closed, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name,"
        " kind = excluded.kind, place = excluded.place, pieces = excluded.pieces,"
        " note = excluded.note, keeper_id = excluded.keeper_id, closed = excluded.closed,"
        " at = excluded.at",
        (facility_id, *msgspec.structs.astuple(written), now),
    )


def is_reserved(tx: Tx, facility_id: str, first: str) -> bool:
    """Whether somebody has it from a day on."""
    sql = "SELECT EXISTS (SELECT 1 FROM bookings_reservation WHERE facility_id = ? AND day >= ?)"
    return bool(tx.value(sql, (facility_id, first)))


def leave_without_keeper(tx: Tx, person_id: str) -> list[str]:
    """What somebody looks after has nobody for it; the ids."""
    sql = "UPDATE bookings_facility SET keeper_id = '' WHERE keeper_id = ? RETURNING id"
    return [str(id) for (id,) in tx.rows(sql, (person_id,))]


def remove_facility(tx: Tx, facility_id: str) -> None:
    """With what was taken back of it. Raises IntegrityError where it is reserved."""
    tx.execute("DELETE FROM bookings_refused WHERE facility_id = ?", (facility_id,))
    tx.execute("DELETE FROM bookings_facility WHERE id = ?", (facility_id,))


# Reservations -------------------------------------------------------------------------------------


def between(tx: Tx, facility_id: str, first: str, last: str) -> list[Reservation]:
    """Of a thing, from a day to a day."""
    sql = (
        _RESERVATION + " WHERE r.facility_id = ? AND r.day BETWEEN ? AND ?"
        " ORDER BY r.day, r.period, r.person_id"
    )
    return tx.structs(Reservation, sql, (facility_id, first, last))


def at(tx: Tx, facility_id: str, days: Collection[str], period: int) -> list[Reservation]:
    """Of a thing, in one period of some days."""
    where = (
        " WHERE r.facility_id = ? AND r.period = ? AND r.day IN (SELECT value FROM json_each(?))"
    )
    return tx.structs(Reservation, _RESERVATION + where, (facility_id, period, encode(list(days))))


def reservation(tx: Tx, reservation_id: str) -> Reservation | None:
    return tx.struct(Reservation, _RESERVATION + " WHERE r.id = ?", (reservation_id,))


def following(tx: Tx, series: str, after: str) -> list[str]:
    """The ids of those of a series after a day."""
    sql = "SELECT id FROM bookings_reservation WHERE series = ? AND series <> '' AND day > ?"
    return [str(id) for (id,) in tx.rows(sql, (series, after))]


def own(tx: Tx, person_id: str, first: str, last: str, limit: int) -> list[ReservationLine]:
    """Somebody's, from a day to a day, the next first."""
    sql = (
        "SELECT r.id, f.name, f.place, r.day, r.period, r.purpose FROM bookings_reservation r"
        " JOIN bookings_facility f ON f.id = r.facility_id"
        " WHERE r.person_id = ? AND r.day BETWEEN ? AND ? ORDER BY r.day, r.period LIMIT ?"
    )
    return tx.structs(ReservationLine, sql, (person_id, first, last, limit))


def from_on(tx: Tx, person_id: str, first: str) -> list[tuple[str, str]]:
    """Somebody's from a day on: ids of reservation and thing."""
    sql = "SELECT id, facility_id FROM bookings_reservation WHERE person_id = ? AND day >= ?"
    return [(str(id), str(facility_id)) for id, facility_id in tx.rows(sql, (person_id, first))]


def add(tx: Tx, new: Reservation, now: int) -> None:
    tx.execute(
        "INSERT INTO bookings_reservation"
        " (id, facility_id, day, period, person_id, pieces, purpose, series, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            new.id,
            new.facility_id,
            new.day,
            new.period,
            new.person_id,
            new.pieces,
            new.purpose,
            new.series,
            now,
        ),
    )


def write(tx: Tx, reservation_id: str, purpose: str, pieces: int) -> None:
    sql = "UPDATE bookings_reservation SET purpose = ?, pieces = ? WHERE id = ?"
    tx.execute(sql, (purpose, pieces, reservation_id))


def move(tx: Tx, reservation_id: str, day: str, period: int) -> None:
    sql = "UPDATE bookings_reservation SET day = ?, period = ?, series = '' WHERE id = ?"
    tx.execute(sql, (day, period, reservation_id))


def begin_series(tx: Tx, reservation_id: str, series: str) -> None:
    sql = "UPDATE bookings_reservation SET series = ? WHERE id = ?"
    tx.execute(sql, (series, reservation_id))


def drop(tx: Tx, ids: Collection[str]) -> None:
    sql = "DELETE FROM bookings_reservation WHERE id IN (SELECT value FROM json_each(?))"
    tx.execute(sql, (encode(list(ids)),))


def refuse(
    tx: Tx, refused_id: str, one: Reservation, count: int, word: str, by_id: str, now: int
) -> None:
    tx.execute(
        "INSERT INTO bookings_refused"
        " (id, facility_id, day, period, person_id, count, word, by_id, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            refused_id,
            one.facility_id,
            one.day,
            one.period,
            one.person_id,
            count,
            word,
            by_id,
            now,
        ),
    )


def some_of(tx: Tx, facility_id: str, limit: int) -> list[str]:
    """The ids of some reservations of a thing."""
    sql = "SELECT id FROM bookings_reservation WHERE facility_id = ? LIMIT ?"
    return [str(id) for (id,) in tx.rows(sql, (facility_id, limit))]


def outdated(tx: Tx, before: str, limit: int) -> list[str]:
    """The ids of some whose day lies before a day."""
    sql = "SELECT id FROM bookings_reservation WHERE day < ? LIMIT ?"
    return [str(id) for (id,) in tx.rows(sql, (before, limit))]


def outdated_refused(tx: Tx, before: int, limit: int) -> list[str]:
    sql = "SELECT id FROM bookings_refused WHERE at < ? LIMIT ?"
    return [str(id) for (id,) in tx.rows(sql, (before, limit))]


def drop_refused(tx: Tx, ids: Collection[str]) -> None:
    sql = "DELETE FROM bookings_refused WHERE id IN (SELECT value FROM json_each(?))"
    tx.execute(sql, (encode(list(ids)),))


def colleagues(tx: Tx) -> list[tuple[str, str]]:
    """Who may look after a thing: ids and names of the staff, by name."""
    found = tx.rows("SELECT person_id, name FROM people_v_staff ORDER BY name, person_id")
    return [(str(id), str(name)) for id, name in found]
