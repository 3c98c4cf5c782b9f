"""A school without its web: the services of letters over a real database, and a small cast.

이하늘 (guardian of 이새봄 in 3-2 and 이가람 in 5-1), 최도윤 (guardian of 최지우 in 3-1), 박선아
(homeroom teacher of 3-2), 정우진 (head of grade 5), 한지민 (principal), 오세라 (office).
"""

from pathlib import Path

from kit.blobs import Blobs
from kit.clock import ManualClock
from kit.db import Database, SQLite, Tx
from kit.moves import Moves
from kit.outbox import Outbox
from kit.schema import migrate
from kit.signin.service import SignIn
from node.forms.service import Forms
from node.keys import Keyring, make_keys
from node.ledger.service import Ledger
from node.newsletters import jobs as newsletters_jobs
from node.newsletters.model import Content, Letter, Sort
from node.newsletters.service import Newsletters
from node.official.service import Official
from node.people.access import load_asker
from node.people.model import Asker
from node.people.service import People
from node.search import jobs as search_jobs
from node.search.service import Search
from protocol.identity import SchoolId

SCHOOL_ID = SchoolId("J107530101")
SCHOOL_NAME = "한빛초등학교"
STAFF = {
    "park": ("박선아", "담임교사", "3학년부", "teacher"),
    "kim": ("김다온", "담임교사", "3학년부", "teacher"),
    "jung": ("정우진", "학년부장", "5학년부", "head"),
    "han": ("한지민", "교장", "교무실", "principal"),
    "oh": ("오세라", "주무관", "행정실", "office"),
}
CLASSES = {"c31": (3, 1, "kim"), "c32": (3, 2, "park"), "c51": (5, 1, "jung")}
STUDENTS = {"saebom": ("이새봄", "c32"), "garam": ("이가람", "c51"), "jiwoo": ("최지우", "c31")}
GUARDIANS = {"haneul": ("이하늘", ("saebom", "garam")), "doyun": ("최도윤", ("jiwoo",))}
ALL_3_2 = ("guardians/class:c32",)


class Village:
    """Everything a test of letters needs, opened by `open()`."""

    def __init__(self, folder: Path, clock: ManualClock) -> None:
        self.clock = clock
        self._keys = folder / "keys"
        make_keys(self._keys)
        self.db = Database(SQLite(folder / "village.sqlite3"))
        self.blobs = Blobs(folder / "blobs")
        self.outbox = Outbox(self.db, clock)
        self.moves = Moves(self.db, clock)

    async def open(self) -> None:
        await self.db.open()
        packages = ["kit", "kit.signin", "node.people", "node.ledger", "node.forms"]
        packages += ["node.newsletters", "node.official", "node.drive", "node.search"]
        await migrate(self.db, packages, self.clock, 1, 1)
        await self.db.write(self._settle)
        self.newsletters = Newsletters(self.db, self.clock, self.blobs, self._forms())
        self.official = Official(self.db, self.clock, self.newsletters)
        self.search = Search(self.db, self.clock)
        self.outbox.subscribe("search", search_jobs.subscriptions(self.search))
        newsletters_jobs.move(self.moves)
        await self.moves.drained()
        await self.outbox.start()

    def _forms(self) -> Forms:
        keyring = Keyring(self._keys)
        signin = SignIn(self.db, self.clock, public_url="http://localhost", site_name=SCHOOL_NAME)
        people = People(
            self.db, self.clock, signin, keyring.invitation_secret(), "http://localhost"
        )
        ledger = Ledger(self.db, self.clock, keyring, SCHOOL_ID)
        return Forms(
            self.db,
            self.clock,
            self.blobs,
            ledger,
            people,
            school_id=SCHOOL_ID,
            school_name=SCHOOL_NAME,
        )

    async def close(self) -> None:
        await self.outbox.stop()
        await self.db.close()

    @staticmethod
    def _settle(tx: Tx) -> None:
        def person(key: str, name: str) -> None:
            tx.execute(
                "INSERT INTO people_person (id, name, created_at) VALUES (?, ?, 0)", (key, name)
            )

        tx.execute("INSERT INTO people_year (year, is_current) VALUES (2026, 1)")
        for key, (name, position, department, role) in STAFF.items():
            person(key, name)
            tx.execute(
                "INSERT INTO people_staff (person_id, position, department, since_on)"
                " VALUES (?, ?, ?, '2026-03-01')",
                (key, position, department),
            )
            tx.execute("INSERT INTO people_role (person_id, role) VALUES (?, ?)", (key, role))
        for class_id, (grade, number, teacher) in CLASSES.items():
            tx.execute(
                "INSERT INTO people_class (id, year, grade, number, homeroom_id)"
                " VALUES (?, 2026, ?, ?, ?)",
                (class_id, grade, number, teacher),
            )
        for key, (name, class_id) in STUDENTS.items():
            person(key, name)
            tx.execute(
                "INSERT INTO people_enrolment (student_id, class_id, number, from_on)"
                " VALUES (?, ?, 1, '2026-03-01')",
                (key, class_id),
            )
        for key, (name, children) in GUARDIANS.items():
            person(key, name)
            for child in children:
                tx.execute(
                    "INSERT INTO people_guardianship (guardian_id, student_id, relation)"
                    " VALUES (?, ?, '어머니')",
                    (key, child),
                )

    async def asker(self, key: str) -> Asker:
        """The asker of one of the cast, as they are now."""
        return await self.db.read(lambda tx: load_asker(tx, key))

    async def sent(
        self,
        author: str,
        title: str,
        body: str = "내용입니다.",
        keys: tuple[str, ...] = ALL_3_2,
        kind: Sort = Sort.NEWSLETTER,
    ) -> Letter:
        """A letter written and sent on its way by a member of staff."""
        asker = await self.asker(author)
        draft = await self.newsletters.desk.create(asker, kind, Content(title, body, keys))
        return await self.newsletters.desk.send(asker, draft)

    async def titles(self, reader: str) -> list[str]:
        """What a reader finds in their list."""
        from node.newsletters.service import Filter

        found = await self.newsletters.listing(await self.asker(reader), Filter())
        return [line.title for line in found.lines]

    async def sql(self, query: str, *params: str | int) -> list[tuple[object, ...]]:
        """What is in the database, whatever the services say."""
        return await self.db.read(lambda tx: tx.rows(query, params))
