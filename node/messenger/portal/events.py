"""What the events of rooms say, in the portal's words: lines of a list, messages of a talk.

Pure: Matrix's JSON in (Client-Server API: /sync, /messages), structs out. Anybody may send anything
that is JSON, so no shape of what people send is trusted.
"""

import re
from typing import Any
from urllib.parse import urlsplit

import msgspec

from node.messenger.model import LONGEST_REASON, BotLink, ChatMessage, RoomLine
from node.messenger.synapse.homeserver import BOT

Event = dict[str, Any]

Schools = dict[str, str]
"""Server name → name of its school; of one's own: empty."""

WORDS = ("m.room.message", "m.room.encrypted", "m.sticker")
"""Types of events that are something said."""
ENCRYPTION = "m.room.encryption"
"""The event by which a room is encrypted from then on, for good."""
ROOM = ("m.room.create", "m.room.name", ENCRYPTION)
"""Types of events that say what a room is."""
REDACTION = "m.room.redaction"
_ADDRESS = re.compile(r"(?:(?P<title>.+) )?(?P<address>https?://\S+)")


# Rooms ----------------------------------------------------------------------------------------


def take_over(known: dict[str, RoomLine], found: dict[str, Any], schools: Schools) -> None:
    """Bring what is known of the rooms up to date with an answer of /sync."""
    rooms = found.get("rooms", {})
    for room_id in rooms.get("leave", {}):
        known.pop(room_id, None)
    for room_id, invited in rooms.get("invite", {}).items():
        known[room_id] = _invitation(room_id, invited, schools)
    for room_id, joined in rooms.get("join", {}).items():
        held = known.get(room_id)
        before = held if held is not None and not held.is_invitation else RoomLine(room_id)
        known[room_id] = _updated(before, joined, schools)


def _invitation(room_id: str, invited: dict[str, Any], schools: Schools) -> RoomLine:
    events = invited.get("invite_state", {}).get("events", [])
    names = names_in(events, schools)
    kinds = {str(event["type"]): event for event in events}
    invite: Event = next(
        (
            event
            for event in events
            if event["type"] == "m.room.member"
            and event.get("content", {}).get("membership") == "invite"
        ),
        {},
    )
    inviter = str(invite.get("sender", ""))
    title = kinds.get("m.room.name", {}).get("content", {}).get("name", "")
    is_space = kinds.get("m.room.create", {}).get("content", {}).get("type") == "m.space"
    who = names.get(inviter, inviter)
    return RoomLine(
        room_id,
        str(title or who),
        is_space=is_space,
        is_invitation=True,
        invited_by=who,
        direct_with=inviter if invite.get("content", {}).get("is_direct") is True else "",
        encrypted=ENCRYPTION in kinds,
    )


def _updated(held: RoomLine, joined: dict[str, Any], schools: Schools) -> RoomLine:
    """A room's line after one more piece of its stream."""
    timeline = joined.get("timeline", {}).get("events", [])
    events = joined.get("state", {}).get("events", []) + timeline
    known = {**held.names, **names_in(events, schools)}
    change: dict[str, Any] = {"names": known}
    for event in events:
        content = event.get("content", {})
        if event["type"] == "m.room.name":
            change["title"] = str(content.get("name", ""))
        elif event["type"] == ENCRYPTION:
            change["encrypted"] = True
        elif event["type"] == "m.room.create":
            change["is_space"] = content.get("type") == "m.space"
    summary = joined.get("summary", {})
    heroes = tuple(summary.get("m.heroes", held.heroes))
    change["heroes"] = heroes
    change["unread"] = int(
        joined.get("unread_notifications", {}).get("notification_count", held.unread)
    )
    title = change.get("title", held.title)
    named = title or ", ".join(known.get(one, one) for one in heroes)
    line = msgspec.structs.replace(held, name=named or held.room_id, **change)
    for event in timeline:
        line = _heard(line, event)
    return line


def _heard(line: RoomLine, event: Event) -> RoomLine:
    """A room's line after one event: the last words are the newest, as they stand now."""
    sender = str(event["sender"])
    if is_shown(event):
        return msgspec.structs.replace(
            line,
            last_id=str(event["event_id"]),
            last_at=int(event["origin_server_ts"]),
            last_text=_in_a_list(event),
            last_by=line.names.get(sender, ""),
            last_from=sender,
        )
    if changes(event) != line.last_id or not line.last_id:
        return line
    if event["type"] == REDACTION:
        return msgspec.structs.replace(line, last_text="")
    if sender == line.last_from:  # nobody corrects what another said
        return msgspec.structs.replace(line, last_text=_body(event["content"].get("m.new_content")))
    return line


def _in_a_list(event: Event) -> str:
    """What was said; of what a school's bot told the titles alone."""
    text = _words(event)
    if str(event["sender"]).startswith(f"@{BOT}:"):
        said, links = _told(text)
        return said or ", ".join(one.title for one in links)
    return text


# Talks ----------------------------------------------------------------------------------------


def events_in(found: dict[str, Any]) -> list[Event]:
    """All events of an answer of /sync."""
    rooms = found.get("rooms", {})
    parts = [
        joined.get(part, {}).get("events", [])
        for joined in rooms.get("join", {}).values()
        for part in ("state", "timeline")
    ]
    parts += [
        invited.get("invite_state", {}).get("events", [])
        for invited in rooms.get("invite", {}).values()
    ]
    return [event for part in parts for event in part]


def servers_in(events: list[Event]) -> set[str]:
    """The servers of the members these events tell of."""
    return {_server_of(event["state_key"]) for event in events if _is_member(event)}


def names_in(events: list[Event], schools: Schools) -> dict[str, str]:
    """User id → display name, of the members these events tell of; of others with their school:
    what somebody is called says their school, and which one that is says ours."""
    found = {}
    for event in events:
        if _is_member(event):
            user_id, name = str(event["state_key"]), event["content"].get("displayname")
            server = _server_of(user_id)
            school = schools.get(server, server)
            found[user_id] = f"{name} ({school})" if name and school else str(name or user_id)
    return found


def _is_member(event: Event) -> bool:
    return event.get("type") == "m.room.member" and bool(event["content"].get("membership"))


def _server_of(user_id: object) -> str:
    return str(user_id).partition(":")[2]


def is_shown(event: Event) -> bool:
    """Whether an event of a room is something said, of whatever shape it is, or was until somebody
    took it back."""
    content = event.get("content", {})
    if event.get("type") not in WORDS or _corrected(event):
        return False
    return "body" in content or "algorithm" in content or is_redacted(event)


def is_redacted(event: Event) -> bool:
    """Whether somebody took it back."""
    return bool(_redaction(event))


def _redaction(event: Event) -> Event:
    """By which event it was taken back; empty: by none."""
    found: Any = event.get("unsigned", {}).get("redacted_because", {})
    return found if isinstance(found, dict) else {}


def changes(event: Event) -> str:
    """The id of the earlier event that this one corrects or deletes; empty: none."""
    if event.get("type") == REDACTION:
        return str(event.get("redacts") or event.get("content", {}).get("redacts") or "")
    return _corrected(event) if event.get("type") in WORDS else ""


def _corrected(event: Event) -> str:
    relation = event.get("content", {}).get("m.relates_to")
    if not isinstance(relation, dict) or relation.get("rel_type") != "m.replace":
        return ""
    return str(relation.get("event_id", ""))


def message(event: Event, names: dict[str, str], own: str, *, late: bool = False) -> ChatMessage:
    """An event as the page shows it, in its last wording as the server vouches for it."""
    sender, taken_back = str(event["sender"]), _redaction(event)
    text = _words(event)
    links: tuple[BotLink, ...] = ()
    if sender == f"@{BOT}:{_server_of(own)}":
        text, links = _told(text)
    return ChatMessage(
        event_id=str(event["event_id"]),
        sender=names.get(sender, sender),
        text=text,
        links=links,
        at=int(event["origin_server_ts"]),
        is_own=sender == own,
        is_sealed="algorithm" in event["content"],
        is_edited=bool(_replacement(event)),
        is_deleted=is_redacted(event) or not is_shown(event),
        is_late=late,
        reason=str(taken_back.get("content", {}).get("reason") or "")[:LONGEST_REASON],
    )


def _told(text: str) -> tuple[str, tuple[BotLink, ...]]:
    """What the bot said, and the pages that it names by title and address, whose titles are the links."""
    said: list[str] = []
    links = []
    for line in text.split("\n"):
        found = _ADDRESS.fullmatch(line)
        title = (found["title"] or (said.pop() if said else "")) if found else ""
        if found and title:
            at = urlsplit(found["address"])
            links.append(BotLink(title, at._replace(scheme="", netloc="").geturl()))
        else:
            said.append(line)
    return "\n".join(said).strip(), tuple(links)


def _words(event: Event) -> str:
    content = _replacement(event).get("content", {})
    return _body(content.get("m.new_content")) or _body(event["content"])


def _replacement(event: Event) -> Event:
    """The last correction: the server adds only one by whoever said it ("Event replacements")."""
    found: Any = event.get("unsigned", {}).get("m.relations", {}).get("m.replace", {})
    return found if isinstance(found, dict) else {}


def _body(content: object) -> str:
    return str(content.get("body", "")) if isinstance(content, dict) else ""
