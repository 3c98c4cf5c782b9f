"""Forms join the server."""

from kit.card import Group, NavItem, Place
from kit.db import Database
from kit.finding import AtLength, Finding, HowFar
from kit.i18n import _
from kit.slice import Kept
from node.forms import about, checks, dated, jobs, results_web, web
from node.forms.acts import ACTS, DETAILS
from node.forms.model import FormAskedAnew, FormDeadlineMoved, FormOpened, FormSigned
from node.forms.service import Forms
from node.ground import Ground
from node.ledger.service import Ledger
from node.people import hearing
from node.people.service import People
from node.questions.service import Questions
from node.slice import Slice


def join(
    ground: Ground, people: People, ledger: Ledger, questions: Questions
) -> tuple[Forms, Slice]:
    forms = Forms(
        ground.db,
        ground.clock,
        ground.blobs,
        ledger,
        people,
        questions,
        school=ground.school,
    )

    async def of_records(db: Database, _told: HowFar) -> list[Finding]:
        return checks.of_records(await forms.compare(db), _("저장된 답이 서명된 기록과 같습니다."))

    return forms, Slice(
        package="node.forms",
        routes=(*web.ROUTES, *results_web.ROUTES),
        keep=(Kept(web.FORMS, forms),),
        nav=(
            Place(
                40,
                NavItem("/receipts", _("제출 내역"), "file-check", Group.REQUESTS),
                lambda asker: asker.is_guardian,
            ),
        ),
        cards=forms.cards,
        dated=dated.dates,
        brings_cards=(FormOpened, FormDeadlineMoved, FormSigned),
        acts=ACTS,
        details=DETAILS,
        heard_by={
            FormAskedAnew: hearing.staff,
            FormDeadlineMoved: hearing.everybody,
            FormOpened: hearing.everybody,
            FormSigned: hearing.answer(
                lambda event: event.student_id, lambda event: event.guardian_id
            ),
        },
        works=jobs.works(forms),
        checks=(AtLength(jobs.COMPARE, of_records),),
        held=about.about,
    )
