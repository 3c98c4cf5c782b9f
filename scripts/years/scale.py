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
