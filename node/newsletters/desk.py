"""The writer's desk: drafts, approval, schedule. What is out is corrected in `correcting`."""

from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from kit import audit
from kit.clock import Clock, local_date, school_year
from kit.db import Database, Tx, encode
from kit.i18n import _
from kit.ids import new_id
from kit.outbox import publish
from kit.problem import UNFIT, Invalid, NotFound
from kit.seen import check_seen
from node.approval.model import ReturnedMatter
from node.approval.service import Approval
from node.files.model import File, Worded
from node.files.service import Files
from node.forms.model import NewsletterId
from node.newsletters import store, wording
from node.newsletters.model import (
    OWN,
    TO_CORRECT,
    TO_SEND,
    BadAudience,
    Content,
    DeskLine,
    Letter,
    LetterVerb,
    NewsletterAct,
    NewsletterReturned,
    NewsletterSubmitted,
    Proposal,
    Sort,
    Source,
    State,
    TooManyFiles,
    WrongState,
    audience_of,
    carrier,
    check_chosen,
    next_state,
    to_correct,
    to_send,
)
from node.newsletters.publishing import (
    Publisher,
    existing,
    faults,
    form_draft,
    require_ready,
)
from node.newsletters.schedule import Schedule
from node.people.access import of_now, require_staff
from node.people.audience import how_many, in_short
from node.people.model import Asker, Audience, Kind, Scope
from protocol.audience import is_of_chosen

FILES = 20  # attachments of one letter
DEADLINE_LEFT_OUT = _("지난 마감은 복사하지 않았습니다. 회신 마감을 새로 정해 주세요.")


class DeskView(msgspec.Struct, frozen=True):
    """Everything on a desk: own letters, what waits for the asker's decision, corrections that came
    back to them with the reason, what is to come."""

    own: list[DeskLine]
    submitted: list[DeskLine]
    proposals: list[Proposal]
    returned: list[tuple[Proposal, ReturnedMatter]]
    scheduled: list[DeskLine]
    held: list[DeskLine]
    next_before: int | None


class Outlook(msgspec.Struct, frozen=True):
    """What becomes of a letter that its writer sends. `whom`: in words; `at_once`: nobody else
    decides on it before."""

    whom: str
    people: int
    at_once: bool


class Desk:
    """Every verb takes the asker first and runs as one unit."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        approval: Approval,
        publisher: Publisher,
        files: Files,
    ) -> None:
        self._db = db
        self._clock = clock
        self._approval = approval
        self._publisher = publisher
        self._files = files
        self.publish_due = Schedule(db, clock, publisher).publish_due

    async def view(self, asker: Asker, before: int | None = None) -> DeskView:
        """The asker's desk. Raises NotFound for who is not staff."""
        require_staff(asker)

        def unit(tx: Tx) -> DeskView:
            own = store.desk(tx, asker.id, min(before or 2**62, 2**62), 31)
            further = own[29].updated_at if len(own) > 30 else None
            decides = asker.is_approver
            return DeskView(
                own[:30],
                store.those(tx, (one.id for one in self._approval.waiting(tx, asker, TO_SEND))),
                store.proposals(
                    tx, (one.id for one in self._approval.waiting(tx, asker, TO_CORRECT))
                ),
                self._returned(tx, asker),
                store.in_state(tx, State.SCHEDULED, 100) if decides else [],
                store.in_state(tx, State.HELD, 100) if decides else [],
                further,
            )

        return await self._db.read(unit)

    def _returned(self, tx: Tx, asker: Asker) -> list[tuple[Proposal, ReturnedMatter]]:
        why = {one.id: one for one in self._approval.returned(tx, asker, TO_CORRECT)}
        return [(one, why[one.newsletter_id]) for one in store.proposals(tx, why)]

    async def create(self, asker: Asker, kind: Sort, content: Content | None = None) -> str:
        """A new draft; its id. Whoever begins twice goes on in the one they left blank. Raises
        NotFound for who is not staff, BadAudience."""
        if kind is Sort.OFFICIAL:
            raise BadAudience()

        def unit(tx: Tx, asker: Asker) -> str:
            require_staff(asker)
            if content is not None:
                return self.add(tx, asker, kind, content)
            begun = store.blank(tx, asker.id, kind)
            empty = Content("", "", own_class(asker, kind))
            return begun or self.add(tx, asker, kind, empty)

        return await self._db.write(of_now(asker, unit))

    def add(
        self,
        tx: Tx,
        asker: Asker,
        kind: Sort,
        content: Content,
        files: tuple[File, ...] = (),
        source: Source = OWN,
    ) -> NewsletterId:
        """Add a draft within the caller's unit; its id."""
        now = self._clock.now()
        letter = Letter(
            id=new_id(),
            kind=kind.value,
            state=State.DRAFT.value,
            year=school_year(local_date(now)),
            number=None,
            title="",
            body="",
            author_id=asker.id,
            author_name=asker.name,
            department=store.department_of(tx, asker.id),
            telephone="",
            keys="[]",
            form="",
            form_id="",
            source=source,
            version=0,
            created_at=now,
            updated_at=now,
            scheduled_at=None,
            published_at=None,
            withdrawn_at=None,
            corrected_at=None,
            remark="",
            approver_name="",
            approver_id="",
        )
        store.add_letter(tx, _filled(letter, content, now))
        for file in files:
            self._files.attach(tx, carrier(letter.id), file, is_coming=True)
        return NewsletterId(letter.id)

    async def draft(self, asker: Asker, newsletter_id: str) -> Letter:
        """The asker's own letter, to edit. Raises NotFound, WrongState."""

        return await self._db.read(of_now(asker, lambda tx, now: editable(tx, now, newsletter_id)))

    def is_ready(self, letter: Letter) -> bool:
        """Whether nothing keeps a letter from being sent now, its files left out."""
        return not faults(letter, self._goes_out_at(letter))

    async def save(self, asker: Asker, newsletter_id: str, content: Content) -> Letter:
        """Keep a draft as it stands, complete or not.

        Raises NotFound, WrongState, BadAudience, ChangedMeanwhile.
        """

        def unit(tx: Tx, asker: Asker) -> Letter:
            letter = own(tx, asker, newsletter_id)
            state = next_state(State(letter.state), LetterVerb.EDIT)
            check_seen(content.seen, *letter.written)
            saved = _filled(letter, content, self._clock.now())
            return self._keep_edited(tx, asker, letter, replace(saved, state=state.value))

        return await self._db.write(of_now(asker, unit))

    async def readdress(
        self, asker: Asker, newsletter_id: str, change: Callable[[Tx, set[str]], set[str]]
    ) -> None:
        """Change whom the asker's draft is for: `change` says it of the keys it has.

        Raises NotFound, WrongState, BadAudience, TooManyChildren.
        """

        def unit(tx: Tx, asker: Asker) -> None:
            letter = own(tx, asker, newsletter_id)
            state = next_state(State(letter.state), LetterVerb.EDIT)
            keys = change(tx, letter.audience)
            check_chosen(audience_of(key) for key in keys)
            if keys == letter.audience:
                return
            now = self._clock.now()
            changed = replace(letter, state=state.value, keys=encode(sorted(keys)), updated_at=now)
            self._keep_edited(tx, asker, letter, changed)

        await self._db.write(of_now(asker, unit))

    async def discard(self, asker: Asker, newsletter_id: str) -> None:
        """Throw a draft away; an approver also what could not go out, for its author may have left.

        Raises NotFound, WrongState.
        """

        def unit(tx: Tx, asker: Asker) -> None:
            letter = existing(tx, newsletter_id)
            if not (letter.state == State.HELD and asker.is_approver):
                letter = own(tx, asker, newsletter_id)
            next_state(State(letter.state), LetterVerb.EDIT)
            if letter.author_id != asker.id or letter.state != State.DRAFT:
                audit.record(tx, self._clock, asker, NewsletterAct.DISCARD, letter.id)
            self._approval.forget(tx, to_send(newsletter_id))
            self._files.detach_all(tx, carrier(newsletter_id))
            store.remove_draft(tx, newsletter_id)

        await self._db.write(of_now(asker, unit))

    async def duplicate(self, asker: Asker, newsletter_id: str) -> str:
        """A new draft from a letter on the asker's desk or one they may read; its id. Raises NotFound.

        So an approver can send what was set aside and whose author has left. The deadline of its form comes along only while it is still to come.
        """

        def unit(tx: Tx, asker: Asker) -> str:
            old = copyable(tx, asker, newsletter_id)
            kind = Sort.NEWSLETTER if old.kind == Sort.OFFICIAL else Sort(old.kind)
            attached = self._files.attached(tx, carrier(newsletter_id))
            files = tuple(one.file for one in attached)
            form = without_past_deadline(old.form, self._clock.now())
            keys = tuple(sorted(old.audience))
            if old.author_id != asker.id and not asker.is_approver:  # no names of other families
                read = set(msgspec.json.decode(asker.reads, type=list[str]))
                keys = tuple(key for key in keys if not is_of_chosen(key) or key in read)
            content = Content(old.title, old.body, keys, form, None, old.telephone)
            copied = self.add(tx, asker, kind, content, files)
            if form != old.form:
                store.set_remark(tx, copied, DEADLINE_LEFT_OUT)
            return copied

        return await self._db.write(of_now(asker, unit))

    async def attach(self, asker: Asker, newsletter_id: str, file: File, words: str = "") -> None:
        """Attach a stored file to the asker's draft, with what it says or shows. Raises NotFound, WrongState,
        TooManyFiles, TooLong."""

        await self._db.write(
            of_now(asker, lambda tx, now: self.attach_to(tx, now, newsletter_id, file, words))
        )

    def attach_to(
        self, tx: Tx, asker: Asker, newsletter_id: str, file: File, words: str = ""
    ) -> str:
        """The same in a unit; the attachment's id."""
        self._edited(tx, asker, newsletter_id)
        require_room(tx, self._files, newsletter_id)
        return self._files.attach(tx, carrier(newsletter_id), file, words)

    def _edited(self, tx: Tx, asker: Asker, newsletter_id: str) -> None:
        """The asker's letter changes: what was approved is not what will be sent."""
        letter = own(tx, asker, newsletter_id)
        state = next_state(State(letter.state), LetterVerb.EDIT)
        edited = replace(letter, state=state.value, updated_at=self._clock.now())
        self._keep_edited(tx, asker, letter, edited)

    def _keep_edited(self, tx: Tx, asker: Asker, before: Letter, edited: Letter) -> Letter:
        """Keep a draft; of what was decided on before, the decision ends, and that is noted."""
        if before.state != State.DRAFT:
            audit.record(tx, self._clock, asker, NewsletterAct.CHANGE_DECIDED, before.id)
            self._approval.forget(tx, to_send(before.id))
        kept = replace(edited, approver_name="", approver_id="")
        store.save_letter(tx, kept)
        return kept

    async def detach(self, asker: Asker, newsletter_id: str, attachment_id: str) -> None:
        """Take a file off the asker's draft. Raises NotFound, WrongState."""

        def unit(tx: Tx, asker: Asker) -> None:
            self._edited(tx, asker, newsletter_id)
            if not self._files.detach(tx, carrier(newsletter_id), attachment_id):
                raise NotFound()

        await self._db.write(of_now(asker, unit))

    async def describe(
        self, asker: Asker, newsletter_id: str, attachment_id: str, words: str
    ) -> None:
        """Put down what a file of the asker's draft says or shows. Raises NotFound, WrongState, TooLong."""

        def unit(tx: Tx, asker: Asker) -> None:
            self._edited(tx, asker, newsletter_id)
            if not self._files.describe(tx, carrier(newsletter_id), attachment_id, words):
                raise NotFound()

        await self._db.write(of_now(asker, unit))

    async def files(self, asker: Asker, newsletter_id: str) -> list[Worded]:
        """The files of the asker's own letter with what can be read of each, also of those that nobody
        has looked into yet. Raises NotFound."""

        def unit(tx: Tx, asker: Asker) -> list[Worded]:
            own(tx, asker, newsletter_id)
            return self._files.worded(tx, carrier(newsletter_id))

        found = await self._db.read(of_now(asker, unit))
        if not any(one.is_waiting for one in found):
            return found
        await self._files.look_into(found)
        return await self._db.read(of_now(asker, unit))

    async def send(self, asker: Asker, newsletter_id: str) -> Letter:
        """Publish or schedule the asker's letter if they may decide, else submit it for approval.

        Raises NotFound, WrongState, Incomplete.
        """
        await self.files(asker, newsletter_id)

        def unit(tx: Tx, asker: Asker) -> Letter:
            letter = own(tx, asker, newsletter_id)
            require_ready(letter, self._goes_out_at(letter))
            if letter.state == State.DRAFT:  # else it was decided on with its files as they are
                self._publisher.require_words(tx, letter.id)
            if self._publisher.is_decided(tx, letter, asker):
                return self._release(tx, letter, asker)
            now = self._clock.now()
            state = next_state(State(letter.state), LetterVerb.SUBMIT)
            sent = replace(letter, state=state.value, updated_at=now, remark="")
            store.save_letter(tx, sent)
            self._approval.ask(tx, to_send(sent.id), sent.title, asker, sent.kind)
            publish(tx, NewsletterSubmitted(sent.id, sent.author_id, sent.title), now)
            audit.record(tx, self._clock, asker, NewsletterAct.SUBMIT, sent.id)
            return sent

        return await self._db.write(of_now(asker, unit))

    def _goes_out_at(self, letter: Letter) -> int:
        """When a letter that is sent now is published: at its hour, or at once (ms)."""
        return max(letter.scheduled_at or 0, self._clock.now())

    def _release(self, tx: Tx, letter: Letter, asker: Asker) -> Letter:
        now = self._clock.now()
        if letter.scheduled_at is not None and letter.scheduled_at > now:
            return self._publisher.schedule(tx, letter, asker)
        return self._publisher.publish(tx, letter, asker, now)

    async def recall(self, asker: Asker, newsletter_id: str) -> None:
        """The author takes a submitted letter back, or a scheduled one off the schedule."""

        def unit(tx: Tx, asker: Asker) -> None:
            letter = own(tx, asker, newsletter_id)
            is_scheduled = letter.state == State.SCHEDULED
            act = LetterVerb.UNSCHEDULE if is_scheduled else LetterVerb.RECALL
            state = next_state(State(letter.state), act)
            store.save_letter(tx, replace(letter, state=state.value, updated_at=self._clock.now()))
            if not is_scheduled:
                self._approval.forget(tx, to_send(letter.id))
            noted = NewsletterAct.UNSCHEDULE if is_scheduled else NewsletterAct.RECALL
            audit.record(tx, self._clock, asker, noted, letter.id)

        await self._db.write(of_now(asker, unit))

    async def approve(self, asker: Asker, newsletter_id: str, seen: str = "") -> Letter:
        """An approver lets a submitted letter out, now or at its hour; on an approval line whoever
        holds the step, and it stays submitted while another decides after them. `seen`: `decided_on`
        of what they were shown.

        Raises NotFound, Forbidden, WrongState, ChangedSinceRead; Incomplete when it cannot go out
        any more.
        """

        def unit(tx: Tx, asker: Asker) -> Letter:
            by = self._approval.decider(tx, asker, to_send(newsletter_id))
            letter = existing(tx, newsletter_id)
            state = next_state(State(letter.state), LetterVerb.APPROVE)
            self._publisher.require_read(tx, letter, seen)
            require_ready(letter, self._goes_out_at(letter))
            self._publisher.require_words(tx, letter.id)
            self._publisher.note_approved(tx, asker, letter)
            substance = store.substance(tx, letter.id)
            if not self._approval.approve(tx, by, to_send(letter.id), substance):
                return letter
            approved = replace(letter, state=state.value, approver_name=by.name, approver_id=by.id)
            return self._release(tx, approved, store.author(tx, approved))

        return await self._db.write(of_now(asker, unit))

    async def send_back(self, asker: Asker, newsletter_id: str, reason: str) -> None:
        """An approver returns a submitted letter (반려), or a proposed correction, with a reason."""

        def unit(tx: Tx, asker: Asker) -> None:
            by = self._approval.decider(tx, asker, to_send(newsletter_id))
            letter = existing(tx, newsletter_id)
            remark = wording.reason(reason)
            now = self._clock.now()
            author_id = letter.author_id
            if letter.state == State.PUBLISHED:
                proposed = self._publisher.proposal(tx, newsletter_id)
                if proposed is None:
                    raise WrongState()
                author_id = proposed.author_id
                self._approval.send_back(tx, by, to_correct(letter.id), remark)
            else:
                state = next_state(State(letter.state), LetterVerb.RETURN)
                self._approval.send_back(tx, by, to_send(letter.id))
                store.save_letter(
                    tx, replace(letter, state=state.value, remark=remark, updated_at=now)
                )
            publish(tx, NewsletterReturned(letter.id, author_id, letter.title), now)
            audit.record(tx, self._clock, asker, NewsletterAct.RETURN, letter.id)

        await self._db.write(of_now(asker, unit))

    async def outlook(self, asker: Asker, keys: set[str]) -> Outlook:
        """What sending to these keys would do now. Raises NotFound for who is not staff."""

        def unit(tx: Tx, asker: Asker) -> Outlook:
            require_staff(asker)
            decides = self._approval.may_decide(tx, asker, keys)
            return Outlook(in_short(tx, keys), how_many(tx, keys), decides)

        return await self._db.read(of_now(asker, unit))


def require_room(tx: Tx, files: Files, newsletter_id: str) -> None:
    """Raises TooManyFiles where a letter takes no more."""
    if len(files.attached(tx, carrier(newsletter_id))) >= FILES:
        raise TooManyFiles(count=FILES)


def own(tx: Tx, asker: Asker, newsletter_id: str) -> Letter:
    """A letter that the asker wrote. Raises NotFound."""
    letter = existing(tx, newsletter_id)
    if letter.author_id != asker.id or not asker.is_staff:
        raise NotFound()
    return letter


def own_class(asker: Asker, kind: Sort) -> tuple[str, ...]:
    """Keys to which a letter starts addressed: a class notice to the writer's own class."""
    if kind is not Sort.CLASS_NOTICE:
        return ()
    kinds = (Kind.GUARDIAN, Kind.STUDENT)
    return tuple(Audience(k, Scope.CLASS, c).key for c in sorted(asker.classes) for k in kinds)


def copyable(tx: Tx, asker: Asker, newsletter_id: str) -> Letter:
    """A letter on the asker's desk, or one they may read, to begin another from. Raises NotFound."""
    require_staff(asker)
    old = store.letter(tx, newsletter_id)
    if old is None or not (
        old.author_id == asker.id
        or (asker.is_approver and old.state != State.DRAFT)
        or (old.state == State.PUBLISHED and store.is_addressed(tx, old.id, asker))
    ):
        raise NotFound()
    return old


def editable(tx: Tx, asker: Asker, newsletter_id: str) -> Letter:
    """The asker's own letter, to edit. Raises NotFound, WrongState."""
    letter = own(tx, asker, newsletter_id)
    next_state(State(letter.state), LetterVerb.EDIT)
    return letter


def without_past_deadline(form: str, now: int) -> str:
    """A form's JSON as a new letter may take it over."""
    draft = form_draft(form)
    if draft is None or draft.deadline_at is None or draft.deadline_at > now:
        return form
    return encode(replace(draft, deadline_at=None))


def _filled(letter: Letter, content: Content, now: int) -> Letter:
    check_chosen(audience_of(key) for key in content.keys)
    title, body = wording.title_and_body(content.title, content.body)
    form = letter.form if content.form is None else content.form
    if form and form_draft(form) is None:
        raise Invalid({"form": UNFIT})
    return replace(
        letter,
        title=title,
        body=body,
        keys=encode(sorted(set(content.keys))),
        form=form,
        scheduled_at=content.scheduled_at,
        telephone=wording.telephone(content.telephone),
        updated_at=now,
    )
