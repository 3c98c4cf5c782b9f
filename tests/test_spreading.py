"""Files begin in an order that keeps every processor busy to the end."""

from pathlib import Path

import pytest

from tests.spreading import LONG, PROVINCE, in_order

ROOT = Path(__file__).parent.parent


def test_every_file_that_is_called_long_is_there() -> None:
    assert [file for file in LONG if not (ROOT / file).is_file()] == []


def test_the_province_begins_first_and_what_is_long_before_all_others(
    request: pytest.FixtureRequest,
) -> None:
    items = request.session.items[::-1]
    in_order(items)
    files = list(dict.fromkeys(item.nodeid.partition("::")[0] for item in items))
    shared = [file for file in files if file.startswith(PROVINCE)]
    long = [file for file in LONG if file in files]
    assert files[: len(shared) + len(long)] == shared + long
