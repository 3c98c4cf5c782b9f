"""Files of models on their way in: uploaded piece by piece, or put into the folder by hand."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path, PurePath

from hub.releases.model import IncomingFile, ModelFileRefused
from kit.i18n import _
from kit.ids import new_id
from kit.problem import NotFound
from models.release import BadRelease, check_gguf
from protocol.chunks import LARGEST_RELEASE

SUFFIX = ".gguf"
ROOM_LEFT = 2 * 1024**3  # bytes that must stay free on the disk
NOT_GGUF = _("GGUF 모델 파일(.gguf)이 아닙니다.")
TOO_LARGE = _("파일이 너무 큽니다. 16GB까지 올릴 수 있습니다.")
NO_ROOM = _("허브의 저장 공간이 부족합니다. 이전 파일을 삭제한 뒤 다시 시도해 주세요.")


class Incoming:
    """The folder `incoming/` of the hub's data."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def start(self) -> None:
        """Make the folder; throw away uploads that were cut off."""

        def clean() -> None:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            for partial in self.folder.glob(".*.part"):
                partial.unlink(missing_ok=True)

        await asyncio.to_thread(clean)

    def files(self) -> list[IncomingFile]:
        """What lies there, by name."""
        if not self.folder.is_dir():
            return []
        return [
            IncomingFile(path.name, path.stat().st_size, int(path.stat().st_mtime * 1000))
            for path in sorted(self.folder.iterdir())
            if path.is_file() and path.suffix.lower() == SUFFIX and not path.name.startswith(".")
        ]

    def path(self, name: str) -> Path:
        """The file of that name. Raises NotFound."""
        if name not in {one.name for one in self.files()}:
            raise NotFound()
        return self.folder / name

    async def take(
        self, name: str, pieces: AsyncIterator[bytes], size: int, told: Callable[[int], None]
    ) -> str:
        """Write an upload of about `size` bytes to the disk; the name it has there.

        `told` hears how much came. Raises ModelFileRefused; then nothing of it stays.
        """
        name = PurePath(name.replace("\\", "/")).name.strip().lstrip(".")[-150:]
        if PurePath(name).suffix.lower() != SUFFIX:
            raise ModelFileRefused(reason=NOT_GGUF)
        if size > LARGEST_RELEASE["model"]:
            raise ModelFileRefused(reason=TOO_LARGE)
        free = (await asyncio.to_thread(shutil.disk_usage, self.folder)).free
        if free - size < ROOM_LEFT:
            raise ModelFileRefused(reason=NO_ROOM)
        partial = self.folder / f".{new_id()}.part"
        try:
            await self._write(partial, pieces, told)
            check_gguf(partial)
            await asyncio.to_thread(partial.replace, self.folder / name)
        except BadRelease as error:
            raise ModelFileRefused(reason=NOT_GGUF) from error
        except OSError as error:
            raise ModelFileRefused(reason=NO_ROOM) from error
        finally:
            await asyncio.to_thread(partial.unlink, missing_ok=True)
        return name

    async def _write(
        self, partial: Path, pieces: AsyncIterator[bytes], told: Callable[[int], None]
    ) -> None:
        came = 0
        with partial.open("wb") as out:
            async for piece in pieces:
                came += len(piece)
                if came > LARGEST_RELEASE["model"]:
                    raise ModelFileRefused(reason=TOO_LARGE)
                await asyncio.to_thread(out.write, piece)
                told(came)

    async def remove(self, name: str) -> None:
        """Raises NotFound."""
        await asyncio.to_thread(self.path(name).unlink)
