"""Surveys over HTTP as their stories use them: written by the form of the page, answered on a telephone."""

from collections.abc import Mapping, Sequence

from kit.clock import DAY, local
from kit.web.keys import JOBS
from tests.node.conftest import Answer, Client, School

LIKES = ("form-likes", "choice", "급식이 마음에 드나요?", "좋아요\n보통이에요\n아쉬워요")
CLEAN = ("form-clean", "rating", "교실은 깨끗하다", "")
WISH = ("form-wish", "long_text", "바라는 점", "")
QUESTIONS = (LIKES, CLEAN, WISH)
EVERYBODY = ("guardians", "staff")
"""Nine people of the cast, who hold one of these keys."""
VOTERS = (
    *("박서연", "한지민", "최은영", "윤태식", "정민호", "오정숙"),
    *("김하늘", "이준혁", "이도윤"),
)


def _typed(at: int) -> str:
    return f"{local(at):%Y-%m-%dT%H:%M:%S}"


def written(
    school: School,
    *,
    title: str = "급식 만족도",
    keys: Sequence[str] = EVERYBODY,
    kind: str = "anonymous",
    shared: bool = False,
    closes: int = 3 * DAY,
    questions: Sequence[tuple[str, ...]] = QUESTIONS,
    required: str = "0",
    act: str = "publish",
) -> list[tuple[str, str]]:
    """What the editor sends. `closes`: ms from now; questions: id, kind, label, options, and the
    rows of a matrix."""
    sent = [
        ("title", title),
        ("text", "더 나은 급식을 위해 여쭙니다."),
        ("kind", kind),
        ("closes", _typed(school.clock.now() + closes)),
        *(("audience", _key(school, key)) for key in keys),
        *(("shared", "1") for _on in range(shared)),
        ("act", act),
    ]
    for field_id, answered, label, options, *more in questions:
        rows = "\n".join(more)
        sent += [
            ("form_id", field_id),
            ("form_kind", answered),
            ("form_label", label),
            ("form_options", options),
            ("form_required", required),
            ("form_help", ""),
            ("form_only_if", ""),
            ("form_rows", rows),
        ]
    return sent


def _key(school: School, key: str) -> str:
    before, colon, room = key.partition("class:")
    return before + colon + school.class_id(room) if colon else key


async def draft(school: School, by: str = "오정숙", start: str = "anonymous") -> str:
    """The id of a fresh one."""
    author = await school.client_as(by)
    return (await author.post("/surveys/new", {"start": start})).location.split("/")[2]


async def ask(school: School, by: str = "오정숙", **what: object) -> str:
    """A survey that is out, made by the form of the page; its id."""
    survey = await draft(school, by)
    author = await school.client_as(by)
    answer = await author.post(f"/surveys/{survey}/edit", written(school, **what))  # type: ignore[arg-type]
    assert answer.status == 303, f"{answer.status} {answer.text[:2000]}"
    return survey


async def answer(client: Client, survey: str, **given: str) -> Answer:
    """Answer by the form of the page: `likes="좋아요"`, of the fields above."""
    sent = {f"answer_form-{field}": text for field, text in given.items()}
    return await client.post(f"/surveys/{survey}/answers", sent)


async def answers(school: School, survey: str, given: Mapping[str, Mapping[str, str]]) -> None:
    """Each of these people answers so."""
    for name, texts in given.items():
        said = await answer(await school.client_as(name), survey, **texts)
        assert said.status == 303, f"{name}: {said.status} {said.text[:1000]}"


async def close(school: School, after: int = 3 * DAY) -> None:
    """Time passes, and the job does what is due."""
    school.clock.advance(after)
    assert await school.app[JOBS].run("surveys.closing")
    await school.settled()
