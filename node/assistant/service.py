"""Ask, follow the answer, rate it, take it back.

turn = await assistant.ask(asker, "교외체험학습은 며칠까지 되나요?")
async for answer in assistant.follow(asker, turn): ...
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator

import msgspec

from kit.clock import DAY, Clock
from kit.db import Database, Tx
from kit.held import Held
from kit.i18n import _
from kit.ids import new_id
from kit.problem import Invalid, NotFound, TooMany
from models.client import WorkerFailed, WorkerGone
from models.messages import Answered, AnyAnswer, Ask, Sources
from models.passages import Passage, Rights
from node.assistant import store
from node.assistant.about import about
from node.assistant.adoption import Adoption
from node.assistant.line import WorkerLine
from node.assistant.model import (
    LONGEST_QUESTION,
    AssistantAway,
    AssistantStanding,
    Turn,
    TurnState,
    used,
)
from node.assistant.shown import readable, shown
from node.people.access import of_now, require_role, rights_now
from node.people.model import Asker, Role
from node.search.model import SearchChanged
from node.search.service import Search

log = logging.getLogger(__name__)

SHOWN = 20
EVERY = 100_000
AT_ONCE = 2  # questions of one person under way
KEPT = 90 * DAY


class AnswerUnderWay:
    """An answer on its way, for whoever follows it."""

    def __init__(self, person_id: str, task: "asyncio.Task[None] | None" = None) -> None:
        self.person_id = person_id
        self.task = task
        self.heard: list[AnyAnswer] = []
        self.ended = False
        self._more = asyncio.Condition()

    async def add(self, answer: AnyAnswer | None) -> None:
        """One more answer; None: it has ended."""
        async with self._more:
            if answer is None:
                self.ended = True
            else:
                self.heard.append(answer)
            self._more.notify_all()

    async def follow(self) -> AsyncGenerator[AnyAnswer, None]:
        """Every answer from the first to the last."""
        at = 0
        while True:
            async with self._more:
                while len(self.heard) <= at and not self.ended:
                    await self._more.wait()
                fresh = self.heard[at:]
            for answer in fresh:
                yield answer
            at += len(fresh)
            if self.ended and at == len(self.heard):
                return


class Assistant:
    """The slice's face. `line` None: this school runs without an assistant."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        search: Search,
        line: WorkerLine | None,
        adoption: Adoption | None = None,
    ) -> None:
        """`adoption`: what takes releases into use; None: there are none to come."""
        self.adoption = adoption
        self._db = db
        self._clock = clock
        self._search = search
        self._line = line
        self._answering: dict[str, AnswerUnderWay] = {}

    @property
    def is_on(self) -> bool:
        return self._line is not None

    @property
    def is_behind(self) -> bool:
        """Whether it answers from a part of what there is: from what is newest and most read."""
        return self._line is not None and self._line.is_behind

    @property
    def only_quotes(self) -> bool:
        """Whether it has no model that writes: there is none, or not yet."""
        return self._line is not None and not self._line.writes

    async def start(self) -> None:
        now = self._clock.now()
        await self._db.write(lambda tx: store.fail_open_turns(tx, now))
        if self._line is not None:
            await self._line.start()
        if self.adoption is not None:
            await self.adoption.start()

    async def stop(self) -> None:
        if self.adoption is not None:
            await self.adoption.stop()
        tasks = [one.task for one in self._answering.values() if one.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._line is not None:
            await self._line.stop()

    # Asking -------------------------------------------------------------------------------------

    async def ask(self, asker: Asker, question: str) -> str:
        """Begin to answer; the turn's id. Raises Invalid, TooMany, AssistantAway."""
        question = " ".join(question.split())
        if not 2 <= len(question) <= LONGEST_QUESTION:
            raise Invalid({"question": _("2자 이상 300자 이하로 입력해 주세요.")})
        if sum(one.person_id == asker.id for one in self._answering.values()) >= AT_ONCE:
            raise TooMany(seconds=10)
        self._open_line().client()
        turn_id, now = new_id(), self._clock.now()

        def begun(tx: Tx, asker: Asker) -> None:
            store.add_turn(tx, turn_id, asker.id, question, now)

        answering = self._answering[turn_id] = AnswerUnderWay(asker.id)
        try:
            await self._db.write(of_now(asker, begun))
        except BaseException:
            del self._answering[turn_id]
            raise
        work = self._answer(turn_id, asker, question, answering)
        answering.task = asyncio.create_task(work, name=f"answer:{turn_id}")
        return turn_id

    def _open_line(self) -> WorkerLine:
        if self._line is None:
            raise NotFound()
        return self._line

    async def _answer(
        self, turn_id: str, asker: Asker, question: str, answering: AnswerUnderWay
    ) -> None:
        """Carry the worker's answers to the followers, then keep what stands."""
        request = Ask(
            id=turn_id,
            asker=asker.id,
            question=question,
            rights=rights_of(asker),
            now=self._clock.now(),
        )
        state, end, note = TurnState.FAILED, None, ""
        passages: tuple[Passage, ...] = ()
        try:
            async with contextlib.aclosing(self._open_line().client().stream(request)) as answers:
                async for answer in answers:
                    if isinstance(answer, Sources):
                        passages = answer.passages
                    if not await self._may_read(asker, passages):
                        note = "changed"
                        break
                    await answering.add(answer)
                    if isinstance(answer, Answered):
                        state, end = TurnState.DONE, answer
        except (AssistantAway, WorkerGone) as error:
            log.warning("an answer was lost", extra={"reason": str(error)})
            note = "away"
        except WorkerFailed as error:
            log.warning("no answer", extra={"code": error.code, "reason": str(error)})
            note = error.code
        except asyncio.CancelledError:
            state = TurnState.CANCELLED
        try:
            await self._keep(turn_id, state, end, passages, note)
        finally:
            self._answering.pop(turn_id, None)
            await answering.add(None)

    async def _may_read(self, asker: Asker, passages: tuple[Passage, ...]) -> bool:
        """Whether the school's texts among them may be read at this very moment: what was withdrawn
        or is no longer shared may still stand in the worker's index for some seconds."""
        pages = {one.href for one in passages if one.href}
        if not pages:
            return True
        return await self._db.read(lambda tx: readable(tx, self._search, asker, pages)) == pages

    async def _keep(
        self,
        turn_id: str,
        state: TurnState,
        end: Answered | None,
        passages: tuple[Passage, ...],
        note: str,
    ) -> None:
        now = self._clock.now()
        sentences, sources = used(end.sentences, passages) if end else ((), ())
        await self._db.write(
            lambda tx: store.finish_turn(
                tx,
                turn_id,
                state,
                now,
                outcome=end.outcome.value if end else "",
                sentences=sentences,
                sources=sources,
                note=end.note if end else note,
            )
        )

    async def follow(self, asker: Asker, turn_id: str) -> AsyncGenerator[AnyAnswer, None]:
        """The answers as they come, while they come; nothing of others' turns."""
        answering = self._answering.get(turn_id)
        if answering is None or answering.person_id != asker.id:
            return
        passages: tuple[Passage, ...] = ()
        async for answer in answering.follow():
            if isinstance(answer, Sources):
                passages = answer.passages
            if not await self._may_read(asker, passages):
                return
            yield answer

    async def settled(self, turn_id: str, seconds: float) -> None:
        """Return when the answer has ended, or after so many seconds."""
        answering = self._answering.get(turn_id)
        if answering is not None and answering.task is not None:
            await asyncio.wait({answering.task}, timeout=seconds)

    async def cancel(self, asker: Asker, turn_id: str) -> None:
        """Stop answering; what has ended stays as it is."""
        answering = self._answering.get(turn_id)
        if answering is not None and answering.person_id == asker.id and answering.task:
            answering.task.cancel()
            await asyncio.gather(answering.task, return_exceptions=True)

    async def answer_for(self, asker: Asker, question: str) -> Turn:
        """Ask and wait for the end: for those who talk from elsewhere (the messenger)."""
        turn_id = await self.ask(asker, question)
        await self.settled(turn_id, seconds=60)
        return await self.turn(asker, turn_id)

    def about(self, tx: Tx, person_id: str) -> list[Held]:
        """What somebody asked, and what they handed to the office."""
        asker = rights_now(tx, person_id)
        asked = shown(tx, self._search, asker, store.turns(tx, person_id, EVERY))
        return about(tx, person_id, asked)

    # The asker's own conversation -----------------------------------------------------------------

    async def turn(self, asker: Asker, turn_id: str) -> Turn:
        """As the asker may read it now: of what rested on anything they may no longer read only the
        question is left. Raises NotFound for others' turns."""

        def look(tx: Tx) -> Turn:
            found = store.turn(tx, turn_id, asker.id)
            if found is None:
                raise NotFound()
            return shown(tx, self._search, asker, [found])[0]

        found = await self._db.read(look)
        if found.replied_at is not None:
            now = self._clock.now()
            await self._db.note(lambda tx: store.mark_reply_seen(tx, turn_id, asker.id, now))
        return found

    async def turns(self, asker: Asker) -> list[Turn]:
        """The latest, newest first, each as in `turn`."""
        return await self._db.read(
            lambda tx: shown(tx, self._search, asker, store.turns(tx, asker.id, SHOWN))
        )

    async def rate(self, asker: Asker, turn_id: str, helpful: bool) -> None:
        def unit(tx: Tx, asker: Asker) -> None:
            if not store.rate(tx, turn_id, asker.id, helpful):
                raise NotFound()

        await self._db.write(of_now(asker, unit))

    async def remove(self, asker: Asker, turn_id: str = "") -> int:
        """Remove one turn or all of them; how many there were."""
        if turn_id:
            await self.cancel(asker, turn_id)

        def unit(tx: Tx, asker: Asker) -> int:
            return store.remove(tx, asker.id, turn_id)

        return await self._db.write(of_now(asker, unit))

    # For others -----------------------------------------------------------------------------------

    async def standing(self, asker: Asker) -> AssistantStanding:
        """For the administrator."""
        require_role(asker, Role.ADMINISTRATOR, Role.PRINCIPAL)
        stale = await self._db.read(store.count_stale)
        if self._line is None:
            return AssistantStanding("off", stale=stale)
        return await self._line.standing(stale + self._line.behind)

    def changed(self, tx: Tx, event: SearchChanged) -> None:
        """Something to be read came, changed or went: the index hears of it."""
        if self._line is not None:
            store.mark_stale(tx, event.subject, self._clock.now())

    async def expire(self) -> int:
        """Forget old conversations."""
        before = self._clock.now() - KEPT
        return await self._db.write(lambda tx: store.expire(tx, before))


def rights_of(asker: Asker) -> Rights:
    """The asker's rights as the index takes them: the rule of `people.access`, nothing else."""
    keys = frozenset(msgspec.json.decode(asker.reads, type=list[str]))
    return Rights(keys, reads_families=asker.is_staff)
