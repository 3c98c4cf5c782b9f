"""The drive of a demo school: folders and files of the school's, the departments' and the staff's
own areas, and whom they were shown to.

    drive = load_drive("hanbit")
    for folder in drive.folders: …                # parents before what is in them
    for file in drive.files: content_of(file)     # bytes

`<school>/drive.toml` says where a file lies, `<school>/drive/SLUG.md` holds its words.
"""

import tomllib
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from kit.clock import from_datetime
from scripts.demo_content.documents import MEDIA_TYPES, document
from scripts.demo_content.loader import load
from scripts.demo_content.model import SchoolContent, StaffRow

HERE = Path(__file__).parent
SCHOOL, DEPARTMENT, PERSON = "school", "department", "person"


class Share(msgspec.Struct, frozen=True):
    """Who else may see or change something: an audience key of staff (`node/people/audience.py`),
    or the key of one member of staff in `person`, then `audience` is empty."""

    audience: str
    person: str
    may: Literal["view", "edit"]


class Folder(msgspec.Struct, frozen=True):
    """A folder. `area` is school, department or person; `of` the department's name or the staff
    key, empty for the school; `path` the names from the area's root down."""

    area: str
    of: str
    path: tuple[str, ...]
    by: str
    at: int
    shares: tuple[Share, ...] = ()


class DriveFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file: where it lies as in `Folder`, who put it there and when, and its words."""

    slug: str
    school: str
    area: str
    of: str
    path: tuple[str, ...]
    name: str
    by: str
    at: int
    text: str
    shares: tuple[Share, ...] = ()

    @property
    def kind(self) -> str:
        """hwpx, pdf, docx, xlsx or md: the ending of its name."""
        return self.name.rpartition(".")[2]

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self.kind]


class DriveContent(msgspec.Struct, frozen=True):
    """All of a school's drive, both in the order in which they can be made."""

    folders: tuple[Folder, ...]
    files: tuple[DriveFile, ...]


class BadDrive(ValueError):
    """A school's drive cannot be read; the message says which entry and what is wrong."""


class _Share(msgspec.Struct, forbid_unknown_fields=True):
    whom: str
    may: Literal["view", "edit"]


class _Folder(msgspec.Struct, forbid_unknown_fields=True):
    area: str
    path: str
    by: str
    at: str
    share: tuple[_Share, ...] = ()


class _File(msgspec.Struct, forbid_unknown_fields=True):
    slug: str
    area: str
    folder: str
    name: str
    by: str
    at: str
    share: tuple[_Share, ...] = ()


class _Drive(msgspec.Struct, forbid_unknown_fields=True):
    file: tuple[_File, ...]
    folder: tuple[_Folder, ...] = ()


@cache
def load_drive(school: str) -> DriveContent:
    """The drive of `hanbit` or `saesol`. Raises BadDrive: nobody holds a post, somebody put a
    file where they may not, or a file has no words."""
    content = load(school)
    source = HERE / school / "drive.toml"
    try:
        drive = msgspec.convert(tomllib.loads(source.read_text(encoding="utf-8")), _Drive)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BadDrive(f"{source}: {error}") from None
    files = tuple(_file(entry, content) for entry in drive.file)
    return DriveContent(_folders([_folder(entry, content) for entry in drive.folder], files), files)


def content_of(file: DriveFile) -> bytes:
    """The file as it is uploaded, the same bytes every time."""
    return document(file.kind, file.school, file.name.rpartition(".")[0], file.text)


def _file(entry: _File, content: SchoolContent) -> DriveFile:
    words = HERE / content.slug / "drive" / f"{entry.slug}.md"
    if not words.exists():
        raise BadDrive(f"{entry.slug}: it has no words")
    if entry.name.rpartition(".")[2] not in MEDIA_TYPES:
        raise BadDrive(f"{entry.slug}: nobody makes files such as {entry.name}")
    place = _place(entry.slug, entry.area, entry.folder, entry.by, entry.at, content)
    return DriveFile(
        slug=entry.slug,
        school=content.name,
        area=place.area,
        of=place.of,
        path=place.path,
        name=entry.name,
        by=place.by,
        at=place.at,
        text=words.read_text(encoding="utf-8").strip(),
        shares=_shares(entry.slug, entry.share, content),
    )


def _folder(entry: _Folder, content: SchoolContent) -> Folder:
    place = _place(entry.path, entry.area, entry.path, entry.by, entry.at, content)
    return msgspec.structs.replace(place, shares=_shares(entry.path, entry.share, content))


def _folders(written: list[Folder], files: tuple[DriveFile, ...]) -> tuple[Folder, ...]:
    """Every folder once, parents first: those written down and those that files lie in. A folder
    nobody wrote down belongs to whoever put the first file into it."""
    known = {(folder.area, folder.of, folder.path): folder for folder in written}
    inside = [Folder(file.area, file.of, file.path, file.by, file.at) for file in files]
    for folder in sorted([*written, *inside], key=lambda folder: folder.at):
        for depth in range(1, len(folder.path) + 1):
            path = folder.path[:depth]
            made = msgspec.structs.replace(folder, path=path, shares=())
            known.setdefault((folder.area, folder.of, path), made)
    return tuple(sorted(known.values(), key=lambda folder: (len(folder.path), folder.at)))


def _place(what: str, area: str, path: str, by: str, at: str, content: SchoolContent) -> Folder:
    """Where an entry lies and who put it there. Raises BadDrive when that person may not."""
    writer = _staff(what, by, content)
    kind, _colon, of = area.partition(":")
    match kind:
        case "school" if set(writer.roles) & {"head", "office", "principal", "vice_principal"}:
            pass
        case "department" if writer.department == of:
            pass
        case "person" if of == by:
            of = writer.key
        case _:
            raise BadDrive(f"{what}: {by} may not put it into {area}")
    return Folder(kind, of, tuple(path.split("/")), writer.key, _at(what, at))


def _shares(what: str, shares: tuple[_Share, ...], content: SchoolContent) -> tuple[Share, ...]:
    found = []
    for share in shares:
        kind, _colon, of = share.whom.partition(":")
        if kind == "post":
            found.append(Share("", _staff(what, of, content).key, share.may))
            continue
        belongs = {
            "staff": True,
            "role": any(of in row.roles for row in content.staff),
            "department": any(of == row.department for row in content.staff),
        }
        if not belongs.get(kind):
            raise BadDrive(f"{what}: nobody is {share.whom}")
        found.append(Share("staff" if kind == "staff" else f"staff/{share.whom}", "", share.may))
    return tuple(found)


def _staff(what: str, post: str, content: SchoolContent) -> StaffRow:
    for row in content.staff:
        if row.post == post:
            return row
    raise BadDrive(f"{what}: nobody holds the post {post}")


def _at(what: str, text: str) -> int:
    try:
        return from_datetime(datetime.fromisoformat(text))
    except ValueError:
        raise BadDrive(f"{what}: {text} is no time such as 2026-09-01 10:00") from None
