"""Requests about one's own data: see, correct, erase, stop processing (개인정보 보호법 제35-37조).

Whoever asks is answered within ten days; an extension or a refusal tells its reason, and a refusal
how to appeal (시행령 제41-44조, 제48조). Nothing is erased or changed by this slice: the officer does so
where the data are kept, and says here what was done.
"""

import enum

from kit import audit
from kit.card import Card, Entry, Weight
from kit.clock import Clock
from kit.db import Database, Tx
from kit.due import due
from kit.i18n import _
from kit.ids import new_id
from kit.outbox import publish
from kit.problem import Invalid, NotFound
from kit.typed import one_line, whole
from node.people.access import of_now, with_role
from node.people.model import Asker, Role
from node.privacy import case_store, store
from node.privacy.case import (
    DAYS_TO_ANSWER,
    LONGEST_EXTENSION,
    MOST_OPEN,
    Case,
    CaseChanged,
    CaseClosed,
    CaseKind,
    CaseState,
    CaseView,
    CopyNotReady,
    TooManyOpen,
    end_of_day,
)
from node.privacy.model import Known
from node.privacy.service import OFFICER, require_officer
from protocol.directory import search_key

LONGEST_TEXT = 2_000
SHOWN = 50
SOON = 3  # days


class CaseAct(enum.StrEnum):
    """What the audit log says of requests."""

    RECEIVE = "privacy:case:receive"
    EXTEND = "privacy:case:extend"
    FULFIL = "privacy:case:fulfil"
    REFUSE = "privacy:case:refuse"
    RELEASE = "privacy:copy:release"


class Cases:
    """The requests of a school."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    # The front page ---------------------------------------------------------------------------

    def cards(self, tx: Tx, asker: Asker, now: int) -> list[Card]:
        """For the officer what waits; for whoever asked what was answered."""
        found = []
        if Role.PRIVACY_OFFICER in asker.roles:
            found += _waiting(case_store.open_cases(tx, SHOWN), now)
        answered = _theirs(asker, case_store.unseen(tx, asker.id))
        if answered:
            found.append(_answered(answered))
        return found

    # Asking -----------------------------------------------------------------------------------

    async def ask(self, asker: Asker, kind: CaseKind, person_id: str, details: str) -> str:
        """A request about oneself or one's child; its id. Raises NotFound for anybody else's data,
        Invalid without details for what is not to see, TooManyOpen."""
        words = _words("details", details)
        if not words and kind is not CaseKind.SEE:
            raise Invalid({"details": _("요구하는 내용을 구체적으로 입력해 주세요.")})
        case = self._new(kind, person_id, asker.id, asker.name, words, "")

        def work(tx: Tx, asker: Asker) -> str:
            if person_id not in asker.own:
                raise NotFound()
            if case_store.count_open(tx, asker.id) >= MOST_OPEN:
                raise TooManyOpen(most=MOST_OPEN)
            return self._receive(tx, asker, case)

        return await self._db.write(of_now(asker, work))

    async def enter_paper(
        self, asker: Asker, kind: CaseKind, person_id: str, requester: str, details: str
    ) -> str:
        """A request that came on paper; its id. Officer only. Raises NotFound, Invalid."""
        require_officer(asker)
        name = one_line("requester", requester, 80)
        if not name:
            raise Invalid({"requester": _("요구한 사람의 이름을 입력해 주세요.")})
        words = _words("details", details)
        case = self._new(kind, person_id, "", name, words, asker.name)

        def work(tx: Tx, asker: Asker) -> str:
            if store.known(tx, person_id) is None:
                raise NotFound()
            return self._receive(tx, asker, case)

        return await self._db.write(with_role(asker, OFFICER, work))

    def _new(
        self,
        kind: CaseKind,
        person_id: str,
        requester_id: str,
        requester: str,
        details: str,
        on_paper_by: str,
    ) -> Case:
        now = self._clock.now()
        return Case(
            new_id(),
            kind.value,
            person_id,
            "",
            requester_id,
            requester,
            details,
            on_paper_by,
            now,
            end_of_day(now, DAYS_TO_ANSWER),
            CaseState.RECEIVED.value,
            None,
            None,
        )

    def _receive(self, tx: Tx, asker: Asker, case: Case) -> str:
        case_store.add(tx, case)
        at = case.received_at
        case_store.add_step(tx, case.id, at, case.requester_name, case.state, "")
        publish(tx, CaseChanged(case.requester_id), at)
        self._note(tx, asker, CaseAct.RECEIVE, case, kind=case.kind)
        return case.id

    async def own(self, asker: Asker) -> list[Case]:
        """What the asker has asked for, the latest first: as long as the data are theirs to see."""
        found = await self._db.read(lambda tx: case_store.of_requester(tx, asker.id, SHOWN))
        return _theirs(asker, found)

    async def own_case(self, asker: Asker, case_id: str) -> CaseView:
        """A request of the asker's; what they were told counts as seen. Raises NotFound, also where
        the data are not theirs to see any more."""
        view = await self._db.read(lambda tx: self._view(tx, case_id))
        case = view.case
        require_own(asker, case)
        if case.told_at is not None and case.seen_at is None:
            now = self._clock.now()
            await self._db.note(lambda tx: case_store.mark_seen(tx, case_id, now))
        return view

    # Handling ---------------------------------------------------------------------------------

    async def listing(self, asker: Asker, before: int | None) -> tuple[list[Case], list[Case]]:
        """(those that wait, whichever is due first; a page of those that are done). Officer only."""
        require_officer(asker)
        last = 2**62 if before is None else before
        return await self._db.read(
            lambda tx: (
                case_store.open_cases(tx, SHOWN),
                case_store.closed_cases(tx, last, SHOWN),
            )
        )

    async def find(self, asker: Asker, name: str) -> list[Known]:
        """Whose data a paper may be about. Officer only."""
        require_officer(asker)
        key = search_key(name)
        return await self._db.read(lambda tx: store.known_by_name(tx, key)) if key else []

    async def case(self, asker: Asker, case_id: str) -> CaseView:
        """A request. Officer only. Raises NotFound."""
        require_officer(asker)
        return await self._db.read(lambda tx: self._view(tx, case_id))

    async def extend(self, asker: Asker, case_id: str, days: int, reason: str) -> None:
        """More time, with the reason told. Officer only. Raises NotFound, Invalid, CaseClosed."""
        if not 1 <= days <= LONGEST_EXTENSION:
            raise Invalid({"days": _("1일에서 30일 사이로 입력해 주세요.")})
        await self._step(asker, case_id, CaseState.EXTENDED, CaseAct.EXTEND, reason, days)

    async def fulfil(self, asker: Asker, case_id: str, said: str) -> None:
        """Done, with what was done. Officer only. Raises NotFound, Invalid, CaseClosed."""
        await self._step(asker, case_id, CaseState.FULFILLED, CaseAct.FULFIL, said)

    async def refuse(self, asker: Asker, case_id: str, reason: str) -> None:
        """Refused, with the reason told. Officer only. Raises NotFound, Invalid, CaseClosed."""
        await self._step(asker, case_id, CaseState.REFUSED, CaseAct.REFUSE, reason)

    async def release(self, asker: Asker, case_id: str) -> None:
        """Let whoever asked fetch the copy. Officer only. Raises NotFound, CopyNotReady."""
        require_officer(asker)
        now = self._clock.now()

        def work(tx: Tx, asker: Asker) -> None:
            view = self._view(tx, case_id)
            if view.copy is None or not view.copy.is_there(now):
                raise CopyNotReady()
            case_store.release_copy(tx, case_id, now)
            case_store.mark_told(tx, case_id, now)
            publish(tx, CaseChanged(view.case.requester_id), now)
            self._note(tx, asker, CaseAct.RELEASE, view.case)

        await self._db.write(with_role(asker, OFFICER, work))

    async def _step(
        self, asker: Asker, case_id: str, state: CaseState, act: CaseAct, said: str, days: int = 0
    ) -> None:
        require_officer(asker)
        words = _words("reason", said)
        if not words:
            raise Invalid({"reason": _("요구한 사람에게 알릴 내용을 입력해 주세요.")})
        now = self._clock.now()

        def work(tx: Tx, asker: Asker) -> None:
            case = self._view(tx, case_id).case
            if not case.is_open:
                raise CaseClosed()
            due_at = end_of_day(case.due_at, days) if days else case.due_at
            case_store.change(tx, case_id, state.value, due_at, now)
            case_store.add_step(tx, case_id, now, asker.name, state.value, words)
            publish(tx, CaseChanged(case.requester_id), now)
            self._note(tx, asker, act, case)

        await self._db.write(with_role(asker, OFFICER, work))

    # Inside -----------------------------------------------------------------------------------

    def _view(self, tx: Tx, case_id: str) -> CaseView:
        case = case_store.case(tx, case_id)
        if case is None:
            raise NotFound()
        return CaseView(case, case_store.steps(tx, case_id), case_store.copy(tx, case_id))

    def _note(self, tx: Tx, asker: Asker, action: CaseAct, case: Case, **detail: object) -> None:
        """In the audit log under the person whose data it is about."""
        audit.record(tx, self._clock, asker, action, case.person_id, case=case.id, **detail)


def require_own(asker: Asker, case: Case) -> None:
    """Raises NotFound unless the asker made the request and the data are still theirs to see."""
    if case.requester_id != asker.id or case.person_id not in asker.own:
        raise NotFound()


def _words(field: str, text: str) -> str:
    return whole(field, text, LONGEST_TEXT).strip()


def _waiting(cases: list[Case], now: int) -> list[Card]:
    if not cases:
        return []
    is_soon = cases[0].days_left(now) <= SOON
    return [
        Card(
            "privacy.cases",
            _("답변할 개인정보 요구"),
            "shield",
            href="/privacy/cases",
            weight=Weight.URGENT if is_soon else Weight.TASK,
            count=len(cases),
            entries=tuple(
                Entry(
                    f"{case.person_name} ({case.requester_name})",
                    f"/privacy/cases/{case.id}",
                    chip=case.kind_label,
                    chip_kind="danger" if case.days_left(now) <= SOON else "warning",
                    due=due(case.due_at, now),
                )
                for case in cases[:5]
            ),
            live="privacy.case_changed",
        )
    ]


def _theirs(asker: Asker, cases: list[Case]) -> list[Case]:
    """Requests about oneself or a child whom the asker may still see."""
    return [case for case in cases if case.person_id in asker.own]


def _answered(cases: list[Case]) -> Card:
    return Card(
        "privacy.answered",
        _("개인정보 요구에 답변이 등록되었습니다"),
        "shield",
        href="/privacy/requests",
        weight=Weight.NEWS,
        count=len(cases),
        entries=tuple(
            Entry(
                case.person_name,
                f"/privacy/requests/{case.id}",
                chip=case.state_label,
                chip_kind="info",
                at=case.told_at,
                unread=True,
            )
            for case in cases
        ),
        live="privacy.case_changed",
    )
