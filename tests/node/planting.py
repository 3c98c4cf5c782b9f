"""A school in which every field that somebody can type or bring holds markup.

Forms are sown by tests.walking, which sends each form of each page; what takes more than one form
(a letter with its answers, a notice with its hours) or comes from outside (the province, the
messenger, browsers, documents) is told here, and by a slice beside its table of routes: `sow`.
"""

import functools
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from kit import audit
from kit.clock import DAY, HOUR
from kit.db import Tx, encode
from kit.ids import new_id
from kit.signin import store as signin_store
from kit.signin.model import Passkey
from node.approval.web import APPROVAL, MATTERS
from node.federation import store as federation_store
from node.federation.web import FEDERATION
from node.files.access import FILES
from node.forms.model import AfterCorrection, FormDraft, Signature, SignatureKind
from node.forms.web import FORMS
from node.ledger import store as ledger_store
from node.messenger.accounts_web import GATEWAYS
from node.newsletters.model import Content, Sort
from node.newsletters.web import NEWSLETTERS
from node.notices import mail_store
from node.notices.model import Topic
from node.notify.model import PUBLISHED
from node.official.web import OFFICIAL
from node.people.access import load_asker
from node.people.agreements import SIGNING
from node.people.lists import imported
from node.people.lists.columns import Fault, Kind, Row
from node.people.lists.imported import Import, Portion, Progress
from node.people.lists.reading import Tally
from node.people.model import NewPerson, PeopleAct, PersonPart, StaffPost
from node.people.office.roles import RequestOutcome
from node.people.roster import store as people_store
from node.people.roster.waiting import contact_value
from node.privacy.case import CaseKind
from node.privacy.cases_web import CASES, COPIES
from node.questions.model import Field, FieldKind, LegalBasis, PrivacyBox
from node.releases import store as releases_store
from protocol.attestation import Attested, EndedKey, Ending, attest, attest_end
from protocol.enrolment import EnrolmentGrant, HubIdentity
from protocol.identity import KeyPair, SchoolId
from protocol.official import NoticeAttachment, NoticeAudience, OfficialNotice
from protocol.sync import ReleasePointer
from tests.models import documents
from tests.node.conftest import GUARDIANS, STAFF, STUDENTS, School
from tests.node.looking import OFFICER, name_officer
from tests.planted import SHORT, planted
from tests.walking import Numbers


class Planting:
    """Puts markup into a school of the usual cast, whose people are known by their usual names."""

    def __init__(self, school: School, numbers: Numbers) -> None:
        self.school = school
        self.numbers = numbers
        client = f"https://app.example/?q={quote(planted(0), safe='')}"
        self.addresses = [f"/messenger/allow?redirectUrl={quote(client, safe='')}"]
        """Of what no page leads to by a link."""
        self.letter = ""  # one that families and its author read

    def typed(self, place: str, longest: int = 200) -> str:
        return self.numbers.planted(place, longest)

    async def sown(self, sowers: Iterable[Callable[["Planting"], Awaitable[None]]]) -> None:
        """What can be sown upon: the people, and things in every state that forms are for, and what the
        slices sow themselves (tests.node.tables)."""
        await name_officer(self.school)
        await self.school.db.write(self._people)
        await self._letters()
        await self._notices()
        await self.school.db.write(self._from_outside)
        for sow in sowers:
            await sow(self)
        await self.school.settled()

    async def reaped(self, hub_url: str) -> None:
        """Again what has been decided on meanwhile, and what fails. The hub there refuses all."""
        principal = await self.school.asker("최은영")
        for kind in self.school.app[MATTERS].lines:  # may have got a line meanwhile
            await self.school.app[APPROVAL].set_line(principal, kind, [])
        await self._letters()
        await self._on_paper()
        await self._notices()
        await self.school.settled()
        await self._joined(hub_url)
        administrator = await self.school.asker("정민호")
        await self.school.app[GATEWAYS].add(administrator, "matrix.org")
        await self._asked_of_privacy()
        await self.school.db.write(self._waiting)
        await self.school.db.write(self._importing)
        await self.school.db.write(self._failing)

    # People ----------------------------------------------------------------------------------

    def _people(self, tx: Tx) -> None:
        """As the lists that a school imports bring them."""
        roster = self.school.people.roster
        people = [name for name, *_rest in STAFF + STUDENTS]
        for name in dict.fromkeys(people + [name for name, *_rest in GUARDIANS]):
            person = self.school.id(name)
            phone, email = self.typed("phone", SHORT), self.typed("email", SHORT)
            people_store.update_person(tx, person, self.typed("name"), phone, email)
            roster.person_changed(tx, person)
        for name, _position, _department, _roles in STAFF:
            post = StaffPost(
                self.typed("position"),
                self.typed("department"),
                self.typed("duty"),
                "2026-03-01",
                None,
            )
            roster.put_staff(tx, self.school.id(name), post)
        for name, child, _relation, may_sign in GUARDIANS:
            relation = self.typed("relation")
            roster.add_guardianship(
                tx, self.school.id(name), self.school.id(child), relation, may_sign=may_sign
            )
        group = roster.add_group(
            tx, self.typed("group"), self.typed("group kind"), self.school.people_ids.values()
        )
        assert group
        listed = NewPerson(name=self.typed("name"), import_key=self.typed("key"))
        newcomer = roster.add_staff(tx, listed, self.typed("position"), self.typed("department"))
        self.addresses.append(f"/welcome/{self.school.people.invitations.invite(tx, newcomer)[0]}")
        roster.families_changed(tx, "lists")

    def _importing(self, tx: Tx) -> None:
        """A list that is being taken over, some of whose lines no longer fitted."""
        fault = Fault(Kind.STAFF, 2, "이름", "‘%(value)s’", {"value": self.typed("cell")})
        progress = Progress(1, [Tally(Kind.STAFF)], [fault])
        office, name = self.school.id("오정숙"), self.typed("bringer")
        one = Import(new_id(), 2026, office, name, self.school.clock.now(), None, "", 2, progress)
        row = Row(3, {"key": self.typed("key"), "name": self.typed("name")})
        imported.add(tx, one, [encode(Portion(Kind.STAFF, [row]))])
        self.addresses.append(f"/admin/import/{one.id}")

    # Letters ---------------------------------------------------------------------------------

    def form(self) -> FormDraft:
        kinds = (FieldKind.CHOICE, FieldKind.CHOICES, FieldKind.TEXT, FieldKind.LONG_TEXT)
        fields = [
            Field(
                id=f"f{at}",
                kind=kind,
                label=self.typed("question"),
                options=(self.typed("option"), self.typed("option")) if kind in kinds[:2] else (),
                help=self.typed("help"),
            )
            for at, kind in enumerate(kinds)
        ]
        box = PrivacyBox(*(self.typed(part) for part in ("purpose", "items", "kept", "refusal")))
        return FormDraft(
            fields=tuple(fields),
            legal_basis=LegalBasis.CONSENT,
            privacy=box,
            deadline_at=self.school.clock.now() + 2 * DAY,
        )

    def content(self, *keys: str, form: str = "") -> Content:
        return Content(
            self.typed("title"),
            f"**{self.typed('body')}**\n\n| {self.typed('cell')} | a |\n|---|---|\n| 1 | 2 |",
            keys or (f"guardians/class:{self.school.class_id('3-2')}",),
            form,
            telephone=self.typed("telephone", SHORT),
        )

    def _wording(self) -> tuple[str, str, str]:
        return self.typed("title"), self.typed("body"), self.typed("reason")

    async def _letters(self) -> None:
        """One with a form that is answered and corrected, and one in every other state."""
        school = self.school
        desk = school.app[NEWSLETTERS].desk
        author, principal = await school.asker("박서연"), await school.asker("최은영")
        form = self.form()
        content = self.content(form=msgspec.json.encode(form).decode())
        letter = await desk.create(author, Sort.NEWSLETTER, content)
        for file in (*self.documents(), documents.png()):
            name = self.typed("file")
            await desk.attach(author, letter, school.app[FILES].keep(name, file))
        for worded in await desk.files(author, letter):
            await desk.describe(author, letter, worded.attachment.id, self.typed("words"))
        sent = await desk.send(author, letter)
        self.addresses.append(f"/api/v1/newsletters/{letter}")
        self.letter = letter
        await self._answered(str(sent.form_id), form)
        await school.app[NEWSLETTERS].corrections.correct(
            author, letter, *self._wording(), form=AfterCorrection(True)
        )
        await self._answered(str(sent.form_id), form)

        everybody = ("guardians", "students", "staff")
        returned = await desk.create(author, Sort.NEWSLETTER, self.content(*everybody))
        await desk.send(author, returned)
        await desk.send_back(principal, returned, self.typed("remark"))
        waiting = await desk.create(author, Sort.NEWSLETTER, self.content(*everybody))
        await desk.send(author, waiting)
        later = msgspec.structs.replace(
            self.content(*everybody), scheduled_at=school.clock.now() + DAY
        )
        scheduled = await desk.create(author, Sort.NEWSLETTER, later)
        await desk.send(author, scheduled)
        await desk.approve(principal, scheduled)
        proposed = await desk.create(author, Sort.NEWSLETTER, self.content(*everybody))
        await desk.send(author, proposed)
        await desk.approve(principal, proposed)
        await school.app[NEWSLETTERS].corrections.correct(author, proposed, *self._wording())
        came_back = await desk.create(author, Sort.NEWSLETTER, self.content(*everybody))
        await desk.send(author, came_back)
        await desk.approve(principal, came_back)
        await school.app[NEWSLETTERS].corrections.correct(author, came_back, *self._wording())
        await desk.send_back(principal, came_back, self.typed("reason of a return"))
        gone = await desk.create(author, Sort.NEWSLETTER, self.content())
        await desk.send(author, gone)
        await school.app[NEWSLETTERS].corrections.withdraw(author, gone, self.typed("reason"))
        day = await desk.create(author, Sort.CLASS_NOTICE, self.content())
        await desk.send(author, day)

    def documents(self) -> tuple[bytes, ...]:
        text = self.typed("text of a file")
        return text.encode(), f"<html><body><p>{text}</p></body></html>".encode()

    async def _answered(self, form_id: str, form: FormDraft) -> None:
        """As the guardian signs with the name that the school knows."""
        guardian = await self.school.asker("김하늘")
        await self.school.app[FORMS].sign(
            guardian,
            form_id,
            self.school.id("이지우"),
            self._values(form),
            Signature(SignatureKind.TYPED, guardian.name),
            submission=new_id(),
            agree=SIGNING.version,
        )

    async def _on_paper(self) -> None:
        """One whose slip comes back on paper, as the homeroom teacher enters it."""
        school, form = self.school, self.form()
        author, desk = await school.asker("박서연"), school.app[NEWSLETTERS].desk
        content = self.content(form=msgspec.json.encode(form).decode())
        sent = await desk.send(author, await desk.create(author, Sort.NEWSLETTER, content))
        student, guardian = school.id("이지우"), school.id("김하늘")
        await school.app[FORMS].enter_paper(
            author, str(sent.form_id), student, guardian, self._values(form)
        )

    def _values(self, form: FormDraft) -> dict[str, list[str]]:
        return {
            one.id: [one.options[0]] if one.options else [self.typed("answer")]
            for one in form.fields
        }

    # The province ----------------------------------------------------------------------------

    def _notice(self, audience: NoticeAudience) -> OfficialNotice:
        blobs = self.school.app[FILES].blobs
        files = [
            NoticeAttachment(
                name=self.typed("file") + ".html",
                media_type="text/html",
                size=len(content),
                sha256=blobs.put(content),
            )
            for content in (*self.documents(), documents.png())
        ]
        return OfficialNotice(
            id=new_id(),
            reference=self.typed("reference"),
            title=self.typed("title"),
            body_markdown=self.typed("body"),
            audience=audience,
            issued_at=self.school.clock.now(),
            department=self.typed("department"),
            contact=self.typed("contact"),
            attachments=tuple(files),
        )

    async def _notices(self) -> None:
        """For staff, answered; for guardians: landed, held back, put off."""
        school = self.school
        official, principal = school.app[OFFICIAL], await school.asker("최은영")
        staff = self._notice(NoticeAudience.STAFF)
        landed, vetoed, delayed = (self._notice(NoticeAudience.GUARDIANS) for _ in range(3))
        for notice in (staff, landed, vetoed, delayed):
            await school.db.write(functools.partial(official.receive, notice=notice))
        await official.acknowledge(principal, staff.id)
        await official.answer(principal, staff.id, self.typed("answer"))
        await official.release(principal, landed.id)
        await official.veto(principal, vetoed.id, self.typed("reason"))
        later = school.clock.now() + 3 * DAY
        await official.delay(principal, delayed.id, later, self.typed("reason"))

    def _from_outside(self, tx: Tx) -> None:
        """What browsers tell."""
        school, now = self.school, self.school.clock.now()
        for name in ("김하늘", "박서연", "정민호"):
            signin = school.people.roster.signin
            device, address = self.typed("browser", SHORT), self.typed("address", SHORT)
            signin.accounts.start_session(tx, school.id(name), device=device, address=address)
            passkey = Passkey(new_id(), school.id(name), "", 0, self.typed("passkey"), now, None)
            signin_store.add_passkey(tx, passkey)

    async def _joined(self, hub_url: str) -> None:
        """A school whose keys followed others, that the province let go while newer ones waited for its
        yes, with what that said."""
        federation = self.school.app[FEDERATION]
        await federation.rotate_keys()
        await self.school.db.write(lambda tx: self._member(tx, hub_url))
        await federation.rotate_keys()
        await self.school.db.write(self._let_go)

    def _member(self, tx: Tx, hub_url: str) -> None:
        now, hub = self.school.clock.now(), KeyPair.generate()
        ledger = self.school.app[FORMS]._ledger
        school = SchoolId("J107530101")
        attested = Attested(
            school_id=school,
            school_name=self.typed("school"),
            keys=ledger.signer(tx).public,
            issued_at=now,
            province=self.typed("province"),
        )
        grant = EnrolmentGrant(
            school_id=school,
            request="0" * 64,
            server_name=self.typed("server"),
            certificate_pem=_certificate(self.typed("server", SHORT)),
            hub=HubIdentity(
                name=self.typed("hub"),
                keys=hub.public,
                urls=(hub_url, self.typed("address")),
                tls_fingerprint="0" * 64,
            ),
            attestation=attest(hub, attested),
            epoch=self.typed("epoch"),
            issued_at=now,
        )
        federation_store.save_membership(tx, grant, now)
        ledger.attested(tx, grant.attestation)
        old = ledger.keys(tx)[0].signing
        ended = EndedKey(
            school_id=school,
            key=old,
            ended_at=now,
            ending=Ending.ROTATED,
            province=self.typed("province"),
        )
        ledger_store.save_ending(tx, old, attest_end(hub, ended))

    def _let_go(self, tx: Tx) -> None:
        now = self.school.clock.now()
        federation_store.set_rotation_error(tx, self.typed("error"))
        federation_store.set_standing(tx, "revoked", self.typed("reason"))
        federation_store.set_log(tx, 0, self.typed("refused"), None)
        federation_store.keep_unknown(tx, new_id(), "letter", self.typed("mail"), now)

    async def _asked_of_privacy(self) -> None:
        """What a mother and a teacher ask of the school about data, on paper as well; more time is
        taken, and they are given copies of everything."""
        school = self.school
        cases, copies = school.app[CASES], school.app[COPIES]
        officer = await school.asker(OFFICER)
        for name, about in (("김하늘", "이지우"), ("박서연", "박서연")):
            who, person = await school.asker(name), school.id(about)
            case = await cases.ask(who, CaseKind.CORRECT, person, self.typed("details"))
            await cases.extend(officer, case, 3, self.typed("reason"))
            await copies.ask(officer, case)
            await copies.make_waiting()
            await cases.release(officer, case)
            for address in (f"/privacy/cases/{case}", f"/privacy/requests/{case}"):
                self.addresses += [address, f"{address}/copy"]
        paper = await cases.enter_paper(
            officer, CaseKind.STOP, person, self.typed("requester", 80), self.typed("details")
        )
        self.addresses.append(f"/privacy/cases/{paper}")

    def _waiting(self, tx: Tx) -> None:
        """What the office brought of an administrator waits for one."""
        office, someone = load_asker(tx, self.school.id("오정숙")), self.school.id("정민호")
        contact = contact_value(
            self.typed("name"), self.typed("phone", SHORT), self.typed("email", SHORT)
        )
        outcome = self.school.people.roles.ask(tx, office, someone, PersonPart.CONTACT, contact)
        assert outcome is RequestOutcome.WAITS

    def _failing(self, tx: Tx) -> None:
        """What went wrong, in the words of who knows, and what is on record."""
        audit.record(
            tx,
            self.school.clock,
            audit.Actor(self.typed("actor"), self.typed("actor's name")),
            PeopleAct.ADD,
            self.typed("subject"),
            name=self.typed("name"),
        )
        (letter,) = tx.rows("SELECT id FROM notify_letter LIMIT 1")[0]
        (reader,) = tx.rows("SELECT id FROM people_person LIMIT 1")[0]
        mail_store.queue(tx, {reader: ("",)}, Topic(PUBLISHED, letter), 0)
        waiting = mail_store.waiting_mail(tx, self.school.clock.now(), 1)[0]
        mail_store.claim_mail(tx, waiting.id, self.typed("address"), 0)
        mail_store.mail_failed(tx, waiting.id, self.typed("error"), None, 0)
        tx.execute("UPDATE kit_job SET last_error = ?", (self.typed("error"),))
        tx.execute(
            "UPDATE kit_subscription SET last_error = ?, failures = 3", (self.typed("error"),)
        )
        # Somebody may have pressed “again” meanwhile, and it failed in other words.
        releases_store.point_to(tx, (ReleasePointer(kind="knowledge", version=7, size=9),))
        releases_store.tried(tx, "knowledge", self.typed("error"), self.school.clock.now() + HOUR)
        tx.execute("INSERT INTO kit_move (name, begun_at) VALUES ('planted', 0)")
        tx.execute(
            "UPDATE kit_move SET done_at = NULL, last_error = ?, failures = 3",
            (self.typed("error"),),
        )


def _certificate(name: str) -> str:
    """A certificate of this name, by itself."""
    key = Ed25519PrivateKey.generate()
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder().subject_name(named).issuer_name(named)
    builder = builder.public_key(key.public_key()).serial_number(1)
    begin = datetime(2026, 11, 1, tzinfo=UTC)
    builder = builder.not_valid_before(begin).not_valid_after(begin + timedelta(days=90))
    return builder.sign(key, None).public_bytes(Encoding.PEM).decode()
