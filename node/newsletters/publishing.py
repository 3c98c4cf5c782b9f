"""The moment a letter goes out, is corrected or called back: one unit each, with its events."""

import hashlib
from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from kit import audit
from kit.clock import Clock, local_date, school_year
from kit.db import Tx, decode, encode
from kit.i18n import _
from kit.languages import korean
from kit.outbox import publish
from kit.problem import NotFound
from node.approval.model import ReturnedMatter
from node.approval.service import Approval
from node.files.model import Worded
from node.files.service import Files
from node.forms.model import AfterCorrection, BadForm, FormDraft, NewsletterId
from node.forms.service import Forms
from node.newsletters import store
from node.newsletters.model import (
    ChangedSinceRead,
    Correction,
    Incomplete,
    Letter,
    LetterVerb,
    LetterVersion,
    NewsletterAct,
    NewsletterCorrected,
    NewsletterHeld,
    NewsletterPublished,
    NewsletterSubmitted,
    NewsletterWithdrawn,
    NotAsDecided,
    Proposal,
    Sort,
    State,
    carrier,
    decided_on,
    next_state,
    to_correct,
    to_send,
)
from node.people.model import Asker
from protocol.records import Attachment


def document(title: str, body: str) -> str:
    """The exact text that a signer is shown; forms keep it by hash."""
    return f"{title}\n\n{body}"


class Publisher:
    """Carries letters over the line. Whether the asker may is decided before."""

    def __init__(self, clock: Clock, files: Files, approval: Approval, forms: Forms) -> None:
        self._clock = clock
        self._files = files
        self._approval = approval
        self._forms = forms

    def publish(self, tx: Tx, letter: Letter, asker: Asker, at: int) -> Letter:
        """Number it, fix its wording and audience, open its form, tell the others.

        Raises WrongState, Incomplete, NotAsDecided.
        """
        state = next_state(State(letter.state), LetterVerb.PUBLISH)
        require_ready(letter, at)
        self._require_as_decided(tx, letter)
        year = school_year(local_date(at))
        numbered = letter.kind == Sort.NEWSLETTER
        form_id = ""
        if letter.form:
            form_id = self._forms.attach(
                tx,
                asker,
                decode(letter.form, FormDraft),
                newsletter_id=NewsletterId(letter.id),
                title=letter.title,
                document=document(letter.title, letter.body),
                files=tuple(
                    Attachment(name=one.name, sha256=one.sha256)
                    for one in self._files.attached(tx, carrier(letter.id))
                ),
                keys=letter.audience,
                is_approved=bool(letter.approver_name),
                at=at,
            )
        out = replace(
            letter,
            state=state.value,
            year=year,
            number=store.next_number(tx, year) if numbered else None,
            form_id=form_id,
            version=1,
            published_at=at,
            scheduled_at=None,
            updated_at=at,
            remark="",
        )
        store.save_letter(tx, out)
        self._approval.forget(tx, to_send(out.id))
        store.put_out(tx, out)
        self._add_version(tx, out, "", out.author_name, at)
        publish(tx, NewsletterPublished(newsletter_id=out.id, kind=out.kind, version=1), at)
        audit.record(tx, self._clock, asker, NewsletterAct.PUBLISH, out.id)
        return out

    def schedule(self, tx: Tx, letter: Letter, asker: Asker) -> Letter:
        """Let a letter that was decided on wait for its hour. Raises WrongState, NotAsDecided."""
        state = next_state(State(letter.state), LetterVerb.SCHEDULE)
        self._require_as_decided(tx, letter)
        if letter.state == State.DRAFT:
            substance = store.substance(tx, letter.id)
            self._approval.decide_alone(tx, to_send(letter.id), substance, letter.title, asker)
        waiting = replace(letter, state=state.value, updated_at=self._clock.now(), remark="")
        store.save_letter(tx, waiting)
        audit.record(
            tx, self._clock, asker, NewsletterAct.SCHEDULE, letter.id, at=letter.scheduled_at
        )
        return waiting

    def correct(
        self,
        tx: Tx,
        letter: Letter,
        asker: Asker,
        correction: Correction,
        *,
        author_name: str = "",
    ) -> Letter:
        """A new wording beside the old ones; a form is signed under it from now on. `author_name`: of
        whoever proposed what the asker approves.

        Raises WrongState; BadForm when all would be asked anew with no time to answer.
        """
        state = next_state(State(letter.state), LetterVerb.CORRECT)
        now = self._clock.now()
        out = replace(
            letter,
            state=state.value,
            title=correction.title,
            body=correction.body,
            version=letter.version + 1,
            corrected_at=now,
            updated_at=now,
        )
        store.save_letter(tx, out)
        store.retitle(tx, letter, out.title)
        self._add_version(tx, out, correction.reason, author_name or asker.name, now)
        if letter.form_id:
            self._forms.correct(
                tx,
                letter.form_id,
                correction.form or AfterCorrection(asks_anew=False),
                version=out.version,
                title=out.title,
                document=document(out.title, out.body),
                is_approved=bool(author_name),
            )
        publish(tx, NewsletterCorrected(newsletter_id=out.id, version=out.version), now)
        act = NewsletterAct.APPROVE_CORRECTION if author_name else NewsletterAct.CORRECT
        audit.record(tx, self._clock, asker, act, out.id, version=out.version)
        return out

    def propose(self, tx: Tx, letter: Letter, asker: Asker, correction: Correction) -> None:
        """Let a correction of a published letter wait for an approver."""
        now = self._clock.now()
        after = "" if correction.form is None else encode(correction.form)
        words = (correction.title, correction.body, correction.reason)
        store.set_proposal(tx, Proposal(letter.id, *words, asker.id, asker.name, now, after))
        self._approval.ask(tx, to_correct(letter.id), correction.title, asker)
        publish(tx, NewsletterSubmitted(letter.id, asker.id, letter.title), now)

    def proposal(self, tx: Tx, newsletter_id: str) -> Proposal | None:
        """The correction of a letter that waits for an approver."""
        if not self._approval.waits(tx, to_correct(newsletter_id)):
            return None
        return store.proposal(tx, newsletter_id)

    def returned_proposal(
        self, tx: Tx, author: Asker, newsletter_id: str
    ) -> tuple[Proposal, ReturnedMatter] | None:
        """The asker's own correction of a letter that an approver gave back, and why."""
        why = self._approval.returned_one(tx, author, to_correct(newsletter_id))
        proposed = store.proposal(tx, newsletter_id)
        return None if why is None or proposed is None else (proposed, why)

    def forget_proposal(self, tx: Tx, newsletter_id: str) -> None:
        """It was let out, or its letter is another or gone."""
        store.remove_proposal(tx, newsletter_id)
        self._approval.forget(tx, to_correct(newsletter_id))

    def forget_own_proposal(self, tx: Tx, asker: Asker, newsletter_id: str) -> None:
        """Its author corrected the letter at once. What came back to a colleague stays theirs."""
        proposed = store.proposal(tx, newsletter_id)
        if proposed is not None and proposed.author_id == asker.id:
            self.forget_proposal(tx, newsletter_id)

    def withdraw(self, tx: Tx, letter: Letter, asker: Asker, reason: str) -> Letter:
        """Take it back: readers find the reason instead of the text; its form is closed."""
        state = next_state(State(letter.state), LetterVerb.WITHDRAW)
        now = self._clock.now()
        out = replace(letter, state=state.value, withdrawn_at=now, updated_at=now, remark=reason)
        store.save_letter(tx, out)
        store.take_out(tx, out.id)
        self.forget_proposal(tx, letter.id)
        if letter.form_id:
            self._forms.close(tx, letter.form_id)
        publish(tx, NewsletterWithdrawn(newsletter_id=out.id), now)
        audit.record(tx, self._clock, asker, NewsletterAct.WITHDRAW, out.id)
        return out

    def hold(self, tx: Tx, letter: Letter, asker: Asker, why: str) -> Letter:
        """Set a scheduled letter aside that cannot go out. `why`: msgids, one a line."""
        state = next_state(State(letter.state), LetterVerb.HOLD)
        now = self._clock.now()
        out = replace(letter, state=state.value, updated_at=now, remark=why)
        store.save_letter(tx, out)
        publish(tx, NewsletterHeld(out.id, out.author_id, out.approver_id), now)
        audit.record(tx, self._clock, asker, NewsletterAct.HOLD, out.id)
        return out

    def is_decided(self, tx: Tx, letter: Letter, author: Asker) -> bool:
        """Whether a letter may go on its way now: an approver let it out, or its author may alone."""
        return self._approval.is_approved(tx, to_send(letter.id)) or self._approval.may_decide(
            tx, author, letter.audience
        )

    def _require_as_decided(self, tx: Tx, letter: Letter) -> None:
        """Raises NotAsDecided unless what goes on its way is what was decided on. A draft is decided on
        in the unit that sends it."""
        if letter.state == State.DRAFT:
            return
        substance = store.substance(tx, letter.id)
        if not self._approval.is_as_decided(tx, to_send(letter.id), substance):
            raise NotAsDecided()

    def require_read(self, tx: Tx, letter: Letter, seen: str) -> None:
        """Raises ChangedSinceRead. A program that names no version decides on whatever stands."""
        files = self._files.attached(tx, carrier(letter.id))
        if seen and seen != decided_on(letter, files, self.proposal(tx, letter.id)):
            raise ChangedSinceRead()

    def require_words(self, tx: Tx, newsletter_id: str) -> None:
        """Raises Incomplete unless every file can be read by those who do not see it. Asked when a letter
        is sent or decided on, not of what was decided before."""
        found = unread_files(self._files.worded(tx, carrier(newsletter_id)))
        if found:
            raise Incomplete(found)

    def note_approved(self, tx: Tx, asker: Asker, letter: Letter) -> None:
        """Put into the audit log what exactly was approved: the text and the files, by hash."""
        text = hashlib.sha256(document(letter.title, letter.body).encode()).hexdigest()
        files = [one.sha256 for one in self._files.attached(tx, carrier(letter.id))]
        audit.record(
            tx, self._clock, asker, NewsletterAct.APPROVE, letter.id, text=text, files=files
        )

    def _add_version(self, tx: Tx, letter: Letter, reason: str, author: str, at: int) -> None:
        version = LetterVersion(letter.version, letter.title, letter.body, reason, author, at)
        store.add_version(tx, letter.id, version)


def existing(tx: Tx, newsletter_id: str) -> Letter:
    """Raises NotFound."""
    letter = store.letter(tx, newsletter_id)
    if letter is None:
        raise NotFound()
    return letter


def faults(letter: Letter, at: int) -> dict[str, str]:
    """What keeps a letter from going out at a moment (ms): part of the editor → msgid."""
    found = {}
    if not letter.title.strip():
        found["title"] = _("제목을 입력해 주세요.")
    if not korean(letter.body).strip():
        found["body"] = _("내용을 입력해 주세요.")
    if not letter.audience:
        found["audience"] = _("받는 사람을 선택해 주세요.")
    fault = _form_fault(letter, at) if letter.form else ""
    return found | {"form": fault} if fault else found


def unread_files(files: Sequence[Worded]) -> dict[str, str]:
    """What keeps a letter with these files from being sent, as `faults` tells it."""
    if any(one.is_waiting for one in files if not one.has_words):
        return {"attachments": _("첨부 파일을 아직 읽고 있습니다. 잠시 뒤에 다시 보내 주세요.")}
    if all(one.has_words for one in files):
        return {}
    return {
        "attachments": _(
            "글을 읽을 수 없는 첨부 파일이 있습니다. 파일에 적힌 글이나 그림 설명을 입력해 주세요."
        )
    }


def _form_fault(letter: Letter, at: int) -> str:
    try:
        decode(letter.form, FormDraft).check_opening(letter.audience, at)
    except BadForm as wrong:
        return str(wrong.params["reason"])
    except msgspec.DecodeError:
        return _("회신서를 읽을 수 없습니다. 회신서를 삭제하고 다시 만들어 주세요.")
    return ""


def require_ready(letter: Letter, at: int) -> None:
    """Raises Incomplete unless the letter can go out at a moment (ms)."""
    found = faults(letter, at)
    if found:
        raise Incomplete(found)


def form_draft(text: str) -> FormDraft | None:
    """The form behind its JSON text; None for none, or what is none."""
    try:
        return decode(text, FormDraft) if text else None
    except msgspec.DecodeError:
        return None
