"""The large school and the small one, made once and kept in .years/ beside the checkout.

    folder = large_school(build, place / "large")       # a copy that this build may serve

Kept by the schema that they were made with. A build takes the newest that it can read, so whoever
holds two builds against one another asks for the earlier one first: then both have the same school.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from scripts.against import ROOT, Build

KEPT = ROOT / ".years"
_SCHEMA = re.compile(r"^SCHEMA_VERSION = (\d+)$", re.MULTILINE)


def large_school(build: Build, folder: Path) -> Path:
    """A fresh copy of the large school in its third year; made the first time (a quarter of an
    hour, 1.7 GB). Raises subprocess.CalledProcessError."""
    return _copy(_kept(build, "large"), folder)


def small_school(build: Build, folder: Path) -> Path:
    """The same of the demo's school, from which the large one grew."""
    return _copy(_kept(build, "small"), folder)


def demo_times(build: Build, folder: Path, times: int) -> Path:
    """The demo's people with so many times what they wrote, read and signed."""
    return _copy(_kept(build, f"times-{times}"), folder)


def _kept(build: Build, size: str) -> Path:
    schema = schema_of(build)
    for version in range(schema, 0, -1):
        if (found := KEPT / f"{size}-{version}").exists():
            return found
    made = KEPT / f"{size}-{schema}"
    print(f"Making the {size} school ({made}) …", file=sys.stderr)
    makers = build.root / "scripts" / "years"
    if (
        not makers.exists()
    ):  # a build from before there were any: they use its verbs, not its scripts
        shutil.copytree(Path(__file__).parent, makers)
    named, _, times = size.partition("-")
    more = {"small": ["--small"], "large": [], "times": ["--times", times]}[named]
    subprocess.run(
        build.command("scripts.years.make", str(made), *more),
        env={**os.environ, **build.environment},
        check=True,
        stdout=sys.stderr,
    )
    return made


def schema_of(build: Build) -> int:
    """The version of the schema that a build's school has: how many migrations it is made of, and in
    earlier builds a number of its own, below that."""
    found = _SCHEMA.search((build.root / "node" / "app.py").read_text(encoding="utf-8"))
    if found is not None:
        return int(found[1])
    rooms = (build.root / "kit", build.root / "node")
    return sum(len(list(room.glob("**/migrations/*.sql"))) for room in rooms)


def _copy(kept: Path, folder: Path) -> Path:
    """Files that never change are linked, where they can be."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(kept, folder, ignore=shutil.ignore_patterns("blobs"))
    shutil.copytree(kept / "blobs", folder / "blobs", copy_function=_linked)
    return folder


def _linked(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
