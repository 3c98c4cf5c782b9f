"""What surveys do by themselves: close, remind, tell those who are asked."""

from collections.abc import Mapping

from kit.event import Event
from kit.i18n import _
from kit.jobs import Daily, Every
from kit.outbox import Handler, Steps
from node.surveys.model import SurveyDue, SurveyPublished, SurveyRestarted
from node.surveys.service import Surveys
from node.surveys.telling import SurveyNews


def works(surveys: Surveys) -> list[Every | Daily]:
    """The periodic work."""
    return [Every("surveys.closing", _("설문 마감과 마감 알림"), 20, surveys.closing.run)]


def hears(news: SurveyNews) -> Mapping[type[Event], Handler]:
    """What it does about its own events, in steps."""
    return {
        SurveyPublished: Steps(news.published),
        SurveyDue: Steps(news.due),
        SurveyRestarted: Steps(news.restarted),
    }
