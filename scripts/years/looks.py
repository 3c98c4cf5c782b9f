"""The access log: who looked at whom, chained as the product chains it."""

import random

from msgspec.structs import replace

from kit.clock import DAY
from kit.db import Tx, encode
from node.access_log import store
from node.access_log.model import What, chained
from scripts.years.earlier import look_entry
from scripts.years.people import Crowd

BATCH = 2_000
WITHIN = 730 * DAY


def add_looks(tx: Tx, crowd: Crowd, rng: random.Random, count: int, until: int) -> None:
    """So many looks of teachers at their classes and of the office at single people."""
    names: dict[str, str] = dict(tx.rows("SELECT id, name FROM people_v_person"))
    by_class: dict[tuple[int, int], list[str]] = {}
    for pupil in crowd.pupils:
        by_class.setdefault((pupil.grade, pupil.room), []).append(pupil.id)
    rooms = sorted(by_class)
    seq, head = store.end(tx)
    made = look_entry()
    waiting = []
    for place in range(count):
        at = until - (count - place) * WITHIN // count
        room = rooms[rng.randrange(len(rooms))]
        reader = crowd.homerooms.get(room) or crowd.principal
        whole = rng.random() < 0.3
        persons = by_class[room] if whole else [rng.choice(by_class[room])]
        seq += 1
        entry = made(
            seq, at, reader, names[reader], "127.0.0.1",
            (What.RESULTS if whole else What.PERSON).value, persons[0], "", encode(persons),
            len(persons), 0, b"",
        )  # fmt: skip
        head = chained(head, entry)
        waiting.append(replace(entry, hash=head))
        if len(waiting) == BATCH:
            store.add(tx, waiting)
            waiting = []
    if waiting:
        store.add(tx, waiting)
