"""Plain text as Korean offices write it: UTF-8 or CP949."""

from pathlib import Path


def text(path: Path) -> str:
    """The text. Raises ValueError when it is in neither encoding."""
    content = path.read_bytes()
    for encoding in ("utf-8-sig", "cp949"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ValueError("neither UTF-8 nor CP949")
