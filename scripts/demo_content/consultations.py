"""The consultation weeks of a demo school: `<school>/consultations.toml`.

for one in load_consultations("hanbit"): …
"""

import tomllib
from datetime import date
from pathlib import Path

import msgspec

from scripts.demo_content.model import AudienceSpec

HERE = Path(__file__).parent


class OtherRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who else gives times in a week, by post, on which of its days (0 the first): to whom, where; `every`,
    `topics` as of a week."""

    post: str
    audience: tuple[AudienceSpec, ...]
    days: tuple[int, ...]
    begins: str
    ends: str
    place: str
    every: int = 0
    topics: tuple[str, ...] = ()


class ConsultationRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A week. `by`: the post of who opened it; `begins`, `ends`, `meeting`: the times that its teachers give on
    each day; `every`: which part of its families have taken one (every third), those of the stories apart
    unless `cast`; `topics`: what some of them wrote."""

    title: str
    by: str
    audience: tuple[AudienceSpec, ...]
    opened: str
    first: date
    last: date
    opens: str
    closes: str
    begins: str
    ends: str
    meeting: str
    every: int
    cast: bool = False
    text: str = ""
    topics: tuple[str, ...] = ()
    others: tuple[OtherRow, ...] = ()


def load_consultations(slug: str) -> tuple[ConsultationRow, ...]:
    """All of a school, as they stand in its file."""
    found = tomllib.loads((HERE / slug / "consultations.toml").read_text(encoding="utf-8"))
    return msgspec.convert(found["week"], tuple[ConsultationRow, ...])
