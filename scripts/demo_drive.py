"""Puts the demo's folders and files into a school's drive, each by whom and when it says."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

from kit.clock import ManualClock
from node.drive.model import Right
from node.drive.service import Drive
from node.people.audience import person_key
from node.people.model import Asker
from scripts.demo_content.answers import NOW
from scripts.demo_content.drive import DEPARTMENT, PERSON, SCHOOL, Share, content_of, load_drive

AskerOf = Callable[[str], Awaitable[Asker]]
RIGHTS = {"view": Right.VIEW, "edit": Right.EDIT}


class DriveLoad:
    """One school's drive on its way into its node. `people`: import key → person id."""

    def __init__(
        self, drive: Drive, clock: ManualClock, asker_of: AskerOf, people: Mapping[str, str]
    ) -> None:
        self._drive = drive
        self._clock = clock
        self._asker_of = asker_of
        self._people = people
        self._principal = ""
        self._folders: dict[tuple[str, str, tuple[str, ...]], str] = {}

    async def load(self, slug: str, principal: str) -> int:
        """Everything of the school; how many files. `principal`: the import key of who decides
        over the school's own area."""
        content = load_drive(slug)
        self._principal = principal
        for folder in content.folders:
            asker = await self._by(folder.by, folder.at)
            parent = await self._place(asker, folder.area, folder.of, folder.path[:-1])
            made = await self._drive.create_folder(asker, parent, folder.path[-1])
            self._folders[folder.area, folder.of, folder.path] = made.id
            await self._share(asker, folder.area, made.id, folder.shares)
        for file in content.files:
            asker = await self._by(file.by, file.at)
            parent = await self._place(asker, file.area, file.of, file.path)
            item = await self._drive.uploads.take(
                asker, parent, file.name, _chunks(content_of(file))
            )
            await self._share(asker, file.area, item, file.shares)
        self._clock.at = NOW
        await self._drive.reading.work()
        return len(content.files)

    async def _by(self, key: str, at: int) -> Asker:
        self._clock.at = min(at, NOW)
        return await self._asker_of(key)

    async def _place(self, asker: Asker, area: str, of: str, path: tuple[str, ...]) -> str:
        """The id of a folder, or of the area where the path is empty."""
        if path:
            return self._folders[area, of, path]
        areas = [one for one in await self._drive.areas(asker) if one.kind == area]
        if area == DEPARTMENT:
            areas = [one for one in areas if one.name == of]
        assert areas, f"{asker.name} has no area {area} {of}"
        assert area != PERSON or self._people[of] == asker.id
        return areas[0].id

    async def _share(
        self, asker: Asker, area: str, item_id: str, shares: tuple[Share, ...]
    ) -> None:
        if area == SCHOOL and shares:
            asker = await self._asker_of(self._principal)
        for one in shares:
            key = one.audience or person_key(self._people[one.person])
            await self._drive.sharing.give(asker, item_id, key, RIGHTS[one.may])


async def _chunks(content: bytes) -> AsyncIterator[bytes]:
    yield content
