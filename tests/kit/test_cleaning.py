"""What people typed comes out of every file and header: seen, on its line, never run."""

import email
import email.policy
import io
from email.message import EmailMessage

import pytest
from openpyxl import load_workbook
from openpyxl.cell.cell import Cell

from kit import cleaning, sheets

NASTY = "땅콩\x0b우유\x00\x1f\ud800\ufffe 끝"


def opened(content: bytes) -> list[list[Cell]]:
    """The cells of a workbook as a program reads them."""
    sheet = load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    return [[cell for cell in row if isinstance(cell, Cell)] for row in sheet.iter_rows()]


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("땅콩\x0b우유", "땅콩\n우유"),
        ("한 줄\r\n두 줄\r세 줄\f네 줄", "한 줄\n두 줄\n세 줄\n네 줄"),
        ("가\x00나\x07다", "가\ufffd나\ufffd다"),
        ("반쪽 \ud83d 글자", "반쪽 \ufffd 글자"),
        ("그대로\t😀 𠮷 ｱ", "그대로\t😀 𠮷 ｱ"),
    ],
)
def test_what_a_format_cannot_carry_is_replaced_by_a_mark_that_is_seen(
    typed: str, written: str
) -> None:
    assert cleaning.text(typed) == written


def test_a_title_of_two_lines_begins_no_second_header() -> None:
    message = EmailMessage()
    message["Subject"] = cleaning.line("체험학습\r\nBcc: evil@example.kr\x85\u2028안내" + NASTY)
    message.set_content(cleaning.text(NASTY))
    read = email.message_from_bytes(message.as_bytes(), policy=email.policy.default)
    assert read["Subject"].startswith("체험학습 Bcc: evil@example.kr 안내땅콩 우유")
    assert read["Bcc"] is None
    assert "땅콩\n우유" in read.get_content()


@pytest.mark.parametrize(
    "typed",
    ["=1+1", "+82 10-1234-5678", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "'=1", "보통 글"],
)
def test_no_cell_is_a_formula_and_our_own_csv_reads_as_it_was(typed: str) -> None:
    written = sheets.csv([["이름"], [typed]]).decode("utf-8-sig").split("\r\n", 1)[1]
    written = written.removesuffix("\r\n").strip('"')
    assert not written.startswith(cleaning.FORMULA)
    assert cleaning.typed(written) == cleaning.text(typed)
    (_headings, (cell,)) = opened(sheets.xlsx("표", [["이름"], [typed]]))
    assert (cell.value, cell.data_type) == (cleaning.text(typed), "s")


def test_a_workbook_takes_every_answer() -> None:
    (headings, row) = opened(sheets.xlsx("표", [[NASTY, "수"], [NASTY, 3]]))
    assert headings[0].value == "땅콩\n우유\ufffd\ufffd\ufffd\ufffd 끝"
    assert [cell.value for cell in row] == [headings[0].value, 3]
    assert row[1].data_type == "n"


def test_what_excel_would_read_as_another_letter_is_escaped() -> None:
    ((cell,),) = opened(sheets.xlsx("표", [["_x0041_ 파일"]]))
    assert cell.value == "_x005F_x0041_ 파일"


def test_an_answer_too_long_for_a_cell_says_that_it_goes_on() -> None:
    ((cell,),) = opened(sheets.xlsx("표", [["가" * 40_000]]))
    assert str(cell.value).endswith("(전체 40,000자 가운데 앞부분)")
    assert len(str(cell.value)) == sheets.LONGEST


def test_a_letter_that_a_font_lacks_is_a_box_and_a_decomposed_name_is_whole() -> None:
    def knows(letter: str) -> bool:
        return "가" <= letter <= "힣" or letter == "□"

    assert cleaning.drawn("\u1100\u1161나𠮷", knows) == "가나□"
    assert cleaning.drawn("𠮷", lambda letter: letter == "?") == "?"
