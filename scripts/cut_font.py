"""Cuts a Korean font into pieces of which a page loads the few that it shows: for refresh_vendored.py.

What pages are written with most is one piece, preloaded; what is rarer follows in small ones, by how
often it is met, and what is hardly met in one per block of Unicode. A stylesheet names them all.

The Open Font License lets a changed font be passed on under another name only: ours is FAMILY.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.ttLib.scaleUpem import scale_upem
from fontTools.varLib.instancer import instantiateVariableFont
from fontTools.varLib.iup import iup_delta_optimize

ROOT = Path(__file__).parent.parent
FAMILY, FAMILY_OF_MORE = "Madang Sans", "Madang Sans More"
WEIGHTS = (400, 800)  # the lightest and the boldest of our stylesheets
UNITS_PER_EM = 500  # the source has 2048: a quarter of the bytes, for a tenth of a phone's dot
BOLD_WITHIN = 1  # unit: so near a bold outline may come, where that spares a point's movement
FEATURES = ["kern", "liga", "calt", "ccmp", "locl", "mark", "tnum"]

CORE = 502  # syllables of the first piece: nearly those of the interface
GENERAL = 100  # ranks among what all write that weigh as much as one more time in our texts
PIECE = 8  # characters of those behind it
SYLLABLES = range(0xAC00, 0xD7A4)
COVERED = (range(0x20, 0x3400), SYLLABLES, range(0xFF00, 0xFFF0))
"""Of Unicode; what else there is, Chinese characters above all, every device draws by itself."""
BLOCK, SIGNS = 64, 128  # code points of a piece of what is hardly met: syllables, all else
AT_ONCE = 24  # pieces cut from a smaller font made of their letters: much faster
SYLLABLE_WIDTH = 0.864  # em
ALIKE = {
    "Noto": (("Noto Sans CJK KR", "NotoSansCJKkr-Regular", "Noto Sans KR"), 0.92),
    "Malgun": (("Malgun Gothic",), 0.92),
    "Nanum": (("NanumGothic",), 0.94),
}
"""What devices have of their own, and how wide its syllables are. Apple's are as wide as ours."""
TYPOGRAPHY = "·…–—‘’“”「」『』※→←↑↓○●□■①②③④⑤☎×°㎡"
LATIN = "".join(map(chr, range(0x20, 0x7F))) + TYPOGRAPHY


def cut(source: Path, often: Iterable[str], into: Path) -> Iterator[Path]:
    """Write the pieces of a variable font and their stylesheets into a folder; yields the files.

    `often`: characters in the order in which Korean pages use them, the most frequent first.
    """
    into.mkdir(parents=True, exist_ok=True)
    for before in into.glob("*.woff2"):
        before.unlink()
    font = _limited(source)
    core, *others = _pieces(set(TTFont(BytesIO(font)).getBestCmap()), often)
    sheets = {"core.css": "".join(_alike()) + _rule(FAMILY, core), "more.css": ""}
    pieces = [core, *others]
    for at in range(0, len(pieces), AT_ONCE):
        some = pieces[at : at + AT_ONCE]
        smaller = _made_of(font, set().union(*(piece.letters for piece in some)))
        for piece in some:
            written = into / f"{piece.name}.woff2"
            written.write_bytes(_made_of(smaller, piece.letters, "woff2"))
            yield written
    # Of rules that claim the same character the last one counts: blocks first.
    sheets["more.css"] = "".join(_rule(FAMILY_OF_MORE, piece) for piece in reversed(others))
    for name, rules in sheets.items():
        (into / name).write_text(rules, "utf-8")
        yield into / name


@dataclass(frozen=True)
class Piece:
    """`claimed`: the code points for which a browser fetches it."""

    name: str
    letters: set[int]
    claimed: list[range]


def _pieces(known: set[int], often: Iterable[str]) -> Iterator[Piece]:
    """The core first, then what is rarer and rarer."""
    order = [letter for letter in _by_use(often) if ord(letter) in known]
    core = {ord(letter) for letter in (*LATIN, *order[:CORE])} & known
    yield Piece("core", core, list(_runs(core)))
    left = known - core
    for number, at in enumerate(range(CORE, len(order), PIECE)):
        piece = {ord(letter) for letter in order[at : at + PIECE]}
        yield Piece(f"k{number}", piece, list(_runs(piece)))
        left -= piece
    for size, among in ((BLOCK, set(SYLLABLES)), (SIGNS, left - set(SYLLABLES))):
        for first in sorted({code - code % size for code in left & among}):
            block = range(first, first + size)
            letters = left & among & set(block)
            # Of syllables the font has all, and those of pieces before are theirs: a short rule.
            claimed = [block] if letters <= set(SYLLABLES) else list(_runs(letters))
            yield Piece(f"u{first:x}", letters, claimed)


def _by_use(often: Iterable[str]) -> list[str]:
    """Syllables and signs, the most frequent first: as our own texts use them, then as all do."""
    seen: Counter[str] = Counter()
    for room in ("kit", "node", "hub", "scripts/demo_content"):
        for path in sorted((ROOT / room).rglob("*")):
            if path.suffix in (".html", ".po", ".md", ".toml"):
                seen.update(path.read_text("utf-8"))
    met = Counter(
        {
            letter: count
            for letter, count in seen.items()
            if letter not in LATIN and any(ord(letter) in covered for covered in COVERED)
        }
    )
    general = [letter for letter in often if ord(letter) in SYLLABLES]
    for rank, letter in enumerate(general):
        met[letter] += (len(general) - rank) // GENERAL
    return sorted(met, key=lambda one: (-met[one], one))


def _runs(codes: Iterable[int]) -> Iterator[range]:
    """Code points as runs of neighbours."""
    run = range(0)
    for code in sorted(codes):
        if run and code == run.stop:
            run = range(run.start, code + 1)
            continue
        if run:
            yield run
        run = range(code, code + 1)
    if run:
        yield run


def _limited(source: Path) -> bytes:
    """The font under our name, with the weights that we use."""
    font = TTFont(source, recalcTimestamp=False)  # the same letters give the same bytes
    _subset(font, {code for covered in COVERED for code in covered})
    weights = {"wght": (WEIGHTS[0], WEIGHTS[0], WEIGHTS[1])}
    instantiateVariableFont(font, weights, inplace=True, optimize=False)  # see _lighten_bold
    scale_upem(font, UNITS_PER_EM)
    _lighten_bold(font)
    font["fvar"].instances = []
    font["name"].names = []
    font["name"].setName(FAMILY, 1, 3, 1, 0x409)
    made = BytesIO()
    font.save(made)
    return made.getvalue()


def _lighten_bold(font: TTFont) -> None:
    """Leave out how a point moves towards bold where its neighbours' movement says as much."""
    glyphs, widths = font["glyf"], font["hmtx"].metrics
    outline = glyphs._getCoordinatesAndControls  # noqa: SLF001 - there is no public name
    for name, movements in font["gvar"].variations.items():
        points, control = outline(name, widths)
        for one in movements:
            one.calcInferredDeltas(points, control.endPts)
            one.roundDeltas()
            one.coordinates = iup_delta_optimize(
                one.coordinates, points, control.endPts, tolerance=BOLD_WITHIN
            )


def _made_of(font: bytes, letters: set[int], flavor: str | None = None) -> bytes:
    """The font with these letters only."""
    piece = TTFont(BytesIO(font), lazy=True, recalcTimestamp=False)
    _subset(piece, letters)
    piece.flavor = flavor
    made = BytesIO()
    piece.save(made)
    return made.getvalue()


def _subset(font: TTFont, letters: set[int]) -> None:
    options = Options(hinting=False, layout_features=FEATURES, name_IDs=[1], glyph_names=False)
    options.drop_tables += ["STAT", "MVAR", "vhea", "vmtx", "VVAR", "VORG"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=letters)
    subsetter.subset(font)


def _rule(family: str, piece: Piece) -> str:
    claimed = ",".join(
        f"U+{one.start:X}" + (f"-{one.stop - 1:X}" if len(one) > 1 else "") for one in piece.claimed
    )
    return (
        f'@font-face{{font-family:"{family}";font-weight:{WEIGHTS[0]} {WEIGHTS[1]};'
        f"font-display:swap;src:url({piece.name}.woff2);unicode-range:{claimed}}}\n"
    )


def _alike() -> Iterator[str]:
    """The device's own fonts, set as wide as ours: nothing moves when a piece arrives."""
    for name, (locals_, width) in ALIKE.items():
        sources = ",".join(f'local("{one}")' for one in locals_)
        adjusted = SYLLABLE_WIDTH / width
        yield (
            f'@font-face{{font-family:"{FAMILY} {name}";src:{sources};'
            f"size-adjust:{adjusted:.1%};ascent-override:95%;descent-override:24%}}\n"
        )


def frequent(stylesheet: str) -> list[str]:
    """The order of use that a package's own dynamic subsets tell: their last ones are met most.

    `stylesheet` is theirs: a rule a piece, its number in a comment above.
    """
    pieces = re.findall(r"unicode-range:\s*([^;]+);", stylesheet)
    found: list[str] = []
    for piece in reversed(pieces[-FREQUENT_PIECES:]):
        for part in re.findall(r"U\+([0-9a-f]+)(?:-([0-9a-f]+))?", piece, re.IGNORECASE):
            first, last = int(part[0], 16), int(part[1] or part[0], 16)
            found += map(chr, range(first, last + 1))
    return found


FREQUENT_PIECES = 20  # of Google's slicing for Korean, which all such packages share
