"""Port: what a slice has decided on by approval (결재): what it is called, and where it is read and decided."""

from collections.abc import Callable, Mapping

import msgspec


class Decidable(msgspec.Struct, frozen=True, kw_only=True):
    """The matters of a slice."""

    kinds: Mapping[str, str]
    """By `Matter.kind` what it is called, a msgid."""
    lines: Mapping[str, str] = {}
    """Kinds of which each may have an approval line of its own, by their id a msgid; what is on none is
    decided by any approver."""
    href: Callable[[str, str], str]
    """By kind and id the page on which whoever holds the step reads it and decides."""
