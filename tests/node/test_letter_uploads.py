"""Files of letters on a bad line: they go on where it broke, and are their writer's alone until they are whole."""

import hashlib
import os
import re

from node.newsletters.desk_web import UPLOADS as UPLOADS_OF_LETTERS
from tests.models import documents
from tests.node.conftest import Client, School
from tests.node.sending_parts import MEGABYTE, TUS, begin, offset, send
from tests.node.test_unsent import draft

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
