"""Papers as PDF files: what a reader of the file sees, copies and searches."""

import asyncio
import unicodedata

import pypdfium2 as pdfium
import pytest

from kit.pdf.document import Boxes, Document, Form, Line, Place, Size, Step, Typed
from kit.pdf.press import MOST_WAITING, NotDrawn, Press, PressBusy
from tests.reading_pdf import images, sheets, words


def paper(*blocks: Boxes | Form | Line | Typed) -> Document:
    return Document("신청서", "마당초등학교", "접수번호 2026-1", blocks)


async def test_a_paper_has_a_title_and_a_number_on_each_page() -> None:
    content = await Press().made(paper(Typed("\n".join(f"{n}째 줄" for n in range(1, 90)))))
    with pdfium.PdfDocument(content) as opened:
        assert opened.get_metadata_dict()["Title"] == "신청서"
        assert opened.get_metadata_dict()["Author"] == "마당초등학교"
    pages = sheets(content)
    assert len(pages) > 1
    for number, page in enumerate(pages, 1):
        assert page.split()[:3] == ["접수번호", "2026-1", str(number)]
    assert all(f"{n}째 줄" in " ".join(pages) for n in range(1, 90))


async def test_a_paper_is_the_same_file_for_whoever_takes_it() -> None:
    press = Press()
    assert await press.made(paper(Line("안내"))) == await press.made(paper(Line("안내")))


async def test_a_name_that_a_mac_sent_in_single_letters_is_found_as_it_is_written() -> None:
    content = await Press().made(paper(Line(unicodedata.normalize("NFD", "이지우 李智雨"))))
    assert "이지우 李智雨" in words(content)


async def test_a_letter_that_the_fonts_lack_is_not_lost() -> None:
    content = await Press().made(paper(Line("金𠮷童 ☐ 참가 ✔ 동의")))
    assert "金〔U+20BB7〕童 □ 참가 √ 동의" in words(content)


async def test_what_was_typed_is_no_markup() -> None:
    typed = "<b>굵게</b> & <para> 1 < 2"
    content = await Press().made(paper(Form((("사유", typed),)), Typed(typed)))
    assert words(content).count(typed) == 2


async def test_words_stay_whole_at_the_end_of_a_line() -> None:
    text = " ".join(["현장체험학습신청서를", "담임선생님께", "제출하여"] * 30)
    content = await Press().made(paper(Typed(text)))
    lines = sheets(content)[0].splitlines()
    assert len(lines) > 5
    for line in lines:
        assert set(line.split()) <= {*text.split(), "접수번호", "2026-1", "1"}


async def test_tables_and_boxes_of_a_letter_keep_every_cell() -> None:
    typed = (
        "## 일정\n| 시간 | 활동 |\n|---|:-:|\n| 09:00 | **안전** 교육 |\n"
        "> 준비물: 도시락\n> | 가 | 나 |\n> |---|---|\n> | 1 | 2 |"
    )
    found = words(await Press().made(paper(Typed(typed))))
    for part in ("일정", "시간 활동", "09:00 안전 교육", "준비물: 도시락", "가 나", "1 2"):
        assert part in found


async def test_a_table_of_many_columns_and_an_answer_longer_than_a_page_are_drawn() -> None:
    row = "| " + " | ".join(f"칸{n}" for n in range(40)) + " |"
    answer = " ".join(f"낱말{n}" for n in range(2_000))
    content = await Press().made(paper(Form((("계획", answer),)), Typed(f"{row}\n|---|---|")))
    found = words(content)
    assert all(f"칸{n}" in found for n in range(40))
    assert all(f"낱말{n}" in found.split() for n in range(2_000))


async def test_the_approval_line_stands_at_the_upper_right() -> None:
    boxes = Boxes((Step("담임교사", "박서연", "11. 23."), Step("교감", "윤태식", "11. 24.")))
    content = await Press().made(paper(boxes, Line("신청서", Place.CENTRE, Size.TITLE)))
    assert "담임교사 교감" in words(content)
    (page,) = images(content)
    upper = page.crop((0, 0, page.width, page.height // 5)).convert("L")
    left = upper.crop((0, 0, page.width // 2, upper.height // 2))
    right = upper.crop((page.width // 2, 0, page.width, upper.height // 2))
    assert set(left.tobytes()) == {255}  # nothing is drawn
    assert min(right.tobytes()) < 128


async def test_more_papers_than_can_be_drawn_soon_are_turned_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("kit.pdf.press.MOST_WAITING", 3)
    press = Press()
    waiting = [asyncio.create_task(press.made(paper(Line(f"{n}번째")))) for n in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(PressBusy):
        await press.made(paper(Line("또 하나")))
    await asyncio.gather(*waiting)
    assert words(await press.made(paper(Line("다시 됩니다")))).startswith("접수번호")


async def test_a_letter_that_all_families_take_at_once_is_drawn_for_all_of_them() -> None:
    press = Press()
    taken = await asyncio.gather(
        *(press.made(paper(Line("안내"))) for _ in range(3 * MOST_WAITING))
    )
    assert len(set(taken)) == 1
    assert "안내" in words(taken[0])


async def test_whoever_goes_away_takes_no_paper_from_others() -> None:
    press = Press()
    first, second = (asyncio.create_task(press.made(paper(Line("안내")))) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    assert "안내" in words(await second)


async def test_a_paper_that_takes_too_long_is_given_up_in_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("kit.pdf.press.WAIT_S", 0.01)
    with pytest.raises(NotDrawn):
        await Press().made(paper(Typed("끝없이")))
