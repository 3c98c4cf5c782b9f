"""What docstrings name in backticks, and whether it is there: `faults_in(path, house)`.

Looked at are files of Python (`tests/naming.py`), single names (`faults_in`, `faults_in(path)`) and
names of something within a module or a class (`tests.naming.House`, `House.modules`). What cannot be
told from a variable, an event's tag or somebody else's library passes: a name with dots is a fault
only when the module or class in front is ours and holds no such word.
"""

import ast
import builtins
import re
from collections.abc import Iterator
from pathlib import Path

QUOTED = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
FILE = re.compile(r"[\w/-]+\.py")
SINGLE = re.compile(r"([A-Za-z_]+)(?:\(.*\))?")
DOTTED = re.compile(r"([A-Za-z_]\w*(?:\.\w+)+)(?:\(.*\))?")
BLOCKS = ("body", "orelse", "finalbody", "handlers")
GIVEN = re.compile(r"\b(?:self\.)?(\w+)=|\bself\.(\w+)")


class Module:
    """A file: its docstrings, its words besides, and what others can name of it."""

    def __init__(self, text: str, tree: ast.Module) -> None:
        statements = list(_statements(tree))
        self.docstrings = list(_docstrings([tree, *statements]))
        lines = text.splitlines()
        for _line, docstring in self.docstrings:
            text = text.replace(docstring, "")
        self.words = set(re.findall(r"\w+", text))
        self.given = {name for pair in GIVEN.findall(text) for name in pair}
        self.named = set(_assigned(tree.body))
        self.classes: dict[str, set[str]] = {}
        for entry in statements:
            if isinstance(entry, ast.ClassDef):
                own = "\n".join(lines[entry.lineno - 1 : entry.end_lineno])
                self.classes[entry.name] = set(re.findall(r"\w+", own))
                self.named |= set(_assigned(entry.body))
            if isinstance(entry, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                self.named.add(entry.name)


class House:
    """All that there is to be named."""

    def __init__(self, root: Path, trees: dict[str, ast.Module]) -> None:
        """`trees`: what was parsed, by its path below `root`."""
        self.paths = set(trees)
        self.modules = {
            _dotted(path): Module((root / path).read_text("utf-8"), tree)
            for path, tree in trees.items()
        }
        self.named = {part for module in self.modules for part in module.split(".")}
        self.classes: dict[str, set[str]] = {}
        for module in self.modules.values():
            self.named |= module.named
            for name, words in module.classes.items():
                self.classes[name] = self.classes.get(name, set()) | words
        for room in {path.split("/")[0] for path in trees}:
            for script in (root / room).rglob("*.sql"):
                self.named |= set(re.findall(r"\w+", script.read_text("utf-8")))

    def has(self, name: str, module: str) -> bool:
        """Whether what stands in backticks in a docstring of `module` is there, or none of ours."""
        if FILE.fullmatch(name):
            return any(path == name or path.endswith("/" + name) for path in self.paths)
        if found := SINGLE.fullmatch(name):
            return self._has_single(found[1], module)
        if found := DOTTED.fullmatch(name):
            return self._has_dotted(found[1], module)
        return True

    def _has_single(self, name: str, module: str) -> bool:
        slice_ = module.rpartition(".")[0]
        if name in self.modules[module].words or name in self.named or hasattr(builtins, name):
            return True
        if any(
            name in one.given for known, one in self.modules.items() if known.startswith(slice_)
        ):
            return True
        return name.startswith("_") and any(known.endswith(name) for known in self.named)

    def _has_dotted(self, name: str, module: str) -> bool:
        if self._words_of(name, module) is not None:
            return True
        parts = name.split(".")
        for length in range(len(parts) - 1, 0, -1):
            words = self._words_of(".".join(parts[:length]), module)
            if words is not None:
                return parts[length] in words
        return parts[0] not in self.classes or self._holds(parts[0], parts[1])

    def _words_of(self, name: str, module: str) -> set[str] | None:
        """The words of the modules that `name` can mean in `module`; None when it names none."""
        if "." in name:
            found = [known for known in self.modules if f".{known}".endswith("." + name)]
        else:
            found = [f"{module.rpartition('.')[0]}.{name}"]
        held = [self.modules[known].words for known in found if known in self.modules]
        return set[str]().union(*held) if held else None

    def _holds(self, name: str, word: str) -> bool:
        """Whether a class holds a word, or one that it speaks of, such as what it inherits from."""
        held = self.classes[name]
        return word in held or any(
            word in self.classes[other] for other in held & set(self.classes)
        )


def faults_in(path: str, house: House) -> Iterator[tuple[int, str]]:
    """(line of the docstring, name) of everything that a file's docstrings name and that is not there."""
    module = _dotted(path)
    for line, text in house.modules[module].docstrings:
        for name in QUOTED.findall(text):
            if not house.has(name, module):
                yield line, name


def _dotted(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _statements(entry: ast.AST) -> Iterator[ast.AST]:
    for block in BLOCKS:
        for step in getattr(entry, block, None) or ():
            yield step
            yield from _statements(step)


def _docstrings(entries: list[ast.AST]) -> Iterator[tuple[int, str]]:
    """Of modules, classes and functions, and those that stand behind a constant."""
    for entry in entries:
        for step in getattr(entry, "body", None) or ():
            said = step.value if isinstance(step, ast.Expr) else None
            if isinstance(said, ast.Constant) and isinstance(said.value, str):
                yield step.lineno, said.value


def _assigned(steps: list[ast.stmt]) -> Iterator[str]:
    """What a module or a class calls its own; what a function does is known to nobody else."""
    for step in steps:
        if isinstance(step, ast.Assign | ast.AnnAssign):
            for target in step.targets if isinstance(step, ast.Assign) else [step.target]:
                for name in ast.walk(target):
                    if isinstance(name, ast.Name):
                        yield name.id
