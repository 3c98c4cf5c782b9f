"""Who gets what of surveys: those whom they ask answer, staff read what families are asked, results have those who
handle them."""

from kit.clock import DAY
from node.questions.model import Field, FieldKind
from node.surveys.model import SurveyStart, SurveyText
from node.surveys.web import SURVEYS
from tests.node.asking import EVERYBODY
from tests.node.conftest import School
from tests.node.planting import Planting
from tests.node.routes import DECISIONS, NOTHING, NUMBERS, OWN, Route, everyone, only, staff

# Students have neither key; everybody else of the cast is asked.
READERS = everyone(200) | {"student": 404}
ANSWERERS = everyone(303) | {"student": 404}
# The author, who is of the office, and those who answer for the whole school.
HANDLERS = ("principal", "office")
_FIELDS = (
    Field("likes", FieldKind.CHOICE, "급식이 마음에 드나요?", options=("좋아요", "아쉬워요")),
    Field("wish", FieldKind.TEXT, "바라는 점", required=False),
)


async def _draft(school: School, what: str = "", *, is_named: bool = True) -> str:
    """The address of a draft of the office for everybody, or of something of it."""
    author, desk = await school.asker("오정숙"), school.app[SURVEYS].desk
    made = await desk.create(author, SurveyStart.NAMED)
    closes = school.clock.now() + DAY
    text = SurveyText(
        title="급식", keys=EVERYBODY, is_named=is_named, closes_at=closes, fields=_FIELDS
    )
    await desk.save(author, made, text)
    return f"/surveys/{made}{what}"


async def _survey(school: School, what: str = "") -> str:
    address = await _draft(school)
    author = await school.asker("오정숙")
    await school.app[SURVEYS].desk.publish(author, address.split("/")[2])
    return address + what


async def _answered(school: School, what: str) -> str:
    """Of a survey that 김하늘 has answered."""
    address = await _survey(school)
    values = {"likes": ["좋아요"], "wish": ["과일"]}
    await school.app[SURVEYS].casting.answer(
        await school.asker("김하늘"), address.split("/")[2], values
    )
    return address + what


_EDITED = {"title": "급식", "kind": "named", "closes": "2026-12-05T17:00"}

ROUTES = (
    Route("GET", "/surveys", everyone(200), nobody=OWN),
    Route("GET", "/surveys/{id}", READERS, url=_survey, nobody=OWN),
    Route(
        "POST",
        "/surveys/{id}/answers",
        ANSWERERS,
        url=lambda s: _survey(s, "/answers"),
        data={"answer_likes": "좋아요"},
        proof=NOTHING,
    ),
    # Making one
    Route("POST", "/surveys/new", staff(303), proof=NOTHING),
    Route(
        "GET",
        "/surveys/{id}/edit",
        only(HANDLERS, 200, staff=404),
        url=lambda s: _draft(s, "/edit"),
        nobody=NUMBERS,
    ),
    Route(
        "POST",
        "/surveys/{id}/edit",
        only(HANDLERS, 303, staff=404),
        url=lambda s: _draft(s, "/edit"),
        data=_EDITED,
        proof=DECISIONS,
    ),
    Route(
        "POST",
        "/surveys/{id}/discard",
        only(HANDLERS, 303, staff=404),
        url=lambda s: _draft(s, "/discard"),
        proof=NOTHING,
    ),
    # What came of it
    Route(
        "GET",
        "/surveys/{id}/results",
        only(HANDLERS, 200, staff=404),
        url=lambda s: _answered(s, "/results"),
    ),
    Route(
        "GET",
        "/surveys/{id}/results.xlsx",
        only(HANDLERS, 200, staff=404),
        url=lambda s: _answered(s, "/results.xlsx"),
        piece="a file",
    ),
    Route(
        "GET",
        "/surveys/{id}/results.csv",
        only(HANDLERS, 200, staff=404),
        url=lambda s: _answered(s, "/results.csv"),
        piece="a file",
    ),
    Route(
        "POST",
        "/surveys/{id}/closing",
        only(HANDLERS, 303, staff=404),
        url=lambda s: _survey(s, "/closing"),
        data={"closes": "2026-12-20T09:00"},
        proof=DECISIONS,
    ),
    Route(
        "POST",
        "/surveys/{id}/close",
        only(HANDLERS, 303, staff=404),
        url=lambda s: _survey(s, "/close"),
        proof=DECISIONS,
    ),
)

IDS = {"/surveys": "SELECT id FROM surveys_survey"}

UNTYPED = {
    "surveys_survey.box": "a public key",
}

FROM_AN_END = {
    "node.surveys.store.published": "a page, the newest first",
    "node.surveys.store.shown_lately": "a card, the newest first",
}

WAITING = {
    "surveys_open": "what takes answers",
    "surveys_unsettled": "what is open, or waits for its closing",
    "surveys_draft": "what is being written",
}


async def sow(planting: Planting) -> None:
    """A survey with names and one without, with markup in every text, answered by all; the second closed."""
    school = planting.school
    author, surveys = await school.asker("오정숙"), school.app[SURVEYS]
    for is_named in (True, False):
        made = await surveys.desk.create(author, SurveyStart.ANONYMOUS)
        text = SurveyText(
            title=planting.typed("title"),
            text=planting.typed("text"),
            keys=EVERYBODY,
            is_named=is_named,
            is_shared=True,
            closes_at=school.clock.now() + DAY,
            fields=(
                Field(
                    "likes",
                    FieldKind.CHOICE,
                    planting.typed("label"),
                    options=(planting.typed("option"), "아쉬워요"),
                    help=planting.typed("help"),
                ),
                Field("wish", FieldKind.TEXT, planting.typed("label"), required=False),
            ),
        )
        await surveys.desk.save(author, made, text)
        await surveys.desk.publish(author, made)
        for name in ("박서연", "한지민", "최은영", "오정숙", "김하늘"):
            values = {"likes": [text.fields[0].options[0]], "wish": [planting.typed("answer")]}
            await surveys.casting.answer(await school.asker(name), made, values)
        if not is_named:
            await surveys.desk.close(author, made)
            await surveys.closing.settle(made)
