"""A letter is read over before it is sent; its author mends what was found, or keeps it as it stands.

proof = await proofreading.of(letter)          # of one that the asker has on their desk
await proofreading.mend(asker, letter.id, proof.open[0].key)

What is looked at, and how, stands in `node.newsletters.proof`: nothing that is found keeps a letter back.
"""

import asyncio
from collections.abc import Iterable
from datetime import date, timedelta

import msgspec

from kit.clock import Clock, local, school_year
from kit.db import Database, Tx
from node.calendar.model import LAST_DAY, ClosedDay
from node.calendar.service import Calendar
from node.current import CurrentSettings
from node.forms.model import FormDraft
from node.newsletters import store
from node.newsletters.desk import Desk, editable
from node.newsletters.model import Content, Letter, Sort
from node.newsletters.proof.proofread import doubts
from node.newsletters.proof.sheet import ALL, Doubt, FormSheet, ProofSheet
from node.newsletters.publishing import form_draft
from node.people.access import of_now
from node.people.audience import audience_of, classes
from node.people.model import Asker, Audience, Kind, Scope

AHEAD = timedelta(days=400)
"""How far a letter looks: beyond the end of the next school year's first weeks."""


class Doubts(msgspec.Struct, frozen=True):
    """What was found in a letter: `open`, and what its author keeps as it stands."""

    open: list[Doubt]
    kept: list[Doubt]


class Proofreading:
    """Every verb takes the asker first."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        calendar: Calendar,
        desk: Desk,
        settings: CurrentSettings,
    ) -> None:
        self._db = db
        self._clock = clock
        self._calendar = calendar
        self._desk = desk
        self._settings = settings

    async def of(self, letter: Letter) -> Doubts:
        """What there is to ask about a letter that the asker has on their desk, as it stands now."""

        def unit(tx: Tx) -> tuple[ProofSheet, set[str]]:
            return self._sheet(tx, letter), store.kept_doubts(tx, letter.id)

        sheet, kept = await self._db.read(unit)
        found = await asyncio.to_thread(doubts, sheet)
        return Doubts(
            [one for one in found if one.key not in kept], [one for one in found if one.key in kept]
        )

    async def mend(self, asker: Asker, newsletter_id: str, key: str) -> Doubt | None:
        """Put what was found right in the asker's draft, where it is certain how; None where it does not
        stand there any more. Raises NotFound, WrongState, ChangedMeanwhile."""
        letter = await self._desk.draft(asker, newsletter_id)
        proof = await self.of(letter)
        doubt = next((one for one in (*proof.open, *proof.kept) if one.key == key), None)
        if doubt is None or doubt.mend is None:
            return None
        texts = {"title": letter.title, "body": letter.body}
        text = texts[doubt.part]
        texts[doubt.part] = text[: doubt.start] + doubt.mend + text[doubt.end :]
        content = Content(
            texts["title"],
            texts["body"],
            tuple(sorted(letter.audience)),
            None,
            letter.scheduled_at,
            letter.telephone,
            letter.seen,
        )
        await self._desk.save(asker, newsletter_id, content)
        return doubt

    async def keep(self, asker: Asker, newsletter_id: str, key: str) -> None:
        """It stays as it stands in the asker's draft, and is not asked again while its line does. Raises
        NotFound, WrongState."""

        def unit(tx: Tx, asker: Asker) -> None:
            editable(tx, asker, newsletter_id)
            store.keep_doubt(tx, newsletter_id, key)

        await self._db.write(of_now(asker, unit))

    async def ask_again(self, asker: Asker, newsletter_id: str, key: str) -> None:
        """What was kept is a question once more. Raises NotFound, WrongState."""

        def unit(tx: Tx, asker: Asker) -> None:
            editable(tx, asker, newsletter_id)
            store.forget_kept_doubt(tx, newsletter_id, key)

        await self._db.write(of_now(asker, unit))

    def _sheet(self, tx: Tx, letter: Letter) -> ProofSheet:
        goes_out = local(max(letter.scheduled_at or 0, self._clock.now())).date()
        keys = [found for found in map(audience_of, letter.audience) if found is not None]
        families = [one for one in keys if one.kind is not Kind.STAFF]
        grades, rooms = _reached(tx, families)
        form = form_draft(letter.form)
        now = self._settings.now
        closed: dict[date, ClosedDay] = {}
        if goes_out < LAST_DAY - AHEAD:
            closed = self._calendar.closed(tx, goes_out, goes_out + AHEAD)
        return ProofSheet(
            title=letter.title,
            body=letter.body,
            goes_out=goes_out,
            year=school_year(goes_out),
            school=now.school_name,
            telephone=letter.telephone or now.telephone,
            grades=grades,
            rooms=rooms,
            is_for_families=bool(families) or not keys,
            is_class_notice=letter.kind == Sort.CLASS_NOTICE,
            form=None if form is None else _form(form),
            closed=closed,
        )


def _reached(
    tx: Tx, families: Iterable[Audience]
) -> tuple[frozenset[int] | None, frozenset[tuple[int, int]]]:
    """The grades and classes that a letter goes to, as a sheet names them."""
    grades: set[int] = set()
    rooms: set[tuple[int, int]] = set()
    known = {room.id: (room.grade, room.number) for room in classes(tx)}
    wide: set[int] = set()
    for one in families:
        match one.scope:
            case Scope.SCHOOL:
                return ALL, frozenset()
            case Scope.GRADE if one.of.isdecimal():
                wide.add(int(one.of))
            case Scope.CLASS if one.of in known:
                rooms.add(known[one.of])
            case _:
                return None, frozenset()
    grades = wide | {grade for grade, _number in rooms}
    if not grades:
        return None, frozenset()
    return frozenset(grades), frozenset() if wide else frozenset(rooms)


def _form(form: FormDraft) -> FormSheet:
    words = [
        word
        for field in form.fields
        for word in (field.label, *field.rows, *field.options, field.help)
    ]
    deadline = None if form.deadline_at is None else local(form.deadline_at).date()
    return FormSheet(deadline, "\n".join(words), form.both_guardians)
