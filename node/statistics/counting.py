"""From the school's tallies to what may leave it: kinds of the province by their id, all others together, and
no number below the least that is told."""

from collections import Counter
from collections.abc import Collection, Iterable

from protocol.statistics import OTHER_KINDS, CountedState, PaperCount, told


def counts_of(
    tallies: Iterable[tuple[str, str, int]], published: Collection[str]
) -> tuple[PaperCount, ...]:
    """`tallies`: kind, state, papers; `published`: ids of the kinds that the province has published."""
    sums: Counter[tuple[str, str]] = Counter()
    for kind, state, papers in tallies:
        sums[kind if kind in published else OTHER_KINDS, state] += papers
    return tuple(
        PaperCount(kind=kind, state=CountedState(state), papers=told(papers))
        for (kind, state), papers in sorted(sums.items())
    )
