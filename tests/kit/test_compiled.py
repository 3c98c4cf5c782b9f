"""Templates compiled once, and found again at the next start."""

import os
from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment

from kit.i18n import Catalogue
from kit.web.compiled import Compiled, origin_of

ORIGIN = b"this program"
TEXT = "{{ 'bell'|heard }}"


def page(compiled: Compiled, heard: str, text: str = TEXT) -> str:
    """The page of a server whose filter makes `heard` of a constant: that stands in what is compiled."""
    environment = Environment(
        loader=DictLoader({"bell.html": text}), bytecode_cache=compiled, autoescape=True
    )
    environment.filters["heard"] = lambda _text: heard
    return environment.get_template("bell.html").render()


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """What a server has kept that heard a ring."""
    compiled, place = Compiled(), tmp_path / "compiled" / "ko"
    assert page(compiled, "ring") == "ring"
    compiled.keep(place, ORIGIN)
    return place


def started(place: Path, origin: bytes = ORIGIN) -> Compiled:
    """What a server has at its start."""
    compiled = Compiled()
    compiled.take(place, origin)
    return compiled


def test_the_next_start_goes_on_from_what_was_kept(kept: Path) -> None:
    assert page(started(kept), "buzz") == "ring"


def test_a_template_that_says_something_else_now_is_compiled_anew(kept: Path) -> None:
    assert page(started(kept), "buzz", TEXT + "!") == "buzz!"


def test_what_another_program_kept_is_not_believed(kept: Path) -> None:
    assert page(started(kept, b"the program before"), "buzz") == "buzz"


@pytest.mark.parametrize("place", [0, 31, 32, 60, -1])
def test_what_is_damaged_is_not_believed(kept: Path, place: int) -> None:
    content = bytearray(kept.read_bytes())
    content[place] ^= 1
    kept.write_bytes(content)
    assert page(started(kept), "buzz") == "buzz"


@pytest.mark.parametrize("length", [0, 10, 32, 100])
def test_half_of_it_is_not_believed(kept: Path, length: int) -> None:
    os.truncate(kept, length)
    assert page(started(kept), "buzz") == "buzz"


def test_what_is_asked_for_no_more_is_not_kept_for_ever(kept: Path) -> None:
    (kept.parent / ".ko.half").write_bytes(b"the power failed")
    (kept.parent / "en").write_bytes(b"of the other language")
    compiled = started(kept)
    page(compiled, "ring", TEXT + "!")
    compiled.keep(kept, ORIGIN)
    assert page(started(kept), "buzz") == "buzz"
    assert page(started(kept), "buzz", TEXT + "!") == "ring!"
    assert {one.name for one in kept.parent.iterdir()} == {"ko", "en"}


def test_its_owner_alone_may_write_what_runs_as_a_program(kept: Path) -> None:
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.parent.stat().st_mode & 0o777 == 0o700


def test_where_nothing_can_be_kept_all_is_compiled_anew(tmp_path: Path) -> None:
    (tmp_path / "compiled").write_text("a file where the folder should be")
    compiled = Compiled()
    assert page(compiled, "ring") == "ring"
    compiled.keep(tmp_path / "compiled" / "ko", ORIGIN)
    assert page(started(tmp_path / "compiled" / "ko"), "buzz") == "buzz"


def test_another_translation_is_another_origin(tmp_path: Path) -> None:
    origins = set()
    for said in ("Bell", "Chime"):
        file = tmp_path / f"{said}.po"
        file.write_text(f'msgid "종"\nmsgstr "{said}"\n', encoding="utf-8")
        origins |= {origin_of([Catalogue("en", [file])]) for _again in range(2)}
    assert len(origins) == 2
