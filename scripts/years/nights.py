"""What a large school needs beside its pages: a backup while others write, room on the disk, the page
of the system, the assistant's index."""

import asyncio
import contextlib
import os
import re
from pathlib import Path

from kit.clock import monotonic
from scripts.years.served import Served, Visitor, visitor

BACKUP_LONGEST_S = 120.0
COMMIT_EVERY_S = 0.25
ANSWER_LONGEST_S = 1_200.0
QUIET_S = 10.0
QUIET_LONGEST_S = 1_800.0
YEARS = 3
QUESTION = "현장체험학습 준비물은 무엇인가요?"
_HEARD = re.compile(r"우리 학교 글 ([\d,]+)건")


async def backup_s(school: Served, to: Path) -> float:
    """A backup by the command while somebody saves four times a second: seconds, at most
    BACKUP_LONGEST_S. Raises RuntimeError where it fails."""
    async with visitor(school, "hb-park") as writer:
        saving = asyncio.create_task(_save(writer))
        begun = monotonic()
        process = await asyncio.create_subprocess_exec(
            *school.build.command("node.cli", "backup", str(school.folder), "--to", str(to)),
            env={**os.environ, **school.build.environment},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(BACKUP_LONGEST_S):
                _out, said = await process.communicate()
        except TimeoutError:
            process.kill()
            await process.wait()
            return BACKUP_LONGEST_S
        finally:
            saving.cancel()
            await asyncio.gather(saving, return_exceptions=True)
        if process.returncode:
            raise RuntimeError(said.decode()[-500:])
        return monotonic() - begun


async def _save(writer: Visitor) -> None:
    draft = {"kind": "class_notice", "title": "초안", "body_markdown": "가", "audience": []}
    while True:
        await writer.post("/api/v1/newsletters", json=draft)
        await asyncio.sleep(COMMIT_EVERY_S)


async def quiet(school: Served) -> float:
    """Wait until nobody writes any more, so that what moves in portions has moved; seconds."""
    begun = monotonic()
    still_since, seen = begun, -1
    while monotonic() - still_since < QUIET_S and monotonic() - begun < QUIET_LONGEST_S:
        now = (school.folder / "madang.sqlite3-wal").stat().st_mtime_ns
        if now != seen:
            still_since, seen = monotonic(), now
        await asyncio.sleep(0.5)
    return monotonic() - begun


async def a_night_goes_by(school: Served) -> None:
    """The nightly jobs that remove what is over: events that everybody has heard, and which pages were
    sent. An earlier build has none; a school has them every night."""
    async with visitor(school, "hb-admin") as admin:
        for job in ("events.forget", "forms.pages"):
            await admin.post(f"/admin/jobs/{job}/run", data={})


def mb_a_year(school: Served) -> float:
    """What is used of the database's file, MB a year."""
    return float(
        school.value(
            "SELECT (c.page_count - f.freelist_count) * s.page_size / 1e6 FROM pragma_page_count c,"
            " pragma_freelist_count f, pragma_page_size s"
        )
        / YEARS
    )


async def system_page_ms(school: Served, times: int = 5) -> float:
    """The slowest of some looks at the administrator's page of the system."""
    async with visitor(school, "hb-admin") as admin:
        return max([(await admin.get("/admin/system"))[2] for _time in range(times)])


async def assistant_s(school: Served, longest_s: float = ANSWER_LONGEST_S) -> tuple[float, float]:
    """From the start with an empty index: seconds to the first answer with a source, and until the
    index has heard of everything; each at most `longest_s`."""
    begun = monotonic()
    first = ready = longest_s
    async with visitor(school, "haneul") as asker, visitor(school, "hb-admin") as admin:
        while (passed := monotonic() - begun) < longest_s and ready == longest_s:
            if first == longest_s and await _is_answered(asker):
                first = monotonic() - begun
            if await _is_ready(school, admin):
                ready = monotonic() - begun
            await asyncio.sleep(min(1.0, longest_s - passed))
    return first, ready


async def _is_answered(asker: Visitor) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(30):
            status, said, _where = await asker.post(
                "/api/v1/assistant", json={"question": QUESTION}
            )
            return status == 200 and said["state"] == "done" and bool(said["sources"])
    return False


async def _is_ready(school: Served, admin: Visitor) -> bool:
    """Whether the index has heard of as many things as search knows."""
    _status, text, _ms = await admin.get("/admin/assistant")
    heard = _HEARD.search(text)
    if heard is None:
        return False
    wanted = "SELECT count(DISTINCT subject) FROM search_document"
    return int(heard[1].replace(",", "")) >= int(await asyncio.to_thread(school.value, wanted))
