"""A text in several languages is one text: each part keeps every line, and says in which language it is."""

from hypothesis import given
from hypothesis import strategies as st

from kit.languages import OTHERS, Language, in_language, korean, languages_of, parts
from kit.markdown import visible_text
from kit.web.in_languages import read_in
from kit.web.markdown import render
from tests.reading import lines

VIETNAMESE, CHINESE, ARABIC = (
    next(one for one in OTHERS if one.code == code) for code in ("vi", "zh-CN", "ar")
)
LETTER = """현장체험학습을 갑니다.

준비물은 물입니다.

=== Tiếng Việt ===
## Đi dã ngoại

Các em đi dã ngoại.

Mang theo nước.

=== العربية ===
رحلة مدرسية
"""

_line = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="*#>|"), max_size=12
).filter(lambda line: not line.startswith("==="))
_part = st.tuples(st.sampled_from(OTHERS), st.lists(_line, max_size=4))


@given(st.lists(_line, min_size=1, max_size=4), st.lists(_part, max_size=4))
def test_whatever_is_written_in_whichever_language_no_line_is_lost(
    original: list[str], others: list[tuple[Language, list[str]]]
) -> None:
    typed = "\n".join([*original, *(line for one, some in others for line in (one.mark, *some))])
    seen = "\n".join([*original, *(line for one, some in others for line in (one.name, *some))])

    assert visible_text(typed) == seen
    assert lines(str(render(typed))) == seen
    assert korean(typed) == "\n".join(original)
    assert [(one.language, list(one.lines)) for one in parts(typed)][1:] == others
    for language in languages_of(typed):
        own = in_language(typed, language)
        assert own is not None
        assert list(own.lines) == [line for one, some in others if one == language for line in some]


@given(st.text(st.characters(exclude_categories=["Cs"], include_characters="\r\n= ")))
def test_the_korean_part_is_how_the_text_begins(typed: str) -> None:
    assert typed.startswith(korean(typed))


def test_a_line_opens_a_part_by_the_name_of_one_of_our_languages_alone() -> None:
    for typed in ("===", "=== 안내 ===", " === English ===", "> === English ===", "=== English"):
        assert languages_of(typed) == []
        assert korean(typed) == typed
    for typed in ("=== English ===", "===english===", "=== English === "):
        assert [one.code for one in languages_of(typed)] == ["en"]


def test_a_part_says_its_language_and_direction_to_the_browser() -> None:
    html = render(LETTER)
    assert '<section class="part" lang="vi" dir="ltr">' in html
    assert '<section class="part" lang="ar" dir="rtl">' in html


async def test_a_reader_sees_korean_alone_until_another_language_is_chosen() -> None:
    shown = await read_in(LETTER, "ko")
    assert shown.offered == (VIETNAMESE, ARABIC)
    assert shown.language is None
    assert lines(str(shown.html)) == korean(LETTER).rstrip()


async def test_paragraphs_stand_beside_each_other_where_there_are_as_many() -> None:
    shown = await read_in(LETTER, "vi")
    assert shown.title == "Đi dã ngoại"
    assert lines(str(shown.html)).splitlines() == [
        "현장체험학습을 갑니다.",
        "Các em đi dã ngoại.",
        "준비물은 물입니다.",
        "Mang theo nước.",
    ]
    whole = await read_in(LETTER, "ar")
    assert (whole.title, whole.html.count('class="beside"')) == ("", 1)


async def test_a_language_that_the_text_does_not_have_is_read_in_korean() -> None:
    for code in ("zh-CN", "xx", ""):
        assert (await read_in(LETTER, code)).language is None


async def test_a_text_without_parts_is_shown_as_ever() -> None:
    shown = await read_in("안녕하세요", "vi")
    assert (shown.offered, shown.html) == ((), render("안녕하세요"))
