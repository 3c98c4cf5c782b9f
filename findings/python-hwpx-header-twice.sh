#!/bin/sh
# python-hwpx 6.9.0 writes the header of a section into two places of section0.xml, as Hangul's own
# files have it: hp:headerApply's list in hp:secPr, and a control of the first paragraph. Its own
# extractor then reads the header twice: whoever indexes or counts words has each header doubled.
#
# Seen:  page.set_header(text="머리말"), one paragraph '본문': extract_text() gives
#        '머리말\n머리말\n본문'
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
document.add_paragraph("본문")
document.page.set_header(text="머리말")
document.save_to_path("letter.hwpx")
with TextExtractor("letter.hwpx") as extractor:
    read = extractor.extract_text()
print("read:", repr(read))
sys.exit(0 if read == "머리말\n머리말\n본문" else "python-hwpx reads otherwise now")
PYTHON
