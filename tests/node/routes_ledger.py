"""What the ledger tells the gatekeepers: it has no page of its own."""

from tests.node.routes import Route

ROUTES: tuple[Route, ...] = ()

HOLDS_NOBODY = "records are told with the answers they are of"

UNTYPED = {
    "ledger_disposal.list": "an id",
    "ledger_disposed.list": "an id",
    "ledger_witness.root": "a digest, a secret, a signature or what is signed with",
    "ledger_lost.root": "a digest, a secret, a signature or what is signed with",
    "ledger_witness.witness": "a digest, a secret, a signature or what is signed with",
    "ledger_lost.witness": "a digest, a secret, a signature or what is signed with",
    "ledger_passkey.public_key": "a digest, a secret, a signature or what is signed with",
    "ledger_key.signing": "a digest, a secret, a signature or what is signed with",
    "ledger_leaf.signature": "a digest, a secret, a signature or what is signed with",
    "ledger_key.rotation": "a digest, a secret, a signature or what is signed with",
}

STAYS = {
    "ledger_frontier": "one row",
    "ledger_key": "a few in the school's life",
    "ledger_lost": "a few in the school's life",
}

WAITING = {
    "ledger_key_in_force": "of the few that are so",
}

FROM_AN_END = {
    "kit.signin.store.accounts_with_passkeys": "a batch of the hourly look for passkeys",
    "node.ledger.disposal_store.disposed_in": "a batch of the check",
    "node.ledger.disposal_store.lists_in": "a batch of the check",
    "node.ledger.store.leaves": "a batch of the check",
    "node.ledger.store.witness_from": "the first from there on",
}

AT_NIGHT = {
    "node.ledger.store.witnessed_roots": "every head the hub has seen, against the log",
}
