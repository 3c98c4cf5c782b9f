"""What earlier builds left behind opens today, and what today's leaves opens in them where it may.

The folders in tests/left were made by `scripts/make_left_school.py`. Earlier builds are run from this
repository's history: a clone without it fails here and says so.
"""

import json
import sqlite3
import subprocess
import tarfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from scripts.make_left_school import LEFT, ROOT, checkout, run

FIRST = "Load the handbook and hold its articles to being short, concrete and each their own"
"""The last commit of the first landing: version 1."""

COUNTED = "tests: what the assistant only compares at a start does not count as told"
"""The last commit whose versions were counted by hand: version 4."""

OLDER = {FIRST: 1, COUNTED: 4}

VISIT = r'''
import asyncio, json, re, sys
from collections import Counter
from html import unescape
from pathlib import Path
from aiohttp.test_utils import TestServer
from kit.clock import ManualClock, moment
from node.app import build
from node.config import NodeConfig
from tests.node.conftest import School

CAST = ("김하늘", "이준혁", "박서연", "한지민", "최은영", "정민호", "오정숙", "이지우")

async def visited(client):
    """What is to be reached from the front page, of pages of one kind three."""
    seen, waiting, kinds = {}, ["/"], Counter()
    while waiting:
        path = waiting.pop()
        kind = re.sub(r"[0-9a-f]{20}|\d+", "*", path.partition("?")[0])
        if path not in seen and kinds[kind] < 3:
            kinds[kind] += 1
            answer = await client.get(path)
            seen[path] = (answer.status, answer.body.decode(errors="replace"))
            if answer.headers.get("Content-Type", "").startswith("text/html"):
                waiting += map(unescape, re.findall(r'href="(/(?!/)[^"#]*)', answer.text))
    return seen

async def main(folder):
    clock = ManualClock(moment(2026, 11, 23, 10, 0))
    config = NodeConfig(
        school_id="J107530101", school_name="한빛초등학교", telephone="031-000-0101",
        data_dir=str(folder), port=0, lan_announce=False,
    )
    app = build(config, clock)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    school = School(app, server, clock)
    people = await school.db.read(lambda tx: tx.rows("SELECT name, id FROM people_person"))
    school.people_ids.update(people)
    pages = {name: await visited(await school.client_as(name)) for name in CAST}
    for client in school.clients:
        await client.session.close()
    await server.close()
    print(json.dumps(pages))

asyncio.run(main(Path(sys.argv[1])))
'''


def earlier(subject: str) -> str:
    """A commit of this history, by its subject: it keeps that wherever it lands."""
    command = ["git", "log", "--fixed-strings", f"--grep={subject}", "--format=%H %s"]
    found = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    commits = [line[:40] for line in found.splitlines() if line[41:] == subject]
    assert commits, f"no commit {subject!r} here: git fetch --unshallow"
    return commits[-1]


def unpacked(name: str, to: Path) -> Path:
    with tarfile.open(LEFT / f"{name}.tar.xz") as tar:
        tar.extractall(to, filter="data")
    return to / "school"


def compat_of(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "madang.sqlite3")) as db:
        (found,) = db.execute("SELECT value FROM kit_meta WHERE name = 'schema.compat'").fetchone()
    return int(found)


def visits(build: Path, folder: Path) -> dict[str, dict[str, Any]]:
    """All pages that the cast comes to from the front page, in that build: (status, text)."""
    pages: dict[str, dict[str, Any]] = json.loads(run(build, "-c", VISIT, str(folder)))
    return pages


def require_all_there(pages: dict[str, dict[str, Any]]) -> None:
    faults = [
        f"{who} {path}: {status}"
        for who, seen in pages.items()
        for path, (status, _text) in seen.items()
        if status >= 400
    ]
    assert faults == []
    guardian = "".join(text for _status, text in pages["김하늘"].values())
    assert "현장체험학습 안내" in guardian
    assert "준비물.png" in guardian


@pytest.mark.parametrize("name", ["2026-11-23", "2026-12-01"])
def test_a_school_that_was_left_behind_opens_with_all_its_pages(name: str, tmp_path: Path) -> None:
    require_all_there(visits(ROOT, unpacked(name, tmp_path)))


@pytest.mark.parametrize(("subject", "version"), OLDER.items())
@pytest.mark.parametrize("name", ["2026-11-23", "2026-12-01"])
def test_an_older_build_opens_what_is_left_where_the_migrations_say_so(
    name: str, subject: str, version: int, tmp_path: Path
) -> None:
    """And says that it cannot where they do not."""
    folder = unpacked(name, tmp_path)
    visits(ROOT, folder)
    with checkout(earlier(subject)) as build:
        if version >= compat_of(folder):
            require_all_there(visits(build, folder))
        else:
            with pytest.raises(subprocess.CalledProcessError) as refused:
                visits(build, folder)
            assert "NewerData" in refused.value.stderr
