"""An answer as it is said in the messenger: the sentences, and below them their sources as links."""

from html import escape

from node.assistant.model import Source, Turn, TurnState
from node.messenger.model import Reply

NOTHING = "학교와 교육청 자료에서 답을 찾지 못했습니다. 다른 말로 물어보시거나, 포털의 ‘도우미’에서 행정실에 전해 주세요."
FAILED = "지금은 답하지 못했습니다. 잠시 뒤에 다시 물어봐 주세요."


def in_chat(turn: Turn, public_url: str) -> Reply:
    """The reply to a question of the messenger. Links lead to the portal, which asks who reads."""
    if turn.state is not TurnState.DONE:
        return _plain(FAILED)
    if not turn.sentences:
        return _plain(NOTHING)
    said = "\n".join(f"{one.text} [{one.source}]" for one in turn.sentences)
    links = [(source, _link(source, turn.id, public_url)) for source in turn.sources]
    below = "\n".join(f"[{one.number}] {one.title} {link.split('#')[0]}" for one, link in links)
    html = "".join(f"<p>{escape(one.text)} [{one.source}]</p>" for one in turn.sentences)
    listed = "".join(
        f'<li><a href="{escape(link)}">{escape(one.title)}</a></li>' for one, link in links
    )
    return Reply(f"{said}\n\n출처\n{below}", f"{html}<p>출처</p><ol>{listed}</ol>")


def _link(source: Source, turn_id: str, public_url: str) -> str:
    href = source.href if source.has_page else f"/assistant/{turn_id}/sources/{source.number}"
    return f"{public_url}{href}"


def _plain(text: str) -> Reply:
    return Reply(text, escape(text))
