"""Pages, lists and searches of the large school and of the small one, asked in turn."""

import asyncio
import contextlib
import statistics
from collections.abc import Callable, Sequence

import msgspec

from scripts.years.served import Served, Visitor, visitor

Where = Callable[[Served], str]
ROUNDS = 25
FRAME = 8_000
"""Characters of a page that shows nothing: head, navigation, foot."""
LEAST = 1_000


class Ask(msgspec.Struct, frozen=True):
    """A page that somebody asks for. `where` gives its address at a school."""

    name: str
    login: str
    where: Where


class Asked(msgspec.Struct, frozen=True):
    """What a page took at the small school and at the large one: ms (the quickest of the rounds, which
    a busy machine moves least), bytes."""

    name: str
    small_ms: float
    large_ms: float
    small_size: int
    large_size: int

    @property
    def ratio(self) -> float:
        """For equal results: where the large school's page shows more, its time for as much."""
        shown = max((self.large_size - FRAME) / max(self.small_size - FRAME, LEAST), 1.0)
        return self.large_ms / max(self.small_ms, 0.5) / shown


class Grown(msgspec.Struct, frozen=True):
    """A page at the same people's school with more and more behind it: the quickest and the middle ms, and
    characters, in the order of the schools."""

    name: str
    quickest: tuple[float, ...]
    p50: tuple[float, ...]
    sizes: tuple[int, ...]

    def ratio(self, which: int) -> float:
        """The middle one there over that of the first school, for as much as is shown."""
        shown = max((self.sizes[which] - FRAME) / max(self.sizes[0] - FRAME, LEAST), 1.0)
        return self.p50[which] / self.p50[0] / shown


def at(path: str) -> Where:
    return lambda school: path


def of(path: str, sql: str, *params: str) -> Where:
    """An address with the id that a statement finds."""
    return lambda school: path.format(school.value(sql, *params))


_LETTER = "SELECT id FROM newsletters_v_published WHERE title = ?"
_FORM = "SELECT form_id FROM newsletters_v_published WHERE title = ?"
_GROUP = "학부모회 사랑의 김장 나눔 봉사자 모집"
_NOTICE = (
    "SELECT n.id FROM newsletters_v_published n JOIN newsletters_v_audience a"
    " ON a.newsletter_id = n.id AND a.key = 'guardians/class:' || (SELECT id FROM people_v_class"
    " WHERE grade = 3 AND number = 2) WHERE n.kind = 'class_notice' ORDER BY n.published_at LIMIT 1"
)
_ROOM = "SELECT id FROM people_v_class WHERE grade = 3 AND number = 2"
_CHILD = (
    "SELECT c.student_id FROM people_v_child c JOIN signin_v_account a"
    " ON a.account_id = c.guardian_id WHERE a.login = 'haneul' AND c.class_number = 2"
)
_PERSON = "SELECT account_id FROM signin_v_account WHERE login = ?"
_RECEIPT = (
    "SELECT s.leaf FROM forms_signature s JOIN signin_v_account a ON a.account_id = s.guardian_id"
    " WHERE a.login = 'haneul' ORDER BY s.leaf LIMIT 1"
)
_FOLDER = "SELECT id FROM drive_item WHERE area = 'school' AND parent_id IS NULL"
_FILE = (
    "SELECT id FROM drive_item WHERE area = 'school' AND is_folder = 0 ORDER BY created_at LIMIT 1"
)

FAMILIES = (
    Ask("home, all read", "haneul", at("/")),
    Ask("home, nothing read", "junho", at("/")),
    Ask("cards of home", "haneul", at("/home/cards")),
    Ask("letters, all read", "haneul", at("/newsletters")),
    Ask("letters, nothing read", "junho", at("/newsletters")),
    Ask("notices", "haneul", at("/newsletters?kind=class_notice")),
    Ask("letters of a child", "haneul", of("/newsletters?child={}", _CHILD)),
    Ask("title, rare", "haneul", at("/newsletters?q=김장")),
    Ask("title, common", "haneul", at("/newsletters?q=안내")),
    Ask("title, none", "haneul", at("/newsletters?q=코끼리")),
    Ask("a letter", "haneul", of("/newsletters/{}", _LETTER, "3학년 2반 알림장 10월 21일(수)")),
    Ask("a form's letter", "haneul", of("/newsletters/{}", _LETTER, "2학기 우유급식 희망 조사")),
    Ask("receipts", "haneul", at("/receipts")),
    Ask("a receipt", "haneul", of("/receipts/{}", _RECEIPT)),
    Ask("notifications", "haneul", at("/notifications")),
    Ask("search, common", "haneul", at("/search?q=안내")),
    Ask("search, one syllable", "haneul", at("/search?q=학")),
    Ask("search, rare", "haneul", at("/search?q=김장")),
    Ask("search, two words", "haneul", at("/search?q=알레르기 재조사")),
    Ask("search, two common words", "haneul", at("/search?q=안전 교육")),
    Ask("a day of the class", "haneul", of("/class-notices/{}/2026-10-21", _ROOM)),
    Ask("me", "haneul", at("/me")),
    Ask("account", "haneul", at("/account")),
)
STAFF = (
    Ask("teacher: home", "hb-park", at("/")),
    Ask("teacher: letters", "hb-park", at("/newsletters")),
    Ask("teacher: title, rare", "hb-park", at("/newsletters?q=김장")),
    Ask("teacher: title, none", "hb-park", at("/newsletters?q=코끼리")),
    Ask("teacher: desk", "hb-park", at("/newsletters/desk")),
    Ask("teacher: search, common", "hb-park", at("/search?q=안내")),
    Ask("teacher: search, rare", "hb-park", at("/search?q=김장")),
    Ask("teacher: reach of a notice", "hb-park", of("/newsletters/{}/reach", _NOTICE)),
    Ask("teacher: class", "hb-park", of("/admin/classes/{}", _ROOM)),
    Ask("teacher: official", "hb-park", at("/official")),
    Ask("drive", "hb-park", of("/drive/{}", _FOLDER)),
    Ask("drive, by date", "hb-park", of("/drive/{}?order=newest", _FOLDER)),
    Ask("drive: shared", "hb-park", at("/drive/shared")),
    Ask("drive: trash", "hb-park", at("/drive/trash")),
    Ask("drive: a file", "hb-park", of("/drive/{}/about", _FILE)),
    Ask("head: home", "hb-principal", at("/")),
    Ask("head: results of a group", "hb-principal", of("/forms/{}/results", _FORM, _GROUP)),
    Ask("head: reach of a group", "hb-principal", of("/newsletters/{}/reach", _LETTER, _GROUP)),
    Ask("office: home", "hb-office", at("/")),
    Ask("office: people", "hb-office", at("/admin/people")),
    Ask("office: a name", "hb-office", at("/admin/people?q=김하늘")),
    Ask("office: a guardian", "hb-office", of("/admin/people/{}", _PERSON, "haneul")),
    Ask("office: a child", "hb-office", of("/admin/people/{}", _CHILD)),
    Ask("office: classes", "hb-office", at("/admin/classes")),
    Ask("office: a class", "hb-office", of("/admin/classes/{}", _ROOM)),
    Ask("office: groups", "hb-office", at("/admin/groups")),
    Ask("office: invitations", "hb-office", at("/admin/invitations")),
    Ask("admin: home", "hb-admin", at("/")),
    Ask("admin", "hb-admin", at("/admin")),
    Ask("admin: audit", "hb-admin", at("/admin/audit")),
    Ask("admin: jobs", "hb-admin", at("/admin/jobs")),
    Ask("privacy: log", "hb-vice", at("/privacy")),
    Ask("privacy: log of a person", "hb-vice", of("/privacy?person={}", _CHILD)),
    Ask("privacy: cases", "hb-vice", at("/privacy/cases")),
    Ask("approvals", "hb-vice", at("/newsletters/desk")),
)

EVERYDAY = (
    Ask("guardian's front page", "haneul", at("/")),
    Ask("guardian's cards on it", "haneul", at("/home/cards")),
    Ask("guardian's papers", "haneul", at("/submissions")),
    Ask("guardian's letters", "haneul", at("/newsletters")),
    Ask("teacher's front page", "hb-park", at("/")),
    Ask("teacher's cards on it", "hb-park", at("/home/cards")),
    Ask("tray of decisions", "hb-park", at("/submissions/tray")),
    Ask("teacher's letters", "hb-park", at("/newsletters")),
    Ask("office's papers", "hb-office", at("/submissions/cases")),
)
"""What people open each day: no dearer for what a school has behind it."""


async def measure_pages(
    small: Served, large: Served, asks: Sequence[Ask] = FAMILIES + STAFF, rounds: int = ROUNDS
) -> tuple[list[Asked], list[str]]:
    """What each page took, and what could not be asked: another status, or none of it there."""
    found: list[Asked] = []
    missed: list[str] = []
    async with contextlib.AsyncExitStack() as stack:
        signed_in: dict[tuple[str, str], Visitor] = {}
        for ask in asks:
            for school in (small, large):
                key = (school.address, ask.login)
                if key not in signed_in:
                    signed_in[key] = await stack.enter_async_context(visitor(school, ask.login))
        for ask in asks:
            places = [(signed_in[one.address, ask.login], one) for one in (small, large)]
            asked = await _measure(ask, places, rounds)
            if isinstance(asked, str):
                missed.append(asked)
            else:
                found.append(asked)
    return found, missed


async def measure_growth(schools: Sequence[Served], rounds: int = ROUNDS) -> list[Grown]:
    """The everyday pages at each of the schools, in turn. Raises LookupError where one is not there."""
    found = []
    for ask in EVERYDAY:
        async with contextlib.AsyncExitStack() as stack:
            visitors = [await stack.enter_async_context(visitor(one, ask.login)) for one in schools]
            asked = await _in_turn(ask, list(zip(visitors, schools, strict=True)), rounds)
        if isinstance(asked, str):
            raise LookupError(asked)
        found.append(Grown(ask.name, *(tuple(values) for values in zip(*asked, strict=True))))
    return found


async def _measure(ask: Ask, places: list[tuple[Visitor, Served]], rounds: int) -> Asked | str:
    asked = await _in_turn(ask, places, rounds)
    if isinstance(asked, str):
        return asked
    (small, _p50, small_size), (large, _p50, large_size) = asked
    return Asked(ask.name, small, large, small_size, large_size)


async def _in_turn(
    ask: Ask, places: list[tuple[Visitor, Served]], rounds: int
) -> list[tuple[float, float, int]] | str:
    """Of each school the quickest and the middle ms, and the characters; or what was not there."""
    paths = [await asyncio.to_thread(ask.where, school) for _visitor, school in places]
    took: list[list[float]] = [[] for _place in places]
    sizes = [0] * len(places)
    for number in range(rounds + 2):
        order = range(len(places))
        for which in order if number % 2 else reversed(order):
            status, text, ms = await places[which][0].get(paths[which])
            if status != 200:
                return f"{ask.name}: {status} at {paths[which]}"
            sizes[which] = len(text)
            if number >= 2:  # the first ones fill caches
                took[which].append(ms)
    return [
        (min(times), statistics.median(times), size)
        for times, size in zip(took, sizes, strict=True)
    ]
