"""Surveys: what there is, who reads it, what came of it, the cards of the front page.

await surveys.casting.answer(asker, survey_id, {"a-question": ["an answer"]})
"""

import random
from pathlib import Path

from kit import audit
from kit.card import Card
from kit.clock import DAY, Clock
from kit.db import Database, Tx
from kit.problem import NotFound
from node.notices.service import Notices
from node.people import audience
from node.people.access import name_of, of_now
from node.people.model import Asker, Choice
from node.questions.model import parts_of
from node.questions.service import Questions
from node.surveys import answer_store, cards, store
from node.surveys.box import Boxes
from node.surveys.casting import Casting
from node.surveys.closing import Closing
from node.surveys.desk import SurveyDesk
from node.surveys.model import (
    NoResultsYet,
    QuestionSums,
    Survey,
    SurveyAct,
    SurveyLine,
    SurveyPhase,
    SurveyResults,
    SurveysPage,
    SurveyView,
)
from node.surveys.rights import handles, handles_every
from node.surveys.sums import chosen, in_questions

PAGE = 20
DRAFTS = 30
ON_A_CARD = 4
ANSWERS_ON_A_PAGE = 50
WORDS_ON_A_PAGE = 100
MOST_ANSWERS = 10_000
"""Of a file: more than a school has people."""
LATELY = 7 * DAY
"""For how long the front page tells what came of a survey."""
NEWEST = 2**62


class Surveys:
    """The slice's face: `desk` makes them, `casting` takes answers, `closing` opens them."""

    def __init__(
        self, db: Database, clock: Clock, questions: Questions, notices: Notices, *, boxes: Path
    ) -> None:
        self._db = db
        self._clock = clock
        self._notices = notices
        kept, chance = Boxes(boxes), random.SystemRandom()
        self.desk = SurveyDesk(db, clock, kept)
        self.casting = Casting(db, clock, questions, notices, chance)
        self.closing = Closing(db, clock, kept, notices, chance)

    async def page(self, asker: Asker, before: int | None = None) -> SurveysPage:
        """What the asker may read, the newest first, `before` a moment; with the drafts that they may
        write."""
        now = self._clock.now()

        def look(tx: Tx) -> SurveysPage:
            found = store.published(tx, asker, before or NEWEST, PAGE + 1)
            shown = found[:PAGE]
            author = None if handles_every(asker) else asker.id
            drafts = store.drafts(tx, DRAFTS, author) if asker.is_staff and before is None else []
            ids = [one.id for one in shown]
            asked, took_part = store.asked_of(tx, asker, ids), store.took_part(tx, asker.id, ids)
            return SurveysPage(
                lines=[
                    SurveyLine(one, one.phase(now), one.id in asked, one.id in took_part)
                    for one in shown
                ],
                before=shown[-1].published_at if len(found) > PAGE else None,
                drafts=[SurveyLine(one, SurveyPhase.DRAFT) for one in drafts],
            )

        return await self._db.read(look)

    async def view(self, asker: Asker, survey_id: str) -> SurveyView:
        """A survey for whoever may read it; a draft for those who write it. Raises NotFound."""
        now = self._clock.now()

        def look(tx: Tx) -> SurveyView:
            survey = self._readable(tx, asker, survey_id)
            is_asked = store.is_asked(tx, asker, survey_id)
            given = answer_store.given(tx, survey_id, asker.id) if survey.is_named else None
            return SurveyView(
                survey=survey,
                phase=survey.phase(now),
                audience=list(audience.labels(tx, store.keys(tx, survey_id)).values()),
                author=name_of(tx, survey.author_id),
                is_asked=is_asked,
                took_part=bool(store.took_part(tx, asker.id, [survey_id])),
                own={} if given is None else given.values(),
                sums=_shared(tx, survey) if is_asked else (),
                handles=handles(asker, survey),
            )

        return await self._db.read(look)

    def _readable(self, tx: Tx, asker: Asker, survey_id: str) -> Survey:
        survey = store.survey(tx, survey_id)
        if survey is None:
            raise NotFound()
        if handles(asker, survey):
            return survey
        if survey.published_at is None or not store.is_readable(tx, asker, survey_id):
            raise NotFound()
        return survey

    async def places(self, chosen: tuple[str, ...]) -> dict[str, list[Choice]]:
        """Whom a survey may ask, by heading."""
        return await self._db.read(lambda tx: audience.places(tx, chosen))

    # What came of it ----------------------------------------------------------------------------

    async def results(self, asker: Asker, survey_id: str, page: int = 1) -> SurveyResults:
        """What came of a survey, for who handles it. Raises NotFound."""

        def look(tx: Tx) -> SurveyResults:
            found = self._handled(tx, asker, survey_id)
            return self._results(tx, found, WORDS_ON_A_PAGE, ANSWERS_ON_A_PAGE, page)

        found = await self._db.read(look)
        if found.phase is SurveyPhase.CLOSED:
            now = self._clock.now()
            await self._db.note(lambda tx: self._notices.done(tx, asker.id, survey_id, now))
        return found

    async def export(self, asker: Asker, survey_id: str) -> SurveyResults:
        """All of it, for a file; audited. Raises NotFound, NoResultsYet."""

        def unit(tx: Tx, now: Asker) -> None:
            survey = self._handled(tx, now, survey_id)
            if not self._shows_sums(survey):
                raise NoResultsYet()
            audit.record(tx, self._clock, now, SurveyAct.EXPORT, survey_id)

        await self._db.write(of_now(asker, unit))
        return await self._db.read(
            lambda tx: self._results(
                tx, self._handled(tx, asker, survey_id), MOST_ANSWERS, MOST_ANSWERS, 1
            )
        )

    def _handled(self, tx: Tx, asker: Asker, survey_id: str) -> Survey:
        survey = store.survey(tx, survey_id)
        if survey is None or survey.published_at is None or not handles(asker, survey):
            raise NotFound()
        return survey

    def _shows_sums(self, survey: Survey) -> bool:
        """Whether those who handle it see sums: of a named one at any time, of an anonymous one once it is
        opened and enough have answered."""
        if survey.is_named:
            return True
        return survey.opened_at is not None and not survey.is_hidden and not survey.is_lost

    def _results(
        self, tx: Tx, survey: Survey, most_words: int, most_answers: int, page: int
    ) -> SurveyResults:
        sums: list[QuestionSums] = []
        if self._shows_sums(survey):
            words = {
                one.id: store.words(tx, survey.id, one.id, most_words)
                for one in parts_of(survey.fields)
                if not chosen(one)
            }
            counts = store.sums(tx, survey.id)
            sums = in_questions(survey.fields, counts, None if survey.is_named else words)
        pages = max(1, -(-survey.cast // most_answers)) if survey.is_named else 1
        page = min(max(page, 1), pages)
        return SurveyResults(
            survey=survey,
            phase=survey.phase(self._clock.now()),
            audience=list(audience.labels(tx, store.keys(tx, survey.id)).values()),
            sums=sums,
            named=answer_store.page(tx, survey.id, most_answers, (page - 1) * most_answers)
            if survey.is_named
            else (),
            page=page,
            pages=pages,
        )

    # The front page -----------------------------------------------------------------------------

    def cards(self, tx: Tx, asker: Asker, now: int) -> list[Card]:
        """What still asks the asker, what came of what they were asked; for staff how their own fare."""
        found = []
        if waiting := store.to_answer(tx, asker, now, ON_A_CARD):
            found.append(cards.waiting_card(waiting, now))
        shown = store.shown_lately(tx, asker, now - LATELY, ON_A_CARD)
        if shown := [one for one in shown if not one.is_hidden and not one.is_lost]:
            found.append(cards.results_card(shown))
        if asker.is_staff and (mine := store.own(tx, asker.id, now - LATELY, ON_A_CARD)):
            found.append(cards.own_card(mine, now))
        return found


def _shared(tx: Tx, survey: Survey) -> list[QuestionSums]:
    """The sums that all who were asked see; never what was written, nor anything of too few."""
    if not survey.is_shared or survey.opened_at is None or survey.is_hidden or survey.is_lost:
        return []
    return in_questions(survey.fields, store.sums(tx, survey.id))
