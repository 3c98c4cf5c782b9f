"""Answers of families to the forms: for about half of the children, plausible, always the same."""

import random
from collections import defaultdict
from collections.abc import Iterator

from kit.clock import DAY, HOUR, local, moment
from scripts.demo_content.audience import students_of
from scripts.demo_content.model import (
    AnswerRow,
    FieldText,
    FormText,
    GuardianRow,
    NewsletterText,
    SchoolContent,
    TieRow,
)

NOW = moment(2026, 11, 23, 9)  # the demo's Monday morning: nobody answers later
_CONSENT = ("동의합니다", "동의하지 않습니다")
_AGREED = "확인했습니다"
_SHARE = 0.5


def answers_for(
    school: SchoolContent, newsletter: NewsletterText, now: int = NOW
) -> Iterator[AnswerRow]:
    """Answers to the newsletter's form, oldest first; none for drafts and what lies ahead.

    Half of the children whose guardians can be reached; with `both_guardians` two rows for most
    of the families that have two signing guardians.
    """
    form, opened_at = newsletter.form, newsletter.published_at
    if form is None or opened_at is None or opened_at >= now:
        return
    rng = random.Random(f"{school.id}{newsletter.slug}")
    signers = _signers(school)
    children = sorted(s.key for s in students_of(school, newsletter.audience) if s.key in signers)
    rows = []
    for student in rng.sample(children, round(len(children) * _SHARE)):
        values = _values(rng, form, opened_at)
        willing = signers[student]
        count = 2 if form.both_guardians and rng.random() < 0.7 else 1
        start = 0 if rng.random() < 0.75 else len(willing) - 1
        for guardian in [*willing[start:], *willing[:start]][:count]:
            at = _when(rng, opened_at, min(form.deadline_at, now))
            rows.append(AnswerRow(guardian.key, student, values, guardian.name, at))
    yield from sorted(rows, key=lambda row: (row.at, row.student, row.guardian))


def _signers(school: SchoolContent) -> dict[str, list[GuardianRow]]:
    """Student → guardians with an account who may sign."""
    guardians = {row.key: row for row in school.guardians if row.accepted}
    found: dict[str, list[GuardianRow]] = defaultdict(list)
    for tie in school.ties:
        if _may_sign(tie) and tie.guardian in guardians:
            found[tie.student].append(guardians[tie.guardian])
    return found


def _may_sign(tie: TieRow) -> bool:
    return tie.may_read and tie.may_sign


def _values(rng: random.Random, form: FormText, opened_at: int) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for place, field in enumerate(form.fields, start=1):
        if field.only_if and values.get("f1") != [field.only_if]:
            continue
        given = _value(rng, field, opened_at)
        if given:
            values[f"f{place}"] = given
    return values


def _value(rng: random.Random, field: FieldText, opened_at: int) -> list[str]:
    match field.kind:
        case "consent":
            return rng.choices(_CONSENT, weights=field.weights or (94, 6))
        case "choice":
            falling = field.weights or tuple(range(len(field.options), 0, -1))
            return rng.choices(field.options, weights=falling)
        case "choices":
            count = rng.choice((1, 1, 2))
            return sorted(rng.sample(field.options, min(count, len(field.options))))
        case "agree":
            return [_AGREED]
        case "number":
            return [rng.choice(field.samples or ("1", "2"))]
        case "date":
            return [local(opened_at + rng.randrange(7, 21) * DAY).date().isoformat()]
        case _:
            if not field.required and not field.only_if and rng.random() < 0.7:
                return []
            return [rng.choice(field.samples or ("없음",))]


def _when(rng: random.Random, opened_at: int, until: int) -> int:
    """Most answer on the first evening, the rest trickle in, never at night."""
    at = opened_at + int(rng.betavariate(1, 4) * max(until - opened_at - HOUR, HOUR))
    hour = local(at).hour
    if hour < 7 or hour >= 23:
        at += (9 if hour >= 23 else 7 - hour) * HOUR
    return min(at, until - 1)
