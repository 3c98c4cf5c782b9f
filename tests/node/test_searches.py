"""Two hundred searches as people type them: the letter they look for stands first, or among the first three.

The letters are those of the demo's two schools and of the province, among three years of others.
"""

import random
import unicodedata
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from operator import ge
from pathlib import Path

import pytest

from kit.clock import DAY, ManualClock
from kit.db import Tx
from node.newsletters.model import Publication, Sort
from scripts.demo_content.answers import NOW
from scripts.demo_content.loader import load, official_notices
from scripts.years.words import Words
from tests.node.village import Village

SEARCHES = Path(__file__).with_name("searches.tsv")
# Of a hundred searches of a kind: how many at least find the letter first, and in the first three.
FLOORS = {
    "particle": (90, 90),
    "compound": (90, 90),
    "initials": (90, 90),
    "everyday": (90, 90),
    "typo": (85, 90),
    "form": (95, 95),
    "date": (95, 95),
    "spacing": (90, 90),
}
OTHERS = 150  # letters of the years before
FIRST_YEAR = NOW - 3 * 365 * DAY
LAST_OTHER = NOW - 120 * DAY


def searches() -> Mapping[str, Sequence[tuple[str, list[str]]]]:
    """Kind → (what is typed, letters), of each kind."""
    found: dict[str, list[tuple[str, list[str]]]] = defaultdict(list)
    for line in SEARCHES.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        kind, typed, letters = line.split("\t")
        if typed.startswith("NFD:"):
            typed = unicodedata.normalize("NFD", typed.removeprefix("NFD:"))
        found[kind].append((typed, letters.split()))
    return found


class Library:
    """The village with all those letters."""

    def __init__(self, village: Village) -> None:
        self.village = village
        self._slugs: dict[str, str] = {}  # address → school/number

    async def fill(self) -> None:
        author = await self.village.asker("han")

        def unit(tx: Tx) -> None:
            for at, slug, kind, title, body in texts():
                self.village.clock.advance(at - self.village.clock.now())
                what = Publication(kind=Sort(kind), title=title, body=body, keys=("staff",))
                letter = self.village.newsletters.publish_now(tx, author, what)
                self._slugs[f"/newsletters/{letter}"] = slug

        await self.village.db.write(unit)
        await self.village.outbox.drained()

    async def found(self, typed: str) -> list[str]:
        """The first three letters."""
        asker = await self.village.asker("park")
        found = await self.village.search.find(asker, typed)
        return [self._slugs[hit.href] for hit in found.hits[:3]]


def texts() -> list[tuple[int, str, str, str, str]]:
    """(when, school/number, kind, title, body) of every letter, in order."""
    found = [
        (text.published_at, f"{school}/{text.slug[:2]}", text.kind, text.title, text.body)
        for school in ("hanbit", "saesol")
        for text in load(school).texts
        if text.published_at is not None
    ]
    found += [
        (text.issued_at, f"province/{text.slug[:2]}", "newsletter", text.title, text.body)
        for text in official_notices()
    ]
    words = Words(random.Random(5))
    for number in range(OTHERS):
        at = FIRST_YEAR + number * (LAST_OTHER - FIRST_YEAR) // OTHERS
        kind = ("newsletter", "class_notice")[number % 2]
        title, body = words.letter(at) if kind == "newsletter" else words.notice(at, "3-2")
        found.append((at, f"before/{number}", kind, title, body))
    return sorted(found)


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[Library]:
    village = Village(tmp_path, ManualClock(FIRST_YEAR))
    await village.open()
    opened = Library(village)
    await opened.fill()
    yield opened
    await village.close()


async def test_people_find_what_they_look_for_as_they_type_it(library: Library) -> None:
    for kind, asked in searches().items():
        first = among = 0
        missed: list[str] = []
        for typed, letters in asked:
            found = await library.found(typed)
            first += bool(set(found[:1]) & set(letters))
            among += bool(set(found) & set(letters))
            if not set(found[:1]) & set(letters):
                missed.append(f"{typed}: {found}, not {letters}")
        reached = (100 * first // len(asked), 100 * among // len(asked))
        print(kind, *reached, *missed, sep="\n  ")  # pytest -s: how each kind stands
        assert all(map(ge, reached, FLOORS[kind])), (kind, reached, missed)
