"""A name is one name, however a keyboard, a Mac or a web page wrote it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.naming import compared, composed, squeezed

NAMES = st.text("가나문성호채원황보름ABcd Éü", min_size=1).map(composed).filter(bool)
BESIDES = st.text(" \u00a0\u3000\u200b\u2060\ufeff\n\t", max_size=3)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (unicodedata.normalize("NFD", "문성호"), "문성호"),
        ("문\u00a0\u00a0성호\u200b", "문 성호"),
        ("응우옌\n티\u3000란 ", "응우옌 티 란"),
        ("\u3164", ""),
    ],
)
def test_a_name_is_kept_in_one_form(typed: str, kept: str) -> None:
    assert composed(typed) == kept


@given(NAMES, BESIDES, BESIDES, st.booleans())
def test_what_is_not_seen_makes_no_other_name(
    name: str, before: str, after: str, mac: bool
) -> None:
    typed = (
        before
        + unicodedata.normalize("NFD" if mac else "NFC", name).replace(" ", "\u00a0 ")
        + after
    )
    assert composed(typed) == name
    assert squeezed(typed) == squeezed(name)
    assert compared(typed) == compared(name.upper())


def test_full_width_letters_are_the_same_letters() -> None:
    assert compared("Ｋim  MINJI") == compared("kim minji")
    assert compared("문성호") != compared("문성효")
