"""Files of letters on a bad line: they go on where it broke, and are their writer's alone until they are whole."""

import asyncio
import hashlib
import os
import re
from pathlib import Path

from playwright.async_api import Browser, FilePayload, Route, expect
from yarl import URL

from kit.clock import ManualClock, SystemClock
from node.app import CONFIG
from node.config import FILE, toml_of
from node.files.access import FILES
from node.files.attaching import OPEN_UPLOADS
from node.newsletters.desk import FILES as MOST
from node.newsletters.desk_web import UPLOADS as UPLOADS_OF_LETTERS
from node.newsletters.web import NEWSLETTERS
from tests.models import documents
from tests.node.conftest import Client, School, running_school
from tests.node.killing import serving
from tests.node.sending_parts import MEGABYTE, TUS, begin, offset, send
from tests.node.test_unsent import draft
from tests.node.test_writing_in_a_browser import visit

UPLOADS = "/api/v1/newsletters/uploads"
MAP = documents.png() + os.urandom(2 * MEGABYTE)
HASH = hashlib.sha256(MAP).hexdigest()


async def begun(client: Client, editor: str) -> str:
    """The address of a fresh upload to the draft that this editor writes."""
    target = editor.split("/")[2]
    answer = await begin(client, UPLOADS, len(MAP), filename="약도.png", target=target, sha256=HASH)
    assert answer.status == 201, answer.text
    return answer.location


async def test_a_file_that_broke_goes_on_on_another_device(school: School) -> None:
    editor = await draft(school)
    author = await school.client_as("박서연")
    upload = await begun(author, editor)
    assert (await send(author, upload, 0, MAP[:MEGABYTE])).status == 204
    telephone = await school.client_as("박서연")
    page = (await telephone.get(editor)).text
    assert "다 올리지 못한 파일이 있습니다" in page
    assert f'data-unfinished="{upload}"' in page
    rest = await offset(telephone, upload)
    assert (await send(telephone, upload, rest, MAP[MEGABYTE:])).status == 204
    page = (await telephone.get(editor, headers={"HX-Request": "true"})).text
    assert "다 올리지 못한 파일" not in page
    (file,) = set(re.findall(r'href="(/attachments/[0-9a-f]{20})"', page))
    assert (await telephone.get(f"{file}/file")).body == MAP


async def test_nobody_else_sends_to_a_draft_or_touches_what_comes(school: School) -> None:
    editor = await draft(school)
    author = await school.client_as("박서연")
    upload = await begun(author, editor)
    for name in ("한지민", "최은영"):
        other = await school.client_as(name)
        assert (await send(other, upload, 0, MAP)).status == 404
        assert (await other.request("DELETE", upload, headers=TUS)).status == 404
        refused = await begin(other, UPLOADS, 4, filename="a.png", target=editor.split("/")[2])
        assert refused.status == 404
    guardian = await school.client_as("김하늘")
    assert (await begin(guardian, UPLOADS, 4, filename="a.png", target="")).status == 404
    assert await offset(author, upload) == 0


async def test_what_comes_for_a_letter_that_went_out_meanwhile_is_refused(school: School) -> None:
    editor = await draft(school)
    author = await school.client_as("박서연")
    upload = await begun(author, editor)
    assert (await author.post(editor.replace("/edit", "/send"))).status == 303
    assert (await send(author, upload, 0, MAP)).status == 409
    folder = school.app[UPLOADS_OF_LETTERS]._folder
    assert list(folder.glob(".*")) == []


async def test_what_does_not_go_on_is_given_up_by_a_button_of_the_page(school: School) -> None:
    editor = await draft(school)
    author = await school.client_as("박서연")
    await begun(author, editor)
    page = (await author.get(editor)).text
    (button,) = re.findall(r'action="(/newsletters/[0-9a-f]+/uploads/[0-9a-f]+/remove)"', page)
    assert (await author.post(button)).status == 303
    assert "다 올리지 못한 파일" not in (await author.get(editor)).text


async def attached_to(client: Client, editor: str) -> list[str]:
    """Addresses of the files that a draft's page shows."""
    page = (await client.get(editor, headers={"HX-Request": "true"})).text
    return sorted(set(re.findall(r'href="(/attachments/[0-9a-f]{20})"', page)))


def words_of(editor: str, upload: str) -> str:
    """Where is put down what a file on its way shows."""
    return editor.replace("/edit", f"/uploads/{upload.rpartition('/')[2]}/words")


async def test_what_was_typed_of_a_photo_waits_with_it_though_the_page_was_closed(
    school: School,
) -> None:
    editor = await draft(school)
    author = await school.client_as("박서연")
    upload = await begun(author, editor)
    told = await author.post(words_of(editor, upload), {"words": "  학교 가는 길 <약도>  "})
    assert told.status == 204
    await send(author, upload, 0, MAP[:MEGABYTE])
    telephone = await school.client_as("박서연")
    assert (await send(telephone, upload, MEGABYTE, MAP[MEGABYTE:])).status == 204
    assert "학교 가는 길 &lt;약도&gt;" in (await telephone.get(editor)).text
    # Typed as the last byte arrives: the file is there already.
    await author.post(words_of(editor, upload), {"words": "정문에서 강당까지"})
    assert "정문에서 강당까지" in (await telephone.get(editor)).text


async def test_what_a_file_shows_is_put_down_by_its_sender_at_its_letter_alone(
    school: School,
) -> None:
    editor, another = await draft(school), await draft(school)
    author = await school.client_as("박서연")
    upload = await begun(author, editor)
    long = await author.post(words_of(editor, upload), {"words": "가" * 2001})
    assert long.status == 422
    assert (await author.post(words_of(another, upload), {"words": "가"})).status == 404
    principal = await school.client_as("최은영")
    assert (await principal.post(words_of(editor, upload), {"words": "가"})).status == 404


async def test_a_full_letter_says_so_before_a_file_is_sent(school: School) -> None:
    editor = await draft(school)
    letter = editor.split("/")[2]
    asker, author = await school.asker("박서연"), await school.client_as("박서연")
    waiting = await begun(author, editor)
    picture = school.app[FILES].keep("그림.png", documents.png())
    for _at in range(MOST):
        await school.app[NEWSLETTERS].desk.attach(asker, letter, picture)
    refused = await begin(author, UPLOADS, 4, filename="a.png", target=letter)
    assert (refused.status, "20개" in refused.text) == (422, True)
    assert (await send(author, waiting, 0, MAP)).status == 422
    assert len(await attached_to(author, editor)) == MOST
    assert list(school.app[UPLOADS_OF_LETTERS]._folder.glob(".*")) == []


async def test_what_was_on_its_way_to_a_letter_that_is_no_more_goes_at_once(
    school: School,
) -> None:
    editor, another = await draft(school), await draft(school)
    author = await school.client_as("박서연")
    for _at in range(OPEN_UPLOADS):
        await begun(author, editor)
    late = await begin(author, UPLOADS, 4, filename="a.png", target=another.split("/")[2])
    assert late.status == 429
    uploads = school.app[UPLOADS_OF_LETTERS]
    assert await uploads.expire() == 0
    assert (await author.post(editor.replace("/edit", "/discard"))).status == 303
    assert await uploads.expire() == OPEN_UPLOADS
    assert list(uploads._folder.glob(".*")) == []
    await begun(author, another)


async def test_a_file_that_was_whole_when_the_server_ended_is_attached_with_its_words(
    school: School,
) -> None:
    editor = await draft(school)
    author = await school.client_as("박서연")
    upload = await begun(author, editor)
    await author.post(words_of(editor, upload), {"words": "학교 가는 길"})
    uploads = school.app[UPLOADS_OF_LETTERS]
    partial = uploads._partial(upload.rpartition("/")[2])
    partial.write_bytes(MAP)  # the last byte had come, and no unit after it
    assert await uploads.expire() == 0
    assert len(await attached_to(author, editor)) == 1
    assert "학교 가는 길" in (await author.get(editor)).text
    assert await uploads.expire() == 0
    assert len(await attached_to(author, editor)) == 1


async def test_a_kill_amid_a_file_of_a_letter_loses_nothing_that_was_acknowledged(
    tmp_path: Path,
) -> None:
    async for school in running_school(tmp_path, ManualClock(SystemClock().now())):
        editor = await draft(school)
        author = await school.client_as("박서연")
        token = author.session.cookie_jar.filter_cookies(URL(author.base))["session"].value
        (tmp_path / FILE).write_text(toml_of(school.app[CONFIG]), encoding="utf-8")
    async with serving(tmp_path) as node:
        author = Client(node.base, {"session": token})
        upload = await begun(author, editor)
        assert (await author.post(words_of(editor, upload), {"words": "약도"})).status == 204
        assert (await send(author, upload, 0, MAP[:MEGABYTE])).status == 204
        await author.session.close()
    async with serving(tmp_path) as node:
        author = Client(node.base, {"session": token})
        assert f'data-unfinished="{upload}"' in (await author.get(editor)).text
        there = await offset(author, upload)
        assert there == MEGABYTE
        assert (await send(author, upload, there, MAP[there:])).status == 204
        (file,) = await attached_to(author, editor)
        assert (await author.get(f"{file}/file")).body == MAP
        assert "약도</textarea>" in (await author.get(editor)).text
        await author.session.close()


async def test_two_windows_that_send_one_file_attach_it_once(school: School) -> None:
    editor = await draft(school)
    one, other = await school.client_as("박서연"), await school.client_as("박서연")
    upload = await begun(one, editor)
    await send(one, upload, 0, MAP[:MEGABYTE])
    answers = await asyncio.gather(
        *(send(client, upload, MEGABYTE, MAP[MEGABYTE:]) for client in (one, other)),
        return_exceptions=True,  # who came first is ended
    )
    assert any(not isinstance(answer, BaseException) for answer in answers)
    if await offset(one, upload) < len(MAP):
        await send(one, upload, await offset(one, upload), MAP[await offset(one, upload) :])
    (file,) = await attached_to(one, editor)
    assert (await one.get(f"{file}/file")).body == MAP


async def test_a_page_closed_amid_an_upload_keeps_what_was_typed_of_the_photo(
    school: School, browser: Browser
) -> None:
    editor = await draft(school)
    photo = FilePayload(name="약도.png", mimeType="image/png", buffer=MAP)

    async def broken(route: Route) -> None:
        await (route.abort() if route.request.method == "PATCH" else route.continue_())

    page = await visit(browser, school, "박서연", 360)
    await page.goto(editor)
    await page.route("**/api/v1/newsletters/uploads/*", broken)
    await page.set_input_files("#attachments input[type=file]", photo)
    await page.fill("#photo-words", "학교 가는 길")
    async with page.expect_response("**/uploads/*/words") as put_down:
        await page.get_by_role("button", name="첨부하기").click()
    assert (await put_down.value).status == 204
    await page.close()
    page = await visit(browser, school, "박서연", 360)
    await page.goto(editor)
    await expect(page.get_by_text("다 올리지 못한 파일이 있습니다")).to_be_visible()
    await page.set_input_files("#attachments input[type=file]", photo)
    await page.get_by_role("button", name="첨부하기").click()
    shown = page.locator("#attached textarea[name=words]")
    await expect(shown).to_have_value("학교 가는 길")
    assert await page.input_value("#photo-words") == ""
