"""Small markup that every page has dozens of, drawn once and remembered; translated words too.

Template macros cost more than all else on a page; these are plain functions with a cache.
"""

import functools
from collections.abc import Callable

from markupsafe import Markup, escape

from kit.i18n import Catalogue


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


class Words:
    """gettext for templates: `_('…')`, `_('… %(name)s …', name=…)`; the result is safe markup, its
    variables escaped."""

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
