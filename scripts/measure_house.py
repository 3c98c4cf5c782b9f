"""Measures the house against its yardstick and says how large it is. Exits 1 when a bound is passed.

    python scripts/measure_house.py

- A function has at most 80 lines (95 of 100 at most 40), a file at most 600.
- A class of the product has at most 25 methods: every `def` of its body counts, public, private or a
  property.
- What makes one needs at most 7 arguments. Those of `__init__` count, and the fields of a dataclass or
  Struct that acts (it may change, and has verbs), without those that begin with a value: these are its
  state. Of a frozen one only the fields count that are services themselves, classes with an `__init__`
  of their own: values are not collaborators.
- A public class name stands once in a server: not in two of its slices, its own files being one more,
  nor in a slice and in a module of kit that this slice imports, unless the one refines the other.
"""

import ast
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
PRODUCT = ("protocol", "kit", "models", "node", "hub")
ROOMS = (*PRODUCT, "scripts", "tests")
SERVERS = ("node", "hub")
LONGEST_FUNCTION, FUNCTION_P95, LONGEST_FILE = 80, 40, 600
MOST_METHODS, MOST_ARGUMENTS = 25, 7

Definition = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Class:
    """A class of the product."""

    path: str
    node: ast.ClassDef
    is_outermost: bool

    @property
    def name(self) -> str:
        return self.node.name

    @property
    def room(self) -> str:
        return self.path.split("/")[0]

    @property
    def place(self) -> str:
        return f"{self.path}:{self.name}"

    @property
    def methods(self) -> list[Definition]:
        return [one for one in self.node.body if isinstance(one, Definition)]

    @property
    def fields(self) -> list[ast.AnnAssign]:
        """Of a dataclass or Struct: what it is made of."""
        return [
            one
            for one in self.node.body
            if isinstance(one, ast.AnnAssign) and "ClassVar" not in ast.unparse(one.annotation)
        ]

    @property
    def is_made_of_fields(self) -> bool:
        says = [*self.node.decorator_list, *self.node.bases]
        return any("dataclass" in ast.unparse(one) or "Struct" in ast.unparse(one) for one in says)

    @property
    def is_frozen(self) -> bool:
        calls = [one for one in self.node.decorator_list if isinstance(one, ast.Call)]
        said = [*self.node.keywords, *(word for call in calls for word in call.keywords)]
        return any(one.arg == "frozen" and ast.unparse(one.value) == "True" for one in said)

    @property
    def has_verbs(self) -> bool:
        return any(
            not one.name.startswith("_")
            and not any("property" in ast.unparse(word) for word in one.decorator_list)
            for one in self.methods
        )

    def refines(self, other: "Class") -> bool:
        """Whether it is the same thing, of one server: a class of the same name's own."""
        return any(other.name in ast.unparse(base) for base in self.node.bases)


class House:
    """Every module below a root, parsed."""

    def __init__(self, root: Path) -> None:
        self.modules: dict[str, ast.Module] = {}
        self.lines: dict[str, int] = {}
        for file in (file for room in ROOMS for file in sorted((root / room).rglob("*.py"))):
            source = file.read_text(encoding="utf-8")
            path = str(file.relative_to(root))
            self.modules[path] = ast.parse(source)
            self.lines[path] = source.count("\n")
        self.classes = list(self._classes())
        self._services = {
            one.name
            for one in self.classes
            if any(method.name == "__init__" for method in one.methods)
        }
        self._imported: dict[str, set[str]] = defaultdict(set)
        for path, tree in self.modules.items():
            self._imported[slice_of(path)] |= imports_of(tree)

    def _classes(self) -> Iterator[Class]:
        for path, module in self.modules.items():
            if path.split("/")[0] in PRODUCT:
                for entry in statements(module):
                    if isinstance(entry, ast.ClassDef):
                        yield Class(path, entry, entry in module.body)

    def functions(self) -> list[tuple[int, str]]:
        """(lines, place), the longest first."""
        found = [
            (entry.end_lineno or entry.lineno, path, entry)
            for path, module in self.modules.items()
            for entry in statements(module)
            if isinstance(entry, Definition)
        ]
        return sorted(
            (
                (end - entry.lineno + 1, f"{path}:{entry.lineno} {entry.name}")
                for end, path, entry in found
            ),
            reverse=True,
        )

    def methods(self) -> list[tuple[int, Class]]:
        """How many each class has, the most first."""
        return _sorted((len(one.methods), one) for one in self.classes)

    def arguments(self) -> list[tuple[int, Class]]:
        """From how many things each class is made, the most first."""
        return _sorted((self._arguments_of(one), one) for one in self.classes)

    def _arguments_of(self, one: Class) -> int:
        for method in one.methods:
            if method.name == "__init__":
                said = method.args
                return len(said.posonlyargs) + len(said.args) + len(said.kwonlyargs) - 1
        if not one.is_made_of_fields:
            return 0
        if not one.is_frozen and one.has_verbs:
            return sum(field.value is None for field in one.fields)
        return sum(self._is_service(field.annotation) for field in one.fields)

    def _is_service(self, annotation: ast.expr) -> bool:
        words = {word.id for word in ast.walk(annotation) if isinstance(word, ast.Name)}
        return not words.isdisjoint(self._services)

    def twice(self, server: str) -> dict[str, list[str]]:
        """Public class names that stand in two slices of a server → their places."""
        own: dict[str, list[Class]] = defaultdict(list)
        kit: dict[str, list[Class]] = defaultdict(list)
        for one in self.classes:
            if one.is_outermost and not one.name.startswith("_") and one.room in (server, "kit"):
                (own if one.room == server else kit)[one.name].append(one)
        found = {}
        for name, ours in own.items():
            near = [one for one in kit[name] if any(self._meets(each, one) for each in ours)]
            if near or len({slice_of(one.path) for one in ours}) > 1:
                found[name] = [one.place for one in (*ours, *near)]
        return dict(sorted(found.items()))

    def _meets(self, ours: Class, of_kit: Class) -> bool:
        """Whether the slice of a class works with a class of kit that is called the same."""
        module = of_kit.path.removesuffix(".py").replace("/", ".")
        return module in self._imported[slice_of(ours.path)] and not ours.refines(of_kit)

    def slices(self, server: str) -> set[str]:
        """`node/people` and the others of a server."""
        return {one for one in map(slice_of, self.modules) if one.startswith(f"{server}/")}

    def arrows(self, server: str) -> set[tuple[str, str]]:
        """(importer, imported) of the slices of a server; its own files, which wire them, left out."""
        slices = self.slices(server)
        return {
            (importer, imported)
            for importer in slices
            for imported in ("/".join(name.split(".")[:2]) for name in self._imported[importer])
            if imported in slices and imported != importer
        }


def _sorted(found: Iterable[tuple[int, Class]]) -> list[tuple[int, Class]]:
    return sorted(found, key=lambda one: (-one[0], one[1].place))


def slice_of(path: str) -> str:
    """`node/people` of a file below it, `node` of `node/doctor.py`."""
    return "/".join(path.split("/")[:-1][:2])


def statements(within: ast.AST) -> Iterator[ast.stmt]:
    """Every statement, also within others: a tenth of what `ast.walk` goes through."""
    for field in ("body", "handlers", "orelse", "finalbody", "cases"):
        for one in getattr(within, field, ()):
            if isinstance(one, ast.stmt):
                yield one
            yield from statements(one)


def imports_of(tree: ast.Module) -> set[str]:
    """The modules a module imports, each also as the package of what is taken from it."""
    found: set[str] = set()
    for entry in statements(tree):
        if isinstance(entry, ast.Import):
            found |= {one.name for one in entry.names}
        elif isinstance(entry, ast.ImportFrom) and entry.module:
            found |= {entry.module, *(f"{entry.module}.{one.name}" for one in entry.names)}
    return found


def faults_in(house: House) -> list[str]:
    """What passes a bound."""
    functions = house.functions()
    faults = [f"function of {n} lines: {place}" for n, place in functions if n > LONGEST_FUNCTION]
    p95 = functions[len(functions) // 20][0] if functions else 0
    if p95 > FUNCTION_P95:
        faults.append(f"p95 of function length is {p95}, over {FUNCTION_P95}")
    faults += [f"file of {n} lines: {path}" for path, n in house.lines.items() if n > LONGEST_FILE]
    faults += [
        f"class with {n} methods, over {MOST_METHODS}: {one.place}"
        for n, one in house.methods()
        if n > MOST_METHODS
    ]
    faults += [
        f"class made from {n} things, over {MOST_ARGUMENTS}: {one.place}"
        for n, one in house.arguments()
        if n > MOST_ARGUMENTS
    ]
    return faults + [
        f"the class name {name} stands twice in the {server}: {', '.join(places)}"
        for server in SERVERS
        for name, places in house.twice(server).items()
    ]


def told(house: House) -> Iterator[str]:
    """How large the house is, in lines of text."""
    functions = [lines for lines, _place in house.functions()]
    p95, median = functions[len(functions) // 20], functions[len(functions) // 2]
    lines, longest = max((lines, path) for path, lines in house.lines.items())
    yield f"{len(functions)} functions: median {median}, p95 {p95}, longest {functions[0]} lines"
    yield f"{len(house.lines)} files: longest {lines} lines ({longest})"
    methods, busiest = house.methods()[0]
    arguments, neediest = house.arguments()[0]
    yield f"{len(house.classes)} classes of the product: at most {methods} methods ({busiest.place}),"
    yield f"  at most {arguments} constructor arguments ({neediest.place})"
    for server in SERVERS:
        yield (
            f"{server}: {len(house.slices(server))} slices, {len(house.arrows(server))} import arrows"
            f" between them, {len(house.twice(server))} class names twice,"
            f" app.py {house.lines[f'{server}/app.py']} lines"
        )


def main() -> int:
    house = House(ROOT)
    for line in told(house):
        print(line)
    faults = faults_in(house)
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
