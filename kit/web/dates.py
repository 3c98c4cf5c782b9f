"""Days and times as pages write them. A day stays on one line: its spaces do not break."""

import functools
import re
from datetime import date

from kit.clock import local, local_date
from kit.due import Due, Nearness
from kit.i18n import Catalogue, Spoken, _

_WEEKDAYS = {"ko": "월화수목금토일", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}
_UNBROKEN = "\N{NO-BREAK SPACE}"
ISO = re.compile(r"\d{4}-\d\d(-\d\d)?")
"""How a day is kept, or a month."""
_JOINED = "\N{WORD JOINER}"  # a line may end before a bracket
_DUE = {
    Nearness.PAST: _("기한 %(day)s"),
    Nearness.TODAY: _("오늘 %(time)s까지"),
    Nearness.TOMORROW: _("내일 %(time)s까지"),
    Nearness.LATER: _("%(day)s까지"),
}


class Dates:
    """The filters of dates, in one language. Moments in ms; None has no words."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._language = catalogue.language
        self._of_day = functools.lru_cache(maxsize=512)(self._words_of_day)

    def day(self, at: int | None) -> str:
        """The day of a moment."""
        return "" if at is None else self._of_day(local_date(at))

    def moment(self, at: int | None) -> str:
        """The day and the time of a moment."""
        return "" if at is None else f"{self.day(at)} {local(at):%H:%M}"

    def date_words(self, text: str | None) -> str:
        """The day of an ISO date."""
        return self._of_day(date.fromisoformat(text[:10])) if text else ""

    def month_words(self, text: str) -> str:
        """A month as it is kept, `2026-11`."""
        month = date.fromisoformat(f"{text}-01")
        words = f"{month:%b %Y}" if self._language == "en" else f"{month.year}년 {month.month}월"
        return words.replace(" ", _UNBROKEN)

    def date_said(self, text: str) -> str:
        """A day or a month where the text is one in ISO; the text itself where it is none."""
        if not ISO.fullmatch(text):
            return text
        try:
            return self.month_words(text) if len(text) == len("2026-11") else self.date_words(text)
        except ValueError:
            return text

    def due_words(self, due: Due) -> str:
        """A deadline: by its time where it is near, by its day otherwise."""
        words = {"day": self.day(due.at), "time": f"{local(due.at):%H:%M}"}
        return self._catalogue.translate(_DUE[due.nearness], dict(words))

    def _words_of_day(self, day: date) -> str:
        weekday = _WEEKDAYS[self._language][day.weekday()]
        if self._language == "en":
            words = f"{weekday} {day.day} {day:%b %Y}"
        else:
            words = f"{day.year}. {day.month}. {day.day}.{_JOINED}({weekday})"
        return words.replace(" ", _UNBROKEN)


def moment_within(at: int) -> Spoken:
    """The day and the time of a moment (ms), within a message."""
    return Spoken(lambda catalogue: Dates(catalogue).moment(at))
