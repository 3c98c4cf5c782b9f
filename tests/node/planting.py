"""A school in which every field that somebody can type or bring holds markup.

Forms are sown by tests.walking, which sends each form of each page; what takes more than one form
(a letter with its answers, a notice with its hours) or comes from outside (the province, the
messenger, browsers, documents) is told here.
"""

import functools
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from markupsafe import escape

from kit import audit
from kit.clock import DAY, HOUR
from kit.db import Tx, encode
from kit.ids import new_id
from kit.signin import store as signin_store
from kit.signin.model import Passkey
from node.assistant import store as assistant_store
from node.assistant.model import Sentence, Source, TurnState
from node.drive.model import Right
from node.drive.web import DRIVE
from node.federation import store as federation_store
from node.federation.model import Conversation
from node.federation.service import Act
from node.federation.web import FEDERATION
from node.forms.model import (
    AfterCorrection,
    Field,
    FieldKind,
    FormDraft,
    LegalBasis,
    PrivacyBox,
    Signature,
    SignatureKind,
)
from node.forms.web import FORMS
from node.ledger import store as ledger_store
from node.messenger import store as messenger_store
from node.messenger.model import Post, Question, Room
from node.messenger.web import GATEWAYS
from node.newsletters.model import Content, Sort
from node.newsletters.web import NEWSLETTERS
from node.notify import ledger_store as reach_store
from node.notify import mail_store
from node.official.web import FILES, OFFICIAL
from node.people import imported
from node.people import store as people_store
from node.people.access import load_asker
from node.people.imported import Import, Portion, Progress
from node.people.lists import Fault, Kind, Row
from node.people.model import NewPerson, Part, StaffPost
from node.people.reading import Tally
from node.people.roles import Outcome
from node.people.waiting import contact_value
from node.privacy.case import CaseKind
from node.privacy.cases_web import CASES, COPIES
from node.releases import store as releases_store
from protocol.attestation import Attested, EndedKey, Ending, attest, attest_end
from protocol.directory import SchoolEntry, StaffEntry
from protocol.enrolment import EnrolmentGrant, HubIdentity
from protocol.identity import KeyPair, SchoolId, SchoolKind
from protocol.official import NoticeAttachment, NoticeAudience, OfficialNotice
from protocol.sync import MatrixServer, ReleasePointer
from tests.models import documents
from tests.node.conftest import GUARDIANS, STAFF, STUDENTS, School
from tests.node.looking import OFFICER, name_officer
from tests.planted import SHORT, planted
from tests.walking import Numbers


class Planting:
    """Puts markup into a school of the usual cast, whose people are known by their usual names."""

    def __init__(self, school: School, numbers: Numbers) -> None:
        self._school = school
        self._numbers = numbers
        client = f"https://app.example/?q={quote(planted(0), safe='')}"
        self.addresses = [f"/messenger/allow?redirectUrl={quote(client, safe='')}"]
        """Of what no page leads to by a link."""
        self._letter = ""  # one that families and its author read

    def _typed(self, place: str, longest: int = 200) -> str:
        return self._numbers.planted(place, longest)

    async def sown(self) -> None:
        """What can be sown upon: the people, and things in every state that forms are for."""
        await name_officer(self._school)
        await self._school.db.write(self._people)
        await self._letters()
        await self._notices()
        await self._drive()
        await self._school.db.write(self._from_outside)
        await self._school.settled()

    async def reaped(self, hub_url: str) -> None:
        """Again what has been decided on meanwhile, and what fails. The hub there refuses all."""
        await self._letters()
        await self._on_paper()
        await self._notices()
        await self._school.settled()
        await self._joined(hub_url)
        administrator = await self._school.asker("정민호")
        await self._school.app[GATEWAYS].add(administrator, "matrix.org")
        await self._asked_of_privacy()
        await self._school.db.write(self._waiting)
        await self._school.db.write(self._importing)
        await self._school.db.write(self._failing)

    # People ----------------------------------------------------------------------------------

    def _people(self, tx: Tx) -> None:
        """As the lists that a school imports bring them."""
        roster = self._school.people.roster
        people = [name for name, *_rest in STAFF + STUDENTS]
        for name in dict.fromkeys(people + [name for name, *_rest in GUARDIANS]):
            person = self._school.id(name)
            phone, email = self._typed("phone", SHORT), self._typed("email", SHORT)
            people_store.update_person(tx, person, self._typed("name"), phone, email)
            roster.person_changed(tx, person)
        for name, _position, _department, _roles in STAFF:
            post = StaffPost(
                self._typed("position"),
                self._typed("department"),
                self._typed("duty"),
                "2026-03-01",
                None,
            )
            roster.put_staff(tx, self._school.id(name), post)
        for name, child, _relation, may_sign in GUARDIANS:
            relation = self._typed("relation")
            roster.add_guardianship(
                tx, self._school.id(name), self._school.id(child), relation, may_sign=may_sign
            )
        group = roster.add_group(
            tx, self._typed("group"), self._typed("group kind"), self._school.people_ids.values()
        )
        assert group
        listed = NewPerson(name=self._typed("name"), import_key=self._typed("key"))
        newcomer = roster.add_staff(tx, listed, self._typed("position"), self._typed("department"))
        self.addresses.append(f"/welcome/{self._school.people.invitations.invite(tx, newcomer)[0]}")
        roster.families_changed(tx, "lists")

    def _importing(self, tx: Tx) -> None:
        """A list that is being taken over, some of whose lines no longer fitted."""
        fault = Fault(Kind.STAFF, 2, "이름", "‘%(value)s’", {"value": self._typed("cell")})
        progress = Progress(1, [Tally(Kind.STAFF)], [fault])
        office, name = self._school.id("오정숙"), self._typed("bringer")
        one = Import(new_id(), 2026, office, name, self._school.clock.now(), None, "", 2, progress)
        row = Row(3, {"key": self._typed("key"), "name": self._typed("name")})
        imported.add(tx, one, [encode(Portion(Kind.STAFF, [row]))])
        self.addresses.append(f"/admin/import/{one.id}")

    # Letters ---------------------------------------------------------------------------------

    def _form(self) -> FormDraft:
        kinds = (FieldKind.CHOICE, FieldKind.CHOICES, FieldKind.TEXT, FieldKind.LONG_TEXT)
        fields = [
            Field(
                id=f"f{at}",
                kind=kind,
                label=self._typed("question"),
                options=(self._typed("option"), self._typed("option")) if kind in kinds[:2] else (),
                help=self._typed("help"),
            )
            for at, kind in enumerate(kinds)
        ]
        box = PrivacyBox(*(self._typed(part) for part in ("purpose", "items", "kept", "refusal")))
        return FormDraft(
            fields=tuple(fields),
            legal_basis=LegalBasis.CONSENT,
            privacy=box,
            deadline_at=self._school.clock.now() + 2 * DAY,
        )

    def _content(self, *keys: str, form: str = "") -> Content:
        return Content(
            self._typed("title"),
            f"**{self._typed('body')}**\n\n| {self._typed('cell')} | a |\n|---|---|\n| 1 | 2 |",
            keys or (f"guardians/class:{self._school.class_id('3-2')}",),
            form,
            telephone=self._typed("telephone", SHORT),
        )

    def _wording(self) -> tuple[str, str, str]:
        return self._typed("title"), self._typed("body"), self._typed("reason")

    async def _letters(self) -> None:
        """One with a form that is answered and corrected, and one in every other state."""
        school = self._school
        desk = school.app[NEWSLETTERS].desk
        author, principal = await school.asker("박서연"), await school.asker("최은영")
        form = self._form()
        content = self._content(form=msgspec.json.encode(form).decode())
        letter = await desk.create(author, Sort.NEWSLETTER, content)
        for file in (*self._documents(), documents.png()):
            name = self._typed("file")
            await desk.attach(author, letter, school.app[NEWSLETTERS].keep(name, file))
        sent = await desk.send(author, letter)
        self.addresses.append(f"/api/v1/newsletters/{letter}")
        self._letter = letter
        await self._answered(str(sent.form_id), form)
        await desk.correct(author, letter, *self._wording(), form=AfterCorrection(True))
        await self._answered(str(sent.form_id), form)

        everybody = ("guardians", "students", "staff")
        returned = await desk.create(author, Sort.NEWSLETTER, self._content(*everybody))
        await desk.send(author, returned)
        await desk.send_back(principal, returned, self._typed("remark"))
        waiting = await desk.create(author, Sort.NEWSLETTER, self._content(*everybody))
        await desk.send(author, waiting)
        later = msgspec.structs.replace(
            self._content(*everybody), scheduled_at=school.clock.now() + DAY
        )
        scheduled = await desk.create(author, Sort.NEWSLETTER, later)
        await desk.send(author, scheduled)
        await desk.approve(principal, scheduled)
        proposed = await desk.create(author, Sort.NEWSLETTER, self._content(*everybody))
        await desk.send(author, proposed)
        await desk.approve(principal, proposed)
        await desk.correct(author, proposed, *self._wording())
        gone = await desk.create(author, Sort.NEWSLETTER, self._content())
        await desk.send(author, gone)
        await desk.withdraw(author, gone, self._typed("reason"))
        day = await desk.create(author, Sort.CLASS_NOTICE, self._content())
        await desk.send(author, day)

    def _documents(self) -> tuple[bytes, ...]:
        text = self._typed("text of a file")
        return text.encode(), f"<html><body><p>{text}</p></body></html>".encode()

    async def _answered(self, form_id: str, form: FormDraft) -> None:
        """As the guardian signs with the name that the school knows."""
        guardian = await self._school.asker("김하늘")
        await self._school.app[FORMS].sign(
            guardian,
            form_id,
            self._school.id("이지우"),
            self._values(form),
            Signature(SignatureKind.TYPED, guardian.name),
            submission=new_id(),
            agree=True,
        )

    async def _on_paper(self) -> None:
        """One whose slip comes back on paper, as the homeroom teacher enters it."""
        school, form = self._school, self._form()
        author, desk = await school.asker("박서연"), school.app[NEWSLETTERS].desk
        content = self._content(form=msgspec.json.encode(form).decode())
        sent = await desk.send(author, await desk.create(author, Sort.NEWSLETTER, content))
        student, guardian = school.id("이지우"), school.id("김하늘")
        await school.app[FORMS].enter_paper(
            author, str(sent.form_id), student, guardian, self._values(form)
        )

    def _values(self, form: FormDraft) -> dict[str, list[str]]:
        return {
            one.id: [one.options[0]] if one.options else [self._typed("answer")]
            for one in form.fields
        }

    # The province ----------------------------------------------------------------------------

    def _notice(self, audience: NoticeAudience) -> OfficialNotice:
        blobs = self._school.app[FILES].blobs
        files = [
            NoticeAttachment(
                name=self._typed("file") + ".html",
                media_type="text/html",
                size=len(content),
                sha256=blobs.put(content),
            )
            for content in (*self._documents(), documents.png())
        ]
        return OfficialNotice(
            id=new_id(),
            reference=self._typed("reference"),
            title=self._typed("title"),
            body_markdown=self._typed("body"),
            audience=audience,
            issued_at=self._school.clock.now(),
            department=self._typed("department"),
            contact=self._typed("contact"),
            attachments=tuple(files),
        )

    async def _notices(self) -> None:
        """For staff, answered; for guardians: landed, held back, put off."""
        school = self._school
        official, principal = school.app[OFFICIAL], await school.asker("최은영")
        staff = self._notice(NoticeAudience.STAFF)
        landed, vetoed, delayed = (self._notice(NoticeAudience.GUARDIANS) for _ in range(3))
        for notice in (staff, landed, vetoed, delayed):
            await school.db.write(functools.partial(official.receive, notice=notice))
        await official.acknowledge(principal, staff.id)
        await official.answer(principal, staff.id, self._typed("answer"))
        await official.release(principal, landed.id)
        await official.veto(principal, vetoed.id, self._typed("reason"))
        later = school.clock.now() + 3 * DAY
        await official.delay(principal, delayed.id, later, self._typed("reason"))

    def _from_outside(self, tx: Tx) -> None:
        """What browsers, the province, the messenger and failing parts tell."""
        school, now = self._school, self._school.clock.now()
        for name in ("김하늘", "박서연", "정민호"):
            signin = school.people.roster.signin
            device, address = self._typed("browser", SHORT), self._typed("address", SHORT)
            signin.start_session(tx, school.id(name), device=device, address=address)
            passkey = Passkey(new_id(), school.id(name), "", 0, self._typed("passkey"), now, None)
            signin_store.add_passkey(tx, passkey)
        self._messenger(tx)
        self._assistant(tx)
        self._directory(tx)
        releases_store.point_to(tx, (ReleasePointer(kind="knowledge", version=7, size=9),))
        releases_store.tried(tx, "knowledge", self._typed("error"), now + HOUR)
        releases_store.begin(tx, "model", 7, self._typed("name"), 9, now)
        releases_store.set_step(tx, "model", 7, "refused", now, self._typed("error"))

    async def _joined(self, hub_url: str) -> None:
        """A school whose keys followed others, that the province let go while newer ones waited for its
        yes, with what that said."""
        federation = self._school.app[FEDERATION]
        await federation.rotate_keys()
        await self._school.db.write(lambda tx: self._member(tx, hub_url))
        await federation.rotate_keys()
        await self._school.db.write(self._let_go)

    def _member(self, tx: Tx, hub_url: str) -> None:
        now, hub = self._school.clock.now(), KeyPair.generate()
        ledger = self._school.app[FORMS]._ledger
        school = SchoolId("J107530101")
        attested = Attested(
            school_id=school,
            school_name=self._typed("school"),
            keys=ledger.signer(tx).public,
            issued_at=now,
            province=self._typed("province"),
        )
        grant = EnrolmentGrant(
            school_id=school,
            request="0" * 64,
            server_name=self._typed("server"),
            certificate_pem=_certificate(self._typed("server", SHORT)),
            hub=HubIdentity(
                name=self._typed("hub"),
                keys=hub.public,
                urls=(hub_url, self._typed("address")),
                tls_fingerprint="0" * 64,
            ),
            attestation=attest(hub, attested),
            epoch=self._typed("epoch"),
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
            province=self._typed("province"),
        )
        ledger_store.save_ending(tx, old, attest_end(hub, ended))

    def _let_go(self, tx: Tx) -> None:
        now = self._school.clock.now()
        federation_store.set_rotation_error(tx, self._typed("error"))
        federation_store.set_standing(tx, "revoked", self._typed("reason"))
        federation_store.set_log(tx, 0, self._typed("refused"), None)
        federation_store.keep_unknown(tx, new_id(), "letter", self._typed("mail"), now)

    async def _asked_of_privacy(self) -> None:
        """What a mother and a teacher ask of the school about data, on paper as well; more time is
        taken, and they are given copies of everything."""
        school = self._school
        cases, copies = school.app[CASES], school.app[COPIES]
        officer = await school.asker(OFFICER)
        for name, about in (("김하늘", "이지우"), ("박서연", "박서연")):
            who, person = await school.asker(name), school.id(about)
            case = await cases.ask(who, CaseKind.CORRECT, person, self._typed("details"))
            await cases.extend(officer, case, 3, self._typed("reason"))
            await copies.ask(officer, case)
            await copies.make_waiting()
            await cases.release(officer, case)
            for address in (f"/privacy/cases/{case}", f"/privacy/requests/{case}"):
                self.addresses += [address, f"{address}/copy"]
        paper = await cases.enter_paper(
            officer, CaseKind.STOP, person, self._typed("requester", 80), self._typed("details")
        )
        self.addresses.append(f"/privacy/cases/{paper}")

    def _waiting(self, tx: Tx) -> None:
        """What the office brought of an administrator waits for one."""
        office, someone = load_asker(tx, self._school.id("오정숙")), self._school.id("정민호")
        contact = contact_value(
            self._typed("name"), self._typed("phone", SHORT), self._typed("email", SHORT)
        )
        outcome = self._school.people.roles.ask(tx, office, someone, Part.CONTACT, contact)
        assert outcome is Outcome.WAITS

    def _failing(self, tx: Tx) -> None:
        """What went wrong, in the words of who knows, and what is on record."""
        audit.record(
            tx,
            self._school.clock,
            actor=self._typed("actor"),
            actor_name=self._typed("actor's name"),
            action=Act.JOIN,
            subject=self._typed("subject"),
            detail={self._typed("key"): self._typed("value")},
        )
        (letter,) = tx.rows("SELECT id FROM notify_letter LIMIT 1")[0]
        mail_store.queue_letter(tx, letter, reach_store.addressed(tx, letter), 0)
        waiting = mail_store.waiting_mail(tx, self._school.clock.now(), 1)[0]
        mail_store.claim_mail(tx, waiting.id, self._typed("address"), 0)
        mail_store.mail_failed(tx, waiting.id, self._typed("error"), None, 0)
        tx.execute("UPDATE kit_job SET last_error = ?", (self._typed("error"),))
        tx.execute(
            "UPDATE kit_subscription SET last_error = ?, failures = 3", (self._typed("error"),)
        )
        tx.execute("INSERT INTO kit_move (name, begun_at) VALUES ('planted', 0)")
        tx.execute(
            "UPDATE kit_move SET done_at = NULL, last_error = ?, failures = 3",
            (self._typed("error"),),
        )

    def _directory(self, tx: Tx) -> None:
        """What other schools of the province share."""
        school = SchoolEntry(
            id=SchoolId("J107530202"),
            name=self._typed("school"),
            school_kind=SchoolKind.MIDDLE,
            district=self._typed("district"),
            address=self._typed("address"),
            phone=self._typed("phone"),
            homepage=f"javascript:{self._typed('homepage')}",
            matrix_server=self._typed("server"),
        )
        staff = StaffEntry(
            id=new_id(),
            name=self._typed("name"),
            position=self._typed("position"),
            department=self._typed("department"),
            duty=self._typed("duty"),
            matrix_id=self._typed("matrix id"),
            extension=self._typed("extension"),
        )
        for entry in (school, staff):
            federation_store.keep_entry(tx, "J107530202", entry)
        federation_store.change_share(tx, staff.id, staff, "0" * 64)
        state = Conversation(failures=3, last_error=self._typed("error"))
        federation_store.save_conversation(tx, state)

    def _messenger(self, tx: Tx) -> None:
        """Accounts as Synapse was told of them; the conversations are in test_messenger_portal."""
        now = self._school.clock.now()
        for name in ("한지민", "정민호"):
            person = self._school.id(name)
            tx.execute(
                "INSERT INTO messenger_account (person_id, localpart, made_at, locked_by, told)"
                " VALUES (?, ?, 0, ?, ?)",
                (person, f"person{new_id()}", self._typed("name"), self._typed("told")),
            )
            messenger_store.add_app_password(
                tx, new_id(), person, self._typed("app password"), new_id(), now
            )
        for key in ("staff", "department:" + self._typed("department")):
            room = Room(key, new_id(), self._typed("room"))
            messenger_store.save_room(tx, room)
        post = Post(new_id(), room.key, self._typed("post"), escape(self._typed("post")))
        messenger_store.add_post(tx, post, now)
        asked = Question(
            new_id(), self._typed("room id"), self._typed("sender"), self._typed("text")
        )
        messenger_store.add_questions(tx, [asked], now)
        server = self._typed("server")
        other = MatrixServer(
            school_id=SchoolId("J107530202"), server_name=server, address=self._typed("server")
        )
        messenger_store.replace_servers(tx, [other])
        messenger_store.meet(tx, [server])
        messenger_store.set_own(tx, self._typed("server"), self._typed("address"))
        messenger_store.remember_device(tx, person, self._typed("device"), new_id())

    def _assistant(self, tx: Tx) -> None:
        """A question that was answered, and handed to the office, which has replied."""
        now, letter = self._school.clock.now(), f"/newsletters/{self._letter}"
        for name in ("김하늘", "박서연"):
            person, turn = self._school.id(name), new_id()
            question = self._typed("question")
            sources = [
                Source(
                    number, self._typed("title"), kind, self._typed("note"), href, "school",
                    self._typed("text"),
                )
                for number, kind, href in ((1, "newsletter", letter), (2, "knowledge", ""))
            ]  # fmt: skip
            self.addresses += [f"/assistant/{turn}/sources/2", f"/assistant/{turn}/stream"]
            assistant_store.add_turn(tx, turn, person, question, now)
            assistant_store.finish_turn(
                tx, turn, TurnState.DONE, now,
                outcome="extracted",
                sentences=(Sentence(self._typed("sentence"), 1),),
                sources=tuple(sources),
                note=self._typed("note"),
            )  # fmt: skip
            assistant_store.hand_over(
                tx, turn, person, self._typed("name"), self._typed("label"), question, now
            )
            if name == "김하늘":
                by = self._typed("replied by")
                assistant_store.reply(tx, turn, self._typed("reply"), by, now)

    # The drive -------------------------------------------------------------------------------

    async def _drive(self) -> None:
        """A folder and files with what names may hold, shared, and one in the trash."""
        school = self._school
        drive, owner = school.app[DRIVE], await school.asker("박서연")
        area = (await drive.areas(owner))[0].id
        folder = await drive.create_folder(owner, area, self._numbers.named("folder"))
        self.addresses.append(f"/api/v1/drive/items/{folder.id}/children")
        for content in (*self._documents(), documents.png()):
            name = self._numbers.named("file")
            file = await drive.uploads.take(owner, folder.id, name, _chunks(content))
            api = f"/api/v1/drive/items/{file}"
            self.addresses += [api, f"{api}/content"]
            await drive.sharing.give(owner, file, "staff", Right.VIEW)
        trashed = await drive.uploads.take(
            owner, folder.id, self._numbers.named("trash"), _chunks(b"x")
        )
        await drive.trash(owner, [trashed])
        await drive.reading.work()


def _certificate(name: str) -> str:
    """A certificate of this name, by itself."""
    key = Ed25519PrivateKey.generate()
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder().subject_name(named).issuer_name(named)
    builder = builder.public_key(key.public_key()).serial_number(1)
    begin = datetime(2026, 11, 1, tzinfo=UTC)
    builder = builder.not_valid_before(begin).not_valid_after(begin + timedelta(days=90))
    return builder.sign(key, None).public_bytes(Encoding.PEM).decode()


async def _chunks(content: bytes) -> AsyncIterator[bytes]:
    yield content
