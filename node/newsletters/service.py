"""Newsletters as everybody else knows them: what an asker may read, and how to publish.

    found = await newsletters.listing(asker, Filter(kind="newsletter"))
    letter = await newsletters.open(asker, newsletter_id)      # notes that they opened it
    newsletters.publish_now(tx, author, publication, at=…)     # for loaders and other slices

Writing, approval and correction are the verbs of `newsletters.desk`.
"""

import asyncio
import base64
import binascii
import difflib

import msgspec
from markupsafe import Markup
from msgspec.structs import replace

from kit.card import Card, Entry, Weight
from kit.clock import DAY, Clock, from_datetime, local, local_date, school_year
from kit.db import Database, Tx, encode, outside_units
from kit.i18n import _
from kit.ids import new_id
from kit.languages import BY_CODE
from kit.markdown import visible_text
from kit.natural import natural
from kit.outbox import publish
from kit.problem import NotFound
from kit.web.in_languages import TextIn, read_in
from kit.web.markdown import rendered
from node.approval.line import LinePosition
from node.approval.model import ReturnedMatter
from node.approval.service import Approval
from node.files.model import Attachment, Worded
from node.files.service import Files
from node.forms.model import FormDraft, FormSigned, FormView, Mismatch, NewsletterId
from node.forms.service import Forms
from node.newsletters import lists, signed, store
from node.newsletters.correcting import Corrections
from node.newsletters.desk import Desk
from node.newsletters.model import (
    KIND,
    TO_CORRECT,
    TO_SEND,
    Correction,
    Letter,
    LetterLine,
    LetterVersion,
    NewsletterOpened,
    Proposal,
    Publication,
    Sort,
    State,
    audience_of,
    carrier,
    decided_on,
    to_send,
)
from node.newsletters.publishing import (
    Publisher,
    faults,
    form_draft,
    require_ready,
    unread_files,
)
from node.people.access import held_through, is_confidential, may_see_class, require_staff
from node.people.audience import classes, labels, places
from node.people.model import Asker, Audience, Choice, Kind, Scope

PAGE = 20
UNSENT = frozenset(State) - {State.PUBLISHED, State.WITHDRAWN}


class Filter(msgspec.Struct, frozen=True):
    """What a reader wants to see. `child` is a student id, `cursor` the end of the last page; `language`:
    a code of `kit.languages`, in which titles are told too where letters have it."""

    kind: str = ""
    child: str = ""
    q: str = ""
    cursor: str = ""
    language: str = ""


class LetterPage(msgspec.Struct, frozen=True):
    """A page of letters, the newest first; `cursor` is empty on the last page."""

    lines: list[LetterLine]
    cursor: str


class LetterReading(msgspec.Struct, frozen=True):
    """A letter as its page shows it. `withdrawn` letters show their reason only.

    `follows`: the asker may see who read it: its author, wide roles, homeroom of a class it reaches.
    """

    letter: Letter
    version: LetterVersion
    html: Markup
    attachments: list[Attachment]
    form: FormView | None
    children: tuple[str, ...]
    audience: list[str]
    is_desk: bool
    follows: bool
    proposal: Proposal | None
    worded: list[Worded]
    """On the desk, before publication: its files with what can be read of them by now."""
    returned: tuple[Proposal, ReturnedMatter] | None
    """The reader's own correction that an approver gave back, and why."""
    proposed: "Revision | None" = None
    """On the desk: the proposal as families will read it, and what it changes."""
    draft_form: FormDraft | None = None
    """On the desk, before publication: the form as it will be sent."""
    lacks: dict[str, str] = {}
    """On the desk, before publication: what keeps the letter from going out (see `faults`)."""
    decides: bool = False
    """It waits for the asker's decision."""
    line: LinePosition | None = None
    """On the desk: where it stands on its approval line, if it ever was on one."""

    @property
    def decided_on(self) -> str:
        """What an approver decides on, sent along with the decision."""
        return decided_on(self.letter, self.attachments, self.proposal)


class Change(msgspec.Struct, frozen=True):
    """One line of a difference. `kind`: same, added, removed."""

    kind: str
    text: str


class Revision(msgspec.Struct, frozen=True):
    """A version with what changed against the one before (empty for the first)."""

    version: LetterVersion
    html: Markup
    changes: list[Change]


class ClassDay(msgspec.Struct, frozen=True):
    """A class's notices of one day (ISO date). `latest`: of a day without any, the last one before
    that has some, or empty."""

    class_id: str
    grade: int
    number: int
    day: str
    notices: list[tuple[Letter, TextIn]]
    latest: str


class Newsletters:
    """The slice's face."""

    def __init__(
        self, db: Database, clock: Clock, files: Files, approval: Approval, forms: Forms
    ) -> None:
        self._db = db
        self._clock = clock
        self._approval = approval
        self.forms = forms
        self._publisher = Publisher(clock, files, approval, forms)
        self._files = files
        self.desk = Desk(db, clock, approval, self._publisher, files)
        self.corrections = Corrections(db, approval, self._publisher)

    # Reading ---------------------------------------------------------------------------------

    async def listing(self, asker: Asker, wanted: Filter, limit: int = PAGE) -> LetterPage:
        """A page of what the asker may read: three statements at most, whatever its length."""

        def unit(tx: Tx) -> LetterPage:
            held = held_through(tx, asker.id) if asker.is_guardian else {}
            sought = lists.Wanted(
                asker,
                kind=wanted.kind,
                words=wanted.q,
                child_keys=sorted(held.get(wanted.child, set())) if wanted.child else None,
                before=_before(wanted.cursor),
            )
            found = lists.lines(tx, sought, limit + 1)
            further = _cursor_after(found[limit - 1]) if len(found) > limit else ""
            names = {child.student_id: child.name for child in asker.children}
            shown = [_for_children(line, held, names) for line in found[:limit]]
            if language := BY_CODE.get(wanted.language):
                titles = store.titles_in(tx, [line.id for line in shown], language)
                shown = [replace(one, title_there=titles.get(one.id, "")) for one in shown]
            return LetterPage(shown, further)

        return await self._db.read(unit)

    async def read(self, asker: Asker, newsletter_id: str) -> LetterReading:
        """A letter as the asker may see it, without noting it. Raises NotFound."""
        return await _shown(await self._db.read(lambda tx: self._read(tx, asker, newsletter_id)))

    async def open(self, asker: Asker, newsletter_id: str) -> LetterReading:
        """A letter for its page; the first opening is noted. Raises NotFound."""

        def look(tx: Tx) -> tuple[LetterReading, bool]:
            reading = self._read(tx, asker, newsletter_id)
            seen = store.has_opened(tx, newsletter_id, asker.id)
            return reading, seen or reading.letter.state != State.PUBLISHED

        reading, seen = await self._db.read(look)
        if not seen:
            now = self._clock.now()
            await self._db.note(lambda tx: self._note_opening(tx, newsletter_id, asker.id, now))
        return await _shown(reading)

    def signed(self, tx: Tx, event: FormSigned) -> None:
        """Who signed was shown the letter, and has read it; not who handed in a slip of paper."""
        if not store.is_on_paper(tx, event.form_id, event.student_id, event.leaf):
            self._note_opening(tx, event.newsletter_id, event.guardian_id, event.signed_at)

    @staticmethod
    def _note_opening(tx: Tx, newsletter_id: str, person_id: str, at: int) -> None:
        if store.record_opening(tx, newsletter_id, person_id, at):
            publish(tx, NewsletterOpened(newsletter_id, person_id, at), at)

    def _read(self, tx: Tx, asker: Asker, newsletter_id: str) -> LetterReading:
        letter, is_desk = self._readable(tx, asker, newsletter_id)
        version = store.shown_version(tx, newsletter_id, letter.version)
        if version is None:
            version = LetterVersion(0, letter.title, letter.body, "", "", letter.updated_at)
        held = held_through(tx, asker.id) if asker.is_guardian else {}
        concerned = tuple(
            child.name
            for child in asker.children
            if held.get(child.student_id, set()) & letter.audience
        )
        hidden = letter.state == State.WITHDRAWN and not is_desk
        words = labels(tx, letter.audience)
        return LetterReading(
            letter=letter,
            version=version,
            html=Markup(),
            attachments=[] if hidden else self._files.attached(tx, carrier(newsletter_id)),
            form=self.forms.form_of(tx, NewsletterId(newsletter_id), asker)
            if letter.form_id and letter.state == State.PUBLISHED
            else None,
            children=concerned,
            audience=sorted({words[key] for key in letter.audience}, key=natural),
            is_desk=is_desk,
            decides=is_desk and self._approval.may_decide_on(tx, asker, to_send(letter.id)),
            line=self._approval.lines.position(tx, to_send(letter.id)) if is_desk else None,
            follows=letter.author_id == asker.id
            or may_see_class(asker, "", is_confidential=is_confidential(letter.audience))
            or (bool(asker.classes) and store.reaches_class(tx, newsletter_id, asker.classes)),
            proposal=self._publisher.proposal(tx, newsletter_id) if is_desk else None,
            worded=self._files.worded(tx, carrier(newsletter_id)) if letter.state in UNSENT else [],
            returned=self._publisher.returned_proposal(tx, asker, newsletter_id)
            if is_desk
            else None,
            draft_form=form_draft(letter.form) if letter.state in UNSENT else None,
            lacks=self._lacks(tx, letter) if letter.state in UNSENT else {},
        )

    def _lacks(self, tx: Tx, letter: Letter) -> dict[str, str]:
        found = faults(letter, max(letter.scheduled_at or 0, self._clock.now()))
        if letter.state == State.SCHEDULED:
            return found
        files = self._files.worded(tx, carrier(letter.id))
        return found | unread_files([one for one in files if not one.is_waiting])

    def _readable(self, tx: Tx, asker: Asker, newsletter_id: str) -> tuple[Letter, bool]:
        """The letter and whether the asker has it on their desk. Raises NotFound."""
        letter = store.letter(tx, newsletter_id)
        if letter is None:
            raise NotFound()
        is_desk = asker.is_staff and (
            letter.author_id == asker.id
            or asker.is_approver
            or self._approval.may_decide_on(tx, asker, to_send(letter.id))
        )
        if is_desk and (letter.author_id == asker.id or letter.state != State.DRAFT):
            return letter, True
        is_out = letter.state in (State.PUBLISHED, State.WITHDRAWN)
        if is_out and store.is_addressed(tx, newsletter_id, asker):
            return letter, False
        raise NotFound()

    async def history(self, asker: Asker, newsletter_id: str) -> tuple[Letter, list[Revision]]:
        """All wordings, the newest first, each with what it changed. Raises NotFound, also of a
        letter that was never published: it has none yet."""

        def unit(tx: Tx) -> tuple[Letter, list[LetterVersion]]:
            letter, is_desk = self._readable(tx, asker, newsletter_id)
            if letter.state in UNSENT or (letter.state == State.WITHDRAWN and not is_desk):
                raise NotFound()
            return letter, store.versions(tx, newsletter_id)

        letter, versions = await self._db.read(unit)
        older = [*versions[1:], None]
        return letter, [
            Revision(new, await rendered(new.body), await asyncio.to_thread(_changes, old, new))
            for new, old in zip(versions, older, strict=True)
        ]

    async def class_day(
        self, asker: Asker, class_id: str, day: str, language: str = ""
    ) -> ClassDay:
        """A class's notices of a day (ISO date), in a language where they have it. Raises NotFound for an unknown class or one
        that the asker has nothing to do with."""
        start = _midnight(day)
        keys = {Audience(k, Scope.CLASS, class_id).key for k in (Kind.GUARDIAN, Kind.STUDENT)}
        held = set(msgspec.json.decode(asker.keys, type=list[str]))
        if not asker.is_staff and not held & keys:
            raise NotFound()

        def unit(tx: Tx) -> tuple[int, int, list[Letter], str]:
            known = {room.id: (room.grade, room.number) for room in classes(tx)}
            if class_id not in known:
                raise NotFound()
            letters = store.class_notices(tx, asker, keys, start, start + DAY)
            earlier = lists.Wanted(
                asker,
                kind=Sort.CLASS_NOTICE,
                child_keys=sorted(keys if asker.is_staff else keys & held),
                before=(start, ""),
            )
            last = [] if letters else lists.lines(tx, earlier, 1)
            latest = local_date(last[0].published_at).isoformat() if last else ""
            return *known[class_id], letters, latest

        grade, number, letters, latest = await self._db.read(unit)
        notices = [(letter, await read_in(letter.body, language)) for letter in letters]
        return ClassDay(class_id, grade, number, day, notices, latest)

    def cards(self, tx: Tx, asker: Asker, now: int) -> list[Card]:
        """What newsletters put on the front page: unread letters; for approvers, decisions."""
        since = now - 120 * DAY
        unread = lists.addressed_unread(tx, asker, since, 21)
        entries = tuple(
            Entry(
                title=line.title,
                href=f"/newsletters/{line.id}",
                note=line.author_name,
                chip=line.sort_label,
                chip_kind="info" if line.kind == Sort.CLASS_NOTICE else "neutral",
                at=line.published_at,
                unread=True,
            )
            for line in unread[:5]
        )
        cards = [
            Card(
                name="newsletters",
                title=_("읽지 않은 소식"),
                icon="mail",
                href="/newsletters",
                weight=Weight.NEWS if unread else Weight.QUIET,
                count=len(unread),
                empty=_("새로 온 소식을 모두 읽었습니다."),
                entries=entries,
                live="newsletter.published newsletter.corrected newsletter.withdrawn",
            )
        ]
        return cards + self._approval_card(tx, asker)

    def _approval_card(self, tx: Tx, asker: Asker) -> list[Card]:
        """Letters that wait for the asker's decision, and corrections, the longest first."""
        waiting = sorted(
            (
                (one.asked_at, chip, one)
                for kind, chip in ((TO_SEND, _("결재 대기")), (TO_CORRECT, _("정정")))
                for one in self._approval.waiting(tx, asker, kind)
            ),
            key=lambda line: line[0],
        )
        if not waiting:
            return []
        entries = tuple(
            Entry(
                title=one.title,
                href=f"/newsletters/{one.id}",
                note=one.author_name,
                chip=chip,
                chip_kind="warning",
                at=asked_at,
            )
            for asked_at, chip, one in waiting[:5]
        )
        return [
            Card(
                name="newsletters-approval",
                title=_("결재할 글"),
                icon="check",
                href="/newsletters/desk",
                weight=Weight.TASK,
                count=len(waiting),
                entries=entries,
                live="newsletter.submitted newsletter.returned newsletter.published newsletter.held"
                " newsletter.corrected newsletter.withdrawn approval.matter_moved",
            )
        ]

    # Files -----------------------------------------------------------------------------------

    async def compare(self, db: Database) -> list[Mismatch]:
        """Letters whose text or files are not what was signed, read over a database of the caller's
        (Database.apart)."""
        return await signed.check(db)

    async def compare_now(self) -> None:
        """The daily job. Raises LettersDiffer."""
        async with self._db.apart() as apart:
            await signed.check_now(apart)

    async def attachment(self, asker: Asker, attachment_id: str) -> Attachment:
        """A file of a letter that the asker may read. Raises NotFound."""

        def unit(tx: Tx) -> Attachment:
            found = self._files.attachment(tx, KIND, attachment_id)
            if found is None:
                raise NotFound()
            letter, is_desk = self._readable(tx, asker, found.carrier_id)
            if letter.state == State.WITHDRAWN and not is_desk:
                raise NotFound()
            return found

        return await self._db.read(unit)

    # Publishing ------------------------------------------------------------------------------

    def publish_now(
        self, tx: Tx, author: Asker, publication: Publication, *, at: int | None = None
    ) -> NewsletterId:
        """Publish a finished letter within the caller's unit; its id.

        The caller has decided that the author may. `at` dates it (for loading); default now.
        Its files must have been stored (`Files.keep`). Raises Incomplete and BadAudience, before anything
        is written.
        """
        when = self._clock.now() if at is None else at
        for key in publication.keys:
            audience_of(key)
        letter = Letter(
            id=new_id(),
            kind=publication.kind.value,
            state=State.DRAFT.value,
            year=school_year(local_date(when)),
            number=None,
            title=publication.title,
            body=publication.body,
            author_id=author.id,
            author_name=publication.author_name or author.name,
            department=publication.department or store.department_of(tx, author.id),
            telephone=publication.telephone,
            keys=encode(sorted(set(publication.keys))),
            form=publication.form,
            form_id="",
            source=publication.source,
            version=0,
            created_at=when,
            updated_at=when,
            scheduled_at=None,
            published_at=None,
            withdrawn_at=None,
            corrected_at=None,
            remark="",
            approver_name=publication.approver_name,
            approver_id="",
        )
        require_ready(letter, when)
        store.add_letter(tx, letter)
        for file in publication.files:
            self._files.attach(tx, carrier(letter.id), file, is_coming=True)
        return NewsletterId(self._publisher.publish(tx, letter, author, when).id)

    def correct_now(
        self, tx: Tx, asker: Asker, letter: Letter, title: str, body: str, reason: str
    ) -> None:
        """Correct a published letter within the caller's unit. Raises WrongState."""
        self._publisher.correct(tx, letter, asker, Correction(title, body, reason))

    def propose_now(
        self, tx: Tx, asker: Asker, letter: Letter, title: str, body: str, reason: str
    ) -> None:
        """Let a correction of a published letter wait for an approver, within the caller's unit."""
        self._publisher.propose(tx, letter, asker, Correction(title, body, reason))

    def letter(self, tx: Tx, newsletter_id: str) -> Letter | None:
        """A letter by id, whoever may read it: for slices that made it."""
        return store.letter(tx, newsletter_id)

    def withdraw_now(self, tx: Tx, asker: Asker, letter: Letter, reason: str) -> None:
        """Take a published letter back within the caller's unit. Raises WrongState."""
        self._publisher.withdraw(tx, letter, asker, reason)

    # Places ----------------------------------------------------------------------------------

    async def places(self, asker: Asker, chosen: set[str]) -> dict[str, list[Choice]]:
        """What the audience picker offers beside what is chosen, by heading (a msgid). Raises NotFound
        for who is not staff."""
        require_staff(asker)
        return await self._db.read(lambda tx: places(tx, chosen))


async def _shown(reading: LetterReading) -> LetterReading:
    """With its HTML and what a proposal changes, which are made outside the unit that read it."""
    html = await rendered(reading.version.body)
    asked = reading.proposal
    if asked is None:
        return replace(reading, html=html)
    now = reading.version
    new = LetterVersion(
        now.version + 1, asked.title, asked.body, asked.reason, asked.author_name, asked.created_at
    )
    changes = await asyncio.to_thread(_changes, now, new)
    return replace(reading, html=html, proposed=Revision(new, await rendered(new.body), changes))


def _for_children(line: LetterLine, held: dict[str, set[str]], names: dict[str, str]) -> LetterLine:
    keys = set(msgspec.json.decode(line.keys, type=list[str]))
    concerned = [name for student_id, name in names.items() if held.get(student_id, set()) & keys]
    return replace(line, children=", ".join(concerned))


def _before(cursor: str) -> tuple[int, str]:
    """After which letter (published_at, id) the page begins."""
    try:
        at, newsletter_id = base64.urlsafe_b64decode(cursor.encode()).decode().split(" ")
        return min(int(at), 2**62), newsletter_id
    except (ValueError, binascii.Error):
        return lists.FROM_NOW


def _cursor_after(line: LetterLine) -> str:
    return base64.urlsafe_b64encode(f"{line.published_at} {line.id}".encode()).decode()


@outside_units
def _changes(old: LetterVersion | None, new: LetterVersion) -> list[Change]:
    if old is None:
        return []
    before = [old.title, "", *visible_text(old.body).split("\n")]
    after = [new.title, "", *visible_text(new.body).split("\n")]
    found = []
    for what, gone, gone_end, came, came_end in difflib.SequenceMatcher(
        None, before, after
    ).get_opcodes():
        if what == "equal":
            found += [Change("same", line) for line in before[gone:gone_end]]
            continue
        found += [Change("removed", line) for line in before[gone:gone_end]]
        found += [Change("added", line) for line in after[came:came_end]]
    return found


def _midnight(day: str) -> int:
    from datetime import datetime

    try:
        return from_datetime(datetime.strptime(day, "%Y-%m-%d"))  # noqa: DTZ007 - school's zone
    except ValueError:
        raise NotFound() from None


def today(now: int) -> str:
    """The school's date of a moment, ISO."""
    return local(now).date().isoformat()
