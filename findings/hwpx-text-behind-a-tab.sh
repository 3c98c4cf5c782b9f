#!/bin/sh
# python-hwpx 6.9.0 writes a tab or a line break of a paragraph as an element within its text, as the
# format has it (hp:tab, hp:lineBreak in hp:t). hwp-hwpx-parser 1.0.0 reads the text before the first
# such element of a run and nothing behind it: dates, amounts and places of school letters are lost,
# without an error.
#
# Seen:  written '일시\t2026. 12. 18.(금) 09:00', read '일시'
#        written '준비물: 도시락\n집합 장소: 정문', read '준비물: 도시락'
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3.11 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check hwp-hwpx-parser==1.0.0 python-hwpx==6.9.0
cd "$place"
venv/bin/python - <<'PYTHON'
import sys

from hwp_hwpx_parser import Reader
from hwpx.document import HwpxDocument

document = HwpxDocument.new()
document.add_paragraph("일시\t2026. 12. 18.(금) 09:00")
document.add_paragraph("준비물: 도시락\n집합 장소: 정문")
document.save_to_path("letter.hwpx")
with Reader("letter.hwpx") as reader:
    read = reader.extract_text()
print("read:", repr(read))
sys.exit(0 if read == "일시\n준비물: 도시락" else "hwp-hwpx-parser reads otherwise now")
PYTHON
