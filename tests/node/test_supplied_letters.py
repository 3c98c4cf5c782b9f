"""Templates of letters from the province: beside the school's own, and a letter begun from one is its writer's."""

import json
import re
from typing import Any

import msgspec
import pytest

from kit.db import Tx
from node.newsletters.beginning import PROVINCE
from node.newsletters.beginning_web import BEGINNINGS
from node.newsletters.supplied import weigh
from protocol.message import encode
from protocol.supplies import (
    LETTER_FORMAT,
    LetterAudience,
    LetterFile,
    LetterKind,
    Supply,
    SupplyList,
)
from tests.node.conftest import Client, School
from tests.node.test_daily_notices import draft_of
from tests.node.test_supplies import arrives, take

LETTER = "/admin/supplies/letter/trip"
TEMPLATES = "/newsletters/templates"
ASKED = {"fields": [{"id": "q1", "kind": "consent", "label": "참가에 동의하십니까?"}]}


def letter(body: str = "{날짜}에 떠납니다. 장소: {장소}", **changed: Any) -> Supply:
    """One as the province sends it."""
    found = LetterFile(
        format=LETTER_FORMAT,
        id="trip",
        kind=LetterKind.NEWSLETTER,
        name="현장체험학습",
        title="{학교명} {학년도} 현장체험학습",
        body=body,
        audience=LetterAudience.GUARDIANS,
        form=ASKED,
    )
    found = msgspec.structs.replace(found, **changed)
    content = msgspec.json.encode(found).decode()
    return Supply(kind="letter", key="trip", name=found.name, content=content)


async def begun(school: School, teacher: Client) -> str:
    """The address of a draft that a teacher begins from the province's template."""
    shown = await school.app[BEGINNINGS].templates(await school.asker("박서연"))
    (one,) = (it for it in shown if it.owner_id == PROVINCE)
    return (await teacher.post(f"{TEMPLATES}/{one.id}/begin", {})).location


async def test_a_teacher_begins_a_letter_with_the_schools_name_and_todays_date(
    school: School,
) -> None:
    await arrives(school, letter())
    teacher = await school.client_as("박서연")
    assert "현장체험학습" not in (await teacher.get(TEMPLATES)).text
    administrator = await school.client_as("정민호")
    page = (await administrator.get(LETTER)).text
    for said in ("우리 학교에 없음", "모든 보호자", "참가에 동의하십니까?"):
        assert said in page
    assert await take(administrator, LETTER) == 303
    page = (await teacher.get(TEMPLATES)).text
    assert ("교육청 양식" in page, "현장체험학습" in page) == (True, True)
    draft = await begun(school, teacher)
    title, body = await draft_of(teacher, draft)
    assert re.fullmatch(r"한빛초등학교 20\d\d학년도 현장체험학습", title)
    assert re.fullmatch(r"20\d\d년 \d+월 \d+일\([월화수목금토일]\)에 떠납니다. 장소: {장소}", body)
    page = (await teacher.get(draft)).text
    assert "참가에 동의하십니까?" in page
    assert re.search(r'value="guardians"[^>]* (checked|selected)', page)


async def test_a_later_release_never_changes_what_was_begun(school: School) -> None:
    await arrives(school, letter("처음 내용"))
    administrator, teacher = await school.client_as("정민호"), await school.client_as("박서연")
    await take(administrator, LETTER)
    first = await begun(school, teacher)
    await arrives(school, letter("바뀐 내용"), version=2)
    page = (await administrator.get(LETTER)).text
    for said in ("우리 학교와 다름", "처음 내용", "바뀐 내용"):
        assert said in page
    assert (await draft_of(teacher, await begun(school, teacher)))[1] == "처음 내용"
    await take(administrator, LETTER)
    assert (await draft_of(teacher, first))[1] == "처음 내용"
    assert (await draft_of(teacher, await begun(school, teacher)))[1] == "바뀐 내용"
    await administrator.post(f"{LETTER}/back")
    assert (await draft_of(teacher, await begun(school, teacher)))[1] == "처음 내용"


async def test_a_withdrawn_template_is_told_apart_until_the_province_has_it_again(
    school: School,
) -> None:
    await arrives(school, letter())
    await take(await school.client_as("정민호"), LETTER)
    teacher = await school.client_as("박서연")
    assert "교육청이 회수함" not in (await teacher.get(TEMPLATES)).text
    await arrives(school, version=2)
    assert "교육청이 회수함" in (await teacher.get(TEMPLATES)).text
    assert (await begun(school, teacher)).endswith("/edit")
    await arrives(school, letter(), version=3)
    assert "교육청이 회수함" not in (await teacher.get(TEMPLATES)).text


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "other"},
        {"title": " "},
        {"body": "가" * 50_001},
        {"form": {"fields": [{"kind": "video"}]}},
        {"form": {"fields": [{"id": "a", "kind": "choice", "label": "질문", "options": "버스"}]}},
        {"format": "later"},
    ],
)
async def test_a_template_that_cannot_be_read_is_named_and_never_taken(
    school: School, wrong: dict[str, Any]
) -> None:
    await arrives(school, letter(**wrong))
    administrator = await school.client_as("정민호")
    page = (await administrator.get(LETTER)).text
    assert "글 양식 파일의 내용을 읽을 수 없습니다." in page
    assert (await administrator.post(f"{LETTER}/take", {"seen": "0" * 64})).status == 409


async def test_who_keeps_the_schools_templates_removes_the_provinces_and_renames_none(
    school: School,
) -> None:
    await arrives(school, letter())
    await take(await school.client_as("정민호"), LETTER)
    (one,) = await school.app[BEGINNINGS].templates(await school.asker("박서연"))
    teacher, principal = await school.client_as("박서연"), await school.client_as("최은영")
    address = f"{TEMPLATES}/{one.id}"
    assert (await teacher.post(f"{address}/remove", {})).status == 403
    assert (await principal.post(f"{address}/rename", {"name": "우리 것"})).status == 403
    assert (await principal.post(f"{address}/remove", {})).status == 303
    assert "현장체험학습" not in (await teacher.get(TEMPLATES)).text


async def test_what_a_school_exports_is_what_the_province_can_send(school: School) -> None:
    await arrives(school, letter())
    await take(await school.client_as("정민호"), LETTER)
    (one,) = await school.app[BEGINNINGS].templates(await school.asker("박서연"))
    teacher = await school.client_as("박서연")
    file = (await teacher.get(f"{TEMPLATES}/{one.id}/export")).body
    found = json.loads(file)
    assert (found["id"], found["title"], found["audience"]) == (
        "trip",
        "{학교명} {학년도} 현장체험학습",
        "guardians",
    )
    await arrives(
        school,
        Supply(kind="letter", key="trip", name=found["name"], content=file.decode()),
        version=2,
    )
    assert "우리 학교와 같음" in (await (await school.client_as("정민호")).get(LETTER)).text


async def test_one_bad_template_keeps_none_of_the_others_away(school: School) -> None:
    good = letter()
    bad = [
        Supply(kind="letter", key=f"bad-{at}", name=f"망가진 양식 {at}", content=content)
        for at, content in enumerate(("", "{", good.content, "[" * 2000))
    ]
    deep = Supply(kind="paper", key="deep", name="깊은 서류", content='{"x":' + "[" * 2000)
    await arrives(school, *bad, deep, good)
    administrator = await school.client_as("정민호")
    listed = (await administrator.get("/admin/supplies")).text
    assert listed.count("읽을 수 없음") == len(bad) + 1
    assert await take(administrator, LETTER) == 303
    page = (await (await school.client_as("박서연")).get(TEMPLATES)).text
    assert ("현장체험학습" in page, "망가진 양식" in page) == (True, False)


async def test_a_form_of_any_depth_is_weighed(school: School) -> None:
    plain = letter(form={"fields": [], "later": 0}).content

    def weighed(tx: Tx) -> None:
        for depth in range(800, 1100):
            deep = "[" * depth + "]" * depth
            weigh(tx, "trip", "현장체험학습", plain.replace('"later":0', f'"later":{deep}'))

    await school.db.read(weighed)


async def test_a_list_that_names_one_template_twice_leaves_what_came_before(
    school: School,
) -> None:
    await arrives(school, letter("처음 내용"))
    twice = encode(SupplyList(items=(letter("하나"), letter("둘"))))
    await arrives(school, version=2, raw=twice)
    administrator = await school.client_as("정민호")
    assert "처음 내용" in (await administrator.get(LETTER)).text
    assert await take(administrator, LETTER) == 303
    assert "교육청이 회수함" not in (await administrator.get(TEMPLATES)).text


async def test_what_comes_again_with_another_text_waits_and_what_the_school_took_stays(
    school: School,
) -> None:
    await arrives(school, letter("처음 내용"))
    administrator, teacher = await school.client_as("정민호"), await school.client_as("박서연")
    await take(administrator, LETTER)
    await arrives(school, version=2)
    await arrives(school, letter("다시 낸 내용"), version=3)
    assert "우리 학교와 다름" in (await administrator.get(LETTER)).text
    assert (await draft_of(teacher, await begun(school, teacher)))[1] == "처음 내용"
    assert await take(administrator, LETTER) == 303
    assert (await draft_of(teacher, await begun(school, teacher)))[1] == "다시 낸 내용"


async def test_what_a_school_made_of_a_template_is_its_own_whatever_the_province_does(
    school: School,
) -> None:
    await arrives(school, letter("처음 내용"))
    administrator, principal = await school.client_as("정민호"), await school.client_as("최은영")
    await take(administrator, LETTER)
    draft = await begun(school, principal)
    kept = {"name": "우리 학교 체험학습", "school": "1"}
    assert (await principal.post(draft.replace("/edit", "/template"), kept)).status == 303
    await arrives(school, letter("바뀐 내용"), version=2)
    await take(administrator, LETTER)
    await arrives(school, version=3)
    shown = await school.app[BEGINNINGS].templates(await school.asker("박서연"))
    (own,) = (one for one in shown if one.owner_id != PROVINCE)
    assert (own.name, own.body, own.withdrawn) == ("우리 학교 체험학습", "처음 내용", False)
    (theirs,) = (one for one in shown if one.owner_id == PROVINCE)
    assert (await principal.post(f"{TEMPLATES}/{theirs.id}/remove", {})).status == 303
    await arrives(school, letter("바뀐 내용"), version=4)
    assert "우리 학교에 없음" in (await administrator.get(LETTER)).text
    assert "교육청 양식" not in (await (await school.client_as("박서연")).get(TEMPLATES)).text


async def test_rows_of_a_matrix_are_shown_and_compared(school: School) -> None:
    def asking(*rows: str) -> Supply:
        matrix = {"id": "q1", "kind": "ratings", "label": "만족도", "rows": rows}
        return letter(form={"fields": [matrix]})

    await arrives(school, asking("급식", "수업"))
    administrator, teacher = await school.client_as("정민호"), await school.client_as("박서연")
    assert "만족도 (급식, 수업)" in (await administrator.get(LETTER)).text
    await take(administrator, LETTER)
    await arrives(school, asking("급식", "시설"), version=2)
    page = (await administrator.get(LETTER)).text
    for said in ("우리 학교와 다름", "만족도 (급식, 수업)", "만족도 (급식, 시설)"):
        assert said in page
    assert "수업" in (await teacher.get(await begun(school, teacher))).text
