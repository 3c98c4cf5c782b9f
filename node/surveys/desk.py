"""Making surveys: drafts, publishing, another closing."""

import asyncio

from kit import audit
from kit.clock import DAY, Clock, from_datetime, local
from kit.db import Database, Tx
from kit.i18n import _
from kit.ids import new_id
from kit.outbox import publish
from kit.problem import Invalid, NotFound
from kit.seen import check_seen
from kit.typed import whole
from node.people import audience
from node.people.access import of_now, require_staff
from node.people.model import Asker, Scope
from node.questions.model import Field, FieldKind, LegalBasis, Questionnaire
from node.surveys import store
from node.surveys.box import WRITTEN, Boxes
from node.surveys.model import (
    FEWEST,
    LONGEST_TEXT,
    LONGEST_TITLE,
    MOST_WRITTEN,
    MayNotAsk,
    Survey,
    SurveyAct,
    SurveyClosed,
    SurveyPhase,
    SurveyPublished,
    SurveyStart,
    SurveyText,
    TooFewAsked,
)
from node.surveys.rights import handles, may_publish

CLOSES_AT_HOUR = 17
DAYS_OPEN = 7
LONGEST_RUN = 120 * DAY
"""From publishing to closing."""


class SurveyDesk:
    """Drafts are their author's, and of those who answer for the whole school."""

    def __init__(self, db: Database, clock: Clock, boxes: Boxes) -> None:
        self._db = db
        self._clock = clock
        self._boxes = boxes

    async def create(self, asker: Asker, start: SurveyStart) -> str:
        """An empty draft that closes in a week; its id. Staff."""
        now = self._clock.now()
        is_poll = start is SurveyStart.POLL
        empty = SurveyText(
            closes_at=_at_hour(now + DAYS_OPEN * DAY, CLOSES_AT_HOUR),
            is_named=start is SurveyStart.NAMED,
            is_shared=is_poll,
            fields=(Field(new_id(), FieldKind.CHOICE, ""),) if is_poll else (),
        )

        def unit(tx: Tx, author: Asker) -> str:
            require_staff(author)
            made = new_id()
            store.add(tx, made, empty, author.id, now)
            return made

        return await self._db.write(of_now(asker, unit))

    async def draft(self, asker: Asker, survey_id: str) -> SurveyText:
        """A draft as it is kept. Raises NotFound."""
        return await self._db.read(lambda tx: _text_of(tx, _draft(tx, asker, survey_id)))

    async def save(self, asker: Asker, survey_id: str, text: SurveyText, seen: str = "") -> None:
        """Keep a draft. Raises NotFound, Invalid, TooLong, ChangedMeanwhile."""
        _check_text(text)

        def unit(tx: Tx, now: Asker) -> None:
            check_seen(seen, _text_of(tx, _draft(tx, now, survey_id)))
            store.rewrite(tx, survey_id, text)

        await self._db.write(of_now(asker, unit))

    async def discard(self, asker: Asker, survey_id: str) -> None:
        """A draft goes. Raises NotFound."""

        def unit(tx: Tx, now: Asker) -> None:
            _draft(tx, now, survey_id)
            store.drop(tx, survey_id)

        await self._db.write(of_now(asker, unit))

    async def publish(self, asker: Asker, survey_id: str) -> None:
        """Put it to those whom it asks; audited. An anonymous one gets its box first.

        Raises NotFound, MayNotAsk, Invalid where something is missing, TooFewAsked; publishes
        SurveyPublished.
        """
        asked, is_named = await self._db.read(lambda tx: self._ready(tx, asker, survey_id))
        if not is_named and asked < FEWEST:
            raise TooFewAsked(asked=asked)
        box = "" if is_named else await asyncio.to_thread(self._boxes.make, survey_id)

        def unit(tx: Tx, now: Asker) -> None:
            survey = _draft(tx, now, survey_id)
            text = _text_of(tx, survey)
            if text.is_named is not is_named:
                raise Invalid({"kind": _("그사이 설문 종류가 바뀌었습니다. 다시 확인해 주세요.")})
            self._require_whole(now, text)
            at = self._clock.now()
            store.publish(tx, survey_id, box, asked, at)
            audit.record(tx, self._clock, now, SurveyAct.PUBLISH, survey_id, title=survey.title)
            publish(tx, SurveyPublished(survey_id), at)

        await self._db.write(of_now(asker, unit))

    def _ready(self, tx: Tx, asker: Asker, survey_id: str) -> tuple[int, bool]:
        """How many it asks, and whether it is named. Raises NotFound, MayNotAsk, Invalid."""
        text = _text_of(tx, _draft(tx, asker, survey_id))
        self._require_whole(asker, text)
        return audience.how_many(tx, text.keys), text.is_named

    def _require_whole(self, asker: Asker, text: SurveyText) -> None:
        """Raises Invalid where something is missing, MayNotAsk."""
        wrong = {}
        if not text.title:
            wrong["title"] = _("제목을 입력해 주세요.")
        if not text.keys:
            wrong["audience"] = _("누구에게 물을지 선택해 주세요.")
        fault = Questionnaire(text.fields, LegalBasis.NONE).fault
        written = sum(one.kind in WRITTEN for one in text.fields)
        if not fault and not text.is_named and written > MOST_WRITTEN:
            fault = _("익명 설문에서 글로 답하는 질문은 5개까지 만들 수 있습니다.")
        if fault:
            wrong["form_label"] = fault
        if not self._clock.now() < text.closes_at <= self._clock.now() + LONGEST_RUN:
            wrong["closes"] = _("지금부터 120일 안의 날짜와 시각을 선택해 주세요.")
        if wrong:
            raise Invalid(wrong)
        if not may_publish(asker, text.keys):
            raise MayNotAsk()

    # What is published ----------------------------------------------------------------------------

    async def move_closing(self, asker: Asker, survey_id: str, closes_at: int) -> None:
        """It closes at another moment (ms) that is still to come; audited. Raises NotFound, Invalid,
        SurveyClosed."""

        def unit(tx: Tx, now: Asker) -> None:
            self._open(tx, now, survey_id)
            at = self._clock.now()
            if not at < closes_at <= at + LONGEST_RUN:
                raise Invalid({"closes": _("지금부터 120일 안의 날짜와 시각을 선택해 주세요.")})
            store.move_closing(tx, survey_id, closes_at)
            audit.record(tx, self._clock, now, SurveyAct.CLOSING, survey_id, closes_at=closes_at)

        await self._db.write(of_now(asker, unit))

    async def close(self, asker: Asker, survey_id: str) -> None:
        """No more answers are taken from now on; audited. Raises NotFound, SurveyClosed."""

        def unit(tx: Tx, now: Asker) -> None:
            self._open(tx, now, survey_id)
            store.close(tx, survey_id, self._clock.now())
            audit.record(tx, self._clock, now, SurveyAct.CLOSE, survey_id)

        await self._db.write(of_now(asker, unit))

    def _open(self, tx: Tx, asker: Asker, survey_id: str) -> Survey:
        """What takes answers and the asker may change."""
        survey = store.survey(tx, survey_id)
        if survey is None or survey.published_at is None or not handles(asker, survey):
            raise NotFound()
        if survey.phase(self._clock.now()) is not SurveyPhase.OPEN:
            raise SurveyClosed()
        return survey


def _draft(tx: Tx, asker: Asker, survey_id: str) -> Survey:
    survey = store.survey(tx, survey_id)
    if survey is None or survey.published_at is not None or not handles(asker, survey):
        raise NotFound()
    return survey


def _text_of(tx: Tx, survey: Survey) -> SurveyText:
    return SurveyText(
        title=survey.title,
        text=survey.text,
        keys=store.keys(tx, survey.id),
        is_named=survey.is_named,
        is_shared=survey.is_shared,
        closes_at=survey.closes_at,
        fields=survey.fields,
    )


def _check_text(text: SurveyText) -> None:
    """Raises Invalid, TooLong for what no draft may hold."""
    whole("title", text.title, LONGEST_TITLE)
    whole("text", text.text, LONGEST_TEXT)
    audiences = [audience.audience_of(key) for key in text.keys]
    if any(one is None or one.scope is Scope.CHILD for one in audiences):
        raise Invalid({"audience": _("누구에게 물을지 목록에서 선택해 주세요.")})


def _at_hour(at: int, hour: int) -> int:
    """An hour of the day of a moment (ms)."""
    day = local(at)
    return from_datetime(day.replace(hour=hour, minute=0, second=0, microsecond=0))
