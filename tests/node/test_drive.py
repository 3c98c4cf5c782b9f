"""The drive as staff meet it: areas, folders, files, versions, shares, the trash, over HTTP."""

import hashlib
import re
from collections.abc import AsyncIterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from kit.blobs import Blobs
from kit.clock import DAY, ManualClock
from kit.db import Row, Tx, Value
from node.backup import restore
from node.drive.intake import uploads
from node.drive.model import Item
from node.drive.tree import store
from node.drive.web import DRIVE
from node.home.web import BACK_UP
from tests.models import documents
from tests.node.conftest import School, running_school
from tests.node.driving import areas, children, folder, found, kept, put, read, share, unshare
from tests.steps import steps_of
from tests.waiting import until


@pytest.fixture
async def school(tmp_path: Path, clock: ManualClock) -> AsyncIterator[School]:
    folder = tmp_path / "school"
    folder.mkdir()
    async for one in running_school(folder, clock):
        yield one
        kept, counted = await one.db.read(_used)
        assert kept == counted, "after whatever was done, the sums of the areas are right"


def _used(tx: Tx) -> tuple[list[Row], list[Row]]:
    """Bytes by area, as they are kept and as they are counted."""
    kept = tx.rows("SELECT area, bytes FROM drive_used WHERE bytes <> 0 ORDER BY area")
    counted = tx.rows(
        "SELECT r.area, sum(v.size) FROM drive_item r JOIN drive_within w ON w.ancestor_id = r.id"
        " JOIN drive_version v ON v.item_id = w.item_id"
        " WHERE r.parent_id IS NULL GROUP BY r.area HAVING sum(v.size) <> 0 ORDER BY r.area"
    )
    return kept, counted


async def test_a_teacher_keeps_a_file_and_gets_it_back_whole(school: School) -> None:
    park = await school.client_as("박서연")
    mine = (await areas(park))["person"]
    content = bytes(range(256)) * 500
    file = await kept(park, mine, "3학년 2반 자리표.bin", content)
    page = await park.get(f"/drive/{mine}")
    assert page.status == 200
    assert "3학년 2반 자리표.bin" in page.text
    answer = await park.get(f"/drive/{file}/file")
    assert answer.body == content
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    part = await park.get(f"/drive/{file}/file", headers={"Range": "bytes=256-511"})
    assert (part.status, part.body) == (206, content[256:512])
    details = (await park.get(f"/api/v1/drive/items/{file}")).json()
    assert details["item"]["sha256"] == hashlib.sha256(content).hexdigest()
    assert (await park.get("/drive")).location == f"/drive/{mine}"


async def test_areas_are_for_those_they_belong_to(school: School) -> None:
    park, han = await school.client_as("박서연"), await school.client_as("한지민")
    mine, theirs = await areas(park), await areas(han)
    file = await kept(park, mine["person"], "일지.txt", "오늘".encode())
    shared_folder = await folder(park, mine["department"], "3학년 협의")
    for path in (f"/drive/{mine['person']}", f"/drive/{file}", f"/drive/{file}/file"):
        assert (await han.get(path)).status == 404
    assert (await han.get(f"/drive/{shared_folder}")).status == 404
    assert mine["school"] == theirs["school"]
    assert (await han.get(f"/drive/{mine['school']}")).status == 200
    refused = await put(han, mine["school"], "몰래.txt", b"x")
    assert refused.status == 403
    assert await children(han, mine["school"]) == {}
    office = await school.client_as("오정숙")
    assert (await put(office, mine["school"], "서식.txt", b"x")).status == 303
    assert list(await children(han, mine["school"])) == ["서식.txt"]


async def test_families_do_not_learn_that_there_is_a_drive(school: School) -> None:
    park = await school.client_as("박서연")
    mine = (await areas(park))["person"]
    file = await kept(park, mine, "비밀 상담.txt", "비밀 상담 기록".encode())
    await share(park, file, "staff")
    await read(school)
    for name in ("김하늘", "이지우"):
        family = await school.client_as(name)
        for path in ("/drive", "/drive/shared", "/drive/trash", f"/drive/{file}"):
            assert (await family.get(path)).status == 404
        assert await found(family, "비밀 상담") == []
        assert "드라이브" not in (await family.get("/")).text


async def test_what_is_shared_with_a_person_is_theirs_to_see_until_it_is_withdrawn(
    school: School,
) -> None:
    park, han = await school.client_as("박서연"), await school.client_as("한지민")
    other = await school.client_as("오정숙")
    mine = (await areas(park))["person"]
    plans = await folder(park, mine, "수업 계획")
    file = await kept(park, plans, "분수.docx", documents.docx("분수의 나눗셈 지도안"))
    await read(school)
    key = f"staff/person:{school.id('한지민')}"
    assert await found(park, "나눗셈") == [f"/drive/{file}"]
    assert await found(han, "나눗셈") == []
    assert await share(park, plans, key) == 204
    assert "수업 계획" in (await han.get("/drive/shared")).text
    assert (await han.get(f"/drive/{file}/file")).status == 200
    await school.settled()
    assert await found(han, "나눗셈") == [f"/drive/{file}"]
    assert await found(other, "나눗셈") == []
    assert (await put(han, plans, "x.txt", b"x")).status == 403
    page = await han.get(f"/drive/{file}")
    assert "분수의 나눗셈" in page.text
    assert mine not in page.text
    assert await unshare(park, plans, key) == 204
    assert await found(han, "나눗셈") == []  # before any subscriber ran
    assert (await han.get(f"/drive/{file}")).status == 404
    assert (await han.get(f"/drive/{file}/file")).status == 404
    assert "수업 계획" not in (await han.get("/drive/shared")).text
    await school.settled()
    keys = await school.db.read(
        lambda tx: tx.rows(
            "SELECT k.key FROM search_v_document_key k JOIN search_v_document d"
            " ON d.number = k.document WHERE d.kind = 'file'"
        )
    )
    assert keys == [(f"staff/person:{school.id('박서연')}",)]


async def test_an_edit_right_lets_colleagues_work_inside_but_not_take_it_away(
    school: School,
) -> None:
    park, han = await school.client_as("박서연"), await school.client_as("한지민")
    mine, theirs = (await areas(park))["person"], (await areas(han))["person"]
    plans = await folder(park, mine, "함께 쓰는 폴더")
    await share(park, plans, "staff/department:연구부", "edit")
    file = await kept(han, plans, "초안.txt", b"one")
    renamed = await han.request("PATCH", f"/api/v1/drive/items/{file}", json={"name": "수정.txt"})
    assert renamed.status == 200
    taken = await han.request("PATCH", f"/api/v1/drive/items/{file}", json={"folder": theirs})
    assert taken.status == 403
    assert (await han.request("DELETE", f"/api/v1/drive/items/{plans}")).status == 403
    assert await share(han, file, "staff") == 403
    assert list(await children(park, plans)) == ["수정.txt"]
    assert (await han.request("DELETE", f"/api/v1/drive/items/{file}")).status == 204
    assert await children(park, plans) == {}


async def test_the_same_name_makes_a_new_version_and_an_old_one_can_come_back(
    school: School,
) -> None:
    park = await school.client_as("박서연")
    mine = (await areas(park))["person"]
    file = await kept(park, mine, "계획.txt", "첫 번째 계획".encode())
    assert await kept(park, mine, "계획.TXT".lower(), "두 번째 계획".encode()) == file
    assert (await put(park, file, "다른 이름.txt", "세 번째 계획".encode())).status == 303
    assert list(await children(park, mine)) == ["계획.txt"]
    first = await park.get(f"/drive/{file}/file?version=1")
    assert first.body.decode() == "첫 번째 계획"
    await read(school)
    assert await found(park, "세 번째") == [f"/drive/{file}"]
    back = await park.post(f"/drive/{file}/versions/1/restore")
    assert back.status == 303
    assert (await park.get(f"/drive/{file}/file")).body.decode() == "첫 번째 계획"
    versions = (await park.get(f"/api/v1/drive/items/{file}")).json()["versions"]
    assert [one["number"] for one in versions] == [4, 3, 2, 1]
    await school.settled()
    assert await found(park, "첫 번째") == [f"/drive/{file}"]
    assert (await park.get(f"/drive/{file}/file?version=9")).status == 404


async def test_versions_that_are_not_kept_any_more_take_no_room(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "VERSIONS_KEPT", 2)
    park = await school.client_as("박서연")
    mine = (await areas(park))["person"]
    for size in (100, 20, 3):
        await put(park, mine, "계획.txt", b"x" * size)
    assert await school.db.read(_used) == ([(f"person:{school.id('박서연')}", 23)],) * 2


async def test_a_page_of_a_full_folder_asks_for_the_rights_of_its_own_lines_alone(
    school: School, tmp_path: Path
) -> None:
    park = await school.client_as("박서연")
    asker = await school.asker("박서연")
    mine = (await areas(park))["person"]
    database = tmp_path / "school" / "madang.sqlite3"

    area = f"person:{asker.id}"

    def filled(tx: Tx, first: int, last: int) -> None:
        for number in range(first, last):
            name, at = f"{number}.txt", school.clock.now() + number * 7919 % 1000
            file = (0, name, 0, 0, "", "", at, at, "박서연", None, None, "", 0, 0)
            store.add(tx, Item(f"f{number}", area, mine, *file), name)
        tx.execute("UPDATE drive_item SET version = 1 WHERE is_folder = 0")

    def steps() -> list[int]:
        return [
            steps_of(database, partial(page, order=order, offset=offset))
            for order in store.ORDERS
            for offset in (0, 20)
        ]

    def page(tx: Tx, order: str, offset: int) -> None:
        assert len(store.children(tx, asker.keys, mine, order, 20, offset)) == 20

    await school.db.write(lambda tx: filled(tx, 0, 60))
    before = steps()
    await school.db.write(lambda tx: filled(tx, 60, 1000))
    assert all(now <= then * 1.2 for then, now in zip(before, steps(), strict=True))


async def test_what_was_thrown_away_can_be_taken_back_at_once(school: School) -> None:
    park = await school.client_as("박서연")
    mine = (await areas(park))["person"]
    plans = await folder(park, mine, "지난 계획")
    file = await kept(park, plans, "사과나무.txt", "사과나무 심기".encode())
    await read(school)
    thrown = await park.post("/drive/trash", {"item": plans, "back": f"/drive/{mine}"})
    assert thrown.location == f"/drive/{mine}?trashed={plans}"
    assert 'action="/drive/restore"' in (await park.get(thrown.location)).text
    assert (await park.get(f"/drive/{file}")).status == 404
    assert await found(park, "사과나무") == []
    assert "지난 계획" in (await park.get("/drive/trash")).text
    again = await folder(park, mine, "지난 계획")
    assert (await park.post("/drive/restore", {"item": plans})).status == 303
    assert await children(park, mine) == {"지난 계획": again, "지난 계획 (2)": plans}
    await school.settled()
    assert await found(park, "사과나무") == [f"/drive/{file}"]


async def test_a_file_whose_folder_is_gone_comes_back_to_the_top(school: School) -> None:
    park = await school.client_as("박서연")
    mine = (await areas(park))["person"]
    plans = await folder(park, mine, "폴더")
    file = await kept(park, plans, "a.txt", b"a")
    await park.post("/drive/trash", {"item": file})
    await park.post("/drive/trash", {"item": plans})
    assert (await park.post("/drive/restore", {"item": file})).status == 303
    assert list(await children(park, mine)) == ["a.txt"]
    await park.post("/drive/restore", {"item": plans})
    assert await children(park, plans) == {}


async def test_after_thirty_days_the_trash_empties_itself_and_the_content_goes(
    school: School,
) -> None:
    park = await school.client_as("박서연")
    drive = school.app[DRIVE]
    mine = (await areas(park))["person"]
    one = await kept(park, mine, "하나.txt", "지울 내용".encode())
    two = await kept(park, mine, "둘.txt", "지울 내용".encode())
    path, _item, _version = await drive.content(await school.asker("박서연"), one)
    await read(school)
    await park.post("/drive/trash", {"item": one})
    school.clock.advance(29 * DAY)
    assert await drive.expire() == 0
    school.clock.advance(1 * DAY)
    assert await drive.expire() == 1
    park = await school.client_as("박서연")  # the former session ended meanwhile
    assert "하나.txt" not in (await park.get("/drive/trash")).text
    assert path.exists()  # the other file still holds the same content
    await park.post("/drive/trash", {"item": two})
    assert (await park.post("/drive/erase", {"item": two})).status == 303
    assert not path.exists()
    await school.settled()
    for table in ("drive_version", "drive_text", "search_document"):
        assert await school.db.read(lambda tx, t=table: tx.value(_COUNT[t])) == 0  # type: ignore[misc]


_COUNT = {
    "drive_version": "SELECT count(*) FROM drive_version",
    "drive_text": "SELECT count(*) FROM drive_text",
    "search_document": "SELECT count(*) FROM search_document WHERE kind = 'file'",
}


async def test_emptying_the_trash_leaves_what_belongs_to_others(school: School) -> None:
    park = await school.client_as("박서연")
    found_areas = await areas(park)
    own = await folder(park, found_areas["person"], "내 것")
    inner = await kept(park, own, "안.txt", b"x")
    common = await folder(park, found_areas["department"], "부서 것")
    for item in (inner, own, common):
        await park.post("/drive/trash", {"item": item})
    assert (await park.post("/drive/trash/empty")).status == 303
    page = (await park.get("/drive/trash")).text
    assert "부서 것" in page
    assert "내 것" not in page.split("<main")[1].split("confirm")[0]


async def test_folders_are_moved_with_all_that_is_in_them(school: School) -> None:
    park = await school.client_as("박서연")
    kim = await school.client_as("한지민")
    own = await areas(park)
    outer = await folder(park, own["person"], "바깥")
    inner = await folder(park, outer, "안쪽")
    file = await kept(park, inner, "달나라.txt", "달나라 여행".encode())
    await read(school)
    page = await park.get(f"/drive/move?item={outer}&to={own['school']}")
    assert page.status == 200
    assert "수정할 수 있는 폴더" in page.text
    cycle = await park.post("/drive/move", {"item": outer, "to": inner})
    assert cycle.status == 409
    moved = await park.post("/drive/move", {"item": outer, "to": own["department"]})
    assert moved.status == 303
    assert (await kim.get(f"/drive/{file}")).status == 404
    assert await share(park, outer, "staff/department:연구부") == 204
    await school.settled()
    assert await found(kim, "달나라") == [f"/drive/{file}"]
    back = await park.post("/drive/move", {"item": inner, "to": own["person"]})
    assert back.status == 303
    assert await found(kim, "달나라") == []
    assert (await kim.get(f"/drive/{file}")).status == 404
    assert list(await children(park, own["person"])) == ["안쪽"]


@pytest.mark.parametrize(
    ("sent", "kept_as"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\학교\\문서.hwp", "문서.hwp"),
        ("<script>alert(1)</script>.txt", "script_.txt"),
        ("계획\u202egnp.exe", "계획_gnp.exe"),
        ("CON.txt", "_CON.txt"),
        ("...", "file"),
        ("\u1112\u1161\u11ab\u1100\u1173\u11af.hwp", "한글.hwp"),
        ("가" * 300 + ".pdf", "가" * 251 + ".pdf"),
        ('a"b;c.txt', "a_b;c.txt"),
    ],
)
async def test_a_hostile_name_is_made_harmless(school: School, sent: str, kept_as: str) -> None:
    park = await school.client_as("박서연")
    mine = (await areas(park))["person"]
    uploads = school.app[DRIVE].uploads

    async def chunks() -> AsyncIterator[bytes]:
        yield b"x"

    file = await uploads.take(await school.asker("박서연"), mine, sent, chunks())
    assert list(await children(park, mine)) == [kept_as]
    answer = await park.get(f"/drive/{file}/file")
    assert "\n" not in answer.headers["Content-Disposition"]
    page = await park.get(f"/drive/{mine}")
    assert "<script>alert" not in page.text


@pytest.mark.parametrize("name", ["", "  ", "a/b", "..", "nul", "x" * 256, "a\x00b", "끝점."])
async def test_a_name_that_does_not_fit_is_refused(school: School, name: str) -> None:
    park = await school.client_as("박서연")
    mine = (await areas(park))["person"]
    answer = await park.post(f"/drive/{mine}/folders", {"name": name})
    assert answer.status == 422
    assert await children(park, mine) == {}


async def test_two_folders_of_one_name_are_refused_whatever_the_case(school: School) -> None:
    park = await school.client_as("박서연")
    mine = (await areas(park))["person"]
    await folder(park, mine, "Plan")
    assert (await park.post(f"/drive/{mine}/folders", {"name": "PLAN"})).status == 409
    other = await folder(park, mine, "다른")
    answer = await park.post(f"/drive/{other}/name", {"name": "plan"})
    assert answer.status == 409
    assert sorted(await children(park, mine)) == ["Plan", "다른"]


async def test_nobody_shares_with_families_or_with_nobody(school: School) -> None:
    park = await school.client_as("박서연")
    mine = (await areas(park))["person"]
    file = await kept(park, mine, "a.txt", b"a")
    for key in ("guardians", "students/class:1", "staff/person:nobody", "staff/role:nobody", ""):
        assert await share(park, file, key) == 422
    assert await share(park, mine, "staff") == 403
    assert await share(park, file, "staff", "own") == 422
    assert await share(park, file, "staff") == 204
    shares = (await park.get(f"/api/v1/drive/items/{file}")).json()["shares"]
    assert shares == [{"key": "staff", "right": "view"}]


async def test_who_leaves_the_department_leaves_its_files(school: School) -> None:
    park = await school.client_as("박서연")
    common = (await areas(park))["department"]
    file = await kept(park, common, "부서 회의록.txt", "회의록".encode())
    await read(school)

    def leave(tx: Any) -> None:
        tx.execute(
            "UPDATE people_staff SET department = '연구부' WHERE person_id = ?",
            (school.id("박서연"),),
        )
        school.people.roster.families_changed(tx, "moved")

    await school.db.write(leave)
    assert (await park.get(f"/drive/{file}")).status == 404
    assert await found(park, "회의록") == []


async def test_the_front_page_tells_what_was_newly_shared(school: School) -> None:
    park, han = await school.client_as("박서연"), await school.client_as("한지민")
    mine = (await areas(park))["person"]
    file = await kept(park, mine, "연수 자료.txt", b"a")
    await share(park, file, "staff")
    assert "연수 자료.txt" in (await han.get("/")).text
    assert "새로 공유받은 파일" not in (await park.get("/")).text


async def test_a_document_is_looked_at_without_downloading(school: School) -> None:
    park, han = await school.client_as("박서연"), await school.client_as("한지민")
    mine = (await areas(park))["person"]
    file = await kept(park, mine, "안내.pdf", documents.pdf("수영장 안전 교육"))
    await read(school)
    page = await park.get(f"/drive/{file}")
    assert f"/drive/{file}/pages/1" in page.text
    picture = await park.get(f"/drive/{file}/pages/1")
    assert picture.status == 200
    assert picture.headers["Content-Type"].startswith("image/")
    assert (await han.get(f"/drive/{file}/pages/1")).status == 404
    assert await found(park, "수영장") == [f"/drive/{file}"]


async def test_a_broken_document_says_so_and_stays_downloadable(school: School) -> None:
    park = await school.client_as("박서연")
    mine = (await areas(park))["person"]
    file = await kept(park, mine, "깨짐.pdf", b"%PDF-1.7\nthis is no document")
    await read(school)
    page = await park.get(f"/drive/{file}")
    assert "미리 볼 수 없습니다" in page.text
    assert (await park.get(f"/drive/{file}/file")).body.startswith(b"%PDF")
    assert await found(park, "깨짐") == [f"/drive/{file}"]


async def test_a_file_whose_reading_failed_is_read_when_it_comes_again(school: School) -> None:
    park = await school.client_as("박서연")
    mine = (await areas(park))["person"]
    content = documents.docx("달팽이 관찰")
    file = await kept(park, mine, "관찰.docx", content)
    await read(school)
    await school.db.write(
        lambda tx: tx.execute("UPDATE drive_text SET state = 'failed', text = '', problem = 'x'")
    )
    await kept(park, mine, "관찰.docx", content)
    await read(school)
    page = (await park.get(f"/drive/{file}")).text
    assert "달팽이 관찰" in page
    assert "미리 볼 수 없습니다" not in page


async def leaves(school: School, name: str) -> None:
    """A member of staff is on the staff no more."""

    def end(tx: Tx) -> None:
        tx.execute(
            "UPDATE people_staff SET until_on = '2026-11-22' WHERE person_id = ?",
            (school.id(name),),
        )
        school.people.roster.families_changed(tx, "left")

    await school.db.write(end)


async def test_the_files_of_who_left_are_handed_over_unseen(school: School) -> None:
    park, han = await school.client_as("박서연"), await school.client_as("한지민")
    principal = await school.client_as("최은영")
    mine = (await areas(park))["person"]
    plans = await folder(park, mine, "학급 운영")
    file = await kept(park, plans, "학급일지.txt", "학급일지 내용".encode())
    await read(school)
    assert "인계할 파일이 없습니다" in (await principal.get("/drive/left")).text
    await leaves(school, "박서연")
    assert (await park.get(f"/drive/{file}")).status in (403, 404)
    assert (await principal.get(f"/drive/{file}")).status == 404
    assert "박서연" in (await principal.get("/drive/left")).text
    to = {"item": mine, "key": f"staff/person:{school.id('한지민')}"}
    assert (await han.post("/drive/left", to)).status == 403
    assert (await principal.post("/drive/left", to | {"key": "staff"})).status == 422
    assert (await principal.post("/drive/left", to)).status == 303
    theirs = (await areas(han))["person"]
    [taken] = (await children(han, theirs)).items()
    assert taken[0] == "박서연"
    assert await children(han, taken[1]) == {"학급 운영": plans}
    await school.settled()
    assert await found(han, "학급일지") == [f"/drive/{file}"]
    assert await found(principal, "학급일지") == []
    assert "인계할 파일이 없습니다" in (await principal.get("/drive/left")).text
    assert (await principal.post("/drive/left", to)).status == 404


async def test_a_backup_holds_the_files_of_the_drive(school: School, tmp_path: Path) -> None:
    from node.app import CONFIG
    from node.config import toml_of

    config = school.app[CONFIG]
    (config.root / "madang.toml").write_text(toml_of(config), encoding="utf-8")
    park = await school.client_as("박서연")
    mine = (await areas(park))["person"]
    file = await kept(park, mine, "중요.txt", b"important")
    begun = await school.app[DRIVE].uploads.create(await school.asker("박서연"), mine, "b", 9)
    made = await school.app[BACK_UP].make()
    again = tmp_path / "restored"
    listing = restore(made, again)
    assert Blobs(again / "blobs" / "drive").get(hashlib.sha256(b"important").hexdigest())
    assert not [name for name in listing.files if begun.id in name]
    asker = await school.asker("박서연")
    path, _item, _version = await school.app[DRIVE].content(asker, file)
    assert await school.db.read(school.app[DRIVE].contents.missing) == 0
    path.unlink()
    assert await school.db.read(school.app[DRIVE].contents.missing) == 1


async def test_a_page_of_a_folder_asks_the_same_whatever_it_holds(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    park = await school.client_as("박서연")
    asker, drive = await school.asker("박서연"), school.app[DRIVE]
    mine = (await areas(park))["person"]
    asked: dict[str, Sequence[Value]] = {}
    count = 0
    rows, row = Tx.rows, Tx.row

    def noted(tx: Tx, sql: str, params: Sequence[Value] = ()) -> list[Row]:
        nonlocal count
        count += "drive_item" in sql  # not what a job asks meanwhile
        asked.setdefault(sql, params)
        return rows(tx, sql, params)

    def noted_one(tx: Tx, sql: str, params: Sequence[Value] = ()) -> Row | None:
        nonlocal count
        count += "drive_item" in sql  # not what a job asks meanwhile
        asked.setdefault(sql, params)
        return row(tx, sql, params)

    async def visit() -> int:
        nonlocal count
        await school.settled()
        count = 0
        monkeypatch.setattr(Tx, "rows", noted)
        monkeypatch.setattr(Tx, "row", noted_one)
        await drive.listing(asker, mine)
        await drive.shared(asker)
        await drive.trash.listing(asker)
        await drive.folders(asker, mine)
        await drive.areas(asker)
        await school.db.read(lambda tx: drive.cards(tx, asker, school.clock.now()))
        monkeypatch.undo()
        return count

    await kept(park, mine, "0.txt", b"x")

    with_one = min([await visit() for _time in range(3)])  # without a job of the drive's own
    for number in range(1, 100):
        await folder(park, mine, f"폴더 {number}")
    assert min([await visit() for _time in range(3)]) == with_one

    def scans(tx: Tx) -> list[str]:
        growing = re.compile(r"SCAN (i|w|a|s|v|r|drive_\w+)\b")
        return [
            f"{plan[3]}: {sql}"
            for sql, params in asked.items()
            for plan in tx.rows("EXPLAIN QUERY PLAN " + sql, params)
            if growing.match(str(plan[3])) and "drive_item_trash" not in str(plan[3])
        ]

    assert await school.db.read(scans) == []


async def test_without_a_word_of_sharing_a_search_gives_nobody_anything(school: School) -> None:
    """Each member of staff finds what is theirs, their department's or the school's: no more."""
    owners = {}
    for name in ("박서연", "한지민", "오정숙", "최은영"):
        client = await school.client_as(name)
        spaces = await areas(client)
        own = await kept(client, spaces["person"], f"{name} 개인 기밀.txt", "기밀 문서".encode())
        team = await kept(client, spaces["department"], f"{name} 부서 기밀.txt", b"x")
        owners[name] = (client, {f"/drive/{own}", f"/drive/{team}"})
    await read(school)
    for client, visible in owners.values():
        assert set(await found(client, "기밀")) == visible


async def test_a_file_is_found_by_its_text_soon_after_it_came(school: School) -> None:
    park, content = await school.client_as("박서연"), documents.hwp("두꺼비 산란지 답사")
    file = await kept(park, (await areas(park))["person"], "계획.hwp", content)

    async def is_found() -> bool:
        return await found(park, "두꺼비") == [f"/drive/{file}"]

    await until(is_found)
