"""Surveys join the server."""

from kit.card import Group, NavItem, Place
from kit.i18n import _
from kit.slice import Kept
from node.ground import Ground
from node.notices.service import Notices
from node.people import hearing
from node.questions.service import Questions
from node.slice import Slice
from node.surveys import about, desk_web, jobs, web
from node.surveys.acts import ACTS, DETAILS
from node.surveys.box import FOLDER
from node.surveys.dated import dates
from node.surveys.findable import FINDABLE
from node.surveys.model import SurveyDue, SurveyPublished, SurveyRestarted, SurveySettled
from node.surveys.noticed import SURVEYS_NOTICED
from node.surveys.service import Surveys
from node.surveys.telling import SurveyNews


def join(ground: Ground, questions: Questions, notices: Notices) -> tuple[Surveys, Slice]:
    surveys = Surveys(
        ground.db, ground.clock, questions, notices, boxes=ground.config.root / FOLDER
    )
    return surveys, Slice(
        package="node.surveys",
        routes=(*desk_web.ROUTES, *web.ROUTES),
        keep=(Kept(web.SURVEYS, surveys),),
        nav=(
            Place(
                36,
                NavItem("/surveys", _("설문"), "chart-line", Group.REQUESTS, phone=False),
                lambda _who: True,
            ),
        ),
        cards=surveys.cards,
        brings_cards=(SurveyPublished, SurveySettled),
        acts=ACTS,
        details=DETAILS,
        hears=jobs.hears(SurveyNews(ground.clock, notices)),
        heard_by={
            SurveyPublished: hearing.everybody,
            SurveyRestarted: hearing.everybody,
            SurveySettled: hearing.everybody,
            SurveyDue: hearing.staff,
        },
        findable=(FINDABLE,),
        noticed=(SURVEYS_NOTICED,),
        dated=dates,
        works=jobs.works(surveys),
        held=about.about,
    )
