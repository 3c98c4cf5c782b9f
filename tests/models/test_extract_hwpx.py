"""What people typed in 한글 (HWPX, HWPML) is what is read: once, whole, in its order."""

from collections.abc import Sequence

import pytest

from models.extract import sniff
from tests.models import documents, hangul
from tests.models.hangul import p, sublist, t, tbl, tc


def read(
    *sections: str, spine: Sequence[str] | None = None, parts: dict[str, str] | None = None
) -> str:
    found = documents.read(hangul.hwpx(*sections, spine=spine, parts=parts))
    assert found.problem == ""
    return found.text


def ctrl(name: str, *paragraphs: str) -> str:
    return f"<hp:ctrl><hp:{name}>{sublist(*paragraphs)}</hp:{name}></hp:ctrl>"


def problem_of(content: bytes) -> str:
    """What the user is told of a file."""
    found = documents.read(content)
    assert found.text == ""
    return found.problem


@pytest.mark.parametrize(
    ("inner", "shown"),
    [
        ('일시<hp:tab width="4000" leader="0"/>12월 18일', "일시\t12월 18일"),
        ("도시락<hp:lineBreak/>물통", "도시락\n물통"),
        ("참가비<hp:nbSpace/>35,000원<hp:fwSpace/>(스쿨뱅킹)", "참가비 35,000원 (스쿨뱅킹)"),
        ("3<hp:hypen/>2반", "3-2반"),
        ("3<hp:hyphen/>2반", "3-2반"),
        ('꼭 <hp:markpenBegin color="#FF0"/>보호자<hp:markpenEnd/>와 함께', "꼭 보호자와 함께"),
        ("제목<hp:titleMark ignore='1'/> 다음", "제목 다음"),
        ("가을<hp:unknown>맞이</hp:unknown> 운동회", "가을맞이 운동회"),
    ],
)
def test_what_stands_behind_an_inline_element_is_read(inner: str, shown: str) -> None:
    assert read(p(t(inner))) == shown


def test_inline_elements_between_texts_are_read_too() -> None:
    section = p(t("일시") + "<hp:tab/>" + t("12월") + "<hp:lineBreak/>" + t("끝"))
    assert read(section) == "일시\t12월\n끝"


def test_tracked_insertions_are_read_and_deletions_not() -> None:
    changed = (
        "12월 <hp:deleteBegin Id='2'/>17일<hp:deleteEnd Id='2'/>"
        "<hp:insertBegin Id='1'/>18일<hp:insertEnd Id='1'/> 금요일"
    )
    assert read(p(t(changed))) == "12월 18일 금요일"


def test_a_deletion_ends_with_its_paragraph() -> None:
    gone = p(t("<hp:deleteBegin Id='3'/>지운 글") + tbl(tc(p(t("지운 표")))))
    assert read(p(t("위")) + gone + p(t("남은 글"))) == "위\n\n남은 글"


def test_notes_stand_behind_their_paragraph_and_cut_no_word() -> None:
    section = p(
        t("참가비는 무료")
        + ctrl("footNote", p(t("차량비는 따로 냅니다")))
        + t("입니다.")
        + ctrl("endNote", p(t("심의 12월 3일")), p(t("둘째 줄")))
    )
    assert read(section + p(t("끝."))).split("\n") == [
        "참가비는 무료입니다.",
        "각주: 차량비는 따로 냅니다",
        "미주: 심의 12월 3일",
        "둘째 줄",
        "끝.",
    ]


def test_comments_and_memos_are_told_as_such() -> None:
    memo = f'<hp:fieldBegin type="MEMO"><hp:parameters><hp:stringParam>65535</hp:stringParam></hp:parameters>{sublist(p(t("강당으로 바꿀지")))}</hp:fieldBegin>'
    section = p(t("장소는 ") + f"<hp:ctrl>{memo}</hp:ctrl>" + t("운동장"))
    section += p(t("날짜") + ctrl("hiddenComment", p(t("교무부와 확인"))))
    listed = "".join(
        f"<hp:memo>{p(t(text))}</hp:memo>" for text in ("강당으로 바꿀지", "다시 볼 것")
    )
    section = f"<hp:memogroup>{listed}</hp:memogroup>" + section
    assert read(section).split("\n") == [
        "장소는 운동장",
        "메모: 강당으로 바꿀지",
        "날짜",
        "메모: 교무부와 확인",
        "메모: 다시 볼 것",
    ]


def test_headers_footers_and_master_pages_are_read_once() -> None:
    number = '<hp:ctrl><hp:autoNum num="1" numType="PAGE"/></hp:ctrl>'
    margins = ctrl("header", p(t("마당초등학교"))) + ctrl("footer", p(t("031-000-0000")), p(number))
    master = f"<hm:masterPage {hangul.NAMES}>{sublist(p(t('가정통신문')))}</hm:masterPage>"
    found = read(
        p(f"<hp:secPr><hp:header>{sublist(p(t('마당초등학교')))}</hp:header></hp:secPr>"),
        p(margins + t("첫째")),
        p(margins + t("둘째")),
        parts={"masterpage0.xml": master},
    )
    assert found == "가정통신문\n마당초등학교\n\n첫째\n둘째\n031-000-0000"


def test_sections_come_in_the_order_of_the_spine() -> None:
    sections = [p(t(f"{number}구역")) for number in range(3)]
    found = read(*sections, spine=["header", "section2", "section0", "section1"])
    assert found == "2구역\n0구역\n1구역"


def test_sections_that_no_spine_names_come_by_their_numbers() -> None:
    sections = [p(t(f"{number}구역")) for number in range(12)]
    found = read(*sections, spine=["nothing"])
    assert found == "\n".join(f"{number}구역" for number in range(12))


def test_a_section_that_is_damaged_is_told() -> None:
    made = hangul.hwpx(p(t("가")), parts={"section1.xml": ""}, spine=["section0", "section1"])
    assert problem_of(made) == "broken"


def test_merged_cells_leave_their_places_empty() -> None:
    made = tbl(
        tc(p(t("구분")), down=2) + tc(p(t("인원")), across=2),
        tc(p(t("남"))) + tc(p(t("여"))),
        tc(p(t("3-2"))) + tc(p(t("12"))) + tc(p(t("13"))),
        caption="표 1. 반별 인원",
    )
    assert read(p(made)).split("\n") == [
        "구분\t인원",
        "\t남\t여",
        "3-2\t12\t13",
        "표 1. 반별 인원",
    ]


def test_paragraphs_of_a_cell_stand_one_below_the_other() -> None:
    made = tbl(tc(p(t("준비물"))) + tc(p(t("도시락")), p(t("물통"))) + tc(p(t("1인 1개"))))
    assert read(p(made)) == "준비물\t도시락\t1인 1개\n\t물통"


def test_a_table_within_a_cell_does_not_shift_the_others() -> None:
    inner = tbl(tc(p(t("안쪽가"))) + tc(p(t("안쪽나"))))
    made = tbl(tc(p(inner)) + tc(p(t("둘째"))), tc(p(t("셋째"))) + tc(p(t("넷째"))))
    assert read(p(made)) == "안쪽가 안쪽나\t둘째\n셋째\t넷째"


def test_columns_that_no_cell_begins_in_are_none() -> None:
    """Forms are drawn on fine grids: what stands beside each other has one tab between."""
    made = tbl(tc(p(t("성명")), across=7) + tc(p(t("연락처")), across=9))
    assert read(p(made)) == "성명\t연락처"


def test_boxes_and_drawn_words_are_read() -> None:
    box = f"<hp:rect><hp:drawText>{sublist(p(t('글상자')))}</hp:drawText></hp:rect>"
    group = f"<hp:container><hp:shapeComment>사각형입니다.</hp:shapeComment>{box}</hp:container>"
    assert read(p(t("현장") + group + t("체험학습"))) == "현장체험학습\n글상자"
    assert read(p('<hp:textart text="가을 운동회"/>')) == "가을 운동회"


def test_captions_show_their_numbers() -> None:
    number = '<hp:ctrl><hp:autoNum num="2" numType="TABLE"/></hp:ctrl>'
    caption = sublist(p(t("표 ") + number + t(". 인원")))
    made = f'<hp:pic><hp:caption side="TOP">{caption}</hp:caption></hp:pic>'
    assert read(p(t("본문") + made)) == "본문\n표 2. 인원"


@pytest.mark.parametrize(
    ("inner", "shown"),
    [
        ("<hp:equation><hp:script>x over 2`</hp:script></hp:equation>", "값은 x over 2 이다"),
        (
            "<hp:dutmal><hp:mainText>大韓</hp:mainText><hp:subText>대한</hp:subText></hp:dutmal>",
            "값은大韓(대한)이다",
        ),
        ('<hp:compose composeText="①"/>', "값은①이다"),
        ('<hp:checkBtn caption="참가합니다"/>', "값은 참가합니다 이다"),
        ("<hp:edit><hp:text>홍길동</hp:text></hp:edit>", "값은 홍길동 이다"),
        (
            '<hp:comboBox selectedValue="2"><hp:listItem displayText="3학년" value="2"/></hp:comboBox>',
            "값은 3학년 이다",
        ),
        ('<hp:pic><hp:pos treatAsChar="1"/></hp:pic>', "값은 이다"),
        ('<hp:ctrl><hp:bookmark name="책갈피"/></hp:ctrl>', "값은이다"),
    ],
    ids=["equation", "ruby", "overlapping", "check", "typed", "chosen", "picture", "bookmark"],
)
def test_what_is_more_than_letters_is_read_in_its_place(inner: str, shown: str) -> None:
    assert read(p(t("값은") + inner + t("이다"))) == shown


def test_what_is_there_for_old_and_new_programs_is_read_once() -> None:
    new, old = (
        f"<hp:rect><hp:drawText>{sublist(p(t('글상자')))}</hp:drawText></hp:rect>" for _ in "12"
    )
    switch = f"<hp:switch><hp:case>{new}</hp:case><hp:default>{old}</hp:default></hp:switch>"
    assert read(p(switch)) == "글상자"


def test_a_chart_gives_its_words_and_numbers() -> None:
    chart = (
        '<c xmlns="urn:c"><title><p><r><t>학년별 인원</t></r></p></title><ser><tx><v>2026</v></tx>'
        "<cat><pt><v>1학년</v></pt><pt><v>2학년</v></pt></cat>"
        "<val><pt><v>51</v></pt><pt><v>48</v></pt></val></ser></c>"
    )
    found = read(
        p('<hp:chart chartIDRef="Chart/chart1.xml"/>'),
        parts={"Chart/chart1.xml": chart},
    )
    assert found == "학년별 인원\n\t1학년\t2학년\n2026\t51\t48"


def test_a_locked_document_is_told_as_locked() -> None:
    manifest = "<manifest><file-entry><encryption-data/></file-entry></manifest>"
    made = hangul.hwpx(p(t("비밀")), parts={"META-INF/manifest.xml": manifest})
    assert problem_of(made) == "locked"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_that_declares_entities_is_refused(encoding: str) -> None:
    laughs = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE HWPML [<!ENTITY b "하하">]>'
    hml = f"{laughs}<HWPML><BODY><SECTION><P><TEXT><CHAR>&b;</CHAR></TEXT></P></SECTION></BODY></HWPML>"
    assert problem_of(hml.encode(encoding)) == "broken"
    part = f"{laughs}<hs:sec {hangul.NAMES}>{p(t('&b;'))}</hs:sec>".encode(encoding)
    made = hangul.hwpx("", parts={"section1.xml": part}, spine=["section1"])
    assert problem_of(made) == "broken"


def test_tables_within_tables_meet_a_limit() -> None:
    made = p(t("속"))
    for _ in range(400):
        made = p(tbl(tc(made)))
    assert problem_of(hangul.hwpx(made)) == "limits"


def test_a_picture_alone_is_told_as_empty() -> None:
    assert problem_of(hangul.hwpx(p("<hp:pic/>"))) == "empty"


HML = """<?xml version="1.0" encoding="UTF-8"?>
<!-- 한글 --><HWPML Version="2.91"><HEAD><DOCSUMMARY><TITLE>제목</TITLE></DOCSUMMARY></HEAD><BODY>
<SECTION Id="0"><P><TEXT><SECDEF><MASTERPAGE><PARALIST><P><TEXT><CHAR>가정통신문</CHAR></TEXT></P>
</PARALIST></MASTERPAGE></SECDEF><CHAR>일시<TAB/>12월 18일<LINEBREAK/>장소<NBSPACE/>운동장</CHAR>
<FOOTNOTE><PARALIST><P><TEXT><CHAR>비가 오면 강당</CHAR></TEXT></P></PARALIST></FOOTNOTE></TEXT></P>
<P><TEXT><TABLE><SHAPEOBJECT><CAPTION Side="Bottom"><PARALIST><P><TEXT><CHAR>표 </CHAR>
<AUTONUM Number="1" NumberType="Table"/></TEXT></P></PARALIST></CAPTION></SHAPEOBJECT>
<ROW><CELL ColAddr="0" RowAddr="0" RowSpan="2"><PARALIST><P><TEXT><CHAR>구분</CHAR></TEXT></P>
</PARALIST></CELL><CELL><PARALIST><P><TEXT><CHAR>남</CHAR></TEXT></P></PARALIST></CELL></ROW>
<ROW><CELL><PARALIST><P><TEXT><CHAR>여</CHAR></TEXT></P></PARALIST></CELL></ROW></TABLE></TEXT></P>
<P><TEXT><RECTANGLE><SHAPEOBJECT><POSITION TreatAsChar="true"/><SHAPECOMMENT>사각형</SHAPECOMMENT>
</SHAPEOBJECT><DRAWINGOBJECT><DRAWTEXT><PARALIST><P><TEXT><CHAR>글상자</CHAR></TEXT></P></PARALIST>
</DRAWTEXT></DRAWINGOBJECT></RECTANGLE><EQUATION><SCRIPT>a^2</SCRIPT></EQUATION></TEXT></P></SECTION>
<SECTION Id="1"><P><TEXT><CHAR>끝.</CHAR></TEXT></P></SECTION></BODY><TAIL/></HWPML>"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_hwpml_is_read_as_a_document_and_not_as_markup(encoding: str) -> None:
    content = HML.replace("UTF-8", "UTF-16" if encoding == "utf-16" else "UTF-8").encode(encoding)
    assert sniff.sniff(content) == sniff.HWPML
    assert documents.read(content).text.split("\n") == [
        "가정통신문",
        "일시\t12월 18일",
        "장소 운동장",
        "각주: 비가 오면 강당",
        "구분\t남",
        "\t여",
        "표 1",
        "글상자",
        "a^2",
        "끝.",
    ]


def test_a_text_about_hwpml_is_a_text() -> None:
    assert sniff.sniff("여는 태그는 <HWPML>입니다.".encode()) == sniff.TEXT
