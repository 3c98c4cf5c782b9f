"""Somebody's first page brings of the stylesheet what it uses, and no rule that it does not."""

import pytest

from kit.web.sheet import Sheet

LETTER = '<main class="letter wide"><p\n class="note">…</p></main>'


@pytest.mark.parametrize(
    ("rule", "is_brought"),
    [
        ("body { margin: 0; }", True),
        (".letter { margin: 0; }", True),
        (".letter .note { margin: 0; }", True),
        (".letter.narrow { margin: 0; }", False),
        (".card { margin: 0; }", False),
        (".card, .note { margin: 0; }", True),
        (".card p, .card a { margin: 0; }", False),
        (".letter:not(.card) { margin: 0; }", True),
        (".letter:has(> .card:is(.a, .b)) { margin: 0; }", True),
        (":where(.card, .letter) + p { margin: 0; }", True),
        (".js .note { margin: 0; }", True),  # as soon as the script has come
        ("@media print { .note { margin: 0; } }", True),
        ("@media print { .card { margin: 0; } }", False),
        ("@media screen { @supports (gap: 0) { .note { gap: 0; } } }", True),
        ("@font-face { font-family: Ours; }", True),
        ("@page { margin: 1cm; }", True),
        ("p.note2 { margin: 0; }", False),
        ("svg [d='.5'] { margin: 0; }", True),
    ],
)
def test_a_rule_comes_along_where_the_page_may_use_it(rule: str, is_brought: bool) -> None:
    brought = Sheet(rule).of_page(LETTER).text
    assert bool(brought) is is_brought
    assert "".join(brought.split()) == ("".join(rule.split()) if is_brought else "")


def test_rules_stay_in_their_order() -> None:
    sheet = Sheet(
        ".note { top: 0; }\n.card { top: 1px; }\n@media print { .note { top: 2px; } }\np { top: 3px; }"
    )
    at = [sheet.of_page(LETTER).text.index(one) for one in ("top: 0", "top: 2px", "top: 3px")]
    assert at == sorted(at)


def test_pages_of_the_same_classes_bring_the_same() -> None:
    sheet = Sheet(".note { top: 0; }\n.card { top: 1px; }")
    assert sheet.of_page(LETTER) is sheet.of_page(LETTER.replace("letter wide", "wide letter"))
    assert sheet.of_page(LETTER).hash != sheet.of_page('<p class="card">').hash


def test_a_sheet_that_is_cut_off_is_none() -> None:
    with pytest.raises(ValueError, match="not closed"):
        Sheet("p { margin: 0;")
