"""What was sent, read and signed in the school's years: planned day by day, written in order of time.

Letters go out through the verb that publishes; signatures are the product's own records in its own
log; read marks and answers are kept by the slices' own statements. Rows of the reach ledger, which a
subscriber would write by the minute, come from `reach`.
"""

import random
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from aiohttp import web

from kit.clock import DAY, HOUR, MINUTE, ManualClock, local, moment
from kit.db import Tx
from kit.ids import new_id
from kit.outbox import publish
from node.forms import store as forms_store
from node.forms.model import FormSigned
from node.forms.store import StoredForm
from node.ledger.service import Ledger
from node.newsletters import store as newsletters_store
from node.newsletters.model import NewsletterOpened, Publication, Sort
from node.newsletters.web import NEWSLETTERS
from node.people.access import load_asker
from node.people.agreements import SIGNING
from node.people.model import Asker
from protocol.identity import SchoolId
from protocol.records import SignatureKind
from scripts.years import earlier, reach
from scripts.years.people import Crowd, Pupil, Signer
from scripts.years.scale import Scale
from scripts.years.words import Words

TO_ALL, TO_GRADE, TO_STAFF = 0.036, 0.018, 0.007
"""Parts of all letters; the others are notices of one class."""
ASKS = {"all": 0.24, "grade": 0.35, "class": 0.06, "staff": 0.0}
"""Which part of the letters of a sort has a form."""
ANSWERED_WITHIN = 7 * DAY
READ_WITHIN = 4 * DAY


class Plan(msgspec.Struct, frozen=True):
    """A letter to be: when, from whom, to whom."""

    at: int
    year: int
    sort: str
    grade: int = 0
    room: int = 0
    asks: bool = False


class Opening(msgspec.Struct, frozen=True):
    at: int
    letter: str
    person: str


class Signing(msgspec.Struct, frozen=True):
    at: int
    form: StoredForm
    pupil: Pupil
    signer: Signer
    values: dict[str, list[str]]


class Kept(msgspec.Struct, frozen=True):
    """What the years are written into."""

    app: web.Application
    clock: ManualClock
    ledger: Ledger
    school_id: SchoolId
    school_name: str


class History:
    """The school's past up to `until` (ms)."""

    def __init__(
        self, kept: Kept, crowd: Crowd, scale: Scale, rng: random.Random, until: int
    ) -> None:
        self._kept = kept
        self._crowd = crowd
        self._scale = scale
        self._rng = rng
        self._until = until
        self._words = Words(rng)
        self._askers: dict[str, Asker] = {}
        self._due: dict[int, list[Opening | Signing]] = {}
        self._pupils = {
            crowd.year - back: crowd.of_year(crowd.year - back) for back in range(scale.years)
        }
        self._always = self._never = ""
        self._eager = {
            signer.id: rng.betavariate(0.8, 1.6)
            for pupil in crowd.pupils
            for signer in pupil.guardians
        }

    def habits(self, *, always: str, never: str) -> None:
        """Let somebody have read everything, and somebody nothing."""
        self._always, self._never = always, never

    # The plan ---------------------------------------------------------------------------------

    def plan(self, letters: int) -> list[list[Plan]]:
        """So many letters over the school days of the years: a list for each day."""
        days = [at for back in range(self._scale.years) for at in self._school_days(back)]
        days.sort()
        found = []
        for place, day in enumerate(days):
            count = letters * (place + 1) // len(days) - letters * place // len(days)
            plans = [self._one(day) for _letter in range(count)]
            found.append(sorted(plans, key=lambda plan: plan.at))
        return found

    def _school_days(self, back: int) -> Iterator[int]:
        year = self._crowd.year - back
        at, end = moment(year, 3, 2, 8), min(moment(year + 1, 2, 10, 8), self._until - DAY)
        while at <= end:
            day = local(at)
            if day.weekday() < 5 and day.month not in (1, 8):
                yield at
            at += DAY

    def _one(self, day: int) -> Plan:
        at = day + self._rng.randrange(9 * HOUR)
        year = local(day).year - (local(day).month < 3)
        drawn = self._rng.random()
        grade, room = 0, 0
        if drawn < TO_ALL:
            sort = "all"
        elif drawn < TO_ALL + TO_GRADE:
            sort, grade = "grade", self._rng.randrange(1, 7 - (self._crowd.year - year))
        elif drawn < TO_ALL + TO_GRADE + TO_STAFF:
            sort = "staff"
        else:
            sort = "class"
            grade = self._rng.randrange(1, 7 - (self._crowd.year - year))
            room = self._rng.randrange(1, self._scale.rooms + 1)
        return Plan(at, year, sort, grade, room, self._rng.random() < ASKS[sort])

    def addressed(self, plan: Plan) -> list[Pupil]:
        """The children whose guardians a letter is for."""
        if plan.sort == "staff":
            return []
        back = self._crowd.year - plan.year
        found: Iterable[Pupil] = self._pupils[plan.year]
        if plan.grade:
            found = (one for one in found if one.grade - back == plan.grade)
        if plan.room:
            found = (one for one in found if one.room == plan.room)
        return list(found)

    # A day ------------------------------------------------------------------------------------

    def write_day(self, tx: Tx, plans: list[Plan], rates: tuple[float, float]) -> tuple[int, int]:
        """What happened before and between these letters; how many reads and signatures they will
        have. `rates`: which part of those asked read, and sign."""
        reads = signatures = 0
        for plan in plans:
            self._run_due(tx, plan.at)
            form = self._words.form(plan.at + ANSWERED_WITHIN) if plan.asks else ""
            opened, signed = self._publish(tx, plan, *rates, form)
            reads += opened
            signatures += signed
        return reads, signatures

    def finish(self, tx: Tx) -> None:
        """What is left to happen; the last letter, to all, has a short form that nobody answered yet."""
        self._run_due(tx, self._until)
        last = Plan(self._until, self._crowd.year, "all", 0, 0, asks=True)
        self._publish(tx, last, 0.0, 0.0, self._words.short_form(last.at + ANSWERED_WITHIN))

    def _publish(
        self, tx: Tx, plan: Plan, read_rate: float, sign_rate: float, form: str
    ) -> tuple[int, int]:
        self._kept.clock.at = plan.at
        author = self._author(tx, plan)
        if plan.room:
            title, body = self._words.notice(plan.at, f"{plan.grade}-{plan.room}")
        else:
            title, body = self._words.letter(plan.at)
        publication = Publication(
            kind=Sort.CLASS_NOTICE if plan.room else Sort.NEWSLETTER,
            title=title,
            body=body,
            keys=(self._key(plan),),
            form=form,
            approver_name="" if plan.room else self._asker(tx, self._crowd.principal).name,
        )
        letter: Any = self._kept.app[NEWSLETTERS].publish_now(tx, author, publication, at=plan.at)
        stored = forms_store.form_of(tx, letter) if plan.asks else None
        return self._families(tx, plan, letter, stored, read_rate, sign_rate)

    def _key(self, plan: Plan) -> str:
        if plan.sort == "staff":
            return "staff"
        if plan.room:
            return f"guardians/class:{self._crowd.classes[plan.year, plan.grade, plan.room]}"
        return f"guardians/grade:{plan.grade}" if plan.grade else "guardians"

    def _author(self, tx: Tx, plan: Plan) -> Asker:
        teacher = self._crowd.homerooms.get((plan.grade, plan.room))
        return self._asker(tx, teacher or self._rng.choice(self._crowd.writers))

    def _asker(self, tx: Tx, person: str) -> Asker:
        if person not in self._askers:
            self._askers[person] = load_asker(tx, person)
        return self._askers[person]

    def _families(
        self,
        tx: Tx,
        plan: Plan,
        letter: str,
        form: StoredForm | None,
        read_rate: float,
        sign_rate: float,
    ) -> tuple[int, int]:
        """Who reads and signs it, and when; its rows of the reach ledger."""
        if plan.sort == "staff":
            readers = {one: self._when(plan.at, READ_WITHIN) for one in self._crowd.staff
                       if self._rng.random() < 0.4}  # fmt: skip
            rows = [reach.Row(one, "", readers.get(one), None, "") for one in self._crowd.staff]
            return self._open(tx, plan, letter, readers, rows), 0
        opened: dict[str, int] = {}
        answered: dict[str, int] = {}
        pupils = self.addressed(plan)
        for pupil in pupils:
            signing = None if form is None else self._signing(plan.at, form, pupil, sign_rate)
            if signing is not None:
                answered[pupil.id] = signing.at
                opened.setdefault(signing.signer.id, signing.at - MINUTE)
                self._later(signing)
        for pupil in pupils:
            for signer in pupil.guardians:
                if signer.id not in opened and self._reads(signer, read_rate):
                    opened[signer.id] = self._when(plan.at, READ_WITHIN)
        rows = [
            reach.Row(
                signer.id, pupil.id, opened.get(signer.id), answered.get(pupil.id),
                "" if signer.signs else "no_account",
            )
            for pupil in pupils
            for signer in pupil.guardians
        ]  # fmt: skip
        return self._open(tx, plan, letter, opened, rows), len(answered)

    def _reads(self, signer: Signer, rate: float) -> bool:
        if signer.id in (self._always, self._never):
            return signer.id == self._always
        return signer.signs and self._rng.random() < self._eager[signer.id] * 3 * rate

    def _open(
        self, tx: Tx, plan: Plan, letter: str, opened: dict[str, int], rows: list[reach.Row]
    ) -> int:
        for person, at in opened.items():
            self._later(Opening(at, letter, person))
        reach.write(tx, letter, plan.at, self._until, rows)
        return sum(at <= self._until for at in opened.values())

    def _signing(self, at: int, form: StoredForm, pupil: Pupil, rate: float) -> Signing | None:
        willing = [one for one in pupil.guardians if one.signs and one.id != self._never]
        if not willing or self._rng.random() >= rate:
            return None
        signer = willing[self._rng.random() < 0.25 and len(willing) > 1]
        when = self._when(at, ANSWERED_WITHIN) + MINUTE
        if when > self._until:
            return None
        return Signing(when, form, pupil, signer, self._words.answer())

    def _when(self, at: int, within: int) -> int:
        return at + MINUTE + int(self._rng.betavariate(1, 4) * (within - 3 * MINUTE))

    # What follows a letter --------------------------------------------------------------------

    def _later(self, what: Opening | Signing) -> None:
        if what.at <= self._until:
            self._due.setdefault(what.at // DAY, []).append(what)

    def _run_due(self, tx: Tx, until: int) -> None:
        """Read and sign, in order of time, what is due by then."""
        days = [day for day in self._due if day <= until // DAY]
        due = sorted((one for day in days for one in self._due.pop(day)), key=lambda one: one.at)
        for place, what in enumerate(due):
            if what.at > until:
                self._due[until // DAY] = due[place:]
                return
            self._kept.clock.at = what.at
            if isinstance(what, Opening):
                if newsletters_store.record_opening(tx, what.letter, what.person, what.at):
                    publish(tx, NewsletterOpened(what.letter, what.person, what.at), what.at)
            else:
                self._sign(tx, what)

    def _sign(self, tx: Tx, what: Signing) -> None:
        """As node.forms.signing does for a first answer."""
        form, pupil, signer, now = what.form, what.pupil, what.signer, what.at
        words = earlier.answers_of(form.draft, what.values)
        record = earlier.consent(
            form,
            school_id=self._kept.school_id,
            school_name=self._kept.school_name,
            form_id=form.id,
            newsletter_id=earlier.letter_of(form),
            title=form.title,
            text_hash=form.document_hash,
            answers=words,
            child_id=pupil.id,
            child_name=pupil.name,
            guardian_id=signer.id,
            guardian_name=signer.name,
            relation=signer.relation,
            signed_at=now,
            signature_kind=SignatureKind.TYPED,
            signature_name=signer.name,
            drawing_hash=None,
            legal_basis=earlier.QUESTIONS.BASIS_LABELS[form.draft.legal_basis],
            agreement_version=f"{SIGNING.kind}.v{SIGNING.version}",
            supersedes=None,
            entered_by="",
            both_guardians=False,
        )
        leaf, digest = self._kept.ledger.append(tx, record)
        answer = earlier.answer(
            asked_id=pupil.id,
            by_id=signer.id,
            by_name=signer.name,
            answers=words,
            leaf=leaf,
            record_hash=digest,
            given_at=now,
            revision=1,
            on_paper_by="",
            version=form.version,
        )
        earlier.save_answer(tx, form.id, answer, pupil.name)
        page = f"{form.id}/{pupil.id}/{signer.id}/{new_id()}"
        digest = f"{new_id()}{new_id()}{new_id()}0000"
        forms_store.add_submission(tx, page, digest, signer.id, leaf)
        signed = FormSigned(
            form.id, earlier.letter_of(form), pupil.id, signer.id, leaf, now, for_family=True
        )
        publish(tx, signed, now)


class Pace:
    """How large a part reads and signs, so that the counts come out at the end."""

    def __init__(
        self, history: History, days: list[list[Plan]], reads: int, signatures: int
    ) -> None:
        candidates = [
            [
                (
                    sum(one.signs for pupil in history.addressed(plan) for one in pupil.guardians),
                    sum(
                        plan.asks and any(one.signs for one in pupil.guardians)
                        for pupil in history.addressed(plan)
                    ),
                )
                for plan in day
            ]
            for day in days
        ]
        self._readers = [sum(one[0] for one in day) for day in candidates]
        self._signers = [sum(one[1] for one in day) for day in candidates]
        self._reads, self._signatures = reads, signatures

    def rates(self, day: int) -> tuple[float, float]:
        """Of this day: what is missing over all who are still to be asked."""
        others = max(self._reads - self._signatures, 0)
        return (
            others / max(sum(self._readers[day:]), 1),
            min(self._signatures / max(sum(self._signers[day:]), 1), 0.97),
        )

    def done(self, reads: int, signatures: int) -> None:
        self._reads -= reads
        self._signatures -= signatures
