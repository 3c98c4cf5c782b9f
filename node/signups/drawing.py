"""Draws: promised in the log before anybody signs up, held at closing, recomputed by whoever likes.

The rule is protocol.draw's. Holding one is resumed where it broke off: the sign-up is sealed, the record
goes into the log with the list, entries learn in portions what became of them.
"""

import asyncio
import secrets
from collections.abc import Sequence
from functools import partial

from kit import audit
from kit.clock import Clock
from kit.db import Database, Tx
from kit.outbox import publish
from kit.problem import NotFound
from node.ground import School
from node.ledger.service import Ledger
from node.notices.model import Topic
from node.people.model import Asker
from node.signups import entry_store, families, store
from node.signups.model import (
    EntryState,
    How,
    NotDrawnYet,
    OpenDraw,
    Phase,
    Signup,
    SignupAct,
    SignupSettled,
)
from node.signups.noticed import DRAWN
from node.signups.turns import Turns
from protocol.draw import (
    DrawCourse,
    DrawList,
    Drawn,
    draw,
    draw_file,
    list_hash,
    outcome_hash,
    seed_hash,
    text_of,
)
from protocol.receipts import Receipt, to_file
from protocol.records import DrawSeedV1, DrawV1, read_record, record_hash

PORTION = 50
"""Entries that one unit tells what became of them."""
AT_ONCE = 20
"""Draws that one run of the job looks for."""


class Draws:
    """Promises, holds and shows draws."""

    def __init__(
        self, db: Database, clock: Clock, ledger: Ledger, turns: Turns, school: School
    ) -> None:
        self._db = db
        self._clock = clock
        self._ledger = ledger
        self._turns = turns
        self._school = school

    def promise(self, tx: Tx, signup: Signup) -> None:
        """Think of a seed and write its hash into the log, in the unit that publishes the sign-up."""
        seed = secrets.token_hex(32)
        record = DrawSeedV1(
            school_id=self._school.id,
            school_name=self._school.name,
            signup_id=signup.id,
            title=signup.title,
            seed_hash=seed_hash(seed),
            at=self._clock.now(),
        )
        leaf, _digest = self._ledger.append(tx, record)
        store.add_seed(tx, signup.id, seed, leaf)

    # Holding ------------------------------------------------------------------------------------

    async def hold_due(self) -> None:
        """Hold the draws of what is closed."""
        now = self._clock.now()
        for signup_id in await self._db.read(lambda tx: store.to_draw(tx, now, AT_ONCE)):
            await self.hold(signup_id)

    async def hold(self, signup_id: str) -> None:
        """Hold a draw, or go on with one that broke off; nothing where it is not due. Publishes
        SignupSettled."""
        if not await self._db.write(lambda tx: self._seal(tx, signup_id)):
            return
        seed, among = await self._db.read(lambda tx: self._fixed(tx, signup_id))
        text = among if isinstance(among, str) else await asyncio.to_thread(text_of, among)
        drawn = await asyncio.to_thread(draw, seed, text)
        digests = await asyncio.to_thread(lambda: (list_hash(text), outcome_hash(drawn)))
        await self._db.write(lambda tx: self._record(tx, signup_id, text, digests, len(drawn)))
        turns = list(enumerate(drawn, start=1))
        for begin in range(0, len(turns), PORTION):
            settle = partial(
                self._settle_some, signup_id=signup_id, some=turns[begin : begin + PORTION]
            )
            await self._db.write(settle)
        await self._db.write(lambda tx: self._settle(tx, signup_id))

    def _seal(self, tx: Tx, signup_id: str) -> bool:
        """Nothing comes in from now on; whether the draw is due. The writer takes one unit after the
        other: what is entered is before this one, or refused."""
        signup, now = store.signup(tx, signup_id), self._clock.now()
        if signup is None or signup.phase(now) is not Phase.DRAWING:
            return False
        store.seal(tx, signup_id, now)
        return True

    def _fixed(self, tx: Tx, signup_id: str) -> tuple[str, str | DrawList]:
        """The seed, and among which list is drawn: the text that is recorded, or what there is now that
        nothing can change it any more."""
        seeded = store.seed(tx, signup_id)
        assert seeded is not None
        held = store.draw_held(tx, signup_id)
        if held is not None:
            return seeded[0], held[0]
        among = DrawList(
            signup_id=signup_id,
            courses=tuple(
                DrawCourse(id=one.id, name=one.name, places=one.places)
                for one in store.courses(tx, signup_id)
            ),
            entries=tuple(entry_store.in_draw(tx, signup_id)),
        )
        return seeded[0], among

    def _record(
        self, tx: Tx, signup_id: str, text: str, digests: tuple[str, str], entries: int
    ) -> None:
        signup, seeded = store.signup(tx, signup_id), store.seed(tx, signup_id)
        assert signup is not None
        assert seeded is not None
        if store.draw_held(tx, signup_id) is not None:
            return
        seed, promised = seeded
        record = DrawV1(
            school_id=self._school.id,
            school_name=self._school.name,
            signup_id=signup_id,
            title=signup.title,
            commitment=record_hash(self._ledger.record(tx, promised)),
            seed=seed,
            list_hash=digests[0],
            entries=entries,
            outcome_hash=digests[1],
            at=self._clock.now(),
        )
        leaf, _digest = self._ledger.append(tx, record)
        store.keep_draw(tx, signup_id, text, leaf)
        audit.record(tx, self._clock, audit.PROGRAM, SignupAct.DRAW, signup_id, entries=entries)

    def _settle_some(self, tx: Tx, signup_id: str, some: Sequence[tuple[int, Drawn]]) -> None:
        """Some entries, each with its turn, learn what became of them; their families are told."""
        now, students = self._clock.now(), []
        for rank, one in some:
            state = EntryState.WAITING if one.waits else EntryState.PLACED
            entry = entry_store.drawn(tx, signup_id, one.number, state, rank, now)
            if entry is None:
                continue
            if state is EntryState.PLACED:
                many = entry.children
                store.count(tx, entry.course_id, taken=many, waiting=-many)
            students += entry_store.children(tx, entry.id)
        self._turns.tell(tx, students, Topic(DRAWN, signup_id))

    def _settle(self, tx: Tx, signup_id: str) -> None:
        now = self._clock.now()
        store.settle(tx, signup_id, now)
        publish(tx, SignupSettled(signup_id), now)

    # Showing ------------------------------------------------------------------------------------

    async def open(self, asker: Asker, signup_id: str) -> OpenDraw:
        """A draw for whoever may read the sign-up. Raises NotFound."""

        def look(tx: Tx) -> OpenDraw:
            signup, promised = self._of_draw(tx, asker, signup_id)
            held = store.draw_held(tx, signup_id)
            record = self._promised(tx, promised)
            return OpenDraw(
                signup=signup,
                phase=signup.phase(self._clock.now()),
                promised=record.seed_hash,
                promised_leaf=promised,
                drawn_leaf=held[1] if held is not None and signup.settled_at else None,
                own=families.own_entries(tx, asker, signup),
            )

        return await self._db.read(look)

    def promised_hash(self, tx: Tx, signup_id: str) -> str:
        """The hash of the seed as it stands in the log; empty where nothing is drawn."""
        seeded = store.seed(tx, signup_id)
        return "" if seeded is None else self._promised(tx, seeded[1]).seed_hash

    def _promised(self, tx: Tx, leaf: int) -> DrawSeedV1:
        record = read_record(self._ledger.record(tx, leaf))
        assert isinstance(record, DrawSeedV1)
        return record

    async def promise_file(self, asker: Asker, signup_id: str) -> bytes:
        """The receipt of the promise, for whoever may read the sign-up. Raises NotFound."""

        def look(tx: Tx) -> Receipt:
            _signup, promised = self._of_draw(tx, asker, signup_id)
            return self._ledger.receipt(tx, promised)

        return to_file(await self._db.read(look))

    async def file(self, asker: Asker, signup_id: str) -> bytes:
        """All that the draw is recomputed from, for whoever may read the sign-up. Raises NotFound,
        NotDrawnYet."""

        def look(tx: Tx) -> tuple[str, Receipt, Receipt]:
            signup, promised = self._of_draw(tx, asker, signup_id)
            held = store.draw_held(tx, signup_id)
            if held is None or signup.settled_at is None:
                raise NotDrawnYet()
            text, leaf = held
            return text, self._ledger.receipt(tx, promised), self._ledger.receipt(tx, leaf)

        return await asyncio.to_thread(draw_file, *await self._db.read(look))

    def _of_draw(self, tx: Tx, asker: Asker, signup_id: str) -> tuple[Signup, int]:
        signup, seeded = store.signup(tx, signup_id), store.seed(tx, signup_id)
        if signup is None or seeded is None or signup.how is not How.DRAW:
            raise NotFound()
        if not store.is_readable(tx, asker, signup_id):
            raise NotFound()
        return signup, seeded[1]
