"""Refreshes the browser's third-party files under kit/web/static/vendored and their manifest.

    python scripts/refresh_vendored.py            fetch all packages anew and rewrite the manifest
    python scripts/refresh_vendored.py --check    compare the files with the manifest, no network

Packages come through the `npm` client (`npm pack`), so npm's own settings decide from where. Only a
developer needs npm: the files are kept in the repository, and whoever runs Madang needs no node.
"""

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

sys.path.insert(0, str(Path(__file__).parent.parent))

from scripts import cut_font

VENDORED = Path(__file__).parent.parent / "kit" / "web" / "static" / "vendored"
MANIFEST = VENDORED / "manifest.json"
LARGEST_FILE = 3 * 1024 * 1024
FONT = "dist/public/variable/PretendardGOVVariable.ttf"
FREQUENCY = "dist/web/variable/pretendardvariable-gov-dynamic-subset.css"


@dataclass(frozen=True)
class Package:
    """What is taken out of an npm package. `files` maps a pattern within it to a folder of ours."""

    name: str
    version: str
    licence: str
    files: Mapping[str, str]
    icons: Mapping[str, str] = field(default_factory=dict)
    has_font: bool = False


# Our name of an icon → Lucide's name. Templates use ours, so a set can be exchanged.
SAME = """
activity archive arrow-left arrow-right badge-check baby ban bell bell-ring bold bookmark calendar
calendar-days chart-line check chevron-down chevron-left chevron-right chevron-up circle-alert
circle-check circle-x clock copy database download ellipsis external-link eye eye-off file-check
file-pen file-text filter fingerprint folder graduation-cap hand hard-drive history image inbox
info italic key-round languages link list list-checks list-ordered lock log-in log-out mail
mail-open map-pin megaphone menu message-circle minus monitor-smartphone paperclip pen-line pencil
phone plus printer qr-code refresh-cw reply save school scroll-text search send server settings
shield-check signature stamp star tag triangle-alert undo-2 unlink upload user user-plus users utensils
wifi-off x
"""
ICONS = {name: name for name in SAME.split()} | {
    "alert": "triangle-alert",
    "building": "building-2",
    "edit": "pencil",
    "file": "file-text",
    "heading": "heading-2",
    "help": "circle-question-mark",
    "home": "house",
    "key": "key-round",
    "passkey": "fingerprint",
    "print": "printer",
    "shield": "shield-check",
    "table": "table-2",
    "trash": "trash-2",
}

PACKAGES = (
    Package("htmx.org", "4.0.1", "0BSD", {"dist/htmx.min.js": "htmx", "LICENSE": "htmx"}),
    Package(
        "signature_pad",
        "5.1.4",
        "MIT",
        {"dist/signature_pad.min.js": "signature_pad", "LICENSE": "signature_pad"},
    ),
    Package(
        "uplot",
        "1.6.32",
        "MIT",
        {"dist/uPlot.esm.js": "uplot", "dist/uPlot.min.css": "uplot", "LICENSE": "uplot"},
    ),
    Package(
        "tus-js-client",
        "4.3.1",
        "MIT",
        {"dist/tus.min.js": "tus-js-client", "LICENSE": "tus-js-client"},
    ),
    Package("lucide-static", "1.62.0", "ISC", {"LICENSE": "icons"}, icons=ICONS),
    Package(
        "pretendard-gov",
        "1.3.9",
        "OFL-1.1",
        {"dist/LICENSE.txt": "madang-sans"},
        has_font=True,
    ),
)


def unpack(package: Package, into: Path) -> Path:
    """The package's content in a folder. Raises CalledProcessError when npm cannot get it."""
    wanted = f"{package.name}@{package.version}"
    done = subprocess.run(
        ["npm", "pack", "--silent", wanted], cwd=into, check=True, capture_output=True, text=True
    )
    archive = into / done.stdout.split()[-1]
    folder = into / package.name
    with tarfile.open(archive) as opened:
        opened.extractall(folder, filter="data")
    return folder / "package"


def sprite(icons: Mapping[str, str], folder: Path) -> str:
    """One SVG with a symbol per icon: coloured by the text it stands in, drawn by `<use>`."""
    symbols = []
    for ours, theirs in sorted(icons.items()):
        drawing = (folder / "icons" / f"{theirs}.svg").read_text("utf-8")
        inner = re.search(r"<svg[^>]*>(.*)</svg>", drawing, re.DOTALL)
        if inner is None:
            raise ValueError(f"{theirs}.svg is not a drawing")
        lines = " ".join(inner.group(1).split())
        symbols.append(f'<symbol id="{ours}" viewBox="0 0 24 24">{lines}</symbol>')
    return (
        "<!-- Lucide icons, ISC: see LICENSE beside this file -->\n"
        '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"
    )


def take(package: Package, folder: Path) -> Iterator[Path]:
    """Copy what we use of an unpacked package; yields the files written."""
    for pattern, target in package.files.items():
        found = sorted(folder.glob(pattern))
        if not found:
            raise FileNotFoundError(f"{package.name}@{package.version} has no {pattern}")
        for source in found:
            written = VENDORED / target / source.name
            written.parent.mkdir(parents=True, exist_ok=True)
            written.write_bytes(without_source_map(source))
            yield written
    if package.icons:
        written = VENDORED / "icons" / "sprite.svg"
        written.parent.mkdir(parents=True, exist_ok=True)
        written.write_text(sprite(package.icons, folder), "utf-8")
        yield written
    if package.has_font:
        often = cut_font.frequent((folder / FREQUENCY).read_text("utf-8"))
        yield from cut_font.cut(folder / FONT, often, VENDORED / "madang-sans")


def without_source_map(source: Path) -> bytes:
    """The file without its pointer to a source map, which we do not serve."""
    content = source.read_bytes()
    if source.suffix not in (".js", ".css"):
        return content
    return re.sub(rb"\n?//# sourceMappingURL=\S+\s*$", b"\n", content)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def refresh() -> None:
    """Fetch every package, replace our copies and write the manifest anew."""
    entries = []
    with tempfile.TemporaryDirectory() as scratch:
        for package in PACKAGES:
            print(f"{package.name} {package.version}", flush=True)
            written = sorted(take(package, unpack(package, Path(scratch))))
            for path in written:
                if path.stat().st_size > LARGEST_FILE:
                    raise ValueError(f"{path.name} is larger than {LARGEST_FILE} bytes")
            entries.append(
                {
                    "name": package.name,
                    "version": package.version,
                    "licence": package.licence,
                    "source": f"npm:{package.name}@{package.version}",
                    "files": {
                        path.relative_to(VENDORED).as_posix(): digest(path) for path in written
                    },
                }
            )
    MANIFEST.write_text(json.dumps(entries, indent=1) + "\n", "utf-8")


def faults(folder: Path = VENDORED) -> list[str]:
    """What differs between the manifest and the files: changed, missing or unlisted ones."""
    listed: dict[str, str] = {}
    manifest = folder / MANIFEST.name
    for entry in json.loads(manifest.read_text("utf-8")):
        listed |= entry["files"]
    present = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path != manifest
    }
    found = [f"unlisted: {name}" for name in sorted(present - set(listed))]
    for name, expected in sorted(listed.items()):
        if name not in present:
            found.append(f"missing: {name}")
        elif digest(folder / PurePosixPath(name)) != expected:
            found.append(f"changed: {name}")
    return found


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only compare with the manifest")
    if not parser.parse_args(arguments).check:
        refresh()
    found = faults()
    for fault in found:
        print(fault, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
