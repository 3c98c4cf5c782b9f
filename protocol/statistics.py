"""What a school that wishes so tells its province of its papers: how many of each kind stand in each
state, by month. Counts alone; a number below `FEWEST` is not told.

A month is told whole whenever something in it changed, and replaces what was told of it before. `from_seq`
is how far the hub had taken over, by its own word; a hub that knows otherwise says so and is told from
there. A school that no longer tells leaves the field out of its next sync: the hub then forgets what it
has of that school.
"""

from enum import StrEnum
from typing import Annotated

import msgspec

from protocol.message import Count

FEWEST = 5
"""The least number that is told as it is; 1 to 4 are told as None."""
OTHER_KINDS = ""
"""The kind under which a school counts all that the province did not publish."""
MOST_MONTHS = 3
"""In one sync; the rest goes with the next."""
MOST_CELLS = 2_000
YEARS_TOLD = 2
"""School years of which months are told: the present one and the one before."""


class CountedState(StrEnum):
    """Where a paper stands, in the words of NEIS. One that was not handed in yet is not counted."""

    FAMILY_WAITS = "family_waits"
    FAMILY_DIFFERS = "family_differs"
    FAMILY_REFUSED = "family_refused"
    RECEIVED = "received"
    IN_PROGRESS = "in_progress"
    RETURNED = "returned"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    REPORT_WAITS = "report_waits"
    REPORTED = "reported"


class PaperCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many papers of a kind that came in during a month stand in a state."""

    kind: Annotated[str, msgspec.Meta(max_length=40)]
    state: CountedState
    papers: Annotated[int, msgspec.Meta(ge=FEWEST, le=2**53 - 1)] | None


class MonthOfPapers(msgspec.Struct, frozen=True, kw_only=True):
    """All counts of a month (2026-11), of papers that came in during it. `seq`: the change of the
    school's that it is as of."""

    month: Annotated[str, msgspec.Meta(pattern=r"^2\d{3}-(0[1-9]|1[0-2])$")]
    seq: Count
    counts: Annotated[tuple[PaperCount, ...], msgspec.Meta(max_length=MOST_CELLS)] = ()


class PaperStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """The months that changed after `from_seq`, oldest change first; `epoch` is that of the node's
    database."""

    epoch: Annotated[str, msgspec.Meta(max_length=200)]
    from_seq: Count
    to_seq: Count
    months: Annotated[tuple[MonthOfPapers, ...], msgspec.Meta(max_length=MOST_MONTHS)] = ()


def told(papers: int) -> int | None:
    """A number as the province may know it."""
    return papers if papers >= FEWEST else None
