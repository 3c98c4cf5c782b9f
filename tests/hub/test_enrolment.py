"""A school joins, or hears exactly why not; nothing is ever half-enrolled."""

import hashlib
import ssl
from typing import Any

import aiohttp
import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from hub.officers.model import CONSOLE
from hub.schools.model import AlreadyMember, State
from kit.clock import DAY, HOUR, MINUTE, ManualClock
from kit.db import Tx
from kit.signin import attempts
from kit.signin.attempts import count
from protocol.attestation import verify_attestation
from protocol.enrolment import derive, format_code, open_grant
from protocol.identity import KeyPair, SchoolKind
from protocol.sync import Standing
from tests.hub.conftest import HANBIT, SAESOL, Province
from tests.hub.node_simulator import NodeSimulator, Refused


async def left_behind(province: Province) -> tuple[Any, ...]:
    """Everything an enrolment writes, counted."""
    return await province.hub.db.read(
        lambda tx: tuple(
            tx.value(sql)
            for sql in (
                "SELECT count(*) FROM schools_key",
                "SELECT count(*) FROM schools_certificate",
                "SELECT count(*) FROM schools_invitation WHERE used_at IS NOT NULL",
                "SELECT count(*) FROM schools_school WHERE enrolled_at IS NOT NULL",
                "SELECT count(*) FROM kit_audit WHERE action = 'schools:school:enrol'",
                "SELECT count(*) FROM kit_event WHERE tag = 'schools.enrolled'",
            )
        )
    )


NOTHING = (0, 0, 0, 0, 0, 0)
ONE = (1, 1, 1, 1, 1, 1)


async def refused(node: NodeSimulator, invitation: Any, **changes: Any) -> Refused:
    await node.meet(invitation)
    with pytest.raises(Refused) as caught:
        await node.ask(node.request(invitation, **changes))
    return caught.value


async def test_an_invited_school_joins_over_pinned_tls_and_is_active(province: Province) -> None:
    node = province.node()
    grant = await node.join(await province.invite())
    assert grant.server_name == "j107530101.madang.test"
    assert verify_attestation(grant.attestation).keys == node.keys.public
    certificate = x509.load_pem_x509_certificate(grant.certificate_pem.encode())
    authority = x509.load_pem_x509_certificate(grant.hub.ca_chain_pem[0].encode())
    certificate.verify_directly_issued_by(authority)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [grant.server_name]
    assert certificate.public_key() == node.tls_key.public_key()
    assert await left_behind(province) == ONE
    found = await province.hub.schools.school(CONSOLE, HANBIT)
    assert found.school.state is State.ACTIVE
    known = await province.hub.db.read(
        lambda tx: province.hub.schools.school_of(tx, node.keys.key_id)
    )
    assert known is not None
    assert known.standing is Standing.ACTIVE
    assert known.signing_key == node.keys.public.signing_bytes


async def test_after_joining_the_node_trusts_the_provincial_ca_by_name(province: Province) -> None:
    node = await province.joined()
    assert isinstance(node.tls, ssl.SSLContext)
    with pytest.raises(Refused) as caught:  # over TLS verified by CA and name, not by fingerprint
        await node.ask(node.request(await _spare_invitation(province)))
    assert caught.value.code == "school-already-enrolled"


async def _spare_invitation(province: Province) -> Any:
    """A second open invitation of a school that has joined meanwhile."""
    await province.hub.db.write(
        lambda tx: tx.execute("UPDATE schools_school SET standing = 'revoked'")
    )
    invitation = await province.invite()
    await province.hub.db.write(
        lambda tx: tx.execute("UPDATE schools_school SET standing = 'active'")
    )
    return invitation


async def test_the_same_request_again_gets_the_same_grant(province: Province) -> None:
    """The connection broke after the hub had answered; weeks later the node asks again."""
    node, invitation = province.node(), await province.invite()
    await node.meet(invitation)
    first_request = node.request(invitation)
    first = open_grant(await node.ask(first_request), first_request, invitation)
    province.clock.advance(20 * DAY)  # the invitation has expired meanwhile
    again_request = node.request(invitation, csr_pem=first_request.csr_pem)
    again = open_grant(await node.ask(again_request), again_request, invitation)
    assert again.certificate_pem == first.certificate_pem
    assert again.attestation == first.attestation
    assert await left_behind(province) == ONE


async def test_the_grant_survives_a_restart_of_the_hub(province: Province) -> None:
    node, invitation = province.node(), await province.invite()
    await node.meet(invitation)
    request = node.request(invitation)
    first = await node.ask(request)
    await province.restart()
    assert await node.ask(request) == first


async def test_a_used_code_is_worth_nothing_to_another_server(province: Province) -> None:
    invitation = await province.invite()
    await province.node().join(invitation)
    refusal = await refused(province.node(), invitation)
    assert (refusal.status, refusal.code) == (409, "invitation-used")
    assert "2026. 11. 23. 09:00" in refusal.detail
    assert await left_behind(province) == ONE


async def test_a_wrong_code_is_told_nothing(province: Province) -> None:
    invitation = await province.invite()
    other = msgspec.structs.replace(invitation, code=format_code(b"\x07" * 13))
    refusal = await refused(province.node(), other)
    assert (refusal.status, refusal.code) == (403, "invitation-unknown")
    assert await left_behind(province) == NOTHING


async def test_knowing_an_invitations_id_is_not_knowing_its_code(province: Province) -> None:
    invitation = await province.invite()
    node = province.node()
    await node.meet(invitation)
    request = node.request(msgspec.structs.replace(invitation, code=format_code(b"\x07" * 13)))
    stolen = msgspec.structs.replace(request, invitation_id=derive(invitation.code).id)
    with pytest.raises(Refused, match="invitation-unknown"):
        await node.ask(stolen)
    assert await left_behind(province) == NOTHING


async def test_an_expired_code_says_when_it_expired(province: Province) -> None:
    invitation = await province.invite(days=3)
    province.clock.advance(3 * DAY)
    refusal = await refused(province.node(), invitation)
    assert (refusal.status, refusal.code) == (410, "invitation-expired")
    assert "2026. 11. 26. 09:00" in refusal.detail
    assert await left_behind(province) == NOTHING


async def test_a_withdrawn_code_is_refused(province: Province) -> None:
    invitation = await province.invite()
    await province.hub.invitations.withdraw(CONSOLE, derive(invitation.code).id)
    refusal = await refused(province.node(), invitation)
    assert (refusal.status, refusal.code) == (410, "invitation-revoked")
    assert await left_behind(province) == NOTHING


async def test_a_code_is_bound_to_its_school(province: Province) -> None:
    invitation = await province.invite()
    other = province.node(SAESOL, "새솔중학교", SchoolKind.MIDDLE)
    refusal = await refused(other, invitation)
    assert refusal.code == "invitation-other-school"
    assert HANBIT in refusal.detail
    assert SAESOL in refusal.detail
    assert await left_behind(province) == NOTHING


@pytest.mark.parametrize(
    "changes", [{"school_name": "한빛중학교"}, {"school_kind": SchoolKind.MIDDLE}]
)
async def test_the_school_must_be_the_one_the_officer_meant(
    province: Province, changes: dict[str, Any]
) -> None:
    refusal = await refused(province.node(), await province.invite(), **changes)
    assert refusal.code == "school-name-differs"
    assert await left_behind(province) == NOTHING


async def test_spaces_in_a_schools_name_do_not_matter(province: Province) -> None:
    node = province.node(name="한빛 초등학교")
    await node.join(await province.invite())
    assert await left_behind(province) == ONE


@pytest.mark.parametrize(
    ("off", "words"),
    [
        (-(3 * HOUR + 20 * MINUTE), "3시간 20분 느립니다"),
        (9 * HOUR, "9시간 0분 빠릅니다"),
    ],
)
async def test_a_clock_off_by_hours_is_told_by_how_much(
    province: Province, off: int, words: str
) -> None:
    node = province.node()
    node.clock = ManualClock(province.clock.now() + off)
    refusal = await refused(node, await province.invite())
    assert refusal.code == "clock-off"
    assert words in refusal.detail
    assert await left_behind(province) == NOTHING


def other_csr(key: Any, name: str = HANBIT.lower()) -> str:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM).decode()


@pytest.mark.parametrize(
    "csr_pem",
    [
        "",
        "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
        other_csr(rsa.generate_private_key(65537, 2048)),
        other_csr(ec.generate_private_key(ec.SECP384R1())),
        other_csr(ec.generate_private_key(ec.SECP256R1()), "j107530202.madang.test"),
        other_csr(ec.generate_private_key(ec.SECP256R1()), "*.madang.test"),
    ],
    ids=["empty", "garbage", "rsa", "p384", "another school's name", "wildcard"],
)
async def test_a_certificate_request_that_cannot_be_granted_enrols_nobody(
    province: Province, csr_pem: str
) -> None:
    refusal = await refused(province.node(), await province.invite(), csr_pem=csr_pem)
    assert (refusal.status, refusal.code) == (422, "certificate-request-wrong")
    assert await left_behind(province) == NOTHING
    await province.node().join(await province.invite())  # the school is none the worse for it


async def test_a_request_altered_on_its_way_is_refused(province: Province) -> None:
    invitation = await province.invite()
    node = province.node()
    await node.meet(invitation)
    request = node.request(invitation)
    thief = msgspec.structs.replace(request, keys=KeyPair.generate().public)
    with pytest.raises(Refused, match="invitation-unknown"):
        await node.ask(thief)
    with pytest.raises(Refused, match="enrolment-signature"):  # proved, but signed by another key
        await node.ask(node.request(invitation, keys=KeyPair.generate().public))
    assert await left_behind(province) == NOTHING


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "enrolment-unreadable"),
        (b"\xff\xfe", "enrolment-unreadable"),
        (b"[]", "enrolment-unreadable"),
        (b'{"v":1}', "enrolment-unreadable"),
        (b'{"v":2}', "enrolment-version"),
    ],
)
async def test_what_is_no_request_is_a_plain_refusal(
    province: Province, body: bytes, code: str
) -> None:
    node = province.node()
    await node.meet(await province.invite())
    with pytest.raises(Refused, match=code) as caught:
        await node.call("POST", "/v1/enrol", body)
    assert caught.value.status == 400
    assert await left_behind(province) == NOTHING


async def test_a_hub_with_another_certificate_is_not_believed(province: Province) -> None:
    invitation = await province.invite()
    other = hashlib.sha256(b"another").hexdigest()
    forged = msgspec.structs.replace(invitation, tls_fingerprint=other)
    with pytest.raises(aiohttp.ServerFingerprintMismatch):
        await province.node().join(forged)
    assert await left_behind(province) == NOTHING


async def test_a_member_cannot_be_invited_again(province: Province) -> None:
    await province.joined()
    with pytest.raises(AlreadyMember):
        await province.invite()


async def test_a_second_server_of_a_member_is_refused(province: Province) -> None:
    first, second = await province.invite(), await province.invite()
    await province.node().join(first)
    refusal = await refused(province.node(), second)
    assert (refusal.status, refusal.code) == (409, "school-already-enrolled")
    assert await left_behind(province) == ONE


async def test_two_schools_cannot_share_a_key(province: Province) -> None:
    node = await province.joined()
    twin = province.node(SAESOL, "새솔중학교", SchoolKind.MIDDLE)
    twin.keys = node.keys
    refusal = await refused(twin, await province.invite(SAESOL, "새솔중학교", SchoolKind.MIDDLE))
    assert refusal.code == "key-taken"
    assert await left_behind(province) == ONE


async def test_a_revoked_school_comes_back_with_a_new_server_only_by_a_new_invitation(
    province: Province,
) -> None:
    invitation = await province.invite()
    node = province.node()
    await node.meet(invitation)
    request = node.request(invitation)
    await node.ask(request)
    await province.hub.standings.revoke(CONSOLE, HANBIT, "서버 교체")
    with pytest.raises(Refused, match="school-revoked"):
        await node.ask(request)
    fresh = province.node()
    await fresh.join(await province.invite())
    old, new = await province.hub.db.read(
        lambda tx: (
            province.hub.schools.school_of(tx, node.keys.key_id),
            province.hub.schools.school_of(tx, fresh.keys.key_id),
        )
    )
    assert old is not None
    assert old.standing is Standing.REVOKED
    assert new is not None
    assert new.standing is Standing.ACTIVE


async def test_the_code_itself_is_nowhere_in_the_database(province: Province) -> None:
    invitation = await province.invite()
    rows = await province.hub.db.read(
        lambda tx: tx.rows("SELECT * FROM schools_invitation") + tx.rows("SELECT * FROM kit_audit")
    )
    assert invitation.code.replace("-", "") not in str(rows).replace("-", "")


async def test_wrong_codes_from_one_address_are_few_and_a_right_one_costs_nothing(
    province: Province,
) -> None:
    typed = count(attempts.CODE, "enrolment", "127.0.0.1")
    invitation = await province.invite()
    await province.node().join(invitation)
    guess = msgspec.structs.replace(invitation, code=format_code(b"\x07" * 13))

    def spent(tx: Tx) -> int:
        return int(
            tx.value("SELECT failures FROM signin_attempt WHERE scope = ?", (typed.scope,)) or 0
        )

    assert await province.hub.db.read(spent) == 0
    assert (await refused(province.node(SAESOL), guess)).status == 403
    assert await province.hub.db.read(spent) == 1

    def spend(tx: Tx) -> None:
        for _guess in range(typed.limit.free - 1):
            attempts.begin(tx, (typed,), province.clock.now())

    await province.hub.db.write(spend)
    assert (await refused(province.node(SAESOL), guess)).status == 429
