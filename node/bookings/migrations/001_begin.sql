-- compat: 144
-- What can be reserved. `kind`: room or device; `pieces`: how many there are; `keeper_id`: who looks after
-- it, '' nobody; `closed`: it takes no reservations for now; `at`: when it was
-- written last.
CREATE TABLE bookings_facility (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    place TEXT NOT NULL,
    pieces INTEGER NOT NULL,
    note TEXT NOT NULL,
    keeper_id TEXT NOT NULL,
    closed INTEGER NOT NULL DEFAULT 0,
    at INTEGER NOT NULL
) STRICT;

-- Who has how many pieces of it in a period of a day. `series`: those that were repeated together, '' alone.
CREATE TABLE bookings_reservation (
    id TEXT PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES bookings_facility (id),
    day TEXT NOT NULL,
    period INTEGER NOT NULL,
    person_id TEXT NOT NULL,
    pieces INTEGER NOT NULL,
    purpose TEXT NOT NULL DEFAULT '',
    series TEXT NOT NULL DEFAULT '',
    at INTEGER NOT NULL,
    UNIQUE (facility_id, day, period, person_id)
) STRICT;
CREATE INDEX bookings_reservation_of ON bookings_reservation (person_id, day, period);
CREATE INDEX bookings_reservation_day ON bookings_reservation (day);
CREATE INDEX bookings_reservation_series ON bookings_reservation (series, day) WHERE series <> '';

-- What a keeper took back, and why; it goes after a month.
CREATE TABLE bookings_refused (
    id TEXT PRIMARY KEY,
    facility_id TEXT NOT NULL REFERENCES bookings_facility (id),
    day TEXT NOT NULL,
    period INTEGER NOT NULL,
    person_id TEXT NOT NULL,
    count INTEGER NOT NULL,
    word TEXT NOT NULL,
    by_id TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX bookings_refused_at ON bookings_refused (at);
CREATE INDEX bookings_refused_of ON bookings_refused (person_id);

-- What others may read.
CREATE VIEW bookings_v_facility AS SELECT id, name, kind, place, note, at FROM bookings_facility;
