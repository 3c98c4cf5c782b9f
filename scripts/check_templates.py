"""What a template may hold: nothing that somebody typed becomes markup. Exits 1 with each fault.

    python scripts/check_templates.py

`_()` takes literals (what comes from data goes through `|label`), nothing is called safe there, and
htmx stands only beside `hx-mark`, without which `js/madang.js` keeps it from acting. What reloads by
`data-live` has an id, by which it is found in the page that comes.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import jinja2
from jinja2 import nodes

ROOT = Path(__file__).parent.parent
ROOMS = ("kit", "node", "hub")
TRANSLATING = {"_", "gettext", "ngettext"}
HTMX_TAG = re.compile(r"<[a-z][^<>]*\bhx-(?:get|post|put|patch|delete|boost|on)\b[^<>]*>")
LIVE_TAG = re.compile(r"<[a-z][^<>]*\bdata-live=[^<>]*>")
HTMX_CALL = re.compile(r"\(.*\bhx_(?:get|post|put|patch|delete|boost|on)=.*\)")


def faults_of(source: str) -> Iterator[tuple[int, str]]:
    """(line, fault) of a template's text."""
    environment = jinja2.Environment(
        autoescape=True, extensions=["jinja2.ext.i18n", "jinja2.ext.do"]
    )
    tree = environment.parse(source)
    for call in tree.find_all(nodes.Call):
        if not (isinstance(call.node, nodes.Name) and call.node.name in TRANSLATING):
            continue
        messages = call.args[: 2 if call.node.name == "ngettext" else 1]
        if not all(isinstance(one, nodes.Const) for one in messages):
            yield call.lineno, f"{call.node.name}() of a value: write `value|label`"
    for found in tree.find_all(nodes.Filter):
        if found.name == "safe":
            yield found.lineno, "`|safe`: whoever makes markup returns Markup"
    for kind in (nodes.MarkSafe, nodes.ScopedEvalContextModifier):
        for node in tree.find_all(kind):
            yield node.lineno, "escaping is never turned off"
    for number, line in enumerate(source.splitlines(), 1):
        places = [*HTMX_TAG.findall(line), *HTMX_CALL.findall(line)]
        if any("hx-mark=" not in place and "hx_mark=" not in place for place in places):
            yield number, "htmx without hx-mark beside it"
        if any(" id=" not in place for place in LIVE_TAG.findall(line)):
            yield number, "data-live without an id beside it"


def main() -> int:
    faults = [
        f"{path.relative_to(ROOT)}:{line}: {fault}"
        for room in ROOMS
        for path in sorted((ROOT / room).rglob("templates/**/*.html"))
        for line, fault in faults_of(path.read_text(encoding="utf-8"))
    ]
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
