"""The instrument of the walks: a page that lets planted text act, or shows it otherwise, is found."""

import io
import json
import zipfile

import pytest
from markupsafe import escape

from kit import sheets
from tests.planted import Page, faults_of_events, faults_of_zip, planted, planted_name

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


def packed(name: str, content: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as files:
        files.writestr(name, content)
    return held.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("index.html", f"<td>{TYPED}</td>".encode()),
        ("letters.csv", sheets.csv([["제목"], [TYPED.replace("&amp;", "&")]])),
        ("letters.json", json.dumps([{"제목": [str(escape(TYPED))]}]).encode()),
        ("letters.svg", b"<svg/>"),
    ],
)
def test_a_file_of_a_zip_that_is_not_as_it_was_typed_is_found(name: str, content: bytes) -> None:
    assert faults_of_zip(packed(name, content))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("index.html", f"<td>{escape(TYPED)}</td>".encode()),
        ("letters.csv", sheets.csv([["제목"], [TYPED]])),
        ("letters.json", json.dumps([{"제목": [TYPED]}]).encode()),
    ],
)
def test_a_zip_with_text_as_it_was_typed_has_no_fault(name: str, content: bytes) -> None:
    assert faults_of_zip(packed(name, content)) == []


def event(markup: str) -> bytes:
    return f"event: done\ndata: {json.dumps(markup)}\n\n".encode()


def test_markup_that_acts_within_an_event_is_found() -> None:
    assert faults_of_events(event(f"<p>{TYPED}</p>"))
    assert faults_of_events(b"")
    assert faults_of_events(event(f"<p>{escape(TYPED)}</p>")) == []
