"""Writes node/calendar/public_holidays.txt, the public holidays with their substitutes, by the library
`holidays` (pinned in pyproject.toml).

    python scripts/make_holidays.py [--check]

A school reads the file: its server needs the library neither installed nor, for some seconds, imported,
and what a new version of it says otherwise is seen in the change of a line. `--check` exits 1 when the file
is not what the library says (a test runs it).
"""

import sys
from pathlib import Path

from holidays import country_holidays

FILE = Path(__file__).parent.parent / "node" / "calendar" / "public_holidays.txt"
YEARS = range(2015, 2101)  # the library ends there
AS_SCHOOLS_SAY = {
    "기독탄신일": "성탄절",
    "대체 휴일": "대체공휴일",
    "석가탄신일": "부처님오신날",
    "설날 다음날": "설날 연휴",
    "설날 전날": "설날 연휴",
    "신정연휴": "신정",
    "추석 다음날": "추석 연휴",
    "추석 전날": "추석 연휴",
    "; ": "·",
}


def written() -> str:
    """The file's text: a day and what it is called in each line."""
    lines = []
    for day, name in sorted(country_holidays("KR", years=YEARS, language="ko").items()):
        for other, ours in AS_SCHOOLS_SAY.items():
            name = name.replace(other, ours)
        lines.append(f"{day} {name}\n")
    return "".join(lines)


def main() -> int:
    text = written()
    if "--check" in sys.argv:
        return int(FILE.read_text(encoding="utf-8") != text)
    FILE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
