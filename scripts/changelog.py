"""What changes is told in a file a change; a release joins them into CHANGELOG.md.

    python scripts/changelog.py                      # check the files; exits 1 when one is wrong
    python scripts/changelog.py 1.0.0 2027-03-02     # join them under this version, remove them

A file is `changelog.d/NAME.KIND.md`: NAME in small letters, digits and hyphens, KIND who should know
(`users`, `operators` or `developers`). It holds one paragraph of Markdown, as it will stand in the
list; two people who tell of two changes never write to one file.
"""

import re
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDER = "changelog.d"
KINDS = {"users": "", "operators": "**Operators**: ", "developers": "**Developers**: "}
NAME = re.compile(rf"[a-z0-9-]+\.(?P<kind>{'|'.join(KINDS)})\.md")
UNRELEASED = "## Unreleased\n"
LONGEST = 600  # characters: who runs a school reads it


def fragments(root: Path) -> dict[str, str]:
    """What waits, by file name."""
    folder = root / FOLDER
    found = [path for path in folder.iterdir() if path.name != "README.md"]
    return {path.name: path.read_text(encoding="utf-8").strip() for path in sorted(found)}


def faults_in(found: Mapping[str, str]) -> list[str]:
    """What keeps the files from being joined."""
    faults = [
        f"{name}: its name is not NAME.KIND.md ({', '.join(KINDS)})"
        for name in found
        if not NAME.fullmatch(name)
    ]
    faults += [f"{name}: says nothing" for name, text in found.items() if not text]
    faults += [
        f"{name}: is more than a paragraph" for name, text in found.items() if "\n\n" in text
    ]
    return faults + [
        f"{name}: has {len(text)} characters, more than {LONGEST}"
        for name, text in found.items()
        if len(text) > LONGEST
    ]


def joined(changelog: str, found: Mapping[str, str], version: str, day: str) -> str:
    """The changelog with what waited under this version: users' first, then operators', developers'.
    Raises ValueError when nothing is marked as unreleased, or the version stands there already."""
    if UNRELEASED not in changelog or f"\n## {version} " in changelog:
        raise ValueError(f"CHANGELOG.md cannot take {version} in")
    kinds = list(KINDS)
    told = sorted((kinds.index(name.split(".")[1]), name, text) for name, text in found.items())
    lines = [f"- {KINDS[kinds[kind]]}{' '.join(text.split())}" for kind, _name, text in told]
    before, _mark, after = changelog.partition(UNRELEASED)
    earlier = after.lstrip("\n")
    return f"{before}{UNRELEASED}\n## {version} ({day})\n\n" + "\n".join([*lines, earlier])


def main(arguments: list[str]) -> int:
    found = fragments(ROOT)
    faults = faults_in(found)
    for fault in faults:
        print(f"{FOLDER}/{fault}", file=sys.stderr)
    if faults or not arguments:
        return 1 if faults else 0
    version, day = arguments
    page = ROOT / "CHANGELOG.md"
    page.write_text(joined(page.read_text(encoding="utf-8"), found, version, day), encoding="utf-8")
    for name in found:
        (ROOT / FOLDER / name).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
