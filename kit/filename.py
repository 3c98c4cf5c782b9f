"""Names of files as browsers send them."""

import unicodedata


def own_name(sent: str) -> str:
    """The name without the folders before it, composed: macOS sends syllables in their letters."""
    return unicodedata.normalize("NFC", sent).replace("\\", "/").rsplit("/", 1)[-1].strip()
