"""A form that comes back holds what was typed, whatever was typed, and nothing else changes."""

import re

from hypothesis import given
from hypothesis import strategies as st
from multidict import MultiDict

from kit.web.both import compare, merge
from kit.web.refill import Form, read

PAGE = """<!doctype html>
<main id="main"><p>읽을 글 &amp; 그림 <svg viewBox="0 0 2 2"><path d="M0 0"/></svg></p>
<form method="post" action="/other"><input name="title" value="남의 것"></form>
<form method="post" action="/letters/1">
  <input type="hidden" name="seen" value="v1">
  <input type="hidden" name="id" value="7">
  <div class="field"><label for="t">제목 <span class="required">필수</span></label><input id="t" name="title" value="처음"></div>
  <div class="field"><label for="b">본문</label><textarea id="b" name="body">
첫 줄</textarea></div>
  <fieldset class="field" id="field-mood"><legend>기분</legend>
    <label class="option"><input type="radio" name="mood" value="1" checked><span>좋음</span></label>
    <label class="option"><input type="radio" name="mood" value="2"><span>나쁨</span></label></fieldset>
  <details><summary>더</summary><div class="field"><label for="k">종류</label>
    <select id="k" name="kind"><option value="a" selected>가</option><option value="b">나</option></select></div></details>
  <input type="password" name="secret"><input type="file" name="file">
  <fieldset data-signature id="field-sign" tabindex="-1"><legend>서명</legend><input type="hidden" name="sign"></fieldset>
  <button name="act" value="save">저장</button>
</form></main>"""

TYPED = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\t\"'<>&"))


def form_of(html: str, sent: MultiDict[str]) -> Form:
    found = read(html).form("/letters/1", sent)
    assert found is not None
    return found


def held(html: str) -> dict[str, list[str]]:
    return {one.name: one.value() for one in form_of(html, MultiDict()).questions}


@given(TYPED, TYPED)
def test_what_was_typed_stands_in_the_form_again(title: str, body: str) -> None:
    title = title.replace("\n", " ")
    sent = MultiDict([("title", title), ("body", body.replace("\n", "\r\n")), ("mood", "2")])
    sent.update(
        {"kind": "b", "seen": "v1", "id": "8", "secret": "x", "sign": "data:image/png;base64,AA"}
    )
    form = form_of(PAGE, sent)
    form.fill(sent)
    filled = form.sheet.html()
    assert held(filled) == {
        "seen": ["v1"],
        "title": [title],
        "body": [body],
        "mood": ["2"],
        "kind": ["b"],
        "sign": ["data:image/png;base64,AA"],
    }
    assert 'name="id" value="7"' in filled
    assert '<input type="password" name="secret"><input type="file" name="file">' in filled
    assert "<details open>" in filled
    # All that was not typed is as it was, to the letter.
    assert filled.startswith(PAGE.split('action="/letters/1"')[0])


@given(TYPED)
def test_a_form_that_came_back_unchanged_is_unchanged(title: str) -> None:
    sent = MultiDict([("title", "처음"), ("body", "첫 줄"), ("mood", "1"), ("kind", "a")])
    form = form_of(PAGE, sent)
    form.fill(sent)
    assert form.sheet.html() == PAGE


def test_each_wrong_question_is_named_by_its_own_words() -> None:
    form = form_of(PAGE, MultiDict())
    wrong = {
        "sign": "서명해 주세요.",
        "mood": "선택해 주세요.",
        "title": "입력해 주세요.",
        "none": "?",
    }
    marked = form.mark(wrong, "!")
    assert [(one.id, one.question) for one in marked] == [
        ("t", "제목"),
        ("field-mood", "기분"),
        ("field-sign", "서명"),
    ]
    page = form.sheet.html()
    assert page.count("autofocus") == 1
    for id in ("t", "field-mood", "field-sign"):
        assert re.search(rf'<\w+[^>]*id="{id}"[^>]*aria-describedby="{id}-error"', page)
        assert f'<p class="error" id="{id}-error">' in page


def test_text_without_a_field_is_not_lost() -> None:
    sent = MultiDict(
        [("title", "하나"), ("title", "둘"), ("gone", "셋"), ("act", "save"), ("id", "9")]
    )
    assert form_of(PAGE, sent).without_place(sent) == ["둘", "셋"]


@given(TYPED, TYPED)
def test_two_texts_are_shown_whole_and_merged_without_losing_a_line(mine: str, theirs: str) -> None:
    left, right = compare(mine, theirs)
    assert "".join(text for text, _differs in left) == mine
    assert "".join(text for text, _differs in right) == theirs
    assert [t for t, d in left if not d] == [t for t, d in right if not d]
    both = merge(mine, theirs).split("\n")
    assert set(mine.split("\n")) | set(theirs.split("\n")) == set(both)
