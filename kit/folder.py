"""Folders that a command makes and, where it fails, leaves as it found them."""

import shutil
from pathlib import Path


def clear(folder: Path, *, keep: bool) -> None:
    """Empty a folder that was empty before; without `keep` it goes, too."""
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    if not keep:
        folder.rmdir()
