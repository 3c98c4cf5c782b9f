"""Files of all kinds are opened in a process of their own, and hostile ones hurt nobody."""

import asyncio
import resource
from pathlib import Path

import pytest

from models.extract import sandbox, sniff
from models.extract.extraction import Extraction
from models.extract.sandbox import extract
from tests.models import documents
from tests.waiting import until


async def extracted(folder: Path, content: bytes) -> tuple[Extraction, Path]:
    kind = sniff.sniff(content)
    assert kind is not None
    source = folder / "source"
    source.write_bytes(content)
    target = folder / "out"
    target.mkdir()
    return await extract(kind, source, target), target


async def test_a_pdf_gives_its_text_and_its_pages_as_pictures(tmp_path: Path) -> None:
    found, folder = await extracted(tmp_path, documents.pdf("현장체험학습 안내", "Second page"))
    assert found.problem == ""
    assert "현장체험학습 안내" in found.text
    assert "Second page" in found.text
    assert found.page_count == 2
    assert [sniff.sniff((folder / name).read_bytes()) for name in found.pages] == [sniff.PNG] * 2


async def test_a_pdf_without_text_is_still_seen(tmp_path: Path) -> None:
    found, _ = await extracted(tmp_path, documents.pdf(""))
    assert (found.problem, found.text, len(found.pages)) == ("", "", 1)


async def test_a_pdf_whose_drawing_takes_too_long_gives_what_was_found_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "WAIT_S", 6.0)
    found, folder = await extracted(tmp_path, documents.laborious_pdf("Floor plan"))
    assert (found.problem, found.text) == ("", "Floor plan\n\nFloor plan")
    assert (found.pages, found.page_count) == (("page-001.png",), 2)
    assert sniff.sniff((folder / "page-001.png").read_bytes()) == sniff.PNG


async def test_a_pdf_whose_pictures_fail_keeps_its_text(tmp_path: Path) -> None:
    (tmp_path / "page-001.png").mkdir()
    source = tmp_path / "source"
    source.write_bytes(documents.pdf("가정통신문"))
    found = await extract(sniff.PDF, source, tmp_path)
    assert (found.problem, found.text, found.pages) == ("", "가정통신문", ())


@pytest.mark.parametrize("written", ["page-001.png", "extraction.part"])
async def test_a_full_disk_is_not_the_fault_of_the_file(tmp_path: Path, written: str) -> None:
    (tmp_path / written).symlink_to("/dev/full")
    source = tmp_path / "source"
    source.write_bytes(documents.pdf("가정통신문"))
    assert await extract(sniff.PDF, source, tmp_path) == Extraction(problem="later")


async def test_an_hwp_document_gives_its_text(tmp_path: Path) -> None:
    found, _ = await extracted(
        tmp_path, documents.hwp("2학기 방과후학교 안내", "신청 기간은 다음과 같습니다.")
    )
    assert found.problem == ""
    assert "2학기 방과후학교 안내" in found.text
    assert "신청 기간은 다음과 같습니다." in found.text


async def test_an_hwpx_document_gives_its_text(tmp_path: Path) -> None:
    made = documents.hwpx(tmp_path, "급식 설문 안내", "응답해 주세요")
    found, _ = await extracted(tmp_path, made)
    assert found.problem == ""
    assert "급식 설문 안내" in found.text


async def test_a_word_document_gives_paragraphs_and_rows(tmp_path: Path) -> None:
    found, _ = await extracted(tmp_path, documents.docx("학부모총회", "참석 바랍니다"))
    assert found.text == "학부모총회\n참석 바랍니다\n일시\t장소"


async def test_text_in_the_old_korean_encoding_is_read(tmp_path: Path) -> None:
    found, _ = await extracted(tmp_path, "준비물: 색연필, 풀".encode("cp949"))
    assert found.text == "준비물: 색연필, 풀"


async def test_a_large_picture_is_scaled_for_a_phone(tmp_path: Path) -> None:
    from PIL import Image

    found, folder = await extracted(tmp_path, documents.png(4000, 2000))
    with Image.open(folder / found.pages[0]) as picture:
        assert picture.size == (1600, 800)


async def test_an_empty_document_is_a_failure_said_plainly(tmp_path: Path) -> None:
    found, _ = await extracted(tmp_path, documents.hwp("", ""))
    assert found.problem == "empty"


@pytest.mark.parametrize("kind", ["pdf", "hwp", "zip"])
async def test_a_damaged_file_is_told_as_broken(tmp_path: Path, kind: str) -> None:
    content = {
        "pdf": b"%PDF-1.7\n" + b"\xff" * 2000,
        "hwp": documents.hwp("가")[:700],
        "zip": documents.docx("가").replace(b"PK\x01\x02", b"PK\x09\x09"),
    }[kind]
    source = tmp_path / "source"
    source.write_bytes(content)
    declared = {"pdf": sniff.PDF, "hwp": sniff.HWP, "zip": sniff.DOCX}[kind]
    found = await extract(declared, source, tmp_path)
    assert (found.problem, found.text) == ("broken", "")


async def test_a_zip_bomb_meets_its_limit(tmp_path: Path) -> None:
    bomb = documents.zipped({"word/document.xml": "<a>" + " " * (80 * 1024 * 1024) + "</a>"})
    found, _ = await extracted(tmp_path, bomb)
    assert found.problem in ("broken", "limits")


async def test_entities_that_multiply_are_refused(tmp_path: Path) -> None:
    laughs = '<!DOCTYPE a [<!ENTITY b "ha">]><a>&b;</a>'
    found, _ = await extracted(tmp_path, documents.zipped({"word/document.xml": laughs}))
    assert found.problem == "broken"


async def test_a_picture_of_too_many_pixels_is_refused(tmp_path: Path) -> None:
    found, folder = await extracted(tmp_path, documents.png(9000, 9000))
    assert found.problem in ("broken", "limits")
    assert found.pages == ()
    assert list(folder.glob("page-*")) == []


async def test_what_a_file_makes_start_does_not_outlive_its_reading() -> None:
    child = await asyncio.create_subprocess_exec(
        "sh",
        "-c",
        "sleep 600 >/dev/null & echo $!",
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert child.stdout is not None
    started = int(await child.stdout.readline())
    await child.wait()
    await sandbox._end(child)
    await until(lambda: not _is_running(started))


def _is_running(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


async def test_our_own_limits_stay_as_they_were(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    await extracted(tmp_path, documents.png())
    assert resource.getrlimit(resource.RLIMIT_AS) == before


# A zip is told by its list of names: a list of a million would cost a second and much memory.
MANY_NAMES = [f"{'x' * 60_000}{number}" for number in range(20)]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (documents.png(), sniff.PNG),
        (documents.pdf("a"), sniff.PDF),
        (documents.hwp("가"), sniff.HWP),
        (documents.docx("가"), sniff.DOCX),
        ("안녕하세요".encode(), sniff.TEXT),
        (b"MZ\x90\x00\x03\x00\x00\x00", None),
        (b"\x7fELF\x02\x01\x01\x00", None),
        (documents.zipped({"evil.exe": "MZ"}), None),
        (documents.zipped({"word/document.xml": "", "word/vbaProject.bin": "x"}), None),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), None),
        (b"", None),
        (documents.zipped({"word/document.xml": ""} | dict.fromkeys(MANY_NAMES, "")), None),
        (("a" + "가" * 600_000).encode(), sniff.TEXT),
        (("a" + "가" * 600_000).encode("cp949"), sniff.TEXT),
        ("가".encode() * 600_000 + b"\x00", None),
    ],
)
def test_what_a_file_is_is_told_by_its_content(content: bytes, kind: str | None) -> None:
    assert sniff.sniff(content) == kind
