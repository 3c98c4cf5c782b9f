"""Files of letters: told by content, kept by hash, previewed in a sandbox, given by right."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from kit.clock import ManualClock
from kit.db import Tx
from kit.problem import NotFound
from kit.web import download
from models.extract import sniff
from node.files.model import BadFile, TooLargeToAttach
from node.files.service import FILE_LIMIT, _file_name
from node.newsletters.model import (
    Content,
    Publication,
    Sort,
    TooManyFiles,
    WrongState,
)
from tests.models import documents, hangul
from tests.node.village import ALL_3_2, Village


@pytest.fixture
async def village(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Village]:
    opened = Village(tmp_path, clock)
    await opened.open()
    yield opened
    await opened.close()


async def published_with(village: Village, name: str, content: bytes) -> str:
    """A letter to 3-2 with one file; the attachment's id."""
    teacher = await village.asker("park")
    file = village.files.keep(name, content)
    publication = Publication(Sort.NEWSLETTER, "안내", "내용", ALL_3_2, (file,))
    await village.db.write(lambda tx: village.newsletters.publish_now(tx, teacher, publication))
    (row,) = await village.sql("SELECT id FROM files_attachment")
    return str(row[0])


async def test_a_guardian_sees_the_pages_of_a_pdf(village: Village) -> None:
    file = await published_with(village, "안내.pdf", documents.pdf("하나", "둘"))
    guardian = await village.asker("haneul")
    found, preview = await village.look(guardian, file)
    assert (found.name, preview.state, preview.page_count) == ("안내.pdf", "ready", 2)
    assert sniff.sniff(village.blobs.get(preview.pages[0])) == sniff.PNG
    assert "하나" in preview.text


async def test_a_hancom_document_is_read_as_text(village: Village) -> None:
    file = await published_with(village, "신청서.hwp", documents.hwp("방과후학교 신청서"))
    guardian = await village.asker("haneul")
    _found, preview = await village.look(guardian, file)
    assert (preview.pages, preview.text) == ((), "방과후학교 신청서")


async def test_what_cannot_be_read_is_said_plainly(village: Village) -> None:
    file = await published_with(village, "빈.hwp", documents.hwp(""))
    _found, preview = await village.look(await village.asker("haneul"), file)
    assert preview.state == "failed"
    assert "찾지 못했습니다" in preview.problem


@pytest.mark.parametrize(
    ("properties", "said"), [(hangul.PASSWORD, "암호나 보안"), (hangul.DISTRIBUTED, "배포용 문서")]
)
async def test_a_locked_document_is_told_as_what_it_is(
    village: Village, properties: int, said: str
) -> None:
    file = await published_with(village, "안내.hwp", hangul.hwp(properties=properties))
    _found, preview = await village.look(await village.asker("haneul"), file)
    assert preview.state == "failed"
    assert said in preview.problem


async def test_a_document_of_the_nineties_can_be_attached_and_is_told_as_old(
    village: Village,
) -> None:
    old = b"HWP Document File V3.00 \x1a\x01\x02\x03\x04\x05" + bytes(200)
    file = await published_with(village, "안내.hwp", old)
    found, preview = await village.look(await village.asker("haneul"), file)
    assert found.name == "안내.hwp"
    assert "한글 97" in preview.problem


async def test_a_file_is_given_to_those_who_may_read_its_letter_only(village: Village) -> None:
    file = await published_with(village, "안내.pdf", documents.pdf("하나"))
    for reader in ("haneul", "park", "oh"):
        assert (await village.newsletters.attachment(await village.asker(reader), file)).id == file
    stranger = await village.asker("doyun")
    with pytest.raises(NotFound):
        await village.newsletters.attachment(stranger, file)
    with pytest.raises(NotFound):
        await village.look(stranger, file)
    assert await village.sql("SELECT state FROM files_preview") == [("waiting",)]


async def test_a_file_of_a_draft_is_its_writers_alone(village: Village) -> None:
    teacher = await village.asker("park")
    desk = village.newsletters.desk
    draft = await desk.create(teacher, Sort.NEWSLETTER, Content("a", "b", ALL_3_2))
    await desk.attach(teacher, draft, village.files.keep("그림.png", documents.png()))
    (row,) = await village.sql("SELECT id FROM files_attachment")
    for outsider in ("haneul", "han", "kim"):
        with pytest.raises(NotFound):
            await village.newsletters.attachment(await village.asker(outsider), str(row[0]))
    assert await village.newsletters.attachment(teacher, str(row[0]))


async def test_a_file_of_a_withdrawn_letter_is_gone_for_readers(village: Village) -> None:
    file = await published_with(village, "안내.pdf", documents.pdf("하나"))
    (letter,) = await village.sql("SELECT id FROM newsletters_newsletter")
    teacher = await village.asker("park")
    await village.newsletters.corrections.withdraw(teacher, str(letter[0]), "잘못 보냄")
    with pytest.raises(NotFound):
        await village.newsletters.attachment(await village.asker("haneul"), file)


async def test_what_went_out_keeps_its_files(village: Village) -> None:
    file = await published_with(village, "안내.pdf", documents.pdf("하나"))
    (letter,) = await village.sql("SELECT id FROM newsletters_newsletter")
    with pytest.raises(WrongState):
        await village.newsletters.desk.detach(await village.asker("park"), str(letter[0]), file)
    assert await village.sql("SELECT count(*) FROM files_attachment") == [(1,)]


async def test_files_of_unknown_kinds_and_sizes_are_refused(village: Village) -> None:
    with pytest.raises(BadFile):
        village.files.keep("놀이.pdf", b"MZ\x90\x00" + bytes(100))
    with pytest.raises(TooLargeToAttach):
        village.files.keep("큰.pdf", b"%PDF-" + bytes(FILE_LIMIT))
    assert not village.blobs.root.exists() or not list(village.blobs.root.iterdir())


async def test_a_letter_carries_twenty_files_at_most(village: Village) -> None:
    teacher = await village.asker("park")
    desk = village.newsletters.desk
    draft = await desk.create(teacher, Sort.NEWSLETTER)
    file = village.files.keep("그림.png", documents.png())
    for _ in range(20):
        await desk.attach(teacher, draft, file)
    with pytest.raises(TooManyFiles):
        await desk.attach(teacher, draft, file)
    assert await village.sql("SELECT count(*) FROM files_attachment") == [(20,)]


def test_a_name_is_made_safe_and_ends_as_its_content_says(
    tmp_path: Path, clock: ManualClock
) -> None:
    assert _file_name("../../etc/passwd", ".pdf", sniff.PDF) == "passwd.pdf"
    assert _file_name("C:\\문서\\안내.hwp", ".hwp", sniff.HWP) == "안내.hwp"
    assert _file_name("사진.JPEG", ".jpg", sniff.JPEG) == "사진.JPEG"
    assert _file_name("a\r\nSet-Cookie: x.png", ".png", sniff.PNG) == "aSet-Cookie x.png"
    assert _file_name("", ".png", sniff.PNG) == "attachment.png"


async def test_two_who_look_at_once_make_one_preview(village: Village) -> None:
    file = await published_with(village, "안내.pdf", documents.pdf("하나"))
    guardian = await village.asker("haneul")
    await asyncio.gather(*[village.look(guardian, file) for _ in range(4)])
    assert await village.sql(
        "SELECT count(*) FROM kit_event WHERE tag = 'newsletter.attachment_extracted'"
    ) == [(1,)]


async def test_forty_letters_with_files_load_in_one_unit(village: Village) -> None:
    principal = await village.asker("han")
    files = [
        village.files.keep(f"{number}.pdf", documents.pdf(f"글 {number}")) for number in range(40)
    ]

    def load(tx: Tx) -> None:
        for number, file in enumerate(files):
            village.newsletters.publish_now(
                tx,
                principal,
                Publication(
                    Sort.NEWSLETTER, f"글 {number}", "내용 " * 200, ("guardians",), (file,)
                ),
                at=village.clock.now() - number * 86_400_000,
            )

    await village.db.write(load)
    assert await village.sql("SELECT count(*), max(number) FROM newsletters_newsletter") == [
        (40, 40)
    ]
    assert await village.sql("SELECT DISTINCT state FROM files_preview") == [("waiting",)]
    assert await village.files.previews.work() == 20


# Downloads over HTTP -------------------------------------------------------------------------


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    path = tmp_path / "blob"
    path.write_bytes(b"0123456789")

    async def give(request: web.Request) -> web.StreamResponse:
        return download.send(path, '가정통신문 "11월".pdf', sniff.PDF)

    async def missing(request: web.Request) -> web.StreamResponse:
        try:
            return download.send(tmp_path / "none", "a", sniff.PDF)
        except NotFound:
            return web.Response(status=404)

    app = web.Application()
    app.router.add_get("/file", give)
    app.router.add_get("/missing", missing)
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_a_download_has_its_korean_name_and_cannot_run(
    server: TestClient[web.Request, web.Application],
) -> None:
    answer = await server.get("/file")
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith('attachment; filename="')
    assert "filename*=UTF-8''%EA%B0%80%EC%A0%95" in disposition
    assert answer.content_disposition is not None
    assert answer.content_disposition.filename == '가정통신문 "11월".pdf'
    assert answer.headers["Content-Security-Policy"].startswith("sandbox;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert (await server.get("/missing")).status == 404


async def test_a_download_can_be_taken_up_where_it_stopped(
    server: TestClient[web.Request, web.Application],
) -> None:
    answer = await server.get("/file", headers={"Range": "bytes=4-6"})
    assert (answer.status, await answer.read()) == (206, b"456")
    assert answer.headers["Content-Range"] == "bytes 4-6/10"
    assert (await server.get("/file", headers={"Range": "bytes=90-"})).status == 416
