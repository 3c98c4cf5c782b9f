"""The story of a school that lost its machine and came back from a backup, told with a real hub.

What was signed since the backup is gone from the school; the hub has seen it and says so.
"""

import asyncio
import os
import re
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer

from hub.app import build as build_hub
from hub.officers.model import Role
from hub.setup import found_hub
from kit.clock import HOUR, ManualClock
from kit.finding import Level
from kit.ids import new_id
from node.app import CONFIG, build
from node.cli import main
from node.config import FILE, read_config, toml_of
from node.doctor import DOCTOR
from protocol.receipts import Receipt, TrustAnchor, from_file, verify
from tests.hub.conftest import HANBIT, PASSWORD, Province, config_of
from tests.node.conftest import School, running_school
from tests.node.in_a_province import joined, page, sync
from tests.node.test_forms import answer, sent, sql

BEFORE_THE_BACKUP = 2
LOST = 3
REFUSED = "도교육청이 이 학교의 동의 기록을 접수하지 않았습니다"
SEEN = f"{BEFORE_THE_BACKUP + LOST}건까지 확인했는데"


class Story:
    """The school on its first machine, then on its second, and the hub that has seen both."""

    def __init__(self, machine: AsyncGenerator[School], school: School, province: Province) -> None:
        self.school = school
        self.province = province
        self.form = ""
        self._machine = machine

    async def sign(self, count: int) -> None:
        """김하늘 answers for 이지우, again and again; each is a record with a receipt that opens."""
        guardian = await self.school.client_as("김하늘")
        for _time in range(count):
            done = await answer(self.school, guardian, self.form, submission=new_id())
            assert done.status == 303, done.text
            assert (await guardian.get(done.location)).status == 200

    async def receipts(self, count: int) -> list[Receipt]:
        """The receipts of the first `count` signatures, opened as a page and as a file."""
        guardian = await self.school.client_as("김하늘")
        found = []
        # The log holds other records between them, such as the hourly head of the audit log.
        query = "SELECT leaf FROM forms_signature ORDER BY leaf LIMIT ?"
        for (leaf,) in await sql(self.school, query, count):
            assert (await guardian.get(f"/receipts/{leaf}")).status == 200
            found.append(from_file((await guardian.get(f"/receipts/{leaf}/file")).body))
        return found

    def proven(self, receipts: list[Receipt]) -> list[bool]:
        """Each verifies offline, with the hub's known key; which of them carry the hub's witness."""
        anchor = TrustAnchor(hub=self.province.hub.ground.keys.public.fingerprint)
        for receipt in receipts:
            checked = verify(receipt, anchor)
            assert (checked.valid, checked.trust) == (True, "province"), checked.checks
        return [receipt.witness is not None for receipt in receipts]

    async def dangers(self) -> list[str]:
        """What the doctor finds dangerous, in words."""
        found = await self.school.app[DOCTOR].examine_running(self.school.app)
        return [one.text % one.params for one in found if one.level is Level.DANGER]

    async def die_and_come_back(self, archive: Path, folder: Path) -> None:
        """The machine is lost; the backup is restored on another one by the book."""
        await self._machine.aclose()
        assert await asyncio.to_thread(main, ["restore", str(archive), str(folder)]) == 0
        self.school.clock.advance(HOUR)
        people = self.school.people_ids
        self._machine = restored_school(folder, self.school.clock)
        self.school = await anext(self._machine)
        self.school.people_ids = people

    async def close(self) -> None:
        await self._machine.aclose()


async def restored_school(folder: Path, clock: ManualClock) -> AsyncGenerator[School]:
    """A school served from the folder that `madang-node restore` has filled."""
    app = build(read_config(folder, os.environ), clock)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    school = School(app, server, clock)
    try:
        yield school
    finally:
        for client in school.clients:
            await client.session.close()
        await server.close()


@pytest.fixture
async def story(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Story]:
    """한빛초등학교 in its province, with a form that waits for answers."""
    made = await found_hub(tmp_path / "hub", config_of(""), "first", "최팀장", PASSWORD, clock)
    province = Province(build_hub(made.config, clock), clock)
    await province.start()
    folder = tmp_path / "school"
    folder.mkdir()
    machine = running_school(folder, clock)
    told = Story(machine, await anext(machine), province)
    await joined(told.school, province)
    told.form = await sent(told.school)
    yield told
    await told.close()
    await province.stop()


async def test_a_restored_school_signs_on_and_is_let_go_on_by_the_officer(
    story: Story, tmp_path: Path
) -> None:
    config = story.school.app[CONFIG]
    (config.root / FILE).write_text(toml_of(config), encoding="utf-8")
    await story.sign(BEFORE_THE_BACKUP)
    await sync(story.school)
    archive = tmp_path / "kept.madang.tar.gz"
    backup = ["backup", str(config.root), "--to", str(archive)]
    assert await asyncio.to_thread(main, backup) == 0
    await story.sign(LOST)
    await sync(story.school)
    assert await story.dangers() == []
    kept_by_guardians = await story.receipts(BEFORE_THE_BACKUP + LOST)

    await story.die_and_come_back(archive, tmp_path / "restored")

    # Fewer records than were lost: the hub refuses them, the school works on, receipts hold.
    await story.sign(1)
    await sync(story.school)
    assert story.proven(await story.receipts(3)) == [True, True, False]
    await story.sign(1)
    shown = await page(story.school)
    assert REFUSED in shown
    assert SEEN in shown
    assert "허브의 ‘기록 감시’에서" in shown
    front = await (await story.school.client_as("정민호")).get("/")
    assert REFUSED in front.text
    (danger,) = await story.dangers()
    assert SEEN in danger

    # More than were lost, with another history at the size that the hub has seen.
    await story.sign(4)
    await sync(story.school)
    assert story.proven(await story.receipts(8)) == [True] * 2 + [False] * 6
    assert SEEN in await page(story.school)

    # The officer asks the school, and lets its log start again.
    officer = await story.province.signed_in(Role.ADMINISTRATOR)
    listed = await (await officer.get("/logs")).text()
    assert listed.count("새 기록부로 다시 시작") == 1
    assert re.search("5건까지 확인했는데 [23]건만 있는 기록부를 받았습니다", listed)
    done = await officer.post("/logs/restart", data={"school_id": HANBIT}, allow_redirects=False)
    assert done.status == 303
    await sync(story.school)
    assert await story.dangers() == []
    shown = await page(story.school)
    assert REFUSED not in shown
    assert "도교육청이 이전에 확인한 기록부(5건)는 이 학교에 없습니다" in shown
    front = await (await story.school.client_as("정민호")).get("/")
    assert REFUSED not in front.text

    # From now on everything is witnessed as before; what guardians kept is still true.
    await story.sign(1)
    await sync(story.school)
    assert story.proven(await story.receipts(9)) == [True] * 9
    assert story.proven(kept_by_guardians) == [True] * 5
