"""Port: what a slice has decided on by approval (결재): what it is called, and where it is read and decided."""

from collections.abc import Callable, Mapping

import msgspec


class Decidable(msgspec.Struct, frozen=True, kw_only=True):
    """The matters of a slice."""

    kinds: Mapping[str, str]
    """By `Matter.kind` what it is called, a msgid."""
    href: Callable[[str, str], str]
    """By kind and id the page on which whoever holds the step reads it and decides."""
