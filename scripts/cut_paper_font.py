"""Makes the fonts of our PDF files (kit/pdf/fonts) of NanumGothic, as Debian's `fonts-nanum` has it.

    python scripts/cut_paper_font.py                a developer runs it; the files are kept here

What a printed page does not need is left out: hints for screens, features, names. The Open Font
License lets a changed font be passed on under another name only: ours is Madang Paper.
"""

import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

SOURCE = Path("/usr/share/fonts/truetype/nanum")
FONTS = Path(__file__).parent.parent / "kit" / "pdf" / "fonts"
CUT = {"NanumGothic": ("regular", "Regular"), "NanumGothicBold": ("bold", "Bold")}
FAMILY = "Madang Paper"
LEFT_OUT = ["GSUB", "GPOS", "GDEF", "kern", "vhea", "vmtx", "TSI0", "TSI1", "TSI2", "TSI3", "TSI5"]


def cut(source: Path, written: Path, weight: str) -> None:
    """All letters of a font, and nothing else of it."""
    options = Options(hinting=False, layout_features=[], notdef_outline=True, name_IDs=[])
    options.drop_tables += LEFT_OUT
    font = TTFont(source)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=set(font.getBestCmap()))
    subsetter.subset(font)
    names = {1: FAMILY, 2: weight, 4: f"{FAMILY} {weight}", 6: f"MadangPaper-{weight}"}
    for number, words in names.items():
        font["name"].setName(words, number, 3, 1, 0x409)
    font.save(written)


def main() -> None:
    FONTS.mkdir(parents=True, exist_ok=True)
    for name, (ours, weight) in CUT.items():
        source = SOURCE / f"{name}.ttf"
        if not source.exists():
            sys.exit(f"{source} is missing: apt-get install fonts-nanum")
        cut(source, FONTS / f"{ours}.ttf", weight)


if __name__ == "__main__":
    main()
