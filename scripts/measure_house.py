"""Sizes of our functions and files, against the yardstick: function ≤ 80 lines (p95 ≤ 40),
file ≤ 600. Exits 1 when one is passed.

    python scripts/measure_house.py
"""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
ROOMS = ("protocol", "kit", "models", "node", "hub", "scripts", "tests")
LONGEST_FUNCTION, FUNCTION_P95, LONGEST_FILE = 80, 40, 600


def measure() -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """(lines, place) of every function and of every file."""
    functions: list[tuple[int, str]] = []
    files: list[tuple[int, str]] = []
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            source = path.read_text(encoding="utf-8")
            name = str(path.relative_to(ROOT))
            files.append((source.count("\n"), name))
            for entry in ast.walk(ast.parse(source)):
                if isinstance(entry, ast.FunctionDef | ast.AsyncFunctionDef):
                    length = (entry.end_lineno or entry.lineno) - entry.lineno + 1
                    functions.append((length, f"{name}:{entry.lineno} {entry.name}"))
    return sorted(functions, reverse=True), sorted(files, reverse=True)


def main() -> int:
    functions, files = measure()
    if not functions:
        return 0
    p95 = functions[len(functions) // 20][0]
    median = functions[len(functions) // 2][0]
    print(
        f"{len(functions)} functions: median {median}, p95 {p95}, longest {functions[0][0]} lines"
    )
    print(f"{len(files)} files: longest {files[0][0]} lines ({files[0][1]})")
    faults = [f"function of {n} lines: {place}" for n, place in functions if n > LONGEST_FUNCTION]
    faults += [f"file of {n} lines: {place}" for n, place in files if n > LONGEST_FILE]
    if p95 > FUNCTION_P95:
        faults.append(f"p95 of function length is {p95}, over {FUNCTION_P95}")
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
