"""What is typed is what is read: the marks of the editor, and nothing else, change a letter's look."""

import itertools
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kit.markdown import MOST_CELLS, visible_text
from kit.web.markdown import LONGEST, _rendered, of_document, preview, render
from scripts.demo_content.handbook import load_articles, load_rules
from scripts.demo_content.loader import load, official_notices
from tests.reading import lines


def seen(typed: str) -> str:
    """What a reader's browser shows of it, line by line, each with all its spaces. A table's row is
    a line, its cells stand apart by a tab."""
    return lines(str(render(typed)))


# Letters as schools write them ------------------------------------------------------------------

_number = st.integers(1, 31)
_words = st.sampled_from(
    [
        "학교",
        "안내",
        "현장체험학습",
        "신청서를",
        "3학년",
        "제출하여",
        "주시기",
        "바랍니다.",
        "축제",
        "준비물:",
        "실내화,",
        "도시락(선택)",
        "문의",
        "e알리미",
        "Wi-Fi",
    ]
)
_dates = st.builds(
    lambda form, y, m, d: form.format(y=y, m=m, d=d),
    st.sampled_from(
        [
            "{m}. {d}.(목)", "{m}.{d}.", "{y}. {m}. {d}.", "{y}.{m}.{d}", "{m}/{d}", "{m}월 {d}일",
            "{y}-{m:02}-{d:02}", "{m}. {d}.(월)~{m}. {d}.(금)", "‘{m}. {d}.", "{m}. {d}", "{d}일~{d}일",
        ]
    ),
    st.integers(2020, 2030),
    st.integers(1, 12),
    _number,
)  # fmt: skip
_times = st.builds("{:02}:{:02}~{:02}:{:02}".format, *[st.integers(0, 23), st.integers(0, 59)] * 2)
_amounts = st.builds(
    "{}{:,}원".format, st.sampled_from(["", "₩", "-", "약 ", "\\"]), st.integers(1, 10**7)
)
_phones = st.sampled_from(
    ["02) 123-4567", "(031)000-2100", "010-****-5678", "☎ 031-000-2100~3", "1588_1234", "*119#"]
)
_oddities = st.sampled_from(
    [
        "<안내>", "<b>굵게</b>", "&amp;", "&lt;3", "\\*별표\\*", "file_name_x", "_밑줄_", "__둘__", "~~취소~~",
        "4~6학년", "*주의*", "김**", "김**, 이**", "김**·이**", "홍*동", "***", "`코드`", "``", "[1]: 붙임",
        "[신청](서식)", "![그림](a.png)", "<https://a.kr>", "#1", "#마을학교", "##", ">", ">>", "->", "1.", "가.",
        "1)", "(1)", "①", "1. 2. 3.", "- -", "+", "|", "||", "!", "2011.**.**", "a**", "★★", "※", "( )학년",
        "\\", "\\\\", "https://hanbit.example.kr/a_b?c=1&d=*", "100%", "^^", ":--", "---", "http://",
    ]
)  # fmt: skip
_pieces = st.one_of(_words, _words, _dates, _times, _amounts, _phones, _oddities)
_plain_words = st.one_of(_words, _dates, _times, _amounts)
_spaces = st.sampled_from([" ", " ", " ", "  ", "\t", "\u3000"])
_indents = st.sampled_from(["", "", "", " ", "   ", "    ", "        ", "\t", "\u3000"])
_labels = st.sampled_from(
    ["", "1. ", "12. ", "가. ", "1) ", "가) ", "(1) ", "(가) ", "① ", "- ", "* ", "+ ", "※ ", "○ ", "-", "붙임 ", "1 ", "- - "]
)  # fmt: skip

Pair = tuple[str, str]
"""What is typed, and what is seen of it."""


@st.composite
def _text(draw: st.DrawFn, pieces: st.SearchStrategy[str] = _pieces) -> str:
    found = draw(st.lists(pieces, min_size=1, max_size=6))
    return "".join(piece + draw(_spaces) for piece in found).rstrip(" \t\u3000")


@st.composite
def _plain(draw: st.DrawFn) -> Pair:
    line = draw(_indents) + draw(_labels) + draw(_text())
    # What begins like a box or a heading is one.
    line = "본문 " + line if re.match(r"> |>$|#{1,6} ", line) else line
    return line, line


@st.composite
def _with_bold(draw: st.DrawFn) -> Pair:
    before = draw(st.sampled_from(["", "꼭 ", "(", "- ", "1. ", "   가. "]))
    bold = draw(_text(_plain_words))
    after = draw(
        st.sampled_from(["", "까지", "을 봅니다.", " 안내", ")", ", 09:00~13:00", "~", " 김**"])
    )
    return f"{before}**{bold}**{after}", f"{before}{bold}{after}"


@st.composite
def _heading(draw: st.DrawFn) -> Pair:
    words = draw(_text())
    return draw(st.sampled_from(["#", "##", "###", "######"])) + " " + words, words


@st.composite
def _box(draw: st.DrawFn) -> Pair:
    inside = draw(st.lists(st.one_of(_plain(), _with_bold()), min_size=1, max_size=3))
    return "\n".join(f"> {typed}" for typed, _seen in inside), "\n".join(s for _t, s in inside)


@st.composite
def _table(draw: st.DrawFn) -> Pair:
    width = draw(st.integers(1, 4))
    cell = _text(_pieces.filter(lambda piece: "|" not in piece))
    rows = draw(st.lists(st.lists(cell, min_size=width, max_size=width), min_size=1, max_size=4))
    rule = draw(st.sampled_from(["---", ":-:", " --- ", "-:"]))
    typed = ["| " + " | ".join(row) + " |" for row in rows]
    typed.insert(1, "|" + "|".join([rule] * width) + "|")
    return "\n".join(typed), "\n".join("\t".join(row) for row in rows)


_blank = st.sampled_from([("", ""), ("\n", "\n"), (" ", " ")])
_odd_line = st.sampled_from(
    ["---", "===", "***", "___", "- ", "+", "1.", "| a | b |", "```", "~~~"]
)
_letters = st.lists(
    st.one_of(
        _plain(), _plain(), _plain(), _with_bold(), _heading(), _box(), _table(), _blank,
        _odd_line.map(lambda line: (line, line)),
    ),
    min_size=1,
    max_size=12,
).filter(
    # A row that only its own line makes one would be the next row of a table above it.
    lambda parts: all(
        not (above[0].startswith("|") and below[0].startswith("|"))
        for above, below in itertools.pairwise(parts)
    )
)  # fmt: skip


@given(_letters)
@example([("12. 24.(목) 축제", "12. 24.(목) 축제")])
@example([("6. 9.21.", "6. 9.21."), ("2026. 9.21.", "2026. 9.21.")])
def test_a_reader_sees_every_letter_as_it_was_typed_but_for_its_marks(parts: list[Pair]) -> None:
    typed = "\n".join(typed for typed, _seen in parts)
    shown = "\n".join(shown for _typed, shown in parts)

    assert seen(typed) == shown
    assert visible_text(typed) == shown


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n*#>|-~_ ")))
def test_whatever_is_typed_the_plain_text_is_what_the_page_shows(typed: str) -> None:
    assert seen(typed) == visible_text(typed)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="*#>|")))
def test_a_text_without_marks_is_its_own_plain_text(typed: str) -> None:
    assert visible_text(typed) == typed


def _letters_of_the_demo() -> list[str]:
    letters = [text for school in ("hanbit", "saesol") for text in load(school).texts]
    corrected = [text.correction.body for text in letters if text.correction is not None]
    articles = [*load_articles(), *load_rules("hanbit"), *load_rules("saesol")]
    return [
        *(text.body for text in letters),
        *(f"{text.title}\n\n{text.body}" for text in letters),  # what a signer is shown
        *(text.reply_slip for text in letters),
        *corrected,
        *(notice.body for notice in official_notices()),
        *(article.body for article in articles),
    ]


def _without_marks(typed: str) -> str:
    """The demo's own marks are few: bold words, headings, tables."""
    found = []
    for line in typed.replace("**", "").split("\n"):
        if line.startswith("|"):
            if not set(line) <= set("|-"):
                found.append("\t".join(cell.strip() for cell in line.strip("|").split("|")))
        else:
            found.append(line.removeprefix("## ").removeprefix("=== ").removesuffix(" ==="))
    return "\n".join(found)


def test_every_letter_and_form_of_the_demo_reads_as_it_was_typed() -> None:
    for typed in _letters_of_the_demo():
        assert seen(typed) == _without_marks(typed)
        assert visible_text(typed) == _without_marks(typed)


# The marks --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        "12. 24.(목) 축제",
        "1. 2. 3.",
        "6. 9.21.",
        "02) 123-4567",
        "-5,000원",
        "09:00~13:00",
        "2026. 3. 2. 입학식",
    ],
)
def test_no_date_amount_time_or_telephone_is_a_list_or_a_label(typed: str) -> None:
    unbroken = render(typed).replace('<span class="nowrap">', "").replace("</span>", "")
    assert unbroken == f'<div class="line">{typed}</div>'


@pytest.mark.parametrize(
    "label",
    [
        "1. ",
        "가. ",
        "1) ",
        "가) ",
        "(1) ",
        "① ",
        "   가. ",
        "○ ",
        "a. ",
        "b) ",
        "(c) ",
        "1. 12. 24.(목)",
    ],
)
def test_the_rest_of_a_long_line_stands_behind_its_label_which_stays_as_typed(label: str) -> None:
    html = render(f"{label}준비물")

    assert 'class="line hang hang-' in html or label.count(".") > 1
    assert "<ol" not in html
    assert "<li" not in html
    assert seen(f"{label}준비물") == f"{label}준비물"


def test_lines_that_begin_with_a_hyphen_are_a_list_and_keep_it() -> None:
    html = render("준비물\n- 도시락\n- 12. 24.(목) 물\n끝")

    assert html.count("<ul") == 1
    assert html.count("<li") == 2
    assert seen("- - 겹친 표시") == "- - 겹친 표시"
    assert render("- - 겹친 표시").count("<ul") == 1


def test_emphasis_works_before_a_particle() -> None:
    html = '<div class="line"><strong>기한(11. 30.)</strong>까지</div>'
    assert render("**기한(11. 30.)**까지") == html


def test_bold_text_may_begin_within_a_word_and_reach_over_lines() -> None:
    assert "체험<strong>학습</strong>을" in render("체험**학습**을")
    assert "제출<strong>(11. 30.)</strong>까지" in render("제출**(11. 30.)**까지")
    assert seen("**첫 줄\n둘째 줄** 끝") == "첫 줄\n둘째 줄 끝"
    assert render("**첫 줄\n둘째 줄** 끝").count("<strong>") == 2


def test_a_masked_name_or_number_keeps_its_stars() -> None:
    for typed in (
        "김**, 이**(3-2)",
        "김**님과 이**님",
        "010-12**-34**",
        "2011.**.**",
        "kim**, lee**",
    ):
        assert seen(typed) == typed


def test_a_box_holds_lines_tables_and_headings_but_no_box() -> None:
    html = render("> ## 안내\n> 일시: 12. 1.(화)\n>\n> | 가 |\n> |---|\n> | 나 |\n> > 겹친 상자")

    assert html.count("<blockquote>") == 1
    assert "<h3>안내</h3>" in html
    assert "<td>나</td>" in html
    assert "&gt; 겹친 상자" in html


def test_a_row_with_more_cells_than_its_head_loses_none() -> None:
    assert seen("| 날 |\n|---|\n| 12. 24. | 축제 |") == "날\n12. 24.\t축제"


@pytest.mark.parametrize(
    "typed", ["|" + "a|" * 2000 + "\n|---|\n" + "|\n" * 2000, "> \n" * 2000 + "> x", "\n" * 4000]
)
def test_no_text_grows_into_a_page_of_another_size(typed: str) -> None:
    assert len(render(typed)) < 50 * len(typed)


@pytest.mark.parametrize(
    "row", ["|-" + " " * 40_000 + "x", "|" + "-" * 40_000 + "x", "|-|\t" * 8_000]
)
def test_a_long_row_below_a_table_is_shown_as_typed(row: str) -> None:
    """Read in one pass: a text of this length costs no more than any other."""
    assert visible_text("| 날짜 |\n" + row) == "| 날짜 |\n" + row


async def test_a_preview_of_what_is_too_long_says_so() -> None:
    assert await preview("가" * LONGEST, "너무 깁니다.") == render("가" * LONGEST)
    assert await preview("가" * LONGEST + "가", "너무 깁니다.") == "너무 깁니다."


async def test_previews_do_not_push_out_letters_that_are_read() -> None:
    known = _rendered.cache_info().currsize
    for letters in range(1, 70):
        await preview("안" * letters, "")
    assert _rendered.cache_info().currsize == known


def test_a_web_address_can_be_followed_and_ends_where_its_sentence_goes_on() -> None:
    html = render("신청: https://a.example.kr/b_c?d=1&e=2. (https://b.example.kr)에서")

    assert 'href="https://a.example.kr/b_c?d=1&amp;e=2"' in html
    assert 'href="https://b.example.kr"' in html


def test_markup_that_could_act_is_text() -> None:
    typed = "<script>alert(1)</script> [a](javascript:alert(1)) <img src=x onerror=alert(1)>"
    html = render(typed)
    assert "<script" not in html
    assert "<img" not in html
    assert "href" not in html
    assert seen(typed) == typed


def test_a_table_scrolls_by_itself() -> None:
    html = render("|일시|장소|\n|---|:-:|\n|월|강당|")
    assert html.startswith('<div class="table-scroll" tabindex="0"')
    assert '<th scope="col">일시</th>' in html
    assert '<td class="align-center">강당</td>' in html


def test_cells_of_a_table_too_wide_for_a_phone_say_their_column() -> None:
    html = render("| 반 | 시각 | 곳 | 값 |\n|---|---|---|---|\n| 1반 | 9시 | **강당** | <b> |")
    assert '<th scope="row" role="rowheader">1반</th>' in html
    assert (
        '<td role="cell" data-label="곳"><span class="cell"><strong>강당</strong></span></td>'
        in html
    )
    assert "<b>" not in html
    planted = render('| 반 | "><b onclick=x> | 곳 | 값 |\n|---|---|---|---|\n| 1반 | 2 | 3 | 4 |')
    assert "<b" not in planted.replace("<tbody", "")


def test_a_place_above_the_rows_without_words_is_no_head() -> None:
    html = render("|  | 월 |\n|---|---|\n| 1교시 | 국어 |")
    assert "<td></td>" in html
    assert html.count("<th") == html.count("<thead") + 1


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("일시\t월요일\n장소\t강당", [["일시", "월요일"], ["장소", "강당"]]),
        ("일시\t월요일\n\t화요일", [["일시", "월요일"], ["", "화요일"]]),  # below a tall cell
        ("\t가. 들여 쓴 줄\n\t나. 들여 쓴 줄", []),
        ("이름\t번호\n\n이름\t번호", []),
        ("\n".join(["가\t나"] * MOST_CELLS), []),  # stays lines: no page of a phone's hours
    ],
)
async def test_the_rows_of_a_documents_table_are_a_table_again(
    text: str, rows: list[list[str]]
) -> None:
    html = await of_document(text)
    found = [re.findall(r"<td>(.*?)</td>", row) for row in re.findall(r"<tr>(.*?)</tr>", html)]
    assert found == rows
    if not rows:
        assert html == render(text)


async def test_what_a_writer_types_with_tabs_stays_as_typed() -> None:
    assert "<table" not in render("일시\t월요일\n장소\t강당")
