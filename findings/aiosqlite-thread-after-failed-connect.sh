#!/bin/sh
# aiosqlite 0.22.1: connect() that raises has told its thread to end, and waits for nothing. A command that
# reports the error in one line and ends closes its loop meanwhile; the thread then tells that closed loop
# of its end, and a traceback "RuntimeError: Event loop is closed" follows on standard error.
#
# Seen:  a database in a folder that does not exist: OperationalError is raised and caught, and after
#        about half of the runs the thread's traceback is printed as well
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3.11 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check aiosqlite==0.22.1
cd "$place"
cat > opens.py <<'PYTHON'
import asyncio
import sqlite3

import aiosqlite


async def main() -> None:
    try:
        await aiosqlite.connect("no-such-folder/school.sqlite3")
    except sqlite3.OperationalError as error:
        print(error)


asyncio.run(main())
PYTHON
seen=0
for run in $(seq 40); do
    venv/bin/python opens.py > said 2> more
    grep -q "unable to open database file" said
    if grep -q "Event loop is closed" more; then seen=$((seen + 1)); fi
done
echo "a traceback after the error was caught: $seen of 40 runs"
[ "$seen" -gt 0 ] || { echo "aiosqlite's thread ends otherwise now"; exit 1; }
