"""Writes a new slice: its folder, its table of routes, its tests; joins it to its server, and tells of its
events in docs/reference/events.md.

    python scripts/new_slice.py bookings              of the node
    python scripts/new_slice.py bookings --hub        of the hub
    python scripts/new_slice.py bookings --beside people

What is written is a small board of the staff, which has something of all that a slice can bring, and is
green under `make lint` and its own tests; docs/how-to/add-a-slice.md tells how to go on. It is made of
the files in scripts/slice_template. Exits 2 with a line that says why, where nothing was written.
"""

import argparse
import ast
import builtins
import keyword
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from string import Template

import msgspec

ROOT = Path(__file__).parent.parent
TEMPLATES = Path(__file__).parent / "slice_template"
LONGEST_NAME = 16  # characters: what is written keeps to the width of a line
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
NAMELESS = {"utils", "helpers", "common", "misc", "base", "manager", "data", "info"}
COMPAT = re.compile(r"\A-- compat: (?:node (?P<node>\d+), hub (?P<hub>\d+)|(?P<own>\d+))\n")
BESIDE = {"node": "drive", "hub": "directory"}
"""Beside whom a slice stands if nothing else was said: above people and what they need."""


class Refused(Exception):
    """Nothing was written; the text says why."""


class Wanted(msgspec.Struct, frozen=True):
    """A slice to be written. `room`: node or hub; `beside`: the slice whose floor it shares."""

    name: str
    room: str
    beside: str

    @property
    def title(self) -> str:
        """As classes are called: class_trips → ClassTrips."""
        return "".join(part.capitalize() for part in self.name.split("_"))


def check(wanted: Wanted) -> None:
    """Raises Refused where such a slice cannot be written here."""
    for needed in ("pyproject.toml", "node/app.py", "hub/app.py"):
        if not (ROOT / needed).is_file():
            raise Refused(f"{ROOT} is no checkout of Madang: {needed} is not there")
    name = wanted.name
    if not NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise Refused(f"'{name}' is no name: a to z, 0 to 9 and _, at most {LONGEST_NAME} of them")
    if keyword.iskeyword(name) or hasattr(builtins, name) or name in NAMELESS | _own_words():
        raise Refused(f"'{name}' would be mistaken for something else: choose another word")
    room = ROOT / wanted.room
    if (room / name).exists() or (room / f"{name}.py").exists():
        raise Refused(f"{wanted.room}/{name} is there already")
    if not (room / wanted.beside / "slice.py").exists():
        raise Refused(f"there is no slice {wanted.room}/{wanted.beside} to stand beside")


def _own_words() -> set[str]:
    """What the modules of a slice are called: inside it they would hide behind its name."""
    return {path.name.split(".")[0] for path in TEMPLATES.glob("*/slice/*.py.txt")} | {
        "ground",
        "hearing",
        "page",
        "joined",
    }


# The slice's own files ----------------------------------------------------------------------------


def files(wanted: Wanted) -> dict[Path, str]:
    """Where each file goes, and what it holds. Raises Refused where one is there already."""
    name, room = wanted.name, wanted.room
    words = {
        "name": name,
        "Name": wanted.title,
        "NAME": name.upper(),
        "compat": str(_compat(room)),
    }
    written = {}
    for source, target in _targets(wanted):
        text = Template(source.read_text(encoding="utf-8")).substitute(words)
        written[target] = _sorted_imports(text) if target.suffix == ".py" else text
        if target.exists():
            raise Refused(f"{target.relative_to(ROOT)} is there already")
    return written


def _targets(wanted: Wanted) -> Iterator[tuple[Path, Path]]:
    """Each file of the template, and where it goes."""
    template, own = TEMPLATES / wanted.room, ROOT / wanted.room / wanted.name
    for source in sorted((template / "slice").rglob("*.txt")):
        within = source.relative_to(template / "slice").with_suffix("")
        if within.parts[0] == "templates":
            within = Path("templates", wanted.name, *within.parts[1:])
        yield source, own / within
    tests = ROOT / "tests" / wanted.room
    yield template / "tests" / "routes.py.txt", tests / f"routes_{wanted.name}.py"
    yield template / "tests" / "test.py.txt", tests / f"test_{wanted.name}.py"


def _compat(room: str) -> int:
    """What a migration says that only adds: the oldest version that the others allow already."""
    found = [
        COMPAT.match(script.read_text(encoding="utf-8"))
        for of in ("kit", room)
        for script in sorted((ROOT / of).rglob("migrations/*.sql"))
    ]
    return max(int(one["own"] or one[room]) for one in found if one is not None)


def _sorted_imports(text: str) -> str:
    """Each block of `from … import …` in the order of its modules, wherever the name puts them."""
    blocks = text.split("\n\n")
    for at, block in enumerate(blocks):
        if block.startswith("from "):
            statements = re.split(r"\n(?=from )", block)
            blocks[at] = "\n".join(sorted(statements, key=lambda one: one.split()[1]))
    return "\n\n".join(blocks)


# What is edited -----------------------------------------------------------------------------------


def joined(wanted: Wanted) -> str:
    """The server's `app.py` with the import of the slice, and its join after that of its neighbour."""
    source = (ROOT / wanted.room / "app.py").read_text(encoding="utf-8")
    tree, lines = ast.parse(source), source.splitlines()
    module = f"{wanted.room}.{wanted.name}"
    line = f"from {module} import slice as {wanted.name}_slice"
    own = [one for one in tree.body if isinstance(one, ast.ImportFrom)]
    own = [one for one in own if (one.module or "").startswith(f"{wanted.room}.")]
    before = next((one for one in own if (one.module or "") > module), None)
    imported_at = before.lineno - 1 if before is not None else own[-1].end_lineno or 0
    beside = _join_of(tree, f"{wanted.beside}_slice")
    call = f"{' ' * beside.col_offset}joined.take({wanted.name}_slice.join(ground))"
    lines.insert(beside.end_lineno or 0, call)
    lines.insert(imported_at, line)
    return "\n".join(lines) + "\n"


def _join_of(tree: ast.Module, neighbour: str) -> ast.stmt:
    """The statement in which a slice joins. Raises Refused."""
    for one in ast.walk(tree):
        if isinstance(one, ast.Assign | ast.Expr) and f"{neighbour}.join(" in ast.unparse(one):
            return one
    raise Refused(f"app.py joins no {neighbour}, beside which the new slice is to stand")


def floored(wanted: Wanted) -> str:
    """`pyproject.toml` with the slice on its neighbour's floor. Raises Refused."""
    source = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    head, floors, rest = source.partition(f'name = "Floors of the {wanted.room}"')
    pattern = re.compile(
        rf'^(    "(?:[a-z_]+ \| )*{wanted.beside}(?: \| [a-z_]+)*)",$', re.MULTILINE
    )
    rest, found = pattern.subn(rf'\1 | {wanted.name}",', rest, count=1)
    if not found:
        raise Refused(f"pyproject.toml has no floor of {wanted.beside}")
    return head + floors + rest


def write(wanted: Wanted) -> list[Path]:
    """The slice, joined; the files that were written and changed. Raises Refused."""
    check(wanted)
    changed = {
        **files(wanted),
        ROOT / wanted.room / "app.py": joined(wanted),
        ROOT / "pyproject.toml": floored(wanted),
    }
    for path, text in changed.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(changed)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="new_slice.py", description="Write a new slice.")
    parser.add_argument("name", help="one word, small letters: bookings")
    parser.add_argument("--hub", action="store_true", help="of the hub, not of the node")
    parser.add_argument("--beside", default="", help="the slice whose floor it shares")
    given = parser.parse_args(arguments)
    room = "hub" if given.hub else "node"
    wanted = Wanted(given.name, room, given.beside or BESIDE[room])
    try:
        changed = write(wanted)
    except Refused as refused:
        print(f"new_slice: {refused}", file=sys.stderr)
        return 2
    for path in changed:
        print(path.relative_to(ROOT))
    # In a process of its own, which knows the new slice.
    subprocess.run([sys.executable, "scripts/make_reference.py", "events.md"], check=True, cwd=ROOT)
    print(f"Look at it: make demo, /{wanted.name}. Go on: docs/how-to/add-a-slice.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
