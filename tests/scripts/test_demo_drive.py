"""The demo's drive is a lived-in one: real files of all kinds where those who made them may write."""

import io
import re
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import openpyxl
import pytest

from kit.clock import local, moment
from models.extract import sniff
from node.drive.model import DEEPEST, check_name, folded
from scripts.demo_content import drive
from scripts.demo_content.drive import BadDrive, DriveFile, content_of, load_drive
from scripts.demo_content.loader import load
from tests.models import documents

DRIVES = {school: load_drive(school) for school in ("hanbit", "saesol")}
SCHOOLS = pytest.mark.parametrize("school", DRIVES)
FILES = [
    pytest.param(file, id=f"{school}-{file.slug}")
    for school in DRIVES
    for file in DRIVES[school].files
]
EVENING = moment(2026, 11, 23, 18)  # of the demo's Monday
FILLER = re.compile(r"lorem|ipsum|TODO|TBD|홍길동|여기에 내용", re.IGNORECASE)


@SCHOOLS
def test_a_drive_has_files_of_every_kind_in_every_kind_of_area(school: str) -> None:
    files = DRIVES[school].files
    assert len(files) >= 25
    assert min(Counter(file.area for file in files).values()) >= 4
    assert set(Counter(file.area for file in files)) == {"school", "department", "person"}
    assert min(Counter(file.kind for file in files).values()) >= 3
    assert {file.kind for file in files} == {"hwpx", "pdf", "docx", "xlsx", "md"}
    assert len({file.of for file in files if file.area == "department"}) >= 6
    assert sum(bool(file.shares) for file in files) >= 8


@SCHOOLS
def test_folders_come_before_what_lies_in_them_and_names_are_fit(school: str) -> None:
    made: set[tuple[str, str, tuple[str, ...]]] = set()
    for folder in DRIVES[school].folders:
        assert len(folder.path) == 1 or (folder.area, folder.of, folder.path[:-1]) in made
        assert (folder.area, folder.of, folder.path) not in made
        assert all(check_name(name) == name for name in folder.path)
        assert len(folder.path) < DEEPEST
        made.add((folder.area, folder.of, folder.path))
    for file in DRIVES[school].files:
        assert (file.area, file.of, file.path) in made
        assert check_name(file.name) == file.name


@SCHOOLS
def test_no_two_files_of_a_folder_have_one_name_and_no_two_the_same_words(school: str) -> None:
    files = DRIVES[school].files
    assert len({(f.area, f.of, f.path, folded(f.name)) for f in files}) == len(files)
    assert len({file.text for file in files}) == len(files)
    words = {path.stem for path in (drive.HERE / school / "drive").glob("*.md")}
    assert {file.slug for file in files} == words


@pytest.mark.parametrize("file", FILES)
def test_a_file_is_written_naturally_until_monday_and_names_no_pupil(file: DriveFile) -> None:
    assert 250 <= len(file.text) <= 900
    assert not FILLER.search(file.text)
    assert moment(2026, 3, 1) < file.at < EVENING
    assert 8 <= local(file.at).hour < 19
    school = next(load(slug) for slug in DRIVES if load(slug).name == file.school)
    staff = {row.name for row in school.staff}
    pupils = {row.name for row in school.students if len(row.name) > 2} - staff
    assert not [name for name in pupils if name in file.text]


@pytest.mark.parametrize("file", FILES)
def test_a_file_is_what_its_name_says_and_holds_its_words(file: DriveFile) -> None:
    content = content_of(file)
    words = re.sub(r"[\s|*`#-]+", "", file.text.split("\n")[-1])
    if file.kind == "xlsx":
        assert sniff.sniff(content) == sniff.XLSX
        sheet: Any = openpyxl.load_workbook(io.BytesIO(content)).active
        rows = list(sheet.iter_rows(values_only=True))
        assert len(rows) > len(file.text.split("\n")) - 2
        return
    if file.kind == "md":
        assert sniff.sniff(content) == sniff.TEXT
        assert file.text in content.decode()
        return
    kinds = {"hwpx": sniff.HWPX, "pdf": sniff.PDF, "docx": sniff.DOCX}
    assert sniff.sniff(content) == kinds[file.kind] == file.media_type
    assert words in re.sub(r"[\s|*`#-]+", "", documents.read(content).text)


@SCHOOLS
def test_a_file_is_the_same_bytes_every_time(school: str) -> None:
    one_of_each = {file.kind: file for file in DRIVES[school].files}
    for file in one_of_each.values():
        assert content_of(file) == content_of(file)


def entry(**changed: str) -> str:
    fields = {
        "slug": "01-heads-meeting",
        "area": "school",
        "folder": "회의록",
        "name": "회의록.hwpx",
        "by": "academic",
        "at": "2026-11-23 15:55",
    } | changed
    return "[[file]]\n" + "".join(f'{key} = "{value}"\n' for key, value in fields.items())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (entry(by="nobody"), "nobody holds the post nobody"),
        (entry(by="homeroom-3-2"), "homeroom-3-2 may not put it into school"),
        (entry(area="department:급식실"), "academic may not put it into department:급식실"),
        (entry(area="person:it"), "academic may not put it into person:it"),
        (entry(slug="99-none"), "it has no words"),
        (entry(name="회의록.hwp"), "nobody makes files such as 회의록.hwp"),
        (entry(at="2026-11-31"), "no time"),
        (
            entry() + 'share = [{ whom = "department:없는부", may = "view" }]',
            "nobody is department",
        ),
        (entry() + 'share = [{ whom = "staff", may = "own" }]', "own"),
    ],
)
def test_a_drive_that_could_not_be_is_refused(
    text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = tmp_path / "hanbit" / "drive"
    words.mkdir(parents=True)
    (words / "01-heads-meeting.md").write_text("1. 안건", encoding="utf-8")
    (tmp_path / "hanbit" / "drive.toml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(drive, "HERE", tmp_path)
    with pytest.raises(BadDrive) as refused:
        load_drive.__wrapped__("hanbit")
    assert said in str(refused.value)


def test_a_share_with_a_person_holds_their_key_and_one_with_a_department_its_key() -> None:
    shares = {share for file in DRIVES["hanbit"].files for share in file.shares}
    keys = {row.post: row.key for row in load("hanbit").staff}
    assert drive.Share("", keys["vice-principal"], "edit") in shares
    assert drive.Share("staff/department:행정실", "", "view") in shares
    assert msgspec.structs.asdict(next(iter(shares))).keys() == {"audience", "person", "may"}
