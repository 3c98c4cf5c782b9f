"""Writes what docs/reference/ says of configuration, commands, problem codes and events, from the code.

    python scripts/make_reference.py [--check] [events.md]

`--check` exits 1 when a file is not what the code says (a test runs it).
"""

import importlib
import os
import pkgutil
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from hub.app import build as build_hub  # noqa: E402
from hub.config import HubConfig  # noqa: E402
from hub.keys import make_keys as make_hub_keys  # noqa: E402
from hub.schools.authority import make_authority  # noqa: E402
from kit.clock import DAY, SystemClock  # noqa: E402
from kit.config import explain  # noqa: E402
from kit.event import Event, event_tag  # noqa: E402
from kit.i18n import catalogues  # noqa: E402
from kit.outbox import KEPT, Since  # noqa: E402
from kit.problem import Problem  # noqa: E402
from kit.slice import Slice  # noqa: E402
from kit.web.assembly import ASSEMBLY  # noqa: E402
from node.app import build as build_node  # noqa: E402
from node.config import NodeConfig  # noqa: E402
from node.keys import make_keys as make_node_keys  # noqa: E402

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


def events() -> str:
    """Every event of both servers: who publishes it, who hears of it, whom a live page may tell."""
    text = (
        "# Events\n\nMade from the code by `make docs`. An event is recorded in the transaction that"
        " made it happen. Each slice that hears of it gets it at least once and in order; a slice that"
        f" is new, what happens from then on. Events that all have heard are kept for {KEPT // DAY}"
        " days. A live page is told that something happened, never what.\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        for title, slices in (
            ("School", _slices_of_a_school(Path(folder) / "school")),
            ("Hub", _slices_of_a_hub(Path(folder) / "hub")),
        ):
            text += (
                f"\n## {title}\n\n| event | published by | heard by | a live page may tell |\n"
                "|---|---|---|---|\n" + "".join(f"{line}\n" for line in _lines(slices))
            )
    return text


def _lines(slices: Sequence[Slice]) -> list[str]:
    told = {kind: (one.name, _told(rule)) for one in slices for kind, rule in one.heard_by.items()}
    of_kit = {
        kind: (kind.__module__.split(".")[1], "nobody")
        for one in slices
        for kind in one.hears
        if kind not in told
    }
    return sorted(
        f"| `{event_tag(kind)}` | {name} | {_hearers(kind, slices)} | {whom} |"
        for kind, (name, whom) in {**of_kit, **told}.items()
    )


def _slices_of_a_school(folder: Path) -> Sequence[Slice]:
    make_node_keys(folder / "keys")
    config = NodeConfig(school_id="J100000001", school_name="School", data_dir=str(folder))
    return build_node(config)[ASSEMBLY].slices


def _slices_of_a_hub(folder: Path) -> Sequence[Slice]:
    config = HubConfig(data_dir=str(folder))
    make_hub_keys(config.keys)
    make_authority(config.keys, config.province, config.api_names, SystemClock())
    return build_hub(config).assembly.slices


def _hearers(kind: type[Event], slices: Sequence[Slice]) -> str:
    """The slices that do something about it."""
    return ", ".join(
        one.name if one.since is Since.NOW else f"{one.name} (from the beginning)"
        for one in slices
        if kind in one.hears
    )


def _told(rule: Callable[..., bool]) -> str:
    """What the docstring of a rule of `Slice.heard_by`, or of its maker, begins with."""
    name = rule.__qualname__.split(".")[0]
    said: str = vars(sys.modules[rule.__module__])[name].__doc__
    return re.split(r"[.:]", said, maxsplit=1)[0].lower()


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
        "configuration.md": configuration,
        "commands.md": commands,
        "problems.md": problems,
        "events.md": events,
    }
    named = [one for one in sys.argv[1:] if not one.startswith("--")]
    stale = []
    for name in named or pages:
        place, text = REFERENCE / name, pages[name]()
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
