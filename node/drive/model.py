"""The words of the drive: areas, rights, folders and files, versions, uploads; rules of names."""

import enum
import re
import unicodedata

import msgspec

from kit.clock import DAY
from kit.event import Event
from kit.i18n import _
from kit.problem import Problem
from node.files.model import Preview

TRASH_KEPT = 30 * DAY
VERSIONS_KEPT = 50
DEEPEST = 20  # folders within one another
LARGEST_FILE = 20 * 1024**3  # bytes
LARGEST_PACKED = 20 * 1024**3  # bytes of a folder that is downloaded as a zip
MOST_PACKED = 10_000  # files and folders in it
LONGEST_NAME = 255  # characters: as long as a file system lets any name be
OPEN_UPLOADS = 200  # unfinished ones of one person
SCHOOL = "school"
OVERWRITTEN = "drive-overwritten"  # kinds of notices
REFUSED = "drive-refused"


class Right(enum.IntEnum):
    """What somebody may do with an item; each includes those before it."""

    NONE = 0
    VIEW = 1  # see and download
    EDIT = 2  # add, change, throw away what is inside
    OWN = 3  # decide who else may


RIGHT_LABELS = {
    Right.VIEW: _("볼 수 있음"),
    Right.EDIT: _("수정할 수 있음"),
    Right.OWN: _("소유"),
}


class Limits(msgspec.Struct, frozen=True):
    """Bytes: of a person's area, of a department's or the school's, and what the disk must keep
    free for everything else."""

    personal: int
    shared: int
    reserve: int = 1024**3


class Item(msgspec.Struct, frozen=True):
    """A folder or a file as one asker has it: `right` is theirs; `is_shared`:
    it was shared with others by itself. Times in ms, sizes in bytes."""

    id: str
    area: str
    parent_id: str | None
    is_folder: int
    name: str
    version: int
    size: int
    sha256: str
    media_type: str
    created_at: int
    changed_at: int
    changed_by: str
    gone_with: str | None
    trashed_at: int | None
    trashed_by: str
    is_shared: int
    right: int
    modified_at: int | None = None
    """When the program that sent a file says it was changed; None: when it came."""

    @property
    def is_unfilled(self) -> bool:
        """A name that was locked and to which no content has come."""
        return not self.is_folder and self.version == 0

    @property
    def is_root(self) -> bool:
        return self.parent_id is None

    @property
    def may_edit(self) -> bool:
        return self.right >= Right.EDIT

    @property
    def may_decide(self) -> bool:
        return self.right >= Right.OWN


class Area(msgspec.Struct, frozen=True):
    """A part of the drive: `kind` is person, department or school; `name` the department's, or
    the person's. `used` and `quota` in bytes."""

    id: str
    kind: str
    name: str
    right: int
    used: int
    quota: int


class Version(msgspec.Struct, frozen=True):
    """What a file was. `restored_from`: the number of the version it was taken from."""

    number: int
    sha256: str
    size: int
    media_type: str
    at: int
    by_name: str
    restored_from: int | None
    by_id: str = ""


class Lock(msgspec.Struct, frozen=True):
    """A program of somebody's has an item open (WebDAV). `is_deep`: with all that is inside; `owner`:
    who the program says it is, as XML; `href`: what it locked, as it named it; `seconds`: how long it
    lives without being renewed; `seen`: the version of the file that its holder knows."""

    token: str
    item_id: str
    is_deep: int
    is_shared: int
    person_id: str
    person_name: str
    owner: str
    href: str
    seconds: int
    until: int
    seen: int


class Share(msgspec.Struct, frozen=True):
    """Who may what. `label` says who; `is_fixed`: it belongs to the area and stays."""

    key: str
    level: int
    at: int
    by_name: str
    is_fixed: int
    label: str = ""


class Crumb(msgspec.Struct, frozen=True):
    """A folder on the way to an item that the asker may see; the name of a root is empty."""

    id: str
    name: str
    area: str
    is_root: int


class Listing(msgspec.Struct, frozen=True):
    """A folder with a page of what is in it. `usage` is that of its area."""

    folder: Item
    path: list[Crumb]
    items: list[Item]
    next_page: int | None
    usage: Area
    open_by: dict[str, str] = {}
    """By the id of an item that programs have open the names of whose programs."""


class Details(msgspec.Struct, frozen=True):
    """A folder or file with everything about it that the asker may know. `may_take`: they may take
    it out of its folder."""

    item: Item
    path: list[Crumb]
    versions: list[Version]
    shares: list[Share]
    inherited: list[Share]
    text: Preview | None
    may_take: bool


def person_area(person_id: str) -> str:
    return f"person:{person_id}"


def department_area(name: str) -> str:
    return f"department:{name}"


# Names -------------------------------------------------------------------------------------------

# What Windows, macOS or a shell would not take, or would hide: separators, wildcards, controls,
# marks that turn the direction of writing.
_UNFIT = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def check_name(name: str) -> str:
    """A name somebody typed, composed (NFC) and trimmed. Raises BadName."""
    fit = unicodedata.normalize("NFC", name).strip()
    if not fit or len(fit) > LONGEST_NAME or fit != clean_name(fit):
        raise BadName()
    return fit


def clean_name(name: str) -> str:
    """A name that came with a file, made fit: no folders, no marks that lie, never empty."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", _encodable(name)))[-1]
    fit = _UNFIT.sub("_", last).strip().rstrip(". ")
    if _RESERVED.fullmatch(fit):
        fit = f"_{fit}"
    if len(fit) > LONGEST_NAME:
        stem, dot, suffix = fit.rpartition(".")
        keeps = bool(dot) and len(suffix) <= 10
        fit = f"{stem[: LONGEST_NAME - len(suffix) - 1]}.{suffix}" if keeps else fit[:LONGEST_NAME]
    return fit or "file"


def folded(name: str) -> str:
    """The name as names are compared: a folder holds no two that differ in case only."""
    return unicodedata.normalize("NFC", name).casefold()


def numbered(name: str, number: int) -> str:
    """`계획.hwp` → `계획 (2).hwp`"""
    stem, dot, suffix = name.rpartition(".")
    if not stem:
        return f"{name} ({number})"
    return f"{stem} ({number}){dot}{suffix}"


def _encodable(name: str) -> str:
    return name.encode("utf-8", "replace").decode("utf-8")


# Events ------------------------------------------------------------------------------------------


class DriveFileChanged(Event, frozen=True, tag="drive.file_changed"):
    """A file came, changed, moved, went, or others may read it now. `content`: its name, text or
    area may be another; else only its folder and who may read it."""

    item_id: str
    content: bool = True


class DriveAct(enum.StrEnum):
    """Acts for the audit log."""

    SHARE = "drive:item:share"
    UNSHARE = "drive:item:unshare"
    MOVE = "drive:item:move"
    ERASE = "drive:item:erase"
    HAND_OVER = "drive:area:hand_over"
    APP_PASSWORD = "drive:app_password:make"  # noqa: S105 — the name of an act


# Problems ----------------------------------------------------------------------------------------


class BadName(Problem):
    code = "drive-name"
    status = 422
    field = "name"
    text = _("이름은 255자까지 쓸 수 있으며 / : * ? 같은 기호와 보이지 않는 글자는 쓸 수 없습니다.")


class NameTaken(Problem):
    code = "drive-name-taken"
    status = 409
    field = "name"
    text = _("같은 이름의 파일이나 폴더가 이미 있습니다. 다른 이름을 입력해 주세요.")


class NotThere(Problem):
    code = "drive-move"
    status = 409
    text = _(
        "그 위치로는 옮길 수 없습니다. 폴더를 자기 하위 폴더나 너무 깊은 위치로는 옮길 수 없습니다."
    )


class QuotaReached(Problem):
    code = "drive-quota"
    status = 507
    text = _(
        "저장 공간이 부족합니다. 휴지통을 비우거나 필요 없는 파일을 삭제한 뒤 다시 올려 "
        "주세요. 끝나지 않은 업로드도 7일 동안 공간을 차지합니다."
    )


class NotChosen(Problem):
    code = "drive-chosen"
    status = 422
    text = _("먼저 파일이나 폴더를 선택해 주세요. 한 번에 200개까지 선택할 수 있습니다.")


class FileTooLarge(Problem):
    code = "drive-file-too-large"
    status = 413
    text = _("파일이 너무 큽니다. 20 GB까지 올릴 수 있습니다.")


class TooMuchToPack(Problem):
    code = "drive-too-much-to-pack"
    status = 413
    text = _(
        "폴더가 너무 커서 한꺼번에 내려받을 수 없습니다. 한 번에 20 GB, 항목 10,000개까지입니다. "
        "하위 폴더를 하나씩 내려받거나 네트워크 폴더로 열어 복사해 주세요."
    )


class PreconditionFailed(Problem):
    """What a program said must hold does not: the thing changed since it looked."""

    code = "drive-precondition"
    status = 412
    text = _("그사이 다른 사람이 이 파일을 변경했습니다.")


class Locked(Problem):
    code = "drive-locked"
    status = 423
    text = _("%(by)s 님이 열어 둔 파일입니다.")


class NotALock(Problem):
    code = "drive-not-a-lock"
    status = 409
    text = _("그 잠금은 이미 끝났습니다.")


class TooManyLocks(Problem):
    code = "drive-locks"
    status = 507
    text = _("열어 둔 파일이 너무 많습니다. 쓰지 않는 파일을 닫은 뒤 다시 시도해 주세요.")


class TooManyProperties(Problem):
    code = "drive-properties"
    status = 507
    text = _("이 파일에 더 붙일 수 없습니다.")


class BadShare(Problem):
    code = "drive-share"
    status = 422
    text = _("공유할 교직원, 부서 또는 모임을 선택해 주세요.")


class FixedShare(Problem):
    code = "drive-share-fixed"
    status = 409
    text = _("이 공간의 기본 권한은 변경할 수 없습니다. 다른 부서나 모임, 교직원을 선택해 주세요.")
