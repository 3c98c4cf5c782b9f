"""Writes the golden vectors: `python -m tests.protocol.make_vectors`.

One JSON file a topic, with fixed keys. Besides the messages, each file lists the primitive facts in
it (`signatures`, `hmacs`, `hashes`), so that another implementation can check its bytes step by step.
A changed vector is a changed wire: commit one only together with a new version of the message.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import msgspec

from protocol import attestation, draw, enrolment, heads, merkle, receipts, records, rotation
from protocol.canonical import canonical_bytes
from protocol.chunks import target_path
from protocol.directory import entry_hash, initial_consonants, share_digest
from protocol.identity import KeyPair, server_name
from protocol.signing import sign_request, sign_response
from tests.protocol import cast

FOLDER = Path(__file__).parent / "vectors"

Vector = dict[str, Any]


def signature(keys: KeyPair, signed: bytes, given: str) -> Vector:
    """One Ed25519 fact: `signature` (base64url) by `public_key` (base64url) over `signed` (UTF-8)."""
    return {"public_key": keys.public.signing, "signed": signed.decode(), "signature": given}


def framed(context: str, value: object) -> bytes:
    """What is signed: the context line, then the canonical text."""
    return f"madang:{context}\n".encode() + canonical_bytes(value)


def sha256_fact(text: bytes) -> Vector:
    """One SHA-256 fact over UTF-8 text."""
    return {"text": text.decode(), "sha256": hashlib.sha256(text).hexdigest()}


def identity() -> Vector:
    """Seeds, public keys, ids, names."""
    return {
        "keys": [
            {
                "signing_seed": keys.signing_seed.hex(),
                "sealing_seed": keys.sealing_seed.hex(),
                "public": msgspec.to_builtins(keys.public),
                "fingerprint": keys.public.fingerprint,
                "key_id": keys.key_id,
            }
            for keys in (cast.NODE, cast.HUB)
        ],
        "school_id": cast.SCHOOL,
        "server_name": server_name(cast.SCHOOL, "madang.invalid"),
    }


def http() -> Vector:
    """A signed request and the signed answer to it, with both signature bases."""
    body, answer = b'{"v":1}', b'{"v":1,"standing":"active"}'
    request = sign_request(
        cast.NODE, method="POST", url=cast.URL, body=body, counter=cast.NOW, now=cast.NOW
    )
    response = sign_response(
        cast.HUB,
        status=200,
        body=answer,
        request_signature=request["Signature"],
        now=cast.NOW + 2000,
    )
    request_base = _base(
        {
            '"@method"': "POST",
            '"@authority"': "hub.example.invalid:8701",
            '"@target-uri"': cast.URL,
            '"content-digest"': request["Content-Digest"],
        },
        request,
    )
    response_base = _base(
        {
            '"@status"': "200",
            '"content-digest"': response["Content-Digest"],
            '"signature";req;key="madang"': request["Signature"].removeprefix("madang="),
        },
        response,
    )
    return {
        "request": {
            "method": "POST",
            "url": cast.URL,
            "headers": request,
            "body": body.decode(),
            "counter": cast.NOW,
            "now": cast.NOW,
        },
        "response": {
            "status": 200,
            "headers": response,
            "body": answer.decode(),
            "now": cast.NOW + 2000,
        },
        "signatures": [
            signature(cast.NODE, request_base, _base64url(request["Signature"])),
            signature(cast.HUB, response_base, _base64url(response["Signature"])),
        ],
        "hashes": [sha256_fact(body), sha256_fact(answer)],
    }


def invitation() -> Vector:
    """The secret, the typed code, the QR text and what is derived."""
    derived = enrolment.derive(cast.CODE)
    return {
        "secret": "00112233445566778899aabbcc",
        "code": cast.CODE,
        "derived": {"id": derived.id, "key": derived.key.hex()},
        "invitation": msgspec.to_builtins(cast.INVITATION),
        "qr_text": enrolment.to_qr_text(cast.INVITATION),
    }


def enrolment_messages() -> Vector:
    """Identity, request and grant with their proofs."""
    key = enrolment.derive(cast.CODE).key
    return {
        "code": cast.CODE,
        "identity": msgspec.to_builtins(cast.IDENTITY),
        "request": msgspec.to_builtins(cast.REQUEST),
        "subject_digest": enrolment.subject_digest(cast.REQUEST),
        "grant": msgspec.to_builtins(cast.GRANT),
        "hmacs": [
            {
                "key": key.hex(),
                "text": framed(context, _without(message, "proof")).decode(),
                "hmac_sha256": message.proof,
            }
            for context, message in (("enrol.v1", cast.REQUEST), ("grant.v1", cast.GRANT))
        ],
        "hashes": [sha256_fact(canonical_bytes(_without(cast.REQUEST, "proof", "sent_at")))],
        "signatures": [
            signature(
                cast.HUB,
                framed(attestation.CONTEXT, cast.ATTESTATION.attested),
                cast.ATTESTATION.signature,
            )
        ],
    }


def sync() -> Vector:
    """One Up and one Down with every part filled."""
    return {"up": msgspec.to_builtins(cast.UP), "down": msgspec.to_builtins(cast.DOWN)}


def chunks() -> Vector:
    """A manifest, its place among the targets, and the chunks it names."""
    return {
        "target": target_path(cast.MANIFEST.kind, cast.MANIFEST.version),
        "manifest": msgspec.to_builtins(cast.MANIFEST),
        "hashes": [sha256_fact(one) for one in (*cast.PIECES, b"".join(cast.PIECES))],
    }


def directory() -> Vector:
    """Entries, their hashes, the digest of a share, initial consonants."""
    return {
        "delta": msgspec.to_builtins(cast.DELTA),
        "digest": share_digest([entry_hash(cast.STAFF), entry_hash(cast.SCHOOL_ENTRY)]),
        "hashes": [
            sha256_fact(canonical_bytes(cast.STAFF)),
            sha256_fact(canonical_bytes(cast.SCHOOL_ENTRY)),
        ],
        "initial_consonants": {
            name: initial_consonants(name) for name in ("김하늘", "새솔 중학교", "ㄱㅎ", "J10초")
        },
    }


def record_vectors(*signed: records.SignedRecord) -> Vector:
    """Records: built-in value, canonical text, signature, hash, leaf."""
    return {
        "records": [
            {
                "record": json.loads(one.text),
                "signed": msgspec.to_builtins(one),
                "record_hash": records.record_hash(one),
                "leaf": records.record_leaf(one).hex(),
            }
            for one in signed
        ],
        "signatures": [
            signature(cast.NODE, framed(records.CONTEXT, json.loads(one.text)), one.signature)
            for one in signed
        ],
        "hashes": [sha256_fact(signed[0].text.encode())],
    }


def by_passkey() -> Vector:
    """A consent signed by a passkey of each algorithm, with what is hashed to be their challenge."""
    vector = record_vectors(*cast.SIGNED_BY_PASSKEY.values())
    challenged = canonical_bytes(cast.CONSENT_V4)
    return vector | {"hashes": [*vector["hashes"], sha256_fact(challenged)]}


def a_draw() -> Vector:
    """Both records of a draw, the list, each entry's ticket, the outcome in the order drawn."""
    among = cast.DRAW.list_hash
    numbers = [one.number for one in cast.DRAW_LIST.entries]
    outcome = draw.draw(cast.SEED, cast.DRAW_TEXT)
    return record_vectors(cast.SIGNED_DRAW_SEED, cast.SIGNED_DRAW) | {
        "seed": cast.SEED,
        "list": cast.DRAW_TEXT,
        "tickets": {one: draw.ticket(cast.SEED, among, one) for one in numbers},
        "outcome": msgspec.to_builtins(outcome),
        "hashes": [
            sha256_fact(f"madang:draw-seed.v1\n{cast.SEED}".encode()),
            sha256_fact(cast.DRAW_TEXT.encode()),
            sha256_fact(f"madang:draw-ticket.v1\n{cast.SEED}\n{among}\n{numbers[0]}".encode()),
            sha256_fact(canonical_bytes(outcome)),
        ],
    }


def log() -> Vector:
    """A log of seven leaves: roots, all proofs, a signed head, a witness."""
    size = len(cast.LEAVES)
    subtree = merkle.subtree_of(cast.LEAVES)
    return {
        "leaves": [leaf.hex() for leaf in cast.LEAVES],
        "roots": [merkle.tree_root(cast.LEAVES[:n]).hex() for n in range(size + 1)],
        "inclusion": [
            [step.hex() for step in merkle.inclusion_proof(index, size, subtree)]
            for index in range(size)
        ],
        "consistency": [msgspec.to_builtins(cast.proof_of(old, size)) for old in range(1, size)],
        "head": msgspec.to_builtins(cast.HEAD),
        "witness": msgspec.to_builtins(cast.WITNESS),
        "signatures": [
            signature(cast.NODE, framed(heads.HEAD_CONTEXT, cast.HEAD.head), cast.HEAD.signature),
            signature(
                cast.HUB,
                framed(
                    heads.WITNESS_CONTEXT,
                    {"head": cast.WITNESS.head, "seen_at": cast.WITNESS.seen_at},
                ),
                cast.WITNESS.signature,
            ),
        ],
    }


def rotation_messages() -> Vector:
    """The statement of a rotation, the request that brings it, the hub's answer."""
    statement, ended = cast.ROTATION, cast.ROTATION_GRANT.ended
    signed = framed(rotation.CONTEXT, statement.rotation)
    return {
        "new_keys": {
            "signing_seed": cast.NEXT.signing_seed.hex(),
            "sealing_seed": cast.NEXT.sealing_seed.hex(),
            "public": msgspec.to_builtins(cast.NEXT.public),
            "key_id": cast.NEXT.key_id,
        },
        "request": msgspec.to_builtins(cast.ROTATION_REQUEST),
        "grant": msgspec.to_builtins(cast.ROTATION_GRANT),
        "signatures": [
            signature(cast.NODE, signed, statement.old_signature),
            signature(cast.NEXT, signed, statement.new_signature),
            signature(
                cast.HUB,
                framed(attestation.CONTEXT, cast.NEXT_ATTESTATION.attested),
                cast.NEXT_ATTESTATION.signature,
            ),
            signature(cast.HUB, framed(attestation.END_CONTEXT, ended.ended), ended.signature),
        ],
    }


def receipt_v2() -> Vector:
    """A receipt whose record and head were signed by two keys of the school."""
    anchor = receipts.TrustAnchor(hub=cast.HUB.public.fingerprint)
    return {
        "receipt": msgspec.to_builtins(cast.RECEIPT_V2),
        "hub_fingerprint": cast.HUB.public.fingerprint,
        "checks": [check.code for check in receipts.verify(cast.RECEIPT_V2, anchor).checks],
    }


def receipt() -> Vector:
    """A whole receipt and the anchors it verifies against."""
    return {
        "receipt": msgspec.to_builtins(cast.RECEIPT),
        "hub_fingerprint": cast.HUB.public.fingerprint,
        "school_fingerprint": cast.NODE.public.fingerprint,
        "checks": [
            check.code
            for check in receipts.verify(
                cast.RECEIPT, receipts.TrustAnchor(hub=cast.HUB.public.fingerprint)
            ).checks
        ],
    }


def a_disposal() -> Vector:
    """A disposal with what it lists, as it is hashed."""
    found = record_vectors(cast.SIGNED_DISPOSAL)
    listed = "".join(f"{position} {leaf.hex()}\n" for position, leaf in cast.DISPOSED)
    found["hashes"] = [*found.get("hashes", []), sha256_fact(listed.encode())]
    return found


def vectors() -> dict[str, Vector]:
    """All vectors by file name."""
    return {
        "identity.json": identity(),
        "http.json": http(),
        "invitation.json": invitation(),
        "enrolment.json": enrolment_messages(),
        "sync.json": sync(),
        "chunks.json": chunks(),
        "directory.json": directory(),
        "records.json": record_vectors(cast.SIGNED, cast.SIGNED_APPROVAL),
        "records_v2.json": record_vectors(cast.SIGNED_V2, cast.SIGNED_APPROVAL_V2),
        "records_v3.json": record_vectors(cast.SIGNED_V3),
        "records_v4.json": by_passkey(),
        "retraction.json": record_vectors(cast.SIGNED_RETRACTION),
        "disposal.json": a_disposal(),
        "passkey.json": record_vectors(cast.SIGNED_PASSKEY, cast.SIGNED_PASSKEY_GONE),
        "audit_head.json": record_vectors(cast.SIGNED_AUDIT_HEAD),
        "draw.json": a_draw(),
        "log.json": log(),
        "receipt.json": receipt(),
        "receipt_v2.json": receipt_v2(),
        "rotation.json": rotation_messages(),
    }


def text_of(vector: Vector) -> str:
    """The file's text: indented, Korean as it is."""
    return json.dumps(vector, ensure_ascii=False, indent=1) + "\n"


def main() -> None:
    """Writes all files anew."""
    FOLDER.mkdir(exist_ok=True)
    for name, vector in vectors().items():
        (FOLDER / name).write_text(text_of(vector), encoding="utf-8")


def _base(lines: dict[str, str], headers: dict[str, str]) -> bytes:
    params = headers["Signature-Input"].removeprefix("madang=")
    return "\n".join(
        f"{name}: {value}" for name, value in {**lines, '"@signature-params"': params}.items()
    ).encode()


def _base64url(header: str) -> str:
    value = header.removeprefix("madang=").strip(":").rstrip("=")
    return value.replace("+", "-").replace("/", "_")


def _without(message: msgspec.Struct, *names: str) -> Vector:
    fields: Vector = msgspec.to_builtins(message)
    return {name: value for name, value in fields.items() if name not in names}


if __name__ == "__main__":
    main()
