"""The reference says what the code says, and no page points to nothing."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("changelog.d/*.md")])
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")


def test_the_reference_is_what_the_code_says() -> None:
    checked = subprocess.run(
        [sys.executable, "scripts/make_reference.py", "--check"],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_link_leads_nowhere(page: Path) -> None:
    targets = LINK.findall(page.read_text(encoding="utf-8"))
    local = [target for target in targets if not target.startswith(("http:", "https:"))]
    assert [target for target in local if not (page.parent / target).exists()] == []


def test_every_decision_says_why() -> None:
    for page in sorted((ROOT / "docs" / "decisions").glob("*.md")):
        text = page.read_text(encoding="utf-8")
        for part in ("**Situation.**", "**Choice.**", "**Consequence.**"):
            assert part in text, f"{page.name} lacks {part}"


def test_the_words_lie_where_their_page_says() -> None:
    text = (ROOT / "docs" / "explanation" / "words.md").read_text(encoding="utf-8")
    places = set(re.findall(r"`([a-z_]+/[\w/.*]*)`", text))
    assert places
    assert [place for place in sorted(places) if not list(ROOT.glob(place))] == []
