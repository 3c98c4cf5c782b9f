"""Who gets what of the privacy officer's pages: nobody but the officer, whom no role here plays.
Whoever asks sees what they asked for. test_privacy.py and test_privacy_cases.py tell the stories.
"""

from node.privacy.case import CaseKind
from node.privacy.cases_web import CASES, COPIES
from tests.node.conftest import School
from tests.node.looking import OFFICER
from tests.node.routes import DECISIONS, NOTHING, OWN, RIGHTS, SIGN_IN, Route, everyone, staff

MINE = "김하늘"
_CASE = "/privacy/cases/{id}"


async def _asked(school: School, address: str) -> str:
    """An address of a request of 김하늘's about her child."""
    asker = await school.asker(MINE)
    case = await school.app[CASES].ask(asker, CaseKind.SEE, school.id("이지우"), "")
    return address.replace("{id}", case)


def _step(what: str, proof: int = DECISIONS, **form: str) -> Route:
    path = f"{_CASE}/{what}"
    return Route("POST", path, staff(403), url=lambda s: _asked(s, path), data=form, proof=proof)


def _of_oneself(school: School) -> dict[str, str]:
    return {"kind": "see", "person": school.id("이도윤")}


def _on_paper(school: School) -> dict[str, str]:
    return {"kind": "see", "person": school.id("이지우"), "requester": "김하늘"}


async def _with_a_request(address: str, school: School) -> str:
    """The address, once somebody asked for their data and a copy of them was made."""
    case = (await _asked(school, "{id}")).strip("/")
    copies = school.app[COPIES]
    await copies.ask(await school.asker(OFFICER), case)
    await copies.make_waiting()
    return address.replace("{id}", case)


ROUTES = (
    Route("GET", "/privacy", staff(403), walked={"privacy officer": "/privacy?q=박지우"}),
    Route(
        "POST",
        "/privacy/reviews",
        staff(403),
        data={"month": "2026-10", "note": "확인함"},
        proof=DECISIONS,
    ),
    Route(
        "GET", "/privacy/cases", staff(403), shown=lambda s: _with_a_request("/privacy/cases", s)
    ),
    Route("GET", "/privacy/cases/new", staff(403), shown="/privacy/cases/new?q=이지"),
    Route("POST", "/privacy/cases", staff(403), data=_on_paper, proof=DECISIONS),
    Route("GET", _CASE, staff(403), url=lambda s: _asked(s, _CASE)),
    Route(
        "GET",
        f"{_CASE}/copy",
        staff(403),
        url=lambda s: _asked(s, f"{_CASE}/copy"),
        shown=lambda s: _with_a_request(f"{_CASE}/copy", s),
        proof=RIGHTS,
        piece="a file",
    ),
    _step("extend", days="5", reason="확인 중"),
    _step("fulfil", reason="했습니다"),
    _step("refuse", reason="안 됩니다"),
    _step("copy"),
    _step("release", RIGHTS),
    Route("GET", "/privacy/requests", everyone(200), nobody=OWN),
    # About anybody else's data nobody asks.
    Route(
        "POST",
        "/privacy/requests",
        everyone(404, SIGN_IN) | {"other_guardian": 303},
        data=_of_oneself,
        proof=NOTHING,
    ),
    Route(
        "GET",
        "/privacy/requests/{id}",
        everyone(404) | {"guardian": 200},
        url=lambda s: _asked(s, "/privacy/requests/{id}"),
        nobody=OWN,
    ),
    # Nothing was released yet.
    Route(
        "GET",
        "/privacy/requests/{id}/copy",
        everyone(404),
        url=lambda s: _asked(s, "/privacy/requests/{id}/copy"),
        proof=RIGHTS,
        nobody=OWN,
        piece="a file",
    ),
)

IDS = {
    "/privacy/requests": "SELECT id FROM privacy_case",
}


UNTYPED = {
    "privacy_review.signature": "a digest, a secret, a signature or what is signed with",
    "privacy_copy.tables": "a word or a sentence of ours",
    "privacy_review.month": "a day, an address of ours, a place of ours",
}

WAITING = {
    "privacy_case_open": "what waits to be done",
    "privacy_copy_waiting": "what waits to be done",
}

FROM_AN_END = {
    "node.privacy.case_store.closed_cases": "a page, the newest first",
    "node.privacy.case_store.outdated_copies": "what is over, and goes",
    "node.privacy.store.known_by_name": "names that begin so, a page",
    "node.privacy.store.reviews": "one a month, a page",
}
