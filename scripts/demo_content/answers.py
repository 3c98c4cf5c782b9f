"""Answers of families to the forms: for about half of the children, plausible, always the same."""

import random
from collections import defaultdict
from collections.abc import Iterator

from kit.clock import DAY, HOUR, MINUTE, local, moment
from scripts.demo_content.audience import is_addressed, students_of
from scripts.demo_content.cast import FAMILIES
from scripts.demo_content.model import (
    AnswerRow,
    FieldText,
    FormText,
    GuardianRow,
    NewsletterText,
    SchoolContent,
)

NOW = moment(2026, 11, 23, 9)  # the demo's Monday morning: nobody answers later
_CONSENT = ("동의합니다", "동의하지 않습니다")
_AGREED = "확인했습니다"
_SHARE = 0.5
_CAST = {parent.login for family in FAMILIES for parent in family.guardians if parent.login}


def answers_for(
    school: SchoolContent, newsletter: NewsletterText, now: int = NOW
) -> Iterator[AnswerRow]:
    """Answers to the newsletter's form, oldest first; none for drafts and what lies ahead.

    Half of the children whose guardians can be reached, fewer while the form is younger than two
    days; with `both_guardians` two rows for most of the families that have two signing guardians.
    What is still open the families of the cast have yet to answer: it is the demo's to do.
    """
    form, opened_at = newsletter.form, newsletter.published_at
    if form is None or opened_at is None or opened_at >= now:
        return
    rng = random.Random(f"{school.id}{newsletter.slug}")
    signers = _signers(school, newsletter)
    until = min(form.deadline_at, now)
    share = _SHARE * min(1.0, (until - opened_at) / (2 * DAY))
    children = sorted(signers)
    rows = []
    for student in rng.sample(children, round(len(children) * share)):
        if form.deadline_at > now and any(row.login in _CAST for row in signers[student]):
            continue
        values = _values(rng, form, opened_at)
        willing = signers[student]
        count = 2 if form.both_guardians and rng.random() < 0.7 else 1
        start = 0 if rng.random() < 0.75 else len(willing) - 1
        for guardian in [*willing[start:], *willing[:start]][:count]:
            at = _when(rng, opened_at, until)
            rows.append(AnswerRow(guardian.key, student, values, guardian.name, at))
    yield from sorted(rows, key=lambda row: (row.at, row.student, row.guardian))


def _signers(school: SchoolContent, newsletter: NewsletterText) -> dict[str, list[GuardianRow]]:
    """Child → guardians with an account whom the letter reaches and who may sign for the child."""
    guardians = {row.key: row for row in school.guardians if row.accepted}
    children = {row.key: row for row in students_of(school, newsletter.audience)}
    found: dict[str, list[GuardianRow]] = defaultdict(list)
    for tie in school.ties:
        child = children.get(tie.student)
        if child is None or tie.guardian not in guardians or not (tie.may_read and tie.may_sign):
            continue
        if is_addressed(school, newsletter.audience, tie.guardian, child):
            found[tie.student].append(guardians[tie.guardian])
    return found


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
    at = opened_at + MINUTE + int(rng.betavariate(1, 4) * (until - opened_at - 2 * MINUTE))
    hour = local(at).hour
    if hour < 7 or hour >= 23:
        at += (9 if hour >= 23 else 7 - hour) * HOUR
    return min(at, until - 1)
