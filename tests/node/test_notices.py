"""One verb for all that remind: what a slice tells people stands in the portal and goes out by mail."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestServer

from kit.clock import HOUR, ManualClock, moment
from kit.db import Tx
from kit.web.assembly import ASSEMBLY
from kit.web.keys import JOBS
from node.app import CONFIG, build, join, made_of, open_database
from node.backup import restore, write_archive
from node.config import FILE, read_config, toml_of
from node.ground import Ground
from node.notices.model import Topic, Urgency
from node.notices.web import NOTICES
from node.ports.noticed import Noticed, Notification, Said, WhyUnsent, Written
from node.slice import Slice
from tests.node.conftest import School
from tests.node.post_office import PostedSchool, posted_school
from tests.node.test_notify import notify, published
from tests.node.test_told_as_it_is import notifications, subjects

NIGHT, MORNING = moment(2026, 11, 23, 22, 0), moment(2026, 11, 24, 7, 0)
CHANGED, SERVED = "trial.changed", "trial.served"


class Kitchen:
    """A slice that tells of its dishes: what they are called stands here."""

    def __init__(self) -> None:
        self.dishes = {"soup": "미역국", "rice": "비빔밥"}
        self.noticed = Noticed(
            kinds={CHANGED: "식단 변경", SERVED: ""},
            in_portal=self.in_portal,
            by_mail=self.by_mail,
        )

    def in_portal(
        self, _tx: Tx, _reader: Any, notices: Sequence[Notification], _now: int
    ) -> Mapping[str, Said]:
        there = [one for one in notices if one.about in self.dishes]
        return {
            one.id: Said(self.dishes[one.about], f"/meals/{one.about}", None, asks=True)
            for one in there
        }

    def by_mail(self, _tx: Tx, notice: Notification, _now: int) -> Written | WhyUnsent:
        if notice.about not in self.dishes:
            return WhyUnsent.WITHDRAWN
        href = f"/meals/{notice.about}"
        return Written("%(school)s: %(title)s", "%(link)s", href, title=self.dishes[notice.about])


@pytest.fixture
def kitchen() -> Kitchen:
    return Kitchen()


def joined_with(ground: Ground, kitchen: Kitchen) -> list[Slice]:
    slices = join(ground)
    slices.append(Slice(package="tests.node", noticed=(kitchen.noticed,)))
    return slices


@pytest.fixture
async def posted(
    tmp_path: Path, clock: ManualClock, kitchen: Kitchen
) -> AsyncIterator[PostedSchool]:
    async for one in posted_school(tmp_path, clock, lambda ground: joined_with(ground, kitchen)):
        await one.addresses(김하늘="haneul@home.test", 이준혁="father@home.test")
        yield one


async def tell(school: School, name: str, what: Topic, urgency: Urgency) -> None:
    told = {school.id(name): ("",)}
    await school.db.write(lambda tx: school.app[NOTICES].tell(tx, told, what, urgency))


async def test_what_is_told_calmly_is_found_in_the_portal_alone(posted: PostedSchool) -> None:
    await tell(posted.school, "김하늘", Topic(CHANGED, "soup"), Urgency.CALM)
    shown = await notifications(posted.school, "김하늘")
    for part in ("미역국", "식단 변경", "/meals/soup"):
        assert part in shown
    assert "미역국" not in await notifications(posted.school, "이준혁")
    assert await posted.send()
    assert posted.office.received == []


async def test_at_night_only_what_is_urgent_goes_out_by_mail(posted: PostedSchool) -> None:
    school = posted.school
    school.clock.at = NIGHT
    await tell(school, "김하늘", Topic(CHANGED, "soup"), Urgency.USUAL)
    await tell(school, "이준혁", Topic(CHANGED, "soup"), Urgency.URGENT)
    assert await posted.send()
    assert posted.office.addressees == ["father@home.test"]
    school.clock.at = MORNING
    assert await posted.send()
    assert posted.office.addressees == ["father@home.test", "haneul@home.test"]
    assert "http://hanbit.test/meals/soup" in posted.office.received[0].get_content()


@contextlib.asynccontextmanager
async def restored(posted: PostedSchool, archive: Path, kitchen: Kitchen) -> AsyncIterator[School]:
    """The school on another machine, from its backup."""
    folder = archive.parent / "restored"
    await asyncio.to_thread(restore, archive, folder)
    ground = Ground(read_config(folder, {}), posted.school.clock)
    made = made_of(ground, joined_with(ground, kitchen))
    server = TestServer(made, host="127.0.0.1")
    async with server:
        school = School(made, server, posted.school.clock)
        school.people_ids = posted.school.people_ids
        yield school


async def backed_up(school: School, folder: Path) -> Path:
    config = school.app[CONFIG]
    (config.root / FILE).write_text(toml_of(config), encoding="utf-8")
    place = folder / "kept.madang.tar"
    return await asyncio.to_thread(write_archive, config, school.clock.now(), place)


async def test_what_was_due_before_a_restore_may_have_been_mailed_and_is_not_mailed_again(
    posted: PostedSchool, kitchen: Kitchen, tmp_path_factory: pytest.TempPathFactory
) -> None:
    clock = posted.school.clock
    clock.at = NIGHT
    await tell(posted.school, "김하늘", Topic(CHANGED, "soup"), Urgency.USUAL)
    archive = await backed_up(posted.school, tmp_path_factory.mktemp("kept"))
    clock.at = MORNING
    assert await posted.send()
    async with restored(posted, archive, kitchen) as school:
        await tell(school, "이준혁", Topic(CHANGED, "soup"), Urgency.USUAL)
        assert await school.app[JOBS].run("notify.mail")
    assert posted.office.addressees == ["father@home.test", "haneul@home.test"]


async def test_what_is_due_after_a_restore_is_mailed(
    posted: PostedSchool, kitchen: Kitchen, tmp_path_factory: pytest.TempPathFactory
) -> None:
    clock = posted.school.clock
    clock.at = NIGHT
    await tell(posted.school, "김하늘", Topic(CHANGED, "soup"), Urgency.USUAL)
    archive = await backed_up(posted.school, tmp_path_factory.mktemp("kept"))
    async with restored(posted, archive, kitchen) as school:
        clock.at = MORNING
        assert await school.app[JOBS].run("notify.mail")
    assert posted.office.addressees == ["haneul@home.test"]


async def test_of_one_thing_one_mail_waits_and_of_another_another(posted: PostedSchool) -> None:
    school = posted.school
    school.clock.at = NIGHT
    for dish in ("soup", "soup", "rice"):
        await tell(school, "김하늘", Topic(CHANGED, dish), Urgency.USUAL)
    school.clock.at = MORNING
    assert await posted.send()
    assert sorted(subjects(posted)) == ["한빛초등학교: 미역국", "한빛초등학교: 비빔밥"]


async def test_a_kind_without_a_name_has_no_line_in_the_portal(posted: PostedSchool) -> None:
    await tell(posted.school, "김하늘", Topic(SERVED, "soup"), Urgency.USUAL)
    assert "미역국" not in await notifications(posted.school, "김하늘")
    assert await posted.send()
    assert subjects(posted) == ["한빛초등학교: 미역국"]


async def test_of_what_is_not_there_any_more_nothing_is_said(
    posted: PostedSchool, kitchen: Kitchen
) -> None:
    for dish in ("soup", "rice"):
        await tell(posted.school, "김하늘", Topic(CHANGED, dish), Urgency.USUAL)
    del kitchen.dishes["soup"]
    shown = await notifications(posted.school, "김하늘")
    assert "미역국" not in shown
    assert "비빔밥" in shown
    assert await posted.send()
    assert subjects(posted) == ["한빛초등학교: 비빔밥"]


async def test_lines_that_are_shown_no_more_hide_none_of_the_earlier_ones(
    posted: PostedSchool, kitchen: Kitchen
) -> None:
    await tell(posted.school, "김하늘", Topic(CHANGED, "rice"), Urgency.CALM)
    posted.school.clock.advance(HOUR)
    for _time in range(150):
        await tell(posted.school, "김하늘", Topic(CHANGED, "soup"), Urgency.CALM)
    del kitchen.dishes["soup"]
    front = (await (await posted.school.client_as("김하늘")).get("/")).text
    assert "비빔밥" in front
    assert "비빔밥" in await notifications(posted.school, "김하늘")


async def test_every_kind_of_notice_is_of_one_slice(school: School) -> None:
    slices = school.app[ASSEMBLY].slices
    noticed = [one for part in slices for one in getattr(part, "noticed", ())]
    claimed = Counter(kind for one in noticed for kind in one.kinds)
    assert [kind for kind, times in claimed.items() if times > 1] == []


# What an earlier release left ----------------------------------------------------------------------

AS_BEFORE = """
ALTER TABLE notices_line RENAME COLUMN about TO newsletter_id;
ALTER TABLE notices_line RENAME TO notify_message;
DROP INDEX notices_line_person;
CREATE INDEX notify_message_person ON notify_message (person_id, at DESC);
DROP INDEX notices_line_unseen;
CREATE INDEX notify_message_unseen ON notify_message (person_id) WHERE seen_at IS NULL;
ALTER TABLE notices_mail RENAME COLUMN about TO newsletter_id;
ALTER TABLE notices_mail RENAME TO notify_mail;
DROP INDEX notices_mail_waiting;
CREATE INDEX notify_mail_waiting ON notify_mail (not_before_at)
WHERE sent_at IS NULL AND failed_at IS NULL;
DROP INDEX notices_mail_waiting_for;
CREATE INDEX notify_mail_waiting_for ON notify_mail (newsletter_id, person_id)
WHERE sent_at IS NULL AND failed_at IS NULL;
DROP INDEX notices_mail_person;
CREATE INDEX notify_mail_person ON notify_mail (person_id);
ALTER TABLE notices_access RENAME TO notify_access;
DROP INDEX notices_access_person;
CREATE INDEX notify_access_person ON notify_access (person_id, at DESC);
DROP INDEX notices_access_unseen;
CREATE INDEX notify_access_unseen ON notify_access (person_id) WHERE seen_at IS NULL;
DELETE FROM kit_migration WHERE slice = 'node.notices'
"""


def _as_before(tx: Tx) -> None:
    """The tables as the release before left them, in the slice of the reach ledger."""
    for statement in AS_BEFORE.split(";"):
        tx.execute(statement)


async def test_mail_that_waited_when_the_school_was_updated_goes_out(
    posted: PostedSchool,
) -> None:
    school = posted.school
    school.clock.at = NIGHT
    letter = await published(school)
    await notify(school).remind(await school.asker("박서연"), letter)
    minho = await school.client_as("정민호")
    await minho.post(f"/admin/people/{school.id('이준혁')}/reset")
    await school.settled()
    await school.db.write(_as_before)

    async with open_database(build(school.app[CONFIG], school.clock)):
        pass
    assert "겨울방학 안내" in await notifications(school, "김하늘")
    assert "로그인이 초기화되었습니다" in await notifications(school, "정민호")
    school.clock.at = MORNING
    assert await posted.send()
    assert posted.office.addressees == ["father@home.test", "father@home.test", "haneul@home.test"]
    assert sorted(subjects(posted)) == [
        "[한빛초등학교] 계정과 권한: 로그인이 초기화되었습니다",
        "[한빛초등학교] 다시 알림: 겨울방학 안내",
        "[한빛초등학교] 다시 알림: 겨울방학 안내",
    ]
