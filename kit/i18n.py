"""Korean source strings, translated at rendering.

`_` marks a string and returns it unchanged, so that models stay pure and errors can be raised
without knowing the reader. Each slice keeps its English in `locale/en.po` beside it; all of them
are read at start into one catalogue (no compiled files to forget).
"""

import functools
import gettext
import hashlib
from collections.abc import Callable, Container, Iterable
from pathlib import Path

import msgspec
from babel.messages.pofile import read_po

LANGUAGES = ("ko", "en")


def _(text: str) -> str:
    """Mark a Korean source string for translation."""
    return text


class Catalogue(gettext.NullTranslations):
    """All translations into one language, merged from the slices' .po files."""

    def __init__(self, language: str, files: Iterable[Path]) -> None:
        super().__init__()
        self.language = language
        self._messages: dict[str, str] = {}
        self._counted: dict[str, tuple[str, ...]] = {}
        for file in files:
            with file.open("rb") as source:
                for message in read_po(source, locale=language):
                    if isinstance(message.id, tuple):
                        forms = tuple(message.string or ())
                        if all(forms):
                            self._counted[message.id[0]] = forms
                    elif isinstance(message.id, str) and message.id and message.string:
                        self._messages[message.id] = str(message.string)

    @property
    def messages(self) -> Container[str]:
        """The messages that have a translation here."""
        return self._messages.keys()

    @functools.cached_property
    def digest(self) -> bytes:
        """The same for those that say the same."""
        said = self.language, sorted(self._messages.items()), sorted(self._counted.items())
        return hashlib.sha256(repr(said).encode()).digest()

    def gettext(self, message: str) -> str:
        return self._messages.get(message, message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Korean says one and many alike, so that both are one message: English has the two forms."""
        one, many = self._counted.get(msgid1, (msgid1, msgid2))
        return one if n == 1 else many

    def translate(self, message: str, params: dict[str, object]) -> str:
        """The message in this language with its %(name)s variables filled."""
        text = self.gettext(message)
        return text % self.in_words(params) if params else text

    def in_words(self, params: dict[str, object]) -> dict[str, object]:
        """The variables of a message, those that each language says in its own way as it says them."""
        return {
            name: value.said(self) if isinstance(value, Spoken) else value
            for name, value in params.items()
        }


class Spoken(msgspec.Struct, frozen=True):
    """A variable of a message that each language says in its own way."""

    said: Callable[[Catalogue], str]


def said_within(text: str) -> Spoken:
    """A message that is a variable of another one."""
    return Spoken(lambda catalogue: catalogue.gettext(text))


@functools.cache
def _catalogue(language: str, roots: tuple[Path, ...]) -> Catalogue:
    files = [file for root in roots for file in sorted(root.rglob(f"locale/{language}.po"))]
    return Catalogue(language, files)


def catalogues(*roots: Path) -> dict[str, Catalogue]:
    """One catalogue per language for the given rooms (folders searched for locale/*.po)."""
    return {language: _catalogue(language, roots) for language in LANGUAGES}
