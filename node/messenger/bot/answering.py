"""What the bot says to whoever asks it: the assistant's sentences, and below them their sources as
links. Links lead to the portal, which asks who reads."""

from html import escape

from msgspec.structs import replace

from kit.db import Database, encode
from kit.problem import Problem
from kit.signin.service import SignIn
from node.assistant.model import Source, Turn, TurnState
from node.assistant.service import Assistant
from node.messenger.model import Asked, Reply
from node.people.access import load_asker

NOTHING = "학교와 교육청 자료에서 답을 찾지 못했습니다. 다른 말로 물어보시거나, 포털의 ‘도우미’에서 행정실에 전해 주세요."
SOURCES = "출처"
NEAREST = "참고할 만한 글"
STAFF_KEY = "staff"
FAILED = "지금은 답하지 못했습니다. 잠시 뒤에 다시 물어봐 주세요."


class BotAnswers:
    """Asks the assistant with the rights of whoever asked the bot."""

    def __init__(self, db: Database, assistant: Assistant, signin: SignIn) -> None:
        self._db = db
        self._assistant = assistant
        self._signin = signin

    async def __call__(self, asked: Asked) -> Reply:
        """Where others read along, only what all of the staff may read."""
        asker = await self._db.read(lambda tx: load_asker(tx, asked.person_id))
        if not asked.alone:
            asker = replace(asker, keys=encode([STAFF_KEY]), children=(), classes=frozenset())
        try:
            turn = await self._assistant.answer_for(asker, asked.text)
        except Problem as problem:
            return _plain(problem.text % problem.params)
        return in_chat(turn, self._signin.public_url)


def in_chat(turn: Turn, public_url: str) -> Reply:
    """An answer as it is said in the messenger."""
    if turn.state is not TurnState.DONE:
        return _plain(FAILED)
    said = "\n".join(f"{one.text} [{one.source}]" for one in turn.sentences) or NOTHING
    html = "".join(f"<p>{escape(one.text)} [{one.source}]</p>" for one in turn.sentences)
    if not turn.sources:
        return _plain(said)
    links = [(source, _link(source, turn.id, public_url)) for source in turn.sources]
    below = "\n".join(f"[{one.number}] {one.title} {link.split('#')[0]}" for one, link in links)
    listed = "".join(
        f'<li><a href="{escape(link)}">{escape(one.title)}</a></li>' for one, link in links
    )
    heading = SOURCES if turn.sentences else NEAREST
    html = html or f"<p>{NOTHING}</p>"
    return Reply(f"{said}\n\n{heading}\n{below}", f"{html}<p>{heading}</p><ol>{listed}</ol>")


def _link(source: Source, turn_id: str, public_url: str) -> str:
    href = source.href if source.has_page else f"/assistant/{turn_id}/sources/{source.number}"
    return f"{public_url}{href}"


def _plain(text: str) -> Reply:
    return Reply(text, escape(text))
