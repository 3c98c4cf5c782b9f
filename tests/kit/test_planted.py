"""The instrument of the walks: a page that lets planted text act, or shows it otherwise, is found."""

import json

import pytest
from markupsafe import escape

from tests.planted import Page, planted, planted_name

TYPED = planted(1)
MARK = "0123456789abcdef0123"
HEAD = f'<meta name="madang-hx-mark" content="{MARK}">'


@pytest.mark.parametrize(
    "page",
    [
        f"<p>{TYPED}</p>",
        f"<p title='{TYPED}'></p>",
        f"<textarea>{TYPED}</textarea>",
        f"<p>{escape(str(escape(TYPED)))}</p>",
        f"<p>{escape(TYPED.replace('{{7*7}}', '49'))}</p>",
        f"<p>{escape(TYPED.replace('%(name)s', '김하늘'))}</p>",
        f'<a href="javascript:{escape(TYPED)}">.</a>',
        '<img src="/planted">',
        '<p hx-get="/letters">.</p>',
        f'{HEAD}<p hx-get="/letters" hx-mark="fedcba9876543210fedc">.</p>',
        '<p data-hx-get="/letters">.</p>',
        '<p onclick="x()">.</p>',
    ],
)
def test_markup_that_acts_or_is_not_as_it_was_typed_is_found(page: str) -> None:
    assert Page(page).faults


@pytest.mark.parametrize(
    "page",
    [
        f"<p title='{escape(TYPED)}'>{escape(TYPED)}</p>",
        f"<pre>{escape(json.dumps({'title': TYPED}))}</pre>",
        f"<p>{escape(planted_name(1))}</p>",
        f"<p>…{escape(TYPED[20:60])}…</p>",
        f"<p>… {escape(TYPED[:60])} …</p>",
        f'{HEAD}<p hx-get="/letters" hx-mark="{MARK}">.</p>',
    ],
)
def test_text_as_it_was_typed_or_cut_is_no_fault(page: str) -> None:
    assert Page(page).faults == []
