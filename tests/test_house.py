"""Rules of the house that no linter has. Each says why it is there."""

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.naming import House, faults_in

ROOT = Path(__file__).parent.parent
ROOMS = ("protocol", "kit", "models", "node", "hub")
NAMELESS = {"utils", "helpers", "common", "misc", "base", "manager", "data", "info"}


def sources(*rooms: str) -> Iterator[tuple[str, ast.Module]]:
    for room in rooms:
        for path in sorted((ROOT / room).rglob("*.py")):
            yield str(path.relative_to(ROOT)), parsed(path)


@functools.cache
def parsed(path: Path) -> ast.Module:
    """Once for all rules: it takes longer than looking through it."""
    return ast.parse(path.read_text(encoding="utf-8"))


def calls(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for entry in ast.walk(tree):
        if isinstance(entry, ast.Call):
            yield entry.lineno, ast.unparse(entry.func)


def test_only_the_clock_asks_what_time_it_is() -> None:
    """Tests can move time only if nothing asks the machine behind their back."""
    asked = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"}
    faults = [
        f"{name}:{line} {call}"
        for name, tree in sources(*ROOMS)
        if name != "kit/clock.py"
        for line, call in calls(tree)
        if call in asked or call.endswith((".datetime.now", ".date.today"))
    ]
    assert faults == []


WRITES_OTHERWISE = {
    # Also of the machine's own command line, which is nobody of the school: asks by itself.
    "node/federation/service.py join",
    "node/people/lists/importing.py _store",
    # Says first what was signed by the same form sent before, then asks `as_now`.
    "node/forms/signing.py sign",
    # Brings rows of an earlier release into their new shape, whoever looks.
    "node/notify/service.py reach",
}


def _taking_somebody(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The functions that act for somebody: an argument is an Asker or an Officer."""
    for entry in ast.walk(tree):
        if isinstance(entry, ast.FunctionDef | ast.AsyncFunctionDef):
            given = [*entry.args.args, *entry.args.kwonlyargs]
            said = " ".join(ast.unparse(one.annotation) for one in given if one.annotation)
            if re.search(r"\b(Asker|Officer)\b", said):
                yield entry


def test_what_somebody_changes_is_asked_of_their_rights_of_that_moment() -> None:
    """A request may be long on its way: who was moved, locked or stripped of a role meanwhile changes
    nothing any more. What a function writes for somebody goes through `of_now` or `with_role`."""
    found = {
        f"{name} {function.name}"
        for name, tree in sources("node", "hub")
        for function in _taking_somebody(tree)
        for entry in ast.walk(function)
        if isinstance(entry, ast.Call)
        and re.search(r"\bdb\.write$|_db\.write$", ast.unparse(entry.func))
        and not re.match(r"(of_now|with_role)\(", ast.unparse(entry.args[0]))
    }
    assert found == WRITES_OTHERWISE


def test_sql_is_written_as_sql() -> None:
    """A formatted statement is where an injection begins."""
    faults = []
    for name, tree in sources(*ROOMS):
        for entry in ast.walk(tree):
            if (
                isinstance(entry, ast.Call)
                and isinstance(entry.func, ast.Attribute)
                and entry.func.attr in ("execute", "rows", "row", "value", "structs", "many")
                and entry.args
                and any(isinstance(part, ast.JoinedStr) for part in ast.walk(entry.args[0]))
            ):
                faults.append(f"{name}:{entry.lineno}")
    assert faults == []


def test_a_caught_exception_leaves_its_reason() -> None:
    """`except Exception` that says nothing hides the bug from the one who must mend it."""
    faults = []
    for name, tree in sources(*ROOMS):
        for entry in ast.walk(tree):
            if not isinstance(entry, ast.ExceptHandler) or entry.type is None:
                continue
            broad = ast.unparse(entry.type) in ("Exception", "BaseException")
            body = "\n".join(ast.unparse(step) for step in entry.body)
            if broad and not re.search(r"\blog\b|raise|error", body):
                faults.append(f"{name}:{entry.lineno}")
    assert faults == []


# Who writes a file or a mail of what people typed. What such a module writes goes through kit.cleaning.
WRITERS = {
    "kit/cleaning.py",
    "kit/pdf/drawing.py",
    "kit/pdf/hangul.py",
    "kit/sheets.py",
    "kit/vcalendar.py",
    "node/calendar/feed.py",
    "node/consultations/ical.py",
    "node/notices/mail.py",
    "node/notices/trial.py",
    "scripts/demo_content/attachments.py",
    "scripts/demo_content/documents.py",
}
WRITING = re.compile(
    r"(openpyxl|xlsxwriter|reportlab|fpdf|weasyprint|pyhanko|docx|hwpx(?!\.tools)|icalendar"
    r"|email\.(message|mime|headerregistry))\b"
)


def _writes(tree: ast.Module) -> bool:
    """Whether a module uses a library that writes documents, tables or mails."""
    for entry in ast.walk(tree):
        if isinstance(entry, ast.Import) and any(WRITING.match(one.name) for one in entry.names):
            return True
        if isinstance(entry, ast.ImportFrom) and WRITING.match(entry.module or ""):
            return True
    return any(re.search(r"csv\.(writer|DictWriter)$", call) for _line, call in calls(tree))


def test_everything_written_passes_one_cleaning() -> None:
    """A control character in one answer ended an export; a formula in one ran at the office."""
    faults = []
    for name, tree in sources(*ROOMS, "scripts"):
        cleans = any(call.startswith("cleaning.") for _line, call in calls(tree))
        if _writes(tree) and not (name in WRITERS and cleans):
            faults.append(name)
    assert faults == []


def test_modules_are_named_for_what_they_hold() -> None:
    """`utils` is where logic hides."""
    faults = [name for name, _ in sources(*ROOMS, "scripts") if Path(name).stem in NAMELESS]
    assert faults == []


def test_every_module_says_what_it_is_for() -> None:
    faults = [name for name, tree in sources(*ROOMS, "scripts") if not ast.get_docstring(tree)]
    assert faults == []


def test_what_docstrings_name_is_there() -> None:
    """Who follows a name that leads nowhere learns not to read docstrings."""
    trees = dict(sources(*ROOMS, "scripts", "tests"))
    house = House(ROOT, trees)
    faults = [
        f"{path}:{line} names `{name}`" for path in trees for line, name in faults_in(path, house)
    ]
    assert faults == []


def test_a_name_that_leads_nowhere_is_told_and_no_other(tmp_path: Path) -> None:
    written = {
        "kit/seen.py": '"""`kit/seen.py`, `seen_of(text)`, `Seen.at`, `msgspec.json`, `form.signed`."""\n'
        "def seen_of(text: str) -> str: ...\n"
        "class Seen:\n    at = 1\n",
        "node/letter.py": '"""`kit.seen.seen_of`, `kit/saw.py`, `saw`, `kit.seen.saw`, `Seen.on`."""\n',
    }
    for path, text in written.items():
        (tmp_path / path).parent.mkdir()
        (tmp_path / path).write_text(text, "utf-8")
    house = House(tmp_path, {path: ast.parse(text) for path, text in written.items()})
    told = [name for path in written for _line, name in faults_in(path, house)]
    assert told == ["kit/saw.py", "saw", "kit.seen.saw", "Seen.on"]


def _tables() -> dict[tuple[str, str], str]:
    """Every table of every migration, by room (a node's database is not the hub's) and name → the
    slice (or kit part) that owns it."""
    owners = {}
    for script in ROOT.glob("*/**/migrations/*.sql"):
        if ".venv" in script.parts:
            continue
        owner = str(script.parent.parent.relative_to(ROOT))
        text, room = script.read_text("utf-8"), owner.split("/")[0]
        for table in re.findall(r"CREATE (?:VIRTUAL )?TABLE (?:IF NOT EXISTS )?(\w+)", text):
            owners[room, table] = owner
        for table in re.findall(r"TABLE \w+ RENAME TO (\w+)", text):
            given_to = ROOT / room / table.split("_")[0]
            owners[room, table] = f"{room}/{given_to.name}" if given_to.is_dir() else owner
    return owners


def test_migrations_of_a_slice_have_numbers_of_their_own() -> None:
    """Two of one number end every server's start; two branches make them easily."""
    numbers = [
        f"{script.parent.parent.relative_to(ROOT)} {script.name[:3]}"
        for script in sorted(ROOT.glob("*/**/migrations/*.sql"))
        if ".venv" not in script.parts
    ]
    assert len(numbers) == len(set(numbers)), numbers


COMPAT = re.compile(r"-- compat: (?:(?P<own>\d+)|node (?P<node>\d+), hub (?P<hub>\d+))\n")


def test_every_migration_says_who_can_still_use_what_it_leaves() -> None:
    """A program of that version may open what this one wrote; none can be later than this one is."""
    scripts = {
        room: sorted((ROOT / room).glob("**/migrations/*.sql")) for room in ("kit", "node", "hub")
    }
    version = {room: len(scripts["kit"]) + len(scripts[room]) for room in ("node", "hub")}
    faults = []
    for room, script in ((room, script) for room, found in scripts.items() for script in found):
        name = str(script.relative_to(ROOT))
        said = COMPAT.match(script.read_text("utf-8"))
        of = ("node", "hub") if room == "kit" else (room,)
        if said is None or (said["own"] is None) is not (room == "kit"):
            wanted = "-- compat: node N, hub N" if room == "kit" else "-- compat: N"
            faults.append(f"{name} does not begin with a line `{wanted}` (kit/schema.py)")
            continue
        for server in of:
            named = int(said["own"] or said[server])
            if not 1 <= named <= version[server]:
                faults.append(f"{name} names version {named}; a {server} has {version[server]}")
    assert faults == []


def test_tables_belong_to_one_slice() -> None:
    """Others read its views (`<slice>_v_…`) only, so a slice can change its tables alone."""
    owners = _tables()
    faults = []
    for name, tree in sources("node", "hub", "kit"):
        for entry in ast.walk(tree):
            if not (isinstance(entry, ast.Constant) and isinstance(entry.value, str)):
                continue
            if not re.search(r"\b(SELECT|INSERT|UPDATE|DELETE|FROM|JOIN)\b", entry.value):
                continue
            for word in set(re.findall(r"\b[a-z]+_\w+\b", entry.value)):
                owner = owners.get((name.split("/")[0], word)) or owners.get(("kit", word))
                if owner and owner != "kit" and not name.startswith(owner + "/"):
                    faults.append(f"{name}:{entry.lineno} uses {word} of {owner}")
    assert faults == []


def test_what_a_slice_publishes_somebody_reads() -> None:
    """A view that nobody asks binds its slice to a promise made to nobody."""
    views: set[tuple[str, str]] = set()
    for script in sorted(
        (*ROOT.glob("kit/**/migrations/*.sql"), *ROOT.glob("*/*/migrations/*.sql"))
    ):
        room = script.relative_to(ROOT).parts[0]
        for verb, view in re.findall(r"\b(CREATE|DROP) VIEW (\w+)", script.read_text("utf-8")):
            (views.add if verb == "CREATE" else views.discard)((room, view))
    asked = {
        room: {
            word
            for path in (ROOT / room).rglob("*.py")
            for word in re.findall(r"\w+_v_\w+", path.read_text("utf-8"))
        }
        for room in ROOMS
    }
    everybody = set().union(*asked.values())
    assert {
        f"{view} of {room}"
        for room, view in views
        if view not in (everybody if room == "kit" else asked[room])
    } == set()


def test_what_separates_staff_from_families_stands_once() -> None:
    """A copy that forgot a kind of key would show families what is for staff."""
    asked = re.compile(r"startswith\([^)]*['\"]staff['\"]|LIKE 'staff")
    faults = [
        f"{path.relative_to(ROOT)}"
        for room in ROOMS
        for path in sorted((ROOT / room).rglob("*.py"))
        if asked.search(path.read_text("utf-8"))
    ]
    assert faults == []  # ask `protocol.audience`


@pytest.mark.parametrize("room", ["node", "hub"])
def test_the_slices_keep_their_tables_apart_by_name(room: str) -> None:
    """A table's name tells its owner."""
    faults = [
        f"{table} in {owner}"
        for (_room, table), owner in _tables().items()
        if owner.startswith(room + "/") and not table.startswith(owner.split("/")[1] + "_")
    ]
    assert faults == []


def test_bodies_of_forms_are_read_in_one_place() -> None:
    """aiohttp says in many ways that a body is malformed: `kit.web.forms` knows them all."""
    readers = {
        str(path.relative_to(ROOT))
        for room in ("kit", "node", "hub")
        for path in (ROOT / room).rglob("*.py")
        if re.search(r"request\.(multipart|post)\(\)", path.read_text(encoding="utf-8"))
    }
    assert readers == {"kit/web/forms.py", "kit/web/unsent.py"}
