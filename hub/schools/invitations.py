"""Invitations: a one-time code for a school, handed over on paper; the hub keeps only what proves it."""

import secrets
from functools import partial

from hub.officers.access import ACTING, require_acting, with_role
from hub.officers.model import Officer
from hub.schools import store
from hub.schools.model import (
    LONGEST_NAME,
    AlreadyMember,
    DaysWrong,
    InvitationClosed,
    InvitationLine,
    InvitationState,
    Invited,
    NewInvitation,
    SchoolAct,
    SchoolIdWrong,
    SchoolNameMissing,
    State,
)
from hub.schools.service import PER_PAGE, Identity, Province
from kit import audit
from kit.clock import DAY, Clock
from kit.db import Database, Tx
from kit.naming import composed
from kit.problem import NotFound
from kit.typed import one_line
from protocol.enrolment import Invitation, derive, format_code
from protocol.errors import InvalidSchoolId
from protocol.identity import parse_school_id

MOST_DAYS = 60  # an invitation's life; the hub's TLS rollover counts on it


class Invitations:
    """The province's invitations. `identity` gives who the hub is at this moment (its TLS
    certificate changes once a year)."""

    def __init__(self, db: Database, clock: Clock, province: Province, identity: Identity) -> None:
        self._db = db
        self._clock = clock
        self._identity = identity
        self._province = province

    async def lines(self, officer: Officer, page: int = 1) -> tuple[list[InvitationLine], bool]:
        """A page of invitations, the newest first, and whether there are more."""
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
        require_acting(officer)
        try:
            school_id = parse_school_id(wanted.school_id)
        except InvalidSchoolId as error:
            raise SchoolIdWrong() from error
        name = one_line("name", composed(wanted.name), LONGEST_NAME)
        if not name:
            raise SchoolNameMissing()
        days = self._province.invitation_days if wanted.days is None else wanted.days
        if not 1 <= days <= MOST_DAYS:
            raise DaysWrong()
        code = format_code(secrets.token_bytes(13))
        hub = self._identity()
        now = self._clock.now()
        invitation = Invitation(
            code=code,
            school_id=school_id,
            expires_at=now + days * DAY,
            hub_urls=hub.urls,
            tls_fingerprint=hub.tls_fingerprint,
            hub_fingerprint=hub.keys.fingerprint,
        )
        await self._db.write(
            with_role(officer, ACTING, partial(self._invite, wanted, name, invitation, now))
        )
        return Invited(derive(code).id, name, invitation)

    def _invite(
        self,
        wanted: NewInvitation,
        name: str,
        invitation: Invitation,
        now: int,
        tx: Tx,
        officer: Officer,
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
        audit.record(
            tx,
            self._clock,
            officer,
            SchoolAct.INVITE,
            school_id,
            invitation=key.id,
            until=invitation.expires_at,
        )

    async def withdraw(self, officer: Officer, invitation_id: str) -> None:
        """Make an open invitation worthless. Raises NotFound, InvitationClosed."""
        now = self._clock.now()

        def unit(tx: Tx, officer: Officer) -> None:
            found = store.invitation(tx, invitation_id)
            if found is None:
                raise NotFound()
            if found.state(now) is not InvitationState.OPEN:
                raise InvitationClosed()
            store.revoke_invitation(tx, invitation_id, now)
            audit.record(
                tx,
                self._clock,
                officer,
                SchoolAct.WITHDRAW,
                found.school_id,
                invitation=invitation_id,
            )

        await self._db.write(with_role(officer, ACTING, unit))

    async def is_pinned(self, tls_fingerprint: str) -> bool:
        """Whether an open invitation carries this fingerprint."""
        now = self._clock.now()
        return await self._db.read(lambda tx: store.is_pinned(tx, tls_fingerprint, now))
