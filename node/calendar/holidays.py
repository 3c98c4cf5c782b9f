"""The public holidays (관공서의 공휴일에 관한 규정), substitutes included, as scripts/make_holidays.py wrote
them down. What a government sets later, and what a school keeps otherwise, the office edits."""

import functools
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType

FILE = Path(__file__).parent / "public_holidays.txt"


@functools.cache
def public_holidays() -> Mapping[date, str]:
    """By day what it is called, from 2015 to 2100."""
    lines = FILE.read_text(encoding="utf-8").splitlines()
    return MappingProxyType({date.fromisoformat(line[:10]): line[11:] for line in lines})
