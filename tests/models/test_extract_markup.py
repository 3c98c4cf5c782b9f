"""RTF and HTML are read as what they show, not as what they are written in."""

from pathlib import Path

import pytest

from models.extract import reading, sniff
from tests.models import documents

KOREAN = r"{\rtf1\ansi\ansicpg949\deff0{\fonttbl{\f0\fnil\fcharset129 \'b9\'d9\'c5\'c1;}}\f0 "


def rtf(body: str, head: str = KOREAN) -> list[str]:
    made = (head + body + "}").encode("cp949")
    assert sniff.sniff(made) == sniff.RTF
    return documents.read(made).text.split("\n")


def html(page: str, encoding: str = "utf-8") -> list[str]:
    made = f"<!DOCTYPE html>{page}".encode(encoding)
    assert sniff.sniff(made) == sniff.HTML
    return documents.read(made).text.split("\n")


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (r"\'c7\'f6\'c0\'e5\'c3\'bc\'c7\'e8", "현장체험"),
        ("현장체험", "현장체험"),  # letters as bytes
        (r"\'c7\'f6\'c0\'e5 safety", "현장 safety"),
        (r"\u54788?\u51109? safety", "현장 safety"),
        (r"\uc2\u54788\'c7\'f6\u51109\'c0\'e5", "현장"),
        (r"\uc0\u54788\u51109 ", "현장"),
        (r"{\uc0\u54788}\u51109?", "현장"),
        (r"\u-10747?", "혅"),  # above 32,767 as a negative number
        (r"\u-10179?\u-8704?", "😀"),  # beyond the BMP
        (r"{\upr{ansi}{\*\ud{\u54788?}}}", "현"),
    ],
)
def test_korean_is_read_however_rtf_writes_it(body: str, line: str) -> None:
    assert rtf(body) == [line]


def test_the_code_page_is_that_of_the_font() -> None:
    head = r"{\rtf1\ansi{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset129 Batang;}}"
    assert rtf(r"\f0 caf\'e9 \f1\'c7\'d1", head) == ["café 한"]


def test_what_is_no_text_of_rtf_is_not_read() -> None:
    body = (
        r"{\colortbl;\red0\green0\blue0;}{\stylesheet{\s0 Normal;}}{\info{\title 제목}{\author 김}}"
        r"{\*\generator Hwp;}{\pict\pngblip 89504e47}{\object{\*\objdata 0102}}"
        r"{\field{\*\fldinst HYPERLINK x}{\fldrslt 누리집}} {\v 숨김}{\deleted 지움}보임"
    )
    assert rtf(body) == ["누리집 보임"]


def test_bytes_of_a_picture_are_stepped_over() -> None:
    assert rtf(r"앞{\pict\bin6 {}\}{x}뒤") == ["앞뒤"]


def test_paragraphs_breaks_and_signs_of_rtf() -> None:
    body = r"일시\tab 12월\~3일\par 장소\line 강당\par 031\_000 \{주\} 체험\-학습 \ldblquote 안내\rdblquote"
    assert rtf(body) == ["일시\t12월 3일", "장소", "강당", "031-000 {주} 체험학습 “안내”"]


def test_rows_of_rtf_are_rows() -> None:
    body = (
        r"앞\par\trowd\cellx1000\cellx2000\pard\intbl 일시\cell 장소\cell\row"
        r"\trowd\pard\intbl 12월 3일\par 09:00\cell 강당\cell\row\pard 뒤\par"
    )
    assert rtf(body) == ["앞", "일시\t장소", "12월 3일\t강당", "09:00", "뒤"]


def test_notes_comments_and_boxes_of_rtf_stand_behind_their_paragraph() -> None:
    body = (
        r"{\header\pard 한빛초\par}{\footer\pard 전화\par}"
        r"참가비{\footnote\pard 차량비 별도}는 무료{\*\atnauthor 김}{\*\annotation 확인}"
        r"{\footnote\ftnalt 심의 12월}\par"
        r"{\shp{\*\shpinst{\sp{\sn a}{\sv 1}}{\shptxt 상자\par}}{\shprslt{\*\do{\dptxbxtext 상자}}}}끝"
    )
    assert rtf(body) == [
        "한빛초",
        "참가비는 무료",
        "각주: 차량비 별도",
        "메모: 확인",
        "미주: 심의 12월",
        "끝",
        "상자",
        "전화",
    ]


def test_broken_rtf_gives_what_can_be_read() -> None:
    assert rtf(r"앞{\b 굵게\'zz}}뒤는 문서 밖") == ["앞굵게zz"]


def test_a_page_is_read_as_it_is_seen() -> None:
    page = """<html><head><title>창 제목</title><style>p { color: red }</style>
      <script>var a = "<p>숨김</p>";</script></head><body><h1>현장체험학습
      안내</h1><!-- 메모 --><p>참가비는 <b>무료</b>&nbsp;입니다.<br>&lt;신청&gt; &#xAC00;능</p>
      <template><p>틀</p></template><noscript>켜 주세요</noscript>
      <ul><li>색연필<li>풀</ul><div>끝</div></body></html>"""
    assert html(page) == [
        "현장체험학습 안내",
        "참가비는 무료 입니다.",
        "<신청> 가능",
        "색연필",
        "풀",
        "끝",
    ]


@pytest.mark.parametrize(
    "hidden",
    [
        "<p hidden>숨김</p>",
        '<div style="display: none"><div>숨김</div>숨김</div>',
        '<p style="visibility:hidden">숨김',
        "<ul><li hidden>숨김</ul>",
        "<dialog>숨김</dialog>",
        '<table><tr style="display:none"><td>숨김<tr><td>보임</table>',
    ],
)
def test_what_a_page_hides_is_not_read(hidden: str) -> None:
    assert "숨김" not in "".join(html(f"앞{hidden}<p>뒤"))
    assert html(f"앞{hidden}<p>뒤")[-1] == "뒤"


def test_cells_of_a_page_keep_their_columns() -> None:
    page = """<table><caption>급식비</caption><tr><th rowspan=2>학년<th colspan=2>금액
      <tr><td>9월<td>10월<tr><td>1<td>50,000<td>52,000</table>"""
    assert html(page) == ["급식비", "학년\t금액", "\t9월\t10월", "1\t50,000\t52,000"]


def test_tables_that_only_lay_out_a_page_are_no_tables() -> None:
    inner = "<table><tr><td>일시<td>장소</table>"
    assert html(f"<table><tr><td><p>안내</p>{inner}</table>뒤") == ["안내", "일시\t장소", "뒤"]


def test_lines_of_kept_text_are_lines() -> None:
    assert html("앞<pre>하나\n  둘\n</pre>뒤") == ["앞", "하나", "둘", "뒤"]


def test_what_stands_above_a_word_of_a_page_is_in_brackets() -> None:
    assert html("<p><ruby>通信<rp>(<rt>통신<rp>)</ruby>문") == ["通信(통신)문"]


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ('<meta charset="euc-kr">', "cp949"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=ks_c_5601-1987">', "cp949"),
        ("<meta charset=utf-8>", "utf-8"),
        ("<meta charset=utf-8>", "cp949"),  # as pages lie
        ("<meta charset=utf-16>", "utf-8"),
        ("", "utf-8-sig"),
        ("", "cp949"),
    ],
)
def test_the_letters_of_a_page_are_told_from_what_it_says_and_is(
    declared: str, encoding: str
) -> None:
    assert html(f"{declared}<p>똠방각하의 가정통신문", encoding) == ["똠방각하의 가정통신문"]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"{\\rtf1 a}", sniff.RTF),
        ("{중괄호로 시작하는 글}".encode(), sniff.TEXT),
        (b"\xef\xbb\xbf <!-- a --> <HTML>", sniff.HTML),
        (b'<?xml version="1.0"?><html xmlns="x"></html>', sniff.HTML),
        (b"<table border=1><tr><td>1</table>", sniff.HTML),
        ("<가정통신문> 안내".encode(), sniff.TEXT),
        (b"<html>\x00", None),
        (b"<!---->" * 500, sniff.TEXT),
        (b"<!---->" * 500 + b"<p>", sniff.HTML),
        (b"<!---->" * 500 + b"<HWPML>", sniff.HWPML),
        ("가정통신문".encode("utf-16"), sniff.TEXT),
    ],
)
def test_markup_is_told_by_its_beginning(content: bytes, kind: str | None) -> None:
    assert sniff.sniff(content) == kind


def test_text_as_windows_writes_it_is_read() -> None:
    assert documents.read("가정통신문\r\n안내".encode("utf-16")).text == "가정통신문\n안내"


def test_markup_that_was_kept_as_text_is_read_as_what_it_is(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"<html><p>old</p></html>")
    (found,) = reading.read(sniff.TEXT, source, tmp_path)
    assert found.text == "old"


def test_a_web_archive_is_read_as_its_page() -> None:
    made = (
        "From: <Saved by Blink>\nMIME-Version: 1.0\nContent-Type: multipart/related; boundary=x\n\n"
        "--x\nContent-Type: text/html\nContent-Transfer-Encoding: 8bit\n\n<p>가정통신문</p>\n--x--\n"
    )
    assert documents.read(made.encode()).text == "가정통신문"
    letter = "From: 담임교사\n내일은 체육복을 입고 옵니다."
    assert documents.read(letter.encode()).text == letter
