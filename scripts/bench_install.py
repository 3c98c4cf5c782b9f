"""What a first start costs: this build and an earlier one, each in a clean copy with empty caches.

python scripts/bench_install.py [--against a150f951c1d6] [--base-port 18700]

A copy is cloned, installed as `make demo` installs it, and its demo started until a school shows its
sign-in page; what the demo brings afterwards (the engine of the writing model, the model) counts to
the processor's time as well. What is downloaded is downloaded each time. Prints a table and ends with
one line of JSON. What is committed is measured, at a quiet hour: only the processor's seconds bear
company.
"""

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import msgspec

ROOT = Path(__file__).parent.parent
SAYS = "/sign-in"
WITHIN_S = 3600.0


class Cost(msgspec.Struct, frozen=True):
    """Of a first start. `cpu_s`: the processor's seconds for all that is installed; `page_s`: from the
    first word typed to the first page, None where none came; `install_s`: of these, until the demo was
    started."""

    cpu_s: float
    install_s: float
    page_s: float | None


class Copy:
    """A clone of this repository at a commit, with caches of its own, which are empty."""

    def __init__(self, folder: Path, commit: str, base_port: int) -> None:
        self.root = folder / "madang"
        self._base_port = base_port
        self._log = folder / "log"
        nowhere = {"PIP_CACHE_DIR": "pip", "XDG_CACHE_HOME": "cache", "TMPDIR": "tmp"}
        self._environment = {
            **os.environ,
            **{name: str(folder / place) for name, place in nowhere.items()},
        }
        (folder / "tmp").mkdir()
        subprocess.run(
            ["git", "clone", "-q", "--no-checkout", str(ROOT), str(self.root)], check=True
        )
        subprocess.run(["git", "checkout", "-q", "--detach", commit], cwd=self.root, check=True)

    def first_start(self) -> Cost:
        """Raises CalledProcessError."""
        has_pages = "PAGES" in (self.root / "Makefile").read_text()
        begun = time.monotonic()
        cpu_s = self._run("make", ".venv/.pages" if has_pages else ".venv/.ready")
        install_s = time.monotonic() - begun
        page_s = self._page(begun)
        if has_pages:
            cpu_s += self._run("scripts/install.sh", "requirements-demo.lock")
        return Cost(cpu_s, install_s, page_s)

    def _run(self, *command: str) -> float:
        """The processor's seconds that it took, with all it started."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        with self._log.open("ab") as log:
            subprocess.run(
                command, cwd=self.root, env=self._environment, stdout=log, stderr=log, check=True
            )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime

    def _page(self, begun: float) -> float | None:
        """Seconds from then until the demo shows a page; None where it ends or takes too long."""
        command = [str(self.root / ".venv" / "bin" / "madang"), "demo"]
        with self._log.open("ab") as log:
            demo = subprocess.Popen(
                [*command, "--base-port", str(self._base_port)],
                cwd=self.root, env=self._environment, stdout=log, stderr=log,
            )  # fmt: skip
        try:
            while demo.poll() is None and time.monotonic() - begun < WITHIN_S:
                if self._answers():
                    return time.monotonic() - begun
                time.sleep(0.2)
            return None
        finally:
            demo.send_signal(signal.SIGINT)
            demo.wait()

    def _answers(self) -> bool:
        address = f"http://localhost:{self._base_port + 11}{SAYS}"
        try:
            with urllib.request.urlopen(address, timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def last_words(self) -> str:
        return self._log.read_text(errors="replace")[-2000:]


def _git(folder: Path, *arguments: str) -> str:
    """Raises CalledProcessError."""
    done = subprocess.run(
        ["git", *arguments], cwd=folder, check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout.strip()


def measured(name: str, commit: str, base_port: int) -> Cost:
    """Raises SystemExit where it cannot be installed."""
    with tempfile.TemporaryDirectory(prefix="madang-install-", dir="/var/tmp") as folder:
        copy = Copy(Path(folder), commit, base_port)
        try:
            cost = copy.first_start()
        except subprocess.CalledProcessError as error:
            raise SystemExit(f"{name}: {error}\n{copy.last_words()}") from error
        if cost.page_s is None:
            print(f"{name}: the demo shows no page\n{copy.last_words()}", file=sys.stderr)
        page = "none" if cost.page_s is None else f"{cost.page_s:.0f}"
        print(f"{name:<14}{cost.cpu_s:>12.0f}{cost.install_s:>12.0f}{page:>14}", flush=True)
        return cost


def ratio(ours: float | None, theirs: float | None) -> float | None:
    return round(ours / theirs, 3) if ours and theirs else None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--against", default="a150f951c1d6")
    parser.add_argument("--base-port", type=int, default=18_700)
    given = parser.parse_args()
    print(f"{'build':<14}{'install CPU s':>12}{'installed s':>12}{'first page s':>14}", flush=True)
    ours = measured("this", "HEAD", given.base_port)
    theirs = measured(given.against, given.against, given.base_port)
    print(
        json.dumps(
            {
                "install_cpu_ratio": ratio(ours.cpu_s, theirs.cpu_s),
                "first_page_ratio": ratio(ours.page_s, theirs.page_s),
                "install_cpu_s": round(ours.cpu_s, 1),
                "first_page_s": ours.page_s and round(ours.page_s, 1),
            }
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
