"""Invitations: a one-time code on paper becomes a login.

A code is computed from the invitation's id and a secret of this node, so a letter can be printed
again while the database knows only its hash. Whoever holds the letter must name the child (or
themselves) before they may choose a login; wrong names use the invitation up.
"""

import enum
import hashlib
import hmac
from collections.abc import Callable

import msgspec

from kit import audit
from kit.clock import DAY, Clock
from kit.db import Database, Tx
from kit.i18n import LANGUAGES, _
from kit.ids import new_id
from kit.naming import compared
from kit.problem import Invalid, NotFound, Problem
from kit.signin import attempts
from kit.signin.attempts import count, network
from kit.signin.model import NewSession
from kit.signin.service import SignIn
from node.current import CurrentSettings, is_reached_nowhere, missing
from node.people.access import (
    OFFICE,
    may_care,
    of_now,
    require_care,
    require_keeper,
    require_role,
    with_role,
)
from node.people.agreements import SIGNING, AgreementChanged
from node.people.invitations import invited
from node.people.invitations.invited import ClassSilence, InvitationLetter, Invitee, Open
from node.people.model import Asker, PeopleChanged
from node.people.roster import family_store, store
from protocol.encoding import crockford, crockford_values
from protocol.errors import MalformedMessage

LASTS = 30 * DAY
FORGOTTEN = 200  # invitations in one unit
CODE_LETTERS = 12  # 60 bits


class InvitationAct(enum.StrEnum):
    PRINT = "people:invitation:print"
    ACCEPT = "people:invitation:accept"


class InvitationRefused(Problem):
    """One text for codes that were never printed, are used, or spent by wrong names."""

    code = "invitation-refused"
    status = 404
    field = "code"
    text = _(
        "초대 코드가 맞지 않거나 이미 사용되었습니다. 코드를 다시 확인하고, 맞으면 학교에 새 초대장을 요청해 주세요."
    )


class InvitationMisspelt(InvitationRefused):
    """No code has this form: who typed it looks at the letter once more, before they ask for another."""

    code = "invitation-misspelt"
    text = _(
        "초대 코드는 영문과 숫자 12자리입니다. 초대장에 적힌 코드를 확인하고 다시 입력해 주세요."
    )


class InvitationExpired(InvitationRefused):
    """Its time is over, or a later letter took its place. Only who holds the letter learns it: nobody
    guesses its code, and each guess that finds none counts."""

    code = "invitation-expired"
    status = 410
    text = _(
        "이 초대장은 기간이 지났습니다. 더 나중에 받은 초대장이 있으면 그 코드를 입력하고, 없으면 학교에 새 초대장을"
        " 요청해 주세요."
    )


class TelephoneMissing(Problem):
    """A letter says whom to call before anybody types a password."""

    code = "school-telephone-missing"
    status = 409
    text = _(
        "초대장에 적을 학교 전화번호가 없어 인쇄하지 않았습니다. 관리자가 ‘관리 → 학교 설정’에 전화번호를"
        " 적으면 인쇄할 수 있습니다."
    )


class AddressMissing(Problem):
    """The code of a letter would open nothing on anybody's telephone."""

    code = "school-address-missing"
    status = 409
    text = _(
        "학교의 인터넷 주소가 이 컴퓨터에서만 열려 초대장을 인쇄하지 않았습니다. 관리자가 ‘관리 → 학교"
        " 설정’에서 주소를 정하면 인쇄할 수 있습니다."
    )


class Acceptance(msgspec.Struct):
    """What somebody who holds a letter enters. `agreed`: the version of the agreement that they read."""

    confirmed_name: str = ""
    password: str = ""
    repeated: str = ""
    login: str = ""
    language: str = "ko"
    agreed: int | None = None


class Invited(msgspec.Struct, frozen=True):
    """What the page of an invitation shows before anybody has proved who they are: no names."""

    kind: str  # guardian, student or staff
    expires_at: int
    has_account: bool


class Invitations:
    """Makes, prints and redeems invitations."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        signin: SignIn,
        secret: bytes,
        settings: CurrentSettings,
    ) -> None:
        self._db = db
        self._clock = clock
        self._signin = signin
        self._secret = secret
        self._settings = settings

    # Making -----------------------------------------------------------------------------------

    def invite(self, tx: Tx, person_id: str) -> tuple[str, int]:
        """(code, expires_at) for a person: the invitation still open, else a new one."""
        now = self._clock.now()
        known = invited.open_of(tx, person_id, now)
        if known is not None:
            return self._code(known[0]), known[1]
        invitation_id = new_id()
        code = self._code(invitation_id)
        invited.add(tx, invitation_id, person_id, _hash(code), now, now + LASTS)
        return code, now + LASTS

    def reopen(self, tx: Tx, person_id: str) -> None:
        """A new invitation for somebody who has an account: it sets a new password."""
        invited.void(tx, person_id, self._clock.now())
        self.invite(tx, person_id)

    @property
    def lacks(self) -> tuple[str, ...]:
        """What has to be set before a letter can be printed; msgids."""
        return missing(self._settings.now)

    async def class_letters(self, asker: Asker, class_id: str) -> list[InvitationLetter]:
        """Letters for the guardians of a class who have no account yet, by the child's number.
        For the office and the homeroom teacher. Raises NotFound and, as all that prints letters,
        TelephoneMissing, AddressMissing."""
        return await self._class_letters(asker, class_id, invited.guardians_to_invite)

    async def staff_letters(self, asker: Asker) -> list[InvitationLetter]:
        """Letters for the staff without an account."""

        def work(tx: Tx, asker: Asker) -> list[InvitationLetter]:
            return self._letters(tx, asker, invited.staff_to_invite(tx), "staff")

        return await self._db.write(with_role(asker, OFFICE, work))

    async def student_letters(self, asker: Asker, class_id: str) -> list[InvitationLetter]:
        """Letters for the students of a class without an account. Raises NotFound."""
        return await self._class_letters(asker, class_id, invited.students_to_invite)

    async def _class_letters(
        self, asker: Asker, class_id: str, whom: Callable[[Tx, str], list[Invitee]]
    ) -> list[InvitationLetter]:
        def work(tx: Tx, keeper: Asker) -> list[InvitationLetter]:
            require_keeper(keeper, class_id)
            return self._letters(tx, keeper, whom(tx, class_id), class_id)

        return await self._db.write(of_now(asker, work))

    async def letter(self, asker: Asker, person_id: str) -> list[InvitationLetter]:
        """The letter for one person, also for one whose sign-in was reset. Raises NotFound,
        Forbidden (a guarded account)."""

        def work(tx: Tx, asker: Asker) -> list[InvitationLetter]:
            person = store.person(tx, person_id)
            if person is None or person[6] is not None:
                raise NotFound()
            require_care(tx, asker, person_id)
            if store.account(tx, person_id) and not invited.open_of(
                tx, person_id, self._clock.now()
            ):
                raise NotFound()  # has a login and no reset was asked for
            children = ", ".join(tie.name for tie in family_store.children(tx, person_id))
            return self._letters(tx, asker, [(person_id, str(person[0]), children, "")], person_id)

        return await self._db.write(with_role(asker, OFFICE, work))

    def _letters(
        self, tx: Tx, asker: Asker, people: list[Invitee], subject: str
    ) -> list[InvitationLetter]:
        settings = self._settings.now
        if not settings.telephone.strip():
            raise TelephoneMissing()
        if is_reached_nowhere(settings.public_url):
            raise AddressMissing()
        letters = []
        for person_id, name, children, place in people:
            if not may_care(tx, asker, person_id):
                continue
            code, expires_at = self.invite(tx, person_id)
            link = f"{self._signin.public_url}/welcome/{code}"
            kind = invited.kind_of(tx, person_id)
            letters.append(
                InvitationLetter(person_id, kind, name, children, place, code, link, expires_at)
            )
        audit.record(tx, self._clock, asker, InvitationAct.PRINT, subject, letters=len(letters))
        return letters

    # State ------------------------------------------------------------------------------------

    def invited_until(self, tx: Tx, person_id: str) -> int | None:
        found = invited.open_of(tx, person_id, self._clock.now())
        return None if found is None else found[1]

    def agreed_at(self, tx: Tx, person_id: str) -> int | None:
        """When somebody agreed to sign electronically (any version)."""
        return invited.agreed_at(tx, person_id, SIGNING.kind)

    async def state(self, asker: Asker) -> tuple[list[ClassSilence], ClassSilence]:
        """Per class how many guardians were invited, have a login, have signed in; and the staff."""
        require_role(asker, *OFFICE)
        now = self._clock.now()
        return await self._db.read(
            lambda tx: (invited.by_class(tx, now), invited.staff_silence(tx, now))
        )

    # Redeeming --------------------------------------------------------------------------------

    async def look(self, code: str, *, address: str) -> Invited:
        """What a code is for, without names. Raises InvitationRefused, InvitationExpired, TooMany."""
        digest = _hash(normal(code))
        now = self._clock.now()

        def find(tx: Tx) -> Invited | None:
            found = self._typed(tx, digest, address, now)
            if found is None:
                return None
            has_account = store.account(tx, found.person_id) is not None
            return Invited(invited.kind_of(tx, found.person_id), found.expires_at, has_account)

        looked = await self._db.write(find)
        if looked is None:
            raise InvitationRefused()
        return looked

    async def accept(
        self, code: str, acceptance: Acceptance, *, device: str, address: str, marker: str = ""
    ) -> NewSession:
        """A letter becomes a login; the new session. Whoever had one begins anew: nothing by which
        they came in before lets anybody in.

        Raises InvitationRefused, InvitationExpired, Invalid (wrong name, missing agreement, passwords
        differ), WeakPassword, BadLogin, LoginTaken, TooMany, Busy. After a refusal the invitation is
        as it was, but for a count of wrong names.
        """
        digest = _hash(normal(code))
        now = self._clock.now()

        def name(tx: Tx) -> Problem | None:
            found = self._typed(tx, digest, address, now)
            return InvitationRefused() if found is None else _misnamed(tx, found, acceptance)

        refusal = await self._db.write(name)
        if refusal is not None:
            raise refusal
        wrong = _faults(acceptance)
        if wrong:
            raise Invalid(wrong)
        login = acceptance.login.strip().lower()
        hashed = await self._signin.hash_password(acceptance.password, login, address=address)

        def work(tx: Tx) -> NewSession:
            still = _open(tx, digest, now)
            if still is None:
                raise InvitationRefused()
            misnamed = _misnamed(tx, still, acceptance)
            if misnamed is not None:
                raise misnamed
            person_id = still.person_id
            if store.account(tx, person_id) is None:
                self._signin.accounts.create(tx, person_id, login, hashed)
            else:
                self._signin.accounts.reset(tx, person_id, hashed)
            invited.use(tx, still.id, now)
            if acceptance.language in LANGUAGES:
                store.set_language(tx, person_id, acceptance.language)
            if acceptance.agreed is not None:
                self.agree(tx, person_id, acceptance.agreed)
            tx.signal(PeopleChanged())
            person = store.person(tx, person_id)
            by = audit.Actor(person_id, str(person[0]) if person else "")
            audit.record(tx, self._clock, by, InvitationAct.ACCEPT, still.id)
            return self._signin.accounts.start_session(
                tx, person_id, device=device, address=address, marker=marker
            )

        return await self._db.write(work)

    def agree(self, tx: Tx, person_id: str, version: int) -> None:
        """Keep that somebody agreed to sign electronically, in the wording of that version which they
        read. Raises AgreementChanged where it is not today's."""
        if version != SIGNING.version:
            raise AgreementChanged()
        invited.add_agreement(
            tx, person_id, SIGNING.kind, SIGNING.version, SIGNING.text_hash, self._clock.now()
        )

    def relied_on(self, tx: Tx, person_id: str, at: int) -> None:
        """Somebody who agreed before signs at a moment (ms). Where a clock that went ahead was set right
        since, or a passkey signed before its answer came in, the agreement moves to this moment: it was
        given by then, and lies behind no signature."""
        invited.agreed_no_later(tx, person_id, SIGNING.kind, at)

    async def forget_old(self) -> None:
        """Daily: invitations that ended a year ago."""
        before = self._clock.now() - 365 * DAY
        while await self._db.write(lambda tx: invited.forget_before(tx, before, FORGOTTEN)):
            pass

    # Inside -----------------------------------------------------------------------------------

    def _typed(self, tx: Tx, digest: str, address: str, now: int) -> Open | None:
        """The invitation of a code that somebody typed. Raises InvitationExpired, TooMany."""
        typed = count(attempts.CODE, "invitation", network(address))
        return attempts.look_up(tx, (typed,), now, lambda: _open(tx, digest, now))

    def _code(self, invitation_id: str) -> str:
        digest = hmac.digest(self._secret, invitation_id.encode(), "sha256")
        letters = crockford(digest)[:CODE_LETTERS]
        return "-".join(letters[i : i + 4] for i in range(0, CODE_LETTERS, 4))


def normal(code: str) -> str:
    """A code as it was printed, however it was typed. Raises InvitationMisspelt."""
    try:
        values = crockford_values(code)
    except MalformedMessage as error:
        raise InvitationMisspelt() from error
    if len(values) != CODE_LETTERS:
        raise InvitationMisspelt()
    letters = "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[value] for value in values)
    return "-".join(letters[i : i + 4] for i in range(0, CODE_LETTERS, 4))


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def _open(tx: Tx, digest: str, now: int) -> Open | None:
    """An invitation that can still be used. Raises InvitationExpired."""
    found = invited.by_hash(tx, digest)
    if found is None or found.used_at is not None or found.failures >= invited.MOST_FAILURES:
        return None
    if found.expires_at <= now:
        raise InvitationExpired()
    return found


def _misnamed(tx: Tx, found: Open, acceptance: Acceptance) -> Problem | None:
    """A wrong name, counted in the unit that looks at it."""
    names = {compared(name) for name in invited.names_to_confirm(tx, found.person_id)}
    if compared(acceptance.confirmed_name) in names:
        return None
    invited.count_failure(tx, found.id)
    return Invalid({"confirmed_name": _("이름이 학교 명단과 다릅니다.")})


def _faults(acceptance: Acceptance) -> dict[str, str]:
    wrong = {}
    if acceptance.password != acceptance.repeated:
        wrong["repeated"] = _("두 비밀번호가 서로 다릅니다.")
    if acceptance.agreed is None:
        wrong["agreed"] = _(
            "동의해야 계정을 만들 수 있습니다. 종이로 받으시려면 학교에 알려 주세요."
        )
    elif acceptance.agreed != SIGNING.version:
        wrong["agreed"] = AgreementChanged.text
    return wrong
