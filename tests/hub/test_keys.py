"""A school's keys at the hub: one follows another, and an ended one never speaks again."""

from typing import Any

import msgspec
import pytest

from hub.officers.model import CONSOLE, Role
from kit.clock import DAY, MINUTE, ManualClock
from protocol.attestation import Ending, verify_attestation, verify_end
from protocol.enrolment import open_grant
from protocol.identity import KeyPair, PublicKeys, SchoolKind
from protocol.message import encode
from protocol.rotation import KEYS_PATH, RotationRequest
from protocol.sync import SYNC_PATH, NodeState, Standing, Up
from tests.hub.conftest import HANBIT, SAESOL, Province
from tests.hub.node_simulator import NodeSimulator, Refused


async def standing(province: Province, keys: KeyPair) -> Standing | None:
    """How the bearer of a key stands; None: a key never seen."""
    found = await province.hub.db.read(lambda tx: province.hub.schools.school_of(tx, keys.key_id))
    return None if found is None else found.standing


async def refused(node: NodeSimulator, request: RotationRequest, new: KeyPair) -> str:
    with pytest.raises(Refused) as caught:
        await node.rotate(request, new)
    return caught.value.code


async def sync(province: Province, node: NodeSimulator) -> None:
    """One conversation, as small as it can be. Raises Refused."""
    state = NodeState(version="1", started_at=1, disk_free=10**10, disk_total=10**11)
    up = Up(sent_at=province.clock.now(), epoch="1", state=state)
    await node.call("POST", SYNC_PATH, encode(up))


# Following --------------------------------------------------------------------------------------


async def test_a_school_exchanges_its_keys(province: Province) -> None:
    node, new = await province.joined(), KeyPair.generate()
    await sync(province, node)
    province.clock.advance(DAY)
    grant = await node.rotate(node.rotation(new), new)
    attested = verify_attestation(grant.attestation)
    assert (attested.school_id, attested.keys) == (HANBIT, new.public)
    ended = verify_end(grant.ended)
    assert (ended.key, ended.ending) == (node.keys.public.signing, Ending.ROTATED)
    assert ended.ended_at == province.clock.now()
    assert await standing(province, node.keys) is Standing.REVOKED
    assert await standing(province, new) is Standing.ACTIVE

    with pytest.raises(Refused, match="school-revoked") as told:
        await sync(province, node)
    assert "새 키로 교체되었습니다" in told.value.detail
    node.keys = new
    await sync(province, node)


async def test_officers_see_a_schools_keys_and_when_each_was_used(province: Province) -> None:
    node, new = await province.joined(), KeyPair.generate()
    await node.rotate(node.rotation(new), new)
    browser = await province.signed_in(Role.VIEWER)
    shown = await (await browser.get(f"/schools/{HANBIT}")).text()
    assert new.public.fingerprint in shown
    assert node.keys.public.fingerprint in shown
    assert "학교 키 교체" in shown


async def test_the_same_statement_again_has_the_same_answer(province: Province) -> None:
    """The answer was lost, the hub was started anew, the old private key may be gone."""
    node, new = await province.joined(), KeyPair.generate()
    request = node.rotation(new)
    first = await node.rotate(request, new)
    await province.restart()
    province.clock.advance(20 * DAY)
    assert await node.rotate(request, new) == first
    another = KeyPair.generate()
    assert await refused(node, node.rotation(another), another) == "key-ended"
    assert await standing(province, another) is None


async def test_keys_follow_one_another_as_often_as_the_school_likes(province: Province) -> None:
    node = await province.joined()
    requests: list[tuple[RotationRequest, KeyPair]] = []
    for _time in range(3):
        new = KeyPair.generate()
        requests.append((node.rotation(new), new))
        await node.rotate(*requests[-1])
        node.keys = new
    await sync(province, node)
    assert await refused(node, *requests[0]) == "key-ended"  # what followed it has ended as well


# Refusals ---------------------------------------------------------------------------------------


async def nothing_kept(province: Province, node: NodeSimulator, new: KeyPair) -> None:
    assert await standing(province, node.keys) is Standing.ACTIVE
    assert await standing(province, new) is None
    counted = await province.hub.db.read(
        lambda tx: tx.value("SELECT count(*) FROM schools_certificate")
    )
    assert counted == 1


async def test_who_does_not_have_the_old_key_changes_nothing(province: Province) -> None:
    node, new = await province.joined(), KeyPair.generate()
    honest = node.rotation(new)
    forged = node.rotation(new, KeyPair.generate()).statement
    named = msgspec.structs.replace(forged, rotation=honest.statement.rotation)
    for statement, code in ((forged, "key-unknown"), (named, "rotation-wrong")):
        request = msgspec.structs.replace(honest, statement=statement)
        assert await refused(node, request, new) == code
    assert await refused(node, honest, KeyPair.generate()) == "enrolment-signature"
    await nothing_kept(province, node, new)


async def test_a_key_follows_for_its_own_school_only(province: Province) -> None:
    node, new = await province.joined(), KeyPair.generate()
    other = province.node(SAESOL, "새솔중학교", SchoolKind.MIDDLE)
    await other.join(await province.invite(SAESOL, "새솔중학교", SchoolKind.MIDDLE))
    assert await refused(other, other.rotation(new, node.keys), new) == "key-unknown"
    for taken in (other.keys, province.hub.ground.keys):
        assert await refused(node, node.rotation(taken), taken) == "key-taken"
    await nothing_kept_but_two(province, node)


async def nothing_kept_but_two(province: Province, node: NodeSimulator) -> None:
    assert await standing(province, node.keys) is Standing.ACTIVE
    counted = await province.hub.db.read(lambda tx: tx.value("SELECT count(*) FROM schools_key"))
    assert counted == 2


async def test_a_suspended_school_exchanges_its_keys_once_it_is_resumed(province: Province) -> None:
    node, new = await province.joined(), KeyPair.generate()
    await province.hub.standings.suspend(CONSOLE, HANBIT, "점검")
    assert await refused(node, node.rotation(new), new) == "school-suspended"
    await province.hub.standings.resume(CONSOLE, HANBIT, "끝")
    await node.rotate(node.rotation(new), new)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "rotation-unreadable"),
        (b"[]", "rotation-unreadable"),
        (b'{"v":1}', "rotation-unreadable"),
        (b'{"v":2}', "rotation-unreadable"),
    ],
)
async def test_what_is_no_rotation_is_a_plain_refusal(
    province: Province, body: bytes, code: str
) -> None:
    node = await province.joined()
    with pytest.raises(Refused, match=code) as caught:
        await node.call("POST", KEYS_PATH, body)
    assert caught.value.status == 400


async def test_a_statement_with_a_key_that_is_none_is_refused(province: Province) -> None:
    node, new = await province.joined(), KeyPair.generate()
    honest = node.rotation(new)
    stated = honest.statement.rotation
    for changes in ({"old_key": "AAAA"}, {"keys": PublicKeys(signing="AAAA", sealing="AAAA")}):
        broken = msgspec.structs.replace(stated, **changes)
        request = msgspec.structs.replace(
            honest, statement=msgspec.structs.replace(honest.statement, rotation=broken)
        )
        assert await refused(node, request, new) == "rotation-wrong"
    await nothing_kept(province, node, new)


async def test_a_clock_that_is_off_is_told_by_how_much(province: Province) -> None:
    node, new = await province.joined(), KeyPair.generate()
    node.clock = ManualClock(province.clock.now() - 90 * MINUTE)
    assert await refused(node, node.rotation(new), new) == "clock-off"
    await nothing_kept(province, node, new)


# Ended for ever ---------------------------------------------------------------------------------


async def enrol(node: NodeSimulator, invitation: Any) -> Any:
    await node.meet(invitation)
    request = node.request(invitation)
    return open_grant(await node.ask(request), request, invitation)


async def test_a_revoked_key_never_joins_again_and_a_new_one_does(province: Province) -> None:
    node = await province.joined()
    old = node.keys
    await province.hub.standings.revoke(CONSOLE, HANBIT, "디스크 도난")
    revoked_at = province.clock.now()
    province.clock.advance(DAY)
    invitation = await province.invite()
    with pytest.raises(Refused, match="key-ended"):
        await enrol(node, invitation)
    new = KeyPair.generate()
    assert await refused(node, node.rotation(new), new) == "school-revoked"

    node.keys = KeyPair.generate()
    grant = await enrol(node, invitation)  # the refusals cost nothing
    (end,) = grant.ended
    ended = verify_end(end)
    assert (ended.key, ended.ending) == (old.public.signing, Ending.REVOKED)
    assert ended.ended_at == revoked_at
    await sync(province, node)
    assert await refused(node, node.rotation(new, old), new) == "key-ended"
    assert await standing(province, old) is Standing.REVOKED


async def test_a_key_that_was_followed_never_joins_again(province: Province) -> None:
    node, new = await province.joined(), KeyPair.generate()
    province.clock.advance(DAY)
    await node.rotate(node.rotation(new), new)
    await province.hub.standings.revoke(CONSOLE, HANBIT, "서버 교체")
    invitation = await province.invite()
    with pytest.raises(Refused, match="key-ended"):  # restored from a backup before the rotation
        await enrol(node, invitation)
    node.keys = KeyPair.generate()
    grant = await enrol(node, invitation)
    assert [verify_end(one).ending for one in grant.ended] == [Ending.REVOKED, Ending.ROTATED]


async def test_a_first_grant_speaks_of_no_earlier_key(province: Province) -> None:
    grant = await enrol(province.node(), await province.invite())
    assert grant.ended is msgspec.UNSET
    assert b"ended" not in encode(grant)
