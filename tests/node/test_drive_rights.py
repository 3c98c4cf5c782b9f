"""Who may what in the drive: as people, departments and shares change, over HTTP."""

import html
import re
from collections.abc import Awaitable, Callable

import pytest

from kit.db import Tx
from kit.problem import NotFound
from node.drive.model import Right
from node.drive.web import DRIVE
from tests.node.conftest import School
from tests.node.driving import areas, children, folder, found, kept, put, read, share, unshare


async def in_department(school: School, name: str, department: str) -> None:
    minho = await school.asker("정민호")
    await school.people.roles.set_post(minho, school.id(name), "교사", department, "")


async def test_the_files_of_a_renamed_department_are_handed_over_unseen(school: School) -> None:
    park, principal = await school.client_as("박서연"), await school.client_as("최은영")
    former = (await areas(park))["department"]
    file = await kept(park, former, "회의록.txt", "해오름 회의".encode())
    await read(school)
    await in_department(school, "박서연", "3학년 교육부")
    assert (await park.get(f"/drive/{file}")).status == 404
    assert (await principal.get(f"/drive/{file}")).status == 404
    assert "3학년부 (부서)" in (await principal.get("/drive/left")).text
    to = {"item": former, "key": "staff/department:3학년 교육부"}
    assert (await principal.post("/drive/left", to)).status == 303
    taken = await children(park, (await areas(park))["department"])
    assert await children(park, taken["3학년부"]) == {"회의록.txt": file}
    await school.settled()
    assert await found(park, "해오름") == [f"/drive/{file}"]
    assert await school.app[DRIVE].leaving.areas(await school.asker("최은영")) == []


@pytest.mark.parametrize(
    "name",
    [
        "교무,연구부",
        "교무:연구/방과후",
        "교무 & '연구'? #1",
        '"교무"부',
        "교무~연구\\부%",
        "A,부 <b>",
    ],
)
async def test_a_department_shares_among_its_members_whatever_its_name(
    school: School, name: str
) -> None:
    part = re.split(r"[,:&~/]", name)[0].strip()
    await in_department(school, "박서연", name)
    await in_department(school, "한지민", name)
    await in_department(school, "윤태식", part if part != name else "다른부")
    park, han, yun = [await school.client_as(one) for one in ("박서연", "한지민", "윤태식")]
    own = await kept(park, (await areas(park))["person"], "감사.txt", "두루미 감사".encode())
    common = await kept(park, (await areas(park))["department"], "공용.txt", "두루미 공용".encode())
    page = (await park.get(f"/drive/{own}")).text
    [key] = [one for one in map(html.unescape, re.findall(r'value="([^"]*)"', page)) if name in one]
    assert (await park.post(f"/drive/{own}/shares", {"key": key, "right": "1"})).status == 303
    await read(school)
    assert set(await found(han, "두루미")) == {f"/drive/{own}", f"/drive/{common}"}
    assert await found(yun, "두루미") == []
    assert (await yun.get(f"/drive/{own}")).status == 404
    assert await unshare(park, own, key) == 204
    assert await found(han, "두루미") == [f"/drive/{common}"]


async def test_a_department_with_one_member_left_keeps_its_files(school: School) -> None:
    park, principal = await school.client_as("박서연"), await school.client_as("최은영")
    await in_department(school, "한지민", "3학년부")
    file = await kept(park, (await areas(park))["department"], "회의록.txt", b"x")
    await in_department(school, "박서연", "연구부")
    assert "인계할 파일이 없습니다" in (await principal.get("/drive/left")).text
    assert (await (await school.client_as("한지민")).get(f"/drive/{file}")).status == 200


async def test_a_colleague_who_may_change_a_thing_is_offered_what_they_may_do(
    school: School,
) -> None:
    park, han = await school.client_as("박서연"), await school.client_as("한지민")
    mine = (await areas(park))["person"]
    plans = await folder(park, mine, "수업 계획")
    file = await kept(park, mine, "초안.txt", b"one")
    inner = await kept(park, plans, "분수.txt", b"two")
    for item in (plans, file):
        assert await share(park, item, f"staff/person:{school.id('한지민')}", "edit") == 204
    for page in (f"/drive/{file}", f"/drive/{plans}/about"):
        answer = await han.get(page)
        assert answer.status == 200
        assert "이름 변경" in answer.text
        assert "/drive/move" not in answer.text
        assert "/drive/trash" not in answer.text.split("<main")[1].split("place-title")[1]
    assert f"/drive/move?item={inner}" in (await han.get(f"/drive/{inner}")).text
    assert f"/drive/move?item={file}" in (await park.get(f"/drive/{file}")).text


async def test_colleagues_take_back_what_they_threw_away_but_destroy_nothing(
    school: School,
) -> None:
    park, han = await school.client_as("박서연"), await school.client_as("한지민")
    mine = (await areas(park))["person"]
    plans = await folder(park, mine, "함께 쓰는 폴더")
    inside = await kept(park, plans, "분수.txt", b"one")
    alone = await kept(park, mine, "나눗셈.txt", b"two")
    for item in (plans, alone):
        await share(park, item, f"staff/person:{school.id('한지민')}", "edit")
    assert (await han.post("/drive/trash", {"item": inside})).status == 303
    assert (await park.post("/drive/trash", {"item": alone})).status == 303
    trash = (await han.get("/drive/trash")).text
    assert "분수.txt" in trash
    assert "나눗셈.txt" not in trash  # not out of a folder of theirs
    assert "/drive/erase" not in trash
    for item in (inside, alone):
        assert (await han.post("/drive/erase", {"item": item})).status == 403
    assert (await han.post("/drive/restore", {"item": alone})).status == 403
    assert (await han.post("/drive/restore", {"item": inside})).status == 303
    assert await children(park, plans) == {"분수.txt": inside}
    assert "/drive/erase" in (await park.get("/drive/trash")).text
    assert (await park.post("/drive/erase", {"item": alone})).status == 303
    assert "나눗셈.txt" not in (await park.get("/drive/trash")).text


async def test_who_may_only_see_a_file_sees_none_of_its_earlier_versions(school: School) -> None:
    park, han = await school.client_as("박서연"), await school.client_as("한지민")
    mine = (await areas(park))["person"]
    file = await kept(park, mine, "명단.txt", "900101 김하늘".encode())
    await kept(park, mine, "명단.txt", "가린 명단".encode())
    key = f"staff/person:{school.id('한지민')}"
    assert await share(park, file, key) == 204
    details = f"/api/v1/drive/items/{file}"
    assert [one["number"] for one in (await han.get(details)).json()["versions"]] == [2]
    for earlier in (f"/drive/{file}/file?version=1", f"{details}/content?version=1"):
        assert (await han.get(earlier)).status == 403
    assert (await han.get(f"/drive/{file}/file?version=2")).body == "가린 명단".encode()
    assert "versions-title" not in (await han.get(f"/drive/{file}")).text
    assert await share(park, file, key, "edit") == 204
    assert [one["number"] for one in (await han.get(details)).json()["versions"]] == [2, 1]
    assert (await han.get(f"/drive/{file}/file?version=1")).status == 200


async def test_the_basic_rights_of_the_schools_area_stand_and_say_so(school: School) -> None:
    principal, han = await school.client_as("최은영"), await school.client_as("한지민")
    whole = (await areas(principal))["school"]
    assert await share(principal, whole, "staff", "edit") == 409
    assert (await put(han, whole, "서식.txt", b"x")).status == 403
    answer = await principal.post(f"/drive/{whole}/shares", {"key": "staff", "right": "2"})
    assert "기본 권한은 변경할 수 없습니다" in answer.text
    assert await share(principal, whole, "staff/department:연구부", "edit") == 204
    assert (await put(han, whole, "서식.txt", b"x")).status == 303


async def test_a_thing_is_moved_and_renamed_at_once_or_not_at_all(school: School) -> None:
    park = await school.client_as("박서연")
    mine = (await areas(park))["person"]
    plans = await folder(park, mine, "수업 계획")
    file = await kept(park, mine, "초안.txt", b"x")
    address = f"/api/v1/drive/items/{file}"
    await kept(park, plans, "있음.txt", b"y")
    for name, status in (("a/b", 422), ("있음.txt", 409)):
        change = {"folder": plans, "name": name}
        assert (await park.request("PATCH", address, json=change)).status == status
        assert "초안.txt" in await children(park, mine)
    changed = await park.request("PATCH", address, json={"folder": plans, "name": "완성.txt"})
    assert (changed.json()["folder"], changed.json()["name"]) == (plans, "완성.txt")


async def test_a_search_tells_whose_area_a_moved_file_lies_in_now(school: School) -> None:
    park = await school.client_as("박서연")
    own = await areas(park)
    file = await kept(park, own["person"], "답사.txt", "두루미 도래지".encode())
    await read(school)
    moved = await park.request(
        "PATCH", f"/api/v1/drive/items/{file}", json={"folder": own["department"]}
    )
    assert moved.status == 200
    await school.settled()
    answer = await park.get("/api/v1/search", params={"q": "두루미", "kind": "file"})
    assert [hit["note"] for hit in answer.json()["hits"]] == ["3학년부"]


async def test_what_others_share_lies_below_the_list_it_was_found_in(school: School) -> None:
    park, han = await school.client_as("박서연"), await school.client_as("한지민")
    plans = await folder(park, (await areas(park))["person"], "수업 계획")
    file = await kept(park, plans, "분수.txt", b"x")
    await share(park, plans, f"staff/person:{school.id('한지민')}")
    way = (await han.get(f"/drive/{file}")).text.split('class="crumbs"')[1].split("</nav>")[0]
    assert re.findall(r'href="([^"]+)"', way) == ["/drive/shared", f"/drive/{plans}"]
    page = (await han.get(f"/drive/{plans}")).text
    assert re.search(r'href="/drive/shared" aria-current="page"', page)
    assert "/drive/shared" not in (await park.get(f"/drive/{file}")).text


async def test_who_chose_nothing_is_told_to_choose(school: School) -> None:
    park = await school.client_as("박서연")
    for path in ("/drive/trash", "/drive/restore", "/drive/erase"):
        answer = await park.post(path)
        assert answer.status == 422
        assert "먼저 파일이나 폴더를 선택해 주세요" in answer.text


@pytest.mark.parametrize("verb", ["throw away", "rename", "add a folder", "share", "bring back"])
async def test_a_form_that_was_on_its_way_while_the_right_ended_changes_nothing(
    school: School, verb: str
) -> None:
    await in_department(school, "한지민", "3학년부")
    han = await school.client_as("한지민")
    common = (await areas(han))["department"]
    file = await kept(han, common, "회의록.txt", b"one")
    await kept(han, common, "회의록.txt", b"two")
    drive, sender = school.app[DRIVE], await school.asker("한지민")
    await in_department(school, "한지민", "연구부")
    verbs: dict[str, Callable[[], Awaitable[object]]] = {
        "throw away": lambda: drive.trash.throw_away(sender, [file]),
        "rename": lambda: drive.rename(sender, file, "다른 이름.txt"),
        "add a folder": lambda: drive.create_folder(sender, common, "새 폴더"),
        "share": lambda: drive.sharing.give(sender, file, "staff", Right.EDIT),
        "bring back": lambda: drive.restore_version(sender, file, 1),
    }
    with pytest.raises(NotFound):
        await verbs[verb]()
    park = await school.client_as("박서연")
    assert await children(park, common) == {"회의록.txt": file}


async def test_a_share_says_whose_it_was_when_they_have_left(school: School) -> None:
    park = await school.client_as("박서연")
    file = await kept(park, (await areas(park))["person"], "분수.txt", b"one")
    await share(park, file, f"staff/person:{school.id('한지민')}", "view")
    roster = school.people.roster
    await school.db.write(lambda tx: roster.close(tx, school.id("한지민")))
    page = (await park.get(f"/drive/{file}")).text
    assert '<span class="drive-who">한지민 (퇴직·전출)</span>' in page
    english = (await park.get(f"/drive/{file}", headers={"Accept-Language": "en"})).text
    assert '<span class="drive-who">한지민 (has left the school)</span>' in english


async def test_a_share_with_a_group_that_is_gone_says_so(school: School) -> None:
    roster = school.people.roster

    def grouped(tx: Tx) -> str:
        group = roster.add_group(tx, "독서 모임", "")
        roster.set_member(tx, group, school.id("한지민"), True)
        return group

    group = await school.db.write(grouped)
    park = await school.client_as("박서연")
    file = await kept(park, (await areas(park))["person"], "분수.txt", b"one")
    await share(park, file, f"staff/group:{group}", "view")
    await school.db.write(lambda tx: roster.close(tx, school.id("한지민")))
    page = (await park.get(f"/drive/{file}")).text
    assert '<span class="drive-who">독서 모임</span>' in page
