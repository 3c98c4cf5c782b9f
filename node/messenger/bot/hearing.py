"""What the bot hears: its mail comes from Synapse as an application service's, and what it is asked is
durable before the mail is acknowledged. Encrypted rooms are read by `bot/sealed.py`."""

import logging
from typing import Any

from kit.clock import Clock
from kit.db import Database, Tx
from node.messenger import store
from node.messenger.bot.line import NAME, BotLine
from node.messenger.model import BotQuestion, WorkToDo, local_of
from node.messenger.synapse.homeserver import BOT
from node.messenger.synapse.matrix import MatrixRefused, path_of

log = logging.getLogger(__name__)


class Hearing:
    """The bot's ears."""

    def __init__(self, db: Database, clock: Clock, line: BotLine) -> None:
        self._db = db
        self._clock = clock
        self._line = line

    async def deliver(self, events: tuple[dict[str, Any], ...]) -> None:
        """The bot's mail: invitations are followed, questions kept until they are answered."""
        questions = []
        for event in events:
            try:
                if _is_invitation(event, self._line.id):
                    await self._follow(event)
                elif (question := self._question(event)) is not None:
                    questions.append(question)
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                # Anybody may send anything: one odd event must not hold up all that follow it.
                log.warning("an event cannot be read", extra={"why": repr(error)})
        if questions:
            await self.keep(questions)

    async def keep(self, questions: list[BotQuestion]) -> None:
        """Make questions durable."""
        now = self._clock.now()

        def unit(tx: Tx) -> None:
            if store.add_questions(tx, questions, now):
                tx.signal(WorkToDo())

        await self._db.write(unit)

    async def _follow(self, event: dict[str, Any]) -> None:
        """Join whoever of our own school asks; decline strangers."""
        room_id, inviter = str(event["room_id"]), str(event["sender"])
        verb = "join" if local_of(inviter, self._line.server_name) else "leave"
        try:
            await self._line.call("POST", path_of("rooms", room_id, verb), {})
        except MatrixRefused as error:
            log.warning("an invitation could not be followed", extra={"why": str(error)})

    def _question(self, event: dict[str, Any]) -> BotQuestion | None:
        """What a message asks, perhaps; None: it says nothing to the bot in any case."""
        content = event.get("content")
        if event.get("type") != "m.room.message" or not isinstance(content, dict):
            return None
        own = self._line.id
        if event.get("sender") == own or content.get("msgtype") != "m.text":
            return None
        relation = content.get("m.relates_to")
        if isinstance(relation, dict) and relation.get("rel_type") == "m.replace":
            return None  # a correction of something said before
        return question_of(
            str(event["event_id"]), str(event["room_id"]), str(event["sender"]), content, own
        )


def question_of(
    event_id: str, room_id: str, sender: str, content: dict[str, Any], bot_id: str
) -> BotQuestion:
    """The words of a message without the bot's name, and whether it was spoken to by name.

    A mention is told by `m.mentions` (Matrix v1.7) or, from older clients, by the name in the text.
    """
    body = str(content.get("body", ""))
    mentions = content.get("m.mentions")
    users = mentions.get("user_ids") if isinstance(mentions, dict) else None
    named = isinstance(users, list) and bot_id in users
    names = (bot_id, NAME, f"@{BOT}", "@도우미")
    spoken_to = named or any(name in body for name in names)
    for name in names:
        body = body.replace(name, " ")
    text = " ".join(body.strip(" :,").split())
    return BotQuestion(event_id, room_id, sender, text, spoken_to, _thread(content))


def _thread(content: dict[str, Any]) -> str:
    """The first event of the thread that a message belongs to ("Threading"); empty: of none."""
    relation = content.get("m.relates_to")
    if not isinstance(relation, dict) or relation.get("rel_type") != "m.thread":
        return ""
    return str(relation.get("event_id") or "")


def _is_invitation(event: dict[str, Any], user_id: str) -> bool:
    return (
        event.get("type") == "m.room.member"
        and event.get("state_key") == user_id
        and event.get("content", {}).get("membership") == "invite"
    )
