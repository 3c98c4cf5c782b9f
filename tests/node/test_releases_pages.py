"""The administrator's page of releases, and its card on the front page."""

from kit.db import Tx
from node.releases import store
from node.releases.model import GOOD, Code
from node.releases.web import RELEASES
from protocol.chunks import ReleaseKind
from protocol.directory import Cursor
from protocol.sync import ReleasePage, ReleasePointer, ReleaseStep
from tests.node.conftest import School

MB = 1024 * 1024


async def point(school: School, kind: ReleaseKind, version: int) -> None:
    pointer = ReleasePointer(kind=kind, version=version, size=9 * MB)
    page = ReleasePage(cursor=Cursor(epoch="a", seq=version), items=(pointer,))
    await school.db.write(lambda tx: school.app[RELEASES].offered(tx, page))


async def test_the_administrator_sees_how_far_a_release_is_and_where_it_came_from(
    school: School,
) -> None:
    await point(school, "model", 3)

    def unit(tx: Tx) -> None:
        store.begin(tx, "model", 1, "작은 모델", 9 * MB, school.clock.now())
        store.set_step(tx, "model", 1, GOOD, school.clock.now())
        store.begin(tx, "model", 2, "보통 모델", 9 * MB, school.clock.now())
        store.set_step(tx, "model", 2, ReleaseStep.ACTIVE, school.clock.now())
        store.begin(tx, "model", 3, "큰 모델", 9 * MB, school.clock.now())
        store.progress(tx, "model", 3, 420, 3 * MB, MB)

    await school.db.write(unit)
    browser = await school.client_as("정민호")
    text = (await browser.get("/admin/releases")).text
    for word in ("큰 모델 · 3", "42", "9.0 MB", "3.0 MB", "사용 중", "이전 버전으로 되돌리기"):
        assert word in text


async def test_a_refusal_is_told_in_words_and_on_the_front_page_until_it_is_settled(
    school: School,
) -> None:
    await point(school, "knowledge", 2)
    now = school.clock.now()

    def unit(tx: Tx) -> None:
        store.set_step(tx, "knowledge", 2, ReleaseStep.REFUSED, now, Code.DISK_FULL)
        store.tried(tx, "knowledge", "9 bytes needed, 1 free", now + 60_000)

    await school.db.write(unit)
    browser = await school.client_as("정민호")
    assert "디스크 공간이 부족합니다" in (await browser.get("/admin/releases")).text
    assert "배포받은 자료" in (await browser.get("/")).text
    pressed = await browser.post("/admin/releases/knowledge/again")
    assert pressed.status == 303
    assert "디스크 공간이 부족합니다" not in (await browser.get("/admin/releases")).text
    acts = await school.db.read(
        lambda tx: tx.rows("SELECT action FROM kit_audit WHERE subject = 'knowledge'")
    )
    assert ("releases:release:retry",) in acts
    teacher = await school.client_as("한지민")
    assert "/admin/releases" not in (await teacher.get("/")).text


async def test_what_the_assistant_said_of_a_release_stands_beside_the_reason(
    school: School,
) -> None:
    await point(school, "model", 2)
    now = school.clock.now()
    error = f"{Code.UNUSABLE}:the worker dies of it"
    await school.db.write(
        lambda tx: store.set_step(tx, "model", 2, ReleaseStep.REFUSED, now, error)
    )
    text = (await (await school.client_as("정민호")).get("/admin/releases")).text
    assert "도우미가 사용할 수 없어" in text
    assert "(the worker dies of it)" in text
