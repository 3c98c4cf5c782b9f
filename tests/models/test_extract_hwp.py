"""What people typed in 한글 (HWP 5) is what is read: once, whole, in its order."""

import struct

import pytest

from tests.models import documents, hangul
from tests.models.hangul import (
    COMPRESSED,
    DISTRIBUTED,
    PASSWORD,
    RIGHTS,
    TAB,
    Control,
    Node,
    box,
    cell,
    note,
    paragraph,
    table,
)


def read(*sections: list[Node], properties: int = 0) -> str:
    found = documents.read(hangul.hwp(*sections, properties=properties))
    assert found.problem == ""
    return found.text


def problem_of(content: bytes) -> str:
    """What the user is told of a file."""
    found = documents.read(content)
    assert found.text == ""
    return found.problem


def test_a_tab_stays_a_tab_and_its_width_is_no_letter() -> None:
    section = [paragraph("일시", TAB, "2026. 12. 18.(금)")]
    assert read(section) == "일시\t2026. 12. 18.(금)"


@pytest.mark.parametrize(
    ("mark", "shown"),
    [
        (hangul.LINE_BREAK, "\n"),
        (hangul.NO_BREAK_SPACE, " "),
        (hangul.FIXED_SPACE, " "),
        (hangul.HYPHEN, "-"),
        ("\x19", ""),  # kept for later by the format: one unit wide
    ],
)
def test_what_stands_between_two_words_keeps_them_apart(mark: str, shown: str) -> None:
    assert read([paragraph(f"참가비{mark}무료")]) == f"참가비{shown}무료"


def test_inline_codes_of_no_text_are_passed_over_whole() -> None:
    title_mark = struct.pack("<H", 8) + "끝없는글자".encode("utf-16-le") + bytes(2)
    section = [paragraph("가을", title_mark + struct.pack("<H", 8), " 운동회")]
    assert read(section) == "가을 운동회"


def test_letters_beyond_the_first_plane_are_whole() -> None:
    assert read([paragraph("𠮷野 선생님 😀 안내")]) == "𠮷野 선생님 😀 안내"


def test_half_a_letter_does_not_end_the_reading() -> None:
    assert read([paragraph("앞", b"\x3d\xd8", "뒤")]) == "앞뒤"


def test_notes_stand_behind_their_paragraph_and_cut_no_word() -> None:
    section = [
        paragraph("참가비는 무료", note(b"fn  ", "차량비는 따로 냅니다"), "입니다."),
        paragraph("심의를 마쳤습니다.", note(b"en  ", "학교운영위원회 12월 3일")),
        paragraph("끝."),
    ]
    assert read(section).split("\n") == [
        "참가비는 무료입니다.",
        "각주: 차량비는 따로 냅니다",
        "심의를 마쳤습니다.",
        "미주: 학교운영위원회 12월 3일",
        "끝.",
    ]


def test_comments_and_memos_are_told_as_such() -> None:
    last = paragraph("장소는 운동장", hangul.memo_field(7), "입니다.")
    last = last._replace(below=[*last.below, *hangul.memo(7, "비가 오면 강당")])
    section = [paragraph("날짜를 고침", hangul.comment("교무부와 확인")), last]
    assert read(section).split("\n") == [
        "날짜를 고침",
        "메모: 교무부와 확인",
        "장소는 운동장입니다.",
        "메모: 비가 오면 강당",
    ]


def test_a_memo_that_no_word_carries_is_not_lost() -> None:
    last = paragraph("본문")
    last = last._replace(below=[*last.below, *hangul.memo(3, "다시 볼 것")])
    assert read([last]) == "본문\n메모: 다시 볼 것"


def test_headers_and_footers_are_read_once_and_page_numbers_not() -> None:
    head = hangul.page_margin(b"head", "마당초등학교")
    foot = hangul.page_margin(b"foot", "교무실 031-000-0000", "- -")
    section = [paragraph("첫째", head, foot)]
    odd = hangul.page_margin(b"head", "\t마당초등학교")
    again = [paragraph("둘째", head, odd, foot, hangul.number(0, 2))]
    assert read(section, again).split("\n") == [
        "마당초등학교",
        "첫째",
        "둘째",
        "교무실 031-000-0000",
    ]


def test_sections_come_in_their_order() -> None:
    sections = [[paragraph(f"{number}구역")] for number in range(12)]
    assert read(*sections) == "\n".join(f"{number}구역" for number in range(12))


def test_merged_cells_leave_their_places_empty() -> None:
    made = table(
        3,
        3,
        cell(0, 0, paragraph("구분"), down=2),
        cell(0, 1, paragraph("인원"), across=2),
        cell(1, 1, paragraph("남")),
        cell(1, 2, paragraph("여")),
        cell(2, 0, paragraph("3-2")),
        cell(2, 1, paragraph("12")),
        cell(2, 2, paragraph("13")),
        caption="표 1. 반별 인원",
    )
    assert read([paragraph(made)]).split("\n") == [
        "구분\t인원",
        "\t남\t여",
        "3-2\t12\t13",
        "표 1. 반별 인원",
    ]


def test_paragraphs_of_a_cell_stand_one_below_the_other() -> None:
    made = table(
        1,
        3,
        cell(0, 0, paragraph("준비물")),
        cell(0, 1, paragraph("도시락"), paragraph("물통")),
        cell(0, 2, paragraph("1인 1개")),
    )
    assert read([paragraph(made)]) == "준비물\t도시락\t1인 1개\n\t물통"


def test_a_frame_around_text_is_no_table() -> None:
    inner = table(1, 2, cell(0, 0, paragraph("일시")), cell(0, 1, paragraph("12월 18일")))
    frame = table(1, 1, cell(0, 0, paragraph("안내"), paragraph(inner), paragraph("끝")))
    assert read([paragraph(frame)]) == "안내\n일시\t12월 18일\n끝"


@pytest.mark.parametrize(
    "inner",
    [
        table(1, 2, cell(0, 0, paragraph("안쪽가")), cell(0, 1, paragraph("안쪽나"))),
        box(paragraph("안쪽가", TAB, "안쪽나")),
    ],
    ids=["table", "box"],
)
def test_what_lies_in_a_cell_does_not_shift_the_others(inner: Control) -> None:
    made = table(
        2,
        2,
        cell(0, 0, paragraph(inner)),
        cell(0, 1, paragraph("둘째")),
        cell(1, 0, paragraph("셋째")),
        cell(1, 1, paragraph("넷째")),
    )
    assert read([paragraph(made), paragraph("표 아래")]).split("\n") == [
        "안쪽가 안쪽나\t둘째",
        "셋째\t넷째",
        "표 아래",
    ]


def test_cells_without_addresses_are_read_in_their_order() -> None:
    made = table(2, 2, *(cell(0, 0, paragraph(text), across=0) for text in "가나다라마"))
    assert read([paragraph(made)]) == "가\t나\n다\t라\n마"


def test_a_table_in_the_text_stands_where_it_was_put() -> None:
    made = table(1, 1, cell(0, 0, paragraph("표")), in_text=True)
    assert read([paragraph("위", made, "아래")]) == "위\n표\n아래"


def test_what_floats_on_the_page_cuts_no_word() -> None:
    section = [paragraph("현장", box(paragraph("글상자"), caption="그림 설명"), "체험학습")]
    assert read(section) == "현장체험학습\n그림 설명\n글상자"


def test_words_drawn_as_a_picture_are_read() -> None:
    assert read([paragraph(hangul.text_art("가을 운동회"))]) == "가을 운동회"


def test_captions_show_their_numbers() -> None:
    section = [paragraph("표 ", hangul.number(4, 12), ". 인원", hangul.number(1, 3))]
    assert read(section) == "표 12. 인원"


@pytest.mark.parametrize(
    ("control", "shown"),
    [
        (hangul.equation("x = `LEFT ( {1} over {2} RIGHT )"), "값은 x = ( {1} over {2} ) 이다"),
        (hangul.ruby("大韓民國", "대한민국"), "값은大韓民國(대한민국)이다"),
        (hangul.overlapping("①"), "값은①이다"),
        (hangul.check_box("참가합니다"), "값은 참가합니다 이다"),
    ],
    ids=["equation", "ruby", "overlapping", "form"],
)
def test_what_is_more_than_letters_is_read_in_its_place(control: Control, shown: str) -> None:
    assert read([paragraph("값은", control, "이다")]) == shown


def test_a_control_that_nobody_knows_loses_no_text() -> None:
    unknown = Control(22, b"what", b"", hangul.listed(paragraph("속에 든 글")))
    assert read([paragraph("앞", unknown, "뒤")]) == "앞뒤\n속에 든 글"


@pytest.mark.parametrize("properties", [0, COMPRESSED, COMPRESSED | DISTRIBUTED])
def test_stored_in_whatever_way_the_text_is_the_same(properties: int) -> None:
    first = [paragraph("현장체험학습 안내"), paragraph("12월 18일(금)")]
    second = [paragraph("붙임 1부. 끝.")]
    found = read(first, second, properties=properties)
    assert found == "현장체험학습 안내\n12월 18일(금)\n붙임 1부. 끝."


@pytest.mark.parametrize("properties", [PASSWORD, COMPRESSED | RIGHTS])
def test_a_locked_document_is_told_as_locked(properties: int) -> None:
    made = hangul.hwp([paragraph("비밀")], properties=properties)
    assert problem_of(made) == "locked"


def test_a_document_of_the_nineties_is_told_as_old() -> None:
    made = b"HWP Document File V3.00 \x1a\x01\x02\x03\x04\x05" + bytes(2000)
    assert problem_of(made) == "old"


def test_a_distributed_document_never_gives_the_notice_as_its_text() -> None:
    """No text at all, or one that cannot be deciphered."""
    assert problem_of(hangul.hwp(properties=DISTRIBUTED)) == "distributed"
    made = hangul.hwp([paragraph("본문")], properties=COMPRESSED | DISTRIBUTED)
    at = made.index(struct.pack("<I", 28 | 256 << 20)) + 4
    spoiled = made[:at] + bytes(256) + made[at + 256 :]
    assert problem_of(spoiled) == "distributed"


def test_a_record_that_is_cut_off_is_told_as_broken() -> None:
    whole = paragraph("가" * 3000)
    made = hangul.hwp([whole], properties=0)
    head = struct.pack("<I", 67 | 1 << 10 | 0xFFF << 20)
    at = made.index(head) + 4
    assert problem_of(made[:at] + b"\xff\xff\xff\x7f" + made[at + 4 :]) == "broken"


def test_a_section_that_unpacks_to_too_much_meets_its_limit() -> None:
    made = hangul.hwp([Node(999, bytes(70 * 1024 * 1024))], properties=COMPRESSED)
    assert problem_of(made) == "limits"


def test_tables_within_tables_meet_a_limit() -> None:
    made = paragraph("속")
    for _ in range(250):
        made = paragraph(table(1, 1, cell(0, 0, made)))
    assert problem_of(hangul.hwp([made], properties=COMPRESSED)) == "limits"


def test_a_cell_that_covers_all_the_world_costs_nothing() -> None:
    wide = cell(0, 0, paragraph("제목"), across=65_535, down=65_535)
    made = table(2, 2, wide, cell(900, 1, paragraph("값")))
    assert read([paragraph(made)]).split() == ["제목", "값"]
