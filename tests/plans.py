"""How SQLite runs the statements of the stores, for tests that ask what an action costs.

    for one in statements(ROOMS, known):
        walks(connection, one.sql)        # what it reads row after row, looking for nothing

A statement is read from the program's text: the first argument of `tx.rows(…)` and the like, put
together of constants as the module has them. What is put together of a parameter is told by `known`.
"""

import ast
import builtins
import importlib
import itertools
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

ROOT = Path(__file__).parent.parent
SQL_AT = {"execute": 0, "many": 0, "rows": 0, "row": 0, "value": 0, "structs": 1, "struct": 1}
"""Methods of kit.db.Tx, and which argument is the statement."""

Known = Mapping[str, Sequence[object]]
"""`module.name` → what a name that is no constant may be there."""


class Statement(msgspec.Struct, frozen=True):
    """A statement and the function that runs it."""

    function: str
    sql: str


class Unreadable(msgspec.Struct, frozen=True):
    """A place whose statement is not put together of what this test can know."""

    function: str
    text: str


def statements(
    rooms: Sequence[str], known: Known, without: frozenset[str] = frozenset()
) -> tuple[list[Statement], list[Unreadable]]:
    """Every statement of the modules below these folders, and the places that cannot be read.
    `without`: modules that are left out."""
    found: list[Statement] = []
    unreadable: list[Unreadable] = []
    for room in rooms:
        for path in sorted((ROOT / room).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            if name in without:
                continue
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for function, call in _calls(tree, name):
                values = _Reader(name, tree, function.node, known).values(call)
                if values is None:
                    unreadable.append(Unreadable(function.name, ast.unparse(call)))
                else:
                    found += [Statement(function.name, sql) for sql in values]
    return found, unreadable


class _Function(msgspec.Struct, frozen=True):
    name: str
    node: Any


def _calls(tree: ast.AST, name: str) -> Iterator[tuple[_Function, ast.expr]]:
    """The statements' expressions with the innermost named function around each."""

    def walk(node: ast.AST, within: _Function) -> Iterator[tuple[_Function, ast.expr]]:
        for child in ast.iter_child_nodes(node):
            inner = within
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                inner = _Function(f"{within.name}.{child.name}", child)
            if isinstance(child, ast.Call) and _is_sql(child):
                assert isinstance(child.func, ast.Attribute)
                yield inner, child.args[SQL_AT[child.func.attr]]
            yield from walk(child, inner)

    yield from walk(tree, _Function(name, tree))


def _is_sql(call: ast.Call) -> bool:
    function = call.func
    return (
        isinstance(function, ast.Attribute)
        and function.attr in SQL_AT
        and isinstance(function.value, ast.Name)
        and function.value.id == "tx"
        and len(call.args) > SQL_AT[function.attr]
    )


class _Reader:
    """Puts together what an expression may be, of constants, branches and known names."""

    def __init__(self, module: str, tree: ast.Module, function: ast.AST, known: Known) -> None:
        self._module = module
        self._tree = tree
        self._names = vars(importlib.import_module(module))
        self._function = function
        self._known = known

    def values(self, expression: ast.expr) -> list[str] | None:
        """Each text that it may be; None where one cannot be told."""
        try:
            found = list(self._of(expression))
        except (LookupError, NameError, TypeError, ValueError):
            return None
        return [str(value) for value in found] if found else None

    def _of(self, node: ast.expr) -> Iterator[Any]:
        match node:
            case ast.Constant(value=value):
                yield value
            case ast.Name(id=name):
                yield from self._name(name)
            case ast.IfExp(body=body, orelse=orelse):
                yield from self._of(body)
                yield from self._of(orelse)
            case ast.BinOp(left=left, right=right, op=ast.Add()):
                for one, other in itertools.product(self._of(left), list(self._of(right))):
                    yield one + other
            case ast.BinOp(left=left, op=ast.Mult()):
                for one in self._of(left):
                    yield one * 2
            case ast.Subscript(value=value):
                for one in self._of(value):
                    yield from one.values()
            case ast.Call(func=ast.Attribute(value=value, attr="get")):
                for one in self._of(value):
                    yield from one.values()
            case ast.Call(func=function, args=arguments):
                given = [list(self._of(argument)) for argument in arguments]
                for one in self._of(function):
                    yield from (one(*chosen) for chosen in itertools.product(*given))
            case ast.Attribute(value=value, attr=attribute):
                for one in self._of(value):
                    yield getattr(one, attribute)
            case _:
                raise ValueError(ast.unparse(node))

    def _name(self, name: str) -> Iterator[Any]:
        told = self._known.get(f"{self._module}.{name}")
        if told is not None:
            yield from told
            return
        function = self._function
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            assigned = [
                entry.value
                for entry in ast.walk(function)
                if isinstance(entry, ast.Assign)
                and any(isinstance(one, ast.Name) and one.id == name for one in entry.targets)
            ]
            for value in assigned:
                yield from self._of(value)
            parameters = [one.arg for one in function.args.args]
            if name in parameters:
                yield from self._given(function.name, parameters.index(name))
            if assigned or name in parameters:
                return
        yield self._names[name] if name in self._names else vars(builtins)[name]

    def _given(self, function: str, place: int) -> Iterator[Any]:
        """What the module's other functions give as an argument."""
        for caller in ast.walk(self._tree):
            if not isinstance(caller, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            within = _Reader(self._module, self._tree, caller, self._known)
            for call in ast.walk(caller):
                if (
                    isinstance(call, ast.Call)
                    and isinstance(call.func, ast.Name)
                    and call.func.id == function
                    and len(call.args) > place
                ):
                    yield from within._of(call.args[place])


# How it is run ----------------------------------------------------------------------------------


class Walk(msgspec.Struct, frozen=True):
    """Rows that a statement reads one after the other."""

    table: str
    index: str
    """Through which they are found; "" for the table's own order."""
    bound: str
    """What ends them, as the plan has it; "" where all are read."""


def walks(connection: sqlite3.Connection, sql: str) -> set[Walk]:
    """What a statement reads without naming a value that it looks for: every row of a table or of an
    index, or all that are larger or smaller than something.

    The plan tells that something is walked, by the name that the statement gives it; the program of
    the statement tells which table it begins to read at an end.
    """
    plan = [str(row[3]) for row in _explained(connection, "EXPLAIN QUERY PLAN " + sql)]
    lines = [line for line in plan if _is_walk(line)]
    if not lines:
        return set()
    names = _named(connection, sql)
    begun = _begun(connection, sql)
    tables = {name for (name,) in connection.execute(_TABLES)}
    of_index: dict[str, str] = dict(connection.execute(_INDEXES))
    found = set()
    for line in lines:
        what = line.split()
        bound = line[line.rindex("(") :] if line.startswith("SEARCH") else ""
        index = what[what.index("INDEX") + 1] if "INDEX" in what else ""
        meant = names.get(what[1], {what[1]}) & tables
        for table in {of_index[index]} if index in of_index else meant:
            if bound or "AUTOMATIC" in line or table in begun:
                found.add(Walk(table, "" if "AUTOMATIC" in line else index, bound))
    return found


_TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table'"
_INDEXES = "SELECT name, tbl_name FROM sqlite_schema WHERE type = 'index'"
_EQUAL = re.compile(r"(\w+|\(.*\))(?<![<>])=")
FEW_VALUES = frozenset({"state", "kind", "year", "tag", "key"})
"""Columns by which one looks for something and finds much of all there is: `guardians` is the key of
half of the letters."""


def _is_walk(line: str) -> bool:
    if line.startswith("SCAN "):
        return "VIRTUAL TABLE" not in line
    if "AUTOMATIC" in line:
        return True
    terms = line.replace("<expr>", "expression")
    return (
        line.startswith("SEARCH ")
        and line.endswith(")")
        and FEW_VALUES.issuperset(_EQUAL.findall(terms))
    )


def _begun(connection: sqlite3.Connection, sql: str) -> set[str]:
    """Tables whose first or last row, or that of an index, the program goes to."""
    roots = dict(connection.execute("SELECT rootpage, tbl_name FROM sqlite_schema"))
    opened: dict[int, str] = {}
    found = set()
    for row in _explained(connection, "EXPLAIN " + sql):
        _address, code, cursor, root = row[:4]
        if code in ("OpenRead", "OpenWrite") and root in roots:
            opened[cursor] = roots[root]
        elif code in ("Rewind", "Last") and cursor in opened:
            found.add(opened[cursor])
    return found


def _explained(connection: sqlite3.Connection, sql: str) -> list[tuple[Any, ...]]:
    try:
        return connection.execute(sql).fetchall()
    except sqlite3.ProgrammingError as error:
        wanted = re.search(r"statement uses (\d+)", str(error))
        if wanted is None:
            raise
        return connection.execute(sql, ("1",) * int(wanted[1])).fetchall()


_SOURCE = re.compile(
    r"\b(?:FROM|JOIN|INTO|UPDATE)\s+(\w+)(?:\s+(?:AS\s+)?(?!WHERE|JOIN|LEFT|ON|ORDER|GROUP|SET|LIMIT|UNION|INDEXED|NOT|CROSS|VALUES|EXCEPT|HAVING)(\w+))?"
    r"|,\s*(\w+)\s+(?:AS\s+)?(\w+)(?=\s|,|\)|$)",
    re.IGNORECASE,
)


def _named(connection: sqlite3.Connection, sql: str) -> dict[str, set[str]]:
    """What the names of a statement may stand for: its own, and those of the views it looks into."""
    schema = {
        name: (kind, text)
        for name, kind, text in connection.execute("SELECT name, type, sql FROM sqlite_schema")
    }
    found: dict[str, set[str]] = {}
    waiting, seen = [sql], set()
    while waiting:
        for match in _SOURCE.finditer(waiting.pop()):
            table, alias = match[1] or match[3], match[2] or match[4]
            if table not in schema:
                continue
            kind, text = schema[table]
            if kind == "table":
                found.setdefault(table, set()).add(table)
                if alias:
                    found.setdefault(alias, set()).add(table)
            elif table not in seen:
                seen.add(table)
                waiting.append(text)
    return found
