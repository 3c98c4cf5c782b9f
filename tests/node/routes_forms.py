"""Who gets what of consent forms: answering, receipts, results, slips, public verification."""

import aiohttp
import msgspec

from kit.clock import DAY
from kit.ids import new_id
from node.files.access import FILES
from node.files.tus import Told
from node.forms import slips_web
from node.forms.model import FormDraft, Signature, SignatureKind
from node.forms.slips import target_of
from node.forms.web import FORMS
from node.newsletters.model import Content, Sort
from node.newsletters.web import NEWSLETTERS
from node.people.agreements import SIGNING
from node.questions.model import Field, FieldKind, LegalBasis
from tests.node.conftest import School
from tests.node.routes import (
    DECISIONS,
    ENTRANCE,
    NOTHING,
    NUMBERS,
    OWN,
    RIGHTS,
    Route,
    everyone,
    only,
    public,
    staff,
)
from tests.node.sending_parts import PART as PART_BEGINS
from tests.node.sending_parts import TUS

UPLOADS = slips_web.ENDPOINT
PART = PART_BEGINS | {"Upload-Offset": "0"}
_CHILD = "/forms/{id}/children/{student}"
# Who handles a form of the homeroom teacher's. Administrators care for the machine, and for
# classes they see whole (people.access.may_see_class).
HANDLERS = ("homeroom", "principal", "office")
ADMINISTRATOR = ("administrator",)
SENDER = only(("homeroom",), 204, staff=404, anonymous=401)
# Nobody but a guardian of a child it asks about answers a form; staff sees that it is not theirs.
GUARDIAN_ALONE = everyone(404) | {"guardian": 303}


async def _form(school: School) -> str:
    """A form of the homeroom teacher to 3-2; its id."""
    author = await school.asker("박서연")
    desk = school.app[NEWSLETTERS].desk
    form = FormDraft(
        fields=(Field("going", FieldKind.CONSENT, "참가에 동의합니까?"),),
        legal_basis=LegalBasis.NONE,
        deadline_at=school.clock.now() + DAY,
    )
    room = school.class_id("3-2")
    text = msgspec.json.encode(form).decode()
    content = Content("체험학습", "갑니다.", (f"guardians/class:{room}",), text)
    draft = await desk.create(author, Sort.NEWSLETTER, content)
    return str((await desk.send(author, draft)).form_id)


async def _of_form(school: School, what: str) -> str:
    return f"/forms/{await _form(school)}{what}"


async def _of_child(school: School, what: str = "") -> str:
    return await _of_form(school, f"/children/{school.id('이지우')}{what}")


async def _receipt(school: School, what: str = "") -> str:
    """A receipt of 김하늘's."""
    form = await _form(school)
    signed = await school.app[FORMS].sign(
        await school.asker("김하늘"),
        form,
        school.id("이지우"),
        {"going": ["동의합니다"]},
        Signature(SignatureKind.TYPED, "김하늘"),
        submission=new_id(),
        agree=SIGNING.version,
    )
    return f"/receipts/{signed.leaf}{what}"


async def _api_answers(school: School) -> str:
    return f"/api/v1/forms/{await _form(school)}/answers"


def _api_answer(school: School) -> dict[str, object]:
    return {
        "student_id": school.id("이지우"),
        "values": {"going": ["동의합니다"]},
        "name": "김하늘",
        "submission": "1",
        "agree": SIGNING.version,
    }


async def _scan(school: School) -> str:
    """The picture of a slip that the homeroom teacher entered for 김하늘."""
    form, scan = await _coming(school)
    entered = await school.app[FORMS].enter_paper(
        await school.asker("박서연"),
        form,
        school.id("이지우"),
        school.id("김하늘"),
        {"going": ["동의합니다"]},
        scan=scan,
    )
    return f"/receipts/{entered.leaf}/scan"


async def _coming(school: School) -> tuple[str, str]:
    """A form, and the scan of a slip of 이지우's family that waits to be entered."""
    form, child = await _form(school), school.id("이지우")
    teacher, slips = await school.asker("박서연"), school.app[slips_web.SLIPS]
    file = school.app[FILES].keep("회신서.png", b"\x89PNG\r\n\x1a\n")
    await slips.attach(teacher, form, child, file)
    scan = await slips.coming(teacher, form, child)
    assert scan is not None
    return form, scan.id


async def _of_scan(school: School, what: str = "") -> str:
    form, _scan_id = await _coming(school)
    return f"/forms/{form}/children/{school.id('이지우')}/scan{what}"


async def _part(school: School) -> str:
    """An upload of 박서연's of which half has yet to come."""
    told = Told(target_of(await _form(school), school.id("이지우")), "회신서.png", 8, "")
    uploads = school.app[slips_web.UPLOADS]
    return f"{UPLOADS}/{(await uploads.create(await school.asker('박서연'), told)).id}"


async def _given_up(school: School) -> str:
    """Where an upload of 박서연's is given up."""
    upload = (await _part(school)).rpartition("/")[2]
    (target,) = await school.db.read(
        lambda tx: tx.row("SELECT carrier_id FROM files_upload WHERE id = ?", (upload,)) or ()
    )
    form, _dot, student = str(target).partition(".")
    return f"/forms/{form}/children/{student}/uploads/{upload}/remove"


def _upload(school: School) -> aiohttp.FormData:
    sent = aiohttp.FormData()
    sent.add_field("files", b"\x89PNG\r\n\x1a\n", filename="회신서.png")
    return sent


async def _retraction(school: School) -> str:
    """김하늘 has taken a consent back: where its author says that what rested on it stopped."""
    consent = int((await _receipt(school)).rpartition("/")[2])
    leaf = await school.app[FORMS].retract(await school.asker("김하늘"), consent)
    return f"/forms/retractions/{leaf}/stopped"


def _slip(school: School) -> dict[str, str]:
    return {"guardian": school.id("김하늘"), "answer_going": "동의합니다"}


ANSWER = {
    "answer_going": "동의합니다",
    "signature_typed": "김하늘",
    "submission": "",
    "agree": str(SIGNING.version),
}
RECEIPT_READERS = only(HANDLERS, 200, staff=404) | {"guardian": 200}
RESULT_READERS = only(HANDLERS, 200, staff=404)

ROUTES = (
    Route("GET", _CHILD, everyone(404) | {"guardian": 200}, url=_of_child, nobody=OWN),
    Route("POST", _CHILD, GUARDIAN_ALONE, url=_of_child, data=ANSWER, proof=DECISIONS),
    Route(
        "POST",
        "/api/v1/forms/{id}/answers",
        everyone(404, anonymous=401) | {"guardian": 201},
        url=_api_answers,
        data=_api_answer,
        json=True,
        proof=DECISIONS,
    ),
    # Receipts
    Route("GET", "/receipts", everyone(200), nobody=OWN),
    Route("GET", "/receipts/{leaf}", RECEIPT_READERS, url=_receipt),
    Route(
        "GET",
        "/receipts/{leaf}/file",
        RECEIPT_READERS,
        url=lambda s: _receipt(s, "/file"),
        piece="a file",
    ),
    Route(
        "GET",
        "/receipts/{leaf}/scan",
        everyone(404) | {"guardian": 200} | dict.fromkeys(HANDLERS, 200),
        url=_scan,
        piece="a file",
        unmet="the walk has no slip with a scan",
    ),
    Route("GET", "/receipts/{leaf}/text", RECEIPT_READERS, url=lambda s: _receipt(s, "/text")),
    Route("GET", "/receipts/{leaf}/qr", RECEIPT_READERS, url=lambda s: _receipt(s, "/qr")),
    Route(
        "GET",
        "/receipts/{leaf}/retract",
        only(HANDLERS, 409, staff=404) | {"guardian": 200},
        url=lambda s: _receipt(s, "/retract"),
        nobody=OWN,
    ),
    Route(
        "POST",
        "/receipts/{leaf}/retract",
        everyone(404) | {"guardian": 303},
        url=lambda s: _receipt(s, "/retract"),
        proof=DECISIONS,
    ),
    Route(
        "POST",
        "/forms/retractions/{leaf}/stopped",
        only(("homeroom", "principal"), 303),
        url=_retraction,
        proof=DECISIONS,
    ),
    Route("GET", "/api/v1/receipts", everyone(200, anonymous=401), json=True, nobody=OWN),
    Route(
        "GET",
        "/verify",
        public(200),
        nobody=ENTRANCE,
        walked={"guardian": "/verify", "visitor": "/verify"},
    ),
    Route("POST", "/verify", public(422), data={"receipt": "x"}, proof=NOTHING),
    Route("POST", "/api/v1/verify", public(422), data={"receipt": "x"}, json=True, proof=NOTHING),
    # Results
    Route("GET", "/forms/{id}/results", RESULT_READERS, url=lambda s: _of_form(s, "/results")),
    Route(
        "GET",
        "/forms/{id}/results/table",
        RESULT_READERS,
        url=lambda s: _of_form(s, "/results/table"),
        piece="a piece of /forms/{id}/results",
    ),
    Route(
        "GET",
        "/forms/{id}/results.xlsx",
        RESULT_READERS,
        url=lambda s: _of_form(s, "/results.xlsx"),
        piece="a file",
    ),
    Route("GET", _CHILD + "/paper", RESULT_READERS, url=lambda s: _of_child(s, "/paper")),
    Route(
        "POST",
        _CHILD + "/paper",
        only(HANDLERS, 303),
        url=lambda s: _of_child(s, "/paper"),
        data=_slip,
        proof=DECISIONS,
    ),
    Route(
        "POST",
        _CHILD + "/scan",
        only(HANDLERS, 303),
        url=lambda s: _of_child(s, "/scan"),
        data=_upload,
        proof=NOTHING,
    ),
    Route(
        "GET",
        _CHILD + "/scan",
        only(HANDLERS, 200),
        url=_of_scan,
        piece="a file",
    ),
    Route(
        "POST",
        _CHILD + "/scan/remove",
        only(HANDLERS, 303),
        url=lambda s: _of_scan(s, "/remove"),
        proof=NOTHING,
    ),
    Route(
        "POST",
        _CHILD + "/uploads/{upload}/remove",
        only(HANDLERS, 404) | {"homeroom": 303},
        url=_given_up,
        proof=NOTHING,
    ),
    # Disposal
    Route("GET", "/forms/disposal", only(ADMINISTRATOR, 200), nobody=NUMBERS),
    Route(
        "POST",
        "/forms/disposal",
        only(ADMINISTRATOR, 303),
        data={"due": "unknown"},
        proof=RIGHTS,
    ),
    Route(
        "POST",
        "/forms/disposal/years",
        only(ADMINISTRATOR, 303),
        data={f"years-{basis}": "5" for basis in LegalBasis},
        proof=RIGHTS,
    ),
    Route(
        "GET",
        "/forms/disposal/{disposal}/proof",
        only(ADMINISTRATOR, 404),
        url="/forms/disposal/unknown/proof",
        piece="a file",
        unmet="the walk has disposed of nothing",
        nobody=NUMBERS,
    ),
    Route("OPTIONS", UPLOADS, staff(204, anonymous=401), proof=NOTHING),
    Route(
        "POST",
        UPLOADS,
        staff(404, anonymous=401),
        headers=TUS | {"Upload-Length": "4"},
        proof=NOTHING,
    ),
    Route(
        "PATCH", f"{UPLOADS}/{{id}}", SENDER, url=_part, data=b"abcd", headers=PART, proof=NOTHING
    ),
    Route("DELETE", f"{UPLOADS}/{{id}}", SENDER, url=_part, headers=TUS, proof=NOTHING),
    Route(
        "POST",
        "/forms/{id}/deadline",
        only(("homeroom", "principal"), 303),
        url=lambda s: _of_form(s, "/deadline"),
        data={"deadline": "2026-12-20T09:00"},
        proof=DECISIONS,
    ),
)

IDS = {
    "/forms": "SELECT id FROM forms_form",
    "/api/v1/forms": "SELECT id FROM forms_form",
    "/receipts": "SELECT leaf FROM forms_signature",
    "/forms/retractions": "SELECT leaf FROM forms_retraction",
    "/api/v1/forms/uploads": "SELECT id FROM files_upload",
}


UNTYPED = {
    "forms_scan.target": "ids",
    "forms_disposal.title": "of a form, which is planted",
    "forms_disposal.by_name": "a name",
    "forms_retention.basis": "a word of ours",
    "forms_form.files": "an id, or the ids and keys of several",
    "forms_submission.submission": "a digest, a secret, a signature or what is signed with",
}

FROM_AN_END = {
    "node.forms.store.answers_in": "a batch of the nightly check",
    "node.forms.checking_store.documents_behind": "a batch of the nightly check",
    "node.forms.store.forget_submissions": "a portion of the night's",
    "node.forms.store.submission": "what one page sent",
    "node.forms.store.last_leaf_before": "back over the last days",
    "node.forms.store.forms_behind": "a batch of the nightly check",
    "node.forms.checking_store.records_behind": "a batch of the nightly check",
    "node.forms.store.signatures_in": "a batch of the nightly check",
    "node.forms.store.unanswered": "forms that are open",
    "node.forms.retracting_store.to_stop": "what was taken back and not stopped yet",
}

STAYS = {
    "forms_disposal": "a row a form that was disposed of",
    "forms_due": "what waits for approval",
    "forms_retention": "a row a legal basis",
    "forms_scan": "what waits for its slip, thirty days at most",
}

WAITING = {
    "forms_disposal_open": "what was approved and is not done yet",
}

AT_NIGHT = {
    "node.forms.disposal_store.opened_behind": "what is due, a portion at a time",
    "node.forms.checking_store.bound_to_nothing": "each form's answers are asked for by an index",
}

ON_REQUEST = {
    "node.forms.about.about": "everything of one person (제35조), in a thread of its own",
}
