"""Who gets what of consent forms: the child's family signs, those who handle it see answers."""

from kit.db import encode
from kit.ids import new_id
from node.forms.model import Field, FieldKind, FormDraft, LegalBasis, Signature, SignatureKind
from node.forms.web import FORMS
from node.newsletters.model import Publication, Sort
from node.newsletters.web import NEWSLETTERS
from tests.node.conftest import School
from tests.node.routes import Route, everyone, only, public

DRAFT = FormDraft(
    fields=(Field("going", FieldKind.CONSENT, "참가에 동의합니까?"),), legal_basis=LegalBasis.NONE
)
ANSWER = {"going": ["동의합니다"]}
GUARDIAN = ("guardian",)
# Of a form of 3-2: its author, who is the homeroom teacher, heads, the office.
HANDLERS = ("homeroom", "principal", "office", "administrator")


async def _form(school: School) -> str:
    """The id of a form on a letter of the homeroom teacher to 3-2."""
    author = await school.asker("박서연")
    room = f"guardians/class:{school.class_id('3-2')}"
    publication = Publication(Sort.NEWSLETTER, "체험학습", "갑니다.", (room,), form=encode(DRAFT))
    letter = await school.db.write(
        lambda tx: school.app[NEWSLETTERS].publish_now(tx, author, publication)
    )
    found: str = await school.db.read(
        lambda tx: tx.value("SELECT id FROM forms_form WHERE subject = ?", (letter,))
    )
    return found


async def _child(school: School, what: str = "") -> str:
    return f"/forms/{await _form(school)}/children/{school.id('이지우')}{what}"


async def _results(school: School, what: str = "") -> str:
    return f"/forms/{await _form(school)}/results{what}"


async def _receipt(school: School, what: str = "") -> str:
    """A receipt of 김하늘 for 이지우."""
    asker = await school.asker("김하늘")
    signed = await school.app[FORMS].sign(
        asker,
        await _form(school),
        school.id("이지우"),
        ANSWER,
        Signature(SignatureKind.TYPED, "김하늘"),
        submission=new_id(),
        agree=True,
    )
    return f"/receipts/{signed.leaf}{what}"


def _signed(school: School) -> dict[str, str]:
    return {"answer_going": "동의합니다", "signature_typed": "김하늘", "agree": "1"}


def _by_program(school: School) -> dict[str, object]:
    return {
        "student_id": school.id("이지우"),
        "values": ANSWER,
        "name": "김하늘",
        "submission": new_id(),
        "agree": True,
    }


async def _deadline(school: School) -> str:
    return f"/forms/{await _form(school)}/deadline"


async def _api(school: School) -> str:
    return f"/api/v1/forms/{await _form(school)}/answers"


_CHILD = "/forms/{id}/children/{student}"


ROUTES = (
    Route("GET", _CHILD, only(GUARDIAN, 200, staff=404), url=_child),
    Route("POST", _CHILD, only(GUARDIAN, 303, staff=404), url=_child, data=_signed),
    Route(
        "GET",
        _CHILD + "/paper",
        only(HANDLERS, 200, staff=404),
        url=lambda school: _child(school, "/paper"),
    ),
    Route(
        "POST",
        _CHILD + "/paper",
        only(HANDLERS, 303, staff=403),
        url=lambda school: _child(school, "/paper"),
        data=lambda school: {"guardian": school.id("김하늘"), "answer_going": "동의합니다"},
    ),
    Route("GET", "/forms/{id}/results", only(HANDLERS, 200, staff=404), url=_results),
    Route(
        "GET",
        "/forms/{id}/results/table",
        only(HANDLERS, 200, staff=404),
        url=lambda school: _results(school, "/table"),
    ),
    Route(
        "GET",
        "/forms/{id}/results.xlsx",
        only(HANDLERS, 200, staff=404),
        url=lambda school: _results(school, ".xlsx"),
    ),
    Route(
        "POST",
        "/forms/{id}/deadline",
        only(("homeroom", "principal"), 303),
        url=_deadline,
        data={"days": 3},
    ),
    Route("GET", "/receipts", everyone(200)),
    Route("GET", "/receipts/{leaf}", only(("guardian", *HANDLERS), 200, staff=404), url=_receipt),
    Route(
        "GET",
        "/receipts/{leaf}/file",
        only(("guardian", *HANDLERS), 200, staff=404),
        url=lambda school: _receipt(school, "/file"),
    ),
    Route("GET", "/verify", public(200)),
    Route("POST", "/verify", public(422), data={"receipt": "no receipt"}),
    Route("GET", "/api/v1/receipts", everyone(200, anonymous=401), json=True),
    Route(
        "POST",
        "/api/v1/forms/{id}/answers",
        only(GUARDIAN, 201, staff=404, anonymous=401),
        url=_api,
        data=_by_program,
        json=True,
    ),
    Route("POST", "/api/v1/verify", public(422), data={"receipt": "no receipt"}, json=True),
)
