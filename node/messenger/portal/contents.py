"""What a message holds besides words: files, polls, what it quotes, how others reacted to it.

Pure, as events.py is; anybody may send anything that is JSON, so no shape of what people send is trusted.
"""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from node.messenger.model import MediaKind, Poll, PollAnswer, Reaction, SentFile

Event = dict[str, Any]

POLLS = ("m.poll.start", "org.matrix.msc3381.poll.start")
"""Types of events by which a poll begins; clients write the second one still."""
VOTES = ("m.poll.response", "org.matrix.msc3381.poll.response")
REACTION = "m.reaction"
ABOUT_OTHERS = (REACTION, *VOTES)
"""Types of events that say something of an earlier one."""
# A server's name and an id, neither of which is a way to anywhere else ("mxc://.../…").
_MXC = re.compile(r"mxc://([A-Za-z0-9\[][A-Za-z0-9.:\[\]-]*)/([A-Za-z0-9_-]+)")
_KINDS = {f"m.{kind}": kind for kind in MediaKind}
MOST_REACTIONS, LONGEST_KEY = 12, 40


def part(value: object, *names: str) -> Event:
    """What stands under these names, one within the other; empty where it is no object."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def text_of(content: object, name: str = "body") -> str:
    found = content.get(name) if isinstance(content, dict) else None
    return found if isinstance(found, str) else "" if found is None else str(found)


# Mentions -------------------------------------------------------------------------------------


def mentioned_by(event: Event) -> list[str]:
    """Ids of those whom a message names ("User and room mentions")."""
    ids = part(event, "content", "m.mentions").get("user_ids")
    return [str(one) for one in ids] if isinstance(ids, list) else []


def mentioned_in(text: str, members: dict[str, Event]) -> list[str]:
    """Ids of members whom typed words name as @이름, with what they are or without."""
    called = {
        user_id: text_of(member, "display_name").partition(" ")[0]
        for user_id, member in members.items()
    }
    return sorted(user_id for user_id, name in called.items() if name and f"@{name}" in text)


# Files ----------------------------------------------------------------------------------------


def file_of(event: Event) -> SentFile | None:
    """The file that a message holds; None: none that the portal could have (an encrypted one)."""
    content = event.get("content", {})
    kind = MediaKind.IMAGE if event.get("type") == "m.sticker" else None
    kind = kind or _KINDS.get(text_of(content, "msgtype"))
    place = _MXC.fullmatch(text_of(content, "url"))
    if kind is None or place is None:
        return None
    info = part(content, "info")
    return SentFile(
        MediaKind(kind),
        text_of(content, "filename") or text_of(content) or place[2],
        text_of(info, "mimetype").lower() or "application/octet-stream",
        _number(info.get("size")),
        place[1],
        place[2],
        _number(info.get("w")),
        _number(info.get("h")),
    )


def caption_of(content: Event) -> str:
    """What was written to a file: its words, where they are not just its name (Matrix v1.10)."""
    name, body = text_of(content, "filename"), text_of(content)
    return body if name and body != name else ""


def _number(value: object) -> int:
    return int(value) if isinstance(value, int | float) and 0 <= value < 1 << 53 else 0


# Quotes ---------------------------------------------------------------------------------------


def quoted_by(event: Event) -> str:
    """The id of the message that this one answers; empty: of none, or only for clients that know no
    threads."""
    relation = part(event, "content", "m.relates_to")
    if relation.get("is_falling_back") is True:
        return ""
    return text_of(part(relation, "m.in_reply_to"), "event_id")


def unquoted(body: str) -> str:
    """An answer's own words, without the lines that clients repeat of what it answers."""
    lines = body.split("\n")
    own = next((at for at, line in enumerate(lines) if not line.startswith(">")), len(lines))
    return "\n".join(lines[own:]).lstrip("\n") if own else body


# Polls, reactions -----------------------------------------------------------------------------


def poll_of(event: Event, about: Iterable[Event] = ()) -> Poll | None:
    """A poll, with how often each answer was chosen by `about`: of each person the last vote counts."""
    if event.get("type") not in POLLS:
        return None
    content = event.get("content", {})
    asked = part(content, "m.poll") or part(content, POLLS[1])
    given = asked.get("answers")
    answers = [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
    votes: dict[str, list[object]] = {}
    for vote in sorted(about, key=lambda one: _number(one.get("origin_server_ts"))):
        if vote.get("type") in VOTES:
            chosen = vote["content"].get("m.selections")
            chosen = chosen or part(vote, "content", VOTES[1]).get("answers")
            votes[str(vote["sender"])] = chosen if isinstance(chosen, list) else []
    most = max(1, _number(asked.get("max_selections")))
    count = Counter(
        str(one) for chosen in votes.values() for one in dict.fromkeys(map(str, chosen[:most]))
    )
    return Poll(
        _text(asked.get("question")),
        tuple(
            PollAnswer(_text(one), count[text_of(one, "m.id") or text_of(one, "id")])
            for one in answers[:20]
        ),
        len([chosen for chosen in votes.values() if chosen]),
    )


def _text(value: object) -> str:
    """Extensible text ("m.text", Matrix v1.7), or as clients wrote it before."""
    if not isinstance(value, dict):
        return ""
    parts = value.get("m.text")
    first = parts[0] if isinstance(parts, list) and parts else None
    return (
        text_of(first)
        or text_of(value, "org.matrix.msc1767.text")
        or (parts if isinstance(parts, str) else "")
        or text_of(value)
    )


def about_by_event(events: Iterable[Event]) -> dict[str, list[Event]]:
    """Id of a message → what was said of it and not taken back."""
    found: dict[str, list[Event]] = {}
    for event in events:
        target = text_of(part(event, "content", "m.relates_to"), "event_id")
        if event.get("type") in ABOUT_OTHERS and target:
            found.setdefault(target, []).append(event)
    return found


def reactions_of(about: Iterable[Event], own: str) -> tuple[Reaction, ...]:
    """Signs that people set to a message, the most frequent first; `own`: whose page it is."""
    signs: dict[str, dict[str, str]] = {}
    for event in about:
        key = text_of(part(event, "content", "m.relates_to"), "key")[:LONGEST_KEY]
        if event.get("type") == REACTION and key:
            signs.setdefault(key, {})[str(event["sender"])] = str(event["event_id"])
    found = [Reaction(key, len(people), people.get(own, "")) for key, people in signs.items()]
    return tuple(sorted(found, key=lambda one: -one.count)[:MOST_REACTIONS])
