"""Words of the province's list of messengers."""

import msgspec


class AllowListChanged(msgspec.Struct, frozen=True):
    """Signal after a commit: every node with a messenger has a new list to hear of."""
