"""What pages weigh, and how soon they are seen on a phone at the end of a slow line.

    python scripts/bench_pages.py [--against 0110e76] [--rounds 3] [--no-lighthouse]

Provinces of the demo as families, staff and officers meet them, in a real browser of a phone's size. A
first visit is that of a browser that holds nothing of the school, a second one comes right behind it;
kilobytes are those on the line, with headers. First paint: Fast 3G as the browser's own tools emulate
it, and a processor four times slower. With --against the other build's province runs too, and its
pages are visited in turn with ours. Lighthouse (npm's, fetched the first time) says the rest; it wants
a machine with nothing else to do. Prints a table and ends with one line of JSON.
"""

import argparse
import asyncio
import contextlib
import json
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

sys.path.insert(0, str(Path(__file__).parent.parent))

from kit.supervisor import Child, Supervisor
from scripts import against
from scripts.demo import Answers
from scripts.demo_rooms import TOLD
from scripts.pages.lighthouse import CATEGORIES, Lighthouse, Missing, NotJudged, lighthouse
from scripts.pages.visits import Address, Visit, addresses_of, visit
from scripts.years.figures import Figure, as_json, table
from tests.browsing import chromium

BASE_PORTS = (18_800, 18_900)
BEGUN_WITHIN_S = 600.0  # a province is made first
TOLD_WITHIN_S = 300.0
LIGHT = ("home", "letter", "form", "sign-in")
LIGHTEST_KB, OTHERS_KB, SECOND_KB = 150, 200, 15
PAINTED_RATIO = 0.4
PERFORMANCE = 90


class Measured(msgspec.Struct):
    """A page of one build."""

    address: Address
    visits: list[Visit]
    scores: dict[str, float]
    """Lighthouse's, by category."""

    @property
    def first_kb(self) -> float:
        return max(visit.first_kb for visit in self.visits)

    @property
    def second_kb(self) -> float:
        return max(visit.second_kb for visit in self.visits)

    @property
    def painted_ms(self) -> float:
        return statistics.median(visit.painted_ms for visit in self.visits)


@contextlib.asynccontextmanager
async def province(build: against.Build, place: Path, base_port: int) -> AsyncIterator[Path]:
    """A whole demo of that build, its talk told. Raises kit.supervisor.NotReady, TimeoutError."""
    place.mkdir()
    root = place / "demo"
    demo = ("demo", "--dir", str(root), "--base-port", str(base_port))
    child = Child(
        name=build.name,
        command=build.command("scripts.madang", *demo),
        ready=Answers(f"http://localhost:{base_port}"),
        log_file=place / "demo.log",
        environment=build.environment,
        ready_within_s=BEGUN_WITHIN_S,
        grace_s=60.0,
    )
    supervisor = Supervisor()
    supervisor.add(child)
    await supervisor.start()
    try:
        async with asyncio.timeout(TOLD_WITHIN_S):
            while not (root / TOLD).exists():  # noqa: ASYNC110 - written by another process
                await asyncio.sleep(0.5)
        yield root
    finally:
        await supervisor.stop()


async def measure(
    builds: list[against.Build], rounds: int, judge: Lighthouse | None
) -> list[list[Measured]]:
    """The pages of each build, visited in turn; the first build's are judged too."""
    async with contextlib.AsyncExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        browser = await stack.enter_async_context(chromium())
        found = []
        for build, port in zip(builds, BASE_PORTS, strict=False):
            root = await stack.enter_async_context(province(build, scratch / build.name, port))
            addresses = await addresses_of(browser, root)
            found.append([Measured(address, [], {}) for address in addresses])
        for _round in range(rounds):
            for same_page in zip(*found, strict=True):
                for one in same_page:
                    one.visits.append(await visit(browser, one.address))
        if judge is not None:
            for one in found[0]:
                try:
                    one.scores = await judge.scores(one.address)
                except NotJudged as error:  # what was measured before is told all the same
                    print(f"{one.address.name}: {error}", file=sys.stderr)
                    one.scores = dict.fromkeys(CATEGORIES, 0.0)
        return found


def figures(ours: list[Measured], theirs: list[Measured]) -> list[Figure]:
    """What is promised; `theirs` is empty without another build."""
    light = max(one.first_kb for one in ours if one.address.name in LIGHT)
    others = max(one.first_kb for one in ours if one.address.name not in LIGHT)
    second = max(one.second_kb for one in ours)
    found = [
        Figure(f"first visit: {', '.join(LIGHT)}", light, "kB", "first_kb", most=LIGHTEST_KB),
        Figure("first visit: others", others, "kB", "first_others_kb", most=OTHERS_KB),
        Figure("second visit", second, "kB", "second_kb", most=SECOND_KB),
    ]
    if theirs:
        ratio = max(
            one.painted_ms / other.painted_ms for one, other in zip(ours, theirs, strict=True)
        )
        found.append(
            Figure("first paint, ours over it", ratio, "", "fcp_ratio", most=PAINTED_RATIO)
        )
    for category in CATEGORIES:
        scores = [one.scores[category] for one in ours if one.scores]
        if scores:
            key, least = f"{category.replace('-', '_')}_min", 100
            if category == "performance":
                key, least = "lighthouse_min", PERFORMANCE
            found.append(Figure(f"Lighthouse: {category}", min(scores), "", key, least=least))
    return found


def print_pages(found: list[list[Measured]]) -> None:
    """A line a page: ours, then the other build's beside it."""
    print(f"{'page':14}{'first kB':>20}{'second kB':>20}{'first paint ms':>20}  Lighthouse")
    for same_page in zip(*found, strict=True):
        columns = [
            " / ".join(f"{getattr(one, name):.{digits}f}" for one in same_page)
            for name, digits in (("first_kb", 0), ("second_kb", 1), ("painted_ms", 0))
        ]
        scores = " ".join(f"{score:.0f}" for score in same_page[0].scores.values())
        print(f"{same_page[0].address.name:14}{''.join(f'{c:>20}' for c in columns)}  {scores}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--against", default="", metavar="REV", help="an earlier build")
    parser.add_argument("--rounds", type=int, default=3, help="visits to each page")
    parser.add_argument("--no-lighthouse", action="store_true", help="sizes and first paint only")
    given = parser.parse_args()
    try:
        builds = [against.this_build()]
        if given.against:
            builds.append(against.build_of(given.against))
        judge = None if given.no_lighthouse else lighthouse()
    except (against.NoSuchBuild, Missing) as error:
        print(error, file=sys.stderr)
        return 2
    found = asyncio.run(measure(builds, given.rounds, judge))
    print_pages(found)
    promised = figures(found[0], found[1] if given.against else [])
    print(f"\n{table(promised)}")
    print(json.dumps(as_json(promised)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
