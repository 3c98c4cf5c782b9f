"""Questions that the assistant could not answer, handed to the office: it replies, the asker is told."""

from kit import audit
from kit.card import Card, Entry, Weight
from kit.clock import Clock
from kit.db import Database, Tx
from kit.i18n import _
from kit.outbox import publish
from kit.problem import Invalid, NotFound
from node.assistant import store
from node.assistant.model import (
    LONGEST_REPLY,
    AlreadyHanded,
    AlreadyReplied,
    AssistantAct,
    Handover,
    QuestionHanded,
    QuestionReplied,
)
from node.people.access import of_now, require_role, with_role
from node.people.model import Asker, Role

OFFICE = (Role.OFFICE, Role.PRINCIPAL, Role.VICE_PRINCIPAL)


class Handovers:
    """The line from whoever asked to the office, and back."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def hand_over(self, asker: Asker, turn_id: str) -> None:
        """Let the office answer. Raises NotFound, AlreadyHanded."""
        now = self._clock.now()

        def work(tx: Tx, asker: Asker) -> None:
            turn = store.turn(tx, turn_id, asker.id)
            if turn is None:
                raise NotFound()
            if not store.hand_over(
                tx, turn_id, asker.id, asker.name, asker.label, turn.question, now
            ):
                raise AlreadyHanded()
            publish(tx, QuestionHanded(turn_id), now)

        await self._db.write(of_now(asker, work))

    async def handovers(self, asker: Asker) -> list[Handover]:
        """For the office."""
        require_role(asker, *OFFICE)
        return await self._db.read(lambda tx: store.handovers(tx, 100))

    async def reply(self, asker: Asker, turn_id: str, text: str) -> None:
        """The office's answer. Raises Invalid, NotFound, AlreadyReplied."""
        require_role(asker, *OFFICE)
        text = text.strip()
        if not 1 <= len(text) <= LONGEST_REPLY:
            raise Invalid({"reply": _("답변을 2,000자 이하로 입력해 주세요.")})
        now = self._clock.now()

        def work(tx: Tx, asker: Asker) -> None:
            person_id = store.reply(tx, turn_id, text, asker.name, now)
            if person_id is None:
                raise AlreadyReplied() if store.is_handed(tx, turn_id) else NotFound()
            audit.record(tx, self._clock, asker, AssistantAct.REPLY, turn_id)
            publish(tx, QuestionReplied(turn_id, person_id), now)

        await self._db.write(with_role(asker, OFFICE, work))

    def cards(self, tx: Tx, asker: Asker, now: int) -> list[Card]:
        """Replies for the asker; questions that wait, for the office."""
        cards = []
        replies = store.unseen_replies(tx, asker.id)
        if replies:
            cards.append(
                Card(
                    name="assistant-replies",
                    title=_("질문에 답변이 등록되었습니다"),
                    icon="message-circle",
                    href="/assistant",
                    weight=Weight.TASK,
                    count=len(replies),
                    entries=tuple(
                        Entry(title=question, href=f"/assistant/{turn}", at=at, unread=True)
                        for turn, question, at in replies[:5]
                    ),
                    live="assistant.replied",
                )
            )
        if asker.roles & set(OFFICE) and (waiting := store.open_handovers(tx)):
            cards.append(
                Card(
                    name="assistant-questions",
                    title=_("답변 대기 질문"),
                    icon="message-circle",
                    href="/assistant/office",
                    weight=Weight.TASK,
                    count=waiting,
                    action=_("답변하기"),
                    live="assistant.handed",
                )
            )
        return cards
