"""Who is told of a survey, some in each step: those who are asked, those who have not answered."""

from collections.abc import Callable
from typing import Protocol

from kit.clock import Clock
from kit.db import Tx
from node.notices.model import Topic, Urgency
from node.notices.service import Notices
from node.people import audience
from node.surveys import store
from node.surveys.model import SurveyPhase
from node.surveys.noticed import ASKED, DUE, RESTARTED

AT_ONCE = 50
"""People who are told in one unit."""


class OfSurvey(Protocol):
    """An event of a survey."""

    @property
    def survey_id(self) -> str: ...


Step = Callable[[Tx, OfSurvey, str | None], str | None]


class SurveyNews:
    """Tells those who hold a key of a survey and have not answered it."""

    def __init__(self, clock: Clock, notices: Notices) -> None:
        self._clock = clock
        self._notices = notices

    def published(self, tx: Tx, event: OfSurvey, at: str | None) -> str | None:
        """A step: some are told that they are asked."""
        return self._tell(tx, event, at, ASKED, Urgency.USUAL)

    def due(self, tx: Tx, event: OfSurvey, at: str | None) -> str | None:
        """A step: some are reminded."""
        return self._tell(tx, event, at, DUE, Urgency.USUAL)

    def restarted(self, tx: Tx, event: OfSurvey, at: str | None) -> str | None:
        """A step: some are told that they are asked anew."""
        return self._tell(tx, event, at, RESTARTED, Urgency.USUAL)

    def _tell(
        self, tx: Tx, event: OfSurvey, at: str | None, kind: str, urgency: Urgency
    ) -> str | None:
        survey = store.survey(tx, event.survey_id)
        if survey is None or survey.phase(self._clock.now()) is not SurveyPhase.OPEN:
            return None
        some = audience.next_holders(tx, store.keys(tx, survey.id), at or "", AT_ONCE)
        told = set(some) - store.part_of(tx, survey.id, some)
        if told:
            people = {person: [""] for person in sorted(told)}
            self._notices.tell(tx, people, Topic(kind, survey.id), urgency)
        return some[-1] if len(some) == AT_ONCE else None
