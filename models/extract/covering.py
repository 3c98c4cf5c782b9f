"""A photo with parts of it covered for good: the pixels under a box are replaced, and nothing but pixels
stays of what was brought (no place, no camera, no comment, no embedded preview). Runs inside the sandbox's
child only."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageOps

from models.extract.extraction import Box
from models.extract.picture import LARGEST, PIXELS

SMALL = 480  # pixels of the longer side
COLOUR = "#3b4048"
PICTURE, THUMBNAIL = "picture.jpg", "small.jpg"


def cover(source: Path, folder: Path, boxes: Sequence[Box]) -> tuple[str, str]:
    """Write the covered photo and its thumbnail into the folder; their file names. Raises OSError,
    ValueError."""
    with Image.open(source) as opened:
        if opened.width * opened.height > PIXELS:
            raise ValueError("too many pixels")
        upright = ImageOps.exif_transpose(opened)
        upright.thumbnail((LARGEST, LARGEST))
        # Only pixels go over: Pillow would carry a comment from one file into the next.
        plain = Image.new("RGB", upright.size, "white")
        if upright.has_transparency_data:
            seen = upright.convert("RGBA")
            plain.paste(seen, mask=seen)
        else:
            plain.paste(upright.convert("RGB"))
    pen = ImageDraw.Draw(plain)
    for box in boxes:
        pen.rectangle(box.pixels(plain.width, plain.height), fill=COLOUR)
    plain.save(folder / PICTURE, quality=85)
    plain.thumbnail((SMALL, SMALL))
    plain.save(folder / THUMBNAIL, quality=80)
    return PICTURE, THUMBNAIL
