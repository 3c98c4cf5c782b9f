"""The folder that an earlier build left behind, as a fixture: a small school with a letter and a signature.

    python scripts/make_left_school.py REV NAME

Runs the commit from a checkout of its own, with the environment of today, and lets it make the school
of its own tests: an invented cast, keys of its own, a letter with a file and a form that a guardian has
read and answered, and a draft. What its server left when it stopped, database, keys and files, is packed
into tests/left/NAME.tar.xz. `tests/node/test_left_schools.py` opens it.
"""

import argparse
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
LEFT = ROOT / "tests" / "left"
YES = "동의합니다"

STORY = r"""
import asyncio, re, sys
from pathlib import Path
from aiohttp import FormData
from kit.clock import ManualClock, moment
from tests.models import documents
from tests.node.conftest import running_school

FORM = {
    "form_wanted": "1", "form_id": "going", "form_kind": "consent", "form_label": "참가에 동의합니까?",
    "form_options": "", "form_required": "1", "form_help": "", "form_basis": "none",
    "form_deadline": "2026-11-30T17:00",
}

async def live(school):
    teacher = await school.client_as("박서연")
    made = await teacher.post("/newsletters/new", {"kind": "newsletter"})
    address = made.location.removesuffix("/edit")
    files = FormData(quote_fields=False)
    files.add_field("files", documents.png(), filename="준비물.png")
    assert (await teacher.post(f"{address}/attachments", files)).status == 303
    written = {
        "title": "현장체험학습 안내", "body": "**11월 27일**에 갑니다.",
        "audience": f"guardians/class:{school.class_id('3-2')}", "act": "send", **FORM,
    }
    assert (await teacher.post(f"{address}/edit", written)).status == 303
    guardian = await school.client_as("김하늘")
    page = (await guardian.get(address)).text
    form = re.search(r"/forms/(\w+)", page).group(1)
    here = f"/forms/{form}/children/{school.id('이지우')}"
    asked = re.search(r'name="agree" value="(\d+)"', (await guardian.get(here)).text).group(1)
    given = await guardian.post(here, {
        "answer_going": "동의합니다", "submission": "", "signature_typed": "김하늘", "agree": asked,
    })
    assert given.status == 303, given.text
    await teacher.post("/newsletters/new", {"kind": "newsletter"})
    await school.settled()

async def main(folder):
    async for school in running_school(folder, ManualClock(moment(2026, 11, 23, 9, 0))):
        await live(school)

asyncio.run(main(Path(sys.argv[1])))
"""


@contextmanager
def checkout(revision: str) -> Iterator[Path]:
    """A commit's files. Raises subprocess.CalledProcessError where it is not here."""
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch) / "build"
        _git("worktree", "add", "--detach", "--force", str(place), revision)
        try:
            yield place
        finally:
            _git("worktree", "remove", "--force", str(place))


def run(place: Path, *arguments: str) -> str:
    """What that build's Python says to these arguments. Raises subprocess.CalledProcessError."""
    environment = {**os.environ, "PYTHONPATH": str(place), "PYTHONSAFEPATH": "1"}
    command = [sys.executable, "-W", "ignore", *arguments]
    done = subprocess.run(
        command, cwd=place, env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout


def make(revision: str, name: str) -> Path:
    """Make the fixture; where it lies."""
    packed = LEFT / f"{name}.tar.xz"
    with checkout(revision) as place, tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "school"
        folder.mkdir()
        run(place, "-c", STORY, str(folder))
        LEFT.mkdir(exist_ok=True)
        with tarfile.open(packed, "w:xz", preset=9) as tar:
            tar.add(folder, arcname="school", filter=_nobodys)
    return packed


def _nobodys(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


def _git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("revision")
    parser.add_argument("name")
    given = parser.parse_args()
    packed = make(given.revision, given.name)
    print(f"{packed.relative_to(ROOT)}: {packed.stat().st_size / 1024:.0f} kB")


if __name__ == "__main__":
    main()
