"""Deadlines and days as pages write them."""

from pathlib import Path

import pytest

from kit.clock import DAY, HOUR, MINUTE, moment
from kit.due import Nearness, due
from kit.i18n import catalogues
from kit.web.dates import Dates

ROOT = Path(__file__).parent.parent.parent
NOW = moment(2026, 11, 30, 9)
SEEN = {ord("\N{NO-BREAK SPACE}"): " ", ord("\N{WORD JOINER}"): ""}  # as a reader sees them


@pytest.mark.parametrize(
    ("at", "nearness", "korean", "english"),
    [
        (NOW - MINUTE, Nearness.PAST, "기한 2026. 11. 30.(월)", "Due Mon 30 Nov 2026"),
        (NOW + 7 * HOUR, Nearness.TODAY, "오늘 16:00까지", "Due today 16:00"),
        (NOW + DAY, Nearness.TOMORROW, "내일 09:00까지", "Due tomorrow 09:00"),
        (NOW + 15 * HOUR, Nearness.TOMORROW, "내일 00:00까지", "Due tomorrow 00:00"),
        (NOW + 2 * DAY, Nearness.LATER, "2026. 12. 2.(수)까지", "by Wed 2 Dec 2026"),
    ],
)
def test_a_deadline_is_told_by_its_time_where_it_is_near(
    at: int, nearness: Nearness, korean: str, english: str
) -> None:
    seen = due(at, NOW)
    assert seen is not None
    assert seen.nearness is nearness
    words = catalogues(ROOT / "kit")
    assert Dates(words["ko"]).due_words(seen).translate(SEEN) == korean
    assert Dates(words["en"]).due_words(seen).translate(SEEN) == english


def on_one_line(day: str) -> str:
    """The words of a day, which no line ends within."""
    return day.replace(" ", "\N{NO-BREAK SPACE}").replace(".(", ".\N{WORD JOINER}(")


def test_a_day_is_written_alike_whether_it_is_kept_as_a_date_or_a_moment() -> None:
    words = catalogues(ROOT / "kit")
    assert Dates(words["ko"]).date_words("2026-11-30") == on_one_line("2026. 11. 30.(월)")
    assert Dates(words["en"]).date_words("2026-11-30") == on_one_line("Mon 30 Nov 2026")
    assert Dates(words["en"]).day(NOW) == on_one_line("Mon 30 Nov 2026")
    assert Dates(words["ko"]).moment(NOW) == f"{on_one_line('2026. 11. 30.(월)')} 09:00"
    assert Dates(words["ko"]).date_words("") == ""
    assert Dates(words["ko"]).month_words("2026-11") == on_one_line("2026년 11월")
    assert Dates(words["en"]).month_words("2026-11") == on_one_line("Nov 2026")
