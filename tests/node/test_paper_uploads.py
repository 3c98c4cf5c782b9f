"""Attachments of papers on a bad line: they go on where it broke, on any device, and after a kill."""

import asyncio
import contextlib
import copy
import hashlib
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
from playwright.async_api import Browser, FilePayload, Page, Request, expect
from yarl import URL

from kit.clock import DAY, HOUR, ManualClock, SystemClock
from node.app import CONFIG
from node.config import FILE, toml_of
from node.files.attaching import OPEN_UPLOADS
from node.files.service import FILE_LIMIT
from node.submissions.model import MOST_FILES
from node.submissions.web import UPLOADS as UPLOADS_OF_PAPERS
from tests.browsing import press
from tests.models import documents
from tests.node.bad_line import BadLine, bad_line
from tests.node.conftest import Client, School, running_school
from tests.node.handing_in import TRANSFER, Paper, absent, begin
from tests.node.killing import serving
from tests.node.sending_parts import MEGABYTE, TUS, offset, send
from tests.node.sending_parts import begin as begin_upload
from tests.node.test_writing_in_a_browser import visit

UPLOADS = "/api/v1/submissions/uploads"
SCAN = documents.png() + os.urandom(3 * MEGABYTE)
HASH = hashlib.sha256(SCAN).hexdigest()


def id_of(paper: Paper) -> str:
    return paper.address.rpartition("/")[2]


async def begun(paper: Paper, name: str = "진단서.png", size: int = len(SCAN), **told: str) -> str:
    """The address of a fresh upload to a paper."""
    answer = await begin_upload(
        paper.client, UPLOADS, size, filename=name, target=id_of(paper), **told
    )
    assert answer.status == 201, answer.text
    return answer.location


def partials(school: School) -> list[str]:
    return [path.name for path in school.app[UPLOADS_OF_PAPERS]._folder.glob(".*")]


async def transfer(school: School) -> Paper:
    return await begin(school, await school.client_as("김하늘"), "transfer", "이지우")


async def test_an_attachment_that_broke_goes_on_on_another_device(school: School) -> None:
    paper = await transfer(school)
    upload = await begun(paper, sha256=HASH)
    assert (await send(paper.client, upload, 0, SCAN[:MEGABYTE])).status == 204
    tablet = await school.client_as("김하늘")
    page = (await tablet.get(f"{paper.address}/edit")).text
    assert "다 올리지 못한 파일이 있습니다" in page
    assert "진단서.png" in page
    assert f'data-unfinished="{upload}"' in page
    assert (await send(tablet, upload, await offset(tablet, upload), SCAN[MEGABYTE:])).status == 204
    page = (await tablet.get(f"{paper.address}/edit")).text
    assert "다 올리지 못한 파일" not in page
    (file,) = set(re.findall(rf"{paper.address}/attachments/[0-9a-f]{{20}}(?=\")", page))
    assert (await tablet.get(f"{file}/file")).body == SCAN
    assert partials(school) == []
    assert (await offset(paper.client, upload)) == len(SCAN)  # who missed the answer asks again
    sent = await paper.send(**TRANSFER)
    assert sent.location == paper.address
    assert "진단서.png" in await paper.page(await school.client_as("박서연"))


async def test_what_does_not_go_on_is_given_up_by_a_button_of_the_page(school: School) -> None:
    paper = await transfer(school)
    upload = await begun(paper)
    assert (await send(paper.client, upload, 0, SCAN[:MEGABYTE])).status == 204
    page = (await paper.client.get(f"{paper.address}/edit")).text
    (button,) = re.findall(rf'action="({paper.address}/uploads/[0-9a-f]+/remove)"', page)
    other = await school.client_as("이도윤")
    assert (await other.post(button)).status == 404
    assert (await paper.client.post(button)).status == 303
    page = (await paper.client.get(f"{paper.address}/edit")).text
    assert "진단서.png" not in page
    assert partials(school) == []
    assert (await paper.client.post(button)).status == 404


async def test_nobody_else_sends_to_a_paper_or_touches_its_uploads(school: School) -> None:
    paper = await transfer(school)
    upload = await begun(paper)
    for name in ("이도윤", "박서연", "정민호"):
        other = await school.client_as(name)
        assert (await other.request("HEAD", upload, headers=TUS)).status == 404
        assert (await send(other, upload, 0, SCAN)).status == 404
        assert (await other.request("DELETE", upload, headers=TUS)).status == 404
        refused = await begin_upload(other, UPLOADS, 4, filename="a.png", target=id_of(paper))
        assert refused.status == 404
    assert await offset(paper.client, upload) == 0


async def test_what_cannot_be_attached_is_refused_in_words_and_leaves_nothing(
    school: School,
) -> None:
    paper = await transfer(school)
    large = await begin_upload(
        paper.client, UPLOADS, FILE_LIMIT + 1, filename="영상.png", target=id_of(paper)
    )
    assert large.status == 413
    assert "30MB" in large.json()["detail"]
    program = os.urandom(64)
    refused = await send(paper.client, await begun(paper, "a.exe", 64), 0, program)
    assert refused.status == 422
    assert "첨부할 수 없는 파일" in refused.json()["detail"]
    other = await begun(paper, sha256=hashlib.sha256(b"other").hexdigest())
    assert (await send(paper.client, other, 0, SCAN)).status == 460
    assert "attachments/" not in (await paper.page()).replace('/attachments"', "")
    assert partials(school) == []


async def test_a_paper_has_as_many_files_as_by_the_form_and_no_more(school: School) -> None:
    paper = await transfer(school)
    picture = documents.png()
    late = await begun(paper, "마지막.png", len(picture))
    await paper.attach(*(f"{number}.png" for number in range(MOST_FILES)))
    refused = await begin_upload(paper.client, UPLOADS, 4, filename="a.png", target=id_of(paper))
    assert (refused.status, str(MOST_FILES) in refused.json()["detail"]) == (422, True)
    assert (await send(paper.client, late, 0, picture)).status == 422
    assert partials(school) == []


async def test_one_person_keeps_few_uploads_open(school: School) -> None:
    paper = await transfer(school)
    for _number in range(OPEN_UPLOADS):
        upload = await begun(paper)
    refused = await begin_upload(paper.client, UPLOADS, 4, filename="a.png", target=id_of(paper))
    assert refused.status == 429
    assert (await paper.client.request("DELETE", upload, headers=TUS)).status == 204
    await begun(paper)


async def test_uploads_nobody_came_back_for_and_those_of_a_dropped_draft_go(
    school: School,
) -> None:
    paper = await transfer(school)
    left, dropped = await begun(paper), await begun(paper, size=4)
    await send(paper.client, left, 0, SCAN[:MEGABYTE])
    uploads = school.app[UPLOADS_OF_PAPERS]
    assert await uploads.expire() == 0
    await paper.client.post(f"{paper.address}/discard")
    assert (await send(paper.client, dropped, 0, documents.png()[:4])).status == 404
    school.clock.advance(7 * DAY)
    assert await uploads.expire() == 1
    assert partials(school) == []


async def test_evidence_of_several_pages_comes_page_by_page(school: School) -> None:
    paper = await absent(school, "2026-11-18", "2026-11-20")
    picture = documents.png()
    for name in ("첫 장.png", "둘째 장.png"):
        upload = await begun(paper, name, len(picture))
        assert (await send(paper.client, upload, 0, picture)).status == 204
    page = await paper.page(await school.client_as("박서연"))
    assert "첫 장.png" in page
    assert "둘째 장.png" in page
    school.clock.advance(HOUR)
    late = await begin_upload(paper.client, UPLOADS, 4, filename="a.png", target=id_of(paper))
    assert late.status == 409


async def test_what_was_acknowledged_of_an_attachment_is_there_after_a_kill(
    tmp_path: Path,
) -> None:
    async for school in running_school(tmp_path, ManualClock(SystemClock().now())):
        paper = await transfer(school)
        cookies = paper.client.session.cookie_jar.filter_cookies(URL(paper.client.base))
        token = cookies["session"].value
        (tmp_path / FILE).write_text(toml_of(school.app[CONFIG]), encoding="utf-8")
    dying = asyncio.Event()

    async def until_it_dies() -> AsyncIterator[bytes]:
        yield SCAN[MEGABYTE : 2 * MEGABYTE]
        dying.set()
        await asyncio.sleep(60)

    async with serving(tmp_path) as node:
        phone = Client(node.base, {"session": token})
        paper = Paper(phone, paper.address)
        upload = await begun(paper, sha256=HASH)
        assert (await send(phone, upload, 0, SCAN[:MEGABYTE])).status == 204
        sending = asyncio.create_task(send(phone, upload, MEGABYTE, until_it_dies()))
        await dying.wait()
    with contextlib.suppress(aiohttp.ClientError):
        await sending
    await phone.session.close()
    async with serving(tmp_path) as node:
        phone = Client(node.base, {"session": token})
        there = await offset(phone, upload)
        assert there >= MEGABYTE
        assert (await send(phone, upload, there, SCAN[there:])).status == 204
        page = (await phone.get(f"{paper.address}/edit")).text
        (file,) = set(re.findall(rf"{paper.address}/attachments/[0-9a-f]{{20}}(?=\")", page))
        assert (await phone.get(f"{file}/file")).body == SCAN
        await phone.session.close()


async def test_on_the_phone_it_goes_on_after_the_line_broke_and_the_page_was_closed(
    school: School, browser: Browser
) -> None:
    paper = await transfer(school)
    scan: FilePayload = {"name": "진단서.png", "mimeType": "image/png", "buffer": SCAN * 3}

    async def choose(page: Page) -> None:
        await page.set_input_files("#attachments input[type=file]", files=[scan])
        await page.get_by_role("button", name="첨부하기").click()

    def parts_of(page: Page) -> list[int]:
        """Where the parts began that were sent."""
        begun: list[int] = []

        def note(request: Request) -> None:
            if request.method == "PATCH":
                begun.append(int(request.headers["upload-offset"]))

        page.on("request", note)
        return begun

    async def until(line: BadLine, sent: int) -> None:
        async with asyncio.timeout(60):
            while line.sent < sent:  # noqa: ASYNC110 - it happens on the line
                await asyncio.sleep(0.02)

    async with bad_line(school.url) as line:
        behind = copy.copy(school)
        behind.url = line.url
        phone = await visit(browser, behind, "김하늘", 360)
        await phone.goto(f"{paper.address}/edit")
        before = line.sent
        await choose(phone)
        await until(line, before + 3 * MEGABYTE)
        line.cut()
        await phone.close()  # the battery is empty
        line.mend()

        tablet = await visit(browser, behind, "김하늘", 800)
        await tablet.goto(f"{paper.address}/edit")
        begun = parts_of(tablet)
        await expect(tablet.get_by_text("다 올리지 못한 파일이 있습니다")).to_be_visible()
        before = line.sent
        await choose(tablet)
        await until(line, before + MEGABYTE)
        line.cut()
        await expect(tablet.locator(".files-progress progress")).to_be_visible()
        line.mend()
        await expect(tablet.locator("#attached a", has_text="진단서.png")).to_be_visible(
            timeout=60_000
        )
        assert begun
        assert 0 not in begun  # what had arrived is not sent again
        for field, value in TRANSFER.items():
            if field in ("answer_reason", "answer_books"):
                await tablet.check(f"[name={field}][value='{value}']")
            else:
                await tablet.fill(f"[name={field}]", value)
        await press(tablet.get_by_role("button", name="학교에 제출"))
        await expect(tablet.get_by_text("접수번호").first).to_be_visible()
        await expect(tablet.get_by_role("link", name="진단서.png", exact=True)).to_be_visible()
