"""A large school and its province in their third year, beside small ones and an earlier build.

    python scripts/bench_years.py [--against 339c3f6] [--only pages acts …]

The demo's school (S: 600 children, 64 letters) and the one that grew from it (L: 1,500 children, 16,806
letters, 176,126 signatures, 403,758 read marks; made the first time, a quarter of an hour, and kept in
.years/). Each part by itself:

  growth     what people open each day at the demo's school with 1, 10 and 30 times what it wrote and read
  pages      pages, lists and searches of S and L in turn, and the administrator's page of the system
  acts       what publishing, reminding, importing hold, beside somebody who saves up to fifty times a second
  size       what a year costs in the database, after all has moved into this build's shape and a night's jobs
  backup     beside four saves a second
  notices    from publishing to all until the last one has it; with --against also of the other build
  assistant  from an empty index; with --against also of the other build
  home       scripts/bench_node.py
  hub        scripts/bench_years_hub.py

What an earlier build does not end is stopped and counts as the time it was given. Prints a table and
ends with one line of JSON.
"""

import argparse
import asyncio
import contextlib
import functools
import json
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

sys.path.insert(0, str(Path(__file__).parent.parent))

from scripts import against
from scripts.hub_for_bench import free_port
from scripts.years import holds, nights, pages
from scripts.years.figures import Figure, as_json, table
from scripts.years.kept import demo_times, large_school, small_school
from scripts.years.served import serve

SHOWN = 12  # of the pages, the worst ones
TIMES = (1, 10, 30)  # what the demo's school has
SETTLE_S = 20.0
TURNS = 3
HUB = {
    "hub_worst_ratio": 1.5,
    "hub_overview_ms": 60,
    "hub_writer_hold_ms": 50,
    "hub_last_school_s": 5,
    "hub_backup_s": 20,
    "hub_loop_stop_ms": 50,
    "hub_mb_per_year": 250,
}
"""What the hub's figures should be at most."""


class Schools(msgspec.Struct, frozen=True):
    """The builds that are measured, and where each has its copies. `other` is None without one."""

    place: Path
    ours: against.Build
    other: against.Build | None

    def builds(self) -> list[against.Build]:
        """Ours first, the one that it is held against behind it."""
        return [self.ours, *([self.other] if self.other else [])]

    async def large(self, build: against.Build) -> Path:
        return await self._copied(build, "large", large_school)

    async def small(self) -> Path:
        return await self._copied(self.ours, "small", small_school)

    async def times(self, times: int) -> Path:
        if times == 1:
            return await self.small()
        return await self._copied(
            self.ours, f"times-{times}", functools.partial(demo_times, times=times)
        )

    async def _copied(
        self, build: against.Build, size: str, copy: Callable[[against.Build, Path], Path]
    ) -> Path:
        folder = self.place / f"{size}-{build.name}"
        return folder if folder.exists() else await asyncio.to_thread(copy, build, folder)


async def of_pages(schools: Schools) -> list[Figure]:
    small, large = await schools.small(), await schools.large(schools.ours)
    async with (
        serve(schools.ours, small, free_port()) as one,
        serve(schools.ours, large, free_port()) as other,
    ):
        await asyncio.sleep(SETTLE_S)
        await nights.quiet(other)
        found, missed = await pages.measure_pages(one, other)
        system = await nights.system_page_ms(other)
    print(f"{'page':34}{'S ms':>9}{'L ms':>9}{'S kB':>8}{'L kB':>8}{'ratio':>8}")
    for asked in sorted(found, key=lambda asked: -asked.ratio):
        sizes = f"{asked.small_size / 1000:8.0f}{asked.large_size / 1000:8.0f}"
        times = f"{asked.small_ms:9.1f}{asked.large_ms:9.1f}"
        print(f"{asked.name:34}{times}{sizes}{asked.ratio:8.2f}")
    for line in missed:
        print(f"not asked: {line}")
    worst = max(found, key=lambda asked: asked.ratio)
    return [
        Figure(f"worst page: {worst.name}", worst.ratio, "L / S", "worst_ratio", most=1.5),
        Figure("page of the system", system, "ms", "system_page_ms", most=300),
    ]


async def of_growth(schools: Schools) -> list[Figure]:
    folders = [await schools.times(times) for times in TIMES]
    async with contextlib.AsyncExitStack() as stack:
        served = [
            await stack.enter_async_context(serve(schools.ours, folder, free_port()))
            for folder in folders
        ]
        await asyncio.sleep(SETTLE_S)
        for school in served:
            await nights.quiet(school)
        found = await pages.measure_growth(served)
    heads = "".join(f"{f'{often} times ms':>14}" for often in TIMES)
    print(f"{'page':34}{heads}{'kB':>22}")
    for one in found:
        times = "".join(f"{ms:14.1f}" for ms in one.p50)
        print(f"{one.name:34}{times}{' / '.join(f'{size / 1000:.0f}' for size in one.sizes):>22}")
    figures = []
    for which, often in enumerate(TIMES[1:], 1):
        worst = max(found, key=lambda one: one.ratio(which))
        ratio = worst.ratio(which)
        figures.append(
            Figure(f"{often} times: {worst.name}", ratio, "", f"growth_{often}", most=1.3)
        )
    return figures


async def of_acts(schools: Schools) -> list[Figure]:
    large = await schools.large(schools.ours)
    async with serve(schools.ours, large, free_port(), mails=True) as school:
        await nights.quiet(school)
        before = await holds.slowest_units(school)
        acts = await holds.measure_acts(school)
        after = await holds.slowest_units(school)
    held = {unit: ms for unit, ms in after.items() if ms > before.get(unit, 0.0)}
    print(f"{'act':34}{'done ms':>10}{'a save waited ms':>18}")
    for act in acts:
        print(f"{act.name:34}{act.done_ms:10.0f}{act.waited_ms:18.1f}")
    for unit, ms in sorted(held.items(), key=lambda one: -one[1])[:SHOWN]:
        print(f"{ms:10.1f} ms  {unit}")
    longest = max(held.values(), default=0.0)
    return [
        Figure("longest hold of the writer", longest, "ms", "writer_hold_ms", most=50),
        Figure(
            "longest wait of a save beside it",
            max(act.waited_ms for act in acts),
            "ms",
            "save_waited_ms",
        ),
    ]


async def of_size(schools: Schools) -> list[Figure]:
    large = await schools.large(schools.ours)
    async with serve(schools.ours, large, free_port()) as school:
        await asyncio.sleep(SETTLE_S)
        moved = await nights.quiet(school)
        await nights.a_night_goes_by(school)
        await nights.quiet(school)
        size = nights.mb_a_year(school)
    return [
        Figure("a year in the database", size, "MB", "mb_per_year", most=250),
        Figure("until all had moved", moved, "s"),
    ]


async def of_backup(schools: Schools) -> list[Figure]:
    large = await schools.large(schools.ours)
    async with serve(schools.ours, large, free_port()) as school:
        await nights.quiet(school)
        took = await nights.backup_s(school, schools.place / "school.backup")
    return [Figure("backup beside four saves a second", took, "s", "backup_s", most=15)]


async def of_notices(schools: Schools) -> list[Figure]:
    """Each build's school in turn, so that a drifting machine moves both."""
    took: dict[str, list[float]] = {}
    for turn in range(TURNS):
        builds = schools.builds()
        for build in builds if turn % 2 else reversed(builds):
            async with serve(build, await schools.large(build), free_port()) as school:
                await nights.quiet(school)
                last = await holds.last_notification(school)
            took.setdefault(build.name, []).append(last)
    return _held_against(schools, took, "last notification", "ms", "last_notification", 0.25)


async def of_assistant(schools: Schools) -> list[Figure]:
    firsts: dict[str, list[float]] = {}
    readies: dict[str, list[float]] = {}
    for build in schools.builds():
        async with serve(build, await schools.large(build), free_port(), assistant=True) as school:
            first, ready = await nights.assistant_s(school)
        firsts[build.name], readies[build.name] = [first], [ready]
    [answer, *_others] = firsts[schools.ours.name]
    return [
        Figure("first answer", answer, "s", "assistant_first_answer_s", most=30),
        *_held_against(schools, readies, "index is ready", "s", "assistant_ready", 0.5),
    ]


def _held_against(
    schools: Schools, took: dict[str, list[float]], name: str, unit: str, key: str, most: float
) -> list[Figure]:
    """Each build's middle, and ours over the other's."""
    middles = {build: sorted(some)[len(some) // 2] for build, some in took.items()}
    found = [Figure(f"{name}, {build}", middle, unit) for build, middle in middles.items()]
    if schools.other is None:
        return found
    ratio = middles[schools.ours.name] / middles[schools.other.name]
    return [*found, Figure(f"{name}, ours over it", ratio, "", f"{key}_ratio", most=most)]


async def of_home(schools: Schools) -> list[Figure]:
    bench = str(Path(__file__).with_name("bench_node.py"))
    measured = await _last_line([sys.executable, bench, "--rounds", "2"])
    found = [Figure("home page over a bare query", measured["home_ratio"], "", "home_ratio")]
    if schools.other is not None:
        name = schools.other.name
        beside = await _last_line([sys.executable, bench, "--rounds", "2", "--against", name])
        ratio = beside["home_vs_other"]
        found.append(Figure("home page, ours over it", ratio, "", "home_vs_other", least=0.97))
    return found


async def of_hub(_schools: Schools) -> list[Figure]:
    measured = await _last_line(
        [sys.executable, str(Path(__file__).with_name("bench_years_hub.py"))]
    )
    return [
        Figure(key.replace("_", " "), value, "", key, most=HUB.get(key))
        for key, value in measured.items()
    ]


async def _last_line(command: list[str]) -> dict[str, float]:
    done = await asyncio.to_thread(
        subprocess.run, command, check=True, stdout=subprocess.PIPE, text=True
    )
    return msgspec.json.decode(done.stdout.splitlines()[-1], type=dict[str, float])


PARTS: dict[str, Callable[[Schools], Awaitable[list[Figure]]]] = {
    "growth": of_growth,
    "size": of_size,
    "pages": of_pages,
    "notices": of_notices,
    "acts": of_acts,
    "backup": of_backup,
    "assistant": of_assistant,
    "home": of_home,
    "hub": of_hub,
}


async def measure(revision: str, only: list[str]) -> list[Figure]:
    """The parts in their order. Raises against.NoSuchBuild."""
    ours = against.this_build()
    other = await asyncio.to_thread(against.build_of, revision) if revision else None
    found: list[Figure] = []
    with tempfile.TemporaryDirectory() as scratch:
        schools = Schools(Path(scratch), ours, other)
        if other is not None:
            await schools.large(other)  # the earlier one's first: what it reads, ours reads too
        for name, part in PARTS.items():
            if name in only:
                print(f"\n{name}", flush=True)
                figures = await part(schools)
                print(table(figures), flush=True)
                found += figures
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--against", default="", metavar="REV", help="an earlier build")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    given = parser.parse_args()
    try:
        found = asyncio.run(measure(given.against, given.only))
    except against.NoSuchBuild as error:
        print(error, file=sys.stderr)
        return 2
    print(f"\n{table(one for one in found if one.key)}")
    print(json.dumps(as_json(found)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
