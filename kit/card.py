"""What slices offer to the shell: entries of the navigation and cards of the front page."""

import enum
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from kit.due import Due
from kit.i18n import _


class Weight(enum.IntEnum):
    """How loudly a card asks: the front page shows the heaviest first."""

    QUIET = 0
    NEWS = 10
    TASK = 20
    URGENT = 30


class Entry(msgspec.Struct, frozen=True):
    """A line within a card. Texts are content (not msgids); `chip` and `counted` are msgids.

    `due`: a deadline, told instead of `at` and, where it is near or past, instead of the chip.
    `asks`: it waits for the reader, where its card weighs as much as a task. `icon`, `about`: of the card
    from which it was taken, where it stands among those of others. `spoken`: its title is a class, and
    what its note counts of it; both are said in the reader's language.
    `counted`: how `count` (of `of`) is said, with its unit."""

    title: str
    href: str
    note: str = ""
    chip: str = ""
    chip_kind: str = "neutral"  # neutral, info, success, warning, danger
    at: int | None = None
    due: Due | None = None
    unread: bool = False
    counted: str = ""
    count: int = 0
    of: int = 0
    asks: bool = True
    icon: str = ""
    about: str = ""
    spoken: bool = False


class Card(msgspec.Struct, frozen=True):
    """A part of the front page. `title`, `counted`, `text`, `action` and `empty` are msgids;
    `counted` says `count` with its unit."""

    name: str
    title: str
    icon: str
    href: str = ""
    weight: Weight = Weight.QUIET
    count: int | None = None
    counted: str = _("%(count)s건")
    text: str = ""
    action: str = ""
    empty: str = ""
    entries: tuple[Entry, ...] = ()
    live: str = ""  # event tags, separated by spaces, that make this card reload
    together: bool = False  # what it lists is dealt with at its address, many at once


class Group(enum.Enum):
    """The headings of the menu (msgids), in their order. What is always at hand has none."""

    AT_HAND = ""
    NEWS = _("소식")
    REQUESTS = _("신청·서류")
    SCHOOL_LIFE = _("학교생활")
    WORK = _("교직원 업무")
    ADMINISTRATION = _("학교 관리")


class NavItem(msgspec.Struct, frozen=True):
    """An entry of the navigation. `label` is a msgid; `icon` a name of the sprite; `group`: under which
    heading it stands, among the others there by the rank of its place."""

    href: str
    label: str
    icon: str
    group: Group = Group.AT_HAND
    phone: bool = True  # stands in the bottom bar of phones as well
    rooms: tuple[str, ...] = ()  # pages within it that lie at other addresses; `*` is any part

    def leads_to(self, path: str) -> bool:
        """Whether the page at this path is the entry's own or lies within it."""
        if path == self.href or any(fnmatchcase(path, room) for room in self.rooms):
            return True
        return self.href != "/" and path.startswith(self.href + "/")


class Place(msgspec.Struct, frozen=True):
    """An entry and where it stands. `rank`: the smallest first; `shown(visitor)`: for whom."""

    rank: int
    item: NavItem
    shown: Callable[[Any], bool]
