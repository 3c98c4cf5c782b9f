"""The surveys of a demo school: `<school>/surveys.toml`.

for one in load_surveys("hanbit"): …
"""

import tomllib

import msgspec

from scripts.demo_content.model import AudienceSpec
from scripts.demo_content.signups import HERE


class QuestionRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question. `options` of a choice; `said`: what those who answer in words write, in turn."""

    kind: str
    label: str
    options: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    required: bool = True


class SurveyRow(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"questions": "question"},
):
    """A survey. `by`: the post of its author; without `published` it is a draft; `answers`: how many answer."""

    title: str
    by: str
    audience: tuple[AudienceSpec, ...]
    closes: str
    questions: tuple[QuestionRow, ...]
    text: str = ""
    named: bool = False
    shared: bool = False
    published: str = ""
    answers: int = 0


def load_surveys(slug: str) -> tuple[SurveyRow, ...]:
    """All of a school, as they stand in its file."""
    found = tomllib.loads((HERE / slug / "surveys.toml").read_text(encoding="utf-8"))
    return msgspec.convert(found["survey"], tuple[SurveyRow, ...])
