"""Schools: invite, suspend, resume, revoke, follow. Each act is audited with its reason."""

import secrets
from datetime import timedelta
from functools import partial
from typing import Protocol

import msgspec

from hub.officers.access import require_role
from hub.officers.model import Officer, Role
from hub.schools import spoken, store
from hub.schools.model import (
    STATE_CHIPS,
    STATE_LABELS,
    Act,
    Addressee,
    AlreadyMember,
    DaysWrong,
    InvitationClosed,
    InvitationLine,
    InvitationState,
    Invited,
    NotInThisState,
    ReasonMissing,
    Ring,
    School,
    SchoolFilter,
    SchoolIdWrong,
    SchoolKey,
    SchoolLine,
    SchoolNameMissing,
    SchoolPage,
    SchoolPlaced,
    SchoolReported,
    StandingChanged,
    State,
    Totals,
)
from kit import audit
from kit.card import Card, Entry, Weight
from kit.clock import DAY, MINUTE, Clock, local_date
from kit.db import Database, Tx
from kit.i18n import _
from kit.outbox import publish
from kit.problem import NotFound
from kit.seen import check_seen
from kit.typed import one_line
from protocol.attestation import Ending
from protocol.enrolment import HubIdentity, Invitation, derive, format_code
from protocol.errors import InvalidSchoolId
from protocol.identity import SchoolId, SchoolKind, parse_school_id
from protocol.sync import NodeState

PER_PAGE = 50
LONGEST_NAME = 100
LONGEST_REASON = 500
MOST_DAYS = 60  # an invitation's life; the hub's TLS rollover counts on it
OLD_BACKUP = 3 * DAY
CHART_DAYS = 30
PORTION = 200  # schools in one unit of the night's work
KEPT_DAYS = 400
ACTING = (Role.OFFICER, Role.ADMINISTRATOR)


class Province(msgspec.Struct, frozen=True):
    """What schools are told about the hub, and from when on a school needs attention."""

    name: str
    province: str
    telephone: str
    domain: str
    sync_interval_ms: int
    invitation_days: int
    silent_after: int = 15 * MINUTE
    low_percent: int = 10


class Identity(Protocol):
    """Who the hub is at this moment."""

    def __call__(self) -> HubIdentity: ...


class NewInvitation(msgspec.Struct, frozen=True, kw_only=True):
    """What an officer says of the school to invite."""

    school_id: str
    name: str
    kind: SchoolKind
    district: str = ""
    ring: Ring = Ring.ALL
    days: int | None = None


class Schools:
    """The province's schools. `identity` gives who the hub is at this moment (its TLS
    certificate changes once a year)."""

    def __init__(self, db: Database, clock: Clock, province: Province, identity: Identity) -> None:
        self._db = db
        self._clock = clock
        self.identity = identity
        self.province = province

    # For hub/sync -----------------------------------------------------------------------------

    def school_of(self, tx: Tx, key_id: str) -> SchoolKey | None:
        """Whose key signs, and how the school stands at this moment; None: a key never seen.

        Ask inside the unit of each request: a suspension holds from the next one on.
        """
        return store.school_of(tx, key_id)

    def record_state(self, tx: Tx, school_id: str, state: NodeState, at: int | None = None) -> None:
        """What a node says of itself; call it at least every five minutes while it speaks."""
        now = self._clock.now() if at is None else at
        store.save_state(tx, school_id, state, now, local_date(now).isoformat())
        tx.signal(SchoolReported(school_id))

    def addressable(self, tx: Tx) -> list[Addressee]:
        """Schools that joined once (revoked ones too), with what notices choose them by."""
        return store.addressable(tx)

    # Looking ----------------------------------------------------------------------------------

    async def lines(self, officer: Officer, wanted: SchoolFilter) -> tuple[list[SchoolLine], bool]:
        """A page of schools, and whether there are more."""
        offset = PER_PAGE * (max(1, wanted.page) - 1)
        found = await self._db.read(lambda tx: store.lines(tx, wanted, PER_PAGE + 1, offset))
        return [self._with_presence(line) for line in found[:PER_PAGE]], len(found) > PER_PAGE

    async def districts(self, officer: Officer) -> list[str]:
        return await self._db.read(store.districts)

    async def totals(self, officer: Officer) -> Totals:
        return await self._db.read(self._totals)

    async def activity(self, officer: Officer) -> list[tuple[str, int]]:
        """(day, schools that spoke) of the last month; none while earlier days are still counted."""
        since = local_date(self._clock.now()) - timedelta(days=CHART_DAYS)
        return await self._db.read(lambda tx: spoken.by_day(tx, since.isoformat()))

    async def school(self, officer: Officer, school_id: str) -> SchoolPage:
        """Everything about a school. Raises NotFound."""

        def look(tx: Tx) -> SchoolPage:
            school = self._known(tx, school_id)
            report = store.report(tx, school_id)
            return SchoolPage(
                school=school,
                report=report,
                online=self._is_online(report.heard_at if report else None),
                days=tuple(store.days(tx, school_id, CHART_DAYS)),
                invitations=tuple(store.invitations_of(tx, school_id)),
                certificates=tuple(store.certificates(tx, school_id)),
                keys=tuple(store.keys_of(tx, school_id)),
            )

        return await self._db.read(look)

    async def history(self, officer: Officer, school_id: str) -> list[audit.AuditEntry]:
        """What was done with a school, the newest first."""
        return await self._db.read(lambda tx: audit.about(tx, school_id, 50))

    # Invitations ------------------------------------------------------------------------------

    async def invitations(
        self, officer: Officer, page: int = 1
    ) -> tuple[list[InvitationLine], bool]:
        offset = PER_PAGE * (max(1, page) - 1)
        found = await self._db.read(lambda tx: store.invitations(tx, PER_PAGE + 1, offset))
        return found[:PER_PAGE], len(found) > PER_PAGE

    async def invitation(self, officer: Officer, invitation_id: str) -> InvitationLine:
        """Raises NotFound."""
        found = await self._db.read(lambda tx: store.invitation(tx, invitation_id))
        if found is None:
            raise NotFound()
        return found

    async def invite(self, officer: Officer, wanted: NewInvitation) -> Invited:
        """A one-time code for a school; the hub keeps only what proves it.

        Raises SchoolIdWrong, SchoolNameMissing, DaysWrong, AlreadyMember.
        """
        require_role(officer, *ACTING)
        try:
            school_id = parse_school_id(wanted.school_id)
        except InvalidSchoolId as error:
            raise SchoolIdWrong() from error
        name = one_line("name", wanted.name, LONGEST_NAME)
        if not name:
            raise SchoolNameMissing()
        days = self.province.invitation_days if wanted.days is None else wanted.days
        if not 1 <= days <= MOST_DAYS:
            raise DaysWrong()
        code = format_code(secrets.token_bytes(13))
        hub = self.identity()
        now = self._clock.now()
        invitation = Invitation(
            code=code,
            school_id=school_id,
            expires_at=now + days * DAY,
            hub_urls=hub.urls,
            tls_fingerprint=hub.tls_fingerprint,
            hub_fingerprint=hub.keys.fingerprint,
        )
        await self._db.write(lambda tx: self._invite(tx, officer, wanted, name, invitation, now))
        return Invited(derive(code).id, name, invitation)

    def _invite(
        self,
        tx: Tx,
        officer: Officer,
        wanted: NewInvitation,
        name: str,
        invitation: Invitation,
        now: int,
    ) -> None:
        school_id = invitation.school_id
        known = store.school(tx, school_id)
        if known is not None and known.state in (State.ACTIVE, State.SUSPENDED):
            raise AlreadyMember()
        district = one_line("district", wanted.district, LONGEST_NAME)
        store.save_invited(tx, school_id, name, wanted.kind, district, wanted.ring, now)
        key = derive(invitation.code)
        line = InvitationLine(
            key.id, school_id, name, now, officer.name, invitation.expires_at, None, None
        )
        store.add_invitation(tx, key, line, invitation.tls_fingerprint or "", officer.id)
        self._record(
            tx, officer, Act.INVITE, school_id, invitation=key.id, until=invitation.expires_at
        )

    async def withdraw(self, officer: Officer, invitation_id: str) -> None:
        """Make an open invitation worthless. Raises NotFound, InvitationClosed."""
        require_role(officer, *ACTING)
        now = self._clock.now()

        def unit(tx: Tx) -> None:
            found = store.invitation(tx, invitation_id)
            if found is None:
                raise NotFound()
            if found.state(now) is not InvitationState.OPEN:
                raise InvitationClosed()
            store.revoke_invitation(tx, invitation_id, now)
            self._record(tx, officer, Act.WITHDRAW, found.school_id, invitation=invitation_id)

        await self._db.write(unit)

    # Standing ---------------------------------------------------------------------------------

    async def suspend(self, officer: Officer, school_id: str, reason: str) -> None:
        """From its next request on the school hears only that it is suspended."""
        await self._stand(officer, school_id, reason, Act.SUSPEND)

    async def resume(self, officer: Officer, school_id: str, reason: str) -> None:
        await self._stand(officer, school_id, reason, Act.RESUME)

    async def revoke(self, officer: Officer, school_id: str, reason: str) -> None:
        """The school's keys end for good; it can come back only by a new invitation."""
        await self._stand(officer, school_id, reason, Act.REVOKE)

    async def _stand(self, officer: Officer, school_id: str, reason: str, act: Act) -> None:
        require_role(officer, *ACTING)
        reason = one_line("reason", reason, LONGEST_REASON)
        if not reason:
            raise ReasonMissing()
        now = self._clock.now()
        before, after = _MOVES[act]

        def unit(tx: Tx) -> None:
            school = self._known(tx, school_id)
            if school.state not in before:
                raise NotInThisState()
            told = "" if after is State.ACTIVE else reason
            store.set_standing(tx, school_id, after, told, now)
            if after is State.REVOKED:
                store.end_keys(tx, school_id, Ending.REVOKED, now)
            self._record(tx, officer, act, school_id, reason=reason, was=school.state.value)
            publish(tx, StandingChanged(school_id, after.value), now)

        await self._db.write(unit)

    async def place(
        self, officer: Officer, school_id: str, district: str, ring: Ring, seen: str = ""
    ) -> None:
        """Which district office a school belongs to, and when it gets new releases.

        Raises NotFound, ChangedMeanwhile.
        """
        require_role(officer, *ACTING)
        office = one_line("district", district, LONGEST_NAME)

        def unit(tx: Tx) -> None:
            known = self._known(tx, school_id)
            check_seen(seen, known.district, known.ring)
            store.set_place(tx, school_id, office, ring)
            self._record(tx, officer, Act.PLACE, school_id, district=office, ring=ring.value)
            publish(tx, SchoolPlaced(school_id), self._clock.now())

        await self._db.write(unit)

    # For the overview -------------------------------------------------------------------------

    def cards(self, tx: Tx, officer: Officer, now: int) -> list[Card]:
        """Schools that need attention, the longest silent first."""
        silent, backup = self._limits(now)
        lines = store.needing_attention(tx, silent, backup, self.province.low_percent, 6)
        entries = tuple(self._entry(line, silent, backup) for line in lines[:5])
        return [
            Card(
                name="schools",
                title=_("살펴볼 학교"),
                icon="school",
                href="/schools",
                weight=Weight.TASK if entries else Weight.QUIET,
                empty=_("모든 학교가 정상입니다.")
                if store.any_active(tx)
                else _("아직 가입한 학교가 없습니다."),
                entries=entries,
                live="schools.reported schools.enrolled schools.standing",
            )
        ]

    def _entry(self, line: SchoolLine, silent: int, backup: int) -> Entry:
        chip, kind = STATE_LABELS[line.state], STATE_CHIPS[line.state]
        if line.heard_at is None or line.heard_at < silent:
            chip, kind = _("응답 없음"), "danger"
        elif line.failing:
            chip, kind = _("작업 실패"), "danger"
        elif (line.free_percent or 0) < self.province.low_percent:
            chip, kind = _("저장 공간 부족"), "warning"
        elif line.last_backup_at is None or line.last_backup_at < backup:
            chip, kind = _("백업 오래됨"), "warning"
        return Entry(
            title=line.name,
            href=f"/schools/{line.school_id}",
            note=line.district,
            chip=chip,
            chip_kind=kind,
            at=line.heard_at,
        )

    # Inside -----------------------------------------------------------------------------------

    def _limits(self, now: int) -> tuple[int, int]:
        return now - self.province.silent_after, now - OLD_BACKUP

    def _totals(self, tx: Tx) -> Totals:
        now = self._clock.now()
        return store.totals(tx, now, *self._limits(now), self.province.low_percent)

    def _is_online(self, heard_at: int | None) -> bool:
        return heard_at is not None and heard_at >= self._limits(self._clock.now())[0]

    def _with_presence(self, line: SchoolLine) -> SchoolLine:
        online = line.state is State.ACTIVE and self._is_online(line.heard_at)
        return msgspec.structs.replace(line, online=online)

    def _known(self, tx: Tx, school_id: str) -> School:
        found = store.school(tx, school_id)
        if found is None:
            raise NotFound()
        return found

    def _record(
        self, tx: Tx, officer: Officer, act: Act, school_id: SchoolId | str, **detail: object
    ) -> None:
        audit.record(
            tx,
            self._clock,
            actor=officer.id,
            actor_name=officer.name,
            action=act,
            subject=school_id,
            detail=detail,
        )

    # Periodic ---------------------------------------------------------------------------------

    async def forget_days(self) -> None:
        """Days of the charts older than a year, some schools in a unit."""
        before_on = (local_date(self._clock.now()) - timedelta(days=KEPT_DAYS)).isoformat()
        after: str | None = ""
        while after is not None:
            forget = partial(store.forget_days, before_on=before_on, after=after, limit=PORTION)
            after = await self._db.write(forget)

    async def is_pinned(self, tls_fingerprint: str) -> bool:
        """Whether an open invitation carries this fingerprint."""
        now = self._clock.now()
        return await self._db.read(lambda tx: store.is_pinned(tx, tls_fingerprint, now))


_MOVES = {
    Act.SUSPEND: ((State.ACTIVE,), State.SUSPENDED),
    Act.RESUME: ((State.SUSPENDED,), State.ACTIVE),
    Act.REVOKE: ((State.ACTIVE, State.SUSPENDED), State.REVOKED),
}
