"""Of a Word document everything that is seen on paper is read, once and in its place."""

import base64

import pytest

from models.extract import sniff
from models.extract.extraction import TEXT_LIMIT
from tests.models import documents
from tests.models.word import (
    STRICT,
    box,
    cell,
    docx,
    field,
    note,
    p,
    row,
    run,
    said,
    table,
)


def lines(body: str, **parts: str) -> list[str]:
    return documents.read(docx(body, parts)).text.split("\n")


def test_a_text_box_is_read_once_behind_its_paragraph() -> None:
    body = p(run("안내 "), box(said("상담 주간", "12월 첫째 주"))) + said("끝")
    assert lines(body) == ["안내", "상담 주간", "12월 첫째 주", "끝"]


def test_what_only_older_programs_are_given_is_read_where_there_is_nothing_else() -> None:
    smile = (
        '<w:r><mc:AlternateContent><mc:Choice Requires="w16se"/>'
        "<mc:Fallback><w:t>😀</w:t></mc:Fallback></mc:AlternateContent></w:r>"
    )
    assert lines(p(run("축하합니다"), smile)) == ["축하합니다😀"]


def test_notes_and_comments_stand_behind_their_paragraph_told_as_such() -> None:
    body = p(run("참가비는 무료"), note("footnote", 2), note("comment", 0), run("입니다.")) + p(
        run("심의를 거쳤습니다."), note("endnote", 2)
    )
    assert lines(
        body,
        footnotes=(
            f'<w:footnote w:type="separator" w:id="-1">{said("줄")}</w:footnote>'
            f'<w:footnote w:id="2">{said("차량비 5,000원은 따로", "현금은 받지 않음")}</w:footnote>'
        ),
        endnotes=f'<w:endnote w:id="2">{said("학교운영위원회 12월 3일")}</w:endnote>',
        comments=f'<w:comment w:id="0">{said("금액 확인 바람")}</w:comment>',
    ) == [
        "참가비는 무료입니다.",
        "각주: 차량비 5,000원은 따로",
        "현금은 받지 않음",
        "메모: 금액 확인 바람",
        "심의를 거쳤습니다.",
        "미주: 학교운영위원회 12월 3일",
    ]


def test_headers_stand_above_and_footers_below_each_once() -> None:
    assert lines(
        said("본문"),
        footer1=said("전화 031-000-0000"),
        header1=said("한빛초등학교"),
        header2=said("한빛초등학교"),
        header3=p(),
    ) == ["한빛초등학교", "본문", "전화 031-000-0000"]


def test_parts_are_found_by_their_names_where_nothing_refers_to_them() -> None:
    word = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    made = documents.zipped(
        {
            "word/document.xml": f"<w:document {word}>{said('본문')}</w:document>",
            "word/header1.xml": f"<w:hdr {word}>{said('머리말')}</w:hdr>",
            "word/footnotes.xml": f"<w:x {word}><w:footnote>{said('각주')}</w:footnote></w:x>",
        }
    )
    assert documents.read(made).text == "머리말\n본문\n각주: 각주"


def test_deletions_are_not_read_and_insertions_are() -> None:
    gone = "<w:del><w:r><w:delText>지운</w:delText></w:r></w:del>"
    come = f"<w:ins>{run('더한')}</w:ins>"
    assert lines(p(run("남은 "), gone, come)) == ["남은 더한"]


def test_a_paragraph_whose_end_was_deleted_goes_on_in_its_line() -> None:
    mark = "<w:pPr><w:rPr><w:del/></w:rPr></w:pPr>"
    assert lines(p(mark, run("현장체험")) + said("학습 안내", "다음")) == [
        "현장체험학습 안내",
        "다음",
    ]


def test_moved_text_stands_where_it_was_moved_to() -> None:
    before = f"<w:moveFrom>{run('점심은 학교에서')}</w:moveFrom>"
    after = f"<w:moveTo>{run('점심은 학교에서')}</w:moveTo>"
    mark = "<w:pPr><w:rPr><w:moveFrom/></w:rPr></w:pPr>"
    assert lines(p(mark, before) + said("출발 9시") + p(after)) == ["출발 9시", "점심은 학교에서"]


def test_a_deleted_row_and_a_deleted_cell_are_not_read() -> None:
    body = table(
        row(cell(said("가")), cell(said("나"), "<w:cellDel/>"), cell(said("다"))),
        row(cell(said("지운")), cell(said("행")), settings="<w:del/>"),
    )
    assert lines(body) == ["가\t\t다"]


def test_hidden_text_is_not_read() -> None:
    hidden = "<w:r><w:rPr><w:vanish/></w:rPr><w:t>숨김</w:t></w:r>"
    shown = '<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>보임</w:t></w:r>'
    assert lines(p(hidden, shown)) == ["보임"]


def test_breaks_tabs_hyphens_and_signs_part_words_as_on_paper() -> None:
    pieces = (
        "<w:r><w:t>일시</w:t><w:tab/><w:t>12월 3일</w:t><w:br/><w:t>장소</w:t><w:cr/>"
        "<w:t>031</w:t><w:noBreakHyphen/><w:t>000</w:t><w:ptab/><w:t>체험</w:t><w:softHyphen/>"
        '<w:t>학습 </w:t><w:sym w:font="Wingdings" w:char="F0FE"/><w:t> 동의</w:t></w:r>'
    )
    settings = '<w:pPr><w:tabs><w:tab w:val="left" w:pos="720"/></w:tabs></w:pPr>'
    assert lines(p(settings, pieces)) == ["일시\t12월 3일", "장소", "031-000\t체험학습 ☑ 동의"]


def test_a_field_gives_its_result_and_not_its_code() -> None:
    outer = field(" HYPERLINK ", run("학교 누리집") + field(" PAGE ", run("3")))
    simple = f'<w:fldSimple w:instr=" DATE ">{run("12월 3일")}</w:fldSimple>'
    assert lines(p(run("보기: "), outer, run("쪽, "), simple)) == ["보기: 학교 누리집3쪽, 12월 3일"]


def test_a_field_may_end_in_another_paragraph() -> None:
    begin = '<w:r><w:fldChar w:fldCharType="begin"/><w:instrText>TOC</w:instrText></w:r>'
    middle = '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
    end = '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    body = p(begin, middle, run("1. 목적")) + p(run("2. 일정"), end) + said("본문")
    assert lines(body) == ["1. 목적", "2. 일정", "본문"]


def test_controls_and_links_are_read_like_any_text() -> None:
    control = (
        f"<w:sdt><w:sdtPr><w:alias/></w:sdtPr><w:sdtContent>{said('학년')}</w:sdtContent></w:sdt>"
    )
    inner = f"<w:sdt><w:sdtContent>{run('3학년')}</w:sdtContent></w:sdt>"
    link = f"<w:hyperlink>{run(' 안내문')}</w:hyperlink>"
    assert lines(control + p(inner, link)) == ["학년", "3학년 안내문"]


def test_what_stands_above_a_word_stands_in_brackets_behind_it() -> None:
    above = f"<w:rt>{run('통신문')}</w:rt><w:rubyBase>{run('通信文')}</w:rubyBase>"
    ruby = f"<w:r><w:ruby><w:rubyPr/>{above}</w:ruby></w:r>"
    assert lines(p(run("가정 "), ruby, run(" 안내"))) == ["가정 通信文(통신문) 안내"]


def m(name: str, *inner: str) -> str:
    return f"<m:{name}>{''.join(inner)}</m:{name}>"


def term(text: str) -> str:
    return m("r", m("t", text))


@pytest.mark.parametrize(
    ("equation", "written"),
    [
        (m("f", m("num", term("1")), m("den", term("2"))), "1/2"),
        (m("f", m("num", term("a+b")), m("den", term("2"))), "(a+b)/2"),
        (m("sSup", m("e", term("x")), m("sup", term("2"))), "x^2"),
        (m("sSub", m("e", term("a")), m("sub", term("n+1"))), "a_(n+1)"),
        (m("rad", m("deg"), m("e", term("3"))), "√(3)"),
        (m("d", m("dPr", '<m:begChr m:val="["/>'), m("e", term("x"))), "[x)"),
        (
            m(
                "nary",
                m("naryPr", '<m:chr m:val="∑"/>'),
                m("sub", term("1")),
                m("sup", term("n")),
                m("e", term("k")),
            ),
            "∑_1^n k",
        ),
        (
            m("m", *[m("mr", m("e", term(a)), m("e", term(b))) for a, b in ("12", "34")]),
            "[1 2; 3 4]",
        ),
    ],
)
def test_an_equation_is_written_on_one_line(equation: str, written: str) -> None:
    assert lines(p(run("식 "), f"<m:oMath>{equation}</m:oMath>", run(" 이다"))) == [
        f"식 {written} 이다"
    ]


def test_numbers_that_word_would_count_are_not_made_up() -> None:
    numbered = '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr>'
    assert lines(p(numbered, run("준비물"))) == ["준비물"]


def test_cells_keep_their_columns_beside_merged_ones() -> None:
    merged = '<w:vMerge w:val="restart"/>'
    body = table(
        row(cell(said("구분"), '<w:gridSpan w:val="2"/>'), cell(said("금액"))),
        row(cell(said("1학년"), merged), cell(said("참가비")), cell(said("5,000원"))),
        row(cell(p(), "<w:vMerge/>"), cell(said("차량비")), cell(said("3,000원"))),
        row(cell(said("합계")), cell(said("8,000원")), settings='<w:gridBefore w:val="1"/>'),
    )
    assert lines(body) == [
        "구분\t\t금액",
        "1학년\t참가비\t5,000원",
        "\t차량비\t3,000원",
        "\t합계\t8,000원",
    ]


def test_a_table_within_a_cell_leaves_the_outer_columns_alone() -> None:
    inner = table(row(cell(said("오전")), cell(said("오후"))))
    body = table(row(cell(said("시간")), cell(inner + said("변동 가능")), cell(said("강당"))))
    assert lines(body) == ["시간\t오전 오후\t강당", "\t변동 가능"]


def test_a_frame_of_one_cell_keeps_its_paragraphs() -> None:
    assert lines(table(row(cell(said("알립니다", "내일은 쉽니다"))))) == [
        "알립니다",
        "내일은 쉽니다",
    ]


def test_rows_and_cells_within_controls_are_read() -> None:
    inner = f"<w:sdt><w:sdtContent>{cell(said('나'))}</w:sdtContent></w:sdt>"
    whole = f"<w:sdt><w:sdtContent>{row(cell(said('가')), inner)}</w:sdtContent></w:sdt>"
    assert lines(table(whole)) == ["가\t나"]


def test_a_chart_says_its_title_and_names() -> None:
    chart = p('<w:r><w:drawing><c:chart r:id="r1"/></w:drawing></w:r>')
    title = "<a:p><a:r><a:t>급식 만족도</a:t></a:r></a:p>"
    names = "<c:strCache><c:pt><c:v>만족</c:v></c:pt></c:strCache>"
    assert lines(chart, chart1=title + names) == ["급식 만족도", "만족"]


WEB_ARCHIVE = """MIME-Version: 1.0
Content-Type: multipart/related; boundary="x"

--x
Content-Type: text/html; charset="utf-8"
Content-Transfer-Encoding: base64

{page}
--x--
""".format(page=base64.b64encode("<p>웹 문서".encode()).decode())


@pytest.mark.parametrize(
    "chunk",
    [
        "<html><p>웹 문서</html>",
        WEB_ARCHIVE,
        r"{\rtf1 \u50937? \u47928?\u49436?}",
        docx(said("웹 문서")),
    ],
)
def test_what_a_program_put_in_whole_is_read_as_text(chunk: str | bytes) -> None:
    made = docx(said("앞") + '<w:altChunk r:id="r1"/>' + said("뒤"), chunks={"aFChunk1": chunk})
    assert documents.read(made).text == "앞\n웹 문서\n뒤"


@pytest.mark.parametrize("main", ["word/document2.xml", "document.xml", "문서/본문.xml"])
def test_the_main_part_may_have_any_name(main: str) -> None:
    made = docx(said("본문"), {"header1": said("머리말")}, main=main)
    assert sniff.sniff(made) == sniff.DOCX
    assert documents.read(made).text == "머리말\n본문"


def test_a_strict_document_is_read_like_any() -> None:
    assert documents.read(docx(said("본문"), namespace=STRICT)).text == "본문"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_declared_document_type_is_refused_in_any_encoding(encoding: str) -> None:
    laughs = (
        f'<?xml version="1.0" encoding="{encoding}"?>'
        '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
    )
    made = documents.zipped({"word/document.xml": laughs.encode(encoding)})
    assert documents.read(made).problem == "broken"


def test_text_beyond_the_limit_is_told_as_cut() -> None:
    found = documents.read(docx(said("가" * TEXT_LIMIT, "끝")))
    assert (found.is_cut, len(found.text)) == (True, TEXT_LIMIT)
    assert not documents.read(docx(said("짧은 글"))).is_cut
