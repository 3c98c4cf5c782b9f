"""How large the school is."""

import msgspec

SMALLEST_ROOMS = 4  # classes of a grade in the demo's school


class Scale(msgspec.Struct, frozen=True):
    """Counts of the finished school; the demo's own are part of them."""

    rooms: int
    """Classes of each of six grades, 25 children each."""
    staff: int
    guardians: int
    letters: int
    signatures: int
    reads: int
    files: int
    looks: int
    """Entries of the access log."""
    everyday: int = 1
    """How many times the demo's papers, surveys, sign-ups and days of school."""
    years: int = 3


LARGE = Scale(
    rooms=10,
    staff=111,
    guardians=2_600,
    letters=16_806,
    signatures=176_126,
    reads=403_758,
    files=8_000,
    looks=60_000,
    everyday=30,
)
DEMO = Scale(
    rooms=SMALLEST_ROOMS, staff=0, guardians=0,
    letters=57, signatures=2_720, reads=3_729, files=32, looks=20,
)  # fmt: skip
"""About what the demo's school has when it is made: what is counted in times of it."""


def times_demo(times: int) -> Scale:
    """The demo's people with so many times what they wrote, read and signed."""
    return msgspec.structs.replace(
        DEMO,
        letters=times * DEMO.letters,
        signatures=times * DEMO.signatures,
        reads=times * DEMO.reads,
        files=times * DEMO.files,
        looks=times * DEMO.looks,
        everyday=times,
    )


def scaled(part: int) -> Scale:
    """The large school's history at one `part`th, among the demo's people: for tests."""
    return Scale(
        rooms=SMALLEST_ROOMS,
        staff=0,
        guardians=0,
        letters=LARGE.letters // part,
        signatures=LARGE.signatures // part,
        reads=LARGE.reads // part,
        files=LARGE.files // part,
        looks=LARGE.looks // part,
    )
