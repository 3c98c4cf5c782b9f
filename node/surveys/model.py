"""The words of surveys: what is asked of whom, who took part, what came of it."""

import enum
from collections.abc import Mapping, Sequence

import msgspec

from kit.event import Event
from kit.i18n import _
from kit.problem import Conflict, Problem, Way
from kit.seen import seen_of
from node.questions.model import Field, Given

LONGEST_TITLE = 200  # characters
LONGEST_TEXT = 4_000
FEWEST = 5
"""Fewer answers than these are shown to nobody; of an anonymous survey they are never opened."""
MOST_WRITTEN = 5
"""Questions of an anonymous survey that are answered in words: each makes every ballot as long as its
longest answer might be."""


class SurveyStart(enum.StrEnum):
    """What a new draft begins as."""

    ANONYMOUS = "anonymous"
    NAMED = "named"
    POLL = "poll"  # one question, its result for all who were asked


class SurveyText(msgspec.Struct, frozen=True, kw_only=True):
    """A survey as it is written. `closes_at` in ms; `is_named`: answers stand with names; `is_shared`: after
    the closing all who were asked see the sums."""

    title: str = ""
    text: str = ""
    keys: tuple[str, ...] = ()
    is_named: bool = False
    is_shared: bool = False
    closes_at: int
    fields: tuple[Field, ...] = ()

    @property
    def seen(self) -> str:
        """The version of it, for whoever saves (kit.seen)."""
        return seen_of(self)


class SurveyPhase(enum.StrEnum):
    """Where a survey stands."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSING = "closing"  # takes no answers any more; what was cast is being opened
    CLOSED = "closed"


PHASE_LABELS = {
    SurveyPhase.DRAFT: _("작성 중"),
    SurveyPhase.OPEN: _("응답 받는 중"),
    SurveyPhase.CLOSING: _("집계 중"),
    SurveyPhase.CLOSED: _("마감됨"),
}
PHASE_KINDS = {
    SurveyPhase.DRAFT: "neutral",
    SurveyPhase.OPEN: "success",
    SurveyPhase.CLOSING: "info",
    SurveyPhase.CLOSED: "neutral",
}
"""How a chip of each is coloured."""


class Survey(msgspec.Struct, frozen=True):
    """What is stored of a survey; times in ms. `asked`: people who were asked when it was published; `cast`:
    answers so far; `box`: the public key that ballots are sealed with, empty of a named one; `is_lost`: its
    ballots cannot be opened, for their key is gone with the machine that they were cast on."""

    id: str
    title: str
    text: str
    fields: tuple[Field, ...]
    is_named: bool
    is_shared: bool
    author_id: str
    closes_at: int
    asked: int
    cast: int
    box: str
    is_lost: bool
    published_at: int | None
    closed_at: int | None
    opened_at: int | None
    settled_at: int | None

    def phase(self, now: int) -> SurveyPhase:
        """Where it stands at a moment (ms)."""
        if self.published_at is None:
            return SurveyPhase.DRAFT
        if self.opened_at is not None:
            return SurveyPhase.CLOSED
        is_over = self.closed_at is not None or now >= self.closes_at
        return SurveyPhase.CLOSING if is_over else SurveyPhase.OPEN

    @property
    def is_hidden(self) -> bool:
        """Whether too few answered for anything to be shown without names."""
        return self.cast < FEWEST


class SurveyLine(msgspec.Struct, frozen=True):
    """A survey in a list. `is_asked`: of the reader as well; `took_part`: they have answered."""

    survey: Survey
    phase: SurveyPhase
    is_asked: bool = False
    took_part: bool = False


class SurveysPage(msgspec.Struct, frozen=True):
    """A page of surveys, the newest first. `before` where there are more; `drafts` for staff."""

    lines: Sequence[SurveyLine]
    before: int | None
    drafts: Sequence[SurveyLine] = ()


class OptionSum(msgspec.Struct, frozen=True):
    """How often an option was chosen. `is_ours`: its words are a msgid."""

    option: str
    count: int
    is_ours: bool


class QuestionSums(msgspec.Struct, frozen=True):
    """What came of one question: how many answered it, each option, or what was written. `average`: of a
    rating, in tenths, where the first of so many options counts most; `more`: written answers beyond those
    that a page shows."""

    label: str
    answers: int
    options: Sequence[OptionSum] = ()
    words: Sequence[str] = ()
    more: int = 0
    average: int | None = None


class SurveyView(msgspec.Struct, frozen=True, kw_only=True):
    """A survey as one reader has it. `own`: what they answered, of a named one; `sums` where they see what
    came of it; `handles`: they see its results page."""

    survey: Survey
    phase: SurveyPhase
    audience: Sequence[str]
    author: str
    is_asked: bool
    took_part: bool
    own: Mapping[str, list[str]]
    sums: Sequence[QuestionSums] = ()
    handles: bool = False


class SurveyResults(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a survey, for those who handle it. `sums` is empty where nothing may be shown yet, or
    ever; `named`: a page of the answers with names, `page` of `pages`."""

    survey: Survey
    phase: SurveyPhase
    audience: Sequence[str]
    sums: Sequence[QuestionSums]
    named: Sequence[Given] = ()
    page: int = 1
    pages: int = 1


# Events -------------------------------------------------------------------------------------------


class SurveyPublished(Event, frozen=True, tag="surveys.published"):
    """A survey was published: those whom it asks are told, and its text can be found."""

    survey_id: str


class SurveyDue(Event, frozen=True, tag="surveys.due"):
    """A survey closes soon: those who have not answered are reminded."""

    survey_id: str


class SurveyRestarted(Event, frozen=True, tag="surveys.restarted"):
    """The key of an open survey is gone, so that all are asked anew."""

    survey_id: str


class SurveySettled(Event, frozen=True, tag="surveys.settled"):
    """A survey is closed and its results are there."""

    survey_id: str


class SurveyAct(enum.StrEnum):
    """Acts for the audit log."""

    PUBLISH = "surveys:survey:publish"
    CLOSING = "surveys:survey:closing"
    CLOSE = "surveys:survey:close"
    EXPORT = "surveys:results:export"


# Refusals -----------------------------------------------------------------------------------------


class SurveyClosed(Problem):
    code = "survey-closed"
    status = 409
    text = _("마감된 설문입니다. 더 이상 답을 받지 않습니다.")


class SurveyAsksOthers(Problem):
    code = "survey-asks-others"
    status = 403
    text = _("이 설문의 대상이 아니어서 답할 수 없습니다.")


class TookPart(Conflict):
    code = "took-part"
    text = _("이미 참여하셨습니다. 처음 보낸 답이 저장되어 있습니다.")


class QuestionsMoved(Conflict):
    code = "survey-moved"
    text = _("설문이 다시 시작되었습니다. 화면을 새로 고친 뒤 답해 주세요.")


class TooFewAsked(Problem):
    code = "too-few-asked"
    status = 422
    field = "audience"
    text = _("익명 설문은 다섯 명 이상에게 물어야 합니다. 현재 대상은 %(asked)s명입니다.")


class NoResultsYet(Problem):
    code = "no-results-yet"
    status = 409
    text = _("아직 결과가 없습니다. 마감 뒤에 다시 열어 주세요.")


class MayNotAsk(Problem):
    """Families of other classes are asked by those who answer for the whole school."""

    code = "may-not-ask"
    status = 403
    text = _(
        "담임 학급의 학생·보호자와 교직원에게 묻는 설문은 교사가, 그 밖의 설문은 "
        "부장교사·교감·교장·행정실이 시작할 수 있습니다. 시작을 요청해 주세요."
    )
    way = Way("/surveys", _("설문 목록"))
