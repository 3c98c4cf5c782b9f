"""Forms join the server."""

from kit.card import Group, NavItem, Place
from kit.db import Database
from kit.finding import AtLength, Finding, HowFar
from kit.i18n import _
from kit.slice import Kept
from node.files.attaching import AttachmentUploads
from node.files.service import Files
from node.forms import (
    about,
    checks,
    dated,
    disposal_web,
    holding,
    jobs,
    results_web,
    retracting_web,
    slips_web,
    telling,
    web,
)
from node.forms.acts import ACTS, DETAILS
from node.forms.disposing import FormDisposing
from node.forms.model import (
    ConsentRetracted,
    FormAskedAnew,
    FormDeadlineMoved,
    FormOpened,
    FormSigned,
)
from node.forms.noticed import FORMS_NOTICED
from node.forms.service import Forms
from node.forms.slips import KIND, Slips
from node.ground import Ground
from node.ledger.service import Ledger, LedgerDisposing
from node.notices.service import Notices
from node.people import hearing
from node.people.service import People
from node.questions.service import Questions
from node.slice import Slice


def join(
    ground: Ground,
    people: People,
    ledger: Ledger,
    questions: Questions,
    notices: Notices,
    files: Files,
) -> tuple[Forms, Slice]:
    slips = Slips(ground.db, ground.clock, files)
    uploads = AttachmentUploads(ground, files, KIND, slips)
    disposed = LedgerDisposing(ground.db, ground.clock, ledger)
    disposing = FormDisposing(
        ground.db, ground.clock, disposed, questions, files, notices, ground.school
    )
    forms = Forms(
        ground.db,
        ground.clock,
        files,
        ledger,
        people,
        questions,
        school=ground.school,
    )

    async def of_records(db: Database, _told: HowFar) -> list[Finding]:
        return checks.of_records(await forms.compare(db), _("저장된 답이 서명된 기록과 같습니다."))

    return forms, Slice(
        package="node.forms",
        routes=(
            *web.ROUTES,
            *retracting_web.ROUTES,
            *results_web.ROUTES,
            *slips_web.ROUTES,
            *disposal_web.ROUTES,
        ),
        keep=(
            Kept(web.FORMS, forms),
            Kept(web.DISPOSED, disposed),
            Kept(disposal_web.DISPOSING, disposing),
            Kept(slips_web.SLIPS, slips),
            Kept(slips_web.UPLOADS, uploads),
        ),
        nav=(
            Place(
                40,
                NavItem("/receipts", _("제출 내역"), "file-check", Group.REQUESTS),
                lambda asker: asker.is_guardian,
            ),
        ),
        cards=lambda tx, asker, now: [
            *forms.cards(tx, asker, now),
            *disposing.cards(tx, asker, now),
        ],
        dated=dated.dates,
        brings_cards=(FormOpened, FormDeadlineMoved, FormSigned, ConsentRetracted),
        acts=ACTS,
        details=DETAILS,
        hears=telling.hears(notices),
        noticed=(FORMS_NOTICED,),
        heard_by={
            ConsentRetracted: hearing.answer(
                lambda event: event.student_id, lambda event: event.guardian_id
            ),
            FormAskedAnew: hearing.staff,
            FormDeadlineMoved: hearing.everybody,
            FormOpened: hearing.everybody,
            FormSigned: hearing.answer(
                lambda event: event.student_id, lambda event: event.guardian_id
            ),
        },
        works=jobs.works(forms, slips, uploads, disposing),
        checks=(AtLength(jobs.COMPARE, of_records),),
        holding=holding.drawn,
        held=about.about,
    )
