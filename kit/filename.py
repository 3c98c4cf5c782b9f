"""Names of files as browsers send them."""

import unicodedata


def own_name(sent: str) -> str:
    """The name without the folders before it, composed: macOS sends syllables in their letters.
    What no name shows, such as a NUL, which PostgreSQL cannot store, is left out."""
    shown = "".join(c for c in sent if c.isprintable() or unicodedata.category(c) == "Zs")
    return unicodedata.normalize("NFC", shown).replace("\\", "/").rsplit("/", 1)[-1].strip()
