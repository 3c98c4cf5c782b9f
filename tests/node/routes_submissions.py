"""Who gets what of papers: families hand in for their own, staff see their classes, deciders decide."""

from aiohttp import FormData

from kit.db import Tx
from kit.ids import new_id
from node.approval.line import HOMEROOM, Step, Verdict
from node.files.access import FILES
from node.files.tus import Told
from node.questions.model import Field, FieldKind, LegalBasis, PrivacyBox, Questionnaire
from node.submissions import disposal_store, store
from node.submissions import web as submission_pages
from node.submissions.kinds import EvidenceRule, LineRule, PrintRule, SubmissionType
from node.submissions.model import Disposal, PaperInput
from node.submissions.service import Submissions
from node.submissions.web import SUBMISSIONS
from tests.models import documents
from tests.node.conftest import School
from tests.node.planting import Planting
from tests.node.routes import (
    DECISIONS,
    NOTHING,
    NUMBERS,
    OWN,
    RIGHTS,
    Route,
    everyone,
    only,
    staff,
)
from tests.node.sending_parts import PART as PART_BEGINS
from tests.node.sending_parts import TUS
from tests.planted import SHORT

_PAPER = "/submissions/{id}"
_FILE = f"{_PAPER}/attachments/{{file}}"
UPLOADS = "/api/v1/submissions/uploads"
PART = PART_BEGINS | {"Upload-Offset": "0"}
SENDER = everyone(404, anonymous=401) | {"guardian": 204}
_RECORD = f"{_PAPER}/records/{{leaf}}"
_TYPE = "/submissions/types/{type}"
# A transfer is shown to nobody but who began it and the staff who see the class.
READERS = only(("homeroom", "principal", "office"), 200, staff=404) | {"guardian": 200}
WRITER = everyone(404) | {"guardian": 303}
ADMINISTRATOR = ("administrator",)
MATCHERS = ("principal", "office", "administrator")
TRANSFER = {
    "to": ["새봄초등학교"],
    "last": ["2026-12-18"],
    "reason": ["이사"],
    "books": ["가지고 감"],
}
TYPED = {f"answer_{field}": values[0] for field, values in TRANSFER.items()}


def _submissions(school: School) -> Submissions:
    return school.app[SUBMISSIONS]


async def _begun(school: School, what: str = "", student: str = "이지우", name: str = "") -> str:
    asker = await school.asker("김하늘")
    child = school.id(student) if student else ""
    paper = await _submissions(school).writing.begin(asker, "transfer", child, name)
    return f"/submissions/{paper}{what}"


async def _sent(school: School, what: str = "", student: str = "이지우", name: str = "") -> str:
    """A transfer of 이지우 that 김하늘 handed in."""
    address = await _begun(school, "", student, name)
    asker = await school.asker("김하늘")
    await _submissions(school).writing.send(asker, address.rpartition("/")[2], PaperInput(TRANSFER))
    return address + what


async def _with_file(school: School, what: str = "") -> str:
    address = await _begun(school)
    paper = address.rpartition("/")[2]
    asker = await school.asker("김하늘")
    file = school.app[FILES].keep("통장.png", documents.png())
    await _submissions(school).writing.attach(asker, paper, file)
    if "remove" not in what:
        await _submissions(school).writing.send(asker, paper, PaperInput(TRANSFER))
    view = await _submissions(school).papers.view(asker, paper)
    return f"{address}/attachments/{view.files[0].id}{what}"


async def _given_up(school: School) -> str:
    """Where an upload of 김하늘's is given up."""
    part = await _part(school)
    upload = part.rpartition("/")[2]
    (paper,) = await school.db.read(
        lambda tx: tx.row("SELECT carrier_id FROM files_upload WHERE id = ?", (upload,)) or ()
    )
    return f"/submissions/{paper}/uploads/{upload}/remove"


async def _part(school: School) -> str:
    """An upload of 김하늘's of which half has yet to come."""
    paper = (await _begun(school)).rpartition("/")[2]
    uploads = school.app[submission_pages.UPLOADS]
    told = Told(paper, "통장.png", 8, "")
    return f"{UPLOADS}/{(await uploads.create(await school.asker('김하늘'), told)).id}"


async def _decided(school: School, what: str = "") -> str:
    address = await _sent(school)
    paper = address.rpartition("/")[2]
    homeroom = await school.asker("박서연")
    await _submissions(school).deciding.decide(homeroom, paper, Verdict.APPROVE)
    view = await _submissions(school).papers.view(homeroom, paper)
    return f"{address}/records/{view.trail[-1].leaf}{what}"


async def _unmatched(school: School, what: str = "") -> str:
    return await _sent(school, what, student="", name="이지우")


async def _waiting(school: School) -> str:
    """The tray, with a paper in it."""
    await _sent(school)
    return "/submissions/tray"


async def _unsettled(school: School) -> str:
    await _unmatched(school)
    return "/submissions/unsettled"


async def _cases(school: School) -> str:
    await _sent(school)
    return "/submissions/cases"


async def _exported(school: School) -> str:
    return f"{await _cases(school)}/export"


async def _for_a_family(school: School) -> str:
    """What the homeroom teacher writes for a family."""
    homeroom = await school.asker("박서연")
    paper = await _submissions(school).writing.begin(homeroom, "absence", school.id("박하준"))
    return f"/submissions/{paper}/edit"


def _upload(_school: School) -> FormData:
    form = FormData()
    form.add_field("files", documents.png(), filename="a.png")
    return form


def _no_type(_school: School) -> FormData:
    form = FormData()
    form.add_field("file", b"{}", filename="a.json")
    return form


async def sow(planting: Planting) -> None:
    """A kind with markup in all it says, papers of it sent, sent back and refused by a guardian."""
    school, submissions = planting.school, _submissions(planting.school)
    question = Field(
        "why", FieldKind.LONG_TEXT, planting.typed("question"), help=planting.typed("help")
    )
    privacy = PrivacyBox(*(planting.typed("privacy") for _part in range(4)))
    kind = SubmissionType(
        name=planting.typed("name of a kind", 60),
        lead=planting.typed("lead"),
        declaration=planting.typed("declaration"),
        printed=PrintRule(
            title=planting.typed("title on paper", 60), addressee=planting.typed("addressee", 60)
        ),
        asked=Questionnaire((question,), LegalBasis.CONSENT, privacy),
        evidence=EvidenceRule(label=planting.typed("evidence", 60), from_days=0),
        lines=(LineRule(steps=(Step(HOMEROOM, planting.typed("step", 60)),)),),
        stock=(planting.typed("stock"),),
    )
    administrator = await school.asker("정민호")
    type_id = await submissions.types.create(administrator, kind)
    await submissions.types.set_open(administrator, type_id, is_open=True)
    asker, child = await school.asker("김하늘"), school.id("이지우")
    papers = []
    for _paper in range(3):
        paper = await submissions.writing.begin(asker, type_id, child)
        file = school.app[FILES].keep(planting.numbers.named("file"), documents.png())
        await submissions.writing.attach(asker, paper, file)
        typed = PaperInput({"why": [planting.typed("answer")]})
        await submissions.writing.send(asker, paper, typed)
        papers.append(paper)
    draft = await submissions.writing.begin(asker, type_id, child)
    on_its_way = Told(draft, planting.numbers.named("file on its way"), 8, "")
    await school.app[submission_pages.UPLOADS].create(asker, on_its_way)
    homeroom = await school.asker("박서연")
    word = planting.typed("word")
    await submissions.deciding.decide(homeroom, papers[0], Verdict.RETURN, word)
    other = (school.id("이준혁"), planting.typed("guardian"), planting.typed("relation", SHORT))
    said = planting.typed("opinion")

    def differ(tx: Tx) -> None:
        store.ask_guardians(tx, papers[1], [other])
        store.answer_guardian(tx, papers[1], other[0], said, school.clock.now(), agrees=False)

    await school.db.write(differ)
    gone = Disposal(
        id=new_id(),
        type_id=type_id,
        type_name=planting.typed("kind that was disposed of", 60),
        year=2020,
        retention_years=3,
        count=1,
        done=1,
        by_id=administrator.id,
        by_name=planting.typed("who approved", SHORT),
        at=school.clock.now(),
        done_at=school.clock.now(),
    )
    await school.db.write(lambda tx: disposal_store.add(tx, gone))
    unknown = await submissions.writing.begin(asker, type_id, "", planting.typed("child", SHORT))
    await submissions.writing.send(asker, unknown, PaperInput({"why": ["x"]}))


ROUTES = (
    # Handing in
    Route("GET", "/submissions", everyone(200), nobody=OWN),
    Route(
        "POST",
        "/submissions",
        everyone(403) | {"guardian": 303},
        data=lambda s: {"type": "transfer", "student": s.id("이지우")},
        proof=NOTHING,
    ),
    Route("GET", _PAPER, READERS, url=_sent),
    Route("GET", f"{_PAPER}/print", READERS, url=lambda s: _sent(s, "/print")),
    Route("GET", f"{_PAPER}/pdf", READERS, url=lambda s: _sent(s, "/pdf"), piece="a file"),
    Route("GET", f"{_PAPER}/hwpx", READERS, url=lambda s: _sent(s, "/hwpx"), piece="a file"),
    Route(
        "GET",
        f"{_PAPER}/edit",
        everyone(404) | {"guardian": 200},
        url=lambda s: _begun(s, "/edit", "이지호"),  # of whom none is sent here
        shown=_for_a_family,
        shown_to=("homeroom",),
    ),
    Route(
        "POST",
        f"{_PAPER}/edit",
        WRITER,
        url=lambda s: _begun(s, "/edit"),
        data={"act": "send", **TYPED},
        proof=DECISIONS,
    ),
    Route(
        "POST",
        f"{_PAPER}/autosave",
        everyone(404) | {"guardian": 200},
        url=lambda s: _begun(s, "/autosave"),
        data=TYPED,
        proof=NOTHING,
    ),
    Route(
        "POST",
        f"{_PAPER}/report",
        everyone(404) | {"guardian": 403},
        url=lambda s: _sent(s, "/report"),
        proof=NOTHING,
    ),
    Route("POST", f"{_PAPER}/discard", WRITER, url=lambda s: _begun(s, "/discard"), proof=NOTHING),
    Route("POST", f"{_PAPER}/withdraw", WRITER, url=lambda s: _sent(s, "/withdraw"), proof=NOTHING),
    Route(
        "POST",
        f"{_PAPER}/opinion",
        everyone(404),
        url=lambda s: _sent(s, "/opinion"),
        data={"answer": "agree"},
        proof=DECISIONS,
    ),
    Route(
        "POST",
        f"{_PAPER}/attachments",
        WRITER,
        url=lambda s: _begun(s, "/attachments"),
        data=_upload,
        proof=NOTHING,
    ),
    Route("OPTIONS", UPLOADS, everyone(204, anonymous=401), proof=NOTHING),
    Route(
        "POST",
        UPLOADS,
        everyone(404, anonymous=401),
        headers=TUS | {"Upload-Length": "4"},
        proof=NOTHING,
    ),
    Route(
        "PATCH", f"{UPLOADS}/{{id}}", SENDER, url=_part, data=b"abcd", headers=PART, proof=NOTHING
    ),
    Route("DELETE", f"{UPLOADS}/{{id}}", SENDER, url=_part, headers=TUS, proof=NOTHING),
    Route(
        "POST",
        f"{_FILE}/remove",
        WRITER,
        url=lambda s: _with_file(s, "/remove"),
        proof=NOTHING,
    ),
    Route(
        "POST",
        f"{_PAPER}/uploads/{{file}}/remove",
        WRITER,
        url=_given_up,
        proof=NOTHING,
    ),
    Route("GET", _FILE, READERS, url=_with_file),
    Route("GET", f"{_FILE}/file", READERS, url=lambda s: _with_file(s, "/file"), piece="a file"),
    Route(
        "GET",
        f"{_FILE}/pages/{{number}}",
        READERS,
        url=lambda s: _with_file(s, "/pages/1"),
        piece="a picture",
    ),
    Route("GET", _RECORD, READERS, url=_decided),
    Route("GET", f"{_RECORD}/file", READERS, url=lambda s: _decided(s, "/file"), piece="a file"),
    # Deciding
    Route("GET", "/submissions/tray", staff(200), shown=_waiting, shown_to=("homeroom",)),
    Route(
        "POST",
        "/submissions/tray",
        staff(303),
        data={"paper": "0" * 20},
        proof=DECISIONS,
    ),
    Route(
        "POST",
        f"{_PAPER}/decide",
        staff(403) | {"homeroom": 303},
        url=lambda s: _sent(s, "/decide"),
        data={"verdict": "approve"},
        proof=DECISIONS,
    ),
    Route("GET", "/submissions/unsettled", staff(200), shown=_unsettled, shown_to=("office",)),
    Route(
        "POST",
        f"{_PAPER}/settle",
        only(("homeroom", "principal", "office"), 409, staff=404),
        url=lambda s: _sent(s, "/settle"),
        data={"goes_on": "1", "word": "통화함"},
        proof=DECISIONS,
    ),
    Route("GET", f"{_PAPER}/match", only(MATCHERS, 200), url=lambda s: _unmatched(s, "/match")),
    Route(
        "POST",
        f"{_PAPER}/match",
        only(MATCHERS, 303),
        url=lambda s: _unmatched(s, "/match"),
        data=lambda s: {"student": s.id("이지우")},
        proof=DECISIONS,
    ),
    Route(
        "GET",
        "/submissions/start/{type}",
        staff(200),
        url="/submissions/start/absence",
        shown="/submissions/start/absence?name=이지우",
        shown_to=("office",),
    ),
    Route("GET", "/submissions/cases", staff(200), shown=_cases, shown_to=("office",)),
    Route(
        "GET",
        "/submissions/cases/export",
        staff(200),
        shown=_exported,
        shown_to=("office",),
        piece="a workbook",
    ),
    # Kinds
    Route("GET", "/submissions/types", only(ADMINISTRATOR, 200), nobody=NUMBERS),
    Route(
        "POST",
        "/submissions/types",
        only(ADMINISTRATOR, 303),
        data={"name": "우유 급식 변경"},
        proof=RIGHTS,
    ),
    Route(
        "POST",
        "/submissions/types/import",
        only(ADMINISTRATOR, 422),
        data=_no_type,
        proof=RIGHTS,
    ),
    Route(
        "GET",
        f"{_TYPE}/edit",
        only(ADMINISTRATOR, 200),
        url="/submissions/types/absence/edit",
        nobody=NUMBERS,
    ),
    Route(
        "POST",
        f"{_TYPE}/edit",
        only(ADMINISTRATOR, 422),
        url="/submissions/types/absence/edit",
        proof=RIGHTS,
    ),
    Route(
        "POST",
        f"{_TYPE}/open",
        only(ADMINISTRATOR, 303),
        url="/submissions/types/absence/open",
        data={"open": "1"},
        proof=RIGHTS,
    ),
    Route(
        "GET",
        f"{_TYPE}/export",
        only(ADMINISTRATOR, 200),
        url="/submissions/types/absence/export",
        nobody=NUMBERS,
        piece="a file",
    ),
    # Disposal
    Route("GET", "/submissions/disposal", only(ADMINISTRATOR, 200), nobody=NUMBERS),
    Route(
        "POST",
        "/submissions/disposal",
        only(ADMINISTRATOR, 303),
        data={"due": "absence:2001"},
        proof=RIGHTS,
    ),
)

IDS = {
    "/submissions": "SELECT id FROM submissions_paper",
    "/api/v1/submissions/uploads": "SELECT id FROM files_upload",
}

UNTYPED = {
    "submissions_paper.half": "a word or a sentence of ours",
    "submissions_trail.what": "a word or a sentence of ours",
    "submissions_tally.month": "a month",
    "submissions_tally.state": "a word of ours",
    "submissions_disposal.by_name": "a name",
    "submissions_disposal.type_name": "of a kind, which is planted",
}

STAYS = {
    "submissions_type": "a school has some dozens of kinds",
    "submissions_disposal": "a row a kind and year",
}

WAITING = {
    "submissions_paper_unsettled": "what waits for the office",
    "submissions_paper_unmatched": "what waits for the office",
    "submissions_paper_family": "what waits for another guardian",
    "submissions_paper_for_family": "what the staff put in and a family goes on with",
    "submissions_paper_ended": "whose report is to be asked for",
    "submissions_paper_owes": "whose report is due",
    "submissions_paper_evidence": "what is still to be attached",
    "submissions_paper_drafts": "what was begun and not sent",
    "submissions_opinion_wanted": "what guardians are asked",
    "submissions_disposal_open": "what was approved and is not done yet",
}

FROM_AN_END = {
    "node.submissions.store.next_number": "the year's last",
    "node.submissions.store.of_school": "a page, the latest first",
}

ON_REQUEST = {
    "node.submissions.store.between": "a month's papers for the list that goes into NEIS",
}
