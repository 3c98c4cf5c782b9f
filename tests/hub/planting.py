"""A province in which every field that an officer can type, or a school can send, holds markup.

Forms are sown by tests.walking; what takes more than one form or comes from a school is told here, and by
a slice beside its table of routes: `sow`.
"""

from collections.abc import Awaitable, Callable, Iterable

import msgspec

from hub.broadcasts.model import NoticeContent, Target
from hub.knowledge.model import DocumentContent
from hub.officers import store as officers_store
from hub.officers.model import Officer, Role
from hub.releases import store as releases_store
from hub.releases.model import Release, Step, Work
from hub.schools.model import NewInvitation, SchoolAct
from hub.sync import store as sync_store
from hub.sync.model import Change, Sign
from kit import audit
from kit.db import Tx
from kit.ids import new_id
from kit.signin import store as signin_store
from kit.signin.model import Passkey
from protocol.directory import DirectoryDelta, SchoolEntry, StaffEntry, share_digest, upsert
from protocol.heads import TreeHead, sign_head
from protocol.identity import SchoolId, SchoolKind
from protocol.message import decode, encode
from protocol.official import NoticeAck
from protocol.sync import (
    SYNC_PATH,
    Down,
    FailingJob,
    NodeState,
    ReleaseReport,
    ReleaseStep,
    Up,
)
from tests.hub.conftest import HANBIT, SAESOL, Province
from tests.hub.node_simulator import NodeSimulator
from tests.models import documents
from tests.planted import SHORT
from tests.walking import Numbers


class Planting:
    """Puts markup into a province with one school that has joined and one that is invited."""

    def __init__(self, province: Province, numbers: Numbers) -> None:
        self.province = province
        self._hub = province.hub
        self.numbers = numbers
        self._officer = Officer("o1", self.typed("officer"), Role.ADMINISTRATOR)
        self.addresses = [f"/api/v1/schools/{HANBIT}", "/api/v1/releases/model/7"]
        """Of what no page leads to by a link."""

    def typed(self, place: str, longest: int = 200) -> str:
        return self.numbers.planted(place, longest)

    async def sown(self, sowers: Iterable[Callable[["Planting"], Awaitable[None]]]) -> None:
        """What can be sown upon: officers, schools, notices, the handbook, releases, and what the slices
        sow themselves (tests.hub.tables)."""
        await self._hub.db.write(self._officers)
        node = await self._schools()
        notice = await self._writing()
        await self._told(node, notice)
        await self._hub.db.write(self._releases)
        for sow in sowers:
            await sow(self)

    async def reaped(self) -> None:
        """What stands at the end: a school that was stopped, and what fails."""
        await self._hub.standings.suspend(self._officer, HANBIT, self.typed("reason"))
        await self._hub.db.write(self._failing)

    def _officers(self, tx: Tx) -> None:
        now = self.province.clock.now()
        for (officer,) in tx.rows("SELECT officer_id FROM officers_officer"):
            name, account = self.typed("name"), str(officer)
            tx.execute("UPDATE officers_officer SET name = ? WHERE officer_id = ?", (name, account))
            device, address = self.typed("browser", SHORT), self.typed("address", SHORT)
            self._hub.signin.accounts.start_session(tx, account, device=device, address=address)
            passkey = Passkey(new_id(), account, "", 0, self.typed("passkey"), now, None)
            signin_store.add_passkey(tx, passkey)
        officers_store.add(tx, self._officer, now)

    async def _schools(self) -> NodeSimulator:
        name, district = self.typed("school", 100), self.typed("district", 100)
        for school in (HANBIT, SAESOL):
            wanted = NewInvitation(
                school_id=school, name=name, kind=SchoolKind.MIDDLE, district=district, days=7
            )
            invited = await self._hub.invitations.invite(self._officer, wanted)
            if school == HANBIT:
                node = NodeSimulator(HANBIT, name, SchoolKind.MIDDLE, self.province.clock)
                await node.join(invited.invitation)
        return node

    async def _writing(self) -> str:
        """A notice that was sent, one of whose drafts goes on, and an article of the handbook."""
        officer, drafts, broadcasts = self._officer, self._hub.drafts, self._hub.broadcasts
        content = NoticeContent(
            title=self.typed("title"),
            reference=self.typed("reference"),
            body=f"**{self.typed('body')}**",
            department=self.typed("department"),
            contact=self.typed("contact"),
        )
        notice = await drafts.save(officer, None, content, Target())
        await drafts.attach(officer, notice, self.typed("file") + ".png", documents.png())
        draft = await drafts.notice(officer, notice)
        await broadcasts.send(officer, notice, draft.updated_at)
        await drafts.save(officer, None, content, Target(districts=(self.typed("district"),)))
        article = DocumentContent(
            title=self.typed("title"),
            body=self.typed("body"),
            category=self.typed("category"),
            source=self.typed("source"),
        )
        document = await self._hub.knowledge.add(officer, article)
        changed = msgspec.structs.replace(article, body=self.typed("body"))
        await self._hub.knowledge.edit(officer, document, changed, 1)
        return notice

    async def _told(self, node: NodeSimulator, notice: str) -> None:
        """What a school sends up, and a past that it rewrites."""
        now = self.province.clock.now()
        school = SchoolEntry(
            id=SchoolId(HANBIT),
            name=self.typed("school"),
            school_kind=SchoolKind.MIDDLE,
            district=self.typed("district"),
            address=self.typed("address"),
            phone=self.typed("phone"),
            homepage=f"javascript:{self.typed('homepage')}",
        )
        staff = StaffEntry(
            id=new_id(),
            name=self.typed("name"),
            position=self.typed("position"),
            department=self.typed("department"),
            duty=self.typed("duty"),
            extension=self.typed("extension"),
        )
        entries = (upsert(1, school), upsert(2, staff))
        up = Up(
            sent_at=now,
            epoch=self.typed("epoch"),
            state=NodeState(
                version=self.typed("version"),
                started_at=1,
                disk_free=10**9,
                disk_total=10**11,
                failing_jobs=(
                    FailingJob(name=self.typed("job"), failed_at=now, error=self.typed("error")),
                ),
                counts={self.typed("count"): 3},
            ),
            directory=DirectoryDelta(
                epoch=self.typed("epoch"),
                from_seq=0,
                to_seq=2,
                digest=share_digest(one.hash or "" for one in entries),
                full=True,
                entries=entries,
            ),
            acks=(
                NoticeAck(
                    notice_id=notice,
                    revision=1,
                    received_at=now,
                    vetoed_at=now,
                    reason=self.typed("reason"),
                ),
            ),
            releases=(
                ReleaseReport(
                    kind="model", version=7, step=ReleaseStep.REFUSED, error=self.typed("error")
                ),
            ),
        )
        for root in ("1" * 64, "2" * 64):
            head = TreeHead(school_id=SchoolId(HANBIT), size=1, root=root, at=now)
            sent = msgspec.structs.replace(up, head=sign_head(node.keys, head))
            down = decode(await node.call("POST", SYNC_PATH, encode(sent)), Down)
        assert down.log_refused

    def _releases(self, tx: Tx) -> None:
        """One that was given to all and stopped, and one whose making failed."""
        now = self.province.clock.now()
        release = Release(
            kind="model",
            version=7,
            name=self.typed("name"),
            note=self.typed("note"),
            size=9,
            moved=9,
            origin_version=None,
            created_at=now,
            created_by_name=self.typed("name"),
            to_all_at=None,
            to_all_by_name="",
            stopped_at=None,
            stopped_by_name="",
            stop_reason="",
            withdrawn_at=None,
        )
        releases_store.add(tx, release, "o1")
        releases_store.set_to_all(tx, "model", 7, now, self.typed("name"))
        stopped = (self.typed("name"), self.typed("reason"))
        releases_store.set_stopped(tx, "model", 7, now, *stopped, withdrawn=False)
        work = Work(
            id=new_id(),
            kind="model",
            title=self.typed("title"),
            step=Step.FAILED,
            permille=0,
            error=self.typed("error"),
            version=None,
            started_at=now,
            changed_at=now,
            started_by_name=self.typed("name"),
        )
        releases_store.save_work(tx, work)

    def _failing(self, tx: Tx) -> None:
        """What went wrong, in the words of who knows, and what is on record."""
        audit.record(
            tx,
            self.province.clock,
            audit.Actor(self.typed("actor"), self.typed("actor's name")),
            SchoolAct.SUSPEND,
            self.typed("subject"),
            reason=self.typed("reason"),
        )
        changes = [Change(self.province.clock.now(), self.typed("epoch"), "192.0.2.1")]
        sync_store.add_alarm(tx, new_id(), HANBIT, Sign.EPOCHS, changes, changes[0].at)
        tx.execute(
            "INSERT INTO broadcasts_earlier (notice_id, school_id, seq, revision, received_at,"
            " addressees, read_count, reason) SELECT notice_id, ?, 0, 1, 1, 0, 0, ?"
            " FROM broadcasts_sent",
            (SAESOL, self.typed("reason")),
        )
        tx.execute("UPDATE kit_job SET last_error = ?", (self.typed("error"),))
        tx.execute(
            "UPDATE kit_subscription SET last_error = ?, failures = 3", (self.typed("error"),)
        )
        tx.execute("INSERT INTO kit_move (name, begun_at) VALUES ('planted', 0)")
        tx.execute(
            "UPDATE kit_move SET done_at = NULL, last_error = ?, failures = 3",
            (self.typed("error"),),
        )
