"""Letters to the families of chosen children: who they are, and choosing them by class or by name.

A child is chosen for their guardians, and for themselves where the writer says so. Names stand on the
pages of who writes and who decides alone: whoever receives such a letter reads "선택한 가정".
"""

from collections.abc import Collection, Iterable

import msgspec

from kit.db import Database, Tx, Value, encode
from kit.i18n import _
from kit.problem import Invalid
from kit.wording import PLACE_SQL
from node.newsletters.desk import Desk
from node.newsletters.model import Content, Sort
from node.people.access import names_of
from node.people.audience import audience_of, classes
from node.people.model import Asker, Audience, ClassChoice, Kind, Scope
from protocol.directory import normalise

FOUND = 30  # students whom one search shows
_LAST = "\U0010ffff"
_STUDENT = f"SELECT s.student_id, s.name, {PLACE_SQL.format('s')} FROM "  # noqa: S608
_THOSE = (
    _STUDENT + "json_each(?) j CROSS JOIN people_v_student s ON s.student_id = j.value"
    " ORDER BY s.grade, s.class_number, s.number"
)
_OF_CLASS = _STUDENT + "people_v_student s WHERE s.class_id = ? ORDER BY s.number"
_BEGINNING = (
    _STUDENT + "people_v_known k CROSS JOIN people_v_student s ON s.student_id = k.id"
    " WHERE k.name_key >= ? AND k.name_key < ? ORDER BY k.name_key LIMIT ?"
)
_CONTAINING = (
    _STUDENT + "people_v_name_part w CROSS JOIN people_v_student s ON s.student_id = w.person_id"
    " WHERE w.part >= ? AND w.part < ? ORDER BY w.part LIMIT ?"
)


class ChosenStudent(msgspec.Struct, frozen=True):
    """A student as a writer chooses them. `place`: class and number; empty of who has left."""

    id: str
    name: str
    place: str

    @property
    def guardians_key(self) -> str:
        return Audience(Kind.GUARDIAN, Scope.CHILD, self.id).key

    @property
    def own_key(self) -> str:
        return Audience(Kind.STUDENT, Scope.CHILD, self.id).key


class FamilyChoice(msgspec.Struct, frozen=True):
    """What the page of choosing shows. `to_students`: the children themselves receive it as well."""

    chosen: list[ChosenStudent]
    offered: list[ChosenStudent]
    classes: list[ClassChoice]
    class_id: str
    to_students: bool


class Choosing:
    """Who is chosen for a letter, within what its writer may edit."""

    def __init__(self, db: Database, desk: Desk) -> None:
        self._db = db
        self._desk = desk

    async def students(self, keys: Collection[str]) -> list[ChosenStudent]:
        """The children whom the keys of a letter name; for its writer, and who decides on it."""
        return await self._db.read(lambda tx: _students(tx, chosen_in(keys)))

    async def choice(
        self, asker: Asker, keys: Collection[str], class_id: str, name: str
    ) -> FamilyChoice:
        """Who is chosen, and the students of a class (of the asker's own unless one is named) or of a
        name."""

        def look(tx: Tx) -> FamilyChoice:
            rooms = classes(tx)
            own = next((room.id for room in rooms if room.id in asker.classes), "")
            wanted = class_id or (own if not name else "")
            found = _named(tx, name) if name else _rows(tx, _OF_CLASS, (wanted,))
            ids = chosen_in(keys)
            others = [one for one in found if one.id not in ids]
            to_students = any(key.startswith("students/") for key in _chosen_keys(keys))
            return FamilyChoice(_students(tx, ids), others, rooms, wanted, to_students)

        return await self._db.read(look)

    async def choose(
        self,
        asker: Asker,
        newsletter_id: str,
        shown: Collection[str],
        ticked: Collection[str],
        *,
        to_students: bool,
    ) -> None:
        """Of the children `shown` on the page those `ticked` are chosen for the asker's draft, and no
        others of them. Raises NotFound, WrongState, TooManyChildren."""

        def change(tx: Tx, before: set[str]) -> set[str]:
            here = {one.id for one in _students(tx, ticked) if one.place}
            ids = (chosen_in(before) - set(shown)) | here
            return (before - _chosen_keys(before)) | keys_of(ids, to_students=to_students)

        await self._desk.readdress(asker, newsletter_id, change)

    async def begin(self, asker: Asker, student_ids: Collection[str]) -> str:
        """A draft to the guardians of these children; its id. Raises NotFound for who is not staff,
        Invalid when there are none, TooManyChildren."""
        here = [
            one for one in await self._db.read(lambda tx: _students(tx, student_ids)) if one.place
        ]
        if not here:
            raise Invalid({"child": _("글을 받을 학생을 선택해 주세요.")})
        keys = keys_of((one.id for one in here), to_students=False)
        content = Content("", "", tuple(sorted(keys)))
        return await self._desk.create(asker, Sort.NEWSLETTER, content)


def keys_of(student_ids: Iterable[str], *, to_students: bool) -> set[str]:
    """The keys of chosen children."""
    kinds = (Kind.GUARDIAN, Kind.STUDENT) if to_students else (Kind.GUARDIAN,)
    return {Audience(kind, Scope.CHILD, one).key for one in student_ids for kind in kinds}


def chosen_in(keys: Iterable[str]) -> set[str]:
    """The ids of the children whom some keys name one by one."""
    found = (audience_of(key) for key in keys)
    return {one.of for one in found if one is not None and one.scope is Scope.CHILD}


def _chosen_keys(keys: Iterable[str]) -> set[str]:
    return {key for key in keys if chosen_in([key])}


def _students(tx: Tx, ids: Collection[str]) -> list[ChosenStudent]:
    """By class and number; behind them whoever has left."""
    here = _rows(tx, _THOSE, (encode(sorted(ids)),))
    gone = set(ids) - {one.id for one in here}
    names = names_of(tx, sorted(gone))
    return here + [ChosenStudent(one, name, "") for one, name in sorted(names.items())]


def _named(tx: Tx, name: str) -> list[ChosenStudent]:
    """Students whose name begins so, then who has it within their name or as 초성."""
    key = normalise(name)
    if not key:
        return []
    place = (key, key + _LAST, FOUND)
    rows = [*tx.rows(_BEGINNING, place), *tx.rows(_CONTAINING, place)]
    found = [ChosenStudent(*row) for row in rows]
    return list({one.id: one for one in found}.values())[:FOUND]


def _rows(tx: Tx, sql: str, params: tuple[Value, ...]) -> list[ChosenStudent]:
    return [ChosenStudent(*row) for row in tx.rows(sql, params)]
