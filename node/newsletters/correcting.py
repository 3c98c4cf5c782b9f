"""Letters that are out: corrected, at once or when an approver says so, or taken back."""

import msgspec

from kit.db import Database, Tx, encode
from kit.languages import in_language, korean, languages_of
from kit.problem import Forbidden, NotFound
from kit.seen import check_seen
from node.approval.access import decider
from node.approval.model import ReturnedMatter
from node.approval.service import Approval
from node.forms.model import AfterCorrection
from node.newsletters import store, wording
from node.newsletters.model import (
    Correction,
    FormUndecided,
    Incomplete,
    Letter,
    LetterVerb,
    PartsLeftBehind,
    Proposal,
    ProposalWaits,
    State,
    WrongState,
    can,
    to_correct,
)
from node.newsletters.publishing import Publisher, existing
from node.people.access import of_now, require_staff
from node.people.model import Asker


class Correctable(msgspec.Struct, frozen=True):
    """A letter to correct. `returned`: the asker's own correction that was given back, and why."""

    letter: Letter
    returned: Proposal | None
    why: ReturnedMatter | None


class Corrections:
    """Every verb takes the asker first and runs as one unit."""

    def __init__(self, db: Database, approval: Approval, publisher: Publisher) -> None:
        self._db = db
        self._approval = approval
        self._publisher = publisher

    async def correct(
        self,
        asker: Asker,
        newsletter_id: str,
        title: str,
        body: str,
        reason: str,
        *,
        form: AfterCorrection | None = None,
        asks_of_parts: bool = False,
        seen: str = "",
    ) -> bool:
        """Correct a published letter: True when done, False when it waits for an approver.

        `form` says what becomes of the letter's form, where it has one; `asks_of_parts`: a part in another
        language that stays as it is, while the Korean one changes, is asked about. Raises NotFound, Forbidden,
        WrongState, ReasonNeeded, Incomplete, PartsLeftBehind, FormUndecided, BadForm,
        ChangedMeanwhile, ProposalWaits.
        """
        reason = wording.reason(reason)
        title, body = wording.title_and_body(title, body)
        if not title or not korean(body).strip():
            raise Incomplete()

        def unit(tx: Tx, asker: Asker) -> bool:
            letter = self._correctable(tx, asker, newsletter_id)
            check_seen(seen, *letter.written)
            if asks_of_parts and (behind := _left_behind(letter.body, body)):
                raise PartsLeftBehind(languages=", ".join(behind))
            if letter.form_id and form is None:
                raise FormUndecided()
            if self._approval.may_decide(tx, asker, letter.audience):
                waiting = self._publisher.proposal(tx, newsletter_id)
                if waiting is not None and waiting.author_id != asker.id:
                    raise ProposalWaits()
                self._publisher.correct(tx, letter, asker, Correction(title, body, reason, form))
                self._publisher.forget_own_proposal(tx, asker, newsletter_id)
                return True
            self._publisher.propose(tx, letter, asker, Correction(title, body, reason, form))
            return False

        return await self._db.write(of_now(asker, unit))

    async def approve(self, asker: Asker, newsletter_id: str, seen: str = "") -> None:
        """An approver lets a proposed correction out; `seen` as in `Desk.approve`.

        Raises NotFound, Forbidden, WrongState, ChangedSinceRead.
        """

        def unit(tx: Tx, asker: Asker) -> None:
            by = decider(tx, asker)
            letter = existing(tx, newsletter_id)
            proposed = self._publisher.proposal(tx, newsletter_id)
            if proposed is None:
                raise WrongState()
            self._publisher.require_read(tx, letter, seen)
            substance = encode(proposed)
            self._approval.approve(tx, by, to_correct(letter.id), substance)
            self._publisher.correct(
                tx, letter, asker, proposed.correction, author_name=proposed.author_name
            )
            self._publisher.forget_proposal(tx, newsletter_id)

        await self._db.write(of_now(asker, unit))

    async def correctable(self, asker: Asker, newsletter_id: str) -> Correctable:
        """A published letter that the asker may correct, with what came back to them of an earlier
        correction. Raises NotFound, Forbidden, WrongState."""

        def look(tx: Tx, asker: Asker) -> Correctable:
            letter = self._correctable(tx, asker, newsletter_id)
            came_back = self._publisher.returned_proposal(tx, asker, newsletter_id)
            proposed, why = came_back or (None, None)
            return Correctable(letter, proposed, why)

        return await self._db.read(of_now(asker, look))

    def _correctable(self, tx: Tx, asker: Asker, newsletter_id: str) -> Letter:
        letter = self._owned_or_approver(tx, asker, newsletter_id)
        if not can(State(letter.state), LetterVerb.CORRECT):
            raise WrongState()
        return letter

    async def withdraw(self, asker: Asker, newsletter_id: str, reason: str) -> None:
        """The author or an approver takes a letter back. Raises NotFound, Forbidden, WrongState."""
        reason = wording.reason(reason)

        def unit(tx: Tx, asker: Asker) -> None:
            letter = self._owned_or_approver(tx, asker, newsletter_id)
            self._publisher.withdraw(tx, letter, asker, reason)

        await self._db.write(of_now(asker, unit))

    def _owned_or_approver(self, tx: Tx, asker: Asker, newsletter_id: str) -> Letter:
        require_staff(asker)
        letter = existing(tx, newsletter_id)
        if letter.author_id == asker.id or asker.is_approver:
            return letter
        if letter.state == State.PUBLISHED and store.is_addressed(tx, letter.id, asker):
            raise Forbidden()
        raise NotFound()


def _left_behind(old: str, new: str) -> list[str]:
    """The names of the languages whose parts stay as they were, where the Korean one does not."""
    if korean(old).strip() == korean(new).strip():
        return []
    stay = [one for one in languages_of(new) if in_language(old, one) == in_language(new, one)]
    return [one.name for one in stay]
