"""What the bot says: in the staff's rooms what the school published, and answers to who asks it.

An answer goes out under a transaction id made of the question, so a kill at any moment loses nothing
and doubles nothing. Encrypted rooms are written in by `bot/sealed.py`.
"""

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from kit.clock import DAY, Clock
from kit.db import Database, Tx
from node.messenger import store
from node.messenger.bot.line import BotLine
from node.messenger.model import (
    LONGEST_QUESTION,
    Asked,
    BotQuestion,
    Post,
    Reply,
    SaidPost,
    local_of,
)
from node.messenger.synapse.homeserver import OWN_ACCOUNTS
from node.messenger.synapse.matrix import MatrixAway, MatrixRefused, path_of

log = logging.getLogger(__name__)

KEPT = 7 * DAY
AT_ONCE = 4

ELSEWHERE = (
    "이 대화방에는 우리 학교 교직원이 아닌 분이 있어 여기서는 답하지 않습니다."
    " 저와 1:1 대화를 열어 물어봐 주세요."
)
FAILED = "지금은 답하지 못했습니다. 잠시 뒤에 다시 물어봐 주세요."
GONE = "회수된 글입니다"
STRANGER = "저는 우리 학교 교직원의 질문에만 답할 수 있습니다."


Answer = Callable[[Asked], Awaitable[Reply]]
Titles = Callable[[Tx, str], str | None]
"""The title that what a post tells of has now; None: it is not there any more."""
SendSealed = Callable[[str, dict[str, Any], str], Awaitable[str]]
"""Say something in an encrypted room under a transaction id; the event's id. Raises MatrixAway, MatrixRefused."""


class Voice(msgspec.Struct, frozen=True):
    """What the bot has to say: to whoever asks it, and of what it tells by itself."""

    answer: Answer
    titles: Titles


class Speaking:
    """The bot's mouth: says and answers what waits."""

    def __init__(
        self, db: Database, clock: Clock, line: BotLine, voice: Voice, send_sealed: SendSealed
    ) -> None:
        self._db = db
        self._clock = clock
        self._line = line
        self._voice = voice
        self._send_sealed = send_sealed
        self._replies: dict[str, Reply | None] = {}

    async def work(self) -> bool:
        """Say and answer what waits; whether there may be more. Raises MatrixAway, MatrixRefused."""
        (posts, void), rooms = await self._db.read(
            lambda tx: (store.posts(tx, 20, self._voice.titles), store.rooms(tx))
        )
        for post_id in void:
            await self._db.write(functools.partial(store.posted, post_id=post_id))
        for post in posts:
            room_id = rooms[post.room_key].room_id
            try:
                event_id = await self._say(room_id, post)
            except (
                MatrixRefused
            ) as error:  # not in that room now: it is brought back, others wait not
                log.warning("a post could not be said", extra={"why": str(error)})
                continue
            said = SaidPost(post.id, post.about, room_id, event_id)
            await self._db.write(functools.partial(self._note, said=said))
        await self._take_back()
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

    async def _say(self, room_id: str, post: Post) -> str:
        # As words, not as a notice: push rules count those nowhere (.m.rule.suppress_notices).
        return await self._put(room_id, _content(post.body, post.html, "m.text"), post.id)

    def _note(self, tx: Tx, said: SaidPost) -> None:
        """It stands in the room; what it tells of may be gone since it was begun to be said."""
        store.posted(tx, said.post_id)
        if said.about:
            store.note_said(tx, said)
            if self._voice.titles(tx, said.about) is None:
                store.unsay(tx, said.about)

    async def _take_back(self) -> None:
        """What tells of something that is gone loses its words, the title among them, for everybody."""
        for said in await self._db.read(lambda tx: store.to_unsay(tx, 20)):
            path = path_of("rooms", said.room_id, "redact", said.event_id, f"gone-{said.post_id}")
            try:
                await self._line.call("PUT", path, {"reason": GONE})
            except MatrixRefused as error:
                log.warning("a post could not be taken back", extra={"why": str(error)})
            await self._db.write(functools.partial(store.unsaid, post_id=said.post_id))

    async def _answer(self, question: BotQuestion) -> None:
        """Raises MatrixAway: it is asked again when Synapse is back."""
        try:
            reply = await self._reply_once(question)
            if reply is not None:
                content = _content(reply.body, reply.html, "m.notice")
                content |= _answering(question)
                transaction = f"answer-{question.event_id.lstrip('$')}"
                await self._put(question.room_id, content, transaction)
        except MatrixRefused as error:
            log.warning("an answer could not be said", extra={"why": str(error)})
        self._replies.pop(question.event_id, None)
        now = self._clock.now()
        await self._db.write(lambda tx: store.answered(tx, question.event_id, now))

    async def _reply_once(self, question: BotQuestion) -> Reply | None:
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

    async def _put(self, room_id: str, content: dict[str, Any], transaction: str) -> str:
        """Say something once, sealed where the room is; the event's id. Raises MatrixAway,
        MatrixRefused."""
        if await self._is_sealed(room_id):
            return await self._send_sealed(room_id, content, transaction)
        path = path_of("rooms", room_id, "send", "m.room.message", transaction)
        return str((await self._line.call("PUT", path, content))["event_id"])

    async def _is_sealed(self, room_id: str) -> bool:
        """As Synapse knows it now: what is said in plain there can never be taken back."""
        try:
            await self._line.call("GET", path_of("rooms", room_id, "state", "m.room.encryption"))
        except MatrixRefused as error:
            if error.status == 404:
                return False
            raise
        return True

    async def _reply(self, question: BotQuestion) -> Reply | None:
        """What to say; None: it was not for the bot."""
        try:
            found = await self._line.call(
                "GET", path_of("rooms", question.room_id, "joined_members")
            )
        except MatrixRefused:
            return None  # the bot is no longer in that room
        present = set(found["joined"]) - {self._line.id}
        alone = len(present) == 1
        if not alone and not question.spoken_to:
            return None
        person = await self._person(question.sender)
        if not person:
            return Reply(STRANGER, STRANGER)
        for user in present:
            if not await self._person(user) and not _is_ours(user, self._line.server_name):
                return Reply(ELSEWHERE, ELSEWHERE)
        return await self._voice.answer(Asked(person, question.text[:LONGEST_QUESTION], alone))

    async def _person(self, user_id: str) -> str:
        localpart = local_of(user_id, self._line.server_name)
        return await self._db.read(lambda tx: store.person_of_localpart(tx, localpart))


def _is_ours(user_id: str, server_name: str) -> bool:
    """The node's own accounts, which read nothing."""
    return local_of(user_id, server_name) in OWN_ACCOUNTS


def _answering(question: BotQuestion) -> dict[str, Any]:
    """To whom an answer goes, and where: in the thread in which it was asked for ("Threading", "User
    and room mentions")."""
    replied: dict[str, Any] = {"m.in_reply_to": {"event_id": question.event_id}}
    if question.thread:
        replied |= {"rel_type": "m.thread", "event_id": question.thread, "is_falling_back": False}
    return {"m.relates_to": replied, "m.mentions": {"user_ids": [question.sender]}}


def _content(body: str, html: str, kind: str) -> dict[str, Any]:
    return {
        "msgtype": kind,
        "body": body,
        "format": "org.matrix.custom.html",
        "formatted_body": html,
    }
