"""Accounts and rooms brought in step with the people of the school. May run any number of times."""

import functools
import logging
from collections.abc import Mapping

from kit.clock import Clock
from kit.db import Database, Tx
from node.messenger import store
from node.messenger.model import (
    SPACE,
    AccountSeen,
    Compared,
    KeptRoom,
    Member,
    WorkToDo,
    local_of,
    rooms_for,
)
from node.messenger.synapse.homeserver import BOT, KEEPER, OWN_ACCOUNTS
from node.messenger.synapse.keeper import Keeper

log = logging.getLogger(__name__)

DIFFERS = "differs"
"""What an account is noted to have been told when Synapse has it otherwise."""


async def reconcile_accounts(db: Database, keeper: Keeper, clock: Clock) -> bool:
    """Whether anybody's clients were ended. Raises MatrixAway, MatrixRefused; what was done until
    then stays done."""
    return await _accounts(db, keeper, await _with_accounts(db, clock))


async def compare_accounts(db: Database, keeper: Keeper) -> Compared:
    """Look whether Synapse has the accounts as it was told; what differs is told again. A client, an
    administrator of Synapse or an old backup may have changed them behind the node's back.

    Raises MatrixAway, MatrixRefused.
    """
    seen = {one.localpart: one for one in await keeper.accounts()}
    members, former, closed = await db.read(
        lambda tx: (store.members(tx), store.former(tx), store.closed(tx))
    )
    wrong: list[tuple[str, str]] = [
        (one.person_id, one.localpart)
        for one in members
        if one.told == one.wanted and not _is_as_told(one, seen.get(one.localpart))
    ]
    for one in closed:
        found = seen.get(one.localpart)
        if found is not None and not found.deactivated:
            wrong.append((one.person_id, one.localpart))
    known = OWN_ACCOUNTS.union(
        (one.localpart for one in members), (one.localpart for one in [*former, *closed])
    )
    strangers = [one.localpart for one in seen.values() if not one.deactivated]
    await _tell_again(db, [person_id for person_id, _localpart in wrong])
    compared = Compared(
        tuple(sorted(localpart for _person, localpart in wrong)),
        tuple(sorted(set(strangers) - known)),
    )
    if compared != Compared():
        log.warning(
            "accounts differ", extra={"of": compared.differing, "strange": compared.strangers}
        )
    return compared


async def _tell_again(db: Database, people: list[str]) -> None:
    """Have the accounts of these people made or changed anew."""

    def note(tx: Tx) -> None:
        for person_id in people:
            store.set_told(tx, person_id, DIFFERS)
        tx.signal(WorkToDo())

    if people:
        await db.write(note)


def _is_as_told(member: Member, seen: AccountSeen | None) -> bool:
    return seen == AccountSeen(
        member.localpart, member.display_name, deactivated=False, locked=member.locked, admin=False
    )


async def end_devices(db: Database, keeper: Keeper) -> int:
    """End the clients whose app password is gone; how many. Raises MatrixAway, MatrixRefused."""
    ending = await db.read(store.devices_without_password)
    for person_id, localpart, device_id in ending:
        await keeper.end_device(localpart, device_id)
        forget = functools.partial(store.forget_device, person_id=person_id, device_id=device_id)
        await db.write(forget)
    return len(ending)


async def reconcile_rooms(db: Database, keeper: Keeper, school: str) -> None:
    """For the accounts that are there. One that Synapse lacks all the same (its database is older than
    the school's) keeps nobody else out: it is made again, and comes in then.

    Raises MatrixAway, MatrixRefused; what was done until then stays done.
    """
    there = [member for member in await db.read(store.members) if member.told]
    unknown = await _rooms(db, keeper, school, there)
    if unknown:
        log.warning("accounts are missing in Synapse", extra={"of": sorted(unknown)})
    lost = [one for one in there if one.localpart in unknown and one.told == one.wanted]
    await _tell_again(db, [member.person_id for member in lost])


async def _with_accounts(db: Database, clock: Clock) -> list[Member]:
    """Members of staff, each with a localpart."""
    found = await db.read(store.members)
    fresh = [member for member in found if not member.localpart]
    if not fresh:
        return found

    def add(tx: Tx) -> list[Member]:
        for member in fresh:
            store.add_account(tx, member, clock.now())
        return store.members(tx)

    return await db.write(add)


async def _accounts(db: Database, keeper: Keeper, members: list[Member]) -> bool:
    ended = False
    for one in await db.read(store.former):
        await keeper.close_account(one.localpart)
        await db.write(functools.partial(store.set_told, person_id=one.person_id, told="closed"))
        ended = True
    for member in members:
        if member.told != member.wanted:
            await keeper.set_account(member.localpart, member.display_name, locked=member.locked)
            told = functools.partial(store.set_told, person_id=member.person_id, told=member.wanted)
            await db.write(told)
            ended = ended or member.locked
        if member.logout_wanted:
            await keeper.log_out(member.localpart)
            await db.write(functools.partial(store.logged_out, person_id=member.person_id))
            ended = True
    return ended


async def _rooms(db: Database, keeper: Keeper, school: str, members: list[Member]) -> set[str]:
    """The localparts that Synapse does not know."""
    accounts = {member.person_id: member for member in members}
    moderators = {member.localpart for member in members if member.moderates}
    rooms = await db.read(store.rooms)
    wanted = {
        key: (name, {accounts[person].localpart for person in people})
        for key, (name, people) in rooms_for(school, members).items()
        if people or key in rooms  # it is made when there is somebody to be in it
    }
    for key, (name, present) in wanted.items():
        if key not in rooms:
            rooms[key] = await _made(db, keeper, rooms, key, name, present & moderators)
    unknown: set[str] = set()
    # The space last: while nobody is in it, Synapse has nobody to tell of its rooms.
    for key, (name, present) in sorted(wanted.items(), key=lambda one: one[0] == SPACE):
        room = rooms[key]
        unknown |= await _members(keeper, room, present)
        if key != SPACE:
            await keeper.set_moderators(room.room_id, present & moderators)
        if room.name != name:
            await keeper.rename(room.room_id, name)
        if room.closed and key != SPACE:
            await keeper.show_in_space(rooms[SPACE].room_id, room.room_id)
        if room.closed or room.name != name:
            opened = KeptRoom(key, room.room_id, name)
            await db.write(functools.partial(_open, room=opened))
    for key, room in rooms.items():
        if key not in wanted and not room.closed:
            await _members(keeper, room, set())
            closed = KeptRoom(key, room.room_id, room.name, closed=True)
            await db.write(functools.partial(store.save_room, room=closed))
    return unknown


async def _made(
    db: Database,
    keeper: Keeper,
    rooms: Mapping[str, KeptRoom],
    key: str,
    name: str,
    moderators: set[str],
) -> KeptRoom:
    """A new room, kept as a closed one before anything else can fail: whatever does, it is this room
    that is filled and opened later, and no other is made."""
    if key == SPACE:
        room_id = await keeper.make_space(name)
    else:
        room_id = await keeper.make_room(name, rooms[SPACE].room_id, moderators)
    room = KeptRoom(key, room_id, name, closed=True)
    await db.write(functools.partial(store.save_room, room=room))
    return room


def _open(tx: Tx, room: KeptRoom) -> None:
    store.save_room(tx, room)
    tx.signal(WorkToDo())  # what waits to be said there can be said


async def _members(keeper: Keeper, room: KeptRoom, people: set[str]) -> set[str]:
    """Exactly these of ours are in the room, besides the keeper and the bot; strangers are not.

    Those of them whom Synapse does not know.
    """
    wanted = people | {BOT} if people and room.key != SPACE else people
    present = await keeper.members_of(room.room_id)
    present_of_ours = {local_of(user, keeper.server_name) for user in present}
    unknown = await keeper.bring_in(room.room_id, sorted(wanted - present_of_ours))
    for user in sorted(present):
        if local_of(user, keeper.server_name) not in wanted | {KEEPER, BOT}:
            await keeper.put_out(room.room_id, user)
    return unknown
