"""How far a long command is, for whoever waits at the terminal."""

import sys

from kit.i18n import Catalogue


class Saying:
    """Tells on stderr what a command is at, each tenth of it; nobody where no terminal listens, so
    that a command of the night mails nothing."""

    def __init__(self, words: Catalogue) -> None:
        self._words = words
        self._said = ("", -1)

    def __call__(self, title: str, done: int, of: int) -> None:
        if not sys.stderr.isatty():
            return
        tenth = 10 * done // max(of, 1)
        if (title, tenth) != self._said:
            self._said = (title, tenth)
            print(f"… {self._words.gettext(title)} {tenth * 10} %", file=sys.stderr, flush=True)
