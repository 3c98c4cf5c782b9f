"""Addresses of servers, as people type them."""


def is_loopback(host: str | None) -> bool:
    """Whether a host name means the machine on which it is typed (RFC 6761 section 6.3)."""
    return host in ("localhost", "127.0.0.1", "::1") or (host or "").endswith(".localhost")
