"""The place of sealed mail, node → node through a relay that cannot read it.

Only its outside is fixed here, so that a sync message can carry envelopes past software that does
not open them. Sealing, opening and delivery come with the relay; nothing here encrypts.
"""

import msgspec

from protocol.identity import SchoolId


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """An opaque letter: (sender, seq) identifies it, `sealed` is base64url the relay never reads."""

    version: int
    id: str
    sender: SchoolId
    recipient: SchoolId
    seq: int
    kind: str
    sealed: str
