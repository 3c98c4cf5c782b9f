"""Writes what docs/reference/ says of configuration, commands and problem codes, from the code.

    python scripts/make_reference.py [--check]

`--check` exits 1 when a file is not what the code says (a test runs it).
"""

import importlib
import os
import pkgutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from hub.config import HubConfig  # noqa: E402
from kit.config import explain  # noqa: E402
from kit.i18n import catalogues  # noqa: E402
from kit.problem import Problem  # noqa: E402
from node.config import NodeConfig  # noqa: E402

REFERENCE = ROOT / "docs" / "reference"
COMMANDS = {
    "madang": ("scripts.madang", ("demo", "code", "verify")),
    "madang-node": (
        "node.cli",
        (
            "init",
            "serve",
            "join",
            "keys",
            "sync",
            "import",
            "doctor",
            "backup",
            "restore",
            "config",
        ),
    ),
    "madang-hub": (
        "hub.cli",
        ("init", "serve", "invite", "schools", "suspend", "revoke", "backup", "restore", "doctor"),
    ),
}


def configuration() -> str:
    """Every setting of both servers."""
    return (
        "# Configuration\n\nMade from the code by `make docs`.\n\n"
        "## School: `madang.toml` in the data directory, or `MADANG_NODE_<SETTING>`\n\n"
        f"```toml\n{explain(NodeConfig)}```\n\n"
        "## Hub: `hub.toml` in the data directory, or `MADANG_HUB_<SETTING>`\n\n"
        f"```toml\n{explain(HubConfig)}```\n"
    )


def commands() -> str:
    """`--help` of every command, in English."""
    parts = ["# Commands\n\nMade from the code by `make docs`.\n"]
    environment = {**os.environ, "LANG": "en_US.UTF-8", "LC_ALL": "en_US.UTF-8", "COLUMNS": "90"}
    for name, (module, verbs) in COMMANDS.items():
        parts.append(f"\n## {name}\n")
        for verb in verbs:
            said = subprocess.run(
                [sys.executable, "-m", module, verb, "--help"],
                capture_output=True, text=True, check=True, env=environment, cwd=ROOT,
            )  # fmt: skip
            parts.append(f"\n```text\n$ {name} {verb} --help\n{said.stdout.strip()}\n```\n")
    return "".join(parts)


def problems() -> str:
    """Every problem code with its status and sentence."""
    for room in ("kit", "node", "hub"):
        _import_all(importlib.import_module(room))
    words = catalogues(ROOT / "kit", ROOT / "node", ROOT / "hub")["en"]
    rows = {(kind.code, kind.status, words.gettext(kind.text)) for kind in _kinds(Problem)}
    lines = [f"| `{code}` | {status} | {text} |" for code, status, text in sorted(rows)]
    return (
        "# Problem codes\n\nMade from the code by `make docs`. APIs answer errors as RFC 9457"
        " problem+json: `title` is the code, `detail` the sentence.\n\n"
        "| code | status | sentence |\n|---|---|---|\n" + "\n".join(lines) + "\n"
    )


def _kinds(kind: type[Problem]) -> set[type[Problem]]:
    found = {kind}
    for below in kind.__subclasses__():
        found |= _kinds(below)
    return {one for one in found if one.__module__.split(".")[0] in ("kit", "node", "hub")}


def _import_all(room: ModuleType) -> None:
    for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def main() -> int:
    pages = {
        "configuration.md": configuration(),
        "commands.md": commands(),
        "problems.md": problems(),
    }
    stale = []
    for name, text in pages.items():
        place = REFERENCE / name
        if not place.exists() or place.read_text("utf-8") != text:
            stale.append(name)
            if "--check" not in sys.argv:
                place.write_text(text, "utf-8")
    if stale and "--check" in sys.argv:
        print(f"run `make docs`: {', '.join(stale)} are not what the code says", file=sys.stderr)
        return 1
    print("docs/reference: " + (", ".join(stale) or "up to date"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
