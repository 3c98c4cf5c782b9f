"""A rule of the stylesheets stands with those whose pages it is for."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
KIT = ROOT / "kit/web/static/css"
OF_SLICES = sorted(
    path for room in ("node", "hub") for path in ROOT.glob(f"{room}/*/static/*/*.css")
)
OF_LIBRARIES = ("htmx-", "u-")
"""What htmx and uPlot name themselves."""


def rules(sheet: Path) -> Iterator[str]:
    """The selectors of a stylesheet, one by one."""
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text("utf-8"), flags=re.DOTALL)
    for named in re.findall(r"([^{}]+)\{", text):
        if not named.strip().startswith("@"):
            yield from re.split(r",(?![^(]*\))", named.strip())


def classes(selector: str) -> set[str]:
    return set(re.findall(r"\.([a-z][\w-]*)", selector))


@pytest.fixture(scope="module")
def words() -> dict[str, set[str]]:
    """What stands in pages, scripts and programs, by whose they are: `kit`, or a slice. The start of
    a word that a page puts together (`chip-{{ kind }}`) stands there with its dash."""
    found: dict[str, set[str]] = {}
    for room in ("kit", "node", "hub", "models"):
        for path in (ROOT / room).rglob("*"):
            if path.suffix in (".html", ".js", ".py") and "vendored" not in path.parts:
                within = path.relative_to(ROOT).parts
                whose = "/".join(within[:2]) if room in ("node", "hub") else "kit"
                text = path.read_text("utf-8")
                found.setdefault(whose, set()).update(re.findall(r"[a-z][\w-]*", text))
    return found


def users(name: str, words: dict[str, set[str]]) -> list[str]:
    parts = name.split("-")
    put_together = {"-".join(parts[:at]) + "-" for at in range(1, len(parts))}
    return [whose for whose, used in words.items() if used & {name, *put_together}]


def test_a_rule_of_the_kit_serves_its_own_pages_or_several_slices(
    words: dict[str, set[str]],
) -> None:
    named = {one for sheet in KIT.glob("*.css") for rule in rules(sheet) for one in classes(rule)}
    for name in sorted(one for one in named if not one.startswith(OF_LIBRARIES)):
        who = users(name, words)
        assert who, f".{name}: nobody's"
        assert "kit" in who or len(who) > 1, f".{name} stands in the kit, and is only for {who[0]}"


@pytest.mark.parametrize("sheet", OF_SLICES, ids=lambda sheet: sheet.stem)
def test_a_rule_of_a_slice_is_for_its_own_pages(sheet: Path, words: dict[str, set[str]]) -> None:
    whose = "/".join(sheet.relative_to(ROOT).parts[:2])
    for rule in rules(sheet):
        own = {one for one in classes(rule) if one.startswith(f"{sheet.parent.name}-")}
        assert own, f"{rule}: of all pages, as the sheet is part of each"
        for name in own:
            assert whose in users(name, words), f".{name}: nobody's"
