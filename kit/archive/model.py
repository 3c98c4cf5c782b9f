"""What a backup is, and what can go wrong with one:

BackupError
 ├─ NoRoom          the disk has not so much to spare; nothing was begun
 ├─ DiskFilled      others filled it meanwhile
 ├─ FilesLost       it is made, without files that the disk has changed
 └─ FilesMissing    it cannot be restored whole
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from kit.i18n import _
from kit.problem import Problem

FORMAT = 2
NAMED = 5  # files that an error names one by one
MEGABYTE = 1024 * 1024


class BackupError(Problem):
    """A backup cannot be made or used; `reason` says why in one line."""

    code = "backup-failed"
    status = 500
    text = _("백업 작업을 마치지 못했습니다: %(reason)s")

    def __init__(self, reason: str = "", **params: object) -> None:
        super().__init__(**params or {"reason": reason})


class NoRoom(BackupError):
    """A backup would not leave the disk what it must keep free. `lacking` in bytes."""

    code = "no-room-for-backup"
    status = 507
    text = _(
        "저장 공간이 부족하여 백업을 시작하지 않았습니다. %(folder)s 에 %(needed)s MB가 "
        "필요한데 %(lacking)s MB가 부족합니다. 기존 백업은 그대로 있습니다. 오래된 백업을 "
        "다른 저장 장치로 옮기거나 디스크를 늘려 주세요."
    )

    def __init__(self, folder: Path, needed: int, lacking: int) -> None:
        super().__init__(folder=folder, needed=_megabytes(needed), lacking=_megabytes(lacking))


class DiskFilled(BackupError):
    """The disk came too near to its end while a backup was made; it was given up."""

    code = "disk-filled-during-backup"
    status = 507
    text = _(
        "백업하는 동안 디스크가 거의 찼습니다(%(folder)s). 이 백업은 중단했고, 기존 백업은 "
        "그대로 있습니다. 오래된 백업을 다른 저장 장치로 옮기거나 디스크를 늘려 주세요."
    )

    def __init__(self, folder: Path) -> None:
        super().__init__(folder=folder)


class FilesLost(BackupError):
    """A backup is made, and holds everything but files whose content the disk has changed."""

    code = "files-lost"
    text = _(
        "백업을 만들었지만(%(file)s) 디스크에서 손상된 파일 %(count)s개는 넣지 못했습니다: "
        "%(names)s. 기존 백업에 온전한 파일이 있는지 확인하고, 백업을 모두 보관하세요."
    )

    def __init__(self, file: str, names: Sequence[str]) -> None:
        super().__init__(file=file, count=len(names), names=_first(names))


class FilesMissing(BackupError):
    """Files that an archive names are neither in it nor, whole, in the folder beside it."""

    code = "files-missing"
    text = _(
        "%(file)s에 필요한 파일 %(count)s개가 같은 위치의 files 폴더에 없거나 "
        "손상되었습니다: %(names)s. 백업 파일과 함께 files 폴더도 옮겼는지 확인하세요. "
        "나머지만 복원하려면 --incomplete 를 붙이세요."
    )

    def __init__(self, file: str, names: Sequence[str]) -> None:
        super().__init__(file=file, count=len(names), names=_first(names))


class Listing(msgspec.Struct, frozen=True):
    """The first entry of an archive: whose it is and the SHA-256 of everything in it.

    `server` is node or hub, `name` the school's or the hub's, `database` the database's entry.
    `lost`: files that were damaged already when the backup was made, and are in none of it.
    """

    format: int
    server: str
    id: str
    name: str
    database: str
    made_at: int
    files: dict[str, str] = {}
    lost: tuple[str, ...] = ()


class StoredFile(msgspec.Struct, frozen=True, array_like=True):
    """A file that lies once in the depot, whichever archives name it. `name` as seen from the
    server's folder, `size` in bytes, `changed_ns` when the file was last written to."""

    name: str
    sha256: str
    size: int
    changed_ns: int


class KeptArchive(msgspec.Struct, frozen=True):
    """A backup in a backups folder. `size` in bytes, without what lies beside it."""

    name: str
    size: int
    made_at: int


def existing(folder: Path, suffixes: tuple[str, ...]) -> list[KeptArchive]:
    """The backups of a folder, the newest first."""
    if not folder.is_dir():
        return []
    found = [
        KeptArchive(path.name, path.stat().st_size, int(path.stat().st_mtime * 1000))
        for path in folder.iterdir()
        if path.name.endswith(suffixes) and not path.name.startswith(".")
    ]
    return sorted(found, key=lambda one: one.name, reverse=True)


def _first(names: Iterable[str]) -> str:
    ordered = sorted(names)
    return ", ".join(ordered[:NAMED]) + (", …" if len(ordered) > NAMED else "")


def _megabytes(size: int) -> str:
    return f"{-(-size // MEGABYTE):,}"
