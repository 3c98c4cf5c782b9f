"""Who gives which role, moves whom to which department, and cares for whose account.

Administrators decide. What others bring in a list or a form (a role beyond teacher, another
department, the contact of somebody whose account is guarded) waits for an administrator's yes; the
rest of the line or form holds at once. Nobody gives themselves a role, and the last administrator
stays. Every change of access is told to the person and to the administrators (AccessChanged).
"""

import enum
from collections.abc import Iterable, Sequence

import msgspec

from kit import audit
from kit.clock import Clock
from kit.db import Database, Tx
from kit.ids import new_id
from kit.naming import composed
from kit.outbox import publish
from kit.problem import Forbidden, NotFound
from node.people.access import COMMAND_LINE, OFFICE, may_care, require_care, require_role, with_role
from node.people.invitations import invited
from node.people.invitations.service import Invitations
from node.people.model import (
    GUARDED,
    Access,
    AccessChanged,
    Asker,
    ChangeToDecide,
    LastAdministrator,
    NoGuardian,
    NotOneself,
    PersonPart,
    Role,
    StaffPost,
    WaitingChange,
    words_of,
)
from node.people.office.views import unchanged
from node.people.roster import family_store, store, waiting
from node.people.roster.verbs import Roster

DECIDED = 10  # changes in one unit
NOTHING_FITS = "!"  # in place of a hash: no password fits it


class RoleAct(enum.StrEnum):
    """What the audit log says of roles and accounts."""

    ROLES = "people:person:roles"
    DEPARTMENT = "people:person:department"
    CHANGE = "people:person:change"
    CLOSE = "people:person:close"
    LEAVE_STAFF = "people:staff:leave"
    RESET = "people:account:reset"
    WAIT = "people:change:wait"
    ACCEPT = "people:change:accept"
    REFUSE = "people:change:refuse"


class RequestOutcome(enum.StrEnum):
    """What became of a change that somebody asked for."""

    UNCHANGED = "unchanged"
    CHANGED = "changed"
    WAITS = "waits"


class Roles:
    """Roles, departments and accounts of the people at the school."""

    def __init__(
        self, db: Database, clock: Clock, roster: Roster, invitations: Invitations
    ) -> None:
        self._db = db
        self._clock = clock
        self._roster = roster
        self._invitations = invitations

    # Forms --------------------------------------------------------------------------------------

    async def set_roles(
        self, asker: Asker, person_id: str, roles: frozenset[Role], seen: str = ""
    ) -> None:
        """Give and take roles: the administrators' alone.

        Raises NotFound, NotOneself, LastAdministrator, ChangedMeanwhile.
        """
        require_role(asker, Role.ADMINISTRATOR)

        def work(tx: Tx, asker: Asker) -> None:
            post = store.staff_post(tx, person_id)
            if post is None or post.until_on is not None:
                raise NotFound()
            unchanged(tx, self._invitations, person_id, "roles", seen)
            held = set(store.roles(tx, person_id))
            if Role.ADMINISTRATOR in held - roles:
                _not_the_last_administrator(tx)
            if not _may_give(asker, person_id, held, roles):
                raise NotOneself()
            self.ask(tx, asker, person_id, PersonPart.ROLES, waiting.roles_value(roles))

        await self._db.write(with_role(asker, (Role.ADMINISTRATOR,), work))

    async def set_post(
        self,
        asker: Asker,
        person_id: str,
        position: str,
        department: str,
        duty: str,
        extension: str = "",
        seen: str = "",
    ) -> RequestOutcome:
        """Change what somebody is on the staff; what became of another department.

        Raises NotFound, ChangedMeanwhile.
        """
        require_role(asker, *OFFICE)

        def work(tx: Tx, asker: Asker) -> RequestOutcome:
            post = store.staff_post(tx, person_id)
            if post is None or post.until_on is not None:
                raise NotFound()
            unchanged(tx, self._invitations, person_id, "post", seen)
            kept = StaffPost(position, post.department, duty, post.since_on, None, extension)
            self._roster.put_staff(tx, person_id, kept)
            audit.record(tx, self._clock, asker, RoleAct.CHANGE, person_id, position=position)
            outcome = self.ask(tx, asker, person_id, PersonPart.DEPARTMENT, department)
            if outcome is RequestOutcome.WAITS:
                self.tell(tx, asker, Access.WAITS, [person_id])
            return outcome

        return await self._db.write(with_role(asker, OFFICE, work))

    async def close(self, asker: Asker, person_id: str) -> None:
        """Somebody leaves for good: rights and sessions end with this commit.

        Raises NotFound, LastAdministrator, Forbidden (oneself, whom one may not care for).
        """
        require_role(asker, *OFFICE)
        if person_id == asker.id:
            raise Forbidden()

        def work(tx: Tx, asker: Asker) -> None:
            found = store.person(tx, person_id)
            if found is None or found[6] is not None:
                raise NotFound()
            require_care(tx, asker, person_id)
            held = store.roles(tx, person_id)
            if Role.ADMINISTRATOR in held:
                _not_the_last_administrator(tx)
            if held:
                self.tell(tx, asker, Access.ROLES, [person_id], lost=sorted(held))
            waiting.drop_all(tx, person_id)
            self._roster.close(tx, person_id)
            self._roster.families_changed(tx, "closed", [person_id])
            audit.record(tx, self._clock, asker, RoleAct.CLOSE, person_id, name=found[0])

        await self._db.write(with_role(asker, OFFICE, work))

    async def leave_staff(self, asker: Asker, person_id: str) -> None:
        """Somebody stays as a guardian but no longer works here: post, roles, classes and groups end
        with this commit, and with them what was shared with the staff. Their sign-in stays.

        Publishes AccessChanged of roles and department. Raises NotFound (not on the staff), NoGuardian,
        Forbidden (oneself).
        """
        require_role(asker, Role.ADMINISTRATOR)
        if person_id == asker.id:
            raise Forbidden()

        def work(tx: Tx, asker: Asker) -> None:
            post = store.staff_post(tx, person_id)
            if post is None or post.until_on is not None:
                raise NotFound()
            if not family_store.has_child(tx, person_id):
                raise NoGuardian()
            if held := store.roles(tx, person_id):
                self.tell(tx, asker, Access.ROLES, [person_id], lost=sorted(held))
            self.tell(tx, asker, Access.DEPARTMENT, [person_id], lost=[post.department])
            for part in (PersonPart.ROLES, PersonPart.DEPARTMENT):
                waiting.drop(tx, person_id, part)
            self._roster.leave_staff(tx, person_id)
            self._roster.families_changed(tx, "staff-left", [person_id])
            audit.record(tx, self._clock, asker, RoleAct.LEAVE_STAFF, person_id, was=post.position)

        await self._db.write(with_role(asker, (Role.ADMINISTRATOR,), work))

    async def reset_sign_in(self, asker: Asker, person_id: str) -> None:
        """For whoever lost password and devices: password, second factor and passkeys stop
        counting, all sessions end, and a new invitation lets them choose a password.

        Raises NotFound, Forbidden.
        """
        require_role(asker, *OFFICE)

        def work(tx: Tx, asker: Asker) -> None:
            if store.account(tx, person_id) is None:
                raise NotFound()
            require_care(tx, asker, person_id)
            self._roster.signin.accounts.reset(tx, person_id, NOTHING_FITS)
            self._invitations.reopen(tx, person_id)
            self.tell(tx, asker, Access.SIGN_IN, [person_id])
            audit.record(tx, self._clock, asker, RoleAct.RESET, person_id)

        await self._db.write(with_role(asker, OFFICE, work))

    # What waits ---------------------------------------------------------------------------------

    async def waiting(self, asker: Asker) -> list[ChangeToDecide]:
        """What waits for an administrator, the oldest first."""
        require_role(asker, Role.ADMINISTRATOR)
        return await self._db.read(
            lambda tx: [self._to_decide(tx, change) for change in waiting.all_open(tx)]
        )

    def _to_decide(self, tx: Tx, change: WaitingChange) -> ChangeToDecide:
        found, account = store.person(tx, change.person_id), store.account(tx, change.person_id)
        held = waiting.held(tx, change.person_id, change.part)
        return ChangeToDecide(
            change,
            name="" if found is None else str(found[0]),
            login="" if account is None else account[0],
            held=words_of(change.part, held),
        )

    async def decide(self, asker: Asker, change_ids: Sequence[str], *, accept: bool) -> int:
        """Say yes or no to changes, some in a unit; how many still waited. One that was brought anew
        meanwhile, or decided already, is left alone. Raises NotOneself, LastAdministrator: what was
        decided before that stays so."""
        require_role(asker, Role.ADMINISTRATOR)
        decided = 0
        for at in range(0, max(len(change_ids), 1), DECIDED):
            some = change_ids[at : at + DECIDED]

            def work(tx: Tx, asker: Asker, some: Sequence[str] = some) -> int:
                found = [one for id in some if (one := waiting.find(tx, id)) is not None]
                for change in found:
                    self._decide(tx, asker, change, accept=accept)
                return len(found)

            decided += await self._db.write(with_role(asker, (Role.ADMINISTRATOR,), work))
        return decided

    def _decide(self, tx: Tx, asker: Asker, change: WaitingChange, *, accept: bool) -> None:
        act = RoleAct.ACCEPT if accept else RoleAct.REFUSE
        by = change.brought_by_name
        audit.record(tx, self._clock, asker, act, change.person_id, part=change.part, brought_by=by)
        waiting.drop(tx, change.person_id, change.part)
        if not accept:
            return
        outcome = self.ask(tx, asker, change.person_id, change.part, change.value)
        if outcome is RequestOutcome.WAITS:
            raise NotOneself()

    # Within a unit of the caller ----------------------------------------------------------------

    def ask(
        self, tx: Tx, asker: Asker | None, person_id: str, part: PersonPart, value: str
    ) -> RequestOutcome:
        """Make a change, or let it wait. `value` as waiting values are written; `asker` None: the
        machine's own command line. Raises LastAdministrator."""
        value = composed(value)
        held = waiting.held(tx, person_id, part)
        if value == held:
            waiting.drop(tx, person_id, part)
            return RequestOutcome.UNCHANGED
        if self._may(tx, asker, person_id, part, held, value):
            waiting.drop(tx, person_id, part)
            self._apply(tx, asker, person_id, part, held, value)
            return RequestOutcome.CHANGED
        assert asker is not None
        known = [one for one in waiting.of_person(tx, person_id) if one.part is part]
        if known and known[0].value == value:
            return RequestOutcome.UNCHANGED
        now = self._clock.now()
        change = WaitingChange(new_id(), person_id, part, value, asker.id, asker.name, now)
        waiting.put(tx, change)
        audit.record(tx, self._clock, asker, RoleAct.WAIT, person_id, part=part)
        return RequestOutcome.WAITS

    def tell(
        self,
        tx: Tx,
        asker: Asker | None,
        what: Access,
        people: list[str],
        *,
        gained: Iterable[str] = (),
        lost: Iterable[str] = (),
    ) -> None:
        """Publish what changed of somebody's access, of several in one line."""
        found = store.person(tx, people[0])
        event = AccessChanged(
            what=what,
            person_id=people[0],
            name="" if found is None else str(found[0]),
            by=(asker or COMMAND_LINE).name,
            gained=tuple(gained),
            lost=tuple(lost),
            others=len(people) - 1,
        )
        publish(tx, event, self._clock.now())

    def _may(
        self, tx: Tx, asker: Asker | None, person_id: str, part: PersonPart, held: str, value: str
    ) -> bool:
        if part is PersonPart.ROLES:
            return _may_give(asker, person_id, waiting.roles_of(held), waiting.roles_of(value))
        if part is PersonPart.CONTACT:
            return may_care(tx, asker, person_id)
        return asker is None or asker.is_administrator

    def _apply(
        self, tx: Tx, asker: Asker | None, person_id: str, part: PersonPart, held: str, value: str
    ) -> None:
        match part:
            case PersonPart.ROLES:
                self._give(tx, asker, person_id, waiting.roles_of(value))
            case PersonPart.DEPARTMENT:
                post = store.staff_post(tx, person_id)
                if post is None:
                    raise NotFound()
                moved = msgspec.structs.replace(post, department=value, until_on=None)
                self._roster.put_staff(tx, person_id, moved)
                self.tell(tx, asker, Access.DEPARTMENT, [person_id], gained=[value], lost=[held])
                audit.record(
                    tx,
                    self._clock,
                    asker or COMMAND_LINE,
                    RoleAct.DEPARTMENT,
                    person_id,
                    was=held,
                    now=value,
                )
            case PersonPart.CONTACT:
                store.update_person(tx, person_id, *msgspec.json.decode(value, type=list[str]))
                self._roster.person_changed(tx, person_id)

    def _give(self, tx: Tx, asker: Asker | None, person_id: str, wanted: frozenset[Role]) -> None:
        held = frozenset(store.roles(tx, person_id))
        if Role.ADMINISTRATOR in held - wanted:
            _not_the_last_administrator(tx)
        self._roster.set_roles(tx, person_id, wanted)
        gained, lost = sorted(wanted - held), sorted(held - wanted)
        if GUARDED & set(gained) and not held & GUARDED:
            # A letter that others printed opens no account that decides more than theirs.
            invited.void(tx, person_id, self._clock.now())
        self.tell(tx, asker, Access.ROLES, [person_id], gained=gained, lost=lost)
        audit.record(
            tx, self._clock, asker or COMMAND_LINE, RoleAct.ROLES, person_id, roles=sorted(wanted)
        )


def _may_give(
    asker: Asker | None,
    person_id: str,
    held: "frozenset[Role] | set[Role]",
    wanted: frozenset[Role],
) -> bool:
    """Administrators give and take roles, and give themselves none."""
    if asker is None:
        return True
    return asker.is_administrator and not (asker.id == person_id and wanted - held)


def _not_the_last_administrator(tx: Tx) -> None:
    if store.count_role(tx, Role.ADMINISTRATOR) <= 1:
        raise LastAdministrator()
