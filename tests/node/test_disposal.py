"""Papers whose period of retention is over are disposed of once the administrator has approved it."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from kit.clock import DAY, ManualClock, SystemClock
from kit.web.keys import JOBS
from node.app import CONFIG
from node.config import FILE, toml_of
from node.files.access import FILES
from node.submissions.web import SUBMISSIONS
from protocol.receipts import from_file, verify
from tests.models import documents
from tests.node.conftest import Client, School, running_school
from tests.node.handing_in import TRANSFER, Paper, absent, begin, decide, states
from tests.node.killing import serving

YEARS = 366 * DAY


async def closed(school: School) -> Paper:
    """An absence of 2026 with its file, decided on by the homeroom teacher."""
    paper = await absent(school)
    paper_id = paper.address.rpartition("/")[2]
    file = school.app[FILES].keep("진단서-0412.png", documents.png())
    writing = school.app[SUBMISSIONS].writing
    haneul = await school.asker("김하늘")
    await decide(school, "박서연", paper, "return", "진단서를 올려 주세요.")
    await writing.attach(haneul, paper_id, file)
    await paper.send(
        first_on="2026-11-20",
        last_on="2026-11-20",
        answer_kind="질병",
        answer_reason="감기로 열이 나서 쉬었습니다.",
    )
    await decide(school, "박서연", paper)
    return paper


async def years_later(school: School, years: int) -> Client:
    school.clock.advance(years * YEARS)
    return await school.client_as("정민호")


async def approve(client: Client, due: str = "absence:2026") -> None:
    answer = await client.post("/submissions/disposal", {"due": due})
    assert answer.status == 303, answer.text


async def disposed(school: School) -> None:
    assert await school.app[JOBS].run("submissions.disposal")
    await school.settled()


def holding(school: School, *words: str) -> set[str]:
    """Tables that have one of the words in a row."""
    with closing(sqlite3.connect(school.app[CONFIG].database)) as connection:
        rows = [line for line in connection.iterdump() if line.startswith("INSERT INTO")]
    return {row.split('"')[1] for row in rows if any(word in row for word in words)}


async def test_a_paper_is_due_when_its_years_after_the_next_january_are_over(
    school: School,
) -> None:
    await closed(school)
    administrator = await years_later(school, 5)  # the end of 2031, the last of its five years
    assert (
        "보존 기간이 지난 서류가 없습니다"
        in (await administrator.get("/submissions/disposal")).text
    )
    assert "보존 기간이 지난 서류" not in (await administrator.get("/")).text
    administrator = await years_later(school, 1)
    shown = (await administrator.get("/submissions/disposal")).text
    assert "2026년 완결 서류" in shown
    assert "보존 기간 5년, 2031년 12월 31일에 지남" in shown
    assert "보존 기간이 지난 서류" in (await administrator.get("/")).text


async def test_nothing_goes_without_a_persons_approval(school: School) -> None:
    paper = await closed(school)
    administrator = await years_later(school, 6)
    await disposed(school)
    assert "승인완료" in states(await paper.page(await school.client_as("최은영")))
    assert (await administrator.post("/submissions/disposal", {})).status == 422


async def test_what_is_approved_goes_whole_and_the_record_still_proves_itself(
    school: School,
) -> None:
    paper = await closed(school)
    page = await paper.page()
    record = page.partition(f'href="{paper.address}/records/')[2].partition('"')[0]
    receipt = (await paper.client.get(f"{paper.address}/records/{record}/file")).body
    content = next(iter(school.app[FILES].blobs.digests()))
    said = ("감기로 열이 나서 쉬었습니다", "진단서-0412")
    assert holding(school, *said) >= {"questions_answer", "submissions_document"}
    administrator = await years_later(school, 6)
    await approve(administrator)
    assert "파기 중" in (await administrator.get("/submissions/disposal")).text
    await disposed(school)
    assert holding(school, *said) == {"ledger_leaf"}  # by which the files were called
    assert not school.app[FILES].blobs.path(content).exists()
    head = await school.client_as("최은영")
    assert (await head.get(paper.address)).status == 404
    shown = (await administrator.get("/submissions/disposal")).text
    assert "정민호 님이" in shown
    assert "1건 가운데 1건 파기" in shown
    assert "파기 완료" in shown
    assert verify(from_file(receipt)).valid  # whoever holds it needs nothing of the school
    assert await school.app[JOBS].run("ledger.check")  # all records are there, and fit the log


async def test_the_log_of_acts_says_who_when_what_kind_and_how_many(school: School) -> None:
    await closed(school)
    administrator = await years_later(school, 6)
    await approve(administrator)
    await disposed(school)
    shown = (await administrator.get("/admin/audit")).text
    assert "보존 기간이 지난 서류 파기 승인" in shown
    assert "보존 기간이 지난 서류 파기 완료" in shown
    assert "1건" in shown
    assert "이지우" not in shown.partition("파기 승인")[2]


async def test_what_is_not_due_is_not_disposed_of(school: School) -> None:
    paper = await closed(school)
    administrator = await school.client_as("정민호")
    await approve(administrator)
    await disposed(school)
    assert "승인완료" in states(await paper.page())


async def test_what_is_under_way_stays_however_old(school: School) -> None:
    paper = await absent(school)
    administrator = await years_later(school, 6)
    await approve(administrator)
    await disposed(school)
    assert "접수대기" in states(await paper.page(await school.client_as("최은영")))


async def test_the_same_content_that_something_else_carries_stays(school: School) -> None:
    await closed(school)
    content = next(iter(school.app[FILES].blobs.digests()))
    haneul = await school.asker("김하늘")
    writing = school.app[SUBMISSIONS].writing
    fresh = await writing.begin(haneul, "certificate", school.id("이지우"))
    await writing.attach(haneul, fresh, school.app[FILES].keep("사진.png", documents.png()))
    administrator = await years_later(school, 6)
    await approve(administrator)
    await disposed(school)
    assert school.app[FILES].blobs.path(content).exists()


MANY = 120


async def many_approved(folder: Path) -> None:
    """120 papers of six years ago whose disposal is approved; then that node ends."""
    clock = ManualClock(SystemClock().now() - 6 * YEARS)
    async for school in running_school(folder, clock):
        haneul = await school.client_as("김하늘")
        for _number in range(MANY):
            paper = await begin(school, haneul, "transfer", "이지우")
            assert (await paper.send(**TRANSFER)).status == 303
            assert (await haneul.post(f"{paper.address}/withdraw")).status == 303
        administrator = await years_later(school, 6)
        shown = (await administrator.get("/submissions/disposal")).text
        due = shown.partition('name="due" value="')[2].partition('"')[0]
        await approve(administrator, due)
        (folder / FILE).write_text(toml_of(school.app[CONFIG]), encoding="utf-8")


def counts(folder: Path) -> tuple[int, int, int]:
    """Papers left, papers counted as gone, rows of the course left."""
    with closing(sqlite3.connect(folder / "madang.sqlite3", timeout=30)) as db:
        (found,) = db.execute(
            "SELECT (SELECT count(*) FROM submissions_paper), (SELECT done FROM submissions_disposal),"
            " (SELECT count(*) FROM submissions_trail)"
        )
    left, done, rows = found
    return int(left), int(done), int(rows)


async def until_gone(folder: Path, number: int, pause_s: float) -> None:
    """Until so many papers at least are gone."""
    for _attempt in range(int(180 / pause_s)):
        if counts(folder)[1] >= number:
            return
        await asyncio.sleep(pause_s)
    raise AssertionError("disposal did not go on")


async def test_a_kill_in_the_middle_loses_nothing_and_it_goes_on(tmp_path: Path) -> None:
    await many_approved(tmp_path)
    assert counts(tmp_path) == (MANY, 0, 2 * MANY)
    async with serving(tmp_path) as node:
        await until_gone(tmp_path, 1, 0.01)
        await node.kill()
        left, done, rows = counts(tmp_path)
        assert left + done == MANY
        assert rows == 2 * left
        await node.start()
        await until_gone(tmp_path, MANY, 0.1)
    assert counts(tmp_path) == (0, MANY, 0)
