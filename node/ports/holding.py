"""Port: which contents of files a slice holds, so that nobody else's disposal takes them off the disk.

    def held_of(tx: Tx, contents: Collection[str]) -> set[str]: ...

A content lies once, under its hash, whoever holds it (`kit.blobs`). It goes when the last that held it lets it go
(`node.files`). Who has blobs of their own, as the drive and the gallery have, need not say.
"""

from collections.abc import Callable, Collection

from kit.db import Tx

Holding = Callable[[Tx, Collection[str]], set[str]]
"""Which of these contents (SHA-256, hex) the slice holds."""
