"""Which contents of files consents hold: drawn signatures. Scans of slips are attached."""

from collections.abc import Collection

from kit.db import Tx, encode


def drawn(tx: Tx, contents: Collection[str]) -> set[str]:
    """Those of these contents that are drawn signatures."""
    rows = tx.rows(
        "SELECT value FROM json_each(?) WHERE EXISTS"
        " (SELECT 1 FROM forms_signature s WHERE s.drawing_hash = value)",
        (encode(sorted(contents)),),
    )
    return {str(sha256) for (sha256,) in rows}
