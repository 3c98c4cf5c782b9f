"""Letters with a fault each, as people leave them in, and the demo's letters, as sheets to be read.

Faults are data (`letter_faults/*.toml`): a place in one of the demo's letters, or a letter of their own.
"""

import functools
import tomllib
from datetime import date, datetime, timedelta
from pathlib import Path

import msgspec
from msgspec.structs import replace

from kit.clock import local, school_year
from node.calendar.holidays import public_holidays
from node.calendar.model import ClosedDay
from node.newsletters.proof.sheet import ALL, Doubt, FormSheet, ProofSheet
from scripts.demo_content.calendar import load_calendar
from scripts.demo_content.loader import load
from scripts.demo_content.model import FormText, NewsletterText, SchoolContent

FOLDER = Path(__file__).parent / "letter_faults"
HANBIT = "hanbit"
TELEPHONE = "031-000-2100"
SENT = date(2026, 11, 23)


class FormFault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A form, or what is otherwise in that of the letter. `questions`: with their options behind a colon."""

    deadline: str = ""
    questions: tuple[str, ...] = ()


class PlantedFault(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"audience": "for"}
):
    """A fault; what its fields say stands at the head of held_out.toml."""

    rule: str
    letter: str = ""
    before: str = ""
    after: str = ""
    quote: str = ""
    title: str = ""
    body: str = ""
    on: str = ""
    audience: tuple[str, ...] = ()
    kind: str = "newsletter"
    form: FormFault | None = None
    phone: str = TELEPHONE

    def sheet(self) -> ProofSheet:
        """The letter with the fault in it."""
        return self._planted() if self.letter else self._own()

    def _planted(self) -> ProofSheet:
        of_demo = demo_sheets()[self.letter]
        assert self.before in of_demo.body, f"{self.letter} has no {self.before!r}"
        form = of_demo.form
        if self.form is not None and form is not None:
            form = replace(form, deadline=_day(self.form.deadline))
        return replace(
            of_demo,
            title=self.title or of_demo.title,
            body=of_demo.body.replace(self.before, self.after, 1) if self.before else of_demo.body,
            form=form,
        )

    def _own(self) -> ProofSheet:
        sent = date.fromisoformat(self.on) if self.on else SENT
        form = None
        if self.form is not None:
            form = FormSheet(_day(self.form.deadline), "\n".join(self.form.questions))
        return ProofSheet(
            title=self.title or "안내",
            body=self.body,
            goes_out=sent,
            year=school_year(sent),
            school="한빛초등학교",
            telephone=self.phone,
            grades=frozenset(int(one[0]) for one in self.audience) or ALL,
            rooms=frozenset(_room(one) for one in self.audience if "-" in one),
            is_class_notice=self.kind == "class_notice",
            form=form,
            closed=closed_days(HANBIT),
        )

    def is_found_in(self, doubts: list[Doubt]) -> bool:
        """Whether one of the doubts is of this fault, and touches it."""
        sheet = self.sheet()
        text = {"title": sheet.title, "body": sheet.body}
        for doubt in doubts:
            at = text[doubt.part].find(self.quote)
            if doubt.rule != self.rule or at < 0:
                continue
            if not self.quote or (doubt.start < at + len(self.quote) and at < doubt.end):
                return True
        return False


def faults(name: str) -> tuple[PlantedFault, ...]:
    """The faults of a file of the folder, by its name."""
    found = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    return msgspec.convert(found["fault"], tuple[PlantedFault, ...])


@functools.cache
def demo_sheets() -> dict[str, ProofSheet]:
    """Every letter of both schools of the demo, as it lay there on the day on which it went out."""
    return {
        f"{school}/{text.slug}": _sheet(load(school), text)
        for school in (HANBIT, "saesol")
        for text in load(school).texts
    }


def _sheet(content: SchoolContent, text: NewsletterText) -> ProofSheet:
    sent = local(text.published_at).date() if text.published_at else SENT
    grades: frozenset[int] | None = frozenset(
        one.grade or int(one.room[0]) for one in text.audience if one.grade or one.room
    )
    if any(one.group for one in text.audience):
        grades = None
    elif any(not (one.grade or one.room or one.group) for one in text.audience):
        grades = ALL
    return ProofSheet(
        title=text.title,
        body=text.body,
        goes_out=sent,
        year=school_year(sent),
        school=content.name,
        telephone=text.telephone or content.phone,
        grades=grades,
        rooms=frozenset(_room(one.room) for one in text.audience if one.room),
        is_for_families=any(one.who != "staff" for one in text.audience),
        is_class_notice=text.kind == "class_notice",
        form=_form(text.form),
        closed=closed_days(content.slug),
    )


def _form(form: FormText | None) -> FormSheet | None:
    if form is None:
        return None
    words = [word for field in form.fields for word in (field.label, *field.options, field.hint)]
    return FormSheet(local(form.deadline_at).date(), "\n".join(words), form.both_guardians)


@functools.cache
def closed_days(school: str) -> dict[date, ClosedDay]:
    """The days without school around the demo's year."""
    first, last = date(2026, 3, 1), date(2027, 12, 31)
    every = (first + timedelta(at) for at in range((last - first).days + 1))
    closed = {day: ClosedDay("") for day in every if day.weekday() > 4}
    closed |= {
        day: ClosedDay(title) for day, title in public_holidays().items() if first <= day <= last
    }
    if school == HANBIT:
        for entry in load_calendar(school):
            if entry.kind in ("day_off", "vacation"):
                for at in range(((entry.last or entry.first) - entry.first).days + 1):
                    is_vacation = entry.kind == "vacation"
                    day = entry.first + timedelta(at)
                    closed.setdefault(day, ClosedDay(entry.title, is_vacation))
    return closed


def _room(name: str) -> tuple[int, int]:
    grade, number = name.split("-")
    return int(grade), int(number)


def _day(at: str) -> date:
    return datetime.fromisoformat(at).date()
