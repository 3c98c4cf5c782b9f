"""The build of another commit beside this one, for benchmarks that hold today's against it.

    async with demo_school(this_build(), place / "this", 18_700) as ours,
               demo_school(build_of("a150f95"), place / "other", 18_800) as theirs:
        ...

A build is a checkout with an environment of its own. It is driven by its commands and over HTTP
alone, as a person would, for its insides are not ours; its parts are measured in turn with ours.
"""

import asyncio
import contextlib
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import msgspec

from kit.ids import new_id
from kit.supervisor import Child, Supervisor
from scripts.demo import Answers
from scripts.demo_content.cast import PASSWORD
from scripts.load import Request, request

ROOT = Path(__file__).parent.parent
KEPT = ROOT / ".against"
DEFAULT = "a150f951c1d6"
"""Before documents were read by readers of our own and letters shown as typed."""

TYPED = {"number": "1", "date": "2026-12-01", "tel": "010-0000-0000", "hidden": ""}
SCHOOL = "hanbit"
FAMILIES = range(14, 800)
"""Numbers of the demo's families: they sign in as fam0014 and on."""


class NoSuchBuild(Exception):
    """The commit is not there, or its dependencies cannot be installed."""


class Build(msgspec.Struct, frozen=True):
    """A checkout that can be run."""

    name: str
    root: Path

    def command(self, module: str, *arguments: str) -> list[str]:
        """As a person would start it: `module` is that of a console script."""
        return [str(self.root / ".venv" / "bin" / "python"), "-m", module, *arguments]

    @property
    def environment(self) -> dict[str, str]:
        """Its own modules go before whatever else is installed, and before the folder from which
        the benchmark was started: that has today's."""
        return {"PYTHONPATH": str(self.root), "PYTHONSAFEPATH": "1"}


def this_build() -> Build:
    """The checkout of this file."""
    return Build("this", ROOT)


def build_of(revision: str) -> Build:
    """That commit's build; made the first time (minutes), kept in .against/.

    Raises NoSuchBuild.
    """
    try:
        commit = _said("git", "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")[:12]
    except subprocess.CalledProcessError as error:
        raise NoSuchBuild(f"no commit {revision} here: git fetch --unshallow?") from error
    root = KEPT / commit
    ready = root / ".venv" / ".ready"
    if not ready.exists():
        print(f"Making the build of {commit} (some minutes) …", file=sys.stderr)
        try:
            if not root.exists():
                _said("git", "worktree", "prune")
                _said("git", "worktree", "add", "--detach", str(root), commit)
            _said(str(ROOT / "scripts" / "install.sh"), "requirements-dev.lock", str(root))
        except subprocess.CalledProcessError as error:
            raise NoSuchBuild(f"{commit} cannot be built:\n{error.stderr[-2000:]}") from error
        ready.touch()
    return Build(commit, root)


def _said(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout.strip()


# A school of the demo ---------------------------------------------------------------------------


class School(msgspec.Struct, frozen=True):
    """A running school: where it answers, and the process that does."""

    address: str
    supervisor: Supervisor

    @property
    def pid(self) -> int:
        process = self.supervisor.child(SCHOOL).process
        assert process is not None
        return process.pid


@contextlib.asynccontextmanager
async def demo_school(build: Build, place: Path, base_port: int) -> AsyncIterator[School]:
    """A school of that build's demo by itself: no hub, messenger or assistant beside it.

    Raises subprocess.CalledProcessError, kit.supervisor.NotReady.
    """
    demo = ("demo", "--dir", str(place), "--base-port", str(base_port), "--once")
    await asyncio.to_thread(
        subprocess.run,
        build.command("scripts.madang", *demo),
        env={**os.environ, **build.environment},
        check=True,
        capture_output=True,
    )
    address = f"http://localhost:{base_port + 11}"
    child = Child(
        name=SCHOOL,
        command=build.command("node.cli", "serve", str(place / SCHOOL)),
        ready=Answers(address),
        log_file=place / "alone.log",
        environment={
            **build.environment,
            "MADANG_NODE_ASSISTANT": "false",
            "MADANG_NODE_MESSENGER": "false",
        },
    )
    supervisor = Supervisor()
    supervisor.add(child)
    await supervisor.start()
    try:
        yield School(address, supervisor)
    finally:
        await supervisor.stop()


class Guardian(msgspec.Struct, frozen=True):
    """Somebody signed in, and the page of a consent that waits for their answer."""

    token: str
    page: str
    answer: list[tuple[str, str]]

    def home(self, address: str) -> Request:
        return request(f"{address}/", token=self.token)

    def sign(self, address: str) -> Request:
        """The form, sent once more as a browser sends it: a record of its own."""
        fields = [(name, value) for name, value in self.answer if name != "submission"]
        body = urlencode([*fields, ("submission", new_id())]).encode()
        return request(
            f"{address}{self.page}", token=self.token, body=body, is_form=True, expected=303
        )


async def guardians(address: str, count: int) -> list[Guardian]:
    """So many of the demo's guardians, each with an answer to give."""
    found: list[Guardian] = []
    async with aiohttp.ClientSession(address) as session:
        for number in FAMILIES:
            if len(found) == count:
                return found
            one = await _guardian(session, f"fam{number:04}")
            if one is not None:
                found.append(one)
    raise RuntimeError(f"only {len(found)} guardians have something to answer")


async def _guardian(session: aiohttp.ClientSession, login: str) -> Guardian | None:
    signing_in = session.post("/api/v1/session", json={"login": login, "password": PASSWORD})
    async with signing_in as answer:
        if answer.status != 200:
            return None
        token = str((await answer.json())["token"])
    headers = {"Authorization": f"Bearer {token}"}
    async with session.get("/api/v1/me", headers=headers) as answer:
        name = str((await answer.json())["name"])
    async with session.get("/api/v1/home", headers=headers) as answer:
        cards = await answer.json()
    waiting = [entry for card in cards if card["name"] == "forms" for entry in card["entries"]]
    for entry in waiting:
        async with session.get(entry["href"], headers=headers) as answer:
            fields = FilledForm(entry["href"], name).read(await answer.text())
        if fields:
            return Guardian(token, entry["href"], fields)
    return None


_FIELD = re.compile(r"<(input|textarea)\b([^>]*)>")
_ATTRIBUTE = re.compile(r'([\w-]+)(?:="([^"]*)")?')


class FilledForm:
    """Fills in the form that is sent to `action`, signed with that name: the first option of each
    question, "네" else. It reads what a server of ours writes, faster than any parser of HTML: whoever
    makes load must not be what is measured."""

    def __init__(self, action: str, signer: str) -> None:
        self._action = action
        self._signer = signer

    def read(self, page: str) -> list[tuple[str, str]]:
        """The fields as a browser sends them; none where the page has no such form."""
        at = page.find(f'action="{self._action}"')
        if at < 0:
            return []
        answered: dict[str, str] = {}
        for found in _FIELD.finditer(page[at : page.find("</form>", at)]):
            given = {name: unescape(value) for name, value in _ATTRIBUTE.findall(found[2])}
            name = given.get("name", "")
            if not name:
                continue
            if found[1] == "textarea":
                answered[name] = "네"
            elif given.get("type") in ("radio", "checkbox"):
                answered.setdefault(name, given.get("value", "on"))
            else:
                kind = given.get("type", "text")
                answered[name] = given.get("value") or TYPED.get(kind, "네")
        if answered:
            answered["signature_typed"] = self._signer
        return list(answered.items())
