#!/bin/sh
# The HWPX schema (KS X 6101, OWPML) names the element of a hyphen hp:hypen. python-hwpx 6.9.0 looks for
# hp:hyphen only: a hyphen in the spelling of the format disappears from its text, without an error.
#
# Seen:  a run '가<hp:hypen/>나' is read as '가나'; '가<hp:hyphen/>나' as '가\xad나'
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3.11 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check python-hwpx==6.9.0
cd "$place"
venv/bin/python - <<'PYTHON'
import sys
import zipfile

from hwpx.document import HwpxDocument
from hwpx.tools.text_extractor import TextExtractor

SECTION = "Contents/section0.xml"
document = HwpxDocument.new()
document.add_paragraph("본문")
document.save_to_path("plain.hwpx")
read = {}
for spelling in ("hypen", "hyphen"):
    with zipfile.ZipFile("plain.hwpx") as plain, zipfile.ZipFile("made.hwpx", "w") as made:
        for name in plain.namelist():
            content = plain.read(name)
            if name == SECTION:
                content = content.replace("본문".encode(), f"가<hp:{spelling}/>나".encode())
            made.writestr(plain.getinfo(name), content)
    with TextExtractor("made.hwpx") as extractor:
        read[spelling] = extractor.extract_text().strip()
print("read:", read)
expected = {"hypen": "가나", "hyphen": "가\xad나"}
sys.exit(0 if read == expected else "python-hwpx reads otherwise now")
PYTHON
