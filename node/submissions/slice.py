"""Papers with approval join the server."""

from kit.card import Group, NavItem, Place
from kit.i18n import _
from kit.slice import Kept
from node.approval.service import Approval
from node.calendar.service import Calendar
from node.files.attaching import AttachmentUploads
from node.files.service import Files
from node.ground import Ground
from node.ledger.service import Ledger
from node.notices.service import Notices
from node.people import hearing
from node.ports.decidable import Decidable
from node.questions.service import Questions
from node.slice import Slice
from node.submissions import about, dated, disposal_web, jobs, staff_web, types_web, web
from node.submissions.absences import ListOfAbsences
from node.submissions.acts import ACTS, DETAILS
from node.submissions.course import PaperCourse
from node.submissions.deciding import Deciding
from node.submissions.delivered import delivered
from node.submissions.disposing import Disposing
from node.submissions.explaining import EXPLAINING
from node.submissions.findable import FINDABLE
from node.submissions.model import (
    KIND,
    SubmissionDisposed,
    SubmissionMoved,
    SubmissionSent,
    SubmissionTypesChanged,
)
from node.submissions.noticed import NOTICED
from node.submissions.paper_findable import PAPER_FINDABLE
from node.submissions.papers import Papers
from node.submissions.receiving import Receiving
from node.submissions.reminding import Reminding
from node.submissions.service import Submissions
from node.submissions.supplied import supplied
from node.submissions.types import SubmissionTypes
from node.submissions.writing import Writing

NAV = (
    Place(
        20,
        NavItem("/submissions", _("서류"), "file-pen", Group.REQUESTS),
        lambda asker: not asker.is_staff,
    ),
    # On phones the staff come here from their front page, whose bar is full.
    Place(
        21,
        NavItem(
            "/submissions/tray",
            _("서류 결재"),
            "inbox",
            Group.WORK,
            phone=False,
            rooms=("/submissions", "/submissions/*"),
        ),
        lambda asker: asker.is_staff,
    ),
)


def join(
    ground: Ground,
    notices: Notices,
    questions: Questions,
    approval: Approval,
    files: Files,
    ledger: Ledger,
    calendar: Calendar,
) -> tuple[Submissions, Slice]:
    db, clock, lines = ground.db, ground.clock, approval.lines
    types = SubmissionTypes(db, clock, delivered(ground.school.kind))
    course = PaperCourse(clock, notices)
    receiving = Receiving(db, course, types, lines, calendar)
    submissions = Submissions(
        types,
        Papers(db, clock, types, lines, files, ledger),
        Writing(db, course, types, receiving, questions, files, calendar),
        receiving,
        Deciding(db, course, receiving, lines, files, ledger, ground.school),
        Reminding(db, course),
        lines,
    )
    uploads = AttachmentUploads(ground, files, KIND, submissions.writing)
    disposing = Disposing(db, clock, questions, files, lines, notices)
    return submissions, Slice(
        package="node.submissions",
        routes=(
            *web.ROUTES,
            *staff_web.ROUTES,
            *types_web.ROUTES,
            *disposal_web.ROUTES,
        ),
        keep=(
            Kept(web.SUBMISSIONS, submissions),
            Kept(web.UPLOADS, uploads),
            Kept(staff_web.ABSENCES, ListOfAbsences(db, files, calendar)),
            Kept(disposal_web.DISPOSING, disposing),
        ),
        nav=NAV,
        cards=lambda tx, asker, now: [
            *submissions.cards(tx, asker, now),
            *disposing.cards(tx, asker, now),
        ],
        brings_cards=(SubmissionMoved, SubmissionSent),
        acts=ACTS,
        details=DETAILS,
        heard_by={
            SubmissionMoved: hearing.answer(
                lambda event: event.student_id, lambda event: event.by_id
            ),
            SubmissionSent: hearing.answer(
                lambda event: event.student_id, lambda event: event.by_id
            ),
            SubmissionTypesChanged: hearing.everybody,
            SubmissionDisposed: hearing.staff,
        },
        decidable=(
            Decidable(kinds={KIND: _("서류")}, href=lambda _kind, id: f"/submissions/{id}"),
        ),
        findable=(FINDABLE, PAPER_FINDABLE),
        explaining=EXPLAINING,
        dated=dated.dates,
        supplied=(supplied(types),),
        noticed=(NOTICED,),
        works=jobs.works(submissions, disposing, uploads),
        settles=(types.deliver,),
        held=about.about,
    )
