"""What is said of surveys of which people were told, in the portal and by mail."""

from collections.abc import Collection, Mapping, Sequence

from kit.db import Tx, encode
from kit.i18n import _
from node.people.access import READABLE, readable_params, rights_now
from node.people.model import Asker
from node.ports.noticed import Noticed, Notification, Said, WhyUnsent, Written
from node.surveys import store
from node.surveys.model import Survey, SurveyPhase, SurveyPublished, SurveySettled
from node.surveys.rights import handles

ASKED = "surveys:asked"
DUE = "surveys:due"
RESTARTED = "surveys:restarted"
SETTLED = "surveys:settled"

_LABELS = {
    ASKED: _("설문에 답해 주세요"),
    DUE: _("설문이 곧 마감됩니다"),
    RESTARTED: _("설문에 다시 답해 주세요"),
    SETTLED: _("설문 결과가 나왔습니다"),
}
_SUBJECTS = {
    ASKED: _("[%(school)s] 설문: %(title)s"),
    DUE: _("[%(school)s] 곧 마감되는 설문: %(title)s"),
    RESTARTED: _("[%(school)s] 다시 답해 주세요: %(title)s"),
    SETTLED: _("[%(school)s] 설문 결과: %(title)s"),
}
_BODIES = {
    ASKED: _(
        "학교에서 설문을 보냈습니다.\n\n%(title)s\n마감: %(deadline)s\n\n"
        "아래 주소를 눌러 답해 주세요. 로그인이 필요합니다.\n%(link)s\n\n"
        "이 메일은 발신 전용입니다."
    ),
    DUE: _(
        "아직 답하지 않은 설문이 곧 마감됩니다.\n\n%(title)s\n마감: %(deadline)s\n\n"
        "아래 주소를 눌러 답해 주세요. 로그인이 필요합니다.\n%(link)s\n\n"
        "이 메일은 발신 전용입니다."
    ),
    RESTARTED: _(
        "학교 서버를 복구하면서 지금까지 받은 익명 답변을 열 수 없게 되어 설문을 다시 받습니다.\n\n"
        "%(title)s\n마감: %(deadline)s\n\n"
        "아래 주소를 눌러 다시 답해 주세요. 로그인이 필요합니다.\n%(link)s\n\n"
        "이 메일은 발신 전용입니다."
    ),
}
_RESULTS = _(
    "설문이 마감되어 결과가 나왔습니다.\n\n%(title)s\n\n"
    "아래 주소를 눌러 확인해 주세요. 로그인이 필요합니다.\n%(link)s\n\n"
    "이 메일은 발신 전용입니다."
)


def _reads(tx: Tx, asker: Asker, kind: str, survey: Survey) -> bool:
    """Whether the asker is still one of those to whom such a notice goes."""
    if kind == SETTLED:
        return handles(asker, survey)
    return store.is_asked(tx, asker, survey.id)


def _href(kind: str, survey: Survey) -> str:
    return f"/surveys/{survey.id}/results" if kind == SETTLED else f"/surveys/{survey.id}"


def in_portal(
    tx: Tx, asker: Asker, notices: Sequence[Notification], now: int
) -> Mapping[str, Said]:
    """Lines of surveys that still ask the reader, or whose results they see."""
    answered = store.took_part(tx, asker.id, {one.about for one in notices})
    found = {}
    for one in notices:
        survey = store.survey(tx, one.about)
        if survey is not None and _reads(tx, asker, one.kind, survey):
            waits = survey.phase(now) is SurveyPhase.OPEN and survey.id not in answered
            found[one.id] = Said(
                survey.title,
                _href(one.kind, survey),
                None if one.kind == SETTLED else survey.closes_at,
                # That it asks, the front page says by a card of its own.
                asks=one.kind == SETTLED or (waits and one.kind != ASKED),
            )
    return found


def by_mail(tx: Tx, notice: Notification, now: int) -> Written | WhyUnsent:
    """What a mail says, if there is still something to do about it."""
    survey = store.survey(tx, notice.about)
    if survey is None:
        return WhyUnsent.WITHDRAWN
    if not _reads(tx, rights_now(tx, notice.person_id), notice.kind, survey):
        return WhyUnsent.NOT_ADDRESSED
    href = _href(notice.kind, survey)
    if notice.kind == SETTLED:
        return Written(_SUBJECTS[SETTLED], _RESULTS, href, title=survey.title)
    if survey.phase(now) is not SurveyPhase.OPEN:
        return WhyUnsent.CLOSED
    if store.took_part(tx, notice.person_id, [survey.id]):
        return WhyUnsent.DONE
    return Written(
        _SUBJECTS[notice.kind],
        _BODIES[notice.kind],
        href,
        title=survey.title,
        deadline_at=survey.closes_at,
    )


def titles(tx: Tx, person_id: str, surveys: Collection[str]) -> Mapping[str, str]:
    """Of the surveys that somebody may read."""
    rows = tx.rows(
        "SELECT s.id, s.title FROM json_each(?) j CROSS JOIN surveys_survey s ON s.id = j.value"  # noqa: S608
        " WHERE s.published_at IS NOT NULL AND EXISTS (SELECT 1 FROM surveys_audience a"
        "  WHERE a.survey_id = s.id AND " + READABLE + ")",
        (encode(sorted(surveys)), *readable_params(rights_now(tx, person_id))),
    )
    return {str(id): str(title) for id, title in rows}


SURVEYS_NOTICED = Noticed(
    kinds=_LABELS,
    in_portal=in_portal,
    by_mail=by_mail,
    titles=titles,
    told_by=(SurveyPublished, SurveySettled),
)
