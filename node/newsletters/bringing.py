"""What a class is to bring to school, as its last notice (알림장) says it, and who has packed what of it.

The text of a notice is the list: what stands behind 준비물, parted by commas or on lines of their own. Each
reader ticks for themselves.
"""

import re
from collections.abc import Iterable, Iterator

from kit.clock import DAY, HOUR, Clock, moment
from kit.db import Database, Tx, decode, encode
from kit.i18n import _
from kit.languages import korean
from kit.problem import NotFound
from node.newsletters import store
from node.newsletters.model import Letter, Sort, State
from node.people.access import of_now
from node.people.model import Asker, Audience, Kind, Scope
from node.ports.today import Thing, TodayAsked, TodayLine

LATELY = 4 * DAY  # before the day: the notice of a Friday is for Monday
NOON = 12 * HOUR  # what is written after it is for the day that comes
LONGEST = 80  # characters of a thing
MOST = 20  # things of a notice
KEPT = 30 * DAY  # how long somebody's ticks are kept
_SAID = re.compile(
    r"준비물[\s*_]*[:：][*_]*[^\S\n]*(?P<here>[^\n]*)(?P<below>(?:\n[^\S\n]*[-*•·][^\S\n]+[^\n]*)*)"
)
_COMMA = re.compile(r"[,，、](?![^(（]*[)）])")  # none within brackets


class Bringing:
    """Every verb takes the asker first."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def of(self, asker: Asker, letters: Iterable[Letter]) -> dict[str, tuple[Thing, ...]]:
        """By the id of each notice the things that the asker may tick; staff have none to bring."""
        wanted = [] if asker.is_staff else [one for one in letters if _things_of(one)]
        if not wanted:
            return {}
        return await self._db.read(lambda tx: _ticked(tx, asker, wanted))

    async def pack(self, asker: Asker, newsletter_id: str, thing: str, *, packed: bool) -> None:
        """Tick a thing of a notice, or take the tick back. Raises NotFound for who may not read it, and
        for a thing that it does not ask for."""

        def unit(tx: Tx, asker: Asker) -> None:
            letter = store.letter(tx, newsletter_id)
            if (
                letter is None
                or letter.state != State.PUBLISHED
                or thing not in _things_of(letter)
                or not store.is_addressed(tx, newsletter_id, asker)
            ):
                raise NotFound()
            now = self._clock.now()
            tx.execute(
                "DELETE FROM newsletters_packed WHERE person_id = ? AND packed_at < ?",
                (asker.id, now - KEPT),
            )
            if packed:
                tx.execute(
                    "INSERT INTO newsletters_packed VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                    (asker.id, newsletter_id, thing, now),
                )
            else:
                tx.execute(
                    "DELETE FROM newsletters_packed"
                    " WHERE person_id = ? AND newsletter_id = ? AND thing = ?",
                    (asker.id, newsletter_id, thing),
                )

        await self._db.write(of_now(asker, unit))


def today_of(tx: Tx, asker: Asker, asked: TodayAsked) -> list[TodayLine]:
    """Of each class the last notice before the day, where it names things to bring."""
    if not asked.has_school or not asked.whose:
        return []
    begins = moment(asked.on.year, asked.on.month, asked.on.day)
    keys = {key for one in asked.whose for key in _keys(one.class_id)}
    letters = store.class_notices(tx, asker, keys, begins - LATELY, begins + NOON)
    last = {key: letter for letter in letters for key in decode(letter.keys, list[str])}
    told = [(one, letter) for one in asked.whose for letter in _of(last, one.class_id)]
    ticked = _ticked(tx, asker, [letter for one, letter in told if one.student_id])
    return [
        TodayLine(
            rank=20,
            icon="list-checks",
            label=_("준비물"),
            text="" if one.student_id else ", ".join(things),
            href=f"/newsletters/{letter.id}",
            whose=one.id,
            things=ticked[letter.id] if one.student_id else (),
        )
        for one, letter in told
        if (things := _things_of(letter))
    ]


def _keys(class_id: str) -> list[str]:
    return [Audience(kind, Scope.CLASS, class_id).key for kind in (Kind.GUARDIAN, Kind.STUDENT)]


def _of(last: dict[str, Letter], class_id: str) -> Iterator[Letter]:
    """The last notice of a class, if there is one."""
    found = [last[key] for key in _keys(class_id) if key in last]
    yield from sorted(found, key=lambda letter: letter.published_at or 0)[-1:]


def _ticked(tx: Tx, asker: Asker, letters: Iterable[Letter]) -> dict[str, tuple[Thing, ...]]:
    """By the id of each letter its things, with what the asker has packed."""
    things = {letter.id: _things_of(letter) for letter in letters}
    packed = set(
        tx.rows(
            "SELECT newsletter_id, thing FROM newsletters_packed WHERE person_id = ?"
            " AND newsletter_id IN (SELECT value FROM json_each(?))",
            (asker.id, encode(sorted(things))),
        )
        if things
        else ()
    )
    return {
        id: tuple(Thing(name, (id, name) in packed, f"/newsletters/{id}/packed") for name in names)
        for id, names in things.items()
    }


def _things_of(letter: Letter) -> list[str]:
    return to_bring(korean(letter.body)) if letter.kind == Sort.CLASS_NOTICE else []


def to_bring(body: str) -> list[str]:
    """What stands behind the word for things to bring (준비물), on its line and in the list below it;
    nothing where nothing does."""
    found: dict[str, None] = {}
    for said in _SAID.finditer(body):
        below = [line.strip().lstrip("-*•·") for line in said["below"].splitlines()]
        for part in (*_COMMA.split(said["here"]), *below):
            thing = " ".join(part.replace("**", "").split())
            if thing:
                found[thing if len(thing) <= LONGEST else thing[: LONGEST - 1] + "…"] = None
    return list(found)[:MOST]
