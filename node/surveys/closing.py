"""Closing a survey: what was cast is opened at once and in the order of chance, then the key goes.

Each step stands in the database before the next begins, and each may be done twice: whatever ends the program in
between, the job goes on from what stands. Nothing that is written here says when or by whom a ballot was cast.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from functools import partial

from nacl.public import PrivateKey, SealedBox

from kit.clock import DAY, Clock
from kit.db import Database, Tx, outside_units
from kit.outbox import publish
from node.notices.model import Topic, Urgency
from node.notices.service import Notices
from node.questions.model import Field
from node.surveys import store
from node.surveys.box import Boxes, BoxLost, unseal
from node.surveys.model import (
    Survey,
    SurveyDue,
    SurveyPhase,
    SurveyRestarted,
    SurveySettled,
)
from node.surveys.noticed import SETTLED
from node.surveys.sums import Sums, chosen, counted_of_all

AT_ONCE = 50
"""Ballots or words that one unit reads, writes or removes."""
MOST_OPEN = 200
"""Surveys that are looked at in one run."""
REMINDED_BEFORE = DAY

Word = tuple[str, str, str]
"""Field, id, what was written."""


class Closing:
    """`chance` says in which order written answers stand."""

    def __init__(
        self, db: Database, clock: Clock, boxes: Boxes, notices: Notices, chance: random.Random
    ) -> None:
        self._db = db
        self._clock = clock
        self._boxes = boxes
        self._notices = notices
        self.chance = chance
        self._turn = asyncio.Lock()

    async def run(self) -> None:
        """What is due: reminders, closings that wait or were cut off, boxes without key, keys without
        box."""
        now = self._clock.now()
        for one in await self._db.read(lambda tx: store.unsettled(tx, MOST_OPEN)):
            if one.phase(now) is not SurveyPhase.OPEN:
                await self.settle(one.id)
            elif one.box and not await asyncio.to_thread(self._boxes.holds, one.id, one.box):
                await self._restart(one)
        await self._sweep()
        await self._remind(now)

    async def settle(self, survey_id: str) -> None:
        """Close a survey, or go on with its closing; publishes SurveySettled."""
        async with self._turn:  # the job and whoever presses "close now" do not both open it
            await self._settle(survey_id)

    async def _settle(self, survey_id: str) -> None:
        await self._db.write(lambda tx: store.close(tx, survey_id, self._clock.now()))
        survey = await self._db.read(lambda tx: store.survey(tx, survey_id))
        assert survey is not None
        if survey.settled_at is not None:
            return
        if survey.opened_at is None:
            await self._open(survey)
        if not survey.is_named:
            await asyncio.to_thread(self._boxes.destroy, survey_id)
            await self._until_done(lambda tx: store.drop_sealed(tx, survey_id, AT_ONCE))
            await self._until_done(lambda tx: store.forget_part(tx, survey_id, AT_ONCE))
        await self._db.write(lambda tx: self._settled(tx, survey))

    def _settled(self, tx: Tx, survey: Survey) -> None:
        now = self._clock.now()
        store.settle(tx, survey.id, now)
        self._notices.tell(tx, {survey.author_id: [""]}, Topic(SETTLED, survey.id), Urgency.USUAL)
        publish(tx, SurveySettled(survey.id), now)

    async def _open(self, survey: Survey) -> None:
        """Sums and words, from all ballots together. Of too few nothing is opened."""
        if survey.is_named or survey.is_hidden:
            await self._db.write(lambda tx: store.opened(tx, survey.id, self._clock.now()))
            return
        try:
            opener = await asyncio.to_thread(self._boxes.opener, survey.id, survey.box)
            ballots = await self._ballots(survey, opener)
        except BoxLost:
            await self._db.write(
                lambda tx: store.opened(tx, survey.id, self._clock.now(), is_lost=True)
            )
            return
        sums, words = await asyncio.to_thread(self._mixed, survey.fields, ballots)
        # What a run that was cut off has written goes: it was in another order.
        await self._until_done(lambda tx: store.drop_words(tx, survey.id, AT_ONCE))
        for at in range(0, len(words), AT_ONCE):
            some = words[at : at + AT_ONCE]
            await self._db.write(partial(store.add_words, survey_id=survey.id, some=some))
        await self._db.write(lambda tx: self._opened(tx, survey, sums))

    async def _ballots(self, survey: Survey, opener: SealedBox[PrivateKey]) -> list[dict[str, str]]:
        """What is in all of them, in the order of their ids. Raises BoxLost."""
        ballots: list[dict[str, str]] = []
        after = ""
        while some := await self._db.read(partial(_sealed, survey_id=survey.id, after=after)):
            ballots += await asyncio.to_thread(_unsealed, opener, [one for _id, one in some])
            after = some[-1][0]
        return ballots

    @outside_units
    def _mixed(
        self, fields: tuple[Field, ...], ballots: list[dict[str, str]]
    ) -> tuple[Sums, list[Word]]:
        """Sums of what was chosen; what was written, question by question in an order of its own, so that
        not even the answers of one ballot stand together."""
        words: list[Word] = []
        for field in fields:
            if chosen(field):
                continue
            written = [one[field.id] for one in ballots if field.id in one]
            self.chance.shuffle(written)
            ids = sorted(f"{self.chance.getrandbits(80):020x}" for _one in written)
            words += [(field.id, id, text) for id, text in zip(ids, written, strict=True)]
        return counted_of_all(fields, ballots), words

    def _opened(self, tx: Tx, survey: Survey, sums: Sums) -> None:
        store.add_to_sums(tx, survey.id, [(*key, count) for key, count in sums.items()])
        store.opened(tx, survey.id, self._clock.now())

    async def _until_done(self, some: Callable[[Tx], int]) -> None:
        """In units of AT_ONCE rows."""
        while await self._db.write(some) == AT_ONCE:
            pass

    # Boxes without a key, keys without a box ------------------------------------------------------

    async def _restart(self, survey: Survey) -> None:
        """An open survey whose key is gone, for no backup holds one: what was cast can never be opened, so it
        goes, and all are asked anew. Publishes SurveyRestarted."""
        await self._until_done(lambda tx: store.drop_sealed(tx, survey.id, AT_ONCE))
        await self._until_done(lambda tx: store.forget_part(tx, survey.id, AT_ONCE))
        box = await asyncio.to_thread(self._boxes.make, survey.id)

        def unit(tx: Tx) -> None:
            while store.drop_sealed(tx, survey.id, AT_ONCE):  # cast meanwhile: a few
                pass
            while store.forget_part(tx, survey.id, AT_ONCE):
                pass
            store.renew(tx, survey.id, box)
            publish(tx, SurveyRestarted(survey.id), self._clock.now())

        await self._db.write(unit)

    async def _sweep(self) -> None:
        """Keys of boxes that are settled or gone are destroyed. That of a draft may be one that is just being
        published."""
        for survey_id in await asyncio.to_thread(self._boxes.kept):
            survey = await self._db.read(partial(store.survey, survey_id=survey_id))
            if survey is None or survey.settled_at is not None:
                await asyncio.to_thread(self._boxes.destroy, survey_id)

    async def _remind(self, now: int) -> None:
        """Publishes SurveyDue for what closes soon."""

        def unit(tx: Tx) -> None:
            for survey_id in store.to_remind(tx, now, now + REMINDED_BEFORE, MOST_OPEN):
                store.remind(tx, survey_id, now)
                publish(tx, SurveyDue(survey_id), now)

        if await self._db.read(
            lambda tx: store.to_remind(tx, now, now + REMINDED_BEFORE, MOST_OPEN)
        ):
            await self._db.write(unit)


def _sealed(tx: Tx, survey_id: str, after: str) -> list[tuple[str, bytes]]:
    return store.sealed(tx, survey_id, after, AT_ONCE)


def _unsealed(opener: SealedBox[PrivateKey], some: Sequence[bytes]) -> list[dict[str, str]]:
    return [unseal(opener, one) for one in some]
