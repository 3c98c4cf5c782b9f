"""What a query may ask for."""

import msgspec
import pytest
from multidict import MultiDict

from kit.problem import Invalid
from kit.web.forms import LARGEST, decode


class Query(msgspec.Struct):
    page: int = 1
    before: int | None = None


@pytest.mark.parametrize("name", ["page", "before"])
@pytest.mark.parametrize("number", [LARGEST + 1, -LARGEST - 1, 2**63, 10**40])
def test_a_number_no_database_could_count_to_does_not_fit(name: str, number: int) -> None:
    with pytest.raises(Invalid) as refused:
        decode(MultiDict({name: str(number)}), Query)
    assert list(refused.value.fields) == [name]


def test_a_time_in_milliseconds_and_a_page_fit() -> None:
    sent = MultiDict({"page": "3", "before": "1795000000000"})
    assert decode(sent, Query) == Query(3, 1_795_000_000_000)
