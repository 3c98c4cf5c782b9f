"""One source of identifiers and secrets."""

import hashlib
import secrets

import msgspec


def new_id() -> str:
    """20 hexadecimal characters (80 random bits): opaque, safe in URLs, files and DNS labels."""
    return secrets.token_hex(10)


def id_of(*said: object) -> str:
    """The same id for the same words: what is sent twice, because its answer was lost, is one thing."""
    return hashlib.sha256(msgspec.json.encode(said)).hexdigest()[:20]


def new_secret(length: int = 32) -> str:
    """URL-safe text of `length` random bytes."""
    return secrets.token_urlsafe(length)


def token_hash(token: str) -> str:
    """Tokens and codes are kept as SHA-256: whoever reads the database cannot use them."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_epoch() -> int:
    """A random number for one life of a database (48 bits): a restored backup gets another."""
    return secrets.randbits(48)
