"""Images: scaled for the screen, without the place and camera that EXIF would tell."""

from pathlib import Path

from PIL import Image, ImageOps

LARGEST = 1600  # pixels of the longer side
PIXELS = 60_000_000  # beyond this it is a bomb or a poster nobody needs to see on a phone


def draw(path: Path, folder: Path) -> str:
    """Write the scaled image into the folder; its file name. Raises OSError, ValueError."""
    with Image.open(path) as source:
        if source.width * source.height > PIXELS:
            raise ValueError("too many pixels")
        upright = ImageOps.exif_transpose(source)
        upright.thumbnail((LARGEST, LARGEST))
        opaque = upright.mode in ("RGB", "L", "CMYK", "YCbCr")
        name = "page-001.jpg" if opaque else "page-001.png"
        clean = upright.convert("RGB" if opaque else "RGBA")
        if opaque:
            clean.save(folder / name, quality=82)
        else:
            clean.save(folder / name)
    return name
