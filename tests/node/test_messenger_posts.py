"""What the bot tells the staff's rooms: only what everybody in a room may read."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kit.clock import ManualClock
from kit.db import Tx
from node.messenger import store
from node.messenger.model import DEPARTMENT, SPACE, STAFF, KeptRoom, Post, SaidPost
from node.newsletters.model import Publication, Sort
from node.newsletters.told import TELLING as LETTERS
from node.newsletters.web import NEWSLETTERS
from node.official.told import TELLING as NOTICES
from tests.node.conftest import School, running_school


@pytest.fixture
async def talking(tmp_path: Path, clock: ManualClock) -> AsyncIterator[School]:
    """A school with a messenger, its rooms made; the province it waits for gives it no server."""
    async for school in running_school(tmp_path, clock, messenger=True):
        await school.db.write(_make_rooms)
        yield school


def _make_rooms(tx: Tx) -> None:
    for key in (SPACE, STAFF, DEPARTMENT + "행정실", DEPARTMENT + "3학년부"):
        store.save_room(tx, KeptRoom(key, f"!{key}", key))


async def publish(school: School, title: str, *keys: str) -> None:
    author = await school.asker("최은영")
    letter = Publication(kind=Sort.NEWSLETTER, title=title, body="글", keys=keys)
    await school.db.write(lambda tx: school.app[NEWSLETTERS].publish_now(tx, author, letter))
    await school.settled()


def _titles(tx: Tx, about: str) -> str | None:
    what, _colon, of = about.partition(":")
    return {one.about: one for one in (LETTERS, NOTICES)}[what].title(tx, of)


def _posts(tx: Tx) -> list[Post]:
    return store.posts(tx, 20, _titles)[0]


def _void(tx: Tx) -> list[str]:
    return store.posts(tx, 20, _titles)[1]


async def told(school: School) -> dict[str, list[str]]:
    """Room → what waits to be said there."""
    found: dict[str, list[str]] = {}
    for post in await school.db.read(_posts):
        found.setdefault(post.room_key, []).append(post.body.split("\n", 1)[0])
    return found


async def test_all_staff_hear_of_letters_that_all_of_them_may_read(talking: School) -> None:
    await publish(talking, "현장체험학습", "guardians/grade:3", "staff/department:행정실")
    await publish(talking, "교직원 연수", "staff")
    assert await told(talking) == {STAFF: ["[가정통신문] 현장체험학습", "[가정통신문] 교직원 연수"]}


async def test_a_letter_for_some_of_the_staff_is_told_to_nobody_else(talking: School) -> None:
    await publish(talking, "인사위원회 소집", "staff/department:행정실")
    await publish(talking, "부장 회의", "staff/role:approver", "staff/group:abc")
    assert await told(talking) == {DEPARTMENT + "행정실": ["[가정통신문] 인사위원회 소집"]}


async def test_what_has_no_room_yet_holds_up_nothing_that_has_one(talking: School) -> None:
    for number in range(20):
        await publish(talking, f"없는 부서 {number}", "staff/department:없는 부서")
    await publish(talking, "교직원 연수", "staff")
    assert await told(talking) == {STAFF: ["[가정통신문] 교직원 연수"]}


async def test_a_letter_is_told_by_the_title_it_has_when_it_is_told(talking: School) -> None:
    await publish(talking, "겨울방학 <안내>", "staff")
    letter, corrections = await last_letter(talking), talking.app[NEWSLETTERS].corrections
    principal = await talking.asker("최은영")
    await corrections.correct(principal, letter, "여름방학 <안내>", "글", "제목이 틀림")
    (post,) = await talking.db.read(_posts)
    assert post.body.startswith("[가정통신문] 여름방학 <안내>\n")
    assert ">여름방학 &lt;안내&gt;</a>" in post.html


async def test_a_letter_taken_back_before_it_was_told_is_not_told(talking: School) -> None:
    await publish(talking, "겨울방학", "staff")
    await publish(talking, "교직원 연수", "staff")
    first = await last_letter(talking, "겨울방학")
    corrections = talking.app[NEWSLETTERS].corrections
    await corrections.withdraw(await talking.asker("최은영"), first, "잘못 보냄")
    assert await told(talking) == {STAFF: ["[가정통신문] 교직원 연수"]}
    assert len(await talking.db.read(_void)) == 1  # the bot forgets them


async def test_a_letter_taken_back_after_it_was_told_is_to_leave_the_room(talking: School) -> None:
    await publish(talking, "겨울방학", "staff")
    (post,) = await talking.db.read(_posts)
    said = SaidPost(post.id, post.about, "!staff", "$said")
    await talking.db.write(lambda tx: store.note_said(tx, said))
    assert await talking.db.read(lambda tx: store.to_unsay(tx, 20)) == []
    letter = await last_letter(talking)
    corrections = talking.app[NEWSLETTERS].corrections
    await corrections.withdraw(await talking.asker("최은영"), letter, "잘못 보냄")
    await talking.settled()
    assert await talking.db.read(lambda tx: store.to_unsay(tx, 20)) == [said]


async def last_letter(school: School, title: str = "") -> str:
    rows = await school.db.read(
        lambda tx: tx.rows(
            "SELECT id FROM newsletters_newsletter WHERE ? IN ('', title)"
            " ORDER BY published_at DESC LIMIT 1",
            (title,),
        )
    )
    return str(rows[0][0])
