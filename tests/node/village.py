"""A school without its web: the services of letters over a real database, and a small cast.

이하늘 (guardian of 이새봄 in 3-2 and 이가람 in 5-1), 최도윤 (guardian of 최지우 in 3-1), 박선아
(homeroom teacher of 3-2), 정우진 (head of grade 5), 한지민 (principal), 오세라 (office).
"""

import contextlib
from pathlib import Path

from kit.clock import ManualClock
from kit.db import Tx
from kit.slice import Joined
from kit.web.assembly import Assembly
from node.approval import slice as approval_slice
from node.calendar import slice as calendar_slice
from node.config import NodeConfig
from node.drive import slice as drive_slice
from node.files import slice as files_slice
from node.files.model import Attachment, Preview
from node.forms import slice as forms_slice
from node.ground import Ground
from node.ledger import slice as ledger_slice
from node.newsletters import slice as newsletters_slice
from node.newsletters.model import Content, Letter, Sort
from node.notices import slice as notices_slice
from node.notify import slice as notify_slice
from node.official import slice as official_slice
from node.people import slice as people_slice
from node.people.access import load_asker
from node.people.model import Asker
from node.questions import slice as questions_slice
from node.search import slice as search_slice
from node.slice import Slice
from tests.node.conftest import school_config

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

    def __init__(self, folder: Path, clock: ManualClock, config: NodeConfig | None = None) -> None:
        """`config`: of a village that was there before."""
        self.clock = clock
        self.config = config or school_config(folder)
        self._is_new = config is None
        ground = Ground(self.config, clock)
        self.db = ground.db
        self.database = ground.config.database
        self.blobs = ground.blobs
        self.outbox = ground.outbox
        self.moves = ground.moves
        joined: Joined[Slice] = Joined()
        people = joined.take(people_slice.join(ground))
        ledger = joined.take(ledger_slice.join(ground))
        notices = joined.take(notices_slice.join(ground, joined.slices))
        questions = joined.take(questions_slice.join(ground))
        calendar = joined.take(calendar_slice.join(ground, joined.slices))
        self.approval = joined.take(approval_slice.join(ground, notices, joined.slices))
        self.files = joined.take(files_slice.join(ground, joined.slices))
        forms = joined.take(
            forms_slice.join(ground, people, ledger, questions, notices, self.files)
        )
        self.newsletters = joined.take(
            newsletters_slice.join(ground, calendar, self.files, self.approval, forms)
        )
        self.official = joined.take(official_slice.join(ground, self.files, self.newsletters))
        joined.take(drive_slice.join(ground, notices))
        self.search = joined.take(search_slice.join(ground, joined.slices))
        joined.take(notify_slice.join(ground, self.newsletters, notices))
        self._open = contextlib.AsyncExitStack()
        self._assembly = Assembly(ground, joined.slices)
        self.packages = self._assembly.packages

    async def open(self) -> None:
        await self._open.enter_async_context(self._assembly.opened())
        if self._is_new:
            await self.db.write(self._settle)
        await self.moves.drained()
        await self.outbox.start()
        self._open.push_async_callback(self.outbox.stop)

    async def close(self) -> None:
        await self._open.aclose()

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

    async def look(self, reader: Asker, attachment_id: str) -> tuple[Attachment, Preview]:
        """A letter's file with what the reader sees of it."""
        found = await self.newsletters.attachment(reader, attachment_id)
        return found, await self.files.preview(found)

    async def look_at_notice(
        self, reader: Asker, notice_id: str, position: int
    ) -> tuple[Attachment, Preview]:
        """A notice's file with what the reader sees of it."""
        found = await self.official.file(reader, notice_id, position)
        return found, await self.files.preview(found)

    async def titles(self, reader: str) -> list[str]:
        """What a reader finds in their list."""
        from node.newsletters.service import Filter

        found = await self.newsletters.listing(await self.asker(reader), Filter())
        return [line.title for line in found.lines]

    async def sql(self, query: str, *params: str | int) -> list[tuple[object, ...]]:
        """What is in the database, whatever the services say."""
        return await self.db.read(lambda tx: tx.rows(query, params))
