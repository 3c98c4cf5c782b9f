"""Fills one school's node with the demo's content, through the node's own services.

    python -m scripts.demo_school hanbit FOLDER      (the folder was made by `madang-node init`)

Time is moved by hand through the autumn, so that letters, answers and openings carry the times
they would have had. Commits are not forced to disk while loading: an interrupted load starts
afresh, and the demo's promise begins when it serves.
"""

import asyncio
import contextlib
import functools
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from aiohttp import web

from kit.clock import DAY, HOUR, ManualClock, local_date, moment
from kit.db import Connection, SQLite, Tx, encode
from kit.problem import NotFound
from kit.web.keys import DB, OUTBOX
from node.app import build, open_database
from node.approval.absence import Absence, AbsenceKind
from node.approval.office_web import ABSENCES
from node.attendance.web import ATTENDANCE
from node.belongings.losses_web import LOSSES
from node.belongings.web import BELONGINGS
from node.calendar.model import CalendarEntry, EntryKind, keys_of
from node.calendar.office_web import OFFICE
from node.config import read_config
from node.consultations.web import CONSULTATIONS
from node.drive.web import DRIVE
from node.files.access import FILES
from node.files.model import File
from node.forms.model import AfterCorrection, FormDraft, Signature, SignatureKind
from node.forms.web import FORMS
from node.gallery.web import GALLERY
from node.newsletters.model import Content, Publication, Sort
from node.newsletters.web import NEWSLETTERS
from node.people.agreements import SIGNING
from node.people.model import Asker, Audience, Kind, NewPerson, Role, Scope
from node.people.session import ASKERS
from node.people.web import PEOPLE
from node.privacy.case import CaseKind
from node.privacy.cases_web import CASES
from node.questions.model import Field, FieldKind, LegalBasis, PrivacyBox
from node.signups.web import SIGNUPS
from node.statistics.web import STATISTICS
from node.submissions.web import SUBMISSIONS
from node.surveys.web import SURVEYS
from scripts.demo_attendance import load_attendance
from scripts.demo_belongings import load_belongings
from scripts.demo_bookings import load_bookings
from scripts.demo_consultations import ConsultationLoad
from scripts.demo_content.answers import NOW, answers_for
from scripts.demo_content.attachments import make, media_type
from scripts.demo_content.calendar import load_calendar
from scripts.demo_content.cast import PASSWORD
from scripts.demo_content.handbook import load_rules
from scripts.demo_content.loader import load
from scripts.demo_content.model import (
    DRAFT,
    NEWSLETTER,
    SCHEDULED,
    AnswerRow,
    AudienceSpec,
    FormText,
    NewsletterText,
    SchoolContent,
    StaffRow,
)
from scripts.demo_days import load_days
from scripts.demo_drive import DriveLoad
from scripts.demo_gallery import GalleryLoad
from scripts.demo_papers import PapersLoad, drawing
from scripts.demo_signups import SignupLoad
from scripts.demo_surveys import SurveyLoad

Tell = Callable[[str, int, int], None]
RETRACTED = "09-portrait-consent"  # the letter to which one family has taken its consent back
AGREED = "동의합니다"
OPENED_LATELY = 12  # letters that other families than the answering ones have opened
KINDS = {"guardians": Kind.GUARDIAN, "students": Kind.STUDENT, "staff": Kind.STAFF}


class LoadingSQLite(SQLite):
    """Does not wait for the disk: what is loaded can be loaded again."""

    def connect(self, *, writer: bool) -> Connection:
        connection = super().connect(writer=writer)
        connection.execute("PRAGMA synchronous = OFF")
        return connection


class SchoolLoad:
    """One school on its way into its node."""

    def __init__(self, app: web.Application, clock: ManualClock, content: SchoolContent) -> None:
        self.app = app
        self.clock = clock
        self.content = content
        self.people: dict[str, str] = {}  # import key → person id
        self.classes: dict[str, str] = {}  # 3-2 → class id
        self.groups: dict[str, str] = {}
        self._to_retract: tuple[str, int] | None = None  # guardian, place of a consent

    # People -----------------------------------------------------------------------------------

    async def load_people(self) -> None:
        hashed = await self.app[PEOPLE].roster.signin.hash_password(PASSWORD)
        await self.app[DB].write(lambda tx: self._people(tx, hashed))

    def _people(self, tx: Tx, hashed: str) -> None:
        roster = self.app[PEOPLE].roster
        roster.open_year(tx, self.content.year)
        for row in self.content.staff:
            self._staff(tx, row, hashed)
        for room in self.content.classes:
            self.classes[room.id] = roster.add_class(
                tx, self.content.year, room.grade, room.number, self.people[room.homeroom]
            )
        for student in self.content.students:
            person = NewPerson(name=student.name, import_key=student.key)
            class_id = self.classes[student.class_id]
            self.people[student.key] = roster.add_student(tx, person, class_id, student.number)
            if student.login:
                self._account(tx, student.key, student.login, hashed)
        for guardian in self.content.guardians:
            person = NewPerson(
                name=guardian.name,
                phone=guardian.phone,
                email=guardian.email,
                language="" if guardian.language == "ko" else guardian.language,
                has_phone=guardian.has_phone,
                import_key=guardian.key,
            )
            self.people[guardian.key] = roster.add_person(tx, person)
            if guardian.login:
                self._account(tx, guardian.key, guardian.login, hashed)
                self.app[PEOPLE].invitations.agree(tx, self.people[guardian.key], SIGNING.version)
        for tie in self.content.ties:
            roster.add_guardianship(
                tx,
                self.people[tie.guardian],
                self.people[tie.student],
                tie.relation,
                may_read=tie.may_read,
                may_sign=tie.may_sign,
            )
        for group in self.content.groups:
            members = [self.people[key] for key in group.members]
            self.groups[group.id] = roster.add_group(tx, group.name, group.kind, members)
        roster.families_changed(tx, "demo")

    def _staff(self, tx: Tx, row: StaffRow, hashed: str) -> None:
        roster = self.app[PEOPLE].roster
        person = NewPerson(name=row.name, phone=row.phone, email=row.email, import_key=row.key)
        self.people[row.key] = roster.add_staff(
            tx,
            person,
            row.position,
            row.department,
            row.duty,
            [Role(role) for role in row.roles],
            since_on=f"{self.content.year}-03-01",
        )
        self._account(tx, row.key, row.login, hashed)

    def _account(self, tx: Tx, key: str, login: str, hashed: str) -> None:
        roster = self.app[PEOPLE].roster
        roster.add_account(tx, self.people[key], login, hashed)
        roster.signin.accounts.start_session(
            tx, self.people[key], device="Android Chrome", address="127.0.0.1"
        )

    async def asker(self, key: str) -> Asker:
        return await self.app[ASKERS].of(self.people[key])

    # Texts ------------------------------------------------------------------------------------

    async def load_texts(self, tell: Tell) -> None:
        texts = sorted(self.content.texts, key=lambda text: text.published_at or 2**62)
        published: list[tuple[NewsletterText, str]] = []
        for done, text in enumerate(texts, start=1):
            await self._load_text(text, published)
            tell("letters", done, len(texts))
        await self._openings(published)
        if self._to_retract is not None:
            guardian, leaf = self._to_retract
            self.clock.at = NOW - DAY
            await self.app[FORMS].retract(await self.asker(guardian), leaf)

    async def load_rules(self, slug: str) -> None:
        """The school's own rules, sent round as letters when they came into force."""
        newsletters = self.app[NEWSLETTERS]
        author = await self.asker(self.post("principal"))
        for rule in load_rules(slug):
            publication = Publication(
                kind=Sort.NEWSLETTER,
                title=rule.title,
                body=rule.body,
                keys=rule.keys,
                department=rule.source,
                approver_name=author.name,
            )
            at = self.clock.at = max(rule.begins_at, moment(2026, 8, 31, 9))
            publish = functools.partial(
                newsletters.publish_now, author=author, publication=publication, at=at
            )
            await self.app[DB].write(publish)

    async def _load_text(
        self, text: NewsletterText, published: list[tuple[NewsletterText, str]]
    ) -> None:
        newsletters = self.app[NEWSLETTERS]
        author = await self.asker(text.author)
        files = tuple(self._files(text))
        if text.status in (DRAFT, SCHEDULED) or text.published_at is None:
            self.clock.at = NOW - HOUR
            await self._draft(author, text, files)
            return
        self.clock.at = text.published_at
        publication = Publication(
            kind=Sort.NEWSLETTER if text.kind == NEWSLETTER else Sort.CLASS_NOTICE,
            title=text.title,
            body=text.body,
            keys=self.keys(text.audience),
            files=files,
            form=self._form(text.form),
            department=text.department,
            telephone=text.telephone,
            approver_name=text.approver,
        )
        letter = await self.app[DB].write(
            lambda tx: newsletters.publish_now(tx, author, publication, at=text.published_at)
        )
        published.append((text, letter))
        await self._answers(text, letter)
        if text.correction is not None:
            self.clock.at = text.correction.corrected_at
            approver = await self.asker(self.post("principal"))
            await newsletters.corrections.correct(
                approver if author.id == approver.id else author,
                letter,
                text.title,
                text.correction.body,
                text.correction.reason,
                form=None if text.form is None else AfterCorrection(asks_anew=False),
            )

    async def _draft(self, author: Asker, text: NewsletterText, files: tuple[File, ...]) -> None:
        desk = self.app[NEWSLETTERS].desk
        content = Content(
            title=text.title,
            body=text.body,
            keys=self.keys(text.audience),
            form=self._form(text.form),
            scheduled_at=text.published_at,
            telephone=text.telephone,
        )
        kind = Sort.NEWSLETTER if text.kind == NEWSLETTER else Sort.CLASS_NOTICE
        letter = await desk.create(author, kind, content)
        for file in files:
            await desk.attach(author, letter, file)
        if text.status == SCHEDULED:
            sent = await desk.send(author, letter)
            if sent.state == "submitted":
                await desk.approve(await self.asker(self.post("vice-principal")), letter)

    async def load_belongings(self, slug: str) -> int:
        """What was found, noted by the office; how many things."""
        guardian = next(row.key for row in self.content.guardians if row.login)
        office = self.post("office-chief")
        belongings, losses = self.app[BELONGINGS], self.app[LOSSES]
        return await load_belongings(
            belongings, losses, self.clock, self.asker, slug, office, guardian
        )

    def post(self, post: str) -> str:
        """The import key of who holds a post."""
        return next(row.key for row in self.content.staff if row.post == post)

    def _files(self, text: NewsletterText) -> list[File]:
        found = []
        for spec in text.attachments:
            content = make(spec, text, self.content.name)
            digest = self.app[FILES].blobs.put(content)
            words = f"{spec.title}\n{spec.content}".strip() if spec.make in ("png", "jpg") else ""
            found.append(File(spec.name, media_type(spec), len(content), digest, words))
        return found

    def keys(self, audience: tuple[AudienceSpec, ...]) -> tuple[str, ...]:
        """The audience keys of whom a text names."""
        keys = []
        for spec in audience:
            kind = KINDS[spec.who]
            if spec.room:
                keys.append(Audience(kind, Scope.CLASS, self.classes[spec.room]).key)
            elif spec.group:
                keys.append(Audience(kind, Scope.GROUP, self.groups[spec.group]).key)
            elif spec.grade:
                keys.append(Audience(kind, Scope.GRADE, str(spec.grade)).key)
            else:
                keys.append(Audience(kind).key)
        return tuple(keys)

    def _form(self, form: FormText | None) -> str:
        if form is None:
            return ""
        personal = form.personal
        draft = FormDraft(
            fields=tuple(
                Field(
                    id=f"f{number}",
                    kind=FieldKind(field.kind),
                    label=field.label,
                    required=field.required,
                    options=field.options,
                    help=field.hint,
                )
                for number, field in enumerate(form.fields, start=1)
            ),
            legal_basis=LegalBasis(form.basis),
            privacy=None
            if personal is None
            else PrivacyBox(personal.purpose, personal.items, personal.retention, personal.refusal),
            deadline_at=form.deadline_at,
            both_guardians=form.both_guardians,
        )
        return encode(draft)

    # Families ---------------------------------------------------------------------------------

    async def _answers(self, text: NewsletterText, letter: str) -> None:
        rows = list(answers_for(self.content, text))
        if not rows:
            return
        forms = self.app[FORMS]
        view = await self.app[NEWSLETTERS].read(await self.asker(text.author), letter)
        assert view.form is not None
        signed: dict[int, AnswerRow] = {}
        for row in rows:
            self.clock.at = row.at
            guardian = await self.asker(row.guardian)
            with contextlib.suppress(NotFound):  # only the other guardian is in the group asked
                given = await forms.sign(
                    guardian,
                    view.form.id,
                    self.people[row.student],
                    row.values,
                    Signature(SignatureKind.TYPED, row.signature),
                    submission=f"demo-{letter}-{row.student}-{row.guardian}",
                )
                signed[given.leaf] = row
        if text.slug == RETRACTED:
            self._to_retract = next(
                (row.guardian, leaf) for leaf, row in signed.items() if AGREED in row.values["f2"]
            )

    async def _openings(self, published: list[tuple[NewsletterText, str]]) -> None:
        """Every third family opened the latest letters; the cast opened the older ones too."""
        newsletters = self.app[NEWSLETTERS]
        accepted = [row for row in self.content.guardians if row.login]
        latest = {letter for _text, letter in published[-OPENED_LATELY:]}
        for text, letter in published:
            assert text.published_at is not None
            wanted = (
                accepted[len(text.slug) % 3 :: 3]
                if letter in latest
                else [row for row in accepted if not row.login.startswith("fam")]
            )
            for place, row in enumerate(wanted):
                self.clock.at = min(text.published_at + place * 40_000 + HOUR // 4, NOW)
                asker = await self.asker(row.key)
                if letter == published[-1][1] and not row.login.startswith("fam"):
                    continue  # the newest stays unread for the cast
                with contextlib.suppress(NotFound):  # it was not for this family
                    await newsletters.open(asker, letter)

    async def load_calendar(self, slug: str) -> None:
        """The school's calendar as its office has written it before the year began."""
        office = await self.asker(self.post("vice-principal"))
        self.clock.at = moment(2026, 8, 31, 9)
        for text in load_calendar(slug):
            places = [self._place(place) for place in text.places]
            await self.app[OFFICE].add(
                office,
                CalendarEntry(
                    id="",
                    first_on=text.first,
                    last_on=text.last or text.first,
                    kind=EntryKind(text.kind),
                    title=text.title,
                    keys=keys_of(places),
                    text=text.text,
                    place=text.place,
                    starts=text.starts,
                    ends=text.ends,
                    blocks=text.blocks,
                ),
            )

    def _place(self, place: str) -> str:
        kind, _colon, of = place.partition(":")
        return f"class:{self.classes[of]}" if kind == "class" else place

    async def load_request(self) -> None:
        """A guardian of the cast asked yesterday what the school holds of her child."""
        key = next(row.key for row in self.content.guardians if row.login == "haneul")
        self.clock.at = NOW - DAY
        asker = await self.asker(key)
        child = asker.children[0].student_id
        words = "아이에 대해 학교가 가진 것을 모두 보고 싶습니다."
        await self.app[CASES].ask(asker, CaseKind.SEE, child, words)

    async def load_absences(self) -> None:
        """Two heads are away: their deputies decide meanwhile."""
        self.clock.at = NOW - HOUR
        today = local_date(NOW)
        for post, kind, days in (("life", AbsenceKind.TRIP, 0), ("pe", AbsenceKind.LEAVE, 2)):
            asker = await self.asker(self.post(post))
            until = (today + timedelta(days=days)).isoformat()
            away = Absence("", asker.id, "", kind, today.isoformat(), until)
            await self.app[ABSENCES].enter(asker, away)

    async def load_papers(self) -> int:
        """What families handed in, and what became of it; how many papers."""
        drawn = self.app[FILES].keep("체험학습 그림.png", drawing())
        papers = PapersLoad(
            self.app[DB],
            self.app[SUBMISSIONS],
            self.clock,
            self.asker,
            self.people,
            self.content,
            drawn,
        )
        return await papers.load(self.post("it"))


async def load_school(slug: str, folder: Path, tell: Tell) -> None:
    """Load the school into the node's folder, which must be fresh."""
    clock = ManualClock(moment(2026, 8, 31, 9))
    app = build(read_config(folder), clock)
    app[DB].driver = LoadingSQLite(folder / "madang.sqlite3")
    content = load(slug)
    work = SchoolLoad(app, clock, content)
    async with open_database(app):
        tell("people", 0, 1)
        await work.load_people()
        tell("people", 1, 1)
        await work.load_calendar(slug)
        await work.load_rules(slug)
        await work.load_texts(tell)
        await work.load_request()
        await load_days(app, clock, content, work.asker)
        await load_attendance(
            app[ATTENDANCE], clock, content, work.asker, work.people, work.classes
        )
        signups = SignupLoad(app[SIGNUPS], clock, work.asker, work.keys, content.guardians)
        tell("signups", await signups.load(slug, work.post), 1)
        tell("papers", await work.load_papers(), 1)
        surveys = SurveyLoad(app[SURVEYS], clock, work.asker, work.keys, content)
        tell("surveys", await surveys.load(slug, work.post), 1)
        weeks = ConsultationLoad(app[CONSULTATIONS], clock, work.asker, work.keys, content)
        tell("consultations", await weeks.load(slug), 1)
        albums = GalleryLoad(app[GALLERY], clock, work.asker, work.classes)
        tell("albums", await albums.load(slug, work.post), 1)
        tell("belongings", await work.load_belongings(slug), 1)
        await load_bookings(app, clock, content, work.asker)
        await work.load_absences()
        drive = DriveLoad(app[DRIVE], clock, work.asker, work.people)
        tell("files", await drive.load(slug, work.post("principal")), 1)
        clock.at = NOW
        if slug == "hanbit":
            await app[STATISTICS].start(await work.asker(work.post("it")))
        await app[OUTBOX].start()  # events carry their times: those who react may do it in one go
        await app[OUTBOX].drained()
        await app[OUTBOX].stop()


def main(arguments: list[str]) -> int:
    slug, folder = arguments

    def tell(what: str, done: int, total: int) -> None:
        print(f"{what} {done} {total}", flush=True)

    asyncio.run(load_school(slug, Path(folder), tell))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
