"""Names with numbers stand in the order in which people count."""

import pytest

from kit.natural import natural


@pytest.mark.parametrize(
    "ordered",
    [
        ["3-2", "3-10", "10-1"],
        ["2학년", "10학년", "전체"],
        ["방과후 2반", "방과후 10반", "방과후반"],
        ["", "1", "01-2", "가"],
    ],
)
def test_two_comes_before_ten(ordered: list[str]) -> None:
    mixed = ordered[::-1]
    assert sorted(mixed, key=natural) == ordered
