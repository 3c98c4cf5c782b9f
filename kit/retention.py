"""Periods of retention (보존 기간): they begin on the first of January after the last thing that happened (공공기록물
관리에 관한 법률 시행령 26조) and last whole years."""

from kit.clock import local_date, moment


def last_year(now: int, years: int) -> int | None:
    """The last year of which all is due at a moment (ms); `years` 0: it is kept for ever."""
    return local_date(now).year - years - 1 if years else None


def bounds(year: int) -> tuple[int, int]:
    """Beginning and end (ms) of a year."""
    return moment(year, 1, 1), moment(year + 1, 1, 1)


def year_of(at: int) -> int:
    """The year of a moment (ms)."""
    return local_date(at).year
