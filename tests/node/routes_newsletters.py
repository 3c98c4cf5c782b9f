"""Who gets what of letters: reading, files, the writer's desk, decisions, the API."""

import msgspec
from aiohttp import FormData

from kit.clock import DAY
from node.files.access import FILES
from node.files.tus import Told
from node.newsletters import desk_web
from node.newsletters.beginning_web import BEGINNINGS
from node.newsletters.bringing import to_bring
from node.newsletters.choosing import keys_of
from node.newsletters.model import Content, Publication, Sort
from node.newsletters.service import Newsletters
from node.newsletters.web import BRINGING, NEWSLETTERS
from tests.models import documents
from tests.node.conftest import School
from tests.node.planting import Planting
from tests.node.routes import DECISIONS, NOTHING, OWN, PUBLISHED, Route, everyone, only, staff
from tests.node.sending_parts import PART as PART_BEGINS
from tests.node.sending_parts import TUS
from tests.planted import SHORT

_ID = "/newsletters/{id}"
# Of a letter to 3-2: its families and all staff.
READERS = staff(200, others=200) | {"other_guardian": 404}
API_READERS = READERS | {"anonymous": 401}
AUTHOR = ("homeroom",)
PRINCIPAL = ("principal",)
DECIDERS = ("homeroom", "principal")
UPLOADS = "/api/v1/newsletters/uploads"
PART = PART_BEGINS | {"Upload-Offset": "0"}
SENDER = only(AUTHOR, 204, staff=404, anonymous=401)
AUTHOR_ALONE = only(AUTHOR, 303, staff=404)
REASON = {"reason": "사유"}
WORDING = {"title": "고친 글", "body": "고친 내용", "reason": "오타"}


def _newsletters(school: School) -> Newsletters:
    return school.app[NEWSLETTERS]


def _keys(school: School) -> tuple[str, ...]:
    room = school.class_id("3-2")
    return (f"guardians/class:{room}", f"students/class:{room}")


async def _letter(school: School, what: str = "") -> str:
    """A published letter of the homeroom teacher to 3-2."""
    author = await school.asker("박서연")
    publication = Publication(Sort.NEWSLETTER, "안내", "내용", _keys(school))
    letter = await school.db.write(
        lambda tx: _newsletters(school).publish_now(tx, author, publication)
    )
    return f"/newsletters/{letter}{what}"


async def _notice(school: School) -> str:
    """A class notice to 3-2 that asks to bring something."""
    author = await school.asker("박서연")
    notice = Publication(Sort.CLASS_NOTICE, "알림장", "준비물: 물통, 색연필", _keys(school))
    letter = await school.db.write(lambda tx: _newsletters(school).publish_now(tx, author, notice))
    return f"/newsletters/{letter}/packed"


async def _template(school: School, what: str) -> str:
    """A template of the homeroom teacher."""
    author, beginnings = await school.asker("박서연"), school.app[BEGINNINGS]
    await beginnings.keep(author, (await _letter(school)).split("/")[2], "양식")
    return f"/newsletters/templates/{(await beginnings.templates(author))[0].id}{what}"


async def _file(school: School, what: str = "") -> str:
    """A file of a published letter to 3-2."""
    author = await school.asker("박서연")
    file = school.app[FILES].keep("그림.png", documents.png())
    publication = Publication(Sort.NEWSLETTER, "안내", "내용", _keys(school), (file,))
    letter = await school.db.write(
        lambda tx: _newsletters(school).publish_now(tx, author, publication)
    )
    (attached,) = (await _newsletters(school).read(author, letter)).attachments
    return f"/attachments/{attached.id}{what}"


async def _draft(school: School, what: str = "", keys: tuple[str, ...] = ("guardians",)) -> str:
    """A draft of the homeroom teacher."""
    author = await school.asker("박서연")
    content = Content("초안", "내용", keys)
    draft = await _newsletters(school).desk.create(author, Sort.NEWSLETTER, content)
    return f"/newsletters/{draft}{what}"


async def _chosen(school: School, what: str) -> str:
    """A draft of the homeroom teacher to the family of a child of another class."""
    keys = tuple(keys_of([school.id("최하린")], to_students=False))
    return await _draft(school, what, keys)


async def _part(school: School) -> str:
    """An upload to a draft, of which half has yet to come."""
    draft = (await _draft(school)).rpartition("/")[2]
    told = Told(draft, "그림.png", 8, "")
    upload = await school.app[desk_web.UPLOADS].create(await school.asker("박서연"), told)
    return f"{UPLOADS}/{upload.id}"


async def _on_its_way(school: School, what: str) -> str:
    """Such an upload, as the page of its draft has it."""
    upload = (await _part(school)).rpartition("/")[2]
    sql = "SELECT carrier_id FROM files_upload WHERE id = ?"
    draft = await school.db.read(lambda tx: tx.value(sql, (upload,)))
    return f"/newsletters/{draft}/uploads/{upload}/{what}"


async def _attached(school: School, what: str = "/remove") -> str:
    """A file of a draft, to take it off or put down what it shows."""
    author = await school.asker("박서연")
    desk = _newsletters(school).desk
    draft = await desk.create(author, Sort.NEWSLETTER)
    await desk.attach(author, draft, school.app[FILES].keep("그림.png", documents.png()))
    (attached,) = (await _newsletters(school).read(author, draft)).attachments
    return f"/newsletters/{draft}/attachments/{attached.id}{what}"


async def _submitted(school: School, what: str) -> str:
    """A letter to all guardians that waits for approval."""
    address = await _draft(school)
    await _newsletters(school).desk.send(await school.asker("박서연"), address.split("/")[2])
    return address + what


async def _proposed(school: School, what: str) -> str:
    """A published letter to all guardians with a correction that waits for approval."""
    desk = _newsletters(school).desk
    address = await _submitted(school, "")
    letter = address.split("/")[2]
    await desk.approve(await school.asker("최은영"), letter)
    corrections = _newsletters(school).corrections
    await corrections.correct(await school.asker("박서연"), letter, "고친 글", "내용", "오타")
    return address + what


def _upload(school: School) -> FormData:
    form = FormData()
    form.add_field("files", documents.png(), filename="a.png")
    return form


def _class_day(school: School) -> str:
    return f"/class-notices/{school.class_id('3-2')}/2026-11-23"


async def _api_letter(school: School) -> str:
    return "/api/v1" + await _letter(school)


async def _api_draft(school: School) -> str:
    return "/api/v1" + await _draft(school, "/publish", _keys(school))


def _api_content(school: School) -> dict[str, object]:
    return {
        "title": "글",
        "body_markdown": "내용",
        "audience": list(_keys(school)),
        "scheduled_at": school.clock.now() + DAY,
    }


ROUTES = (
    # Reading
    Route("GET", "/newsletters", everyone(200), nobody=PUBLISHED),
    Route("GET", _ID, READERS, url=_letter, nobody=PUBLISHED),
    Route("GET", f"{_ID}/print", READERS, url=lambda s: _letter(s, "/print"), nobody=PUBLISHED),
    Route(
        "GET",
        f"{_ID}/pdf",
        READERS,
        url=lambda s: _letter(s, "/pdf"),
        nobody=PUBLISHED,
        piece="a file",
    ),
    Route("GET", f"{_ID}/history", READERS, url=lambda s: _letter(s, "/history"), nobody=PUBLISHED),
    Route(
        "GET",
        "/class-notices",
        everyone(303),
        nobody=PUBLISHED,
        unmet="it only leads to another page",
        walked={"guardian": "/class-notices"},
    ),
    Route("GET", "/class-notices/{class_id}/{day}", READERS, url=_class_day, nobody=PUBLISHED),
    Route("GET", "/attachments/{id}", READERS, url=_file, nobody=PUBLISHED),
    Route(
        "GET",
        "/attachments/{id}/file",
        READERS,
        url=lambda s: _file(s, "/file"),
        nobody=PUBLISHED,
        piece="a file",
    ),
    Route(
        "GET",
        "/attachments/{id}/pages/{number}",
        READERS,
        url=lambda s: _file(s, "/pages/1"),
        nobody=PUBLISHED,
        piece="a picture",
    ),
    # Writing
    Route("GET", "/newsletters/desk", staff(200), nobody=PUBLISHED),
    Route("POST", "/newsletters/new", staff(303), data={"kind": "newsletter"}, proof=NOTHING),
    Route("POST", "/newsletters/preview", staff(200), data={"body": "**글**"}, proof=NOTHING),
    Route(
        "POST", "/newsletters/audience", staff(200), data={"audience": "guardians"}, proof=NOTHING
    ),
    Route(
        "GET",
        f"{_ID}/edit",
        only(AUTHOR, 200, staff=404),
        url=lambda s: _draft(s, "/edit"),
        nobody=PUBLISHED,
    ),
    Route(
        "POST",
        f"{_ID}/edit",
        AUTHOR_ALONE,
        url=lambda s: _draft(s, "/edit"),
        data={"title": "글", "body": "내용"},
        proof=DECISIONS,
    ),
    Route(
        "POST",
        f"{_ID}/autosave",
        only(AUTHOR, 200, staff=404),
        url=lambda s: _draft(s, "/autosave"),
        data={"title": "글"},
        proof=NOTHING,
    ),
    Route(
        "POST",
        f"{_ID}/attachments",
        AUTHOR_ALONE,
        url=lambda s: _draft(s, "/attachments"),
        data=_upload,
        proof=NOTHING,
    ),
    Route("POST", f"{_ID}/attachments/{{file}}/remove", AUTHOR_ALONE, url=_attached, proof=NOTHING),
    Route(
        "POST",
        f"{_ID}/uploads/{{file}}/remove",
        AUTHOR_ALONE,
        url=lambda s: _on_its_way(s, "remove"),
        proof=NOTHING,
    ),
    Route(
        "POST",
        f"{_ID}/uploads/{{file}}/words",
        only(AUTHOR, 204, staff=404),
        url=lambda s: _on_its_way(s, "words"),
        data={"words": "그림"},
        proof=NOTHING,
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
        "POST", f"{_ID}/discard", AUTHOR_ALONE, url=lambda s: _draft(s, "/discard"), proof=NOTHING
    ),
    Route("POST", f"{_ID}/send", AUTHOR_ALONE, url=lambda s: _draft(s, "/send"), proof=DECISIONS),
    Route(
        "POST", f"{_ID}/recall", AUTHOR_ALONE, url=lambda s: _submitted(s, "/recall"), proof=NOTHING
    ),
    Route(
        "POST",
        f"{_ID}/duplicate",
        staff(303),
        url=lambda s: _letter(s, "/duplicate"),
        proof=NOTHING,
    ),
    # Choosing children
    Route(
        "GET",
        f"{_ID}/families",
        only(AUTHOR, 200, staff=404),
        url=lambda s: _draft(s, "/families"),
        shown=lambda s: _chosen(s, "/families"),
        shown_to=AUTHOR,
    ),
    Route(
        "POST",
        f"{_ID}/families",
        AUTHOR_ALONE,
        url=lambda s: _draft(s, "/families"),
        data={"act": "done"},
        proof=NOTHING,
    ),
    Route(
        "POST",
        "/newsletters/to-families",
        staff(303),
        data=lambda s: {"child": s.id("이지우")},
        proof=NOTHING,
    ),
    # What it is begun from
    Route("POST", "/newsletters/as-before", staff(303), proof=NOTHING),
    Route("GET", "/newsletters/templates", staff(200), nobody=OWN),
    Route(
        "POST", f"{_ID}/template", staff(303), url=lambda s: _letter(s, "/template"), proof=NOTHING
    ),
    Route(
        "POST",
        "/newsletters/templates/{id}/begin",
        AUTHOR_ALONE,
        url=lambda s: _template(s, "/begin"),
        proof=NOTHING,
    ),
    Route(
        "GET",
        "/newsletters/templates/{id}/export",
        only(AUTHOR, 200, staff=404),
        url=lambda s: _template(s, "/export"),
        nobody=OWN,
        piece="a file",
    ),
    Route(
        "POST",
        "/newsletters/templates/{id}/rename",
        AUTHOR_ALONE,
        url=lambda s: _template(s, "/rename"),
        data={"name": "월요일 알림장"},
        proof=NOTHING,
    ),
    Route(
        "POST",
        "/newsletters/templates/{id}/remove",
        AUTHOR_ALONE,
        url=lambda s: _template(s, "/remove"),
        proof=NOTHING,
    ),
    # What to bring
    Route(
        "POST",
        f"{_ID}/packed",
        staff(303, others=303) | {"other_guardian": 404},
        url=_notice,
        data={"thing": "물통", "packed": "1"},
        proof=NOTHING,
    ),
    # Reading over
    Route(
        "GET",
        f"{_ID}/check",
        only(AUTHOR, 200, staff=404),
        url=lambda s: _draft(s, "/check"),
        nobody=PUBLISHED,
    ),
    Route(
        "POST",
        f"{_ID}/check/mend",
        AUTHOR_ALONE,
        url=lambda s: _draft(s, "/check/mend"),
        data={"doubt": "0"},
        proof=NOTHING,
    ),
    Route(
        "POST",
        f"{_ID}/check/keep",
        AUTHOR_ALONE,
        url=lambda s: _draft(s, "/check/keep"),
        data={"doubt": "0"},
        proof=NOTHING,
    ),
    Route(
        "POST",
        f"{_ID}/check/again",
        AUTHOR_ALONE,
        url=lambda s: _draft(s, "/check/again"),
        data={"doubt": "0"},
        proof=NOTHING,
    ),
    Route(
        "POST",
        f"{_ID}/attachments/{{file}}/words",
        AUTHOR_ALONE,
        url=lambda s: _attached(s, "/words"),
        data={"words": "파란 네모"},
        proof=NOTHING,
    ),
    # Deciding
    Route(
        "POST",
        f"{_ID}/approve",
        only(PRINCIPAL, 303),
        url=lambda s: _submitted(s, "/approve"),
        proof=DECISIONS,
    ),
    Route(
        "POST",
        f"{_ID}/return",
        only(PRINCIPAL, 303),
        url=lambda s: _submitted(s, "/return"),
        data=REASON,
        proof=DECISIONS,
    ),
    Route(
        "GET",
        f"{_ID}/correct",
        only(DECIDERS, 200),
        url=lambda s: _letter(s, "/correct"),
        nobody=PUBLISHED,
    ),
    Route(
        "POST",
        f"{_ID}/correct",
        only(DECIDERS, 303),
        url=lambda s: _letter(s, "/correct"),
        data=WORDING,
        proof=DECISIONS,
    ),
    Route(
        "POST",
        f"{_ID}/correct/approve",
        only(PRINCIPAL, 303),
        url=lambda s: _proposed(s, "/correct/approve"),
        proof=DECISIONS,
    ),
    Route(
        "POST",
        f"{_ID}/withdraw",
        only(DECIDERS, 303),
        url=lambda s: _letter(s, "/withdraw"),
        data=REASON,
        proof=DECISIONS,
    ),
    # Programs
    Route("GET", "/api/v1/newsletters", everyone(200, anonymous=401), json=True, nobody=PUBLISHED),
    Route(
        "GET", "/api/v1/newsletters/{id}", API_READERS, url=_api_letter, json=True, nobody=PUBLISHED
    ),
    Route(
        "POST",
        "/api/v1/newsletters",
        staff(201, anonymous=401),
        data=_api_content,
        json=True,
        proof=NOTHING,
    ),
    Route(
        "POST",
        "/api/v1/newsletters/{id}/publish",
        only(AUTHOR, 200, staff=404, anonymous=401),
        url=_api_draft,
        json=True,
        proof=DECISIONS,
    ),
)

IDS = {
    "/newsletters/templates": "SELECT id FROM newsletters_template",
    "/newsletters": "SELECT id FROM newsletters_newsletter",
    "/api/v1/newsletters": "SELECT id FROM newsletters_newsletter",
    UPLOADS: "SELECT id FROM files_upload",
    "/attachments": "SELECT id FROM files_attachment WHERE kind = 'newsletter'",
    "/class-notices": "SELECT id FROM people_class",
}


UNTYPED = {
    "newsletters_kept_doubt.doubt": "a key",
    "newsletters_newsletter.source": "an id, or the ids and keys of several",
    "newsletters_proposal.form": "a word or a sentence of ours",
    "newsletters_template.day": "a day",
    "newsletters_template.supply": "an id",
    "newsletters_template.audience": "a word of ours",
    "newsletters_title.pair": "two characters of a title",
}


async def sow(planting: Planting) -> None:
    """A notice that asks to bring something, which a child has packed; a template of a letter with a form; a
    photo on its way to a draft."""
    school = planting.school
    author, student = await school.asker("박서연"), await school.asker("이지우")
    thing = planting.typed("thing", SHORT)
    notice = Publication(
        Sort.CLASS_NOTICE, planting.typed("title"), f"준비물: {thing}", _keys(school)
    )
    letter = await school.db.write(lambda tx: _newsletters(school).publish_now(tx, author, notice))
    (asked,) = to_bring(f"준비물: {thing}")
    await school.app[BRINGING].pack(student, letter, asked, packed=True)
    form = msgspec.json.encode(planting.form()).decode()
    desk = _newsletters(school).desk
    draft = await desk.create(author, Sort.NEWSLETTER, planting.content(form=form))
    planting.addresses.append(f"/newsletters/{draft}/families")
    uploads = school.app[desk_web.UPLOADS]
    photo = await uploads.create(author, Told(draft, planting.numbers.named("photo"), 8, ""))
    await uploads.describe(author, photo.id, draft, planting.typed("words of a photo"))
    await school.app[BEGINNINGS].keep(author, draft, planting.typed("name"))


STAYS = {
    "newsletters_proposal": "what waits and goes",
}

FROM_AN_END = {
    "node.newsletters.choosing._named": "names that begin so or have such a part, a page",
    "node.newsletters.lists._page": "a page, the newest first",
    "node.newsletters.earlier.move": "a portion of a move",
    "node.newsletters.titles._count": "some hundreds of titles at most",
    "node.newsletters.titles.move": "a portion of what moves",
    "node.newsletters.store.class_notices": "of one day",
    "node.newsletters.store.due": "whose hour has come",
    "node.newsletters.store.in_state": "what waits for an approver",
    "node.newsletters.store.next_number": "the year's last",
    "node.newsletters.signed_store.behind": "a batch of the nightly check",
}

ON_REQUEST = {
    "node.newsletters.about.about": "everything of one person, while openings are being moved",
}
