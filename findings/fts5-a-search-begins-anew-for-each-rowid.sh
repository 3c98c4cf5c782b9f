#!/bin/sh
# SQLite 3.54.1 (apsw 3.54.1.0), FTS5: `text MATCH ? AND rowid IN (…)` looks like a search among some
# rows. It is one search for each of them: the ids are gone through, and within that loop the whole
# expression is set up anew (VFilter between Rewind and Next). Whoever filters hits by the ids somebody
# may read pays for each id, found or not. `+rowid IN (…)` searches once and asks of each hit.
#
# Seen:  rowid IN: SCAN text VIRTUAL TABLE INDEX 0:=M1, searches: once for each id
#        +rowid IN: SCAN text VIRTUAL TABLE INDEX 0:M1, searches: once
#        the same 2000 rows; the first takes 43 times as long (at least twice is asked of it)
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3.11 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check apsw==3.54.1.0
"$place/venv/bin/python" - <<'PYTHON'
import json
import sys
import time

import apsw

db = apsw.Connection(":memory:")
db.execute("CREATE VIRTUAL TABLE text USING fts5 (body)")
with db:
    db.executemany(
        "INSERT INTO text (rowid, body) VALUES (?, ?)",
        ((number, f"lunch menu of day {number}") for number in range(1, 20_001)),
    )
readable = (json.dumps(list(range(1, 20_001, 10))),)
ASK = "SELECT count(*) FROM text WHERE text MATCH 'lunch AND menu' AND {} IN (SELECT value FROM json_each(?))"


def look(column: str) -> tuple[str, bool, int, float]:
    """(plan, whether the search is set up within the loop over the ids, rows, seconds)"""
    sql = ASK.format(column)
    plan = next(row[3] for row in db.execute("EXPLAIN QUERY PLAN " + sql, readable))
    steps = [(row[0], row[1], row[2], row[5]) for row in db.execute("EXPLAIN " + sql, readable)]
    loops = [(jump, at) for at, name, _p1, _p4 in steps for jump in [_jump(sql, at)] if name == "Next"]
    searches = [at for at, name, cursor, _p4 in steps if name == "VFilter" and cursor == 0]
    within = any(begin <= at < end for begin, end in loops for at in searches)
    best = min(_timed(sql) for _round in range(5))
    return plan, within, db.execute(sql, readable).fetchall()[0][0], best


def _jump(sql: str, at: int) -> int:
    return next(row[3] for row in db.execute("EXPLAIN " + sql, readable) if row[0] == at)


def _timed(sql: str) -> float:
    begun = time.process_time()
    db.execute(sql, readable).fetchall()
    return time.process_time() - begun


found = {column: look(column) for column in ("rowid", "+rowid")}
for column, (plan, within, rows, took) in found.items():
    print(f"{column} IN: {plan}, searches: {'once for each id' if within else 'once'}, {rows} rows")
print(f"the first takes {found['rowid'][3] / found['+rowid'][3]:.1f} times as long")
as_told = (
    apsw.sqlite_lib_version() == "3.54.1"
    and found["rowid"][0].endswith("0:=M1") and found["rowid"][1]
    and found["+rowid"][0].endswith("0:M1") and not found["+rowid"][1]
    and found["rowid"][2] == found["+rowid"][2] == 2000
    and found["rowid"][3] > 2 * found["+rowid"][3]
)
sys.exit(0 if as_told else 1)
PYTHON
