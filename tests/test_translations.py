"""Every Korean sentence a user can meet has its English, with the same variables."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

ROOT = Path(__file__).parent.parent
VARIABLE = re.compile(r"%\((\w+)\)s")
OPTIONS = {"newstyle_gettext": "true", "trimmed": "true", "extensions": "jinja2.ext.do"}


def python_strings(path: Path) -> Iterator[str]:
    for entry in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if (
            isinstance(entry, ast.Call)
            and isinstance(entry.func, ast.Name)
            and entry.func.id == "_"
            and entry.args
            and isinstance(entry.args[0], ast.Constant)
            and isinstance(entry.args[0].value, str)
        ):
            yield entry.args[0].value


def template_strings(path: Path) -> Iterator[str]:
    found = extract_from_file("jinja2.ext:babel_extract", path, options=OPTIONS)
    for _line, message, _comments, _context in found:
        if isinstance(message, str):
            yield message
        else:
            yield from message


def strings(*rooms: str) -> dict[str, str]:
    """msgid → where it stands."""
    found: dict[str, str] = {}
    for room in rooms:
        for path in sorted((ROOT / room).rglob("*.py")):
            for text in python_strings(path):
                found.setdefault(text, str(path.relative_to(ROOT)))
        for path in sorted((ROOT / room).rglob("templates/**/*.html")):
            for text in template_strings(path):
                found.setdefault(text, str(path.relative_to(ROOT)))
    return found


def translations(*rooms: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for room in rooms:
        for path in sorted((ROOT / room).rglob("locale/en.po")):
            with path.open("rb") as source:
                for message in read_po(source, locale="en"):
                    if isinstance(message.id, tuple):
                        forms = tuple(message.string or ())
                        found[message.id[0]] = " ".join(forms) if all(forms) else ""
                    elif message.id:
                        found[str(message.id)] = str(message.string)
    return found


@pytest.mark.parametrize("room", ["node", "hub"])
def test_every_sentence_has_its_english(room: str) -> None:
    known = translations("kit", room)
    missing = [
        f"{where}: {text}" for text, where in strings("kit", room).items() if not known.get(text)
    ]
    assert missing == []


@pytest.mark.parametrize("room", ["node", "hub"])
def test_no_translation_loses_or_invents_a_variable(room: str) -> None:
    wrong = [
        text
        for text, english in translations("kit", room).items()
        if set(VARIABLE.findall(text)) != set(VARIABLE.findall(english))
    ]
    assert wrong == []


@pytest.mark.parametrize("room", ["node", "hub"])
def test_no_translation_outlives_its_sentence(room: str) -> None:
    used = strings("kit", room)
    assert [text for text in translations(room) if text not in used] == []


@pytest.mark.parametrize("room", ["node", "hub"])
def test_a_sentence_reads_the_same_wherever_it_stands(room: str) -> None:
    """All slices of a server share one catalogue: of two translations one would win everywhere."""
    read: dict[str, set[str]] = {}
    for path in [*(ROOT / "kit").rglob("locale/en.po"), *(ROOT / room).rglob("locale/en.po")]:
        with path.open("rb") as source:
            for message in read_po(source, locale="en"):
                if message.id:  # the head of a file says when it was read
                    read.setdefault(str(message.id), set()).add(str(message.string))
    assert {text: english for text, english in read.items() if len(english) > 1} == {}


def test_sentences_are_korean() -> None:
    """Korean is the source: an English msgid would reach Korean readers untranslated."""
    allowed = re.compile(r"[가-힣]|^[\W\d_]*$|^[A-Za-z]{1,12}$|^English$")
    odd = [
        text for text in strings("kit", "node", "hub") if not allowed.search(VARIABLE.sub("", text))
    ]
    assert odd == []
