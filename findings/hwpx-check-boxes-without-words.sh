#!/bin/sh
# python-hwpx 6.9.0 writes a check box with its caption (hp:checkBtn), and none of its readers gives the caption
# back: of a consent slip whose choices are check boxes the plain text, Markdown, HTML and the extractor hold the
# question alone. Its list of check boxes has them, apart from the text around them.
#
# Seen:  a paragraph '동의 여부:', then fields.add_check_box('동의함', checked=True) and '동의하지 않음':
#        each of the four gives '동의 여부:' and no choice; fields.check_boxes lists two.
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
document.add_paragraph("동의 여부:")
document.fields.add_check_box("동의함", checked=True)
document.fields.add_check_box("동의하지 않음")
document.save_to_path("slip.hwpx")

slip = HwpxDocument.open("slip.hwpx")
read = {"plain": slip.text.plain(), "markdown": slip.text.markdown(), "html": slip.text.html()}
with TextExtractor("slip.hwpx") as extractor:
    read["extractor"] = extractor.extract_text()
for name, text in read.items():
    print(f"{name}:", "question" if "동의 여부:" in text else "-", "choices" if "동의함" in text else "no choices")
print("listed:", len(slip.fields.check_boxes))
expected = all("동의 여부:" in text and "동의함" not in text for text in read.values())
sys.exit(0 if expected and len(slip.fields.check_boxes) == 2 else "python-hwpx reads otherwise now")
PYTHON
