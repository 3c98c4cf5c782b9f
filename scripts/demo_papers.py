"""Hands the demo's papers in, as their families did, and decides on them as the staff did."""

import io
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from msgspec.structs import replace
from PIL import Image, ImageDraw

from kit.clock import HOUR, ManualClock, from_datetime
from kit.db import Database
from node.approval.line import Verdict
from node.files.model import File
from node.people.model import Asker
from node.submissions.model import KIND, PaperInput
from node.submissions.service import Submissions
from scripts.demo_content.answers import NOW
from scripts.demo_content.model import SchoolContent
from scripts.demo_content.papers import LIMITS, PAPERS, PaperText

AskerOf = Callable[[str], Awaitable[Asker]]


class PapersLoad:
    """One school's papers on their way into its node. `people`: import key → person id; `picture`: what
    is attached to reports."""

    def __init__(
        self,
        db: Database,
        submissions: Submissions,
        clock: ManualClock,
        asker_of: AskerOf,
        people: Mapping[str, str],
        content: SchoolContent,
        picture: File,
    ) -> None:
        self._db = db
        self._submissions = submissions
        self._clock = clock
        self._asker_of = asker_of
        self._people = people
        self._content = content
        self._picture = picture
        self._keys = {person: key for key, person in people.items()}
        self._taken: set[str] = set()

    async def load(self, administrator: str) -> int:
        """All papers in the order in which they were sent; how many."""
        slug = self._content.slug
        await self._set_limits(administrator, LIMITS[slug])
        self._taken = {
            one.key
            for one in self._content.students
            if one.name in {text.child for text in PAPERS[slug]}
        }
        texts = sorted(PAPERS[slug], key=lambda text: text.sent)
        for text in texts:
            await self._hand_in(text)
        self._clock.at = NOW
        await self._submissions.reminding.run()
        return len(texts)

    async def _set_limits(self, administrator: str, limits: dict[str, int | bool]) -> None:
        asker = await self._asker_of(administrator)
        row = await self._submissions.types.one(asker, "off-campus")
        if limits and row.type.period is not None:
            period = replace(row.type.period, **limits)
            await self._submissions.types.save(asker, row.id, replace(row.type, period=period))

    async def _hand_in(self, text: PaperText) -> None:
        student = self._student(text)
        guardian, *others = self._signers(student)
        at = self._clock.at = from_datetime(datetime.fromisoformat(text.sent))
        asker = await self._asker_of(guardian)
        child = "" if text.unmatched else self._people[student]
        paper = await self._submissions.writing.begin(asker, text.kind, child, text.unmatched)
        await self._send(asker, paper, text.values, text)
        if text.refused:
            self._clock.at = at + 2 * HOUR
            other = await self._asker_of(others[0])
            await self._submissions.receiving.answer(other, paper, agrees=False, word=text.refused)
        await self._decide(paper, text.decided)
        if text.report:
            self._clock.at = from_datetime(datetime.fromisoformat(f"{text.days[1]} 20:00"))
            report = await self._submissions.writing.begin_report(asker, paper)
            await self._submissions.writing.attach(asker, report, self._picture)
            await self._send(asker, report, text.report, text)
            await self._decide(report, ("approve",))

    async def _send(
        self, asker: Asker, paper: str, values: Mapping[str, str], text: PaperText
    ) -> None:
        given = {field: [value] for field, value in values.items()}
        typed = PaperInput(given, *text.days, text.half)
        await self._submissions.writing.send(asker, paper, typed)

    async def _decide(self, paper: str, decided: tuple[str, ...]) -> None:
        """Each who holds it, some hours after another, until nobody does."""
        for word in decided:
            holder = await self._db.read(
                lambda tx: tx.value(
                    "SELECT holder_id FROM approval_v_held WHERE kind = ? AND id = ?", (KIND, paper)
                )
            )
            if holder is None:
                return
            self._clock.at = min(self._clock.at + 3 * HOUR, NOW)
            asker = await self._asker_of(self._keys[holder])
            verdict = Verdict.APPROVE if word == "approve" else Verdict.RETURN
            said = "" if verdict is Verdict.APPROVE else word
            await self._submissions.deciding.decide(asker, paper, verdict, said)

    def _student(self, text: PaperText) -> str:
        """The child of the text, or the next of the room whose guardian signs here."""
        for one in self._content.students:
            if text.child and one.name == text.child and one.class_id == text.room:
                return one.key
            is_free = one.class_id == text.room and one.key not in self._taken
            if not text.child and is_free and self._signers(one.key):
                self._taken.add(one.key)
                return one.key
        raise LookupError(f"nobody hands in {text.kind} in {text.room}")

    def _signers(self, student: str) -> list[str]:
        """The child's guardians who sign here, by their keys."""
        logins = {one.key for one in self._content.guardians if one.login}
        return [
            tie.guardian
            for tie in self._content.ties
            if tie.student == student and tie.may_sign and tie.may_read and tie.guardian in logins
        ]


def drawing() -> bytes:
    """What a child drew of the sea, as a PNG."""
    picture = Image.new("RGB", (800, 600), "#bfe3f7")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 330, 800, 470), fill="#2f7fb8")
    pen.rectangle((0, 470, 800, 600), fill="#ecd9a6")
    pen.ellipse((600, 60, 720, 180), fill="#f6b73c")
    pen.polygon((180, 400, 340, 400, 310, 440, 210, 440), fill="#8a4b2a")
    pen.polygon((258, 250, 258, 390, 360, 390), fill="#ffffff")
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
