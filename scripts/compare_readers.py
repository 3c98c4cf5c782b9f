"""How many words our readers of 한글 documents find, held against other readers.

python scripts/compare_readers.py [FOLDER ...] [--files]

First documents made here, whose words are known; then every .hwp, .hwpx and .hml below the folders,
against python-hwpx (HWPX) and hwp5txt (HWP 5, where it is on the PATH). `--files` lists what differs
file by file. Prints a table and ends with one line of JSON. The files are read in this process: give
it none that you would not open.

missing: words the other has and ours has not. extra: the other way round (notes, formulas and
captions that the other leaves out, our labels). glued: extra words that are two or three words of
the other's run together. What the other itself runs together is not counted as missing.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from xml.sax.saxutils import escape

import msgspec

sys.path.insert(0, str(Path(__file__).parent.parent))

from kit.markdown import Table
from models.extract import hwp, hwpml, hwpx, sniff
from models.extract.extraction import Unreadable
from models.extract.labels import ENDNOTE, FOOTNOTE
from scripts.demo_content import attachments
from scripts.demo_content.blocks import blocks
from tests.models import hangul
from tests.models.hangul import p, sublist, t, tbl, tc

OURS: dict[str, Callable[[Path], str]] = {
    sniff.HWP: hwp.text,
    sniff.HWPX: hwpx.text,
    sniff.HWPML: hwpml.text,
}
LETTERS = Path(__file__).parent / "demo_content" / "texts"
LONGEST_S = 120
_PLACEHOLDER = re.compile(r"<[가-힣 ]+>")  # what hwp5txt writes for a table or a picture


WRITTEN = "as written"


class Compared(msgspec.Struct, kw_only=True):
    """Of one file, or added up. `failed`: files that the other reads and ours does not; `told`: those
    that ours names as what it cannot read; `alone`: those that only ours reads."""

    format: str = ""
    other: str = ""
    files: int = 0
    words: int = 0
    missing: int = 0
    extra: int = 0
    glued: int = 0
    failed: int = 0
    told: int = 0
    alone: int = 0


def compare(ours: list[str], theirs: list[str]) -> tuple[Counter[str], Counter[str], int]:
    """What is missing and extra in ours, and how many words of ours are glued."""
    extra = Counter(ours) - Counter(theirs)
    missing = Counter(theirs) - Counter(ours)
    glued = sum(extra[word] for word in _runs_together(theirs, missing) & set(extra))
    for word in _runs_together(ours, extra) & set(missing):
        del missing[word]
    return missing, extra, glued


def _runs_together(words: list[str], among: Counter[str]) -> set[str]:
    """Two or three words in a row written as one, where one of them is among the given."""
    return {
        "".join(words[at : at + length])
        for length in (2, 3)
        for at in range(len(words) - length + 1)
        if any(word in among for word in words[at : at + length])
    }


def our_words(kind: str, path: Path) -> list[str]:
    labels = {label.strip() for label in (FOOTNOTE, ENDNOTE)}
    return [word for word in OURS[kind](path).split() if word not in labels]


def python_hwpx(path: Path) -> list[str]:
    from hwpx.tools.text_extractor import TextExtractor

    with TextExtractor(path) as extractor:
        return str(extractor.extract_text(include_nested=True)).split()


def hwp5txt(path: Path) -> list[str]:
    found = subprocess.run(
        ["hwp5txt", str(path)], capture_output=True, timeout=LONGEST_S, check=True
    )
    return _PLACEHOLDER.sub(" ", found.stdout.decode()).split()


def other_reader(kind: str) -> tuple[str, Callable[[Path], list[str]]] | None:
    if kind == sniff.HWPX:
        return "python-hwpx", python_hwpx
    if kind == sniff.HWP and shutil.which("hwp5txt"):
        return "hwp5txt", hwp5txt
    return None


# Documents made here ------------------------------------------------------------------------


def made() -> Iterator[tuple[bytes, list[str]]]:
    """Documents with their words, made of each letter of the demo."""
    for path in sorted(LETTERS.rglob("*.md")):
        content = path.read_text().split("\n+++\n", 1)[-1]
        found = blocks(content)
        tables = [block for block in found if isinstance(block, Table)]
        cells = [cell.text for table in tables for row in table.rows for cell in row]
        lines = [block.text for block in found if not isinstance(block, Table)]
        written = " ".join([*lines, *cells]).split()
        yield (
            attachments.hwpx("한빛초등학교", path.stem, content),
            ["한빛초등학교", path.stem, *written],
        )
        lines = [line for line in lines if line.strip()]
        yield hwpx_of(lines, cells), written
        for properties in (0, hangul.COMPRESSED, hangul.COMPRESSED | hangul.DISTRIBUTED):
            yield hwp_of(lines, cells, properties), written


def hwpx_of(lines: list[str], cells: list[str]) -> bytes:
    """Lines in turn as a paragraph, a footnote, a text box and a paragraph with inline elements
    between its words; then a table."""
    between = cycle((" ", "<hp:tab/>", "<hp:nbSpace/>", "<hp:fwSpace/>", "<hp:lineBreak/>"))

    def joined(line: str) -> str:
        return "".join(
            escape(word) + mark for word, mark in zip(line.split(), between, strict=False)
        )

    shapes: tuple[Callable[[str], str], ...] = (
        lambda line: p(t(escape(line))),
        lambda line: p(
            f"<hp:ctrl><hp:footNote>{sublist(p(t(escape(line))))}</hp:footNote></hp:ctrl>"
        ),
        lambda line: p(
            f"<hp:rect><hp:drawText>{sublist(p(t(escape(line))))}</hp:drawText></hp:rect>"
        ),
        lambda line: p(t(joined(line))),
    )
    body = [shape(line) for line, shape in zip(lines, cycle(shapes), strict=False)]
    rows = [
        "".join(tc(p(t(escape(cell)))) for cell in cells[at : at + 3])
        for at in range(0, len(cells), 3)
    ]
    return hangul.hwpx("".join(body), p(tbl(*rows)))


def hwp_of(lines: list[str], cells: list[str], properties: int) -> bytes:
    """The same in HWP 5."""
    marks: tuple[str | bytes, ...] = (
        " ",
        hangul.TAB,
        hangul.NO_BREAK_SPACE,
        hangul.FIXED_SPACE,
        hangul.LINE_BREAK,
    )
    between = cycle(marks)

    def joined(line: str) -> hangul.Node:
        pieces: list[str | bytes] = []
        for word, mark in zip(line.split(), between, strict=False):
            pieces += [word, mark]
        return hangul.paragraph(*pieces)

    shapes: tuple[Callable[[str], hangul.Node], ...] = (
        hangul.paragraph,
        lambda line: hangul.paragraph(hangul.note(b"fn  ", line)),
        lambda line: hangul.paragraph(hangul.box(hangul.paragraph(line))),
        joined,
    )
    body = [shape(line) for line, shape in zip(lines, cycle(shapes), strict=False)]
    places = [hangul.cell(at // 3, at % 3, hangul.paragraph(cell)) for at, cell in enumerate(cells)]
    table = hangul.paragraph(hangul.table(-(-len(cells) // 3), 3, *places))
    return hangul.hwp(body, [table], properties=properties)


# Measuring ----------------------------------------------------------------------------------


class Comparison:
    """Adds up, by format and by what it is held against."""

    def __init__(self, *, lists_files: bool) -> None:
        self._lists_files = lists_files
        self.found: dict[tuple[str, str], Compared] = {}

    def add(self, path: Path, other: str, theirs: list[str] | None) -> None:
        """`theirs`: None when the other could not read it."""
        kind = sniff.sniff(path.read_bytes())
        if kind not in OURS:
            return
        key = (sniff.SUFFIXES[kind].removeprefix("."), other)
        so_far = self.found.setdefault(key, Compared(format=key[0], other=other))
        try:
            ours = our_words(kind, path)
        except Unreadable as error:
            so_far.told += 1
            self._say(path, f"told: {error.problem}")
            return
        except Exception as error:
            so_far.failed += theirs is not None
            self._say(path, f"not read: {error!r}")
            return
        if theirs is None:
            so_far.alone += 1
            self._say(path, f"only we read it: {len(ours)} words")
            return
        missing, extra, glued = compare(ours, theirs)
        so_far.files += 1
        so_far.words += len(theirs)
        so_far.missing += missing.total()
        so_far.extra += extra.total()
        so_far.glued += glued
        if missing or extra:
            self._say(path, f"missing {_some(missing)} extra {_some(extra)} glued {glued}")

    def _say(self, path: Path, what: str) -> None:
        if self._lists_files:
            print(f"{path}: {what}")


def _some(words: Counter[str]) -> str:
    shown = " ".join(f"«{word}»" for word in list(words)[:8])
    return f"{words.total()} {shown}"


def compare_made(comparison: Comparison) -> None:
    with tempfile.TemporaryDirectory(prefix="madang-readers-") as folder:
        for number, (content, written) in enumerate(made()):
            path = Path(folder) / f"made-{number}"
            path.write_bytes(content)
            comparison.add(path, WRITTEN, written)


def compare_folder(comparison: Comparison, folder: Path) -> None:
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        reader = other_reader(sniff.sniff(path.read_bytes()) or "")
        if reader is None:
            continue
        name, read = reader
        try:
            theirs = read(path)
        except Exception as error:
            comparison.add(path, name, None)
            print(f"{path}: {name} fails: {type(error).__name__}", file=sys.stderr)
        else:
            comparison.add(path, name, theirs)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--files", action="store_true", help="list what differs, file by file")
    asked = parser.parse_args()
    comparison = Comparison(lists_files=asked.files)
    compare_made(comparison)
    for folder in asked.folders:
        compare_folder(comparison, folder)
    columns = [name for name in Compared.__struct_fields__ if name not in ("format", "other")]
    print(
        f"{'format':8}{'against':14}"
        + "".join(f"{name:>9}" for name in columns)
        + f"{'missing':>10}"
    )
    for row in comparison.found.values():
        share = f"{100 * row.missing / max(row.words, 1):9.3f}%"
        print(
            f"{row.format:8}{row.other:14}"
            + "".join(f"{getattr(row, n):9}" for n in columns)
            + share
        )
    print(msgspec.json.encode(list(comparison.found.values())).decode())


if __name__ == "__main__":
    main()
