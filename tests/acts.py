"""What the details of a slice's acts are called, as its text has it."""

import ast
from collections.abc import Collection, Iterator
from pathlib import Path

from node.approval.model import Rules
from node.people.lists.columns import LABELS as LISTS
from node.settings.model import MailWords, SchoolWords

Function = ast.FunctionDef | ast.AsyncFunctionDef

RECORD = "audit.record"
COMPUTED: dict[str, set[str]] = {
    "_told(changed)": {*SchoolWords.__struct_fields__, *MailWords.__struct_fields__},
    "msgspec.to_builtins(rules)": {*Rules.__struct_fields__},
    "str(tally.list)": {*LISTS},
}
"""Names that are no words of the text, by what computes them there."""


def detail_names(folder: Path) -> set[str]:
    """The names under which a slice tells details to `audit.record`, also through functions of its own
    that hand them on (`**detail`). Raises KeyError of what can neither be read nor is in COMPUTED."""
    trees = [ast.parse(path.read_text("utf-8")) for path in sorted(folder.rglob("*.py"))]
    functions = [one for tree in trees for one in _functions(tree)]
    arguments: dict[str, set[str]] = {RECORD: set()}
    known = 0
    while known < len(arguments):
        known = len(arguments)
        arguments |= {one.name: _arguments(one) for one in functions if _hands_on(one, arguments)}
    return {
        name
        for function in functions
        for call in _calls(function, arguments)
        for keyword in call.keywords
        for name in _names(keyword, function) - arguments[_called(call)]
    }


def _functions(tree: ast.Module) -> Iterator[Function]:
    """Functions and methods, each with those written within it."""
    for part in tree.body:
        for one in part.body if isinstance(part, ast.ClassDef) else [part]:
            if isinstance(one, Function):
                yield one


def _called(call: ast.Call) -> str:
    said = ast.unparse(call.func)
    return said if said == RECORD else said.rpartition(".")[2]


def _calls(function: Function, names: Collection[str]) -> Iterator[ast.Call]:
    for part in ast.walk(function):
        if isinstance(part, ast.Call) and _called(part) in names:
            yield part


def _arguments(function: Function) -> set[str]:
    return {one.arg for one in (*function.args.args, *function.args.kwonlyargs)}


def _hands_on(function: Function, names: Collection[str]) -> bool:
    calls = _calls(function, names)
    return any(_is_given(one, function) for call in calls for one in call.keywords)


def _is_given(keyword: ast.keyword, function: Function) -> bool:
    """Whether it is the `**detail` that the function was given itself."""
    given = function.args.kwarg
    return keyword.arg is None and given is not None and ast.unparse(keyword.value) == given.arg


def _names(keyword: ast.keyword, function: Function) -> set[str]:
    if keyword.arg is not None:
        return {keyword.arg}
    return set() if _is_given(keyword, function) else _keys(keyword.value, function)


def _keys(value: ast.expr, function: Function) -> set[str]:
    """The keys that a dictionary within a function may have."""
    match value:
        case ast.Dict():
            pairs = list(zip(value.keys, value.values, strict=True))
            found = {ast.literal_eval(key) for key, _value in pairs if key is not None}
            return found.union(*(_keys(one, function) for key, one in pairs if key is None))
        case ast.IfExp():
            return _keys(value.body, function) | _keys(value.orelse, function)
        case ast.DictComp() if ast.unparse(value.key) in COMPUTED:
            return COMPUTED[ast.unparse(value.key)]
        case ast.Name() if given := _given(value.id, function):
            return set().union(*given)
    return COMPUTED[ast.unparse(value)]


def _given(name: str, function: Function) -> list[set[str]]:
    """The keys that each assignment in a function gives a dictionary of this name."""
    found = []
    for part in ast.walk(function):
        match part:
            case (
                ast.Assign(targets=[ast.Name(id=target)], value=value)
                | ast.AnnAssign(target=ast.Name(id=target), value=ast.expr() as value)
            ) if target == name:
                found.append(_keys(_without(name, value), function))
            case ast.Assign(
                targets=[ast.Subscript(value=ast.Name(id=target), slice=ast.Constant(value=key))]
            ) if target == name:
                found.append({str(key)})
    return found


def _without(name: str, value: ast.expr) -> ast.expr:
    """A dictionary without what it takes over from its former self."""
    if not isinstance(value, ast.Dict):
        return value
    pairs = [
        (key, one)
        for key, one in zip(value.keys, value.values, strict=True)
        if key is not None or ast.unparse(one) != name
    ]
    return ast.Dict([key for key, _one in pairs], [one for _key, one in pairs])
