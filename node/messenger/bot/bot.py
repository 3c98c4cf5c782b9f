"""The bot 마당: says in the staff's rooms what the school published, and answers who asks it.

Its mail comes from Synapse as an application service's; what it is asked is durable before the mail
is acknowledged, and an answer goes out under a transaction id made of the question, so a kill at
any moment loses nothing and doubles nothing. Encrypted rooms it reads through `sealed.py`.
"""

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from kit.clock import DAY, Clock
from kit.db import Database, Tx
from node.messenger import store
from node.messenger.model import (
    LONGEST_QUESTION,
    Asked,
    Post,
    Question,
    Reply,
    WorkToDo,
    local_of,
)
from node.messenger.synapse.homeserver import BOT, OWN_ACCOUNTS, Secrets
from node.messenger.synapse.matrix import Matrix, MatrixAway, MatrixRefused, path_of

log = logging.getLogger(__name__)

NAME = "마당 도우미"
KEPT = 7 * DAY
AT_ONCE = 4

ELSEWHERE = (
    "이 대화방에는 우리 학교 교직원이 아닌 분이 있어 여기서는 답하지 않습니다."
    " 저와 1:1 대화를 열어 물어봐 주세요."
)
FAILED = "지금은 답하지 못했습니다. 잠시 뒤에 다시 물어봐 주세요."
STRANGER = "저는 우리 학교 교직원의 질문에만 답할 수 있습니다."


Answer = Callable[[Asked], Awaitable[Reply]]
Titles = Callable[[Tx, str], str | None]
"""The title that what a post tells of has now; None: it is not there any more."""
SendSealed = Callable[[str, dict[str, Any], str], Awaitable[None]]
"""Say something in an encrypted room under a transaction id. Raises MatrixAway, MatrixRefused."""


def _untitled(_tx: Tx, about: str) -> str | None:
    return None if about else ""


class Bot:
    """What the bot hears and says."""

    def __init__(
        self, db: Database, clock: Clock, matrix: Matrix, own: Secrets, server_name: str
    ) -> None:
        self._db = db
        self._clock = clock
        self._matrix = matrix
        self._secrets = own
        self._server_name = server_name
        self.id = f"@{BOT}:{server_name}"
        self.answer: Answer | None = None
        self.titles: Titles = _untitled
        self.send_sealed: SendSealed | None = None
        self.device = ""
        """The bot's device: Synapse remembers transaction ids over a kill only with one."""
        self._replies: dict[str, Reply | None] = {}

    async def _call(
        self, method: str, path: str, body: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        who = {"user_id": self.id}
        if self.device:
            who["device_id"] = self.device
        return await self._matrix.call(method, path, self._secrets.as_token, body, who)

    # Hearing ----------------------------------------------------------------------------------

    async def deliver(self, events: tuple[dict[str, Any], ...]) -> None:
        """The bot's mail: invitations are followed, questions kept until they are answered."""
        questions = []
        for event in events:
            try:
                if _is_invitation(event, self.id):
                    await self._follow(event)
                elif (question := self._question(event)) is not None:
                    questions.append(question)
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                # Anybody may send anything: one odd event must not hold up all that follow it.
                log.warning("an event cannot be read", extra={"why": repr(error)})
        if questions:
            await self.keep(questions)

    async def keep(self, questions: list[Question]) -> None:
        """Make questions durable."""
        now = self._clock.now()

        def unit(tx: Any) -> None:
            if store.add_questions(tx, questions, now):
                tx.signal(WorkToDo())

        await self._db.write(unit)

    async def _follow(self, event: dict[str, Any]) -> None:
        """Join whoever of our own school asks; decline strangers."""
        room_id, inviter = str(event["room_id"]), str(event["sender"])
        verb = "join" if local_of(inviter, self._server_name) else "leave"
        try:
            await self._call("POST", path_of("rooms", room_id, verb), {})
        except MatrixRefused as error:
            log.warning("an invitation could not be followed", extra={"why": str(error)})

    def _question(self, event: dict[str, Any]) -> Question | None:
        """What a message asks, perhaps; None: it says nothing to the bot in any case."""
        content = event.get("content")
        if event.get("type") != "m.room.message" or not isinstance(content, dict):
            return None
        if event.get("sender") == self.id or content.get("msgtype") != "m.text":
            return None
        relation = content.get("m.relates_to")
        if isinstance(relation, dict) and relation.get("rel_type") == "m.replace":
            return None  # a correction of something said before
        return question_of(
            str(event["event_id"]), str(event["room_id"]), str(event["sender"]), content, self.id
        )

    # Saying -----------------------------------------------------------------------------------

    async def work(self) -> bool:
        """Say and answer what waits; whether there may be more. Raises MatrixAway, MatrixRefused."""
        (posts, void), rooms = await self._db.read(
            lambda tx: (store.posts(tx, 20, self.titles), store.rooms(tx))
        )
        for post_id in void:
            await self._db.write(functools.partial(store.posted, post_id=post_id))
        for post in posts:
            try:
                await self._say(rooms[post.room_key].room_id, post)
            except (
                MatrixRefused
            ) as error:  # not in that room now: it is brought back, others wait not
                log.warning("a post could not be said", extra={"why": str(error)})
                continue
            await self._db.write(functools.partial(store.posted, post_id=post.id))
        waiting = await self._db.read(lambda tx: store.open_questions(tx, 50))
        # What is thought of and cannot be said yet must not keep the others waiting.
        questions = sorted(waiting, key=lambda one: one.event_id in self._replies)[:AT_ONCE]
        done = await asyncio.gather(
            *(self._answer(question) for question in questions), return_exceptions=True
        )
        before = self._clock.now() - KEPT
        await self._db.write(lambda tx: store.forget_answered(tx, before))
        for failure in done:
            if failure is not None:
                raise failure  # asked again; the others are answered
        return len(questions) == AT_ONCE

    async def _say(self, room_id: str, post: Post) -> None:
        # As words, not as a notice: push rules count those nowhere (.m.rule.suppress_notices).
        await self._put(room_id, _content(post.body, post.html, "m.text"), post.id)

    async def _answer(self, question: Question) -> None:
        """Raises MatrixAway: it is asked again when Synapse is back."""
        try:
            reply = await self._reply_once(question)
            if reply is not None:
                content = _content(reply.body, reply.html, "m.notice")
                content["m.relates_to"] = {"m.in_reply_to": {"event_id": question.event_id}}
                transaction = f"answer-{question.event_id.lstrip('$')}"
                await self._put(question.room_id, content, transaction)
        except MatrixRefused as error:
            log.warning("an answer could not be said", extra={"why": str(error)})
        self._replies.pop(question.event_id, None)
        now = self._clock.now()
        await self._db.write(lambda tx: store.answered(tx, question.event_id, now))

    async def _reply_once(self, question: Question) -> Reply | None:
        """The reply, thought of once however often it has to be said."""
        if question.event_id not in self._replies:
            try:
                self._replies[question.event_id] = await self._reply(question)
            except MatrixAway:
                raise
            except Exception:
                # A question that cannot be answered must not keep the next ones from it.
                log.exception("a question could not be answered")
                self._replies[question.event_id] = Reply(FAILED, FAILED)
        return self._replies[question.event_id]

    async def _put(self, room_id: str, content: dict[str, Any], transaction: str) -> None:
        """Say something once, sealed where the room is. Raises MatrixAway, MatrixRefused."""
        if await self._is_sealed(room_id):
            if self.send_sealed is None:
                raise MatrixAway("the bot cannot write in encrypted rooms yet")
            return await self.send_sealed(room_id, content, transaction)
        path = path_of("rooms", room_id, "send", "m.room.message", transaction)
        await self._call("PUT", path, content)
        return None

    async def _is_sealed(self, room_id: str) -> bool:
        """As Synapse knows it now: what is said in plain there can never be taken back."""
        try:
            await self._call("GET", path_of("rooms", room_id, "state", "m.room.encryption"))
        except MatrixRefused as error:
            if error.status == 404:
                return False
            raise
        return True

    async def _reply(self, question: Question) -> Reply | None:
        """What to say; None: it was not for the bot."""
        try:
            found = await self._call("GET", path_of("rooms", question.room_id, "joined_members"))
        except MatrixRefused:
            return None  # the bot is no longer in that room
        present = set(found["joined"]) - {self.id}
        alone = len(present) == 1
        if not alone and not question.spoken_to:
            return None
        person = await self._person(question.sender)
        if not person:
            return Reply(STRANGER, STRANGER)
        for user in present:
            if not await self._person(user) and not _is_ours(user, self._server_name):
                return Reply(ELSEWHERE, ELSEWHERE)
        if self.answer is None:
            return None
        return await self.answer(Asked(person, question.text[:LONGEST_QUESTION], alone))

    async def _person(self, user_id: str) -> str:
        localpart = local_of(user_id, self._server_name)
        return await self._db.read(lambda tx: store.person_of_localpart(tx, localpart))


def question_of(
    event_id: str, room_id: str, sender: str, content: dict[str, Any], bot_id: str
) -> Question:
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
    return Question(event_id, room_id, sender, " ".join(body.strip(" :,").split()), spoken_to)


def _is_invitation(event: dict[str, Any], user_id: str) -> bool:
    return (
        event.get("type") == "m.room.member"
        and event.get("state_key") == user_id
        and event.get("content", {}).get("membership") == "invite"
    )


def _is_ours(user_id: str, server_name: str) -> bool:
    """The node's own accounts, which read nothing."""
    return local_of(user_id, server_name) in OWN_ACCOUNTS


def _content(body: str, html: str, kind: str) -> dict[str, Any]:
    return {
        "msgtype": kind,
        "body": body,
        "format": "org.matrix.custom.html",
        "formatted_body": html,
    }
