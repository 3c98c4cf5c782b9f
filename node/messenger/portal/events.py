"""What the events of rooms say, in the portal's words: lines of a list, messages of a talk.

Pure: Matrix's JSON in (Client-Server API: /sync, /messages), structs out. Anybody may send anything
that is JSON, so no shape of what people send is trusted.
"""

import re
from typing import Any
from urllib.parse import urlsplit

import msgspec

from node.messenger.model import LONGEST_REASON, BotLink, ChatMessage, Quote, Receipt, RoomLine
from node.messenger.portal.contents import (
    POLLS,
    REACTION,
    VOTES,
    caption_of,
    file_of,
    mentioned_by,
    part,
    poll_of,
    quoted_by,
    reactions_of,
    text_of,
    unquoted,
)
from node.messenger.synapse.homeserver import BOT

Event = dict[str, Any]

Schools = dict[str, str]
"""Server name → name of its school; of one's own: empty."""

WORDS = ("m.room.message", "m.room.encrypted", "m.sticker", *POLLS)
"""Types of events that are something said."""
ENCRYPTION = "m.room.encryption"
"""The event by which a room is encrypted from then on, for good."""
CREATION, SUCCESSOR = "m.room.create", "m.room.tombstone"
ROOM = (CREATION, "m.room.name", ENCRYPTION, SUCCESSOR)
"""Types of events that say what a room is."""
REDACTION = "m.room.redaction"
_ADDRESS = re.compile(r"(?:(?P<title>.+) )?(?P<address>https?://\S+)")


# Rooms ----------------------------------------------------------------------------------------


def take_over(
    known: dict[str, RoomLine], found: dict[str, Any], schools: Schools, listed: dict[str, str]
) -> None:
    """Bring what is known of the rooms up to date with an answer of /sync. `listed`: what people are
    called whom its events do not name."""
    rooms = found.get("rooms", {})
    for room_id in rooms.get("leave", {}):
        known.pop(room_id, None)
    for room_id, invited in rooms.get("invite", {}).items():
        known[room_id] = _invitation(room_id, invited, schools, listed)
    for room_id, joined in rooms.get("join", {}).items():
        held = known.get(room_id)
        before = held if held is not None and not held.is_invitation else RoomLine(room_id)
        known[room_id] = _updated(before, joined, schools, listed)


def _invitation(
    room_id: str, invited: dict[str, Any], schools: Schools, listed: dict[str, str]
) -> RoomLine:
    events = invited.get("invite_state", {}).get("events", [])
    names = listed | names_in(events, schools)
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
    title = text_of(part(kinds, "m.room.name", "content"), "name")
    created = kinds.get(CREATION, {})
    is_space = part(created, "content").get("type") == "m.space"
    who, school = names.get(inviter, ""), _school_of(created, schools)
    return RoomLine(
        room_id,
        _of(title, school) if title else who,
        school=school,
        is_space=is_space,
        is_invitation=True,
        invited_by=who,
        direct_with=inviter if invite.get("content", {}).get("is_direct") is True else "",
        encrypted=ENCRYPTION in kinds,
    )


def _school_of(created: Event, schools: Schools) -> str:
    """The other school that made a room; empty: ours did, or it is not told."""
    server = _server_of(created.get("sender", ""))
    return schools.get(server, server)


def _of(name: str, school: str) -> str:
    """With the school where it is another's: anybody may give a room, or themselves, our names."""
    return f"{name} ({school})" if school else name


def _updated(
    held: RoomLine, joined: dict[str, Any], schools: Schools, listed: dict[str, str]
) -> RoomLine:
    """A room's line after one more piece of its stream."""
    timeline = joined.get("timeline", {}).get("events", [])
    events = joined.get("state", {}).get("events", []) + timeline
    known = {**listed, **held.names, **names_in(events, schools)}
    change: dict[str, Any] = {"names": known}
    for event in events:
        content = event.get("content", {})
        if event["type"] == "m.room.name":
            change["title"] = text_of(content, "name")
        elif event["type"] == ENCRYPTION:
            change["encrypted"] = True
        elif event["type"] == SUCCESSOR:
            change["successor"] = text_of(content, "replacement_room")
        elif event["type"] == CREATION:
            change["is_space"] = content.get("type") == "m.space"
            change["school"] = _school_of(event, schools)
    summary = joined.get("summary", {})
    heroes = tuple(summary.get("m.heroes", held.heroes))
    change["heroes"] = heroes
    counts = joined.get("unread_notifications", {})
    change["unread"] = int(counts.get("notification_count", held.unread))
    change["mentions"] = int(counts.get("highlight_count", held.mentions))
    change["receipts"] = {**held.receipts, **_receipts(joined, held.receipts)}
    title, school = change.get("title", held.title), change.get("school", held.school)
    others = ", ".join(known[one] for one in heroes if one in known)
    named = _of(title, school) if title else others
    line = msgspec.structs.replace(held, name=named, **change)
    for event in timeline:
        line = _heard(line, event)
    return line


def _receipts(joined: dict[str, Any], held: dict[str, Receipt]) -> dict[str, Receipt]:
    """How far people have read by now; of several threads the latest counts."""
    found: dict[str, Receipt] = {}
    for event in joined.get("ephemeral", {}).get("events", []):
        for event_id, kinds in event["content"].items() if event["type"] == "m.receipt" else ():
            for user_id, said in part(kinds, "m.read").items():
                at = int(part(said).get("ts") or 0)
                before = found.get(user_id, held.get(user_id, Receipt("", 0)))
                if at >= before.at:
                    found[str(user_id)] = Receipt(str(event_id), at)
    return found


def _heard(line: RoomLine, event: Event) -> RoomLine:
    """A room's line after one event: the last words are the newest, as they stand now."""
    sender = str(event["sender"])
    if is_shown(event):
        return msgspec.structs.replace(
            line,
            last_id=str(event["event_id"]),
            last_at=int(event["origin_server_ts"]),
            last_text=_in_a_list(event),
            last_kind=_kind_of(event),
            last_by=line.names.get(sender, ""),
            last_from=sender,
        )
    if changes(event) != line.last_id or not line.last_id:
        return line
    if event["type"] == REDACTION:
        return msgspec.structs.replace(line, last_text="", last_kind="")
    if sender == line.last_from and _corrected(event):  # nobody corrects what another said
        return msgspec.structs.replace(
            line, last_text=text_of(part(event, "content", "m.new_content"))
        )
    return line


def _in_a_list(event: Event) -> str:
    """What was said, or what stands for it; of what a school's bot told the titles alone."""
    text = _words(event) or _spoken_name(event)
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
    """The servers of the members these events tell of, and of who made the rooms."""
    members = {_server_of(event["state_key"]) for event in events if _is_member(event)}
    made = {_server_of(event["sender"]) for event in events if event.get("type") == CREATION}
    return members | made


def unnamed_in(found: dict[str, Any]) -> set[str]:
    """User ids of those whom an answer of /sync speaks of without saying what they are called."""
    joined = found.get("rooms", {}).get("join", {}).values()
    heroes = {hero for room in joined for hero in room.get("summary", {}).get("m.heroes", ())}
    return unnamed(events_in(found)) | heroes


def unnamed(events: list[Event]) -> set[str]:
    """User ids of those who speak or come and go in these events, and are not named by them."""
    said = {str(event.get("sender", "")) for event in events if event.get("type") in WORDS}
    members = {str(event["state_key"]) for event in events if _is_member(event)}
    return (said | members) - set(names_in(events, {})) - {""}


def names_in(events: list[Event], schools: Schools) -> dict[str, str]:
    """User id → display name, of the members these events tell of; of others with their school:
    what somebody is called says their school, and which one that is says ours."""
    found = {}
    for event in events:
        if _is_member(event):
            # Who leaves says no name any more; what they were called until then stands beside it.
            user_id, before = str(event["state_key"]), part(event, "unsigned", "prev_content")
            name = text_of(event["content"], "displayname") or text_of(before, "displayname")
            server = _server_of(user_id)
            if name:
                found[user_id] = _of(name, schools.get(server, server))
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
    is_poll = event["type"] in POLLS and any(name in content for name in ("m.poll", POLLS[1]))
    return is_poll or "body" in content or "algorithm" in content or is_redacted(event)


def is_redacted(event: Event) -> bool:
    """Whether somebody took it back."""
    return bool(_redaction(event))


def _redaction(event: Event) -> Event:
    """By which event it was taken back; empty: by none."""
    found: Any = event.get("unsigned", {}).get("redacted_because", {})
    return found if isinstance(found, dict) else {}


def changes(event: Event) -> str:
    """The id of the earlier event that this one corrects or deletes, or that it is a reaction to;
    empty: none."""
    if event.get("type") in (REACTION, *VOTES):
        return text_of(part(event, "content", "m.relates_to"), "event_id")
    if event.get("type") == REDACTION:
        return str(event.get("redacts") or event.get("content", {}).get("redacts") or "")
    return _corrected(event) if event.get("type") in WORDS else ""


def _corrected(event: Event) -> str:
    relation = event.get("content", {}).get("m.relates_to")
    if not isinstance(relation, dict) or relation.get("rel_type") != "m.replace":
        return ""
    return str(relation.get("event_id", ""))


def message(
    event: Event,
    names: dict[str, str],
    own: str,
    *,
    late: bool = False,
    quoted: Event | None = None,
    about: list[Event] | None = None,
) -> ChatMessage:
    """An event as the page shows it, in its last wording as the server vouches for it. `quoted`: what
    it answers, where that is at hand; `about`: reactions to it."""
    sender, taken_back = str(event["sender"]), _redaction(event)
    text = _words(event)
    links: tuple[BotLink, ...] = ()
    if sender == f"@{BOT}:{_server_of(own)}":
        text, links = _told(text)
    return ChatMessage(
        event_id=str(event["event_id"]),
        sender=names.get(sender, ""),
        sender_id=sender,
        text=text,
        links=links,
        at=int(event["origin_server_ts"]),
        is_own=sender == own,
        is_sealed="algorithm" in event["content"],
        is_edited=bool(_replacement(event)),
        is_deleted=is_redacted(event) or not is_shown(event),
        is_late=late,
        names_reader=own in mentioned_by(event),
        reason=text_of(part(taken_back, "content"), "reason")[:LONGEST_REASON],
        file=file_of(event),
        poll=poll_of(event, about or ()),
        quote=_quote(event, quoted, names),
        reactions=reactions_of(about or (), own),
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


def _quote(event: Event, quoted: Event | None, names: dict[str, str]) -> Quote | None:
    """What a message answers; None: nothing."""
    event_id = quoted_by(event)
    if not event_id:
        return None
    if quoted is None or is_redacted(quoted) or not is_shown(quoted):
        return Quote(event_id, is_deleted=quoted is not None)
    words = _words(quoted) or _spoken_name(quoted)
    return Quote(event_id, names.get(str(quoted["sender"]), ""), words)


def _kind_of(event: Event) -> str:
    """What is said, where it is not only words."""
    sent = file_of(event)
    return sent.kind.value if sent is not None else "poll" if event["type"] in POLLS else ""


def _spoken_name(event: Event) -> str:
    """What stands for a file without words, and for a poll, in one line."""
    sent, poll = file_of(event), poll_of(event)
    return sent.name if sent is not None else poll.question if poll is not None else ""


def _words(event: Event) -> str:
    """Of a file what was written to it; of an answer its own words."""
    content = part(_replacement(event), "content", "m.new_content") or event["content"]
    if file_of(event) is not None:
        return caption_of(content)
    body = text_of(content)
    return unquoted(body) if quoted_by(event) else body


def _replacement(event: Event) -> Event:
    """The last correction: the server adds only one by whoever said it ("Event replacements")."""
    found: Any = event.get("unsigned", {}).get("m.relations", {}).get("m.replace", {})
    return found if isinstance(found, dict) else {}
