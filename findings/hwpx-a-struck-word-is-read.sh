#!/bin/sh
# python-hwpx 6.9.0 reads what a tracked change has struck out as if it stood: its plain text, Markdown, HTML and
# its extractor all give the old words and the new ones, glued. The section has both, the old ones between
# hp:deleteBegin and hp:deleteEnd, and Hangul shows them struck out. Whoever indexes or quotes a letter
# that was revised with tracking quotes a price that no longer holds.
#
# Seen:  '회비는 3만 원입니다.' with tracking.replace('3만 원', '2만 원'): each of the four gives
#        '회비는 3만 원2만 원입니다.'
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3.11 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check python-hwpx==6.9.0
cd "$place"
venv/bin/python - <<'PYTHON'
import sys

from hwpx.document import HwpxDocument
from hwpx.tools.text_extractor import TextExtractor

document = HwpxDocument.new()
paragraph = document.add_paragraph("회비는 3만 원입니다.")
document.tracking.replace(paragraph, "3만 원", "2만 원")
document.save_to_path("letter.hwpx")

letter = HwpxDocument.open("letter.hwpx")
read = {"plain": letter.text.plain(), "markdown": letter.text.markdown(), "html": letter.text.html()}
with TextExtractor("letter.hwpx") as extractor:
    read["extractor"] = extractor.extract_text()
glued = "회비는 3만 원2만 원입니다."
for name, text in read.items():
    print(f"{name}:", glued if glued in text else repr(text))
sys.exit(0 if all(glued in text for text in read.values()) else "python-hwpx reads otherwise now")
PYTHON
