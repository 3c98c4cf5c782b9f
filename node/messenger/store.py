"""The SQL of the messenger."""

from collections.abc import Callable, Iterable

from kit.db import Tx, encode
from kit.signin import apps
from node.messenger.model import (
    DOOR,
    MODERATORS,
    AccountLine,
    BotQuestion,
    Colleague,
    Former,
    Gateway,
    KeptRoom,
    Member,
    Post,
    SaidPost,
    localpart_for,
)
from protocol.sync import MatrixServer

# Accounts -------------------------------------------------------------------------------------


def members(tx: Tx) -> list[Member]:
    """Staff who can sign in, with the account they have or should have."""
    rows = tx.rows(
        "SELECT s.person_id, i.login, s.name, s.position, s.department,"
        " coalesce(a.localpart, ''), a.locked_at IS NOT NULL, coalesce(a.logout_wanted, 0),"
        " coalesce(a.told, ''), EXISTS (SELECT 1 FROM people_v_role r"
        " WHERE r.person_id = s.person_id AND r.role IN (SELECT value FROM json_each(?)))"
        " FROM people_v_staff s JOIN signin_v_account i ON i.account_id = s.person_id"
        " LEFT JOIN messenger_account a ON a.person_id = s.person_id ORDER BY s.name, s.person_id",
        (encode(sorted(MODERATORS)),),
    )
    return [
        Member(
            person_id,
            login,
            name,
            position,
            department,
            localpart,
            bool(locked),
            bool(logout),
            told,
            bool(moderates),
        )
        for (
            person_id,
            login,
            name,
            position,
            department,
            localpart,
            locked,
            logout,
            told,
            moderates,
        ) in rows
    ]


def add_account(tx: Tx, member: Member, now: int) -> str:
    """Give a member of staff their localpart; it stays theirs for ever."""
    taken = {str(row[0]) for row in tx.rows("SELECT localpart FROM messenger_account")}
    localpart = localpart_for(member.login, member.person_id, taken)
    tx.execute(
        "INSERT INTO messenger_account (person_id, localpart, made_at) VALUES (?, ?, ?)",
        (member.person_id, localpart, now),
    )
    return localpart


def former(tx: Tx) -> list[Former]:
    """Accounts that Synapse still has open though their people left."""
    rows = tx.rows(
        "SELECT a.person_id, a.localpart FROM messenger_account a"
        " WHERE a.told NOT IN ('', 'closed') AND NOT EXISTS (SELECT 1 FROM people_v_staff s"
        " JOIN signin_v_account i ON i.account_id = s.person_id WHERE s.person_id = a.person_id)"
    )
    return [Former(*row) for row in rows]


def accounts_told(tx: Tx) -> list[tuple[str, str]]:
    """What Synapse was told of each account."""
    rows = tx.rows("SELECT person_id, told FROM messenger_account ORDER BY person_id")
    return [(str(row[0]), str(row[1])) for row in rows]


def set_told(tx: Tx, person_id: str, told: str) -> None:
    tx.execute("UPDATE messenger_account SET told = ? WHERE person_id = ?", (told, person_id))


def want_logout(tx: Tx, person_id: str) -> None:
    """All devices must sign in again; passwords of apps are no more."""
    tx.execute("UPDATE messenger_account SET logout_wanted = 1 WHERE person_id = ?", (person_id,))
    apps.remove_all(tx, person_id, DOOR)


def logged_out(tx: Tx, person_id: str) -> None:
    tx.execute("UPDATE messenger_account SET logout_wanted = 0 WHERE person_id = ?", (person_id,))


def set_locked(tx: Tx, person_id: str, at: int | None, by: str) -> bool:
    """Whether there is such an account."""
    return bool(
        tx.execute(
            "UPDATE messenger_account SET locked_at = ?, locked_by = ? WHERE person_id = ?",
            (at, by, person_id),
        )
    )


def closed(tx: Tx) -> list[Former]:
    """Accounts that were ended, of people who are no longer staff."""
    rows = tx.rows(
        "SELECT a.person_id, a.localpart FROM messenger_account a"
        " WHERE a.told = 'closed' AND NOT EXISTS (SELECT 1 FROM people_v_staff s"
        " JOIN signin_v_account i ON i.account_id = s.person_id WHERE s.person_id = a.person_id)"
    )
    return [Former(*row) for row in rows]


def locked_by(tx: Tx, person_id: str) -> str:
    """Who holds somebody's account; empty: nobody."""
    found = tx.value(
        "SELECT locked_by FROM messenger_account WHERE person_id = ? AND locked_at IS NOT NULL",
        (person_id,),
    )
    return str(found or "")


def administrators(tx: Tx) -> list[str]:
    """The names of those who can let an account go again."""
    rows = tx.rows(
        "SELECT s.name FROM people_v_role r JOIN people_v_staff s ON s.person_id = r.person_id"
        " WHERE r.role = 'administrator' ORDER BY s.name"
    )
    return [str(row[0]) for row in rows]


def account_lines(tx: Tx) -> list[AccountLine]:
    rows = tx.rows(
        "SELECT a.person_id, s.name, s.position, a.localpart, a.locked_at, a.told"
        " FROM messenger_account a JOIN people_v_staff s ON s.person_id = a.person_id"
        " ORDER BY s.name"
    )
    return [AccountLine(*row) for row in rows]


def localpart_of(tx: Tx, person_id: str) -> str:
    """Of somebody who may use the messenger now; empty: nobody."""
    found = tx.value(
        "SELECT a.localpart FROM messenger_account a"
        " JOIN people_v_staff s ON s.person_id = a.person_id"
        " JOIN signin_v_account i ON i.account_id = a.person_id"
        " WHERE a.person_id = ? AND a.locked_at IS NULL",
        (person_id,),
    )
    return str(found or "")


def person_of_localpart(tx: Tx, localpart: str) -> str:
    """The person behind a Matrix id of this school, who may use it now; empty: nobody."""
    found = tx.value(
        "SELECT a.person_id FROM messenger_account a"
        " JOIN people_v_staff s ON s.person_id = a.person_id"
        " WHERE a.localpart = ? AND a.locked_at IS NULL",
        (localpart,),
    )
    return str(found or "")


def login_of(tx: Tx, user: str) -> tuple[str, str] | None:
    """(login, person id) of what somebody typed: their login, or their localpart."""
    row = tx.row(
        "SELECT i.login, i.account_id FROM signin_v_account i WHERE i.login = ?"
        " UNION ALL SELECT i.login, i.account_id FROM signin_v_account i"
        " JOIN messenger_account a ON a.person_id = i.account_id WHERE a.localpart = ? LIMIT 1",
        (user, user),
    )
    return None if row is None else (str(row[0]), str(row[1]))


def login_of_localpart(tx: Tx, localpart: str) -> tuple[str, str] | None:
    """(login, person id) of whose Matrix id this is part of."""
    row = tx.row(
        "SELECT i.login, i.account_id FROM messenger_account a"
        " JOIN signin_v_account i ON i.account_id = a.person_id WHERE a.localpart = ?",
        (localpart,),
    )
    return None if row is None else (str(row[0]), str(row[1]))


def generation_of(tx: Tx, person_id: str) -> int:
    """How often somebody's ways in were taken back; -1: they have no account."""
    found = tx.value("SELECT generation FROM signin_v_account WHERE account_id = ?", (person_id,))
    return -1 if found is None else int(found)


def display_name(tx: Tx, person_id: str) -> str:
    return str(
        tx.value(
            "SELECT trim(name || ' ' || position) FROM people_v_staff WHERE person_id = ?",
            (person_id,),
        )
        or ""
    )


def names_of(tx: Tx, user_ids: Iterable[str]) -> dict[str, str]:
    """User id → name and position, of people of this school; who left has no position any more."""
    rows = tx.rows(
        "SELECT j.value, trim(k.name || ' ' || coalesce(s.position, '')) FROM json_each(?) j"
        " JOIN messenger_own o ON o.id = 1"
        " JOIN messenger_account a"
        " ON a.localpart = substr(j.value, 2, instr(j.value, ':') - 2)"
        " AND j.value = '@' || a.localpart || ':' || o.server_name"
        " JOIN people_v_known k ON k.id = a.person_id"
        " LEFT JOIN people_v_staff s ON s.person_id = a.person_id",
        (encode(sorted(user_ids)),),
    )
    return {str(user_id): str(name) for user_id, name in rows}


def colleagues(tx: Tx, school: str) -> list[Colleague]:
    """All of the own staff who have an account: a hundred at most."""
    rows = tx.rows(
        "SELECT v.user_id, s.name, s.position, s.department FROM people_v_staff s"
        " JOIN messenger_v_account v ON v.person_id = s.person_id ORDER BY s.name"
    )
    return [Colleague(row[0], row[1], row[2], row[3], school) for row in rows]


# Clients by app password ----------------------------------------------------------------------


def remember_device(tx: Tx, person_id: str, device_id: str, password_id: str) -> None:
    """A client signed in by an app password; a later sign-in of the same one counts."""
    tx.execute(
        "INSERT INTO messenger_app_device (person_id, device_id, password_id) VALUES (?, ?, ?)"
        " ON CONFLICT (person_id, device_id) DO UPDATE SET password_id = excluded.password_id",
        (person_id, device_id, password_id),
    )


def forget_device(tx: Tx, person_id: str, device_id: str) -> None:
    tx.execute(
        "DELETE FROM messenger_app_device WHERE person_id = ? AND device_id = ?",
        (person_id, device_id),
    )


def has_signed_in(tx: Tx, password_id: str) -> bool:
    """Whether it is known which clients signed in by an app password."""
    found = tx.value(
        "SELECT 1 FROM messenger_app_device WHERE password_id = ? LIMIT 1", (password_id,)
    )
    return found is not None


def devices_without_password(tx: Tx) -> list[tuple[str, str, str]]:
    """(person id, localpart, device id) of clients whose app password is gone."""
    rows = tx.rows(
        "SELECT d.person_id, a.localpart, d.device_id FROM messenger_app_device d"
        " JOIN messenger_account a ON a.person_id = d.person_id WHERE NOT EXISTS"
        " (SELECT 1 FROM signin_v_app_password p WHERE p.id = d.password_id)"
    )
    return [(str(row[0]), str(row[1]), str(row[2])) for row in rows]


# Push gateways --------------------------------------------------------------------------------


def gateways(tx: Tx) -> list[Gateway]:
    return tx.structs(
        Gateway, "SELECT host, added_at, added_by FROM messenger_push_gateway ORDER BY host"
    )


def add_gateway(tx: Tx, gateway: Gateway) -> bool:
    """Whether it is new."""
    return bool(
        tx.execute(
            "INSERT INTO messenger_push_gateway (host, added_at, added_by) VALUES (?, ?, ?)"
            " ON CONFLICT (host) DO NOTHING",
            (gateway.host, gateway.added_at, gateway.added_by),
        )
    )


def remove_gateway(tx: Tx, host: str) -> bool:
    """Whether there was such a one."""
    return bool(tx.execute("DELETE FROM messenger_push_gateway WHERE host = ?", (host,)))


# Rooms, posts, questions ----------------------------------------------------------------------


def rooms(tx: Tx) -> dict[str, KeptRoom]:
    found = tx.rows("SELECT key, room_id, name, closed FROM messenger_room")
    return {key: KeptRoom(key, room_id, name, bool(closed)) for key, room_id, name, closed in found}


def room_name(tx: Tx, room_id: str) -> str:
    """The name of a room that the node keeps; empty: it keeps no such one."""
    found = tx.value("SELECT name FROM messenger_room WHERE room_id = ?", (room_id,))
    return str(found or "")


def save_room(tx: Tx, room: KeptRoom) -> None:
    tx.execute(
        "INSERT INTO messenger_room (key, room_id, name, closed) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (key) DO UPDATE SET room_id = excluded.room_id, name = excluded.name,"
        " closed = excluded.closed",
        (room.key, room.room_id, room.name, int(room.closed)),
    )


def add_post(tx: Tx, post: Post, now: int) -> None:
    """Once only, however often its event comes."""
    tx.execute(
        "INSERT INTO messenger_post (id, room_key, body, html, about, made_at)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
        (post.id, post.room_key, post.body, post.html, post.about, now),
    )


def posts(
    tx: Tx, limit: int, titles: Callable[[Tx, str], str | None]
) -> tuple[list[Post], list[str]]:
    """What can be said now, as it is to be said now: its room is there, and so is what it tells of
    (`titles`). The making of a room wakes the bot. And ids of posts that tell of what is gone.

    In the order in which it was added: two letters of one second keep it by their row's number.
    """
    found: list[Post] = []
    void: list[str] = []
    at = (0, 0)
    while len(found) < limit:
        rows = tx.rows(
            "SELECT p.made_at, p.rowid, p.id, p.room_key, p.body, p.html, p.about"
            " FROM messenger_post p JOIN messenger_room r ON r.key = p.room_key"
            " WHERE (p.made_at, p.rowid) > (?, ?) ORDER BY p.made_at, p.rowid LIMIT ?",
            (*at, limit),
        )
        for made_at, number, *rest in rows:
            at = (made_at, number)
            post = Post(*rest)
            title = titles(tx, post.about)
            if title is None:
                void.append(post.id)
            elif len(found) < limit:
                found.append(post.titled(title))
        if len(rows) < limit:
            break
    return found, void


def posted(tx: Tx, post_id: str) -> None:
    tx.execute("DELETE FROM messenger_post WHERE id = ?", (post_id,))


def note_said(tx: Tx, said: SaidPost) -> None:
    """Under which event a post stands in its room."""
    tx.execute(
        "INSERT INTO messenger_said (post_id, about, room_id, event_id) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (post_id) DO NOTHING",
        (said.post_id, said.about, said.room_id, said.event_id),
    )


def unsay(tx: Tx, about: str) -> int:
    """What was said of a thing is to be taken back; how many posts."""
    return tx.execute("UPDATE messenger_said SET gone = 1 WHERE about = ?", (about,))


def to_unsay(tx: Tx, limit: int) -> list[SaidPost]:
    return tx.structs(
        SaidPost,
        "SELECT post_id, about, room_id, event_id FROM messenger_said WHERE gone = 1"
        " ORDER BY post_id LIMIT ?",
        (limit,),
    )


def unsaid(tx: Tx, post_id: str) -> None:
    tx.execute("DELETE FROM messenger_said WHERE post_id = ?", (post_id,))


def add_questions(tx: Tx, questions: Iterable[BotQuestion], now: int) -> int:
    """How many of them are new."""
    return sum(
        tx.execute(
            "INSERT INTO messenger_question"
            " (event_id, room_id, sender, text, spoken_to, thread, asked_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (event_id) DO NOTHING",
            (one.event_id, one.room_id, one.sender, one.text, int(one.spoken_to), one.thread, now),
        )
        for one in questions
    )


def open_questions(tx: Tx, limit: int) -> list[BotQuestion]:
    rows = tx.rows(
        "SELECT event_id, room_id, sender, text, spoken_to, thread FROM messenger_question"
        " WHERE answered_at IS NULL ORDER BY asked_at, event_id LIMIT ?",
        (limit,),
    )
    return [BotQuestion(row[0], row[1], row[2], row[3], bool(row[4]), row[5]) for row in rows]


def answered(tx: Tx, event_id: str, now: int) -> None:
    """The words are not kept: they stand in the room."""
    tx.execute(
        "UPDATE messenger_question SET answered_at = ?, text = '' WHERE event_id = ?",
        (now, event_id),
    )


def forget_answered(tx: Tx, before: int) -> None:
    tx.execute("DELETE FROM messenger_question WHERE answered_at < ?", (before,))


# The federation -------------------------------------------------------------------------------


def replace_servers(tx: Tx, servers: Iterable[MatrixServer]) -> None:
    tx.execute("DELETE FROM messenger_server")
    change_servers(tx, servers, ())


def change_servers(tx: Tx, servers: Iterable[MatrixServer], gone: Iterable[str]) -> None:
    """Some were added or are reached elsewhere; those named in `gone` (lower case) go."""
    tx.many("DELETE FROM messenger_server WHERE server_name = ?", [(name,) for name in gone])
    tx.many(
        "INSERT OR REPLACE INTO messenger_server (server_name, school_id, address)"
        " VALUES (?, ?, ?)",
        [(one.server_name.lower(), one.school_id, one.address) for one in servers],
    )


def servers(tx: Tx) -> dict[str, str]:
    """Server name → address of every school one may speak with."""
    return {
        str(name): str(address)
        for name, address in tx.rows("SELECT server_name, address FROM messenger_server")
    }


def schools_of(tx: Tx, servers: Iterable[str]) -> dict[str, str]:
    """Server name → school id, of those of these servers that one may speak with."""
    rows = tx.rows(
        "SELECT s.server_name, s.school_id FROM json_each(?) j"
        " JOIN messenger_server s ON s.server_name = j.value",
        (encode(sorted(servers)),),
    )
    return {str(name): str(school_id) for name, school_id in rows}


def met(tx: Tx) -> set[str]:
    """Servers ever spoken with."""
    return {str(row[0]) for row in tx.rows("SELECT server_name FROM messenger_met")}


def meet(tx: Tx, names: Iterable[str]) -> None:
    for name in names:
        tx.execute("INSERT OR IGNORE INTO messenger_met (server_name) VALUES (?)", (name,))


def own(tx: Tx) -> tuple[str, str] | None:
    """(server name, address) of this school's server, once it has one."""
    row = tx.row("SELECT server_name, address FROM messenger_own")
    return None if row is None else (str(row[0]), str(row[1]))


def set_own(tx: Tx, server_name: str, address: str) -> None:
    tx.execute(
        "INSERT INTO messenger_own (id, server_name, address) VALUES (1, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET server_name = excluded.server_name,"
        " address = excluded.address",
        (server_name, address),
    )
