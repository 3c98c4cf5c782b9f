"""Who gets what of official notices: staff read, handlers acknowledge, approvers decide."""

from kit.ids import new_id
from node.files.access import FILES
from node.official.model import Landing
from node.official.web import OFFICIAL
from protocol.official import NoticeAttachment, NoticeAudience, OfficialNotice
from tests.models import documents
from tests.node.conftest import School
from tests.node.routes import DECISIONS, NOTHING, PUBLISHED, RIGHTS, Route, only, staff

PRINCIPAL = ("principal",)
HANDLERS = ("principal", "office", "administrator")
_ID = "/official/{id}"
_FILE = f"{_ID}/attachments/{{position}}"
REASON = {"text": "사유"}


async def _notice(
    school: School, what: str = "", audience: NoticeAudience = NoticeAudience.STAFF
) -> str:
    """A fresh notice with a picture, as the province sends it."""
    official = school.app[OFFICIAL]
    content = documents.png()
    digest = school.app[FILES].blobs.put(content)
    file = NoticeAttachment(
        name="그림.png", media_type="image/png", size=len(content), sha256=digest
    )
    notice = OfficialNotice(
        id=new_id(),
        reference="초등교육과-1",
        title="안내",
        body_markdown="내용",
        audience=audience,
        issued_at=school.clock.now(),
        attachments=(file,),
    )
    await school.db.write(lambda tx: official.receive(tx, notice))
    return f"/official/{notice.id}{what}"


async def _waiting(school: School, what: str) -> str:
    """A notice for guardians that has not landed."""
    assert await school.db.read(school.app[OFFICIAL].landing) == Landing(24)
    return await _notice(school, what, NoticeAudience.GUARDIANS)


ROUTES = (
    Route("GET", "/official", staff(200), nobody=PUBLISHED),
    Route("GET", _ID, staff(200), url=_notice, nobody=PUBLISHED),
    Route("GET", _FILE, staff(200), url=lambda s: _notice(s, "/attachments/1"), nobody=PUBLISHED),
    Route(
        "GET",
        f"{_FILE}/file",
        staff(200),
        url=lambda s: _notice(s, "/attachments/1/file"),
        nobody=PUBLISHED,
        piece="a file",
    ),
    Route(
        "GET",
        f"{_FILE}/pages/{{number}}",
        staff(200),
        url=lambda s: _notice(s, "/attachments/1/pages/1"),
        nobody=PUBLISHED,
        piece="a picture",
    ),
    Route(
        "POST",
        f"{_ID}/acknowledge",
        only(HANDLERS, 303),
        url=lambda s: _notice(s, "/acknowledge"),
        proof=DECISIONS,
    ),
    Route(
        "POST",
        f"{_ID}/answer",
        only(HANDLERS, 303),
        url=lambda s: _notice(s, "/answer"),
        data=REASON,
        proof=DECISIONS,
    ),
    Route("POST", f"{_ID}/turn", staff(303), url=lambda s: _notice(s, "/turn"), proof=NOTHING),
    Route(
        "POST",
        f"{_ID}/release",
        only(PRINCIPAL, 303),
        url=lambda s: _waiting(s, "/release"),
        proof=DECISIONS,
    ),
    Route(
        "POST",
        f"{_ID}/veto",
        only(PRINCIPAL, 303),
        url=lambda s: _waiting(s, "/veto"),
        data=REASON,
        proof=DECISIONS,
    ),
    Route(
        "POST",
        f"{_ID}/delay",
        only(PRINCIPAL, 303),
        url=lambda s: _waiting(s, "/delay"),
        data={"until": "2026-12-24T09:00", **REASON},
        proof=DECISIONS,
    ),
    Route("GET", "/official/setting", staff(200), nobody=PUBLISHED),
    Route(
        "POST",
        "/official/setting",
        only(("principal", "administrator"), 303),
        data={"delay_hours": "24"},
        proof=RIGHTS,
    ),
)

UNTYPED = {
    "official_notice.held_for": "a word or a sentence of ours",
}

WAITING = {
    "official_landing": "what waits to be done",
}

FROM_AN_END = {
    "node.official.store.lines": "a page, the newest first",
    "node.official.store.guardian_readers_since": "of some days",
    "node.official.store.received_since": "of some days",
    "node.official.store.staff_readers_since": "of some days",
    "node.official.store.undone": "of some days",
}

ON_REQUEST = {
    "node.official.about.about": "everything of one person (제35조), in a thread of its own",
}
