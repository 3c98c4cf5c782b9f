"""What the browser gets: vendored files as listed, nothing of ours reaching out, icons that exist."""

import json
import re
import shutil
from pathlib import Path

from scripts.refresh_vendored import ICONS, MANIFEST, VENDORED, faults

ROOT = Path(__file__).parent.parent.parent
STATIC = ROOT / "kit" / "web" / "static"
OWN = [
    path
    for room in ("kit", "node", "hub")
    for path in sorted((ROOT / room).rglob("*"))
    if path.suffix in (".css", ".js", ".html", ".svg") and VENDORED not in path.parents
]

# Written to disk by a command and opened there: no server, hence no policy and no stylesheet.
OPENED_FROM_DISK = {
    ROOT / "hub/schools/templates/schools/letter_file.html",
    ROOT / "node/forms/static/forms/verifier.html",
    ROOT / "node/privacy/templates/privacy/copy.html",
}


def test_vendored_files_are_those_of_the_manifest() -> None:
    assert faults() == []


def test_a_changed_a_missing_and_an_unlisted_file_are_noticed(tmp_path: Path) -> None:
    copy = tmp_path / "vendored"
    shutil.copytree(VENDORED, copy)
    (copy / "htmx" / "LICENSE").write_text("anybody's")
    (copy / "uplot" / "LICENSE").unlink()
    (copy / "uplot" / "extra.js").write_text("1")
    assert faults(copy) == [
        "unlisted: uplot/extra.js",
        "changed: htmx/LICENSE",
        "missing: uplot/LICENSE",
    ]


def test_every_vendored_package_is_named_with_its_licence() -> None:
    notice = (ROOT / "NOTICE").read_text("utf-8")
    for entry in json.loads(MANIFEST.read_text("utf-8")):
        assert f"{entry['name']} {entry['version']} ({entry['licence']})" in notice
        assert any("LICENSE" in name for name in entry["files"])


def test_vendored_files_stay_small() -> None:
    sizes = [path.stat().st_size for path in VENDORED.rglob("*") if path.is_file()]
    assert max(sizes) < 3 * 1024 * 1024
    assert sum(sizes) < 7 * 1024 * 1024


def test_nothing_of_ours_calls_another_origin() -> None:
    """The policy would stop it; a page that needs it would be broken without the internet."""
    reaching = {
        ".html": re.compile(r"\b(?:src|href|action|srcset|hx-[a-z]+)=[\"'](?:https?:)?//[^\"']*"),
        ".css": re.compile(r"(?:url\(\s*[\"']?|@import\s+[\"'])(?:https?:)?//[^\"')]*"),
        ".js": re.compile(r"(?:https?:)?//[a-z0-9-]+(?:\.[a-z0-9-]+)+", re.IGNORECASE),
        ".svg": re.compile(r"\bhref=[\"'](?:https?:)?//[^\"']*"),
    }
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in OWN
        for match in reaching[path.suffix].finditer(path.read_text("utf-8"))
    ]
    assert found == []


def test_no_page_has_inline_script_or_style() -> None:
    """The Content-Security-Policy refuses them, silently for whoever only looks at the page."""
    inline = re.compile(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=\"|\shx-on")
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in OWN
        if path.suffix == ".html" and path not in OPENED_FROM_DISK
        for match in inline.finditer(path.read_text("utf-8"))
    ]
    assert found == []


def test_icons_named_in_pages_and_code_are_in_the_sprite() -> None:
    sprite = (VENDORED / "icons" / "sprite.svg").read_text("utf-8")
    drawn = set(re.findall(r'<symbol id="([a-z0-9-]+)"', sprite))
    assert drawn == set(ICONS)
    in_pages = re.compile(r"icon_name='([a-z0-9-]+)'|\bicon\('([a-z0-9-]+)'")
    used = {
        name
        for path in OWN
        if path.suffix == ".html"
        for pair in in_pages.findall(path.read_text("utf-8"))
        for name in pair
        if name
    }
    in_code = re.compile(
        r"icon=\"([a-z0-9-]+)\"|NavItem\(\s*\"[^\"]*\",\s*_\(\"[^\"]*\"\),\s*\"([a-z0-9-]+)\""
    )
    for room in ("kit", "node", "hub"):
        for path in (ROOT / room).rglob("*.py"):
            used |= {
                name for pair in in_code.findall(path.read_text("utf-8")) for name in pair if name
            }
    assert used - drawn == set()
