"""Answering: who took part is noted once, and the answer is kept in the same unit.

An anonymous answer is sealed before it reaches the database. That mark and ballot stand in one commit joins a
person with a sealed ballot, and with nothing else: it is opened together with all others, in the order of
chance, and its key is destroyed (docs/decisions/0029).
"""

import random
from collections.abc import Mapping, Sequence

from kit.clock import Clock
from kit.db import Database, Tx
from kit.problem import NotFound
from kit.wording import class_words
from node.notices.service import Notices
from node.people.access import of_now
from node.people.model import Asker
from node.questions.filling import answers_of
from node.questions.model import Given
from node.questions.service import Questions
from node.surveys import answer_store, store
from node.surveys.box import room, seal
from node.surveys.model import (
    QuestionsMoved,
    Survey,
    SurveyAsksOthers,
    SurveyClosed,
    SurveyPhase,
    TookPart,
)
from node.surveys.sums import counted
from protocol.records import Answer


class Casting:
    """`chance` says in which order ballots lie."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        questions: Questions,
        notices: Notices,
        chance: random.Random,
    ) -> None:
        self._db = db
        self._clock = clock
        self._questions = questions
        self._notices = notices
        self.chance = chance

    async def answer(
        self, asker: Asker, survey_id: str, values: Mapping[str, Sequence[str]]
    ) -> None:
        """Answer once; an answer with a name may be given anew until the closing.

        Raises NotFound, SurveyAsksOthers, SurveyClosed, BadAnswer, TookPart, QuestionsMoved.
        """
        survey = await self._db.read(lambda tx: self._open(tx, asker, survey_id))
        answers = answers_of(survey.fields, values)
        if survey.is_named:
            await self._db.write(
                of_now(asker, lambda tx, now: self._keep(tx, now, survey, answers))
            )
            return
        ballot = {one.field: one.answer for one in answers if one.answer}
        sealed = seal(survey.box, ballot, room(survey.fields))

        def unit(tx: Tx, now: Asker) -> None:
            if self._open(tx, now, survey_id).box != survey.box:
                raise QuestionsMoved()
            if not store.take_part(tx, survey_id, now.id):
                raise TookPart()
            store.cast(tx, survey_id, f"{self.chance.getrandbits(80):020x}", sealed)
            self._notices.done(tx, now.id, survey_id, self._clock.now())

        await self._db.write(of_now(asker, unit))

    def _keep(self, tx: Tx, asker: Asker, survey: Survey, answers: tuple[Answer, ...]) -> None:
        """An answer with a name, in place of the one before."""
        self._open(tx, asker, survey.id)
        at, before = self._clock.now(), answer_store.given(tx, survey.id, asker.id)
        if before is not None:
            old = {one.field: one.answer for one in before.answers}
            less = [(field, option, -1) for field, option in counted(survey.fields, old)]
            store.add_to_sums(tx, survey.id, less)
        new = {one.field: one.answer for one in answers}
        more = [(field, option, 1) for field, option in counted(survey.fields, new)]
        store.add_to_sums(tx, survey.id, more)
        given = Given(
            asked_id=asker.id,
            by_id=asker.id,
            by_name=_who(tx, asker),
            answers=answers,
            given_at=at,
            revision=1 if before is None else before.revision + 1,
            on_paper_by="",
        )
        self._questions.keep(tx, survey.id, given)
        store.take_part(tx, survey.id, asker.id)
        self._notices.done(tx, asker.id, survey.id, at)

    def _open(self, tx: Tx, asker: Asker, survey_id: str) -> Survey:
        """A survey that takes an answer of the asker. Raises NotFound, SurveyAsksOthers, SurveyClosed."""
        survey = store.survey(tx, survey_id)
        if survey is None or survey.published_at is None:
            raise NotFound()
        if not store.is_asked(tx, asker, survey_id):
            raise SurveyAsksOthers() if store.is_readable(tx, asker, survey_id) else NotFound()
        if survey.phase(self._clock.now()) is not SurveyPhase.OPEN:
            raise SurveyClosed()
        return survey


def _who(tx: Tx, asker: Asker) -> str:
    """Who answered, as the results name them: with their duty, child or class."""
    label = asker.label
    if not label:
        sql = "SELECT grade, class_number FROM people_v_student WHERE student_id = ?"
        row = tx.row(sql, (asker.id,))
        label = "" if row is None else class_words(*row)
    return f"{asker.name} ({label})" if label else asker.name
