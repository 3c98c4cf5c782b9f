"""Puts the demo's surveys into a school: published by whom they say, answered by some of those asked, closed."""

from collections.abc import Awaitable, Callable, Sequence

from kit.clock import MINUTE, ManualClock
from kit.ids import new_id
from kit.problem import Problem
from node.people.model import Asker
from node.questions.model import Field, FieldKind
from node.surveys.model import SurveyStart, SurveyText
from node.surveys.service import Surveys
from scripts.demo_content.answers import NOW
from scripts.demo_content.model import AudienceSpec, SchoolContent
from scripts.demo_content.signups import at
from scripts.demo_content.surveys import QuestionRow, SurveyRow, load_surveys

AskerOf = Callable[[str], Awaitable[Asker]]
KeysOf = Callable[[tuple[AudienceSpec, ...]], tuple[str, ...]]
BETWEEN = 6 * MINUTE
"""From one answer to the next."""
TASTE = (0, 1, 0, 2, 1, 0, 1, 0, 0, 3)
"""Which option somebody chooses, in turn: the first ones most."""


class SurveyLoad:
    """One school's surveys on their way into its node."""

    def __init__(
        self,
        surveys: Surveys,
        clock: ManualClock,
        asker_of: AskerOf,
        keys_of: KeysOf,
        content: SchoolContent,
    ) -> None:
        self._surveys = surveys
        self._clock = clock
        self._asker_of = asker_of
        self._keys_of = keys_of
        # Who stands in the stories answers by themselves.
        self._people = [
            one.key for one in content.guardians if one.login and one.login.startswith("fam")
        ] + [one.key for one in content.staff if one.post]

    async def load(self, slug: str, key_of_post: Callable[[str], str]) -> int:
        """All of the school; how many there are."""
        rows = load_surveys(slug)
        for row in rows:
            await self._load(row, await self._asker_of(key_of_post(row.by)))
        self._clock.at = NOW
        return len(rows)

    async def _load(self, row: SurveyRow, author: Asker) -> None:
        desk, closes = self._surveys.desk, at(row.closes)
        self._clock.at = at(row.published) if row.published else NOW - MINUTE
        survey = await desk.create(author, SurveyStart.ANONYMOUS)
        fields = tuple(
            Field(new_id(), FieldKind(one.kind), one.label, one.required, one.options)
            for one in row.questions
        )
        text = SurveyText(
            title=row.title,
            text=row.text.strip(),
            keys=self._keys_of(row.audience),
            is_named=row.named,
            is_shared=row.shared,
            closes_at=closes,
            fields=fields,
        )
        await desk.save(author, survey, text)
        if not row.published:
            return
        await desk.publish(author, survey)
        await self._answer(row, survey, fields)
        if closes <= NOW:
            self._clock.at = closes
            await self._surveys.closing.settle(survey)

    async def _answer(self, row: SurveyRow, survey: str, fields: Sequence[Field]) -> None:
        """Some of those who are asked, one after the other."""
        answered, until = 0, min(at(row.closes), NOW) - MINUTE
        for key in self._people:
            if answered >= row.answers:
                return
            self._clock.at = min(at(row.published) + (answered + 1) * BETWEEN, until)
            values = {
                field.id: _said(question, field, answered + 3 * place)
                for place, (question, field) in enumerate(zip(row.questions, fields, strict=True))
            }
            try:
                await self._surveys.casting.answer(await self._asker_of(key), survey, values)
            except Problem:  # it does not ask them
                continue
            answered += 1


def _said(question: QuestionRow, field: Field, turn: int) -> list[str]:
    """What somebody answers in their turn; every third writes something."""
    if field.shown_options:
        taste = TASTE[turn % len(TASTE)] % len(field.shown_options)
        return [field.shown_options[taste]]
    return (
        [question.said[turn // 3 % len(question.said)]] if question.said and turn % 3 == 0 else []
    )
