"""Small markup that every page has dozens of, drawn once and remembered; translated words too.

Template macros cost more than all else on a page; these are plain functions with a cache.
"""

import functools
import re
from collections.abc import Callable, Container

from markupsafe import Markup, escape

from kit.i18n import Catalogue
from kit.wording import spoken


class Drawing:
    """Icons and chips of the components."""

    def __init__(self, static: Callable[[str], str]) -> None:
        self._static = static
        self.icon = functools.lru_cache(maxsize=512)(self._icon)
        self.chip = functools.lru_cache(maxsize=2048)(self._chip)

    def _icon(self, name: str, size: str = "", label: str = "") -> Markup:
        sprite = self._static("vendored/icons/sprite.svg")
        kind = Markup("icon icon-{}").format(size) if size else Markup("icon")
        heard = (
            Markup('role="img" aria-label="{}"').format(label)
            if label
            else Markup('aria-hidden="true" focusable="false"')
        )
        return Markup('<svg class="{}" {}><use href="{}#{}"></use></svg>').format(
            kind, heard, sprite, name
        )

    def _chip(self, text: str, kind: str = "neutral", icon_name: str = "") -> Markup:
        icon = self.icon(icon_name, "tiny") if icon_name else ""
        return Markup('<span class="chip chip-{}">{}{}</span>').format(kind, icon, escape(text))


def initials(name: str) -> str:
    """Two letters for a circle: of a Korean name its given name, of all else how it begins. Brackets,
    marks and what follows the name, such as a title, say nothing there."""
    word = next(iter(re.findall(r"[^\W_]+", name)), "")
    is_name = 3 <= len(word) <= 4 and all("가" <= letter <= "힣" for letter in word)
    return word[-2:] if is_name else word[:2]


class Words:
    """gettext for templates: `_('…')`, `_('… %(name)s …', name=…)`; the result is safe markup, its
    variables escaped.

    The sentence itself is taken as markup: it must stand in the template (`make lint` looks). What
    comes from data goes through `label`.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._plain = functools.lru_cache(maxsize=4096)(
            lambda message: Markup(catalogue.gettext(message).replace("%%", "%"))  # noqa: S704
        )
        self._catalogue = catalogue

    def __call__(self, message: str, **variables: object) -> Markup:
        if not variables:
            return self._plain(message)
        text = Markup(self._catalogue.gettext(message))  # noqa: S704 - our own sentences
        return text % variables


class AsWritten(str):
    """A name, or what somebody typed, among words of ours: `label` leaves it in every language."""

    __slots__ = ()


class Label:
    """The filter for words that come from data: `{{ states[letter.state]|label }}`.

    A message of ours is shown in the reader's language, with its variables filled; anything else,
    such as the answers a teacher wrote for a form, as it was written. All of it is escaped.
    """

    def __init__(self, catalogue: Catalogue, known: Container[str]) -> None:
        """`known`: our messages; the Korean catalogue does not list them."""
        self._catalogue = catalogue
        self._known = known

    def __call__(self, text: str, **variables: object) -> Markup:
        if isinstance(text, AsWritten):
            return escape(text)
        if not variables or text not in self._known:
            return escape(self._catalogue.gettext(text))
        return escape(self._catalogue.gettext(text)) % self._catalogue.in_words(variables)


class InWords:
    """The filter for classes, places and audiences, plain or behind `label`: `{{ duty.title|label|spoken }}`."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._language = catalogue.language

    def __call__(self, text: str) -> str:
        said = spoken(text, self._language)
        # What is escaped stays so: words of ours take the place of words, never of markup.
        return Markup(said) if isinstance(text, Markup) else said  # noqa: S704
